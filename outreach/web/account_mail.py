"""Mails about accounts: links, and that something was changed that opens the desk."""

import logging
from enum import StrEnum
from threading import BoundedSemaphore

from fastapi import Request, Response
from starlette.background import BackgroundTask

from outreach.campaigns.trial import plain_mail
from outreach.catalogues import Tongue, languages, tongue
from outreach.errors import OutreachError
from outreach.models import Account
from outreach.outbox.trial_delivery import send_trial
from outreach.rehearsal.post_office import server_for
from outreach.web.desk import Desk, desk_of
from outreach.web.tongues import tongue_of


class AccountChange(StrEnum):
    """What was changed, as its person is told. The values are templates of the catalogue."""

    PASSWORD = "Your password for Outreach was changed."  # noqa: S105  (a sentence)
    EMAIL = "Your mail address at Outreach was changed."
    FACTORS = "The second factors of your account at Outreach were changed."
    NEW_BROWSER = "Somebody signed in to your account at Outreach with a browser that had not done so before."
    CODE_AGAIN = (
        "Somebody gave a code of your app that had been used already, after your password. They were not let in."
    )
    UNLINKED = "Your account at Outreach is no longer linked with your organisation's."


_log = logging.getLogger(__name__)
_mailing = BoundedSemaphore(4)


def can_mail(desk: Desk) -> bool:
    """Tell whether links are mailed: somebody is set who writes, through a server of the team's own, and the desk
    knows the names that it is reached by. Else a stranger could have links mailed that lead to a host of theirs."""
    return bool(desk.hosts) and can_tell(desk)


def can_tell(desk: Desk) -> bool:
    """Tell whether mails without a link are sent."""
    return bool(desk.settings.sender and desk.settings.smtp_host)


def mail_to(desk: Desk, address: str, subject: str, text: str) -> bool:
    """Hand a mail over; tell whether it left this machine. Raises UserError and Fault."""
    settings = desk.to_send()
    if not _mailing.acquire(timeout=30):
        return False
    try:
        with server_for(settings, desk.folder) as server:
            send_trial(settings, server, plain_mail(settings, address, subject, text))
            return not server.embedded
    finally:
        _mailing.release()


def speaking_to(account: Account, otherwise: str) -> Tongue:
    """Return the language that a person has chosen, else the one that is given."""
    return tongue(account.language if account.language in languages() else otherwise)


def tell_of(request: Request, response: Response, account: Account, words: AccountChange, *also: str) -> Response:
    """Mail a person that something of theirs was changed or used, once the answer is out (OWASP ASVS 2.2.3, 2.5.5).

    `also` are further addresses, such as the one before.
    """
    desk, say = desk_of(request), speaking_to(account, tongue_of(request).language)
    to = [address for address in dict.fromkeys((account.email, *also)) if address]
    if to and can_tell(desk):
        text = "\n\n".join((f"{account.name},", say(words), say("Was it not you? Tell an admin of the desk at once.")))
        new = words in (AccountChange.NEW_BROWSER, AccountChange.CODE_AGAIN)
        subject = say("A sign-in to Outreach") if new else say("Your account at Outreach was changed")
        response.background = BackgroundTask(_tell, desk, to, subject, f"{text}\n")
    return response


def _tell(desk: Desk, to: list[str], subject: str, text: str) -> None:
    for address in to:
        try:
            mail_to(desk, address, subject, text)
        except OutreachError as error:
            _log.warning("that an account was changed was not mailed: %s", error)
