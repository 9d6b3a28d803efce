"""A PDF as a screen reader meets it: its tags in their order, counted, with the words and the language of each.

It reads the file with pypdf and knows nothing of what made it (ISO 32000-1, 14.7 and 14.8; ISO 14289-1).
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdf


@dataclass
class Tag:
    """A structure element."""

    name: str
    inside: list["Tag"] = field(default_factory=list)
    language: str = ""
    marks: int = 0
    """Pieces of a page that it holds itself."""

    def all(self) -> Iterator["Tag"]:
        yield self
        for tag in self.inside:
            yield from tag.all()


@dataclass
class Structure:
    """What the checker found."""

    tags: Tag
    claims: set[str]
    faults: list[str]
    languages: set[str]

    def count(self, *names: str) -> int:
        counted = Counter(tag.name for tag in self.tags.all())
        return sum(counted[name] for name in names)

    def levels(self) -> list[int]:
        return [int(tag.name[1:]) for tag in self.tags.all() if re.fullmatch(r"H[1-6]", tag.name)]


def structure(content: bytes) -> Structure:
    """Read a PDF, and tell its tags, what it claims to be, and where it breaks what it claims."""
    reader = pypdf.PdfReader(io.BytesIO(content), strict=True)
    root: Any = reader.trailer["/Root"]
    faults: list[str] = []
    xmp = root["/Metadata"].get_object().get_data().decode()
    claims = set()
    for name, prefix in (("UA", "pdfuaid"), ("A", "pdfaid")):
        said = [*re.findall(rf"<{prefix}:part>(.*?)<", xmp), *re.findall(rf"<{prefix}:conformance>(.*?)<", xmp)]
        if said:
            claims.add(f"{name}-{''.join(said)}")
    faults += _document_faults(root)
    if not (reader.metadata and reader.metadata.title):
        faults.append("no title (7.1)")
    languages = {str(root.get("/Lang"))}
    for number, page in enumerate(reader.pages, start=1):
        drawn = page.get_contents().get_data()  # type: ignore[union-attr]
        faults += [f"page {number}: text that is neither tagged nor an artifact" for _ in _unmarked(drawn)]
        languages.update(found.decode() for found in re.findall(rb"/Lang ?\(([\w-]+)\)", drawn))
        for annotation in page.get("/Annots", ()):
            note = annotation.get_object()
            if not note.get("/Contents"):
                faults.append(f"page {number}: a link that says nothing (7.18.5)")
            if "/StructParent" not in note:
                faults.append(f"page {number}: a link outside of the text (7.18.5)")
        for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
            faults += [f"page {number}: {fault}" for fault in _font_faults(font.get_object())]
    tags = _tags(root["/StructTreeRoot"])
    languages.update(tag.language for tag in tags.all() if tag.language)
    faults += _structure_faults(tags)
    return Structure(tags, claims, faults, languages)


def _document_faults(root: Any) -> Iterator[str]:
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not marked as tagged (ISO 14289-1, 6.2)"
    if not root.get("/Lang"):
        yield "no language (7.2)"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the title is not shown (7.1)"
    if not root.get("/OutputIntents"):
        yield "no output intent (ISO 19005-2, 6.2.3)"


def _unmarked(drawn: bytes) -> Iterator[bytes]:
    """Yield each piece of text that stands in no marked content."""
    depth = 0
    for found in re.finditer(
        rb"\b(BDC|BMC|EMC|TJ|Tj)\b", re.sub(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", b"", drawn)
    ):
        if found[1] in {b"BDC", b"BMC"}:
            depth += 1
        elif found[1] == b"EMC":
            depth -= 1
        elif depth == 0:
            yield found[0]


def _font_faults(font: Any) -> Iterator[str]:
    if "/ToUnicode" not in font:
        yield f"{font['/BaseFont']} tells no characters (ISO 19005-2, 6.2.11.7)"
    (descendant,) = font["/DescendantFonts"]
    if not {"/FontFile2", "/FontFile3"} & set(descendant.get_object()["/FontDescriptor"].get_object()):
        yield f"{font['/BaseFont']} is not in the file (6.2.11.4)"


def _tags(node: Any) -> Tag:
    node = node.get_object()
    tag = Tag(str(node.get("/S", "/Root"))[1:], language=str(node.get("/Lang", "")))
    kids = node.get("/K")
    kids = kids.get_object() if kids is not None else []
    for kid in [one.get_object() for one in (kids if isinstance(kids, list) else [kids])]:
        if isinstance(kid, dict) and "/S" in kid:
            tag.inside.append(_tags(kid))
        else:
            tag.marks += 1
    return tag


_PARTS = {  # a list may hold a list (ISO 32000-2, annex L)
    "L": {"LI", "L", "Caption"},
    "LI": {"Lbl", "LBody"},
    "TR": {"TH", "TD"},
    "Table": {"TR", "THead", "TBody", "TFoot"},
}


def _structure_faults(tags: Tag) -> Iterator[str]:
    """What stands where it may not (ISO 32000-1, 14.8.4.3), and levels left out (ISO 14289-1, 7.4.2)."""
    before = 0
    for tag in tags.all():
        for part in tag.inside:
            if tag.name in _PARTS and part.name not in _PARTS[tag.name]:
                yield f"{part.name} in {tag.name}"
        if re.fullmatch(r"H[1-6]", tag.name):
            level = int(tag.name[1:])
            if level > before + 1:
                yield f"heading {level} after {before}"
            before = level
