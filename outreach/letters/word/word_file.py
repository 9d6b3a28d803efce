"""A letter's text as a Word file for a translator or a lawyer (WordprocessingML: ECMA-376, parts 1 and 2).

Fields are shaded, conditions and parts stand as small paragraphs of their own, each run says its language, so that the
spelling is checked in it. The same text makes the same bytes. What comes back is read by word_returned.py.
"""

import hashlib
import io
import re
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters.faces.mail_html import RIGHT_TO_LEFT
from outreach.letters.folder import TEMPLATES, Letter, load_letter
from outreach.letters.word.word_blocks import Runs, WordBlock, WordRun, WordText, blocks_of, even, held_in
from outreach.letters.word.word_styles import (
    CODE,
    DEEPEST,
    FIELD,
    HELP,
    LIST,
    MAIN,
    MARK,
    QUOTE,
    STRUCK,
    STRUCK_CODE,
    SUBJECT,
    TABLE_HEAD,
    numbering,
    proofing,
    style_id,
    styles,
)
from outreach.vocabulary import Language

OURS = "OutreachLetter"
"""The property by which a file of ours is known again, with the letter's name; beside it its language and digest."""
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_STAMP = (1980, 1, 1, 0, 0, 0)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_HELP = tomllib.loads(Path(__file__).with_name("word_help.toml").read_text(encoding="utf-8"))


def to_docx(name: str, languages: Sequence[str] = (), out: Path = Path(), templates: Path = TEMPLATES) -> list[Path]:
    """Write a letter's text as a Word file for each language, all of them where none is named; return the files.

    `out` is a .docx file for one language, else a folder, where they are called NAME_L.docx. Raises NotFoundError for a
    language that the letter is not written in, UserError where a file of several languages is asked for, or what would
    be overwritten is no Word file of this letter, LetterError for a text that no Word file can hold.
    """
    letter = load_letter(name, templates)
    chosen = _chosen(letter, languages)
    if out.suffix.lower() == ".docx":
        if len(chosen) > 1:
            raise UserError(
                "letter.one-docx",
                "{out} is one file, and {name} is written in {languages}.",
                out=out, name=name, languages=", ".join(chosen),
                remedy="Name a folder, or one {LANGUAGE:language}.",
            )  # fmt: skip
        places = [out]
    else:
        places = [out / f"{name}_{language}.docx" for language in chosen]
    made = [word_file(letter, language) for language in chosen]
    try:
        for path, content in zip(places, made, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UserError(
            "file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror
        ) from None
    return places


def _chosen(letter: Letter, languages: Sequence[str]) -> list[Language]:
    found = []
    for language in languages:
        one = next((known for known in letter.languages if known == language.strip().lower()), None)
        if one is None:
            raise NotFoundError(
                "letter.no-text-in",
                "The letter {name!r} has no text in {language!r}.",
                name=letter.name, language=language, known=", ".join(letter.languages), remedy="There is: {known}.",
            )  # fmt: skip
        found.append(one)
    return list(dict.fromkeys(found)) or letter.languages


def digest(letter: Letter, language: Language) -> str:
    """Return what tells whether a letter's words in a language are those that a file was made from."""
    return hashlib.sha256(f"{letter.subjects[language]}\0{letter.bodies[language]}".encode()).hexdigest()


def word_file(letter: Letter, language: Language) -> bytes:
    """Return the bytes of a Word file of a letter's text in a language. Raises LetterError as `to_docx` does."""
    body = letter.bodies[language]
    if found := _NO_XML.search(body + letter.subjects[language]):
        line = body[: found.start()].count("\n") + 1
        raise LetterError(
            "letter.no-word",
            "{folder}/{language}.md, line {line} holds a control character, which no Word file can.",
            folder=letter.folder, language=language, line=line, remedy="Take it out.",
        )  # fmt: skip
    return _Writing(letter, language, blocks_of(body)).file()


class _Writing:
    """Writes the parts of one file."""

    def __init__(self, letter: Letter, language: Language, text: WordText) -> None:
        self._letter, self._language, self._text = letter, language, text
        self._rtl = language in RIGHT_TO_LEFT
        self._links: list[str] = []
        self._starts: list[int] = []
        self._open_lists: dict[int, int] = {}
        self._called: list[str] = []
        self._notes = {one.name: one for one in text.blocks if one.kind == "note"}

    def file(self) -> bytes:
        body = "".join(
            [
                self._paragraph(_HELP_STYLE, self._run(WordRun(_HELP[self._language]), fields=False)),
                self._paragraph(_SUBJECT_STYLE, self._runs((WordRun(self._letter.subjects[self._language]),))),
                *(self._block(one) for one in self._text.blocks if one.kind != "note"),
            ]
        )
        notes = "".join(self._note(number, name) for number, name in enumerate(self._called, start=2))
        rtl = "<w:bidi/>" if self._rtl else ""
        parts = {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELS,
            "docProps/core.xml": self._core(),
            "docProps/custom.xml": self._custom(),
            "word/_rels/document.xml.rels": self._relationships(),
            "word/document.xml": f'<w:document xmlns:w="{MAIN}" xmlns:r="{_REL}"><w:body>{body}<w:sectPr>'
            f'<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1304" w:right="1417" w:bottom="1304" '
            f'w:left="1417" w:header="709" w:footer="709" w:gutter="0"/>{rtl}</w:sectPr></w:body></w:document>',
            "word/footnotes.xml": f'<w:footnotes xmlns:w="{MAIN}" xmlns:r="{_REL}">{_SEPARATORS}{notes}</w:footnotes>',
            "word/_rels/footnotes.xml.rels": self._relationships(own=False),
            "word/numbering.xml": numbering(self._starts),
            "word/settings.xml": f'<w:settings xmlns:w="{MAIN}"><w:footnotePr><w:footnote w:id="0"/>'
            '<w:footnote w:id="1"/></w:footnotePr><w:compat><w:compatSetting w:name="compatibilityMode" '
            'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>',
            "word/styles.xml": styles(self._language),
        }
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
            for name, content in parts.items():
                entry = zipfile.ZipInfo(name, _STAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = 0o600 << 16
                package.writestr(entry, f"{_HEAD}{content}".encode())
        return made.getvalue()

    # ---------------------------------------------------------------------------------------------- paragraphs

    def _block(self, block: WordBlock) -> str:
        if block.kind == "table":
            return self._table(block)
        if block.kind == "mark":
            return self._paragraph(_MARK_STYLE, self._words(block.words, frozenset(), style=MARK), turned=False)
        return self._paragraph(self._style(block), self._runs(block.runs))

    def _style(self, block: WordBlock) -> tuple[str, str]:
        """What stands first and what last in a paragraph's properties, which have an order of their own (17.3.1.26)."""
        kind = block.kind
        if kind[0] == "h":
            return f'<w:pStyle w:val="Heading{kind[1:]}"/>', ""
        if kind == "quote":
            return f'<w:pStyle w:val="{style_id(QUOTE)}"/>', ""
        if kind[:2] in {"ul", "ol"}:
            level = min(int(kind[2:]), DEEPEST) - 1
            number = self._list_number(kind, level, block.start)
            numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            return f'<w:pStyle w:val="{style_id(LIST)}"/>{numbered}', ""
        if kind[:2] == "in":
            side = 567 * min(int(kind[2:]), DEEPEST)
            return f'<w:pStyle w:val="{style_id(LIST)}"/>', f'<w:ind w:left="{side}"/>'
        return "", '<w:jc w:val="end"/>' if block.part == "date" else ""

    def _list_number(self, kind: str, level: int, start: int) -> int:
        if kind[:2] == "ul":
            return 1
        if start or level not in self._open_lists:
            self._starts.append(start or 1)
            self._open_lists = {deep: one for deep, one in self._open_lists.items() if deep < level}
            self._open_lists[level] = len(self._starts) + 1
        return self._open_lists[level]

    def _paragraph(self, style: str | tuple[str, str], content: str, *, turned: bool = True) -> str:
        first, last = style if isinstance(style, tuple) else (style, "")
        bidi = "<w:bidi/>" if self._rtl and turned else ""
        properties = f"{first}{bidi}{last}"
        return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{content}</w:p>"

    def _table(self, block: WordBlock) -> str:
        many = max(len(row) for row in block.rows)
        width = 9072 // many
        rows = []
        for at, row in enumerate(block.rows):
            cells = []
            for column, cell in enumerate(row):
                named = f'<w:pStyle w:val="{style_id(TABLE_HEAD)}"/>' if at == 0 else ""
                side = block.aligned[column] if column < len(block.aligned) else ""
                placed = f'<w:jc w:val="{side}"/>' if side else ""
                inner = self._paragraph((named, f'<w:spacing w:after="40"/>{placed}'), self._runs(cell))
                cells.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner}</w:tc>')
            head = "<w:trPr><w:tblHeader/></w:trPr>" if at == 0 else ""
            rows.append(f"<w:tr>{head}{''.join(cells)}</w:tr>")
        line = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="8A8A8A"/>' for side in ("top", "bottom", "insideH")
        )
        turned = "<w:bidiVisual/>" if self._rtl else ""
        grid = f'<w:gridCol w:w="{width}"/>' * many
        return (
            f'<w:tbl><w:tblPr>{turned}<w:tblW w:w="{width * many}" w:type="dxa"/><w:tblBorders>{line}</w:tblBorders>'
            f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>{_EMPTY}"
        )

    def _note(self, number: int, name: str) -> str:
        mark = f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>{self._plain(" ")}'
        words = self._runs(self._notes[name].runs)
        return f'<w:footnote w:id="{number}">{self._paragraph(_NOTE_STYLE, mark + words)}</w:footnote>'

    # ----------------------------------------------------------------------------------------------------- runs

    def _runs(self, runs: Runs) -> str:
        made = []
        for run in even(runs):
            if run.note:
                self._called.append(run.note)
                made.append(
                    f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
                    f'<w:footnoteReference w:id="{len(self._called) + 1}"/></w:r>'
                )
            elif run.link:
                self._links.append(run.link)
                made.append(f'<w:hyperlink r:id="rIdL{len(self._links)}">{self._run(run, link=True)}</w:hyperlink>')
            else:
                made.append(self._run(run))
        return "".join(made)

    def _run(self, run: WordRun, *, link: bool = False, fields: bool = True) -> str:
        pieces: list[str] = []
        end = 0
        for start, stop in held_in(run.text) if fields else ():
            pieces += [
                self._words(run.text[end:start], run.marks, link=link),
                self._words(run.text[start:stop], run.marks, style=FIELD),
            ]
            end = stop
        return "".join([*pieces, self._words(run.text[end:], run.marks, link=link)])

    def _words(self, words: str, marks: frozenset[str], *, style: str = "", link: bool = False) -> str:
        if not words:
            return ""
        own = STRUCK_CODE if {"code", "s"} <= marks else CODE if "code" in marks else STRUCK if "s" in marks else ""
        named = "" if style == MARK else own or style or ("Hyperlink" if link else "")
        look = f'<w:rStyle w:val="{style_id(named)}"/>' if named else ""
        look += "<w:b/><w:bCs/>" * ("strong" in marks) + "<w:i/><w:iCs/>" * ("em" in marks)
        look += "<w:noProof/>" * bool(style)
        for mark, where in (("sup", "superscript"), ("sub", "subscript")):
            look += f'<w:vertAlign w:val="{where}"/>' if mark in marks else ""
        look += "<w:rtl/>" if self._rtl and not style else ""
        look += "" if style else proofing(self._language)
        return f"<w:r><w:rPr>{look}</w:rPr>{_text(words)}</w:r>"

    def _plain(self, words: str) -> str:
        return f"<w:r>{_text(words)}</w:r>"

    # ------------------------------------------------------------------------------------------------ other parts

    def _relationships(self, *, own: bool = True) -> str:
        parts = [
            f'<Relationship Id="rId{number}" Type="{_REL}/{name}" Target="{name}.xml"/>'
            for number, name in enumerate(("styles", "numbering", "settings", "footnotes"), start=1)
        ]
        links = [
            f'<Relationship Id="rIdL{number}" Type="{_REL}/hyperlink" Target={quoteattr(_address_of(link))} '
            'TargetMode="External"/>'
            for number, link in enumerate(self._links, start=1)
        ]
        inner = "".join([*(parts if own else []), *links])
        return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'

    def _core(self) -> str:
        return (
            f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(self._letter.title)}</dc:title>'
            f"<dc:language>{self._language}</dc:language></cp:coreProperties>"
        )

    def _custom(self) -> str:
        facts = {OURS: self._letter.name, f"{OURS}Language": str(self._language),
                 f"{OURS}Text": digest(self._letter, self._language)}  # fmt: skip
        rows = "".join(
            f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{name}"><vt:lpwstr>'
            f"{escape(value)}</vt:lpwstr></property>"
            for pid, (name, value) in enumerate(facts.items(), start=2)
        )
        office = "http://schemas.openxmlformats.org/officeDocument/2006"
        return f'<Properties xmlns="{office}/custom-properties" xmlns:vt="{office}/docPropsVTypes">{rows}</Properties>'


def _text(words: str) -> str:
    pieces = []
    for part in re.split(r"([\n\t])", words):
        if part == "\n":
            pieces.append("<w:br/>")
        elif part == "\t":
            pieces.append("<w:tab/>")
        elif part:
            pieces.append(f'<w:t xml:space="preserve">{escape(part)}</w:t>')
    return "".join(pieces)


def _address_of(link: str) -> str:
    """A link's address with the tags in it in percent, since no address holds a brace (RFC 3986, 2)."""
    end, pieces = 0, []
    for start, stop in held_in(link):
        pieces += [link[end:start], quote(link[start:stop], safe="")]
        end = stop
    return "".join([*pieces, link[end:]])


_HELP_STYLE, _SUBJECT_STYLE, _MARK_STYLE, _NOTE_STYLE = (
    f'<w:pStyle w:val="{style_id(name)}"/>' for name in (HELP, SUBJECT, MARK, "FootnoteText")
)
_EMPTY = '<w:p><w:pPr><w:spacing w:after="0"/></w:pPr></w:p>'
_SEPARATORS = (
    '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="1"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_KIND}.wordprocessingml.{kind}+xml"/>'
        for name, kind in (
            ("document", "document.main"), ("styles", "styles"), ("numbering", "numbering"), ("settings", "settings"),
            ("footnotes", "footnotes"),
        )
    )
    + '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    f'<Override PartName="/docProps/custom.xml" ContentType="{_KIND}.custom-properties+xml"/></Types>'
)  # fmt: skip
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    f'<Relationship Id="rId3" Type="{_REL}/custom-properties" Target="docProps/custom.xml"/></Relationships>'
)
