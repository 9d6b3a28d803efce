"""Pictures in a letter's text: they go along in the mail, the PDF and the open edition, and are looked at first."""

import base64
import email
import email.policy
import struct
import zlib
from datetime import UTC, datetime
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from letters_made import TOML, addressee, merger, write_letter
from pypdf import PdfReader

from outreach.campaigns.publish import publish
from outreach.letters.faces.mime_writer import HeaderFields, NameAddr, build, same_letter
from outreach.letters.faces.pdf import sheet_of, typesetter
from outreach.letters.faces.pictures import NoPicture, measured, read_picture
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.merge import Merged
from outreach.letters.reading import read_letter

NOW = datetime(2024, 3, 15, tzinfo=UTC)
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H///"
    "/6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAAC"
    "AAMDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAEBf/EAB"
    "QRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/ACjrD//Z"
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 20, height: int = 10, *more: bytes, declared: tuple[int, int] | None = None) -> bytes:
    rows = b"".join(b"\0" + bytes((90, 120, 200)) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", *(declared or (width, height)), 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def merged(templates: Path, text: str, **files: bytes) -> Merged:
    named = {name.replace("_", "."): content for name, content in files.items()}
    write_letter(templates, {"en.md": text, **named})
    return merger(load_letter("letter", templates)).merge(addressee("GBR"))


def alternatives(reader: PdfReader) -> set[str]:
    """What stands for each figure in the structure of the PDF (ISO 32000-2, 14.9.3)."""
    found: set[str] = set()
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            found |= {str(node["/Alt"])} if "/Alt" in node else set()
            waiting += [node["/K"]] if "/K" in node and not isinstance(node["/K"], int) else []
    return found


def mail(one: Merged, message_id: str = "<x@coalition.example>") -> bytes:
    fields = HeaderFields(
        NameAddr("Ana", "ana@coalition.example"), None, (NameAddr("", "pr@gbr.mission.example"),), (), one.subject,
        message_id, "en",
    )  # fmt: skip
    return build(fields, one.text, one.html, (), one.pictures)


def test_a_picture_is_an_inline_part_that_the_page_names(tmp_path: Path) -> None:
    one = merged(tmp_path, "Dear {{ mission.name }},\n\n![Votes by year](chart.png)\n\nEnd.\n", chart_png=png())
    raw = mail(one)
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert read.get_content_type() == "multipart/alternative"
    plain, related = read.iter_parts()
    page, picture = related.iter_parts()
    assert related.get_content_type() == "multipart/related"
    assert related.get_param("type") == "text/html"
    assert picture.get_content_type() == "image/png"
    assert picture["Content-Disposition"] == 'inline; filename="chart.png"'
    assert f'src="cid:{str(picture["Content-ID"])[1:-1]}" alt="Votes by year" width="20"' in page.get_content()
    assert picture.get_content() == png()
    assert "[Votes by year]" in plain.get_content()
    assert "http" not in page.get_content()
    assert not list(read.iter_attachments())


def test_the_same_letter_is_the_same_bytes_again_but_for_its_lots(tmp_path: Path) -> None:
    one = merged(tmp_path, "![a](chart.png) ![b](chart.png)\n", chart_png=png())
    first, second = mail(one), mail(merged(tmp_path, "![a](chart.png) ![b](chart.png)\n"), "<y@coalition.example>")
    assert first != second
    assert same_letter(first, second)
    assert len(one.pictures) == 1
    assert first.count(b"Content-ID:") == 1


def test_only_the_pictures_of_a_mail_go_along_in_it(tmp_path: Path) -> None:
    text = '{% if mission.iso3 == "FRA" %}![a](a.png){% else %}![b](b.png){% endif %}\n'
    one = merged(tmp_path, text, a_png=png(20, 10), b_png=png(30, 10))
    assert [picture.name for picture in one.pictures] == ["b.png"]


def test_a_wide_picture_is_bounded_and_keeps_its_shape(tmp_path: Path) -> None:
    one = merged(tmp_path, "![wide](w.png)\n", w_png=png(1280, 640))
    assert 'width="640" height="320"' in one.html
    assert "max-width:640px;height:auto" in one.html


def test_what_is_kept_is_shown_as_a_page_that_names_nothing(tmp_path: Path) -> None:
    one = merged(tmp_path, "![x](c.png)\n", c_png=png())
    for page in (one.page, read_letter(mail(one)).page):
        assert "cid:" not in page
        assert f"data:image/png;base64,{base64.b64encode(png()).decode()}" in page


@pytest.mark.parametrize("name", ["c.png", "c.jpg"])
def test_the_pdf_holds_it_with_its_words(tmp_path: Path, name: str) -> None:
    write_letter(
        tmp_path,
        {"en.md": f"One\n\n![Votes by year]({name})\n\nin ![line]({name}) too\n", "c.png": png(), "c.jpg": JPEG},
    )
    letter = load_letter("letter", tmp_path)
    made = typesetter(letter, NOW).pdf(sheet_of(merger(letter).merge(addressee("GBR"))))
    reader = PdfReader(BytesIO(made))
    assert len(reader.pages[0].images) >= 1
    assert alternatives(reader) == {"Votes by year", "line"}


def test_the_open_edition_has_it_in_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_letter(
        tmp_path / "templates",
        {"en.md": "![Votes](c.png)\n", "letter.toml": 'title="T"\n[subject]\nen="S"\n', "c.png": png()},
    )
    page, _ = publish("letter", out=tmp_path / "out", templates=tmp_path / "templates")
    html = page.read_text(encoding="utf-8")
    assert "data:image/png;base64," in html
    assert 'alt="Votes"' in html
    assert "cid:" not in html


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("code", "text", "content"),
    [
        ("picture.no-alt", "![](c.png)", png()), ("picture.kind", "![x](c.png)", b"GIF89a" + b"x" * 40),
        ("picture.kind", "![x](c.png)", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("picture.svg", "![x](c.svg)", b"<svg/>"),
        ("picture.broken", "![x](c.png)", png()[:-12]),
        ("picture.broken", "![x](c.jpg)", JPEG[:30]),
        ("picture.broken", "![x](c.png)", png(declared=(0, 5))),
        ("picture.dimensions", "![x](c.png)", png(declared=(30_000, 5))),
        ("picture.dimensions", "![x](c.png)", png(declared=(7_000, 7_000))),
        ("picture.dimensions", "![x](c.png)", png(20, 10, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(50_000_000))))),
        ("picture.moving", "![x](c.png)", png(20, 10, chunk(b"acTL", struct.pack(">II", 2, 0)))),
        ("picture.too-large", "![x](c.png)", png(20, 10, chunk(b"teSt", b"x" * 2_200_000))),
        ("picture.missing", "![x](other.png)", png()), ("picture.outside", "![x](../layouts/c.png)", png()),
        ("picture.outside", "![x](/etc/hostname)", png()), ("picture.remote", "![x](https://a.example/c.png)", png()),
        ("picture.remote", "![x](//a.example/c.png)", png()), ("picture.field", "![x]({{ mission.iso3 }}.png)", png()),
        ("picture.inline", "![x](data:image/png;base64,AAAA)", png()),
        ("picture.outside", "![x](file:///etc/passwd)", png()),
    ],
)  # fmt: skip
def test_what_can_t_go_out_stands_in_the_way_with_its_line_and_cure(
    tmp_path: Path, code: str, text: str, content: bytes
) -> None:
    write_letter(tmp_path, {"en.md": f"Dear all,\n\n{text}\n", "c.png": content, "c.jpg": content, "c.svg": content})
    found = check_letter("letter", tmp_path)
    (problem,) = [one for one in found.problems if one.says.code.startswith("picture.")]
    assert problem.says.code == code
    assert problem.where.endswith("en.md, line 3")
    assert problem.remedy
    if code != "picture.no-alt":
        one = merger(load_letter("letter", tmp_path)).merge(addressee("GBR"))
        assert "<img" not in one.html
        assert not one.pictures


def test_a_link_in_the_folder_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = write_letter(tmp_path / "templates", {"en.md": "![x](c.png)\n\n![y](sub/d.png)\n"})
    (tmp_path / "secret.png").write_bytes(png())
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "d.png").write_bytes(png())
    (folder / "c.png").symlink_to(tmp_path / "secret.png")
    (folder / "sub").symlink_to(tmp_path / "away")
    codes = [one.says.code for one in check_letter("letter", tmp_path / "templates").problems]
    assert codes == ["picture.outside", "picture.outside"]
    assert not load_letter("letter", tmp_path / "templates").pictures


def test_large_pictures_and_what_cameras_write_are_told(tmp_path: Path) -> None:
    exif = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0xx" + JPEG[2:]
    heavy = png(20, 10, chunk(b"teSt", b"x" * 400_000))
    write_letter(tmp_path, {"en.md": "![x](c.jpg)\n\n![y](d.png)\n", "c.jpg": exif, "d.png": heavy})
    found = check_letter("letter", tmp_path)
    assert not [one for one in found.problems if "picture" in one.says.code]
    assert [one.says.code for one in found.warnings if "picture" in one.says.code] == [
        "picture.metadata",
        "picture.large",
    ]


def test_the_words_of_a_picture_are_no_mark_that_is_not_filled_in(tmp_path: Path) -> None:
    text = "![Votes by year, rising from twelve to twenty-nine of the forty-seven members of the Council](c.png)\n"
    write_letter(tmp_path, {"en.md": text, "c.png": png()})
    assert not check_letter("letter", tmp_path).problems


def test_dimensions_are_read_from_the_heads() -> None:
    assert measured(png(33, 44)) == ("image/png", 33, 44)
    assert measured(JPEG) == ("image/jpeg", 3, 2)


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_picture_cut_anywhere_is_refused_and_breaks_nothing(cut: int) -> None:
    for whole in (png(), JPEG):
        if cut < len(whole) - 2:
            with pytest.raises(NoPicture):
                measured(whole[:cut])


def test_a_name_with_spaces_and_one_far_from_its_words_are_found(tmp_path: Path) -> None:
    one = merged(tmp_path, "![x](<my chart.png>) and ![y][c]\n\n[c]: c.png\n", c_png=png())
    write_letter(tmp_path, {"my chart.png": png(7, 7), "en.md": "![x](<my chart.png>) and ![y][c]\n\n[c]: c.png\n"})
    assert [picture.name for picture in one.pictures] == ["c.png"]
    assert read_picture(tmp_path / "letter", "my%20chart.png").width == 7
    assert set(load_letter("letter", tmp_path).pictures) == {"my chart.png", "c.png"}


@pytest.mark.heavy
def test_a_scanned_signature_is_as_large_as_one_and_stays_with_the_close_and_the_name(tmp_path: Path) -> None:
    """Whatever place on the page it comes to, and however finely it was scanned."""
    signed = "::: signature\nYours sincerely,\n\n![Signature of Ana Li](sig.png)\n\nAna Li\nDirector\n:::\n"
    paragraph = "We ask for this and for that, and for much more besides. " * 6
    pages_taken = set()
    for count in range(7, 12):
        text = f"{paragraph}\n\n" * count + signed
        write_letter(tmp_path, {"en.md": text, "sig.png": png(2400, 800), "letter.toml": f"{TOML}\n[pdf]\n"})
        letter = load_letter("letter", tmp_path)
        made = merger(letter).merge(addressee("GBR"))
        assert 'alt="Signature of Ana Li" width="240" height="80"' in made.html
        assert [picture.name for picture in made.pictures] == ["sig.png"]
        reader = PdfReader(BytesIO(typesetter(letter, NOW).pdf(sheet_of(made))))
        assert alternatives(reader) == {"Signature of Ana Li"}
        (page,) = [page for page in reader.pages if "Yours sincerely," in page.extract_text()]
        assert "Director" in page.extract_text()
        assert len(page.images) == 1
        pages_taken.add(len(reader.pages))
    assert pages_taken == {1, 2}
    assert "[Signature of Ana Li]\n\nAna Li\nDirector" in made.text
