"""A line of the dispatch journal: one record as JSON in ASCII, sealed with a checksum, and read back if it is whole.

A line that was torn by a full disk or a power cut is no record; whoever reads passes over it. A line that has its end
and is none of ours was damaged afterwards, and that is told: it may have said that a letter went out.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple
from zlib import crc32

MOST_BYTES = 1 << 20
"""A line is never longer. A letter's has some 600 bytes."""
_MOST_WORDS = 1000
_SEAL = re.compile(rb',"c":"([0-9a-f]{8})"\}')
_SEAL_BYTES = len(',"c":"00000000"}')


class Handover(NamedTuple):
    """A letter that is about to be handed to the mail server."""

    message_id: str
    """With its angle brackets (RFC 5322, 3.6.4). It names the letter."""
    campaign: str
    letter: str
    iso3: str
    recipients: tuple[str, ...]
    """The addresses that it is handed over for (RFC 5321, RCPT TO)."""
    digest: str
    """SHA-256 of the bytes that go over the wire, as hexadecimal digits."""
    subject: str
    text_digest: str
    """SHA-256 of what is read of it."""
    claim: int
    """The number of the claim on it."""
    live: bool
    """False where it is handed over in rehearsal."""
    text_sketch: str = ""
    """What stays of its text where the database is lost (see `letters.likeness.sketch`)."""


class Answered(NamedTuple):
    """What the mail server said to a letter."""

    message_id: str
    claim: int
    verdict: str
    reply: str
    recipients: Mapping[str, tuple[str, str]]
    """For each address that was spoken of by itself: the verdict and the server's words."""


class Began(NamedTuple):
    """An entry: a letter was about to be handed over. Whatever has no such entry did not leave."""

    handover: Handover
    generation: int
    """The database's generation as the letter was marked."""
    at: datetime


class Said(NamedTuple):
    """An entry: the server answered."""

    answered: Answered
    at: datetime


class Enlisted(NamedTuple):
    """An entry: from here on, this worker's letters are in this file."""

    worker: str
    at: datetime


class Settled(NamedTuple):
    """An entry: the database at this place is the one that sends, by a person's word or by its first use."""

    place: str
    who: str
    generation: int
    """What the database was brought to by that: any other copy of it is behind from here on."""
    at: datetime


Entry = Began | Said | Enlisted | Settled


def began(letter: Handover, generation: int, at: str) -> bytes:
    """Return the line of a letter that is about to be handed over, without its line end."""
    recipients = ",".join(map(_quoted, letter.recipients))
    return _sealed(
        f'{{"k":"begin","g":{generation:d},"at":{_quoted(at)},"id":{_quoted(letter.message_id)}'
        f',"campaign":{_quoted(letter.campaign)},"letter":{_quoted(letter.letter)},"iso3":{_quoted(letter.iso3)}'
        f',"to":[{recipients}],"subject":{_quoted(letter.subject[:_MOST_WORDS])},"digest":{_quoted(letter.digest)}'
        f',"text":{_quoted(letter.text_digest)},"sketch":{_quoted(letter.text_sketch)}'
        f',"claim":{letter.claim:d},"live":{"true" if letter.live else "false"}'
    )


def said(answer: Answered, at: str) -> bytes:
    """Return the line of a server's answer."""
    each = ",".join(
        f"{_quoted(address)}:[{_quoted(verdict)},{_quoted(reply[:_MOST_WORDS])}]"
        for address, (verdict, reply) in answer.recipients.items()
    )
    return _sealed(
        f'{{"k":"answer","at":{_quoted(at)},"id":{_quoted(answer.message_id)},"claim":{answer.claim:d}'
        f',"verdict":{_quoted(answer.verdict)},"reply":{_quoted(answer.reply[:_MOST_WORDS])},"to":{{{each}}}'
    )


def enlisted(worker: str, at: str) -> bytes:
    """Return the line of a worker that begins."""
    return _sealed(f'{{"k":"worker","at":{_quoted(at)},"who":{_quoted(worker)}')


def settled(place: str, who: str, generation: int, at: str) -> bytes:
    """Return the line of a database that is settled to be the one that sends."""
    return _sealed(f'{{"k":"here","g":{generation:d},"at":{_quoted(at)},"place":{_quoted(place)},"who":{_quoted(who)}')


def moment(at: datetime) -> str:
    """Return a moment as it stands in a line: in UTC. Raises ValueError for a time without its zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without its zone: {at!r}")
    return at.astimezone(UTC).isoformat()


def is_whole(line: bytes) -> bool:
    """Whether a line, without its line end, bears the checksum of what it says."""
    seal = _SEAL.fullmatch(line, len(line) - _SEAL_BYTES) if len(line) > _SEAL_BYTES else None
    return seal is not None and int(seal[1], 16) == crc32(line[:-_SEAL_BYTES])


def is_torn(line: bytes) -> bool:
    """Whether a line is only the beginning of one: what it would have said was never acted on."""
    return not line.endswith(b"}")


def generation_of(line: bytes) -> int | None:
    """Return the generation that a line tells, without reading the rest; None where it tells none or is not whole."""
    found = _GENERATION.match(line)
    return int(found[1]) if found is not None and is_whole(line) else None


_GENERATION = re.compile(rb'\{"k":"(?:begin|here)","g":(\d{1,18}),')


def read(line: bytes) -> Entry | None:
    """Return what a line says; None where it is not whole."""
    if not is_whole(line):
        return None
    try:
        values = json.loads(line)
        at = datetime.fromisoformat(values["at"])
        return _READ[values["k"]](values, at)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _read_began(values: Mapping[str, Any], at: datetime) -> Entry:
    letter = Handover(
        message_id=values["id"],
        campaign=values["campaign"],
        letter=values["letter"],
        iso3=values["iso3"],
        recipients=tuple(values["to"]),
        digest=values["digest"],
        subject=values["subject"],
        text_digest=values["text"],
        claim=values["claim"],
        live=values["live"],
        text_sketch=values.get("sketch", ""),
    )
    return Began(letter, values["g"], at)


def _read_said(values: Mapping[str, Any], at: datetime) -> Entry:
    each = {address: (verdict, reply) for address, (verdict, reply) in values["to"].items()}
    return Said(Answered(values["id"], values["claim"], values["verdict"], values["reply"], each), at)


def _read_enlisted(values: Mapping[str, Any], at: datetime) -> Entry:
    return Enlisted(values["who"], at)


def _read_settled(values: Mapping[str, Any], at: datetime) -> Entry:
    return Settled(values["place"], values["who"], values["g"], at)


_READ = {"begin": _read_began, "answer": _read_said, "worker": _read_enlisted, "here": _read_settled}


def _sealed(body: str) -> bytes:
    data = body.encode("ascii")
    return b'%b,"c":"%08x"}' % (data, crc32(data))
