"""Mail in, beside its alternatives in one run. Aims: classifying at ≥ 0.5 of the rate of bare
`email.message_from_bytes` on the same mails; syncing 5,000 mails in ≤ 1.5 times fetching and parsing them alone.

    python benchmarks/inbox.py [FOLDER OF MAILS]     default: mails made by the tests, of every kind

Classifying is all that `inbox classify` does: the kind, the recipients, and the words that a person wrote. Both sides
take turns, and the processor's time counts. The second part needs Debian's Dovecot, which it starts in a private
folder; what counts is the time on the clock, the best of each side: we understand mail on a second processor. Without
Dovecot only a Maildir is read.
"""

import email
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

ROOT = Path(__file__).parent.parent
for folder in ("tests/inbox", "tests/integration"):
    sys.path.insert(0, str(ROOT / folder))

from inbox_mails import OURS, answer, mail, recipient_group, report  # noqa: E402
from inbox_people import people  # noqa: E402

from outreach.actors import named  # noqa: E402
from outreach.inbox.classify import classify  # noqa: E402
from outreach.inbox.decoding import addresses, message_ids  # noqa: E402
from outreach.inbox.ingest import BATCH  # noqa: E402
from outreach.outbox.blame.refusals import reason_said  # noqa: E402

MAILS = 5_000
LETTERS = 200
ROUNDS = 11
SYNC_ROUNDS = 9
TEAM = "letters@coalition.example"
# What the servers on the way put above every mail.
TRACE = b"""\
Received: from mx2.coalition.example (mx2.coalition.example [192.0.2.45])
\tby imap.coalition.example (Postfix) with ESMTPS id 4VFxk21qZ9z9sT4
\tfor <letters@coalition.example>; Mon, 18 Mar 2024 09:00:07 +0000 (UTC)
Authentication-Results: mx2.coalition.example; dkim=pass header.d=mission.example header.s=s1;
\tspf=pass (mx2.coalition.example: domain of mx.mission.example designates 198.51.100.7 as permitted sender)
\tsmtp.helo=mx.mission.example; dmarc=pass (p=none) header.from=mission.example
Received: from mx.mission.example (mx.mission.example [198.51.100.7])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519)
\tby mx2.coalition.example (Postfix) with ESMTPS id 8C2D540B91
\tfor <letters@coalition.example>; Mon, 18 Mar 2024 09:00:06 +0000 (UTC)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mission.example; s=s1;
\th=from:to:subject:date:message-id:mime-version:content-type;
\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
\tb=Hk3xQ0n8Yc2F5nq7mJtQw9rT1vX4zB6dL8sP0uA3eG5iK7oM9yC1wE3rT5yU7iO9pA1sD3fG5hJ7kL9zX1cV3bN5mQ==
X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00,DKIM_SIGNED,DKIM_VALID,SPF_PASS autolearn=ham
""".replace(b"\n", b"\r\n")
_LETTER = b"From: letters@coalition.example\r\n\r\nx"


def own_mails() -> list[bytes]:
    """Mails of every kind, made by the tests' builders, as they lie in a box."""
    words = ["550 5.1.1 No such user", "552 5.2.2 Mailbox full", "554 5.7.1 Blocked", "451 4.3.0 Try again later"]
    reports = [
        report(recipient_group(f"box{number}@x.example", "failed", word.split()[1], f"{word} <{number}>"))
        for number in range(40)
        for word in words
    ]
    notices = [
        mail(
            "Return-Path: <>",
            "From: MAILER-DAEMON@x.example",
            "Subject: failure notice",
            body=f"<b{number}@x.example>:\n{word}\n",
        )
        for number in range(20)
        for word in words
    ]
    vacations = [answer(f"Away until {number} May.", "Auto-Submitted: auto-replied") for number in range(1, 29)]
    return [TRACE + one for one in (*reports, *notices, *vacations, *(person.raw for person in people()))]


def classifying(mails: list[bytes]) -> None:
    work: dict[str, Callable[[bytes], object]] = {
        "email.message_from_bytes": email.message_from_bytes,
        "classify, with the words (aim: at least 0.5)": classify,
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, one in work.items():
            for remembers in (reason_said, addresses, message_ids):
                remembers.cache_clear()
            start = time.process_time()
            for raw in mails:
                one(raw)
            times[name].append(time.process_time() - start)
    bare = min(times["email.message_from_bytes"])
    print(f"{f'{len(mails)} mails, processor time':<46}{'mails/s':>10}{'ratio':>8}")
    for name, some in times.items():
        print(f"{name:<46}{len(mails) / min(some):>10.0f}{bare / min(some):>8.2f}")


def numbered(mails: list[bytes]) -> list[bytes]:
    """As many different mails as are synced; those of the tests are about the letters that went out."""
    found = []
    for number in range(MAILS):
        raw = mails[number % len(mails)].replace(
            OURS.encode(), f"<letter-{number % LETTERS}@coalition.example>".encode()
        )
        head, blank, body = raw.partition(b"\r\n\r\n")  # each under a Message-ID of its own, or some were copies
        head = head.replace(b"Message-ID: <", f"Message-ID: <{number}.".encode(), 1)
        found.append(head.replace(b"Subject: ", f"X-Number: {number}\r\nSubject: ".encode(), 1) + blank + body)
    return found


def compared(where: str, alone: str, bare: Callable[[], float], ours: Callable[[], float]) -> None:
    """Let both take turns, and show the best of each."""
    bare()  # indexes and caches are made the first time
    pairs = [(bare(), ours()) for _ in range(SYNC_ROUNDS)]
    least, most = min(one for one, _ in pairs), min(other for _, other in pairs)
    print(f"\n{f'{MAILS} mails from {where}, {os.cpu_count()} processors':<46}{'seconds':>10}{'ratio':>8}")
    print(f"{alone:<46}{least:>10.2f}{1:>8.2f}")
    print(f"{'into the database (aim: at most 1.5)':<46}{most:>10.2f}{most / least:>8.2f}")


def fill(folder: Path, mails: list[bytes]) -> None:
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, raw in enumerate(mails):
        (folder / "new" / f"{number}.m.example").write_bytes(raw)


def from_maildir(mails: list[bytes], place: Path) -> None:
    from outreach.responses.answers import collect

    folder = place / "Maildir"
    fill(folder, mails)

    def read_and_parse() -> float:
        paths = sorted((folder / "new").iterdir())
        return timed(lambda: sum(email.message_from_bytes(path.read_bytes()) is not None for path in paths))

    def into_database() -> float:
        engine = new_database(place)
        return timed(lambda: collect(engine, [folder], by=named("Ana")).taken)

    compared("a Maildir", "reading and parsing alone", read_and_parse, into_database)


def by_imap(mails: list[bytes], place: Path) -> None:
    if shutil.which("dovecot") is None:
        print("Dovecot is not installed: syncing by IMAP is not measured.")
        return
    from imapclient import IMAPClient
    from mail_servers import PASSWORD, dovecot, own

    from outreach.responses.answers import sync
    from outreach.settings import Settings

    with dovecot(place / "dovecot") as server:
        fill(server.maildir(TEAM), mails)
        own(server.folder / "mail")
        settings = Settings.model_validate(
            {"imap_host": "127.0.0.1", "imap_port": server.imap, "imap_security": "none", "imap_username": TEAM,
             "imap_password": PASSWORD}
        )  # fmt: skip
        again: list[float] = []

        def fetch_and_parse() -> int:
            client = IMAPClient("127.0.0.1", server.imap, ssl=False)
            client.login(TEAM, PASSWORD)
            client.select_folder("INBOX", readonly=True)
            uids = client.search("ALL")
            count = 0
            for start in range(0, len(uids), BATCH):
                answers = client.fetch(uids[start : start + BATCH], ["BODY.PEEK[]"])
                count += sum(email.message_from_bytes(one[b"BODY[]"]) is not None for one in answers.values())
            client.logout()
            return count

        def into_database() -> float:
            engine = new_database(place)
            took = timed(lambda: sync(engine, settings).taken)
            again.append(timed(lambda: sync(engine, settings).found, wanted=0))
            return took

        compared("IMAP", "fetching and parsing alone", lambda: timed(fetch_and_parse), into_database)
        print(f"{'once more, nothing is new':<46}{min(again):>10.2f}")


def new_database(place: Path) -> "Engine":
    """A database with the letters that the mails are about."""
    from outreach.database import open_database

    engine = open_database(f"sqlite:///{place / f'{time.monotonic_ns()}.db'}")
    letters(engine)
    return engine


def timed(work: Callable[[], int], wanted: int = MAILS) -> float:
    start = time.perf_counter()
    found = work()
    assert found == wanted, found
    return time.perf_counter() - start


def letters(engine: "Engine") -> None:
    """The letters that the mails are about."""
    from outreach.database import writing
    from outreach.models import Campaign

    now = datetime(2024, 3, 18, 8, tzinfo=UTC)
    with writing(engine) as session:
        campaign = Campaign(name="c", letter="x", as_of=now.date(), time_zone="Europe/Zurich", created_at=now)
        session.add(campaign)
        session.flush()
        for number in range(LETTERS):
            one_letter(session, campaign.id, f"{chr(65 + number // 26)}{chr(65 + number % 26)}X", number)


def one_letter(session: "Session", campaign: int, iso3: str, number: int) -> None:
    """One letter to one mission."""
    from outreach.models import Delivery, Frozen, Message, Mission, Response
    from outreach.vocabulary import MessageState

    now = datetime(2024, 3, 18, 8, tzinfo=UTC)
    session.add(Mission(iso3=iso3, short_name=iso3, formal_name=iso3, language="fr"))
    session.flush()
    message = Message(
        campaign_id=campaign, iso3=iso3, message_id=f"<letter-{number}@coalition.example>", language="fr",
        subject="Joint letter", envelope_from=TEAM, size=len(_LETTER),
        state=MessageState.SENT, sent_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    session.add(Frozen(message_id=message.id, raw=_LETTER))
    address = f"mission@{iso3.lower()}.mission.example"
    session.add(Delivery(message_id=message.id, address=address, address_key=address, line="to", state="sent"))
    session.add(Response(campaign_id=campaign, iso3=iso3))


def main() -> None:
    given = sorted(Path(sys.argv[1]).glob("*.eml")) if len(sys.argv) > 1 else []
    mails = [path.read_bytes() for path in given] or own_mails()
    classifying(mails)
    for work in (by_imap, from_maildir):
        with tempfile.TemporaryDirectory() as name:
            work(numbered(mails), Path(name))


if __name__ == "__main__":
    main()
