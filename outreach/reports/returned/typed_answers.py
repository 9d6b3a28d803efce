"""Tells a typed answer from words that say that there was none, in English, French and Spanish."""

import re

from outreach.text import without_accents

_NONE = re.compile(
    r"(?:no|none|nobody|nothing|never|nil|n/?a|non|rien|personne|jamais|aucune?|nada|nadie|nunca|[-–—?.x]+)\W*"
)
_UNANSWERED = re.compile(
    r"\b(?:no|not|never|without|nobody|none|n't|cannot|nothing)\b[^.;]{0,24}?"
    r"\b(?:answer\w*|repl(?:y|ies|ied)|respon(?:se|ses|d|ded)|react\w*|reach(?:ed|able)?|pick(?:ed)? up|heard|hear)\b"
    r"|\b\w+n['’]t (?:yet )?(?:answer|repl|respon|react|reach|pick|hear|heard)\w*"
    r"|\bun(?:answered|reachable)\b|\b(?:left|leave) (?:a |them a |her a |him a )?(?:voice )?message\b|\bvoice ?mail\b"
    r"|\banswering machine\b|\bawaiting\b|\bstill waiting\b|\bwaiting for\b"
    r"|\b(?:pas|sans|aucune|aucun|jamais|rien)\b[^.;]{0,24}?\b(?:repon\w*|reaction|joint\w*|decroche\w*|reagi\w*)\b"
    r"|\bnon repondu\b|\binjoignable\b|\blaisse (?:un )?message\b|\bmessagerie\b|\brepondeur\b|\ben attente\b"
    r"|\b(?:no|sin|ninguna?|nunca|nadie)\b[^.;]{0,24}?\b(?:respuestas?|respon\w*|contest\w*|reaccion\w*|localiz\w*)\b"
    r"|\bilocalizable\b|\bdej[eo] (?:un )?(?:mensaje|recado)\b|\bbuzon\b|\bcontestador\b|\ba la espera\b"
)


def says_unanswered(text: str) -> bool:
    """Whether words that stand where an answer is told say that there was none, or only that somebody tried."""
    plain = without_accents(text).casefold().strip()
    return bool(_NONE.fullmatch(plain) or _UNANSWERED.search(plain))
