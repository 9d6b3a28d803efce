"""Previews: each letter as a mail file and as a page that a person can open. Nothing is sent or stored."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from outreach import clock
from outreach.campaigns.compose import Composed, compose_all, merge_all, pdf_name
from outreach.campaigns.material import Material, material_of
from outreach.campaigns.plan import addressees, get_campaign, threads_of
from outreach.campaigns.who_signs.signatories import signatories_of
from outreach.database import reading
from outreach.errors import NotFoundError, UserError
from outreach.letters.faces.mime_writer import dated
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.letters.reading import enclosed
from outreach.settings import Settings

PREVIEWS = Path("previews")


@dataclass(frozen=True, slots=True)
class Preview:
    """The two files that show one mission's letter."""

    iso3: str
    language: str
    fell_back: bool
    mail: Path
    page: Path


def preview(
    engine: Engine,
    settings: Settings,
    name: str,
    *,
    iso3: str | None = None,
    out: Path | None = None,
    templates: Path = TEMPLATES,
    book: bool = False,
) -> list[Preview]:
    """Write the letters of a campaign, or one mission's, as `ISO3.eml` and `ISO3.html` into a folder.

    With `book`, also all of them as pictures in one page to leaf through, and a contact sheet. The folder is
    `previews/NAME` unless `out` names another. Letters are merged anew from the directory and the template as they
    are now. Raises NotFoundError for a mission that is not in the campaign.
    """
    moment = clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        people = addressees(session, campaign)
        threads = threads_of(session, campaign)
        signatories = signatories_of(session, campaign, moment)
    if iso3 is not None:
        wanted = iso3.strip().upper()
        people = [one for one in people if one.mission.iso3 == wanted]
        if not people:
            raise NotFoundError(
                "campaign.mission-not-in",
                "{mission} is not in the campaign {campaign!r}.",
                mission=wanted,
                campaign=name,
                remedy="See {LETTERS:its letters}.",
            )
    folder = out or PREVIEWS / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "folder.not-made",
            "{folder} can't be made: {error}.",
            folder=folder,
            error=error.strerror,
            remedy="Name another folder{OUT}.",
        ) from None
    letter = load_letter(campaign.letter, templates)
    merged = merge_all(campaign, people, letter, moment, signatories)
    composed = list(compose_all(settings, letter, merged, moment, threads=threads))
    tz = clock.zone(campaign.time_zone)
    written: list[Preview] = []
    for one in composed:
        mail, page = folder / f"{one.iso3}.eml", folder / f"{one.iso3}.html"
        mail.write_bytes(dated(one.raw, moment, tz))
        page.write_text(_page(one, letter.sender or settings.sender), encoding="utf-8")
        written.append(Preview(one.iso3, str(one.merged.language), one.merged.fell_back, mail, page))
    if book:
        from outreach.campaigns.book import write_book

        write_book(letter, composed, moment, folder)
    return written


def one_letter(
    engine: Engine,
    settings: Settings,
    name: str,
    iso3: str,
    templates: Path = TEMPLATES,
    *,
    make: Callable[[Material], Composed] | None = None,
) -> Composed:
    """Return one mission's letter as it would go out now; nothing is written.

    `make` stands in for `compose_one`, for whoever keeps what that made of the same material.
    Raises NotFoundError for a mission that is not in the campaign, LetterError if it can't be merged.
    """
    wanted = iso3.strip().upper()
    with reading(engine) as session:
        material = material_of(session, get_campaign(session, name), templates, settings, clock.now(), iso3=wanted)
    if not material.people:
        raise NotFoundError(
            "campaign.mission-not-in", "{mission} is not in the campaign {campaign!r}.", mission=wanted, campaign=name
        )
    return (make or compose_one)(material)


def compose_one(material: Material) -> Composed:
    """Make the letter of one mission. Raises LetterError if it can't be merged, SettingsError where nobody writes."""
    assert material.settings is not None
    letter = load_letter(material.campaign.letter, material.templates)
    merged = merge_all(material.campaign, material.people, letter, material.moment, material.signatories)
    return next(compose_all(material.settings, letter, merged, material.moment, threads=material.threads))


def shown(engine: Engine, settings: Settings, name: str, iso3: str, templates: Path = TEMPLATES) -> str:
    """Return one mission's letter as text to be read on a screen: to whom, the subject, the words, what goes with it.

    Raises as `one_letter` does.
    """
    one = one_letter(engine, settings, name, iso3, templates)
    letter = load_letter(one_campaign_letter(engine, name), templates)
    head = [f"From: {letter.sender or settings.sender}", f"To: {', '.join(one.to) or 'nobody: no usable address'}"]
    head += [f"Cc: {', '.join(one.cc)}"] if one.cc else []
    head += [f"Subject: {one.subject}", *(f"Attached: {file.name}" for file in enclosed(one.raw))]
    said = [*head, "", one.merged.mail.text.rstrip("\n")]
    if one.merged.cover is not None:
        said += ["", f"---- {pdf_name(letter, one.merged.addressee.mission)} ----", "", one.merged.text.rstrip("\n")]
    return "\n".join(said)


def one_campaign_letter(engine: Engine, name: str) -> str:
    """Return the name of a campaign's letter. Raises NotFoundError for a campaign that is not there."""
    with reading(engine) as session:
        return get_campaign(session, name).letter


def _page(one: Composed, sender: str) -> str:
    """The letter's own page, with a band above it that says who would get it."""
    merged = one.merged
    note = f" (no text in {merged.addressee.wanted_language})" if merged.fell_back else ""
    missing = ", ".join(merged.missing)
    rows = [
        ("Preview", f"{merged.addressee.mission.short_name} ({one.iso3}), {merged.language}{note}; not sent"),
        ("From", sender),
        ("To", ", ".join(one.to) or "nobody: no usable address, the letter would be held"),
        ("Cc", ", ".join(one.cc)),
        ("Subject", one.subject),
        ("Missing", missing),
    ]
    cells = "".join(
        f"<tr><th scope=row style='text-align:start;padding-inline-end:1em;vertical-align:top'>{label}</th>"
        f"<td>{html.escape(value)}</td></tr>"
        for label, value in rows
        if value
    )
    band = (
        "<table dir=ltr style='font:14px/1.5 system-ui,sans-serif;background:#eef3f9;color:#222;width:100%;"
        f"max-width:48em;margin:0 auto 2em;padding:12px 16px;border-radius:6px'>{cells}</table>"
    )
    return merged.mail.page.replace("<body>", f"<body>\n{band}", 1)
