"""Every error this system raises on purpose, as one tree.

OutreachError                 anything below; carries a sentence for a person
├── UserError                 the person can cure it (exit status 2); nothing has been changed
│   ├── SettingsError         outreach.toml or an OUTREACH_ variable
│   ├── NotFoundError         no such campaign, mission, letter or message
│   ├── NoDatabaseError       no campaign's database is there: a wrong folder, or it was deleted
│   ├── BackupError           a file that is no backup, or one that can't be used here
│   ├── SheetError            a spreadsheet that can't be read, or rows that can't be taken
│   ├── AudienceError         an audience that can't be told for sure
│   ├── LetterError           a letter that can't be merged
│   ├── CampaignError         a step that the campaign's state does not allow
│   ├── ConfirmationError     live mode, and the number of missions was not confirmed
│   ├── CopyError             a database that may be a copy: letters may have gone out that it does not know
│   ├── ConflictError         somebody else changed the same thing meanwhile
│   └── AccessError           an account, a password or a right that does not do
└── Fault                     the machine or the network failed (exit status 1)
    ├── DatabaseFault         the database can't be opened or is of a later version
    │   └── LostDatabaseFault its file was deleted or replaced while the program ran
    ├── BackupFault           a backup could not be written
    └── ServerFault           the mail server can't be reached or refuses to talk to us
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self

from outreach.sentences import KeptSentence, Remedy, Sentence

PLACES = (
    "addresses", "audience", "by another campaign", "contacts", "from", "had already", "sender", "sheets",
    "signatories", "size",
)  # fmt: skip
"""Places that are words, for the catalogues."""


def _remedy(remedy: Remedy | str | None, facts: Mapping[str, object]) -> Remedy | None:
    return Remedy(remedy, **facts) if isinstance(remedy, str) else remedy


def at_line(file: object, number: int, setting: str = "") -> KeptSentence:
    """Return a place in a file: `letter.toml, line 9, subject.en`."""
    more = f", {setting}" if setting else ""
    return KeptSentence("place.line", "{file}, line {number}{more}", file=str(file), number=number, more=more)


def at_row(sheet: str, number: int) -> KeptSentence:
    """Return a place in a sheet: `Missions, row 4`."""
    return KeptSentence("place.row", "{sheet}, row {number}", sheet=sheet, number=number)


class Problem:
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    __slots__ = ("remedy", "says", "where")

    def __init__(
        self, code: str, template: str, /, *, where: str, remedy: Remedy | str | None = None, **facts: object
    ) -> None:
        """Take code and template of what is wrong (see `sentences`), its place, what to do about it, and the facts.

        A remedy that is a template is filled with the same facts.
        """
        self.where, self.says, self.remedy = where, Sentence(code, template, facts), _remedy(remedy, facts)

    @classmethod
    def of(cls, says: Sentence, *, where: str, remedy: Remedy | None = None) -> "Problem":
        """Return a problem that says what was said already."""
        problem = cls(says.code, says.template, where=where, remedy=remedy)
        problem.says = says
        return problem

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return str(self.says)

    def whole(self) -> Sentence:
        """Return all of it as one sentence, for a door to word."""
        template = "{where}: {says}" if self.where else "{says}"
        where = Sentence("place.word", self.where) if self.where in PLACES else self.where
        facts: dict[str, object] = {"where": where, "says": self.says, "remedy": self.remedy}
        return Sentence("", f"{template}. {{remedy}}" if self.remedy else template, facts)

    def as_dict(self) -> dict[str, str]:
        """Return it as plain values, in English."""
        return {"where": self.where, "what": str(self.says), "cure": str(self.remedy or "")}

    def __str__(self) -> str:
        return str(self.whole())

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return False
        return (self.where, self.says, self.remedy) == (other.where, other.says, other.remedy)

    def __hash__(self) -> int:
        return hash((self.where, self.says.code))


class Refusal(Exception):
    """A value that can't be taken: what is wrong with it, and what to do about it."""

    def __init__(self, code: str, template: str, /, *, remedy: Remedy | str | None = None, **facts: object) -> None:
        """Take code, template, remedy and facts, as an error does."""
        super().__init__(code, template)
        self.says = Sentence(code, template, facts)
        self.remedy = _remedy(remedy, facts)

    @classmethod
    def of(cls, other: "Refusal") -> Self:
        """Return a refusal that says what another one says."""
        refusal = cls(other.says.code, other.says.template, remedy=other.remedy)
        refusal.says = other.says
        return refusal

    def at(self, where: str) -> Problem:
        """Return it as a problem at a place."""
        return Problem.of(self.says, where=where, remedy=self.remedy)

    def __str__(self) -> str:
        return str(self.says)


class OutreachError(Exception):
    """Anything that this system raises on purpose."""

    exit_status = 1

    def __init__(
        self, code: str, template: str, /, *, remedy: Remedy | str | None = None,
        problems: Iterable[Problem] = (), **facts: object,
    ) -> None:  # fmt: skip
        """Take a code that stays as it is, and the template of what is wrong with its facts (see `sentences`).

        `remedy` is what to do about it: a template that is filled with the same facts, or a Remedy with its own.
        `problems` are the single ones if there are several.
        """
        super().__init__(code, template)
        self.says = Sentence(code, template, facts)
        self.remedy = _remedy(remedy, facts)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, says: Sentence, *, remedy: Remedy | None = None, problems: Iterable[Problem] = ()) -> Self:
        """Return an error that says what was said already."""
        error = cls(says.code, says.template, remedy=remedy, problems=problems)
        error.says = says
        return error

    @property
    def code(self) -> str:
        """What it is, for programs: `campaign.not-there`."""
        return self.says.code

    @property
    def facts(self) -> Mapping[str, object]:
        """What its sentence is filled with."""
        return self.says.facts

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return str(self.says)

    def whole(self) -> Sentence:
        """Return message and remedy as one sentence, for a door to word."""
        template = "{says} {remedy}" if self.remedy else "{says}"
        return Sentence("", template, {"says": self.says, "remedy": self.remedy})

    def __str__(self) -> str:
        return "\n".join([str(self.whole()), *(f"  {problem}" for problem in self.problems)])


class UserError(OutreachError):
    """Something the person can cure. Nothing has been changed."""

    exit_status = 2


class SettingsError(UserError):
    """A setting in outreach.toml or the environment that can't be used."""


class NotFoundError(UserError):
    """No campaign, mission, letter or message of that name."""


class NoDatabaseError(UserError):
    """No database of a campaign is there: this is another folder, or somebody deleted it. Nothing was made."""

    place = ""
    """Where it would be."""
    gone = False
    """Whether this is a campaign folder whose database was there, and not just another folder."""


class BackupError(UserError):
    """A file that is no backup, that is damaged, or that can't be brought back here."""


class SheetError(UserError):
    """A spreadsheet that can't be read, or rows that can't be taken."""


class AudienceError(UserError):
    """An audience that can't be told for sure, such as a Council that is incomplete in the data."""


class LetterError(UserError):
    """A letter that can't be read or merged."""


class CampaignError(UserError):
    """A step that the state of the campaign, or of a message, does not allow."""


class ConfirmationError(UserError):
    """A number that a person has to type was not confirmed: of missions in live mode, or of rows to be retired."""


class CopyError(UserError):
    """A database that may be a copy of another one. Nothing is sent from it until a person has settled that."""


class ConflictError(UserError):
    """Somebody else changed the same thing since it was shown. Nothing of theirs is overwritten."""


def require_last(at: datetime, seen: str | None, *, what: str, who: str) -> None:
    """Refuse to take back what somebody did since: `at` is the moment of the last thing, `seen` that of the last thing
    that the person saw, as ISO 8601 writes it; None does not ask. Raises ConflictError.
    """
    if seen is not None and seen != at.isoformat():
        raise ConflictError(
            "undo.another", "Since you looked, the last thing is another: {what}, by {who}. Nothing was taken back.",
            what=what, who=who, remedy="Look at what is there now, and decide.",
        )  # fmt: skip


class AccessError(UserError):
    """An account, a password or a right that does not do."""


class Fault(OutreachError):
    """The machine or the network failed; the person did nothing wrong."""


class DatabaseFault(Fault):
    """The database can't be opened, or was written by a later version of Outreach."""


class LostDatabaseFault(DatabaseFault):
    """The database's file was deleted or replaced while the program ran: what is written goes nowhere."""


class BackupFault(Fault):
    """A backup could not be written."""

    full = False
    """Whether the disk that the database lies on is full, so that nothing else can be written down either."""


class ServerFault(Fault):
    """The mail server can't be reached, or refuses to talk to us at all."""

    passing = False
    """Whether it may be over in a moment, so that trying again at once makes sense."""
    standing = False
    """Whether it stays until a person does something, as with a wrong password: trying again does harm."""
    rests: float | None = None
    """For how many seconds a scheduler keeps away after it, where that is known; else its usual time."""
