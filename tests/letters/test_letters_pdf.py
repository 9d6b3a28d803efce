"""The PDF of a letter: tagged, in its language, with the words of the mail and nothing but words in its fields."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters_made import LAYOUTS, ROOT, TOML, addressee, contact, merger, write_letter
from test_letters_merge import HOSTILE

from outreach.errors import LetterError
from outreach.letters.faces.fonts import families, lacking, of_other_scripts
from outreach.letters.faces.pdf import PAGE, PdfContent, Typesetter, file_name, side_by_side
from outreach.letters.faces.typography import typeset_tokens
from outreach.letters.folder import Letter, load_letter
from outreach.letters.markdown import parse
from outreach.letters.merge import MergedText
from outreach.letters.tree import in_their_own_direction, to_tree
from outreach.missions.facts import states
from outreach.vocabulary import Language
from tests.examples import examples, heavy

MOMENT = datetime(2024, 3, 15, 9, 0, tzinfo=UTC)
NAMES = ("hrc-joint-letter", "hrc-reminder", "hrc-thanks", "hrc-regret")
SAMPLES = ROOT / "templates"
OF = {"en": "GBR", "fr": "FRA", "es": "PER", "ar": "KWT", "zh": "CHN", "ru": "KAZ"}

_KEPT = '<span style="white-space:nowrap">'


def typesetter(letter: Letter) -> Typesetter:
    return Typesetter(letter.layouts / PAGE, letter.letterhead, MOMENT)


def sheet(words: MergedText) -> PdfContent:
    return PdfContent(words.subject, words.language, to_tree(words.tokens))


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def text_of(reader: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def squeezed(text: str) -> str:
    """Letters and figures only: line breaks, hyphens, bullets and spaces are the page's own."""
    return re.sub(r"[\W_]+", "", text)


def sample(language: Language, name: str = "hrc-joint-letter") -> tuple[Letter, MergedText]:
    letter = load_letter(name, SAMPLES)
    to = addressee(OF[language], contact(OF[language], language=language))
    return letter, merger(letter).merge(to)


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_each_language_is_tagged_titled_and_set_in_embedded_fonts(language: Language) -> None:
    letter, words = sample(language)
    assert words.language is language
    reader = read(typesetter(letter).pdf(sheet(words)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert str(root["/Lang"]).startswith(language)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == words.subject
    assert reader.metadata.author == letter.letterhead.name
    fonts = {font for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    for font in fonts:
        (descendant,) = font.get_object()["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), "embedded"
        assert not re.search("LastResort|DejaVu", str(descriptor["/FontName"]))


@pytest.mark.heavy
@pytest.mark.parametrize("language", [Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.CHINESE,
                                      Language.RUSSIAN])  # fmt: skip
def test_the_pdf_says_what_the_mail_says(language: Language) -> None:
    letter, words = sample(language)
    shown = text_of(read(typesetter(letter).pdf(sheet(words)))).replace("\u00ad", "")
    head = "".join([letter.letterhead.name, *letter.letterhead.lines])
    said = squeezed(shown).removeprefix(squeezed(head)).removesuffix("11")
    assert said == squeezed(words.text)


@pytest.mark.heavy
def test_every_character_of_every_sample_has_a_glyph() -> None:
    texts = [sample(language, name)[1].text for language in Language for name in NAMES]
    assert lacking(texts) == []
    names = [
        name for state in states().values() for name in (*state.short_names.values(), *state.formal_names.values())
    ]
    assert lacking(names) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("བོད and 한국", ["བ", "ད"]), ("ދިވެހި", ["ދ", "ވ", "ހ"]), ("a 😀 b", ["😀"]),
        ("日本語 ひらがな", []), ("Ελληνικά, עברית, ạ ʻ ṣ Ñ € → “”…", []), ("", []), ("\u200d\u0301\u202e", []),
    ],
)  # fmt: skip
def test_a_character_that_no_font_has_is_found(text: str, missing: list[str]) -> None:
    assert lacking([text]) == sorted(missing)


@pytest.mark.heavy
@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=("C", "Zl", "Zp")), max_size=80))
@settings(max_examples=examples(60), deadline=None)
def test_any_text_stands_in_the_file_as_it_is(text: str) -> None:
    letter = load_letter("hrc-joint-letter", SAMPLES)
    body = [{"t": "p", "c": [text]}, {"t": "p", "c": [{"t": "strong", "c": [text]}]}]
    reader = read(typesetter(letter).pdf(PdfContent(f"T {text}", Language.ENGLISH, body)))
    assert reader.metadata is not None
    assert reader.metadata.title == f"T {text}"


@pytest.mark.parametrize("source", ['#import "@preview/x:1.0.0": y', '#import("@local/abc-d:0.1.0")'])
def test_a_layout_that_fetches_from_the_network_is_refused(tmp_path: Path, source: str) -> None:
    write_letter(tmp_path, {})
    letter = load_letter("letter", tmp_path)
    (tmp_path / "layouts" / PAGE).write_text(f"// a\n{source}\n")
    with pytest.raises(LetterError, match="line 2: packages from the network"):
        typesetter(letter)


@pytest.mark.heavy
@pytest.mark.parametrize("value", [*HOSTILE, '\\"', '")\n#panic("x', "\u202eabc", "\x00", "\u200b" * 50])
def test_what_stands_in_a_field_stays_text(tmp_path: Path, value: str) -> None:
    body = "Dear {{ contact.name }}!\n\n- {{ contact.name }}\n"
    write_letter(tmp_path, {"letter.toml": TOML + "[pdf]\n", "en.md": body})
    letter = load_letter("letter", tmp_path)
    words = merger(letter).merge(addressee("GBR", contact("GBR", name=value)))
    reader = read(typesetter(letter).pdf(sheet(words)))
    pages = [page.extract_text() for page in reader.pages]
    if len(pages) > 1:  # each has its number in the footer, later ones the subject above; a single one has neither
        pages = [page.rpartition("\n")[0].removeprefix(words.subject) for page in pages]
    assert squeezed("".join(pages)) == squeezed(words.text)
    assert not any("/Annots" in page for page in reader.pages), "no link comes from a field"


def test_in_a_letter_from_right_to_left_a_latin_name_keeps_its_direction() -> None:
    nodes = to_tree(parse("::: columns\n- Ada (A), x\n- **Bo**\n- جمعية\n- 1 - é\n- 12\n:::\n\n- list\n\nAda\n"))
    columns, plain, paragraph = in_their_own_direction(nodes)
    assert isinstance(columns, dict)
    assert isinstance(plain, dict)
    marked = [item[0]["t"] == "ltr" for item in columns["c"][0]["c"]]
    assert marked == [True, True, False, True, False]
    assert plain["c"][0][0]["t"] == "ltr"
    assert paragraph == nodes[2]


def test_an_entry_with_a_word_of_the_letter_runs_its_way_and_so_do_lists_within_one() -> None:
    nodes = in_their_own_direction(to_tree(parse("- Ada (A)، لبنان\n- Ada\n  - Bo\n- Ada\n  - جمعية\n")))
    assert isinstance(nodes[0], dict)
    assert [item[0]["t"] == "ltr" for item in nodes[0]["c"]] == [False, True, False]


def test_from_right_to_left_a_name_with_its_figure_is_one_run_in_the_pdf_as_in_the_mail(tmp_path: Path) -> None:
    text = "::: address\n{{ inside_address }}\n:::\n\nكتب A/HRC/55/1 (2024) ثم C++ ثم +41 22-555 01 02 هنا.\n"
    write_letter(tmp_path, {"letter.toml": TOML + 'ar = "T"\n[pdf]\n', "en.md": "x", "ar.md": text})
    letter = load_letter("letter", tmp_path)
    to = addressee("OMN", contact("OMN", name="Mr. Łukasz TEST 2"), language=Language.ARABIC)
    words = merger(letter).merge(to)
    drawn = " ".join(page.extract_text() for page in read(typesetter(letter).pdf(sheet(words))).pages)
    unmarked = {0xA0: " ", 0x200E: None, 0x202C: None}
    for run in ("Łukasz TEST 2", "A/HRC/55/1 (2024)", "C++", "+41 22-555 01 02"):
        assert f"\u2068{run}\u2069" in words.text.replace("\u00a0", " ")
        assert f"\u2068{run}\u2069" in words.html.replace("\u00a0", " ").replace("</span>", "").replace(_KEPT, "")
        assert run in drawn.translate(unmarked), "in the order in which it is drawn"


@pytest.mark.heavy
def test_a_long_word_stays_on_the_page(tmp_path: Path) -> None:
    write_letter(tmp_path, {"letter.toml": TOML + "[pdf]\n", "en.md": "{{ contact.name }}"})
    letter = load_letter("letter", tmp_path)
    words = merger(letter).merge(addressee("GBR", contact("GBR", name="W" * 10_000)))
    reader = read(typesetter(letter).pdf(sheet(words)))
    assert len(reader.pages) > 2
    assert max(map(len, text_of(reader).split())) < 120


@pytest.mark.heavy
def test_pages_are_numbered_and_the_signature_is_not_left_alone(tmp_path: Path) -> None:
    paragraph = "We ask for this and for that, and for much more besides. " * 6
    for count in range(6, 14):
        body = f"{paragraph}\n\n" * count + "::: signature\nYours,\n\nThe signatories\n:::\n"
        write_letter(tmp_path, {"letter.toml": TOML + "[pdf]\n", "en.md": body})
        letter = load_letter("letter", tmp_path)
        reader = read(typesetter(letter).pdf(sheet(merger(letter).merge(addressee("GBR")))))
        pages = [page.extract_text() for page in reader.pages]
        numbers = [re.findall(r"^\d+ / \d+$", page, re.MULTILINE) for page in pages]
        assert numbers == ([[f"{number} / {len(pages)}"] for number in range(1, len(pages) + 1)] if pages[1:] else [[]])
        (last,) = [page for page in pages if "The signatories" in page]
        assert "Yours," in last
        assert "We ask" in last, "a paragraph goes with the signature"


def page_of(language: Language, source: str) -> pypdf.PdfReader:
    letter = load_letter("hrc-joint-letter", SAMPLES)
    return read(typesetter(letter).pdf(PdfContent("T", language, to_tree(typeset_tokens(parse(source), language)))))


def test_a_long_paragraph_is_broken_before_the_signature_and_moves_nowhere_as_a_whole() -> None:
    long = "We ask for this and for that, and for much more besides. " * 14
    for lines in range(24, 34):
        above = "  \n".join(["line"] * lines)
        first, *rest = page_of(Language.ENGLISH, f"{above}\n\n{long}\n\n::: signature\nYours,\n\nAna\n:::\n").pages
        assert "We ask" in first.extract_text()
        for page in rest:
            assert "Yours," in page.extract_text()
            assert page.extract_text().count("besides") > 1


def test_a_long_address_is_printed_once_and_broken_behind_its_strokes() -> None:
    address = "https://records.example/en/2024/reports/annual?year=2024&part=2&of=the-committee"
    text = text_of(page_of(Language.ENGLISH, f"See {address} and [it](https://covenant.example/text)."))
    assert text.count("records.example") == 1
    assert address in "".join(text.split())
    assert "<covenant.example/text>" in "".join(text.split())


@pytest.mark.parametrize(
    ("source", "stands"),
    [
        ("سعادة الشيخة Munira AL-TESTI\n", "Munira AL-TESTI"),
        ("انظر https://records.example/ar/annual?year=2024&part=2 وغيرها", "annual?year=2024&part=2"),
        ("Ada TEST-LI ،A/HRC/55/L.12", "Ada TEST-LI"),
    ],
)
def test_words_with_a_stroke_keep_their_order_from_right_to_left(source: str, stands: str) -> None:
    content = page_of(Language.ARABIC, source).pages[0].extract_text(extraction_mode="layout")
    assert stands in " ".join(content.replace("\u200e", "").split())


def test_a_documents_symbol_stays_on_its_line_in_chinese() -> None:
    for count in range(20, 34):
        text = text_of(page_of(Language.CHINESE, "请" * count + "见A/HRC/55/L.12号文件。"))
        assert any("A/HRC/55/L.12" in line for line in text.splitlines()), count


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_no_heading_is_left_at_the_foot_of_a_page(language: Language) -> None:
    """With one more line above it each time, the heading of a list comes to every place on the page."""
    letter = load_letter("hrc-joint-letter", SAMPLES)
    setter = typesetter(letter)
    lists = to_tree(parse("**HEADING**\n\n::: columns\n" + "- One (O)\n" * 12 + "\n:::\n"))
    places = set()
    for lines in range(28, 48):
        above = to_tree(parse("  \n".join(["line"] * lines)))
        reader = read(setter.pdf(PdfContent("T", language, [*above, *lists])))
        pages = [page.extract_text() for page in reader.pages]
        (page,) = [page for page in pages if "HEADING" in page]
        assert "One (O)" in page
        places.add(pages.index(page))
    assert places == {0, 1}, "it came to both pages"


def test_the_same_letter_is_the_same_file() -> None:
    letter, words = sample(Language.ENGLISH)
    assert typesetter(letter).pdf(sheet(words)) == typesetter(letter).pdf(sheet(words))


def test_a_layout_that_fails_is_told_with_its_file(tmp_path: Path) -> None:
    write_letter(tmp_path, {})
    letter = load_letter("letter", tmp_path)
    (tmp_path / "layouts" / PAGE).write_text("#let render(letter) = nothing-like-it\n")
    with pytest.raises(LetterError) as caught:
        typesetter(letter).pdf(PdfContent("T", Language.ENGLISH, []))
    assert PAGE in str(caught.value)
    assert "nothing-like-it" in str(caught.value)
    (tmp_path / "layouts" / PAGE).unlink()
    with pytest.raises(LetterError, match="can't be read"):
        typesetter(letter)


def test_the_layout_reads_nothing_outside_the_templates(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    write_letter(tmp_path / "templates", {})
    letter = load_letter("letter", tmp_path / "templates")
    (letter.layouts / PAGE).write_text('#let render(letter) = read("/../secret.txt")\n')
    with pytest.raises(LetterError):
        typesetter(letter).pdf(PdfContent("T", Language.ENGLISH, []))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('logos = ["no.png"]', "no file 'no.png'"),
        ('logos = ["../x.png"]', "no file '../x.png'"),
        ('logos = ["en.md"]', "no picture"),
        ('colour = "blue"', "no colour"),
        ('colour = "#12345"', "no colour"),
        ("colors = 1", "colors"),
    ],
)
def test_a_letterhead_that_cannot_be_used_is_told(tmp_path: Path, setting: str, said: str) -> None:
    write_letter(tmp_path, {"letter.toml": f"{TOML}[letterhead]\n{setting}\n"})
    with pytest.raises(LetterError) as caught:
        load_letter("letter", tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("France", "HRC55_letter_France.pdf"),
        ("Côte d'Ivoire", "HRC55_letter_Cote_d_Ivoire.pdf"),
        ("Bolivia (Plurinational State of)", "HRC55_letter_Bolivia_Plurinational_State_of.pdf"),
        ("../../etc/passwd\r\n", "HRC55_letter_etc_passwd.pdf"),
        ("x" * 500, "HRC55_letter_" + "x" * 107 + ".pdf"),
    ],
)
def test_a_file_name_that_a_registry_can_file(name: str, file: str) -> None:
    assert file_name("HRC55_letter", name) == file


def test_things_are_made_side_by_side_and_come_in_order() -> None:
    assert list(side_by_side(lambda number: number * 2, list(range(100)))) == [number * 2 for number in range(100)]
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda number: 1 // (50 - number), list(range(100))))


def test_the_shipped_layouts_are_those_of_the_samples() -> None:
    assert (LAYOUTS / PAGE).is_file()


@pytest.mark.heavy
def test_a_row_of_names_stays_on_its_page() -> None:
    """Entries of two lines come to every place on the page: none is torn, a row goes together."""
    lists = to_tree(
        parse("::: columns\n" + "".join(f"- Entry {n} {'long ' * 12} end {n}\n" for n in range(8)) + ":::\n")
    )
    letter = load_letter("hrc-joint-letter", SAMPLES)
    for lines in range(36, 42):
        above = to_tree(parse("  \n".join(["line"] * lines)))
        reader = read(typesetter(letter).pdf(PdfContent("T", Language.ENGLISH, [*above, *lists])))
        pages = [page.extract_text() for page in reader.pages]
        places = [[at for at, page in enumerate(pages) for said in (f"Entry {n} ", f"end {n}\n") if said in page + "\n"]
                  for n in range(8)]  # fmt: skip
        assert all(len(place) == 2 and len(set(place)) == 1 for place in places)
        assert all(places[n] == places[n + 1] for n in range(0, 8, 2))


NAMES_OF_THE_WORLD = {
    "Korean": "김민준", "Bengali": "রহিম উদ্দিন", "Thai": "สมชาย ใจดี", "Amharic": "አበበ በቀለ", "Hindi": "अमित शर्मा",
    "Georgian": "გიორგი", "Armenian": "Արամ", "Hebrew": "דוד כהן", "Lao": "ສົມ ພູມີ", "Tamil": "முருகன்", "Khmer": "សុខ",
    "Burmese": "အောင်ဆန်း", "Sinhala": "ශ්‍රී", "Gujarati": "અમિત", "Punjabi": "ਸਿੰਘ", "Telugu": "శ్రీ", "Kannada": "ಶ್ರೀ",
    "Malayalam": "മലയാളം", "Odia": "ଓଡ଼ିଆ", "Japanese": "山田ひろし", "Greek": "Γιώργος", "Urdu": "محمد علی ٹ",
}  # fmt: skip


@pytest.mark.parametrize("language", [Language.ENGLISH, heavy(Language.ARABIC), heavy(Language.CHINESE)])
def test_a_name_in_any_of_these_scripts_is_set_in_a_font_for_it(language: Language) -> None:
    """And in no font that has its letters by accident, without joining them: New Computer Modern, DejaVu Sans Mono."""
    assert lacking(NAMES_OF_THE_WORLD.values()) == []
    body = [{"t": "p", "c": [name]} for name in NAMES_OF_THE_WORLD.values()]
    letter = load_letter("hrc-joint-letter", SAMPLES)
    reader = read(typesetter(letter).pdf(PdfContent("T", language, body)))
    used = {str(font.get_object()["/BaseFont"]).partition("+")[2]
            for page in reader.pages for font in page["/Resources"]["/Font"].values()}  # fmt: skip
    assert not any(re.search("NewCM|DejaVu", font) for font in used), used
    for script in ("Bengali", "Thai", "Ethiopic", "Devanagari", "Georgian", "Armenian", "Lao", "Khmer", "Myanmar"):
        assert any(f"NotoSans{script}" in font for font in used), (script, used)
    assert any("NotoSerifKR" in font for font in used)


def test_fonts_of_other_scripts_are_asked_for_only_where_there_is_such_a_name() -> None:
    assert not of_other_scripts(sample(Language.ENGLISH)[1].text)
    assert "Noto Sans Thai" not in families(Language.ENGLISH)
    assert of_other_scripts("Ada ใจดี")
    assert families(Language.ENGLISH, others=True)[:3] == families(Language.ENGLISH)


def test_a_number_stays_before_its_street_on_an_arabic_page(tmp_path: Path) -> None:
    write_letter(tmp_path, {"letter.toml": f'{TOML}[letterhead]\nname = "Wells"\nlines = ["12 Spring Lane"]\n'})
    setter = typesetter(load_letter("letter", tmp_path))
    data = setter._data(PdfContent("T", Language.ARABIC, []))  # the marks are not extracted
    assert data["letterhead"]["lines"] == ["\u200e12 Spring Lane"]
    assert setter._data(PdfContent("T", Language.FRENCH, []))["letterhead"]["lines"] == ["12 Spring Lane"]
