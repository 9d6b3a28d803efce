"""Every table, in one file that a newcomer reads first.

    Mission ─┬─ Contact                       the directory, imported from a spreadsheet
             ├─ Term                          years on the Human Rights Council
             └─ MissionNote                   what the team wrote down about it
    OptOut                                    addresses that asked to be left alone

    Campaign ─┬─ Response ── ResponseChange   one row a mission: where it stands, and how it came there
              ├─ Signatory                    who signs its letter, since when
              ├─ SignOnPage, SignOnEntry      the page on which one can sign; who did, and waits for a yes
              ├─ SignatoryList                who signed at one approval: a list that never changes
              └─ Message ─┬─ Delivery         one letter to one mission, frozen at approval; its way to each recipient
                          │     └─ Attempt    append-only: one try at a delivery
                          └─ DeliveryEvent    append-only: what happened to it, and the evidence
    Reply ─┬─ Attachment                      one incoming mail, matched to a message or not
           ├─ Suggestion                      what its words propose, until a person says yes or no
           └─ MailDecision                    what a person decided of it, and what was before: it can be taken back
    KnownSender                               whose mail is whose mission's, as a person once settled it
    Response ── Released                      the words of an answer that may be shown to others
    RetentionWarning                          what the scheduler is going to erase, and when
    Reply ── ReplyPath                        by which further ways the same mail came
    Mailbox ── MailboxUid                     how far a mail folder has been read; what became of each mail in it

    DirectoryImport ── DirectoryChange        who changed what in the directory, when, and from which file
    SheetMapping                              what the columns of a team's own sheet hold, once it was told
    TextVersion, TextMark, TextComment        a letter's words as they were, who read them, what was remarked
    TeamMail                                  what the scheduler mailed to the team, so that it goes out once
    Identity, Dispatch                        which database this is; what went out that it does not know
    CopyKeeper                                how the copies in Sent, and those for an archive, are getting on
    Account                                   a person who may open the web desk, and how much they may do
    AuditEntry                                append-only: what was done, at which door, and by whom
    EventNumber, EventReader                  the order of all events as they are published; how far the webhook is

Times are stored in UTC and come back with their zone (`UTCDateTime` refuses a naive one). Closed lists are
stored as the words that people read: outreach/vocabulary.py. States and who may change them: outreach/states.py.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from outreach.sentences import packed, unpacked
from outreach.vocabulary import (
    ActorKind,
    Answer,
    Answering,
    CampaignState,
    Confidence,
    DeliveryStatus,
    DeskRole,
    Door,
    EventKind,
    FileKind,
    GenderForm,
    Hold,
    Language,
    Line,
    MailKind,
    MessageState,
    Position,
    Role,
    SignatoryKind,
    SignOnState,
    Speaker,
    Stage,
    Stop,
    SubKind,
    SuggestionKind,
    TextState,
    UidState,
    Vote,
)


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time, stored in UTC; a naive datetime is a programming error and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Bring the moment to UTC on its way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without its zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the moment its zone back: SQLite keeps none."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class KeptText(TypeDecorator[str]):
    """English text; a KeptSentence is stored with its code and facts, so that it is said in the reader's language."""

    impl: type[String] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Pack a sentence on its way in."""
        return None if value is None else packed(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Return what gives a stored text its sentence back: one look at its beginning, for lists of thousands."""
        return lambda value: None if value is None else unpacked(value)


class KeptLine(KeptText):
    """The same in a column that was made without the type Text."""

    impl = String
    cache_ok = True


_SHORT = 40


class _Words(TypeDecorator[StrEnum]):
    """A closed list, stored as its words."""

    impl = String(_SHORT)
    cache_ok = True
    words: ClassVar[type[StrEnum]]
    by_value: ClassVar[Mapping[str | None, StrEnum | None]]

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the column's type: wide enough for the longest of the words where the database minds (0011)."""
        wide = dialect.name == "postgresql" and any(len(word) > _SHORT for word in self.words)
        return dialect.type_descriptor(String(2 * _SHORT if wide else _SHORT))

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Return what turns a stored value into its word: one look-up, for lists read thousands of them."""
        return self.by_value.__getitem__


def _one_of(words: type[StrEnum]) -> Any:
    by_value = {None: None} | {word.value: word for word in words}
    return type(f"{words.__name__}Words", (_Words,), {"words": words, "by_value": by_value, "cache_ok": True})


# Constraint names are the same on every database, so that schema upgrades can name them.
SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Mission(SQLModel, table=True):
    """A state's permanent mission in Geneva."""

    __tablename__ = "mission"

    iso3: str = Field(primary_key=True, max_length=3)
    short_name: str
    formal_name: str
    regional_group: str = Field(default="", index=True)
    status: str = "member state"
    language: Language = Field(sa_type=_one_of(Language))
    city: str = ""
    time_zone: str = "Europe/Zurich"
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What the team keeps in columns of its own, by name: see `outreach.missions.own_columns`."""
    absent_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When an import first found it no longer in the file; None while it is there."""


class Contact(SQLModel, table=True):
    """A person or box at a mission."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("iso3", "email_key", name="uq_contact_iso3_email"),)

    id: int | None = Field(default=None, primary_key=True)
    iso3: str = Field(foreign_key="mission.iso3", index=True)
    role: Role = Field(sa_type=_one_of(Role))
    form_of_address: str = ""
    name: str = ""
    title: str = ""
    gender_form: GenderForm | None = Field(default=None, sa_type=_one_of(GenderForm))
    email: str
    email_key: str = Field(index=True)
    """The address as compared: see outreach.text.address_key."""
    language: Language | None = Field(default=None, sa_type=_one_of(Language))
    line: Line = Field(default=Line.TO, sa_type=_one_of(Line))
    active: bool = True
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What the team keeps in columns of its own, by name: see `outreach.missions.own_columns`."""
    absent_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When an import first found it no longer in the file; None while it is there."""
    bounced_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a report last said that this address takes no mail, for good; None also where a person cleared it."""
    bounce_detail: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """The server's words of that report."""


class MissionNote(SQLModel, table=True):
    """What a person wrote down about a mission. A change of it is a note of its own, and the old one is kept."""

    __tablename__ = "mission_note"

    id: int | None = Field(default=None, primary_key=True)
    iso3: str = Field(foreign_key="mission.iso3", index=True)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    replaces_id: int | None = Field(default=None, foreign_key="mission_note.id")
    """The note that this one is the new wording of."""
    replaced_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was changed or taken away; None while it stands."""
    replaced_by: str = ""
    """The person who did."""


class OptOut(SQLModel, table=True):
    """An address that asked to be left alone, by a person's decision. No letter goes to it until that is withdrawn."""

    __tablename__ = "opt_out"
    __table_args__ = (
        Index(
            "uq_opt_out_one_in_force",
            "address_key",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    address: str
    address_key: str
    """The address as compared: see outreach.text.address_key."""
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    """The person who decided it."""
    why: str = Field(default="", sa_type=Text)
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    """The mail that asked for it, where one did."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a person took it back; None while it is in force."""
    withdrawn_by: str = ""


class Term(SQLModel, table=True):
    """A state's term on the Human Rights Council: whole calendar years, first and last included."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("iso3", "first_year", name="uq_term_iso3_first_year"),
        CheckConstraint("first_year <= last_year", name="years_in_order"),
    )

    id: int | None = Field(default=None, primary_key=True)
    iso3: str = Field(index=True, max_length=3)
    first_year: int
    last_year: int
    absent_since: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Campaign(SQLModel, table=True):
    """A letter, an audience, a sender and a time."""

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    letter: str
    audience: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    exceptions: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    as_of: date
    time_zone: str
    state: CampaignState = Field(default=CampaignState.DRAFT, sa_type=_one_of(CampaignState))
    reason: str = Field(default="", sa_type=KeptLine)
    """Why it is paused or waits, in words."""
    stop: Stop | None = Field(default=None, sa_type=_one_of(Stop))
    """What stopped it, beside those words; None while nothing does."""
    stopped_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Since when it stands still for that."""
    created_at: datetime = Field(sa_type=UTCDateTime)
    approvals: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """How many people have to approve the same letters before they can be sent: one or two."""
    first_approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Where two have to: when the first of them did, and who it was."""
    first_approved_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    first_account_id: int | None = Field(default=None, foreign_key="account.id")
    """Whose account that was; None for one that was given before two approvals were those of two accounts."""
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was approved by everybody who has to; None until then."""
    approved_by: str = ""
    despite: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The codes of the findings that the last approval overruled, with spaces between."""
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_active_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a worker last looked after it: tells a slow send from one that was left lying."""
    sign_on_by: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Until when one can sign; None where no deadline is set."""
    signed_as_of: date | None = None
    """The day that the list of signatories is of, where a person set one; else that of the letters."""
    as_in_sheet: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether those who sign stand in the order of their sheet, which was agreed on; else in that of the language."""
    categories: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """The headings of those who sign, in the order that was set, each with its words by language."""
    require_read: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether every language that goes out has to be read by a person, as it is, before the approval."""
    version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Grows with every change of its plan, state or approval: what somebody saw is compared with it when they act."""
    again_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who said that missions which have had this letter already get it once more; empty where nobody did."""
    no_mailbox_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Of a follow-up: who said that there is no box of answers to be read before it; empty where nobody did."""
    confirmed_missions: int | None = None
    """The number of missions that a person confirmed for live mode; None until then."""
    spread_minutes: int = 0
    """The length of the window over which its letters are spread; 0 lets all be due at once."""
    working_hours: bool = False
    """Whether its letters are due in Geneva's working hours only."""
    follows_id: int | None = Field(default=None, foreign_key="campaign.id")
    """The campaign whose letters this one follows up; None for a first letter."""
    follow_after: str = ""
    """How long after the first letter the follow-up is due, such as `5 working days`."""
    follow_to: str = ""
    """Which missions it is for: `none` (no answer), or a position."""
    forgiven_tried: int = 0
    forgiven_failed: int = 0
    """How many letters had been tried, and had failed, when a person last let the campaign go on."""
    session_name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The session that it is about, such as `HRC55`."""
    session_starts: date | None = None
    session_ends: date | None = None
    vote_on: date | None = None
    """The day on which the Council is to decide, as far as it is known."""
    past_subject: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """On what the votes of past years are shown beside its positions: words of titles, or symbols, `;` between."""
    resolution: dict[str, str] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    """What the recorded vote says of its resolution: symbol, title, session, date (ISO 8601), and the file."""


class Signatory(SQLModel, table=True):
    """A person, several people in one entry, or an organisation that signs a campaign's letter."""

    __tablename__ = "signatory"
    __table_args__ = (UniqueConstraint("campaign_id", "kind", "name_key", name="uq_signatory_campaign_kind_name"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    kind: SignatoryKind = Field(sa_type=_one_of(SignatoryKind))
    name: str
    name_key: str
    """The name as compared: see outreach.text.folded."""
    title: str = ""
    affiliation: str = ""
    acronym: str = ""
    country: str = ""
    website: str = ""
    logo: str = ""
    sort_as: str = ""
    """Where it stands in the list, if not by its family name or, for an organisation, its name."""
    representative: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who signs for an organisation, and as what."""
    place: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Its row's number in the last whole sheet: the order that the coalition may have agreed on."""
    category: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The heading of the coalition's own under which it stands; empty where that is the one of its kind."""
    signature: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The file of a scanned signature, in the letter's folder."""
    words: dict[str, dict[str, str]] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """What the sheet says in a language: `{"fr": {"title": "Directrice"}}`."""
    signed_on: date
    absent_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was retired, by a person's word or that of a sheet; None while it signs."""
    unnamed_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a sheet that names most others first lacked it: it may have withdrawn, and a person is to say."""


class SignOnPage(SQLModel, table=True):
    """The page on which anybody may sign a campaign's letter, as long as somebody has opened it."""

    __tablename__ = "sign_on_page"

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", unique=True)
    key: str = Field(max_length=64, unique=True)
    """What its address ends with: nobody finds it by guessing."""
    address: str = ""
    """How the world reaches the desk, such as `https://sign.coalition.example`: no request says it."""
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Since when it is open; None while it is closed."""
    opened_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it closes by itself; the campaign's own deadline closes it too."""
    words: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What stands over the form, by language."""


class SignOnEntry(SQLModel, table=True):
    """Somebody who signed on the page: confirmed by mail, and taken by a person, or not."""

    __tablename__ = "sign_on_entry"

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    kind: SignatoryKind = Field(sa_type=_one_of(SignatoryKind))
    name: str
    title: str = ""
    representative: str = ""
    country: str = ""
    category: str = ""
    email: str
    email_key: str = Field(index=True)
    language: Language = Field(sa_type=_one_of(Language))
    state: SignOnState = Field(sa_type=_one_of(SignOnState))
    at: datetime = Field(sa_type=UTCDateTime)
    link_hash: str = Field(default="", index=True, max_length=64)
    """SHA-256 of the one-time link that confirms it; empty once it was used."""
    leave_hash: str = Field(default="", index=True, max_length=64)
    """SHA-256 of the link by which it is withdrawn."""
    mails: int = 0
    """How many mails to confirm were made for it."""
    mailed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the last of them was handed over."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_by: str = ""
    """Who took or refused it; the person themselves where it was withdrawn by the link."""
    signatory_id: int | None = Field(default=None, foreign_key="signatory.id")
    """The signatory that it became."""


class TextVersion(SQLModel, table=True):
    """A letter's words in a language, as they were kept once; append-only."""

    __tablename__ = "text_version"
    __table_args__ = (Index("ix_text_version_letter_language", "letter", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    letter: str
    language: Language = Field(sa_type=_one_of(Language))
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    """Who kept it; empty for one that was found in its file and that no door had written."""
    subject: str
    text: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)
    """What tells whether it is the text of the file still: outreach.letters.editing.version."""
    restores: int | None = Field(default=None, foreign_key="text_version.id")
    """The version that it brought back."""


class TextMark(SQLModel, table=True):
    """What somebody said of a letter's words in a language: how far they are. Append-only; the last one counts."""

    __tablename__ = "text_mark"
    __table_args__ = (Index("ix_text_mark_letter_language", "letter", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    letter: str
    language: Language = Field(sa_type=_one_of(Language))
    mark: TextState = Field(sa_type=_one_of(TextState))
    digest: str = Field(max_length=64)
    """Of the words that it was said of."""
    source: str = Field(default="", max_length=5)
    """The language that it was translated from."""
    source_digest: str = Field(default="", max_length=64)
    """Of the words of that language at the time."""
    at: datetime = Field(sa_type=UTCDateTime)
    who: str


class TextComment(SQLModel, table=True):
    """A remark on one paragraph of a letter's text, until somebody settles it."""

    __tablename__ = "text_comment"
    __table_args__ = (Index("ix_text_comment_letter_language", "letter", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    letter: str
    language: Language = Field(sa_type=_one_of(Language))
    place: int
    """Which paragraph it was when the remark was made, from 1."""
    paragraph: str = Field(sa_type=Text)
    """Its words then."""
    words: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_by: str = ""


class SignatoryList(SQLModel, table=True):
    """Who signed the letters of one approval. It is written once and never changed."""

    __tablename__ = "signatory_list"

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    approved_at: datetime = Field(sa_type=UTCDateTime)
    as_of: date
    entries: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Each signatory's kind, name and day of signing, in the order of the letter."""


class Message(SQLModel, table=True):
    """One letter to one mission: frozen bytes, a Message-ID of ours, a due time, a state."""

    __tablename__ = "message"
    __table_args__ = (
        # One letter a mission: the database itself refuses a second one.
        Index(
            "uq_message_one_a_mission",
            "campaign_id",
            "iso3",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
        # What is to be sent, in its order: however many letters wait, a claim reads the first few only.
        Index(
            "ix_message_to_send",
            "campaign_id",
            "state",
            "next_try_at",
            "id",
            sqlite_where=text("owner IS NULL AND replaced_at IS NULL"),
            postgresql_where=text("owner IS NULL AND replaced_at IS NULL"),
        ),
        Index(
            "ix_message_in_hand",
            "owner",
            sqlite_where=text("owner IS NOT NULL"),
            postgresql_where=text("owner IS NOT NULL"),
        ),
        Index(
            "ix_message_held",
            "hold",
            sqlite_where=text("hold IS NOT NULL"),
            postgresql_where=text("hold IS NOT NULL"),
        ),
        Index(
            "ix_message_corrects",
            "campaign_id",
            "corrects_id",
            sqlite_where=text("corrects_id IS NOT NULL"),
            postgresql_where=text("corrects_id IS NOT NULL"),
        ),
        # What a campaign has come to is counted in the index: the letters themselves are not read.
        Index(
            "ix_message_counted",
            "campaign_id",
            "state",
            "delivery",
            "rehearsed",
            "replaced_at",  # always empty here; SQLite reads the row for a column that an index lacks
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    iso3: str = Field(foreign_key="mission.iso3", index=True)
    message_id: str = Field(unique=True)
    """The Message-ID header (RFC 5322, 3.6.4), with its angle brackets."""
    language: Language = Field(sa_type=_one_of(Language))
    subject: str
    envelope_from: str
    """The reverse-path (RFC 5321, 3.3): where bounces go."""
    size: int
    """How many bytes it has (see `Frozen`)."""
    text_digest: str = Field(default="", index=True, max_length=64, sa_column_kwargs={"server_default": ""})
    """SHA-256 of what is read in it (see `letters.faces.mime_writer.text_digest`): the same text is known again."""
    text_sketch: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """A sketch of it (see `letters.likeness.sketch`): nearly the same text is known again where its words are lost."""
    smtputf8: bool = False
    """Whether it needs an internationalised transport (RFC 6531)."""
    in_reply_to: str = ""
    """The Message-ID of the letter that it follows up (RFC 5322, 3.6.4); empty for a first letter."""
    state: MessageState = Field(sa_type=_one_of(MessageState))
    """The sum of its deliveries' states. This, `smtp_reply`, `sent_at`, `rehearsed` and `delivery` are summaries, kept
    for counting; `outreach.states` alone writes them."""
    hold: Hold | None = Field(default=None, sa_type=_one_of(Hold))
    reason: str = Field(default="", sa_type=KeptLine)
    """Why it is held, failed or uncertain, in words."""
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it is to go out. None until it is scheduled."""
    dated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Its Date header (RFC 5322, 3.6.1): when it was first handed over, kept for every later try; None before."""
    next_try_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    first_try_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0
    claim: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The fencing number of the last claim on it. It grows with every claim, and whenever one is taken away: whoever
    acts under an older number acts on nothing."""
    owner: str | None = Field(default=None)
    """The worker that holds it, while one does."""
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    smtp_reply: str = ""
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rehearsed: bool = False
    """Whether all that was taken of it was taken in rehearsal, and so counts for nobody."""
    delivery: DeliveryStatus | None = Field(default=None, sa_type=_one_of(DeliveryStatus))
    signatory_list_id: int | None = Field(default=None, foreign_key="signatory_list.id")
    """Who signed the letter in it; None for a letter that bears no list of the campaign's."""
    replaced_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a later approval, or a letter to a corrected address, replaced it; None for the message that counts."""
    corrects_id: int | None = Field(default=None, foreign_key="message.id")
    """The letter that did not arrive, of which this one is the same text to a corrected address."""
    once_more_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a person last let it go although its mission has had it."""
    filing_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a copy of it was last begun to be put into the Sent folder: it may lie there."""
    filed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was known to lie in the mailbox's Sent folder; None until then."""
    archived_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the mail server took the archive's copy of it; None until then."""


class Frozen(SQLModel, table=True):
    """The bytes of a message, as they were approved.

    They stand apart from what becomes of the message, which is written several times on its way out: a database
    writes a row as a whole, and a letter with its PDF is large.
    """

    __tablename__ = "frozen"

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    raw: bytes = Field(sa_type=LargeBinary, repr=False)
    """The whole message but for its Date line, CRLF line ends. See `outreach.letters.faces.mime_writer.dated`."""


class Delivery(SQLModel, table=True):
    """One letter's way to one envelope recipient (RFC 5321, RCPT TO): what is sent, refused, delivered, bounced."""

    __tablename__ = "delivery"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    address: str
    address_key: str = Field(index=True)
    """The address as compared: see outreach.text.address_key."""
    line: Line = Field(sa_type=_one_of(Line))
    state: MessageState = Field(default=MessageState.QUEUED, sa_type=_one_of(MessageState))
    """How far it has come; written by `outreach.states` only."""
    hold: Hold | None = Field(default=None, sa_type=_one_of(Hold))
    """Why it is not written to while the others of its letter are: then it is `failed`, and nobody refused it."""
    smtp_reply: str = ""
    """What the server last said of it; where it is not written to, that."""
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the server took it."""
    rehearsed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether it was taken while the mode was rehearsal, by whatever server: it counts for nobody."""
    status: DeliveryStatus | None = Field(default=None, sa_type=_one_of(DeliveryStatus))
    """What became of it after the server took it."""


class Attempt(SQLModel, table=True):
    """One try at a delivery, written when it has ended: append-only."""

    __tablename__ = "attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id")
    message_id: int = Field(foreign_key="message.id", index=True)
    claim: int
    """The fencing number of the claim under which it was made."""
    began_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime = Field(sa_type=UTCDateTime)
    worker: str
    server: str
    """Host and port; `rehearsal` for the server in this process."""
    live: bool
    stage: Stage = Field(sa_type=_one_of(Stage))
    """How far the dialogue had come when the answer came that decided it."""
    code: int | None = None
    """The reply code (RFC 5321, 4.2); None where the server gave no answer."""
    enhanced: str = ""
    """The enhanced status code (RFC 3463), where the answer bears one."""
    words: str = Field(default="", sa_type=Text)
    outcome: MessageState = Field(sa_type=_one_of(MessageState))
    """The state that the delivery came into."""


class DeliveryEvent(SQLModel, table=True):
    """An append-only fact about a message: when, who, what, and the evidence."""

    __tablename__ = "delivery_event"
    __table_args__ = (
        # For what is asked by time: how many went out lately, what bounced lately. All else goes by the message; an
        # index that began with the kind would lead SQLite through years of bounces to those of one letter.
        Index(
            "ix_delivery_event_lately",
            "at",
            "kind",
            sqlite_where=text("kind = 'sending' OR kind = 'bounced'"),
            postgresql_where=text("kind = 'sending' OR kind = 'bounced'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    kind: EventKind = Field(sa_type=_one_of(EventKind))
    who: str
    """A person, a worker, or `inbox`."""
    actor_kind: ActorKind | None = Field(default=None, sa_type=_one_of(ActorKind))
    """What they are known by; None for what was recorded before this was, and for a program's signature."""
    recipient: str = ""
    status: str = ""
    """The enhanced status code (RFC 3463), where one is known."""
    permanent: bool | None = None
    detail: str = Field(default="", sa_type=KeptText)
    """The server's words, or the person's."""
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    taken_back_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a person took their word back that it is so."""


class Reply(SQLModel, table=True):
    """One incoming mail, matched or not. The raw mail is kept."""

    __tablename__ = "reply"
    __table_args__ = (Index("ix_reply_to_settle", "message_id", "settled_at", "ours"),)

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    """SHA-256 of the raw mail: the same mail taken twice is one record."""
    source: str = ""
    received_at: datetime = Field(sa_type=UTCDateTime)
    """When it was written, by its Date header; else when it was taken in."""
    ingested_at: datetime = Field(sa_type=UTCDateTime)
    kind: MailKind = Field(sa_type=_one_of(MailKind))
    sender: str = ""
    subject: str = ""
    in_reply_to: str = ""
    body: str = Field(default="", sa_type=Text)
    """What a person wrote, without quotes and signature."""
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What a report says of each recipient: address, status, permanent, diagnostic."""
    message_id: int | None = Field(default=None, foreign_key="message.id")
    basis: str = Field(default="", sa_type=KeptLine)
    """How it was matched to the message, in words."""
    confidence: Confidence = Field(
        default=Confidence.NONE, sa_type=_one_of(Confidence), sa_column_kwargs={"server_default": Confidence.NONE.value}
    )
    candidates: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """Where it is in doubt: the letters it may belong to, each with the reason."""
    ours: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether it is one of our own mails, which says nothing of a mission."""
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a person decided to which letter it belongs, or that it belongs to none."""
    settled_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    returns_on: date | None = None
    """The day on which an automatic answer says that its writer is back."""
    sub_kind: SubKind | None = Field(default=None, sa_type=_one_of(SubKind))
    """What else it is, where that matters to whoever reads it."""
    speaker: Speaker = Field(
        default=Speaker.NOBODY, sa_type=_one_of(Speaker), sa_column_kwargs={"server_default": Speaker.NOBODY.value}
    )
    """Who speaks, of the mission that the letter went to."""
    counts: Answering = Field(
        default=Answering.NO, sa_type=_one_of(Answering), sa_column_kwargs={"server_default": Answering.NO.value}
    )
    """Whether it counts as the mission's answer, by what it is and what it proves; what a person says is a proposal
    that was taken."""
    page: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Its HTML part, cleaned for showing; empty where it has none."""
    same_key: str = Field(default="", index=True, max_length=64, sa_column_kwargs={"server_default": ""})
    """SHA-256 of its Message-ID, From and Date: what another copy of it has too. Empty where one of them is missing."""
    raw: bytes = Field(sa_type=LargeBinary, repr=False)
    erased_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When its words and bytes were erased; what it counts for stays, and so does its digest: it does not come back."""


class ReplyPath(SQLModel, table=True):
    """Another way by which a mail came that was taken in before: by a list and directly, as a file and by IMAP."""

    __tablename__ = "reply_path"
    __table_args__ = (UniqueConstraint("reply_id", "source", name="uq_reply_path_reply_id_source"),)

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="reply.id", ondelete="CASCADE")
    source: str
    digest: str = Field(index=True, max_length=64)
    """SHA-256 of the raw mail as it came this way."""
    at: datetime = Field(sa_type=UTCDateTime)


class Attachment(SQLModel, table=True):
    """What is told of a file that came with a mail, and its words. The file stays within the raw mail."""

    __tablename__ = "attachment"

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="reply.id", index=True)
    name: str
    media_type: str
    size: int
    """In bytes, as decoded."""
    sha256: str
    kind: FileKind = Field(default=FileKind.UNREAD, sa_type=_one_of(FileKind))
    words: str = Field(default="", sa_type=Text)
    """The words of a PDF, a Word file or plain text, the beginning of many."""


class Suggestion(SQLModel, table=True):
    """Something that a mail proposes, with its words as evidence; nothing comes of it until a person says yes."""

    __tablename__ = "suggestion"

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="reply.id", index=True)
    iso3: str = Field(default="", max_length=3)
    message_id: int | None = Field(default=None, foreign_key="message.id")
    """The letter that it is about, where that matters: an answer to it, or that it did not arrive."""
    kind: SuggestionKind = Field(sa_type=_one_of(SuggestionKind))
    value: str
    """The position, the address or the day (ISO 8601) that is meant; of a meeting, when it is, as far as it is told."""
    evidence: str = Field(default="", sa_type=KeptText)
    at: datetime = Field(sa_type=UTCDateTime)
    accepted: bool | None = None
    """What a person said; None while nobody has."""
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_by: str = ""


class MailDecision(SQLModel, table=True):
    """What a person decided of a mail: whose it is, or a yes or no to what it proposes. It can be taken back."""

    __tablename__ = "mail_decision"

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="reply.id", index=True)
    suggestion_id: int | None = Field(default=None, foreign_key="suggestion.id")
    """The proposal that was decided; None where it was decided whose mail it is."""
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    what: str = Field(sa_type=KeptLine)
    """What was decided, in words."""
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """What was there before."""
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    undone_by: str = ""


class KnownSender(SQLModel, table=True):
    """An address whose mail a person has once put down to a mission."""

    __tablename__ = "known_sender"

    id: int | None = Field(default=None, primary_key=True)
    address: str
    address_key: str = Field(unique=True)
    iso3: str = Field(foreign_key="mission.iso3")
    at: datetime = Field(sa_type=UTCDateTime)
    who: str


class Mailbox(SQLModel, table=True):
    """How far a folder on an IMAP server has been read (RFC 9051, 2.3.1.1)."""

    __tablename__ = "mailbox"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    """User, server and folder."""
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger)
    """Every mail up to this UID has been asked for: it was taken in, or `MailboxUid` tells why not."""
    synced_at: datetime = Field(sa_type=UTCDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was last read to its end."""
    trouble: str = Field(default="", sa_type=KeptText, sa_column_kwargs={"server_default": ""})
    """Why it could not be read the last time, in words; empty where it could."""


class MailboxUid(SQLModel, table=True):
    """What became of one mail of a folder, by its UID under one UIDVALIDITY (RFC 9051, 2.3.1.1)."""

    __tablename__ = "mailbox_uid"
    __table_args__ = (
        UniqueConstraint("mailbox_id", "uid_validity", "uid", name="uq_mailbox_uid_mailbox_id_uid_validity_uid"),
        Index("ix_mailbox_uid_state", "mailbox_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    state: UidState = Field(sa_type=_one_of(UidState))
    reason: str = Field(default="", sa_type=Text)
    """Why it is not taken, in words."""
    tries: int = 0
    """How often it was asked for in vain."""
    at: datetime = Field(sa_type=UTCDateTime)
    """When it was last asked for."""


class ReturnPathTrial(SQLModel, table=True):
    """A few words that went to a tagged return address, to see whether they come into the box that is read."""

    __tablename__ = "return_path_trial"
    __table_args__ = (UniqueConstraint("message_id", name="uq_return_path_trial_message_id"),)

    id: int | None = Field(default=None, primary_key=True)
    address: str
    """The return address without a tag."""
    server: str
    """The mail server that they were handed to."""
    box: str
    """The mailbox that was read then, as `user@host`."""
    message_id: str
    tried_at: datetime = Field(sa_type=UTCDateTime)
    back_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When they were read from that box; None where they have not come back."""
    refused: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Why the mail server did not take them, in words."""


class Response(SQLModel, table=True):
    """Where a mission stands in a campaign. There is one row for each mission of its audience."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("campaign_id", "iso3", name="uq_response_campaign_iso3"),
        Index("ix_response_counted", "campaign_id", "answer", "position"),
        Index("ix_response_of_mission", "iso3", "campaign_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    iso3: str = Field(foreign_key="mission.iso3")
    answer: Answer = Field(default=Answer.NONE, sa_type=_one_of(Answer))
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    position: Position = Field(default=Position.UNKNOWN, sa_type=_one_of(Position))
    note: str = Field(default="", sa_type=Text)
    vote: Vote | None = Field(default=None, sa_type=_one_of(Vote))
    """How it voted; None until the vote sheet says."""
    changed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    changed_by: str = ""
    assigned_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    """Whose task the mission is in this campaign; None for nobody's."""
    due_on: date | None = None
    """Until when, in the campaign's zone."""


class ResponseChange(SQLModel, table=True):
    """One change of a response: append-only."""

    __tablename__ = "response_change"

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="response.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    actor_kind: ActorKind | None = Field(default=None, sa_type=_one_of(ActorKind))
    """As in `DeliveryEvent`."""
    field: str
    old: str
    new: str
    note: str = Field(default="", sa_type=Text)
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    undoes_id: int | None = Field(default=None, foreign_key="response_change.id")
    """The earlier change that this one took back."""


class MissionComment(SQLModel, table=True):
    """What somebody of the team said of a mission in a campaign. It is never changed; taken away, it is kept."""

    __tablename__ = "mission_comment"

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="response.id", index=True)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    withdrawn_by: str = ""


class CommentMention(SQLModel, table=True):
    """Somebody whom a comment names: it waits for them until they have seen to it."""

    __tablename__ = "mention"
    __table_args__ = (UniqueConstraint("comment_id", "account_id", name="uq_mention_comment_account"),)

    id: int | None = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="mission_comment.id")
    account_id: int = Field(foreign_key="account.id", index=True)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Released(SQLModel, table=True):
    """The words of an answer that a person gave free to be shown to others, as they were shown to that person."""

    __tablename__ = "released"

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="response.id", index=True)
    reply_id: int | None = Field(default=None, foreign_key="reply.id")
    """The mail that they are from; None for words that a person wrote down."""
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When that was taken back; None while it holds."""
    withdrawn_by: str = ""


class RetentionWarning(SQLModel, table=True):
    """What the scheduler is going to erase, said beforehand: one row while there is something. See `privacy`."""

    __tablename__ = "retention_warning"

    id: int | None = Field(default=1, primary_key=True)
    warned_at: datetime = Field(sa_type=UTCDateTime)
    erases_at: datetime = Field(sa_type=UTCDateTime)
    days: int
    """The setting that it was said under: under a shorter one nothing more is erased before a new warning."""
    mails: int
    people: int


class PastResolution(SQLModel, table=True):
    """A resolution that was put to the vote in past years, as the UN Digital Library publishes it."""

    __tablename__ = "past_resolution"

    id: int | None = Field(default=None, primary_key=True)
    symbol: str = Field(unique=True, max_length=100)
    """Such as `A/RES/78/1`."""
    title: str = Field(default="", sa_type=Text)
    session: str = ""
    voted_on: date = Field(index=True)
    themes: str = Field(default="", sa_type=Text)
    """The library's subjects and the title of the agenda item, on one line."""
    yes: int = 0
    no: int = 0
    abstained: int = 0
    not_voting: int = 0


class PastVote(SQLModel, table=True):
    """How one state voted on a resolution of past years."""

    __tablename__ = "past_vote"

    resolution_id: int = Field(foreign_key="past_resolution.id", primary_key=True)
    iso3: str = Field(primary_key=True, max_length=3, index=True)
    vote: Vote = Field(sa_type=_one_of(Vote))


class Account(SQLModel, table=True):
    """A person who may open the web desk."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, max_length=100)
    """What they type to sign in, in lower case."""
    name: str
    """How they are named under what they do."""
    role: DeskRole = Field(sa_type=_one_of(DeskRole))
    password_hash: str = Field(repr=False)
    """Argon2id (RFC 9106), with its salt and cost; empty for who signs in with their organisation's account alone."""
    active: bool = True
    epoch: int = 0
    """Counts up when every session of theirs must end: a new password, or the account is closed."""
    created_at: datetime = Field(sa_type=UTCDateTime)
    created_by: str = ""
    language: str = Field(default="", max_length=8)
    """In which the desk speaks to them, by ISO 639-1 code; empty where they have chosen none."""
    email: str = ""
    """Where a link to a new password is mailed to; empty where none is known, and an admin makes one."""
    handle: str = Field(default="", max_length=88, repr=False)
    """By which passkeys know the account (WebAuthn, user handle): random, base64url, and no name; empty before the
    first one."""


class AccountLink(SQLModel, table=True):
    """A one-time link: to an account that is not yet, or to a new password of one (see `outreach.people.links`).

    It is there until it is used, replaced or withdrawn: whoever takes the row away has used it.
    """

    __tablename__ = "account_link"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64, repr=False)
    """SHA-256, in hexadecimal, of what the link bears."""
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    """Whose new password it is; None for an invitation."""
    epoch: int = 0
    """The account's epoch when it was made: once that is another one, the link is over."""
    login: str = Field(max_length=100)
    name: str = ""
    email: str = ""
    role: DeskRole | None = Field(default=None, sa_type=_one_of(DeskRole))
    """What an invited person may do."""
    made_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
    made_by: str = ""
    maker_id: int | None = Field(default=None, foreign_key="account.id")
    """The admin who made it at the desk; it is over once they are none. None: by command, or by its own person."""


class AuthenticatorApp(SQLModel, table=True):
    """The app of a person that shows six digits (RFC 6238), once its first code was typed: one an account."""

    __tablename__ = "authenticator_app"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", unique=True)
    sealed: str = Field(max_length=400, repr=False)
    """The shared secret, sealed with a key that is not in the database (see `outreach.people.sealed`)."""
    last_step: int = 0
    """The step of 30 seconds whose code was used last: that one and earlier ones are refused (RFC 6238, 5.2)."""
    added_at: datetime = Field(sa_type=UTCDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code for who has lost the app or the passkey: good once, for whoever takes the row away has used it."""

    __tablename__ = "recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    code_hash: str = Field(unique=True, max_length=64, repr=False)
    """SHA-256, in hexadecimal, of 120 random bits."""


class Passkey(SQLModel, table=True):
    """A passkey that a person signs in with (W3C Web Authentication, level 2)."""

    __tablename__ = "passkey"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    credential_id: str = Field(unique=True, max_length=1400, repr=False)
    """As the authenticator has it, base64url: 1,023 bytes at most."""
    public_key: str = Field(sa_type=Text, repr=False)
    """COSE_Key (RFC 9052), base64url."""
    sign_count: int = Field(default=0, sa_type=BigInteger)
    """How often it was used, as it says; a smaller number than before is a copy's. 0 where it does not count."""
    rp_id: str = Field(max_length=253)
    """The desk's host name that it was made for: browsers offer it at that one alone."""
    name: str = Field(max_length=100)
    """What its person calls it."""
    added_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class LinkedIdentity(SQLModel, table=True):
    """Who a person is at their organisation's sign-in (OpenID Connect): the issuer and its own name for them."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    issuer: str = Field(max_length=500)
    subject: str = Field(max_length=255)
    """`sub`: never given to another person by the issuer."""
    email: str = ""
    """The verified address that it was linked by; empty where an invitation did."""
    linked_at: datetime = Field(sa_type=UTCDateTime)


class DeskSession(SQLModel, table=True):
    """One browser that somebody has signed in with at the web desk (see `outreach.people.sessions`)."""

    __tablename__ = "desk_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64, repr=False)
    """SHA-256, in hexadecimal, of the secret that the browser holds."""
    account_id: int = Field(foreign_key="account.id", index=True)
    epoch: int
    """The account's epoch at the sign-in: once that is another one, this has ended."""
    begun_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    """When it was last used, to about five minutes."""
    address: str = ""
    """Where the browser came from at the sign-in."""
    browser: str = ""
    """What it called itself, in a few words."""
    strong: bool = False
    """Whether the sign-in was by two factors: a code or passkey after the password, a passkey that knows its person."""


class AuditEntry(SQLModel, table=True):
    """One thing that was done, at whatever door: written with what it did, in one transaction; append-only."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    who: str
    """The name as it was then; empty for somebody who is not signed in."""
    actor_kind: ActorKind | None = Field(default=None, sa_type=_one_of(ActorKind))
    """What they were known by; None for somebody who is not signed in, and for what was recorded before this was."""
    account_id: int | None = Field(default=None, foreign_key="account.id")
    """The account that was signed in."""
    door: Door | None = Field(default=None, sa_type=_one_of(Door))
    machine_user: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """At the command line: the machine's user, who gave the name."""
    action: str
    """A word of `outreach.vocabulary.Act`."""
    subject: str = ""
    """The campaign, mission, mail or person that it was done to."""
    campaign: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The campaign that it is about, by name; empty where it is about none."""
    iso3: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The state that it is about; empty where it is about none, or several."""
    detail: str = Field(default="", sa_type=KeptText)


class EventNumber(SQLModel, table=True):
    """The number of an event in the public order of events, given when events are first asked for (see `events`).

    Numbers grow and are never given twice, whatever is deleted. Just one of the three references is set.
    """

    __tablename__ = "event_number"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    delivery_event_id: int | None = Field(
        default=None, foreign_key="delivery_event.id", unique=True, ondelete="CASCADE"
    )
    response_change_id: int | None = Field(
        default=None, foreign_key="response_change.id", unique=True, ondelete="CASCADE"
    )
    audit_entry_id: int | None = Field(default=None, foreign_key="audit_entry.id", unique=True, ondelete="CASCADE")


class EventReader(SQLModel, table=True):
    """How far somebody has come who is told of every event: the webhook."""

    __tablename__ = "event_reader"

    name: str = Field(primary_key=True, max_length=100)
    last: int = 0
    """The number of the last event that was taken."""
    tries: int = 0
    """How often the next one was refused."""
    next_try_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    trouble: str = Field(default="", sa_type=Text)
    """What was said at the last refusal."""


class Identity(SQLModel, table=True):
    """What this database is, and how far it has come: one row. Compared with the dispatch journal (see `witness`)."""

    __tablename__ = "identity"

    id: int | None = Field(default=1, primary_key=True)
    database_id: str = Field(max_length=32)
    """Drawn once; a copy has the same."""
    generation: int = Field(default=0, sa_type=BigInteger)
    """Grows with every transaction that lets letters go out. A database behind its journal is an old copy."""
    home: str = ""
    """The installation that last sent from it; empty until one has."""
    place: str = ""
    """Where it lay then."""
    inbox_read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the box of answers was last read to its end, or a person last took in mail files."""


class Dispatch(SQLModel, table=True):
    """A letter that the dispatch journal tells of and that this database has no row for: it went out after a copy of
    this database was made, and the copy was brought back. Nobody is to get it again unknowingly."""

    __tablename__ = "dispatch"
    __table_args__ = (UniqueConstraint("message_id", "address_key", name="uq_dispatch_message_id_address_key"),)

    id: int | None = Field(default=None, primary_key=True)
    message_id: str
    """The Message-ID header that it bore."""
    campaign: str
    letter: str
    iso3: str = Field(index=True, max_length=3)
    address_key: str
    subject: str
    text_digest: str
    text_sketch: str = Field(default="", sa_column_kwargs={"server_default": ""})
    at: datetime = Field(sa_type=UTCDateTime)
    taken: bool | None = None
    """Whether the server took it; None where the journal holds no answer."""
    words: str = Field(default="", sa_type=Text)


class CopyKeeper(SQLModel, table=True):
    """How the copies of what was sent are getting on, a row a place: the Sent folder, and the archive's address."""

    __tablename__ = "copy_keeper"

    name: str = Field(primary_key=True, max_length=20)
    """`sent` or `archive`."""
    place: str = ""
    """The mailbox, or the archive's address, that the rest is about."""
    owner: str | None = None
    """The process that puts copies there, while one does: never two at once."""
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    by_itself: bool | None = None
    """Whether the mail provider was seen to put what it sends into Sent by itself; None until that was seen."""
    trouble: str = Field(default="", sa_type=KeptText)
    """Why the last try failed, in words; empty where it did not."""
    trouble_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_try_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class DirectoryImport(SQLModel, table=True):
    """One time that a sheet changed the directory, or who signs a campaign: which file, by whom.

    Append-only, but for `undone_at`.
    """

    __tablename__ = "directory_import"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    who: str
    file: str = Field(sa_type=KeptLine)
    """The file's name, or what else changed it; for an undoing, that of the import that it took back."""
    digest: str = ""
    """SHA-256 of the file, so that a name used twice tells no lie."""
    undoes: int | None = Field(default=None, foreign_key="directory_import.id")
    """The import that this one took back."""
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class DirectoryChange(SQLModel, table=True):
    """One field of one mission, contact, term or signatory that an import changed; append-only."""

    __tablename__ = "directory_change"

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="directory_import.id", index=True)
    kind: str = Field(max_length=10)
    """`mission`, `contact`, `term`, `optout` or `signatory`."""
    iso3: str = Field(max_length=3, index=True)
    """Empty for a signatory."""
    key: str = ""
    """The contact's address as compared, the term's first year, or a signatory's campaign, kind and name."""
    field: str
    """The column; `added` or `removed` for a whole row."""
    old: Any = Field(default=None, sa_column=Column(JSON))
    new: Any = Field(default=None, sa_column=Column(JSON))


class SheetMapping(SQLModel, table=True):
    """Which columns hold which fields under headers that a person once explained; used for the same headers again."""

    __tablename__ = "sheet_mapping"

    signature: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the header row as compared."""
    columns: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The column's header for each field."""
    file: str
    who: str
    saved_at: datetime = Field(sa_type=UTCDateTime)


class TeamMail(SQLModel, table=True):
    """One mail to the team that was sent, by what it is about: the same thing is never mailed twice."""

    __tablename__ = "team_mail"

    about: str = Field(primary_key=True, max_length=200)
    """Such as `report hrc55 2024-03-18` or `reply 17`."""
    at: datetime = Field(sa_type=UTCDateTime)
