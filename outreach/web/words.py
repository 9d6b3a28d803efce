"""What the templates say, and how they write days, hours and the words of closed lists, in one language."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from outreach import clock
from outreach.actors import PROGRAMS
from outreach.catalogues import SOURCE, Tongue, Word
from outreach.inbox.enclosed.file_types import sort_of_file
from outreach.letters.review import TextStanding
from outreach.missions.facts import bodies, states
from outreach.missions.history import told
from outreach.missions.later_changes import ADDED, REMOVED
from outreach.missions.names import NamedStates, state_name
from outreach.privacy.holdings import Do, KeptForGood, KeptPlace
from outreach.reports.council import HandKind
from outreach.reports.log import at_large
from outreach.reports.standing.phase import is_finished, stage_in_words
from outreach.reports.table import reading_order, years_in_words
from outreach.responses.recorded import Way
from outreach.responses.votes import PASTED_NAME
from outreach.sentences import KeptSentence, in_words_of
from outreach.vocabulary import (
    Answer,
    CampaignState,
    DeliveryStatus,
    DeskRole,
    EventKind,
    Hold,
    Language,
    Line,
    MailKind,
    MessageState,
    Position,
    Role,
    SubKind,
    SuggestionKind,
    TextState,
    Vote,
)
from outreach.web.clicked import at_the_desk

LISTS: tuple[type[StrEnum], ...] = (
    MessageState, DeliveryStatus, Answer, Position, Vote, CampaignState, EventKind, MailKind, Hold, DeskRole, Role,
    Line, SubKind, HandKind, Way, SuggestionKind,
    TextState, KeptPlace, Do, KeptForGood,
)  # fmt: skip
"""The closed lists whose words pages show; of a word that is plain text, the first list that has it is meant."""
MAIL_KINDS: Mapping[MailKind, Word] = MappingProxyType(
    {
        MailKind.REPLY: Word("mail", "answer"),
        MailKind.AUTO_REPLY: Word("mail", "automatic reply"),
        MailKind.DELIVERED: Word("mail", "delivery report"),
        MailKind.DELAYED: Word("mail", "delay report"),
    }
)
HAPPENED: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        EventKind.APPROVED: ("{count} letter approved", "{count} letters approved"),
        EventKind.SECOND_APPROVAL: (
            "{count} letter approved by a second person", "{count} letters approved by a second person",
        ),
        EventKind.ACCEPTED: ("{count} letter handed over", "{count} letters handed over"),
        EventKind.REFUSED: ("{count} letter refused", "{count} letters refused"),
        EventKind.BOUNCED: ("{count} letter bounced", "{count} letters bounced"),
        EventKind.DELIVERED: ("{count} letter delivered", "{count} letters delivered"),
        EventKind.ANSWERED: ("{count} answer", "{count} answers"),
        EventKind.AUTO_REPLY: ("{count} automatic reply", "{count} automatic replies"),
        EventKind.UNCERTAIN: ("{count} letter uncertain", "{count} letters uncertain"),
        EventKind.COMPLAINT: ("{count} complaint", "{count} complaints"),
        EventKind.CANCELLED: ("{count} letter cancelled", "{count} letters cancelled"),
        EventKind.CORRECTED: ("{count} address corrected", "{count} addresses corrected"),
    }
)  # fmt: skip
"""What a calendar tells of a day: of one, and of several."""
_MOST_LEFT_OUT = 8
_FILE_NAME = re.compile(r"\.\w{2,5}$")
SHORT_GROUPS: Mapping[str, Word] = MappingProxyType(
    {
        "African": Word("short group", "African"),
        "Asia-Pacific": Word("short group", "Asia-Pacific"),
        "Eastern European": Word("short group", "Eastern European"),
        "Latin American and Caribbean": Word("short group", "Latin America, Caribbean"),
        "Western European and Others": Word("short group", "W. Europe, others"),
    }
)
"""What fits along a group's arc."""
_JUST_NOW_SECONDS = 10
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ur", "yi"})


class PageTongue:
    """A language as a template speaks it: what it says is HTML of the catalogue's own, and facts are escaped.

    `<a>` in a sentence becomes a link to `a`, one address or several in their order.
    """

    def __init__(self, say: Tongue) -> None:
        self.tongue = say
        self.language = say.language
        self.direction = "rtl" if say.language in _RIGHT_TO_LEFT else "ltr"

    def __call__(self, words: str, /, *, a: str | Iterable[str] = (), **facts: object) -> Markup:
        """Return a sentence."""
        return _filled(self.tongue(words), a, facts)

    def about(self, context: str, words: str, /, **facts: object) -> Markup:
        """Return a word or sentence that says something else elsewhere."""
        return _filled(self.tongue.about(context, words), (), facts)

    def several(self, one: str, many: str, count: int, /, *, a: str | Iterable[str] = (), **facts: object) -> Markup:
        """Return a sentence about so many."""
        template = self.tongue.found.ngettext(one, many, count)
        return _filled(template, a, {"count": count, **facts})


def _filled(template: str, links: str | Iterable[str], facts: Mapping[str, object]) -> Markup:
    for link in (links,) if isinstance(links, str) else links:
        quoted = str(escape(link)).replace("{", "{{").replace("}", "}}")
        template = template.replace("<a>", f'<a href="{quoted}">', 1)
    for name in [name for name in facts if f"{{{name}!c}}" in template]:  # as in sentences.py: with a capital letter
        template = template.replace(f"{{{name}!c}}", f"{{{name}_}}")
        said = escape(facts[name])
        facts = {**facts, f"{name}_": said[:1].upper() + said[1:]}
    text = Markup(template)  # noqa: S704  (the catalogue's own words; what is filled in is escaped)
    return text.format(**facts) if facts else text


def worded(say: Tongue, value: object, kind: str = "") -> str:
    """Return a word of a closed list in a language; other text as it is."""
    if isinstance(value, KeptSentence):
        return value.sentence.said(say)
    text = "" if value is None else str(value)
    if not text:
        return ""
    if isinstance(value, StrEnum | Word):
        return say.word(value)
    if is_finished(text):
        return stage_in_words(text, say)
    context = kind or _contexts().get(text, "")
    return say.about(context, text) if context else text


@cache
def _contexts() -> Mapping[str, str]:
    return {member.value: words.__name__ for words in reversed(LISTS) for member in words}


def filters(say: Tongue) -> dict[str, Callable[..., Any]]:
    """Return the filters of the templates in a language."""
    return {
        "w": lambda value, kind="": worded(say, value, kind),
        "said": lambda words, context="": _said(say, words, context),
        "sort_of_file": lambda media_type, name: say(sort_of_file(media_type, name)),
        "people": lambda names: _people(say, names),
        "stored": lambda words: in_words_of(words, say) if words else "",
        "by_whom": lambda who: by_whom(say, who),
        "came_from": lambda note: _came_from(say, note),
        "of_the_directory": lambda one: isinstance(one.evidence, KeptSentence),
        "evidence": lambda one, basis: _evidence(say, one, basis),
        "field": lambda name: say.about("field", str(name).replace("_", " ")),
        "how_far": lambda standing: how_far(say, standing),
        "audience": lambda words: " + ".join(_audience(say, one) for one in words),
        "left_out": lambda codes: _left_out(say, codes),
        "group": lambda name: say.about("group", str(name)) if name else "",
        "short_group": lambda name: say.word(SHORT_GROUPS.get(name, name)),
        "formal": lambda name, iso3: _formal(say, name, iso3),
        "state": lambda name, iso3: state_name(iso3, name, say),
        "by_name": lambda missions: by_name(say, missions, lambda one: state_name(one.iso3, one.short_name, say)),
        "in_order": lambda rows: by_name(say, rows, lambda one: state_name(one.iso3, one.mission, say)),
        "language": lambda code: worded_language(say, str(code)),
        "kind": lambda kind: say.word(MAIL_KINDS.get(kind, MailKind(kind))),
        "happened": lambda kind, count: say.several(*HAPPENED[kind], count),
        "moment": say.moment,
        "day": lambda moment, tz: _day(say, moment, tz),
        "date": lambda day: dated(say, day),
        "short_date": say.short_day,
        "since": lambda moment, tz: _since(say, moment, tz),
        "on": lambda moment, tz: _on(say, moment, tz),
        "ago": lambda moment: _ago(say, moment),
        "span": _span,
        "years": lambda years, most=None: years_in_words(years, say, most, unbroken=True),
        "at_the_desk": lambda words: at_the_desk(words, say),
    }


def _said(say: Tongue, words: object, context: str) -> str:
    if isinstance(words, Word):
        return say.word(words)
    text = "" if words is None else str(words)
    return say.about(context, text) if context and text else say(text) if text else ""


def how_far(say: Tongue, standing: TextStanding) -> str:
    """Return how far a letter's words in a language are, in whole sentences."""
    if standing.was is not None:
        told = (
            say("Draft (changed since {who} said read).", who=standing.who)
            if standing.was is TextState.READ
            else say("Draft (changed since {who} said translated).", who=standing.who)
        )
    elif standing.state is TextState.READ:
        told = say("Read by {who}.", who=standing.who)
    elif standing.state is TextState.TRANSLATED:
        told = say("Translated by {who}.", who=standing.who)
    else:
        told = say("Draft.")
    if standing.source_changed and standing.source is not None:
        source = say.about("language", standing.source.english)
        told += " " + say("The text in {language} has changed since.", language=source)
    if standing.remarks:
        told += " " + say.several("{count} open remark.", "{count} open remarks.", standing.remarks)
    return told


def worded_language(say: Tongue, code: str) -> str:
    """Return the name of one of the UN's languages, by its code, in the reader's."""
    return say.about("language", Language(code).english) if code in set(Language) else code


def _audience(say: Tongue, word: str) -> str:
    """Return a word of an audience as the form that chooses it says it; one that holds more than a list as it is."""
    match word.partition(":"):
        case "hrc-members", _, _:
            return say("the members of the Council")
        case "hrc-observers", _, _:
            return say("all others")
        case "all", _, _:
            return say("every mission")
        case "group", _, group:
            return say.about("group", group)
        case "iso" | "org", _, codes:
            return named_states(say, [one.strip().upper() for one in codes.split(",")])
    return word


def named_states(say: Tongue, codes: Sequence[str]) -> str:
    """Return states by name, in the order of a reader of the language; what is no code stays as it is."""
    by_two = {body.iso2: body.iso3 for body in bodies().values()}
    return NamedStates.coded([by_two.get(code, code) for code in codes]).said(say)


def _span(minutes: int) -> str:
    """Return a span by the symbols of its units, which are the same in each language."""
    hours, rest = divmod(minutes, 60)
    told = [f"{number}\N{NO-BREAK SPACE}{unit}" for number, unit in ((hours, "h"), (rest, "min")) if number]
    return "\N{NO-BREAK SPACE}".join(told)


def _left_out(say: Tongue, codes: Sequence[str]) -> str:
    """Name the missions that are left out; of many, only how many they are."""
    if len(codes) > _MOST_LEFT_OUT:
        return say.several("{count} other", "{count} others", len(codes))
    return named_states(say, codes)


def _formal(say: Tongue, name: str, iso3: str) -> str:
    """Return the formal name of a state in the reader's language, as UNTERM writes it; in English the directory's."""
    known = states().get(iso3)
    if say.language == SOURCE or known is None or say.language not in set(Language):
        return name
    return known.formal(say.language).replace("'", "’")


def by_whom(say: Tongue, who: str) -> str:
    """Return who did something, as it is stored: a person's name as it is, a program by its name in the language."""
    return say.about("program", who) if who in PROGRAMS else at_large(who, say)


def _came_from(say: Tongue, note: str) -> str:
    """Return what stands beside a change: somebody's words as they are, or from which file it came."""
    before, _, file = note.rpartition("from ")
    if before or "\n" in file or not (file == PASTED_NAME or _FILE_NAME.search(file)):
        return note
    return say("from what was pasted") if file == PASTED_NAME else say("from {file}", file=file)


def _evidence(say: Tongue, one: Any, basis: str) -> str:
    """Return the words that a proposal stands on: the mail's as they are, what Outreach says of it in the language."""
    if isinstance(one.evidence, KeptSentence):
        return one.evidence.sentence.said(say)
    return str(one.evidence.removeprefix(f"{basis}: ") if basis else one.evidence)


def _people(say: Tongue, names: str) -> str:
    """Return who approved, as it is stored: one name, or two."""
    one, both, other = names.partition(" and ")
    return say("{one} and {other}", one=one, other=other) if both and say.language != SOURCE else names


def by_name(say: Tongue, found: Iterable[Any], name: Callable[[Any], str]) -> list[Any]:
    """Return missions in the order of their names, as a reader of the language looks for them."""
    return sorted(found, key=lambda one: reading_order(name(one), say))


def directory_change(change: Mapping[str, Any], say: Tongue) -> dict[str, Any]:
    """Return a change of the directory, as `missions.history` has it, with its moment and its words."""
    field, old, new = change["field"], change["old"], change["new"]
    words = {ADDED: say("added"), REMOVED: say("taken away")}.get(field) or say(
        "{field}: {old} → {new}", field=say.about("field", field.replace("_", " ")), old=_held(say, field, old) or "–",
        new=_held(say, field, new) or "–",
    )  # fmt: skip
    return {**change, "at": datetime.fromisoformat(change["at"]), "words": words}


def _held(say: Tongue, field: str, value: Any) -> str:
    """Return what a field of the directory held, as its history keeps it."""
    if isinstance(value, bool):
        return say.about("answer", "yes") if value else say.about("answer", "no")
    if field in ("bounced_at", "absent_since") and isinstance(value, str):
        return say.short_day(datetime.fromisoformat(value).date())
    if field == "regional_group" and value:
        return say.about("group", value)
    if field == "language" and value:
        return worded_language(say, value)
    return worded(say, value, field.capitalize()) if field in ("role", "line") else told(value)


def dated(say: Tongue, day: date | None) -> str:
    """Return a calendar day: `18 Mar 2024` in English, in full elsewhere."""
    if day is None:
        return ""
    return say.short_day(day) if say.language == SOURCE else say.day(day)


def _day(say: Tongue, moment: datetime | None, tz: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(tz)
    return f"{say.short_day(local.date())}, {say.hour(local)}"


def _since(say: Tongue, moment: datetime, tz: ZoneInfo) -> str:
    """A moment that is past: the time alone where that was today."""
    local = moment.astimezone(tz)
    if local.date() == clock.now().astimezone(tz).date():
        return say.about("since", "{hour}", hour=say.hour(local))
    day = say.short_day(local.date(), year=False)
    return say.about("since", "{day}, {hour}", day=day, hour=say.hour(local))


def _on(say: Tongue, moment: datetime, tz: ZoneInfo) -> str:
    """A moment to come."""
    local = moment.astimezone(tz)
    if local.date() == clock.now().astimezone(tz).date():
        return say.about("moment", "at {hour}", hour=say.hour(local))
    return say.about("moment", "on {day} at {hour}", day=say.short_day(local.date()), hour=say.hour(local))


def _ago(say: Tongue, moment: datetime) -> str:
    """How long ago a moment was. What is only just past is not counted, so that a page at rest stays as it is."""
    seconds = int((clock.now() - moment).total_seconds())
    if seconds < _JUST_NOW_SECONDS:
        return say("a moment ago")
    if seconds >= 2 * 86400:
        return say.several("{count} day ago", "{count} days ago", seconds // 86400)
    if seconds >= 2 * 3600:
        return say("{number} h ago", number=seconds // 3600)
    return say("{number} min ago", number=seconds // 60) if seconds >= 120 else say("{number} s ago", number=seconds)
