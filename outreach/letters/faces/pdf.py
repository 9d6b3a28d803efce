"""The PDF of a letter: typst sets the same tokens that the mail is made of, on the team's letterhead.

The page itself is templates/layouts/letter.typ. It gets the letter as JSON and nothing else: a value from a sheet
is text in it and can't become code. The PDF is tagged, has its title, language and author set (PDF/UA-1, ISO 14289-1)
and holds all that it will need (PDF/A-2a, ISO 19005-2). The compiler runs outside the interpreter's lock, so that
letters are set side by side.
"""

import json
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from outreach.errors import LetterError, Problem
from outreach.letters.faces.fonts import CHINESE_STRONG, families, fonts, of_other_scripts
from outreach.letters.faces.letterhead import Letterhead
from outreach.letters.tree import (
    KINDS,
    Node,
    addressee_of,
    in_their_own_direction,
    kinds_in,
    to_tree,
    with_first_lines,
    with_latin_marked,
    with_raised_endings,
    with_runs_apart,
)
from outreach.protocol.seats import on_one_line
from outreach.vocabulary import Language

if TYPE_CHECKING:
    import typst

    from outreach.letters.folder import Letter
    from outreach.letters.merge import MergedText

PAGE = "letter.typ"
MEDIA_TYPE = "application/pdf"
STANDARDS: "typst.PDFStandards" = ["ua-1", "a-2a"]
"""For screen readers (ISO 14289-1), and for archives (ISO 19005-2, with the structure and the words of the text)."""
_LONGEST_FILE_NAME = 120
_PACKAGE = re.compile(r"@[a-z][\w-]*/[\w-]+:\d")
_RIGHT_TO_LEFT = frozenset({Language.ARABIC})
_LEFT_TO_RIGHT_MARK = "\u200e"  # UAX 9
_LATIN = frozenset({Language.ENGLISH, Language.FRENCH, Language.SPANISH})

Thing = TypeVar("Thing")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class PdfContent:
    """What one PDF is made of."""

    title: str
    language: Language
    body: Sequence[Node]


class PageSource(NamedTuple):
    """What typst is given for one letter, and whether it has words in other scripts than the six languages'."""

    content: bytes
    others: bool


class Typesetter:
    """Sets any number of letters on one letterhead. It may be used from several threads at once."""

    def __init__(self, page: Path, letterhead: Letterhead, moment: datetime, folder: Path | None = None) -> None:
        """Take the page's layout (a typst file), the letterhead, and the moment that stands in the file's data.

        `folder` is the letter's, where its pictures lie.

        Raises LetterError where the layout is not there.
        """
        try:
            self._page = page.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise LetterError(
                "file.not-read",
                "{path} can't be read: {error}.",
                path=page,
                error=error,
                remedy="A new one comes with a new folder{INIT}.",
            ) from None
        if match := _PACKAGE.search(self._page):
            line = self._page[: match.start()].count("\n") + 1
            raise LetterError(
                "pdf.packages",
                "{page}, line {line}: packages from the network are not taken ({match}).",
                page=page,
                line=line,
                match=match[0],
                remedy="Copy what you need into templates/layouts/, so that a letter can be made without it.",
            )
        self._where = page
        # The logos lie in the letter's folder, the page beside it; typst reads nothing above their common one.
        self._root = page.parent.parent
        self._letterhead = letterhead
        self._pictures = f"/{folder.relative_to(self._root).as_posix()}" if folder else ""
        self._moment = moment
        self._compilers = threading.local()

    def pdf(self, sheet: PdfContent) -> bytes:
        """Return the PDF of one letter. Raises LetterError with typst's own words where the layout fails."""
        made = self._compile(sheet, format="pdf", pdf_standards=STANDARDS, timestamp=int(self._moment.timestamp()))
        assert isinstance(made, bytes)
        return made

    def pictures(self, sheet: PdfContent, pixels_per_inch: int = 72) -> list[bytes]:
        """Return each page of one letter as a PNG."""
        made = self._compile(sheet, format="png", ppi=pixels_per_inch)
        return made if isinstance(made, list) else [made]

    def _compile(self, sheet: PdfContent, **options: Any) -> bytes | list[bytes]:
        import typst

        try:
            source = self._source(sheet)
            made = self._compiler(others=source.others).compile(input=source.content, **options)
        except typst.TypstError as error:
            problem = Problem(
                "pdf.fault",
                "{said}",
                said=error.message,
                where=str(self._where),
                hints=" ".join(error.hints),
                remedy="{hints}" if error.hints else None,
            )
            raise LetterError("pdf.not-made", "The PDF can't be made.", problems=[problem]) from None
        assert made is not None, "without an output file typst returns what it made"
        return made

    def _source(self, sheet: PdfContent) -> "PageSource":
        kinds = kinds_in(sheet.body)
        for kind in kinds.intersection(KINDS):
            if f'"{kind}"' not in self._page:  # what a page of one's own does not know, it would leave out
                raise LetterError(
                    "pdf.page-old",
                    "{page} does not know what the letter holds: {kind}.",
                    page=self._where,
                    kind=kind,
                    remedy="Take the page of a new folder{INIT}, and put your own changes into it.",
                )
        values = self._data(sheet)
        if "picture" in kinds:
            values["body"] = _with_places(values["body"], self._pictures)
        data = json.dumps(values, ensure_ascii=False)
        others = of_other_scripts(data)
        if others:  # only now is it known which fonts the letter asks for
            data = json.dumps({**values, "fonts": families(sheet.language, others=True)}, ensure_ascii=False)
        return PageSource(f"{self._page}\n#render(json(bytes({_quoted(data)})))\n".encode(), others)

    def _compiler(self, *, others: bool) -> "typst.Compiler":
        import typst

        name = "others" if others else "own"
        found: typst.Compiler | None = getattr(self._compilers, name, None)
        if found is None:
            found = typst.Compiler(root=self._root, font_paths=fonts(others=others), ignore_system_fonts=True)
            setattr(self._compilers, name, found)
        return found

    def _data(self, sheet: PdfContent) -> dict[str, Any]:
        head = self._letterhead
        return {
            "title": sheet.title,
            "addressee": on_one_line(addressee_of(sheet.body), sheet.language) or sheet.title,
            "author": head.name,
            "language": str(sheet.language),
            "rtl": sheet.language in _RIGHT_TO_LEFT,
            "fonts": families(sheet.language),
            "strong": CHINESE_STRONG,
            "letterhead": {
                "name": _in_its_direction(head.name, sheet.language),
                "lines": [_in_its_direction(line, sheet.language) for line in head.lines],
                "logos": [f"/{path.relative_to(self._root).as_posix()}" for path in head.logos],
                "colour": head.colour,
            },
            "body": _body(sheet),
        }


def try_logos(letterhead: Letterhead) -> None:
    """Set the pictures of a letterhead, each by itself. Raises LetterError for what is none, whatever its name."""
    import typst

    for path in letterhead.logos:
        page = f"#set page(width: 90mm, height: 90mm)\n#image({_quoted(f'/{path.name}')}, height: 12mm)\n"
        try:
            typst.Compiler(root=path.parent, font_paths=fonts(), ignore_system_fonts=True).compile(
                input=page.encode(), format="png", ppi=36
            )
        except typst.TypstError:
            raise LetterError(
                "letterhead.no-picture",
                "{file} is no picture that can be printed: it is broken, or not what its name says.",
                file=path.name,
                remedy="Save it as PNG, JPEG or SVG, and choose it again.",
            ) from None


def _in_its_direction(line: str, language: Language) -> str:
    """A line of the letterhead that runs against the page, with a mark where it begins or ends so: `12 Spring Lane`."""
    kinds = [unicodedata.bidirectional(one) for one in line]
    if language not in _RIGHT_TO_LEFT or next((one for one in kinds if one in {"L", "R", "AL"}), "") != "L":
        return line
    return ("" if kinds[0] == "L" else _LEFT_TO_RIGHT_MARK) + line + ("" if kinds[-1] == "L" else _LEFT_TO_RIGHT_MARK)


def _body(sheet: PdfContent) -> list[Node]:
    """The nodes, with words in Latin letters marked where the language is written in others."""
    if sheet.language in _LATIN:
        return with_raised_endings(sheet.body, sheet.language)
    if sheet.language in _RIGHT_TO_LEFT:
        return with_runs_apart(in_their_own_direction(sheet.body))
    marked = with_latin_marked(sheet.body)
    return with_first_lines(marked) if sheet.language is Language.CHINESE else marked


def _with_places(nodes: Any, folder: str) -> Any:
    """The nodes with the place of each picture, which typst looks for below its root."""
    if isinstance(nodes, list):
        return [_with_places(node, folder) for node in nodes]
    if not isinstance(nodes, dict):
        return nodes
    if nodes.get("t") == "picture":
        return {**nodes, "path": f"{folder}/{nodes['name']}"}
    return {name: _with_places(part, folder) if isinstance(part, list) else part for name, part in nodes.items()}


def typesetter(letter: "Letter", moment: datetime) -> Typesetter:
    """Return what sets the PDFs of a letter: see `Typesetter`."""
    return Typesetter(letter.layouts / PAGE, letter.letterhead, moment, letter.folder)


def sheet_of(words: "MergedText") -> PdfContent:
    """Return what the PDF of a merged letter is made of."""
    return PdfContent(words.subject, words.language, to_tree(words.tokens))


def side_by_side(make: Callable[[Thing], Made], things: Sequence[Thing]) -> Iterator[Made]:
    """Make each thing on as many threads as there are processors; results come in order, a few ahead of their use."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting = iter(things)
        ahead = [pool.submit(make, thing) for thing in islice(waiting, workers * 4)]
        try:
            while ahead:
                done = ahead.pop(0).result()
                ahead += [pool.submit(make, thing) for thing in islice(waiting, 1)]
                yield done
        finally:
            for future in ahead:
                future.cancel()


def file_name(stem: str, name: str) -> str:
    """Return a file name that a registry clerk can file, such as `HRC55_letter_France.pdf`: ASCII, no spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", f"{stem}_{name}") if not unicodedata.combining(c))
    kept = re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_")[:_LONGEST_FILE_NAME].strip("_")
    return f"{kept or 'letter'}.pdf"


def _quoted(text: str) -> str:
    """Return a typst string literal of exactly that text. Only backslash and quotation mark mean something."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
