"""Lists and those who stand in them: a heading of nothing, items that are empty, names that are none."""

import re
from collections.abc import Iterator, Sequence

from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_parts import ParagraphKind, Section

_EMPHASIS = " \t\n*_\u00a0\\"
_LONGEST_LABEL = 90
_WHO = re.compile(
    r"(?i)signator|undersigned|signed|individuals?|organi[sz]ations?|supporters|endors|signatair|soussign|individus|"
    r"personnes|firma(?:n|ntes|do)|suscrit|personas|particulares|individuos|organizaciones|подпис|организаци|лица|"
    r"частные|الموقع|أفراد|منظمات|签署|署名|联署|个人|组织"
)
_ITEM = re.compile(r"(?m)^[ \t]*(?:[-*+•]|\d{1,3}[.)])(?:[ \t]+(?P<words>[^\n]*))?$")


_NO_ITEM = re.compile(r"[-*+•–—]|\d{1,2}[.)]")
_NO_ROWS = re.compile(r"\|[^\n]+\|[ \t]*\n[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*")
_SIGNERS = (
    r"(?:signator(?:y|ies)|individuals?|organi[sz]ations?|signed[ ]by|supporters|signataires?|individus|"
    r"organisations|firmantes|"
    r"personas|organizaciones|подписавши\w+|организации|частные[ ]лица|الموقعون|المنظمات|الأفراد|署名组织|签署者|"
    r"组织|个人)"
)
_SAYS_NOBODY = re.compile(
    rf"(?im)^[ *_#]*{_SIGNERS}[*_]*[ \u00a0]?[:：][*_]*[ \u00a0]*(?:none|nobody|n/?a|nil|0|-|–|—|aucune?|néant|"
    rf"ningun[oa]|нет|никого|"
    r"لا[ ](?:يوجد|أحد)|无|没有)[.*_ ]*$"
)


def hits_of_lists(sections: Sequence[Section], text: str, source: str) -> Iterator[Hit]:
    """Yield labels of lists with nothing behind them, items that are empty, and items that name nobody among names.

    `source` is the file, and `text` the same without tags, line by line.
    """
    for place, one in enumerate(sections):
        following = sections[place + 1] if place + 1 < len(sections) else None
        if _NO_ITEM.fullmatch(one.words.strip()):
            yield Hit("words.gap", flat(one.words), one.start)
        elif match := _SAYS_NOBODY.search(one.words):
            yield Hit("words.nobody", flat(match[0]), one.start + match.start())
        elif _NO_ROWS.fullmatch(one.words.strip()):
            yield Hit("words.empty-section", flat(one.words.strip().split("\n")[0]), one.start)
        elif one.part is ParagraphKind.LIST:
            yield from _empty_items(one)
            yield from _nameless(one)
            yield from _without_verb(sections[place - 1].words if place else "", one)
        elif (label := _label(one)) and not one.branches and _says_nothing(one, following, text, source):
            words = one.words.strip().rsplit("\n", 1)[-1] if len(label) < len(one.words.strip()) else one.words
            code = "words.nobody" if _WHO.search(label) else "words.empty-section"
            yield Hit(code, flat(words.strip(" *_#")), one.start + one.words.rfind(words))


def _label(one: Section) -> str:
    """What ends in a colon and names what is to follow; empty where a paragraph does not."""
    words = one.words.strip(_EMPHASIS)
    if _BOLD.fullmatch(one.words.strip()) and _WHO.search(words):
        return words
    if not words.endswith((":", "：")) or FIELD in words[-3:] or one.part is ParagraphKind.GREETING:
        return ""
    if words.lstrip().startswith((">", "|")):
        return ""
    return words.rsplit("\n", 1)[-1].strip(_EMPHASIS)


_BRINGS = re.compile(r"\{%-?\s*(?:include|for|call)\b")
"""A tag that brings words of its own."""
_BOLD = re.compile(r"(\*\*|__)[^*_\n]{3,60}\1\\?")


def _is_heading(one: Section) -> bool:
    """Whether a paragraph is a label as a whole: a heading, or a short line in bold or with a colon."""
    words = one.words.strip()
    short = len(words) < _LONGEST_LABEL and "\n" not in words
    return short and bool(
        one.part is ParagraphKind.HEADING or _BOLD.fullmatch(words) or words.rstrip(_EMPHASIS).endswith((":", "："))
    )


def _says_nothing(one: Section, following: Section | None, text: str, source: str) -> bool:
    """Whether nothing, or only the next label or the end of the letter, comes after a label."""
    begin, end = one.start + len(one.words), following.start if following is not None else len(text)
    first, last = (text.count("\n", 0, place) for place in (begin, end))
    if FIELD in text[begin:end] or _BRINGS.search("\n".join(source.split("\n")[first : last + 1])):
        return False
    if following is None:
        return True
    if following.branches or following.fields:
        return False
    if following.part in {ParagraphKind.CLOSING, ParagraphKind.GREETING}:
        return following.part is ParagraphKind.CLOSING
    if (
        following.part is ParagraphKind.BODY
        and _FOLLOW.search(_label(one))
        and _SENTENCE.match(following.words.strip())
    ):
        return True
    own = len(one.words.strip()) < _LONGEST_LABEL and "\n" not in one.words.strip()
    return own and _is_heading(following) and not _introduces(one, following)


_FOLLOW = re.compile(
    r"(?i)\b(?:following|below|suivant(?:e?s)?|ci-(?:après|dessous)|siguientes?|следующ\w+|"
    r"нижеследующ\w+)[ ]\w+[ \u00a0]?:$|التالية\s?:$|(?:以下|下列)\w{2,6}[:：]$"
)
_SENTENCE = re.compile(
    r"(?:(?:We|Our|The|This|In|It|Please|Nous|Notre|Le|La|Les|Pedimos|Nuestr\w+|El|Los|Мы|Просим|Наш\w*)[ ]|نرجو|"
    r"نطلب|我们)[^\n]{30,}[.。؟?]\W*$"
)


def _introduces(one: Section, following: Section) -> bool:
    """Whether a line leads to labelled parts, and is none of them: `Signatories:` before `**Individuals:**`."""
    marked = [each.words.strip().startswith(("**", "__", "#")) for each in (one, following)]
    if marked[0] != marked[1]:
        return True
    if one.part is ParagraphKind.HEADING and following.part is ParagraphKind.HEADING:
        return True  # told by hits_of_sections
    return len(one.words.strip()) > 2 * len(following.words.strip())


def _empty_items(one: Section) -> Iterator[Hit]:
    for match in _ITEM.finditer(one.words):
        words = (match["words"] or "").strip(_EMPHASIS + ".,;:-–—")
        if not words:
            yield Hit("words.gap", flat(match[0]) or "-", one.start + match.start())


_TO_DO = re.compile(r"(?i)(?:\bto|\b(?:de|à|a|que)|d['’])\s?[:：]$|\b(?:просим|призываем)\b[^.]*[:：]$")
"""What a list of infinitives is behind."""
_NO_VERB = re.compile(
    r"(?i)(?:in|of|for|on|at|by|with|against|about|into|towards|en|pour|contre|sur|dans|par|avec|sans|aux?|du|des|"
    r"para|por|contra|sobre|con|del|al|в|во|за|на|против|по|о|об|для|с)\b(?![^,;]{0,60},)"
)
"""A preposition, and no comma behind it before which it leads to the verb: `in the debate, speak for it`."""


def _without_verb(before: str, one: Section) -> Iterator[Hit]:
    """Among what is asked for, item by item, one that begins with what belongs to a verb, and has none."""
    items = [match for match in _ITEM.finditer(one.words) if (match["words"] or "").strip(_EMPHASIS)]
    if len(items) < 2 or not _TO_DO.search(before.rstrip(_EMPHASIS)):
        return
    bare = [match for match in items if _NO_VERB.match(match["words"].strip(_EMPHASIS))]
    if len(bare) < len(items) / 2:
        for match in bare:
            yield Hit("words.gap-perhaps", flat(match["words"])[:60], one.start + match.start("words"))


_NAMED = re.compile(r"[^\W\d_]+(?:[’'.-]?[^\W\d_]*)*(?:[ \u00a0][^\W\d_][\w’'.-]*){0,5}")
_FEWEST = 3
_FIRST = re.compile(r"[,،，;；–—(|]| - ")
_NOBODY = re.compile(
    r"""(?ix)\W*(?:\+?[\d\s().-]{5,} | \S+@\S+ | https?://\S+ | [?？.…_\-–—*x]{1,} | n/?a | none | null | nil |
    name | nom |
    nombre | имя | tba | tbc | unknown | anon(?:ymous)? | test | signatory | signature | \d+)\W*"""
)


def _nameless(one: Section) -> Iterator[Hit]:
    """Among at least three items, most of which begin with a name, those that begin with none."""
    items = [match for match in _ITEM.finditer(one.words) if (match["words"] or "").strip(_EMPHASIS)]
    heads = [_FIRST.split(match["words"].strip(_EMPHASIS))[0].strip(_EMPHASIS) for match in items]
    named = sum(_NAMED.fullmatch(head) is not None and not head[:1].islower() and len(head) < 80 for head in heads)
    short = all(len(match["words"]) < 140 and not match["words"].rstrip().endswith((".", ";")) for match in items)
    if len(items) < _FEWEST or not short or named < 0.6 * len(items):
        return
    for match, head in zip(items, heads, strict=True):
        if head and FIELD not in head and _NOBODY.fullmatch(head):
            yield Hit("name.no-letters", flat(match["words"]), one.start + match.start("words"))
