"""A letter by its parts, in the six languages: greeting, body, closing, signature; what is there twice, or is not.

A letter has branches, and what stands in two of one condition never meets: `Sections` tells which paragraphs can.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_languages import paragraphs
from outreach.letters.lint.lint_words import SKELETON
from outreach.vocabulary import Language


class ParagraphKind(Enum):
    """What a paragraph of a letter is."""

    GREETING = "greeting"
    BODY = "body"
    LIST = "list"
    CLOSING = "closing"
    HEADING = "heading"
    NOTE = "note"


_GREETING = {
    Language.ENGLISH: r"(?:Dear|Your[ ](?:Royal[ ]|Serene[ ])?(?:Excellenc|Highness|Eminence)|Excellenc|"
    r"Honou?rable|Esteemed|Distinguished|Sirs?\b|Mada?m\b|Madame|Mr\.?|Ms\.?|Mrs\.?|To[ ]whom[ ]it|Ladies|"
    r"Hello|Greetings|Good[ ](?:morning|day))",
    Language.FRENCH: r"(?:Ch(?:er|ère)s?|Excellence|Votre[ ]Excellence|Monsieur|Madame|Messieurs|Mesdames|"
    r"Bonjour|Honorables?|À[ ]qui[ ]de[ ]droit)",
    Language.SPANISH: r"(?:Estimad[oa]s?|Distinguid[oa]s?|Excelent[ií]sim[oa]s?|Excelencia|Su[ ]Excelencia|"
    r"Querid[oa]s?|Señora?\b|Señor[ae]s|Muy[ ]señor|Apreciad[oa]s?|Respetad[oa]s?|A[ ]quien[ ]corresponda|"
    r"Honorables?)",
    Language.RUSSIAN: r"(?:(?:Много)?[Уу]важаем|Ваше[ ]Превосходительств|Глубокоуважаем|Дорог(?:ой|ая|ие)|"
    r"Господин|Госпожа|Милостив|Здравствуйте|Досточтим)",
    Language.ARABIC: r"(?:صاحب(?:ة)?[ ]السعادة|أصحاب[ ]السعادة|سعادة|السيدة?[ ]|السيدات|السادة|حضرة|عزيز|معالي|"
    r"السلام[ ]عليكم|تحية|أعزائي|الزملاء|إلى[ ]من[ ]يهمه)",
    Language.CHINESE: r"(?:尊敬的|敬爱的|亲爱的|阁下|大使|诸位|各位|致有关)",
}
_CLOSING = {
    Language.ENGLISH: r"(?:(?:Yours|Very[ ]truly|Most[ ]sincerely|Sincerely|Respectfully|Faithfully|Cordially|"
    r"Truly)\b|With[ ](?:kind|best|warm|our|the[ ]assurance|high|respect|gratitude|sincere|every|deep|"
    r"renewed|thanks|appreciation|great)|(?:Kind|Best|Warm)(?:est)?[ ](?:regards|wishes)|In[ ](?:gratitude|"
    r"solidarity|peace|friendship)|Please[ ]accept|Accept,|We[ ]avail|(?:Many[ ]|With[ ])?[Tt]hanks\b|"
    r"Thanking[ ]you|Regards)",
    Language.FRENCH: r"(?:Veuillez|Je[ ]vous[ ]prie|Nous[ ]vous[ ]prions|Avec[ ](?:nos|mes|l['’]assurance|notre|"
    r"toute)|Dans[ ]l['’]attente|Respectueusement|Cordialement|Bien[ ](?:à[ ]vous|cordialement)|Sincèrement|"
    r"Meilleures?[ ]salutations|Recevez|Croyez|Salutations|Bien[ ]respectueusement)",
    Language.SPANISH: r"(?:Atentamente|Muy[ ]atentamente|Cordialmente|Respetuosamente|Reciba|Sírvase|"
    r"Le[ ]saluda|Le[ ]saludamos|Salud(?:o|amos)[ ]a[ ]usted|Reitera(?:mos)?[ ]a[ ]|"
    r"Con[ ](?:el[ ]testimonio|nuestr|mi|la[ ]seguridad|un[ ]cordial|"
    r"un[ ]respetuoso|gratitud|aprecio)|Saludos|Un[ ](?:cordial|respetuoso)[ ]saludo|Aprovechamos|Quedamos|"
    r"Suyos|Acepte|Hacemos[ ]propicia)",
    Language.RUSSIAN: r"(?:С[ ](?:уважением|глубоким|искренним|наилучшими|благодарностью|почтением)|Искренне|"
    r"Примите|Прошу[ ]Вас[ ]принять|Просим[ ]Вас[ ]принять|Пользуемся|Позвольте|Остаёмся|С[ ]неизменным)",
    Language.ARABIC: r"(?:وتفضل|تفضل|مع[ ](?:خالص|فائق|أطيب|تحيات|وافر|الاحترام)|مع[ ]بالغ|ونغتنم|وتقبل|تقبل|"
    r"باحترام|بكل[ ]احترام|المخلص|والسلام|ولكم)",
    Language.CHINESE: r"(?:顺致|顺向|谨致|此致|谨启|致以|顺颂|敬上|谨上|顺祝|此颂)",
}
_GREETINGS = {language: re.compile(words) for language, words in _GREETING.items()}
_CLOSINGS = {language: re.compile(words) for language, words in _CLOSING.items()}
_LONGEST_GREETING, _SHORT_CLOSING, _LONGEST_CLOSING = 120, 50, 400
_ASSURED = re.compile(
    r"(?i)accept|assur|consider|avail|regard|respect|agréer|salutation|sentiment|seguridades|saludo|testimonio|"
    r"atentamente|"
    r"увер|уважени|почтени|احترام|تقدير|تحي|敬意|此致"
)
_LIST = re.compile(r"\s*(?:\d{1,3}[.)]|[-*+•])[ \t]")
_TAG = re.compile(r"\{%-?\+?\s*(?P<word>if|elif|else|endif|for|endfor)\b.*?%\}", re.DOTALL)
_FIELDS = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph: its words with fields made one character, where it begins, what it is, and in which branches."""

    words: str
    start: int
    part: ParagraphKind
    branches: tuple[tuple[int, int], ...] = ()
    fields: str = ""
    """The fields that it has, as they are written."""

    def meets(self, other: "Section") -> bool:
        """Tell whether one letter can have both: not where they stand in two branches of one condition."""
        mine = dict(self.branches)
        return all(mine.get(number, branch) == branch for number, branch in other.branches)


@lru_cache(maxsize=64)
def sections_of(source: str, text: str, language: Language) -> tuple[Section, ...]:
    """Return a letter's paragraphs; `source` is the file, and `text` the same without tags, line by line."""
    branches = _branches(source)
    lines = source.split("\n")
    found: list[Section] = []
    for raw, begin in paragraphs(text):
        words = "\n".join(line for line in raw.split("\n") if not line.strip().startswith(":::")).strip("\n")
        if not words.strip():
            continue
        line = text.count("\n", 0, begin)
        height = raw.strip("\n").count("\n") + 1
        fields = " ".join(_FIELDS.findall("\n".join(lines[line : line + height])))
        found.append(
            Section(words, begin, _part(words, fields, language), branches[min(line, len(branches) - 1)], fields)
        )
    return tuple(found)


def _branches(source: str) -> list[tuple[tuple[int, int], ...]]:
    """For each line of a file the branches that it stands in, as (condition, branch)."""
    every: list[tuple[tuple[int, int], ...]] = []
    open_ones: list[list[int]] = []
    number = 0
    for line in source.split("\n"):
        opening = tuple((one[0], one[1]) for one in open_ones)
        for match in _TAG.finditer(line):
            if match["word"] in {"if", "for"}:
                number += 1
                open_ones.append([number, 0])
            elif match["word"] in {"elif", "else"} and open_ones:
                open_ones[-1][1] += 1
            elif open_ones:
                open_ones.pop()
        now = tuple((one[0], one[1]) for one in open_ones)
        every.append(now if len(now) >= len(opening) else opening)
    return every or [()]


def _part(words: str, fields: str, language: Language) -> ParagraphKind:
    bare = words.strip().strip("*_> ").replace(FIELD, "").strip()
    if re.search(r"\bsalutation\b", fields) and len(bare) < 20:
        return ParagraphKind.GREETING
    if re.search(r"\bclosing\b", fields):
        return ParagraphKind.CLOSING
    if words.lstrip().startswith("#"):
        return ParagraphKind.HEADING
    if words.lstrip().startswith("[^"):
        return ParagraphKind.NOTE
    if _LIST.match(words):
        return ParagraphKind.LIST
    head = words.strip().strip("*_> ")
    if _greets(head, language):
        return ParagraphKind.GREETING
    return ParagraphKind.CLOSING if _closes(head, language) else ParagraphKind.BODY


def _closes(head: str, language: Language) -> bool:
    if not _CLOSINGS[language].match(head) or len(head) > _LONGEST_CLOSING:
        return False
    return len(head.split("\n", maxsplit=1)[0]) < _SHORT_CLOSING or bool(_ASSURED.search(head))


def _greets(head: str, language: Language) -> bool:
    if len(head) > _LONGEST_GREETING or "\n" in head.strip():
        return False
    return bool(_GREETINGS[language].match(head)) and not re.search(r"[.?。؟]\s*$", head.strip("*_ \\"))


_IN_ENGLISH = {
    Language.ENGLISH: "English", Language.FRENCH: "French", Language.SPANISH: "Spanish", Language.RUSSIAN: "Russian",
    Language.ARABIC: "Arabic", Language.CHINESE: "Chinese",
}  # fmt: skip


def greets_or_closes(words: str, language: Language) -> str | None:
    """Return which other language a greeting or a closing is in, in English; None where it may be in its own."""
    if _GREETINGS[language].match(words) or _CLOSINGS[language].match(words):
        return None
    for other in Language:
        if other is not language and re.search(r"[,:،，：.]\W*$|[,،，] ", words):
            rest = len(words) < 60 or "," in words[:120]
            if (_greets(words, other) or (_CLOSINGS[other].match(words) and rest)) and "\n" not in words.strip("\n"):
                return _IN_ENGLISH[other]
    return None


# ---------------------------------------------------------------------------------------------------------- twice


def hits_of_parts(sections: tuple[Section, ...], text: str, language: Language, source: str) -> Iterator[Hit]:
    """Yield greetings and closings that are there twice, paragraphs that are said twice, and that nobody signs.

    `source` is the file, and `text` the same without tags.
    """
    yield from _greeted_twice(sections, text)
    yield from _closed_twice(sections, text)
    yield from _said_twice(sections, text, language)
    yield from _unsigned(sections, source, language)


def _line(source: str, start: int) -> int:
    return source.count("\n", 0, start) + 1


def _greeted_twice(sections: tuple[Section, ...], source: str) -> Iterator[Hit]:
    greetings = [one for one in sections if one.part is ParagraphKind.GREETING]
    for place, one in enumerate(greetings):
        first = next((before for before in greetings[:place] if before.meets(one)), None)
        if first is not None:
            facts = {"first": flat(first.words), "line": _line(source, first.start)}
            yield Hit("words.greeting-twice", flat(one.words), one.start, facts)
    for one in greetings[:1]:
        parts = [part.strip().casefold() for part in re.split(r"[,，،:：]", one.words) if part.strip(f" {FIELD}")]
        if len(parts) > len(set(parts)):
            facts = {"first": parts[0], "line": _line(source, one.start)}
            yield Hit("words.greeting-twice", flat(one.words), one.start, facts)


def _closed_twice(sections: tuple[Section, ...], source: str) -> Iterator[Hit]:
    """Of two formulas, each on a line of its own or with an address in it, the second."""
    closings = [
        one for one in sections if one.part is ParagraphKind.CLOSING and (len(one.words) < 60 or _formula(one.words))
    ]
    for place, one in enumerate(closings):
        first = next((before for before in closings[:place] if before.meets(one)), None)
        # `Please accept …` and then `Respectfully,` go together.
        if first is not None and _formula(first.words) == _formula(one.words):
            facts = {"first": flat(first.words), "line": _line(source, first.start)}
            yield Hit("words.closing-twice", flat(one.words), one.start, facts)


def _formula(words: str) -> bool:
    return len(words.split("\n", maxsplit=1)[0]) > 40


_WORD = re.compile(r"\w+")
_SENTENCES = re.compile(r"(?<=[.!?。！？؟])(?:\s+|(?<=[。！？]))")


def _tokens(words: str, language: Language) -> list[str]:
    if language is Language.CHINESE:
        return [one for one in words if one.isalnum()]
    return [one.casefold() for one in _WORD.findall(words.replace(FIELD, " "))]


def _said_twice(sections: tuple[Section, ...], source: str, language: Language) -> Iterator[Hit]:
    seen: list[tuple[Section, list[str], frozenset[str]]] = []
    fewest = 14 if language is Language.CHINESE else 7
    told: set[int] = set()
    sentences: dict[tuple[str, ...], Section] = {}
    for one in sections:
        if one.part not in {ParagraphKind.BODY, ParagraphKind.LIST, ParagraphKind.CLOSING}:
            continue
        tokens = _tokens(one.words, language)
        several = frozenset(tokens)
        for before, theirs, set_of_theirs in seen if len(tokens) >= fewest else ():
            same = tokens == theirs
            alike = len(tokens) > 14 and len(several & set_of_theirs) >= 0.85 * len(several | set_of_theirs)
            if (same or (alike and language is not Language.CHINESE)) and before.meets(one):
                told.add(one.start)
                yield Hit("words.paragraph-twice", flat(one.words), one.start, {"line": _line(source, before.start)})
                break
        seen.append((one, tokens, several))
        if one.start in told:
            continue
        begin = 0
        for sentence in _SENTENCES.split(one.words):
            place = one.words.find(sentence, begin)
            begin = max(begin, place)
            key = tuple(_tokens(sentence, language))
            if len(key) < fewest + 1:
                continue
            if key in sentences and sentences[key].meets(one):
                line = _line(source, sentences[key].start)
                yield Hit("words.paragraph-twice", flat(sentence), one.start + max(0, place), {"line": line})
            sentences.setdefault(key, one)


# What stands below a signature, and signs nothing: a postscript, copies, an address, a list's heading.
_AFTER_ALL = re.compile(
    r"(?i)(?:p\.?[ ]?s\b|p\.?-?s\.?[ :]|cc\b|copies?[ ]to|copie[ ]à|enclosures?\b|annex|tel\b|tél\b|e-?mail\b|"
    r"\+\d|https?:|www\.|"
    r"[\w.+-]+@[\w.-]+$|[^\n:：]{2,60}[:：]$|[*_-]{3,}$|\||\[\^|>)"
)


def _both_ends(words: str) -> str:
    """How a paragraph begins and how it ends, which is where a name is looked for."""
    line = " ".join(words.replace(FIELD, "…").split())
    return line if len(line) < 2 * _END else f"{line[:_END]} … {line[-_END:]}"


_END = 70


def _unsigned(sections: tuple[Section, ...], source: str, language: Language) -> Iterator[Hit]:
    """Whether nothing comes after the closing: no name, no list, no field that has those who sign."""
    if re.search(r"\{[{%][^}]*\b(?:signator|signed|include)", source) or SKELETON.search(source):
        return
    if re.search(r"\{\{-?\s*closing\b", source):
        yield from _closed_by_nobody(sections)
        return
    if "::: signature" in source:
        return
    body = [one for one in sections if one.part is not ParagraphKind.NOTE and not one.branches]
    body = [one for one in body if not _AFTER_ALL.match(one.words.strip())]
    if len(body) < 3:
        return
    last = body[-1]
    rest = last.words.strip().rstrip("\\").strip()
    if (re.search(r"[,،，]$", rest) and len(rest) < _LONGEST_GREETING and "\n" not in rest and FIELD not in rest) or (
        last.part is ParagraphKind.CLOSING and "\n" not in rest and FIELD not in rest
    ):
        yield Hit("words.no-signature", _both_ends(last.words), last.start)
        return
    enough = len(rest) > (20 if language is Language.CHINESE else 60) and "\n" not in rest
    if last.part is ParagraphKind.BODY and enough and re.search(r"[.!?。！؟]\W*$", rest):
        yield Hit("words.no-signature", _both_ends(last.words), last.start)


_ITALIC = re.compile(r"^([*_])(?!\1).*\1$", re.DOTALL)
"""A remark below the letter, which signs nothing."""


def _closed_by_nobody(sections: tuple[Section, ...]) -> Iterator[Hit]:
    """Whether nothing stands below the field `closing`, which says the formula alone."""
    last = max((place for place, one in enumerate(sections) if "closing" in one.fields), default=None)
    if last is None or sections[last].words.replace(FIELD, "").strip(" \n,.;*_\\"):
        return
    for one in sections[last + 1 :]:
        words = one.words.strip()
        if one.part is not ParagraphKind.NOTE and not _AFTER_ALL.match(words) and not _ITALIC.match(words):
            return
    before = next((one for one in reversed(sections[:last]) if one.part is ParagraphKind.BODY), None)
    words = f"{{{{ closing }}}}, after {_both_ends(before.words)}" if before is not None else "{{ closing }}"
    yield Hit("words.no-signature", words, sections[last].start)


# ------------------------------------------------------------------------------------------------- forms of address

_HE, _SHE = "a man's form", "a woman's form"
_GENDER = {
    Language.ENGLISH: (r"Mr\.?|Sirs?|Gentlemen", r"Mrs\.?|Ms\.?|Miss|Madam[e]?|Ambassadress"),
    Language.FRENCH: (
        r"Cher|Monsieur|Messieurs|M\.|l['’]ambassadeur|l['’]Ambassadeur|Ministre[ ]délégué",
        r"Chère|Madame|Mesdames|Mme|l['’]ambassadrice|l['’]Ambassadrice",
    ),
    Language.SPANISH: (
        r"Estimado|Distinguido|Excelentísimo|Querido|Apreciado|Respetado|Señor|señor|Sr\.|Embajador|embajador",
        r"Estimada|Distinguida|Excelentísima|Querida|Apreciada|Respetada|Señora|señora|Sra\.|Embajadora|embajadora",
    ),
    Language.RUSSIAN: (
        r"(?:Много|Глубоко)?[Уу]важаемый|[Гг]осподин\w?|Дорогой|г-н|Досточтимый",
        r"(?:Много|Глубоко)?[Уу]важаемая|[Гг]оспож[аеиу]|Дорогая|г-жа|Досточтимая",
    ),
    Language.ARABIC: (
        r"السيد|السفير|صاحب|عزيزي|المحترم|المندوب|الممثل|حضرة[ ]السيد",
        r"السيدة|السفيرة|صاحبة|عزيزتي|المحترمة|المندوبة|الممثلة",
    ),
    Language.CHINESE: (r"先生", r"女士|夫人|小姐"),
}
_GENDERS = {
    language: (re.compile(rf"(?<!\w)(?:{he})(?!\w)"), re.compile(rf"(?<!\w)(?:{she})(?!\w)"))
    if language is not Language.CHINESE
    else (re.compile(he), re.compile(she))
    for language, (he, she) in _GENDER.items()
}
_OFFICES = {
    Language.ENGLISH: r"Director(?:-General)?|President|Minister|Mayor|Senator|Professor|Consul|Chair(?:man|woman)?",
    Language.FRENCH: r"Direct(?:eur|rice)|Présidente?|Ministre|Maire|Sénat(?:eur|rice)|Députée?|Professeure?|Consule?",
    Language.SPANISH: r"Directora?|Presidente|Presidenta|Ministr[oa]|Alcalde(?:sa)?|Senadora?|Diputad[oa]|Cónsul",
    Language.RUSSIAN: r"[Дд]иректор|[Пп]резидент|[Мм]инистр|[Пп]редседатель|[Сс]енатор|[Кк]онсул",
    Language.ARABIC: r"المدير|المديرة|الرئيس|الرئيسة|الوزير|الوزيرة|القنصل",
    Language.CHINESE: r"主任|总统|部长|市长|主席|领事",
}
"""Offices of others than those who lead a mission: who is greeted by none is not taken leave of by one."""
_BETWEEN_COMMAS = re.compile(r"(?:^|(?<=[,，،]))\s*(?P<words>[^,，،.]{2,60}?)\s*(?=[,，،])")
_OFFICE = {
    language: re.compile(words if language is Language.CHINESE else rf"(?<!\w)(?:{words})(?!\w)")
    for language, words in _OFFICES.items()
}
_SEVERAL = re.compile(r"[,，،;/]| (?:and|et|y|e|и|or|ou|o|или)[ ]| و(?=ال|صاحب|عزيز)|[和与、]")
# Where a closing speaks to somebody: `Veuillez agréer, Madame l’Ambassadrice, …`.
_SPOKEN_TO = re.compile(r"(?:^|[,，،])\s*(?P<words>[^,，،.]{3,60}?)\s*(?:[,，،]|\.$)")


def hits_of_address(sections: tuple[Section, ...], language: Language) -> Iterator[Hit]:
    """Yield forms of address that do not agree within themselves, or with the form that the letter greets by."""
    he, she = _GENDERS[language]
    greeted: dict[str, Section] = {}
    yield from _another_office(sections, language)
    for one in sections:
        for words, start in _spoken_to(one, language):
            at_odds = [pair for each in _SEVERAL.split(words) if (pair := _at_odds(each, language)) is not None]
            if at_odds and one.part is not ParagraphKind.BODY:
                each, his_word, her_word = at_odds[0]
                yield Hit("words.address-form", flat(each), start, {"one": his_word, "other": her_word})
            all_his, all_hers = he.findall(words), she.findall(words)
            if at_odds and one.part is ParagraphKind.GREETING and len(all_his) != len(all_hers):
                greeted.setdefault(_HE if len(all_his) > len(all_hers) else _SHE, one)  # what most of it says
            if at_odds or bool(all_his) is bool(all_hers):
                continue
            kind, form = (_HE, all_his[0]) if all_his else (_SHE, all_hers[0])
            if one.part is ParagraphKind.GREETING:
                greeted.setdefault(kind, one)
            elif len(greeted) == 1 and kind not in greeted and (first := next(iter(greeted.values()))).meets(one):
                yield Hit("words.address-form", flat(words), start, {"one": form, "other": flat(first.words)})


def _another_office(sections: tuple[Section, ...], language: Language) -> Iterator[Hit]:
    """Yield the office that a closing speaks to where no greeting does: a field greets those who lead a mission."""
    greetings = [one for one in sections if one.part is ParagraphKind.GREETING]
    greetings = greetings or [one for one in sections if one.words.strip() == FIELD][:1]
    if not greetings:
        return
    said = " ".join(one.words for one in greetings)
    for one in sections:
        for match in _BETWEEN_COMMAS.finditer(one.words) if one.part is ParagraphKind.CLOSING else ():
            office = _OFFICE[language].search(match["words"])
            if office is not None and office[0] not in said:
                words = match["words"].strip()
                yield Hit(
                    "words.address-form", flat(words), one.start + match.start("words"),
                    {"one": office[0], "other": flat(greetings[0].words.replace(FIELD, "{{ salutation }}"))},
                )  # fmt: skip


def _spoken_to(one: Section, language: Language) -> list[tuple[str, int]]:
    """The words of a paragraph that speak to somebody, and where they begin."""
    if language is Language.CHINESE and re.search("各位|女士们|先生们|女士先生", one.words):
        return []
    if one.part is ParagraphKind.GREETING:
        return [(one.words, one.start)]
    if one.part is ParagraphKind.CLOSING:
        return [(one.words.strip().split("\n", 1)[0], one.start)]
    spoken = [(match["words"], one.start + match.start("words")) for match in _SPOKEN_TO.finditer(one.words)]
    return [pair for pair in spoken if one.part is ParagraphKind.BODY and _GREETINGS[language].match(pair[0])]


def _at_odds(words: str, language: Language) -> tuple[str, str, str] | None:
    """Words that have a man's form and a woman's, and the two."""
    he, she = _GENDERS[language]
    his, hers = he.search(words), she.search(words)
    if his is None or hers is None:
        return None
    if language is Language.FRENCH and his[0].casefold().endswith("ambassadeur"):
        return None  # Madame l’Ambassadeur is said
    return words.strip(" :"), his[0], hers[0]
