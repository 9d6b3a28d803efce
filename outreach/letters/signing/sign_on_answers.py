"""What the cells of a sign-on sheet answer: whether somebody signs, may be listed, waits or has withdrawn.

A column is judged by what it holds, and its heading says only of what the answers are. Words are those of the six
languages of the United Nations, compared folded (`outreach.text.folded`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from outreach.letters.signing.sign_on_columns import ANSWERS, Column, SignOnField
from outreach.missions.lists.people_words import mark
from outreach.text import folded

_LONGEST_ANSWER = 60
_LONGEST_REMARK = 300
_MOST_ANSWERS = 0.8
_STATUS_WORDS = 5
_IS_QUESTION = re.compile(r"[?？؟]|\b[yjosд] ?/ ?[nн]\b|\b(?:yes|oui|si|sí|да) ?/ ?\w", re.IGNORECASE)

_YES = re.compile(
    r"(?:yes|y|yep|true|1|oui|si|sim|ja|да|نعم|是|on|ok|okay|sure|of course|checked|x|i agree|we agree|agreed?|"
    r"i consent|we consent|"
    r"i accept|we accept|j accepte|nous acceptons|d accord|acepto|aceptamos|estoy de acuerdo|de acuerdo|согласен|"
    r"согласна|"
    r"согласны|соглас\w*|موافق\w*|اوافق|نوافق|同意|可以|happy to|no objection\w*|public|publicly|list\w*|published?|"
    r"endorse\w*|we endorse|"
    r"i endorse|signs?|signed|signing|visible|show\w*|signe(?:e?s|ra|nt)?|firma(?:n|do|da|ra)?|подписал\w*|"
    r"подписывает\w*|подписан\w*|يوقع|وقع|وقعت|签|签署|已签|已签署|会签)(?!\w)"
)
_NO = re.compile(
    r"\b(?:no|not|non|false|0|нет|не|nein|do not|don t|dont|ne|pas|anonym\w*|anonim\w*|private\w*|disagree\w*|"
    r"decline\w*|refus\w*|"
    r"hidden|hide|withhold|confidential\w*|unchecked|off|never|only internally|unlisted|ninguno|niet)\b"
    r"|^(?:n|н|لا|لم|لن|ليس|否|不|未|没|沒|尚未)(?!\w)|^(?:لا|否|不|未|没|沒|尚未)|غير"
)
_OUT = re.compile(
    r"withdr[ae]w|retract|revok|reject|declin|refus|\bspam\b|\btest\b|delet|remov|cancel|retir|annul|rechaz|отозв|"
    r"отклон|отказ|"
    r"انسحب|مرفوض|رفض|撤回|撤销|退出|拒绝|duplicat|doublon|not sign|\bno firma|ne sign\w+ pas|ne signera|не подпис|"
    r"opted out|\bno longer\b|pulled out|dropped out|backed out|ya no\b|ne souhaite (?:plus|pas)|\bn est plus\b|"
    r"\bse desist|desistio|a retracte|больше не|لم يعد|不再|不签|不同意"
)
_WAITS = re.compile(
    r"pending|unconfirmed|to be confirmed|\btb[cd]\b|awaiting|\bwaiting\b|draft|partial|incomplete|unverified|"
    r"not verified|not (?:yet )?confirmed|not yet|attente|a confirmer|non confirme|pas encore|\ben cours\b|pendiente|"
    r"por confirmar|sin confirmar|todavia no|aun no|\bmaybe\b|peut etre|quiza|tal vez|undecided|indecis|considering|"
    r"ожида|не подтвержд|пока нет|еще не|в работе|возможно|في الانتظار|قيد|لم يؤكد|ليس بعد|待|尚未|未确认|未定"
)
_SIGNS = re.compile(
    r"(?:(?:has |have |is |are )?(?:sign(?:s|ed|ing|atory|ataire)?|confirm\w*|approv\w*|accept\w*|endors\w*|active|"
    r"final\w*|verified|subscribed|complete[d]?|in|done|received|agree[ds]?|joined|joins?|added|new|live|open|ok|okay|"
    r"yes|y|x|oui|si|ja|да|نعم|是|on board|actif|active|valide[e]?|signe[e]?s?|a signe|recu[e]?|activo|activa|firm\w*|"
    r"validad[oa]|recibid[oa]|aceptad[oa]|aprobad[oa]|подпис\w*|подтвержд\w*|соглас\w*|принят\w*|активн\w*|مؤكد\w*|"
    r"موافق\w*|وقع\w*|已\w+|确认|同意|有效)(?: |$)){1,4}"
)
"""A status that says by its words that somebody signs; anything behind them, such as a day or a name, is left open."""
# Of what a question of yes or no is, in short headings: Signs?, ¿Firma?, Signe ?, Подпишет?, 签署？
_OF_SIGNING = re.compile(
    r"(?:(?:do|does|did|will|would|has|have|is|are|can|shall|va|vais|est|a|ont|sera|el|la|il|elle|on|they|he|she|"
    r"you|we|i|to|the|this|our|us|org|ngo|organi[sz]ation|letter|lettre|carta|with|y n|yes no|oui non|si no|"
    r"final|board|status|statut|estado|statu|stage|result|resultat|resultado|statut|статус|решение|الحالة|状态|结果|هل|decision|answer|reply|reponse|respuesta|ответ|"
    r"(?P<signs>sign(?:s|ed|ing|er|e|es|ent|era|eront|ature|ataire)?(?: (?:up|on))?|firm(?:a|as|an|ara|aran|ado|ante)|"
    r"suscrib\w*|souscri\w*|adhier\w*|adher\w*|подпи\w*|يوقع\w*|توقع\w*|توقيع\w*|التوقيع|وقع\w*|签\w*|会签|連署|联署|endors\w*|"
    r"supports?|joins?|joining|joined|confirm\w*|agree\w*|participat\w*|particip\w*|on board|taking part|takes? part|"
    r"in favour|coming on|unterschreib\w*|zugesagt|присоедин\w*|соглас\w*|подтвержд\w*|参加|加入))(?: |$))+"
)
_OF_LEAVING = re.compile(
    r"withdr[ae]w|retract|declin|refus|opt(?:ed)? out|no longer|exclu[ds]|remov|do not (?:list|sign|publish|name)|"
    r"\bretir(?:e|ee|es|ado|ada|o)\b|\bse retir|desist|rechaz|отозв|отказ|انسحب|رفض|撤回|退出|拒绝"
)
_NOT_OF_SIGNING = re.compile(
    r"newsletter|mailing list|\bupdates?\b|privacy|gdpr|data protection|\bterms\b|contact (?:you|me|us)|\breceive\b|"
    r"subscri|boletin|recevoir|recibir|рассылк|персональн"
)
_REMARK_LEAVES = re.compile(
    r"withdr[ae]w\w*|retracted|opted out|pulled out|dropped out|backed out|\bdeclined\b|"
    r"no longer (?:sign|wish|want|support|part)\w*|"
    r"(?:does|do|did|will|would|can|could|may|must|should) ?(?:not|n t) (?:wish to |want to |be )?"
    r"(?:sign|list|join|endors|publish|nam)\w*|not (?:to be )?(?:sign|list|publish|nam)\w*|"
    r"(?:take|took|taken|remove[d]?|delete[d]?) (?:\w+ ){0,4}(?:off|out|list|letter|from)|please remove|"
    r"asked to be removed|"
    r"ne (?:signe|signera|souhaite|veut|participe)\w* (?:pas|plus)|s est retire|a retire (?:sa|son)|a decline|a refuse|"
    r"\bretire[e]?\b|retirer (?:de|du|son|notre|leur)|\bno (?:firma|firmara|desea|quiere|participa)|"
    r"ya no (?:firma|desea|quiere|participa|apoya)|se (?:ha )?retir\w+|\bretirad[oa]\b|\bdesisti\w+|rechaz\w+|"
    r"не подпи\w+|отозва\w+|отказа\w+|"
    r"больше не|انسحب\w*|سحب\w*|لا (?:يوقع|توقع|يرغب|ترغب)|撤回|撤销|退出|拒绝|不签|不再"
)


class AnswerSaid(Enum):
    """What a cell says of whoever its row is about."""

    SIGNS = "signs"
    NOT = "not"
    WAITS = "waits"
    UNCLEAR = "unclear"
    """Neither yes nor no, or both."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column whose cells answer a question: its number and heading, and what the question is."""

    number: int
    heading: str
    field: SignOnField
    sure: bool = True
    """Whether its heading says so, too; else a person is asked."""
    obeyed: bool = True
    """False for ticks beside empty cells under a heading that says nothing of signing: that is asked, and no more."""


def said_to(field: SignOnField, text: str) -> AnswerSaid | None:
    """Return what a cell says under a field of answers; None where that leaves the row as it is.

    An empty cell says nothing to a status or to a question whose yes takes somebody out; to one whose yes lists
    somebody it is no yes.
    """
    if field is SignOnField.STATUS:
        return _status(text) if text else None
    if field is SignOnField.SECRET:
        if not text:
            return None
        answer = yes_or_no(text)
        if answer is None:
            return AnswerSaid.UNCLEAR
        return AnswerSaid.NOT if answer else None
    if not text:
        return AnswerSaid.UNCLEAR
    words = folded(text)
    answer = yes_or_no(text)
    if answer is None and _OUT.search(words):
        return AnswerSaid.NOT
    if answer is not True and _WAITS.search(words):
        return AnswerSaid.WAITS
    return AnswerSaid.UNCLEAR if answer is None else AnswerSaid.SIGNS if answer else AnswerSaid.NOT


def yes_or_no(text: str) -> bool | None:
    """Return what a cell says to a question of yes or no; None where it says neither, or both."""
    if (marked := mark(text)) is not None:
        return marked
    words = folded(text[:_LONGEST_REMARK])
    yes, no = _YES.match(words), _NO.search(words)
    if yes and yes[0].startswith("no objection"):
        return True
    if yes and no:
        return None
    return True if yes else False if no else None


def _status(text: str) -> AnswerSaid:
    words = folded(text[:_LONGEST_REMARK])
    if _OUT.search(words):
        return AnswerSaid.NOT
    if _WAITS.search(words):
        return AnswerSaid.WAITS
    if _SIGNS.match(words) or mark(text) is True:
        return AnswerSaid.SIGNS
    return AnswerSaid.NOT if yes_or_no(text) is False else AnswerSaid.UNCLEAR


def remark_that_leaves(text: str) -> bool:
    """Tell whether a remark beside somebody's name says that they do not sign, or sign no more."""
    return _REMARK_LEAVES.search(folded(text[:_LONGEST_REMARK])) is not None


def is_answer(text: str) -> bool:
    """Tell whether a cell is an answer to a question, in so many words: yes, `no`, `✓`, `withdrawn`, `not yet`."""
    if len(text) > _LONGEST_ANSWER:
        return False
    words = folded(text)
    if mark(text) is not None:
        return True
    found = _YES.match(words) or _NO.match(words)
    if found is not None and (found.end() == len(words) or len(words.split()) <= 3):
        return True
    return len(words.split()) <= 4 and bool(_OUT.match(words) or _WAITS.match(words))


def is_status(text: str) -> bool:
    """Tell whether a cell is a status, in so many words: `confirmed`, `rejected by the board`, `pendiente`."""
    return (
        len(text) <= _LONGEST_ANSWER and len(text.split()) <= _STATUS_WORDS and _status(text) is not AnswerSaid.UNCLEAR
    )


def speaks_of_leaving(heading: str) -> bool:
    """Tell whether a heading asks what takes somebody out of the list: `Withdrawn`, `Do not list`."""
    return _OF_LEAVING.search(folded(heading[:_LONGEST_REMARK])) is not None


def speaks_of_signing(heading: str) -> bool:
    """Tell whether a heading asks in few words whether somebody signs: `Signs?`, `¿Firma?`, `Confirmed (y/n)`."""
    found = _OF_SIGNING.fullmatch(folded(heading[:_LONGEST_REMARK]))
    return found is not None and found["signs"] is not None


def judged(number: int, heading: str, column: Column | None, filled: Sequence[str], rows: int) -> AnswerColumn | None:
    """Return what the answers of a column are to, by its cells and then by its heading; None where it holds none.

    `column` is what its heading alone says, `filled` its texts below it that are not empty, of so many `rows`.
    """
    said = column.field if column is not None else None
    words = folded(heading[:_LONGEST_REMARK])
    leaving, signing = speaks_of_leaving(heading), speaks_of_signing(heading)
    if said is SignOnField.STATUS or said in ANSWERS:
        # Who says yes to Withdrawn signs no more.
        return AnswerColumn(number, heading, SignOnField.SECRET if leaving or said is None else said)
    if not filled or said is SignOnField.KIND or _NOT_OF_SIGNING.search(words):
        return None
    if said is None and column is not None and not (leaving or signing):
        return None  # an e-mail address, a telephone number: `anonymous` there says something else
    if said is None and (leaving or (signing and _IS_QUESTION.search(heading))):
        return AnswerColumn(number, heading, SignOnField.SECRET if leaving else SignOnField.ENDORSES)
    says = [said_to(SignOnField.ENDORSES, text) for text in filled if is_answer(text)]
    if len(says) >= _MOST_ANSWERS * len(filled):
        if said not in (None, SignOnField.SIGNED_ON) and AnswerSaid.SIGNS not in says:
            return None  # `none` under Title or Website says that there is none
        if leaving or signing:
            return AnswerColumn(number, heading, SignOnField.SECRET if leaving else SignOnField.ENDORSES)
        if any(one is not AnswerSaid.SIGNS for one in says):
            return AnswerColumn(number, heading, SignOnField.ENDORSES, sure=False)
        if said is None and len(filled) < rows:
            return AnswerColumn(number, heading, SignOnField.ENDORSES, sure=False, obeyed=False)
    states = [said_to(SignOnField.STATUS, text) for text in filled if is_status(text)]
    if (
        said is None
        and len(states) >= _MOST_ANSWERS * len(filled)
        and any(one is not AnswerSaid.SIGNS for one in states)
    ):
        return AnswerColumn(number, heading, SignOnField.STATUS, sure=_OF_SIGNING.fullmatch(words) is not None)
    return None
