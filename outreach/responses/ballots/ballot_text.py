"""Reads votes from running text: letters and names as the record prints them, headings with lists, sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from outreach.missions.facts import UnState, find_state
from outreach.responses.ballots.ballot import Ballot, Cast, about, announced_in
from outreach.responses.ballots.ballot_grid import likely, take_names, unclear, unknown
from outreach.responses.ballots.ballot_names import near, state_of, states_in
from outreach.responses.ballots.ballot_words import (
    PHRASES,
    SHORT,
    decode,
    is_word_or_letter,
    legend,
    letter_vote,
    words,
)
from outreach.text import folded, one_line, without_accents
from outreach.vocabulary import Vote

MOST_TEXT = 400_000
_CELLS = re.compile(r"\t+|\s{2,}|\s*\|\s*")
_LETTER_FIRST = re.compile(
    r"^[\s\-•*·]{0,4}\(?(Y|N|A|X|[+]|[^\W\d_]{1,24}(?: [^\W\d_]{1,12}){0,2})\)?[\s:.)\-–—|\t]+(\S.{2,90})$"
)
_LETTER_LAST = re.compile(
    r"^[\s\-•*·]{0,4}(\S.{2,90}?)[\s:,;.…\-–—|\t=(]+([+]|[^\W\d_]{1,24}(?: [^\W\d_]{1,12}){0,2})\)?[\s.;,]*$"
)
_SIGN_LAST = re.compile(r"^\s*(\S.{2,90}?)[\s:,|\t]+([+−–-])\s*$")
_SIGN_FIRST = re.compile(r"(?:(?<=\t)|(?<= {2})|(?<=\|)|^) {0,2}([+0−–-]) {1,3}(?=[^\W\d_])")
_OF_BOARDS = {"+": "Y", "0": "A"}
_IN_A_ROW = re.compile(r"(?:(?<=\s)|^)([YNAX])(?=\s+[A-Z(])")
_LATER = re.compile(
    r"(?i)[^.\n]*\b(?:intended to|subsequently|later (?:informed|advised|said)|had intended|"
    r"wished to (?:vote|have)|advised the secretariat|avai(?:t|ent) l.intention|a ulterieurement|"
    r"tenia(?:n)? (?:la )?intencion|posteriormente|намерева)[^.\n]*\.?"
)
_COUNT = re.compile(
    r"^\s*[(\[]?\s*(\d{1,3})(?!\d)\s*(?:votes?|voix|votos|states?|members?|etats|estados|票)?\s*[)\]]?\s*[:.–—-]?\s*(?=\D|$)"
)


@dataclass(frozen=True, slots=True)
class _Head:
    """A heading in the text: the vote it names, the number told with it, and where it begins and its list does."""

    vote: Vote
    count: int | None
    begins: int
    ends: int


_COUNTED_LIST = re.compile(r"\s?[:,–-]\s?(\d{1,3})\s?\(([^()\d]{4,4000})\)")
"""A number and its names in brackets, as press releases have them: `in favour: 2 (Chile, Mali)`."""


def read_text(lines: Sequence[tuple[str, str]], name: str) -> list[Ballot]:
    """Return the recorded votes in a text; `lines` are each line's place and words.

    Of the ways to read it the one that finds the most states is taken.
    """
    lines = [(where, _COUNTED_LIST.sub(r" (\1): \2", line) if "(" in line else line) for where, line in lines]
    ways = (_letters(lines, name), _headed(lines, name), _sentences(lines, name))
    return max(ways, key=lambda ballots: max((len(_voted(one)) for one in ballots), default=0))


def _voted(ballot: Ballot) -> set[str]:
    return {cast.iso3 for cast in ballot.casts}


# Letters and names, a line or a cell each.


def _letters(lines: Sequence[tuple[str, str]], name: str) -> list[Ballot]:
    """Read `Y ALBANIA` or `Albania: yes`, one or several on a line; a name alone among them did not vote."""
    ballots = [_Lettered(name)]
    signs = {found[1] for _, line in lines for found in _SIGN_FIRST.finditer(line)}
    if "+" in signs and len(signs) > 1:  # a board with lights: alone, a dash only begins a line
        lines = [(where, _SIGN_FIRST.sub(lambda found: f"{_OF_BOARDS.get(found[1], 'N')} ", at)) for where, at in lines]
    for where, line in lines:
        if not line.strip():
            continue
        if not _take_line(ballots, line, where):
            ballots[-1].other.append((where, line))
    found = []
    for one in ballots:
        if len(one.pairs) < 2 and not (one.pairs and len(lines) == 1):
            continue
        found.append(one.made())
    return found


class _Lettered:
    """A list of letters and names while it is read."""

    def __init__(self, name: str) -> None:
        self.ballot = Ballot(name)
        self.pairs: list[tuple[str, UnState, str, str]] = []
        """Sign, state, place, words."""
        self.alone: list[tuple[UnState, str, str]] = []
        self.other: list[tuple[str, str]] = []

    def made(self) -> Ballot:
        ballot = self.ballot
        texts = [line for _, line in self.other]
        decoded = decode((sign for sign, _, _, _ in self.pairs), legend(texts))
        if decoded.unclear:
            ballot.problems.append(unclear(decoded.unclear, self.pairs[0][2]))
        for sign, state, where, said in self.pairs:
            ballot.casts.append(Cast(state.iso3, decoded.votes.get(sign), where, said))
        for state, where, said in self.alone:
            ballot.casts.append(Cast(state.iso3, Vote.NOT_VOTING, where, said))
        for where, line in self.other:
            _take_unknown(ballot, line, where)
        _around(ballot, self.other)
        return ballot


def _take_line(ballots: list[_Lettered], line: str, where: str) -> bool:
    """Take a line whose every cell is a letter with a name, or a name alone; return whether it is one."""
    tokens = [cell.strip() for cell in _CELLS.split(line) if cell.strip()]
    # The first cell may be the row's label, such as Vote.
    for cells in ([one_line(line)], tokens, _glued(tokens), tokens[1:]):
        parts = [_pair(cell) for cell in cells]
        if cells and all(parts):
            _add(ballots, [part for part in parts if part], where)
            return True
    row = [piece for piece in _IN_A_ROW.split(f" {one_line(line)}") if piece.strip()]
    if len(row) > 3:
        while row and letter_vote(row[0]) is None:
            row.pop(0)  # such as the word Vote in front
        runs = [_pairs(sign, words.split()) for sign, words in zip(row[::2], row[1::2], strict=False)]
        found = [run for run in runs if run]
        if len(found) * 10 >= len(runs) * 8 and len(found) > 1:
            _add(ballots, [one for run in found for one in run], where)
            for run, sign, words in zip(runs, row[::2], row[1::2], strict=False):
                if not run:
                    ballots[-1].other.append((where, f"{sign} {words.strip()}"))
            return True
    return False


def _pairs(sign: str, words: Sequence[str]) -> list[tuple[str, UnState, str]]:
    """Return a sign with the name behind it, and the names alone that follow; empty where any of them is unknown."""
    for end in range(len(words), 0, -1):
        part = _pair(f"{sign} {' '.join(words[:end])}".strip())
        if part is not None and (end == len(words) or (rest := _pairs("", words[end:]))):
            return [part] if end == len(words) else [part, *rest]
    return []


def _glued(tokens: Sequence[str]) -> list[str]:
    """Put letters that stand in cells of their own to the names beside them."""
    glued: list[str] = []
    at = 0
    while at < len(tokens):
        if at + 1 < len(tokens) and is_word_or_letter(tokens[at]) and state_of(tokens[at + 1]):
            glued.append(f"{tokens[at]} {tokens[at + 1]}")
            at += 2
        elif at + 1 < len(tokens) and is_word_or_letter(tokens[at + 1]) and state_of(tokens[at]):
            glued.append(f"{tokens[at]}: {tokens[at + 1]}")
            at += 2
        else:
            glued.append(tokens[at])
            at += 1
    return glued


def _pair(cell: str) -> tuple[str, UnState, str] | None:
    """Return sign, state and words of `Y ALBANIA` or `Albania: yes`; an empty sign for a name alone."""
    if (exact := find_state(cell)) is not None and not is_word_or_letter(cell):
        return "", exact, cell
    for pattern, sign, named in ((_LETTER_FIRST, 1, 2), (_LETTER_LAST, 2, 1), (_SIGN_LAST, 2, 1)):
        found = pattern.match(cell)
        if found and is_word_or_letter(found[sign]) and (state := state_of(found[named])) is not None:
            return found[sign], state, found[named]
    signed = re.match(r"^([+−–-])\s+(\S.{2,90})$", cell)
    if signed and (state := state_of(signed[2])) is not None:
        return signed[1], state, signed[2]
    # `In favour Albania` has its vote in several words.
    parts = cell.split()
    for cut in range(1, min(5, len(parts))):
        for front, behind in ((parts[:cut], parts[cut:]), (parts[-cut:], parts[:-cut])):
            said = " ".join(front).strip(" :,;()-–")
            if folded(said) in words() and (state := state_of(" ".join(behind))) is not None:
                return said, state, " ".join(behind)
    whole = state_of(cell)
    return ("", whole, cell) if whole is not None and not is_word_or_letter(cell) else None


def _add(ballots: list[_Lettered], parts: Sequence[tuple[str, UnState, str]], where: str) -> None:
    for sign, state, said in parts:
        one = ballots[-1]
        there = {known.iso3 for _, known, _, _ in one.pairs} | {known.iso3 for known, _, _ in one.alone}
        if state.iso3 in there and len(there) > 2 and one.other and len(one.pairs) > 2 and _first_again(one, state):
            one = _Lettered(one.ballot.label)
            one.other = _tail(ballots[-1].other)
            ballots.append(one)
        if sign:
            one.pairs.append((sign, state, where, said))
        else:
            one.alone.append((state, where, said))


def _first_again(one: _Lettered, state: UnState) -> bool:
    """Tell whether a list begins again: its first state comes a second time."""
    return bool(one.pairs) and one.pairs[0][1].iso3 == state.iso3


def _tail(other: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take the last lines that are no part of a list: the title of the one that begins."""
    taken = other[-3:]
    del other[-3:]
    return taken


def _take_unknown(ballot: Ballot, line: str, where: str) -> None:
    """Ask about a line that is built like the others and names no state."""
    plain = one_line(line)
    for pattern, sign, named in ((_LETTER_FIRST, 1, 2), (_LETTER_LAST, 2, 1)):
        found = pattern.match(plain)
        if found is None or not is_word_or_letter(found[sign]) or announced_in(plain):
            continue
        name = found[named]
        if sum(letter.isupper() for letter in name) == 0 or len(name.split()) > 6 or re.search(r"\d", name):
            continue
        vote = decode([found[sign], "Y", "N"], {}).votes.get(found[sign])
        state = near(name)
        if state is not None and vote is not None:
            ballot.questions.append(likely(name, state.iso3, where))
            ballot.casts.append(Cast(state.iso3, vote, where, name))
        elif vote is not None:
            ballot.questions.append(unknown(name, where))
        return


# Headings with lists behind or below them.


@cache
def _phrases() -> str:
    long = {without_accents(word) for some in PHRASES.values() for word in some if folded(word) not in SHORT}
    return "|".join(re.escape(word).replace(_SPACE, _SPACES) for word in sorted(long, key=len, reverse=True))


@cache
def _short_phrases() -> str:
    short = {without_accents(word) for some in PHRASES.values() for word in some if folded(word) in SHORT}
    return "|".join(re.escape(word) for word in sorted(short, key=len, reverse=True))


@cache
def _head_patterns() -> tuple[re.Pattern[str], ...]:
    unit = r"(?:votes?|voix|votos|states|members|etats|estados)"
    count = (
        r"(?:[^\S\n]*(?:[(\[]\s*(?P<count>\d{1,3})[^)\]\n]{0,20}[)\]]|"
        rf"[-–—,]?[^\S\n]*(?P<bare>\d{{1,3}})(?!\d)(?:[^\S\n]*{unit}\b)?))?"
    )
    front = rf"(?:(?P<front>\d{{1,3}})[^\S\n]+(?:{unit}[^\S\n]+)?)?"
    flags = re.IGNORECASE
    ends = r"[^\S\n]*(?:[-–—](?=\s)|\t|\||(?=\n)|$)"
    phrases = rf"{_phrases()}|{_short_phrases()}|[YNA]"
    return (
        re.compile(
            rf"(?<![\w’'/-]){front}(?P<phrase>{_phrases()})(?:[^\S\n]+(?:were|was|etaient|fueron|by))?{count}\s*:",
            flags,
        ),
        re.compile(
            rf"(?:(?<=[.;|\t\n)])|^)[^\S\n]*{front}(?P<phrase>{phrases})(?:[^\S\n]+{unit})?{count}(?:[^\S\n]*:|{ends})",
            flags,
        ),
        re.compile(
            rf"(?:(?<=\n)|^)[^\S\n]*(?:[^\W\d_]+[^\S\n]+){{1,5}}(?P<phrase>{_phrases()})(?P<front>)?{count}{ends}",
            flags,
        ),
    )


def _heads(text: str) -> list[_Head]:
    found: dict[int, _Head] = {}
    for pattern in _head_patterns():
        for match in pattern.finditer(text):
            phrase = folded(match["phrase"])
            vote = words().get(phrase) or letter_vote(phrase)
            if vote is None or any(h.begins < match.end() and match.start() < h.ends for h in found.values()):
                continue
            number = match["count"] or match["bare"] or match["front"]
            found[match.start()] = _Head(vote, int(number) if number else None, match.start(), match.end())
    return [found[begins] for begins in sorted(found)]


def _headed(lines: Sequence[tuple[str, str]], name: str) -> list[Ballot]:
    text, places = _joined(lines)
    heads = _heads(text)
    ballots: list[Ballot] = []
    seen: set[Vote] = set()
    before = 0
    for head, behind in pairwise([*heads, None]):
        assert head is not None
        segment = text[head.ends : behind.begins if behind else len(text)]
        counted = _COUNT.match(segment)
        count = head.count
        if counted and counted[1]:
            count, segment = int(counted[1]), segment[counted.end() :]
        listed, rest = _list_of(segment)
        pieces = list(states_in(listed))
        named = any(one.state for one in pieces)
        # A list of nothing but names that are not known is one all the same: they are asked about.
        named = named or bool(pieces and not pieces[0].is_prose and folded(pieces[0].words))
        if not named and announced_in(_line_at(text, head.begins)) is not None:
            continue  # the result that is announced above the lists, which is read with what is around them
        if not ballots or (head.vote in seen and named):
            if ballots and not ballots[-1].casts:
                pass  # the summary above the lists
            elif ballots or named or count is not None:
                ballots.append(Ballot(name))
                _around(ballots[-1], [("", part) for part in text[before : head.begins].split("\n")])
            seen = set()
        if not ballots:
            continue
        where = _place(places, head.begins)
        if named:
            seen.add(head.vote)
            take_names(ballots[-1], listed, head.vote, where)
        if count is not None:
            ballots[-1].announced.append((where, {head.vote: count}))
        before = head.ends + len(segment) - len(rest)
    if ballots:
        tail = text[before:]
        if (numbers := announced_in(tail[:2_000])) is not None and len(ballots) == 1:
            ballots[-1].announced.append((name, numbers))
    return [one for one in ballots if one.casts]


def _line_at(text: str, at: int) -> str:
    ends = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : ends if ends >= 0 else len(text)]


def _list_of(segment: str) -> tuple[str, str]:
    """Part a heading's list from the paragraph behind it."""
    lead = len(segment) - len(segment.lstrip())
    body = segment[lead:]
    cut = re.search(r"\n[^\S\n]*\n", body)
    if cut and (re.search(r"[,;]", body[: cut.start()]) or not _more_names(body[cut.end() :])):
        return body[: cut.start()], body[cut.start() :]
    return body, ""


def _more_names(text: str) -> bool:
    line = next((line for line in text.split("\n") if line.strip()), "")
    return state_of(line) is not None


_PLAIN = {0xA0: " ", 0xFF0C: ",", 0x2019: "'"}


def _joined(lines: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[int, str]]]:
    parts, places, at = [], [], 0
    for where, line in lines:
        plain = without_accents(line).translate(_PLAIN)
        places.append((at, where))
        parts.append(plain)
        at += len(plain) + 1
    text = "\n".join(parts)[:MOST_TEXT]
    # What a mission said afterwards is no vote; it is blanked out, so that all else keeps its place.
    return _LATER.sub(lambda match: " " * len(match[0]), text), places


def said_afterwards(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Return the sentences that tell what a mission said after the vote, with their places: they are no votes."""
    return [
        f"{where}: {one_line(found[0])[:200]}" if where else one_line(found[0])[:200]
        for where, line in lines
        for found in _LATER.finditer(without_accents(line))
    ]


def _place(places: Sequence[tuple[int, str]], at: int) -> str:
    return next((where for begins, where in reversed(places) if begins <= at), "")


# Sentences with their names in front: `China voted against, while Brazil abstained.`


_SPACE, _SPACES = r"\ ", r"\s+"
_TO_BE = tuple(f"{verb} {what}" for verb in ("was", "were") for what in ("in favour", "against", "absent", "opposed"))


_BETWEEN = r"\s+(?:were|was|etaient|etait|fueron|fue)|(?:\s+(?:of|du|de|del|the|le|la)\b[^:;.\n]{0,60})?\s*:"
_NAMES = r"\s+(?P<names>[^;:\n]{3,4000}?)(?=\.\s|\.$|[;\n]|$)"
_TURNED, _BEGUN = re.compile(f"(?:{_BETWEEN}){_NAMES}"), re.compile(f"(?:{_BETWEEN})?{_NAMES}")
"""What follows a verb that has its names behind it: `were Belgium and Chile`, `of the text: Belgium and Chile`; where
the verb begins its sentence, the names alone: `Votaron a favor Belgica y Chile`."""


@cache
def _verbs() -> re.Pattern[str]:
    begins = re.compile(
        r"(?i)(?:vot|ont |a vot|se |s'|oppos|abstain|did|n'|no [vp]|голос|возд|прогол|не |صوت|امتنع|投|supported)"
    )
    verbal = [word for some in PHRASES.values() for word in some if begins.match(word)]
    verbal += ["voted in favour of it", "voted against it", *_TO_BE]
    plain = sorted({without_accents(word) for word in verbal}, key=len, reverse=True)
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(re.escape(word).replace(_SPACE, _SPACES) for word in plain)})(?!\w)")


def _sentences(lines: Sequence[tuple[str, str]], name: str) -> list[Ballot]:
    text, places = _joined(lines)
    ballot = Ballot(name)
    last = 0
    for match in _verbs().finditer(text):
        vote = words().get(folded(match[0])) or next(
            (v for w, v in words().items() if folded(match[0]).endswith(w)), None
        )
        if vote is None:
            continue
        front = text[last : match.start()]
        last = match.end()
        clause = re.split(r"[;:\n]|\.\s+(?=[A-Z])|\.\s+$", front)[-1]
        clause = re.sub(
            r"(?i)^[\s,.]*(?:while|whereas|and|but|with|tandis que|alors que|et|mientras que|y|а|и)\s+", "", clause
        ).strip(" ,")
        turned = (_TURNED if clause else _BEGUN).match(text, last)
        if turned is not None and any(one.state for one in states_in(turned["names"])):
            clause, last = turned["names"], turned.end()
        if any(one.state for one in states_in(clause)):
            take_names(ballot, clause, vote, _place(places, match.start()))
    if len(_voted(ballot)) < 2:
        return []
    _around(ballot, list(lines))
    return [ballot]


def _around(ballot: Ballot, lines: Sequence[tuple[str, str]]) -> None:
    """Read the announced result and the resolution from the lines that are no list."""
    for where, line in lines:
        if (numbers := announced_in(line)) is not None:
            ballot.announced.append((where, numbers))
    for name, value in about(line for _, line in lines).items():
        ballot.about.setdefault(name, value)


def lines_of(rows: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return lines with their places, parted at the line breaks within cells."""
    return [(where, part) for where, text in rows for part in text.split("\n")]
