"""What can be done about something, at the desk: the place where it is done, with a link to it where there is one."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from outreach.errors import OutreachError, Problem
from outreach.sentences import ENGLISH, Catalogue, Doing, Mention, Sentence, fields


class Place(NamedTuple):
    """A place at the desk. `{name}` is a fact; a link, or words, with a fact that is not known are left out."""

    words: str
    """As appended to what is said, behind `after`; empty where nothing has to be said."""
    href: str = ""
    after: str = ", "
    inline: str = ""
    """Instead of the sentence's own words in its middle."""


_KEEPER = "whoever set up this desk can do that"
_SEND = "/campaigns/{number}/send"

PLACES: Mapping[Doing, Place] = {
    Doing.CREATE_CAMPAIGN: Place("under Campaigns, New campaign", "/campaigns/new"),
    Doing.APPROVE: Place("under Send", f"{_SEND}#approve"),
    Doing.SCHEDULE: Place("under Send", _SEND),
    Doing.AGAIN: Place("under When", inline="say so under When"),
    Doing.CANCEL: Place("under Send", _SEND),
    Doing.DELETE: Place(_KEEPER, after=": "),
    Doing.PAUSE: Place("under Send", _SEND),
    Doing.RESUME: Place("under Send", _SEND),
    Doing.RETRY: Place("under Send", _SEND),
    Doing.CAMPAIGN: Place("under Send", _SEND),
    Doing.LETTERS: Place("under Letters", "/campaigns/{number}/letters"),
    Doing.CONFIRM: Place("{missions}", after=": ", inline="confirm it: {missions}"),
    Doing.BY: Place("by signing in", "/login", inline="sign in again"),
    Doing.SIGN_IN: Place("at the desk", "/login", after=" "),
    Doing.OLD: Place("and correct it in its own row"),
    Doing.LANGUAGE: Place(""),
    Doing.IMPORT_MISSIONS: Place("under Sheets", "/sheets"),
    Doing.IMPORTS: Place("under Sheets", "/sheets"),
    Doing.MAP: Place("in the header row"),
    Doing.SHEET: Place("and leave the others out"),
    Doing.AGREE: Place("by taking the sheet in", inline="take it in"),
    Doing.EXCEPT: Place("under Except"),
    Doing.AS_OF: Place(""),
    Doing.SKIP_STALE: Place(_KEEPER, after=": "),
    Doing.REPORT: Place("on the campaign's page", "/campaigns/{number}", after=", as Excel report "),
    Doing.OUT: Place(""),
    Doing.INBOX: Place("under Inbox, All", "/inbox?show=all"),
    Doing.PROPOSALS: Place("under Inbox", "/inbox"),
    Doing.SETTLE: Place("under Inbox", "/inbox/{mail}"),
    Doing.UNDO: Place("under Inbox", "/inbox/{mail}"),
    Doing.SYNC: Place(_KEEPER, after=": "),
    Doing.INGEST: Place(_KEEPER, after=": "),
    Doing.BLOCKED: Place("under Settings, Not written to", "/addresses"),
    Doing.INIT: Place(_KEEPER, after=": "),
    Doing.RESTORE: Place(_KEEPER, after=": "),
    Doing.REPLACE: Place(_KEEPER, after=": "),
    Doing.BACKUP: Place(_KEEPER, after=": "),
    Doing.HERE: Place(_KEEPER, after=": "),
    Doing.HERE_YES: Place(_KEEPER, after=": "),
    Doing.RUN: Place(""),
    Doing.SEND: Place(""),
    Doing.SERVE: Place(""),
    Doing.SENDERS: Place(""),
    Doing.EXAMINE: Place("under Settings, Check", "/settings/check"),
    Doing.MAIL_LOGIN: Place(_KEEPER, after=": "),
    Doing.MAIL_LOGIN_FILE: Place(""),
    Doing.BOX_LOGIN: Place(""),
    Doing.SIGN_IN_MAIL: Place("under Settings, Mail account", "/settings/mail"),
    Doing.SIGN_IN_ELSEWHERE: Place("under Settings, Mail account", "/settings/mail"),
    Doing.ADD_USER: Place("under Settings, People", "/people"),
    Doing.TO: Place(""),
    Doing.DEMO: Place(_KEEPER, after=": "),
}


def clicked(mention: Mention) -> Markup:
    """Word what can be done as a place at the desk, as HTML: everything is escaped, and only addresses are links."""
    place = PLACES[mention.doing]
    before, words = _parts(mention, place)
    shown = escape(words)
    if words and place.href and _known(place.href, mention):
        shown = Markup('<a href="{}">{}</a>').format(_filled(place.href, mention, quoted=True), shown)
    return escape(before) + shown


def _as_text(mention: Mention) -> str:
    return "".join(_parts(mention, PLACES[mention.doing]))


def _parts(mention: Mention, place: Place) -> tuple[str, str]:
    """What joins it to the sentence, and its words."""
    if not mention.words:
        known = place.words and _known(place.words, mention)
        return (place.after, _filled(place.words, mention)) if known else ("", "")
    inline = _filled(place.inline, mention) if place.inline and _known(place.inline, mention) else mention.words
    return "", inline[:1].upper() + inline[1:] if mention.words[:1].isupper() else inline


def at_the_desk(said: Sentence | OutreachError | Problem | str | None, words: Catalogue = ENGLISH) -> Markup:
    """Return a sentence, an error with its remedy, or a problem, as a page says it: HTML, with everything escaped."""
    if said is None or isinstance(said, str):
        return escape(said or "")
    pieces = (said if isinstance(said, Sentence) else said.whole()).pieces(words)
    return Markup().join(clicked(piece) if isinstance(piece, Mention) else escape(piece) for piece in pieces)


def as_text(said: Sentence | OutreachError | Problem, words: Catalogue = ENGLISH) -> str:
    """Return the same without links, for where only text can stand."""
    whole = said if isinstance(said, Sentence) else said.whole()
    return whole.said(words, _as_text)


def _known(template: str, mention: Mention) -> bool:
    return all(not name or name in mention.facts for _, name, _, _ in fields(template))


def _filled(template: str, mention: Mention, *, quoted: bool = False) -> str:
    def value(name: str) -> str:
        text = str(mention.facts[name])
        return quote(text, safe="") if quoted else text

    return "".join(text + (value(name) if name else "") for text, name, _, _ in fields(template))


__all__ = ["PLACES", "Place", "as_text", "at_the_desk", "clicked"]
