"""What is told of a letter's files without decoding them is what decoding them tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.letters.faces.mime_writer import HeaderFields, NameAddr, build
from outreach.letters.folder import LetterAttachment
from outreach.letters.reading import enclosed, read_letter, text_of

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
FILES = st.lists(
    st.tuples(NAMES, st.sampled_from(["application/pdf", "image/png", "text/plain"]), st.binary(max_size=300)),
    max_size=4,
)


def letter(*files: LetterAttachment, text: str = "The text.\n") -> bytes:
    box = NameAddr("Coalition", "letters@coalition.example")
    envelope = HeaderFields(box, None, (box,), (), "A letter", "<1@coalition.example>", "en")
    return build(envelope, text, "<p>The text.</p>\n", files)


@given(FILES)
def test_it_tells_what_decoding_tells(files: list[tuple[str, str, bytes]]) -> None:
    raw = letter(*(LetterAttachment(*one) for one in files))
    told = [(one.name, one.media_type, len(one.content)) for one in read_letter(raw).attachments]
    assert [(one.name, one.media_type, one.size) for one in enclosed(raw)] == told
    assert len(told) == len(files)


@pytest.mark.parametrize("raw", [b"", b"Subject: x\r\n\r\nText\r\n", b"\r\n\r\n", letter()])
def test_a_letter_without_files_has_none(raw: bytes) -> None:
    assert enclosed(raw) == []


WORDS = st.lists(st.sampled_from(["mission", "été", "审议", "права", "-- ", ">", "=", "", " ", "x" * 90]), max_size=40)


@given(WORDS, st.sampled_from(["\n", " ", "\n\n"]), st.booleans())
def test_the_text_alone_is_what_reading_the_whole_letter_tells(words: list[str], between: str, file: bool) -> None:
    raw = letter(*[LetterAttachment("a.txt", "text/plain", b"Another text.")] * file, text=between.join(words))
    assert text_of(raw) == read_letter(raw).text


@pytest.mark.parametrize("text", ["In plain words. " * 60, "En français, à Genève. " * 60, "审议 " * 200])
def test_of_a_letter_that_is_cut_off_the_text_is_a_beginning(text: str) -> None:
    raw, whole = letter(text=text), read_letter(letter(text=text)).text
    for length in range(400, len(raw), 61):
        assert whole.startswith(text_of(raw[:length]).rstrip("\ufffd\r\n"))
