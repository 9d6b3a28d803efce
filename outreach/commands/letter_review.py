"""A letter's words looked at by people: versions, what differs, how far each language is, remarks."""

from __future__ import annotations

import argparse

from outreach import clock, terminal
from outreach.commands import parts
from outreach.errors import UserError
from outreach.text import counted


def add_to_letters(commands: parts.Commands) -> None:
    """Add the commands of review to those of letters."""
    command = parts.command(commands, "review", _review, "how far each language is, and who read it")
    command.add_argument("name", metavar="NAME")
    parts.json_flag(command)
    command = _of_text(commands, "mark", _mark, "say that a text is a draft, translated, or read by you")
    parts.by(command)
    command.add_argument("state", choices=("draft", "translated", "read"))
    command.add_argument("--source", metavar="L", help="what it was translated from (default: the letter's fallback)")
    command = _of_text(commands, "versions", _versions, "a text as it was: who wrote it when, and what differs")
    command.add_argument("--differs", nargs="+", type=int, metavar="N", help="by word: one version and now, or two")
    parts.json_flag(command)
    command = _of_text(commands, "restore", _restore, "bring a version of a text back")
    parts.by(command)
    command.add_argument("version", type=int, metavar="N", help="as `letter versions` tells it")
    command = _of_text(commands, "beside", _beside, "a translation beside its source, paragraph by paragraph")
    command.add_argument("--source", metavar="L", help="beside this language (default: what it was translated from)")
    command = _of_text(commands, "comment", _comment, "remark on a paragraph")
    parts.by(command)
    command.add_argument("paragraph", type=int, metavar="N", help="counted from 1; `letter beside` tells them")
    command.add_argument("words", metavar="WORDS")
    command = _of_text(commands, "comments", _comments, "the remarks on a text")
    command.add_argument("--all", action="store_true", help="also those that are settled")
    parts.json_flag(command)
    command = parts.command(commands, "settle", _settle, "settle a remark")
    parts.by(command)
    command.add_argument("number", type=int, metavar="N", help="as `letter comments` tells it")


def _of_text(commands: parts.Commands, name: str, run: parts.Command, text: str) -> argparse.ArgumentParser:
    command = parts.command(commands, name, run, text)
    command.add_argument("name", metavar="NAME", help="a folder under templates/")
    command.add_argument("language", metavar="L", help="en, fr, es, ar, zh or ru")
    return command


def _review(args: argparse.Namespace) -> None:
    from outreach.letters.review import standings

    _, engine = parts.opened()
    found = standings(engine, args.name)
    if args.json:
        terminal.say_json(
            [{"language": one.language, "state": one.state, "who": one.who, "at": one.at, "was": one.was,
              "source": one.source, "source_changed": one.source_changed, "remarks": one.remarks} for one in found]
        )  # fmt: skip
        return
    terminal.say(*(f"{one.language}: {one}" for one in found))


def _mark(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import mark
    from outreach.vocabulary import TextState

    _, engine = parts.opened()
    source = known_language(args.source) if args.source else None
    language = known_language(args.language)
    now = mark(engine, args.name, language, TextState(args.state), by=parts.acting(args), source=source)
    terminal.say(f"{args.name}/{language}.md: {now}.")


def _versions(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import difference, versions

    settings, engine = parts.opened()
    language = known_language(args.language)
    if args.differs:
        if len(args.differs) > 2:
            raise UserError("review.two", "Two versions can be compared.", remedy="Name one or two.")
        found = difference(engine, args.name, language, *args.differs)
        for passage in found:
            terminal.say(
                "".join(
                    text if what == "same" else f"[-{text}-]" if what == "gone" else f"{{+{text}+}}"
                    for what, text in passage.words
                ),
                "",
            )
        terminal.say(f"{counted(len(found), 'paragraph')} of it or of the subject differ.")
        return
    every = versions(engine, args.name, language)
    if args.json:
        terminal.say_json(
            [{"number": one.id, "at": one.at, "who": one.who, "subject": one.subject, "restores": one.restores,
              "digest": one.digest} for one in every]
        )  # fmt: skip
        return
    rows = (
        (str(one.id), clock.shown(one.at, settings.tz), one.who or "(found in the file)",
         counted(len(one.text.split()), "word") + (f", brings {one.restores} back" if one.restores else ""))
        for one in every
    )  # fmt: skip
    terminal.table(("Number", "Kept", "Who", "What"), rows)


def _restore(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import restore

    _, engine = parts.opened()
    language = known_language(args.language)
    restore(engine, args.name, language, args.version, by=parts.acting(args))
    terminal.say(f"written  templates/{args.name}/{language}.md, as in version {args.version}")


def _beside(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import beside

    _, engine = parts.opened()
    source = known_language(args.source) if args.source else None
    for row in beside(engine, args.name, known_language(args.language), source=source):
        terminal.say(f"{row.place}.{' (the source has changed since)' if row.source_changed else ''}")
        terminal.say(*([row.source, "  ↓"] if row.source else []), row.text or "(nothing)", "")


def _comment(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import remark

    _, engine = parts.opened()
    language = known_language(args.language)
    number = remark(engine, args.name, language, args.paragraph, args.words, by=parts.acting(args))
    terminal.say(f"{args.name}/{language}.md, paragraph {args.paragraph}: remark {number}.")


def _comments(args: argparse.Namespace) -> None:
    from outreach.letters.editing import known_language
    from outreach.letters.review import remarks

    _, engine = parts.opened()
    found = remarks(engine, args.name, known_language(args.language), everyone=args.all)
    parts.listed(
        args, found, ("Number", "Paragraph", "Who", "Remark", "Settled"),
        lambda one: (one.number, one.place or "gone", one.who, one.words, one.settled_by or "open"),
    )  # fmt: skip


def _settle(args: argparse.Namespace) -> None:
    from outreach.letters.review import settle_remark

    _, engine = parts.opened()
    settle_remark(engine, args.number, by=parts.acting(args))
    terminal.say(f"Remark {args.number} is settled.")
