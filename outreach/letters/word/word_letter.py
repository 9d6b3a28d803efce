"""A Word document made ready to be read as a letter: what a letter can't hold is taken out, and told with its place.

Word keeps more in a document than it shows: hidden words, changes that nobody has accepted, comments, fields of a merge
of its own. Mammoth reads the rest; it would take hidden words for words and pass over the others in silence.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring

from outreach.sentences import Sentence, saying
from outreach.text import counted, folded, one_line

TABLE = "word.table"
"""What is told of a table: in a file of ours, tables are compared word by word."""
_HEAD, _FOOT = saying("word.page-header", "page header"), saying("word.page-footer", "page footer")
_SOMEBODY = saying("word.somebody", "somebody")
FROM_WORD = "From Word. Look at each, and take its line out then:"
"""How the comment begins in which a letter from Word names what has to be looked at."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DOCUMENT = "word/document.xml"
_MOST_WORDS = 80
_WHITE = re.compile(r"(?i)f[ef]{5}")
_SMALLEST = 6
"""Half points: words of three points and less are not there to be read."""

# Fields of a merge, as Word's own data sources call them: ours. The keys are folded, without spaces.
_FIELDS = {
    "title": "contact.form_of_address", "courtesytitle": "contact.form_of_address", "prefix": "contact.form_of_address",
    "salutation": "contact.form_of_address", "honorific": "contact.form_of_address",
    "formofaddress": "contact.form_of_address", "name": "contact.name", "fullname": "contact.name",
    "lastname": "contact.name", "surname": "contact.name", "familyname": "contact.name", "contact": "contact.name",
    "contactname": "contact.name", "nom": "contact.name", "apellido": "contact.name", "apellidos": "contact.name",
    "jobtitle": "contact.title", "position": "contact.title", "function": "contact.title", "fonction": "contact.title",
    "cargo": "contact.title", "email": "contact.email", "emailaddress": "contact.email", "country": "mission.name",
    "countryname": "mission.name", "state": "mission.name", "pays": "mission.name", "pais": "mission.name",
    "countryorregion": "mission.name", "mission": "mission.name", "city": "mission.city", "ville": "mission.city",
    "addressblock": "inside_address", "greetingline": "salutation", "date": "date", "today": "date",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InWord:
    """Something that a letter can't hold as Word has it, where it stands, and what has become of it."""

    where: Sentence
    what: Sentence
    words: str = ""
    secret: bool = False
    """Whether its words are to stand nowhere in the letter's folder."""

    @property
    def said(self) -> Sentence:
        """As a person is told of it."""
        if self.words:
            return saying("word.note-words", "{where}: {what}: “{words}”", where=self.where, what=self.what,
                          words=self.words)  # fmt: skip
        return saying("word.note", "{where}: {what}", where=self.where, what=self.what)

    @property
    def in_file(self) -> str:
        """The same for the letter's file, without what was hidden."""
        words = (
            f" ({counted(len(self.words.split()), 'word')})"
            if self.secret
            else f": “{self.words}”"
            if self.words
            else ""
        )
        return f"{self.where}: {self.what}{words}"


def made_ready(path: Path) -> tuple[io.BytesIO, list[InWord]]:
    """Return a Word document without what a letter can't hold, and what that was.

    The file is one that was found harmless. Hidden and struck-out words are left out, changes taken as if accepted,
    fields of a merge made ours where they are known. Raises ParseError for XML that is none.
    """
    with zipfile.ZipFile(path) as package:
        parts = {part.filename: package.read(part) for part in package.infolist() if not part.is_dir()}
    reading = _Reading(_hidden_styles(parts.get("word/styles.xml")))
    comments = _comments(parts.get("word/comments.xml"))
    for name in (_DOCUMENT, "word/footnotes.xml", "word/endnotes.xml"):
        if name in parts:
            root = fromstring(parts[name])
            reading.read(root, comments, notes=name != _DOCUMENT)
            parts[name] = tostring(root, encoding="utf-8", xml_declaration=True)
    reading.found += _around(parts)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    made.seek(0)
    return made, reading.found


def _comments(part: bytes | None) -> dict[str, str]:
    if part is None:
        return {}
    return {
        str(one.get(f"{_W}id")): f"{one.get(f'{_W}author') or 'somebody'}: {_text(one)}"
        for one in fromstring(part).iter(f"{_W}comment")
    }


def _around(parts: dict[str, bytes]) -> Iterator[InWord]:
    """What stands at the head and the foot of the pages."""
    for name in sorted(parts):
        if match := re.fullmatch(r"word/(header|footer)\d*\.xml", name):
            root = fromstring(parts[name])
            where = _HEAD if match[1] == "header" else _FOOT
            if words := _text(root):
                yield InWord(
                    where,
                    saying("word.head", "not taken: put it into [letterhead] or into the text if it belongs there"),
                    words,
                )
            if next(root.iter(f"{_W}drawing"), None) is not None or next(root.iter(f"{_W}pict"), None) is not None:
                yield InWord(where, saying("word.logo", "a picture, not taken: make it a logo of the letterhead"))


def _hidden_styles(part: bytes | None) -> frozenset[str]:
    """The styles whose words are hidden, by their own word or that of the style they are based on."""
    if part is None:
        return frozenset()
    styles = list(fromstring(part).iter(f"{_W}style"))
    based = {str(one.get(f"{_W}styleId")): one.find(f"{_W}basedOn") for one in styles}
    hidden = {str(one.get(f"{_W}styleId")) for one in styles if _is_hidden(one.find(f"{_W}rPr"))}
    for _ in range(10):  # styles are based on each other a few deep
        hidden |= {name for name, base in based.items() if base is not None and base.get(f"{_W}val") in hidden}
    return frozenset(hidden)


def _on(properties: Element | None, name: str) -> bool:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return found is not None and found.get(f"{_W}val") not in {"0", "false", "off", "none"}


def _is_hidden(properties: Element | None) -> bool:
    """Whether words are not there to be read: hidden, white, or too small."""
    if properties is None:
        return False
    colour, size = properties.find(f"{_W}color"), properties.find(f"{_W}sz")
    shade, light = properties.find(f"{_W}shd"), properties.find(f"{_W}highlight")
    white = colour is not None and _WHITE.fullmatch(colour.get(f"{_W}val") or "") and shade is None and light is None
    small = size is not None and (size.get(f"{_W}val") or "").isdigit() and int(size.get(f"{_W}val") or 99) <= _SMALLEST
    return any(_on(properties, name) for name in ("vanish", "webHidden", "specVanish")) or bool(white) or small


def _text(element: Element) -> str:
    pieces = [
        "\n" if one.tag in {f"{_W}p", f"{_W}br", f"{_W}tab"} else one.text or ""
        for one in element.iter()
        if one.tag in {f"{_W}t", f"{_W}delText", f"{_W}p", f"{_W}br", f"{_W}tab"}
    ]
    return _short("".join(pieces))


def _short(words: str) -> str:
    line = one_line(words.replace("\u00a0", " "))
    return line if len(line) <= _MOST_WORDS else f"{line[: _MOST_WORDS - 1]}…"


@dataclass(slots=True)
class _Field:
    """A field of Word's that is being read: its instruction, and where it began."""

    begins: Element
    instruction: str = ""


_HIDDEN = saying("word.hidden", "hidden words, not taken")
_STRUCK = saying("word.struck", "struck-out words, not taken")
_UNDERLINED = saying("word.underlined", "underlined words, which are plain now")
_MARKED = saying("word.marked", "words marked with a colour, which are plain now: is it a note to somebody?")
_CAPITALS = saying("word.capitals", "capitals that Word makes of small letters, which are small now")
_GATHERED = (_HIDDEN, _STRUCK, _UNDERLINED, _MARKED, _CAPITALS)
"""What is told of a paragraph's words, once of each kind."""


def _looks_lost(properties: Element | None, words: str, *, linked: bool) -> Iterator[Sentence]:
    """Yield what words look like in Word and not in a letter."""
    if _on(properties, "u") and not linked:
        yield _UNDERLINED
    if _on(properties, "highlight"):
        yield _MARKED
    if _on(properties, "caps") and words != words.upper():
        yield _CAPITALS


class _Reading:
    """Goes through the paragraphs of a part, takes out what a letter can't hold, and remembers it."""

    def __init__(self, hidden_styles: frozenset[str]) -> None:
        self.found: list[InWord] = []
        self._hidden_styles = hidden_styles
        self._fields: list[_Field] = []
        self._where = saying("word.document", "the document")

    def read(self, root: Element, comments: dict[str, str], *, notes: bool) -> None:
        self._fields = []
        tables = {id(table) for table in root.iter(f"{_W}tbl")}
        number = 0
        for element in list(root.iter()):
            if id(element) in tables:
                self._where = (
                    saying("word.after-notes-paragraph", "footnotes, after paragraph {number}", number=number)
                    if notes
                    else saying("word.after-paragraph", "after paragraph {number}", number=number)
                )
                self._tell(saying("word.table", "a table: look whether it came over"), _text(element))
            if element.tag == f"{_W}p":
                number += 1
                self._where = (
                    saying("word.notes-paragraph", "footnotes, paragraph {number}", number=number)
                    if notes
                    else saying("word.paragraph", "paragraph {number}", number=number)
                )
                self._paragraph(element, comments)

    def _tell(self, what: Sentence, words: str = "", *, secret: bool = False) -> None:
        self.found.append(InWord(self._where, what, words, secret))

    def _paragraph(self, paragraph: Element, comments: dict[str, str]) -> None:
        parents = {child: parent for parent in paragraph.iter() for child in parent}
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        hidden = style is not None and style.get(f"{_W}val") in self._hidden_styles
        self._changes(paragraph, parents)
        self._equations(paragraph, parents)
        gathered: dict[str, list[str]] = {what.code: [] for what in _GATHERED}
        for run in [one for one in paragraph.iter() if one.tag in {f"{_W}r", f"{_W}fldSimple"}]:
            if run not in parents or (run.tag == f"{_W}r" and _within(run, parents, {f"{_W}p"}) is not paragraph):
                continue  # of a paragraph in a text box, which is read for itself
            if run.tag == f"{_W}fldSimple":
                self._simple_field(run, parents)
                continue
            if self._in_field(run, parents):
                continue
            properties = run.find(f"{_W}rPr")
            own = properties.find(f"{_W}rStyle") if properties is not None else None
            of_style = own is not None and own.get(f"{_W}val") in self._hidden_styles
            words = "".join(one.text or "" for one in run.iter(f"{_W}t"))
            if words.strip() and (hidden or of_style or _is_hidden(properties)):
                gathered[_HIDDEN.code].append(words)
                parents[run].remove(run)
            elif words.strip() and (_on(properties, "strike") or _on(properties, "dstrike")):
                gathered[_STRUCK.code].append(words)
                parents[run].remove(run)
            elif words.strip():
                linked = _within(run, parents, {f"{_W}hyperlink"}) is not None
                for what in _looks_lost(properties, words, linked=linked):
                    gathered[what.code].append(words)
            self._things_in(run, comments)
        for what in _GATHERED:
            if pieces := gathered[what.code]:
                self._tell(what, _short("".join(pieces)), secret=what is _HIDDEN)

    def _equations(self, paragraph: Element, parents: dict[Element, Element]) -> None:
        for equation in [one for one in paragraph.iter() if one.tag in (f"{_MATH}oMath", f"{_MATH}oMathPara")]:
            parents[equation].remove(equation)
            if equation.tag == f"{_MATH}oMath":
                words = saying("word.equation", "an equation, not taken: write it in words")
                self._tell(words, _short("".join(equation.itertext())))

    def _changes(self, paragraph: Element, parents: dict[Element, Element]) -> None:
        """Changes that Word keeps track of: what was put in stays, what was taken out goes."""
        for kind in ("ins", "moveTo", "del", "moveFrom"):
            for change in [one for one in paragraph.iter(f"{_W}{kind}") if one in parents]:
                if not (words := _text(change)):
                    continue
                who = change.get(f"{_W}author") or _SOMEBODY
                self._tell(_change(kind, who), words)
                if kind in {"del", "moveFrom"}:
                    parents[change].remove(change)

    def _things_in(self, run: Element, comments: dict[str, str]) -> None:
        for one in run.iter():
            name = one.tag.removeprefix(_W) if isinstance(one.tag, str) else ""
            if name == "commentReference":
                self._tell(
                    saying("word.comment", "a comment, not taken"), _short(comments.get(str(one.get(f"{_W}id")), ""))
                )
            elif name in {"drawing", "pict", "object"}:
                boxed = next(one.iter(f"{_W}txbxContent"), None)
                if boxed is not None:
                    self._tell(saying("word.text-box", "a text box: look where its words stand now"), _text(boxed))
                else:
                    self._tell(
                        saying(
                            "word.picture",
                            "a picture, not taken: put it into the letter's folder, and write ![words](file.png)",
                        )
                    )

    # ---------------------------------------------------------------------------------------------------- fields

    def _in_field(self, run: Element, parents: dict[Element, Element]) -> bool:
        """Take a run that belongs to a field of a merge out, and put ours in its place; tell whether it was one."""
        kinds = [one.get(f"{_W}fldCharType") for one in run.iter(f"{_W}fldChar")]
        if "begin" in kinds:
            self._fields.append(_Field(run))
        inside = bool(self._fields)
        if self._fields:
            self._fields[-1].instruction += "".join(one.text or "" for one in run.iter(f"{_W}instrText"))
        merges = inside and any(_merge_field(one.instruction) for one in self._fields)
        if "end" in kinds and self._fields:
            field = self._fields.pop()
            if (name := _merge_field(field.instruction)) is not None:
                self._put(field.begins, name)
        if merges and run is not (self._fields[-1].begins if self._fields else None) and run in parents:
            if not any(run is one.begins for one in self._fields) and run.find(f"{_W}t[@outreach]") is None:
                _emptied(run)
            return True
        return inside

    def _simple_field(self, field: Element, parents: dict[Element, Element]) -> None:
        name = _merge_field(field.get(f"{_W}instr") or "")
        if name is None:
            return
        parent = parents[field]
        at = list(parent).index(field)
        parent.remove(field)
        run = Element(f"{_W}r")
        parent.insert(at, run)
        self._put(run, name)

    def _put(self, run: Element, name: str) -> None:
        """Put our field into the run where Word's began, or nothing where it is none of ours."""
        _emptied(run)
        ours = _FIELDS.get(folded(name).replace(" ", ""))
        if ours is None:
            self._tell(saying("word.merge-field-unknown", "a merge field that no letter has, left out"), name)
            return
        text = SubElement(run, f"{_W}t", {"outreach": "1", "{http://www.w3.org/XML/1998/namespace}space": "preserve"})
        text.text = f"{{{{ {ours} }}}}"
        self._tell(saying("word.merge-field", "a merge field, now {{ {field} }}", field=ours), name)


def _change(kind: str, who: str | Sentence) -> Sentence:
    match kind:
        case "ins":
            return saying("word.put-in", "a change that nobody has accepted, put in by {who}, taken", who=who)
        case "moveTo":
            return saying(
                "word.moved-here", "a change that nobody has accepted, moved to here by {who}, taken", who=who
            )
        case "del":
            return saying("word.taken-out", "a change that nobody has accepted, taken out by {who}, not taken", who=who)
    return saying("word.moved-away", "a change that nobody has accepted, moved away by {who}, not taken", who=who)


def _emptied(run: Element) -> None:
    for child in list(run):
        if child.tag != f"{_W}rPr":
            run.remove(child)


def _merge_field(instruction: str) -> str | None:
    """The name of a field of a merge (ECMA-376, part 1, 17.16.5); None for any other field of Word's."""
    if match := re.match(r'\s*MERGEFIELD\s+(?:"([^"]*)"|(\S+))', instruction, re.IGNORECASE):
        return match[1] or match[2]
    if match := re.match(r"\s*(ADDRESSBLOCK|GREETINGLINE)\b", instruction, re.IGNORECASE):
        return match[1].lower()
    return None


def _within(element: Element, parents: dict[Element, Element], tags: set[str]) -> Element | None:
    """The nearest element around that has one of these tags."""
    above = parents.get(element)
    while above is not None and above.tag not in tags:
        above = parents.get(above)
    return above
