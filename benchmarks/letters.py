"""How fast letters are merged, set as PDF and approved, beside the alternatives, in one run.

1. A two-page letter with 42 signatories as PDF: ours beside WeasyPrint (if it is installed: it needs pango from the
   system) on the same words. Promise: at least 100 letters a second on two cores; by the processor's time, which other
   work on the machine does not change, at least 50 a second on one.
2. A campaign to all 195 missions, in six languages: `approve`, everything included, beside typst alone, which compiles
   the same 195 letters one by one. Promise: less than 5 times as long.
3. The same campaign without PDF, bounds and lint on, by the processor's time: the first approval of a process, which
   reads the lists of words and states, and nine more, 1,755 letters, each with its fixed costs (the letter and those
   who sign are read, the rows written; what its texts are is known from the first). Promise: 2,000 letters a second.
4. Merge, lint and mail alone of 1,950 letters at once, in the six languages and in two: what each letter more costs.
"""

import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.compose import compose_all, merge_all
from outreach.campaigns.lint_campaign import findings_of
from outreach.campaigns.plan import addressees, create, get_campaign
from outreach.database import open_database, reading, writing
from outreach.letters.faces.pdf import PAGE, PdfContent, Typesetter, side_by_side
from outreach.letters.folder import Letter, load_letter
from outreach.letters.merge import Merger
from outreach.letters.merge_values import Addressee
from outreach.letters.tree import to_tree
from outreach.missions.facts import states
from outreach.missions.importer import import_file
from outreach.missions.shipped import shipped_mission
from outreach.models import Campaign, Mission
from outreach.settings import Settings
from outreach.vocabulary import Language

ROOT = Path(__file__).parent.parent
MOMENT = datetime(2024, 3, 15, 9, 0, tzinfo=UTC)
LETTERS = 200
CAMPAIGNS = 10
PROMISED = 2000
"""Letters a second of one processor, approved without PDF."""


def two_pages(templates: Path) -> Letter:
    """The sample letter, with 8 individuals and 34 organisations that are invented, and more to say."""
    folder = templates / "hrc-joint-letter"
    rows = [f"individual,Person {n} (invented),Title {n},Institute {n} of Open Files,," for n in range(8)]
    rows += [f"organisation,Invented Association {n} for Open Records,,,IA{n},Nowhere" for n in range(34)]
    (folder / "signatories.csv").write_text("kind,name,title,affiliation,acronym,country\n" + "\n".join(rows))
    for language in Language:
        path = folder / f"{language}.md"
        head, mark, rest = path.read_text(encoding="utf-8").partition("\n1. ")
        paragraph = head.rpartition("{{ salutation }}\n\n")[2].split("\n\n")[1]
        path.write_text(f"{head}\n\n{paragraph}\n\n{paragraph}\n{mark}{rest}", encoding="utf-8")
    return load_letter("hrc-joint-letter", templates)


def row(what: str, seconds: float, count: int, ratio: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<62}{seconds:>8.2f} s{count / seconds:>9.1f}/s  {ratio}")


def pdf_letters(letter: Letter) -> None:
    merger = Merger(letter, campaign="benchmark", moment=MOMENT, tz=ZoneInfo("Europe/Zurich"))
    codes = [iso3 for iso3, _ in zip([*states(), *states()], range(LETTERS), strict=False)]
    start = time.perf_counter()
    merged = [merger.merge(Addressee(english(iso3), ())) for iso3 in codes]
    row("merged (text and HTML)", time.perf_counter() - start, LETTERS)
    sheets = [PdfContent(one.subject, one.language, to_tree(one.tokens)) for one in merged]
    setter = Typesetter(letter.layouts / PAGE, letter.letterhead, MOMENT)
    pages = len(setter.pictures(sheets[0], 20))
    start, processor = time.perf_counter(), time.process_time()
    one = [setter.pdf(sheet) for sheet in sheets]
    alone, processor = time.perf_counter() - start, time.process_time() - processor
    row(f"PDF of {pages} pages with {len(letter.signatories)} signatories, one thread", alone, LETTERS)
    row("the same by the processor's time", processor, LETTERS)
    setter = Typesetter(letter.layouts / PAGE, letter.letterhead, MOMENT)
    start = time.perf_counter()
    both = list(side_by_side(setter.pdf, sheets))
    ours = time.perf_counter() - start
    assert both == one
    row(f"the same on {os.cpu_count()} processors", ours, LETTERS, f"{len(both[0]) / 1000:.0f} kB each")
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        print("WeasyPrint is not installed here (pip install weasyprint, and pango from the system).")
        return
    few = merged[:10]
    HTML(string=few[0].html).write_pdf()
    start = time.perf_counter()
    for words in few:
        HTML(string=words.html).write_pdf()
    seconds = time.perf_counter() - start
    ratio = (LETTERS / ours) / (len(few) / seconds)
    row("WeasyPrint, the same words", seconds, len(few), f"ours is {ratio:.0f} times as fast")


def english(iso3: str) -> Mission:
    mission = shipped_mission(iso3)
    mission.language = Language.ENGLISH
    return mission


def approval(folder: Path, letter: Letter, templates: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'outreach.db'}")
    settings = Settings.model_validate({"from": "Coalition <office@coalition.example>"})
    import_file(engine, ROOT / "data" / "missions.xlsx", by=named("Ana"))
    with writing(engine) as session:  # six languages, evenly
        for number, mission in enumerate(session.exec(select(Mission).order_by(col(Mission.iso3)))):
            mission.language = list(Language)[number % 6]
    create(engine, settings, "all", letter, audience=["all"], by=named("Ana"))
    start = time.perf_counter()
    done = approve(engine, settings, "all", by=named("Benchmark"), templates=templates)
    ours = time.perf_counter() - start
    assert done.ready == 195
    with reading(engine) as session:
        campaign = get_campaign(session, "all")
        people = addressees(session, campaign)
    merged = merge_all(campaign, people, letter, MOMENT)
    assert {one.language for one in merged} == set(Language)
    setter = Typesetter(letter.layouts / PAGE, letter.letterhead, MOMENT)
    sources = [setter._source(PdfContent(one.subject, one.language, to_tree(one.tokens))).content for one in merged]  # noqa: SLF001
    import typst

    from outreach.letters.faces.fonts import fonts

    start = time.perf_counter()
    for source in sources:
        typst.compile(source, root=letter.layouts.parent, font_paths=fonts(), ignore_system_fonts=True, format="pdf")
    alone = time.perf_counter() - start
    row("typst alone, 195 letters in six languages, one by one", alone, 195)
    row("approved: merged, set, made mails, frozen in the database", ours, 195, f"{ours / alone:.2f} times typst alone")
    engine.dispose()


def without_pdf(folder: Path, templates: Path) -> None:
    toml = templates / "hrc-joint-letter" / "letter.toml"
    head, _, rest = toml.read_text(encoding="utf-8").partition("[pdf]")
    toml.write_text(f"{head}[letterhead]{rest.partition('[letterhead]')[2]}", encoding="utf-8")
    letter = load_letter("hrc-joint-letter", templates)
    engine = open_database(f"sqlite:///{folder / 'plain.db'}")
    settings = Settings.model_validate({"from": "Coalition <office@coalition.example>"})
    import_file(engine, ROOT / "data" / "missions.xlsx", by=named("Ana"))
    with writing(engine) as session:
        for number, mission in enumerate(session.exec(select(Mission).order_by(col(Mission.iso3)))):
            mission.language = list(Language)[number % 6]
    spent = []
    for number in range(CAMPAIGNS):
        create(engine, settings, f"campaign {number}", letter, audience=["all"], by=named("Ana"))
        start = time.process_time()
        approve(engine, settings, f"campaign {number}", by=named("Benchmark"), templates=templates)
        spent.append(time.process_time() - start)
    of_promise = 195 * (CAMPAIGNS - 1) / sum(spent[1:]) / PROMISED
    row("approved without PDF, first campaign of a process (processor)", spent[0], 195)
    row(f"{CAMPAIGNS - 1} campaigns more", sum(spent[1:]), 195 * (CAMPAIGNS - 1), f"{of_promise:.2f} of the promise")
    with reading(engine) as session:
        campaign = get_campaign(session, "campaign 0")
        people = addressees(session, campaign)
    several(campaign, settings, letter, people, "six languages")
    for number, one in enumerate(people):
        one.mission.language = list(Language)[number % 2]
        for contact in one.contacts:
            contact.language = None
    several(campaign, settings, letter, people, "two languages")
    engine.dispose()


def several(campaign: Campaign, settings: Settings, letter: Letter, people: list[Addressee], which: str) -> None:
    """Tell what merge, lint and mail of ten times as many letters take: the second time, when passages are known."""
    many = people * CAMPAIGNS
    for _ in range(2):
        start = time.process_time()
        merged = merge_all(campaign, many, letter, MOMENT)
        findings_of(campaign, settings, letter, merged, MOMENT, None)
        mails = list(compose_all(settings, letter, merged, MOMENT))
        seconds = time.process_time() - start
    row(
        f"merge, lint and mail alone, {which}",
        seconds,
        len(mails),
        f"{len(mails) / seconds / PROMISED:.2f} of the promise",
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        templates = Path(folder) / "templates"
        shutil.copytree(ROOT / "templates", templates)
        letter = two_pages(templates)
        pdf_letters(letter)
        approval(Path(folder), letter, templates)
        without_pdf(Path(folder), templates)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
