"""Reads the sheet of those who sign: ours, the export of a web form, or a list under headings. Every bad row is listed.

Columns are found by their headings (sign_on_columns.py), or named by a person. Whether a row is a person or an
organisation is what its kind says, or the sheet or heading that it stands under, or which of its columns are filled: an
organisation and a person in one row are an organisation and who signs for it. Consent and withdrawal are obeyed. What
had to be guessed, and what may be a double, is a question: nothing is taken before somebody has agreed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from outreach import clock
from outreach.errors import Problem, SheetError
from outreach.letters.signing.sign_on_answers import (
    AnswerColumn,
    AnswerSaid,
    said_to,
)
from outreach.letters.signing.sign_on_columns import (
    SIGN_ON_KINDS,
    SignOnField,
)
from outreach.letters.signing.sign_on_days import Day, days_of
from outreach.letters.signing.sign_on_doubles import near_duplicates
from outreach.letters.signing.sign_on_row import SheetSigner, SignOnTable, name_told, said_name, signatory_of, values_of
from outreach.letters.signing.sign_on_tables import (
    DELIMITED,
    UNREAD,
    SignOnReading,
    head_of,
    header_of,
    tables_of,
    written_list,
)
from outreach.letters.signing.signers import LetterSignatory, SignOnRow
from outreach.missions.books.cell_values import Unusable, plain
from outreach.missions.books.cells import Cell, column_letter
from outreach.missions.books.opening import open_book
from outreach.missions.matching import ShownColumn
from outreach.sentences import Sentence, saying, some_of
from outreach.text import folded, one_line
from outreach.vocabulary import SignatoryKind

_MAX_ROWS = 20_000
_MOST_NAMES = 8
_TRIED = re.compile(
    r"(?:test|testing|asdf\w*|qwert\w*|xxx+|essai|prueba|тест|abc|foo|bar|dummy|sample)(?: (?:test|organi[sz]ation|"
    r"ngo|name|user|\d+))*"
)


@dataclass(frozen=True, slots=True)
class SignOn:
    """What a sheet holds, what a person should look at, and what a person has to agree to."""

    rows: tuple[SignOnRow, ...]
    notes: tuple[Sentence, ...]
    questions: tuple[Problem, ...] = ()
    left: tuple[SignOnRow, ...] = ()
    """The rows of those who are not to be listed, by their own word or by that of a column."""


def read_sign_on(path: Path, mapping: Mapping[str, str] | None = None, *, today: date | None = None) -> SignOn:
    """Read a sheet of signatories (.xlsx, .ods, .csv, .tsv, or a list as .txt).

    `mapping` says by field which column is meant, by its heading or letter; `today` is the reader's day, in UTC if not
    told. Raises SheetError: one sentence for a file that can't be read, or one Problem for every row that can't be
    taken.
    """
    found = SignOnReading(today or clock.now().date())
    tables = tables_of(path, mapping or {}, found)
    if sum(len(table.lines) for table in tables) > _MAX_ROWS:
        raise SheetError(
            "signatories.too-many",
            "{path} has over {max_rows:,} rows: no list of signatories has.",
            path=path.name,
            max_rows=_MAX_ROWS,
        )
    for table in tables:
        _read_table(table, found)
    if found.problems:
        raise SheetError(
            "signatories.refused",
            "{path} can't be taken; nothing was changed.",
            path=path.name,
            problems=found.problems,
        )
    rows = _each_once(found)
    if found.unlisted:
        names = "; ".join(f"{name} ({where})" for name, where in found.unlisted)
        found.notes.append(
            saying(
                "signatories.unlisted", "Not in the list, as they asked or as their status says: {names}.", names=names
            )
        )
    return SignOn(tuple(rows), tuple(found.notes), (*found.questions, *near_duplicates(rows)), tuple(found.left))


_SAMPLES, _MOST_SHOWN = 3, 60


def sign_on_columns(path: Path, mapping: Mapping[str, str] | None = None) -> list[ShownColumn]:
    """Return the columns of a sheet of signatories, with samples and what each is taken for (a key of SIGN_ON_KINDS).

    Empty for a file of several sheets and for a list without columns. Raises SheetError as `read_sign_on` does.
    """
    book = open_book(path)
    sheets = [one for title in book.sheet_names if (one := book.read(title)).rows]
    if len(sheets) != 1 or (path.suffix.lower() in DELIMITED and not mapping and written_list(path, sheets[0])):
        return []
    sheet = sheets[0]
    header = header_of(sheet, mapping or {})
    kinds: dict[int, str] = {}
    if header is not None:
        found = head_of(sheet, header, mapping or {}, path.name, SignOnReading(clock.now().date()))
        kinds |= {number: name.value for number, (name, _) in found.columns.items()}
        kinds |= {number: one.field.value for number, one in found.answers.items() if one.obeyed}
        kinds |= {number: f"{name}.{language}" for number, (name, language) in found.in_words.items()}
    rows = [row for row in sorted(sheet.rows) if row > (header or min(sheet.rows))]
    first = sheet.rows[header or min(sheet.rows)]
    shown = []
    for number in sorted({number for row in rows for number in sheet.rows[row]} | first.keys())[:_MOST_SHOWN]:
        texts = [
            one_line(cell.text)[:40] for row in rows if (cell := sheet.rows[row].get(number)) and cell.text.strip()
        ]
        heading = one_line(first[number].text)[:60] if number in first else ""
        taken_for = kinds.get(number, UNREAD)
        if taken_for in SIGN_ON_KINDS:  # what is said in a language stays so
            shown.append(ShownColumn(column_letter(number), heading, tuple(texts[:_SAMPLES]), taken_for))
    return shown


def _read_table(table: SignOnTable, found: SignOnReading) -> None:
    days = days_of(
        {at: line.cells[SignOnField.SIGNED_ON].text for at, line in enumerate(table.lines)
         if SignOnField.SIGNED_ON in line.cells and line.cells[SignOnField.SIGNED_ON].text.strip()},
        found.today,
    )  # fmt: skip
    for at, day in days.items():
        table.lines[at].day = day
    _ask_of_columns(table, found)
    guessed: dict[SignatoryKind, list[str]] = {kind: [] for kind in SignatoryKind}
    for line in table.lines:
        try:
            values = values_of(line)
            left_out = _is_left_out(line, values, found)
            signatory, kind_is_guessed = signatory_of(line, values, table)
        except Unusable as error:
            if not line.left_out:
                found.problems.append(error.at(line.where))
            continue
        told = _told(table, signatory)
        if left_out:
            found.left.append(SignOnRow(line.where, signatory, told))
            continue
        if kind_is_guessed:
            guessed[signatory.kind].append(signatory.name)
        found.rows.append(SignOnRow(line.where, signatory, told))
        _ask_of_row(line, signatory, found)
    doubtful = [(line, line.day) for line in table.lines if isinstance(line.day, Day) and line.day.other is not None]
    if doubtful:
        line, day = doubtful[0]
        found.questions.append(
            Problem(
                "signatories.day-doubtful",
                "{text} is taken for {day}; it may be {other}{more}",
                text=line.cells[SignOnField.SIGNED_ON].text.strip(),
                day=day.day,
                other=day.other,
                more=saying("signatories.so-are", "; so are {count} more", count=len(doubtful) - 1)
                if len(doubtful) > 1
                else "",
                where=line.where,
                remedy="If it is that, write the days as {other}.",
            )
        )
    if any(guessed.values()):
        found.questions.append(
            Problem(
                "signatories.kind-guessed",
                "no column says who is a person and who is an organisation; taken for people: {people}; for "
                "organisations: "
                "{organisations}",
                people=_some(guessed[SignatoryKind.INDIVIDUAL]),
                organisations=_some(guessed[SignatoryKind.ORGANISATION]),
                where=table.where,
                remedy="If that is not so, add a column Kind with individual or organisation.",
            )
        )


def _some(names: Sequence[str]) -> Sentence:
    return some_of(names, _MOST_NAMES) if names else saying("signatories.none", "none")


def _ask_of_columns(table: SignOnTable, found: SignOnReading) -> None:
    """Ask where it is not the heading but its words that said what a column holds, and what a row then means."""
    for one in table.answers:
        _ask_of_answers(one, table, found)
    people = [name for name in (SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST) if name in table.columns]
    if SignOnField.ORGANISATION in table.columns and people and SignOnField.KIND not in table.columns:
        both = [
            line
            for line in table.lines
            if SignOnField.ORGANISATION in line.cells and any(name in line.cells for name in people)
        ]
        if both:
            found.questions.append(
                Problem(
                    "signatories.represented",
                    "rows with an organisation ({organisation}) and a person ({person}) are organisations that sign, "
                    "and who "
                    "signs for them",
                    organisation=table.headings[SignOnField.ORGANISATION],
                    person=", ".join(table.headings[name] for name in people),
                    where=table.where,
                    remedy="If the people sign, and the organisation is theirs, name it{MAP}.",
                    field="affiliation",
                    column=table.headings[SignOnField.ORGANISATION],
                )
            )


def _ask_of_answers(one: AnswerColumn, table: SignOnTable, found: SignOnReading) -> None:
    """Ask of a column that says no of somebody what it is about, and of words of a status what they mean."""
    if not one.obeyed:
        found.questions.append(
            Problem(
                "signatories.ticks-unnamed",
                "the column {column} has ticks beside empty cells, and its heading does not say of what: it is not "
                "taken for whether somebody signs",
                column=one.heading, where=table.where, field=SignOnField.ENDORSES.value,
                remedy="If whoever has none does not sign, say so{MAP}; else agree.",
            )
        )  # fmt: skip
        return
    texts = [(line, plain(cell.text)) for line in table.lines for column, cell in line.answers if column is one]
    if not one.sure:
        listed = {AnswerSaid.SIGNS, None} | ({AnswerSaid.UNCLEAR} if one.field is SignOnField.STATUS else set())
        found.questions.append(
            Problem(
                "signatories.answers-unnamed",
                "the column {column} says yes and no, or the like, and its heading does not say of what: taken for "
                "whether somebody signs; left out: {names}",
                column=one.heading, where=table.where, field=UNREAD,
                names=_some([name_told(line) for line, text in texts if said_to(one.field, text) not in listed]),
                remedy="If it is about something else, say so{MAP}.",
            )
        )  # fmt: skip
        if one.field is SignOnField.ENDORSES:  # an empty cell was asked about with its column, and not row by row
            for line in table.lines:
                line.answers = [
                    (column, Cell("no") if column is one and not plain(cell.text) else cell)
                    for column, cell in line.answers
                ]
    if one.field is SignOnField.STATUS:
        unknown = [(line, text) for line, text in texts if text and said_to(one.field, text) is AnswerSaid.UNCLEAR]
        if unknown:
            words = sorted({text[:60] for _, text in unknown})
            found.questions.append(
                Problem(
                    "signatories.status-unknown",
                    "under {column}, these say neither that somebody signs nor that they do not: {words}; taken for "
                    "signing: {names}",
                    column=one.heading, words=_some(words), names=_some([name_told(line) for line, _ in unknown]),
                    where=unknown[0][0].where,
                    remedy="Who does not sign gets no there; if the column is about something else, say so{MAP}.",
                    field=UNREAD,
                )
            )  # fmt: skip


def _is_left_out(line: SheetSigner, values: Mapping[SignOnField, str], found: SignOnReading) -> bool:
    """Whether a row is not to be listed: no consent, a withdrawal. Where its words do not tell, a person is asked."""
    name, asked = said_name(values), None
    for column, cell in line.answers:
        text = plain(cell.text)
        said = said_to(column.field, text)
        if (
            said is None
            or said is AnswerSaid.SIGNS
            or (said is AnswerSaid.UNCLEAR and column.field is SignOnField.STATUS)
        ):
            continue
        line.left_out = True
        if said is AnswerSaid.NOT:
            asked = None
            break
        if asked is not None:
            continue
        if said is AnswerSaid.WAITS:
            asked = Problem(
                "signatories.waits", "{name!r} is {status!r}, and is left out", name=name, status=text,
                where=line.where, remedy="If it signs, say so there.",
            )  # fmt: skip
        else:
            asked = Problem(
                "signatories.consent-unclear", "{name!r} answers {said!r} to {asked!r}, and is left out", name=name,
                said=text, asked=column.heading, where=line.where, remedy="If it is to be listed, write yes.",
            )  # fmt: skip
    if line.remarks and not line.left_out:
        line.left_out = True
        asked = _of_remark(line, name)
    if asked is not None:
        found.questions.append(asked)
    if line.left_out:
        found.unlisted.append((name, line.where))
    return line.left_out


def _of_remark(line: SheetSigner, name: str) -> Problem:
    kind, heading, words = line.remarks[0]
    if kind == "column":
        return Problem(
            "signatories.remark-leaves", "{name!r} is left out, since {column} says: “{words}”", name=name,
            column=heading, words=words, where=line.where, remedy="If it signs all the same, take that out.",
        )  # fmt: skip
    if kind == "comment":
        return Problem(
            "signatories.comment-leaves", "{name!r} is left out, since a comment says: “{words}”", name=name,
            words=words, where=line.where, remedy="If it signs all the same, take that out.",
        )  # fmt: skip
    return Problem(
        "signatories.struck", "{name!r} has a line through it, and is left out", name=name, where=line.where,
        remedy="If it signs all the same, take the line away.",
    )  # fmt: skip


_TOLD_BY: Mapping[str, tuple[SignOnField, ...]] = {
    "title": (SignOnField.TITLE,),
    "affiliation": (SignOnField.AFFILIATION, SignOnField.ORGANISATION),
    "acronym": (SignOnField.ACRONYM,),
    "country": (SignOnField.COUNTRY,),
    "website": (SignOnField.WEBSITE,),
    "logo": (SignOnField.LOGO,),
    "signature": (SignOnField.SIGNATURE,),
    "sort_as": (SignOnField.SORT_AS, SignOnField.LAST),
    "representative": (SignOnField.REPRESENTATIVE, SignOnField.PERSON, SignOnField.FIRST, SignOnField.LAST),
    "category": (SignOnField.CATEGORY,),
    "signed_on": (SignOnField.SIGNED_ON,),
}
"""The columns by which a sheet tells each thing that is kept of who signs."""


def _told(table: SignOnTable, one: LetterSignatory) -> frozenset[str]:
    """What a row tells, be it that there is nothing: of what its sheet has no column for it says nothing."""
    told = {name for name, columns in _TOLD_BY.items() if any(column in table.columns for column in columns)}
    told |= {name for name in _TOLD_BY if getattr(one, name)}
    if any(other.category for other in table.lines):
        told.add("category")
    return frozenset(told) | table.in_words


def _ask_of_row(line: SheetSigner, one: LetterSignatory, found: SignOnReading) -> None:
    if one.signed_on is not None and one.signed_on > found.today:
        found.questions.append(
            Problem(
                "signatories.to-come", "{name!r} signed on {day}, which is still to come: no letter of before bears "
                "the name",
                name=one.name, day=one.signed_on, where=line.where, remedy="Correct the day, or take it so.",
            )
        )  # fmt: skip
    if _TRIED.fullmatch(folded(one.name)):
        found.questions.append(
            Problem(
                "signatories.tried", "{name!r} looks like somebody trying the form", name=one.name, where=line.where,
                remedy="Remove the row, or take it so.",
            )
        )  # fmt: skip


def _each_once(found: SignOnReading) -> list[SignOnRow]:
    """Rows that say the same name are one: what the later one adds is taken, what it says otherwise is asked."""
    first: dict[tuple[SignatoryKind, str], int] = {}
    rows: list[SignOnRow] = []
    left = {(row.signatory.kind, folded(row.signatory.name)): row for row in found.left}
    for row in found.rows:
        key = (row.signatory.kind, folded(row.signatory.name))
        if key in left:
            found.questions.append(
                Problem(
                    "signatories.signs-and-not",
                    "{name!r} signs here and does not there ({place}), and is left out",
                    name=row.signatory.name, place=left[key].where, where=row.where,
                    remedy="Remove the row that no longer holds.",
                )
            )  # fmt: skip
            continue
        if key not in first:
            first[key] = len(rows)
            rows.append(row)
            continue
        before = rows[first[key]]
        merged, differs = _merged(before.signatory, row.signatory)
        rows[first[key]] = SignOnRow(before.where, merged, before.told | row.told)
        if differs or row.signatory.name.casefold() != before.signatory.name.casefold():
            found.questions.append(
                Problem(
                    "signatories.twice", "{name!r} stands twice ({place}), and is taken once{differs}",
                    name=row.signatory.name, place=before.where,
                    where=row.where,
                    differs=saying(
                        "signatories.as-there", ", as there: {fields} {count:*differs|differ}", count=len(differs),
                        fields=", ".join(differs),
                    ) if differs else "",
                    remedy="If they are two, make their names differ; else remove one.",
                )
            )  # fmt: skip
        else:
            found.notes.append(
                saying("signatories.once", "{place}: {name!r} stands twice ({other}), and is taken once.",
                       place=row.where, name=row.signatory.name, other=before.where)
            )  # fmt: skip
    return rows


_COMPARED = ("title", "affiliation", "acronym", "country", "website", "representative")


def _merged(one: LetterSignatory, other: LetterSignatory) -> tuple[LetterSignatory, list[str]]:
    adds = {
        name: getattr(other, name)
        for name in (*_COMPARED, "logo", "sort_as", "category", "signature", "words") if not getattr(one, name)
    }  # fmt: skip
    differs = [
        name for name in _COMPARED
        if getattr(one, name) and getattr(other, name) and folded(getattr(one, name)) != folded(getattr(other, name))
    ]  # fmt: skip
    days = [day for day in (one.signed_on, other.signed_on) if day is not None]
    return replace(one, **adds, signed_on=min(days, default=None)), differs
