"""What the servers of these tests share: each listens on a free port of its own, one connection after another."""

import socket
import threading
from contextlib import suppress
from typing import Any, Self


class Listening:
    """A server on a thread, for a `with` block; who inherits talks on each connection until it ends."""

    hangs_up: tuple[type[Exception], ...] = (OSError,)
    """How a talk may end: the client may be gone before what is left could be written."""

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
            with suppress(*self.hangs_up), connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        raise NotImplementedError
