"""What people and records call a vote, in the six languages of the United Nations; and what a column's letters mean.

Words are compared folded. Letters and signs mean something only beside each other: `A` is an abstention beside `Y` and
`N`, and nobody knows what beside `ABS`; `-` is a vote against beside `+`, and an empty cell elsewhere.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from outreach.text import folded, one_line, without_accents
from outreach.vocabulary import Vote

PHRASES: Mapping[Vote, Sequence[str]] = {
    Vote.IN_FAVOUR: (
        "in favour", "in favor", "voted in favour", "voted in favor", "voting in favour", "voting in favor",
        "votes in favour", "votes in favor", "vote in favour", "voted yes", "voted for", "votes for", "voting for",
        "affirmative", "approve", "approved", "supported", "supports", "support", "supporting", "ont voté pour",
        "ont voté en faveur", "a voté en faveur", "votent en faveur", "en faveur", "a voté pour", "votent pour",
        "vote pour", "votes pour", "votant pour", "voix pour", "favorable", "a favor",
        "votos a favor", "voto a favor", "votaron a favor", "votó a favor", "votan a favor", "votan afirmativamente",
        "afirmativo", "голосовали за", "голосовал за", "голосовала за", "проголосовали за",
        "مؤيد", "مؤيدون", "المؤيدون",
        "صوتت لصالح", "صوت لصالح", "صوتوا لصالح", "لصالح", "تأييد", "赞成", "赞成票", "投赞成票", "赞同", "同意",
        "dafür", "ja-stimmen", "favorevole", "favorevoli", "favorável", "ja", "sim", "voor",
        "yes", "for", "favour", "favor", "pour", "oui", "sí", "да", "за", "نعم", "مع",
    ),
    Vote.AGAINST: (
        "against", "voted against", "voting against", "votes against", "vote against", "voted no", "opposed",
        "opposes", "oppose", "opposing", "negative", "ont voté contre", "a voté contre", "votent contre",
        "vote contre", "votes contre", "votant contre", "voix contre", "contre", "défavorable", "en contra",
        "votos en contra", "voto en contra", "votaron en contra", "votó en contra", "votan en contra", "contra",
        "negativo", "против", "голосовали против", "голосовал против", "голосовала против", "проголосовали против",
        "معارض", "معارضون", "المعارضون", "صوتت ضد", "صوت ضد", "صوتوا ضد", "ضد", "反对", "反对票", "投反对票",
        "dagegen", "nein-stimmen", "contrario", "contrari", "contrário", "tegen", "nein", "não", "nee",
        "no", "non", "нет", "لا", "否",
    ),
    Vote.ABSTAINED: (
        "abstained", "abstain", "abstains", "abstention", "abstentions", "abstaining", "abstentions (voting)",
        "se sont abstenus", "se sont abstenues", "s'est abstenu", "s'est abstenue", "s'abstient", "s'abstiennent",
        "s'abstenant", "s'abstenir", "abstenu", "abstenus", "se abstuvieron", "se abstuvo", "se abstienen",
        "se abstiene", "abstención", "abstenciones", "abstenido", "abstenidos", "abstenerse", "воздержались",
        "воздержался", "воздержалась", "воздержавшиеся", "воздержание", "ممتنع", "ممتنعون", "الممتنعون", "امتنع",
        "امتنعت", "امتنعوا", "امتناع", "امتنع عن التصويت", "امتنعت عن التصويت", "الامتناع عن التصويت",
        "الممتنعون عن التصويت", "弃权", "弃权票", "投弃权票", "enthaltung", "enthaltungen", "enthalten", "astenuto",
        "astenuta", "astenuti", "abstenção", "abstenções", "onthouding", "onthoudingen", "onthouden",
    ),
    Vote.NOT_VOTING: (
        "not voting", "non voting", "nonvoting", "non-voting", "did not vote", "didn't vote", "no vote", "absent",
        "not present", "absence", "absents", "absentees", "non participating", "not participating",
        "did not participate", "did not take part", "n'a pas voté", "n'ont pas voté", "non votant", "non votants",
        "n'a pas participé", "n'ont pas participé", "n'a pas pris part au vote", "n'ont pas pris part au vote",
        "absente", "absentes", "ausente", "ausentes", "no votó", "no votaron", "no votantes", "no participó",
        "no participaron", "sin voto", "не голосовал", "не голосовала", "не голосовали", "не участвовал",
        "не участвовала", "не участвовали", "отсутствовал", "отсутствовала", "отсутствовали", "отсутствует",
        "не голосовавшие", "غائب", "غائبون", "لم يصوت", "لم تصوت", "لم يصوتوا", "لم يشارك", "لم تشارك",
        "غير المصوتين", "未投票", "没有投票", "不参加投票", "未参加投票", "不参加表决", "缺席",
        "nicht teilgenommen", "nicht abgestimmt", "abwesend", "assente", "assenti", "não votou", "afwezig",
    ),
}  # fmt: skip
"""Words that say by themselves what a vote was; the shortest stand last and count as headings only before a colon."""

SHORT = frozenset(folded(word) for word in (
    "yes", "for", "favour", "favor", "pour", "oui", "sí", "да", "за", "نعم", "مع", "no", "non", "нет", "لا", "否",
    "contra", "approve", "support", "supports", "oppose", "opposes", "absence", "negative", "affirmative",
    "ja", "nein", "sim", "não", "nee", "voor", "tegen", "contrari", "contrario",
))  # fmt: skip
_LETTERS: Mapping[str, Vote] = {
    **dict.fromkeys(("y", "o", "f", "p", "s", "д", "з", "fav"), Vote.IN_FAVOUR),
    **dict.fromkeys(("n", "c", "opp", "п", "н"), Vote.AGAINST),
    **dict.fromkeys(("a", "ab", "abs", "abst", "abstn", "в", "возд", "弃"), Vote.ABSTAINED),
    **dict.fromkeys(("nv", "np", "dnv", "abt"), Vote.NOT_VOTING),
    "赞": Vote.IN_FAVOUR, "反": Vote.AGAINST,
}  # fmt: skip
_MINUS = "-–—−‐‑"
_LIKELY: Mapping[str, Vote] = {
    **dict.fromkeys("✓✔☑✅🟢👍", Vote.IN_FAVOUR), **dict.fromkeys("✗✘☒❌🔴👎", Vote.AGAINST),
    **dict.fromkeys("➖🟡⚪", Vote.ABSTAINED),
}  # fmt: skip
"""Signs of which it is likely what they mean."""
_SIGNS = frozenset("+0xх") | frozenset(_MINUS)
_MARKS = frozenset("xX×✓✔☑✅●•■◆*+1√Хх") | {"✖", "yes", "true", "oui", "sí", "si", "да", "xx"}
_NO_MARKS = frozenset({"", "0", "false", "no", "non", "n", "нет"}) | frozenset(_MINUS)
_EMPTY = frozenset({"n a", "na", "none", "blank", "…", "...", "."})
_BRACKETS = re.compile(r"[(\[（][^()\[\]（）]{0,200}[)\]）]")
_MARKED = re.compile(r"[\s*†‡#¹²³⁰-⁹]+$")
_LEGEND = re.compile(
    r"(?<![\w/.-])([-−–]?\d{1,2}|[^\W_]{1,4}|[+−–-])\s{0,3}(?:=|:|\bis\b|\bmeans\b|–|—|-)\s{0,3}([^\W\d_][^,;|\n/().=]{1,40})"
)
_LEGEND_OF_SIGNS = re.compile(r"([^\w\s,;:=.()\[\]/|+*'\"–-])\ufe0f?\s{0,3}[=:–-]?\s{0,3}([^\W\d_][^,;|\n/().=]{1,40})")
"""Signs need nothing between: `Key: ✅ in favour, ❌ against`."""
# A column that tells what somebody expects, or what was before, is no record of this vote.
_FORECAST = re.compile(
    r"expect|likely|forecast|predict|previous|\blast\b|\bpast\b|\bprior\b|earlier|former|pledg|promis|intend|intention|"
    r"intent|probab|anticipat|project|position|prevu|precedent|attend|anterior|esperad|previst|prevision|ожида|прогноз|"
    r"предыдущ|预计|预期|上次|متوقع|سابق|explan|explic|scenario|estimate|whip|own count|our count"
)
_VOTE_HEADING = re.compile(
    r"vot|stimm|scrutin|roll ?call|result|resultad|голос|صوت|تصويت|表决|投票|sufrag|ballot|\bcast\b"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the cells of a column mean: a vote for each text (None for one that says nothing), or why nobody can say."""

    votes: Mapping[str, Vote | None] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    guessed: Mapping[str, Vote] = field(default_factory=dict)
    """Texts whose meaning is only likely."""
    unclear: Sequence[str] = ()
    """Texts of which nobody can say what they mean, each of which may mean two things."""


@cache
def words() -> Mapping[str, Vote]:
    """Return each word for a vote, folded, without the letters and signs."""
    return {folded(word): vote for vote, some in PHRASES.items() for word in some}


def vote_of(text: str) -> Vote | None:
    """Return the vote that a text says in words; None for letters, signs and anything else."""
    if len(text) > 120:
        return None
    asked = folded(text)
    found = words().get(asked)
    if found is None:
        plain = folded(_BRACKETS.sub(" ", text))
        found = words().get(plain) or words().get(re.sub(r" ?\d{1,3}$", "", plain))
        if found is None and (said := _AND_MORE.fullmatch(text)) and not set(folded(said[2]).split()) & set(words()):
            found = words().get(folded(said[1]))
        if found is None and (part := re.fullmatch(r"(?:voted?|votes?|a voté|voto|vote exprimé)\s+(.+)", plain)):
            found = words().get(part[1])
        if found is None and len(plain) >= _SHORTEST_BEGINNING and text.rstrip(" )]").endswith("."):
            meant = {vote for word, vote in words().items() if word.startswith(plain)}
            found = meant.pop() if len(meant) == 1 else None  # `воздерж.`, `absten.`
    return found


_AND_MORE = re.compile(r"\s*([^,;–—]{2,30}?)(?:\s[-–—]|[,;])\s+([^\W\d_A-ZÀ-Þ][^,;]{2,60})")
"""A vote, and in small letters what goes with it: `No – with explanation of vote`."""
_SHORTEST_BEGINNING = 4


def heading_vote(text: str) -> tuple[Vote, int | None] | None:
    """Return the vote that a heading names, and the number that stands with it: `In favour (28)`; None for none."""
    plain = one_line(text).strip(" :：*·•-–—")
    if not plain or len(plain) > 80:
        return None
    numbers = re.findall(r"\d{1,3}", plain)
    bare = folded(re.sub(r"\d+", " ", _BRACKETS.sub(" ", plain)))
    bare = re.sub(
        r"^(?:states?|members?|countries|member states|votes?|voted|total|total votes|number|etats?|membres?|estados?|"
        r"miembros|pays|paises|number of votes|no of votes)\s+", "", bare,
    )  # fmt: skip
    bare = re.sub(r"\s+(?:votes?|states?|members?|voix|votos|etats|estados|countries)$", "", bare)
    vote = words().get(bare) or words().get(folded(re.sub(r"\d+", " ", plain)))
    vote = vote or _SHORT_HEADINGS.get(bare)
    return (vote, int(numbers[0]) if len(numbers) == 1 else None) if vote else None


_SHORT_HEADINGS: Mapping[str, Vote] = {
    "y": Vote.IN_FAVOUR, "n": Vote.AGAINST, **dict.fromkeys(("a", "abs", "abst", "abstn", "absten"), Vote.ABSTAINED),
    **dict.fromkeys(("nv", "dnv"), Vote.NOT_VOTING),
}  # fmt: skip


def is_mark(text: str) -> bool | None:
    """Tell whether a cell of a table of crosses is one; None where it is neither a cross nor empty."""
    plain = text.strip().casefold()
    if text.strip() in _MARKS or plain in _MARKS:
        return True
    return False if plain in _NO_MARKS or (not folded(plain) and plain not in _MARKS and len(plain) < 4) else None


def is_vote_heading(text: str) -> bool:
    """Tell whether a heading says that its column holds votes that were cast, and not what somebody expects."""
    asked = folded(text)
    return bool(_VOTE_HEADING.search(asked)) and not is_forecast(text)


def is_forecast(text: str) -> bool:
    """Tell whether a heading speaks of what is expected, was before or is no vote."""
    return bool(_FORECAST.search(folded(text)))


def legend(texts: Iterable[str]) -> dict[str, Vote]:
    """Return what the signs of a sheet mean where it says so: `1 = Yes; 2 = Abstention; 3 = No`."""
    found: dict[str, Vote] = {}
    for text in texts:
        if len(text) > 1_000:
            continue
        said = (*_LEGEND.findall(text), *_LEGEND_OF_SIGNS.findall(text))
        pairs = [(sign, vote) for sign, meant in said if (vote := vote_of(meant.strip())) is not None]
        # One pair alone is a legend only with its equals sign: `A: against` may be anything.
        if len(pairs) > 1 or (pairs and "=" in text):
            found.update({sign.casefold(): vote for sign, vote in pairs if vote_of(sign) is not vote})
    return found


def decode(texts: Iterable[str], told: Mapping[str, Vote]) -> Decoded:
    """Say what each of a column's texts means, seen beside the others; `told` is the sheet's own legend."""
    keys = {text: _key(text) for text in texts if text.strip()}
    there = frozenset(keys.values())
    votes: dict[str, Vote | None] = {}
    unknown, unclear, guessed = set[str](), set[str](), dict[str, Vote]()
    for text, key in keys.items():
        if (vote := told.get(text.strip().casefold(), told.get(key)) or vote_of(text)) is not None:
            votes[text] = vote
        elif key in _LIKELY:
            guessed[text] = votes[text] = _LIKELY[key]
        elif key in _EMPTY or (not folded(key) and key != "+" and key not in _MINUS):
            votes[text] = None
        elif key in _SIGNS or key in _LETTERS:
            if _is_unclear(key, there):
                unclear.add(text)
            else:
                votes[text] = _LETTERS[key] if key in _LETTERS else _sign(key, there)
        else:
            (unclear if re.fullmatch(r"[+-]?\d{1,2}(?:\.0)?", key) else unknown).add(text)
    return Decoded(votes, frozenset(unknown), guessed, tuple(sorted(unclear)))


def _sign(key: str, there: frozenset[str]) -> Vote | None:
    """Return what a sign means beside the others: `-` is against beside `+` only, `X` not voting beside `Y`."""
    if key == "+":
        return Vote.IN_FAVOUR
    if key == "0":
        return Vote.ABSTAINED
    if key in _MINUS:
        against = {word for word in there if word == "n" or words().get(word) is Vote.AGAINST}
        return Vote.AGAINST if "+" in there and not against else None
    return Vote.NOT_VOTING


def is_word_or_letter(text: str) -> bool:
    """Tell whether a cell may be a vote: a word, a letter, a sign or a digit as columns of votes have them."""
    key = _key(text)
    return (
        vote_of(text) is not None or key in _LETTERS or key in {"+", "x", "х", "0", "1", "2", "3", "-1"}
        or key in _MINUS or key in _LIKELY
    )  # fmt: skip


def letter_vote(text: str) -> Vote | None:
    """Return the vote of a letter or sign as records print them: Y, N, A, X."""
    return {"y": Vote.IN_FAVOUR, "n": Vote.AGAINST, "a": Vote.ABSTAINED, "x": Vote.NOT_VOTING}.get(text.casefold())


def _key(text: str) -> str:
    plain = _MARKED.sub("", _BRACKETS.sub(" ", without_accents(text)).strip()).casefold()
    return plain.strip(" .:\ufe0f") or text.strip().casefold()


def _is_unclear(key: str, there: frozenset[str]) -> bool:
    """Tell whether a letter may mean two things beside the others: `A` beside `ABS`, `P` beside `Y`."""
    yes = {"y", "yes", "in favour", "in favor", "for", "f"}
    no = {"n", "no", "against", "contra", "en contra", "contre", "non", "против"}
    abstained = {"ab", "abs", "abst", "abstn"} | {word for word, vote in words().items() if vote is Vote.ABSTAINED}
    signs = frozenset(_MINUS)
    yes_elsewhere = {"o", "p", "oui", "pour", "s", "si", "c", "+", *_LIKELY}
    beside: Mapping[str, bool] = {
        "a": bool(there & abstained) or not there & (yes | no | yes_elsewhere),
        "ab": bool(there & {"a", "abs"}),
        "p": bool(there & yes), "o": bool(there & yes), "s": bool(there & yes),
        "c": bool(there & {"n", "no", "against"}),
        "f": bool(there & {"y", "yes"}),
        "н": "п" in there,
        "0": not ("+" in there and there & signs),
        "x": not there - {"x", "х"} - signs, "х": not there - {"x", "х"} - signs,
    }  # fmt: skip
    return beside.get(key, False)
