"""Mails of which somebody else said what must come of them, played against a campaign that wrote to every state.

A folder of them has an `expected.tsv` (see its README.md): the kind, the effect on delivery, whether the mail counts as
an answer, and words that a person must see or must not. Each is taken in alone, by the public face of the rooms.
"""

import csv
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.plan import create
from outreach.database import open_database, reading, writing
from outreach.inbox.classify import classify_paths
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.models import Campaign, Delivery, Message, Reply, Response, Suggestion
from outreach.responses.answers import collect
from outreach.settings import Settings
from outreach.vocabulary import (
    Answer,
    Answering,
    CampaignState,
    DeliveryStatus,
    MailKind,
    MessageState,
    SubKind,
    SuggestionKind,
)
from outreach.workplace import lay_out

SENT_AT = datetime(2024, 3, 11, 16, 2, tzinfo=UTC)
TODAY = datetime(2024, 3, 15, 9, tzinfo=UTC)
ANA = named("Ana")
_NAMED = re.compile(rb"<MESSAGE-ID-OF-THE-LETTER(?:-TO-([A-Z]{3}))?>")
SUBJECT = "Renewal of the mandate"
LETTER = """{{ salutation }},

We, the undersigned organisations, urge {{ mission|the }} to vote in favour of the draft resolution.

{{ closing }}
"""


@dataclass(frozen=True)
class Case:
    """One mail and what must come of it; of two words, both are fine."""

    path: Path
    kinds: frozenset[str]
    deliveries: frozenset[str]
    answers: frozenset[str]
    contains: tuple[str, ...]
    lacks: tuple[str, ...]
    note: str
    mission: str


@dataclass(frozen=True)
class Outcome:
    """What came of one mail."""

    kind: str
    sub_kind: str | None
    delivery: str
    answer: str
    text: str
    basis: str
    counts: str
    """What `inbox classify` says without a database."""


def cases(folder: Path) -> list[Case]:
    """Read the mails of a folder with what is expected of them."""
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as file:
        return [_case(folder, row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _case(folder: Path, row: dict[str, str]) -> Case:
    def parts(name: str) -> list[str]:
        return [one for one in (row[name] or "").split("|") if one]

    return Case(
        folder / row["file"], frozenset(parts("kind")), frozenset(parts("delivery_effect")),
        frozenset(parts("counts_as_answer")), tuple(parts("text_must_contain")),
        tuple(parts("text_must_not_contain")), row["note"] or "", (row["mission"] or "").strip(),
    )  # fmt: skip


class Office:
    """A campaign that wrote to every state on 11 March 2024; each mail comes to a copy of it."""

    def __init__(self, folder: Path) -> None:
        """Make it once; `folder` is empty."""
        self.folder = folder / "office"
        self.folder.mkdir()
        lay_out(self.folder)
        letter = self.folder / "templates" / "plain-letter"
        letter.mkdir()
        (letter / "en.md").write_text(LETTER, encoding="utf-8")
        (letter / "letter.toml").write_text(
            f'title = "{SUBJECT}"\nfallback = "en"\n[subject]\nen = "{SUBJECT}"\n', encoding="utf-8"
        )
        self.settings = Settings(
            database_url=f"sqlite:///{self.folder / 'outreach.db'}",
            sender="The Coalition <letters@coalition.example>", reply_to="replies@coalition.example",
        )  # fmt: skip
        engine = open_database(self.settings.database_url)
        import_file(engine, self.folder / "data" / "missions.xlsx", by=ANA)
        plan = load_letter("plain-letter", self.folder / "templates")
        create(engine, self.settings, "hrc55", plan, audience=["all"], as_of=SENT_AT.date(), by=ANA)
        approve(engine, self.settings, "hrc55", by=ANA, templates=self.folder / "templates")
        with writing(engine) as session:
            sent = {"state": MessageState.SENT, "sent_at": SENT_AT}
            session.execute(update(Message).values(first_try_at=SENT_AT, delivery=DeliveryStatus.ACCEPTED, **sent))
            session.execute(update(Delivery).values(status=DeliveryStatus.ACCEPTED, **sent))
            session.execute(update(Campaign).values(state=CampaignState.SCHEDULED, due_at=SENT_AT))
            self.names = {row.iso3: row.message_id for row in session.execute(select(Message.iso3, Message.message_id))}
        engine.dispose()
        self.played = 0

    def open(self) -> Engine:
        """Open a copy of it."""
        self.played += 1
        path = self.folder.parent / f"played-{self.played}.db"
        shutil.copy(self.folder / "outreach.db", path)
        return open_database(f"sqlite:///{path}")

    def written(self, case: Case) -> Path:
        """Write a case's mail with the Message-IDs of this campaign's letters."""

        def name(found: re.Match[bytes]) -> bytes:
            return self.names[found[1].decode() if found[1] else case.mission or "FRA"].encode()

        path = self.folder.parent / f"mail-{self.played}" / case.path.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_NAMED.sub(name, case.path.read_bytes()))
        return path

    def play(self, case: Case) -> Outcome:
        """Take one mail in, and tell what came of it."""
        engine = self.open()
        path = self.written(case)
        found = next(iter(classify_paths([path])))
        collect(engine, [path], by=ANA)
        with reading(engine) as session:
            reply = session.exec(select(Reply)).one()
            iso3 = case.mission or "FRA"
            letter = session.exec(select(Message).where(Message.iso3 == iso3)).one()
            stand = session.exec(select(Response).where(Response.iso3 == iso3)).one()
            told = {"accepted": "none"}.get(str(letter.delivery), str(letter.delivery))
            elsewhere = session.exec(
                select(Message.iso3).where(col(Message.iso3) != iso3, col(Message.delivery) != DeliveryStatus.ACCEPTED)
            ).all()
            answers = session.exec(
                select(Response.iso3).where(col(Response.iso3) != iso3, col(Response.answer) == Answer.REPLIED)
            ).all()
            waits = "doubtful" if self.waits(session, reply) else "no"
            answer = "yes" if stand.answer is Answer.REPLIED else waits
            outcome = Outcome(
                str(reply.kind), found.get("sub_kind"), told + "".join(f"+{one}" for one in elsewhere),
                answer + "".join(f"+{one}" for one in answers), reply.body, reply.basis,
                found.get("counts_as_answer", ""),
            )  # fmt: skip
        engine.dispose()
        return outcome

    def waits(self, session: Session, reply: Reply) -> bool:
        """Whether a person is asked whether it is an answer."""
        values = [Answer.REPLIED, *([Answer.ACKNOWLEDGED] if reply.counts is Answering.DOUBTFUL else [])]
        asked = select(Suggestion.id).where(
            Suggestion.kind == SuggestionKind.ANSWER,
            col(Suggestion.value).in_(values),
            col(Suggestion.accepted).is_(None),
        )
        to_settle = reply.message_id is None and not reply.ours and reply.kind is MailKind.REPLY
        return session.exec(asked).first() is not None or (to_settle and reply.sub_kind not in _NO_ANSWERS)


_NO_ANSWERS = (SubKind.NEWSLETTER, SubKind.MONITORING, SubKind.RECEIPT)


def failures(case: Case, found: Outcome) -> list[str]:
    """Say what is otherwise than expected."""
    wrong = []
    if found.kind not in case.kinds:
        wrong.append(f"kind {found.kind}, not {'|'.join(sorted(case.kinds))}")
    if found.delivery not in case.deliveries:
        wrong.append(f"delivery {found.delivery}, not {'|'.join(sorted(case.deliveries))}")
    if found.answer not in case.answers:
        wrong.append(f"answer {found.answer}, not {'|'.join(sorted(case.answers))}")
    text = " ".join(found.text.split())
    for one in case.contains:
        if one.startswith("=="):
            if text != " ".join(one[2:].split()):
                wrong.append(f"text is {text[:80]!r}, not {one[2:]!r}")
        elif one not in text:
            wrong.append(f"text lacks {one!r}: {text[:80]!r}")
    wrong += [f"text has {one!r}" for one in case.lacks if one in text]
    return wrong
