"""The versions of a letter's texts: each as a door wrote it, and what was found in a file that no door wrote."""

import re
from datetime import datetime
from hashlib import sha256

from sqlalchemy import update
from sqlmodel import Session, col, select

from outreach import clock
from outreach.models import TextComment, TextMark, TextVersion
from outreach.vocabulary import Language


def digest_of(subject: str, text: str) -> str:
    """Return what tells one version of a text and its subject from another: SHA-256 in hexadecimal."""
    return sha256(f"{subject}\0{text}".encode()).hexdigest()


def keep_version(
    session: Session,
    letter: str,
    language: Language,
    subject: str,
    text: str,
    *,
    who: str,
    restores: int | None = None,
    at: datetime | None = None,
) -> TextVersion:
    """Add a version of a text, unless the last one says the same; return the last. `who` may be empty: nobody knows.

    It is of now, unless a moment (UTC) is given.
    """
    digest = digest_of(subject, text)
    last = last_version(session, letter, language)
    if last is not None and last.digest == digest:
        return last
    made = TextVersion(
        letter=letter, language=language, at=at or clock.now(), who=who, subject=subject, text=text, digest=digest,
        restores=restores,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def last_version(session: Session, letter: str, language: Language) -> TextVersion | None:
    """Return the newest version of a text; None where none was kept."""
    return session.exec(
        select(TextVersion).where(TextVersion.letter == letter, TextVersion.language == language)
        .order_by(col(TextVersion.id).desc()).limit(1)
    ).first()  # fmt: skip


def version_of(session: Session, letter: str, language: Language, digest: str) -> TextVersion | None:
    """Return the newest version of a text with that digest; None where none was kept."""
    return session.exec(
        select(TextVersion)
        .where(TextVersion.letter == letter, TextVersion.language == language, TextVersion.digest == digest)
        .order_by(col(TextVersion.id).desc()).limit(1)
    ).first()  # fmt: skip


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a text: what empty lines part."""
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.strip("\n")) if part.strip()]


def rename_versions(session: Session, name: str, to: str) -> None:
    """Let a letter's versions, marks and remarks follow it to another name."""
    for table in (TextVersion, TextMark, TextComment):
        session.execute(update(table).where(col(table.letter) == name).values(letter=to))
