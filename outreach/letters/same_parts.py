"""The parts of a template that say the same in every letter: each becomes a block, which is rendered once.

Those who sign, dates and facts are the same for every mission, and are most of what a template does. A part that asks
for no value of a mission, nor for anything that depends on one, is the same in all letters of a language.
"""

import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from functools import partial
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from jinja2 import Template, TemplateAssertionError, TemplateError, nodes
from jinja2.runtime import Context

from outreach.letters.bounds import Bounded, budget, limited

_Block = Callable[[Context], Iterable[str]]
_Read = Callable[[str], nodes.Template]
_OURS = "same_in_all_"
_FAR_REACHING = (nodes.Extends, nodes.Block, nodes.Import, nodes.FromImport, nodes.NSRef)
"""What makes more of a template than its pieces, one after the other."""
_ANEW_EACH_TIME = frozenset({"cycler", "joiner", "namespace", "self"})
_DEFINES = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.ExprStmt)
_SCOPED = (nodes.For, nodes.With)
"""What they name is forgotten at their end."""


class SameParts(Bounded):
    """The bounded sandbox, which renders once what is the same in each letter."""

    longest = sys.maxsize
    """Characters that a template puts out; it ends with the piece that is longer."""

    def __init__(self, *args: Any, differing: Collection[str] = (), **kwargs: Any) -> None:
        """Take also the names of the values that differ from one letter to another; without any, nothing is shared."""
        super().__init__(*args, **kwargs)
        self._differing = differing
        self._said: dict[tuple[_Block, Hashable], str] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self._differing:
            _set_apart(tree, self._differing, self._taken_in)
        return tree

    def _taken_in(self, name: str) -> nodes.Template:
        assert self.loader is not None
        source, file, _ = self.loader.get_source(self, name)
        return super()._parse(source, name, file)

    def puts_out(self, name: str, value: str) -> bool:
        """Tell whether a template puts out a value as it is, at one place, and does nothing else with it."""
        tree = self._taken_in(name)
        asked = [one for one in tree.find_all(nodes.Name) if one.name == value]
        put_out = [one for piece in tree.body if isinstance(piece, nodes.Output) for one in piece.nodes if one in asked]
        return len(asked) == len(put_out) == 1 and not _reaches_far(tree) and tree.find(nodes.Include) is None

    def said(self, template: Template, values: dict[str, Any], missing: list[str], among: Hashable) -> str:
        """Return what a template puts out.

        `values` are the same in all letters `among` which this one is, but for those that differ. `missing` are the
        empty fields that the letter has asked for, and gets those that this template asks for. Raises what the
        template raises, with the template's own lines, as Template.render does.
        """
        try:
            with budget():
                context = template.new_context(values)
                for name, blocks in context.blocks.items():
                    if name.startswith(_OURS):
                        context.blocks[name] = [partial(self._once, blocks[0], among, missing)]
                return limited(template.root_render_func(context), self.longest)
        except Exception:  # noqa: BLE001
            self.handle_exception()

    def _once(self, block: _Block, among: Hashable, missing: list[str], context: Context) -> Iterator[str]:
        if (block, among) not in self._said:
            noted = missing[:]
            missing.clear()
            words = limited(block(context), self.longest)
            if missing:  # a field that is empty has to be noted with every letter
                missing[:] = dict.fromkeys([*noted, *missing])
                return iter((words,))
            missing[:] = noted
            self._said[block, among] = words
        return iter((self._said[block, among],))


def _set_apart(tree: nodes.Template, differing: Collection[str], read: _Read) -> None:
    """Make a block of each run of a template's pieces that asks for none of the `differing` values."""
    for block in tree.find_all(nodes.Block):
        if block.name.startswith(_OURS):
            raise TemplateAssertionError(f"a block can't be called {block.name!r}", block.lineno)
    if _reaches_far(tree):
        return
    numbers = count(1)
    body: list[nodes.Node] = []
    for same, run in groupby(_sorted_out(_pieces(tree), differing, read), key=itemgetter(0)):
        pieces = [piece for _, piece in run]
        if same and not all(map(_is_text, pieces)):
            name = f"{_OURS}{next(numbers)}"
            pieces = [nodes.Block(name, pieces, False, False, lineno=pieces[0].lineno)]
        body += pieces
    tree.body = body


def _pieces(tree: nodes.Template) -> Iterator[nodes.Node]:
    """The statements of a template in their order, with each text and value that it puts out for itself."""
    for node in tree.body:
        if isinstance(node, nodes.Output):
            yield from (nodes.Output([child], lineno=child.lineno) for child in node.nodes)
        else:
            yield node


def _sorted_out(
    pieces: Iterator[nodes.Node], differing: Collection[str], read: _Read
) -> Iterator[tuple[bool, nodes.Node]]:
    """Yield each piece, and whether it only puts out what is the same in all letters.

    What is named by a piece that differs, differs from there on.
    """
    differ = {*differing, *_ANEW_EACH_TIME}
    for piece in pieces:
        if _is_text(piece):
            yield True, piece
            continue
        alone = nodes.Template([piece], lineno=piece.lineno)
        names = {one.name for one in alone.find_all(nodes.Name) if one.ctx != "load"}
        names |= {one.name for one in alone.find_all(nodes.Macro)}
        defines = isinstance(piece, _DEFINES)
        if _asks_for(alone, differ, read) or (names and not defines and not isinstance(piece, _SCOPED)):
            differ |= names
            yield False, piece
        else:
            yield not defines, piece


def _asks_for(tree: nodes.Template, differ: Collection[str], read: _Read) -> bool:
    try:
        return any(
            _differs(one, differ) or (each is not tree and isinstance(one, _FAR_REACHING))
            for each in (tree, *_included(tree, read))
            for one in each.find_all(nodes.Node)
        )
    except TemplateError:  # of a file that is taken in: it is told where it is
        return True


def _differs(node: nodes.Node, differ: Collection[str]) -> bool:
    if isinstance(node, nodes.Include):
        return _file_of(node) is None
    return (isinstance(node, nodes.Name) and node.name in differ) or (
        isinstance(node, nodes.Filter) and node.name == "random"
    )


def _reaches_far(tree: nodes.Template) -> bool:
    return any(tree.find(kind) is not None for kind in _FAR_REACHING)


def _is_text(piece: nodes.Node) -> bool:
    return isinstance(piece, nodes.Output) and isinstance(piece.nodes[0], nodes.TemplateData)


def _file_of(include: nodes.Include) -> str | None:
    """The file that is taken in; None where the template makes up its name."""
    name = include.template.value if isinstance(include.template, nodes.Const) else None
    return name if isinstance(name, str) else None


def _included(tree: nodes.Template, read: _Read, seen: frozenset[str] = frozenset()) -> Iterator[nodes.Template]:
    """Yield the files that a template takes in, and those that they take in."""
    for one in tree.find_all(nodes.Include):
        name = _file_of(one)
        if name is not None and name not in seen:
            taken = read(name)
            yield taken
            yield from _included(taken, read, seen | {name})
