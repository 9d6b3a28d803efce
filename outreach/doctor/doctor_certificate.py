"""What the doctor says of a server's certificate."""

from datetime import datetime, timedelta

from outreach import clock
from outreach.diagnosis import Diagnosis, good
from outreach.sentences import Moment, Remedy, saying
from outreach.settings import Settings

_SOON = timedelta(days=14)


def validity(what: str, server: str, ends: datetime, settings: Settings) -> Diagnosis:
    """Say until when a server's certificate holds, which was found to be good now."""
    left = ends - clock.now()
    shown = Moment(ends, settings.timezone)
    if left > _SOON:
        return good(
            "doctor.certificate",
            "the certificate of {server} holds until {shown}.",
            where=what,
            server=server,
            shown=shown,
        )
    return Diagnosis(
        what,
        "note",
        saying(
            "doctor.certificate-ends",
            "the certificate of {server} ends in {count} {count:*day|days}, on {shown}. From then on nothing can be "
            "done there.",
            server=server,
            count=left.days,
            shown=shown,
        )
        if left.days > 0
        else saying(
            "doctor.certificate-ends-soon",
            "the certificate of {server} ends on {shown}, within a day. From then on nothing can be done there.",
            server=server,
            shown=shown,
        ),
        Remedy("Tell whoever runs that server: it has to be renewed before."),
    )
