"""Answers that no person wrote: vacation notes and other automatic replies, told by their header (RFC 3834)."""

import re

from outreach.inbox.mime_reader import MimePart
from outreach.inbox.origin import Origin
from outreach.vocabulary import Language

# How the subject of an automatic answer begins in common mail programs. A second sign only, never the only one.
_SUBJECTS: dict[Language, tuple[str, ...]] = {
    Language.ENGLISH: ("automatic reply", "auto reply", "auto-reply", "autoreply", "auto:", "out of office", "ooo:"),
    Language.FRENCH: ("réponse automatique", "absence du bureau", "absent du bureau", "absence :", "absence:"),
    Language.SPANISH: ("respuesta automática", "fuera de la oficina", "ausencia"),
    Language.ARABIC: ("رد تلقائي", "الرد التلقائي", "خارج المكتب"),
    Language.CHINESE: ("自动回复", "自動回覆", "自动答复", "外出"),
    Language.RUSSIAN: ("автоматический ответ", "автоответ", "вне офиса"),
}
_PHRASES = tuple(phrase for phrases in _SUBJECTS.values() for phrase in phrases)


_ASKED = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
_FIELDS = frozenset(
    [*_ASKED, "auto-submitted", "precedence", "x-auto-response-suppress", "x-ms-exchange-inbox-rules-loop"]
)
_WORD_END = re.compile(r"[\s;(]")
_SUPPRESSES = re.compile(r"\b(?:all|oof|autoreply)\b")


def is_automatic(mail: MimePart, sender: Origin) -> bool:
    """Tell whether a mail was sent by itself.

    The header fields that mean nothing else are enough alone. Those that people's mail also bears need a second
    sign: bulk and junk precedence, the fields of Exchange and its rules, an empty reverse-path.
    """
    if _FIELDS.isdisjoint(mail.fields) and not sender.null_path:
        return False
    if _by_itself(mail):
        return True
    weak = [
        _first_word(mail, "precedence") in ("bulk", "junk"),
        _suppresses(mail),
        mail.get("x-ms-exchange-inbox-rules-loop") is not None,
        sender.null_path,
    ]
    said = sender.subject.lower().startswith(_PHRASES)
    # A rule that forwards a person's mail leaves its mark too: one more sign must be an answer's own.
    return any(weak) and (said or (sender.null_path and sum(weak) >= 2))


def _by_itself(mail: MimePart) -> bool:
    submitted = _first_word(mail, "auto-submitted")  # RFC 3834, 5
    if submitted and submitted != "no":
        return True
    if _first_word(mail, "precedence") in ("auto_reply", "auto-reply"):
        return True
    return any(
        mail.get(name) is not None and _first_word(mail, name) not in ("no", "none", "false", "0") for name in _ASKED
    )


def _suppresses(mail: MimePart) -> bool:
    """Tell whether it asks that nothing automatic answers it, as automatic answers do."""
    return _SUPPRESSES.search((mail.get("x-auto-response-suppress") or "").lower()) is not None


def _first_word(mail: MimePart, name: str) -> str:
    return _WORD_END.split((mail.get(name) or "").lower(), maxsplit=1)[0]
