"""`outreach serve` and `outreach user`: where it listens, what it refuses, and that it sends while it is open."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from outreach import clock
from outreach.actors import named
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.timing import schedule
from outreach.cli import main
from outreach.database import open_database, reading
from outreach.errors import Fault, UserError
from outreach.people.accounts import sign_in
from outreach.reports.status import status
from outreach.web.desk import Desk, signing_key
from outreach.web.serve import ListenAddress, require_safe
from tests.examples import HEAVY
from tests.programs import program
from tests.servers import without_settings


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_this_machine_needs_no_tls(host: str) -> None:
    require_safe(ListenAddress(host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "desk.example", "127.0.0.1.example", ""])
def test_a_public_address_needs_tls_or_a_stated_proxy(host: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can be reached by others"):
        require_safe(ListenAddress(host))
    require_safe(ListenAddress(host, proxy="192.0.2.1"))
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    with pytest.raises(UserError, match="no file"):
        require_safe(ListenAddress(host, certificate=certificate, key=key))
    certificate.touch()
    key.touch()
    require_safe(ListenAddress(host, certificate=certificate, key=key))
    with pytest.raises(UserError, match="certificate and its key"):
        require_safe(ListenAddress(host, certificate=certificate))


def test_the_key_is_its_owners_and_stays(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert len(key) == 32
    assert signing_key(tmp_path) == key
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert key.hex() not in repr(Desk(None, None, tmp_path, key))  # type: ignore[arg-type]
    file.write_bytes(b"cut")
    with pytest.raises(Fault, match="damaged"):
        signing_key(tmp_path)


@pytest.mark.heavy
def test_user_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import io

    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("three good words\n"))
    assert main(["user", "add", "Ana", "--role", "admin", "--name", "Ana Example"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["user", "add", "ben"]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("four other good words\n"))
    assert main(["user", "password", "ana"]) == 0
    capsys.readouterr()
    assert main(["user", "list", "--json"]) == 0
    out = capsys.readouterr().out
    assert '"login": "ana"' in out
    assert "argon2" not in out
    engine = open_database("sqlite:///outreach.db")
    assert sign_in(engine, "ana", "four other good words").name == "Ana Example"
    engine.dispose()
    assert main(["serve", "--host", "0.0.0.0"]) == 2


@pytest.mark.heavy
def test_it_serves_and_sends_until_it_is_stopped(desk: Desk, tmp_path: Path) -> None:
    schedule(desk.engine, desk.settings, "hrc55", (clock.now() - timedelta(seconds=1)).isoformat(), by=named("Ana"))
    environment = without_settings()
    environment |= {"OUTREACH_FROM": desk.settings.sender, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(  # plainly, as a person starts it
        [sys.executable, "-m", "outreach", "serve", "--port", "0"],
        cwd=desk.folder, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        sent = 0
        while sent < 47:  # for as long as it takes
            with urllib.request.urlopen(found[0] + "login", timeout=10) as answer:
                assert answer.status == 200
            with reading(desk.engine) as session:
                sent = status(session, get_campaign(session, "hrc55")).messages.get("sent", 0)
            time.sleep(0.1)
        assert sent == 47
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    finally:
        process.kill()
        process.communicate()
    assert len(list((desk.folder / "rehearsal-mail").glob("*.eml"))) == 47


@HEAVY
def test_what_sends_ends_with_a_desk_that_is_killed(desk: Desk) -> None:
    process = program("serve", "--port", "0", cwd=desk.folder, env=without_settings(), errors=None)
    try:
        assert process.stdout is not None
        assert "http://127.0.0.1" in process.stdout.readline()
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
    finally:
        process.kill()
        process.communicate()
    _, alive = psutil.wait_procs(children, 120)
    for one in alive:
        one.kill()
    assert not alive
