"""Whether each letter may have a return address of its own, `box+TAG@domain` (VERP): a test tells, not a guess.

Where a mail server does not deliver such addresses to `box`, every bounce would be lost. So with each test letter a few
words go to a tagged address, from a tagged address, and letters are frozen with one only once these have come into the
box that is read. What is frozen keeps its return address whatever is found out later.
"""

from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.trial import Trial
from outreach.letters.faces.mime_writer import dated, new_message_id, tagged_address
from outreach.models import ReturnPathTrial
from outreach.settings import BounceTags, Settings

_SUBJECT = "A test of the return address"
_WORDS = """\
This is a test from Outreach: whether letters that come back arrive where each letter has a return address of its own.

It counts for nothing, and can be deleted once the box has been read.
"""


def box_that_is_read(settings: Settings) -> str:
    """Return the mailbox that answers and bounces are read from, as `user@host`; empty where there is none."""
    return f"{settings.imap_username}@{settings.imap_host}" if settings.imap_host and not settings.no_mailbox else ""


def is_to_be_tried(settings: Settings) -> bool:
    """Tell whether tagged return addresses are used only if a test shows that they work, and can be tried."""
    return settings.bounce_tags is BounceTags.AUTO and bool(settings.smtp_host and box_that_is_read(settings))


def compose_probe(settings: Settings, bounces: str) -> Trial:
    """Return a few words to a tagged address of the return address `bounces`, and from there."""
    message_id = new_message_id(bounces)
    tagged = tagged_address(bounces, message_id)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = bounces, tagged, _SUBJECT, message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_WORDS)
    wire = dated(mail.as_bytes(policy=SMTP), clock.now(), settings.tz)
    return Trial("", tagged, tagged, message_id, wire, smtputf8=not bounces.isascii())


def note_probe(session: Session, settings: Settings, bounces: str, message_id: str, refused: str = "") -> None:
    """Note that such words are about to go, or were refused. Until they are back, no new letter has a tag."""
    found = session.exec(select(ReturnPathTrial).where(ReturnPathTrial.message_id == message_id)).first()
    trial = found or ReturnPathTrial(
        address=bounces, server=settings.smtp_host, box=box_that_is_read(settings), message_id=message_id,
        tried_at=clock.now(),
    )  # fmt: skip
    trial.refused = refused
    session.add(trial)


def probes_among(session: Session, message_ids: Iterable[str]) -> set[str]:
    """Return those Message-IDs that are of such words: they are no mail to be filed."""
    tried = set(session.exec(select(ReturnPathTrial.message_id)).all())  # one for each address that was tried
    return tried.intersection(one for one in message_ids if one)


def note_back(session: Session, settings: Settings, message_ids: Sequence[str]) -> None:
    """Note which of these mails, just read from the box that is set, are such words."""
    if not (found := probes_among(session, message_ids)):
        return
    query = select(ReturnPathTrial).where(
        col(ReturnPathTrial.message_id).in_(found),
        ReturnPathTrial.box == box_that_is_read(settings),
        col(ReturnPathTrial.back_at).is_(None),
    )
    for trial in session.exec(query).all():
        trial.back_at = clock.now()
        session.add(trial)


def last_trial(session: Session, settings: Settings, bounces: str) -> ReturnPathTrial | None:
    """Return the last test of a return address by the server and for the box that are set now."""
    query = (
        select(ReturnPathTrial)
        .where(
            ReturnPathTrial.address == bounces,
            ReturnPathTrial.server == settings.smtp_host,
            ReturnPathTrial.box == box_that_is_read(settings),
        )
        .order_by(col(ReturnPathTrial.id).desc())
    )
    return session.exec(query).first()


def decided(session: Session, settings: Settings, bounces: str) -> Settings:
    """Return the settings with `bounce_tags` as it is for letters that are frozen now: yes or no."""
    if settings.bounce_tags is not BounceTags.AUTO:
        return settings
    trial = last_trial(session, settings, bounces) if is_to_be_tried(settings) else None
    works = trial is not None and trial.back_at is not None
    return settings.model_copy(update={"bounce_tags": BounceTags.YES if works else BounceTags.NO})
