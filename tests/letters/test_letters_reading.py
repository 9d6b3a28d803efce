"""What is told of a letter's files without decoding them is what decoding them tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.letters.faces.mime_writer import HeaderFields, NameAddr, build
from outreach.letters.folder import LetterAttachment
from outreach.letters.reading import enclosed, read_letter

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
FILES = st.lists(
    st.tuples(NAMES, st.sampled_from(["application/pdf", "image/png", "text/plain"]), st.binary(max_size=300)),
    max_size=4,
)


def letter(*files: LetterAttachment) -> bytes:
    box = NameAddr("Coalition", "letters@coalition.example")
    envelope = HeaderFields(box, None, (box,), (), "A letter", "<1@coalition.example>", "en")
    return build(envelope, "The text.\n", "<p>The text.</p>\n", files)


@given(FILES)
def test_it_tells_what_decoding_tells(files: list[tuple[str, str, bytes]]) -> None:
    raw = letter(*(LetterAttachment(*one) for one in files))
    told = [(one.name, one.media_type, len(one.content)) for one in read_letter(raw).attachments]
    assert [(one.name, one.media_type, one.size) for one in enclosed(raw)] == told
    assert len(told) == len(files)


@pytest.mark.parametrize("raw", [b"", b"Subject: x\r\n\r\nText\r\n", b"\r\n\r\n", letter()])
def test_a_letter_without_files_has_none(raw: bytes) -> None:
    assert enclosed(raw) == []
