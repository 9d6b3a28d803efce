"""What a person wrote themselves: the text of a mail without quotes, forwarded originals and signature.

Line by line, in time linear in the text. mail-parser-reply was tried for this and not taken: it drops everything
after a line that begins with `Gracias,` or `Thanks,`, and after the first item of a list with hyphens, and its
expressions take time that grows with the square of hostile input. Here the rule is the other way round: a line
goes only where it plainly is not the writer's, and where nothing would be left the whole text stays.

The words that mail programs put above a quote are data, in the tables below.
"""

import re

MOST_LINES = 20_000
_WINDOW = 12
"""A block of header lines above an original is no longer than this many lines."""
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARACTERS = 600

# The header lines that Outlook, Apple Mail and others repeat above an original, by what they tell.
_KEYS: dict[str, str] = {
    word: kind
    for kind, words in {
        "from": (
            "from|de|von|da|van|från|fra|od|от|от кого|发件人|发自|寄件者|寄件人|من|差出人|보낸 사람|kimden|gönderen"
            "|expéditeur|remitente"
        ),
        "sent": (
            "sent|date|envoyé|envoyé le|enviado|enviado el|enviado em|fecha|data|gesendet|datum|inviato|verzonden"
            "|skickat|sendt|dato|wysłano|отправлено|дата|发送时间|日期|寄件日期|时间|تاريخ الإرسال|التاريخ|أرسل|تاريخ"
            "|送信日時|日付|보낸 날짜|날짜|tarih|gönderilme"
        ),
        "to": "to|à|a|para|an|aan|till|til|do|кому|收件人|إلى|宛先|받는 사람|kime|destinataire|destinatario",
        "subject": (
            "subject|objet|asunto|assunto|betreff|oggetto|onderwerp|ämne|emne|temat|тема|主题|主題|主旨|الموضوع|موضوع"
            "|件名|제목|konu"
        ),
        "cc": "cc|copie|copie à|copia|con copia|kopie|kopia|kopi|копия|抄送|副本|نسخة",
    }.items()
    for word in words.split("|")
}
_KEY_LINE = re.compile(r"[ \t*]{0,6}([^\W\d_][^:：\n]{0,24}?)[ \t*]{0,4}[:：]")

# What stands before the block above, or alone, on a line of its own.
_MARKERS = re.compile(
    r"[ \t]{0,4}(?:[-_=*]{5,200}|[-_]{2,60}[^-_\n]{3,60}[-_]{2,60}"
    r"|(?:begin forwarded message|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|anfang der weitergeleiteten nachricht|inizio messaggio inoltrato|начало переадресованного сообщения"
    r"|下面是被转发的邮件|بداية الرسالة المحولة)[ \t]?[:：])[ \t]{0,20}",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[ \t]{0,4}-{2,60}[ \t]?(?:original message|original appointment|message d['’]origine|message original"
    r"|mensaje original|mensagem original|ursprüngliche nachricht|messaggio originale|oorspronkelijk bericht"
    r"|исходное сообщение|原始邮件|原始郵件|الرسالة الأصلية)[ \t]?-{2,60}[ \t]{0,20}",
    re.IGNORECASE,
)

# "On Monday, ... wrote:" in the languages of mail programs: how it begins, and the verb in it.
_BEGINS = re.compile(
    r"[ \t]{0,4}(?:\d{1,4}[./ -]|\d{4}年|(?:on|le|el|am|il|em|op|den|dnia|w dniu|vào|în|dne|在|في|بتاريخ"
    r"|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|mon|tue|wed|thu|fri|sat|sun)(?![^\W\d_]))",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:wrote|writes|a écrit|écrivait|escribió|ha escrito|schrieb|ha scritto|escreveu|schreef|skrev|napisał"
    r"|написал|пишет|писал|yazdı)|写道|寫道|写了|كتب|كتابة",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d{1,2}[:.h] ?\d{2}")
_BOX_LAST = re.compile(r"<[^<>\s@]{1,250}@[^<>\s]{1,250}>\)?[ \t]?[:：]$")
_QUOTED = re.compile(r"[ \t]{0,3}>")

_DELIMITER = re.compile(r"--[ \t]{0,3}")
_SIGNATURE_LINES = 20
_SENT_FROM = re.compile(
    r"[ \t]{0,4}(?:sent from (?:my |outlook|mail |yahoo|proton)|get outlook for|envoyé (?:de(?:puis)? |à partir de )mon"
    r"|envoyé (?:depuis|de) (?:outlook|l['’]application)|télécharge[rz]? outlook pour|obtenir outlook pour"
    r"|enviado (?:desde|do|de) (?:mi|meu|outlook)|obtener outlook para|von meinem .{2,20} gesendet"
    r"|gesendet von (?:mein|outlook|mail)|inviato da(?:l mio)? |отправлено (?:с|из) |发自我的|從我的|أُ?رسلت? من)"
    r"[^\n]{0,120}",
    re.IGNORECASE,
)

# How a gateway's disclaimer begins, and the words of which it has at least two: a person's own line about
# confidence seldom also speaks of addressees, or of deleting what was received by mistake.
_DISCLAIMS = re.compile(
    r"[\W_]{0,10}(?:(?:legal )?disclaimer|confidential|privileged|(?:important )?notice"
    r"|this (?:e-?mail|message|communication|electronic)"
    r"|the (?:information|contents?)|if you (?:are not|have received)|avertissement"
    r"|ce (?:message|courriel)|les informations"
    r"|aviso(?: legal)?|este (?:mensaje|correo|e-?mail)|la información|esta mensagem|diese (?:e-?mail|nachricht)"
    r"|это (?:сообщение|письмо)|данное (?:сообщение|письмо)|информация|внимание"
    r"|免责|免責|本邮件|此邮件|本郵件|إخلاء|هذه الرسالة|هذا البريد)",
    re.IGNORECASE,
)
_DISCLAIMER_WORDS = re.compile(
    r"confiden[ct]ia|privileged|intended|addressee|recipient|delete|unauthori[sz]ed|destinat[aiáo]"
    r"|exclusiv|adjunt|anexos|pièces jointes"
    r"|vertraulich|empfänger|disclaimer|avertissement|aviso legal"
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


def own_words(text: str) -> str:
    """Return what the writer of a mail added to what they answer; the whole text where that can't be told apart."""
    lines = [line.replace("\xa0", " ").rstrip() for line in text.split("\n", MOST_LINES)[:MOST_LINES]]
    above = lines[: _original_begins(lines)]
    if len(above) < len(lines):
        while above and (not above[-1] or _is_marker(above[-1])):
            above.pop()
    kept = _unsigned(_unquoted(above))
    if not kept and len(above) < len(lines):
        kept = _unsigned(_unquoted(lines))  # nothing stands above: the answer is below, or there is none
    return "\n".join(kept)


def _original_begins(lines: list[str]) -> int:
    """Return the index of the line from which on an unmarked original follows; the number of lines where none does."""
    for index, line in enumerate(lines):
        if not line or _QUOTED.match(line):
            continue
        if _ORIGINAL.fullmatch(line) or _is_header_block(lines, index):
            return index
        length = _attribution(lines, index)
        if length and not _quote_follows(lines, index + length) and _is_by_a_program(lines, index, length):
            return index
    return len(lines)


def _is_marker(line: str) -> bool:
    return _MARKERS.fullmatch(line) is not None and _DELIMITER.fullmatch(line) is None


def _kind_of(line: str) -> str | None:
    if ":" not in line and "：" not in line:
        return None
    match = _KEY_LINE.match(line)
    return _KEYS.get(match[1].strip().lower()) if match else None


def _is_header_block(lines: list[str], index: int) -> bool:
    if _kind_of(lines[index]) is None:
        return False
    kinds = {_kind_of(line) for line in lines[index : index + _WINDOW]} - {None, "cc"}
    return "from" in kinds and len(kinds) >= 3


def _attribution(lines: list[str], index: int) -> int:
    """Return how many lines from this one on say `On ..., somebody wrote:`; 0 where they do not."""
    some = lines[index : index + _ATTRIBUTION_LINES]
    if not any(line.endswith((":", "：")) for line in some):
        return 0
    joined = ""
    for length, line in enumerate(some, start=1):
        if not line or _QUOTED.match(line):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _ATTRIBUTION_CHARACTERS:
            return 0
        if line.endswith((":", "：")):
            began = _BEGINS.match(lines[index]) or (length == 1 and "@" in joined)
            wordless = _TIME.search(joined) and _BOX_LAST.search(joined)  # Gmail's Russian has no verb
            return length if began and (wordless or _VERB.search(joined)) and re.search(r"[\d@<]", joined) else 0
    return 0


def _is_by_a_program(lines: list[str], index: int, length: int) -> bool:
    """Tell whether an attribution with no marked quote below it is a mail program's, and not a person's own words."""
    joined = " ".join(lines[index : index + length])
    return bool(_BEGINS.match(joined) and ("@" in joined or _TIME.search(joined)))


def _quote_follows(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index : index + 4] if line), "")
    return bool(_QUOTED.match(following))


def _unquoted(lines: list[str]) -> list[str]:
    """Return the lines without those marked `>`, and without what announces them."""
    kept: list[str] = []
    index = 0
    while index < len(lines):
        length = 0 if not lines[index] else _attribution(lines, index)
        if length and _quote_follows(lines, index + length):
            index += length
            continue
        if not _QUOTED.match(lines[index]):
            kept.append(lines[index])
        index += 1
    return _trimmed(kept)


def _unsigned(lines: list[str]) -> list[str]:
    """Return the lines without the signature (RFC 3676, 4.3) and without `Sent from my telephone`."""
    for index in range(len(lines) - 1, max(len(lines) - _SIGNATURE_LINES - 2, 0), -1):
        if _DELIMITER.fullmatch(lines[index]):
            lines = _trimmed(lines[:index])
            break
    lines = _without_disclaimer(lines)
    while len(lines) > 1 and (not lines[-1] or _SENT_FROM.fullmatch(lines[-1])):
        lines.pop()
    return lines


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Return the lines without the last paragraphs that gateways put below every mail, where others are above."""
    left = list(lines)
    while True:
        start = next((index + 1 for index in range(len(left) - 1, -1, -1) if not left[index]), 0)
        paragraph = " ".join(left[start:])[:_DISCLAIMER_CHARACTERS]
        said = _DISCLAIMS.match(paragraph) and len(set(map(str.lower, _DISCLAIMER_WORDS.findall(paragraph)))) > 1
        if start == 0 or not (said or _PRINTING.match(paragraph)):
            return left
        left = _trimmed(left[:start])


def _trimmed(lines: list[str]) -> list[str]:
    """Return the lines without empty ones at the ends and in rows."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept
