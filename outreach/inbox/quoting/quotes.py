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

from outreach.inbox.quoting.footers import DELIMITER, SENT_FROM, trimmed, unsigned, without_banner

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
_KEY_ENDS = 36
"""So many characters of a line hold a key with its colon."""

# What stands before the block above, or alone, on a line of its own.
_MARKERS = re.compile(
    r"[ \t]{0,4}(?:[-_=*]{5,200}|={3,4}|\*{3,4}|[-_]{2,60}[^-_\n]{3,60}[-_]{2,60}"
    r"|\"?[^\n\"]{1,80}\"? -{2,3}\d[\d./:, ]{6,20}(?:[ap]m)?-{2,3}[^\n]{0,200}"  # Lotus Notes
    r")[ \t]{0,20}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[ \t]{0,4}(?:(?:begin )?forwarded message|(?:début du )?message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|anfang der weitergeleiteten nachricht|inizio messaggio inoltrato"
    r"|начало переадресованного сообщения"
    r"|下面是被转发的邮件|بداية الرسالة المحولة)[ \t]?[:：]",
    re.IGNORECASE,
)
_NOUNS = (
    r"message|mensaje|mensagem|missatge|messaggio|mesaj|nachricht|e-?mail|bericht|meddelande|meddelelse|melding|besked|viesti"
    r"|wiadomość|wiadomości|zpráva|správa|üzenet|poruka|sporočilo|сообщение|письмо|повідомлення|лист|съобщение|μήνυμα"
    r"|ileti|邮件|郵件|消息|メッセージ|메시지|رسالة|الرسالة|پیام|הודעה|tin nhắn|pesan"
)
# "-----Original Message-----" in any language: strokes, a noun with a word or two, strokes.
_BETWEEN_STROKES = re.compile(
    rf"[ \t]{{0,4}}-{{4,60}}[ \t]?(?=[^\n-]{{0,40}}(?:{_NOUNS}))"
    r"(?:[^\W\d_][\w'’]{0,24}[ \t]){1,3}[^\W\d_][\w'’]{0,24}[ \t]?-{4,60}[ \t]{0,20}",
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
# The same behind words without a stop: only with a day, as programs write it.
_DATED_WITHIN = re.compile(
    r"(?<=[^\s-])(?:[ \t]?-{2,4}[ \t]|[ \t]+)"
    r"(?=(?:on|le|el|am|il|em|op|den) (?:[^\W\d_]{2,12}[.,]{0,2} ){0,2}\d{1,4}[ .,/-])",
    re.IGNORECASE,
)
_UNSPACED = frozenset(["zh", "ja", "ko", "th", "lo", "km"])
# The verbs, and whether a word begins there; to look for them is much quicker than an expression of them all.
_VERBS = {
    word.replace("\\", "").lower(): language not in _UNSPACED
    for language, words in _LANGUAGES.items()
    for word in words.get("wrote", "").split("|")
    if word
}
_AT_THE_END = tuple(_VERBS)
_BROKEN_BOX = re.compile(rf">[ \t]{{0,3}}(?:{'|'.join(map(re.escape, _VERBS))})[ \t]?[:：]", re.IGNORECASE)
_WITHIN = re.compile(r"[ \t]([^\W\d_]{2,20})[ \t]?[:：]")
# "Quoting Anna <anna@...>:"
_QUOTING = re.compile(
    r"[ \t]{0,4}(?:quoting|zitat von|citando a|citation de|citat från|цитирование)\b.{1,300}", re.IGNORECASE
)
_TO_THE_SECOND = re.compile(r"\d{1,2}:\d{2}:\d{2}")
_TELLS_WHO_OR_WHEN = re.compile(r"[\d@<]")
_TIME = re.compile(r"\d{1,2}[:.h] ?\d{2}")
_BOX_LAST = re.compile(r"<[^<>\s@]{1,250}@[^<>\s]{1,250}>\)?[ \t]?[:：]$")
_QUOTED = re.compile(r"[ \t]{0,3}>")
_BOX = re.compile(r"[<(\[]\s?(?:mailto:)?[^<>()\[\]\s@]{1,250}@[^<>()\[\]\s]{1,250}\s?[>)\]]")
_BOX_OR_ADDRESS = re.compile(r"[^<>()\[\]\s@]{1,64}@[^<>()\[\]\s]{1,250}")
_YEAR = re.compile(r"(?<!\d)(?:19|20|13|14|25)\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
"""Of our calendar, of Iran's, of Thailand's; or a date in digits."""
_DATED = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_ORIGINAL_BEGINS = frozenset(" \t-#*=_Pp")
_TO = frozenset(word for word, kind in _KEYS.items() if kind == "to")
_SUBJECT = frozenset(word for word, kind in _KEYS.items() if kind == "subject")
_FULL_LINE = 66
"""A quoted line as long as this may have been broken."""
_SENTENCE_ENDS = frozenset(".!?:;…。！？؟")
_LONGEST_KEY = 20
_FOLDED_LINES = 4
_LOTUS_LINES = 6


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
    lines = list(map(str.rstrip, text.replace("\xa0", " ").split("\n", MOST_LINES)[:MOST_LINES]))
    lines = without_banner(lines)
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
    own = unsigned(_unquoted(kept + lines[position:]))
    if not own and is_cut:
        own = unsigned(_unquoted(lines))  # nothing stands above: the answer is below, or there is none
    if not own and not position and sum(map(bool, lines)) <= _MOST_ALL_MARKED:
        own = unsigned(trimmed([_QUOTED.sub("", line).strip() for line in lines]))  # a program marked the answer itself
    return "\n".join(own)


_MOST_ALL_MARKED = 12
"""A text of so few lines that is marked as quoted throughout, and of which nobody is said to have written it, is the
answer; a longer one is a letter of ours."""


def heads(lines: list[str]) -> list[Head]:
    """Return everything that announces an original in the lines of a text, from the top."""
    filled = [(index, line) for index, line in enumerate(lines) if line]
    pointed = [(index, line) for index, line in filled if ":" in line[:_KEY_ENDS] or "：" in line[:_KEY_ENDS]]
    kinds = {index: kind for index, line in pointed if (kind := kind_of(line)) is not None}
    several = kinds if len(kinds) > 1 else {}
    found = [head for index, kind in several.items() if kind != "cc" and (head := _header_block(lines, index, kinds))]
    for index, line in filled:
        if line[-1] in ":：" and (not _QUOTED.match(line) or _BROKEN_BOX.fullmatch(line)):
            head = (
                Head(index, index + 1, by_program=False) if _FORWARDED.fullmatch(line) else _attribution(lines, index)
            )
        elif (line[0] in _ORIGINAL_BEGINS or line.startswith(">>>")) and (
            _ORIGINAL.fullmatch(line) or _BETWEEN_STROKES.fullmatch(line)
        ):
            end = index + 1
            while end in kinds:
                end += 1
            head = Head(index, end)
        elif kinds.get(index) == "from" and _is_whole_header(line):
            head = Head(index, index + 1)
        elif "@" in line or line.startswith("--"):
            head = _unpointed(lines, index)
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
    while lines and (not lines[-1] or _is_marker(lines[-1]) or SENT_FROM.fullmatch(lines[-1])):
        lines.pop()
    return [*lines, ""]


def _is_marker(line: str) -> bool:
    return (_MARKERS.fullmatch(line) or _FORWARDED.fullmatch(line)) is not None and DELIMITER.fullmatch(line) is None


def kind_of(line: str) -> str | None:
    """Return what a line of a repeated header tells: from, sent, to, subject or cc; None where it is none."""
    match = _KEY_LINE.match(line)
    return _KEYS.get(match[1].strip().lower()) if match else None


def _header_block(lines: list[str], start: int, kinds: dict[int, str]) -> Head | None:
    """Return the lines of a header that is repeated in the text, such as Outlook's."""
    inside = [index for index in range(start, min(start + _WINDOW, len(lines))) if index in kinds]
    told = {kinds[index] for index in inside} - {"cc"}
    if "from" not in told:
        if not _is_without_sender(lines, inside, kinds):
            return None
    elif len(told) < 2 or (len(told) == 2 and not _is_announced(lines, start)):
        return None
    end = inside[-1] + 1
    while end < len(lines) and lines[end] and not _QUOTED.match(lines[end]) and end - inside[-1] < _FOLDED_LINES:
        end += 1  # a long field goes on in the next line
    return Head(start, end if end == len(lines) or not lines[end] or _QUOTED.match(lines[end]) else inside[-1] + 1)


def _is_announced(lines: list[str], start: int) -> bool:
    """Tell whether the line above a header says that an original follows."""
    above = lines[start - 1] if start else ""
    return (_BETWEEN_STROKES.fullmatch(above) or _FORWARDED.fullmatch(above)) is not None


def _is_without_sender(lines: list[str], inside: list[int], kinds: dict[int, str]) -> bool:
    """Tell whether a repeated header lost its first line: a date to the second, and an address that it went to."""
    dated = any(_TO_THE_SECOND.search(lines[index]) for index in inside if kinds[index] == "sent")
    return dated and any("@" in lines[index] for index in inside if kinds[index] == "to")


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
    if _QUOTED.match(lines[last]):
        return _broken_attribution(lines, last)
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
    if not any("@" in line for line in lines[first : last + 1]):
        return None
    for start in range(last, first - 1, -1):  # a language that is not known, by its shape
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if len(joined) <= _ATTRIBUTION_CHARACTERS and _is_shaped_so(joined):
            return Head(start, last + 1)
    return None


def _broken_attribution(lines: list[str], last: int) -> Head | None:
    """Return an attribution whose address was made lines of its own, so that its end looks like a quote."""
    for start in range(last - 1, max(last - _FOLDED_LINES - 2, -1), -1):
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if _BEGINS.match(lines[start]) and _TIME.search(joined) and "@" in joined and "<" in joined:
            return Head(start, last + 1)
    return None


def _unpointed(lines: list[str], index: int) -> Head | None:
    """Return a line that announces a quote without a colon: `On ..., somebody <box> wrote`, `---- ... wrote ----`."""
    line = lines[index]
    if _QUOTED.match(line) or len(plain := line.strip(" \t-")) > _ATTRIBUTION_CHARACTERS:
        return None
    if plain.lower().endswith(_AT_THE_END):
        stroked = line.startswith("--") and line.endswith("--")
        before = lines[index - 1].strip() if index and not _BEGINS.match(plain) else ""
        dated = any(
            _BEGINS.match(one) and _TIME.search(one) and _BOX.search(one) for one in (plain, f"{before} {plain}")
        )
        if stroked or dated:
            return Head(index if stroked or _BEGINS.match(plain) else index - 1, index + 1)
    if line.endswith(">") and _BOX.search(line) and _BEGINS.match(line) and _YEAR.search(line):
        return Head(index, index + 1, by_program=False)
    return None


def _is_whole_header(line: str) -> bool:
    """Tell whether a line holds the header of an original in one, as HTML without lines leaves it."""
    told = {
        _KEYS[word] for one in _WITHIN.finditer(line[:_ATTRIBUTION_CHARACTERS]) if (word := one[1].lower()) in _KEYS
    }
    return "@" in line and "sent" in told and _YEAR.search(line) is not None


def _said_so(line: str, joined: str, start: int, last: int) -> Head | None:
    if not _TELLS_WHO_OR_WHEN.search(joined):
        return None
    begins = _BEGINS.match(line) is not None
    boxed = "@" in joined
    if boxed and _QUOTING.fullmatch(joined):
        return Head(start, last + 1)
    if not begins and (head := _said_within(line, joined, start, last)) is not None:
        return head
    if not (begins or (start == last and boxed)):
        return None
    timed = _TIME.search(joined) is not None
    if _says(joined):
        return Head(start, last + 1, by_program=(boxed and (begins or timed)) or (begins and timed))
    return Head(start, last + 1) if timed and _BOX_LAST.search(joined) else None  # Gmail's Russian has no verb


def _says(text: str) -> bool:
    """Tell whether the verb of an attribution stands in a text, in any language."""
    text = text.lower()
    for verb in filter(text.__contains__, _VERBS):
        place = text.find(verb)
        while place >= 0:
            if not _VERBS[verb] or place == 0 or not (text[place - 1].isalnum() or text[place - 1] == "_"):
                return True
            place = text.find(verb, place + 1)
    return False


def _said_within(line: str, joined: str, start: int, last: int) -> Head | None:
    """Return an attribution that begins behind somebody's words on its first line; None where there is none."""
    found: tuple[int, Head] | None = None
    if (dated := _DATED_WITHIN.search(line[:_ATTRIBUTION_CHARACTERS])) and not _QUOTED.match(line):
        rest = joined[len(line[: dated.end()].lstrip()) :]
        if _BOX_OR_ADDRESS.search(rest) and _said_so(rest, rest, start, last) is not None:
            return Head(start, last + 1, by_program=False, before=line[: dated.start()].rstrip())
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
    """Return the lines without those marked `>`, and without what was broken off one."""
    marked = [">" in line and _QUOTED.match(line) is not None for line in lines]
    if True not in marked:
        return trimmed(lines)
    for index in range(1, len(lines) - 1):
        if marked[index - 1] and not marked[index] and marked[index + 1]:
            marked[index] = _is_of_link(lines[index]) or _is_rest(lines[index], lines[index - 1])
    return trimmed([line for line, out in zip(lines, marked, strict=True) if not out])


def _is_of_link(line: str) -> bool:
    """Tell whether a line is an address of the web, or a part of one."""
    pieces = line.rstrip("> \t").split()
    return len(pieces) == 1 and ("://" in pieces[0] or any(mark in pieces[0] for mark in "=&%?/"))


def _is_rest(line: str, above: str) -> bool:
    """Tell whether a line is the end of the long quoted one above it, which a program broke."""
    return len(above) > _FULL_LINE and line[:1].islower() and above[-1] not in _SENTENCE_ENDS
