"""Real server programs for tests: each started by the test itself, on a free loopback port, in a private directory.

A program that is not installed skips the test with a plain reason; with NO_SKIP=1 it fails it.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def missing(what: str) -> None:
    """Skip the test, or fail it where nothing may be skipped."""
    if os.environ.get("NO_SKIP"):
        pytest.fail(f"{what}, and nothing may be skipped here")
    pytest.skip(what)


def without_settings() -> dict[str, str]:
    """This environment without any setting of Outreach, but for the state directory of the test that asks."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OUTREACH_") or name == "OUTREACH_STATE_DIR"
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something, within bounds."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database, on a server of this test's own.

    The server refuses to run as root; then it runs as the user `nobody`, in a directory of his.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = programs[-1] if programs else shutil.which("initdb")
    if initdb is None:
        missing("PostgreSQL is not installed (Debian: postgresql)")
    bin_folder = Path(str(initdb)).parent
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    data = folder / "pg"
    data.mkdir(mode=0o700)
    if user is not None:
        for path in (data, *folder.parents[:2], folder):
            if path.owner() == "root" and path != data and str(path).startswith("/tmp/"):
                path.chmod(path.stat().st_mode | 0o011)
        os.chown(data, user.pw_uid, user.pw_gid)
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user is not None else {}
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(data)}
    port = free_port()
    made = subprocess.run(
        [bin_folder / "initdb", "-D", data / "db", "-U", "outreach", "--auth=trust", "--encoding=UTF8"],
        cwd=data, env=environ, capture_output=True, text=True, timeout=120, check=False, **who,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with (folder / "pg.log").open("wb") as log:
        server = subprocess.Popen(
            [
                bin_folder / "postgres", "-D", data / "db", "-p", str(port), "-h", "127.0.0.1", "-k", data,
                "-c", "max_connections=40",
            ],
            cwd=data, env=environ, stdout=log, stderr=log, **who,
        )  # fmt: skip
    try:
        wait_until(
            lambda: subprocess.run(
                [bin_folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "outreach", "outreach"],
                env=environ, capture_output=True, timeout=20, check=False,
            ).returncode == 0,
            60, "PostgreSQL did not start",
        )  # fmt: skip
        yield f"postgresql+psycopg://outreach@127.0.0.1:{port}/outreach"
    finally:
        server.send_signal(2)  # SIGINT: a fast shutdown
        server.wait(timeout=30)


_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/postfix.log
maillog_file_prefixes = /tmp, /var
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = regexp:{folder}/domains
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/access, permit
smtpd_relay_restrictions = permit_mynetworks, reject
notify_classes =
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path, boxes: dict[str, str], access: dict[str, str], options: str = "") -> Iterator[int]:
    """Give the port of a Postfix of this test's own: `boxes` are mail folders under mail/, `access` its refusals, and
    `options` further lines of its main.cf.

    Postfix's master must be started by root; it gives its rights away to the user `postfix`.
    """
    if shutil.which("postfix", path="/usr/sbin") is None:
        missing("Postfix is not installed (Debian: postfix)")
    if os.getuid() != 0:
        missing("Postfix can only be started by root")
    owner = pwd.getpwnam("postfix")
    port = free_port()
    for name in ("conf", "spool", "data", "mail"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
    for path in (folder / "data", folder / "mail"):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    for path in (folder, *folder.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(path.stat().st_mode | 0o011)
    values = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "port": port}
    (folder / "conf" / "main.cf").write_text(_MAIN.format(**values) + options)
    (folder / "conf" / "master.cf").write_text(_MASTER.format(**values))
    (folder / "domains").write_text("/example$/ ours\n")
    (folder / "boxes").write_text("".join(f"{address} {box}/\n" for address, box in boxes.items()))
    (folder / "access").write_text("".join(f"{address} {words}\n" for address, words in access.items()))

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = ["/usr/sbin/postfix", "-c", str(folder / "conf"), *words]
        # A command that was run in this process before may have left a mask that keeps Postfix's own user out.
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, umask=0o022)

    started = run("start")
    assert started.returncode == 0, started.stderr + (folder / "postfix.log").read_text()
    try:
        wait_until(lambda: listens(port), 30, "Postfix did not start")
        yield port
    finally:
        run("abort")
