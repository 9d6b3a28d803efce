"""Debian's mail servers for the tests: each in a private directory, on free ports of loopback, ended with it.

Postfix, Exim and OpenSMTPD need root to start (they drop it at once); Dovecot runs as whoever runs the test, or as
`nobody` under root. As packages Exim and OpenSMTPD exclude Postfix and each other: other_servers.sh lays them out.
"""

import contextlib
import grp
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import free_port, listens, missing, wait_until

PASSWORD = "secret"


def need(*programs: str) -> None:
    """Skip the test where a program is missing; fail instead where NO_SKIP is set."""
    absent = [
        one for one in programs if shutil.which(one, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None
    ]
    if absent:
        missing(f"not installed: {', '.join(absent)} (see .ci/run)")


LAID_OUT = Path(__file__).parents[2] / "build" / "mail-servers" / "usr" / "sbin"
"""Where other_servers.sh puts what can't be installed beside Postfix."""


def _program(name: str, user: str) -> str:
    """The path of a mail server that gives its rights away to a user; skips where it can't be started."""
    found = shutil.which(name, path=f"{LAID_OUT}:/usr/sbin:/sbin")
    if found is None:
        missing(f"{name} is not installed (see tests/integration/other_servers.sh)")
    if os.getuid() != 0:
        pytest.skip(f"{name} starts as root only")
    try:
        pwd.getpwnam(user)
    except KeyError:
        missing(f"there is no user {user} (see tests/integration/other_servers.sh)")
    return str(found)


def wait_for(port: int, seconds: float = 30) -> None:
    """Wait until somebody listens on a port of loopback."""
    wait_until(lambda: listens(port), seconds, f"nobody listens on port {port}")


def _mail_user() -> tuple[str, int, int]:
    """The user under whom mail is kept: Dovecot refuses to keep it as root."""
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return user.pw_name, user.pw_uid, user.pw_gid


def own(path: Path) -> None:
    """Give a folder, and all in it, to the user under whom mail is kept."""
    if os.getuid() == 0:
        _, uid, gid = _mail_user()
        for one in [path, *path.rglob("*")]:
            os.chown(one, uid, gid)


@dataclass
class Dovecot:
    """A running Dovecot: IMAP, and LMTP with sieve (vacation) for what Postfix delivers."""

    folder: Path
    imap: int
    lmtp: int
    process: subprocess.Popen[bytes]

    def maildir(self, user: str) -> Path:
        """The Maildir of a user, such as letters@coalition.example."""
        return self.folder / "mail" / user

    def deliver(self, user: str, raw: bytes) -> None:
        """Put a mail into a user's box, over LMTP as Postfix does: what is refused for now is tried again."""
        import smtplib

        for wait in (0.1, 0.5, 2, 5, None):
            try:
                with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
                    server.sendmail("sender@outside.example", [user], raw)
            except smtplib.SMTPResponseException as refusal:
                if wait is None or refusal.smtp_code >= 500:
                    raise
                time.sleep(wait)
            else:
                return

    def sieve(self, user: str, script: str) -> None:
        """Set a user's sieve script."""
        home = self.folder / "home" / user
        home.mkdir(parents=True, exist_ok=True)
        (home / ".dovecot.sieve").write_text(script)
        own(self.folder / "home")


_DOVECOT = """
protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:{folder}/mail/%u
mail_home = {folder}/home/%u
imap_capability = {capability}
namespace inbox {{
  inbox = yes
  mailbox Envoyés {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Spam {{
    auto = create
    special_use = \\Junk
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
  postmaster_address = postmaster@coalition.example
}}
plugin {{
  sieve = file:{folder}/home/%u/.dovecot.sieve
  sieve_vacation_min_period = 0
  sieve_vacation_send_from_recipient = yes
}}
submission_host = 127.0.0.1:{smtp}
"""


@contextlib.contextmanager
def dovecot(folder: Path, *, smtp: int = 25, idle: bool = True) -> Iterator[Dovecot]:
    """Run Dovecot in a folder; what its sieve scripts send goes to an SMTP port of loopback."""
    need("dovecot")
    user, uid, gid = _mail_user()
    for name in ("run", "mail", "home"):
        (folder / name).mkdir(parents=True)
    _let_through(folder)
    own(folder / "mail")
    own(folder / "home")
    imap, lmtp = free_port(), free_port()
    capability = "+IDLE" if idle else "IMAP4rev1 LITERAL+ UIDPLUS"
    config = folder / "dovecot.conf"
    config.write_text(
        _DOVECOT.format(
            folder=folder, user=user, group=grp.getgrgid(gid).gr_name, uid=uid, gid=gid, imap=imap, lmtp=lmtp,
            smtp=smtp,
            password=PASSWORD, capability=capability,
        )
    )  # fmt: skip
    process = subprocess.Popen(["dovecot", "-F", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        wait_for(imap)
        wait_for(lmtp)
        yield Dovecot(folder, imap, lmtp, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


@dataclass
class Postfix:
    """A running Postfix that delivers some domains by LMTP, and bounces what it can't deliver."""

    folder: Path
    smtp: int


@contextlib.contextmanager
def postfix(folder: Path, *, smtp: int, lmtp: int, boxes: list[str], gone: list[str]) -> Iterator[Postfix]:
    """Run Postfix in a folder: mail to the domains of `boxes` goes to an LMTP port, mail to those `gone` bounces."""
    need("postfix")
    if os.getuid() != 0:
        pytest.skip("Postfix starts as root only")
    config, queue, data = folder / "etc", folder / "spool", folder / "data"
    for one in (config, queue, data):
        one.mkdir(parents=True)
    for above in [folder, *folder.parents]:
        if above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o011)
    owner = pwd.getpwnam("postfix")
    os.chown(data, owner.pw_uid, owner.pw_gid)
    domains = sorted({one.rpartition("@")[2] for one in boxes})
    (config / "boxes").write_text("".join(f"{one} x\n" for one in [*boxes, *gone]))
    (config / "transport").write_text("".join(f"{one} error:5.1.1 <{one}> no such user here\n" for one in gone))
    (config / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.relay.example
mydestination =
local_recipient_maps =
virtual_mailbox_domains = {" ".join(domains)}
virtual_mailbox_maps = texthash:{config}/boxes
transport_maps = texthash:{config}/transport
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
recipient_delimiter = +
# Each refusal is a DSN, as it is where the last server stands behind another.
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
default_transport = error:5.1.2 no such domain here
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
"""
    )
    master = Path("/usr/share/postfix/master.cf.dist").read_text()
    lines = [
        line
        for line in master.splitlines()
        if line and line[0] != "#" and not line.startswith(("smtp      inet", "postlog"))
    ]
    lines = [line for line in lines if not line.lstrip().startswith("-o")]
    kept = [line.replace("  y  ", "  n  ", 3) for line in lines]
    (config / "master.cf").write_text(
        f"127.0.0.1:{smtp} inet n - n - - smtpd\n" + "\n".join(kept) + "\npostlog unix-dgram n - n - 1 postlogd\n"
    )
    run = ["postfix", "-c", str(config)]
    started = subprocess.run([*run, "start"], check=False, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr + (folder / "postfix.log").read_text()
    try:
        wait_for(smtp)
        yield Postfix(folder, smtp)
    finally:
        subprocess.run([*run, "stop"], check=False, capture_output=True)


_EXIM = """
primary_hostname = mx.exim.example
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
keep_environment =
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
tls_advertise_hosts =
smtp_accept_max = 50
smtp_accept_queue = 0
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
{options}
begin acl
rcpt:
  deny  local_parts = gone
        message = 5.1.1 no such mission
  defer local_parts = later
        message = 4.2.0 the box is busy
  accept
begin routers
on:
  driver = manualroute
  transport = on
  route_list = * 127.0.0.1
  self = send
begin transports
on:
  driver = smtp
  port = {on_to}
  allow_localhost
  hosts_avoid_tls = *
begin retry
* * F,1h,1m
"""


@contextlib.contextmanager
def exim(folder: Path, *, on_to: int, options: str = "") -> Iterator[int]:
    """Give the port of an Exim that hands everything on to a port of loopback; `options` of its own come on top.

    It refuses boxes called `gone` and has no time for those called `later`.
    """
    program = _program("exim4", "Debian-exim")
    port = free_port()
    for name in ("spool", "log"):
        (folder / name).mkdir()
        shutil.chown(folder / name, "Debian-exim", "Debian-exim")
    _let_through(folder)
    config = folder / "exim.conf"
    config.write_text(_EXIM.format(program=program, folder=folder, port=port, on_to=on_to, options=options))
    config.chmod(0o644)  # it reads no configuration that others might have written
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen([program, "-C", str(config), "-bdf"], stdout=out, stderr=out, umask=0o022)
    with _ended(process):
        wait_for(port)
        yield port


_OPENSMTPD = """
{options}
listen on 127.0.0.1 port {port} hostname mx.opensmtpd.example
action "on" relay host smtp://127.0.0.1:{on_to}
match from any for rcpt-to regex "^gone@" reject
match from any for any action "on"
"""
# It knows no other places than these, and so gets ones of its own.
_APART = "mount --make-rprivate / && for one in /var/spool /var/lib /run; do mount -t tmpfs -o mode=755 none $one; done"


@contextlib.contextmanager
def opensmtpd(folder: Path, *, on_to: int, options: str = "") -> Iterator[int]:
    """Give the port of an OpenSMTPD that hands everything on to a port of loopback; it refuses boxes called `gone`."""
    program = _program("smtpd", "opensmtpd")
    if subprocess.run(["unshare", "--mount", "sh", "-c", _APART], check=False, capture_output=True).returncode:
        missing("OpenSMTPD needs a mount namespace of its own, and none can be made here")
    port = free_port()
    config = folder / "smtpd.conf"
    config.write_text(_OPENSMTPD.format(port=port, on_to=on_to, options=options))
    config.chmod(0o644)
    start = f"{_APART} && mkdir -p /var/lib/opensmtpd/empty && exec {program} -d -f {config}"
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(["unshare", "--mount", "sh", "-c", start], stdout=out, stderr=out, umask=0o022)
    with _ended(process):
        wait_for(port)
        yield port


@contextlib.contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _let_through(folder: Path) -> None:
    """Let a server's own user come as far as its folder."""
    for above in [folder, *folder.parents]:
        if above.stat().st_uid == os.getuid() and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o011)


def maildir_counts(folder: Path) -> int:
    """How many mails a Maildir holds."""
    return sum(len(list((folder / name).iterdir())) for name in ("new", "cur") if (folder / name).is_dir())
