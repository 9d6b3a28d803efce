"""How far the words that a person wrote are those that other projects' own tests expect of their own mails.

    python benchmarks/others_fixtures.py [--talon FOLDER] [--quotequail FOLDER] [--crisp FOLDER] [--trimmer FOLDER]
                                         [--half seen|unseen] [--errors]

The folders are those of others' sources, which are read where they lie and never copied: talon's and quotequail's
source distributions (`pip download --no-binary :all: --no-deps talon quotequail`), `test/` of
crisp-oss/email-reply-parser and of discourse/email_reply_trimmer.
Their tests are read as text (`ast`), none of their code runs.

What differs by convention alone is made alike first, on both sides:
- white space counts for nothing (talon's own tests ignore it too);
- lines marked `>` are left out of what is expected, where a test keeps them between answers;
- a signature below `-- `, a telephone's `Sent from my`, a line of strokes at an end: others keep them, we do not;
- talon leaves a mail whole that holds a forwarded one: what it expects is cut at that mail's first line;
- a bare forward holds no word of the forwarder; where a test expects none, any answer of ours is passed over, since
  here the whole text is shown then.

Each half is told for itself: the errors of the unseen one are never printed.
"""

import argparse
import ast
import base64
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.inbox.decoding import html_text
from outreach.inbox.mime_reader import parse
from outreach.inbox.read import written

_HEAD = b"From: a@mission.example\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n"


@dataclass(frozen=True)
class Fixture:
    """A mail of another project, and the words that its test expects."""

    source: str
    name: str
    raw: bytes
    expected: str

    @property
    def half(self) -> str:
        """Seen, seen later (a quarter, after the other half's figure was written down), or unseen; by name."""
        drawn = zlib.crc32(f"{self.source} {self.name}".encode())
        return ("seen", "later", "seen", "unseen")[drawn & 3]


def mail(text: str, kind: str = "plain") -> bytes:
    """Return a mail of these words, as a client sends it."""
    head = _HEAD + b"Content-Type: text/%s; charset=utf-8\r\n\r\n" % kind.encode()
    return head + base64.encodebytes(text.encode("utf-8", "replace")).replace(b"\n", b"\r\n")


class _UnknownValue(Exception):
    """An expression that is more than words put together."""


def value(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return what an expression of a test says, of the few kinds that tests put words together with."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() if node.id in names:
            return names[node.id]
        case ast.Tuple() | ast.List():
            return [value(one, names) for one in node.elts]
        case ast.Dict():
            return {
                value(key, names): value(one, names) for key, one in zip(node.keys, node.values, strict=True) if key
            }
        case ast.BinOp(op=ast.Add()):
            return value(node.left, names) + value(node.right, names)
        case ast.Call(func=ast.Attribute(attr="sub"), args=[_, _, text]):  # RE_WHITESPACE.sub('', ...)
            return value(text, names)
        case ast.Call(func=ast.Attribute(attr="text_type"), args=[text]):
            return value(text, names)
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            return value(inner, names).format(*(value(one, names) for one in node.args))
        case ast.Call(func=ast.Attribute(value=inner, attr="strip" | "encode")):
            return value(inner, names).strip()
    raise _UnknownValue(ast.dump(node)[:80])


def talon(folder: Path) -> Iterator[Fixture]:
    """Yield the mails of talon's tests: text and HTML in the tests themselves, and those that lie in files."""
    for name, kind in (("text_quotations_test.py", "plain"), ("html_quotations_test.py", "html")):
        tree = ast.parse((folder / "tests" / name).read_text(encoding="utf-8"))
        functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
        for function in functions.values():
            if function.name.startswith("test_") and not function.decorator_list:  # decorated: of talon's own bounds
                yield from _talon_cases(function, {}, functions, kind, function.name)
    fixtures = folder / "tests" / "fixtures"
    for path in sorted((fixtures / "html_replies").glob("*.html")):
        yield Fixture("talon", path.name, mail(path.read_text("utf-8"), "html"), "Hi. I am fine.\n\nThanks,\nAlex")
    for path in sorted((fixtures / "standard_replies").glob("*.eml")):
        beside = path.with_name(path.stem + "_reply_text")
        yield Fixture("talon", path.name, path.read_bytes(), beside.read_text() if beside.exists() else "Hello")


def _talon_cases(
    function: ast.FunctionDef, names: dict[str, Any], functions: dict[str, ast.FunctionDef], kind: str, test: str
) -> Iterator[Fixture]:
    count = 0
    for node in function.body:
        try:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=text):
                    names[name] = value(text, names)
                case ast.Expr(value=ast.Call(func=ast.Name(id="eq_"), args=[expected, got, *_])):
                    if (text := _argument_of(got)) is not None:
                        count += 1
                        said, whole = value(expected, names), value(text, names)
                        said = html_text(said) if kind == "html" else said
                        yield Fixture("talon", f"{test} {count}", mail(whole, kind), _FORWARDED.sub("", said))
                case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=args)) if name in functions:
                    inner = functions[name]
                    bound = dict(
                        zip((one.arg for one in inner.args.args), [value(a, names) for a in args], strict=False)
                    )
                    label = f"{test} {next(iter(bound.values()), '')}"
                    yield from _talon_cases(inner, bound, functions, kind, label)
        except _UnknownValue:
            continue


def _argument_of(node: ast.expr) -> ast.expr | None:
    """Return what is given to `extract_from_plain` or `extract_from_html` within an expression."""
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Attribute(attr="extract_from_plain" | "extract_from_html"), args=[text]):
                return text
    return None


def quotequail(folder: Path) -> Iterator[Fixture]:
    """Yield the mails of quotequail's tests: what it shows of a text, and what stands around an original."""
    for name, kind in (
        ("test_quote.py", "plain"),
        ("test_quote_html.py", "html"),
        ("test_unwrap.py", "plain"),
        ("test_unwrap_html.py", "html"),
    ):
        tree = ast.parse((folder / "tests" / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, ast.List(elts=rows)]):
                    for index, row in enumerate(rows):
                        whole, *expected = value(row, {})
                        said = _shown(expected[-1], kind)
                        if said is not None and not whole.endswith(".html"):  # files that the distribution leaves out
                            yield Fixture("quotequail", f"{name} {index}", mail(whole, kind), said)


def _shown(expected: Any, kind: str) -> str | None:
    as_text = html_text if kind == "html" else str
    if isinstance(expected, list):
        return "\n".join(as_text(text) for shown, text in expected if shown)
    if isinstance(expected, dict):
        form = "html_" if kind == "html" else "text_"
        return "\n".join(as_text(expected[form + end]) for end in ("top", "bottom") if form + end in expected)
    return None


_CRISP = re.compile(
    r"get_email\(\"(?P<name>[^\"]+)\"\)(?P<body>.*?)(?=\nexport function|\Z)", re.DOTALL
)  # one test: its mail, and what it says of it
_EQUAL = re.compile(
    r"test\.equal\((?:(?P<common>COMMON_FIRST_FRAGMENT)|(?P<words>\"(?:[^\"\\]|\\.)*\")), "
    r"(?:fragments\[0\]|reply\.fragments\[0\]|email\.getVisibleText\(\)|text)"
)


def crisp(folder: Path) -> Iterator[Fixture]:
    """Yield the mails of crisp-oss/email-reply-parser of which a test tells the words whole."""
    script = (folder / "test.js").read_text(encoding="utf-8")
    common = re.search(r"COMMON_FIRST_FRAGMENT = '(.*?)';", script, re.DOTALL)
    told: dict[str, str] = {}
    for test in _CRISP.finditer(script):
        if equal := _EQUAL.search(test["body"]):
            said = common[1] if common and equal["common"] else ast.literal_eval(equal["words"] or '""')
            told[test["name"]] = said.replace("\\n\\\n", "\n").replace("\\n", "\n")
    for name, said in sorted(told.items()):
        path = folder / "fixtures" / f"{name}.txt"
        if path.exists():
            yield Fixture("crisp", name, mail(path.read_text(encoding="utf-8")), said)


def trimmer(folder: Path) -> Iterator[Fixture]:
    """Yield the mails of email_reply_trimmer: `emails/` and, under the same name, `trimmed/`."""
    for path in sorted((folder / "emails").glob("*.txt")):
        beside = folder / "trimmed" / path.name
        if beside.exists():
            yield Fixture("trimmer", path.stem, mail(path.read_text("utf-8")), beside.read_text("utf-8"))


_SIGNATURE = re.compile(r"(?:^|\n)--[ \t]*\n(?:[^\n]*\n?){1,20}\Z")
_TAIL = re.compile(r"(?:^|\n)[ \t]*(?:sent from (?:my )?\w[^\n]{0,40}|[-_]{2,})\s*\Z", re.IGNORECASE)


_FORWARDED = re.compile(r"\n[ \t]*-*[ \t]*(?:begin )?forwarded message\b.*\Z", re.IGNORECASE | re.DOTALL)


def comparable(text: str) -> str:
    """Return a text without what differs by convention alone."""
    lines = [line.rstrip() for line in text.replace("\r", "").replace("\xa0", " ").split("\n")]
    text = "\n".join(line for line in lines if not line.lstrip().startswith(">")).strip()
    text = _SIGNATURE.sub("", text)
    while (shorter := _TAIL.sub("", text)) != text and shorter.strip():
        text = shorter
    return "".join(text.split())


def words_of(raw: bytes) -> str:
    """Return the words as the product reads them."""
    part = parse(raw)
    return written(part) if part is not None else ""


def sentences_lost(expected: str, got: str) -> int:
    """Count the sentences of what is expected (three words and more) that are not in what was read."""
    held = "".join(got.split())
    kept = "\n".join(line for line in expected.split("\n") if not line.lstrip().startswith(">"))
    parts = re.split(r"(?<=[.!?])\s+|\n", _SIGNATURE.sub("", kept))
    return sum(len(one.split()) > 2 and comparable(one) not in held for one in parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    readers = {"talon": talon, "quotequail": quotequail, "crisp": crisp, "trimmer": trimmer}
    for name in readers:
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--errors", action="store_true", help="print what differs, of the seen half only")
    options = parser.parse_args()
    figures: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, read in readers.items():
        folder = getattr(options, name)
        for one in read(folder) if folder else ():
            if not comparable(one.expected):
                continue
            got = words_of(one.raw)
            equal = comparable(got) == comparable(one.expected)
            lost = sentences_lost(one.expected, got)
            result = {
                "all": 1,
                "equal": equal,
                "lost whole": comparable(one.expected)[:20] not in comparable(got) and lost > 0,
                "a sentence lost": lost > 0,
                "too much": not equal and not lost,
            }
            for source in (name, "together"):
                figures[source, one.half].update(result)
            if options.errors and not equal and one.half != "unseen":
                print(f"=== {name} {one.name}\n--- expected\n{one.expected}\n--- read\n{got}\n")
    for (name, half), found in sorted(figures.items()):
        share = 100 * found["equal"] / found["all"]
        print(f"{name:12}{half:8}{found['equal']:4} of {found['all']:4} equal ({share:.1f} %)", end="")
        print("".join(f", {what} {found[what]}" for what in ("lost whole", "a sentence lost", "too much")))


if __name__ == "__main__":
    main()
