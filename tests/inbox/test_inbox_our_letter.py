"""Our own letter in an answer is found by the letter itself, however it is quoted; a mission's own words stay."""

import textwrap

import pytest
from inbox_mails import answer
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.inbox.quoting.our_letter import without_letter
from outreach.inbox.quoting.quotes import own_words
from outreach.models import Frozen, Reply, Suggestion
from outreach.responses.answers import settle
from outreach.vocabulary import SuggestionKind

LETTER = """Excellency,

We, the undersigned organisations, write to you ahead of the 55th session of the Human Rights Council about the
situation in the country. Since our last letter hundreds of people have been detained without trial, and no one has
been held to account.

We urge your delegation to vote in favour of the draft resolution, and to co-sponsor it. We ask that it:

- renews the mandate of the Special Rapporteur for one year;
- requests an oral update at the 56th session; and
- keeps the reporting line to the General Assembly.

Further background is at https://coalition.example/letters/55 for your capital.

Please accept, Excellency, the assurances of our highest consideration.

On behalf of the signatories,
The Coalition"""
RUSSIAN = """Ваше Превосходительство,

Мы, нижеподписавшиеся организации, обращаемся к вам накануне пятьдесят пятой сессии Совета по правам человека.
Просим вашу делегацию голосовать за проект резолюции и стать её соавтором. Мандат должен быть продлён на один год.

С уважением,
Коалиция"""
CHINESE = """阁下：

我们，下列签署组织，在人权理事会第五十五届会议召开之前致函阁下。我们敦促贵国代表团投票赞成该决议草案，并成为共同提案国。
特别报告员的任务期限应延长一年。

此致敬礼
联盟"""
WORDS = "Dear colleagues,\n\nThank you. The matter is under consideration in our capital.\n\nAnna Diplomat"
UNKNOWN = "Qef: Coalition <letters@coalition.example>\nMorz: 18.3.2024 09:00\nWip: Mission\nTrel: Letter"


def wrapped(letter: str, width: int) -> str:
    return "\n\n".join(textwrap.fill(" ".join(one.split()), width) for one in letter.split("\n\n"))


def read(text: str, letter: str = LETTER) -> str:
    return own_words(without_letter(text, letter))


@pytest.mark.parametrize("letter", [LETTER, RUSSIAN, CHINESE])
@pytest.mark.parametrize(
    "quoted",
    [
        lambda letter: letter,
        lambda letter: "\n".join(f"> {line}" for line in letter.split("\n")),
        lambda letter: "\n".join(f"| {line}" for line in letter.split("\n")),
        lambda letter: wrapped(letter, 40),
        lambda letter: wrapped(letter, 2000),
        lambda letter: letter.replace("\n\n", "\n"),
        lambda letter: letter.upper() if letter is not RUSSIAN else letter,
        lambda letter: letter.replace("https://coalition.example", "https://safe.example/?url=https%3A%2F%2Fcoalition"),
    ],
)
@pytest.mark.parametrize(
    "header", ["", UNKNOWN, "-----\n" + UNKNOWN, "From: Coalition\nSent: today\nTo: M\nSubject: L"]
)
def test_the_letter_below_an_answer_is_taken_out_however_it_is_quoted(letter, quoted, header) -> None:
    assert read(f"{WORDS}\n\n{header}\n\n{quoted(letter)}\n", letter) == WORDS


def test_answers_between_its_sentences_stay_in_their_order() -> None:
    text = (
        f"{UNKNOWN}\n\n{LETTER}".replace("held to account.", "held to account.\n\nWe share this concern.")
        .replace("co-sponsor it. We", "co-sponsor it.\n\nWe will abstain.\n\nWe")
        .replace("for one year;", "for one year;\nWe agree to six months.")
    )
    assert read(text) == "We share this concern.\n\nWe will abstain.\n\nWe agree to six months."


def test_an_answer_below_it_stays() -> None:
    assert read(f"{LETTER}\n\n{WORDS}") == WORDS
    assert read(f"{UNKNOWN}\n\n{LETTER}\n\n{WORDS}") == WORDS


def test_a_sentence_of_it_within_a_longer_one_of_the_missions_is_not_cut_alone() -> None:
    words = (
        "The mission confirms that it will ask that the draft renews the mandate of the Special Rapporteur for one "
        "year, requests an oral update at the 56th session and more."
    )
    assert read(words) == words


@pytest.mark.parametrize(
    "words",
    [
        "We support the mandate of the Special Rapporteur and the Human Rights Council.",
        "Thank you.\n\nPlease accept, Excellency, the assurances of our highest consideration.",
        "Excellency,\n\nWe will vote in favour of the draft resolution.",
        "On behalf of the signatories? We do not understand.",
    ],
)
def test_what_a_mission_says_in_our_words_is_its_own(words) -> None:
    assert read(words) == words
    assert read(f"{words}\n\n{UNKNOWN}\n\n{LETTER}") == words


def test_nothing_but_the_letter_is_nobodys_words() -> None:
    assert read(LETTER) == ""


@pytest.mark.heavy
def test_a_text_of_any_shape_is_compared_in_bounded_time() -> None:
    letter = "to the " * 4_000
    assert without_letter("of the " * 20_000, letter).startswith("of the")
    without_letter("to the " * 20_000, letter)


def plain(number: int, engine: Engine, letter: str = LETTER) -> None:
    with writing(engine) as session:
        row = session.get_one(Frozen, number)
        row.raw = (
            b"From: The Coalition <letters@coalition.example>\r\nSubject: Joint letter\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + letter.replace("\n", "\r\n").encode()
        )
        session.add(row)


def positions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        query = select(Suggestion.value).where(Suggestion.kind == SuggestionKind.POSITION)
        return list(session.exec(query).all())


class TestTakenIn:
    def test_an_answers_body_is_what_the_mission_wrote(self, sent, take_in, rows, engine: Engine) -> None:
        plain(sent("FRA"), engine)
        take_in(answer(f"{WORDS}\n\n{UNKNOWN}\n\n{wrapped(LETTER, 50)}"))
        assert [one.body for one in rows(Reply)] == [WORDS]
        assert positions(engine) == ["undecided"]

    def test_nothing_is_proposed_from_our_own_words(self, sent, take_in, rows, engine: Engine) -> None:
        plain(sent("FRA"), engine, LETTER.replace("We urge", "We will vote in favour. We urge"))
        take_in(answer(f"Received.\n\n{LETTER.replace('We urge', 'We will vote in favour. We urge')}"))
        assert [one.body for one in rows(Reply)] == ["Received."]
        assert positions(engine) == []

    def test_a_mail_that_a_person_puts_down_to_a_letter_is_read_with_that_letter(
        self, sent, take_in, rows, engine: Engine
    ) -> None:
        plain(sent("FRA"), engine)
        take_in(answer(f"{WORDS}\n\n{LETTER}", sender="x@nowhere.example", reply_to="").replace(b"Joint", b"Other"))
        (row,) = rows(Reply)
        assert "undersigned" in row.body
        settle(engine, row.id, "FRA", by=named("Ana"))
        assert [one.body for one in rows(Reply)] == [WORDS]
