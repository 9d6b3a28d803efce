"""Errors as values: one code and one template, facts that only ever are values, words at both doors, more languages."""

import argparse
import ast
import gettext
import pickle
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from outreach import errors
from outreach.catalogues import Tongue, tongue
from outreach.cli import COMMANDS as GROUPS
from outreach.cli import parser
from outreach.errors import OutreachError, Problem, UserError
from outreach.pasted import COMMANDS, in_words, pasted
from outreach.sentences import Doing, Mention, Remedy, fields, saying
from outreach.vocabulary import Vote
from outreach.web.app import routes
from outreach.web.clicked import PLACES, at_the_desk, clicked
from tests.sources import modules

AT_A_DOOR = ("cli.py", "pasted.py", "wording.py", "terminal.py", "demo.py", "commands", "web")
"""What speaks for one door alone: the command line, the desk."""
KINDS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, OutreachError | Problem | errors.Refusal)
} | {"Unusable", "Uncertain", "UnfitValue", "saying", "KeptSentence", "good", "noted", "wrong"}
"""What takes a code and a template."""
KEPT = frozenset({"where", "remedy", "problems"})
"""Names of arguments that are no facts."""


class Said(NamedTuple):
    """One place in the code at which a code is said."""

    place: str
    call: ast.Call
    code: str
    template: str

    @property
    def names(self) -> set[str | None]:
        kept = KEPT if ast.unparse(self.call.func) not in ("saying", "KeptSentence") else frozenset()
        return {one.arg for one in self.call.keywords} - kept

    @property
    def remedies(self) -> list[ast.expr]:
        found = [one.value for one in self.call.keywords if one.arg == "remedy" and "remedy" not in self.names]
        return [part for one in found for part in branches(one)]


def branches(node: ast.expr) -> list[ast.expr]:
    return [*branches(node.body), *branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def calls_by_name() -> dict[str, list[tuple[str, ast.Call]]]:
    found = defaultdict(list)
    for place, tree in modules():
        if place not in ("errors.py", "sentences.py"):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    found[node.func.id].append((f"{place}:{node.lineno}", node))
    return dict(found)


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for name in names:
        yield from calls_by_name().get(name, [])


@cache
def said() -> list[Said]:
    found = []
    for place, call in calls(*KINDS):
        if call.args:
            code, template = (text_of(one) for one in call.args)
            assert code is not None, f"{place}: a code is written where it is said"
            assert template is not None, f"{place}: a template is written where it is said, and has its values as facts"
            found.append(Said(place, call, code, template))
    return found


def facts_of(template: str) -> set[str]:
    return {name for _, name, _, _ in fields(template) if name} - set(Doing.__members__)


@pytest.mark.heavy
def test_a_code_has_one_template() -> None:
    templates = defaultdict(set)
    for one in said():
        templates[one.code].add(one.template)
    assert len(templates) > 300
    assert {code: several for code, several in templates.items() if len(several) > 1} == {}


@pytest.mark.heavy
def test_a_code_is_a_room_and_what_it_is() -> None:
    assert [one.code for one in said() if not re.fullmatch(r"[a-z-]+\.[a-z0-9-]+", one.code)] == []


def test_every_field_is_a_fact_or_something_to_do() -> None:
    wrong = []
    for one in said():
        wanted = facts_of(one.template)
        if lacking := wanted - one.names:
            wrong.append((one.place, lacking))
        for remedy in one.remedies:
            lacking = facts_of(text_of(remedy) or "") - one.names
            wrong += [(one.place, lacking)] if lacking else []
    for place, call in calls("Remedy"):
        text = text_of(call.args[0])
        if text is not None and (lacking := facts_of(text) - {one.arg for one in call.keywords}):
            wrong.append((place, lacking))
    assert wrong == []


ALWAYS_SEVERAL = {
    "setting.which-contact", "compare.too-many", "letter.subject-long", "letter.subject-too-long", "sheet.blocks",
    "backup.too-much", "import.many", "cells.many", "server.silent-about", "cell.too-long", "report.permuted",
    "votes.which", "server.refuses-alike", "audience.incomplete", "audience.several-on-subject", "past.subject-long",
    "past.subject-wide",
}  # fmt: skip
"""Codes of what is never said of one thing alone."""
COUNTED = re.compile(r"\{(?:count|things|missions|letters|rows|mails|changes|retired)(?::,)?\} (?!of\b)[a-z-]+s\b")


def test_one_thing_is_not_told_as_several() -> None:
    """What goes with a number agrees with it: `{count:*letter waits|letters wait}`, see `outreach.sentences`."""
    found = {(one.code, one.place) for one in said() if COUNTED.search(one.template)}
    assert {place for code, place in found if code not in ALWAYS_SEVERAL} == set()
    assert {code for code, _ in found} == ALWAYS_SEVERAL


@pytest.mark.parametrize(
    ("count", "expected"), [(1, "1 letter waits."), (0, "0 letters wait."), (2, "2 letters wait.")]
)
def test_words_agree_with_their_number(count: int, expected: str) -> None:
    assert str(saying("x.y", "{count} {count:*letter waits|letters wait}.", count=count)) == expected


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("550 No such box.", "The server said: 550 No such box. Look."), ("really?", "The server said: really? Look."),
        ("no", "The server said: no. Look."), ("…", "The server said: … Look."),
    ],
)  # fmt: skip
def test_a_sentence_ends_once_whatever_it_quotes(why: str, expected: str) -> None:
    inner = saying("x.z", "The server said: {why}", why=why)
    assert str(Problem.of(inner, where="", remedy=Remedy("Look.")).whole()) == expected
    assert str(saying("x.y", "{inner}.{PAUSE} {file}.", inner=inner, file="a.b")).endswith(" a.b.")


def test_no_remedy_is_made_of_values() -> None:
    """A value in the place of a template could act as one."""
    made = [(one.place, ast.unparse(remedy)) for one in said() for remedy in one.remedies if builds(remedy)]
    made += [(place, ast.unparse(call)) for place, call in calls("Remedy") if builds(call.args[0])]
    assert made == []


def builds(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr | ast.BinOp)


def test_words_in_capitals_are_all_known() -> None:
    for one in said():
        for name in {name for _, name, _, _ in fields(one.template)}:
            assert name == name.lower() or name in Doing.__members__, (one.place, name)


# What a door says


def commands_and_pages() -> re.Pattern[str]:
    groups = "|".join(name for name, *_ in GROUPS)
    pages = "Send|Sheets|When|Settings|Campaigns|Inbox|Letters|People"
    return re.compile(
        rf"\boutreach (?:{groups})\b|(?<![\w-])--[a-z]|\bunder (?:{pages})\b|\bSettings, |(?i:\bopen the page|\bclick)"
    )


def test_no_room_names_a_command_an_option_or_a_page() -> None:
    pattern = commands_and_pages()
    found = []
    for place, tree in modules():
        if place.split("/")[0] in AT_A_DOOR or place.startswith("migrations"):
            continue
        documentation = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and text_of(node.value) is not None
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                found += [f"{place}:{node.lineno}: {hit}" for hit in pattern.findall(node.value)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["outreach campaign approve x", "add --yes", "Allow it under Settings, Not written to", "Open the page again"],
)
def test_such_words_are_found(text: str) -> None:
    assert commands_and_pages().search(text)


def test_both_doors_have_words_for_all_that_can_be_done() -> None:
    assert COMMANDS.keys() == PLACES.keys() == set(Doing)


FACTS = {
    "campaign": "spring", "number": 7, "missions": 47, "field": "email", "column": "C", "mail": 3,
    "file": "backup.zip", "letters": 2, "letter": "spring", "language": "fr",
}  # fmt: skip


@pytest.mark.parametrize("doing", list(Doing))
def test_the_same_error_is_worded_by_both_doors(doing: Doing) -> None:
    error = UserError("x.y", "It can't be.", remedy=f"Do it{{{doing.name}}}, or {{{doing.name}:that}}.", **FACTS)
    assert error.remedy is not None
    assert error.remedy.doings == (doing, doing)
    typed, seen = in_words(error), str(at_the_desk(error))
    assert typed.startswith("It can't be. Do it")
    assert COMMANDS[doing].command.partition(" {")[0].split()[-1] in typed
    assert seen.startswith("It can&#39;t be. Do it")
    assert not commands_and_pages().search(re.sub("<.*?>", "", seen).replace("under ", "")) or "Settings, " in seen
    assert "{" not in typed + seen
    assert str(error) == "It can't be. Do it, or that."


@pytest.mark.heavy
@pytest.mark.parametrize("doing", list(Doing))
def test_a_command_can_be_pasted(doing: Doing) -> None:
    command = pasted(Mention(doing, "that", FACTS))
    words = re.findall(r'"[^"]*"|\S+', command.strip("`").partition("`,")[0])
    if doing is Doing.FACTS:  # no command: a place in a file
        assert "letter.toml" in command
        return
    if doing is Doing.OPEN_WORDS:  # nor here: words in a letter's text
        assert command.startswith("write ")
        return
    if words[0] != "outreach":
        assert words[words[0] == "add"].startswith("--")
        return
    numbers = [word.replace("ISO3", "FRA").strip('"') for word in words[1:]]
    assert isinstance(parser(numbers[0]).parse_args(numbers), argparse.Namespace)


def test_a_place_at_the_desk_is_one_of_its_pages() -> None:
    paths = [re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(route.path)) + "$") for route in routes()]
    for doing, place in PLACES.items():
        if place.href:
            path = re.split("[?#]", re.sub(r"\{.*?\}", "7", place.href))[0]
            assert any(one.match(path) for one in paths), doing


def test_a_campaign_name_is_quoted_for_the_shell() -> None:
    assert "pause 'a; rm -rf x'" in pasted(Mention(Doing.PAUSE, "", {"campaign": "a; rm -rf x"}))


# What is filled in is only ever a value


@given(st.text())
def test_a_value_never_acts_as_a_template(text: str) -> None:
    error = UserError("x.y", "{value} is odd.", value=text, remedy="Not {value}.")
    end = "" if text.endswith((".", "!", "?", "…")) else "."
    assert error.message == f"{text} is odd."
    assert str(error) == in_words(error) == f"{text} is odd. Not {text}{end}"
    assert str(at_the_desk(error)) == str(escape(f"{text} is odd. Not {text}{end}"))
    problem = Problem("x.y", "{value}", where=text, value=text)
    assert str(problem) == (f"{text}: {text}" if text else "")


@pytest.mark.parametrize("text", ["{PAUSE}", "{campaign}", "{0.__class__}", "{value.__init__.__globals__}", "%s", "{{"])
def test_braces_in_a_value_say_nothing(text: str) -> None:
    error = UserError("x.y", "{value}", value=saying("x.z", "{inner}", inner=text))
    assert in_words(error) == text
    assert list(error.says.pieces()) == [text]


@pytest.mark.parametrize("template", ["{value.attribute}", "{value[0]}", "{}", "{0}", "{value!a}"])
def test_a_template_reaches_into_no_value(template: str) -> None:
    with pytest.raises(ValueError, match=r"no name|no conversion"):
        saying("x.y", template, value="x").said()


def test_markup_in_a_value_is_shown_and_not_obeyed() -> None:
    mention = Mention(Doing.LETTERS, "<b>", {"number": '"><script>'})
    assert "<b>" not in clicked(mention)
    assert "<script>" not in clicked(mention)


def test_an_error_can_be_told_to_another_process_without_the_secrets_of_objects() -> None:
    class Server:
        password = "secret"

        def __str__(self) -> str:
            return "mail.example:587"

    error = UserError(
        "x.y", "{server} says no to {campaign}.", server=Server(), campaign="x", remedy="Pause it{PAUSE}."
    )
    again = pickle.loads(pickle.dumps(error))
    assert b"secret" not in pickle.dumps(error)
    assert in_words(again) == in_words(error) == "mail.example:587 says no to x. Pause it: outreach campaign pause x."
    assert again.remedy.doings == (Doing.PAUSE,)


# More languages


INVENTED = {
    "There is no {campaign!r}. {why}": "Kampanyo {campaign!r} zu nix. {why}",
    "On {day}.": "Za {day}.",
    "It is {what}.": "It {gone}.",
    "Pause it first{PAUSE}.": "Zu pauzo unu{PAUSE}.",
}


class _Invented(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return INVENTED.get(message, message)


@pytest.fixture
def invented() -> Tongue:
    return Tongue("qx", _Invented())


@pytest.mark.parametrize(
    ("door", "done"),
    [
        (in_words, ": outreach campaign pause spring"),
        (lambda said, words: str(at_the_desk(said, words)), ', <a href="/campaigns/7/send">under Send</a>'),
    ],
)
def test_a_catalogue_words_errors_and_remedies(invented: Tongue, door: Callable[..., str], done: str) -> None:
    why = saying("x.why", "On {day}.", day="2024-03-18")
    error = UserError(
        "x.gone", "There is no {campaign!r}. {why}", campaign="spring", number=7, why=why,
        remedy="Pause it first{PAUSE}.",
    )  # fmt: skip
    quoted = "&#39;spring&#39;" if "href" in done else "'spring'"
    assert door(error, invented) == f"Kampanyo {quoted} zu nix. Za 2024-03-18. Zu pauzo unu{done}."


def test_what_a_language_lacks_is_said_in_english(invented: Tongue) -> None:
    assert in_words(saying("x.other", "It is {what}.", what="odd"), invented) == "It is odd."
    assert in_words(saying("x.fact", "It is {what}.", what="odd"), invented) == "It is odd."
    assert in_words(Remedy("Take another name."), invented) == "Take another name."


def test_a_word_of_a_closed_list_is_said_in_the_readers_language() -> None:
    said = saying("x.y", "it is {vote}", vote=Vote.IN_FAVOUR)
    assert [said.said(tongue(one)) for one in ("en", "fr")] == ["it is in favour", "it is pour"]
