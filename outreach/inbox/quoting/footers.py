"""What programs put above and below a person's words: signatures, telephones' lines, lists' and gateways' footers.

Each goes only from an end of the text, and only where other words are left.
"""

import re

from outreach.inbox.meaning.proposals import proposed

DELIMITER = re.compile(r"--[ \t]{0,3}")
_SIGNATURE_LINES = 20
_STOPS = re.compile(r"(?<!\b\w)[.!?؟。！？…][\"'”»)]{0,2}$")
"""How a sentence ends, and no greeting, name or address."""
_CJK = re.compile("[\u4e00-\u9fff]")
_FEW_WORDS = 4
_LONG_LINE = 50
"""A line as long as this may have been broken."""
# What telephones, programs and virus scanners put below a letter.
SENT_FROM = re.compile(
    r"[ \t<(\[*]{0,4}(?:(?:sent (?:from|via|with|using|by) (?:my |an? (?:i?phone|mobile|android)|the |outlook|mail"
    r"|yahoo|proton|samsung|galaxy|windows|blackberry|i-?phone|i-?pad|gmail|mobile|spark|airmail)"
    r"|(?:get|try|download) (?:outlook|yahoo mail) for|yahoo mail: "
    r"|envoyé (?:de(?:puis)?|à partir d['’e]|via|avec) ?"
    r"(?:mon|ma|une? |l['’]|outlook|yahoo|mail|proton|courrier|samsung)"
    r"|télécharge[rz]? outlook pour|obtenir outlook pour|provenance ?: courrier"
    r"|enviado (?:desde|do|de|con|a través de) (?:mi|meu|un |outlook|correo|yahoo|proton|samsung|mail)"
    r"|obtener outlook para|obter o outlook|scarica outlook per|получ(?:ите|ить) outlook|von meine[mr] .{2,20} gesendet"
    r"|gesendet (?:von|mit|aus|über) (?:mein|outlook|mail|der|dem|web)|(?:holen sie sich )?outlook für (?:ios|android)"
    r"|diese nachricht wurde von mein.{2,40} gesendet"
    r"|inviato da(?:l mio)? |отправлено (?:с|из|через) "
    r"|发自(?:我的|.{0,10}(?:手机|邮箱))|從我的|从我的.{0,16}发|寄自|获取 outlook"
    r"|أُ?رسلت? (?:من|بواسطة)|تم الإرسال من|الحصول على outlook"
    r"|(?:virus-free|libre de virus|garanti sans virus|sans virus|virenfrei|без вирусов|无病毒)\b)"
    r"[^\n]{0,120}|(?:\w{1,20} )?from (?:my )?(?:mobile|i-?phone|i-?pad|android|blackberry)[ \w]{0,12}[>)\].]{0,3})",
    re.IGNORECASE,
)
_LIST_LINES = 7
_LIST_RULE = re.compile(r"[ \t]{0,4}(?:_{2,80}|-{3,80})[ \t]{0,4}")
_LIST_WORDS = re.compile(
    r"mailing list|/listinfo/|unsubscribe|liste de diffusion|désabonne|lista de correo|desuscri", re.IGNORECASE
)

# How a gateway's disclaimer begins, and the words of which it has at least two: a person's own line about
# confidence seldom also speaks of addressees, or of deleting what was received by mistake.
_DISCLAIMS = re.compile(
    r"[\W_]{0,10}(?:(?:legal )?disclaimer|confidential|privileged|(?:important )?notice"
    r"|this (?:e-?mail|message|communication|electronic)"
    r"|the (?:information|contents?)|if you (?:are not|have received)|avertissement"
    r"|ce (?:message|courriel)|les informations"
    r"|aviso(?: legal)?|este (?:mensaje|correo|e-?mail)|la información|esta mensagem"
    r"|quest[oa] (?:messaggio|e-?mail|comunicazione)|le informazioni"
    r"|diese (?:e-?mail|nachricht)"
    r"|(?:это|данное|настоящее) (?:сообщение|письмо|электронное)|информация|содержание|внимание"
    r"|免责|免責|本邮件|此邮件|本郵件|إخلاء|هذه الرسالة|هذا البريد)",
    re.IGNORECASE,
)
_DISCLAIMER_WORDS = re.compile(
    r"confiden[ct]i|privileged|intended|addressee|recipient|delete|unauthori[sz]ed|destinat[aiáo]"
    r"|riservat|per errore|exclusiv|adjunt|anexos|pièces jointes"
    r"|vertraulich|empfänger|adressat|löschen|disclaimer|avertissement|aviso legal"
    r"|конфиденциальн|адресат|предназначен|удал|免责|保密|机密|收件人|删除"
    r"|إخلاء|سرية|المرسل إليه|حذف",
    re.IGNORECASE,
)
_PRINTING = re.compile(
    r"[\W_P]{0,6}(?:please )?(?:consider|think (?:of|about)) the environment|pensez à l'environnement|avant d'imprimer"
    r"|antes de imprimir",
    re.IGNORECASE,
)
_DISCLAIMER_CHARACTERS = 4_000
_RULE = re.compile(r"[ \t]{0,4}[-_=*]{3,200}[ \t]{0,20}")
_WARNS = re.compile(
    r"[\W_]{0,12}(?:caution|warning|external|attention|achtung|vorsicht|extern|atención|atencion|precaución|cuidado"
    r"|attenzione|atenção|let op|внимание|осторожно|внешн|تنبيه|تحذير|注意|警告|外部|dikkat|uwaga)",
    re.IGNORECASE,
)
_WARNING_WORDS = re.compile(
    r"outside|external|extern|originat|extérieur|externe|provient|exterior|externo|origen|esterno|fora d|внешн|извне"
    r"|خارجي|خارج|外部|来自|zewn|dış",
    re.IGNORECASE,
)


def unsigned(lines: list[str]) -> list[str]:
    """Return the lines without the signature (RFC 3676, 4.3) and without `Sent from my telephone`.

    A sentence that answers stays, though it stands below the signature's two strokes.
    """
    for index in range(len(lines) - 1, max(len(lines) - _SIGNATURE_LINES - 2, 0), -1):
        if lines[index].startswith("--") and DELIMITER.fullmatch(lines[index]):
            above = trimmed(lines[:index])
            lines = trimmed([*above, "", *_answer_below(lines[index + 1 :], alone=not any(map(_STOPS.search, above)))])
            break
    lines = _without_disclaimer(_without_list_footer(lines))
    while len(lines) > 1 and (not lines[-1] or SENT_FROM.fullmatch(lines[-1])):
        lines.pop()
    return lines


def _answer_below(lines: list[str], *, alone: bool) -> list[str]:
    """Return what answers below a signature's two strokes: what tells a position or asks for no more letters.

    Where nothing but a greeting stands above (`alone`), any paragraph does up to its last line that ends a sentence.
    """
    if not (alone or _tells(lines)):
        return []
    kept: list[str] = []
    rest = [*lines, ""]
    while rest:
        end = rest.index("")
        paragraph, rest = rest[:end], rest[end + 1 :]
        text = " ".join(paragraph)
        if _DISCLAIMS.match(text) or _PRINTING.match(text):
            continue
        stop = max((place for place, line in enumerate(paragraph, 1) if _STOPS.search(line)), default=0)
        if alone and stop and (len(text.split()) >= _FEW_WORDS or _CJK.search(text)):
            kept += [*paragraph[:stop], ""]
        elif answering := _answering(paragraph):
            kept += [*answering, ""]
    return kept


def _answering(lines: list[str]) -> list[str]:
    """Return those lines of a paragraph that answer by themselves; none where none do."""
    first, last = 0, len(lines)
    if not _tells(lines):
        return []
    while first + 1 < last and _tells(lines[first + 1 :]):
        first += 1
    while first + 1 < last and _tells(lines[first : last - 1]):
        last -= 1
    while first > 0 and (lines[first][:1].islower() or len(lines[first - 1]) > _LONG_LINE):
        first -= 1  # the sentence was broken there
    return lines[first:last]


def _tells(lines: list[str]) -> bool:
    found = proposed("\n".join(lines))
    return bool(found.position or found.opt_out)


def _without_list_footer(lines: list[str]) -> list[str]:
    """Return the lines without what a mailing list puts below a rule of its own at the end."""
    for index in range(len(lines) - 1, max(len(lines) - _LIST_LINES - 2, 0), -1):
        if _LIST_RULE.fullmatch(lines[index]) and any(map(_LIST_WORDS.search, lines[index + 1 :])):
            return trimmed(lines[:index])
    return lines


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Return the lines without the last paragraphs that gateways put below every mail, where others are above."""
    left = list(lines)
    while True:
        start = next((index + 1 for index in range(len(left) - 1, -1, -1) if not left[index]), 0)
        if start == 0:
            return left
        paragraph = " ".join(left[start:])[:_DISCLAIMER_CHARACTERS]
        said = _DISCLAIMS.match(paragraph) and len(set(map(str.lower, _DISCLAIMER_WORDS.findall(paragraph)))) > 1
        if not (said or _PRINTING.match(paragraph)):
            return left
        left = trimmed(left[:start])
        while len(left) > 1 and (not left[-1] or _RULE.fullmatch(left[-1])):
            left.pop()


def without_banner(lines: list[str]) -> list[str]:
    """Return the lines without the warning that a gateway puts above mail from outside, where others follow."""
    start = next((index for index, line in enumerate(lines) if line), len(lines))
    end = next((index for index in range(start, len(lines)) if not lines[index]), len(lines))
    banner = " ".join(lines[start:end])[:_DISCLAIMER_CHARACTERS]
    if _WARNS.match(banner) and any(lines[end:]) and _WARNING_WORDS.search(banner):
        return lines[end:]
    return lines


def trimmed(lines: list[str]) -> list[str]:
    """Return the lines without empty ones at the ends and in rows."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept
