"""Connections that send nothing, or half of something, have their time and their room, and do not shut the desk."""

import asyncio
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.error import HTTPError

import pytest
import uvicorn
from fastapi import FastAPI, Request

from outreach.web.connections import Lobby, protocol_with

HALF = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345"


def app() -> FastAPI:
    made = FastAPI()

    @made.api_route("/", methods=["GET", "POST"])
    async def echo(request: Request) -> int:
        return len(await request.body())

    return made


@contextmanager
def served(lobby: Lobby, most: int, application: FastAPI | None = None, **seconds: float) -> Iterator[int]:
    """The port of a server of this test's own."""
    config = uvicorn.Config(
        application or app(),
        http=protocol_with(lobby, **seconds),
        log_level="critical",
        lifespan="off",
        limit_concurrency=most,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=700) as bound:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])))
        thread.start()
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def asked(port: int, data: bytes | None = None) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", data, timeout=60) as answer:
            return answer.read().decode()
    except HTTPError as refusal:
        with refusal:
            return f"{refusal.code} {refusal.reason}"


def ended(connection: socket.socket) -> bool:
    """Wait until the other side has ended a connection."""
    connection.settimeout(60)
    try:
        return connection.recv(1000) == b""
    except ConnectionError:
        return True


@pytest.mark.heavy
@pytest.mark.parametrize("said", [b"", HALF, HALF_BODY])
def test_as_many_half_open_connections_as_one_likes_do_not_shut_it(said: bytes) -> None:
    lobby = Lobby(300)
    with served(lobby, most=500) as port, ExitStack() as stack:
        for _ in range(505):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(said)
        for _ in range(10):
            assert asked(port) == "0"
            assert asked(port, b"x" * 1000) == "1000"
        assert len(lobby) <= 300


def test_more_requests_than_are_taken_are_refused_and_others_are_let_in_once_they_are_through() -> None:
    begun, release = threading.Semaphore(0), threading.Event()
    made = app()

    @made.get("/slow")
    def slow() -> str:
        begun.release()
        release.wait(60)
        return "done"

    with served(Lobby(2), most=5, application=made) as port, ExitStack() as stack:
        kept = []
        try:
            for _ in range(4):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                connection.sendall(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert begun.acquire(timeout=60)
                kept.append(connection)
            kept.pop().close()  # whoever does not wait for the answer makes no room by that
            assert asked(port).startswith("503")
            assert asked(port, b"x").startswith("503")
        finally:
            release.set()
        for connection in kept:
            connection.settimeout(60)
            got = b""
            while b"done" not in got:
                got += connection.recv(1000)
        assert asked(port, b"x") == "1"


@pytest.mark.parametrize("said", [b"", HALF, HALF_BODY])
def test_what_does_not_come_is_not_waited_for_for_ever(said: bytes) -> None:
    with (
        served(Lobby(), most=500, head_seconds=0.2, body_seconds=0.2) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(said)
        assert ended(connection)
        assert asked(port) == "0"


def test_a_second_request_has_its_time_too() -> None:
    with (
        served(Lobby(), most=500, head_seconds=0.2, body_seconds=0.2) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.settimeout(60)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        got = b""
        while not got.endswith(b"\r\n\r\n0"):
            got += connection.recv(1000)
        connection.sendall(HALF)
        assert ended(connection)


def test_a_request_that_is_complete_takes_as_long_as_it_takes() -> None:
    begun, release = threading.Event(), threading.Event()
    made = FastAPI()

    @made.get("/slow")
    def slow() -> str:
        begun.set()
        release.wait(60)
        return "done"

    @made.get("/release")
    def let_go() -> str:
        release.set()
        return "released"

    lobby = Lobby(2)
    config = uvicorn.Config(
        made, http=protocol_with(lobby, head_seconds=0.2, body_seconds=0.2), log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as bound:
        port = bound.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])))
        thread.start()
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection, ExitStack() as stack:
                connection.settimeout(60)
                connection.sendall(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert begun.wait(60)
                others = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(6)]
                assert all(ended(one) for one in others), "these had their time meanwhile"
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/release", timeout=60) as answer:
                    assert b"released" in answer.read()
                got = b""
                while b"done" not in got:
                    got += connection.recv(1000)
                assert got.startswith(b"HTTP/1.1 200")
        finally:
            release.set()
            server.should_exit = server.force_exit = True
            thread.join()
