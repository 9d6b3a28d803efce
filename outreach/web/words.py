"""What an error tells a person to do, in the words of the desk: where to click, and not what to type in a terminal."""

import re

_TABLE: tuple[tuple[str, str], ...] = (
    # Whole sentences first, then the commands that are left.
    (r"If that is meant, add --yes (\S+?)\.", r"If that is meant, confirm it: \1."),
    (r"(?:Name|Give) (?:another folder|another|--out another name) (?:with --out|name)\.", "Choose another name."),
    (r"Give --out another name\.", "Choose another name."),
    (r"Say which one was wrong: --old ADDRESS\.", "Correct it in the row of the address that was wrong."),
    (r"Say which one it is: --map (\S+?)=(\S+?)\.", r"Name the column \2 “\1” in the header row."),
    (r", or say which column it is: --map (\S+?)=COLUMN\.", r": the column's name is “\1”."),
    (r"If it is another: --map (\S+?)=COLUMN\.", r"If it is another, name that column “\1” in the header row."),
    (r" \(or --map\)", ""),
    (r"Name the one that counts \(--sheet\)", "Keep only the one that counts"),
    (r"leave out with --except", "leave them out"),
    (r" \(--as-of\)", ""),
    (r"Name another letter with --name, or", "Take another name, or"),
    (r"Add --language en\.", "Say in which one."),
    (r"Add --by NAME\.", "Sign in again."),
    (r"Name another sheet \(--sheet\), or", "Name another sheet, or"),
    (r"To take the other rows all the same: --skip-stale\.", "Make a new report, and type into that."),
    (r"outreach report NAME --out FILE\.xlsx", "Excel report, on the campaign's page"),
    (r"Look at the audience again: outreach messages list NAME\.", "Look at the audience again, under Send."),
    (r"First: outreach inbox settle \S+ ISO3\.", "First put the mail down to a mission."),
    (r"Make one with `outreach campaign create`\.", "Make one under Campaigns, New campaign."),
    (r"Pause it first: outreach campaign pause .*?\.$", "Pause it first, under Send."),
    (r"(?:run|Run) `outreach init`(?: in this folder first)?", "ask whoever set up this desk for the sample letters"),
    (r"`outreach init` in an empty folder writes a new one\.", "Ask whoever set up this desk for a new one."),
    (
        r"(Import some|Import the missions first): outreach missions import FILE\.?",
        "First bring the missions' sheet, under Sheets.",
    ),
    (r"If they are right, add --yes; else", "If they are right, take it in; else"),
    (r"Make it with `outreach user add`\.", "Let them in under Settings, People."),
    (r"See outreach inbox list --all\.", "See the Inbox, All."),
    (
        r"Look at it as it is now, and decide again: outreach campaign status .*$",
        "Look at it as it is now, and decide again.",
    ),
    (r", unless you say so when you schedule it: --again\.", ", unless you say so under When."),
    (r" To change it, cancel that one first; if missions are to get the same once more: --again\.", ""),
    (r", unless you add --again", ", unless you say so under When"),
    (
        r"Read the box \(outreach inbox sync, or ingest\), or say that there is none: no_mailbox = true\.",
        "Let whoever set up this desk see to it that the box is read, or say that there is none.",
    ),
    (r"If that is right: outreach here --yes \S+?\.", "Let whoever set up this desk see to that."),
    (r"See what is (?:found|known)(?:, and settle it)?: outreach here\.", "Let whoever set up this desk settle that."),
    (r"Leave it, or schedule the campaign with --again\.", "Leave it, or say under When that they get it once more."),
    (
        r"Read the box \(outreach inbox sync\), or .*? \(outreach inbox ingest PATH\)\. Where .* in outreach\.toml\.",
        "Let whoever set up this desk see to it that the box is read, or say that there is none.",
    ),
    (
        r"Approve it again in live mode: outreach campaign approve .* --by WHO\.",
        "Approve it again in live mode, under Send.",
    ),
    (r"`?outreach campaign approve (?:'[^']*'|\S+) --by WHO`?", "approve it under Send"),
    (r"`?outreach campaign schedule (?:'[^']*'|\S+) --at \"[^\"]*\"`?", "set its time under Send"),
    (
        r"`?outreach campaign (?:pause|resume|cancel|status)(?: (?:'[^']*'|[^\s.`]+))?`?",
        "its step Progress, under Send",
    ),
    (r"`?outreach messages list(?: (?:'[^']*'|[^\s.,`]+))?`?", "the campaign's Letters"),
    (r"`?outreach inbox (?:list|proposals|settle|undo)(?: [^\s.`]+)*`?", "the Inbox"),
    (r"`?outreach addresses list`?", "Settings, Not written to"),
    (r"`?outreach missions history`?", "Sheets"),
    (r"Stop `outreach run`", "Stop the desk"),
    (r"run `outreach send` once", "open it once"),
    (r"`outreach run`", "the scheduler"),
    (r", say `outreach here` there,", ","),
    (r"Make one: outreach backup\.", "Let whoever set up this desk make one."),
    (r"Bring the last sound one back: outreach restore FILE\.", "Let whoever set up this desk bring one back."),
    (r"See what is known, and settle it: outreach here\.", "Let whoever set up this desk settle it."),
    (
        r"Go to the folder of your campaign \(cd\), or make one here: outreach init\. A backup is brought .*? FILE\.",
        "Let whoever set up this desk bring the last backup back, and start the desk again.",
    ),
    (
        r"bring the last backup back with outreach restore FILE",
        "let whoever set up this desk bring the last backup back",
    ),
    (r"--at TIME", "a time"),
)
_PATTERNS = tuple((re.compile(pattern), words) for pattern, words in _TABLE)


def desk_words(text: str) -> str:
    """Return a sentence of an error with the desk's pages in the place of commands and their options."""
    if "outreach" not in text and "--" not in text:
        return text
    for pattern, words in _PATTERNS:
        text = pattern.sub(words, text)
    return text[:1].upper() + text[1:]
