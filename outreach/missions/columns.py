"""The three sheets of a directory workbook and their columns: what the import looks for and the export writes."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from outreach.text import folded


class SheetKind(StrEnum):
    """What a sheet holds; the value is its name in the shipped workbook."""

    MISSIONS = "Missions"
    CONTACTS = "Contacts"
    TERMS = "HRC terms"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its field in the database, its header, what it means to a person, and what else it is called."""

    field: str
    """Empty for a column that is there for the human reader only."""
    header: str
    meaning: str
    required: bool = False
    synonyms: tuple[str, ...] = ()

    def is_called(self, header: str) -> bool:
        """Tell whether a header is one of this column's names. Case, accents, punctuation and spaces don't matter."""
        asked = squeezed(header)
        return any(asked == squeezed(name) for name in (self.header, self.field, *self.synonyms) if name)


_ISO3 = SheetColumn(
    "iso3",
    "ISO3",
    "The state's three-letter code (ISO 3166-1 alpha-3), such as FRA. The key of every row.",
    required=True,
    synonyms=(
        "ISO 3 code", "ISO code", "ISO alpha-3", "ISO 3166-1 alpha-3", "alpha-3", "alpha-3 code", "country code",
        "state code", "mission code", "code ISO", "code ISO3", "code pays", "código ISO", "código ISO3",
        "código de país",
    ),
)  # fmt: skip

COLUMNS: dict[SheetKind, tuple[SheetColumn, ...]] = {
    SheetKind.MISSIONS: (
        _ISO3,
        SheetColumn(
            "short_name", "Short name", "The state's short name in English, as a list shows it.",
            synonyms=("name", "state", "country", "state name", "country name", "nom", "nom court", "pays", "État",
                      "nombre", "nombre corto", "país", "Estado"),
        ),
        SheetColumn(
            "formal_name", "Formal name", "The state's formal name in English, with its article.",
            synonyms=("official name", "full name", "long name", "nom officiel", "nom complet", "nombre oficial",
                      "nombre formal"),
        ),
        SheetColumn(
            "regional_group", "Regional group", "The UN regional group; empty for the two observer states.",
            synonyms=("group", "region", "UN group", "UN regional group", "groupe", "groupe régional", "grupo",
                      "grupo regional"),
        ),
        SheetColumn(
            "status", "Status", "Member state or observer state of the United Nations.",
            synonyms=("UN status", "membership", "statut", "estatus"),
        ),
        SheetColumn(
            "language", "Language", "The language the mission is written to in. A working default: ask the mission.",
            synonyms=("language of correspondence", "correspondence language", "letter language", "lang", "langue",
                      "langue de correspondance", "idioma", "lengua"),
        ),
        SheetColumn("city", "City", "Where the mission sits.", synonyms=("seat", "town", "ville", "ciudad")),
        SheetColumn(
            "time_zone", "Time zone", "The IANA time zone of that city, such as Europe/Zurich.",
            synonyms=("timezone", "tz", "zone", "fuseau horaire", "zona horaria", "huso horario"),
        ),
        SheetColumn(
            "tags", "Tags", "Words of your own, separated by commas; write to them with tag:NAME.",
            synonyms=("tag", "label", "labels", "keywords", "étiquettes", "mots-clés", "etiquetas"),
        ),
    ),
    SheetKind.CONTACTS: (
        _ISO3,
        SheetColumn("", "Mission", "The state's name, for you to read. Not read by the import.",
               synonyms=("state", "country", "pays", "país", "mission name")),
        SheetColumn(
            "role", "Role", "What the contact is at the mission. Empty counts as general.",
            synonyms=("function", "position", "contact type", "type", "role at the mission", "poste",
                      "puesto", "rôle", "fonction", "función", "cargo"),
        ),
        SheetColumn(
            "form_of_address", "Form of address", "What goes before the name, such as Excellency. Nobody's is guessed.",
            synonyms=("address form", "style", "salutation", "honorific", "formule d'appel", "civilité",
                      "tratamiento"),
        ),
        SheetColumn(
            "name", "Name", "The person's name, in any script. Empty where none is known.",
            synonyms=("full name", "contact", "contact name", "person", "contact person", "focal point", "nom",
                      "nom complet",
                      "nom et prénom", "personne de contact", "persona de contacto", "nombre y apellido",
                      "nombre y apellidos", "nombre",
                      "nombre completo"),
        ),
        SheetColumn("title", "Title", "The person's title, such as Ambassador or First Secretary.",
               synonyms=("job title", "rank", "titre", "título")),
        SheetColumn(
            "gender_form", "Gender form",
            "The grammatical form the person is known to use. Leave empty where it is not known.",
            synonyms=("gender", "grammatical gender", "genre", "género"),
        ),
        SheetColumn(
            "email", "E-mail", "One address. An address stands in the workbook once.", required=True,
            synonyms=("mail", "mails", "e-mails", "e-mail address", "e-mail addresses", "e-mail(s)", "contact e-mail",
                      "official e-mail", "courriels", "adresse mail", "adresse de courriel", "adresse courrielle",
                      "correo-e", "correos electrónicos", "dirección electrónica", "email oficial",
                      "mail address", "electronic mail", "courriel", "adresse courriel",
                      "adresse e-mail", "adresse électronique", "mél", "correo", "correo electrónico",
                      "dirección de correo"),
        ),
        SheetColumn(
            "language", "Language", "The contact's own language; empty to write in the mission's.",
            synonyms=("language of correspondence", "correspondence language", "lang", "langue", "idioma", "lengua"),
        ),
        SheetColumn(
            "line", "Line", "The line of the letter the address stands in: to or cc. Empty counts as to.",
            synonyms=("to/cc", "to or cc", "to cc", "address line", "recipient type", "ligne", "línea"),
        ),
        SheetColumn(
            "active", "Active", "Whether letters go to this address: yes or no. Empty counts as yes.",
            synonyms=("is active", "in use", "actif", "active contact", "activo"),
        ),
    ),
    SheetKind.TERMS: (
        _ISO3,
        SheetColumn("", "State", "The state's name, for you to read. Not read by the import.",
               synonyms=("name", "country", "mission", "short name", "pays", "país")),
        SheetColumn(
            "first_year", "First year", "The first calendar year of the term, from 1 January.", required=True,
            synonyms=("first", "from", "start", "start year", "term start", "begin", "année de début", "de",
                      "primer año", "año de inicio", "desde"),
        ),
        SheetColumn(
            "last_year", "Last year", "The last calendar year of the term, to 31 December.", required=True,
            synonyms=("last", "to", "until", "end", "end year", "term end", "année de fin", "à", "último año",
                      "año de fin", "hasta"),
        ),
    ),
}  # fmt: skip

_SHEET_NAMES: dict[SheetKind, tuple[str, ...]] = {
    SheetKind.MISSIONS: (
        "Missions",
        "Mission",
        "Permanent missions",
        "States",
        "Countries",
        "Misiones",
        "Missions permanentes",
        "Directory",
        "Répertoire",
        "Directorio",
    ),
    SheetKind.CONTACTS: (
        "Contacts",
        "Contact",
        "Contact list",
        "Addresses",
        "E-mails",
        "Contactos",
        "Adresses",
        "Direcciones",
    ),
    SheetKind.TERMS: (
        "HRC terms",
        "HRC",
        "Terms",
        "HRC membership",
        "HRC members",
        "Council terms",
        "Council",
        "Membership",
        "Mandats",
        "Mandats CDH",
        "CDH",
        "Mandatos",
        "Mandatos CDH",
    ),
}

_READ_ME_NAMES = ("Read me", "About", "Notes", "Instructions", "Lisez-moi", "Léeme")


# What a column is called that names the state in words; the plainest first, for a sheet may have two of them.
_STATE_HEADERS = (
    (),
    (
        "country", "state", "member state", "country name", "state name", "nation", "pays", "État", "État membre",
        "nom du pays", "país", "Estado", "Estado miembro", "nombre del país", "country/state", "UN member state",
        "short name", "country (English)", "states", "countries",
    ),
    (
        "mission", "permanent mission", "mission name", "mission permanente", "misión", "misión permanente",
        "delegation", "délégation", "delegación", "embassy", "ambassade", "embajada", "government",
    ),
)  # fmt: skip


@lru_cache(maxsize=4096)
def names_states(header: str) -> int | None:
    """Return how plainly a header says that its column names states (0 is plainest); None where it does not."""
    asked = squeezed(header)
    for rank, names in enumerate(_STATE_HEADERS):
        if asked in {squeezed(name) for name in names}:
            return rank
    return None


def kind_by_name(sheet: str) -> SheetKind | None:
    """Return what a sheet of that name holds; None where the name doesn't tell."""
    name = squeezed(sheet)
    return next((kind for kind, names in _SHEET_NAMES.items() if name in {squeezed(n) for n in names}), None)


def is_read_me(sheet: str) -> bool:
    """Tell whether a sheet of that name is an explanation for people."""
    return squeezed(sheet) in {squeezed(name) for name in _READ_ME_NAMES}


def column_for(kind: SheetKind, field: str) -> SheetColumn | None:
    """Return the column of a sheet that holds a field, asked for by field, header or synonym."""
    known = [column for column in COLUMNS[kind] if column.field]
    exact = (c for c in known if squeezed(field) in {squeezed(c.field), squeezed(c.header)})
    return next(exact, None) or next((c for c in known if c.is_called(field)), None)


def fields_of(kind: SheetKind) -> list[str]:
    """Return the fields that a sheet can carry."""
    return [column.field for column in COLUMNS[kind] if column.field]


@lru_cache(maxsize=4096)
def squeezed(text: str) -> str:
    """Fold the text and take out the spaces, so that `E-mail`, `email` and `E mail` are one."""
    return folded(text).replace(" ", "")
