"""What the stories are played with: a folder to work in, commands, a mail server that can be held, the desk, the clock.

Nothing here knows the inside of the product. A story asks what recipients took, with what status a command ended, and
whether the words that must be told are among those that it printed.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import IO, Any, Self
from zoneinfo import ZoneInfo

import httpx2 as httpx
import psutil

from tests.scripted_smtp import Dialogue, ScriptedSmtp

PROGRAM = Path(sys.executable).with_name("outreach")
PLAIN = bool(os.environ.get("ONCE_PLAIN"))
PASSWORD = "three good words"
LONG = 90
"""Seconds after which a condition is taken to never come about: far more than a busy machine needs."""

AMBASSADOR, EXPERT = "ambassador@fra.mission.example", "expert@fra.mission.example"
GERMANY, JAPAN = "ambassador@deu.mission.example", "ambassador@jpn.mission.example"
FRANCE_ROWS = (
    ("France", "A. Example", AMBASSADOR, "permanent representative", "to"),
    ("France", "B. Example", EXPERT, "human-rights expert", "cc"),
)
ROWS = (
    *FRANCE_ROWS,
    ("Germany", "C. Example", GERMANY, "permanent representative", "to"),
    ("Japan", "D. Example", JAPAN, "permanent representative", "to"),
)
NEVER = "2035-03-14 10:00"
"""A Wednesday that is far away."""
ZURICH = ZoneInfo("Europe/Zurich")


def eventually(condition: Callable[[], Any], what: str, seconds: float = LONG) -> Any:
    """Wait until something is so, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} seconds"
        time.sleep(0.03)
    return found


def soon(condition: Callable[[], Any], seconds: float) -> bool:
    """Wait a little for what may come about and need not: that it does not is no error."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.03)
    return bool(condition())


# Commands ---------------------------------------------------------------------------------------------------------


def together(calls: list[Callable[[], object]]) -> list[object]:
    """Do all of it at the same instant."""
    start = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def one(number: int) -> None:
        start.wait(LONG)
        results[number] = calls[number]()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it said, in small letters and with single spaces."""
        return " ".join((self.out + " " + self.err).lower().split())

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def tells(self, *alternatives: str) -> bool:
        """Whether one of these words is among what it said."""
        return any(re.search(one, self.text) for one in alternatives)


class Background:
    """A command that goes on; what it has said so far can be read at any time."""

    def __init__(self, words: tuple[str, ...], environ: dict[str, str], folder: Path, say: str, zygote: str) -> None:
        self.words = words
        self.out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.err: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        given = tempfile.TemporaryFile()  # noqa: SIM115
        given.write(say.encode())
        given.seek(0)
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: Ran | None = None
        if zygote:
            self._connection = socket.socket(socket.AF_UNIX)
            self._connection.connect(zygote)
            request = {"words": words, "environ": environ, "folder": str(folder), "program": str(PROGRAM)}
            payload = json.dumps(request).encode() + b"\n"
            socket.send_fds(self._connection, [payload], [one.fileno() for one in (given, self.out, self.err)])
            self._heard = self._connection.makefile("r")
            self.pid = int(self._heard.readline())
        else:
            self._process = subprocess.Popen(
                [str(PROGRAM), *words], env=environ, cwd=folder, stdin=given, stdout=self.out, stderr=self.err
            )
            self.pid = self._process.pid
        given.close()

    def wait(self, seconds: float = LONG) -> Ran:
        """Its end; it must come."""
        if self._ended is None:
            if self._process is not None:
                status = self._process.wait(seconds)
            else:
                self._connection.settimeout(seconds)
                status = int(self._heard.readline())
                self._heard.close()
                self._connection.close()
            self._ended = Ran(self.words, status, self._said(self.out), self._said(self.err))
            self.out.close()
            self.err.close()
        return self._ended

    @staticmethod
    def _said(stream: IO[bytes]) -> str:
        return os.pread(stream.fileno(), 1 << 24, 0).decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """All that it said so far, in small letters."""
        if self._ended is not None:
            return self._ended.text
        return " ".join((self._said(self.out) + " " + self._said(self.err)).lower().split())

    @property
    def alive(self) -> bool:
        if self._ended is not None:
            return False
        if self._process is not None:
            return self._process.poll() is None
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def signal(self, number: int) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self) -> Ran:
        """Ask it to end, and wait for it; kill it if it does not."""
        children = self.children()
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            ran = self.wait(30)
        except (TimeoutError, subprocess.TimeoutExpired, ValueError):
            self.signal(signal.SIGKILL)
            ran = self.wait()
        _, left = psutil.wait_procs(children, 10)
        for child in left:
            child.kill()
        return ran

    def children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


class Zygote:
    """See zygote.py. Ends with the session."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.path = str(folder / "zygote")
        script = Path(__file__).with_name("zygote.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), self.path], env=environ, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Clock:
    """The wall clock of every program that a story starts; see clock_shift.c."""

    def __init__(self, folder: Path) -> None:
        self.file, library = folder / "clock", folder / "clock_shift.so"
        self._write(0)
        source = Path(__file__).with_name("clock_shift.c")
        try:
            made = subprocess.run(
                ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"],
                capture_output=True,
                check=False,
            )
            self.works = made.returncode == 0
        except OSError:
            self.works = False
        self.environ = {"LD_PRELOAD": str(library), "ONCE_CLOCK_FILE": str(self.file)} if self.works else {}

    def _write(self, seconds: int) -> None:
        with self.file.open("r+b" if self.file.exists() else "w+b") as file:
            file.write(struct.pack("q", seconds))

    def set(self, wall: str) -> None:
        """Make it this time in Geneva, from now on."""
        moment = datetime.fromisoformat(wall).replace(tzinfo=ZURICH)
        self._write(int(moment.timestamp() - time.time()))

    def back(self) -> None:
        self._write(0)


@dataclass
class World:
    """What all stories of a session share."""

    zygote: str
    clock: Clock
    home: Path
    running: list[Background] = field(default_factory=list)


@dataclass
class Place:
    """A folder to work in, on some computer: `state` is where that computer keeps the journal."""

    world: World
    folder: Path
    state: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environ(self, **more: object) -> dict[str, str]:
        settings = self.settings | {name: str(value) for name, value in more.items()}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.world.home),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
            "OUTREACH_STATE_DIR": str(self.state),
            **{f"OUTREACH_{name}": value for name, value in settings.items()},
            **self.world.clock.environ,
        }

    def start(self, *words: object, say: str = "", plain: bool = False, **settings: object) -> Background:
        """Begin a command, with more settings; `plain` runs the script itself."""
        zygote = "" if plain or PLAIN else self.world.zygote
        argued = tuple(str(word) for word in words)
        begun = Background(argued, self.environ(**settings), self.folder, say, zygote)
        self.world.running.append(begun)
        return begun

    def __call__(self, *words: object, expect: int | None = 0, say: str = "", **settings: object) -> Ran:
        """Run a command to its end."""
        begun = self.start(*words, say=say, **settings)
        ran = begun.wait()
        self.world.running.remove(begun)
        assert "Traceback" not in ran.err, ran
        assert expect is None or ran.status == expect, ran
        return ran

    # What is known of letters, by the product's own word

    def rows(self, campaign: str) -> dict[str, dict[str, Any]]:
        """Each mission's letter, as `messages list` tells it."""
        return {row["iso3"]: row for row in self("messages", "list", campaign, "--json").json}

    def states(self, campaign: str) -> dict[str, int]:
        """As `campaign status` counts them; states of which there is none are left out."""
        counted = self("campaign", "status", campaign, "--json").json["messages"]
        return {state: number for state, number in counted.items() if number}

    def due(self, campaign: str) -> dict[str, datetime]:
        """When each letter goes out, by the report."""
        with tempfile.TemporaryDirectory(dir=self.world.home) as folder:
            self("report", campaign, "--out", f"{folder}/r.json")
            rows = json.loads(Path(folder, "r.json").read_text())["missions"]
        return {row["iso3"]: datetime.fromisoformat(row["due_at"]) for row in rows if row["due_at"]}

    # What people do

    def sheet(self, *rows: tuple[str, ...]) -> None:
        """Import these contacts."""
        lines = [("Country", "Name", "Email", "Role", "Line"), *rows]
        path = self.folder / "sheet.csv"
        path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
        self("missions", "import", "sheet.csv", "--yes")

    def letter(self, name: str, subject: str = "An appeal", text: str = "We ask you for your support.") -> None:
        """Write a letter of a few words."""
        folder = self.folder / "templates" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "letter.toml").write_text(f'title = "{name}"\nfallback = "en"\n\n[subject]\nen = "{subject}"\n')
        (folder / "en.md").write_text(f"{{{{ salutation }}}}\n\n{text}\n\n{{{{ closing }}}}\n")

    def campaign(self, name: str, audience: str = "iso:FRA", letter: str = "appeal", *more: object) -> None:
        """Make and approve one."""
        if letter == "appeal" and not (self.folder / "templates" / letter).exists():
            self.letter(letter)
        words = ("--letter", letter, "--audience", audience, "--as-of", "2024-03-18", *more)
        self("campaign", "create", name, *words)
        self("campaign", "approve", name, "--by", "Ana")

    def schedule(self, name: str, at: str = "now", *more: object, expect: int | None = 0) -> Ran:
        """Set the time, with the right number typed in live mode."""
        return self.confirmed(name, "campaign", "schedule", name, "--at", at, *more, expect=expect)

    def confirmed(self, name: str, *words: object, expect: int | None = 0) -> Ran:
        """Run a command that asks the live question about a campaign, and type the number that it wants.

        All missions of the campaign, or the letters that may still go out: whichever it is, a person is told.
        """
        if self.settings.get("MODE") != "live":
            return self(*words, expect=expect)
        status = self("campaign", "status", name, "--json").json
        waiting = sum(status["messages"].get(state, 0) for state in ("queued", "deferred", "sending"))
        numbers = [status["missions"], waiting]
        tried: list[Ran] = []
        for number in numbers:
            if number in (int(ran.words[-1]) for ran in tried):
                continue
            tried.append(self(*words, "--yes", number, expect=None))
            if tried[-1].status != 2:
                break
            numbers += [int(found) for found in re.findall(r"(?:there are|there is|--yes) (\d+)", tried[-1].text)]
        ran = tried[-1] if tried[-1].status != 2 else tried[0]
        assert expect is None or ran.status == expect, tried
        return ran

    def send(self, name: str, expect: int | None = 0) -> Ran:
        """Send what is due of a campaign, with the right number typed."""
        return self.confirmed(name, "send", "--campaign", name, expect=expect)

    def insist(self, name: str) -> list[Ran]:
        """Do all that a person could think of to get a campaign out, whatever each step answers."""
        return [
            self("campaign", "approve", name, "--by", "Ana", expect=None),
            self.schedule(name, expect=None),
            self("campaign", "resume", name, expect=None),
            self.send(name, expect=None),
        ]

    def live(self, server: "Post", **more: object) -> None:
        """From now on letters go to this server, in earnest."""
        self.settings |= {
            "MODE": "live", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_SECURITY": "none",
            "RETRY_MINUTES": "0.001", "FROM": "Coalition <secretariat@coalition.example>",
        } | {name: str(value) for name, value in more.items()}  # fmt: skip

    def rehearse(self, server: "Post | None" = None, *allowed: str) -> None:
        """From now on letters go to the server inside, or to these addresses by a server of the team's."""
        for name in ("MODE", "SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY", "ALLOW_LIST"):
            self.settings.pop(name, None)
        self.settings["MODE"] = "rehearsal"
        if server is not None:
            self.settings |= {
                "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_SECURITY": "none",
                "ALLOW_LIST": ",".join(allowed),
            }  # fmt: skip

    def at(self, folder: Path, state: Path) -> "Place":
        """Another place, with the same settings."""
        return Place(self.world, folder, state, dict(self.settings))

    @property
    def database(self) -> Path:
        return self.folder / "outreach.db"

    def everything(self) -> dict[str, bytes]:
        """Every file in the folder."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }


# The mail server --------------------------------------------------------------------------------------------------


class Post(ScriptedSmtp):
    """A mail server that can be held at any word of the dialogue, and refuses whom it is told to."""

    def __init__(self) -> None:
        super().__init__(self._script, extensions=("SIZE 30000000", "8BITMIME"))
        self.refuses: dict[str, str] = {}
        """What it answers to RCPT for an address."""
        self.holds: list[Hold] = []
        self.then: Callable[[Dialogue, str, str], str | None] | None = None

    def _script(self, dialogue: Dialogue, verb: str, argument: str) -> str | None:
        for hold in list(self.holds):
            hold.meet(dialogue, verb, argument)
        if self.then is not None and (said := self.then(dialogue, verb, argument)):
            return said
        if verb == "RCPT":
            return next((said for who, said in self.refuses.items() if f"<{who}>" in argument), None)
        return None

    @contextmanager
    def held(self, verb: str, about: str = "", most: int = 1) -> Iterator["Hold"]:
        """Answer nothing to the first dialogues that come to this word, until it is let go."""
        hold = Hold(verb, about, most)
        self.holds.append(hold)
        try:
            yield hold
        finally:
            hold.release()
            self.holds.remove(hold)

    @property
    def taken(self) -> dict[str, int]:
        """How many letters each address has taken."""
        return dict(self.recipients())


class Hold:
    """See `Post.held`."""

    def __init__(self, verb: str, about: str, most: int) -> None:
        self.verb, self.about, self.most = verb, about, most
        self.met = 0
        self._let_go = threading.Event()

    def meet(self, dialogue: Dialogue, verb: str, argument: str) -> None:
        told = argument if verb == "RCPT" else " ".join(dialogue.rcpt_to)
        if verb == self.verb and self.about in told and self.met < self.most and not self._let_go.is_set():
            self.met += 1
            self._let_go.wait(LONG * 2)

    def reached(self) -> None:
        """Wait until a dialogue stands there."""
        eventually(lambda: self.met, f"no letter came to {self.verb}")

    def release(self) -> None:
        self._let_go.set()


# The desk ---------------------------------------------------------------------------------------------------------


class _Forms(HTMLParser):
    """The forms of a page: where each leads, and what it would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag in ("input", "textarea", "select", "button") and self.forms and given.get("name"):
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            if tag != "button":
                self.forms[-1][1][given["name"]] = given.get("value", "on" if given.get("type") == "checkbox" else "")
            self._select = given["name"]
        elif tag == "option" and self.forms and "selected" in given:
            self.forms[-1][1][self._select] = given.get("value", "")


class Desk:
    """One person's browser at a desk that runs."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, follow_redirects=True, timeout=LONG)

    def sign_in(self, login: str) -> Self:
        form = self.form("/login", "/login")
        assert self.send("/login", **form | {"login": login, "password": PASSWORD}).status_code == 200
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def page(self, path: str) -> str:
        """A page's text, in small letters."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return words_of(answer.text)

    def form(self, path: str, action: str) -> dict[str, str]:
        """What the form on this page with this action would send as it stands."""
        parser = _Forms()
        parser.feed(self.client.get(path).text)
        found = [fields for leads, fields in parser.forms if leads.endswith(action)]
        assert found, f"{path} has no form {action}"
        return found[0]

    def send(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, data=fields)


def words_of(page: str) -> str:
    """The words of a page."""
    shown = re.sub(r"(?s)<(script|style).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"(?s)<[^>]+>", " ", shown)).lower()


@contextmanager
def desk_of(place: Place, *more: str, **settings: object) -> Iterator[tuple[Background, str]]:
    """`outreach serve` of a place: the process, and its address."""
    begun = place.start("serve", "--port", "0", *more, plain=True, **settings)
    try:
        found = eventually(lambda: re.search(r"http://127\.0\.0\.1:\d+/", begun.text) or not begun.alive, "no desk")
        assert isinstance(found, re.Match), begun.text
        yield begun, found[0]
    finally:
        begun.end()
