"""The sandbox that templates run in: Jinja2's, with macros that may be shared and no value that grows without end.

A tag that stands alone on its line leaves no line behind; a line of tags and what is between them leaves none where it
says nothing. Nothing else is trimmed: an empty line after a tag parts paragraphs as it does anywhere.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import BytecodeCache, Environment, Template, TemplateNotFound
from jinja2.bccache import Bucket

from outreach.letters.bounds import joined
from outreach.letters.merge_fields import FieldGroup, is_field
from outreach.letters.passages import unmarked
from outreach.letters.same_parts import SameParts

# One of Unicode's noncharacters (Unicode 15, 23.7): at the end of a line that is gone where it says nothing.
_MAY_GO = "\ufdd2"
_GONE = re.compile(f"^[ \\t]*{_MAY_GO}(?:\\n|\\Z)", re.MULTILINE)
_OPENING = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}")
_ENDRAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_ENDRAW_ALONE = re.compile(r"\n[ \t]*\{%[^\n]*\Z")
_INCLUDES = re.compile(r"\{%[-+]?\s*include\b")
_TAKEN_IN = re.compile(r"\binclude\s*[\"']([^\"'\n]+)[\"']")


class Rendered(str):
    """What a macro or a block of the template made: Markdown already, so that it is not escaped where it is put.

    Only the whole output is that. Whatever is done to it (`~`, a filter) gives plain text, which is escaped.
    """

    __slots__ = ()


class Compiled(BytecodeCache):
    """Templates that this process has compiled before. Jinja2 compares the source: a changed one is compiled anew."""

    def __init__(self) -> None:
        """Begin with none."""
        self._code: dict[str, bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return the place of a template: what it takes in decides too which parts are the same in all letters."""
        return super().get_bucket(environment, name, filename, "".join(_with_what_it_takes_in(environment, source)))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is known of a template."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled."""
        self._code[bucket.key] = bucket.bytecode_to_string()


def _with_what_it_takes_in(environment: Environment, source: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    yield source
    assert environment.loader is not None
    for name in dict.fromkeys(_TAKEN_IN.findall(source)):
        if name not in seen:
            try:
                taken = environment.loader.get_source(environment, name)[0]
            except TemplateNotFound:
                continue  # it is told where it is
            yield from _with_what_it_takes_in(environment, taken, seen | {name})


def _rendered(parts: Iterable[str]) -> str:
    return Rendered(unmarked(_without_lines_of_nothing(joined(parts))))


def _without_lines_of_nothing(source: str) -> str:
    return _GONE.sub("", source).replace(_MAY_GO, "") if _MAY_GO in source else source


def template_tags(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield the fields, tags and raw blocks of a template: where each begins and ends, and `field`, `tag` or `raw`."""
    at = 0
    while opening := _OPENING.search(source, at):
        start, mark = opening.start(), opening[0][1]
        if _RAW.match(source, start):
            closing = _ENDRAW.search(source, start)
            end, kind = (closing.end() if closing else -1), "raw"
        else:
            found = source.find({"{": "}}", "%": "%}", "#": "#}"}[mark], start + 2)
            end, kind = (found + 2 if found >= 0 else -1), "field" if mark == "{" else "tag"
        if end < 0:
            return  # it is not closed, which Jinja2 tells with its line
        yield start, end, kind
        at = end


def _trimmed(source: str) -> str:
    """Write into a template what of its lines is trimmed: `{%+ … +%}` where nothing is, and which lines may go."""
    pieces: list[str] = []
    end = 0
    begins_with_tag = False
    for start, stop, kind in template_tags(source):
        between, line_end = source[end:start], source.find("\n", stop)
        after = source[stop : len(source) if line_end < 0 else line_end]
        first = not between.rpartition("\n")[2].strip(" \t") and ("\n" in between or end == 0)
        last = not after.strip(" \t")
        if first or "\n" in between:
            begins_with_tag = first and kind == "tag"
        pieces.append(between)
        end = stop
        tag = source[start:stop]
        if kind == "raw" and tag[-3] not in "-+" and not _ENDRAW_ALONE.search(tag):
            pieces.append(f"{tag[:-2]}+%}}")
        elif kind != "tag":
            pieces.append(tag)
        elif first and last and not _INCLUDES.match(tag):
            pieces.append(tag)
            end += len(after)  # spaces behind it are nobody's words
        else:
            tag = tag if tag[2] in "-+" else f"{tag[:2]}+{tag[2:]}"
            tag = tag if tag[-3] in "-+" else f"{tag[:-2]}+{tag[-2:]}"
            pieces.append(tag)
            if last and begins_with_tag and tag[-3] != "-":
                pieces.append(_MAY_GO)
                end += len(after)
    return "".join([*pieces, source[end:]])


def _as_it_is(value: Any) -> Any:
    return value


class Sandbox(SameParts):
    """Runs the templates of a letter."""

    # Jinja2 joins with this what a macro, a `{% set %}` block and the template itself put out, and nothing else.
    concat = staticmethod(_rendered)
    longest = 1_000_001  # one more than a letter may have, so that it is told as too long

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Every value is escaped for where it is put; escaped for HTML as well, it would be read with its entities.
        for name in ("e", "escape", "forceescape", "safe"):
            self.filters[name] = _as_it_is

    def preprocess(self, source: str, *_: str | None, **__: str | None) -> str:
        """Return a template's source with what of its lines is trimmed written into it; no line changes its number."""
        return _trimmed(str(source))

    def whole(self, template: Template, values: dict[str, Any], missing: list[str]) -> str:
        """Return all that a template puts out (see `said`); its values keep the marks that `passages` reads.

        What is made on the way, by a macro or a block, may be looked at by the template: it has none.
        """
        return _without_lines_of_nothing(self.said(template, values, missing, values["open"]))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field, which is a value; what else a template asks for goes the sandbox's way."""
        if isinstance(obj, FieldGroup) and attribute in obj.fields_:
            return obj.fields_[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Keep what is ours, and not a field, from templates."""
        return is_field(attr) and super().is_safe_attribute(obj, attr, value)
