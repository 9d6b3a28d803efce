"""What can be done about something, at the desk: the place where it is done, with a link to it where there is one."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import OutreachError, Problem
from outreach.sentences import Doing, KeptSentence, Mention, Sentence, fields


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
    Doing.APPROVE_DESPITE: Place("under Send", f"{_SEND}#approve", ", or approve it all the same "),
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
    Doing.CONFIRM_THINGS: Place("{things}", after=": ", inline="confirm it: {things}"),
    Doing.BY: Place("by signing in", "/login", inline="sign in again"),
    Doing.SIGN_IN: Place("at the desk", "/login", after=" "),
    Doing.OLD: Place("and correct it in its own row"),
    Doing.LANGUAGE: Place(""),
    Doing.IMPORT_MISSIONS: Place("under Sheets", "/sheets"),
    Doing.IMPORTS: Place("under Sheets", "/sheets"),
    Doing.MAP: Place("under What each column is taken for", after=" "),
    Doing.SHEET: Place("and leave the others out"),
    Doing.DOUBLE: Place("under Rows about the same", inline="choose it under Rows about the same"),
    Doing.WHICH: Place("under Which"),
    Doing.FACTS: Place("under Facts, files and languages", "/letters/{letter}/about"),
    Doing.OPEN_WORDS: Place(
        "choose it in the text, and under Put in a field “Other words in the open edition”",
        "/letters/{letter}/{language}",
        after=": ",
    ),
    Doing.MARK_READ: Place("on its review page", "/letters/{letter}/{language}/review"),
    Doing.AGREE: Place("by taking it in", inline="take it in"),
    Doing.RETIRE: Place("by typing their number", inline="type their number"),
    Doing.KEEP: Place("by taking it in so", inline="take it in as a list of more names"),
    Doing.EXCEPT: Place("under Except"),
    Doing.AS_OF: Place(""),
    Doing.RECORD: Place("on a campaign's page, Votes", "/campaigns/{number}/votes#past"),
    Doing.VOTES: Place("on the campaign's page, Votes", "/campaigns/{number}/votes"),
    Doing.SKIP_STALE: Place("by leaving those rows out"),
    Doing.REPORT: Place("on the campaign's page", "/campaigns/{number}", after=", as Excel report "),
    Doing.OUT: Place(""),
    Doing.INBOX: Place("under Inbox, All", "/inbox?show=all"),
    Doing.PROPOSALS: Place("under Inbox", "/inbox"),
    Doing.SETTLE: Place("under Inbox", "/inbox/{mail}"),
    Doing.UNDO: Place("under Inbox", "/inbox/{mail}"),
    Doing.SYNC: Place(_KEEPER, after=": "),
    Doing.INGEST: Place("under Inbox, Bring mails", "/inbox/files"),
    Doing.OWN_WORDS: Place("below", after=" "),
    Doing.WHICH_MAIL: Place("below", after=" "),
    Doing.WITHOUT_OTHERS: Place("below", after=" "),
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
    Doing.SET_SENDER: Place("under Settings, Who writes", "/settings/change/sender"),
    Doing.SET_SERVER: Place("under Settings, Sending server", "/settings/change/server"),
    Doing.MAIL_LOGIN: Place("under Settings, Sending server", "/settings/change/server"),
    Doing.MAIL_LOGIN_FILE: Place(""),
    Doing.BOX_LOGIN: Place("under Settings, Mailbox for answers", "/settings/change/box"),
    Doing.SIGN_IN_MAIL: Place("under Settings, Mail account", "/settings/mail"),
    Doing.SIGN_IN_ELSEWHERE: Place("under Settings, Mail account", "/settings/mail"),
    Doing.ADD_USER: Place("under Settings, People", "/people"),
    Doing.TO: Place(""),
    Doing.DEMO: Place(_KEEPER, after=": "),
}


def clicked(mention: Mention, say: Tongue = ENGLISH_TONGUE) -> Markup:
    """Word what can be done as a place at the desk, as HTML: everything is escaped, and only addresses are links."""
    place = PLACES[mention.doing]
    before, words = _parts(mention, place, say)
    shown = escape(words)
    if words and place.href and _known(place.href, mention):
        shown = Markup('<a href="{}">{}</a>').format(_filled(place.href, mention, quoted=True), shown)
    return escape(before) + shown


def _parts(mention: Mention, place: Place, say: Tongue) -> tuple[str, str]:
    """What joins it to the sentence, and its words."""
    if not mention.words:
        known = place.words and _known(place.words, mention)
        return (say.about("joins", place.after), _filled(say(place.words), mention)) if known else ("", "")
    said = place.inline and _known(place.inline, mention)
    inline = _filled(say(place.inline), mention) if said else mention.words
    return "", inline[:1].upper() + inline[1:] if mention.words[:1].isupper() else inline


def at_the_desk(said: Sentence | OutreachError | Problem | str | None, words: Tongue = ENGLISH_TONGUE) -> Markup:
    """Return a sentence, an error with its remedy, or a problem, as a page says it: HTML, with everything escaped."""
    if isinstance(said, KeptSentence):
        said = said.sentence
    if said is None or isinstance(said, str):
        return escape(words(said) if said else "")
    pieces = (said if isinstance(said, Sentence) else said.whole()).pieces(words)
    return Markup().join(clicked(piece, words) if isinstance(piece, Mention) else escape(piece) for piece in pieces)


def as_text(said: Sentence | OutreachError | Problem, words: Tongue = ENGLISH_TONGUE) -> str:
    """Return the same without links, for where only text can stand."""
    whole = said if isinstance(said, Sentence) else said.whole()
    return whole.said(words, lambda mention: "".join(_parts(mention, PLACES[mention.doing], words)))


def _known(template: str, mention: Mention) -> bool:
    return all(not name or name in mention.facts for _, name, _, _ in fields(template))


def _filled(template: str, mention: Mention, *, quoted: bool = False) -> str:
    def value(name: str) -> str:
        text = str(mention.facts[name])
        return quote(text, safe="") if quoted else text

    return "".join(text + (value(name) if name else "") for text, name, _, _ in fields(template))
