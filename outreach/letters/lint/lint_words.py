"""What a reader of a letter would stumble over in its words: leftovers, marks of a merge, gaps, words twice.

The rules read one text, as it stands in its file (with fields made one character, `FIELD`) or as a mission gets it.
Each is one expression and, where that is not enough, a function that lets go what is right all the same.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from outreach.letters.lint.lint_asides import ASIDES, ASIDES_NEED, ASIDES_NEED_WORDS
from outreach.letters.lint.lint_gaps import GAPS, GAPS_PERHAPS, gap
from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_shapes import LABELS, LATIN_RULE, LATIN_WORDS, SHAPES_NEED, Rule, in_quotation
from outreach.letters.lint.lint_shapes import RULES as SHAPES
from outreach.letters.lint.lint_slips import (
    BLANK_NUMBER,
    COMMENT_MARK,
    DAY_MISSING,
    DOUBLED_IN_CHINESE,
    EMPTY_GREETING,
    EMPTY_MARKS,
    FIGURE_MISSING,
    HYPHEN_LEFT,
    LABELLED_NOTE,
    NAME_MISSING,
    NO_LETTER_YET,
    NOBODY_SIGNS,
    PAGE_OF_PAGES,
    PHRASE_DOUBLED,
    SHORT_DOUBLED,
    TITLED_TWICE,
    TO_FILL_IN,
    TRACKED_IN_WORDS,
    TWO_TITLES,
)
from outreach.month_names import month_names
from outreach.vocabulary import Language

_SPACE = r"(?:[ \t\u00a0\u202f]+|[ \t]*\n[ \t]*)"

# ---------------------------------------------------------------------------------------------------- leftovers

_LEFTOVER = re.compile(
    r"""
    (?<![\w])(?:TO[ -]?DO|FIXME|TBC|TBD|TBA|TBN|TKTK|PLACEHOLDER|NOTE[ ]TO[ ]SELF|DO[ ]NOT[ ]SEND|tbd|tbc|
    TODO:)(?![\w])
    | (?<!\w)(?:X{3,12}|x{3,12}|Х{3,12})(?!\w)
    | (?<![\w?!])\?\?+(?![\w?!])
    | (?<![\w_*])_{3,}(?![\w_])
    | (?<!\w)INSERT(?:[ ][A-Z]{2,}){1,5}
    | (?i:(?<!\w)(?:insert|type|write|put|enter|add)[ ](?:\w+[ ]){1,5}here(?!\w))
    | (?i:(?<!\w)(?:your|organi[sz]ation['’]?s?)[ ](?:name|text|organi[sz]ation|title)[ ]here(?!\w))
    | (?i:(?<!\w)confidential[ ]draft(?!\w)) | (?i:(?<!\w)not[ ]for[ ]circulation(?!\w))
    | (?<!\w)DRAFT(?!\w|[ ][A-Z])
    | (?<!\w)[ÀA][ ](?:COMPL[ÉE]TER|V[ÉE]RIFIER|CONFIRMER|TRADUIRE|FAIRE|INS[ÉE]RER)(?!\w)
    | (?i:(?<!\w)à[ ](?:compléter|traduire)[ ]?:)
    | (?<!\w)(?:PENDIENTE|(?:POR|A)[ ](?:COMPLETAR|CONFIRMAR|TRADUCIR|DEFINIR))(?!\w)
    | (?<!\w)(?:УТОЧНИТЬ|ЗАПОЛНИТЬ|ДОПИСАТЬ|ВСТАВИТЬ|ПРОВЕРИТЬ|ПЕРЕВЕСТИ)(?!\w)
    | (?:يُ?ستكمل[ ]لاحق|قيد[ ]التأكيد|للاستكمال)\w*
    | (?:待定|待补充|待填写|待确认|待翻译|此处填写|在此插入)
    | (?<!\w)\#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?)
    | (?i:Error!?[ ](?:Reference[ ]source|Bookmark)[ ]not[ ](?:found|defined) | Erreur[ \u00a0]?![ ](?:Source|
    Signet)[ ]
        (?:du[ ]renvoi[ ])?(?:introuvable|non[ ]défini) | ¡?Error![ ](?:No[ ]se[ ]encuentra|Marcador[ ]no[ ]definido)
        | Ошибка![ ](?:Источник[ ]ссылки|Закладка) | خطأ![ ] | 错误[！!]\s?(?:未找到引用源|未定义书签))
    | (?i:(?<!\w)(?:untitled|new[ ]document|document[ ]?\d|copy[ ]of[ ]\w+[ ]\(\d|final[_ ](?:final|v?\d))(?!\w))
    | (?im:^[ ]?(?:fwd?|re|tr|rv|aw|wg|пересл)[ ]?:[ ])
    | (?i:(?<!\w)(?:first|second|third|early|rough|working|latest|unedited|uncorrected)[ ]draft(?![ ]\w))
    | (?i:(?<!\w)(?:v|ver\.?|version|versión|версия)[ ]?\d{1,2}(?:\.\d)?(?=[\]),;]|[ ]?$))
    | (?i:(?<!\w)(?:sin[ ](?:revisar|traducir|confirmar|corregir|terminar)|non[ ](?:relu|traduit|vérifié|corrigé|
      confirmé)e?|
        not[ ](?:yet[ ])?(?:reviewed|proofread|translated|checked|edited|approved|finali[sz]ed)|un(?:reviewed|edited|
          proofed)|
        не[ ](?:проверено|вычитано|переведено|согласовано))(?!\w)(?=\s*[.!)\],;]|\s*$))
    | (?:غير[ ](?:مراجع|مدقق|مترجم)|لم[ ]يراجع) | 未(?:校对|审核|核实|翻译|定稿)
    | (?i:(?<!\w)note[ ]to[ ](?:self|\w+(?=:)))
    """,
    re.VERBOSE,
)


_LINE_TO_FILL_IN = 5
"""So many underscores are no rule between paragraphs, but a line for somebody's pen."""


_COUNTED = re.compile(
    r"(?i)(?:\b(?:volume|vol|book|chapter|ch|part|title|article|art|annex|appendix|section|century|tome|livre|chapitre|"
    r"titre|annexe|siècle|tomo|libro|capítulo|título|anexo|sección|siglo)|том|глава|часть|раздел|приложение)\.?"
    r"[ \u00a0]$"
)
"""What is counted in Roman figures."""


def _leftover(match: re.Match[str], text: str, language: Language) -> bool:
    """Roman thirty, a word in quotation marks and Spanish for `all` are none."""
    found, after, before = match[0], text[match.end() : match.end() + 24], text[: match.start()][-1:]
    if before in "\"'“‘«„" and before:
        return False
    if found == "XXX" and (
        re.match(r"(?:\.º|e|th)?[ \u00a0]+[A-ZÀ-Ý]", after) or _COUNTED.search(text[: match.start()])
    ):
        return False
    if found == "TODO" and language is Language.SPANISH and re.match(r" +(?:[A-ZÁÉÍÓÚÑ]{2,}|lo\b|el\b|es\b)", after):
        return False
    # A rule of its own line, and the cells of a table, are formatting.
    return not (found.startswith("_") and len(found) < _LINE_TO_FILL_IN and _alone(match, text))


_SMALL_WORD = r"(?:of|the|for|and|on|in|de|des|du|la|le|les|et|pour|del|los|las|y|para|d['’])"


def explained(found: str, text: str) -> bool:
    """Whether some capitals are an acronym that the text explains: `Transitional Bar Council (TBC)`."""
    if not (found.isascii() and found.isalpha() and found.isupper() and 2 < len(found) < 8):
        return False
    first = rf"[ ’'-]+(?:{_SMALL_WORD}[ ]+)*".join(rf"{letter}\w+" for letter in found)
    return bool(
        re.search(rf"(?<!\w)(?i:{first})[ ]*[(,][ ]*[“«]?{found}(?!\w)", text)
        or re.search(rf"(?<!\w){found}[ ]*[(,:][ ]*(?i:the[ ]|le[ ]|la[ ]|l['’]|el[ ])?(?i:{first})", text)
    )


def _alone(match: re.Match[str], text: str) -> bool:
    begin, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    return text[begin : len(text) if end < 0 else end].strip() == match[0]


# What people write to each other in a draft, by language: where it stands as a note, not within a sentence.
_NOTES = {
    Language.ENGLISH: r"""
        (?:please[ ])?(?:double[- ]?)?(?:check|verify|confirm|fix|update|reword|rephrase|translate)[ ]
          (?:(?:this|that|these|those)(?:[ ](?:figure|number|date|source|name|quote|link|part|claim)s?)?|

          with[ ]\w+|(?:the[ ])?(?:figures?|numbers?|dates?|sources?|spellings?|names?|quotes?|
            links?))(?=\s*(?:[!?:)\]]|$))
        | (?:source|citation|reference|figure|date|quote|name|signature|translation)s?[ ](?:needed|missing|required|
          to[ ]come|to[ ]follow)
        | (?:missing|needs|add|insert)[ ](?:an?[ ]|the[ ])?(?:source|citation|reference|figure|date|quote|name|
          signature|translation)(?!\w)
        | to[ ]be[ ](?:added|completed|inserted|confirmed|filled[ ]in|drafted|written)(?=\s*[.!?:)\]]|\s*$)
        | (?:text|name|date|signature|title|sign)[ ](?:goes[ ])?here(?=\s*[.!?:)\]]|\s*$)
        | (?:delete|remove)[ ](?:this|before)(?:[ ]\w+){0,3}(?=\s*[.!?:)\]]|\s*$) | is[ ]this[ ](?:figure|number|date|
          name|still)[ ]\w+\s*\?
        | internal[ ](?:note|use[ ]only) | old[ ]version | see[ ]comment
    """,
    Language.FRENCH: r"""
        à[ ](?:insérer|compléter|vérifier|confirmer|traduire|préciser|relire|valider|rédiger|ajouter)(?=\s*(?:ici|!|:|
          \)|\]|\.|$))
        | (?:texte|nom|date|signature)[ ]ici(?=\s*[.!?:)\]]|\s*$) | (?:insérer|ajouter|écrire|
          mettre)[ ](?:\w+[ ]){0,3}ici(?!\w)
        | (?:signature|date|source|référence|traduction|nom)s?[ ]manquante?s?
        | (?:il[ ])?manque[ ](?:la[ ]|le[ ]|l['’]|une?[ ])?(?:signature|date|source|référence|traduction|nom)
        | ne[ ]pas[ ](?:diffuser|envoyer) | note[ ]interne | brouillon(?=\s*(?:[.!?:)\]]|$)) | vérifier[ ](?:ce|cette|
          le|la|avec)[ ]\w+(?=\s*[!?)\]])
    """,
    Language.SPANISH: r"""
        faltan?[ ](?:la[ ]|el[ ]|los[ ]|las[ ]|una?[ ])?(?:firmas?|fechas?|fuentes?|nombres?|datos?|textos?|
          traducción|cifras?|referencias?)
        | (?:por|a)[ ](?:completar|confirmar|traducir|definir|verificar|revisar|insertar)(?=\s*(?:!|:|\)|\]|\.|$))
        | (?:insertar|escribir|poner|añadir)[ ](?:\w+[ ]){0,3}aquí | (?:texto|nombre|fecha|
          firma)[ ]aquí(?=\s*[.!?:)\]]|\s*$)
        | (?:revisar|verificar|comprobar)[ ](?:esto|este|esta|con|la|el)(?:[ ]\w+)?(?=\s*[!?:)\]]) | nota[ ]interna |
          no[ ]enviar | borrador(?=\s*(?:[.!?:)\]]|$))
        | pendiente[ ]de[ ](?:confirmar|traducir|revisar|firma)
    """,
    Language.RUSSIAN: r"""
        (?:вставьте|укажите|впишите|добавьте|заполните)[ ](?:\w+[ ]){0,3}(?:здесь|сюда) | (?:текст|имя|дата|подпись|
          название)[ ]здесь
        | (?:вставить|указать|вписать|добавить)[ ](?:\w+[ ]){0,3}(?:здесь|сюда) | (?:уточнить|проверить|перевести|
          заполнить|дополнить)(?=\s*[!?:)\]])
        | нужно[ ](?:уточнить|проверить|перевести|дописать) | не[ ](?:отправлять|рассылать) |
          черновик(?=\s*(?:[.!?:)\]]|$))
        | нет[ ](?:подписи|источника|перевода)(?=\s*[.!?:)\]]|\s*$)
    """,
    Language.ARABIC: r"""
        يرجى[ ](?:التحقق|التأكد|المراجعة|الإدراج|الترجمة|التدقيق) | (?:أدخل|أدرج|ضع|اكتب)[ ](?:\w+[ ]){0,3}هنا |
          (?:نص|اسم|تاريخ|توقيع)[ ]هنا
        | (?:للتحقق|للمراجعة|للترجمة|للتأكيد)(?=\s*[.!؟:)\]]|\s*$) | (?:ينقص|تنقص|ناقص)[ ](?:التوقيع|المصدر|التاريخ|
          الاسم|الترجمة)
        | مسودة[ ]داخلية | ملاحظة[ ]داخلية | لا[ ]ترسل
    """,
    Language.CHINESE: r"""
        待(?:核实|完善|续|修改|审核|插入|校对) | 此处(?:插入|添加|补充|待|填)
        | 请(?:核实|核对|插入|补充|校对|查证)(?=[一下]{0,2}[！!。：:？?)）\]]|\s*$)
        | 请[^。]{0,8}(?:核实|核对|查证)(?:一下)?(?=[！!：:？?)）\]]|\s*$)
        | 缺(?:签名|译文|来源|日期) | (?:签名|译文|来源|日期)(?:缺失|待补) | 草稿(?=[。！)）\]]|\s*$)
        | 内部(?:备注|注释) | 勿发
    """,
}  # fmt: skip
_MENTION = (
    r"(?<![\w.@])@[A-ZÀ-Ý][\w-]{1,20}(?=[:,!?]|[ ](?:please|pls|can|could|check|is|are|to|s['’]il|por|peux|puedes))"
)
_NOTES_BY_LANGUAGE = {
    language: re.compile(
        # Chinese has no spaces between words.
        ("" if language is Language.CHINESE else r"(?<![\w-])")
        + rf"(?:{words})|(?<![\w-])(?:{_NOTES[Language.ENGLISH]})|{_MENTION}",
        re.VERBOSE | re.MULTILINE | re.IGNORECASE,
    )
    for language, words in _NOTES.items()
}


def notes_in(text: str, language: Language) -> Iterator[Hit]:
    """Yield what people have written to each other in a draft: `check this!`, `(falta firma)`."""
    for match in _NOTES_BY_LANGUAGE[language].finditer(text):
        if match[0].startswith("@") and not match[0][1].isupper():
            continue
        yield Hit("words.leftover", flat(match[0]), match.start())


_EITHER_OR = re.compile(
    r"""
    (?<!\w)(?:Mr|Mrs|Ms|Miss|Sir|Madam|Madame|Monsieur|Señor|Sr|Sra|M|Mme|Mlle|H\.E|Dr)\.?[ ]?/[ ]?
      (?:Mr|Mrs|Ms|Miss|Mx|Sir|Madam|Madame|Monsieur|Señora|Sra|M|Mme|Mlle|Dr|a)\.?(?!\w)
    | (?<!\w)(?:his|her|he|she|him|he/she|s)/(?:her|his|she|he|hers|him|their)(?!\w) | \(s\)he(?!\w)
    | (?<!\w)(?:Cher|Chère|Chers)[ ]?/[ ]?(?:Chère|Cher|Chères)(?!\w) | (?<!\w)(?:il/elle|elle/il|le/la|du/de[ ]la|
      un/une|son/sa)(?!\w)
    | (?<!\w)(?:Cher|Chère)\([eè]\w*\) | (?<!\w)\w+\(ère\)
    | (?<!\w)(?:Estimad|Distinguid|Querid|Señor|Embajador|Excelentísim)[oa]?(?:/[oa]s?|\([ao]s?\))(?!\w)
    | (?<!\w)(?:el/la|la/el|él/ella|del/de[ ]la|un/una|los/las)(?!\w)
    | (?<!\w)(?:Уважаем)(?:ый|ая)(?:[ ]?/[ ]?|\()(?:Уважаем)?(?:ая|ый|ой)\)? | (?<!\w)(?:он/она|его/её|его/ее|
      господин/госпожа|г-н/г-жа)(?!\w)
    | (?:السيد[ ]?/[ ]?السيدة|السيد\(ة\)|سعادة[ ]السفير[ ]?/[ ]?ة|السفير[ ]?/[ ]?السفيرة|عزيزي[ ]?/[ ]?عزيزتي)
    | (?:先生[ ]?/[ ]?女士|女士[ ]?/[ ]?先生|他/她|她/他|先生（女士）)
    | (?<!\w)(?:Madame|Mme|Mesdames)(?:[ ][^,/\n]{1,25})?[ ]?/[ ]?(?:Monsieur|M\.|Messieurs)(?!\w)(?:[ ][^,\n]{1,25})?
    | (?<!\w)(?:Monsieur|Messieurs)(?:[ ][^,/\n]{1,25})?[ ]?/[ ]?(?:Madame|Mme|Mesdames)(?!\w)(?:[ ][^,\n]{1,25})?
    | (?<!\w)(?:Señora?|Embajadora?|Excelentísim[oa])[ ][^,/\n]{1,25}[ ]?/[ ]?(?:Señora?|Embajadora?|
    Excelentísim[oa])(?!\w)
    | (?<!\w)(?:Уважаем\w+|[Гг]осподин|[Гг]оспожа)[ ][^,/\n]{1,25}[ ]?/[ ]?(?:[Уу]важаем\w+|[Гг]осподин|
    [Гг]оспожа)(?!\w)
    | (?<!\w)(?:Mr|Ms|Mrs|Madam|Sir)\.?[ ]\w{1,20}[ ]?/[ ]?(?:Mr|Ms|Mrs|Madam|Sir)(?!\w)
    | (?<!\w)and/or[ ]and/or(?!\w) | (?<!\w)\[(?:Mr|Mrs|he|she|his|her)[^\]]{0,20}\]
    """,
    re.VERBOSE,
)
_TRACKED = re.compile(
    r"\{\+\+[^{}]*\+\+\}|\{--[^{}]*--\}|\{~~[^{}]*~~\}|\{>>[^{}]*<<\}|\{==[^{}]*==\}|<(?:ins|"
    r"del)\b[^>]*>[^<]*</(?:ins|del)>|"
    r"(?i:\[(?:comment|commented|deleted|inserted|formatted|note)(?:\s\[?[A-Z]{1,3}\d+\]?)?:[^\]\n]*\]?)"
)


_FILLER = re.compile(
    r"(?i)\b(?:lorem[ \n]+ipsum|dolor[ \n]+sit[ \n]+amet|(?:consectetur[ \n]+)?adipiscing[ \n]+elit|"
    r"aenean[ \n]+commodo|nulla[ \n]+facilisi|vestibulum[ \n]+ante|pellentesque[ \n]+habitant|"
    r"ut[ \n]+enim[ \n]+ad[ \n]+minim|"
    r"sed[ \n]+do[ \n]+eiusmod|tempor[ \n]+incididunt|blah[ ,]+blah|asdf\w*|qwert[yz]\w*|foo[ ]bar)\b"
)

# -------------------------------------------------------------------------------------------------- merge marks

_LISTS = tomllib.loads(Path(__file__).with_name("lint_words.toml").read_text(encoding="utf-8"))
_WORD, _ORDER = (frozenset(_LISTS["merge"][name].split()) for name in ("fields", "orders"))
COMMON: Mapping[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _LISTS["common"].items()}
"""The commonest words of languages in Latin letters, by code."""
WITH_CAPITALS = frozenset(
    (*_LISTS["typing"]["capitals"].split(), *(month.casefold() for month in month_names(Language.ENGLISH)))
)
"""What letters write with a capital, in small letters; any other word with one is a name."""
_MERGE_MARK = re.compile(
    r"""
    \{\s*\{[^{}\n]{0,80}\}\s*\} | \$?\{[^{}\n]{1,80}\} | \{\{|\}\}|\{%|%\}
    | <<\s*(?P<twice>[\w .-]{1,40})\s*>> | &lt;&lt;[\w .-]{1,40}&gt;&gt;
    | «(?P<word>\w[\w.]{0,40})»
    | <[^\W\d][\w ’'.-]{1,40}>
    | \[\[(?P<wiki>[\w .-]{1,40})\]\]
    | (?<!!)\[(?P<square>[^\]\[\n]{1,80})\](?![(\[])
    | [【［](?P<wide>[^】］\n]{1,20})[】］]
    | %%[\w ]{1,40}%% | (?<![\w%])%[A-Z][A-Z_]{1,40}%(?!\w) | %\([\w.]{1,40}\)s
    | \*\|[\w:. ]{1,40}\|\* | \#\#[A-Z_]{2,40}\#\# | @@[A-Z_]{2,40}@@ | \bMERGEFIELD\b[ ]*\w*
    """,
    re.VERBOSE,
)


def _merge_mark(match: re.Match[str], text: str, language: Language) -> bool:
    word, square = match["word"], match["square"]
    if word is not None:
        plain = word.casefold()
        # French, Spanish, Arabic and Russian put quotations between these marks.
        return "_" in word or plain in _WORD or (language is Language.ENGLISH and word.isascii())
    if match["wide"] is not None:
        return match["wide"] in _WORD or any(order in match["wide"] for order in ("填写", "输入", "插入"))
    if square is not None and _defines_a_link(match, text):
        return False
    return (
        square is None
        or _in_square_brackets(square)
        or (_alone(match, text) and len(square) < 40 and FIELD not in square)
    )


def _defines_a_link(match: re.Match[str], text: str) -> bool:
    line = text[: match.start()].rpartition("\n")[2]
    return text[match.end() : match.end() + 1] == ":" and not line.strip()


_BESIDE = frozenset(
    [
        "last",
        "first",
        "full",
        "family",
        "given",
        "of",
        "the",
        "your",
        "our",
        "and",
        "et",
        "de",
        "du",
        "la",
        "le",
        "y",
        "del",
        "your/their",
        "с",
        "и",
    ]
)


def _in_square_brackets(words: str) -> bool:
    if FIELD in words or re.search(r"[/0-9.]", words):
        return False
    every = [word.strip(".,:;").casefold() for word in words.split()]
    if not every:
        return False
    if every[0] in _ORDER and (len(every) > 1 or words.isupper()):
        return True
    if all(word in _WORD or word in _BESIDE for word in every) and any(word in _WORD for word in every):
        return True
    shouted = words.isupper() and any(word in _WORD for word in every)
    if shouted or (len(every) == 1 and every[0] in _WORD):
        return True
    return re.search(r"(?i)\b(?:to be|tbc|tbd|xx+)\b", words) is not None


_BRACKETS = re.compile(r"(?<!!)\[(?P<square>[A-ZÀ-ÝА-ЯЁ][A-ZÀ-ÝА-ЯЁ '’_-]{2,60})\](?![(\[])")


def _brackets(match: re.Match[str], text: str, _language: Language) -> bool:
    return not _defines_a_link(match, text) and not _in_square_brackets(match["square"])


_HTML = re.compile(
    r"</?(?:br|b|i|u|p|div|span|font|table|tr|td|th|strong|em|a|img|sup|sub|h[1-6]|ul|ol|li|center|html|body|style|"
    r"script|mark|small|s|del|ins|blockquote|hr|pre|code|section|article|button|input|o:p|w:\w+|st1:\w+|strike|"
    r"big|tt|cite|"
    r"figure|iframe|svg|video|form|abbr|kbd)"
    r"(?:[ /][^<>\n]{0,300})?>|<!--(?:(?!-->)[^\0]){0,400}(?:-->)?",
    re.IGNORECASE,
)

# -------------------------------------------------------------------------------------------- words twice, and none

_DOUBLED = re.compile(rf"(?<![\w'’-])([^\W\d_]{{2,}}){_SPACE}(\1)(?![\w'’-])", re.IGNORECASE)
_RIGHTLY_DOUBLED = frozenset({
    "had", "that", "very", "nous", "vous", "todo", "toda", "no", "so", "long", "очень", "ха", "bye", "is", "tout",
})  # fmt: skip


_SIC = re.compile(r"[ \u00a0]?[(\[]\s?_?\*?(?:sic|так в тексте)", re.IGNORECASE)


def _doubled(match: re.Match[str], _text: str, _language: Language) -> bool:
    one, other = match[1], match[2]
    if _language is Language.ARABIC and one.endswith(("ا", "اً", "ًا")):
        return False  # an adverb that is said twice: `little by little`
    as_it_stood = _SIC.match(_text, match.end()) is not None
    return one.casefold() not in _RIGHTLY_DOUBLED and not (one[0].isupper() and other[0].isupper()) and not as_it_stood


_GAP = re.compile(
    r"""
    (?<!\w)(?:Dear|Cher|Chère|Estimad[oa]|Уважаем(?:ый|ая)|Excellency)[ \t]+[,:]
    | (?<!\w)(?i:government|mission|republic|delegation|embassy|ambassador|people)[ ]of(?:[ ]the)?
      (?:[ ]*[,.;:!?]|[ ]+(?:to|will|has|is|of|and[ ]the[ ]Mission)(?!\w))
    | (?<!\w)(?:[Gg]ouvernement|[Mm]ission|[Aa]mbassade|[Dd]élégation)[ ](?:de|du|d['’])
      (?:[ ]*[,.;:!?]|[ ]+(?:à|pour|et|est|a)(?!\w))
    | (?<!\w)(?:[Gg]obierno|[Mm]isión|[Ee]mbajada|[Dd]elegación)[ ](?:de|del)
      (?:[ ]*[,.;:!?]|[ ]+(?:a|para|y|ha|es)(?!\w))
    | (?<!\w)(?:of|de)[ ](?:,|to[ ](?=vote|support|speak|the))
    | “[ ]*” | «[ \u00a0]*» | (?<!\w)\([ ]*\)
    | (?<!\w)(?:undefined|NaN)(?!\w) | (?<=[a-z,][ ])None(?![\w ]|[ ]of)
    """,
    re.VERBOSE,
)
_GAP_PERHAPS = re.compile(
    r"(?<![\w\n])(?:Dear|Cher|Chère|Estimad[oa])[,:](?=\s|$)|(?<=\w)[ \t]+,(?=\s)|,[ ]?,|"
    r"(?<=[a-zà-ÿ])\.\.(?![.\w])|;[ ]?;"
)
_NOBODY = re.compile(
    r"""
    (?i:(?<![\d.,/])0[ \u00a0](?:(?:\w+[ ]){0,2})?(?:undersigned|signator(?:y|ies)|organi[sz]ations|individuals|
       soussign\w+|signataires|organisations|personnes|abajo[ ]firmantes|firmantes|organizaciones|personas|
       нижеподписавш\w+|организаци\w+|подписавш\w+))(?!\w)
    | (?i:\b(?:we|nous|nosotros|nosotras),?[ ](?:the|les|los|las)?[ ]?0[ ]\w+)
    | (?<![\d.,/])0[ ]?(?:个组织|名个人|位个人|个签署)
    """,
    re.VERBOSE,
)
SKELETON = re.compile(
    r"Write the letter here\.|Écrivez la lettre ici\.|Escriba la carta aquí\.|اكتبوا نص الرسالة هنا|请在此书写信函|"
    r"Напишите письмо здесь\."
)
_SAMPLE = re.compile(
    r"(?i)This is a sample letter|Ceci est une lettre d['’]exemple|Esta es una carta de muestra|هذه رسالة نموذجية|"
    r"这是一封范例信函|Это образец письма|A sample letterhead|Invented Coalition for"
)


def _gap(match: re.Match[str], text: str, language: Language) -> bool:
    if match[0] == "undefined" and language is Language.ENGLISH:
        before = text[max(0, match.start() - 12) : match.start()]
        after = text[match.end() : match.end() + 6]
        # An English lawyer writes it too: only where a name was to stand is it a program's.
        named = re.search(r"(?:^|\n|\b(?:Dear|Ambassador|Mr\.?|Ms\.?|undefined|of|to|in|for) )$", before)
        return named is not None and re.match(r"\s*(?:[,.;:!?]|$|(?:to|will|has|is|undefined)\b)", after) is not None
    return not (match[0] == "()" and re.search(r"\]$", text[: match.start()]))  # an empty link, told as that


_JOINS = frozenset({"and", "et", "y", "и", "و", "or", "ou", "o", "или", "by", "after", "upon", "à", "por"})


def _phrase_doubled(match: re.Match[str], text: str, _language: Language) -> bool:
    """`More and more and more` and `day after day after day` are said so; names, and what is told as one word, too."""
    words = match["phrase"].split()
    if len({one.casefold() for one in words}) == 1 or any(one.casefold() in _JOINS for one in words):
        return False
    return not all(one[0].isupper() for one in words) and _SIC.match(text, match.end()) is None


def _to_fill_in(match: re.Match[str], text: str, _language: Language) -> bool:
    return not in_quotation(text, match.start())


_ALWAYS: Callable[[re.Match[str], str, Language], bool] = lambda _match, _text, _language: True  # noqa: E731
_RULES: tuple[Rule, ...] = (
    ("words.skeleton", SKELETON, _ALWAYS),
    ("words.tracked", _TRACKED, _ALWAYS),
    ("words.html", _HTML, _ALWAYS),
    ("words.merge-mark", _MERGE_MARK, _merge_mark),
    ("words.leftover", _LEFTOVER, _leftover),
    ("words.filler", _FILLER, _ALWAYS),
    ("words.brackets", _BRACKETS, _brackets),
    ("words.sample", _SAMPLE, _ALWAYS),
    ("words.nobody", _NOBODY, _ALWAYS),
    ("words.gap", EMPTY_MARKS, _ALWAYS),
    ("words.gap", _GAP, _gap),
    ("words.gap-perhaps", _GAP_PERHAPS, _ALWAYS),
    ("words.either-or", _EITHER_OR, _ALWAYS),
    ("words.doubled", _DOUBLED, _doubled),
    ("words.doubled", PHRASE_DOUBLED, _phrase_doubled),
    ("words.doubled", TITLED_TWICE, _ALWAYS),
    ("name.two-titles", TWO_TITLES, _ALWAYS),
    ("words.gap", NAME_MISSING, _ALWAYS),
    ("words.tracked", COMMENT_MARK, _to_fill_in),
    ("words.nobody", NOBODY_SIGNS, _to_fill_in),
    ("words.gap-perhaps", HYPHEN_LEFT, _ALWAYS),
    ("words.doubled", SHORT_DOUBLED, _ALWAYS),
    ("words.gap", DAY_MISSING, _ALWAYS),
    ("words.gap", FIGURE_MISSING, _ALWAYS),
    ("words.gap", EMPTY_GREETING, _ALWAYS),
    ("words.leftover", TO_FILL_IN, _to_fill_in),
    ("words.leftover", LABELLED_NOTE, _to_fill_in),
    ("words.leftover", PAGE_OF_PAGES, _ALWAYS),
    ("words.leftover", BLANK_NUMBER, _ALWAYS),
    ("words.tracked", TRACKED_IN_WORDS, _ALWAYS),
)


_FIRST = 1 + [code for code, _, _ in _RULES].index("words.merge-mark")
_GAPS = [code for code, _, _ in _RULES].index("words.gap")


def _rules(language: Language) -> tuple[Rule, ...]:
    return (
        *_RULES[:_FIRST],
        *SHAPES,
        *_RULES[_FIRST:_GAPS],
        ("words.gap", GAPS[language], gap),
        *_RULES[_GAPS:],
        ("words.leftover", LABELS[language], _ALWAYS),
        ("words.leftover", NO_LETTER_YET, _to_fill_in),
        *((("words.doubled", DOUBLED_IN_CHINESE, _ALWAYS),) if language is Language.CHINESE else ()),
        ("words.gap-perhaps", GAPS_PERHAPS[language], gap),
        *ASIDES,
    )


_RULES_OF = {language: _rules(language) for language in Language}


_NEEDS: Mapping[re.Pattern[str], str] = {
    _TRACKED: "{<[",
    _HTML: "<",
    _MERGE_MARK: "{}<>«[［【%&*#@M",
    _BRACKETS: "[",
    _EITHER_OR: "/([（",
    TO_FILL_IN: "(（[［【",
    _NOBODY: "0",
    COMMENT_MARK: "[",
    EMPTY_MARKS: '“«《「『"‘',
    **ASIDES_NEED,
}
"""A rule finds nothing in a text that has none of these characters: they are looked for first, which costs little."""
_NEEDS_WORDS: Mapping[re.Pattern[str], tuple[str, ...]] = {
    NOBODY_SIGNS: ("0", "zero", "zéro", "cero", "no ", "ноль", "нуля", "صفر", "零"),
    NO_LETTER_YET: (
        "test", "sample", "trial", "dummy", "mock", "prueba", "essai", "пробное", "тестовое", "here", "ici", "aquí",
        "здесь", "сюда", "paragraph", "sentence", "section", "párrafo", "signature", "doe", "n.", "other", "name",
        "title", "logo", "address", "nom", "titre", "cargo",
    ),
    **ASIDES_NEED_WORDS,
    **SHAPES_NEED,
}  # fmt: skip
"""The same with words, in small letters."""


_NO_WORD = re.compile(r"[.,;:!?]")
_SOME_LATIN = 3


_LEFT = frozenset({"words.leftover", "words.merge-mark", "words.filler", "words.gap"})
"""What is left over from the writing, unless it is quoted from elsewhere."""
_ALONE_IN_QUOTES = re.compile(r"(?<![:：] )(?<![:：])[“«][ \u00a0\u202f*_]*$")
"""A quotation that begins with it, and not behind a colon: a title that is still to be written."""


def _is_quoted(code: str, text: str, place: int) -> bool:
    return code in _LEFT and in_quotation(text, place) and _ALONE_IN_QUOTES.search(text[:place]) is None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule with what it needs: a pattern is too costly to be looked up for each text."""

    code: str
    finditer: Callable[[str], Iterator[re.Match[str]]]
    right: Callable[[re.Match[str], str, Language], bool]
    marks: str
    words: tuple[str, ...]
    is_latin: bool

    def may_find(self, text: str, low: str) -> bool:
        """Tell whether a text has what the rule needs; `low` is the text in small letters."""
        if self.marks and not any(mark in text for mark in self.marks):
            return False
        if self.words and not any(word in low for word in self.words):
            return False
        return not self.is_latin or len(LATIN_WORDS.intersection(_NO_WORD.sub(" ", low).split())) >= _SOME_LATIN


_READY = {
    language: tuple(
        _Ready(
            code, pattern.finditer, right, _NEEDS.get(pattern, ""), _NEEDS_WORDS.get(pattern, ()), pattern is LATIN_RULE
        )
        for code, pattern, right in rules
    )
    for language, rules in _RULES_OF.items()
}


def acronyms_of(text: str) -> frozenset[str]:
    """Return the acronyms that a letter explains: elsewhere in it, and in its subject, they are no leftover."""
    return frozenset(word for word in re.findall(r"(?<!\w)[A-Z]{3,7}(?!\w)", text) if explained(word, text))


def hits_in(text: str, language: Language, acronyms: frozenset[str] = frozenset()) -> Iterator[Hit]:
    """Yield what the rules find in a text; of two that begin at one place, the first one alone."""
    taken: list[tuple[int, int]] = []
    low = text.casefold()
    for rule in _READY[language]:
        if not rule.may_find(text, low):
            continue
        for match in rule.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if rule.right(match, text, language) and match[0] not in acronyms and not explained(match[0], text):
                taken.append(match.span())
                quoted = _is_quoted(rule.code, text, match.start())
                yield Hit("words.quoted" if quoted else rule.code, flat(match[0]), match.start())
    for hit in notes_in(text, language):
        if not any(start <= hit.start < end for start, end in taken):
            yield replace(hit, code="words.quoted") if _is_quoted(hit.code, text, hit.start) else hit
