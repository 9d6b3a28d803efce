"""What a person wrote themselves: the text of a mail without quotes, forwarded originals and signature.

Line by line, in time linear in the text. mail-parser-reply was tried for this and not taken: it drops everything
after a line that begins with `Gracias,` or `Thanks,`, and after the first item of a list with hyphens, and its
expressions take time that grows with the square of hostile input. Here the rule is the other way round: a line
goes only where it plainly is not the writer's, and where nothing would be left the whole text stays.

The words that mail programs put above a quote are data: quote_headers.toml, and the tables below.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

MOST_LINES = 20_000
_WINDOW = 12
"""A block of header lines above an original is no longer than this many lines."""
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARACTERS = 600
_DAY_AND_MONTH = 16
"""A date's own dots lie no further apart than this."""
_SHORT = 24


_LANGUAGES: dict[str, dict[str, str]] = tomllib.loads(
    (files(__package__) / "quote_headers.toml").read_text(encoding="utf-8")
)
# The header lines that Outlook, Apple Mail and others repeat above an original, by what they tell.
_KEYS: dict[str, str] = {
    word: kind
    for words in _LANGUAGES.values()
    for kind in ("from", "sent", "to", "subject", "cc")
    for word in words.get(kind, "").split("|")
    if word
}
_KEY_LINE = re.compile(
    r"[ \t*\u200e\u200f\u202a-\u202e\u2066-\u2069]{0,6}"
    r"([^\W\d_][^:：\n]{0,24}?)[ \t*\u200e\u200f\u202c\u2069]{0,4}[:：]"
)

# What stands before the block above, or alone, on a line of its own.
_MARKERS = re.compile(
    r"[ \t]{0,4}(?:[-_=*]{5,200}|[-_]{2,60}[^-_\n]{3,60}[-_]{2,60}"
    r"|\"?[^\n\"]{1,80}\"? -{2,3}\d[\d./:, ]{6,20}(?:[ap]m)?-{2,3}[^\n]{0,200}"  # Lotus Notes
    r"|(?:begin forwarded message|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|anfang der weitergeleiteten nachricht|inizio messaggio inoltrato|начало переадресованного сообщения"
    r"|下面是被转发的邮件|بداية الرسالة المحولة)[ \t]?[:：])[ \t]{0,20}",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[ \t]{0,4}-{2,60}[ \t]?(?:original message|original appointment|message d['’]origine|message original"
    r"|mensaje original|mensagem original|ursprüngliche nachricht|messaggio originale|oorspronkelijk bericht"
    r"|исходное сообщение|原始邮件|原始郵件|الرسالة الأصلية)[ \t]?-{2,60}[ \t]{0,20}"
    # GroupWise
    r"|>{3} [^<>\n]{1,100}(?:<[^<>\s]{1,250}> )?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[^<>\n]{0,40}>{3}[ \t]{0,20}"
    r"|[ \t#*=_-]{0,20}(?:please )?(?:type |write |enter )?(?:your )?reply above this line[^\n]{0,40}",
    re.IGNORECASE,
)

# "On Monday, ... wrote:" in the languages of mail programs: how it begins, and the verb in it.
_BEGINNING = (
    r"(?:\d{1,4}[./ -]|\d{4}年|(?:on|le|el|am|il|em|às|op|den|dnia|w dniu|vào|în|dne|dňa|dana|pada|στις|στην|την"
    r"|în data de|vào lúc|vào ngày|ngày|ในวันที่|เมื่อ|ביום|בתאריך|در|در تاریخ|kl|på|на дату"
    r"|在|في|بتاريخ"
    r"|pzt|sal|çar|per|cum|cmt|paz|segunda|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота"
    r"|воскресенье|понеділок|вівторок|середа|п'ятниця|mon|tue|wed|thu|fri|sat|sun|pon|wt|śr|czw|pt|sob|niedz|út|čt"
    r"|pá|tir|ons|tor|fre|lør|søn)(?![^\W\d_]))"
)
_BEGINS = re.compile(rf"[ \t]{{0,4}}{_BEGINNING}", re.IGNORECASE)
# Where one begins behind somebody's words, on the same line.
_BEGINS_WITHIN = re.compile(rf"(?:(?<=[.!?;…])[ \t]+|(?<=[。！？؟]))(?={_BEGINNING})", re.IGNORECASE)
_UNSPACED = frozenset(["zh", "ja", "ko", "th", "lo", "km"])
_VERB = re.compile(
    "|".join(
        rf"\b(?:{words['wrote']})" if language not in _UNSPACED else f"(?:{words['wrote']})"
        for language, words in _LANGUAGES.items()
        if "wrote" in words
    ),
    re.IGNORECASE,
)
# "Quoting Anna <anna@...>:"
_QUOTING = re.compile(
    r"[ \t]{0,4}(?:quoting|zitat von|citando a|citation de|citat från|цитирование)\b.{1,300}", re.IGNORECASE
)
_TIME = re.compile(r"\d{1,2}[:.h] ?\d{2}")
_BOX_LAST = re.compile(r"<[^<>\s@]{1,250}@[^<>\s]{1,250}>\)?[ \t]?[:：]$")
_QUOTED = re.compile(r"[ \t]{0,3}>")
_BOX = re.compile(r"[<(\[]\s?(?:mailto:)?[^<>()\[\]\s@]{1,250}@[^<>()\[\]\s]{1,250}\s?[>)\]]")
_YEAR = re.compile(r"(?<!\d)(?:19|20|13|14|25)\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
"""Of our calendar, of Iran's, of Thailand's; or a date in digits."""
_DATED = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_ORIGINAL_BEGINS = frozenset(" \t-#*=_Pp>")
_TO = frozenset(word for word, kind in _KEYS.items() if kind == "to")
_SUBJECT = frozenset(word for word, kind in _KEYS.items() if kind == "subject")
_LONGEST_KEY = 20
_FOLDED_LINES = 4
_LOTUS_LINES = 6

_DELIMITER = re.compile(r"--[ \t]{0,3}")
_SIGNATURE_LINES = 20
# What telephones, programs and virus scanners put below a letter.
_SENT_FROM = re.compile(
    r"[ \t]{0,4}(?:sent (?:from|via|with|using) (?:my |an? (?:i?phone|mobile|android)|the |outlook|mail|yahoo|proton"
    r"|samsung|blackberry|gmail|mobile|spark|airmail)"
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


@dataclass(frozen=True, slots=True)
class Head:
    """What announces an original: the lines from `start` up to `end`."""

    start: int
    end: int
    by_program: bool = True
    """Whether no person writes so: what stands below is the original, even where nothing marks it."""
    before: str = ""
    """Somebody's words before it on its first line."""


def own_words(text: str) -> str:
    """Return what the writer of a mail added to what they answer; the whole text where that can't be told apart."""
    lines = [line.replace("\xa0", " ").rstrip() for line in text.split("\n", MOST_LINES)[:MOST_LINES]]
    lines = _without_banner(lines)
    kept: list[str] = []
    position, is_cut = 0, False
    for head in heads(lines):
        if is_cut:
            break
        marked = _quote_follows(lines, head.end)
        if not (marked or head.by_program):
            continue
        kept += without_marker(lines[position : head.start])
        if head.before:
            kept += [head.before, ""]
        position, is_cut = (head.end, False) if marked else (len(lines), True)
    own = _unsigned(_unquoted(kept + lines[position:]))
    if not own and is_cut:
        own = _unsigned(_unquoted(lines))  # nothing stands above: the answer is below, or there is none
    return "\n".join(own)


def _without_banner(lines: list[str]) -> list[str]:
    """Return the lines without the warning that a gateway puts above mail from outside, where others follow."""
    start = next((index for index, line in enumerate(lines) if line), len(lines))
    end = next((index for index in range(start, len(lines)) if not lines[index]), len(lines))
    banner = " ".join(lines[start:end])[:_DISCLAIMER_CHARACTERS]
    if end < len(lines) and any(lines[end:]) and _WARNS.match(banner) and _WARNING_WORDS.search(banner):
        return lines[end:]
    return lines


def heads(lines: list[str]) -> list[Head]:
    """Return everything that announces an original in the lines of a text, from the top."""
    kinds = {index: kind for index, line in enumerate(lines) if (kind := kind_of(line)) is not None}
    found = [head for index, kind in kinds.items() if kind != "cc" and (head := _header_block(lines, index, kinds))]
    for index, line in enumerate(lines):
        if line.endswith((":", "：")) and not _QUOTED.match(line):
            head = _attribution(lines, index)
        elif line[:1] in _ORIGINAL_BEGINS and _ORIGINAL.fullmatch(line):
            end = index + 1
            while end in kinds:
                end += 1
            head = Head(index, end)
        elif len(line) < _LONGEST_KEY and line.strip().lower() in _TO:
            head = _lotus_block(lines, index)
        else:
            continue
        if head is not None:
            found.append(head)
    return _joined(sorted(found, key=lambda head: (head.start, -head.end)))


def _joined(heads: list[Head]) -> list[Head]:
    """Return the heads with those made one that stand right below each other: `Original message`, the header lines."""
    joined: list[Head] = []
    for head in heads:
        last = joined[-1] if joined else None
        if last is not None and head.start <= last.end:
            by_program = last.by_program or head.by_program
            joined[-1] = Head(last.start, max(last.end, head.end), by_program, last.before)
        else:
            joined.append(head)
    return joined


def without_marker(lines: list[str]) -> list[str]:
    """Return the lines above a head without those that belong to it: rules, `Forwarded message`, `Get Outlook`."""
    while lines and (not lines[-1] or _is_marker(lines[-1]) or _SENT_FROM.fullmatch(lines[-1])):
        lines.pop()
    return [*lines, ""]


def _is_marker(line: str) -> bool:
    return _MARKERS.fullmatch(line) is not None and _DELIMITER.fullmatch(line) is None


def kind_of(line: str) -> str | None:
    """Return what a line of a repeated header tells: from, sent, to, subject or cc; None where it is none."""
    if ":" not in line and "：" not in line:
        return None
    match = _KEY_LINE.match(line)
    return _KEYS.get(match[1].strip().lower()) if match else None


def _header_block(lines: list[str], start: int, kinds: dict[int, str]) -> Head | None:
    """Return the lines of a header that is repeated in the text, such as Outlook's."""
    inside = [index for index in range(start, min(start + _WINDOW, len(lines))) if index in kinds]
    told = {kinds[index] for index in inside} - {"cc"}
    if "from" not in told or len(told) < 3:
        return None
    end = inside[-1] + 1
    while end < len(lines) and lines[end] and not _QUOTED.match(lines[end]) and end - inside[-1] < _FOLDED_LINES:
        end += 1  # a long field goes on in the next line
    return Head(start, end if end == len(lines) or not lines[end] or _QUOTED.match(lines[end]) else inside[-1] + 1)


def _lotus_block(lines: list[str], index: int) -> Head | None:
    """Return the lines of the header that Lotus Notes repeats, a word and its value on lines of their own."""
    below = [line.strip().lower() for line in lines[index + 1 : index + _WINDOW]]
    subject = next((place for place, line in enumerate(below) if line in _SUBJECT), None)
    start = index
    while start > 0 and index - start < _LOTUS_LINES and (lines[start - 1] or not any(lines[start:index])):
        start -= 1
    above = " ".join(lines[start:index])
    if subject is None or not _DATED.search(above) or len(above) > _ATTRIBUTION_CHARACTERS:
        return None
    return Head(start, index + subject + 3)


def _attribution(lines: list[str], last: int) -> Head | None:
    """Return the lines up to this one that say `On ..., somebody wrote:`; None where they do not."""
    first = last
    while first > 0 and last - first < _ATTRIBUTION_LINES - 1:
        above = lines[first - 1]
        if not above or above.endswith((":", "：")) or _QUOTED.match(above):
            break
        first -= 1
    for start in range(first, last + 1):
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if len(joined) > _ATTRIBUTION_CHARACTERS:
            continue
        if (head := _said_so(lines[start], joined, start, last)) is not None:
            return head
    for start in range(last, first - 1, -1):  # a language that is not known, by its shape
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if len(joined) <= _ATTRIBUTION_CHARACTERS and _is_shaped_so(joined):
            return Head(start, last + 1)
    return None


def _said_so(line: str, joined: str, start: int, last: int) -> Head | None:
    begins = _BEGINS.match(line) is not None
    boxed = "@" in joined
    if boxed and _QUOTING.fullmatch(joined):
        return Head(start, last + 1)
    if not begins and (head := _said_within(line, joined, start, last)) is not None:
        return head
    if not (begins or (start == last and boxed)) or not re.search(r"[\d@<]", joined):
        return None
    timed = _TIME.search(joined) is not None
    if _VERB.search(joined):
        return Head(start, last + 1, by_program=(boxed and (begins or timed)) or (begins and timed))
    return Head(start, last + 1) if timed and _BOX_LAST.search(joined) else None  # Gmail's Russian has no verb


def _said_within(line: str, joined: str, start: int, last: int) -> Head | None:
    """Return an attribution that begins behind somebody's words on its first line; None where there is none."""
    found: tuple[int, Head] | None = None
    for inner in reversed(list(_BEGINS_WITHIN.finditer(line[:_ATTRIBUTION_CHARACTERS]))):
        if found is not None and found[0] - inner.end() > _DAY_AND_MONTH:
            break
        rest = joined[len(line[: inner.end()].lstrip()) :]
        if re.search(r"\d", rest) and (head := _said_so(rest, rest, start, last)) is not None:
            before = line[: inner.start()].rstrip()
            is_date = len(before) < _SHORT and re.search(r"\d", before) is not None
            found = inner.end(), Head(head.start, head.end, head.by_program, "" if is_date else before)
    return found[1] if found else None


def _is_shaped_so(joined: str) -> bool:
    """Tell whether a line bears an address, a date and a time, as no person writes before a colon."""
    return bool(_BOX.search(joined) and _TIME.search(joined) and _YEAR.search(joined))


def _quote_follows(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index : index + 4] if line), "")
    return bool(_QUOTED.match(following))


def _unquoted(lines: list[str]) -> list[str]:
    """Return the lines without those marked `>`."""
    return _trimmed([line for line in lines if not _QUOTED.match(line)])


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
        while len(left) > 1 and (not left[-1] or _is_marker(left[-1])):
            left.pop()


def _trimmed(lines: list[str]) -> list[str]:
    """Return the lines without empty ones at the ends and in rows."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept
