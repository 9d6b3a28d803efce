"""Hands a test letter over, past the queue: nothing of it is stored."""

import asyncio

from outreach.campaigns.trial import Trial
from outreach.errors import Fault, UserError
from outreach.missions.allow_list import AllowList
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.connection import Connection, unmarked
from outreach.outbox.outcome import Verdict
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings


def send_trial(settings: Settings, server: SmtpServer, trial: Trial) -> str:
    """Send a test letter; return the server's answer.

    Raises UserError in rehearsal for an address that is not on the allow-list, Fault where it was not taken.
    """
    if not settings.live and not server.embedded and not AllowList(settings.allow_list).allows(trial.to):
        raise UserError(
            "test-letter.not-allowed",
            "Rehearsal: {to} is not on the allow-list, so nothing was sent.",
            to=trial.to,
            remedy="Add it to allow_list.",
        )
    return asyncio.run(_deliver(server, trial))


async def _deliver(server: SmtpServer, trial: Trial) -> str:
    connection = Connection(server)
    claimed = ClaimedLetter.unqueued(
        trial.message_id, trial.envelope_from, [trial.to], trial.wire, smtputf8=trial.smtputf8
    )

    try:
        outcome = await connection.deliver(claimed, unmarked)
    finally:
        await connection.close()
    if outcome.verdict is not Verdict.ACCEPTED:
        raise Fault(
            "test-letter.not-taken", "The test letter was not taken: {reply}.", reply=outcome.reply or outcome.verdict
        )
    return outcome.reply
