"""The form in which an audience is put together: what there is to choose, and who that comes to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outreach.catalogues import Tongue
from outreach.errors import AudienceError
from outreach.missions.audience import SEATS, Roll, resolve
from outreach.missions.directory import reachable
from outreach.missions.facts import bodies, states
from outreach.missions.names import state_name
from outreach.missions.own_columns import fields_of_row
from outreach.models import Mission
from outreach.text import folded
from outreach.web.words import by_name

_MOST_VALUES = 8
"""A column of the team's own is offered by its values where it has no more than these."""
_LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class AudienceChoice:
    """One thing that can be ticked: the word of the audience that it stands for, what it is called, how many it is."""

    word: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ChosenMission:
    """A mission that the audience names."""

    iso3: str
    name: str
    left_out: bool
    reachable: bool
    """Whether it has an address that may be written to."""


@dataclass(frozen=True, slots=True)
class ChosenAudience:
    """Who an audience comes to, in the regional groups of the Council; what is in none of them stands last."""

    groups: tuple[tuple[str, tuple[ChosenMission, ...]], ...]

    @property
    def missions(self) -> list[ChosenMission]:
        """All whom it names, those left out included."""
        return [one for _, some in self.groups for one in some]

    @property
    def written_to(self) -> list[ChosenMission]:
        """Those that would get a letter: not left out, and with an address."""
        return [one for one in self.missions if not one.left_out and one.reachable]

    @property
    def unreachable(self) -> list[ChosenMission]:
        """Those that are not left out and have no address."""
        return [one for one in self.missions if not one.left_out and not one.reachable]

    @property
    def left_out(self) -> list[ChosenMission]:
        """Those that are left out."""
        return [one for one in self.missions if one.left_out]


def split_words(texts: Iterable[str]) -> list[str]:
    """Return the words of an audience as a form sends them: ticked ones, and those typed with + or on lines.

    Each comes once, in the order of the form; a group's name may hold spaces.
    """
    words = [word.strip() for text in texts for word in text.replace("\n", "+").split("+")]
    return list(dict.fromkeys(word for word in words if word))


def split_codes(texts: Iterable[str]) -> list[str]:
    """Return the codes of those left out, ticked or typed, each once and in capitals."""
    return list(dict.fromkeys(code.upper() for text in texts for code in text.replace(",", " ").split()))


def choices(roll: Roll, say: Tongue) -> dict[str, list[AudienceChoice]]:
    """Return what can be ticked, in the sets of the form: council, groups, bodies, tags, fields.

    What would name nobody is left out.
    """
    there, directory = roll.directory, roll.directory.values()
    groups = Counter(one.regional_group for one in directory)
    tags = {folded(tag): tag for one in directory for tag in one.tags}
    tagged = Counter(key for one in directory for key in {folded(tag) for tag in one.tags})
    members, others = _seated(roll)
    return {
        "council": [
            AudienceChoice("hrc-members", say("the members of the Council"), members),
            AudienceChoice("hrc-observers", say("all others"), others),
            AudienceChoice("all", say("every mission"), len(directory)),
        ],
        "groups": [
            AudienceChoice(f"group:{group}", say.about("group", group), groups[group])
            for group in SEATS
            if groups[group]
        ],
        "bodies": by_name(
            say,
            [
                AudienceChoice(f"org:{body.iso2}", state_name(body.iso3, there[body.iso3].short_name, say), 1)
                for body in bodies().values()
                if body.iso3 in there
            ],
            lambda one: one.label,
        ),
        "tags": [AudienceChoice(f"tag:{tag}", tag, tagged[key]) for key, tag in sorted(tags.items())],
        "fields": list(_values(directory)),
    }


def chosen(roll: Roll, words: Sequence[str], exceptions: Sequence[str], say: Tongue) -> ChosenAudience:
    """Return who an audience comes to, with those left out marked; by the names of a reader of the language.

    Raises AudienceError for an audience that can't be told, also where all of it is left out.
    """
    session, as_of = roll.session, roll.as_of
    if exceptions:
        resolve(session, words, exceptions, as_of, roll=roll)
    unknown = [code for code in exceptions if code not in roll.directory]
    missions = resolve(session, words, unknown, as_of, roll=roll)
    boxes = reachable(session)
    named = [
        (
            one.regional_group,
            ChosenMission(
                one.iso3, state_name(one.iso3, one.short_name, say), one.iso3 in exceptions, one.iso3 in boxes
            ),
        )
        for one in missions
    ]
    order = [str(group) for group in SEATS]
    found = sorted({group for group, _ in named}, key=lambda group: (group not in order, group))
    return ChosenAudience(
        tuple(
            (group, tuple(by_name(say, [one for its, one in named if its == group], lambda one: one.name)))
            for group in found
        )
    )


def _seated(roll: Roll) -> tuple[int, int]:
    """How many of the directory's missions are members of the Council, and how many states are not; 0 where that can't
    be told, which is told where it is chosen."""
    try:
        members, there = roll.council.keys(), roll.directory.keys()
    except AudienceError:
        return 0, 0
    return len(members & there), len((there & states().keys()) - members)


def _values(directory: Iterable[Mission]) -> Iterable[AudienceChoice]:
    """What the team's own columns hold, where that is a handful of short values."""
    held: dict[str, Counter[str]] = {}
    for one in directory:
        for name, value in fields_of_row(one).items():
            words = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            held.setdefault(name, Counter())[words] += 1
    for name, values in sorted(held.items()):
        if len(values) <= _MOST_VALUES and all(len(value) <= _LONGEST_VALUE and "+" not in value for value in values):
            for value, count in sorted(values.items()):
                yield AudienceChoice(f"where:{name}={value}", f"{name.replace('_', ' ')}: {value}", count)
