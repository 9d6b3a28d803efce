"""How the mail account's sign-in stands, as far as it is known without asking anybody: what the doctor says of it, and
what is said beforehand, so that it does not end on the day of a campaign.
"""

from collections.abc import Iterator
from datetime import timedelta

from outreach import clock
from outreach.diagnosis import Diagnosis
from outreach.errors import OutreachError
from outreach.outbox.sign_in.grant import Grant, kept_grant
from outreach.outbox.sign_in.providers import Provider, providers
from outreach.presets import presets
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import Settings

_TEST_DAYS = 7
"""Google lets sign-ins with an application that is still being tested end after a week."""
_SOON = timedelta(days=3)
_IDLE_SOON = timedelta(days=14)


def findings(settings: Settings) -> Iterator[Diagnosis]:
    """Return what the doctor says of the mail service that is set, and of the sign-in."""
    if settings.provider:
        preset = presets()[settings.provider]
        yield Diagnosis(
            "mail service",
            "good",
            saying("doctor.service", "{service}: {limits}.", service=preset.title, limits=preset.limits),
        )
    yield from _sign_in(settings)


def warning(settings: Settings) -> Diagnosis | None:
    """Return what a person should do about the sign-in, where there is something."""
    return next((one for one in _sign_in(settings) if one.verdict != "good"), None)


def _sign_in(settings: Settings) -> Iterator[Diagnosis]:
    account = settings.smtp_username
    if not account or _has_other_login(settings):
        return
    expected = presets()[settings.provider].sign_in if settings.provider else ""
    try:
        grant, home = kept_grant(settings, account)
    except OutreachError as error:
        yield Diagnosis("sign-in", "wrong", error.says, error.remedy)
        return
    if grant is None:
        if expected:
            title = providers()[expected].title
            words = saying(
                "doctor.not-signed-in", "{account} is not signed in with {title}, which takes no password.",
                account=account, title=title,
            )  # fmt: skip
            yield _wrong(words, expected, again=False)
        return
    provider = providers()[grant.provider]
    if grant.refused:
        words = saying(
            "doctor.sign-in-refused", "{provider} takes the sign-in of {account} no more: {said}.",
            provider=provider.title, account=account, said=grant.refused.rstrip("."),
        )  # fmt: skip
        yield _wrong(words, provider.name)
    elif grant.client_id != settings.smtp_client_id or settings.smtp_host.lower() not in grant.hosts:
        words = saying(
            "doctor.signed-in-elsewhere", "{account} signed in with another application or for another mail server.",
            account=account,
        )  # fmt: skip
        yield _wrong(words, provider.name)
    else:
        yield _lasting(settings, grant, provider)
        if settings.imap_username == account and settings.imap_host and settings.imap_host.lower() not in grant.hosts:
            words = saying(
                "doctor.sign-in-not-for", "the sign-in of {account} is not for {host}.", account=account,
                host=settings.imap_host,
            )  # fmt: skip
            yield _wrong(words, provider.name)
        yield Diagnosis(
            "sign-in",
            "good",
            saying(
                "doctor.signed-in",
                "{account} is signed in with {provider}, kept in {home}.",
                account=account,
                provider=provider.title,
                home=home,
            ),
        )


def _lasting(settings: Settings, grant: Grant, provider: Provider) -> Diagnosis:
    """How long it lasts: until a day that the provider told, or for so long after its last use."""
    now = clock.now()
    if grant.ends_at is not None:
        day = f"{grant.ends_at.astimezone(settings.tz):%Y-%m-%d %H:%M}"
        if grant.ends_at <= now:
            return _wrong(saying("doctor.sign-in-ended", "it ended on {day}.", day=day), provider.name)
        soon = grant.ends_at - now <= _SOON
        testing = grant.ends_at - grant.signed_in_at <= timedelta(days=_TEST_DAYS, hours=1)
        why = saying(
            "doctor.sign-in-tested", " {title} lets it last for a week only, since the application is still being "
            "tested.",
            title=provider.title,
        )  # fmt: skip
        return Diagnosis(
            "sign-in",
            "note" if soon or testing else "good",
            saying("doctor.sign-in-ends", "it ends on {day}.{why}", day=day, why=why if testing else ""),
            Remedy(
                "Publish the application (docs/mail-server.md), then sign in again{SIGN_IN_MAIL}."
                if testing
                else "Sign in again before{SIGN_IN_MAIL}.",
                provider=provider.name,
            )
            if soon or testing
            else None,
        )
    ends = grant.used_at + timedelta(days=provider.idle_days)
    day = f"{ends.astimezone(settings.tz):%Y-%m-%d}"
    if ends <= now:
        return Diagnosis(
            "sign-in",
            "note",
            saying(
                "doctor.sign-in-idle",
                "it was not used for {number} days, and has most likely ended.",
                number=provider.idle_days,
            ),
            Remedy("Sign in again{SIGN_IN_MAIL}.", provider=provider.name),
        )
    if ends - now <= _IDLE_SOON:
        return Diagnosis(
            "sign-in",
            "note",
            saying("doctor.sign-in-unless-used", "it ends on {day} unless it is used before.", day=day),
            Remedy("Use it, or sign in again{SIGN_IN_MAIL}.", provider=provider.name),
        )
    return Diagnosis(
        "sign-in",
        "good",
        saying("doctor.sign-in-lasts", "it lasts until {day}, and each use lets it last longer.", day=day),
    )


def _has_other_login(settings: Settings) -> bool:
    secrets = (settings.smtp_password, settings.smtp_refresh_token)
    return bool(settings.smtp_token_command) or any(one.get_secret_value() for one in secrets)


def _wrong(words: Sentence, provider: str, *, again: bool = True) -> Diagnosis:
    cure = Remedy("Sign in again{SIGN_IN_MAIL}." if again else "Sign in{SIGN_IN_MAIL}.", provider=provider)
    return Diagnosis("sign-in", "wrong", words, cure)
