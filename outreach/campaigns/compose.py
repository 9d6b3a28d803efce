"""A campaign's letters as they would go out now: merged, addressed, and as bytes."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from outreach import clock
from outreach.campaigns.plan import Thread, address_lines
from outreach.campaigns.went_out import KnownAs, name_of
from outreach.errors import LetterError, Problem, SettingsError
from outreach.letters.attached_files import named_apart
from outreach.letters.faces import mime_writer
from outreach.letters.folder import Letter, LetterAttachment
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.letters.signing.signers import Signatories
from outreach.missions.facts import addressees
from outreach.missions.names import short_name
from outreach.models import Campaign, Mission
from outreach.sentences import Remedy
from outreach.settings import BounceTags, Settings, mailbox
from outreach.text import one_line
from outreach.vocabulary import Language

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Composed:
    """One mission's letter, ready to be frozen."""

    merged: Merged
    message_id: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    raw: bytes
    smtputf8: bool
    subject: str
    envelope_from: str
    """The reverse-path (RFC 5321, 3.3): where bounces go."""
    in_reply_to: str = ""

    @property
    def iso3(self) -> str:
        """The mission that it is for."""
        return self.merged.addressee.mission.iso3


def merge_all(
    campaign: Campaign,
    people: list[Addressee],
    letter: Letter,
    moment: datetime | None = None,
    signatories: Signatories | None = None,
) -> list[Merged]:
    """Merge the campaign's letter for each mission; `signatories` stand in the place of the letter's own.

    Raises LetterError with every mission whose letter can't be merged at all.
    """
    moment, tz = moment or clock.now(), clock.zone(campaign.time_zone)
    merger = Merger(letter, campaign=campaign.name, moment=moment, tz=tz, signatories=signatories)
    merged: list[Merged] = []
    problems: dict[Problem, list[str]] = {}
    for addressee in people:
        try:
            merged.append(merger.merge(addressee))
        except LetterError as error:
            for problem in error.problems or (Problem.of(error.says, where="", remedy=error.remedy),):
                problems.setdefault(problem, []).append(addressee.mission.iso3)
    if problems:
        listed = [
            Problem.of(
                problem.says,
                where=problem.where,
                remedy=Remedy(
                    "{remedy} ({count} {count:*mission|missions}: {codes})"
                    if problem.remedy
                    else "({count} {count:*mission|missions}: {codes})",
                    remedy=problem.remedy,
                    count=len(codes),
                    codes=", ".join(codes),
                ),
            )
            for problem, codes in problems.items()
        ]
        raise LetterError(
            "letter.not-merged", "The letter {letter!r} can't be merged.", letter=campaign.letter, problems=listed
        )
    return merged


def compose_all(
    settings: Settings,
    letter: Letter,
    merged: list[Merged],
    moment: datetime,
    progress: Progress = lambda _done, _all: None,
    threads: Mapping[str, Thread] = MappingProxyType({}),
    known: Mapping[tuple[str, str], KnownAs] = MappingProxyType({}),
) -> Iterator[Composed]:
    """Turn merged letters into mails, each with its PDF if the letter asks for one.

    `threads` are the letters that these answer, by mission; `known` are those that went out already, and keep their
    Message-ID. The sender is the letter's, or else the settings'.
    `moment` is what a PDF says of when it was made. Raises SettingsError where no sender is set, LetterError where the
    layout of the PDF fails.
    """
    sender = mime_writer.NameAddr(*mailbox(_sender(settings, letter)))
    answers = letter.reply_to or settings.reply_to
    reply_to = mime_writer.NameAddr(*mailbox(answers)) if answers else None
    bounces = return_address(settings, letter)
    tagged = settings.bounce_tags is BounceTags.YES
    for done, (one, sheet) in enumerate(zip(merged, _pdfs(letter, merged, moment), strict=True), start=1):
        names = {contact.email: one_line(contact.name) for contact in one.addressee.contacts}
        to, cc = address_lines(one.addressee)
        iso3 = one.addressee.mission.iso3
        thread = threads.get(iso3)
        bears = name_of(known, iso3, mime_writer.text_digest(one.text), (*to, *cc)) if known else None
        envelope = mime_writer.HeaderFields(
            sender=sender,
            reply_to=reply_to,
            to=tuple(mime_writer.NameAddr(names[address], address) for address in to),
            cc=tuple(mime_writer.NameAddr(names[address], address) for address in cc),
            # Mail programs show a thread as one where the subject stays the same but for its Re.
            subject=one.subject if thread is None else f"Re: {thread.subject.removeprefix('Re: ')}",
            message_id=bears or mime_writer.new_message_id(sender.address),
            language=str(one.language),
            in_reply_to="" if thread is None else thread.message_id,
        )
        attachments = list(named_apart([*([] if sheet is None else [sheet]), *one.attachments]))
        mail = one.mail
        raw = mime_writer.build(envelope, mail.text, mail.pieces, attachments, mail.pictures)
        yield Composed(
            merged=one,
            message_id=envelope.message_id,
            to=to,
            cc=cc,
            raw=raw,
            smtputf8=mime_writer.needs_smtputf8((sender.address, *to, *cc)),
            subject=envelope.subject,
            envelope_from=mime_writer.tagged_address(bounces, envelope.message_id) if tagged else bounces,
            in_reply_to=envelope.in_reply_to,
        )
        progress(done, len(merged))


def return_address(settings: Settings, letter: Letter) -> str:
    """Return where a letter comes back to, without a tag; its domain in ASCII.

    Raises SettingsError where no sender is set.
    """
    sender = _sender(settings, letter)
    return mime_writer.ascii_domain(mailbox(settings.bounce_address or sender)[1])


def _sender(settings: Settings, letter: Letter) -> str:
    """Return who writes a letter: it says so itself, or the settings do. Raises SettingsError for nobody."""
    if not (sender := letter.sender or settings.sender):
        raise SettingsError(
            "settings.no-sender", "Nobody is set as the sender.", remedy="Say who writes{SET_SENDER}."
        )  # fmt: skip
    return sender


def pdf_name(letter: Letter, mission: Mission) -> str:
    """Return the file name of a mission's PDF, such as `HRC55_letter_France.pdf`."""
    from outreach.letters.faces.pdf import file_name

    return file_name(letter.pdf_file or "letter", short_name(addressees()[mission.iso3], Language.ENGLISH))


def try_pdfs(letter: Letter, merged: list[Merged], moment: datetime) -> None:
    """Set one letter of each language, if the letter goes as a PDF. Raises LetterError where one can't be set."""
    require_characters(letter, merged)
    one_of_each = {one.language: one for one in merged}
    for _ in _pdfs(letter, list(one_of_each.values()), moment):
        pass


def require_characters(letter: Letter, merged: list[Merged]) -> None:
    """Raise LetterError where a letter that goes as a PDF holds a character that no font has."""
    from outreach.letters.faces.fonts import lacking

    if letter.pdf_file is None:
        return
    problems, told = [], set[str]()
    for character in lacking(one.text for one in merged):
        codes = [one.addressee.mission.iso3 for one in merged if character in one.text]
        word = next(word for one in merged for word in one.text.split() if character in word)
        if word in told:  # a word is told once, however many of its letters are lacking
            continue
        told.add(word)
        problems.append(
            Problem(
                "letter.fonts-lack-word",
                "the fonts have no {name} ({character}), as in {word!r}",
                name=unicodedata.name(character, "such character"),
                character=character,
                word=word[:60],
                where=f"PDF of {', '.join(codes)}",
                remedy="Write it in Latin letters in the sheet or the text: it would be an empty box.",
            )
        )
    if problems:
        raise LetterError(
            "letter.no-pdf-of", "The letter {letter!r} can't be set as a PDF.", letter=letter.name, problems=problems
        )


def _pdfs(letter: Letter, merged: list[Merged], moment: datetime) -> Iterator[LetterAttachment | None]:
    """The PDF of each letter in turn, or None for each where the letter goes without."""
    if letter.pdf_file is None:
        yield from (None for _ in merged)
        return
    from outreach.letters.faces.pdf import MEDIA_TYPE, sheet_of, side_by_side, typesetter

    require_characters(letter, merged)
    setter = typesetter(letter, moment)

    def made(one: Merged) -> LetterAttachment:
        return LetterAttachment(pdf_name(letter, one.addressee.mission), MEDIA_TYPE, setter.pdf(sheet_of(one)))

    yield from side_by_side(made, merged)
