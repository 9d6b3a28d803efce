"""An IMAP server of a few lines that says what a test wants it to say, on a free port of loopback."""

import re
import socket
import threading
from dataclasses import dataclass, field
from typing import Self


@dataclass
class ScriptedImap:
    """Serves one folder of mails by UID; remembers every command it was given."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uid_validity: int = 1
    refuses: str = ""
    """The command that it answers with NO."""
    breaks_at: str = ""
    """The command at which it hangs up, once."""
    garbage_at: str = ""
    """The command that it answers with nonsense, once."""
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    self._talk(stream)
                except OSError:
                    continue

    def _talk(self, stream) -> None:
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] ready")
        while line := stream.readline():
            tag, _, words = line.decode("latin-1").strip().partition(" ")
            command = words.removeprefix("UID ").partition(" ")[0].upper()
            self.said.append(words)
            if command == self.breaks_at:
                self.breaks_at = ""
                return
            if command == self.garbage_at:
                self.garbage_at = ""
                say(b"\xff\x00 )(*&^ {12}")
                return
            if command == self.refuses:
                say(f"{tag} NO [AUTHENTICATIONFAILED] not like that".encode())
                continue
            self._answer(command, words, say, stream)
            say(f"{tag} OK done".encode())
            if command == "LOGOUT":
                return

    def _answer(self, command, words, say, stream) -> None:
        if command == "CAPABILITY":
            say(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR")
        elif command in ("EXAMINE", "SELECT"):
            say(f"* {len(self.mails)} EXISTS".encode())
            say(f"* OK [UIDVALIDITY {self.uid_validity}] UIDs".encode())
        elif command == "SEARCH":
            first = int(re.search(r"(\d+):\*", words)[1])
            found = [uid for uid in self.mails if uid >= first] or sorted(self.mails)[-1:]
            if larger := re.search(r"LARGER (\d+)", words):
                found = [uid for uid in found if len(self.mails[uid]) > int(larger[1])]
            say(f"* SEARCH {' '.join(map(str, found))}".encode())
        elif command == "AUTHENTICATE":
            say(b"+ ")
            self.said[-1] += f" {stream.readline().decode().strip()}"
        elif command == "FETCH":
            self._fetch(words, say, stream)

    def _fetch(self, words, say, stream) -> None:
        wanted = words.split()[2]
        for number, (uid, raw) in enumerate(sorted(self.mails.items()), start=1):
            if not any(_within(uid, part) for part in wanted.split(",")):
                continue
            if "SIZE" in words:
                say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
            else:
                stream.write(f"* {number} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw)
                say(b")")


def _within(uid: int, part: str) -> bool:
    first, _, last = part.partition(":")
    return int(first) <= uid <= int(last or first)
