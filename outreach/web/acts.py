"""What the log says of each act, and of who did it, in the desk's words."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.actors import described
from outreach.models import AuditEntry
from outreach.reports.log import named
from outreach.vocabulary import Act, Door

WORDS: Mapping[Act, str] = MappingProxyType(
    {
        Act.CAMPAIGN_CREATED: "made a campaign",
        Act.CAMPAIGN_CHANGED: "changed a campaign",
        Act.CAMPAIGN_DELETED: "deleted a campaign",
        Act.CAMPAIGN_APPROVALS: "set how many people approve",
        Act.CAMPAIGN_APPROVED: "approved",
        Act.CAMPAIGN_VOIDED: "took an approval back",
        Act.CAMPAIGN_SCHEDULED: "scheduled",
        Act.CAMPAIGN_CONFIRMED: "confirmed the number of missions",
        Act.CAMPAIGN_PAUSED: "paused",
        Act.CAMPAIGN_RESUMED: "resumed",
        Act.CAMPAIGN_CANCELLED: "cancelled",
        Act.CAMPAIGN_WAITS: "let it wait for a person",
        Act.CAMPAIGN_DATES: "set the session's dates",
        Act.SIGNATORIES_IMPORTED: "took in signatories",
        Act.SIGNATORIES_DEADLINE: "set the deadline for signing",
        Act.MISSIONS_IMPORTED: "took in a sheet",
        Act.MISSIONS_CHANGED: "changed a mission",
        Act.MISSIONS_UNDONE: "took a sheet back",
        Act.NOTE_WRITTEN: "wrote a note",
        Act.NOTE_CHANGED: "changed a note",
        Act.NOTE_REMOVED: "took a note away",
        Act.TEXT_CHANGED: "changed a letter",
        Act.TRIAL_SENT: "sent a test letter",
        Act.LETTER_SETTLED: "decided an uncertain letter",
        Act.LETTERS_RETRIED: "had letters tried again",
        Act.LETTER_CORRECTED: "corrected an address",
        Act.MAIL_INGESTED: "took in mail files",
        Act.MAIL_SETTLED: "settled a mail",
        Act.MAIL_UNDONE: "took a decision back",
        Act.PROPOSAL_TAKEN: "said yes to a proposal",
        Act.PROPOSAL_REFUSED: "said no to a proposal",
        Act.POSITION_SET: "set a position",
        Act.ANSWER_RECORDED: "recorded an answer",
        Act.ANSWER_UNDONE: "took a change back",
        Act.REPORT_IMPORTED: "took a report back in",
        Act.VOTES_IMPORTED: "took in the votes",
        Act.ADDRESS_STOPPED: "put an address on the opt-out list",
        Act.ADDRESS_ALLOWED: "allowed an address again",
        Act.ACCOUNT_ADDED: "added a person",
        Act.ACCOUNT_CHANGED: "changed a person",
        Act.SESSIONS_ENDED: "signed somebody's browsers out",
        Act.PASSWORD_SET: "set a password",
        Act.SIGNED_IN: "signed in",
        Act.SIGN_IN_REFUSED: "sign-in refused",
        Act.MAIL_ACCOUNT_SIGNED_IN: "signed the mail account in",
        Act.MAIL_ACCOUNT_SIGNED_OUT: "signed the mail account out",
        Act.DATABASE_SETTLED: "settled that this database is the one that sends",
    }
)
_DOORS = MappingProxyType({Door.DESK: "at the desk", Door.COMMAND: "at the command line", Door.SCHEDULER: "by itself"})


def what(entry: AuditEntry) -> str:
    """Return what was done; an action that is no act any more as it was stored."""
    try:
        return WORDS[Act(entry.action)]
    except ValueError:
        return entry.action


def who(entry: AuditEntry) -> str:
    """Return who did it, as it was recorded."""
    return described(entry.actor_kind, named(entry.who), entry.machine_user, entry.door) or "nobody"


def where(entry: AuditEntry) -> str:
    """Return at which door it was done."""
    return _DOORS[entry.door] if entry.door is not None else ""
