"""What a person is told where the sender, or the provider's limit, is to blame for a refusal, with the cure."""

import re
from datetime import datetime, timedelta

from outreach.errors import ServerFault
from outreach.outbox.blame.judgement import Judgement, judge, judged
from outreach.sentences import Moment, Remedy
from outreach.vocabulary import Blame, Stage

QUOTA_WAITS = timedelta(hours=1)
"""How long a scheduler waits after a provider's limit was met, before it tries one letter. Providers count over the
last hour or the last 24 hours, so that room comes back little by little; one letter an hour does no harm meanwhile."""

LOGIN_REFUSED = "the login is refused"
FOR_PROGRAMS = "it wants a password made for programs"
CURES = {
    "no relaying": "It takes letters for others only from those who sign in: check smtp_host, smtp_port, smtp_username "
    "and the password{MAIL_LOGIN}.",
    LOGIN_REFUSED: "Check smtp_username, and the password{MAIL_LOGIN}, or the token (docs/mail-server.md).",
    "logins by programs are switched off": "Have the mailbox's administrator switch Authenticated SMTP on for this "
    "account (Microsoft 365: Users, Mail, Manage email apps), or sign in{SIGN_IN_MAIL} at the provider's own page.",
    FOR_PROGRAMS: "Make an app password in the account's security settings at the provider, and give that{MAIL_LOGIN}; "
    "or sign in{SIGN_IN_MAIL} at the provider's own page.",
    "too many connections": "Set smtp_connections lower, and see whether another program or computer sends by the same "
    "account; it is tried again by itself.",
    "the account may not send": "Finish what the provider asks for before an account may send: its words tell.",
    "not the sender's own address": "The account that signs in may not send as this address: write the account's own "
    "address into from (and bounce_address), or have its owner allow the other one.",
    "the greeting is refused": "Write the full name of this computer, as the DNS knows it, into smtp_ehlo_name.",
    "the sender's account is closed": "Ask your mail provider to open the account for sending again.",
    "it asks for encryption": 'Set smtp_security = "starttls" (port 587) or "tls" (port 465).',
    "the letter's signature is missing": "The domain of from must name this mail server in its SPF record, or its "
    "letters must be signed (DKIM): ask whoever keeps the domain. {EXAMINE:The doctor} tells what is published.",
    "our server has no name": "The address that the letters come from has no name in the DNS (PTR), or another: send "
    "through your mail provider, or ask whoever keeps that server to have its name set.",
    "our server is refused": "Its address is on a list of senders of unwanted mail: send through your mail provider, "
    "or ask it to have the address taken off.",
    "the sender is refused": "Check the addresses in from and bounce_address: their domain must exist and take mail.",
    "the letter is too large": "Make the letter smaller (its PDF, logos) and approve it again, or send through a mail "
    "server that takes larger ones.",
}
"""What to do about a reason of refusals.toml."""

_PROVIDERS = {"logins by programs are switched off": "microsoft"}
"""Whose page a person signs in at, where the reason tells."""

_LOOK = Remedy(
    "Its words tell what is wrong with the account, its address or its server; once that is mended, send again."
)

_LOOK_AT_BOTH = Remedy(
    "Its words tell what is wrong, with the letter as a whole or with the account; once that is mended, send again."
)
ASK_THE_PROVIDER = Remedy("It is tried again by itself; where that goes on, ask your mail provider.")
"""Of what every letter is told for now, where its words tell no cure."""
_CODE = re.compile(r"([45]\d\d) (.*)", re.DOTALL)
_TOO_LARGE = 552  # RFC 5321, 4.2.3; at MAIL, by RFC 1870, 6.1


def cure_of(judgement: Judgement) -> Remedy | None:
    """Return what a person can do about a reason that concerns all letters; None where only the server's words tell."""
    name = judgement.reason.name if judgement.reason is not None else ""
    words = CURES.get(name)
    return Remedy(words, provider=_PROVIDERS.get(name, "google")) if words is not None else None


def fault_of(server: object, judgement: Judgement, said: str, now: datetime, *, zone: str) -> ServerFault:
    """Return what stands in the way of all letters, in the server's words, with a cure. `now` is in UTC."""
    if judgement.blame is Blame.QUOTA:
        found = ServerFault(
            "server.quota",
            "{server}: the mail provider's limit is reached: {said}. No letter is lost: they wait.",
            server=server,
            said=said.rstrip("."),
            remedy=Remedy(
                "Where {RUN:the scheduler} or the desk is running, it tries again by itself at {when}; else send again "
                "then{SEND}. A slower pace (rate) keeps below the limit.",
                when=Moment(now + QUOTA_WAITS, zone),
            ),
        )
        found.rests = QUOTA_WAITS.total_seconds()
    else:
        found = ServerFault(
            "server.refuses-sender",
            "{server} refuses our letters, whatever the address: {said}. None is lost: they wait.",
            server=server,
            said=said.rstrip("."),
            remedy=cure_of(judgement) or _LOOK,
        )
    found.standing = True
    return found


def cure_of_answer(said: str) -> Remedy | None:
    """Return the cure of what was answered to a letter, or is known beforehand; None where the words tell of none."""
    code = _CODE.match(said)
    return cure_of(judged(Stage.DOT, int(code[1]), code[2]) if code else judge(Stage.MAIL, _TOO_LARGE, "", said))


def alike(server: object, said: str, count: int, *, addresses: bool = False) -> ServerFault:
    """Return the fault that it comes to where several letters, or addresses at several domains, got the same answer:
    then it is none's own."""
    if addresses:
        found = ServerFault(
            "server.refuses-everybody",
            "{server} said the same of addresses at {count} different domains, and took none in between, so that it is "
            "hardly the addresses: {said}. No letter is lost: they wait, as if not tried.",
            server=server,
            count=count,
            said=said.rstrip("."),
            remedy=Remedy(
                "Check smtp_host and smtp_port, the login{MAIL_LOGIN}, and with your mail provider whether the account "
                "may send to other domains; then send again{SEND}: other missions come first. If the addresses are "
                "wrong after all, correct them in the sheet and approve again."
            ),
        )
    else:
        found = ServerFault(
            "server.refuses-alike",
            "{server} gave the same answer to {letters} letters, so that it is no letter's own fault: {said}. None is "
            "lost: they wait.",
            server=server,
            letters=count,
            said=said.rstrip("."),
            remedy=cure_of_answer(said) or _LOOK_AT_BOTH,
        )
    found.standing = True
    return found
