"""A mail server that takes everything and keeps nothing, with as slow an answer as is asked for.

    python benchmarks/sink.py PORT [MILLISECONDS]

Stands in for postfix's smtp-sink where that is not installed, and where each answer is to take its time.
"""

import asyncio
import sys

_ANSWERS = {
    b"EHLO": b"250-sink.test\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}  # fmt: skip


class Sink(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.input = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.answer(b"220 sink.test ESMTP\r\n")

    def answer(self, words: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, words)
        else:
            self.transport.write(words)

    def data_received(self, data: bytes) -> None:
        self.input += data
        answers = []
        while True:
            if self.in_data:
                _, dot, rest = self.input.partition(b"\r\n.\r\n")
                if not dot:
                    break
                self.input, self.in_data = rest, False
                answers.append(b"250 2.0.0 taken\r\n")
                continue
            line, end, rest = self.input.partition(b"\r\n")
            if not end:
                break
            self.input = rest
            verb = line[:4].upper()
            self.in_data = verb == b"DATA"
            answers.append(_ANSWERS.get(verb, b"250 2.1.0 ok\r\n"))
        if answers:
            self.answer(b"".join(answers))


async def main(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(delay), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0))
