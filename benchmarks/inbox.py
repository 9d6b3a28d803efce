"""Mail in, beside its alternatives in one run. Aims: classifying at ≥ 0.5 of the rate of bare
`email.message_from_bytes` on the same mails; syncing 5,000 mails in ≤ 1.5 times fetching and parsing them alone.

    python benchmarks/inbox.py [FOLDER OF MAILS]     default: mails made by the tests, of every kind

The second part needs Debian's Dovecot, which it starts in a private folder; without it that part is left out.
"""

import email
import shutil
import statistics
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

from outreach.inbox.classify import classify  # noqa: E402
from outreach.inbox.reasons import reason_in  # noqa: E402

MAILS = 5_000
LETTERS = 200
ROUNDS = 7
TEAM = "letters@coalition.example"
_LETTER = b"From: letters@coalition.example\r\n\r\nx"


def own_mails() -> list[bytes]:
    """Mails of every kind, made by the tests' builders."""
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
    return [*reports, *notices, *vacations, *(one.raw for one in people())]


def seconds(work: Callable[[], object]) -> float:
    """The median time of some rounds, in seconds of the processor: other programs do not count."""
    times = []
    for _ in range(ROUNDS):
        reason_in.cache_clear()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def classifying(mails: list[bytes]) -> None:
    bare = seconds(lambda: [email.message_from_bytes(one) for one in mails])
    ours = seconds(lambda: [classify(one) for one in mails])
    print(f"{f'{len(mails)} mails, processor time':<44}{'mails/s':>10}{'ratio':>8}")
    print(f"{'email.message_from_bytes':<44}{len(mails) / bare:>10.0f}{1:>8.2f}")
    print(f"{'classify (aim: at least 0.5)':<44}{len(mails) / ours:>10.0f}{bare / ours:>8.2f}")


def syncing(mails: list[bytes]) -> None:
    if shutil.which("dovecot") is None:
        print("Dovecot is not installed: syncing is not measured.")
        return
    from imapclient import IMAPClient
    from mail_servers import PASSWORD, dovecot, own

    from outreach.database import open_database
    from outreach.responses.answers import sync
    from outreach.settings import Settings

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        with dovecot(place / "dovecot") as server:
            box = server.maildir(TEAM)
            for part in ("new", "cur", "tmp"):
                (box / part).mkdir(parents=True)
            for number in range(MAILS):
                raw = mails[number % len(mails)]
                raw = raw.replace(b"Subject: ", f"X-Number: {number}\r\nSubject: ".encode(), 1)
                raw = raw.replace(OURS.encode(), f"<letter-{number % LETTERS}@coalition.example>".encode())
                (box / "new" / f"{number}.m.example").write_bytes(raw)
            own(server.folder / "mail")

            def fetch_and_parse() -> int:
                client = IMAPClient("127.0.0.1", server.imap, ssl=False)
                client.login(TEAM, PASSWORD)
                client.select_folder("INBOX", readonly=True)
                uids = client.search("ALL")
                count = 0
                for start in range(0, len(uids), 100):
                    answers = client.fetch(uids[start : start + 100], ["BODY.PEEK[]"])
                    count += sum(email.message_from_bytes(one[b"BODY[]"]) is not None for one in answers.values())
                client.logout()
                return count

            fetch_and_parse()  # Dovecot makes its index the first time
            alone = timed(fetch_and_parse)
            settings = Settings.model_validate(
                {"imap_host": "127.0.0.1", "imap_port": server.imap, "imap_security": "none", "imap_username": TEAM,
                 "imap_password": PASSWORD}
            )  # fmt: skip
            engine = open_database(f"sqlite:///{place / 'bench.db'}")
            letters(engine)
            ours = timed(lambda: sync(engine, settings).taken)
            again = timed(lambda: sync(engine, settings).found, wanted=0)
    print(f"\n{f'{MAILS} mails by IMAP':<44}{'seconds':>10}{'ratio':>8}")
    print(f"{'fetching and parsing alone':<44}{alone:>10.2f}{1:>8.2f}")
    print(f"{'sync into the database (aim: at most 1.5)':<44}{ours:>10.2f}{ours / alone:>8.2f}")
    print(f"{'sync once more':<44}{again:>10.2f}{again / alone:>8.2f}")


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
    from outreach.models import Frozen, Message, MessageState, Mission, Recipient, Response

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
    session.add(Recipient(message_id=message.id, address=address, address_key=address, line="to", state="sent"))
    session.add(Response(campaign_id=campaign, iso3=iso3))


def main() -> None:
    given = sorted(Path(sys.argv[1]).glob("*.eml")) if len(sys.argv) > 1 else []
    mails = [path.read_bytes() for path in given] or own_mails()
    classifying(mails)
    syncing(own_mails())


if __name__ == "__main__":
    main()
