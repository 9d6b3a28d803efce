"""One recorded vote as a source tells it: who voted how and where that stands, what was announced, which resolution."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from outreach.errors import Problem
from outreach.month_names import months_by_word
from outreach.sentences import Sentence
from outreach.text import folded, one_line, without_accents
from outreach.vocabulary import Language, Vote

_SYMBOL = re.compile(
    r"\bA/HRC/(?:RES|DEC|PRST|S-\d{1,2}|\d{1,3})/[A-Z0-9./]*\d[A-Za-z0-9./]*(?:\s?Rev\.\s?\d)?|"
    r"\bA/(?:RES|DEC)/[A-Z0-9-]{1,6}/\d{1,4}[A-Z]?|\bA/(?:C\.\d/)?\d{2}/L\.\d{1,3}(?:/Rev\.\d)?|"
    r"\bS/RES/\d{1,4}\s?\(\d{4}\)|\bE/CN\.4/[A-Z0-9./]{3,30}|\b[SL][-.]?\d{0,2}/L\.\d{1,3}|\bL\.\s?\d{1,3}(?:/Rev\.\s?\d)?\b"
)
_RESOLUTION = re.compile(
    r"(?i)\b(?:resoluci[oó]n|r[eé]solution|resolution|резолюци\w{1,3}|decision|d[eé]cision|HRC\s+res\w*)\s+(?:n[o°º.]\s?)?"
    r"(S-\d{1,2}/\d{1,3}|\d{1,3}/\d{1,3}[A-Z]?)\b"
)
_NUMBERED = re.compile(r"\s*(S-\d{1,2}/\d{1,3}|\d{1,3}/\d{1,3}[A-Z]?)\.(?:\s+([^\W\d_].{4,300}))?$")
"""How an annex and a report of a session begin a text that was adopted: `55/28. Its title`, which may go on below."""
_NO_TITLE = re.compile(r"(?i)[\d\[(]|(?:the human rights|le conseil|el consejo|the general assembl|l.assemblee)")
_MOST_LINES = 6
_SESSION = re.compile(
    r"(?i)\b(\d{1,3})(?:st|nd|rd|th|e|eme|º|ª|a|\.?er|\.?o)?\s+(?:regular |special )?(?:session|periodo de sesiones)"
)
_MONTHS = months_by_word(folded, Language.ENGLISH, Language.FRENCH, Language.SPANISH)
_ISO_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_WORD_DAY = re.compile(
    r"(?i)(?<!\d)(\d{1,2})(?:er|st|nd|rd|th)?\s+(?:de\s+)?([a-z]{3,10})\.?\s+(?:de\s+)?((?:19|20)\d\d)(?!\d)"
)
_US_DAY = re.compile(r"(?i)\b([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)(?!\d)")

_N = r"(\d{1,3})"
_GAP = r"[^\d\n]{1,25}?"
_PATTERNS = (
    # Three words with their numbers in front, or behind.
    re.compile(
        rf"(?i){_N}\s*(?:votes?\s|voix\s|votos\s|states?\s|members?\s)?(?:voted\s|voting\s)?"
        rf"(?:in favou?r|for\b|yes\b|pour\b|oui\b|a favor|за\b){_GAP}{_N}\s*(?:votes?\s|voix\s|votos\s)?"
        rf"(?:against|no\b|contre\b|non\b|en contra|против){_GAP}{_N}\s*(?:abstention|abstain|abstencion|воздерж)"
    ),
    re.compile(
        rf"(?i)(?:in favou?r|\byes|\bfor|\bpour|\boui|a favor|за)\s*(?:votes?)?[\s:=(–-]{{1,4}}{_N}[^\d\n]{{1,12}}?"
        rf"(?:against|\bno|contre|\bnon|en contra|против)\s*(?:votes?)?[\s:=(–-]{{1,4}}{_N}[^\d\n]{{1,12}}?"
        rf"(?:abst\w*|воздерж\w*)\s*[\s:=(–-]{{1,4}}{_N}"
    ),
    re.compile(rf"(?i)\b{_N}\s+votes?\s+(?:in favou?r\s+)?to\s+{_N}[^\d\n]{{1,30}}?{_N}\s+abst"),
    re.compile(rf"(?i)vote of\s+{_N}\s+(?:in favou?r\s+)?to\s+{_N}[^\d\n]{{1,30}}?{_N}\s+abst"),
    re.compile(
        rf"(?i)\b{_N}\s+(?:voix|votos)\s+(?:pour\s+|a favor\s+)?(?:contre|contra|a)\s+{_N}[^\d\n]{{1,25}}?{_N}\s+abst"
    ),
    re.compile(rf"(?i)\b{_N}\s+голос\w*\s+против\s+{_N}[^\d\n]{{1,25}}?{_N}\s+воздерж"),
    re.compile(rf"(?i)赞成\D{{0,4}}{_N}\D{{1,6}}反对\D{{0,4}}{_N}\D{{1,6}}弃权\D{{0,4}}{_N}"),
    re.compile(rf"{_N}\s+(?:صوت\w*|اصوات)\s+(?:\w+\s+)?(?:مقابل|ضد)\s+{_N}[^\d\n]{{1,40}}?امتناع[^\d\n]{{0,25}}?{_N}"),
    re.compile(rf"{_N}\s*票赞成\D{{0,4}}{_N}\s*票反对\D{{0,4}}{_N}\s*票弃权"),
)
_NONE = re.compile(r"(?i)(?<=\s)(?:none|zero|nil|ningun[oa]|aucune?|لا شيء)(?!\w)")
_DASHED = re.compile(r"(?<![\d/.-])(\d{1,3})\s?[-–—/:,;]\s?(\d{1,3})\s?[-–—/:,;]\s?(\d{1,3})(?![\d/-])")
_OF_A_RESULT = re.compile(
    r"(?i)vot|result|total|tally|scrutin|result|recorded|adopt|rejet|reject|表决|голос|تصويت|score|yes|no\b|count"
)


@dataclass(frozen=True, slots=True)
class Cast:
    """How one state voted; None for one of which the source says nothing."""

    iso3: str
    vote: Vote | None
    where: str
    listed: str = ""
    """How the source calls the state."""


@dataclass(slots=True)
class Ballot:
    """A recorded vote. Problems refuse it, questions need a person's word, notes are only told."""

    label: str
    casts: list[Cast] = field(default_factory=list)
    questions: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    announced: list[tuple[str, Mapping[Vote, int]]] = field(default_factory=list)
    """Each announced result that the source tells, and where it stands."""
    about: dict[str, str] = field(default_factory=dict)
    """What it says of the resolution: symbol, title, session, date (ISO 8601)."""
    other_names: tuple[str, ...] = ()
    """What it may be asked for by, besides its label: the column's letter, its header."""

    def votes(self) -> dict[str, Vote]:
        """Return the votes by ISO3; where a state stands twice, its first one."""
        found: dict[str, Vote] = {}
        for cast in self.casts:
            if cast.vote is not None:
                found.setdefault(cast.iso3, cast.vote)
        return found

    def is_called(self, asked: str, offered: str) -> bool:
        """Tell whether a person means this one by what was offered, a label, a header, a column's letter, a symbol."""
        names = (offered, self.label, *self.other_names, self.about.get("symbol", ""))
        return _plain(asked) in {_plain(name) for name in names} - {""}


def _plain(text: str) -> str:
    return re.sub(r"[\s.]+", "", without_accents(text).casefold())


def announced_in(text: str) -> dict[Vote, int] | None:
    """Return the result that a text announces: `adopted by 28 votes to 8, with 11 abstentions`, `Recorded vote 3-2-1`.

    None for none; the three numbers are for, against and abstentions, in the order of rule 87 of the General Assembly.
    """
    plain = _NONE.sub("0", without_accents(text[:2_000]).replace("\u00a0", " "))
    for pattern in _PATTERNS:
        if found := pattern.search(plain):
            return _three(found.groups())
    dashed = _DASHED.search(plain)
    if dashed and _OF_A_RESULT.search(plain):
        return _three(dashed.groups())
    return None


def _three(numbers: Iterable[str]) -> dict[Vote, int]:
    return dict(zip((Vote.IN_FAVOUR, Vote.AGAINST, Vote.ABSTAINED), map(int, numbers), strict=False))


def symbols_in(text: str) -> list[str]:
    """Return the symbols of resolutions and drafts that a text names, each once, in its order."""
    found = [*_SYMBOL.findall(text), *(f"resolution {number}" for number in _RESOLUTION.findall(text))]
    return list(dict.fromkeys(one_line(one).rstrip(".") for one in found))


def day_in(text: str) -> date | None:
    """Return the day that a text names, in English, French or Spanish or as ISO 8601; None for none, or several."""
    plain = without_accents(text[:5_000])
    found = {_day(y, m, d) for y, m, d in _ISO_DAY.findall(plain)}
    found |= {_day(y, _MONTHS.get(m.casefold(), 0), d) for d, m, y in _WORD_DAY.findall(plain)}
    found |= {_day(y, _MONTHS.get(m.casefold(), 0), d) for m, d, y in _US_DAY.findall(plain)}
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def session_in(text: str) -> str:
    """Return the number of the session that a text names; empty for none."""
    found = _SESSION.search(without_accents(text))
    return found[1] if found else ""


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def about(texts: Iterable[str]) -> dict[str, str]:
    """Return what texts around a vote say of the resolution: symbol, title, session, date (ISO 8601)."""
    lines = [one_line(text) for text in texts if text.strip()]
    whole = "\n".join(lines)[:20_000]
    found: dict[str, str] = {}
    symbols = symbols_in(whole)
    adopted = [one for one in symbols if "/RES/" in one or one.startswith("resolution")]
    if symbols:
        found["symbol"] = (adopted or symbols)[0]
    if (day := day_in(whole)) is not None:
        found["date"] = day.isoformat()
    if session := session_in(whole):
        found["session"] = session
    if (numbered := _numbered(lines)) is not None:
        number, title = numbered
        found["symbol"] = next((one for one in symbols if one.endswith(f"/RES/{number}")), number)
        found["title"] = title
        if number[0].isdigit():
            found.setdefault("session", number.partition("/")[0])
        return found
    for line in lines:
        marked = re.match(
            r"(?i)\s*(?:title|titre|título|titulo|resolution|draft resolution)\s*[:\t]\s*(.{5,300})", line
        )
        if marked and symbols_in(marked[1])[:1] != [marked[1].strip()]:
            found["title"] = marked[1].strip()
            break
    return found


def _numbered(lines: list[str]) -> tuple[str, str] | None:
    """Return number and title of the last text that begins as `55/28. Its title`; the title's lines are put together.

    It ends where the meeting, the day or the vote is told, or its sentence does.
    """
    for at in range(len(lines) - 1, -1, -1):
        begun = _NUMBERED.fullmatch(lines[at])
        if begun is None:
            continue
        words = [begun[2]] if begun[2] else []
        for line in lines[at + 1 : at + _MOST_LINES]:
            if _NO_TITLE.match(line) or (words and words[-1].endswith((".", ":"))):
                break
            words.append(line)
        title = " ".join(words)[:300].rstrip(" .:")
        if len(title.split()) > 2:
            return begun[1], title
    return None
