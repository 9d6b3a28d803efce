"""What the check says of a letter's attachments: what is in them, and whether anybody gets them.

Files are told by their first bytes, never by being opened: PDF (ISO 32000-1, annex H.3, note 13), zip and what is
packed so (APPNOTE.TXT 4.3.7; encrypted: bit 0 of 4.4.4), compound files ([MS-CFB] 2.2; an encrypted Office document
is one with a stream EncryptedPackage, [MS-OFFCRYPTO] 2.3.4), PNG (ISO 15948, 5.2), JPEG (ISO 10918-1, B.1.1.3), GIF
(GIF89a, 17), RTF; programs: PE (Microsoft's PE format, 2), ELF (System V gABI, 4), Mach-O (mach-o/loader.h), scripts
that name their interpreter (#!), Windows' shortcuts ([MS-SHLLINK] 2.1). The endings of programs are those that Gmail
refuses (support.google.com/mail/answer/6590), in archives too.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath

from outreach.errors import Problem
from outreach.letters.attached_files import LetterAttachment
from outreach.letters.folder import Letter, read_letter_file
from outreach.letters.merge import Merged
from outreach.letters.toml_lines import place
from outreach.text import counted

_ZIP, _COMPOUND = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_PDF_LOOK = 1024
_ENCRYPTED_PDF = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_PACKED = (".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".zip", ".epub")
_KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    **dict.fromkeys(_PACKED, ("what its ending says", (_ZIP, b"PK\x05\x06"))),
    **dict.fromkeys((".doc", ".xls", ".ppt", ".msg"), ("what its ending says", (_COMPOUND,))),
    ".png": ("a PNG", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("a JPEG", (b"\xff\xd8\xff",)),
    ".jpeg": ("a JPEG", (b"\xff\xd8\xff",)),
    ".gif": ("a GIF", (b"GIF87a", b"GIF89a")),
    ".rtf": ("an RTF", (b"{\\rtf",)),
}
_PROGRAMS = (
    b"\x7fELF", b"#!", bytes.fromhex("4c0000000114020000000000c000000000000046"),
    *map(bytes.fromhex, ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe")),
)  # fmt: skip
_PROGRAM_ENDINGS = frozenset(
    f".{one}"
    for one in (
        "ade", "adp", "apk", "appx", "appxbundle", "bat", "cab", "chm", "cmd", "com", "cpl", "diagcab", "diagcfg",
        "diagpkg", "dll", "dmg", "exe", "hta", "img", "ins", "iso", "isp", "jar", "jnlp", "js", "jse", "lib", "lnk",
        "mde", "mjs", "msc", "msi", "msix", "msixbundle", "msp", "mst", "nsh", "pif", "ps1", "scr", "sct", "sh", "shb",
        "sys", "vb", "vbe", "vbs", "vhd", "vxd", "wsc", "wsf", "wsh", "xll",
    )
)  # fmt: skip


def findings_of_files(letter: Letter) -> Iterator[Problem]:
    """Yield what is wrong with a letter's attachments, whoever gets them."""
    for file in letter.attachments:
        where = _where(letter, file)
        if _is_program(file.file or file.name, file.content):
            yield Problem(
                "attachment.program", "{file!r} is a program: no mission opens one, and mail servers refuse it",
                file=file.file, where=where, remedy="Take it out.",
            )  # fmt: skip
        elif not file.content:
            yield Problem(
                "attachment.empty", "{file!r} is empty", file=file.file, where=where, remedy="Put the right file there."
            )
        elif kind := _another_kind(file):
            yield Problem(
                "attachment.other-kind", "{file!r} is not {kind}: whoever gets it can't open it", file=file.file,
                kind=kind, where=where, remedy="Save it anew, or give it the ending of what it is.",
            )  # fmt: skip
        elif _is_encrypted(file):
            yield Problem(
                "attachment.encrypted", "{file!r} asks for a password or is protected", file=file.file, where=where,
                remedy="Is it meant? Else save it without.",
            )  # fmt: skip
        if file.language is not None and file.language not in letter.bodies:
            yield _nobody(letter, file, f"the letter has no text in {file.language}")


_SHEETS = (".csv", ".tsv", ".xlsx", ".ods")


def findings_of_sheets(letter: Letter) -> Iterator[Problem]:
    """Yield the sheets in a letter's folder from which nothing is taken: whoever put one there believes that it is."""
    toml = letter.folder / "letter.toml"
    if not toml.is_file():
        return
    named = {read_letter_file(toml).signatories, *(one.file for one in letter.attachments)}
    for path in sorted(letter.folder.iterdir()):
        if path.suffix.lower() in _SHEETS and path.name not in named and not path.name.startswith((".", "~")):
            yield Problem(
                "sheet.not-named",
                "letter.toml does not name {file!r}: whoever stands in it does not sign",
                file=path.name,
                where=str(path),
                remedy='Write signatories = "{file}" above [subject] there, or take the file out of the folder.',
            )


def findings_of_recipients(letter: Letter, merged: Sequence[Merged]) -> Iterator[Problem]:
    """Yield the attachments that go with no letter of those that were merged, and the names in them that do not count.

    Letters to missions without an address reach nobody, and get none.
    """
    going = [one for one in merged if one.addressee.contacts]
    if not going:
        return
    for file in letter.attachments:
        if file.language is not None and file.language not in letter.bodies:
            continue  # the check of the letter says so
        if not any(file.goes_to(one.addressee.mission, one.language) for one in going):
            yield _nobody(letter, file, f"it fits none of the {counted(len(going), 'letter')} that go out")
            continue
        idle = [word for word in file.missions if not _counts(word, file, going)]
        if idle:
            yield Problem(
                "attachment.nobody-of", "{file!r} is for {words} too, and no letter that goes out fits that",
                file=file.file, words=", ".join(idle), where=_where(letter, file),
                remedy="Is the mission in the audience, and does it get that language?",
            )  # fmt: skip


def _counts(word: str, file: LetterAttachment, going: Sequence[Merged]) -> bool:
    alone = LetterAttachment(file.name, file.media_type, b"", file.language, (word,), file.file)
    return any(alone.goes_to(one.addressee.mission, one.language) for one in going)


def _nobody(letter: Letter, file: LetterAttachment, why: str) -> Problem:
    return Problem(
        "attachment.nobody", "{file!r} reaches nobody: {why}", file=file.file, why=why, where=_where(letter, file),
        remedy="Correct its language or missions, or take it out.",
    )  # fmt: skip


def _where(letter: Letter, file: LetterAttachment) -> str:
    return place(letter.folder / "letter.toml", "attachments", file.file)


def _is_program(name: str, content: bytes) -> bool:
    # Text may begin with MZ too; the head of a PE file has zeros in it.
    if (
        content.startswith(_PROGRAMS)
        or (content.startswith(b"MZ") and b"\0" in content[:64])
        or _ending(name) in _PROGRAM_ENDINGS
    ):
        return True
    return any(_ending(one.filename) in _PROGRAM_ENDINGS for one in _packed(content))


def _packed(content: bytes) -> list[zipfile.ZipInfo]:
    """What a zip says is in it; nothing for another file, or one that is damaged."""
    if not content.startswith(_ZIP):
        return []
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            return packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return []


def _ending(name: str) -> str:
    return PurePosixPath(name.lower().rstrip(" .")).suffix


def _another_kind(file: LetterAttachment) -> str:
    """What a file would be by its ending, where it is not; empty else."""
    ending, content = _ending(file.file or file.name), file.content
    if ending == ".pdf":
        return "" if b"%PDF-" in content[:_PDF_LOOK] else "a PDF"
    kind, marks = _KINDS.get(ending, ("", ()))
    if not kind or content.startswith(marks) or (ending in _PACKED and _is_encrypted(file)):
        return ""
    return kind


def _is_encrypted(file: LetterAttachment) -> bool:
    content = file.content
    if b"%PDF-" in content[:_PDF_LOOK]:
        return bool(_ENCRYPTED_PDF.search(content))
    if content.startswith(_COMPOUND):
        return _ENCRYPTED_OFFICE in content
    return any(one.flag_bits & 1 for one in _packed(content))
