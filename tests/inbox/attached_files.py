"""Files that missions attach, made as they make them: notes verbales, scans, locked ones; and hostile ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import typst
from inbox_mails import answer, mail

from outreach.letters.faces.fonts import fonts

NOTE_FR = """NOTE VERBALE

La Mission permanente de la Suisse auprès de l'Office des Nations Unies à Genève présente ses compliments à la Coalition
et, se référant à sa lettre du 18 mars, a l'honneur de lui faire savoir que la Suisse votera en faveur du projet de
résolution.

La Mission permanente saisit cette occasion pour renouveler l'assurance de sa considération distinguée."""
NOTE_AR = """مذكرة شفوية

تهدي البعثة الدائمة للجزائر لدى مكتب الأمم المتحدة في جنيف أطيب تحياتها، وتتشرف بإبلاغكم بأن وفد الجزائر سيصوت لصالح مشروع القرار.

وتغتنم البعثة الدائمة هذه الفرصة لتعرب عن فائق تقديرها."""  # noqa: E501
NOTE_EN = """NOTE VERBALE

The Permanent Mission of France to the United Nations Office presents its compliments to the Coalition and has the
honour to inform it that France will co-sponsor the draft resolution.

The Permanent Mission avails itself of this opportunity to renew the assurances of its consideration."""


def typeset(source: str, **sources: bytes) -> bytes:
    """Set a page with typst."""
    compiler = typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)
    made = compiler.compile(input={"main.typ": source.encode(), **sources}, format="pdf")
    assert isinstance(made, bytes)
    return made


def pdf(text: str, language: str = "fr") -> bytes:
    """A PDF of that text."""
    look = (
        'font: "Amiri", lang: "ar", dir: rtl' if language == "ar" else f'font: "Libertinus Serif", lang: "{language}"'
    )
    return typeset(f"#set text({look}, hyphenate: true)\n#set par(justify: true)\n#set page(margin: 4cm)\n{text}")


def scan() -> bytes:
    """A PDF that is nothing but the picture of a page."""
    rows = b"".join(b"\0" + bytes(255 if (x // 8 + y) % 3 else 0 for x in range(64)) for y in range(90))
    head = struct.pack(">IIBBBBB", 64, 90, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    inside = ", ".join(map(str, png))
    return typeset(f"#set page(margin: 0pt)\n#image(bytes(({inside})), width: 100%)")


def locked(content: bytes) -> bytes:
    """That PDF, behind a password."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt("only the mission knows", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def raw_pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1 on."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(out)


def pdf_bomb() -> bytes:
    """A page whose content is three gigabytes of text operators, twice deflated."""
    line = zlib.compressobj(9)
    piece = b"BT /F 9 Tf (Excellency) Tj ET\n" * 40_000
    head = line.compress(piece) + line.flush(zlib.Z_FULL_FLUSH)  # after which what is packed knows nothing of before
    once = head + (line.compress(piece) + line.flush(zlib.Z_FULL_FLUSH)) * 2_500 + line.flush()
    packed = zlib.compress(once, 9)
    return raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def pdf_that_goes_round() -> bytes:
    """Pages that are their own parents, and a form that draws itself."""
    form = b"q /X Do Q BT /F 9 Tf (again) Tj ET"
    return raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 100000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length %d>>stream\n%s\nendstream"
        % (len(form), form),
    )


def pdf_nested_deeply() -> bytes:
    """Lists within lists, a million of them."""
    return raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"[" * 1_000_000 + b"]" * 1_000_000)


def docx(*paragraphs: str, header: str = "", document: bytes | None = None) -> bytes:
    """A Word file of these paragraphs."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    lines = "".join(f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in paragraphs)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(
            "word/document.xml", document or f"<w:document {space}><w:body>{lines}</w:body></w:document>".encode()
        )
        if header:
            package.writestr("word/header1.xml", f"<w:hdr {space}><w:p><w:r><w:t>{header}</w:t></w:r></w:p></w:hdr>")
    return out.getvalue()


def docx_bomb() -> bytes:
    """A Word file of a few hundred kB that is two hundred MB of words."""
    return docx(
        document=b"<w:document xmlns:w='w'><w:p><w:t>" + b"Excellency, " * 17_000_000 + b"</w:t></w:p></w:document>"
    )


def docx_of_entities() -> bytes:
    """A milliard of laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    words = '<w:document xmlns:w="w"><w:t>&l9;</w:t></w:document>'
    return docx(document=f'<!DOCTYPE w [<!ENTITY l0 "ha">{entities}]>{words}'.encode())


def docx_nested_deeply() -> bytes:
    """A million elements, each in the one before."""
    return docx(document=b"<w:document xmlns:w='w'>" + b"<w:p>" * 1_000_000 + b"</w:p>" * 1_000_000 + b"</w:document>")


def bearing(files: Sequence[tuple[str, str, bytes]], words: str = "Please find attached our reply.") -> bytes:
    """An answer that bears files: each a name, a type and its bytes."""
    import base64

    head = answer("").split(b"\r\nMIME-Version")[0].decode().split("\r\n")
    parts = ["--b", "Content-Type: text/plain; charset=utf-8", "", words, ""]
    for name, media_type, content in files:
        parts += [
            "--b", f'Content-Type: {media_type}; name="{name}"', "Content-Transfer-Encoding: base64",
            f'Content-Disposition: attachment; filename="{name}"', "", base64.encodebytes(content).decode().strip(),
        ]  # fmt: skip
    return mail(*head, 'Content-Type: multipart/mixed; boundary="b"', body="\n".join([*parts, "--b--"]))


def open_document(*paragraphs: str, content: bytes = b"", locked: bool = False) -> bytes:
    """An OpenDocument text of these paragraphs, or with this content."""
    lines = "".join(f"<text:p>{one}</text:p>" for one in paragraphs)
    xml = (
        content
        or (
            "<office:document-content xmlns:office='o' xmlns:text='t'><office:body><office:text>"
            f"{lines}</office:text></office:body></office:document-content>"
        ).encode()
    )
    manifest = b"<manifest:manifest>%s</manifest:manifest>" % (b"<manifest:encryption-data/>" if locked else b"")
    return package({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": xml,
                    "META-INF/manifest.xml": manifest})  # fmt: skip


def sheet(*cells: str, inline: str = "", content: bytes = b"") -> bytes:
    """An Excel sheet with these words in its cells."""
    shared = "".join(f"<si><r><t>{one[:2]}</t></r><r><t>{one[2:]}</t></r></si>" for one in cells)
    rows = (
        f"<worksheet><sheetData><c t='inlineStr'><is><t>{inline}</t></is></c><c><v>42</v></c></sheetData></worksheet>"
    )
    return package({"xl/sharedStrings.xml": content or f"<sst>{shared}</sst>".encode(),
                    "xl/worksheets/sheet1.xml": rows.encode()})  # fmt: skip


def package(members: dict[str, bytes]) -> bytes:
    """A zip of these members."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return into.getvalue()


LAUGHS = (
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><x><text:p>&j;</text:p><si><t>&j;</t></si></x>"
)
"""Entities that stand for a milliard of each other."""
