"""The ledger of UIDs: how far a folder was read, what could not be had, and when that is asked for again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.database import reading, writing
from outreach.inbox.mailbox.uids import FolderStanding, UidNote, fresh_troubles, note_uids, standing
from outreach.models import Mailbox, MailboxUid
from outreach.vocabulary import UidState

BOX = "letters@imap.example/INBOX"
NOW = datetime(2024, 3, 18, 9, tzinfo=UTC)
TAKEN, LOST = UidNote(UidState.TAKEN), UidNote(UidState.UNREADABLE, "broken")
Note = Callable[..., None]


@pytest.fixture
def note(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Note:
    """A function that writes down what became of mails, at a moment."""

    def write(*, validity: int = 7, last: int | None = None, at: datetime = NOW, **mails: UidNote) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)
        with writing(engine) as session:
            note_uids(session, BOX, validity, {int(uid[1:]): one for uid, one in mails.items()}, last_uid=last)

    return write


def stands(engine: Engine, validity: int = 7, *, all_again: bool = False) -> FolderStanding:
    with reading(engine) as session:
        return standing(session, BOX, validity, all_again=all_again)


def due(engine: Engine, *, all_again: bool = False) -> tuple[int, ...]:
    return stands(engine, all_again=all_again).waiting


def troubles(engine: Engine) -> int:
    with reading(engine) as session:
        return fresh_troubles(session, [BOX])


def test_what_was_read_is_not_read_again_and_what_was_not_is(engine: Engine, note: Note) -> None:
    assert stands(engine) == FolderStanding()
    note(_3=TAKEN, _4=LOST, last=3)
    note(_9=TAKEN)  # beyond a gap: how far it is read stays
    found = stands(engine)
    assert (found.last_uid, set(found.beyond), found.waiting) == (3, {4, 9}, (4,))


def test_under_a_new_uidvalidity_the_folder_begins_anew_and_what_could_not_be_had_is_gone(
    engine: Engine, note: Note
) -> None:
    note(_3=TAKEN, _4=LOST, last=4)
    assert stands(engine, 8) == FolderStanding()
    note(validity=8, _1=TAKEN)
    assert stands(engine, 8).last_uid == 0
    with reading(engine) as session:
        rows = session.exec(select(MailboxUid.uid, MailboxUid.uid_validity, MailboxUid.state)).all()
        assert session.exec(select(Mailbox.uid_validity)).one() == 8
    assert set(rows) == {(3, 7, UidState.TAKEN), (4, 7, UidState.GONE), (1, 8, UidState.TAKEN)}


def test_what_could_not_be_had_three_times_is_asked_for_once_an_hour_and_whenever_all_is(
    engine: Engine, note: Note
) -> None:
    for again in ((4,), (4,), ()):
        note(_4=LOST, last=4)
        assert due(engine) == again
    assert troubles(engine) == 0
    assert due(engine, all_again=True) == (4,)
    note(_5=LOST, last=5, at=NOW + timedelta(minutes=59))
    assert (due(engine), troubles(engine)) == ((5,), 1)
    note(_6=TAKEN, last=6, at=NOW + timedelta(hours=1))
    assert due(engine) == (4, 5)


def test_what_is_given_up_at_once_counts_as_asked_for_often(engine: Engine, note: Note) -> None:
    note(_4=UidNote(UidState.UNREADABLE, "too large", for_good=True), last=4)
    assert (due(engine), due(engine, all_again=True), troubles(engine)) == ((), (4,), 0)


def test_what_was_had_at_last_is_no_trouble(engine: Engine, note: Note) -> None:
    note(_4=LOST, last=4)
    note(_4=TAKEN)
    assert (due(engine), troubles(engine)) == ((), 0)
