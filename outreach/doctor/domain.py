"""What DNS tells of the sender's domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from outreach.diagnosis import Diagnosis, good, noted, wrong
from outreach.doctor.dns_answers import Dns, NoAnswer
from outreach.doctor.spf import Spf, spf_of
from outreach.outbox.dkim_signing import Signer
from outreach.settings import Settings

_PROVIDERS = Path(__file__).with_name("spf_of_providers.toml")

_KINDS = frozenset(["ac", "co", "com", "edu", "gob", "gouv", "gov", "go", "mil", "ne", "net", "ngo", "or", "org"])
"""What many countries have below their own label for kinds of holders: `org.uk` is nobody's own domain."""


def organisational(domain: str) -> str:
    """The part of a name that its holder registered: enough to see whether two names are meant to belong together."""
    labels = domain.split(".")
    below_a_kind = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _KINDS
    return ".".join(labels[-3 if below_a_kind else -2 :])


def records(settings: Settings, domain: str, bounces: str, signer: Signer | None) -> Iterator[Diagnosis]:
    """Look the records up: of the sender's domain, and SPF of the one that bounces go to. Bounded in time."""
    try:
        dns = Dns(settings.dns_server)
        yield from _spf(dns, bounces, settings.smtp_host)
        if signer is not None:
            yield _dkim(dns, signer)
        yield _dmarc(dns, domain)
    except NoAnswer as error:
        yield noted(
            "doctor.no-dns",
            "DNS can't be asked from here ({error}), so that nothing more is told of SPF, DKIM and DMARC.",
            where="domain",
            error=error,
            remedy="Look again where there is a network.",
        )


def _spf(dns: Dns, domain: str, server: str) -> Iterator[Diagnosis]:
    found = spf_of(dns, domain)
    if not found.records:
        yield noted(
            "doctor.no-spf",
            "{domain} has no SPF record: many servers take letters from it for spam.",
            where="SPF",
            domain=domain,
            term=_term(server),
            remedy='Ask whoever looks after the domain for a TXT record such as "v=spf1 {term} ~all".',
        )
    elif len(found.records) > 1:
        yield wrong(
            "doctor.several-spf",
            "{domain} has {number} SPF records, so that none counts (RFC 7208, 4.5).",
            where="SPF",
            domain=domain,
            number=len(found.records),
            remedy="Ask whoever looks after the domain to make one of them.",
        )
    elif found.too_long:
        yield wrong(
            "doctor.spf-too-long",
            "the SPF record of {domain} needs more than ten look-ups, so that it counts for nothing.",
            where="SPF",
            domain=domain,
            remedy="Ask whoever looks after the domain to take out what is not needed.",
        )
    elif found.everybody:
        yield wrong(
            "doctor.spf-everybody",
            "the SPF record of {domain} lets anybody send in its name (+all).",
            where="SPF",
            domain=domain,
            remedy='Ask whoever looks after the domain to end it with "~all" or "-all".',
        )
    elif server:
        yield _spf_names(dns, found, domain, server)


def _spf_names(dns: Dns, found: Spf, domain: str, server: str) -> Diagnosis:
    provider = _providers().get(server.lower().rstrip("."))
    if provider is not None:
        named = provider in found.includes
    else:
        addresses = [server] if _is_address(server) else dns.addresses(server)
        named = any(found.names(one) for one in addresses)
    if named:
        return good(
            "doctor.spf-names", "the record of {domain} names {server}.", where="SPF", domain=domain, server=server
        )
    if provider is None:
        return noted(
            "doctor.spf-not-itself",
            "the record of {domain} does not name {server} itself; it may send from another address.",
            where="SPF",
            domain=domain,
            server=server,
            record=found.records[0],
            remedy="Ask whoever runs that server whether {domain} lets it send: {record}",
        )
    return wrong(
        "doctor.spf-not-named",
        "the record of {domain} does not let {server} send: {record}",
        where="SPF",
        domain=domain,
        server=server,
        record=found.records[0],
        provider=provider,
        remedy='Ask whoever looks after the domain to add "include:{provider}" to it.',
    )


def _term(server: str) -> str:
    provider = _providers().get(server.lower().rstrip("."))
    return f"include:{provider}" if provider else f"a:{server}" if server else "mx"


def _dkim(dns: Dns, signer: Signer) -> Diagnosis:
    name = f"{signer.selector}._domainkey.{signer.domain}"
    found = dns.texts(name)
    if not found:
        return wrong(
            "doctor.no-dkim",
            "there is no key at {name}: receivers can't check the signature of the letters.",
            where="DKIM",
            name=name,
            remedy="Ask whoever looks after the domain to publish the public half of dkim_key there "
            "(docs/mail-server.md).",
        )
    if any(signer.fits(record) for record in found):
        return good("doctor.dkim", "the key at {name} is that of dkim_key.", where="DKIM", name=name)
    return wrong(
        "doctor.dkim-other",
        "the key at {name} is not that of dkim_key: every signature is found to be false.",
        where="DKIM",
        name=name,
        remedy="Ask whoever looks after the domain to publish the right one there, or set dkim_selector to the one "
        "that was published.",
    )


def _dmarc(dns: Dns, domain: str) -> Diagnosis:
    for one in dict.fromkeys((domain, organisational(domain))):  # RFC 7489, 6.6.3
        found = [text for text in dns.texts(f"_dmarc.{one}") if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return wrong(
                "doctor.several-dmarc",
                "_dmarc.{domain} has {number} records, so that none counts (RFC 7489, 6.6.3).",
                where="DMARC",
                domain=one,
                number=len(found),
                remedy="Ask whoever looks after the domain to leave one.",
            )
        if found:
            tags = dict(part.strip().partition("=")[::2] for part in found[0].split(";"))
            policy = {key.strip().lower(): value.strip() for key, value in tags.items()}.get("p", "")
            if policy.lower() in ("none", "quarantine", "reject"):
                return good("doctor.dmarc", "_dmarc.{domain} says {policy}.", where="DMARC", domain=one, policy=policy)
            return wrong(
                "doctor.dmarc-no-policy",
                "_dmarc.{domain} names no policy: {record}",
                where="DMARC",
                domain=one,
                record=found[0],
                remedy='Ask whoever looks after the domain to add "p=none" to it.',
            )
    return noted(
        "doctor.no-dmarc",
        "{domain} has no DMARC record; Gmail and Microsoft ask whoever sends much for one.",
        where="DMARC",
        domain=domain,
        remedy='Ask whoever looks after the domain for a TXT record at _dmarc.{domain}, such as "v=DMARC1; p=none".',
    )


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


@cache
def _providers() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads(_PROVIDERS.read_text(encoding="utf-8"))
    return found
