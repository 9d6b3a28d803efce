"""What a letter says that does not fit what else is known of it: attachments, states, another language, capitals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from outreach.letters.lint.lint_counts import numbers_told
from outreach.letters.lint.lint_dates import sentence_around
from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_languages import other_in_few_words, phrase_left
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.letters.lint.lint_parts import greets_or_closes as formula
from outreach.letters.lint.lint_shapes import in_quotation
from outreach.letters.lint.lint_states import states_named
from outreach.missions.facts import states
from outreach.vocabulary import Language

# ------------------------------------------------------------------------------------------------------ attachments

_ATTACHED = {
    Language.ENGLISH: r"""
        (?:is|are|find|have|be)[ ](?:\w+[ ]){0,4}(?:attached|enclosed|annexed)(?:[ ](?:to|with)[ ](?:this|the|
        our)[ ](?:letter|mail|e-?mail|message|note)|[ ]hereto|
          (?=\s*[.,;)]))
        | (?:attached|enclosed|annexed)[ ](?:to|with)[ ](?:this|our)[ ](?:letter|e?-?mail|message) |
         we[ ](?:attach|enclose|annex)(?!\w)
        | (?:attached|enclosed)[ ](?:please|you|is|are|herewith|hereto|report|note|study|list|document|statement|
        briefing|paper|annex|
          file|PDF|fact|draft|table|brochure|copy|dossier) | (?:in|see)[ ]the[ ](?:attached|enclosed|attachment|
          enclosure)
        | (?:please[ ]|you[ ]will[ ]|kindly[ ])find[ ](?:\w+[ ]){0,6}(?:attached|enclosed)(?:[ ](?:to|
        with)[ ](?:this|the|our)[ ]\w+)? | as[ ](?:an?[ ])?(?:attachments?|enclosures?) | enclosures?:
    """,
    Language.FRENCH: r"ci-joint\w*|ci-annexé\w*|en[ ]pièces?[ ]jointes?|pièces?[ ]jointes?|"
    r"joint\w*[ ]à[ ](?:la[ ]présente|cette[ ]lettre|ce[ ](?:courriel|"
    r"message|courrier))|(?:nous|je)[ ]joign\w+|en[ ]annexe[ ](?:à|de)[ ](?:la[ ]présente|cette|ce)|"
    r"trouverez[ ]en[ ]annexe",
    Language.SPANISH: r"adjunt(?:o|a|os|as|amos)(?!\w)|se[ ]adjunta\w*|(?:en|como)[ ](?:el[ ])?(?:documento|"
    r"archivo|fichero)s?[ ]adjunto\w*|"
    r"anex(?:o|amos)[ ]a[ ](?:la[ ]presente|esta[ ]carta)|acompañ(?:a|amos)[ ]a[ ]esta[ ]carta",
    Language.RUSSIAN: r"прилагаем(?!\w)|прилагается|прилагаются|прилагаю(?!\w)|приложен\w*[ ]к[ ](?:настоящему|"
    r"этому|письму|данному)|в[ ]приложении(?!\w)(?![ ]\w+[ ]к[ ]"
    r"(?:резолюции|докладу))|во[ ]вложении|прилагаем(?:ый|ая|ое|ые|ом|ой)\w*",
    Language.ARABIC: r"(?:نرفق|مرفق\w*|المرفق\w*|أرفقنا|طيه|رفقته|رفقه|تجدون[ ]مرفق\w*)",
    Language.CHINESE: r"随函附上|随信附上|附上|见附件|附件(?:中|里|是|为|：)|随附|请查收附件|所附",
}
_ATTACHMENT = {
    language: re.compile(words if language is Language.CHINESE else rf"(?<!\w)(?:{words})", re.VERBOSE | re.IGNORECASE)
    for language, words in _ATTACHED.items()
}
_ANNEX = re.compile(r"(?im)^[ ]{0,3}(?:#+[ ]+|\*\*)?(?:annex|enclosure|attachment|annexe|anexo|приложение|مرفق|附件)")
_MOST_FILES = 20
_FIGURATIVE = re.compile(r"(?i)attach\w*[ ](?:\w+[ ]){0,2}(?:importance|value|conditions?|weight)")


_NUMBERED = re.compile(
    r"""(?i:(?<!\w)(?:annexes?|attachments?|enclosures?|attached|enclosed|pièces?[ ]jointes?|
    documents?[ ](?:ci-)?joints?|anexos?|adjunt[oa]s?|приложени\w+|вложени\w+)(?!\w)) | ملحق\w*|مرفق\w* | 附件""",
    re.VERBOSE,
)
_OF_THIS = re.compile(
    r"""(?i:(?:to|with|of|in)[ ](?:this|our|the[ ]present)[ ](?:e?-?mail|letter|message) | attached | enclosed |
    à[ ](?:ce|cette|la)[ ]    (?:courriel|message|courrier|lettre|présente) | jointe?s? |
    (?:de|a|en)[ ](?:este|esta|la)[ ](?:correo|mensaje|carta|presente) |
    adjunt | к[ ](?:этому|настоящему|письму) | прилага) | مرفق | هذه[ ]الرسالة | 附""",
    re.VERBOSE,
)


def hits_of_attachments(text: str, language: Language, *, sent: int) -> Iterator[Hit]:
    """Yield words that promise a file, where none is `sent`, or more of them.

    One within the letter, as an annex, is there.
    """
    if _ANNEX.search(text):
        return
    for match in _ATTACHMENT[language].finditer(text) if not sent else ():
        figurative = _FIGURATIVE.search(text[match.start() : match.end() + 30])
        if not figurative and not in_quotation(text, match.start()):
            yield Hit("words.no-attachment", flat(match[0].strip()), match.start())
    for number in numbers_told(text, language) if sent else ():
        if number.value <= sent or number.value > _MOST_FILES:
            continue
        named = _NUMBERED.search(text, number.end, number.end + 25)
        if (
            named
            and _OF_THIS.search(text, named.start(), named.end() + 25)
            and "\n\n" not in text[number.start : named.end()]
        ):
            yield Hit("words.few-attachments", flat(text[number.start : named.end()]), number.start, {"count": sent})


# ----------------------------------------------------------------------------------------------------------- states

_ASKED = {
    Language.ENGLISH: (
        (r"(?:ask|asks|urge|urges|call[ ](?:up)?on|calls[ ]on|request|invite|encourage|appeal[ ]to|implore|"
            r"count[ ]on|hope|trust|confident|grateful[ ]if)[ ]"
         r"(?:that[ ])?(?:the[ ](?:Government|Permanent[ ]Mission|delegation|authorities|people)[ ]of[ ])?(?:the[ ])?"),
        r"[ ]*(?:to\b|:|,|(?:will|would|could|can)\b)",
    ),
    Language.FRENCH: (
        (r"(?:demandons|prions|exhortons|appelons|invitons|encourageons|engageons|adressons|"
         r"reconnaissante?s?|obligée?s?|comptons[ ]sur|espérons[ ]que)[ ](?:\w+[ ]){0,2}?"
         r"(?:à[ ]|(?:le|au)[ ]Gouvernement[ ](?:de[ ]|du[ ]|des[ ])?|au[ ]|aux[ ])?(?:la[ ]|le[ ]|les[ ]|l['’])?"),
        r"[ ]*(?:à\b|de\b|d['’]|:)",
    ),
    Language.SPANISH: (
        (r"(?:pedimos|instamos|exhortamos|solicitamos|rogamos|invitamos|alentamos|llamamos|"
         r"agradecerí\w+|esperamos[ ]que)[ ](?:\w+[ ]){0,1}?"
         r"(?:a[ ]|al[ ]Gobierno[ ](?:de[ ]|del[ ])?|al[ ])?(?:la[ ]|el[ ]|los[ ])?"),
        r"[ ]*(?:a\b|que\b|:)",
    ),
    Language.RUSSIAN: (
        (r"(?:просим|призываем|настоятельно[ ]призываем|обращаемся[ ]к|побуждаем)[ ](?:\w+[ ]){0,1}?"
         r"(?:[Пп]равительств\w+[ ])?"),
        r"(?!\w)",
    ),
    Language.ARABIC: (r"(?:ندعو|نحث|نطلب[ ]من|نرجو[ ]من|نناشد)[ ](?:\w+[ ]){0,1}?(?:حكومة[ ])?", r"(?!\w)"),
    Language.CHINESE: (r"(?:请|敦促|吁请|呼吁|促请|恳请|希望)(?:贵国|各国)?", r"(?:政府|常驻代表团)?"),
}  # fmt: skip


# What stands before the name of a state where it is said in full.
_FORMAL = re.compile(
    r"(?i)(?:the )?(?:(?:federal|federative|democratic|people['’]s|islamic|united|plurinational|bolivarian|arab|"
    r"hashemite|oriental|socialist|co-operative) ){0,3}"
    r"(?:republic|kingdom|state|principality|commonwealth|union|sultanate) of (?:the )?$|"
    r"(?:la |le |l['’])?(?:république|royaume|état|principauté|fédération)(?: \w+){0,2} "
    r"(?:de la |de |du |d['’])$|"
    r"(?:la |el )?(?:república|reino|estado|principado|federación)(?: \w+){0,2} (?:de la |de |del )$|"
    r"(?:(?:федеративн\w+|исламск\w+|народн\w+|демократическ\w+|арабск\w+|социалистическ\w+) ){0,3}"
    r"(?:республик\w|королевств\w|государств\w|княжеств\w)\s+$|(?:جمهورية|مملكة|دولة|سلطنة|الجمهورية|المملكة)\s+$"
)


@lru_cache(maxsize=8)
def _asked(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    before, after = _ASKED[language]
    return re.compile(
        rf"(?<!\w)(?:{before})$" if language is not Language.CHINESE else f"(?:{before})$", re.IGNORECASE
    ), re.compile(after)


def hits_of_states(
    texts: Mapping[Language, str], about: Mapping[Language, str], sections: Mapping[Language, Sequence[Section]]
) -> Iterator[tuple[Language, Hit]]:
    """Yield one state that is asked for something in a letter to all, and a state that the letter isn't about.

    `about` is the subject and the title, by which a letter tells which country it is about, if any.
    """
    topics = {language: [iso3 for iso3, _, _ in states_named(about[language], language)] for language in texts}
    topic = {iso3 for every in topics.values() for iso3 in every}
    for language, text in texts.items():
        named = list(states_named(text, language))
        counts = {iso3: sum(one == iso3 for one, _, _ in named) for iso3, _, _ in named}
        before, after = _asked(language)
        for iso3, words, start in named:
            if iso3 in topic or _in_branches(sections[language], start):
                continue
            if (
                counts[iso3] <= 2
                and before.search(_FORMAL.sub("", text[max(0, start - 70) : start].replace("\n", " ")))
                and after.match(text, start + len(words))
            ):
                begin = text.rfind("\n", 0, start) + 1
                sentence = text[max(begin, start - 40) : start + len(words) + 20].split("\n")[0]
                sentence = sentence if start - 40 <= begin else sentence.partition(" ")[2]
                yield language, Hit("words.one-state", flat(sentence), start, {"state": words})
            elif counts[iso3] == 1 and _is_spoken_of(text, start, words, language):
                yield (
                    language,
                    Hit(
                        "words.one-state",
                        flat(text[max(0, start - 25) : start + len(words)].split("\n")[-1].partition(" ")[2]),
                        start,
                        {"state": words},
                    ),
                )
        yield from _elsewhere(named, counts, topic, language, text)


# `We know with what care the delegation of Peru prepares`: who is written to, as a letter to all of them speaks of it.
_THEIR = {
    Language.ENGLISH: (r"(?:delegation|Permanent Mission|Mission|Government) of (?:the )?$",
        r"\bwe (?:know|trust|hope|count on|would|thank|appreciate|look forward|have noted|welcome)\b|grateful"),
    Language.FRENCH: (r"(?:délégation|Mission(?: permanente)?|Gouvernement) (?:de la |de l['’]|du |des |de |d['’])$",
        r"nous (?:savons|espérons|serions|remercions|comptons|apprécions|souhaitons)\b|reconnaissant|serions"),
    Language.SPANISH: (r"(?:delegación|Misión(?: Permanente)?|Gobierno) (?:de la |del |de los |de )$",
        r"\b(?:sabemos|esperamos|confiamos|agradecemos|agradeceríamos|contamos|quisiéramos|desearíamos)\b"),
    Language.RUSSIAN: (r"(?:делегаци\w|Постоянн\w+ представительств\w|представительств\w|[Пп]равительств\w)\s$",
        r"\b(?:знаем|надеемся|благодарим|рассчитываем|признательны|благодарны)\b"),
    Language.ARABIC: (r"(?:وفد|بعثة|حكومة)\s(?:دولة\s|جمهورية\s|مملكة\s)?$", r"(?:نعلم|نأمل|نشكر|نعول|نثق|نقدر|نود)"),
    Language.CHINESE: (r"$", r"(?:我们(?:知道|希望|相信|感谢)|谨此感谢)"),
}  # fmt: skip
_OTHERS = re.compile(r"(?:代表团|政府|常驻团)")
# `We know how much Norway has done for this`: praise of one state, by which a letter asks it for more. What stands
# before the name, behind it, and in the sentence.
_PRAISE = {
    Language.ENGLISH: (
        "(?!)",
        (
            r"['’]?s?\s(?:has|have)\s(?:\w+\s){0,2}(?:done|shown|been|led|stood|supported|given|taken|contributed|spoken|"
            r"defended|championed|played|voted)\b|['’]s?\s(?:\w+\s){0,2}(?:leadership|support|commitment|engagement|"
            r"contributions?|efforts?|tradition|record|voice|role|attachment)\b"
        ),
        (
            r"\bwe (?:all |well |deeply |highly |also )?(?:know|appreciate|value|remember|recall|count|commend|admire|"
            r"salute|applaud|recogni[sz]e|acknowledge|are (?:aware|grateful|confident))\b"
        ),
    ),
    Language.FRENCH: (
        (
            r"(?:engagement|soutien|rôle|attachement|contribution|efforts|action|leadership|voix)\s(?:\w+\s)?"
            r"(?:de la |de l['’]|du |des |de |d['’])$"
        ),
        r"\s(?:a|ont)\s(?:\w+\s){0,2}(?:fait|montré|été|soutenu|apporté|pris|défendu|joué|accompli|voté)\b",
        r"nous (?:\w+ )?(?:savons|apprécions|saluons|rappelons|comptons|n['’]oublions|connaissons|mesurons)\b",
    ),
    Language.SPANISH: (
        (
            r"(?:compromiso|apoyo|liderazgo|papel|contribución|esfuerzos|labor|voz)\s(?:\w+\s)?"
            r"(?:de la |del |de los |de )$"
        ),
        r"\shan?\s(?:\w+\s){0,2}(?:hecho|mostrado|sido|apoyado|dado|defendido|desempeñado|votado)\b",
        r"\b(?:sabemos|apreciamos|valoramos|recordamos|conocemos|reconocemos|saludamos|contamos)\b",
    ),
    Language.RUSSIAN: (
        r"(?:приверженност\w+|поддержк\w+|рол\w+|вклад\w*|усили\w+)\s$",
        r"\s(?:\w+\s){0,2}(?:сделал\w?|поддерживал\w?|вносил\w?|внесл?\w?|выступал\w?|защищал\w?|делает)\b",
        r"\b(?:знаем|ценим|помним|признательны|рассчитываем)\b",
    ),
    Language.ARABIC: (
        r"(?:دعم|التزام|دور|جهود|قيادة|إسهام|مساهمة|قدمته|بذلته|فعلته|أدته)\s(?:دولة\s|جمهورية\s|مملكة\s)?$",
        r"\s(?:قد\s)?(?:قدمت|بذلت|فعلت|أدت|دعمت)",
        r"(?:نعلم|نقدر|نعرف|نثمن|نذكر|ندرك)",
    ),
    Language.CHINESE: (
        "(?!)",
        r"(?:一贯|长期|多年来|一直|过去|历来)?(?:为此)?(?:所做|所作|作出|做出|给予|的支持|的贡献|的努力|的领导)",
        r"我们(?:深知|知道|了解|赞赏|高度赞赏|记得)",
    ),
}
_LEADS = re.compile(
    r"(?i)core group|draft|penholder|co-?sponsor|main sponsor|tabl(?:ed|ing)|present(?:ed|ing)|projet|groupe restreint|"
    r"proyecto|grupo central|проект|مشروع|草案|核心小组"
)
"""Who leads a draft is named in a letter to all."""


_INSIDE = re.compile(
    r"(?i)\b(?:in|from|of|to|at|with|by|into|inside|across|en|au|aux|de|du|des|à|del|в|во|из|о|об|на|с|по|في|من|إلى)\s"
    r"(?:the |la |le |les |el |los )?$|d['’]$|[在于]$"
)
"""What stands before a state where something is there, or comes from there, and the state does nothing."""


def _is_praised(text: str, start: int, name: str, sentence: str, language: Language) -> bool:
    before, after, we = _PRAISE[language]
    end = start + len(name)
    ahead, behind = (part.replace("\n", " ") for part in (text[max(0, start - 60) : start], text[end : end + 60]))
    merits = re.search(before, ahead) or (re.match(after, behind) and not _INSIDE.search(ahead))
    return bool(merits and re.search(we, sentence, re.IGNORECASE) and not _LEADS.search(sentence))


def _is_spoken_of(text: str, start: int, name: str, language: Language) -> bool:
    """Whether a state's name stands for the mission that is written to, in a sentence of thanks or hope."""
    their, wishes = _THEIR[language]
    around = sentence_around(text, start, 1)
    if _is_praised(text, start, name, around, language):
        return True
    if not re.search(their, text[max(0, start - 45) : start].replace("\n", " ")):
        return False
    if language is Language.CHINESE and not _OTHERS.match(text, start + 2) and not _OTHERS.match(text, start + 3):
        return False
    return re.search(wishes, around, re.IGNORECASE) is not None


def _elsewhere(
    named: list[tuple[str, str, int]], counts: Mapping[str, int], topic: set[str], language: Language, text: str
) -> Iterator[tuple[Language, Hit]]:
    """In a letter about one state another one, once, where what is said there is said of its own state.

    Several others are a comparison, and a state beside others in one sentence is one of a list.
    """
    about = [iso3 for iso3 in topic if counts.get(iso3, 0) >= 1]
    others = [one for one in named if one[0] not in topic]
    if len(about) != 1 or not others or len({iso3 for iso3, _, _ in others}) > 1:
        return
    if counts[others[0][0]] >= counts[about[0]] + 2:
        return
    for _, words, start in others:
        if _WITHIN[language].search(text[max(0, start - 40) : start]):
            name = states()[about[0]].short(language)
            yield language, Hit("words.other-state", _clause(text, start, words), start, {"about": name})


_WITHIN = {
    Language.ENGLISH: re.compile(r"(?i)\b(?:in|of|inside|within|across)\s+(?:the\s+)?$"),
    Language.FRENCH: re.compile(r"(?i)\b(?:en|au|aux|de|du|des|à)\s+(?:la\s+|le\s+|les\s+)?$|[dl]['’]$"),
    Language.SPANISH: re.compile(r"(?i)\b(?:en|de|del)\s+(?:la\s+|el\s+|los\s+)?$"),
    Language.RUSSIAN: re.compile(r"(?i)(?:^|\s)(?:\w+)\s+$"),
    Language.ARABIC: re.compile(r"(?:\w+)\s+$"),
    Language.CHINESE: re.compile(r".$"),
}


def _clause(text: str, start: int, words: str) -> str:
    begin = max(text.rfind("\n", 0, start) + 1, start - 30)
    return flat(
        text[begin : start + len(words)].partition(" ")[2] if begin == start - 30 else text[begin : start + len(words)]
    )


def _in_branches(sections: Sequence[Section], start: int) -> bool:
    return any(one.branches for one in sections if one.start <= start < one.start + len(one.words) + 4)


# ---------------------------------------------------------------------------------------------- words of a language

_SENTENCE_END = re.compile(r"(?<=[.!?。！？؟;:])\s+|\n")
_QUOTED = re.compile(
    r"“[^”]*”|«[^»]*»|„[^“”]*[“”]|\"[^\"\n]*\"|\*[^*\n]+\*|\([^)\n]*\)|\[[^\]\n]*\]\([^)\n]*\)|《[^》]*》"
)


def hits_of_phrases(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield sentences, greetings and closings in another language than their paragraph or their file.

    What stands in quotation marks, in italics or in brackets may be in any.
    """
    closed = False
    for one in sections:
        if one.words.lstrip().startswith((">", "|")) or (closed and one.part is ParagraphKind.LIST):
            continue  # quoted, or the names of those who sign
        closed = closed or one.part is ParagraphKind.CLOSING
        head = one.words.strip().strip("*_> ")
        other = formula(head, language) if len(head) < 130 else None
        if other is not None:
            yield Hit("language.phrase", flat(head), one.start, {"other": other})
            continue
        bare = _QUOTED.sub(lambda match: " " * len(match[0]), one.words).replace(FIELD, " ")
        begin = 0
        for sentence in _SENTENCE_END.split(bare):
            place = bare.find(sentence, begin)
            begin = max(begin, place)
            if (found := other_in_few_words(sentence, language)) is not None:
                words = one.words[place : place + len(sentence)]
                yield Hit("language.phrase", flat(words), one.start + place, {"other": found})
                break
            if (left := phrase_left(sentence, language)) is not None:
                yield Hit("language.phrase", flat(left[1]), one.start + bare.find(left[1]), {"other": left[0]})
                break


# --------------------------------------------------------------------------------------------------------- subjects


def hits_of_capitals(subject: str) -> Iterator[Hit]:
    """Yield a subject that is written in capitals, in the scripts that have them; acronyms do not make it one."""
    words = re.findall(r"[^\W\d_]{2,}", subject.replace(FIELD, " "))
    cased = [word for word in words if word.upper() != word.lower()]
    shouted = [word for word in cased if word.isupper() and len(word) > 3]
    if len(shouted) >= 2 and sum(map(len, shouted)) >= 0.45 * sum(map(len, cased)) and sum(map(len, shouted)) > 11:
        yield Hit("words.capitals", flat(subject))
