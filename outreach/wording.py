"""What stops a campaign, in a language; and what to do next, in English: for the terminal and for mails.

The desk words steps as links of its own (web/step_links.py); what stops a campaign it says in these words too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from outreach import clock, platform
from outreach.catalogues import ENGLISH_TONGUE, SOURCE, Tongue
from outreach.inbox.mailbox.uids import FolderNow
from outreach.models import RetentionWarning
from outreach.outbox.blame.blamed import ASK_THE_PROVIDER, cure_of_answer
from outreach.outbox.copies import CopiesNow, CopyPlace
from outreach.reports.standing.next_steps import Step, Stopped, Todo
from outreach.reports.standing.put_off import PutOff
from outreach.responses.come_back import ComeBack
from outreach.sentences import Sentence, in_words_of, saying
from outreach.vocabulary import Answer, Hold, Stop, SuggestionKind, UidState

_MOST_UNREADABLE = 3

MOST_CODES = 12
"""So many missions are named in a sentence."""
_SINGLE = (Todo.RETRY, Todo.CORRECT, Todo.DECIDE, Todo.HAD)
"""What there is to do about single letters."""
_OF_SEVERAL = {
    str(Hold.REFUSED): "the mail server refused them",
    str(Hold.HAD_ALREADY): "their missions have had this letter already",
}
"""Why letters are held, where it is said otherwise of several."""


def stop_in_words(one: Stopped, tz: ZoneInfo, missions: int, say: Tongue = ENGLISH_TONGUE) -> str:
    """Say what stops a campaign of so many missions, since when, and whose letters wait; without the cure."""
    if one.stop is Stop.PUT_OFF:
        told = put_off_in_words(PutOff(one.letters, one.said, one.letters, one.since), tz, say).rstrip(".")
        return f"{told}. {(cure_of_answer(one.said) or ASK_THE_PROVIDER).said(say)}"
    words = _stop(one, missions, say)
    if one.since is not None and one.whole and one.stop is not Stop.LATE:  # whose words name its time
        words = say("{words}, since {moment}", words=words, moment=say.moment(one.since, tz))
    cure = cure_of_answer(one.said) if one.stop is Stop.HELD and one.said else None
    return f"{words}. {cure.said(say)}" if cure is not None else f"{words}."


def _stop(one: Stopped, missions: int, say: Tongue) -> str:  # noqa: C901  (a table)
    why = _why(one, say)
    number = one.letters
    match one.stop:
        case Stop.PAUSED:
            return say("It is {words}", words=why) if why else say("It is paused")
        case Stop.FAILING | Stop.COPY_SETTLED:
            return say("It paused by itself: {words}", words=why) if why else say("It paused by itself")
        case Stop.LATE | Stop.UNCONFIRMED | Stop.ANOTHER_NUMBER | Stop.REHEARSED | Stop.FIRST_LETTER_ANEW:
            return say("It waits for you: {words}", words=why) if why else say("It waits for you")
        case Stop.ADDRESSES_CHANGED | Stop.SIGNATORY_WITHDREW | Stop.PLAN_CHANGED:
            return (
                say("Its approval no longer holds: {words}", words=why) if why else say("Its approval no longer holds")
            )
        case Stop.MAIL_SERVER:
            return (
                say("The mail server lets none of its letters through: {words}", words=why)
                if why
                else say("The mail server lets none of its letters through")
            )
        case Stop.COPY:
            return say("This database may be a copy of the one that sends: nothing goes out from here")
        case Stop.SETTINGS:
            return (
                say("No letter can go out under these settings: {words}", words=why)
                if why
                else say("No letter can go out under these settings")
            )
        case Stop.BOX_UNREAD:
            return say.several(
                "Its follow-ups ({count} letter) wait until the answers that came before they were due are read",
                "Its follow-ups ({count} letters) wait until the answers that came before they were due are read",
                number,
            )
        case Stop.MAIL_TO_LOOK_AT:
            words = say.several(
                "{count} reminder waits until somebody has looked at a mail that may be the answer, or say that the "
                "letter did not arrive",
                "{count} reminders wait until somebody has looked at a mail that may be the answer, or say that the "
                "letter did not arrive",
                number,
            )  # fmt: skip
        case Stop.NO_WORKER:
            return say("Letters are due, and nothing is sending")
        case Stop.BEGUN_LIVE:
            words = say.several(
                "{count} letter is not sent in rehearsal: some recipients have it live, the others get it so too",
                "{count} letters are not sent in rehearsal: some recipients have it live, the others get it so too",
                number,
            )
        case Stop.NO_ADDRESS if not one.missions:  # only counted
            return say.several(
                "{letters} of {count} mission without an address",
                "{letters} of {count} missions without an address", missions, letters=number,
            )  # fmt: skip
        case Stop.NO_ADDRESS:
            return say.several(
                "{letters} of {count} mission without an address: {codes}",
                "{letters} of {count} missions without an address: {codes}", missions, letters=number,
                codes=codes_in_words(one.missions, say),
            )  # fmt: skip
        case Stop.HELD:
            words = say.several(
                "{count} letter is held: {words}", "{count} letters are held: {words}", number, words=why
            )
        case Stop.UNCERTAIN:
            words = say.several(
                "{count} letter is in doubt: it may have gone out",
                "{count} letters are in doubt: they may have gone out", number,
            )  # fmt: skip
        case Stop.FAILED:
            words = say.several(
                "{count} letter is refused for good", "{count} letters are refused for good", number
            )  # fmt: skip
        case Stop.GIVEN_UP:
            words = say.several(
                "{count} letter is not tried any more: it was refused for now, again and again",
                "{count} letters are not tried any more: they were refused for now, again and again", number,
            )  # fmt: skip
        case _:
            words = say.several(
                "{count} letter reached only some of its addresses",
                "{count} letters reached only some of their addresses", number,
            )  # fmt: skip
    if one.said and one.stop in (Stop.HELD, Stop.FAILED, Stop.GIVEN_UP, Stop.REACHED_SOME):
        words = say("{words}: {answer}", words=words, answer=one.said.rstrip("."))
    codes = codes_in_words(one.missions, say)
    return f"{words} ({codes})" if codes else words  # else it was only counted


def _why(one: Stopped, say: Tongue) -> str:
    """Why it stands still: what was written down, or a reason for holding a letter."""
    text = one.words if one.letters == 1 else _OF_SEVERAL.get(one.words, one.words)
    if text in set(Hold):
        return say.word(Hold(text))
    return in_words_of(text, say).rstrip(".")


def care_in_words(
    one: Stopped, tz: ZoneInfo, missions: int, *, by: str, then: Step | None = None, say: Tongue = ENGLISH_TONGUE
) -> str:
    """Say what stops a campaign; of letters that wait for a person's decision also what can be done about them, unless
    `then`, which is said anyway, is just that."""
    words = stop_in_words(one, tz, missions, say)
    if one.whole or one.step == then or one.step.todo not in _SINGLE:
        return words
    return f"{words} {say('To do: {what}', what=step_in_words(one.step, tz, by=by))}"


def put_off_in_words(one: PutOff, tz: ZoneInfo, say: Tongue = ENGLISH_TONGUE) -> str:
    """Say what the mail server said of the letters that wait to be tried again, of how many, and since when."""
    moment = say.moment(one.since, tz) if one.since is not None else ""
    if one.alike < one.letters:
        return say(
            "{count} letters wait to be tried again since {moment}. The mail server said of {alike} of them: {answer}",
            count=one.letters, moment=moment, alike=one.alike, answer=one.words,
        )  # fmt: skip
    return say.several(
        "{count} letter waits to be tried again since {moment}. The mail server said of it: {answer}",
        "{count} letters wait to be tried again since {moment}. The mail server said of each: {answer}",
        one.letters, moment=moment, answer=one.words,
    )  # fmt: skip


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
        case SuggestionKind.MEETING:
            return f"Is a meeting offered{f': {value}' if value else ''}? Yes says that you have seen to it."
        case SuggestionKind.COME_BACK:
            return f"Ask it again from {value} on? Then that day is shown, and waits for you when it has come."
        case SuggestionKind.CONTACT:
            return f"Write to {value} from now on?"
        case SuggestionKind.OPT_OUT:
            return f"Write to {value} no more?"
    return f"Is its position {value}?"


def come_back_in_words(one: ComeBack) -> str:
    """Say that a mission asked to be asked again, from which day on, and how that is settled once it was."""
    seen = f" It is due: outreach inbox done {one.proposal}, once you have." if one.due else ""
    return f"{one.iso3} asked to be asked again from {one.on} on.{seen}"


def box_in_words(folder: FolderNow, say: Tongue = ENGLISH_TONGUE) -> str:
    """Say what is odd about a folder of the box; empty where nothing is."""
    words = []
    if folder.trouble:
        why = in_words_of(folder.trouble, say).rstrip(".")
        words.append(say("{folder} could not be read: {why}.", folder=folder.name, why=why))
    if folder.unreadable:
        count = folder.counts.get(UidState.UNREADABLE, len(folder.unreadable))
        first = "; ".join(f"UID {one.uid}: {one.reason}" for one in folder.unreadable[:_MOST_UNREADABLE])
        if count > _MOST_UNREADABLE:
            first = say("{mails}; and {number} more", mails=first, number=count - _MOST_UNREADABLE)
        words += [
            say.several(
                "One mail in {folder} can't be read ({mails}).", "{count} mails in {folder} can't be read ({mails}).",
                count, folder=folder.name, mails=first,
            ),
            say("They are asked for again; look at them in your mail program."),
        ]  # fmt: skip
    return " ".join(words)


def copies_said(one: CopiesNow) -> Sentence:
    """Say that copies of what went out are lacking in Sent, or in the archive, and why."""
    if one.place == CopyPlace.SENT:
        return saying(
            "copies.lacking-in-sent", "{count} {count:*letter has|letters have} no copy in Sent yet: {why}.",
            count=one.lacking, why=one.trouble,
        )  # fmt: skip
    return saying(
        "copies.lacking-in-archive",
        "{count} {count:*letter has|letters have} not reached the archive ({to}) yet: {why}.",
        count=one.lacking, to=one.to, why=one.trouble,
    )  # fmt: skip


def retention_in_words(one: RetentionWarning, tz: ZoneInfo, say: Tongue = ENGLISH_TONGUE) -> str:
    """Say what is going to be erased since it was kept long enough, when, and how to keep it."""
    mails = say.several("{count} mail of a campaign at rest", "{count} mails of campaigns at rest", one.mails)
    people = say.several("{count} contact that left the sheet", "{count} contacts that left the sheet", one.people)
    what = say("{mails} and {people}", mails=mails, people=people) if one.mails and one.people else (
        mails if one.mails else people
    )  # fmt: skip
    day = one.erases_at.astimezone(tz).date()
    told = say(
        "{what} will be erased on {day}, kept for {days} days.", what=what, days=one.days,
        day=day if say.language == SOURCE else say.day(day),
    )  # fmt: skip
    return f"{told} {say('To keep longer: retention_days in outreach.toml.')}"


def codes_in_words(codes: Sequence[str], say: Tongue = ENGLISH_TONGUE) -> str:
    """Name missions by their codes: a dozen at the most, then how many more there are."""
    named, more = ", ".join(codes[:MOST_CODES]), len(codes) - MOST_CODES
    return say("{codes} and {number} more", codes=named, number=more) if more > 0 else named


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
        case Todo.LOOK_AT_MAIL:
            return [["outreach", "inbox", "proposals"]]
        case Todo.GO_LIVE:
            return [["outreach", "send"]]
        case Todo.DECIDE:
            return [["outreach", "messages", "resolve", str(arguments["letter"]), word] for word in ("sent", "resend")]
        case Todo.RETRY:
            leave = ["outreach", "messages", "resolve", str(arguments["letter"]), "cancel"]
            return [["outreach", "messages", "retry", name], leave]
        case Todo.HAD:
            resolve = ["outreach", "messages", "resolve", str(arguments["letter"])]
            return [[*resolve, "sent"], [*resolve, "resend"], [*resolve, "cancel"]]
        case Todo.CORRECT:
            right = ["outreach", "messages", "correct", str(arguments["letter"]), "ADDRESS"]
            leave = ["outreach", "messages", "resolve", str(arguments["letter"]), "cancel"]
            return [["outreach", "messages", "list", name], right, ["outreach", "messages", "retry", name], leave]
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
        case Todo.HAD:
            sent, resend, leave = commands(step, by=by)
            return f"{sent} (it counts as sent), {resend} (it goes once more), or {leave} (leave it)"
        case Todo.CORRECT:
            _, correct, again, leave = commands(step, by=by)
            return f"{correct} (where it is wrong), {again} (where it is right), or {leave} (leave it)"
        case _:
            return ", then ".join(commands(step, by=by))


def _from(at: datetime | None, tz: ZoneInfo, running: str = "") -> str:
    if at is None or at <= clock.now():
        return ""
    return f" ({running.strip()} on {clock.shown(at, tz)})" if running else f" on {clock.shown(at, tz)}"


def stop_mail(
    name: str, one: Stopped, tz: ZoneInfo, missions: int, others: Sequence[Stopped] = (), say: Tongue = ENGLISH_TONGUE
) -> tuple[str, str]:
    """Return subject and text of the mail that tells the team of a campaign that stopped: what, and the cure.

    Of what else stops it (`others`), single letters that a person has to decide about are told, with theirs.
    """
    single = [care_in_words(other, tz, missions, by="WHO", say=say) for other in others if other.step.todo in _SINGLE]
    waiting = say.several("{count} letter of {all} waits.", "{count} letters of {all} wait.", one.letters, all=missions)
    stands = say("{campaign} did not go: its letters stand still.", campaign=name)
    lines = [stands, "", stop_in_words(one, tz, missions, say), waiting, ""]
    if cure := commands(one.step, by="WHO"):
        lines += [say("At the command line, in the campaign's folder:"), *(f"    {line}" for line in cure)]
    lines += [say("At the desk: Campaigns, {campaign}, Send.", campaign=name), ""]
    lines += [say("Besides:"), *single, ""] if single else []
    lines.append(_once(say))
    return say("{campaign} did not go", campaign=name), "\n".join(lines)


def _once(say: Tongue) -> str:
    return say("This is mailed once for each time that a campaign stops.")


def went_on(text: str, say: Tongue = ENGLISH_TONGUE) -> str:
    """Return the text of such a mail that could not be handed over while it held: by now the campaign goes on."""
    told = say("By now that is over: it goes on. This mail comes late, for the mail server took none.")
    return text.replace(_once(say), f"{told} {_once(say)}")
