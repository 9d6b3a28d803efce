"""Letters, mails and the files that go with them: in a frame that can do nothing, or for the browser to keep."""

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Response

from outreach.errors import NotFoundError
from outreach.letters.reading import Enclosed, read_letter
from outreach.web.middleware import FRAME_CSP, KEPT_CSP, PDF_CSP


def framed(html: str) -> Response:
    """Return a document for a frame: its own look, no scripts, no loading, no leaving."""
    return Response(
        html,
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": FRAME_CSP, "x-frame-options": "SAMEORIGIN"},
    )


def attached(raw: bytes, place: int, *, shown: bool = False) -> Response:
    """Return a file that goes with a letter, to be kept by the browser; a PDF can be shown. Raises NotFoundError."""
    files = read_letter(raw).attachments
    if not 0 <= place < len(files):
        raise NotFoundError("desk.no-file", "There is no such file with this letter.")
    if shown:
        return pdf(files[place].content)
    name = quote(files[place].name or "attachment")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(files[place].content, media_type=files[place].media_type, headers=headers)


def file_name_of(campaign: str) -> str:
    """Return a campaign's name as the beginning of a file's name, in plain letters."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in campaign)


def kept(name: str, content: bytes, media_type: str = "application/octet-stream") -> Response:
    """Return what came from outside for the browser to keep: it is shown nowhere, and could do nothing if it were."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": KEPT_CSP,
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


def pdf(content: bytes) -> Response:
    """Return a PDF for a frame of the desk. Raises NotFoundError for what is none: nothing else is shown so."""
    if not content.startswith(b"%PDF-"):
        raise NotFoundError("desk.no-pdf", "That file is no PDF.", remedy="Save it and open it on your machine.")
    headers = {"content-security-policy": PDF_CSP, "x-frame-options": "SAMEORIGIN", "content-disposition": "inline"}
    return Response(content, media_type="application/pdf", headers=headers)


def pdf_among(files: Sequence[Enclosed]) -> int | None:
    """Return the place of the first PDF among the files of a letter; None where there is none."""
    return next((place for place, one in enumerate(files) if one.is_pdf), None)
