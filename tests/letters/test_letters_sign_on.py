"""Sign-on sheets as forms give them: who signs, for whom, with whose consent, when; and what has to be asked."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from outreach.errors import SheetError
from outreach.letters.signing.sign_on import SignOn, read_sign_on
from outreach.letters.signing.sign_on_columns import SignOnField, column_of
from outreach.letters.signing.signers import bare_name, family_name

TODAY = date(2026, 11, 26)


def read(folder: Path, text: str, *, name: str = "s.csv", encoding: str = "utf-8", **mapping: str) -> SignOn:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_sign_on(path, mapping, today=TODAY)


def signing(read: SignOn) -> list[str]:
    return [f"{row.signatory.kind.value[0]} {row.signatory.name}" for row in read.rows]


def asked(read: SignOn) -> list[str]:
    return [one.says.code.partition(".")[2] for one in read.questions]


@pytest.mark.parametrize(
    ("text", "who", "questions"),
    [
        # An organisation and a person in a row, in forms of three makers and languages.
        (("Timestamp,Email Address,Name of your organisation,Name and title of the person signing,"
         "We agree to be listed publicly\n"
         '3/15/2024 14:03:22,a@x.example,Lantern Archive,"Ada Rivers, Director",Yes\n'),
         ["o Lantern Archive"], ["represented"]),
        (("ID,Start time,Completion time,Email,Name,Name of your organization,Name of authorised representative,"
         "Position of authorised representative\n"
         "1,3/14/24 9:01:11,3/14/24 9:03:44,anonymous,,Lantern Archive,Ada Rivers,Director\n"),
         ["o Lantern Archive"], ["represented"]),
        (("Horodateur;Nom de l'organisation signataire;Prénom et nom de la personne signataire;Fonction;"
         "Acceptez-vous que le nom soit publié ?\n15/03/2024 14:03:22;Éveil des Droits;Ana Öz;Directrice;Oui\n"),
         ["o Éveil des Droits"], ["represented"]),
        (("Marca temporal,Nombre,Apellidos,Cargo,País,Autorizo la publicación de mi nombre\n"
         "15/03/2024 10:00:00,Ana,López García,Abogada,Perú,Sí\n"), ["i Ana López García"], []),
        (("first_name,last_name,email,Organization,created_at\nAda,Rivers,a@x.example,,2024-03-15 14:03:22 UTC\n"
         "Bo,Lien,b@x.example,N/A,2024-03-15 14:03:22 UTC\n"), ["i Ada Rivers", "i Bo Lien"], ["represented"]),
        # Who a row is for.
        (("I am signing as...,Full name,Organisation (if applicable)\nAn individual,Ada Rivers,Oak Trust\n"
         "On behalf of an organisation,Bo Lien,Lantern Archive\n"), ["i Ada Rivers", "o Lantern Archive"], []),
        ("Name,Country\nLantern Archive,Kenya\nAda Rivers,France\n", ["o Lantern Archive", "i Ada Rivers"],
         ["kind-guessed"]),
        # Consent, secrecy, status: where it is not clear, nobody is listed, and a person asked.
        ("Organisation,Do you agree to be listed?\nA,Yes\nB,No\nC,\nD,\"Yes, but not on the web\"\nE,I agree\n",
         ["o A", "o E"], ["consent-unclear", "consent-unclear"]),
        ("Organisation,Would you like to sign anonymously?\nA,Yes\nB,No\nC,\n", ["o B", "o C"], []),
        ("Organisation name as it should be listed publicly,Status\nA,Confirmed\nB,Withdrawn 2 April\nC,pending\n",
         ["o A"], ["waits"]),
        # A no to the letter is obeyed by whatever heading, in six languages; one that nobody knows is asked about.
        ("Organisation,Country,Signs?\nA,Peru,yes\nB,Chile,no\nC,Kenya,withdrawn\nD,Fiji,not yet\n", ["o A"],
         ["waits"]),
        ("Organización;País;¿Firma?\nA;Perú;sí\nB;Chile;no\n", ["o A"], []),
        ("Organisation;Signe ?\nA;oui\nB;non\n", ["o A"], []),
        ("Организация;Подписывает\nA;да\nB;нет\nC;отозвала\n", ["o A"], []),
        ("المنظمة;هل توقع؟\nA;نعم\nB;لا\n", ["o A"], []),
        ("组织;签署\nA;是\nB;否\n", ["o A"], []),
        ("Organisation,Do you sign\nA,Yes\nB,No\n", ["o A"], []),
        ("Organisation;Signature\nA;oui\nB;non\n", ["o A"], []),
        ("Organisation;Signed\nA;yes\nB;no\n", ["o A"], []),
        ("Organisation;Confirmed (y/n)\nA;y\nB;n\nC;?\n", ["o A"], ["consent-unclear"]),
        ("Organisation,Support the letter?\nA,Absolutely\nB,we can not\nC,Yes we do\n", ["o C"], ["consent-unclear"]),
        ("Organisation,Signataire ?\nA,oui\nB,non\n", ["o A"], []),
        ("Organisation,Status\nA,confirmed\nB,declined\nC,à confirmer\nD,withdrawn 3 May\nE,no\n", ["o A"], ["waits"]),
        ("Organización,Estado\nA,firmó\nB,retirada\nC,por confirmar\n", ["o A"], ["waits"]),
        ("Organisation,Board decision\nA,approved\nB,rejected\n", ["o A"], []),
        ("Organisation,Status\nA,observer\nB,withdrawn\n", ["o A"], ["status-unknown"]),
        ("Organisation,Withdrawn\nA,\nB,x\nC,no\n", ["o A", "o C"], []),
        ("Organisation,Withdrawn on\nA,\nB,2024-04-02\n", ["o A"], ["consent-unclear"]),
        ("Organisation,I agree to the text,May we publish your name?\nA,yes,yes\nB,yes,no\nC,no,yes\n", ["o A"], []),
        ("Organisation;Answer\nA;yes\nB;no\n", ["o A"], ["answers-unnamed"]),
        ("Organisation;Country;\nA;Peru;ja\nB;Chile;nein\n", ["o A"], ["answers-unnamed"]),
        ("Organisation;Zugesagt am Telefon\nA;x\nB;\n", ["o A", "o B"], ["ticks-unnamed"]),
        ("Organisation;Comment\nA;do not forget us\nB;withdrew on Monday\n", ["o A"], ["remark-leaves"]),
        ("Organisation,Signs?\nA,yes\nB,yes\nA,no\n", ["o B"], ["signs-and-not"]),
        ("Organisation,Name,Title,Website\nA,Bo,none,no\n", ["o A"], ["represented"]),
        ("Organisation,I agree to receive your newsletter\nA,No\nB,Yes\n", ["o A", "o B"], []),
        # What is no row of the list.
        ("Sign-ons to the letter,\nAs of 20 November,\n,\nName of organisation,Country\nA,Kenya\nB,Peru\nTotal,2\n",
         ["o A", "o B"], []),
        (("Individuals:\n\nLord Zed of Ampton / Chair\nKim A and Kim B (sisters)\n\n"
         "Organizations:\n\nLantern Archive (LA)\n"),
         ["i Lord Zed of Ampton", "i Kim A and Kim B (sisters)", "o Lantern Archive"], []),
        # One name, twice.
        ("Organisation,Country\nA b,Kenya\nA B,KENYA\n", ["o A b"], []),
        ("Organisation,Country\nA b,Kenya\nA B,Peru\n", ["o A b"], ["twice"]),
        ("Kind,Name\nperson,Dr. Ada Rivers\nperson,Ada Rivers\norganisation,Test\n",
         ["i Dr. Ada Rivers", "i Ada Rivers", "o Test"], ["tried", "person-twice"]),
    ],
)  # fmt: skip
def test_who_signs_by_the_sheet_of_a_form(tmp_path: Path, text: str, who: list[str], questions: list[str]) -> None:
    found = read(tmp_path, text)
    assert signing(found) == who
    assert asked(found) == questions


def test_who_represents_an_organisation_and_who_is_left_out_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path, "Organisation,Name,Title,Country,Consent\nLantern Archive,Ada Rivers,Director,KE,yes\nOak,Bo,,,no\n"
    )
    (row,) = found.rows
    assert (row.signatory.representative, row.signatory.title, row.signatory.country) == (
        "Ada Rivers, Director", "", "Kenya",
    )  # fmt: skip
    assert any("Oak" in note and "line 3" in note for note in map(str, found.notes))
    people = read(tmp_path, "Organisation,Name\nLantern Archive,Ada Rivers\n", affiliation="Organisation", person="B")
    assert (signing(people), people.rows[0].signatory.affiliation) == (["i Ada Rivers"], "Lantern Archive")
    with pytest.raises(SheetError, match="no column 'Nothing'"):
        read(tmp_path, "Organisation\nA\n", name_="Nothing") if False else read(
            tmp_path, "Organisation\nA\n", country="Nothing"
        )


@pytest.mark.parametrize(
    ("days", "read_as", "doubtful"),
    [
        (["3/15/2024", "15/03/2024"], ["2024-03-15", "2024-03-15"], False),
        (["3/15/2024", "4/3/2024"], ["2024-03-15", "2024-04-03"], False),
        (["15/3/2024", "4/3/2024"], ["2024-03-15", "2024-03-04"], False),
        (["4/3/2024"], ["2024-03-04"], True),
        (["4/3/2024 2:03 PM"], ["2024-04-03"], True),
        (["11/12/2026"], ["2026-11-12"], True),
        (["5/5/2024", "15.3.2024", "March 16, 2024", "le 1er avril 2024"],
         ["2024-05-05", "2024-03-15", "2024-03-16", "2024-04-01"], False),
        (["2024-03-15T23:59:59Z", "2024/03/16 10:00:00", "45366", "2024年3月18日"],
         ["2024-03-15", "2024-03-16", "2024-03-15", "2024-03-18"], False),
        (["1/2/2024", "1/3/2024", "1/4/2024"], ["2024-02-01", "2024-03-01", "2024-04-01"], True),
    ],
)  # fmt: skip
def test_days_in_any_order(tmp_path: Path, days: list[str], read_as: list[str], doubtful: bool) -> None:
    rows = "".join(f'"{name}","{day}"\n' for name, day in zip("ABCDE", days, strict=False))
    found = read(tmp_path, f"Organisation,Timestamp\n{rows}")
    assert [str(row.signatory.signed_on) for row in found.rows] == read_as
    assert ("day-doubtful" in asked(found)) is doubtful


def test_a_day_that_is_to_come_is_asked_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    assert asked(read(tmp_path, "Organisation,Signed on\nTomorrow,2029-01-01\n")) == ["to-come"]
    with pytest.raises(SheetError) as caught:
        read(tmp_path, "Organisation,Signed on\nA,31/02/2024\nB,soon\n")
    assert [one.where.rpartition(" ")[2] for one in caught.value.problems] == ["2", "3"]


def test_other_encodings_and_separators(tmp_path: Path) -> None:
    text = "kind;name;country\norganisation;Éveil des Droits;Côte d'Ivoire\n"
    for encoding in ("utf-8", "cp1252", "utf-16"):
        (row,) = read(tmp_path, text, encoding=encoding).rows
        assert (row.signatory.name, row.signatory.country) == ("Éveil des Droits", "Côte d'Ivoire")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Should we list your name publicly?", SignOnField.CONSENT),
        ("Name of authorised representative", SignOnField.PERSON),
        ("Name of the signatory organisation", SignOnField.ORGANISATION),
        ("Country where your organization is based", SignOnField.COUNTRY),
        ("Does your organisation endorse the letter?", SignOnField.ENDORSES),
        ("Please do not publish our name", SignOnField.SECRET),
        ("Nombre de la organización firmante", SignOnField.ORGANISATION),
        ("Название организации", SignOnField.ORGANISATION),
        ("Email of contact person", None),
    ],
)
def test_what_a_heading_says(heading: str, field: SignOnField | None) -> None:
    column = column_of(heading)
    assert column is not None
    assert column.field is field


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Lord Zed of Ampton", "Zed"), ("Zoë Abbot", "Abbot Zoë"), ("Dr. Ada Rivers, PhD", "Rivers Ada"),
        ("李例明", "李例明"),
        ("KIM Ørsted", "KIM Ørsted"), ("Rivers, Ada", "Rivers Ada"), ("J. R. Öz", "Öz J. R."), ("Prof.", "Prof."),
    ],
)  # fmt: skip
def test_family_names(name: str, key: str) -> None:
    assert family_name(name) == key
    assert bare_name(name)


def test_names_that_differ_in_a_number_alone_are_not_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"organisation,Harbour Workers Section {number}\n" for number in (12, 13))
    assert read(tmp_path, f"Kind,Name\n{rows}").questions == ()
    rows = "organisation,Harbour Workers Section\norganisation,Harbour Workers Sections\n"
    assert read(tmp_path, f"Kind,Name\n{rows}").questions


def test_a_column_is_named_by_a_person_or_left_unread(tmp_path: Path) -> None:
    text = "Organisation,Answer,Later\nA,yes,no\nB,no,no\n"
    assert signing(read(tmp_path, text, none="Answer+Later")) == ["o A", "o B"]
    assert signing(read(tmp_path, text, none="B+C")) == ["o A", "o B"]
    assert asked(read(tmp_path, text, none="B+C")) == []
    assert signing(read(tmp_path, text, none="Later", endorses="Answer")) == ["o A"]
    assert asked(read(tmp_path, text, none="Later", endorses="Answer")) == []


def test_a_line_through_a_name_and_a_comment_that_takes_it_out_are_asked_about(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Organisation"], ["A"], ["B"], ["C"]):
        sheet.append(row)
    sheet["A3"].font = Font(strike=True)
    sheet["A4"].comment = Comment("Withdrew by mail on Monday", "Ana")
    book.save(tmp_path / "s.xlsx")
    found = read_sign_on(tmp_path / "s.xlsx", today=TODAY)
    assert signing(found) == ["o A"]
    assert asked(found) == ["struck", "comment-leaves"]
    assert [one.signatory.name for one in found.left] == ["B", "C"]
