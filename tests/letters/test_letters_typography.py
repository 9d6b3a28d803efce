"""Typography: what each language asks of finished text, what stays as it is, and that twice is once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_made import TOML, addressee, as_typed, contact, merged
from test_letters_pdf import read, sheet, typesetter

from outreach.letters import markdown
from outreach.letters.faces.plain import to_lines, trimmed, wrapped
from outreach.letters.faces.typography import typeset, typeset_tokens
from outreach.letters.folder import load_letter
from outreach.letters.tree import to_tree, with_first_lines, with_raised_endings, with_runs_apart
from outreach.vocabulary import Language

# As typed and as set; in this table ~ is a no-break space, _ a narrow one, < and > isolates, | a joiner.
SET = [
    ("fr", "Le Conseil : l'heure ; oui ! non ?", "Le Conseil~: l’heure_; oui_! non_?"),
    ("fr", "non? ceci: cela", "non_? ceci~: cela"),
    ("fr", 'le « mot » et "l\'autre", «celui-là»', "le «~mot~» et «~l’autre~», «~celui-|là~»"),
    ("fr", "du 26 février au 1er avril 2024, à 10:30", "du 26~février au 1er~avril 2024, à 10:30"),
    ("fr", "n° 5, p. 3, art. 7, 1 000 000, 50 %", "n°~5, p.~3, art.~7, 1_000_000, 50~%"),
    ("fr", "M. Dupont, Mme Duval, Mgr Luca, S.E. Mme Li", "M.~Dupont, Mme~Duval, Mgr~Luca, S.E.~Mme~Li"),
    ("en", "Mr. Li's \"note\" of 26 February...", "Mr.~Li’s “note” of 26~February…"),
    ("en", "H.E. Ms. Li, No. 5, § 4, 55th session, 9 a.m.", "H.E.~Ms.~Li, No.~5, §~4, 55th~session, 9~a.m."),
    ("es", "en su 61.º período, el 55.º período", "en su 61.er~período, el 55.º~período"),
    ("es", "el 13º período, 5ª sesión", "el 13.er~período, 5.ª~sesión"),
    ("es", "el 3 de abril, núm. 5, Sr. Pérez, 11.º período", "el 3~de abril, núm.~5, Sr.~Pérez, 11.º~período"),
    ("es", "la 61.ª sesión; el 63.er período; el 61.º de todos", "la 61.ª~sesión; el 63.er~período; el 61.º~de todos"),
    ("ru", 'В Женеве "Совет" на 55-й сессии', "В~Женеве «Совет» на~55-|й сессии"),
    ("ru", "26 февраля 2024 г. № 5, г-ну Ли, И. О. Ли", "26~февраля 2024~г. №~5, г-|ну~Ли, И.~О.~Ли"),
    ("ru", "это - слово", "это~— слово"),
    ("ru", "до 26 февраля 2027 г.. Ответ", "до~26~февраля 2027~г. Ответ"),
    ("ar", "المنظمة (Open Square)، وهي A/HRC/55 في جنيف", "المنظمة (<Open Square>)، وهي <A/|HRC/|55> في جنيف"),
    ("ar", "كتب (Open Square) مع 55 منظمة", "كتب (<Open Square>) مع 55 منظمة"),
    ("ar", "كتبت Kwabi TEST إلى جنيف", "كتبت <Kwabi TEST> إلى جنيف"),
    ("ar", "من Coalition (A.B.)، و Ana Li.", "من <Coalition (A.B.)>، و <Ana Li>."),
    ("ar", "كتب Ana Li, P.C. إلى Jo Li Jr. في Geneva.", "كتب <Ana Li, P.C.> إلى <Jo Li Jr.> في <Geneva>."),
    ("zh", '他说"好"。第 55 届', "他说“好”。第~55~届"),
    # No line ends within these, and numbers stay with what they count.
    ("ru", "г-жа и д-р А.-С. Ли из-за 55-й, 1990–1999", "г-|жа и~д-|р~А.-|С.~Ли из-|за 55-|й, 1990–|1999"),
    ("ru", "статья 19, 5 млн, 20 км/ч, г. Женева, Ли А. Б., что ли",
     "статья~19, 5~млн, 20~км/|ч, г.~Женева, Ли~А.~Б., что~ли"),
    ("fr", "c.-à-d. J.-P. Li, dit-il, S.E.M. Li, article 19", "c.-|à-|d. J.-|P.~Li, dit-|il, S.E.M.~Li, article~19"),
    ("fr", "5 millions, 10 h 30, XXe siècle, p. ex.", "5~millions, 10~h~30, XXe~siècle, p.~ex."),
    ("en", "A/HRC/RES/S-28/1, and/or, co-sponsor, well-known",
     "A/|HRC/|RES/|S-|28/|1, and/|or, co-|sponsor, well-known"),
    ("en", "Article 19, resolution 60/251, J. Li, 20 km/h, 26 Feb",
     "Article~19, resolution~60/251, J.~Li, 20~km/|h, 26~Feb"),
    ("es", "artículo 19, EE. UU., 10 a. m., siglo XX", "artículo~19, EE.~UU., 10~a.~m., siglo~XX"),
    ("ar", "في 15 آذار/مارس، المادة 19، رقم 5", "في 15~آذار/|مارس، المادة~19، رقم~5"),
    ("ar", "في 5 كانون الثاني/يناير 2026", "في 5~كانون~الثاني/|يناير 2026"),
]  # fmt: skip
SET += [
    # Dashes that were typed as hyphens, years and pages from and to, thousands, and quotation marks within others.
    ("en", "It - and -- that - was 5 - 3 on 2020-2024, pp. 14-16",
     "It~– and~– that~– was 5 - 3 on 2020–|2024, pp.~14–|16"),
    ("en", "2024-03-15, +1 202-555-0143, A/RES/60-2001", "2024-|03-|15, +1~202-|555-|0143, A/|RES/|60-|2001"),
    ("en", "'the border' isn't the states' 'own'; 12 345, 1,500",
     "‘the border’ isn’t the states’ ‘own’; 12~345, 1,500"),
    ("en", "in 2020 120 cases", "in 2020 120 cases"),
    ("fr", "elle - trois fois - et en 2020 120 cas", "elle –~trois fois~– et en 2020 120 cas"),
    ("es", "la Relatora - lo ha pedido - y 1 500 000", "la Relatora —lo ha pedido— y 1_500_000"),
    ("es", "uno - solo", "uno - solo"),
    ("ru", "в 2020-2024 гг., с. 14-16, 1 500 000, 9 ч. 30 мин.",
     "в~2020–|2024~гг., с.~14–|16, 1_500_000, 9~ч.~30~мин."),
    ("ar", 'قال "نعم" - ثم 1 500 000 يورو', "قال «نعم»~– ثم 1~500~000 يورو"),
    ("ar", "في الفترة 2020-2024، الصفحات 14-16، 24-2-2026", "في الفترة 2020–|2024، الصفحات 14–|16، 24-|2-|2026"),
    ("zh", "国(自1976年起):", "国（自1976年起）："),
    ("zh", '第5号(A/HRC/5,第7段)说:"好"......为何?', "第5号（A/|HRC/|5，第7段）说：“好”……为何？"),
    # Quotations within quotations, hours from and to, and marks of Arabic where those of Latin were typed.
    ("fr", "\"ceux qui 'documentent' l'acte\", 10 h 00 - 11 h 30",
     "«~ceux qui “documentent” l’acte~», 10~h~00~– 11~h~30"),
    ("es", "\"lo que 'documentan'\" (10:00-11:30)", "“lo que ‘documentan’” (10:00–|11:30)"),
    ("ru", "\"кто 'пишет' это\", 10:00-11:30", "«кто „пишет“ это», 10:00–|11:30"),
    ("en", "10:00 a.m.-11:30 a.m., 24:7-8, 1:2-3:4", "10:00~a.m.–11:30~a.m., 24:7-|8, 1:2-|3:4"),
    ("ar", 'قال "نعم \'هنا\'", وهل من مجيب? لا; Open Records (OR), وهنا',
     "قال «نعم ”هنا“»، وهل من مجيب؟ لا؛ <Open Records (OR)>، وهنا"),
    ("ar", "في عام 2024, ثم في 2025; والعدد 12, 15", "في عام 2024، ثم في 2025؛ والعدد 12, 15"),
    ("zh", "\"那些'记录'的人\"", "“那些‘记录’的人”"),
    ("zh", "增加了18%;见 Rev.1; 1 500 000(约)", "增加了18%；见 Rev.1; 1~500~000（约）"),
]  # fmt: skip
SET += [
    # One run, whatever letters, marks and figures it has; a telephone number in one piece, its spaces alike.
    ("ar", "السيد Nguyễn Thử Nghiệm و Ḥasan al-TESTĪ و Łukasz ŚCIBOR-TEST Jr. هنا",
     "السيد <Nguyễn Thử Nghiệm> و <Ḥasan al-|TESTĪ> و <Łukasz ŚCIBOR-TEST Jr.> هنا"),
    ("ar", "كتب Nguye\u0302\u0303n و ʿAbd و 김철수 و Ελένη Δ. و Олег",
     "كتب <Nguye\u0302\u0303n> و <ʿAbd> و <김철수> و <Ελένη Δ.> و <Олег>"),
    ("ar", "كتب Jean TEST 2 ثم C++ ثم C# ثم 3M و A/HRC/55/1 (2024) هنا",
     "كتب <Jean TEST 2> ثم <C++> ثم <C#> ثم <3M> و <A/|HRC/|55/|1 (2024)> هنا"),
    ("ar", "هاتف +41 22 555 01 02 أو 022-555-01-02 و+41225550102",
     "هاتف <+41~22~555~01~02> أو <022-|555-|01-|02> و<+41225550102>"),
    ("fr", "Tél. : +41 22 555 01 02 ; fax 022 555 01 02 ! 10 000 etc. ;",
     "Tél.~: +41~22~555~01~02_; fax 022~555~01~02_! 10_000 etc._;"),
    ("en", "+1 (202) 555-0143 and +10 000 cases, 01-02-2024", "+1~(202)~555-|0143 and +10 000 cases, 01-|02-|2024"),
    # Quotation marks within others, by what is open; an apostrophe before one.
    ("en", '"the "committee" treaty", ("the "x""), "In "A v. B" it", "a "b""',
     "“the ‘committee’ treaty”, (“the ‘x’”), “In ‘A v. B’ it”, “a ‘b’”"),
    ("en", '6\'2" wide, a 5" pipe and "this", "odd', '6\'2" wide, a 5" pipe and "this", "odd'),
    ("en", 'a 5" pipe and "this"', 'a 5" pipe and “this”'),
    ("en", "the '90s and the 1990's, rock 'n' roll, pages 12-15",
     "the ’90s and the 1990’s, rock ’n’ roll, pages~12–|15"),
    ("fr", 'l\'"État" d\'"ici" : "le "mot" juste", « le "mot" »',
     "l’«~État~» d’«~ici~»~: «~le “mot” juste~», «~le “mot”~»"),
    ("fr", "elle – trois fois – et voilà – fin", "elle –~trois fois~– et voilà~– fin"),
    ("fr", "n°5, p.12, art.19, à 10h30-11h45, 2ème fois", "n°~5, p.~12, art.~19, à 10~h~30–|11~h~45, 2ème fois"),
    ("es", "el 61er período, EE.UU., 10%, la 3a reunión", "el 61.er~período, EE.~UU., 10~%, la 3a reunión"),
    ("es", '"la "cosa" bien" y «dijo "sí"»', "“la ‘cosa’ bien” y «dijo “sí”»"),
    ("ru", '«договор "комитета"» и "договор "комитета"", страницы 12-15',
     "«договор „комитета“» и «договор „комитета“», страницы~12–|15"),
    ("ar", 'قال "نعم "هنا"" و«قال "لا"»', "قال «نعم ”هنا“» و«قال ”لا“»"),
    ("zh", '“他说"好"吗”。他写道. 真的吗? 是的!', "“他说‘好’吗”。他写道。真的吗？是的！"),
]  # fmt: skip
UNTOUCHED = [
    "https://a.example/it's:that?q=1;x=\"y\"", "o'brien@mission.example", "www.a.example/l'heure",
]  # fmt: skip
MARKS = str.maketrans({"~": "\u00a0", "_": "\u202f", "<": "\u2068", ">": "\u2069", "|": "\u2060"})


@pytest.mark.parametrize(("language", "typed", "wanted"), SET)
def test_what_is_typed_is_set(language: str, typed: str, wanted: str) -> None:
    assert typeset(typed, Language(language)) == wanted.translate(MARKS)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("text", UNTOUCHED)
def test_links_and_addresses_stay(language: Language, text: str) -> None:
    assert text in typeset(f"x {text} y", language)


@given(
    st.text(st.sampled_from("aMé 1305.º'\":;?!«»-—№гвТ第。كتA(),，\u00a0\u202f\ufdd0"), max_size=40),
    st.sampled_from(list(Language)),
)
def test_twice_is_once(text: str, language: Language) -> None:
    once = typeset(text, language)
    assert typeset(once, language) == once


@given(
    st.text(st.sampled_from("aMé 1305.'\":;?!-гвТ第。كتA()\u00a0\u202f"), max_size=40), st.sampled_from(list(Language))
)
def test_no_break_spaces_that_are_there_stay_and_letters_are_the_same(text: str, language: Language) -> None:
    once = typeset(text, language)
    if language not in (Language.FRENCH, Language.RUSSIAN):  # which put spaces where none are
        assert once.count("\u202f") >= text.count("\u202f")
        assert once.count("\u00a0") >= text.count("\u00a0")
    assert [c for c in once if c.isalpha()] == [c for c in text if c.isalpha()] or language is Language.SPANISH


def shown(source: str, language: Language) -> str:
    return trimmed(wrapped(to_lines(typeset_tokens(markdown.parse(source), language))))


def test_code_stays_and_quotation_marks_pair_across_bold_words() -> None:
    assert shown("`l'heure : non`", Language.FRENCH) == "l'heure : non\n"
    assert shown('le "**mot** juste"', Language.FRENCH) == "le «\u00a0mot juste\u00a0»\n"
    assert shown('5" wide', Language.ENGLISH) == '5" wide\n'  # nothing to pair it with


def test_a_line_end_of_the_source_parts_no_date() -> None:
    assert shown("le 26\nfévrier", Language.FRENCH) == "le 26\u00a0février\n"


def test_a_line_end_of_the_source_is_no_blank_in_chinese() -> None:
    assert shown("第一句。\n第二句\n第三句 A\nB", Language.CHINESE) == "第一句。第二句第三句 A B\n"


@pytest.mark.parametrize(("language", "words"), [("ar", "كتب إلى هنا"), ("zh", "我们在这里写信给他们")])
def test_a_paragraph_about_foreign_names_is_one_line_too(language: str, words: str) -> None:
    assert shown(f"{words} " + "Anna Sample-Rivers " * 5, Language(language)).count("\n") == 1


def test_the_tokens_given_are_not_changed() -> None:
    tokens = markdown.parse("l'heure")
    before = tokens[1].children[0].content if tokens[1].children else ""
    typeset_tokens(tokens, Language.FRENCH)
    assert (tokens[1].children or [])[0].content == before == "l'heure"


def test_a_value_keeps_its_no_break_spaces_and_a_link_its_address(tmp_path: Path) -> None:
    to = addressee("FRA", contact("FRA", name="Ana\u00a0Li\u202fTEST"))
    text = "Chère {{ contact.name }} : <https://a.example/l'heure> et [l'heure](https://a.example/l'an)"
    found = merged(tmp_path, {"fr.md": text, "en.md": "x"}, to)
    assert "Ana\u00a0Li\u202fTEST\u00a0: " in found.text
    assert 'href="https://a.example/l\'an"' in found.html.replace("%27", "'").replace("&#x27;", "'")
    assert ">l’heure</a>" in found.html
    assert "https://a.example/l'heure" in as_typed(found.text)
    assert "https://a.example/l’heure" not in found.text


def flat(node: object) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(map(flat, node))
    return flat(node.get("c", "")) if isinstance(node, dict) else ""


def test_chinese_is_broken_by_the_engine_and_a_long_word_may_still_be_cut() -> None:
    assert "\u200b" not in flat(to_tree(markdown.parse("第五十五届会议，" * 40)))
    assert "\u200b" in flat(to_tree(markdown.parse("a" * 200)))
    assert not set("\u2068\u2069") & set(flat(to_tree(typeset_tokens(markdown.parse("من Ana Li"), Language.ARABIC))))


def test_endings_of_ordinals_are_raised_on_paper_in_french_and_spanish() -> None:
    def raised(text: str, language: Language) -> list[str]:
        nodes = with_raised_endings(to_tree(typeset_tokens(markdown.parse(text), language)), language)
        return [node["c"][0] for node in nodes[0]["c"] if isinstance(node, dict)]  # type: ignore[index]

    said = "Le 1er avril, la 61e et la 1re session, XXIe et Ve siècles, no 5, nos 5 et 6. Le Ier"
    assert raised(said, Language.FRENCH) == ["er", "e", "re", "e", "e", "o", "os", "er"]
    assert raised("el 61.er período y el 55.º", Language.SPANISH) == ["er"]
    assert not raised(said, Language.ENGLISH)


def test_a_figure_behind_words_in_latin_letters_stays_behind_them_from_right_to_left() -> None:
    nodes = to_tree(typeset_tokens(markdown.parse("كتب Ada Ito، 12 345 رسالة من EU، 5 إلى Geneva."), Language.ARABIC))
    said = with_runs_apart(nodes)[0]["c"]  # type: ignore[index]
    assert flat(said).count("\u200f") == 2
    assert "Ito\u200f، 12\u00a0345" in flat(said)
    assert "EU\u200f، 5" in flat(said)
    nodes = to_tree(typeset_tokens(markdown.parse("كتب Ana Li, P.C. إلى **Bo** Li."), Language.ARABIC))
    said = with_runs_apart(nodes)[0]["c"]  # type: ignore[index]
    assert [node["c"] for node in said if not isinstance(node, str) and node["t"] == "latin"] == ["Ana Li, P.C.", "Li"]
    assert flat(said) == "كتب Ana Li, P.C. إلى Bo\u200f Li."


def test_the_close_of_a_chinese_letter_begins_two_characters_in() -> None:
    nodes = to_tree(markdown.parse("您好：\n\n::: signature\n顺致敬意。\n\n名字\n:::\n"))
    close, name = with_first_lines(nodes)[1]["c"]  # type: ignore[index]
    assert ("indent" in close, "indent" in name) == (True, False)


def test_what_stays_on_one_line_does_so_in_each_face_and_nobody_copies_a_mark(tmp_path: Path) -> None:
    """In the mail's HTML by its style, in the PDF by the page; the plain text breaks at spaces only."""
    words = "г-жа и 55-я, " * 40
    made = merged(tmp_path, {"letter.toml": TOML + 'ru = "T"\n[pdf]\n', "ru.md": f"{words}{{{{ contact.name }}}}\n"},
                  addressee("RUS", contact("RUS", name="Ба-Ли"), language=Language.RUSSIAN))  # fmt: skip
    assert '<span style="white-space:nowrap">г-жа</span>' in made.html
    assert '<span style="white-space:nowrap">Ба-Ли</span>' in made.html
    assert "г-жа" in made.text
    pages = [page.extract_text() for page in read(typesetter(load_letter("letter", tmp_path)).pdf(sheet(made))).pages]
    assert not any("\u2060" in face for face in (made.text, made.html, *pages))
    lines = "\n".join(pages).split("\n")
    assert sum(line.count("г-жа") for line in lines) == sum(line.count("55-я") for line in lines) == 40
    assert max(map(len, lines)) < 120, "it is broken elsewhere"


@pytest.mark.parametrize(
    ("language", "source", "html"),
    [
        ("fr", "**gras** : l'**ONU**", "<strong>gras</strong>\u00a0: l’<strong>ONU</strong>"),
        ("fr", "*ah* ! 5 **%**", "<em>ah</em>\u202f! 5\u00a0<strong>%</strong>"),
        ("en", "**Ana**'s, the *members*' rule", "<strong>Ana</strong>’s, the <em>members</em>’ rule"),
        ("zh", "**重要**,见[公约](https://a.example/x);好:**二**!", "<strong>重要</strong>，见"),
        ("zh", "人[^1],其中\n\n[^1]: 注\n", "</sup>，其中"),
        ("es", "el **61**.º período", "<strong>61</strong>.er\u00a0período"),
        ("en", "`a`'s", "<code>a</code>'s"),
    ],
)
def test_text_is_set_over_the_edge_of_what_is_bold_a_link_or_a_note(language: str, source: str, html: str) -> None:
    assert html in markdown.to_html(typeset_tokens(markdown.parse(source), Language(language)))
