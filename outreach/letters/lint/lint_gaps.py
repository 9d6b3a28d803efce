"""Places where a word is missing: a preposition or an article with nothing behind it, in the six languages.

`Mission of in Geneva`, `due on .`: what stood there was a field, or was to be written. What is certain stands in the
way; where a sentence may be right all the same, it is asked about.
"""

import re
from collections.abc import Callable, Iterator

from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_slips import DOUBLE_SPACE
from outreach.vocabulary import Language

# A verb's own preposition may stand at the end: `what it is made of`, `spoken of in Geneva`.
_NOT_AFTER_A_VERB = (
    r"(?<!ed)(?<!en)(?<!ght)(?<!ade)(?<!eard)(?<!old)(?<!out)(?<!short)(?<!nk)(?<!eak)(?<!mt)(?<!rd)(?<!are)"
)

_CERTAIN = {
    Language.ENGLISH: r"""
        (?:\w+[ ])?(?<![\w-])(?:the|an?|of|to|by|on|at|in|for|with|from|between|under|until|since|before|after|
        and|our|your|its|their|
          dated)[ ]+[,;.!?)](?!\.|\w)
        | (?:\w+[ ])?(?<![\w-])(?:the|an|our|your|their|dated)[,;.!?](?=\s|$)
        | (?:\w+[ ])?(?<![\w-])(?:between[ ]and|from[ ]to|from[ ]until|dated[ ]and)(?![\w-])[ ]?\w*
        | (?<![\w-])(?i:government|mission|republic|delegation|embassy|ambassador|people|kingdom|situation|
        representative|
            state|behalf|paragraph|article|resolution|name)s?[ ](?:of|for)(?:[ ]the)?[ ](?:in|at|on|to|for|by|
            with|from|and|
            will|is|has|are)(?![\w-])(?:[ ]\w+)?
        | (?:\w+[ ])(?<![\w-])(?:the|an|your|our)[ ](?:of|in[ ]the|at|to[ ]the|by[ ]the|from|
        and[ ]the)(?![\w-])(?:[ ]\w+)?
        | (?<![\w-])(?:[Aa]t|[Dd]uring|[Ii]n)[ ]the[ ]session[ ]session(?!\w)
        | (?:\w+[ ])(?<![\w-])(?:in|on|at|by|with)[ ]of(?![ ](?:course|late|itself|themselves))(?![\w-])(?:[ ]\w+)?
    """,
    Language.FRENCH: r"""
        (?:\w+[ ])?(?<![\w-])(?:de|du|des|au|aux|à|le|la|les|par|pour|avec|dans|sur|chez|entre|votre|notre|leur|
        cette|ce|ces|et)
          [ ]+[,.)](?!\.|\w)
        | (?:\w+[ ])?(?<![\w-])(?:du|des|aux|au|le|les|votre|notre|cette|ces|dans[ ]la)[.,;](?=\s|
        $)(?<!-le[.,;])(?<!-les[.,;])
        | (?<![\w-])(?:[dlnsjm]|qu)['’](?:[ ]+(?=[,.;:]|(?:à|au|en|pour|et|est|sur|dans|par|qui|sera)\b)|
        (?=[,.;]))(?:\w+)?
        | (?:\w+[ ])?(?<![\w-])(?:entre[ ]et|du[ ]au(?=[ ]*[,.])|de[ ]à[ ](?=[A-ZÉ]))(?![\w-])
        | (?<![\w-])(?i:gouvernement|mission|république|délégation|ambassade|ambassadeur|peuple|représentant\w*|
        situation|nom)s?
            (?:[ ]permanente)?[ ](?:de[ ]la|de|du|des|d['’])[ ](?:à|au|en|pour|et|est|sur|dans|par|qui|sera|
            a)(?![\w'’-])(?:[ ]\w+)?
        | (?:\w+[ ])?(?<![\w-])(?:du|des|aux)[ ](?:à|au|pour|et|est|sur|dans|par|qui|de)(?![\w'’-])(?:[ ]\w+)?
    """,
    Language.SPANISH: r"""
        (?:\w+[ ])?(?<![\w-])(?:de|del|al|a|el|la|los|las|por|con|para|en|entre|desde|hasta|su|sus|y|
        antes[ ]del)[ ]+[,;.:)](?!\.|\w)
        | (?:\w+[ ])?(?<![\w-])(?:del|al|el|de|en|con|por|para|entre|desde|hasta|su)[.,;](?=\s|$)
        | (?:\w+[ ])?(?<![\w-])(?:entre[ ]y|del[ ](?:en|a|para|por|y|con|ante|de)|al[ ](?:en|a|para|por|y|con|
        ante|de))(?![\w-])(?:[ ]\w+)?
        | (?<![\w-])(?i:gobierno|misión|república|delegación|embajada|embajador|pueblo|representante|situación|
        nombre)s?
            (?:[ ]permanente)?[ ](?:de[ ]la|de|del|de[ ]los)[ ](?:en|a|para|por|y|ante|con|que|será|
            ha)(?![\w-])(?:[ ]\w+)?
    """,
    Language.RUSSIAN: r"""
        (?:\w+[ ])?(?<![\w-])(?:в|во|на|со|к|от|до|из|у|для|по|при|между|перед|об|и|о|с)[ ]+[,;.:)](?!\.|\w)
        | (?:\w+[ ])?(?<![\w-])(?:во|на|к|от|из|у|для|при|между|перед|об)[,;](?=\s|$)
        | (?:\w+[ ])?(?<![\w-])(?:между[ ]и|от[ ]до|с[ ]по|до[ ]по|для[ ](?:в|на|при)|от[ ](?:в|на|о)|из[ ](?:в|
        на)|в[ ](?:на|для|о|по|при|из|от|к)
            |на[ ](?:в|для|о|по|при|из|от|к)|к[ ](?:в|на|для|о|по|при|от))(?![\w-])(?:[ ]\w+)?
    """,
    Language.ARABIC: r"""
        (?:\w+[ ])?(?<!\w)(?:من|في|إلى|على|عن|مع|بين|لدى|بتاريخ|قبل[ ]يوم|
        (?<!بعد[ ])(?<!يوماً[ ])(?<!يوما[ ])يوم|حكومة|بعثة)[ ]*[،.؛](?!\w)
        | (?:\w+[ ])?(?<!\w)(?:من[ ]إلى|في[ ](?:إلى|من|على|عن|مع)|إلى[ ](?:من|في|على|عن)|بين[ ]و(?![\w])|
        عن[ ](?:في|إلى|على)|على[ ](?:في|إلى|من[ ]قبل)
            |مع[ ](?:في|إلى|على))(?!\w)(?:[ ]\w+)?
        | (?<!\w)(?:لحكومة|حكومة|بعثة|وفد|جمهورية|شعب|لدى[ ]بعثة)[ ](?:إلى|على|أن|لدى|في[ ]جنيف|
        [:،.])(?!\w)(?:[ ]\w+)?
    """,
    Language.CHINESE: r"""
        (?:于|至|自|由|向|致|将于|定于|在|从)(?:[，。、；](?!\w{0,0}$)|之前[答回请将]|前[答回]|日前)
        | (?:自至|从到|从至|于之前|在之前(?=[^，。]{0,6}[答回])|的的|和和|、、|，，|。。) | 向和 | 和、
        | (?:请|吁请|敦促|希望)(?:驻日内瓦|常驻|共和国|的政府) | (?:第|共)(?:[，。、；]|个组织)
    """,
}  # fmt: skip
_PERHAPS = {
    Language.ENGLISH: rf"""
        \w+{_NOT_AFTER_A_VERB}[ ](?:of|for)[ ](?:in|at|on|to|by|of|from|for)(?![\w-])[ ](?:\w+)
        | (?<![\w-])(?:the|an|your|our|their)[ ](?:in|at|to|by|for|with|from|and|will|is|has|are)(?![\w-])[ ]\w+
        | (?<![\w-])(?:due[ ]on|on|by)[ ](?:by|on|at|and)[ ]\w+ | (?<![\w-])(?:on|by)[ ]the[ ](?=[,.])
    """,
    Language.FRENCH: r"(?<![\w-])(?:le|les)[ ](?:à|au|pour|est|qui|du|de)(?![\w'’-])[ ]\w+|(?<![\w-])de[ ](?:à|"
        r"et|du|des|au|qui)(?![\w'’-])[ ]\w+",
    Language.SPANISH: r"(?<![\w-])de[ ](?:en|y|del|ante|a[ ](?!poco))(?![\w-])[ ]?\w+|(?<![\w-])el[ ](?:en|y|"
        r"para|por|es)(?![\w-])[ ]\w+",
    Language.RUSSIAN: r"(?<![\w-])(?:до|по|о|с|со)[ ]*[,;](?=\s)|(?:\w+[ ])(?<![\w-])(?:в|"
        r"на)[ ]и(?![\w-])[ ]\w+|Правительство[ ](?:в|на)[ ]\w+",
    Language.ARABIC: r"(?<!\w)(?:حكومة|بعثة|وفد)[ ]في(?!\w)[ ]\w+",
    Language.CHINESE: r"(?:(?:^|(?<=[，。；！？\n]))(?:(?!是)[^，。；！？\n]){0,30}的[，。；])|的政府的政府",
}  # fmt: skip


def _right(_match: re.Match[str], text: str, _language: Language) -> bool:
    """An abbreviation's full stop, a label's letter and a heading's end are none."""
    found = _match[0]
    if re.search(r"(?i)(?:^|\s)[a-z][.)]$", found) and not found.lower().endswith("a ."):
        return False
    # Within a link's target, or words that are quoted alone: “from”.
    before = text[: _match.start()][-1:]
    return before not in "“«\"'‘*(/=" or not before


GAPS = {
    language: re.compile(words, re.VERBOSE | re.MULTILINE) for language, words in _CERTAIN.items()
}  # fmt: skip
GAPS_PERHAPS = {
    language: re.compile(words, re.VERBOSE | re.MULTILINE) for language, words in _PERHAPS.items()
}  # fmt: skip
gap: Callable[[re.Match[str], str, Language], bool] = _right


_MOST_GAPS = 3
"""Who types two spaces more often than that does it by habit."""


def hits_of_double_spaces(text: str) -> Iterator[Hit]:
    """Yield places within a sentence where more than one space says that something is missing; `text` is a file's."""
    places = []
    for match in DOUBLE_SPACE.finditer(text):
        begin, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        line = text[begin : len(text) if end < 0 else end]
        if not line.lstrip().startswith(("|", "#")) and not line.startswith(("    ", "\t")) and "|" not in line:
            places.append((match, line, begin))
    if len(places) > _MOST_GAPS:
        return
    for match, line, begin in places:
        before, after = line[: match.start() - begin], line[match.end() - begin :]
        last = before.split()[-1:]
        yield Hit("words.gap-perhaps", flat(" ".join([*last, *after.split()[:2]])), match.start() - len("".join(last)))
