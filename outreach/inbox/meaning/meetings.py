"""Invitations in calendar form (RFC 5545): what, when and where, and whether one is offered, answered or called off."""

import re
from typing import NamedTuple

from outreach.inbox.decoding import part_text
from outreach.inbox.mime_reader import MimePart
from outreach.text import one_line

_MOST_BYTES = 200_000
_MOST_LINES = 5_000
_LONGEST = 500
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"]{0,200}(?:\"[^\"]{0,200}\")?){0,10}):(.*)")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE = re.compile(r"TZID=\"?([^;:\"]{1,80})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\;,nN])")
OFFERED = "offered"
_SAYS = {"REPLY": "answered", "CANCEL": "called off", "COUNTER": "another time is proposed"}


class Meeting(NamedTuple):
    """A meeting, as its invitation tells it."""

    what: str
    begins: str
    """`2024-03-19 14:00`, with the zone that it names, or a day alone; empty where none is told."""
    ends: str
    where: str
    says: str
    """`offered`, `answered`, `called off`, or `another time is proposed`."""

    @property
    def span(self) -> tuple[str, str]:
        """When it begins and ends, each day and zone told once."""
        (day, time, zone), (last, until, other) = _taken_apart(self.begins), _taken_apart(self.ends)
        if not until or zone != other:
            return self.begins, self.ends
        return f"{day} {time}", " ".join(filter(None, ("" if last == day else last, until, other)))


def meeting(mail: MimePart) -> Meeting | None:
    """Return the first meeting in a mail's calendar parts; None where there is none."""
    for part in mail.own():
        if part.type == "text/calendar":
            found = _meeting(part_text(part, _MOST_BYTES), part.parameters.get("method", ""))
            if found is not None:
                return found
    return None


def _meeting(text: str, method: str) -> Meeting | None:
    fields: dict[str, tuple[str, str]] = {}
    inside = False
    for line in re.sub(r"\n[ \t]", "", text).split("\n", _MOST_LINES)[:_MOST_LINES]:
        found = _LINE.fullmatch(line.strip()[: _LONGEST * 4])
        if found is None:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if name == "METHOD":
            method = value
        elif (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            inside = True
        elif (name, value.strip().upper()) == ("END", "VEVENT"):
            break
        elif inside:
            fields.setdefault(name, (parameters, value))
    if not fields:
        return None

    def told(name: str) -> str:
        return one_line(_ESCAPED.sub(lambda sign: " " if sign[1] in "nN" else sign[1], fields.get(name, ("", ""))[1]))[
            :_LONGEST
        ]

    return Meeting(
        told("SUMMARY"), _moment(*fields.get("DTSTART", ("", ""))), _moment(*fields.get("DTEND", ("", ""))),
        told("LOCATION"), _SAYS.get(method.strip().upper(), OFFERED),
    )  # fmt: skip


def _taken_apart(moment: str) -> tuple[str, str, str]:
    day, _, rest = moment.partition(" ")
    time, _, zone = rest.partition(" ")
    return day, time, zone


def _moment(parameters: str, value: str) -> str:
    found = _MOMENT.match(value.strip())
    if found is None:
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = _ZONE.search(parameters)
    return f"{day} {found[4]}:{found[5]}" + (" UTC" if found[6] else f" {zone[1]}" if zone else "")
