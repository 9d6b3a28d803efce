"""What comes with a mail's words: its files, told by type, size and hash, and its page, cleaned. No file is opened."""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from outreach.inbox.decoding import decode, header, text_of_page
from outreach.inbox.mime_reader import MimePart
from outreach.text import one_line
from outreach.vocabulary import FileKind

MOST_FILES = 100
_MOST_NAME = 200
_MOST_BYTES = 100_000_000
_MOST_TAGS = 20_000
_MOST_PAGE = 1_000_000
_EXTENDED = re.compile(r"([\w.:+-]{1,40})'[\w-]{0,20}'(.{1,400})", re.DOTALL)
_TNEF = frozenset(["application/ms-tnef", "application/vnd.ms-tnef"])

# What a reader needs of a letter's page: no images, which report that they were looked at, and nothing that runs.
_TAGS = frozenset(
    """
    a abbr b blockquote br caption code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre
    q s small span strong sub sup table tbody td tfoot th thead tr u ul
    """.split()  # noqa: SIM905
)


class File(NamedTuple):
    """One file that came with a mail."""

    name: str
    media_type: str
    """As the mail says, which may be untrue."""
    size: int
    """In bytes, decoded."""
    sha256: str
    kind: FileKind = FileKind.UNREAD
    words: str = ""
    """The words in it, where it was read (see attached)."""


def files(mail: MimePart) -> tuple[File, ...]:
    """Return the files that a mail bears. What is packed and was opened is told by its files."""
    return tuple(file for file, _content in contents(mail))


def contents(mail: MimePart) -> Iterator[tuple[File, bytes]]:
    """Yield the files that a mail bears, each with its bytes, decoded."""
    for part in [one for one in mail.own() if _is_file(one)][:MOST_FILES]:
        data = part.body(_MOST_BYTES)
        yield File(_name(part), part.type, len(data), hashlib.sha256(data).hexdigest()), data


def page(mail: MimePart) -> str:
    """Return the mail's HTML part, cleaned (nh3): harmless to show. Empty where it has none."""
    part = next((one for one in mail.own() if one.type == "text/html" and not _is_file(one)), None)
    if part is None:
        return ""
    import nh3

    markup = text_of_page(part, _MOST_PAGE)
    if markup.count("<") > _MOST_TAGS:
        return ""  # no letter has so many; its words are kept as text
    return nh3.clean(
        markup,
        tags=set(_TAGS),
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "*": {"dir", "lang"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    ).strip()


def _is_file(part: MimePart) -> bool:
    if part.type.startswith("multipart/"):
        return False
    if part.disposition == "attachment" or part.type in _TNEF:
        return True
    return bool(part.filename and part.depth > 0) or (
        part.depth > 0 and not part.type.startswith(("text/", "message/")) and part.type.count("/") == 1
    )


def _name(part: MimePart) -> str:
    told = part.named()
    extended = _EXTENDED.fullmatch(told)
    if extended:  # RFC 2231, 4: a charset and percent signs
        told = decode(unquote_to_bytes(extended[2]), extended[1])
    name = one_line(header(told)).replace("/", "_").replace("\\", "_")[:_MOST_NAME]
    if name:
        return name
    if part.type in _TNEF:
        return "winmail.dat"
    return "message.eml" if part.type == "message/rfc822" else "unnamed"
