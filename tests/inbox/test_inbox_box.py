"""A box that can't be lost or blocked: a hostile IMAP server. Nothing is lost, nothing blocked, every odd mail told."""

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from hostile_imap import Fault, HostileFolder, HostileImap, HungUpError, MailFault, Talk, ToldSocket
from inbox_mails import answer
from sqlalchemy import Engine

from outreach.errors import ServerFault, SettingsError
from outreach.inbox.mailbox import imap, imap_reading, imap_wire
from outreach.models import Identity, Mailbox, MailboxUid, Reply
from outreach.responses.answers import record_answers
from outreach.settings import Settings
from outreach.vocabulary import UidState

ALL = range(1, 10)
BAD = 4
TAKEN, UNREADABLE, GONE = UidState.TAKEN, UidState.UNREADABLE, UidState.GONE


def mails(*numbers: int) -> dict[int, bytes]:
    return {number: answer(f"Yes, number {number}.") for number in numbers}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imap, "_WAIT_SECONDS", 0)
    with HostileImap({b"INBOX": HostileFolder(mails(*ALL))}) as running:

        def wire(connection, **values):
            return imap_wire.Wire(ToldSocket(connection, running.silent), **values)

        monkeypatch.setattr(imap_reading, "Wire", wire)
        yield running


@pytest.fixture
def synced(engine: Engine, server: HostileImap) -> Callable[..., imap.SyncResult]:
    """A function that reads the box."""

    def run(**changes: object) -> imap.SyncResult:
        values = {
            "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "imap_username": "letters",
            "imap_password": "secret",
        }  # fmt: skip
        return imap.sync(engine, Settings.model_validate(values | changes), record=record_answers)

    return run


@pytest.fixture
def states(rows) -> Callable[[], dict[int, UidState]]:
    """A function that reads the ledger of a box with one folder."""
    return lambda: {one.uid: one.state for one in rows(MailboxUid)}


def once(fault: MailFault) -> MailFault:
    calls = count()

    def run(talk: Talk, uid: int, raw: bytes) -> None:
        (Talk.mail if next(calls) else fault)(talk, uid, raw)

    return run


# What the server does with one mail in place of giving it.


def left_out(_talk: Talk, _uid: int, _raw: bytes) -> None:
    pass


def left_out_of_a_batch(talk: Talk, uid: int, raw: bytes) -> None:
    if len(talk.uids) == 1:
        talk.mail(uid, raw)


def nil(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[] NIL)" % uid)


def empty(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.say(b'* 1 FETCH (UID %d BODY[] "")' % uid)


def announced_too_short(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw, length=len(raw) - 30)


def announced_too_short_with_an_answer_in_its_words(talk: Talk, uid: int, raw: bytes) -> None:
    forged = b"\r\n* 1 FETCH (UID 5 BODY[] {3}\r\nwho)\r\n"
    talk.mail(uid, raw + forged, length=len(raw))


def announced_too_long(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw, length=len(raw) + 300_000)
    talk.done()
    talk.fall_silent()


def bomb(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw, length=99_999_999_999)


def endless_number(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw, length=10**60)


def goodbye(talk: Talk, _uid: int, _raw: bytes) -> None:
    talk.say(b"* BYE I am tired")
    raise HungUpError


def cut_in_the_literal(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(raw)))
    talk.say(raw[:20], end=b"")
    raise HungUpError


def silent_in_the_literal(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(raw)))
    talk.say(raw[:20], end=b"")
    talk.fall_silent()


def vanishes(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.folder.mails.pop(uid, None)


def given_twice(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw)
    talk.mail(uid, raw)


def contradicted(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw)
    talk.mail(uid, answer("No, that is not so."))


def among_unsolicited_words(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 99 EXISTS")
    talk.say(b"* 3 EXPUNGE")
    talk.say(b"* 2 FETCH (FLAGS (\\Seen))")
    talk.say(b'* 2 FETCH (UID 777 FLAGS () BODY[] "nobody asked")')
    talk.say(b"* OK [ALERT] the brace at this end is no literal {12}")
    talk.say(b"* XNEW what nobody knows")
    talk.mail(uid, raw)


def under_another_uid(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid + 1000, raw)


def without_its_uid(talk: Talk, _uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (BODY[] {%d}\r\n%s)" % (len(raw), raw))


def junk_bytes(talk: Talk, _uid: int, _raw: bytes) -> None:
    talk.say(b"\x00\xff )(*&^ {12}")
    raise HungUpError


def unbalanced(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.say(b'* 1 FETCH (UID %d BODY[] "never closed' % uid)


def nested_without_end(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d FLAGS %s" % (uid, b"(" * 100_000))


def another_tag(talk: Talk, _uid: int, _raw: bytes) -> None:
    talk.say(b"R999 OK that was something else")


def cut_short(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw[:-5])


def as_a_quoted_string(talk: Talk, uid: int, _raw: bytes) -> None:
    talk.say(b'* 1 FETCH (FLAGS (\\Seen) UID %d BODY[] "From: a@b.example (\xff \\"\xe9\\") hello")' % uid)


def lower_case_and_more(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 fetch (x-gm (a (b {3}\r\n))) c)) modseq (9) body[] {%d}\r\n%s uid %d)" % (len(raw), raw, uid))


def as_literal8(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[] ~{%d}\r\n%s)" % (uid, len(raw), raw))


def as_a_literal_that_only_clients_send(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[] {%d+}\r\n%s)" % (uid, len(raw), raw))


def from_octet_0(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)" % (uid, len(raw), raw))


def as_rfc822(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d RFC822 {%d}\r\n%s)" % (uid, len(raw), raw))


def in_two_responses(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, len(raw)))
    talk.say(b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)" % (uid, len(raw), raw))


def with_nul_bytes(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw.replace(b"\r\n\r\n", b"\r\n\r\n\0\0", 1)[: len(raw)])


def taken_back_by_the_tag(talk: Talk, uid: int, raw: bytes) -> None:
    talk.mail(uid, raw)
    talk.done(b"NO but no")
    raise HungUpError


def first_another_and_then_it(talk: Talk, uid: int, raw: bytes) -> None:
    talk.say(b'* 1 FETCH (UID %d FLAGS () BODY[HEADER] "From: x@x.example")' % uid)
    talk.mail(uid, raw)


MAIL_FAULTS: dict[str, tuple[MailFault, UidState, str]] = {
    "left out": (left_out, UNREADABLE, "does not give it"),
    "left out of a batch": (left_out_of_a_batch, TAKEN, ""),
    "left out once": (once(left_out), TAKEN, ""),
    "NIL": (nil, UNREADABLE, "does not give it"),
    "NIL once": (once(nil), TAKEN, ""),
    "an empty string": (empty, UNREADABLE, "does not give it"),
    "announced too short": (announced_too_short, UNREADABLE, "breaks at it"),
    "announced too short, with an answer in its words": (
        announced_too_short_with_an_answer_in_its_words, UNREADABLE, "breaks at it",
    ),
    "announced too long": (announced_too_long, UNREADABLE, "said nothing"),
    "a literal bomb": (bomb, UNREADABLE, "announces 99999999999 bytes"),
    "a number without end": (endless_number, UNREADABLE, "breaks at it"),
    "BYE": (goodbye, UNREADABLE, "I am tired"),
    "BYE once": (once(goodbye), TAKEN, ""),
    "cut in the literal": (cut_in_the_literal, UNREADABLE, "hung up"),
    "cut in the literal once": (once(cut_in_the_literal), TAKEN, ""),
    "silent in the literal": (silent_in_the_literal, UNREADABLE, "said nothing"),
    "vanishes": (vanishes, GONE, "had gone when it was asked for"),
    "given twice": (given_twice, TAKEN, ""),
    "contradicted": (contradicted, TAKEN, "contradicts itself"),
    "among unsolicited words": (among_unsolicited_words, TAKEN, ""),
    "under another UID": (under_another_uid, UNREADABLE, "does not give it"),
    "without its UID": (without_its_uid, UNREADABLE, "does not give it"),
    "junk bytes": (junk_bytes, UNREADABLE, "no IMAP"),
    "a string without end": (unbalanced, UNREADABLE, "no IMAP"),
    "lists without end": (nested_without_end, UNREADABLE, "no end"),
    "another command's answer": (another_tag, UNREADABLE, "no IMAP"),
    "shorter than RFC822.SIZE": (cut_short, TAKEN, "bytes and gives"),
    "shorter once": (once(cut_short), TAKEN, ""),
    "bytes beyond ASCII in a quoted string": (as_a_quoted_string, TAKEN, "bytes and gives"),
    "lower case, other items, a literal within a list": (lower_case_and_more, TAKEN, ""),
    "as literal8": (as_literal8, TAKEN, ""),
    "as a literal that only clients send": (as_a_literal_that_only_clients_send, TAKEN, ""),
    "from octet 0": (from_octet_0, TAKEN, ""),
    "as RFC822": (as_rfc822, TAKEN, ""),
    "in two responses": (in_two_responses, TAKEN, ""),
    "with NUL bytes": (with_nul_bytes, TAKEN, ""),
    "taken back by the tag": (taken_back_by_the_tag, TAKEN, ""),
    "its header first": (first_another_and_then_it, TAKEN, ""),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("name", MAIL_FAULTS)
def test_one_mail_with_a_fault_stops_no_other_and_is_told(name, server, synced, states, rows):
    fault, state, words = MAIL_FAULTS[name]
    server.mail_faults[BAD] = fault
    result = synced()
    assert states() == {uid: state if uid == BAD else TAKEN for uid in ALL}
    texts = [one.body for one in rows(Reply)]
    assert [f"Yes, number {uid}." in texts for uid in ALL if uid != BAD] == [True] * 8
    assert [one.where for one in result.problems] == (["letters@127.0.0.1/INBOX, UID 4"] if words else [])
    assert all(words in one.what and one.remedy for one in result.problems)
    assert [one.reason for one in rows(MailboxUid) if one.uid == BAD] == [result.problems[0].what if words else ""]
    (folder,) = result.folders
    assert folder.unreadable == ((BAD,) if state is UNREADABLE else ())
    assert bool(folder.gone) is (state is GONE)
    # Once the server is well, what was missing is had, and nothing twice.
    server.mail_faults.clear()
    server.folders[b"INBOX"].mails |= mails(10)
    again = synced()
    assert again.taken == (2 if state is UNREADABLE else 1)
    assert again.problems == ()
    assert set(states().values()) <= {TAKEN, GONE}
    assert len(rows(Reply)) == (9 if state is GONE else 11 if name == "contradicted" else 10)


def refused(verdict: bytes) -> Fault:
    def fault(talk: Talk) -> bool:
        if not talk.fetches_mail or BAD not in talk.uids:
            return False
        talk.done(verdict)
        return True

    return fault


def given_but_for_one(talk: Talk) -> bool:
    """As some servers do: the others are given, and then it says NO."""
    if not talk.fetches_mail or BAD not in talk.uids:
        return False
    for uid in talk.uids:
        if uid != BAD:
            talk.mail(uid, talk.folder.mails[uid])
    talk.done(b"NO [SERVERBUG] some of them could not be read")
    return True


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refused(b"NO [SERVERBUG] it is broken"), "it is broken"),
        (refused(b"BAD what do you want"), "what do you want"),
        (given_but_for_one, "some of them"),
    ],
)
def test_a_batch_that_is_refused_is_halved_down_to_the_one_mail(fault, words, server, synced, states):
    server.faults.append(fault)
    (problem,) = synced().problems
    assert words in problem.what
    assert states() == {uid: UNREADABLE if uid == BAD else TAKEN for uid in ALL}
    server.faults.clear()
    assert synced().taken == 1


@pytest.mark.heavy
def test_many_bad_mails_side_by_side_block_nothing_for_long(server, synced, states):
    server.folders[b"INBOX"].mails |= mails(*range(10, 17))
    for uid in range(5, 13):
        server.mail_faults[uid] = goodbye
    with pytest.raises(ServerFault, match="I am tired"):
        synced()
    assert synced(), "what could not be had is passed over, until all else was read"
    assert states() == {uid: UNREADABLE if 5 <= uid < 13 else TAKEN for uid in range(1, 17)}


def test_a_server_that_only_has_no_time_leaves_everything_for_later(server, synced, states):
    server.faults.append(refused(b"NO [UNAVAILABLE] come back later"))
    with pytest.raises(ServerFault, match="come back later"):
        synced()
    assert states() == {}
    server.faults.clear()
    assert synced().taken == 9


@pytest.mark.heavy
def test_a_dribble_is_cut_and_told(server, synced, states, monkeypatch):
    seconds = count()
    monkeypatch.setattr(
        imap_reading,
        "Wire",
        lambda *args, **values: imap_wire.Wire(*args, **values | {"clock": partial(next, seconds)}),
    )

    def dribble(talk: Talk, uid: int, raw: bytes) -> None:
        talk.say(b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(raw)))
        for place in range(len(raw)):
            talk.say(raw[place : place + 1], end=b"")
            asked.wait(0.001)  # so that each byte comes by itself

    import threading

    asked = threading.Event()
    server.mail_faults[BAD] = dribble
    (problem,) = synced().problems
    assert "too slow" in problem.what
    assert states()[BAD] is UNREADABLE
    assert sum(state is TAKEN for state in states().values()) == 8


# What the server says of the folder.


def search_says(words: bytes) -> Fault:
    def fault(talk: Talk) -> bool:
        if talk.command == b"SEARCH":
            talk.say(words)
            talk.done()
        return talk.command == b"SEARCH"

    return fault


@pytest.mark.heavy
@pytest.mark.parametrize(
    "words",
    [
        b"* SEARCH 1 two -3 99999999999999999999 0",
        b"* SEARCH",
        b"* SEARCH 8 9",
        b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(1, 100_000)),
        b"* 3 EXISTS",
    ],
)
def test_a_search_that_says_nonsense_or_too_little_loses_nothing(words, server, synced, states):
    server.faults.append(search_says(words[:200_000]))
    synced()
    assert {uid for uid, state in states().items() if state is TAKEN} >= (set(ALL) if b"8 9" not in words else {8, 9})


def test_a_search_that_is_refused_is_done_without(server, synced, states):
    server.faults.append(lambda talk: talk.command == b"SEARCH" and (talk.done(b"NO [SERVERBUG] no index"), True)[1])
    synced()
    assert states() == dict.fromkeys(ALL, TAKEN)


def test_a_folder_that_can_not_be_listed_at_all_is_said(server, synced, rows):
    server.faults.append(lambda talk: talk.words.startswith(b"UID ") and (talk.done(b"BAD no UIDs here"), True)[1])
    with pytest.raises(ServerFault, match="no UIDs here") as caught:
        synced()
    assert caught.value.remedy
    assert "no UIDs here" in rows(Mailbox)[0].trouble


def test_without_uidvalidity_the_whole_folder_is_read_each_time_and_nothing_taken_twice(server, synced, rows):
    server.folders[b"INBOX"].uid_validity = None
    first = synced()
    assert (first.taken, ["UIDVALIDITY" in one.what for one in first.problems]) == (9, [True])
    server.folders[b"INBOX"].mails = {uid + 3: raw for uid, raw in mails(*ALL).items()} | mails(1)
    server.folders[b"INBOX"].mails[2] = answer("One that came under a number that was another's.")
    again = synced()
    assert (again.found, again.taken) == (11, 1)
    assert len(rows(Reply)) == 10


def only_status_tells(told: list[int]) -> Fault:
    def status(talk: Talk) -> bool:
        if talk.command == b"STATUS":
            talk.say(b'* STATUS "INBOX" (UIDVALIDITY %d)' % told[-1])
            talk.done()
        return talk.command == b"STATUS"

    return status


def test_uidvalidity_that_only_status_tells_is_found(server, synced, rows):
    server.folders[b"INBOX"].uid_validity = None
    server.faults.append(only_status_tells([12]))
    assert synced().problems == ()
    assert rows(Mailbox)[0].uid_validity == 12


def test_uidvalidity_that_only_status_tells_may_change_in_mid_sync(server, synced, rows):
    told = [12]

    def renumbered(talk: Talk, _uid: int, _raw: bytes) -> None:
        server.mail_faults.clear()
        told.append(13)
        talk.folder.mails = {100 + number: one for number, one in talk.folder.mails.items()}
        raise HungUpError

    server.folders[b"INBOX"].uid_validity = None
    server.faults.append(only_status_tells(told))
    server.mail_faults[BAD] = renumbered
    assert synced().problems == ()
    assert {one.uid for one in rows(MailboxUid) if one.uid_validity == 13} == {100 + uid for uid in ALL}
    assert not [one for one in rows(MailboxUid) if one.state is not TAKEN]


@pytest.mark.parametrize("how", ["told in mid-answer", "after a break"])
def test_a_uidvalidity_that_changes_in_mid_sync_begins_the_folder_anew(how, server, synced, rows):
    def renumbered(talk: Talk, uid: int, raw: bytes) -> None:
        server.mail_faults.clear()
        talk.folder.uid_validity = 8
        talk.folder.mails = {100 + number: one for number, one in talk.folder.mails.items()}
        if how == "after a break":
            raise HungUpError
        talk.say(b"* OK [UIDVALIDITY 8] all is new")
        talk.mail(uid, raw)

    server.mail_faults[BAD] = renumbered
    result = synced()
    assert result.problems == ()
    assert rows(Mailbox)[0].uid_validity == 8
    assert {one.uid for one in rows(MailboxUid) if one.uid_validity == 8} == {100 + uid for uid in ALL}
    assert len(rows(Reply)) == 9


def test_what_could_not_be_had_is_gone_once_the_folder_is_renumbered_and_is_asked_for_anew(server, synced, rows):
    server.mail_faults[BAD] = left_out
    synced()
    folder = server.folders[b"INBOX"]
    folder.uid_validity, folder.mails = 9, {50 + uid: raw for uid, raw in folder.mails.items()}
    assert synced().taken == 1
    assert {(one.uid_validity, one.state) for one in rows(MailboxUid)} == {(7, TAKEN), (7, GONE), (9, TAKEN)}


@pytest.mark.parametrize("greeting", [b"* BYE too many of you", b"\xff\xfe what", b"* OK"])
def test_a_greeting_that_is_none_is_a_fault_with_words(greeting, server, synced):
    server.greeting = greeting
    if greeting == b"* OK":
        assert synced().taken == 9
    else:
        with pytest.raises(ServerFault):
            synced()


def test_the_box_was_read_where_only_a_mail_that_is_given_up_is_missing(server, synced, rows):
    server.mail_faults[BAD] = left_out
    for expected in (False, False, True):
        synced()
        assert (rows(Identity)[0].inbox_read_at is not None) is expected


# Several folders.

ODD_NAMES = {
    "Réponses": b"R&AOk-ponses",
    "日本 & more": b"&ZeVnLA- &- more",
    'with "quotes" and \\': b'with "quotes" and \\',
    " spaces  within ": b" spaces  within ",
    "12": b"12",
    "NIL": b"NIL",
    "Dépôt": b"D\xe9p\xf4t",
    "&&&": b"&&&",
    "line\nbreak": b"line&AAo-break",
    "[Gmail]/(x) {3}": b"[Gmail]/(x) {3}",
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", ODD_NAMES)
def test_folders_with_odd_names_are_read(name, server, synced, rows):
    server.folders[ODD_NAMES[name]] = HostileFolder(mails(71, 72), uid_validity=3)
    result = synced(imap_folders=[name])
    assert [(one.folder, one.taken) for one in result.folders] == [("INBOX", 9), (name, 2)]
    assert [(one.name, one.uid_validity, one.last_uid) for one in rows(Mailbox)] == [
        ("letters@127.0.0.1/INBOX", 7, 9), (f"letters@127.0.0.1/{name}", 3, 72),
    ]  # fmt: skip


def junk(*others: bytes) -> HostileFolder:
    found = mails(31)
    found |= {40 + number: raw for number, raw in enumerate(others)}
    return HostileFolder(found, flags=b"\\HasNoChildren \\Junk")


def test_the_folder_for_spam_is_found_and_only_what_concerns_us_is_taken_from_it(server, synced, sent, rows):
    sent("FRA", message_id="<letter-fra@coalition.example>")
    spam = b"From: shop@sale.invalid\r\nSubject: Cheap\r\nMessage-ID: <x@sale.invalid>\r\n\r\nBuy now.\r\n"
    ours = answer("We will co-sponsor, from the spam.").replace(b"In-Reply-To", b"References")
    ours = b"In-Reply-To: <letter-fra@coalition.example>\r\n" + ours
    server.folders[b"Unerw&APw-nscht"] = HostileFolder({40: spam, 41: ours}, flags=b"\\HasNoChildren \\Junk")
    result = synced()
    assert [(one.folder, one.taken, one.left) for one in result.folders] == [("INBOX", 9, 0), ("Unerwünscht", 1, 1)]
    assert result.known == 0
    assert any("co-sponsor, from the spam" in one.body for one in rows(Reply))
    assert not any("Buy now" in one.body for one in rows(Reply))
    assert {one.uid: one.state for one in rows(MailboxUid) if one.uid >= 40} == {40: UidState.LEFT, 41: TAKEN}
    assert synced().found == 0


def test_only_the_named_folders_are_read_where_any_is_named(server, synced):
    server.folders[b"Spam"] = junk()
    assert [one.folder for one in synced(imap_folders=["INBOX"]).folders] == ["INBOX"]
    assert [one.folder for one in synced(imap_folders="inbox, \\Junk").folders] == ["INBOX", "Spam"]


def test_one_folder_that_can_not_be_read_keeps_no_other_from_it(server, synced, rows):
    server.folders[b"Answers"] = HostileFolder(mails(21, 22))
    with pytest.raises(SettingsError, match="no folder 'Nowhere'"):
        synced(imap_folders=["Nowhere", "Answers"])
    assert len(rows(Reply)) == 11
    assert rows(Identity)[0].inbox_read_at is None
    assert [bool(one.trouble) for one in rows(Mailbox)] == [False, True, False]


def test_a_folder_for_spam_that_can_not_be_opened_is_told_and_blocks_nothing(server, synced, rows):
    server.folders[b"Spam"] = junk()
    server.faults.append(
        lambda talk: talk.command == b"EXAMINE" and b"Spam" in talk.words and (talk.done(b"NO not you"), True)[1]
    )
    result = synced()
    assert [one.where for one in result.problems] == ["letters@127.0.0.1/Spam"]
    assert "not you" in result.folders[1].trouble
    assert rows(Identity)[0].inbox_read_at is not None


@pytest.mark.parametrize("words", [b"NO not now", b"BAD what"])
def test_a_server_that_lists_no_folders_is_read_all_the_same(words, server, synced):
    server.faults.append(lambda talk: talk.command == b"LIST" and (talk.done(words), True)[1])
    result = synced()
    assert result.taken == 9
    assert [one.says.code for one in result.problems] == ["inbox.no-folder-list"], (
        "nobody looked into the spam: it is told"
    )
    assert synced(imap_folders=["INBOX"]).problems == ()


@pytest.mark.parametrize("command", [b"LIST", b"EXAMINE"])
def test_a_folder_that_is_only_in_use_is_asked_for_again(command, server, synced):
    server.folders[b"Spam"] = junk()
    refusals = [b"NO [INUSE] somebody else has it open", b"NO [UNAVAILABLE] busy"]
    server.faults.append(
        lambda talk: talk.command == command and bool(refusals) and (talk.done(refusals.pop()), True)[1]
    )
    result = synced()
    assert [one.folder for one in result.folders] == ["INBOX", "Spam"]
    assert result.problems == ()


@pytest.mark.parametrize("words", [b"NO [INUSE] locked", b"NO [SERVERBUG] broken", b"NO [CORRUPTION] broken"])
def test_a_folder_that_stays_shut_for_the_servers_own_reasons_is_no_fault_of_the_settings(words, server, synced, rows):
    server.faults.append(lambda talk: talk.command == b"EXAMINE" and (talk.done(words), True)[1])
    with pytest.raises(ServerFault) as caught:
        synced()
    assert "imap_folder" not in str(caught.value.whole())
    assert rows(Identity)[0].inbox_read_at is None


def test_nothing_in_the_box_is_changed(server, synced):
    server.mail_faults[BAD] = left_out
    server.folders[b"Spam"] = junk()
    synced()
    allowed = {b"CAPABILITY", b"LOGIN", b"LIST", b"EXAMINE", b"SEARCH", b"FETCH", b"STATUS", b"LOGOUT"}
    assert {words.removeprefix(b"UID ").partition(b" ")[0].upper() for words in server.said} <= allowed
    assert not any(b"BODY[]" in words for words in server.said)
