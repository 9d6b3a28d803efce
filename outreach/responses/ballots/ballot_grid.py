"""Reads votes from a sheet: a column of votes, one a resolution, crosses, names under headings, blocks side by side."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outreach.errors import Problem
from outreach.missions.books.cells import Cell, Sheet, column_letter, of_rows
from outreach.missions.columns import names_states
from outreach.month_names import months_by_word
from outreach.responses.ballots.ballot import Ballot, Cast, about, announced_in, day_in, symbols_in
from outreach.responses.ballots.ballot_names import near, state_of, states_in
from outreach.responses.ballots.ballot_words import (
    decode,
    heading_vote,
    is_forecast,
    is_mark,
    is_vote_heading,
    is_word_or_letter,
    legend,
    vote_of,
)
from outreach.sentences import saying, some_of
from outreach.text import folded, one_line
from outreach.vocabulary import Language, Vote

_KEYS = (
    "resolution", "symbol", "draft", "resolution symbol", "unres", "res", "undl id", "undl link", "rcid", "document",
    "draft resolution", "title", "resolution title", "resolucion", "projet", "texte",
)  # fmt: skip
_TITLES, _DATES, _SESSIONS = (
    {"title", "resolution title", "subject", "topic", "titre", "titulo", "short", "descr", "agenda title"},
    {"date", "vote date", "date of vote", "meeting date", "fecha"},
    {"session", "period", "session number", "sesion"},
)
_THEMES = {"subjects", "themes", "theme", "keywords", "tema", "temas"}
_TOTALS: Mapping[str, Vote] = {
    "total yes": Vote.IN_FAVOUR, "total no": Vote.AGAINST, "total abstentions": Vote.ABSTAINED, "yes": Vote.IN_FAVOUR,
    "total abstain": Vote.ABSTAINED, "total non voting": Vote.NOT_VOTING, "no": Vote.AGAINST,
    "total in favour": Vote.IN_FAVOUR, "total against": Vote.AGAINST,
}  # fmt: skip
_TOTAL = re.compile(
    r"^(?:sub ?|grand )?(?:total|totals|totaux|totales|sum|count|tally|result|итого|всего|合计|总计|المجموع)"
)
_SHOWN = 12


@dataclass(slots=True)
class _Grid:
    """A sheet's texts, and what its columns are."""

    sheet: Sheet
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    turned: bool = False
    """Whether rows and columns were exchanged, which the places have to undo."""

    def text(self, row: int, column: int) -> str:
        return self.rows.get(row, {}).get(column, "")

    def place(self, row: int, column: int) -> str:
        if self.turned:
            row, column = column, row
        return f"{self.sheet.name}!{column_letter(column)}{row}"

    def column(self, number: int) -> str:
        return f"row {number}" if self.turned else f"column {column_letter(number)}"

    def cell(self, row: int, column: int) -> Cell:
        if self.turned:
            row, column = column, row
        return self.sheet.rows.get(row, {}).get(column, Cell(""))


def read_grid(sheet: Sheet) -> list[Ballot]:
    """Return the recorded votes that a sheet holds: several where it has several columns or resolutions of them."""
    grid = _Grid(sheet)
    for row, cells in sorted(sheet.rows.items()):
        filled = {
            number: cell.text.strip() for number, cell in sorted(cells.items()) if cell.text.strip() or cell.no_value
        }
        if filled:
            grid.rows[row] = filled
    found = _names_under_headings(grid)
    if not found:
        found = _rows_of_states(grid)
    if not found and (turned := _turned(grid)) is not None:
        found = _rows_of_states(turned)
    for one in found:
        hidden = sorted(row for row in sheet.hidden_rows if row in sheet.rows)
        if hidden:
            one.notes.append(
                of_rows(sheet.name, saying("sheet.hidden-rows", "hidden rows are read like the others"), hidden)
            )
    return found


def _turned(grid: _Grid) -> _Grid | None:
    """Return the sheet with states beside each other in one row as a sheet with them below each other."""
    if not any(sum(state_of(text) is not None for text in cells.values()) > 2 for cells in grid.rows.values()):
        return None
    turned = _Grid(grid.sheet, turned=True)
    for row, cells in grid.rows.items():
        for column, text in cells.items():
            turned.rows.setdefault(column, {})[row] = text
    turned.rows = dict(sorted(turned.rows.items()))
    return turned


def _names_under_headings(grid: _Grid) -> list[Ballot]:
    """Read names below the headings In favour, Against, Abstained, each in its own column."""
    for row, cells in grid.rows.items():
        heads = {n: head for n, text in cells.items() if (head := heading_vote(text)) is not None}
        if len({vote for vote, _ in heads.values()}) < 2 or len(heads) != len({vote for vote, _ in heads.values()}):
            continue
        below = [r for r in grid.rows if r > row]
        named = [n for n in heads for r in below if (t := grid.text(r, n)) and _first_state(t)]
        marked = [n for n in heads for r in below if (t := grid.text(r, n)) and is_mark(t) is not None]
        if not named or len(named) <= len(marked):
            continue
        ballot = Ballot(grid.sheet.name)
        outside = [t for r, some in grid.rows.items() if r <= row for t in some.values()]
        counts = {vote: number for vote, number in heads.values() if number is not None}
        if counts:
            ballot.announced.append((grid.place(row, min(heads)), counts))
        for r in below:
            totals = {heads[n][0]: int(t) for n in heads if re.fullmatch(r"\d{1,3}", t := grid.text(r, n))}
            if totals:
                ballot.announced.append((grid.place(r, min(heads)), totals))
                continue
            for n, (vote, _) in heads.items():
                if text := grid.text(r, n):
                    _take_names(ballot, text, vote, grid.place(r, n))
            aside = [t for n, t in grid.rows[r].items() if n not in heads]
            outside += aside
        _tell_around(ballot, grid, outside)
        return [ballot]
    return []


def _first_state(text: str) -> bool:
    return any(one.state is not None and not one.likely for one in states_in(text[:2_000]))


def _take_names(ballot: Ballot, text: str, vote: Vote, where: str) -> None:
    counted = re.match(r"\s*\(?(\d{1,3})\)?[\s:.–-]+(?=\D)", text)
    take_names(ballot, text[counted.end() :] if counted else text, vote, where)


def take_names(ballot: Ballot, text: str, vote: Vote, where: str) -> None:
    """Add each state that a list names, with its vote; ask about names that are not known, tell what is prose."""
    prose = False
    for one in states_in(text):
        if prose or one.is_prose:
            # Behind the first sentence that is no list, nothing is one: who spoke in it did not vote in it.
            prose = True
            if one.words:
                ballot.notes.append(
                    saying("votes.not-read", "{place}: not read: {words!r}.", place=where, words=one.words[:80])
                )
        elif one.state is not None:
            if one.likely:
                ballot.questions.append(likely(one.words, one.state.iso3, where))
            ballot.casts.append(Cast(one.state.iso3, vote, where, one.words))
        elif folded(one.words):
            ballot.questions.append(unknown(one.words, where))


def likely(words: str, iso3: str, where: str) -> Problem:
    """Return the question whether a name that is not known is that of a state."""
    return Problem(
        "votes.state-guessed", '"{words}" is taken for {iso3}', words=one_line(words)[:60], iso3=iso3, where=where,
        remedy="If it is another, write its ISO3 code.",
    )  # fmt: skip


def unknown(words: str, where: str) -> Problem:
    """Return the question whether a row with a name that is not known may be left out."""
    return Problem(
        "votes.state-unknown", '"{words}" names no state that is known: it is left out', words=one_line(words)[:60],
        where=where, remedy="Write its ISO3 code, or agree to leave it out.",
    )  # fmt: skip


@dataclass(slots=True)
class _StateColumn:
    """A column of states, the rows that have one, and where its votes may stand."""

    column: int
    states: dict[int, str]
    votes: list[int] = field(default_factory=list)


def _rows_of_states(grid: _Grid) -> list[Ballot]:
    columns = sorted({n for cells in grid.rows.values() for n in cells})
    blocks = [block for n in columns if (block := _state_column(grid, n)) is not None]
    if not blocks:
        return []
    first = min(min(block.states) for block in blocks)
    heads = _headings(grid, columns, first)
    blocks, told = _aliases(grid, blocks, heads)
    main = max(blocks, key=lambda block: len(block.states))
    states_at = {block.column for block in blocks} | set(told)
    crosses = _crosses(grid, main, [n for n in columns if n not in states_at], heads)
    if crosses:
        ballots = [_of_crosses(grid, main, crosses, heads)]
    else:
        able = [n for n in columns if n not in states_at and _holds_votes(grid, n, heads, blocks)]
        side_by_side = _side_by_side(blocks, able)
        ballots = [_of_columns(grid, side_by_side, heads)] if side_by_side else _of_choices(grid, main, able, heads)
    for ballot in ballots:
        outside = [
            t
            for r, cells in grid.rows.items()
            if not any(r in block.states for block in blocks)
            for t in cells.values()
        ]
        _tell_around(ballot, grid, outside)
        for where in told.values():
            ballot.questions += where
        _tell_other_rows(ballot, grid, main, first)
    return [ballot for ballot in ballots if ballot.casts or ballot.problems]


def _state_column(grid: _Grid, column: int) -> _StateColumn | None:
    states = {r: s.iso3 for r, cells in grid.rows.items() if column in cells and (s := state_of(cells[column]))}
    said = [r for r in states if is_word_or_letter(grid.text(r, column))]
    filled = sum(column in cells for r, cells in grid.rows.items() if states and r >= min(states))
    heads = [t for r, cells in grid.rows.items() if states and r < min(states) and (t := cells.get(column))]
    named = any(names_states(t) is not None for t in heads)
    # `No` is also the code of Norway: a column of votes is none of states.
    if len(said) * 2 > len(states) and len(set(states.values())) < 4:
        return None
    if (
        not states
        or len(states) * 2 < filled
        or (len(states) < 2 and not named)
        or (len(set(states.values())) * 3 < len(states) and not named)
    ):
        return None if not _is_long(states) else _StateColumn(column, states)
    return _StateColumn(column, states)


def _is_long(states: Mapping[int, str]) -> bool:
    """Tell whether states recur as in a table of many resolutions."""
    times = Counter(states.values())
    return len(times) > 2 and len(set(times.values())) < 4


def _headings(grid: _Grid, columns: Sequence[int], first: int) -> dict[int, str]:
    """Return what stands above each column: its own heading, and behind it those that stand above that one."""
    above = [r for r in grid.rows if r < first]
    own = next((r for r in reversed(above) if len(grid.rows[r]) > 1), max(above, default=0))
    found: dict[int, str] = {}
    for n in columns:
        texts = [grid.text(r, n) for r in reversed(above) if r <= own and len(grid.rows[r]) > 1]
        found[n] = " / ".join(dict.fromkeys(one_line(text) for text in texts[:3] if text))
        if not found[n] and own:
            found[n] = one_line(grid.text(own, n))
    return found


def _aliases(
    grid: _Grid, blocks: list[_StateColumn], heads: Mapping[int, str]
) -> tuple[list[_StateColumn], dict[int, list[Problem]]]:
    """Return the columns of states that are not another name for the same ones; and where two of them differ."""

    def rank(block: _StateColumn) -> tuple[int, int, int]:
        coded = folded(heads.get(block.column, "").partition(" / ")[0]) in {
            "iso3",
            "iso",
            "code",
            "ms code",
            "iso code",
            "iso 3",
        }
        named = names_states(heads.get(block.column, "").partition(" / ")[0]) is not None
        return (0 if coded else 1 if named else 2, -len(block.states), block.column)

    kept: list[_StateColumn] = []
    told: dict[int, list[Problem]] = {}
    for block in sorted(blocks, key=rank):
        twin = next(
            (k for k in kept if (both := k.states.keys() & block.states.keys())
             and sum(k.states[r] == block.states[r] for r in both) * 10 >= len(both) * 6), None,
        )  # fmt: skip
        if twin is None:
            kept.append(block)
            continue
        told[block.column] = [
            Problem(
                "votes.names-differ", "{code} and {name} on one row: the vote is taken for {code}", code=twin.states[r],
                name=grid.text(r, block.column)[:60], where=grid.place(r, twin.column),
                remedy="Correct one of the two.",
            )
            for r in block.states if twin.states.get(r, block.states[r]) != block.states[r]
        ]  # fmt: skip
        for r, iso3 in block.states.items():
            twin.states.setdefault(r, iso3)
    return sorted(kept, key=lambda block: block.column), told


def _crosses(
    grid: _Grid, main: _StateColumn, columns: Sequence[int], heads: Mapping[int, str]
) -> dict[int, tuple[Vote, int | None]]:
    """Return the columns In favour, Against and Abstained, where what stands in them are crosses."""
    found = {}
    for n in columns:
        plain = heads.get(n, "").partition(" / ")[0]
        head = None if folded(plain).startswith("total") else heading_vote(plain)
        texts = [t for r in main.states if (t := grid.text(r, n))]
        if (
            head
            and texts
            and sum(is_mark(t) is not None or vote_of(t) is head[0] or t.casefold() == str(head[0])[0] for t in texts)
            * 10
            >= len(texts) * 8
        ) or (head and not texts):
            found[n] = head
    votes = [vote for vote, _ in found.values()]
    if len(set(votes)) != len(votes) or not any(grid.text(r, n) for n in found for r in main.states):
        return {}
    return found if len(found) > 1 else {}


def _of_crosses(
    grid: _Grid, main: _StateColumn, crosses: Mapping[int, tuple[Vote, int | None]], heads: Mapping[int, str]
) -> Ballot:
    ballot = Ballot(grid.sheet.name)
    counts = {vote: number for vote, number in crosses.values() if number is not None}
    if counts:
        ballot.announced.append((grid.place(min(main.states) - 1, min(crosses)), counts))
    for r, iso3 in main.states.items():
        made = []
        for n, (vote, _) in crosses.items():
            text = grid.text(r, n)
            mark = is_mark(text)
            if vote_of(text) is vote or (text and text.casefold() == str(vote)[0]):
                mark = True
            if mark:
                made.append((n, vote))
            elif mark is None and text:
                ballot.problems.append(_no_vote(text, grid.place(r, n)))
        if len(made) > 1:
            ballot.problems.append(
                Problem(
                    "votes.two-crosses", "{iso3} has more than one cross", iso3=iso3, where=grid.place(r, made[0][0]),
                    remedy="Keep the one that counts.",
                )
            )  # fmt: skip
        ballot.casts.append(
            Cast(
                iso3,
                made[0][1] if made else None,
                grid.place(r, made[0][0] if made else main.column),
                grid.text(r, main.column),
            )
        )
    for r, cells in grid.rows.items():
        if r > min(main.states) and r not in main.states:
            totals = {
                vote: int(t) for n, (vote, _) in crosses.items() if re.fullmatch(r"\d{1,3}", t := cells.get(n, ""))
            }
            if totals:
                ballot.announced.append((grid.place(r, main.column), totals))
    unread = [n for n in heads if heads[n] and n not in crosses and n != main.column]
    _tell_unread(ballot, grid, unread, heads)
    _ask_marks(ballot, grid, main, crosses, {n: heads[n] for n in unread})
    return ballot


def _ask_marks(
    ballot: Ballot, grid: _Grid, main: _StateColumn, crosses: Mapping[int, object], unread: Mapping[int, str]
) -> None:
    """Ask about columns that are not read and have marks only where no vote is: a heading that is not known."""
    empty = {r for r in main.states if not any(is_mark(grid.text(r, n)) or vote_of(grid.text(r, n)) for n in crosses)}
    for n, header in unread.items():
        marked = {r for r in main.states if is_mark(grid.text(r, n))}
        if marked and marked <= empty:
            ballot.questions.append(
                Problem(
                    "votes.marks-unread", "{column} ({header}) has marks where no vote is read, and is not read itself",
                    column=grid.column(n), header=header[:40], where=grid.place(min(marked), n),
                    remedy="If they are votes, write in favour, against, abstained or not voting above them.",
                )
            )  # fmt: skip


def _holds_votes(grid: _Grid, column: int, heads: Mapping[int, str], blocks: Sequence[_StateColumn]) -> bool:
    texts = [t for block in blocks for r in block.states if (t := grid.text(r, column))]
    if not texts:
        return False
    fitting = sum(is_word_or_letter(text) for text in texts)
    head = heads.get(column, "").partition(" / ")[0]
    if len(texts) > 1 and not fitting and len(set(texts)) == 1 and not re.search(r"\d", texts[0]):
        return False  # `recorded` in each row tells of the resolution, and not how a state voted
    if is_vote_heading(head) and not _is_about(head):
        return fitting * 10 >= len(texts) * 4 or len(set(texts)) <= 6
    said = sum(vote_of(text) is not None for text in texts)
    if not said and all(re.fullmatch(r"[-+]?\d+", text) for text in texts):
        return False  # a column of numbers that nobody calls a vote: years, totals
    return fitting * 10 >= len(texts) * 7


def _is_about(head: str) -> bool:
    asked = folded(head)
    return asked in _TOTALS or asked in _TITLES | _DATES | _SESSIONS | _THEMES | set(_KEYS) or asked.startswith("total")


def _side_by_side(blocks: Sequence[_StateColumn], able: Sequence[int]) -> list[_StateColumn]:
    """Return blocks printed beside each other, each with its own column of votes; none where there are not several."""
    if len(blocks) < 2:
        return []
    for right in (True, False):
        taken = []
        for at, block in enumerate(blocks):
            ends = blocks[at + 1].column if at + 1 < len(blocks) else 10**6
            begins = blocks[at - 1].column if at else 0
            own = [n for n in able if (block.column < n < ends if right else begins < n < block.column)]
            if len(own) != 1:
                break
            block.votes = own
            taken.append(block)
        if len(taken) == len(blocks):
            return taken
    return []


def _of_columns(grid: _Grid, blocks: Sequence[_StateColumn], heads: Mapping[int, str]) -> Ballot:
    ballot = Ballot(grid.sheet.name)
    cells = [(r, block.column, block.votes[0], iso3) for block in blocks for r, iso3 in block.states.items()]
    _cast(ballot, grid, cells, heads.get(blocks[0].votes[0], ""))
    return ballot


def _of_choices(grid: _Grid, main: _StateColumn, able: Sequence[int], heads: Mapping[int, str]) -> list[Ballot]:
    """Return a ballot for each column that may be meant, or for each resolution of a long table."""
    plain = {n: heads.get(n, "").partition(" / ")[0] for n in able}
    cast = [n for n in able if is_vote_heading(heads.get(n, "")) and not is_forecast(plain[n])]
    symbols = [n for n in able if n not in cast and symbols_in(heads.get(n, ""))]
    chosen = cast if len(cast) == 1 and not symbols else (cast + symbols or list(able))
    if len(chosen) == 1 and len(able) > 1 and chosen[0] in cast and _times(plain[chosen[0]]):
        chosen = list(able)
    found: list[Ballot] = []
    for n in chosen:
        groups = _long(grid, main, heads)
        for label, states in groups.items():
            head = heads.get(n, "")
            ballot = Ballot(label or head or grid.column(n), other_names=(column_letter(n), plain[n], head))
            _cast(ballot, grid, [(r, main.column, n, iso3) for r, iso3 in states.items()], head)
            _read_facts(ballot, grid, states, heads)
            if head and (told := symbols_in(head)) and not label:
                ballot.about.setdefault("symbol", told[0])
            if n not in cast and n not in symbols and head:
                ballot.questions.append(
                    Problem(
                        "votes.column-guessed", "{column} ({head}) is taken for the vote", column=grid.column(n),
                        head=head[:60], where=grid.place(max(min(states) - 1, 1), n),
                        remedy="If it is another, name it{WHICH}.",
                    )
                )  # fmt: skip
            if head and (day := day_in(head)):
                ballot.about.setdefault("date", day.isoformat())
            _tell_unread(ballot, grid, [c for c in heads if heads[c] and c not in {n, main.column}], heads)
            found.append(ballot)
    return found


def _times(head: str) -> bool:
    """Tell whether a heading sets one vote apart from another: a year, a number, first or second."""
    without_days = _DAY_OF_MONTH.sub(lambda found: "" if found[1] in _MONTHS else found[0], folded(head))
    return bool(re.search(r"\d|first|second|1st|2nd|premier|second|primer|segund", without_days))


_DAY_OF_MONTH = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)? (?:of |de )?([^\W\d_]{3,12})\b(?! (?:de )?\d{4})")
_MONTHS = months_by_word(folded, Language.ENGLISH, Language.FRENCH, Language.SPANISH)


def _long(grid: _Grid, main: _StateColumn, heads: Mapping[int, str]) -> dict[str, dict[int, str]]:
    """Return the rows by resolution where a column tells them apart; all of them under no name where none does."""
    for wanted in _KEYS:
        for n, head in heads.items():
            if folded(head.partition(" / ")[0]) == wanted:
                groups: dict[str, dict[int, str]] = {}
                for r, iso3 in main.states.items():
                    groups.setdefault(one_line(grid.text(r, n)), {})[r] = iso3
                groups.pop("", None)
                if len(groups) > 1 and len(set(main.states.values())) < len(main.states):
                    return groups
    return {"": dict(main.states)}


def _cast(ballot: Ballot, grid: _Grid, cells: Sequence[tuple[int, int, int, str]], head: str) -> None:
    """Read votes from cells: row, column of the state, column of the vote, state."""
    outside = [
        t
        for r, some in grid.rows.items()
        for n, t in some.items()
        if n not in {c[2] for c in cells} or r not in {c[0] for c in cells}
    ]
    told = legend(outside)
    decoded = decode((grid.text(r, n) for r, _, n, _ in cells), told)
    record = bool(re.search(r"^ms vote", folded(head)))
    if decoded.unclear:
        first = min(r for r, _, n, _ in cells if grid.text(r, n) in decoded.unclear)
        ballot.problems.append(unclear(decoded.unclear, grid.place(first, cells[0][2])))
    if decoded.guessed:
        signs = "; ".join(f"{sign} as {vote}" for sign, vote in sorted(decoded.guessed.items()))
        ballot.questions.append(
            Problem(
                "votes.sign-guessed", "{signs}: that is a guess", signs=signs,
                where=grid.place(cells[0][0], cells[0][2]),
                remedy="If it is another, write yes, no or abstained.",
            )
        )  # fmt: skip
    for r, s, n, iso3 in cells:
        text = grid.text(r, n)
        cell, where = grid.cell(r, n), grid.place(r, n)
        if cell.no_value or cell.error:
            ballot.problems.append(
                Problem(
                    "votes.no-value", "a formula without a stored value, or an error", where=where,
                    remedy="Open the file in Excel or LibreOffice and save it, or type the value.",
                )
            )  # fmt: skip
            continue
        if text in decoded.unknown:
            ballot.problems.append(_no_vote(text, where))
            continue
        if text in decoded.unclear:
            continue
        if text and (cell.struck or grid.cell(r, s).struck):
            ballot.questions.append(
                Problem(
                    "votes.struck", "a line is drawn through it; it is read all the same", where=where,
                    remedy="Take the row out if it does not count.",
                )
            )  # fmt: skip
        vote = decoded.votes.get(text)
        ballot.casts.append(Cast(iso3, Vote.NOT_VOTING if vote is None and record else vote, where, grid.text(r, s)))
    _read_total_rows(ballot, grid, cells)


def _read_total_rows(ballot: Ballot, grid: _Grid, cells: Sequence[tuple[int, int, int, str]]) -> None:
    """Read the totals that stand in rows of the list itself: `Total Yes, 9`, `En contra: 7`."""
    listed, votes = {r for r, _, _, _ in cells}, {n for _, _, n, _ in cells}
    for r, texts in grid.rows.items():
        if r in listed:
            continue
        labels = {n: head for n, text in texts.items() if (head := _total_of(text)) is not None}
        if len(labels) != 1:
            continue
        ((at, (vote, number)),) = labels.items()
        beside = [int(float(text)) for n, text in texts.items() if n in votes and _COUNT.fullmatch(text.strip())]
        if number is None and len(beside) == 1:
            number = beside[0]
        if number is not None:
            ballot.announced.append((grid.place(r, at), {vote: number}))


_COUNT = re.compile(r"\d{1,3}(?:\.0)?")


def _total_of(text: str) -> tuple[Vote, int | None] | None:
    """Return the vote whose total a text names, with the number where it has one; None for other text."""
    vote = _TOTALS.get(folded(text))
    return (vote, None) if vote is not None else heading_vote(text)


def unclear(signs: Sequence[str], where: str) -> Problem:
    """Return what is wrong with signs that may mean two things."""
    return Problem(
        "votes.unclear", "nobody can say what {signs} means there", signs=", ".join(map(repr, signs[:6])), where=where,
        remedy='Write yes, no or abstained; or a line such as "1 = yes, 2 = no, 3 = abstained" above the list.',
    )  # fmt: skip


def _no_vote(text: str, where: str) -> Problem:
    return Problem(
        "votes.no-vote", '"{text}" is no vote', text=one_line(text)[:60], where=where, known=", ".join(Vote),
        remedy="Write one of: {known}.",
    )  # fmt: skip


def _read_facts(ballot: Ballot, grid: _Grid, states: Mapping[int, str], heads: Mapping[int, str]) -> None:
    """Read what columns beside the vote say of the resolution: its symbol, title, session, date and totals."""
    totals: dict[Vote, int] = {}
    for n, head in heads.items():
        asked = folded(head.partition(" / ")[0])
        values = {one_line(t) for r in states if (t := grid.text(r, n))}
        if len(values) != 1:
            continue
        value = values.pop()
        if asked.startswith("total") and asked in _TOTALS and re.fullmatch(r"\d{1,3}(?:\.0)?", value):
            totals[_TOTALS[asked]] = int(float(value))
        elif asked in _DATES and (day := day_in(value)):
            ballot.about["date"] = day.isoformat()
        elif asked in _TITLES and symbols_in(value)[:1] != [value]:
            if asked != "agenda title" or "title" not in ballot.about:
                ballot.about["title"] = value[:500]
        elif asked in _SESSIONS:
            ballot.about["session"] = value[:40]
        elif asked in _THEMES:
            ballot.about["theme"] = ", ".join(part.strip() for part in value.split("|"))[:300]
        elif asked in _KEYS and (told := symbols_in(value)):
            ballot.about.setdefault("symbol", told[0])
    if totals:
        ballot.announced.append((grid.sheet.name, totals))


def _tell_around(ballot: Ballot, grid: _Grid, texts: Sequence[str]) -> None:
    """Read the announced result and the resolution from what stands around the rows."""
    for text in texts:
        if (numbers := announced_in(text)) is not None:
            ballot.announced.append((grid.sheet.name, numbers))
    long = [text for text in texts if len(text) > 3]
    for name, value in about(long).items():
        ballot.about.setdefault(name, value)


def _tell_other_rows(ballot: Ballot, grid: _Grid, main: _StateColumn, first: int) -> None:
    """Ask about rows that have a vote and no state that is known; tell which others are not read."""
    votes = {_column_of(cast.where, grid) for cast in ballot.casts}
    unread = []
    for r, cells in grid.rows.items():
        name = cells.get(main.column, "")
        if r < first or r in main.states:
            continue
        if _TOTAL.match(folded(name)) or not name:
            continue
        said = [cells[n] for n in votes if n in cells and n != main.column]
        if any(vote_of(t) is not None or (is_word_or_letter(t) and not t.isdecimal()) for t in said):
            state = near(name)
            vote = next((vote_of(t) or decode([*said, "y", "n"], {}).votes.get(t) for t in said), None)
            if state is not None and vote is not None:
                ballot.questions.append(likely(name, state.iso3, grid.place(r, main.column)))
                ballot.casts.append(Cast(state.iso3, vote, grid.place(r, main.column), name))
            else:
                ballot.questions.append(unknown(name, grid.place(r, main.column)))
        elif ((numbers := announced_in(name)) is None and len(cells) > 1) or numbers is None:
            unread.append(r)
    if unread:
        ballot.notes.append(
            saying("votes.no-state", "Rows that name no state are not read: {rows}.", rows=some_of(unread))
        )


def _column_of(where: str, grid: _Grid) -> int:
    letters = re.search(r"!([A-Z]+)(\d+)$", where)
    if letters is None:
        return 0
    if grid.turned:
        return int(letters[2])
    number = 0
    for letter in letters[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _tell_unread(ballot: Ballot, grid: _Grid, columns: Sequence[int], heads: Mapping[int, str]) -> None:
    names = [
        f"{grid.column(n)} ({heads[n][:40]})"
        for n in columns
        if not _is_about(heads[n].partition(" / ")[0])
        and names_states(heads[n]) is None
        and folded(heads[n]) not in {"ms code", "iso3"}
    ]
    if names:
        ballot.notes.append(saying("votes.columns-unread", "Not read: {columns}.", columns=", ".join(names)))
