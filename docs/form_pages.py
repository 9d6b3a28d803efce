"""Pages of the site that are made of the program's own words: how each of the addressees stands in a letter.

A hook of MkDocs (see mkdocs.yml). A native reader can look a language over on one page: every state and body as it is
addressed, as it stands in a sentence, and each salutation with its close. Nothing of it is kept in the repository.
"""

from collections.abc import Iterator
from html import escape

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from outreach.missions.collation import sort_key
from outreach.missions.facts import addressees
from outreach.missions.names import in_state, of_state, sentence_name, the_state, to_state
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.protocol.address import address, collective, collective_closing
from outreach.protocol.seats import mission_lines, seat_of
from outreach.vocabulary import GenderForm, Language, Role

NAMES = {
    Language.ENGLISH: "English", Language.FRENCH: "Français", Language.SPANISH: "Español", Language.ARABIC: "العربية",
    Language.CHINESE: "中文", Language.RUSSIAN: "Русский",
}  # fmt: skip
_NAME = "Ada TEST"
_RIGHT_TO_LEFT = ' dir="rtl"'
_WRAPPED = (
    "<style>td, th { white-space: normal !important; vertical-align: top !important; "
    "text-align: start !important }</style>"
)
_SEATS = {"mission": "FRA", "observer": "PSE", "delegation": "EUE", "organisation": "XRC"}
"""A seat of each kind, of which the salutations are shown."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each of the six languages."""
    for language in Language:
        files.append(File.generated(config, f"forms-{language}.md", content=page(language)))
    return files


def page(language: Language) -> str:
    """Return the page of a language, as Markdown with tables of HTML."""
    way = _RIGHT_TO_LEFT if language is Language.ARABIC else ""
    states = sorted(addressees(), key=lambda iso3: sort_key(sentence_name(addressees()[iso3], language), language))
    return "\n".join(
        [
            f"# {NAMES[language]}",
            "",
            f"The {len(states)} states and bodies that can be written to, as they stand in a letter in this language.",
            "Made of the program's own words: what is wrong here is wrong in letters. Tell us.",
            "",
            "## Salutations and closes",
            "",
            f"With an invented name, {_NAME}, and without; by the form that the sheet gives, or none.",
            "",
            _table(("", "Address", "Salutation", "Close"), _people(language), language, way),
            "",
            "## States and bodies",
            "",
            _table(("", "Address", "In a sentence", "of", "to", "in"), _states(states, language), language, way),
            "",
        ]
    )


def _people(language: Language) -> Iterator[tuple[str, ...]]:
    for seat, iso3 in _SEATS.items():
        mission = shipped_mission(iso3)
        seen: set[tuple[str, ...]] = set()
        for role in Role:
            for form in (None, *GenderForm):
                for name in (_NAME, ""):
                    contact = Contact(
                        iso3=iso3, role=role, gender_form=form, name=name, email="a@b.test", email_key="a@b.test"
                    )
                    words = address(mission, contact, language)
                    said = ("\n".join(words.inside), words.salutation, words.closing)
                    if said not in seen:
                        seen.add(said)
                        yield f"{seat}\n{role}\n{form or 'no form'}", *said
    yield "the open edition", "", collective(language), collective_closing(language)


def _states(codes: list[str], language: Language) -> Iterator[tuple[str, ...]]:
    for iso3 in codes:
        state = addressees()[iso3]
        lines = "\n".join(mission_lines(shipped_mission(iso3), language))
        kind = "" if seat_of(iso3) == "mission" else f"\n{seat_of(iso3)}"
        yield iso3 + kind, lines, *(say(state, language) for say in (the_state, of_state, to_state, in_state))


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]], language: Language, way: str) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    cell = f'<td lang="{language}"{way}>'
    body = "\n".join(
        f"<tr><th>{_cell(first)}</th>{''.join(f'{cell}{_cell(one)}</td>' for one in rest)}</tr>"
        for first, *rest in rows
    )
    return f"{_WRAPPED}<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _cell(text: str) -> str:
    return escape(text).replace("\n", "<br>")
