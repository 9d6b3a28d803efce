"""The closed lists: what a role, a state, a delivery may be, in the words that people read and that are stored.

Apart from the tables, so that whoever only understands mail need not load a database.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a contact is at the mission."""

    PERMANENT_REPRESENTATIVE = "permanent representative"
    DEPUTY = "deputy"
    HUMAN_RIGHTS_EXPERT = "human-rights expert"
    GENERAL = "general"


class GenderForm(StrEnum):
    """The grammatical form of address that the contact is known to use; None where it is not known."""

    FEMININE = "feminine"
    MASCULINE = "masculine"


class Line(StrEnum):
    """The address line of the letter in which a contact stands."""

    TO = "to"
    CC = "cc"


class Language(StrEnum):
    """The six official languages of the United Nations, by ISO 639-1 code."""

    ENGLISH = "en"
    FRENCH = "fr"
    SPANISH = "es"
    ARABIC = "ar"
    CHINESE = "zh"
    RUSSIAN = "ru"

    @property
    def english(self) -> str:
        """Its English name: `French`."""
        return self.name.capitalize()


class CampaignState(StrEnum):
    """What a person has decided about a campaign. How far it has come is told by its messages."""

    DRAFT = "draft"
    APPROVED_ONCE = "approved once"  # one person approved these letters; a second has to, before they get a time
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PAUSED = "paused"
    WAITING = "waiting"  # its time passed while nothing was running: a person decides
    CANCELLED = "cancelled"


class Stop(StrEnum):
    """What stops a campaign. The first ones are written beside it; the others are told from what is there."""

    PAUSED = "paused"  # a person said so
    FAILING = "failing"  # too many of its letters were refused for good
    LATE = "late"  # its time passed while nothing was running
    UNCONFIRMED = "unconfirmed"  # it was scheduled in rehearsal, and nobody confirmed its missions live
    ANOTHER_NUMBER = "another number"  # it has more or fewer missions than were confirmed
    REHEARSED = "rehearsed"  # some of its letters went out in rehearsal only
    ADDRESSES_CHANGED = "addresses changed"  # the sheet has, since the approval
    SIGNATORY_WITHDREW = "signatory withdrew"  # somebody has, since the approval
    PLAN_CHANGED = "plan changed"  # a person has, since the approval
    FIRST_LETTER_ANEW = "first letter anew"  # a follow-up of letters that were approved anew
    COPY_SETTLED = "copy settled"  # its database was brought back, and somebody has to look
    MAIL_SERVER = "mail server"  # it can't be reached, or refuses to talk to us

    PUT_OFF = "put off"  # the mail server takes nearly none for now, and says the same of each
    COPY = "copy"  # this database may be a copy of the one that sends
    SETTINGS = "settings"  # no letter can go out under them
    BOX_UNREAD = "box unread"  # follow-ups are due, and answers that came before have not been read
    MAIL_TO_LOOK_AT = "mail to look at"  # reminders that wait till a person has said what a mail is
    NO_WORKER = "no worker"  # letters are due, and nothing runs that would send them
    BEGUN_LIVE = "begun live"  # some of their recipients have them live, and the mode is rehearsal now
    NO_ADDRESS = "no address"  # missions that nothing can be sent to
    HELD = "held"  # letters that wait for another reason
    UNCERTAIN = "uncertain"  # letters that may have gone out
    FAILED = "failed"  # letters that were refused for good
    GIVEN_UP = "given up"  # letters that were refused for now for as long as they are tried
    REACHED_SOME = "reached some"  # letters that some of their addresses have, and another did not take


class MessageState(StrEnum):
    """How far a message has come towards the first mail server."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    HELD = "held"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """Why a message is held."""

    NO_ADDRESS = "no usable address"
    NOT_ALLOWED = "outside the rehearsal's allow-list"
    NO_SMTPUTF8 = "the mail server takes no international addresses"
    OPTED_OUT = "asked to be left alone"
    BOUNCED = "the address takes no mail"
    HAD_ALREADY = "the mission has had this letter already"
    REFUSED = "the mail server refused it"  # for no fault of the address: a person looks


class Stage(StrEnum):
    """How far a try had come when it was decided (RFC 5321, 3)."""

    CONNECT = "connect"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "final dot"
    NONE = "none"  # nothing was said to a server: it was settled by other evidence


class Blame(StrEnum):
    """Whose fault a refusal is."""

    ADDRESS = "address"
    LETTER = "letter"
    SENDER = "sender"  # his account, his address or his server: true of every letter
    QUOTA = "quota"  # the provider's limit is reached: it goes on by itself
    BUSY = "busy"
    UNKNOWN = "unknown"


class DeliveryStatus(StrEnum):
    """What became of a sent message, or of one recipient's copy of it."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"


class Answer(StrEnum):
    """The answer status of a mission in a campaign."""

    NONE = "none"
    AUTO_REPLY = "auto-reply"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"


ANSWERED = (Answer.ACKNOWLEDGED, Answer.REPLIED)
"""A person answered; a machine's answer is none."""


class Position(StrEnum):
    """Where a mission stands on what the letter asks."""

    UNKNOWN = "unknown"
    CO_SPONSOR = "co-sponsor"
    IN_FAVOUR = "in favour"
    UNDECIDED = "undecided"
    ABSTAIN = "abstain"
    AGAINST = "against"
    DECLINED = "declined to say"


SUPPORT = (Position.CO_SPONSOR, Position.IN_FAVOUR)
"""Who is in favour: whoever puts a name to a resolution votes for it."""


class Vote(StrEnum):
    """How a member voted when the resolution was put to the vote (Rules of procedure of the General Assembly, 87)."""

    IN_FAVOUR = "in favour"
    AGAINST = "against"
    ABSTAINED = "abstained"
    NOT_VOTING = "not voting"


class EventKind(StrEnum):
    """A fact about a message."""

    APPROVED = "approved"
    SECOND_APPROVAL = "second approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    REQUEUED = "requeued"
    UNCERTAIN = "uncertain"
    HELD = "held"
    RELEASED = "released"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    CORRECTED = "address corrected"
    RESOLVED = "resolved"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    ANSWERED = "answered"
    AUTO_REPLY = "auto-reply"


class MailKind(StrEnum):
    """What an incoming mail is."""

    BOUNCE = "bounce"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    REPLY = "reply"
    UNREADABLE = "unreadable"


class FileKind(StrEnum):
    """What a file that came with a mail is, as far as its words go."""

    UNREAD = ""
    """Nobody has looked: it was taken in before files were read."""
    PDF = "pdf"
    WORD = "word"
    """Of any word processor that is read: .docx, .odt, .rtf."""
    SHEET = "sheet"
    TEXT = "text"
    """Plain, or a page (HTML)."""
    OLD_WORD = "old word"
    """A file of Word before 2007, which is not read here."""
    SCAN = "scan"
    """A PDF without words: a picture of a page."""
    ENCRYPTED = "encrypted"
    """It asks for a password."""
    BROKEN = "broken"
    """It says that it is a PDF or a Word file, and can't be read as one."""
    REFUSED = "refused"
    """To read it takes more time, memory or room than any note does."""
    OTHER = "other"
    """Of another kind, which is not read."""


class UidState(StrEnum):
    """What became of one mail of a folder of the box, by its UID."""

    TAKEN = "taken"
    UNREADABLE = "unreadable"
    """The server lists it and can't give it, or it is too large: told, and asked for again."""
    GONE = "gone"
    """It was listed, and had vanished when it was asked for."""
    LEFT = "left"
    """It lies among the spam, and names no letter and nobody whom we wrote to."""


class SubKind(StrEnum):
    """What else a mail is, where that matters to whoever reads it."""

    AWAY = "away"  # a notice of absence
    LEFT = "left"  # a person has left, perhaps with a successor
    CLOSED = "closed"  # a box is closed or has moved, perhaps to a new address
    UNATTENDED = "unattended"  # nobody reads that box
    HELD = "held"  # in quarantine, or before a moderator
    CHALLENGE = "challenge"  # wants to be confirmed before it delivers
    RECEIPT = "receipt"  # of a ticket system
    DISPLAYED = "displayed"  # a read receipt (RFC 8098)
    DELETED = "deleted"  # a read receipt: deleted, perhaps unread
    PROCESSED = "processed"  # a receipt of a program that passed it on: neither displayed nor deleted (RFC 8098)
    REJECTED = "rejected"  # refused by the receiver's own rules (RFC 5429)
    RECALL = "recall"  # calls an earlier mail back
    REACTION = "reaction"  # an emoji, and no words
    MEETING = "meeting"  # an invitation in calendar form
    MEETING_ANSWER = "meeting-answer"  # a yes or no to one
    NEWSLETTER = "newsletter"  # sent to a list
    MONITORING = "monitoring"  # a provider's report on our own domain (RFC 7489, RFC 8460)
    ENCRYPTED = "encrypted"  # so that it can't be read here
    FORWARD = "forward"  # somebody else's mail, passed on


class Answering(StrEnum):
    """Whether a mail counts as its mission's answer."""

    YES = "yes"
    NO = "no"
    DOUBTFUL = "doubtful"  # a person has to look


class Speaker(StrEnum):
    """Who speaks in a mail, as far as that is known."""

    CONTACT = "contact"  # an address that was written to, or stands in the directory of that mission
    CONFIRMED = "confirmed"  # a person has put that address down to the mission
    OWN_DOMAIN = "own domain"  # a domain that this mission alone has
    SHARED_DOMAIN = "shared domain"  # a domain that it shares with others
    PASSED_ON = "passed on"  # the mission, as somebody else tells
    STRANGER = "stranger"
    OURS = "ours"
    NOBODY = "nobody"  # it does not say


class Confidence(StrEnum):
    """How sure it is that a mail belongs to the letter it was matched to."""

    CERTAIN = "certain"  # it bears our Message-ID or our signed token, or a person said so
    LIKELY = "likely"
    DOUBTFUL = "doubtful"  # waits for a person
    NONE = "none"


class SuggestionKind(StrEnum):
    """What a mail may propose. A person decides each."""

    POSITION = "position"
    OPT_OUT = "opt-out"
    CONTACT = "contact"
    ANSWER = "answer"  # that it is the mission's answer
    BOUNCED = "bounced"  # that the letter did not arrive at an address
    PROBLEM = "problem"  # something that a person has to see to
    MEETING = "meeting"  # that a meeting is offered
    COME_BACK = "come-back"  # a day from which on the mission wants to be asked again


class DeskRole(StrEnum):
    """How much a person may do at the web desk. Each may do all that those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"


class SignatoryKind(StrEnum):
    """In which of the two lists under a letter a signatory stands."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class ActorKind(StrEnum):
    """What somebody who acts is known by."""

    ACCOUNT = "account"  # a person who had signed in
    NAMED = "named"  # a name that was given at the command line
    USER = "user"  # the machine's user, at the command line; no name was given
    PROGRAM = "program"  # a worker, the inbox, the scheduler


class Door(StrEnum):
    """Where somebody acted."""

    COMMAND = "command line"
    DESK = "desk"
    SCHEDULER = "scheduler"


class Act(StrEnum):
    """What was done, by a person or by a program that looks after campaigns. The doors word it."""

    CAMPAIGN_CREATED = "campaign.created"
    CAMPAIGN_CHANGED = "campaign.changed"
    CAMPAIGN_DELETED = "campaign.deleted"
    CAMPAIGN_APPROVALS = "campaign.approvals"
    CAMPAIGN_APPROVED = "campaign.approved"
    CAMPAIGN_VOIDED = "campaign.voided"  # the sheet has changed: the approval no longer holds
    CAMPAIGN_SCHEDULED = "campaign.scheduled"
    CAMPAIGN_CONFIRMED = "campaign.confirmed"  # for live mode, with the number of missions
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_RESUMED = "campaign.resumed"
    CAMPAIGN_CANCELLED = "campaign.cancelled"
    CAMPAIGN_WAITS = "campaign.waits"
    CAMPAIGN_DATES = "campaign.dates"
    CAMPAIGN_SUBJECT = "campaign.subject"  # on which votes of past years are shown
    SIGNATORIES_IMPORTED = "signatories.imported"
    SIGNATORIES_UNDONE = "signatories.undone"
    SIGNATORIES_DEADLINE = "signatories.deadline"
    SIGNATORIES_SET = "signatories.set"  # the day and order of the list, its headings
    SIGN_ON_PAGE = "sign-on.page"  # opened or closed
    SIGNATORY_ACCEPTED = "sign-on.accepted"
    SIGNATORY_REFUSED = "sign-on.refused"
    SIGNATORY_WITHDREW = "sign-on.withdrew"  # by their own link
    MISSIONS_IMPORTED = "missions.imported"
    MISSIONS_CHANGED = "missions.changed"
    MISSIONS_UNDONE = "missions.undone"
    NOTE_WRITTEN = "note.written"
    NOTE_CHANGED = "note.changed"
    NOTE_REMOVED = "note.removed"
    TEXT_CHANGED = "text.changed"
    TEXT_RESTORED = "text.restored"
    TEXT_MARKED = "text.marked"
    COMMENT_WRITTEN = "comment.written"
    COMMENT_SETTLED = "comment.settled"
    TRIAL_SENT = "trial.sent"
    LETTER_SETTLED = "letter.settled"
    LETTERS_RETRIED = "letters.retried"
    LETTER_CORRECTED = "letter.corrected"
    MAIL_INGESTED = "mail.ingested"
    MAIL_SETTLED = "mail.settled"
    MAIL_UNDONE = "mail.undone"
    PROPOSAL_TAKEN = "proposal.taken"
    PROPOSAL_REFUSED = "proposal.refused"
    PROPOSAL_DONE = "proposal.done"
    POSITION_SET = "position.set"
    TASK_SET = "task.set"  # whose a mission is in a campaign, and until when
    MISSION_COMMENTED = "mission.commented"
    MISSION_COMMENT_REMOVED = "mission.comment-removed"
    SEVERAL_SET = "several.set"  # the same of several missions of a campaign at once
    SEVERAL_UNDONE = "several.undone"
    ANSWER_RECORDED = "answer.recorded"
    ANSWER_UNDONE = "answer.undone"
    REPORT_IMPORTED = "report.imported"
    REPORT_UNDONE = "report.undone"
    REPORT_MADE = "report.made"  # and taken out: for whom, as what, in which language, with its digest
    LIST_TAKEN = "list.taken"  # a list of the desk, as a file
    VOTES_IMPORTED = "votes.imported"
    RECORD_IMPORTED = "record.imported"  # the published votes of past years
    ADDRESS_STOPPED = "address.stopped"
    ADDRESS_ALLOWED = "address.allowed"
    ANSWER_RELEASED = "answer.released"
    ANSWER_WITHDRAWN = "answer.withdrawn"
    PERSON_ERASED = "person.erased"
    PERSON_EXPORTED = "person.exported"  # a person's data in one file, to be handed to them
    DOSSIER_MADE = "dossier.made"  # for whom, in which language, with its digest
    RETENTION_WARNED = "retention.warned"
    RETENTION_ERASED = "retention.erased"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_INVITED = "account.invited"
    ACCOUNT_INVITATION_ENDED = "account.invitation-withdrawn"
    ACCOUNT_RESET_MADE = "account.reset"  # a one-time link to a new password
    PASSWORD_SET = "account.password"  # noqa: S105  (a word for an act)
    FACTOR_ADDED = "account.factor-added"  # an app, a passkey, recovery codes
    FACTOR_REMOVED = "account.factor-removed"
    FACTORS_RESET = "account.factors-reset"  # by an admin
    IDENTITY_LINKED = "account.linked"  # with the organisation's own sign-in
    IDENTITY_UNLINKED = "account.unlinked"
    SIGN_IN_SECRET_KEPT = "account.sign-in-secret"  # noqa: S105  (a word for an act)
    SIGNED_IN = "account.signed-in"
    SIGN_IN_REFUSED = "account.refused"
    SESSIONS_ENDED = "account.sessions"
    MAIL_ACCOUNT_SIGNED_IN = "mail-account.signed-in"
    MAIL_ACCOUNT_SIGNED_OUT = "mail-account.signed-out"
    MAIL_PASSWORD_KEPT = "mail-account.password"  # noqa: S105  (a word for an act)
    SETTINGS_CHANGED = "settings.changed"
    LIVE_ASKED = "live.asked"
    LIVE_BEGUN = "live.begun"
    LIVE_ENDED = "live.ended"
    LETTERHEAD_CHANGED = "letterhead.changed"
    LETTER_MADE = "letter.made"
    LETTER_CHANGED = "letter.changed"  # title, facts, PDF, covering mail, files
    LETTER_RENAMED = "letter.renamed"
    LETTER_DELETED = "letter.deleted"
    LETTER_PUBLISHED = "letter.published"
    DATABASE_SETTLED = "database.settled"  # that it is the one that sends


class SignOnState(StrEnum):
    """How it stands with somebody who signed on the page."""

    UNCONFIRMED = "unconfirmed"
    """The link in the mail has not been followed."""
    WAITING = "waiting"
    """For a person's yes."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class TextState(StrEnum):
    """How far a letter's words in a language are."""

    DRAFT = "draft"
    TRANSLATED = "translated"
    READ = "read"


class Edition(StrEnum):
    """For whom a report is made."""

    TEAM = "team"
    """Everything, and the yellow columns to type into."""
    PARTNERS = "partners"
    """Where the missions stand; without addresses, notes, reasons, the log and whatever names a server."""
    PUBLIC = "public"
    """Counts and votes only."""
