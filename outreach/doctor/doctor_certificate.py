"""What the doctor says of a server's certificate."""

from datetime import datetime, timedelta

from outreach import clock
from outreach.diagnosis import Diagnosis
from outreach.sentences import Remedy
from outreach.settings import Settings
from outreach.text import counted

_SOON = timedelta(days=14)


def validity(what: str, server: str, ends: datetime, settings: Settings) -> Diagnosis:
    """Say until when a server's certificate holds, which was found to be good now."""
    left = ends - clock.now()
    shown = clock.shown(ends, settings.tz)
    if left > _SOON:
        return Diagnosis(what, "good", f"the certificate of {server} holds until {shown}.")
    return Diagnosis(
        what,
        "note",
        f"the certificate of {server} ends in {counted(left.days, 'day')}, on {shown}. From then on nothing can be "
        "done there."
        if left.days > 0
        else f"the certificate of {server} ends on {shown}, within a day. From then on nothing can be done there.",
        Remedy("Tell whoever runs that server: it has to be renewed before."),
    )
