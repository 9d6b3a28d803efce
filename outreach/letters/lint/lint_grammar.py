"""Words that do not agree in number or gender: `les enfants a été`, `las comunidades afectados`, `these report show`.

No grammar of a language, but its plainest pairs: an article that begins a clause, its noun, and a verb or a participle
right behind. In `le rapport sur les enfants a été` the clause begins elsewhere.
"""

import re
from collections.abc import Iterator

from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_strays import without_what_is_set_apart
from outreach.vocabulary import Language

_BEGINS = r"(?:\A|(?<=\n\n)|(?<=[.!?:;,][ \n])|(?<=que[ \n]))(?i:tou(?:te)?s[ ]|tod[oa]s[ ])?"
_PATTERNS = {
    Language.FRENCH: (
        rf"""{_BEGINS}(?i:les|ces|nos|vos|leurs|plusieurs)[ ][a-zà-ÿ]+[sx][ ](?:est|a|était|avait|sera|aura|doit|
            peut|va|fut|serait|aurait)(?!\w)
        | {_BEGINS}(?i:le|la|ce|cette|cet|notre|votre|chaque)[ ](?!plupart|majorité|moitié|reste|totalité|tiers|
            quart|foule|nombre)[a-zà-ÿ]+[^sxz\W\d][ ](?:sont|ont|étaient|seront|auront|doivent|peuvent|vont|
            furent)(?!\w)
        | (?<!\w)(?i:le|un|ce|du|au)[ ](?!bastion)[a-zà-ÿ]{{2,}}(?:[^s]tion|ssion)(?!\w)
        | (?<!\w)(?i:la|une|cette|ma|sa)[ ](?:gouvernement|document|projet|rapport|vote|conseil|droit|texte|
            traité)(?!\w)
        """
    ),
    Language.SPANISH: (
        rf"""{_BEGINS}(?i:l[oa]s|est[oa]s|es[oa]s|nuestr[oa]s|vari[oa]s|much[oa]s)[ ][a-zñáéíóú]+s[ ](?:es|ha|está|
            fue|será|tiene|debe|puede|había|era|estaba)(?!\w)
        | {_BEGINS}(?i:el|la|este|esta|nuestr[oa]|cada)[ ](?!vez|mayoría|mitad|resto|totalidad|parte|tercio|número)
            [a-zñáéíóú]+[^s\W\d][ ](?:son|han|están|fueron|serán|tienen|deben|pueden|habían|eran)(?!\w)
        | (?<!\w)(?i:las|estas|esas|nuestras|unas|muchas|varias|algunas)[ ][a-zñáéíóú]+(?:as|[dt]ades|[cs]iones|es)[ ]
            (?!estados|lados|soldados|mercados|grados|abogados|partidos|pasados)[a-zñ]+(?:ad|id|os)os(?!\w)
        | (?<!\w)(?i:los|estos|esos|nuestros|unos|muchos|varios|algunos)[ ][a-zñáéíóú]+os[ ]
            (?!jornadas|dadas|entradas|salidas|medidas|vidas)[a-zñ]+(?:ad|id|os)as(?!\w)
        | (?<!\w)(?i:el|los|un|unos|del|al|este|estos|nuestros?)[ ][a-zñáéíóú]+(?:[cs]i[oó]n|[cs]iones|[dt]ad|
            [dt]ades)(?!\w)
        """
    ),
    Language.ENGLISH: (
        r"""(?<!\w)(?i:these)[ ](?!(?:\w+ly|alone|too|often|all|both|who|which|that|now|then|also|still|never|each|
            (?:two|three|four|five|six|seven|eight|nine|ten|few|many|more|other|latter)|people|women|men|children|
            data|media|criteria|poor|young|old|sick|same|\w*s)[ ])[a-z]+[ ]
            (?:is|are|was|were|has|have|had|shows?|will|would|should|must|can|may|do|does|did)(?!\w)
        | (?<!\w)(?i:these|those|many|several|various)[ ](?!means|always|perhaps|news|series|times)[a-z]+[^su\W\d]s[ ]
            (?:is|was|has|does|shows|says)(?!\w)
        | (?:^|(?<=[.!?:;][ \n]))(?i:this|each|every)[ ](?!year|month|week|time)[a-z]+[^s\W\d][ ]
            (?:are|were|have|do)(?!\w)
        | (?<!\w)(?i:this|each|every|another)[ ](?:governments|missions|resolutions|delegations|children|women|
            communities|countries|organi[sz]ations)(?!\w)
        """
    ),
}  # fmt: skip
_NOT_AGREEING = {language: re.compile(words, re.VERBOSE | re.MULTILINE) for language, words in _PATTERNS.items()}


def hits_of_agreement(text: str, language: Language) -> Iterator[Hit]:
    """Yield articles, nouns and what stands right behind them where they do not agree; nothing that is quoted."""
    if language not in _NOT_AGREEING:
        return
    for match in _NOT_AGREEING[language].finditer(without_what_is_set_apart(text).replace("\u00a0", " ")):
        yield Hit("words.agreement", flat(match[0]), match.start())
