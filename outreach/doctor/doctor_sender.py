"""What the doctor says of the sender: the addresses, the signing key, and what DNS tells of the domain."""

from collections.abc import Iterator

from outreach.diagnosis import Diagnosis, good, noted, wrong
from outreach.doctor.domain import organisational, records
from outreach.errors import OutreachError
from outreach.outbox.dkim_signing import Signer
from outreach.sentences import Remedy, saying
from outreach.settings import Settings, mailbox
from outreach.text import is_reserved


def sender(settings: Settings) -> Iterator[Diagnosis]:
    """Who sends, where bounces go, and whether receivers can tell that letters are the sender's."""
    if not settings.sender:
        yield wrong(
            "doctor.no-sender",
            "nobody is set.",
            where="sender",
            remedy='Write from = "Name <box@domain>" into outreach.toml.',
        )
        return
    address = mailbox(settings.sender)[1]
    domain = address.rpartition("@")[2].lower()
    bounces = mailbox(settings.bounce_address or settings.sender)[1].rpartition("@")[2].lower()
    if is_reserved(address):
        verdict = "wrong" if settings.live else "note"
        yield Diagnosis(
            "sender",
            verdict,
            saying("doctor.placeholder", "{address} is a placeholder that nobody can answer.", address=address),
            Remedy("Set from."),
        )
    if organisational(domain) != organisational(bounces):
        yield noted(
            "doctor.domains-differ",
            "From is under {domain}, bounces go to {bounces}: SPF can't speak for the sender (RFC 7489, 3.1).",
            where="sender",
            domain=domain,
            bounces=bounces,
            remedy="Set bounce_address under the sender's domain, or see that the mail server signs with its DKIM key.",
        )
    else:
        yield good("doctor.sender", "{address}; bounces go to the same domain.", where="sender", address=address)
    signer, findings = _signing(settings)
    yield from findings
    if settings.dns_server or not is_reserved(address):
        yield from records(settings, domain, bounces, signer)


def _signing(settings: Settings) -> tuple[Signer | None, list[Diagnosis]]:
    if not settings.dkim_key:
        return None, []
    try:
        signer = Signer.configured(settings)
    except OutreachError as error:
        return None, [Diagnosis("signing", "wrong", error.says, error.remedy)]
    assert signer is not None
    return signer, [
        good(
            "doctor.signing",
            "DKIM as {selector}._domainkey.{domain}.",
            where="signing",
            selector=signer.selector,
            domain=signer.domain,
        )
    ]
