"""A meeting that is offered, a day to come back to: told from words in six languages, with days counted from the mail.

`wishes.tsv` was written as statements of diplomats, half of them near misses, before there were any rules; the rules
were then mended on its first half alone (`seen`). All were written on Monday, 2 March 2026.
"""

from datetime import date
from pathlib import Path

import pytest

from outreach.inbox.classify import classify
from outreach.inbox.meaning.clauses import plain
from outreach.inbox.meaning.days import clock_time, days_in
from outreach.inbox.meaning.meetings import Meeting
from outreach.inbox.meaning.people_told import person_to_turn_to
from outreach.inbox.meaning.proposals import addresses_to_use, proposed
from outreach.inbox.meaning.wishes import proposed_days, wishes
from tests.inbox.inbox_mails import answer

WRITTEN = date(2026, 3, 2)
BANK = Path(__file__).parent / "wishes.tsv"


def rows(half: str) -> list[tuple[str, set[str], str]]:
    _, *lines = BANK.read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        which, language, acceptable, words = line.split("\t")
        kind, _, values = acceptable.partition(" ")
        if which == half:
            right = {f"{kind} {one}".strip() for one in values.split(",")} - {"none"}
            found.append((language, right, words))
    return found


def said(words: str) -> set[str]:
    told = {f"contact {address}" for address, _ in addresses_to_use(words, ())}
    if proposed(words).opt_out:
        told.add("opt-out")
    found = wishes(words, WRITTEN)
    if found.meeting is not None:
        told.add("meeting")
    if found.come_back is not None:
        told.add(f"come-back {found.come_back.day}")
    return told


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_what_is_proposed_is_right_and_it_speaks_on_most(half):
    bank = rows(half)
    assert len(bank) >= 80
    told = [(words, said(words), right) for _, right, words in bank]
    assert [one for one in told if one[1] - one[2]] == []
    telling = [one for one in told if one[2]]
    missed = [one for one in telling if not one[1]]
    assert len(missed) <= 0.1 * len(telling), missed
    assert {language for language, _, _ in bank} == {"en", "fr", "es", "ar", "ru", "zh"}


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("after 12 March", ["2026-03-13"]),
        ("on 2026-04-01", ["2026-04-01"]),
        ("on Thursday 12 March", ["2026-03-12"]),
        ("on Monday", ["2026-03-09"]),  # a Monday's Monday is the next one
        ("on Tuesday of next week", ["2026-03-10"]),
        ("in three weeks", ["2026-03-23"]),
        ("in ten days", ["2026-03-12"]),
        ("in two months", ["2026-05-02"]),
        ("at the end of March", ["2026-03-31"]),
        ("after the end of March", ["2026-04-01"]),
        ("in January", ["2027-01-01"]),
        ("on 1 March", []),  # of the next year, hardly
        ("before Friday", []),
        ("by 12 March", []),
        ("last Thursday's letter", ["2026-03-05"]),
        ("mardi prochain", ["2026-03-03"]),
        ("dans quinze jours", ["2026-03-17"]),
        ("à la fin du mois de mars", ["2026-03-31"]),
        ("el martes de la próxima semana", ["2026-03-10"]),
        ("через три дня", ["2026-03-05"]),
        ("в мае", ["2026-05-01"]),
        ("下周二", ["2026-03-10"]),
        ("两个月后", ["2026-05-02"]),
        ("بعد ثلاثة", []),
        ("يوم الخميس", ["2026-03-05"]),
    ],
)
def test_a_day_is_counted_from_the_mails_own(words, days):
    assert [str(one.first) for one in days_in(plain(words), WRITTEN)] == days


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("at 3 pm", "15:00"), ("at 3.30 p.m.", "15:30"), ("at 10 a.m.", "10:00"), ("at 15:00", "15:00"),
        ("à 15 heures", "15:00"), ("à 15h30", "15:30"), ("a las 10", "10:00"), ("в 10 часов", "10:00"),
        ("下午3时", "15:00"), ("上午10点", "10:00"), ("الساعة 15", "15:00"), ("in 3 days", ""), ("paragraph 10", ""),
        ("at 25:00", ""),
    ],
)  # fmt: skip
def test_a_time_of_day_is_told_only_for_sure(words, time):
    assert clock_time(plain(words)) == time


def test_the_words_shown_are_the_sentence_itself():
    text = "Dear colleagues,\n\nThank you. Please write to us again\nafter 12 March. We look forward to it."
    found = wishes(text, WRITTEN).come_back
    assert found is not None
    assert found.words == "Please write to us again after 12 March."


def test_a_mails_day_is_that_of_geneva():
    late = answer("Please ask us again tomorrow.").replace(b"10:00:00 +0100", b"18:30:00 -0500")
    found = classify(late)
    assert found.date is not None
    _, come_back = proposed_days(found, found.date)
    assert come_back is not None
    assert come_back.value == "2024-03-21"  # it is the 20th in Geneva


INVITATION = (
    "BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nSUMMARY:The draft\n"
    "DTSTART;TZID=Europe/Zurich:20240321T140000\nLOCATION:Room XX\nEND:VEVENT\nEND:VCALENDAR\n"
)


@pytest.mark.parametrize(("method", "offered"), [("REQUEST", True), ("REPLY", False), ("CANCEL", False)])
def test_an_invitation_offers_a_meeting_and_its_answer_does_not(method, offered):
    body = (
        "--b\nContent-Type: text/plain\n\nPlease see the invitation.\n--b\n"
        f"Content-Type: text/calendar; method={method}\n\n{INVITATION.format(method=method)}--b--\n"
    )
    kind = b'Content-Type: multipart/mixed; boundary="b"'
    raw = answer(body).replace(b"Content-Type: text/plain; charset=utf-8", kind, 1)
    found = classify(raw)
    assert isinstance(found.meeting, Meeting)
    assert found.date is not None
    meeting, _ = proposed_days(found, found.date)
    assert (meeting is not None) is offered
    if meeting is not None:
        assert meeting.value == "2024-03-21 14:00 Europe/Zurich"
        assert "The draft" in meeting.words
        assert "Room XX" in meeting.words


def test_neither_is_read_where_there_is_no_end_to_it():
    assert wishes("please contact us again " * 2_000, WRITTEN) == (None, None)
    assert wishes("after the " * 5_000 + "12 March", WRITTEN) == (None, None)


@pytest.mark.parametrize(
    ("sort", "words"),
    [
        ("successor", "The Ambassador having left, please write to her successor, H.E. Mr. Orlan Pesk."),
        ("successor", "My colleague Ms. Dana Orvik is taking over the human rights file."),
        ("successor", "C'est désormais Mme Lise Artaud qui est chargée de ce dossier."),
        ("successor", "El señor Juan Paz es el nuevo encargado de derechos humanos."),
        ("successor", "Новым советником по правам человека является г-жа Анна Петрова."),
        ("successor", "خلفني في هذا المنصب السيد أحمد علي."),
        ("successor", "我已离任，由王芳女士接任。"),
        ("deputy", "During the Ambassador's absence Ms. Dana Orvik acts as chargé d'affaires."),
        ("deputy", "Durant mon congé, M. Paul Roy assure l'intérim."),
        ("deputy", "En ausencia del Embajador me sustituye la señora Marta Gil."),
        ("deputy", "На время отпуска Посла его замещает г-н Пётр Иванов."),
        ("deputy", "في غياب السفير، يتولى الموضوع نائبه السيد أحمد علي."),
        ("deputy", "我出差期间，请联系张伟先生。"),
        (None, "The new High Commissioner, Mr. Orlan Pesk, has succeeded Ms. Dana Orvik."),
        (None, "My successor has not yet been appointed."),
        (None, "In the absence of consensus, Mr. Pesk asked for a vote."),
        (None, "Mr. Pesk of the core group has taken over the chair of the informals."),
    ],
)
def test_who_is_named_as_a_successor_or_a_deputy(sort: str | None, words: str):
    told = person_to_turn_to(f"Dear colleagues,\n\n{words}\n\nBest regards")
    assert (told.sort if told else None) == sort
    assert told is None or told.words == words


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("3月21日（星期四）", ["2026-03-21"]), ("21 марта (четверг)", ["2026-03-21"]),
        ("Saturday (21 March)", ["2026-03-21"]),
        ("يوم الخميس 21 آذار/مارس", ["2026-03-21"]), ("三月二十一日（周六）", ["2026-03-21"]),
        ("十二月三十号", ["2026-12-30"]),
        ("in a fortnight", ["2026-03-16"]), ("Tuesday week", ["2026-03-10"]), ("mardi en huit", ["2026-03-10"]),
        ("el 21 de marzo a las 10 de la mañana", ["2026-03-21"]),
        ("Thursday 12 or Friday 13 March", ["2026-03-12", "2026-03-13"]),
        ("on Tuesday the 24th at 10.30", ["2026-03-24"]), ("mardi 24 à 10h30", ["2026-03-24"]),
        ("во вторник 24-го в 10 часов", ["2026-03-24"]), ("on Tuesday 10 a.m.", ["2026-03-03"]),
        ("on Tuesday the 25th", []), ("mardi 10 h", ["2026-03-03"]),
    ],
)  # fmt: skip
def test_a_date_beside_its_weekday_is_one_day(words: str, days: list[str]):
    assert [str(one.first) for one in days_in(plain(words), WRITTEN)] == days


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("21 March at noon", "12:00"), ("15 h 30", "15:30"), ("a las tres y media de la tarde", "15:30"),
        ("下午三时半", "15:30"),
        ("上午十一点", "11:00"), ("الساعة الحادية عشرة صباحا", "11:00"), ("الساعة الثالثة بعد الظهر", "15:00"),
        ("в 15.30", "15:30"),
        ("at 10.30.", "10:30"), ("at 3.30 p.m.", "15:30"), ("version 3.10", ""), ("2 h", "02:00"),
    ],
)  # fmt: skip
def test_more_times_of_day(words: str, time: str):
    assert clock_time(plain(words)) == time


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("We request the removal of the Mission's address from your mailing list.", True),
        ("Prière de ne plus nous faire parvenir de courriels.", True),
        ("Sírvanse no volver a escribirnos.", True),
        ("Просим более не беспокоить нас подобными письмами.", True),
        ("Please remove our name from the list of co-sponsors.", False),
        ("Les pedimos que dejen de enviar fotografías tan pesadas.", False),
        ("Prière de retirer notre nom de la liste des orateurs.", False),
        ("请停止发送照片。", False),
    ],
)
def test_to_be_left_alone_is_asked_in_the_words_of_diplomats(words: str, asked: bool):
    assert bool(proposed(words).opt_out) is asked
