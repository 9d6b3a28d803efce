"""Who a mail comes from, as far as its header tells: a person, or a mail system speaking for itself."""

import re
from typing import NamedTuple

from outreach.inbox.decoding import addresses, header
from outreach.inbox.dialects import tables
from outreach.inbox.mime_reader import MimePart

_NAME_ALONE = re.compile(r"<\s*([^<>@\s]{1,60})\s*>")
_NO_NAME = re.compile(r"<\s*>|\(.*")
_NOT_IN_A_NAME = re.compile(r"<.*|[\"']")
_MARKS = re.compile(r"[\W_]+")
_NO_PATH = frozenset(["<>", "", "<mailer-daemon>", "mailer-daemon"])


class Origin(NamedTuple):
    """What the header says of the writer."""

    address: str
    """The address in From, without a name; empty where there is none."""
    subject: str
    """The subject as a reader sees it."""
    null_path: bool
    """It left with an empty reverse-path, as reports and automatic answers must (RFC 5321, 4.5.5; RFC 3834, 3.3)."""
    daemon: bool
    """Its From is one that no person has."""
    postmaster: bool
    """Its From is `postmaster`, or a mail system's name above another address: such a system, or a person."""

    @property
    def machine(self) -> bool:
        """Whether a mail system may be speaking."""
        return self.null_path or self.daemon or self.postmaster


def origin(mail: MimePart) -> Origin:
    """Tell who speaks in a mail."""
    author = mail.get("from")
    known = addresses(author)
    if known and mail.get("list-id") is not None:  # a group that writes under its own address says who did (Google)
        known = addresses(mail.get("x-original-sender")) or known
    # Where there is no address, the name is all there is: `MAILER-DAEMON <>`, `"Mail System" <MAILER-DAEMON>`.
    if known:
        local = known[-1].rpartition("@")[0]
    else:
        boxed = _NAME_ALONE.search(author or "")
        local = boxed[1] if boxed else _NO_NAME.sub("", author or "")
    name = _MARKS.sub("", local.lower())
    # A mail system's name above a person's address proves nothing, in a thread even less: the words have to tell.
    is_named_so = not (known and mail.get("in-reply-to")) and (
        header(_NOT_IN_A_NAME.sub("", author or "")).lower() in tables()["system_names"]
    )
    return Origin(
        address=known[0] if known else "",
        subject=header(mail.get("subject")),
        null_path=any(value.lower() in _NO_PATH for value in mail.all("return-path")) or (author or "").strip() == "<>",
        daemon=name in tables()["system_boxes"] or (is_named_so and not known),
        postmaster=name == "postmaster" or (is_named_so and bool(known)),
    )
