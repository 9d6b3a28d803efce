"""Finds what the program says to readers, and keeps the catalogues of the languages in step with it.

python docs/make_catalogue.py          adds what is new to each outreach/locale/xx/LC_MESSAGES/outreach.po, and takes
                                       out what is said no more; what is to be translated is listed
python docs/make_catalogue.py --check  changes nothing; lists what is missing, and fails then
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes

from outreach import catalogues, errors, vocabulary
from outreach.actors import PROGRAMS
from outreach.campaigns import had_already
from outreach.inbox.enclosed.attached import KINDS as FILE_KINDS
from outreach.inbox.enclosed.envelopes import Seal
from outreach.inbox.enclosed.file_types import SORTS
from outreach.inbox.mail_list import SHOWS
from outreach.inbox.meaning.people_told import SORTS as TOLD_SORTS
from outreach.letters.signing.sign_on_columns import SIGN_ON_KINDS
from outreach.mail_password import Home
from outreach.missions.matching import KINDS as COLUMN_KINDS
from outreach.outbox.blame import blamed, server_faults
from outreach.outbox.sign_in.providers import providers
from outreach.presets import presets
from outreach.reports import comparison
from outreach.reports.excel import report_columns
from outreach.reports.team_sheet import fill_sheet
from outreach.settings_change import BY_HAND
from outreach.web import acts, clicked, render, settings_words, step_links
from outreach.web import words as page_words
from outreach.web.account_mail import AccountChange
from outreach.web.routes import following, setup

ROOT = Path(__file__).parent.parent
REFUSALS = ROOT / "outreach" / "outbox" / "blame" / "refusals.toml"
LOOKED_AT = (
    "mode", "sender", "signing", "domain", "SPF", "DKIM", "DMARC", "mail server", "mail service", "sign-in", "password",
    "box", "copies", "bounces", "database", "clock", "place", "disk", "privacy", "backup", "allow-list",
)  # fmt: skip
"""What the doctor looks at; a test holds that it names nothing else."""
Key = tuple[str, str | tuple[str, str]]
"""A context, empty where there is none, and the English words; of what is counted both of its forms."""
LISTS = (
    vocabulary.MessageState,
    vocabulary.DeliveryStatus,
    vocabulary.Answer,
    vocabulary.Position,
    vocabulary.Vote,
    vocabulary.Hold,
    vocabulary.EventKind,
    vocabulary.CampaignState,
    vocabulary.MailKind,
)
DESK_LISTS = tuple(one for one in page_words.LISTS if one not in LISTS)
SAYING = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.OutreachError | errors.Problem | errors.Refusal)
} | {"Unusable", "Uncertain", "UnfitValue", "saying", "KeptSentence", "good", "noted", "wrong"}
"""What takes a code and a template."""
WORDED = (
    "web", "people", "going_live.py", "settings_change.py", "settings_watch.py", "clock.py", "mail_password.py",
    "campaigns", "letters",
    "inbox", "missions", "outbox", "reports", "responses", "privacy", "zipped.py", "settings.py", "database.py",
    "backup", "commands", "copying.py", "demo.py",
    "doctor", "errors.py", "sentences.py", "wording.py", "ledger.py", "rehearsal", "schedule.py", "witness",
    "workplace.py", "network_words.py",
)  # fmt: skip
"""The rooms whose errors and remedies are in the catalogues: those that a day's work at the desk meets. What the others
say is said in English, until they stand here too."""
_NOT_AT_THE_DESK = frozenset({"web/serve.py"})
_CODE = re.compile(r"[a-z-]+\.[a-z0-9-]+")
STATUSES = tuple(HTTPStatus(one).phrase for one in (400, 403, 404, 405, 409, 413, 422, 429, 500, 503))
SHEETS = (
    "Overview",
    "Missions",
    "By group",
    "Answers",
    "Problems",
    "Log",
    "About",
    "Campaigns",
    "Side by side",
    "The past",
)
TROUBLES = (
    "held", "failed", "uncertain", "bounced", "one address bounced", "one address refused", "waits for a person",
)  # fmt: skip
FILLED = (
    "address", "name", "title", "role", "line", "active", "email", "short name", "formal name", "language", "tags",
    "regional group", "city", "form of address", "gender form", "time zone", "status", "answered how", "right address",
    "bounced at", "bounce detail", "absent since", "fields", "email key", "working group", "iso3",
)  # fmt: skip
"""Fields of the directory and of a report, as a change names them."""
INTO = (*fill_sheet.HEADERS, "status")
"""The columns that `report --into` puts beside a team's own."""
FIELDS = ("answer", "position", "note", "vote", "how", "assigned", "due")
PUBLIC_COLUMNS = (
    report_columns.MISSION_COLUMNS,
    report_columns.PROBLEM_COLUMNS,
    report_columns.ANSWER_COLUMNS,
    report_columns.GROUP_COLUMNS,
    report_columns.LOG_COLUMNS,
    report_columns.PAST_COLUMNS,
    (report_columns.YEARS_COLUMN,),
    report_columns.MOVED_COLUMNS,
    comparison.CAMPAIGN_COLUMNS,
)


def said() -> dict[Key, None]:
    """Return everything that is to be in a catalogue, in a steady order."""
    return dict.fromkeys([*_listed(), *_of_the_desk(), *_written(), *_on_pages(), *_told()])


def _listed() -> Iterator[Key]:
    for columns in PUBLIC_COLUMNS:
        for column in columns:
            yield column.context, column.header
            if column.meaning:
                yield "", column.meaning
    for _, _, meaning in report_columns.WORDS:
        yield "", meaning
    for words in LISTS:
        yield from ((words.__name__, member.value) for member in words)
    yield from (("language", name) for name in (one.english for one in vocabulary.Language))
    yield from (("sheet", name) for name in SHEETS)
    yield from (("column", name) for name in INTO)
    yield from (("trouble", name) for name in TROUBLES)
    yield from (("field", name) for name in FIELDS)
    from outreach.reports.groups import ALL, GROUPS, NO_GROUP

    yield from (("group", name) for name in (*GROUPS, NO_GROUP, ALL))


def _of_the_desk() -> Iterator[Key]:
    """Yield what stands in tables of the desk, which are written in English and said by their readers."""
    for words_ in DESK_LISTS:
        yield from ((words_.__name__, member.value) for member in words_)
    for group in settings_words.GROUPS:
        yield from (("", text) for text in (group.title, group.about) if text)
        for field in group.fields:
            yield from (("", text) for text in (field.label, field.hint) if text)
            if field.name != "provider":  # the names of mail services
                yield from (("", text) for _, text in field.choices if text)
    yield "", "another one"
    yield from (("", text) for text in BY_HAND.values())
    yield from (("", text) for text in (*had_already.SAME, had_already.ELSEWHERE))
    yield from (("", text) for text in (*blamed.CURES.values(), *server_faults.CERTIFICATE_CURES.values()))
    yield from (("", one.title) for one in setup.STEPS)
    yield from (("", one.value) for one in AccountChange)
    yield from (("act", text) for text in acts.WORDS.values())
    yield from (("door", text) for text in acts.DOORS.values())
    yield from (("program", text) for text in PROGRAMS)
    yield from (("", text) for text, _ in step_links.WORDS)
    yield from (("", text) for text in SHOWS.values())
    yield from (("", text) for text in FILE_KINDS.values())
    yield from (("", text) for text in sorted(SORTS))
    yield from (("", text) for text in TOLD_SORTS)
    yield from (("seal", one.value) for one in Seal)
    yield from (("column kind", text) for text in (*COLUMN_KINDS.values(), *SIGN_ON_KINDS.values()))
    yield from (("span", text) for text in following.SPANS)
    yield from (("", text) for one in providers().values() for text in one.steps_said)
    yield from (("verdict", text) for text in ("good", "note", "wrong"))
    yield from (("looked at", text) for text in LOOKED_AT)
    yield from (("", text) for text in errors.PLACES)
    yield from (("", rule["name"]) for rule in tomllib.loads(REFUSALS.read_text(encoding="utf-8"))["reason"])
    yield from (("Home", member.value) for member in Home)
    yield from (("meeting", text) for text in ("offered", "answered", "called off", "another time is proposed"))
    yield from (("status", text) for text in STATUSES)
    yield from (("", one.title) for one in presets().values())
    for text in ("{where}: {says}", "{where}: {says}. {remedy}"):  # how an error is put together
        yield "", text
    yield from (("", pair) for pair in page_words.HAPPENED.values())
    for one in (*page_words.MAIL_KINDS.values(), *page_words.SHORT_GROUPS.values()):
        yield one.context, str(one)
    yield from (("field", text) for text in FILLED)
    yield from (("", text) for text in ("Missions", "Contacts", "Terms on the Council", "Signatories"))
    yield from (("place", text) for text in ("mail files", "sheets and reports in this folder"))
    for place in clicked.PLACES.values():
        yield from (("", text) for text in (place.words, place.inline) if text)
        if place.words:
            yield "joins", place.after


def _on_pages() -> Iterator[Key]:
    """Yield what the templates of the desk and of a dossier say."""
    environment = render.environment()
    folders = (ROOT / "outreach" / "web" / "pages", ROOT / "outreach" / "reports" / "dossier_pages")
    for path in (path for folder in folders for path in sorted(folder.glob("*.html"))):
        if path.name.startswith(
            "sign_on"
        ):  # for the world: its words are those of `campaigns/who_signs/sign_on_words.py`, by key
            continue
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            texts = [one.value for one in call.args if isinstance(one, nodes.Const) and isinstance(one.value, str)]
            match call.node:
                case nodes.Name(name="say") if texts:
                    yield "", texts[0]
                case nodes.Getattr(node=nodes.Name(name="say"), attr="about") if len(texts) == 2:
                    yield texts[0], texts[1]
                case nodes.Getattr(node=nodes.Name(name="say"), attr="several") if len(texts) >= 2:
                    yield "", (texts[0], texts[1])


def _told() -> Iterator[Key]:
    """Yield the templates of errors, problems, sentences and remedies that the desk meets."""
    for path in sorted((ROOT / "outreach").rglob("*.py")):
        place = path.relative_to(ROOT / "outreach").as_posix()
        if place in _NOT_AT_THE_DESK or not any(place == one or place.startswith(f"{one}/") for one in WORDED):
            continue
        module = ast.parse(path.read_text(encoding="utf-8"))
        named = _named(module)
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if name == "Remedy" and texts:
                yield "", texts[0]
            elif name in SAYING and len(texts) >= 2 and _CODE.fullmatch(texts[0]):
                yield "", texts[1]
                for remedy in (one.value for one in node.keywords if one.arg == "remedy"):
                    texts = named.get(remedy.id, []) if isinstance(remedy, ast.Name) else _branches(remedy)
                    yield from (("", text) for text in texts)


def _named(module: ast.Module) -> dict[str, list[str]]:
    """Return the texts that are given to a name anywhere in a module: `_CURE = "Save it again."`."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).extend(_branches(node.value))
    return found


def _branches(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_branches(node.body), *_branches(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _written() -> Iterator[Key]:
    """Yield what stands as a literal in a call of a tongue, or of Word."""
    for path in sorted((ROOT / "outreach").rglob("*.py")):
        if path.name == "catalogues.py" or "letters" in path.parts:  # where `say` is something else
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                match _called(node.func):
                    case "say" if texts:
                        yield "", texts[0]
                    case "say.about" | "Word" if len(texts) == 2:
                        yield texts[0], texts[1]
                    case "say.several" if len(texts) >= 2:
                        yield "", (texts[0], texts[1])


def _called(function: ast.expr) -> str:
    name = ast.unparse(function)
    if name.startswith("tongue_of(request)"):
        name = name.replace("tongue_of(request)", "say", 1)
    return name.removeprefix("self.").removeprefix("source.")


def read(language: str) -> Catalog:
    """Return a language's catalogue."""
    with catalogues.catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, domain=catalogues.DOMAIN)


def keys_of(catalogue: Catalog) -> dict[Key, object]:
    """Return what a catalogue has words for, with the words."""
    return {
        (message.context or "", message.id): message.string
        for message in catalogue
        if message.id and (all(message.string) if isinstance(message.string, tuple) else message.string)
    }


def missing(language: str) -> list[Key]:
    """Return what a language has no words for."""
    there = keys_of(read(language))
    return [key for key in said() if key not in there]


def _head(language: str) -> str:
    """Return a file's head as it is, with its glossary."""
    return catalogues.catalogue_file(language).read_text(encoding="utf-8").partition("\n\n")[0] + "\n\n"


def update(language: str) -> None:
    """Write a language's file anew: all that is said, in its order, with the words that there are."""
    known = keys_of(read(language))
    head = _head(language)
    new = Catalog(locale=language, domain=catalogues.DOMAIN)
    for context, words in said():
        new.add(words, known.get((context, words), ""), context=context or None)  # type: ignore[arg-type]
    with catalogues.catalogue_file(language).open("wb") as file:
        file.write(head.encode())
        write_po(file, new, width=110, omit_header=True)


def main() -> int:
    check = "--check" in sys.argv
    lacking = 0
    for language in catalogues.languages()[1:]:
        if not check:
            update(language)
        for context, words in missing(language):
            lacking += 1
            print(f"{language}: {f'[{context}] ' if context else ''}{words}")
    return int(check and lacking > 0)


if __name__ == "__main__":
    raise SystemExit(main())
