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

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    where: str
    what: str
    cure: str = ""

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence}. {self.cure}" if self.cure else sentence


class OutreachError(Exception):
    """Anything that this system raises on purpose."""

    exit_status = 1

    def __init__(self, message: str, *, cure: str = "", problems: Sequence[Problem] = ()) -> None:
        """Take the sentence that says what is wrong, its cure, and the single problems if there are several."""
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.problems = tuple(problems)

    def __str__(self) -> str:
        head = f"{self.message} {self.cure}".strip()
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


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
    """Live mode, and the number of missions was not confirmed."""


class CopyError(UserError):
    """A database that may be a copy of another one. Nothing is sent from it until a person has settled that."""


class ConflictError(UserError):
    """Somebody else changed the same thing since it was shown. Nothing of theirs is overwritten."""


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
