"""Sheets that were brought to the desk: kept under their digest until they are applied, for a day at most."""

import hashlib
import re
import time
from pathlib import Path
from typing import BinaryIO

from outreach.errors import UserError
from outreach.web.desk import Desk
from outreach.web.middleware import MOST_UPLOAD_BYTES

_FOLDER = "uploads"
_KEPT_SECONDS = 24 * 3600


def keep(desk: Desk, stream: BinaryIO, name: str) -> Path:
    """Keep an upload, and return where. Raises UserError for what is no spreadsheet."""
    content = stream.read(MOST_UPLOAD_BYTES + 1)
    if not content:
        raise UserError("upload.none", "No file came.", remedy="Choose a sheet first.")
    suffix = _kind(content, name)
    folder = desk.folder / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
            old.unlink(missing_ok=True)
    path = folder / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    path.write_bytes(content)
    return path


def _kind(content: bytes, name: str) -> str:
    """Tell by its content what a file is, whatever its name says. Raises UserError."""
    if content.startswith(b"PK\x03\x04"):
        # OpenDocument 1.3, part 2, 3.3: the package begins with its media type, not compressed.
        return ".ods" if content[30:].startswith(b"mimetypeapplication/vnd.oasis") else ".xlsx"
    if name.lower().endswith(".csv") and b"\0" not in content:
        return ".csv"
    raise UserError(
        "upload.no-spreadsheet",
        "That is no spreadsheet, whatever its name says.",
        remedy="Save it as .xlsx, .ods or .csv and bring it again.",
    )


def kept(desk: Desk, digest: str) -> Path:
    """Return a sheet that is still kept, by its name there. Raises UserError."""
    path = desk.folder / _FOLDER / digest
    if not re.fullmatch(r"[0-9a-f]{64}\.(xlsx|ods|csv)", digest) or not path.is_file():
        raise UserError("upload.gone", "That sheet is no longer kept.", remedy="Bring it again.")
    return path
