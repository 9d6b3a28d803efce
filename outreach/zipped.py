"""Files that are written the same to the byte each time: a zip whose members have one fixed time and order."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from outreach import platform
from outreach.errors import UserError

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell: nothing in it says when it was made."""


def write_zip(out: Path, files: Mapping[str, bytes], *, alone: str = "", public: bool = False) -> list[str]:
    """Write files by name into `out`, a .zip; where it is a .json, the file `alone` by itself. Return the names.

    It is written beside its place first. Raises UserError where it can't be written, or has another ending.
    """
    kind = out.suffix.lower()
    if kind != ".zip" and not (alone and kind == ".json"):
        raise UserError(
            "file.no-such-kind", "{out} is no .zip{or_json}.", out=out, or_json=" or .json" if alone else "",
            remedy="Name another{OUT}.",
        )  # fmt: skip
    part = out.with_name(f".{out.name}.part")
    try:
        platform.create_private(part).close()
        if kind == ".json":
            part.write_bytes(files[alone])
            names = [alone]
        else:
            names = sorted(files)
            with zipfile.ZipFile(part, "w") as made:
                for name in names:
                    member = zipfile.ZipInfo(name, _EPOCH)
                    member.compress_type, member.create_system, member.external_attr = (
                        zipfile.ZIP_DEFLATED,
                        3,
                        0o644 << 16,
                    )
                    made.writestr(member, files[name], compresslevel=6)
        platform.replace(part, out)
        if public:
            platform.make_public(out)
    except OSError as error:
        raise UserError(
            "folder.not-written",
            "{folder} can't be written: {error}.",
            folder=out,
            error=error.strerror,
            remedy="Name another{OUT}.",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return names
