"""What stops a campaign and what to do next, in English: for the terminal, with commands to paste, and for mails.

The desk words steps as links of its own (web/next_steps.py); what stops a campaign it says in these words too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from outreach import clock, platform
from outreach.inbox.uids import FolderNow
from outreach.outbox.blamed import cure_of_answer
from outreach.outbox.copies import CopiesNow, CopyPlace
from outreach.reports.next_steps import Step, Stopped, Todo
from outreach.text import counted
from outreach.vocabulary import Answer, Hold, Stop, SuggestionKind, UidState

_MOST_UNREADABLE = 3

MOST_CODES = 12
"""So many missions are named in a sentence."""
_BY_ITSELF = "It paused by itself: {words}"
_WAITS = "It waits for you: {words}"
_VOID = "Its approval no longer holds: {words}"
_STOPS: Mapping[Stop, str] = {
    Stop.PAUSED: "It is {words}",
    Stop.FAILING: _BY_ITSELF,
    Stop.LATE: _WAITS,
    Stop.UNCONFIRMED: _WAITS,
    Stop.ANOTHER_NUMBER: _WAITS,
    Stop.REHEARSED: _WAITS,
    Stop.ADDRESSES_CHANGED: _VOID,
    Stop.PLAN_CHANGED: _VOID,
    Stop.FIRST_LETTER_ANEW: _WAITS,
    Stop.COPY_SETTLED: _BY_ITSELF,
    Stop.MAIL_SERVER: "The mail server keeps its letters: {words}",
    Stop.COPY: "This database may be a copy of the one that sends: nothing goes out from here",
    Stop.SETTINGS: "No letter can go out under these settings: {words}",
    Stop.BOX_UNREAD: "Its follow-ups ({letters}) wait until the answers that came before they were due are read",
    Stop.NO_WORKER: "Letters are due, and nothing is sending",
    Stop.BEGUN_LIVE: "{some_letters} not sent in rehearsal: some recipients have it live, the others get it so too "
    "({codes})",
    Stop.NO_ADDRESS: "{letters} of {missions} without an address: {codes}",
    Stop.HELD: "{some_letters} held: {words}{said} ({codes})",
    Stop.UNCERTAIN: "{some_letters} in doubt: {they} may have gone out ({codes})",
    Stop.FAILED: "{some_letters} refused for good{said} ({codes})",
    Stop.REACHED_SOME: "{reached} addresses{said} ({codes})",
}
_OF_SEVERAL = {str(Hold.REFUSED): "the mail server refused them"}
"""Why letters are held, where it is said otherwise of several."""


def stop_in_words(one: Stopped, tz: ZoneInfo, missions: int) -> str:
    """Say what stops a campaign of so many missions, since when, and whose letters wait; without the cure."""
    single = one.letters == 1
    why = one.words if single else _OF_SEVERAL.get(one.words, one.words)
    words = _STOPS[one.stop].format(
        words=why.rstrip("."),
        letters=counted(one.letters, "letter") if one.stop is Stop.BOX_UNREAD else one.letters,
        missions=counted(missions, "mission"),
        some_letters=counted(one.letters, "letter is", "letters are"),
        they="it" if single else "they",
        reached=f"{counted(one.letters, 'letter')} reached only some of {'its' if single else 'their'}",
        said=f": {one.said.rstrip('.')}" if one.said else "",
        codes=codes_in_words(one.missions),
    )
    words = words.removesuffix(" ()")  # where it was only counted
    timed = one.since is not None and one.whole and one.stop is not Stop.LATE  # whose words name its time
    since = f", since {clock.shown(one.since, tz)}" if timed else ""
    told = f"{words.removesuffix(': ')}{since}."
    cure = cure_of_answer(one.said) if one.stop is Stop.HELD and one.said else None
    return f"{told} {cure}" if cure is not None else told


def care_in_words(one: Stopped, tz: ZoneInfo, missions: int, *, by: str, then: Step | None = None) -> str:
    """Say what stops a campaign; of letters that wait for a person's decision also what can be done about them, unless
    `then`, which is said anyway, is just that."""
    words = stop_in_words(one, tz, missions)
    if one.whole or one.step == then or one.step.todo not in (Todo.RETRY, Todo.CORRECT, Todo.DECIDE):
        return words
    return f"{words} To do: {step_in_words(one.step, tz, by=by)}"


def proposal_in_words(kind: SuggestionKind, value: str) -> str:
    """Say what a proposal asks of a person, and what a yes would do."""
    match kind:
        case SuggestionKind.ANSWER if value == Answer.ACKNOWLEDGED:
            return "Is it a receipt? Then the letter counts as acknowledged."
        case SuggestionKind.ANSWER:
            return "Is it the mission's answer? Then no reminder goes to it; until you say so, the reminder waits."
        case SuggestionKind.BOUNCED:
            return f"Did our letter not arrive{f' at {value}' if value else ''}? Then it counts as bounced."
        case SuggestionKind.PROBLEM:
            return f"See to it ({value}); yes says that this was done."
        case SuggestionKind.CONTACT:
            return f"Write to {value} from now on?"
        case SuggestionKind.OPT_OUT:
            return f"Write to {value} no more?"
    return f"Is its position {value}?"


def box_in_words(folder: FolderNow) -> str:
    """Say what is odd about a folder of the box; empty where nothing is."""
    words = []
    if folder.trouble:
        words.append(f"{folder.name} could not be read: {folder.trouble.rstrip('.')}.")
    if folder.unreadable:
        count = folder.counts.get(UidState.UNREADABLE, len(folder.unreadable))
        first = "; ".join(f"UID {one.uid}: {one.reason}" for one in folder.unreadable[:_MOST_UNREADABLE])
        more = f"; and {count - _MOST_UNREADABLE} more" if count > _MOST_UNREADABLE else ""
        words.append(
            f"{'One mail' if count == 1 else f'{count} mails'} in {folder.name} can't be read ({first}{more}). "
            "They are asked for again; look at them in your mail program."
        )
    return " ".join(words)


def copies_in_words(one: CopiesNow) -> str:
    """Say that copies of what went out are lacking in Sent, or in the archive, and why."""
    letters = counted(one.lacking, "letter has", "letters have")
    where = "no copy in Sent yet" if one.place == CopyPlace.SENT else f"not reached the archive ({one.to}) yet"
    return f"{letters} {where}: {one.trouble.rstrip('.')}."


def codes_in_words(codes: Sequence[str]) -> str:
    """Name missions by their codes: a dozen at the most, then how many more there are."""
    more = f" and {len(codes) - MOST_CODES} more" if len(codes) > MOST_CODES else ""
    return f"{', '.join(codes[:MOST_CODES])}{more}"


def commands(step: Step, *, by: str) -> list[str]:
    """Return the commands that do what a step says, one after the other, to be pasted into a shell.

    `by` is who would be named as the one who approves.
    """
    return [" ".join(map(platform.typed, words)) for words in _commands(step.todo, step.arguments, by)]


def _commands(todo: Todo, arguments: Mapping[str, Any], by: str) -> list[list[str]]:  # noqa: C901  (a table)
    name = str(arguments.get("campaign", ""))
    on = ["outreach", "campaign"]
    match todo:
        case Todo.IMPORT_MISSIONS:
            return [["outreach", "missions", "import", "data/missions.xlsx"]]
        case Todo.CREATE:
            letter = str(arguments.get("letter", "LETTER"))
            return [[*on, "create", f"my-{letter}", "--letter", letter, "--audience", "hrc-members"]]
        case Todo.APPROVE:
            return [[*on, "check", name], [*on, "approve", name, "--by", by]]
        case Todo.APPROVE_SECOND:
            return [[*on, "approve", name, "--by", by if by != arguments.get("first_by") else "WHO"]]
        case Todo.SCHEDULE | Todo.SCHEDULE_AGAIN:
            at = arguments["at"].astimezone(clock.zone(arguments["zone"]))
            yes = ["--yes", str(arguments["missions"])] if "missions" in arguments else []
            return [[*on, "schedule", name, "--at", f"{at:%Y-%m-%d %H:%M}", *yes]]
        case Todo.RESUME:
            look = [["outreach", "messages", "list", name]] if arguments.get("look") else []
            return [*look, [*on, "resume", name]]
        case Todo.RUN:
            return [["outreach", "run"]]
        case Todo.SETTLE_COPY:
            return [["outreach", "here"]]
        case Todo.MEND_SETTINGS | Todo.MEND_SERVER:
            return [["outreach", "doctor"]]
        case Todo.READ_BOX:
            return [["outreach", "inbox", "sync"] if arguments.get("set") else ["outreach", "inbox", "ingest", "PATH"]]
        case Todo.GO_LIVE:
            return [["outreach", "send"]]
        case Todo.DECIDE:
            return [["outreach", "messages", "resolve", str(arguments["letter"]), word] for word in ("sent", "resend")]
        case Todo.RETRY:
            leave = ["outreach", "messages", "resolve", str(arguments["letter"]), "cancel"]
            return [["outreach", "messages", "retry", name], leave]
        case Todo.CORRECT:
            right = ["outreach", "messages", "correct", str(arguments["letter"]), "ADDRESS"]
            return [["outreach", "messages", "list", name], right, ["outreach", "messages", "retry", name]]
        case Todo.LOOK_AT_LETTERS:
            return [["outreach", "messages", "list", name]]
        case Todo.READ_ANSWERS:
            return [["outreach", "responses", "list", name]]
        case Todo.REPORT:
            return [["outreach", "report", name, "--out", "report.xlsx"]]
        case Todo.WAIT | Todo.NOTHING:
            return []


def step_in_words(step: Step, tz: ZoneInfo, *, by: str) -> str:
    """Say what to do next as one line: the commands to paste, or what is waited for."""
    at = step.arguments.get("at")
    match step.todo:
        case Todo.WAIT if step.arguments.get("hours"):
            return f"nothing: it goes out by itself, once working hours begin{_from(at, tz)}"
        case Todo.WAIT:
            return f"nothing: it goes out by itself{_from(at, tz)}"
        case Todo.NOTHING:
            return "nothing"
        case Todo.RUN:
            return f"outreach run{_from(at, tz, ' has to be running')}"
        case Todo.GO_LIVE:
            (command,) = commands(step, by=by)
            return f'mode = "live" in outreach.toml, then {command}'
        case Todo.APPROVE_SECOND:
            (command,) = commands(step, by=by)
            return (
                f"{command} (approved by {step.arguments['first_by']}; a second person has to approve the same letters)"
            )
        case Todo.DECIDE:
            arrived, did_not = commands(step, by=by)
            return f"{arrived} (it arrived), or {did_not} (it did not)"
        case Todo.RETRY:
            again, leave = commands(step, by=by)
            return f"{again} (try again), or {leave} (leave it)"
        case Todo.CORRECT:
            _, correct, again = commands(step, by=by)
            return f"{correct} (where it is wrong), or {again} (where it is right)"
        case _:
            return ", then ".join(commands(step, by=by))


def _from(at: datetime | None, tz: ZoneInfo, running: str = "") -> str:
    if at is None or at <= clock.now():
        return ""
    return f" ({running.strip()} on {clock.shown(at, tz)})" if running else f" on {clock.shown(at, tz)}"


def stop_mail(name: str, one: Stopped, tz: ZoneInfo, missions: int) -> tuple[str, str]:
    """Return subject and text of the mail that tells the team of a campaign that stopped: what, and the cure."""
    waiting = f"{counted(one.letters, 'letter')} of {missions} {'waits' if one.letters == 1 else 'wait'}."
    lines = [f"{name} did not go: its letters stand still.", "", stop_in_words(one, tz, missions), waiting, ""]
    if cure := commands(one.step, by="WHO"):
        lines += ["At the command line, in the campaign's folder:", *(f"    {line}" for line in cure)]
    lines += [f"At the desk: Campaigns, {name}, Send.", "", _ONCE]
    return f"{name} did not go", "\n".join(lines)


_ONCE = "This is mailed once for each time that a campaign stops."


def went_on(text: str) -> str:
    """Return the text of such a mail that could not be handed over while it held: by now the campaign goes on."""
    told = "By now that is over: it goes on. This mail comes late, for the mail server took none."
    return text.replace(_ONCE, f"{told} {_ONCE}")


__all__ = [
    "MOST_CODES",
    "care_in_words",
    "codes_in_words",
    "commands",
    "copies_in_words",
    "step_in_words",
    "stop_in_words",
    "stop_mail",
    "went_on",
]
