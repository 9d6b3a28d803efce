"""A campaign's letters as they would go out now: merged, addressed, and as bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from outreach import clock
from outreach.campaigns.plan import Thread, address_lines
from outreach.errors import LetterError, Problem, SettingsError
from outreach.letters import mime
from outreach.letters.folder import Letter
from outreach.letters.merge import Addressee, Merged, Merger
from outreach.models import Campaign
from outreach.settings import Settings, mailbox
from outreach.text import one_line

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
    in_reply_to: str = ""

    @property
    def iso3(self) -> str:
        """The mission that it is for."""
        return self.merged.addressee.mission.iso3


def merge_all(
    campaign: Campaign, people: list[Addressee], letter: Letter, moment: datetime | None = None
) -> list[Merged]:
    """Merge the campaign's letter for each mission.

    Raises LetterError with every mission whose letter can't be merged at all.
    """
    merger = Merger(letter, campaign=campaign.name, moment=moment or clock.now(), tz=clock.zone(campaign.time_zone))
    merged: list[Merged] = []
    problems: dict[Problem, list[str]] = {}
    for addressee in people:
        try:
            merged.append(merger.merge(addressee))
        except LetterError as error:
            for problem in error.problems or (Problem("", error.message, error.cure),):
                problems.setdefault(problem, []).append(addressee.mission.iso3)
    if problems:
        listed = [
            Problem(problem.where, problem.what, f"{problem.cure} ({len(codes)} missions: {', '.join(codes)})".strip())
            for problem, codes in problems.items()
        ]
        raise LetterError(f"The letter {campaign.letter!r} can't be merged.", problems=listed)
    return merged


def compose_all(
    settings: Settings,
    letter: Letter,
    merged: list[Merged],
    progress: Progress = lambda _done, _all: None,
    threads: Mapping[str, Thread] = MappingProxyType({}),
) -> Iterator[Composed]:
    """Turn merged letters into mails from the sender of the settings; in a thread, by mission, where there is one.

    Raises SettingsError where no sender is set.
    """
    if not settings.sender:
        raise SettingsError(
            "Nobody is set as the sender.",
            cure='Write from = "Name <box@domain>" into outreach.toml, or OUTREACH_FROM.',
        )
    sender = mime.Mailbox(*mailbox(settings.sender))
    reply_to = mime.Mailbox(*mailbox(settings.reply_to)) if settings.reply_to else None
    for done, one in enumerate(merged, start=1):
        names = {contact.email: one_line(contact.name) for contact in one.addressee.contacts}
        to, cc = address_lines(one.addressee)
        thread = threads.get(one.addressee.mission.iso3)
        envelope = mime.Envelope(
            sender=sender,
            reply_to=reply_to,
            to=tuple(mime.Mailbox(names[address], address) for address in to),
            cc=tuple(mime.Mailbox(names[address], address) for address in cc),
            # Mail programs show a thread as one where the subject stays the same but for its Re.
            subject=one.subject if thread is None else f"Re: {thread.subject.removeprefix('Re: ')}",
            message_id=mime.new_message_id(sender.address),
            language=str(one.language),
            in_reply_to="" if thread is None else thread.message_id,
        )
        raw = mime.build(envelope, one.text, one.html, letter.attachments)
        yield Composed(
            merged=one,
            message_id=envelope.message_id,
            to=to,
            cc=cc,
            raw=raw,
            smtputf8=mime.needs_smtputf8((sender.address, *to, *cc)),
            subject=envelope.subject,
            in_reply_to=envelope.in_reply_to,
        )
        progress(done, len(merged))


def bounce_address(settings: Settings) -> str:
    """Return the reverse-path of our mail (RFC 5321, 3.3): as set, else the sender's address."""
    return mime.ascii_domain(mailbox(settings.bounce_address or settings.sender)[1])
