"""What the log says of each act, and of who did it, in the desk's words."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.actors import described
from outreach.models import AuditEntry
from outreach.reports.log import named
from outreach.vocabulary import Act, Door
from outreach.web.words import PageTongue, named_states

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
        Act.CAMPAIGN_SUBJECT: "set the subject of past votes",
        Act.SIGNATORIES_IMPORTED: "took in signatories",
        Act.SIGNATORIES_UNDONE: "took back an import of signatories",
        Act.SIGNATORIES_DEADLINE: "set the deadline for signing",
        Act.SIGNATORIES_SET: "set how the list of signatories stands",
        Act.SIGN_ON_PAGE: "opened or closed the sign-on page",
        Act.SIGNATORY_ACCEPTED: "took in somebody who signed on the page",
        Act.SIGNATORY_REFUSED: "refused somebody who signed on the page",
        Act.SIGNATORY_WITHDREW: "withdrew by their own link",
        Act.MISSIONS_IMPORTED: "took in a sheet",
        Act.MISSIONS_CHANGED: "changed a mission",
        Act.MISSIONS_UNDONE: "took a sheet back",
        Act.NOTE_WRITTEN: "wrote a note",
        Act.NOTE_CHANGED: "changed a note",
        Act.NOTE_REMOVED: "took a note away",
        Act.TEXT_CHANGED: "changed a letter",
        Act.TEXT_RESTORED: "brought back an earlier text",
        Act.TEXT_MARKED: "said how far a text is",
        Act.COMMENT_WRITTEN: "remarked on a paragraph",
        Act.COMMENT_SETTLED: "settled a remark",
        Act.TRIAL_SENT: "sent a test letter",
        Act.LETTER_SETTLED: "decided an uncertain letter",
        Act.LETTERS_RETRIED: "had letters tried again",
        Act.LETTER_CORRECTED: "corrected an address",
        Act.MAIL_INGESTED: "took in mail files",
        Act.MAIL_SETTLED: "settled a mail",
        Act.MAIL_UNDONE: "took a decision back",
        Act.PROPOSAL_TAKEN: "said yes to a proposal",
        Act.PROPOSAL_REFUSED: "said no to a proposal",
        Act.PROPOSAL_DONE: "saw to a proposal",
        Act.POSITION_SET: "set a position",
        Act.TASK_SET: "said whose task a mission is",
        Act.MISSION_COMMENTED: "wrote a comment on a mission",
        Act.MISSION_COMMENT_REMOVED: "took a comment on a mission away",
        Act.SEVERAL_SET: "set the same of several missions",
        Act.SEVERAL_UNDONE: "took back what was set of several missions",
        Act.ANSWER_RECORDED: "recorded an answer",
        Act.ANSWER_UNDONE: "took a change back",
        Act.REPORT_IMPORTED: "took a report back in",
        Act.REPORT_UNDONE: "took the import of a report back",
        Act.REPORT_MADE: "took a report out",
        Act.LIST_TAKEN: "took a list out",
        Act.VOTES_IMPORTED: "took in the votes",
        Act.RECORD_IMPORTED: "took in the votes of past years",
        Act.ADDRESS_STOPPED: "put an address on the opt-out list",
        Act.ADDRESS_ALLOWED: "allowed an address again",
        Act.ANSWER_RELEASED: "released an answer",
        Act.ANSWER_WITHDRAWN: "took a released answer back",
        Act.PERSON_ERASED: "erased a person's data",
        Act.PERSON_EXPORTED: "took a person's data out",
        Act.DOSSIER_MADE: "made a dossier",
        Act.RETENTION_WARNED: "said what is going to be erased",
        Act.RETENTION_ERASED: "erased what had been kept long enough",
        Act.ACCOUNT_ADDED: "added a person",
        Act.ACCOUNT_CHANGED: "changed a person",
        Act.ACCOUNT_INVITED: "invited a person",
        Act.ACCOUNT_INVITATION_ENDED: "withdrew an invitation",
        Act.ACCOUNT_RESET_MADE: "made a link to a new password",
        Act.SESSIONS_ENDED: "signed somebody's browsers out",
        Act.PASSWORD_SET: "set a password",
        Act.FACTOR_ADDED: "added a second factor",
        Act.FACTOR_REMOVED: "removed a second factor",
        Act.FACTORS_RESET: "took somebody's second factors away",
        Act.IDENTITY_LINKED: "linked the account with the organisation's sign-in",
        Act.IDENTITY_UNLINKED: "ended the link with the organisation's sign-in",
        Act.SIGN_IN_SECRET_KEPT: "gave the secret of the organisation's sign-in",
        Act.SIGNED_IN: "signed in",
        Act.SIGN_IN_REFUSED: "sign-in refused",
        Act.MAIL_ACCOUNT_SIGNED_IN: "signed the mail account in",
        Act.MAIL_ACCOUNT_SIGNED_OUT: "signed the mail account out",
        Act.MAIL_PASSWORD_KEPT: "gave the mail password",
        Act.SETTINGS_CHANGED: "changed the settings",
        Act.LIVE_ASKED: "asked for live mode",
        Act.LIVE_BEGUN: "turned live mode on",
        Act.LIVE_ENDED: "went back to rehearsal",
        Act.LETTERHEAD_CHANGED: "changed the letterhead",
        Act.LETTER_MADE: "made a letter",
        Act.LETTER_CHANGED: "changed what goes with a letter",
        Act.LETTER_RENAMED: "renamed a letter",
        Act.LETTER_DELETED: "deleted a letter",
        Act.LETTER_PUBLISHED: "downloaded the open letter",
        Act.DATABASE_SETTLED: "settled that this database is the one that sends",
    }
)
DOORS = MappingProxyType({Door.DESK: "at the desk", Door.COMMAND: "at the command line", Door.SCHEDULER: "by itself"})


def what(entry: AuditEntry, say: PageTongue) -> str:
    """Return what was done; an action that is no act any more as it was stored."""
    try:
        return say.about("act", WORDS[Act(entry.action)])
    except ValueError:
        return entry.action


def to_what(entry: AuditEntry, say: PageTongue) -> str:
    """Return what it was done to: a letter by the state that it went to."""
    if entry.action in (Act.LETTER_SETTLED, Act.LETTER_CORRECTED) and entry.iso3:
        return say("the letter to {mission}", mission=named_states(say.tongue, [entry.iso3]))
    return entry.subject


def who(entry: AuditEntry, say: PageTongue) -> str:
    """Return who did it, as it was recorded."""
    return described(entry.actor_kind, named(entry.who), entry.machine_user, entry.door, say.tongue) or say("nobody")


def where(entry: AuditEntry, say: PageTongue) -> str:
    """Return at which door it was done."""
    return say.about("door", DOORS[entry.door]) if entry.door is not None else ""
