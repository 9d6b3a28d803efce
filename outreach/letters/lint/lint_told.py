"""How each finding of the lint is told: its words, and what to do about it, by its code."""

from collections.abc import Callable, Mapping
from typing import Any

from outreach.errors import Problem
from outreach.letters.lint.lint_hit import Hit

_Teller = Callable[[str, str, Mapping[str, Any]], Problem]
_TELLERS: Mapping[str, _Teller] = {
    "words.leftover": lambda words, where, _: Problem(
        "words.leftover", "“{words}” is left over from the writing", words=words, where=where,
        remedy="Write what belongs there, or take it out.",
    ),
    "words.filler": lambda words, where, _: Problem(
        "words.filler", "“{words}” is filler text", words=words, where=where, remedy="Write what belongs there.",
    ),
    "words.quoted": lambda words, where, _: Problem(
        "words.quoted", "“{words}” looks left over from the writing, and stands in a quotation", words=words,
        where=where, remedy="Is it quoted? Else write what belongs there.",
    ),
    "words.merge-mark": lambda words, where, _: Problem(
        "words.merge-mark", "“{words}” is a mark that nothing fills in: the mission would read it so", words=words,
        where=where, remedy="Write a field, such as {{{{ mission.name }}}}, or the words themselves.",
    ),
    "words.brackets": lambda words, where, _: Problem(
        "words.brackets", "“{words}” may be a mark that somebody was to fill in", words=words, where=where,
        remedy="Is it meant?",
    ),
    "words.note-perhaps": lambda words, where, _: Problem(
        "words.note-perhaps", "“{words}” may be a note to a colleague", words=words, where=where,
        remedy="Is it meant? Else take it out.",
    ),
    "words.html": lambda words, where, _: Problem(
        "words.html", "“{words}” is HTML, which a letter shows as it stands", words=words, where=where,
        remedy="Write **bold**, *italic*, or a backslash at the end of a line that is to be kept.",
    ),
    "words.doubled": lambda words, where, _: Problem(
        "words.doubled", "“{words}” stands twice", words=words, where=where, remedy="Is it meant?",
    ),
    "words.gap": lambda words, where, _: Problem(
        "words.gap", "something is missing in “{words}”", words=words, where=where,
        remedy="Write what belongs there; where a field can be empty, ask for it with {{% if %}}.",
    ),
    "words.gap-perhaps": lambda words, where, _: Problem(
        "words.gap-perhaps", "something may be missing at “{words}”", words=words, where=where, remedy="Is it meant?",
    ),
    "words.nobody": lambda words, where, _: Problem(
        "words.nobody", "“{words}”: nobody signs", words=words, where=where,
        remedy="Bring in those who sign, or look at the day that their list is of.",
    ),
    "words.skeleton": lambda words, where, _: Problem(
        "words.skeleton", "“{words}” is what a new letter begins with", words=words, where=where,
        remedy="Write the letter.",
    ),
    "words.sample": lambda words, where, _: Problem(
        "words.sample", "“{words}”: this is a sample, of an invented coalition", words=words, where=where,
        remedy="Write your own letter before it goes to missions.",
    ),
    "words.line-break": lambda words, where, _: Problem(
        "words.line-break", "“{words}”: these lines become one", words=words, where=where,
        remedy="End each line that is to be kept with a backslash, or leave an empty line.",
    ),
    "words.lines-kept": lambda words, where, _: Problem(
        "words.lines-kept", "“{words}”: these stay lines under each other", words=words, where=where,
        remedy="If they are one text, write them on one line.",
    ),
    "words.line-kept": lambda words, where, _: Problem(
        "words.line-kept", "“{words}”: a line ends here in the middle of a sentence", words=words, where=where,
        remedy="Take the end of the line out.",
    ),
    "words.not-supported": lambda words, where, _: Problem(
        "words.not-supported", "“{words}” goes out as it stands: letters know no such formatting", words=words,
        where=where, remedy="Write it otherwise; a table needs a line | --- | --- | below its first, a footnote a line "
        "[^1]: with its words.",
    ),
    "words.struck": lambda words, where, _: Problem(
        "words.struck", "“{words}” is struck out, and can be read all the same", words=words, where=where,
        remedy="Is it meant? Else take it out.",
    ),
    "words.from-the-sheet": lambda words, where, _: Problem(
        "words.from-the-sheet", "“{words}” comes from the sheet", words=words, where=where,
        remedy="Correct it in the sheet and import it.",
    ),
    "words.tracked": lambda words, where, _: Problem(
        "words.tracked", "“{words}” is a change or a comment that nobody has accepted", words=words, where=where,
        remedy="Accept it or take it out.",
    ),
    "words.either-or": lambda words, where, _: Problem(
        "words.either-or", "“{words}” leaves open who is addressed", words=words, where=where,
        remedy="Write {{{{ salutation }}}}, or the words for whoever gets it.",
    ),
    "words.empty-section": lambda words, where, _: Problem(
        "words.empty-section", "nothing stands below “{words}”", words=words, where=where,
        remedy="Write it, or take the heading out.",
    ),
    "language.same-subject": lambda words, where, facts: Problem(
        "language.same-subject", "the subject “{words}” is that of {other}", words=words, other=facts["other"],
        where=where, remedy="Translate it.",
    ),
    "document.odds": lambda words, where, facts: Problem(
        "document.odds", "{words} stands here, and {other} elsewhere in the letter", words=words, other=facts["other"],
        where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "date.vote": lambda words, where, facts: Problem(
        "date.vote", "“{words}” for the vote, and {other} elsewhere in the letter", words=words, other=facts["other"],
        where=where, remedy="Correct one of them.",
    ),
    "date.weekday": lambda words, where, facts: Problem(
        "date.weekday", "“{words}”: that day is {weekday}", words=words, weekday=facts["weekday"], where=where,
        remedy="Correct the day or the date.",
    ),
    "date.none": lambda words, where, _: Problem(
        "date.none", "“{words}”: there is no such day", words=words, where=where, remedy="Correct it.",
    ),
    "date.past": lambda words, where, _: Problem(
        "date.past", "“{words}” has passed", words=words, where=where, remedy="Give a day that is still to come.",
    ),
    "date.past-perhaps": lambda words, where, _: Problem(
        "date.past-perhaps", "“{words}” has passed", words=words, where=where, remedy="Is it meant?",
    ),
    "date.two-deadlines": lambda words, where, facts: Problem(
        "date.two-deadlines", "an answer is asked for by {words} here, and by {other} elsewhere", words=words,
        other=facts["other"], where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "words.two-stances": lambda words, where, facts: Problem(
        "words.two-stances", "the letter asks for “{words}” here, and for “{other}” elsewhere", words=words,
        other=facts["other"], where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "language.paragraph-short": lambda words, where, facts: Problem(
        "language.paragraph-short", "“{words}” says much less than “{other}” in {place}", words=words,
        other=facts["other"], place=facts["place"], where=where, remedy="Translate the rest, or take it out there too.",
    ),
    "words.subject-differs": lambda words, where, facts: Problem(
        "words.subject-differs", "the subject says {words}, and the text {other}", words=words, other=facts["other"],
        where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "date.order": lambda words, where, facts: Problem(
        "date.order", "{words} lies before {other}", words=words, other=facts["other"], where=where,
        remedy="Correct one of them.",
    ),
    "date.order-perhaps": lambda words, where, facts: Problem(
        "date.order-perhaps", "{words} does not fit {other}", words=words, other=facts["other"], where=where,
        remedy="Is it meant?",
    ),
    "session.facts": lambda words, where, facts: Problem(
        "session.facts", "“{words}” is another session than {other}", words=words, other=facts["other"], where=where,
        remedy="Correct one of them.",
    ),
    "session.subject": lambda words, where, facts: Problem(
        "session.subject", "“{words}” in the subject, in a letter about session {number}", words=words,
        number=facts["number"], where=where, remedy="Correct one of them.",
    ),
    "session.later": lambda words, where, facts: Problem(
        "session.later", "“{words}”, in a letter about session {number}", words=words, number=facts["number"],
        where=where, remedy="Is it meant?",
    ),
    "session.months": lambda words, where, facts: Problem(
        "session.months", "“{words}”: that session of the Human Rights Council is in {when}", words=words,
        when=facts["when"], where=where, remedy="Correct one of them.",
    ),
    "session.file": lambda words, where, facts: Problem(
        "session.file", "“{words}” names another session than the letter, which is about session {number}",
        words=words, number=facts["number"], where=where, remedy="Correct one of them.",
    ),
    "session.two": lambda words, where, facts: Problem(
        "session.two", "“{words}” is to come, and so is {other}", words=words, other=facts["other"], where=where,
        remedy="Is it meant? Else correct one of them.",
    ),
    "document.body": lambda words, where, facts: Problem(
        "document.body", "“{words}” is of {body}, and another body is named with it", words=words, body=facts["body"],
        where=where, remedy="Correct one of them.",
    ),
    "document.year": lambda words, where, facts: Problem(
        "document.year", "“{words}” is of the year {year}", words=words, year=facts["year"], where=where,
        remedy="Correct one of them.",
    ),
    "session.earlier": lambda words, where, facts: Problem(
        "session.earlier", "“{words}” beside session {number}", words=words, number=facts["number"], where=where,
        remedy="Is it meant?",
    ),
    "language.same-text": lambda words, where, facts: Problem(
        "language.same-text", "the whole file {words} says the same as {other}", words=words, other=facts["other"],
        where=where, remedy="Translate it, or remove the file: those missions then get the other text.",
    ),
    "language.other": lambda words, where, facts: Problem(
        "language.other", "“{words}” seems to be {other}", words=words, other=facts["other"], where=where,
        remedy="Translate it.",
    ),
    "language.same-paragraph": lambda words, where, facts: Problem(
        "language.same-paragraph", "“{words}” stands in {other} too", words=words, other=facts["other"], where=where,
        remedy="Translate it.",
    ),
    "link.broken": lambda words, where, _: Problem(
        "link.broken", "“{words}” is no link that works", words=words, where=where,
        remedy="Write [words](https://…), or [words](mailto:box@domain).",
    ),
    "link.empty": lambda words, where, _: Problem(
        "link.empty", "“{words}” leads nowhere, or has no words", words=words, where=where,
        remedy="Write [words](https://…).",
    ),
    "link.local": lambda words, where, _: Problem(
        "link.local", "“{words}” can be reached from your own computer only", words=words, where=where,
        remedy="Put the file where everybody reaches it, or let it go with the letter as an attachment.",
    ),
    "picture.remote": lambda words, where, _: Problem(
        "picture.remote", "the picture “{words}” would be fetched from elsewhere: it tells who reads, and most mail "
        "programs show a gap", words=words, where=where,
        remedy="Copy the file into the letter's folder, and name it there.",
    ),
    "picture.inline": lambda words, where, _: Problem(
        "picture.inline", "the picture “{words}” is written out in the text itself, and most mail programs show a gap",
        words=words if len(words) <= 40 else f"{words[:40]}…", where=where,
        remedy="Save it as a file in the letter's folder, and name that.",
    ),
    "picture.missing": lambda words, where, _: Problem(
        "picture.missing", "there is no picture “{words}” in the letter's folder", words=words, where=where,
        remedy="Put it there, or take it out.",
    ),
    "picture.no-alt": lambda words, where, _: Problem(
        "picture.no-alt", "the picture “{words}” has no words for those who don't see it",
        words=words, where=where,
        remedy="Write what it shows between the brackets: ![Votes by year](chart.png).",
    ),
    "picture.field": lambda words, where, _: Problem(
        "picture.field", "the file of the picture “{words}” is told by a field, and goes out as its words",
        words=words, where=where,
        remedy="Write the file's name itself, in a condition for each where there are several.",
    ),
    "picture.outside": lambda words, where, _: Problem(
        "picture.outside", "the picture “{words}” does not lie in the letter's folder itself",
        words=words, where=where, remedy="Copy the file there, and name it without a path that leads out.",
    ),
    "picture.svg": lambda words, where, _: Problem(
        "picture.svg", "the picture “{words}” is an SVG, which mail programs do not show",
        words=words, where=where, remedy="Export it as PNG, twice as many pixels wide as it is to be seen.",
    ),
    "picture.kind": lambda words, where, _: Problem(
        "picture.kind", "the picture “{words}” is neither PNG nor JPEG by its content",
        words=words, where=where, remedy="Save it as PNG or JPEG.",
    ),
    "picture.broken": lambda words, where, _: Problem(
        "picture.broken", "the picture “{words}” is damaged or cut short",
        words=words, where=where, remedy="Save it again as PNG or JPEG.",
    ),
    "picture.moving": lambda words, where, _: Problem(
        "picture.moving", "the picture “{words}” moves",
        words=words, where=where, remedy="Save one frame of it as PNG.",
    ),
    "picture.dimensions": lambda words, where, _: Problem(
        "picture.dimensions", "the picture “{words}” has more pixels than any letter shows, or unpacks to far more "
        "than it is",
        words=words, where=where, remedy="Make it 1,300 pixels wide or less.",
    ),
    "picture.too-large": lambda words, where, _: Problem(
        "picture.too-large", "the picture “{words}” is over 2 MB, and would go with every letter",
        words=words, where=where, remedy="Make it 1,300 pixels wide or less, or save it as JPEG.",
    ),
    "picture.large": lambda words, where, _: Problem(
        "picture.large", "the picture “{words}” is over 300 KB, and goes with every letter",
        words=words, where=where, remedy="Make it 1,300 pixels wide or less, or save it as JPEG.",
    ),
    "picture.metadata": lambda words, where, _: Problem(
        "picture.metadata", "the picture “{words}” holds what the camera wrote into it (Exif), which may tell a "
        "place and an owner",
        words=words, where=where, remedy="Save it without that.",
    ),
    "sender.placeholder": lambda words, where, _: Problem(
        "sender.placeholder", "“{words}” is a placeholder: nobody there can be answered", words=words, where=where,
        remedy="Write your own from.",
    ),
    "sender.reserved": lambda words, where, _: Problem(
        "sender.reserved", "“{words}” lies under a domain that is reserved: nobody there receives an answer",
        words=words, where=where, remedy="Write your own from before going live.",
    ),
    "words.phone": lambda words, where, _: Problem(
        "words.phone", "“{words}” is a telephone number that nobody has", words=words, where=where,
        remedy="Write the number at which you answer.",
    ),
    "words.sample-name": lambda words, where, _: Problem(
        "words.sample-name", "“{words}” is a name that stands for any", words=words, where=where,
        remedy="Is it meant? Else write who it is.",
    ),
    "words.bracket-open": lambda words, where, facts: Problem(
        "words.bracket-open", "“{words}”: the {mark} has no other half", words=words, mark=facts["mark"], where=where,
        remedy="Write the other one, or take it out.",
    ),
    "words.quote-open": lambda words, where, facts: Problem(
        "words.quote-open", "“{words}”: the {mark} has no other half", words=words, mark=facts["mark"], where=where,
        remedy="Write the other one, or take it out.",
    ),
    "words.unseen": lambda words, where, facts: Problem(
        "words.unseen", "“{words}” holds a character that nobody sees, {character}", words=words,
        character=facts["character"], where=where, remedy="Write the word anew.",
    ),
    "words.control": lambda words, where, facts: Problem(
        "words.control", "“{words}” holds a character that no font has, {character}", words=words,
        character=facts["character"], where=where, remedy="Write the word anew.",
    ),
    "words.broken": lambda words, where, _: Problem(
        "words.broken", "“{words}” has broken characters: it was saved in one encoding and read in another",
        words=words, where=where, remedy="Write the word anew.",
    ),
    "words.two-alphabets": lambda words, where, _: Problem(
        "words.two-alphabets", "“{words}” has letters of two alphabets that look alike", words=words, where=where,
        remedy="Write the word anew.",
    ),
    "words.capitals": lambda words, where, _: Problem(
        "words.capitals", "“{words}” is written in capitals", words=words, where=where,
        remedy="Write it as a sentence: mail filters take capitals for advertising.",
    ),
    "words.paragraph-twice": lambda words, where, facts: Problem(
        "words.paragraph-twice", "“{words}” is said twice; the first time in line {line}", words=words,
        line=facts["line"], where=where, remedy="Take one of them out.",
    ),
    "words.greeting-twice": lambda words, where, facts: Problem(
        "words.greeting-twice", "“{words}” greets a second time, after “{first}” in line {line}", words=words,
        first=facts["first"], line=facts["line"], where=where, remedy="Take one of them out.",
    ),
    "words.closing-twice": lambda words, where, facts: Problem(
        "words.closing-twice", "“{words}” closes a second time, after “{first}” in line {line}", words=words,
        first=facts["first"], line=facts["line"], where=where, remedy="Take one of them out.",
    ),
    "words.no-signature": lambda words, where, _: Problem(
        "words.no-signature", "nobody signs below “{words}”", words=words, where=where,
        remedy="Write who signs, or take the signatories in.",
    ),
    "words.address-form": lambda words, where, facts: Problem(
        "words.address-form", "“{words}” does not agree: {one} and {other}", words=words, one=facts["one"],
        other=facts["other"], where=where, remedy="Correct one of them, or write {{{{ salutation }}}}.",
    ),
    "words.familiar": lambda words, where, _: Problem(
        "words.familiar", "“{words}” speaks to the mission as to a friend", words=words, where=where,
        remedy="Write the formal form.",
    ),
    "words.two-spellings": lambda words, where, facts: Problem(
        "words.two-spellings", "“{words}” stands here, and “{other}” elsewhere", words=words,
        other=facts["other"], where=where, remedy="If it is one name, correct one of them.",
    ),
    "words.typing": lambda words, where, facts: Problem(
        "words.typing", "“{words}” looks like a slip of the hand for “{other}”", words=words, other=facts["other"],
        where=where, remedy="Correct it, if it is one.",
    ),
    "words.agreement": lambda words, where, _: Problem(
        "words.agreement", "the words of “{words}” don't seem to agree with each other", words=words, where=where,
        remedy="Correct one of them, if so.",
    ),
    "words.count": lambda words, where, facts: Problem(
        "words.count", "“{words}”, and the list has {count}", words=words, count=facts["count"], where=where,
        remedy="Correct one of them.",
    ),
    "words.count-perhaps": lambda words, where, facts: Problem(
        "words.count-perhaps", "“{words}”, and the list has {count}", words=words, count=facts["count"], where=where,
        remedy="Is it meant?",
    ),
    "words.mixed-numerals": lambda words, where, facts: Problem(
        "words.mixed-numerals", "“{words}” is written with the figures {kind}, and the rest of the text with {other}",
        words=words, kind=facts["kind"], other=facts["other"], where=where, remedy="Write them alike.",
    ),
    "date.subject": lambda words, where, facts: Problem(
        "date.subject", "“{words}” in the subject, and {other} in the letter", words=words, other=facts["other"],
        where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "words.order": lambda words, where, facts: Problem(
        "words.order", "“{words}” stands where point {count} would", words=words, count=facts["count"],
        where=where, remedy="Is a point missing, or counted twice?",
    ),
    "words.body": lambda words, where, facts: Problem(
        "words.body", "“{words}” is nearly “{name}”", words=words, name=facts["name"], where=where,
        remedy="Is it meant? Else correct it.",
    ),
    "words.sum": lambda words, where, facts: Problem(
        "words.sum", "“{words}” is told as the sum, and the parts make {sum}", words=words, sum=facts["sum"],
        where=where, remedy="Correct one of them.",
    ),
    "words.parts": lambda words, where, facts: Problem(
        "words.parts", "“{words}”: the parts make {sum}, and not {whole}", words=words, sum=facts["sum"],
        whole=facts["whole"], where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "words.ours-differ": lambda words, where, facts: Problem(
        "words.ours-differ", "“{words}” here, and {other} elsewhere in the letter", words=words, other=facts["other"],
        where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "words.one-addressee": lambda words, where, facts: Problem(
        "words.one-addressee", "“{words}” speaks to {name} in a letter that goes to every mission", words=words,
        name=facts["name"], where=where,
        remedy="Write {{{{ salutation }}}} or {{{{ inside_address }}}}, which say who is written to.",
    ),
    "words.no-attachment": lambda words, where, _: Problem(
        "words.no-attachment", "“{words}”, and nothing goes along with the letter", words=words, where=where,
        remedy="Put the file into the letter's folder and name it in letter.toml under attachments, or reword it.",
    ),
    "words.few-attachments": lambda words, where, facts: Problem(
        "words.few-attachments", "“{words}”, and {count} {count:*file goes|files go} along with the letter",
        words=words, count=facts["count"], where=where,
        remedy="Name the others in letter.toml under attachments, or reword it.",
    ),
    "words.one-state": lambda words, where, facts: Problem(
        "words.one-state", "“{words}” names {state} in a letter that goes to others too", words=words,
        state=facts["state"], where=where, remedy="Write {{{{ mission.name }}}}, or “your Government”.",
    ),
    "words.other-state": lambda words, where, facts: Problem(
        "words.other-state", "“{words}” stands here once, and the letter is about {about}", words=words,
        about=facts["about"], where=where, remedy="Is it meant?",
    ),
    "language.phrase": lambda words, where, facts: Problem(
        "language.phrase", "“{words}” seems to be {other}", words=words, other=facts["other"], where=where,
        remedy="Is it meant? Else translate it.",
    ),
    "language.paragraph-lacking": lambda words, where, facts: Problem(
        "language.paragraph-lacking",
        "it has {count} of the {model} paragraphs of {other}.md, and none for “{words}” in line {line} there",
        words=words, count=facts["count"], model=facts["model"], other=facts["other"], line=facts["line"],
        where=where, remedy="Translate it, or take it out there.",
    ),
    "language.figure": lambda words, where, facts: Problem(
        "language.figure", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.date": lambda words, where, facts: Problem(
        "language.date", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.session": lambda words, where, facts: Problem(
        "language.session", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.link": lambda words, where, facts: Problem(
        "language.link", "“{words}” here, and “{other}” in {place}: they are nearly alike", words=words,
        other=facts["other"], place=facts["place"], where=where, remedy="Is it meant? Else correct one of them.",
    ),
    "language.address": lambda words, where, facts: Problem(
        "language.address", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Is it meant?",
    ),
    "language.stance": lambda words, where, facts: Problem(
        "language.stance", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.currency": lambda words, where, facts: Problem(
        "language.currency", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.office": lambda words, where, facts: Problem(
        "language.office", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.name": lambda words, where, facts: Problem(
        "language.name", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "language.state": lambda words, where, facts: Problem(
        "language.state", "“{words}” here, and “{other}” in {place}", words=words, other=facts["other"],
        place=facts["place"], where=where, remedy="Correct one of them.",
    ),
    "link.other-address": lambda words, where, facts: Problem(
        "link.other-address", "“{words}” is shown, and the link leads to {target}", words=words,
        target=facts["target"], where=where, remedy="Correct one of them: a reader takes it for a deception.",
    ),
    "link.other-page": lambda words, where, facts: Problem(
        "link.other-page", "“{words}” is shown, and the link leads to {target}", words=words,
        target=facts["target"], where=where, remedy="Is it meant?",
    ),
    "link.test-site": lambda words, where, _: Problem(
        "link.test-site", "“{words}” looks like a site for trying out, or a page for editing", words=words,
        where=where, remedy="Link to the page that everybody reads.",
    ),
    "link.placeholder": lambda words, where, _: Problem(
        "link.placeholder", "“{words}” is a placeholder", words=words, where=where, remedy="Write your own address.",
    ),
    "link.other-domain": lambda words, where, facts: Problem(
        "link.other-domain", "“{words}” has another domain than the letter's other addresses ({other})", words=words,
        other=facts["other"], where=where, remedy="Is it meant?",
    ),
    "name.no-letters": lambda words, where, _: Problem(
        "name.no-letters", "“{words}” is no name", words=words, where=where, remedy="Correct it.",
    ),
    "name.two-titles": lambda words, where, _: Problem(
        "name.two-titles", "“{words}” has two forms of address", words=words, where=where, remedy="Leave one of them.",
    ),
    "name.title": lambda words, where, _: Problem(
        "name.title", "“{words}” is a name with a title in it", words=words, where=where,
        remedy="Put the title into its own column, so that it is not said twice.",
    ),
}  # fmt: skip


def told(hit: Hit, where: str) -> Problem:
    """Return a finding as it is told, with its place and what to do about it."""
    return _TELLERS[hit.code](hit.words, where, hit.facts)


def picture_fault(code: str, words: str) -> Problem:
    """Return what the check says of a picture that can't go out, by the code of what is wrong (see `pictures`)."""
    return _TELLERS[code](words, "", {})
