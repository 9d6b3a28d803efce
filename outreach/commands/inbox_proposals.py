"""What mails propose, at the command line: all of it as a list, or one after another for a yes or no."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from outreach import terminal
from outreach.clock import parse_date
from outreach.commands import parts
from outreach.errors import OutreachError, UserError
from outreach.responses.decisions import Proposal, decide, proposals
from outreach.text import counted, one_line
from outreach.vocabulary import SuggestionKind
from outreach.wording import proposal_in_words

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from outreach.actors import Actor

_ANOTHER = {
    SuggestionKind.POSITION: ("another position", "Which position?"),
    SuggestionKind.COME_BACK: ("another day", "Which day?"),
}
"""What somebody may say instead of what is proposed, and how one is asked for it."""


def proposals_command(args: argparse.Namespace) -> None:
    """Show what waits for a person's yes or no, or ask for it. Raises UserError where nobody can be asked."""
    _, engine = parts.opened()
    rows = proposals(engine)
    if args.json:
        terminal.say_json([asdict(row) for row in rows])
    elif not rows:
        terminal.say("No proposal waits for a person.")
    elif args.ask:
        _one_by_one(engine, rows, parts.acting(args))
    else:
        _listed(rows)


def _listed(rows: Sequence[Proposal]) -> None:
    if terminal.is_seen():  # a table would be cut where the words stand by which one decides
        for row in rows:
            terminal.say(f"{row.id}  {_whose(row)}", *_asked(row))
    else:
        terminal.table(
            ("ID", "Proposes", "What", "Campaign", "ISO3", "From", "Because"),
            (
                (row.id, row.kind, _question(row), row.campaign, row.iso3, row.sender, row.evidence)
                for row in rows
            ),
        )  # fmt: skip
    terminal.say(
        "", f"{counted(len(rows), 'proposal waits', 'proposals wait')} for a person's yes or no.",
        "One after another: outreach inbox proposals --ask",
        "To decide one: outreach inbox accept ID, or: outreach inbox reject ID",
    )  # fmt: skip


def _question(row: Proposal) -> str:
    return proposal_in_words(row.kind, row.value)


def _whose(row: Proposal) -> str:
    return ", ".join(filter(None, (row.iso3, row.campaign, row.sender, f"mail {row.mail}")))


def _asked(row: Proposal) -> tuple[str, str]:
    """Return what a proposal rests on, and what a yes to it would do, as lines under its heading."""
    return f"    “{one_line(row.evidence)}”", f"    {_question(row)}"


def _one_by_one(engine: Engine, rows: Sequence[Proposal], by: Actor) -> None:
    """Ask about one proposal after another; what is passed over waits on, and each yes or no is kept at once."""
    if not terminal.is_asked():
        raise UserError(
            "proposals.nobody-to-ask", "Nobody sits here who could be asked.",
            remedy="Decide one by its number: outreach inbox accept ID, or: outreach inbox reject ID.",
        )  # fmt: skip
    done = {"taken": 0, "turned down": 0}
    for place, row in enumerate(rows, 1):
        terminal.say_now(f"\n{place} of {len(rows)}  {_whose(row)}\n" + "\n".join(_asked(row)))
        answer = _answer(row)
        if answer is None:
            break
        try:
            what = _decided(engine, row, answer, by)
        except OutreachError as error:
            terminal.say(f"    {error}")
            continue
        if what:
            done[what] += 1
    left = len(rows) - sum(done.values())
    counts = ", ".join(f"{count} {what}" for what, count in done.items())
    terminal.say("", f"{counts}, {left} left. To take the last of a mail back: outreach inbox undo MAIL")


def _answer(row: Proposal) -> str | None:
    """Return y, n, e or l; None for no more."""
    another = f"e {_ANOTHER[row.kind][0]}, " if row.kind in _ANOTHER else ""
    keys = "ynle" if another else "ynl"
    while True:
        answer = terminal.ask_words(f"    y yes, n no, {another}l later, q no more:")
        if answer is None or answer.casefold() in ("q", "quit"):
            return None
        if answer and answer.casefold()[0] in keys:
            return answer.casefold()[0]


def _decided(engine: Engine, row: Proposal, answer: str, by: Actor) -> str:
    """Do what was answered; return "taken", "turned down" or nothing. Raises UserError for what is no other answer."""
    if answer == "l":
        return ""
    if answer == "n":
        decide(engine, row.id, accept=False, by=by)
        return "turned down"
    words = terminal.ask_words(f"    {_ANOTHER[row.kind][1]}") if answer == "e" else ""
    if answer == "e" and not words:
        return ""
    if words and row.kind is SuggestionKind.COME_BACK:
        decide(engine, row.id, accept=True, by=by, on=parse_date(words))
    else:
        decide(engine, row.id, accept=True, by=by, position=words or "")
    return "taken"
