"""Writes a copy of a zip package in which only the members that differ are compressed anew."""

import copy as copying
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

_NAME_AND_EXTRA = struct.Struct("<HH")
"""The lengths at offset 26 of a member's local header, behind whose 30 bytes they follow (APPNOTE.TXT, 4.3.7)."""
_STREAMED = 0x08
"""The flag of a member whose sizes stand behind its bytes (4.4.4); in the copy they stand before them."""


_LEVELS = (None, 9, 3, 1)
"""How hard deflate tries, by bits 1 and 2 of a member's flags (4.4.4): normal, maximum, fast; super fast as Excel."""


def copy_package(content: bytes, archive: zipfile.ZipFile, out: Path, changed: Mapping[str, bytes]) -> None:
    """Write the members of an archive to `out`, which must not be there, in their order.

    `content` are the archive's bytes. Those members named in `changed`, in lower case, have these bytes, packed as hard
    as before; the others are copied as they lie there, and neither unpacked nor packed.
    """
    with zipfile.ZipFile(out, "x") as copy:
        for entry in archive.infolist():
            if (differs := changed.get(entry.filename.lower())) is not None:
                copy.writestr(entry, differs, entry.compress_type, _LEVELS[entry.flag_bits >> 1 & 3])
            else:
                _copy_member(content, copying.copy(entry), copy)


def _copy_member(content: bytes, entry: zipfile.ZipInfo, copy: zipfile.ZipFile) -> None:
    name, extra = _NAME_AND_EXTRA.unpack_from(content, entry.header_offset + 26)
    begins = entry.header_offset + 30 + name + extra
    file = copy.fp
    assert file is not None
    file.seek(copy.start_dir)
    entry.header_offset, entry.flag_bits = file.tell(), entry.flag_bits & ~_STREAMED
    file.write(entry.FileHeader())
    file.write(content[begins : begins + entry.compress_size])
    copy.start_dir = file.tell()
    copy.filelist.append(entry)
    copy.NameToInfo[entry.filename] = entry
