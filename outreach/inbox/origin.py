"""Who a mail comes from, as far as its header tells: a person, or a mail system speaking for itself."""

import re
from dataclasses import dataclass

from outreach.inbox.dialects import tables
from outreach.inbox.mime import Part
from outreach.inbox.words import addresses, header


@dataclass(frozen=True, slots=True)
class Origin:
    """What the header says of the writer."""

    null_path: bool
    """It left with an empty reverse-path, as reports and automatic answers must (RFC 5321, 4.5.5; RFC 3834, 3.3)."""
    daemon: bool
    """Its From is one that no person has."""
    postmaster: bool
    """Its From is `postmaster`: a mail system, or the person who looks after it."""

    @property
    def machine(self) -> bool:
        """Whether a mail system may be speaking."""
        return self.null_path or self.daemon or self.postmaster


def origin(mail: Part) -> Origin:
    """Tell who speaks in a mail."""
    paths = {value.strip().lower() for value in mail.all("return-path")}
    author = mail.get("from")
    known = addresses(author)
    # Where there is no address, the name is all there is: `MAILER-DAEMON <>`, `"Mail System" <MAILER-DAEMON>`.
    boxed = re.search(r"<\s*([^<>@\s]{1,60})\s*>", author or "")
    local = boxed[1] if boxed else re.sub(r"<\s*>|\(.*", "", author or "")
    name = re.sub(r"[\W_]+", "", (known[-1].rpartition("@")[0] if known else local).lower())
    shown = header(re.sub(r"<.*|[\"']", "", author or "")).lower()
    boxes, names = tables()["system_boxes"], tables()["system_names"]
    return Origin(
        null_path=bool(paths & {"<>", "", "<mailer-daemon>", "mailer-daemon"}),
        daemon=name in boxes or shown in names or (author is not None and not known and not name),
        postmaster=name == "postmaster",
    )
