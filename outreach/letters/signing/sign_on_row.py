"""Says who a row of a sign-on sheet is: a person or an organisation, by which name, from where, since when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from outreach.letters.signing.sign_on_answers import (
    AnswerColumn,
)
from outreach.letters.signing.sign_on_columns import (
    COLUMNS,
    Column,
    SignOnField,
)
from outreach.letters.signing.sign_on_days import Day, NoDay
from outreach.letters.signing.signers import LetterSignatory
from outreach.missions.books.cell_values import Unusable, plain
from outreach.missions.books.cells import Cell
from outreach.missions.facts import find_state
from outreach.text import folded, one_line
from outreach.vocabulary import Language, SignatoryKind

_KINDS = {
    SignatoryKind.INDIVIDUAL: ("individual", "individuals", "person", "people", "personne", "personnes", "individu",
                               "individus", "persona", "personas", "individuo", "individuos", "particuliers",
                               "физические лица",
                               "частные лица", "الأفراد", "个人", "individual signatories", "persons"),
    SignatoryKind.ORGANISATION: ("organisation", "organisations", "organization", "organizations", "organización",
                                 "organizaciones", "ngo", "ngos", "ong", "group", "association", "организации",
                                 "المنظمات",
                                 "组织", "associations", "groups", "institutions", "civil society organisations",
                                 "civil society organizations"),
}  # fmt: skip

WORD_OF_KIND = {folded(word): kind for kind, words in _KINDS.items() for word in words}
_SAYS_PERSON = re.compile(
    r"\b(?:individual\w*|individu\w*|person(?:al|ne|a)?|myself|citizen|expert|academic|professor|scholar|journalist|"
    r"lawyer|parliamentarian|"
    r"mp|titre (?:individuel|personnel)|titulo (?:individual|personal)|particulier|физическ\w*|частн\w*|личн\w*)\b|"
    r"个人|فرد|شخص"
)

_SAYS_ORGANISATION = re.compile(
    r"\b(?:organi[sz]ation\w*|organizacion\w*|organisme\w*|ngos?|ongs?|inspo|cso|csos|behalf|association|asociacion|"
    r"coalition|network|group|"
    r"union|institution|institut[eo]?|university|foundation|trust|think tank|company|collective|nom d une|"
    r"nombre de (?:una|la)|"
    r"организац\w*|юридич\w*|movement|church|faith based|non profit|nonprofit|not for profit)\b|组织|机构|منظمة"
)

_ORGANISATION_IN_NAME = re.compile(
    r"\b(?:archiv\w*|trust|desk|network|society|societe|sociedad|association|asociacion|asociación|associacao|centre|"
    r"center|centro|"
    r"foundation|fondation|fundacion|institut\w*|initiative|iniciativa|watch|alliance|alianza|coalition|coalicion|"
    r"committee|comite|"
    r"council|union|federation|federacion|movement|forum|foro|campaign|project|rights|droits|derechos|justice|"
    r"justicia|international|"
    r"internacional|organi[sz]ation|organizacion|group|grupo|collectif|colectivo|collective|press|league|ligue|liga|"
    r"observatory|"
    r"observatoire|observatorio|reseau|red|action|accion|solidarity|solidarite|legal|law|media|voices|records|museum|"
    r"library|university|"
    r"universite|universidad|inc|ltd|ev|asbl|gmbh|ngo|ong|for|pour|para|against|contre|contra|chamber|bureau|office|"
    r"house|"
    r"фонд|центр|союз|общество|организация|комитет|сеть|архив|движение|ассоциация|منظمة|جمعية|مركز|شبكة|مؤسسة|رابطة)\b|"
    r"协会|中心|基金|联盟|组织|委员会|社|网络"
)

_NOTHING = frozenset({
    "", "n a", "na", "none", "nil", "no", "non", "nobody", "individual", "self", "myself", "independent",
    "not applicable",
    "sans", "aucune", "aucun", "ninguna", "ninguno", "no aplica", "нет", "لا يوجد", "无", "null", "nan", "s o",
    "tbc", "anonymous",
})  # fmt: skip

_WEBSITE = re.compile(r"(?:https?://)?[^\s/.@:?#]+(?:\.[^\s/.@:?#]+)+(?:[/?#]\S*)?")
LONGEST_HEADING = 80
_LONGEST_WORDS = 300


@dataclass(slots=True)
class SheetSigner:
    """A row as it was read: where it stands, what is over it, and the text of each known field."""

    where: str
    kind: SignatoryKind | None
    """Of the sheet or heading that it stands under."""
    cells: dict[SignOnField, Cell]
    category: str = ""
    """The own heading that it stands under."""
    in_words: dict[tuple[SignOnField, Language], Cell] = field(default_factory=dict)
    """What the sheet says in a language."""
    day: Day | NoDay | None = None
    answers: list[tuple[AnswerColumn, Cell]] = field(default_factory=list)
    """What it says under each column of answers; an empty cell where it says nothing."""
    remarks: list[tuple[str, str, str]] = field(default_factory=list)
    """What says in passing that it does not sign: a column, a comment or a line through it, its heading, the words."""
    left_out: bool = False
    """Whether it is not to be listed."""


@dataclass(slots=True)
class SignOnTable:
    """The rows of one sheet, and which of its columns were found."""

    lines: list[SheetSigner] = field(default_factory=list)
    columns: dict[SignOnField, Column] = field(default_factory=dict)
    headings: dict[SignOnField, str] = field(default_factory=dict)
    where: str = ""
    answers: list[AnswerColumn] = field(default_factory=list)
    in_words: frozenset[str] = frozenset()
    """The columns that it has in a language, as `fr.title`."""


def name_told(line: SheetSigner) -> str:
    """Return by which name a row is told to a person."""
    return said_name({name: plain(cell.text) for name, cell in line.cells.items()})


def values_of(line: SheetSigner) -> dict[SignOnField, str]:
    """Return the text of each known field of a row. Raises Unusable for a formula without a value, and for an error."""
    values: dict[SignOnField, str] = {}
    answers = [(column.heading, cell) for column, cell in line.answers]
    headed = [((COLUMNS.get(name) or (str(name).capitalize(),))[0], cell) for name, cell in line.cells.items()]
    for called, cell in (*headed, *answers):
        if cell.no_value:
            raise Unusable(
                "signatories.formula",
                "{column} is a formula without a stored value",
                column=called,
                remedy="Save the file, or type the value.",
            )
        if cell.error:
            raise Unusable(
                "signatories.error",
                "{column} holds the error {text}",
                column=called,
                text=cell.text,
                remedy="Type the value.",
            )
    for name, cell in line.cells.items():
        if text := plain(cell.text):
            values[name] = text
    return values


def said_name(values: Mapping[SignOnField, str]) -> str:
    """Return who signs, from what the fields say: an organisation, a person, or first and last name."""
    names = (
        values.get(SignOnField.ORGANISATION, ""),
        values.get(SignOnField.NAME, ""),
        values.get(SignOnField.PERSON, ""),
        _full(values),
    )
    return next((name for name in names if folded(name) not in _NOTHING), "?")


def _full(values: Mapping[SignOnField, str]) -> str:
    return " ".join(filter(None, (values.get(SignOnField.FIRST), values.get(SignOnField.LAST))))


def signatory_of(line: SheetSigner, values: dict[SignOnField, str], table: SignOnTable) -> tuple[LetterSignatory, bool]:
    """Return who signs by a row, and whether its kind was guessed. Raises Unusable for what can't be taken."""
    for one in (
        SignOnField.ORGANISATION,
        SignOnField.PERSON,
        SignOnField.FIRST,
        SignOnField.LAST,
        SignOnField.AFFILIATION,
        SignOnField.TITLE,
        SignOnField.WEBSITE,
        SignOnField.ACRONYM,
        SignOnField.COUNTRY,
    ):
        if folded(values.get(one, "")) in _NOTHING:
            values.pop(one, None)
    kind, guessed = _kind(line, values, table)
    organisation, person = values.get(SignOnField.ORGANISATION, ""), values.get(SignOnField.PERSON) or _full(values)
    either = values.get(SignOnField.NAME, "")
    representative = values.get(SignOnField.REPRESENTATIVE, "")
    affiliation = values.get(SignOnField.AFFILIATION, "")
    title = values.get(SignOnField.TITLE, "")
    sort_as = values.get(SignOnField.SORT_AS, "")
    if kind is SignatoryKind.ORGANISATION:
        name = organisation or either or affiliation or person
        who = next((words for words in (person, either) if words and words != name), "")
        who = representative or who
        if who:
            representative = f"{who}, {title}" if title and folded(title) not in folded(who) else who
            title = ""
        affiliation = "" if name == affiliation else affiliation
    else:
        name = person or either or organisation
        affiliation = affiliation or (organisation if organisation != name else "")
        if not sort_as and SignOnField.LAST in values and not values.get(SignOnField.PERSON):
            sort_as = f"{values[SignOnField.LAST]} {values.get(SignOnField.FIRST, '')}".strip()
    if not name:
        raise Unusable("signatories.no-name", "the name is empty", remedy="Write it, or remove the row.")
    signed_on = _signed_on(line, values)
    said = {(name, language): words for (name, language), cell in line.in_words.items() if (words := plain(cell.text))}
    in_words: dict[str, dict[str, str]] = {}
    for (name_of, language), words in sorted(said.items()):
        in_words.setdefault(language.value, {})[name_of.value] = one_line(words)[:_LONGEST_WORDS]
    signatory = LetterSignatory(
        kind=kind, name=name, title=title, affiliation=affiliation, acronym=values.get(SignOnField.ACRONYM, ""),
        country=_country(values.get(SignOnField.COUNTRY, "")), website=_website(values.get(SignOnField.WEBSITE, "")),
        logo=values.get(SignOnField.LOGO, ""), sort_as=sort_as, representative=representative, signed_on=signed_on,
        category=_category(line, values), signature=values.get(SignOnField.SIGNATURE, ""), words=in_words,
    )  # fmt: skip
    return signatory, guessed


def _category(line: SheetSigner, values: Mapping[SignOnField, str]) -> str:
    """The heading of the coalition's own that a row stands under; empty where that of its kind is meant."""
    said = values.get(SignOnField.CATEGORY, "")
    if said and (SignOnField.KIND in values or folded(said) not in WORD_OF_KIND):
        return one_line(said)[:LONGEST_HEADING]
    return "" if said else line.category


def _kind(line: SheetSigner, values: Mapping[SignOnField, str], table: SignOnTable) -> tuple[SignatoryKind, bool]:
    """The kind of a row, and whether it was guessed by the words of its name."""
    said = values.get(SignOnField.KIND, "")
    category = values.get(SignOnField.CATEGORY, "")
    if not said and category:
        kind = WORD_OF_KIND.get(folded(category)) or kind_in_words(folded(category))
        if kind is not None:
            return kind, False
    if said:
        kind = WORD_OF_KIND.get(folded(said)) or kind_in_words(folded(said))
        if kind is not None:
            return kind, False
    elif line.kind is not None:
        return line.kind, False
    person = values.get(SignOnField.PERSON) or _full(values)
    if SignOnField.ORGANISATION in values and SignOnField.NAME not in values:
        return SignatoryKind.ORGANISATION, False
    if person and SignOnField.NAME not in values:
        return SignatoryKind.INDIVIDUAL, False
    remedy = "Write individual or organisation; a heading of your own belongs into a column Category."
    if said:
        raise Unusable("signatories.kind", "{said!r} is no kind", said=said, remedy=remedy)
    if SignOnField.KIND in table.columns:
        raise Unusable("signatories.no-kind", "the kind is empty", remedy=remedy)
    name = values.get(SignOnField.NAME, "")
    if SignOnField.ACRONYM in values or SignOnField.WEBSITE in values or _ORGANISATION_IN_NAME.search(folded(name)):
        return SignatoryKind.ORGANISATION, True
    return SignatoryKind.INDIVIDUAL, True


def kind_in_words(said: str) -> SignatoryKind | None:
    """Return whether words speak of a person or of an organisation; None where of both or of neither."""
    person, organisation = _SAYS_PERSON.search(said), _SAYS_ORGANISATION.search(said)
    if bool(person) == bool(organisation):
        return None
    return SignatoryKind.INDIVIDUAL if person else SignatoryKind.ORGANISATION


def _country(text: str) -> str:
    """A country as it is written; one in capitals, or by its code, as the United Nations write it."""
    if text.isupper() and (state := find_state(text)) is not None:
        return state.short("en")
    return text


def _website(text: str) -> str:
    if not text:
        return ""
    if not _WEBSITE.fullmatch(text):
        raise Unusable(
            "signatories.website",
            "{website!r} is no website",
            website=text,
            remedy="Write it as https://example.org.",
        )
    return text if text.startswith("http") else f"https://{text}"


def _signed_on(line: SheetSigner, values: Mapping[SignOnField, str]) -> date | None:
    if isinstance(line.day, NoDay):
        raise Unusable(
            "signatories.day",
            "{text!r} is no day that can be told for sure",
            text=values.get(SignOnField.SIGNED_ON, ""),
            remedy="Write it as 2024-03-15.",
        )
    return line.day.day if line.day else None
