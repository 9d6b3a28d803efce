"""Recorded votes in the shapes in which they are published: what is read, what is asked, what is refused."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from openpyxl import Workbook

from outreach.responses.ballots.ballot import announced_in
from outreach.responses.ballots.ballot_names import states_in
from outreach.responses.ballots.ballot_sources import read_content
from outreach.responses.ballots.ballot_words import decode, vote_of
from outreach.vocabulary import Vote

YES, NO, OUT = Vote.IN_FAVOUR, Vote.AGAINST, Vote.ABSTAINED
WANTED = {"BOL": YES, "KOR": YES, "FRA": YES, "CHN": NO, "CUB": NO, "CIV": OUT}


def votes_of(name: str, text: str) -> dict[str, Vote]:
    (ballot,), _ = read_content(name, text.encode())
    assert ballot.problems == []
    return ballot.votes()


TEXTS = {
    "press release": """Action on A/HRC/55/L.1. China spoke, and so did France.
The draft was adopted by a vote of 3 in favour, 2 against and 1 abstention.

In favour (3): Bolivia (Plurinational State of), France and Republic of Korea.

Against (2): China and Cuba.

Abstentions (1): Côte d'Ivoire.

Speaking in explanation of vote were Japan and Cuba.""",
    "French": "Ont voté pour (3) : Bolivie (État plurinational de), France et République de Corée.\n"
    "Ont voté contre : Chine et Cuba.\nS'est abstenue : Côte d'Ivoire.",
    "Spanish": "Votos a favor: Bolivia (Estado Plurinacional de), Francia y República de Corea\n"
    "Votos en contra: China y Cuba\nAbstenciones: Côte d’Ivoire",
    "Russian": "Голосовали за: Боливия (Многонациональное Государство), Республика Корея, Франция.\n"
    "Голосовали против: Китай, Куба.\nВоздержались: Кот-д'Ивуар.",
    "Chinese": "赞成：多民族玻利维亚国、大韩民国和法国。\n反对：中国、古巴。\n弃权：科特迪瓦。",
    "lists below headings": "In favour (3)\nBolivia\nFrance\nRepublic of Korea\n\nAgainst (2)\nChina\nCuba\n\n"
    "Abstained (1)\nIvory Coast",
    "turned names": "In favour: Bolivia, France, Korea, Republic of\nAgainst: China, Cuba\nAbstaining: Cote d'Ivoire",
    "sentences": "Bolivia, France and the Republic of Korea voted in favour; China and Cuba voted against, "
    "while Côte d'Ivoire abstained.",
    "prose": "By a vote of 3 to 2, with 1 abstention, it was adopted. Voting in favour were Bolivia, France and the "
    "Republic of Korea. China and Cuba voted against, while Côte d'Ivoire abstained.",
    "verbs in front": "Votaron a favor Bolivia, Francia y República de Corea. Votaron en contra China y Cuba. "
    "Se abstuvo Côte d’Ivoire.",
    "an object before the names": "Les États suivants ont voté en faveur du texte : la Bolivie, la France et la "
    "République de Corée. La Chine et Cuba ont voté contre. La Côte d’Ivoire s’est abstenue.",
    "letters": "Y BOLIVIA (PLURINATIONAL STATE OF)\nN CHINA\nA COTE D'IVOIRE\nN CUBA\nY FRANCE\nY REPUBLIC OF KOREA",
    "letters in a row": "Vote Y BOLIVIA (PLURINATIONAL STATE OF) N CHINA A COTE D'IVOIRE N CUBA Y FRANCE "
    "Y REPUBLIC OF KOREA",
    "letters in a run, and a name alone": "Vote  Y BOLIVIA  N CHINA  A COTE D'IVOIRE  N CUBA  Y FRANCE  JAPAN  QATAR  "
    "Y REPUBLIC OF KOREA",
    "several on a line": "Y  Bolivia      N  China\nA  Cote d'Ivoire      N  Cuba\nY  France      Y  Republic of Korea",
    "a board": "- CHINA            + BOLIVIA          0 COTE D'IVOIRE\n- CUBA             + FRANCE\n"
    "+ REPUBLIC OF KOREA\n\nYES 3   NO 2   ABSTAIN 1",
    "names first": "Bolivia ...... Yes\nChina ...... No\nCôte d'Ivoire ...... Abstained\nCuba ...... No\n"
    "France ...... Yes\nRepublic of Korea ...... Yes",
    "a table": "Country;Vote\nBolivia;+\nChina;-\nCôte d'Ivoire;0\nCuba;-\nFrance;+\nRepublic of Korea;+",
    "a table of codes": "BOL,Y\nCHN,N\nCIV,A\nCUB,N\nFRA,Y\nKOR,Y",
    "side by side": "Country;Vote;Country;Vote\nBolivia;Y;Cuba;N\nChina;N;France;Y\nCôte d'Ivoire;A;"
    "Republic of Korea;Y",
    "turned": "Resolution;Bolivia;China;Côte d'Ivoire;Cuba;France;Republic of Korea\nA/HRC/55/L.1;Y;N;A;N;Y;Y",
    "a legend": "1 = Yes. 2 = Abstention. 3 = No\nState;Vote\nBolivia;1\nChina;3\nCôte d'Ivoire;2\nCuba;3\nFrance;1\n"
    "Republic of Korea;1",
    "crosses": "State;Yes;No;Abstain\nBolivia;x;;\nChina;;x;\nCôte d'Ivoire;;;x\nCuba;;x;\n"
    "France;x;;\nRepublic of Korea;x;;\nTotal;3;2;1",
    "short headings": "State;Yes;No;Abst.\nBolivia;1;;\nChina;;1;\nCôte d'Ivoire;;;1\nCuba;;1;\nFrance;1;;\n"
    "Republic of Korea;1;;\nTotal;3;2;1",
    "with remarks": "State;Vote\nBolivia;Yes (co-sponsor)\nChina;No – with explanation of vote\nCôte d'Ivoire;Abst.\n"
    "Cuba;No\nFrance;Yes, as announced\nRepublic of Korea;yes*",
    "signed": "State;Vote (1 = yes, 0 = abstain, -1 = no)\nBolivia;1\nChina;-1\nCôte d'Ivoire;0\nCuba;-1\nFrance;1\n"
    "Republic of Korea;1",
    "signs with a key": "State;Vote\nBolivia;✅\nChina;❌\nCôte d'Ivoire;➖\nCuba;❌\nFrance;✅\nRepublic of Korea;✅\n"
    "Key: ✅ in favour, ❌ against, ➖ abstained",
    "forecast beside": "State;Our forecast;Vote cast on 4 April\nBolivia;yes;yes\nChina;yes;no\n"
    "Côte d'Ivoire;no;abstain\nCuba;no;no\nFrance;yes;yes\nRepublic of Korea;no;yes",
    "in brackets": "Voted yes: 3 (Bolivia, France, Republic of Korea); voted no: 2 (China, Cuba); abstained: 1 "
    "(Côte d'Ivoire).",
    "cells": "Vote;Members\nIn favour;Bolivia, France, Republic of Korea\nAgainst;China, Cuba\nAbstained;Côte d'Ivoire",
}


@pytest.mark.parametrize("shape", TEXTS)
@pytest.mark.parametrize("suffix", [".txt", ".csv"])
def test_what_is_published_is_read(shape: str, suffix: str) -> None:
    if suffix == ".csv" and ";" not in TEXTS[shape]:
        pytest.skip("no table")
    votes = votes_of(f"vote{suffix}", TEXTS[shape])
    assert {iso3: vote for iso3, vote in votes.items() if vote is not Vote.NOT_VOTING} == WANTED
    assert {iso3 for iso3, vote in votes.items() if vote is Vote.NOT_VOTING} == (
        {"JPN", "QAT"} if "alone" in shape else set()
    )


def test_a_column_of_marks_with_an_unknown_heading_is_asked_about() -> None:
    text = "State;Yes;No;Neutral\nBolivia;x;;\nChina;;x;\nCuba;;;x\nFrance;x;;"
    (ballot,), _ = read_content("vote.csv", text.encode())
    assert ["Neutral" in str(one) and "is not read itself" in str(one) for one in ballot.questions] == [True]


def test_a_word_document_is_read(tmp_path: Path) -> None:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r><w:del><w:r><w:delText>Japan</w:delText></w:r></w:del></w:p>"

    rows = [("State", "Vote"), ("Bolivia", "Yes"), ("China", "No"), ("Cuba", "No"), ("Côte d'Ivoire", "Abstained")]
    rows += [("France", "Yes"), ("Republic of Korea", "Yes")]
    table = "".join(f"<w:tr>{''.join(f'<w:tc>{paragraph(text)}</w:tc>' for text in row)}</w:tr>" for row in rows)
    lines = "".join(map(paragraph, TEXTS["press release"].split("\n")))
    for name, body in (("table.docx", f"<w:tbl>{table}</w:tbl>"), ("press.docx", lines)):
        with zipfile.ZipFile(tmp_path / name, "w") as made:
            made.writestr("word/document.xml", f'<w:document xmlns:w="{main}"><w:body>{body}</w:body></w:document>')
        (ballot,), _ = read_content(name, (tmp_path / name).read_bytes())
        assert ballot.votes() == WANTED


def test_the_library_s_data_tells_the_resolution_too() -> None:
    head = "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,title,total_yes,total_no,total_abstentions\n"
    tail = "2024-04-04,55,A/HRC/RES/55/9,Rights of the child,1,1,1\n"
    rows = "".join(f"1,{code},{name},{vote},{tail}" for code, name, vote in (
        ("FRA", "FRANCE", "Y"), ("CHN", "CHINA", "N"), ("CUB", "CUBA", "A"), ("SOM", "SOMALIA", ""),
        ("JPN", "JAPAN", "X"),
    ))  # fmt: skip
    (ballot,), _ = read_content("data.csv", (head + rows).encode())
    assert ballot.votes() == {"FRA": YES, "CHN": NO, "CUB": OUT, "SOM": Vote.NOT_VOTING, "JPN": Vote.NOT_VOTING}
    assert ballot.about == {
        "symbol": "A/HRC/RES/55/9", "title": "Rights of the child", "session": "55", "date": "2024-04-04",
    }  # fmt: skip
    assert ballot.announced == [("data", {YES: 1, NO: 1, OUT: 1})]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (
            "55/77. Rights of lakes and\nof those who live on them\n54th meeting\n4 April 2024\n",
            {"symbol": "55/77", "title": "Rights of lakes and of those who live on them", "session": "55"},
        ),
        (
            "S-40/1. The situation at the lakes.\nThe Human Rights Council,\nRecalling 12/3,\n4 April 2024\n",
            {"symbol": "S-40/1", "title": "The situation at the lakes"},
        ),
        (
            "A/HRC/RES/55/77\n55/77.\nRights of lakes and rivers\n[4 April 2024]\n",
            {"symbol": "A/HRC/RES/55/77", "title": "Rights of lakes and rivers", "session": "55"},
        ),
        ("5/4. Vote\nmet 4 April 2024\n", {}),
    ],
)
def test_an_annex_tells_number_and_title(head: str, told: dict[str, str]) -> None:
    text = f"{head}Adopted by a recorded vote of 2 to 1, with 1 abstention.\n\nIn favour:\nFrance, Japan\n\n"
    (ballot,), _ = read_content("a.txt", f"{text}Against:\nCuba\n\nAbstaining:\nChina\n".encode())
    assert ballot.about == {**told, "date": "2024-04-04"}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("adopted by a recorded vote of 28 to 8, with 11 abstentions", (28, 8, 11)),
        ("adoptée par 28 voix contre 8, avec 11 abstentions", (28, 8, 11)),
        ("aprobada por 28 votos contra 8 y 11 abstenciones", (28, 8, 11)),
        ("Yes: 028, No: 008, Abstentions: 011, Non-Voting: 000", (28, 8, 11)),
        ("28 in favour, 8 against, 11 abstentions", (28, 8, 11)),
        ("Recorded vote 28-8-11", (28, 8, 11)),
        ("Result of the vote of 2024-04-04", None),
        ("3-2-1", None),
    ],
)
def test_an_announced_result_is_found(text: str, numbers: tuple[int, int, int] | None) -> None:
    found = announced_in(text)
    assert (None if found is None else tuple(found[vote] for vote in (YES, NO, OUT))) == numbers


@pytest.mark.parametrize(
    ("texts", "unclear"),
    [
        (["Y", "N", "A"], []),
        (["A", "ABS", "N"], ["A"]),
        (["Y", "N", "P"], ["P"]),
        (["Pour", "P", "Contre", "C"], []),
        (["1", "2", "3"], ["1", "2", "3"]),
        (["x", "X"], ["X", "x"]),
        (["Y", "X"], []),
        (["✓", "✗", "A"], []),
    ],
)
def test_a_letter_that_may_mean_two_things_is_not_read(texts: list[str], unclear: list[str]) -> None:
    assert list(decode(texts, {}).unclear) == unclear


@pytest.mark.parametrize(
    ("text", "vote"),
    [("воздерж.", OUT), ("absten.", OUT), ("contr.", NO), ("in f.", YES), ("no.", NO), ("vot.", None),
     ("воздерж", None)],
)  # fmt: skip
def test_a_vote_in_short_is_known_by_its_dot(text: str, vote: Vote | None) -> None:
    assert vote_of(text) is vote


def test_a_table_of_ticks_with_a_dash_in_each_empty_cell_is_read_as_a_table() -> None:
    marks = {"France": "✓––", "Chile": "✓––", "China": "–✓–", "Peru": "––✓", "Mali": "–––"}
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["State", "Yes", "No", "Abstention", "Remarks"])
    for state, said in marks.items():
        sheet.append([state, *said])
    content = io.BytesIO()
    book.save(content)
    (ballot,), _ = read_content("votes.xlsx", content.getvalue())
    assert {iso3: vote for iso3, vote in ballot.votes().items() if vote is not Vote.NOT_VOTING} == {
        "FRA": YES, "CHL": YES, "CHN": NO, "PER": OUT,
    }  # fmt: skip


def test_what_a_mission_said_afterwards_is_told_and_changes_nothing() -> None:
    text = "In favour: France, Chile*\nAgainst: Cuba\n* Subsequently, Chile informed that it had intended to abstain."
    (ballot,), notes = read_content("record.txt", text.encode())
    assert ballot.votes()["CHL"] is YES
    assert any("Chile informed that it had intended to abstain" in str(note) for note in notes)


def test_a_column_that_says_the_same_of_each_state_is_no_second_vote() -> None:
    head, told = "Country;Vote;Vote note;Title;Agenda title", "RECORDED;Of rights;Item 4"
    text = f"{head}\nFrance;Y;{told}\nCuba;N;{told}"
    (ballot,), _ = read_content("votes.csv", text.encode())
    assert ballot.votes() == {"FRA": YES, "CUB": NO}
    assert ballot.about["title"] == "Of rights"


@pytest.mark.parametrize("name", ["record.html", "record.htm", "record.txt", "record.xls"])
def test_a_saved_page_is_read_with_its_lines_and_tables(name: str) -> None:
    head = (
        "<!DOCTYPE html><html><head><title>Vote</title><script>no('China')</script></head><body><h1>A/HRC/55/L.1</h1>"
    )
    record = "Y BOLIVIA (PLURINATIONAL STATE OF)<br/>N CHINA<br>A C&ocirc;te d'Ivoire<br/>N CUBA<br/>Y FRANCE<br/>"
    record = f"{head}<table><tr><td>Vote</td><td>{record}Y REPUBLIC OF KOREA</td></tr></table></body></html>"
    rows = [line.split(";") for line in TEXTS["side by side"].splitlines()]
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f'{head}<p>Menu</p><p>About</p><table><meta charset="utf-8">{table}</table></body></html>'
    assert [votes_of(name, page) for page in (record, table)] == [WANTED, WANTED]


def test_names_are_parted_where_they_end() -> None:
    text = (
        "Bosnia and Herzegovina, Congo, Democratic Republic of the, Korea, Republic of, Niger, "
        "Saint Vincent and the Grenadines and Fiji*"
    )
    assert [one.state.iso3 for one in states_in(text) if one.state] == ["BIH", "COD", "KOR", "NER", "VCT", "FJI"]
    (fiji, prose) = states_in("Fiji. The representative of Cuba spoke.")
    assert fiji.state is not None
    assert (prose.state, prose.is_prose) == (None, True)
