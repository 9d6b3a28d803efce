"""What a template may use up: each step of a loop, each character made and each second counts, and there is an end.

Jinja2's sandbox keeps templates from the machine; it does not keep them from filling the memory or running for ever.
Here every loop, macro and file takes a step; whatever can make a long text or list of a short one is measured before
it is made; and a letter that has used up what hundreds of letters need is refused with its line.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_STEPS = 100_000
MOST_CHARACTERS = 20_000_000
"""Made on the way, in all; what comes out may have far fewer."""
_LONGEST = 2_000_000
_MOST_ITEMS = 20_000
_MOST_SECONDS = 10.0
"""Of the processor: a backstop, for what takes long in few steps."""
_LOOKED_AT = 256
_MOST_NUMBER = 10_000
_MOST_BITS = 200_000
_WIDTH = re.compile(r"%[^a-zA-Z%]*(?:\d{4,}|\*)|:[^{}]*(?:\d{4,}|\{)")
_GROWS_BY_NUMBER = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})
_VALUES_OF_ANY_SIZE = frozenset({"default", "d", "ordinal", "session", "day", "listed"})


class Budget:
    """What one letter's template has used up."""

    __slots__ = ("characters", "ends_at", "steps")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.steps = self.characters = 0
        self.ends_at = 0.0

    def step(self) -> None:
        """Take a step of a loop, a macro, a filter. Raises SecurityError where there have been too many."""
        self.steps += 1
        if self.steps > MOST_STEPS or (self.steps % _LOOKED_AT == 0 and self._is_late()):
            raise SecurityError("the template runs on without end: it takes more steps than any letter needs")

    def _is_late(self) -> bool:
        # A letter takes some dozen steps: only one that takes more is timed, since asking costs more than they do.
        now = time.thread_time()
        self.ends_at = self.ends_at or now + _MOST_SECONDS
        return now > self.ends_at

    def spend(self, characters: int) -> None:
        """Say that so many characters are about to be made. Raises SecurityError where they are too many."""
        self.characters += characters
        if characters > _LONGEST or self.characters > MOST_CHARACTERS:
            raise SecurityError("the template makes a text that is longer than any letter")


_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget() -> Iterator[None]:
    """Let the template that is rendered inside use up one letter's budget; one inside another shares it."""
    if _BUDGET.get() is not None:
        yield
        return
    token = _BUDGET.set(Budget())
    try:
        yield
    finally:
        _BUDGET.reset(token)


def _current() -> Budget:
    # Without one a template is being compiled, which works out what is constant in it.
    return _BUDGET.get() or Budget()


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 16


def _items(value: Any) -> None:
    if isinstance(value, list | tuple | dict | set | range) and len(value) > _MOST_ITEMS:
        raise SecurityError("the template makes a range or a list that is longer than any letter needs")


def _joined(parts: Iterable[Any], between: Any = "") -> list[Any]:
    """The parts of a text that is about to be joined, measured."""
    found: list[Any] = []
    total = 0
    for part in parts:
        found.append(part)
        total += _size(part) + _size(between) * bool(between)
        if total > _LONGEST:
            break
    _current().spend(total)
    return found


def joined(parts: Iterable[str]) -> str:
    """Return parts of a template's output as one text. Raises SecurityError where it would be too long."""
    return "".join(_joined(parts))


def limited(parts: Iterable[str], most: int) -> str:
    """Return a template's output up to the part with which it is longer than `most` characters."""
    found: list[str] = []
    total = 0
    for part in parts:
        found.append(part)
        total += len(part)
        if total > most:
            break
    return "".join(found)


@pass_context  # so that it is not worked out beforehand, as what is constant is
def _step(_context: Context, _value: Any) -> str:
    _current().step()
    return ""


def _range(*numbers: int) -> range:
    made = range(*numbers)
    _items(made)
    return made


class Bounded(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, in which a template comes to an end and no value grows without one."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, function in list(self.filters.items()):
            self.filters[name] = bounded(name, function)
        # Each can be asked for a text of any length, by a number that stands in the template.
        for name in ("center", "format", "indent", "tojson", "pprint", "xmlattr", "wordwrap"):
            self.filters.pop(name)
        self.filters["step_"] = _step
        join = markup_join if self.autoescape else str_join
        self.filters["concat_"] = lambda parts: join(_joined(parts))
        self.globals.pop("lipsum", None)
        self.globals["range"] = _range

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Let every loop, macro and file take a step, and measure what is put together with `~`."""
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.For, nodes.Macro, nodes.CallBlock)):
            body: list[nodes.Node] = getattr(node, "body")  # noqa: B009  (each of the three has one)
            body.insert(0, _a_step(node.lineno))
        tree.body.insert(0, _a_step(1))
        _measured(tree)
        return tree

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse what could fill the memory: products, powers, sums of texts and lists, formats."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator in ("*", "**"):
            if not numbers or (operator == "**" and max(abs(left), abs(right)) > _MOST_NUMBER):
                raise SecurityError(f"{operator} works on numbers of a sensible size only")
            if isinstance(left, int) and isinstance(right, int):
                bits = left.bit_length() * (abs(right) if operator == "**" else 1) + right.bit_length()
                if bits > _MOST_BITS:
                    raise SecurityError(f"{operator} works on numbers of a sensible size only")
        elif operator == "+" and not numbers:
            _current().spend(_size(left) + _size(right))
            if (
                isinstance(left, list | tuple)
                and isinstance(right, list | tuple)
                and len(left) + len(right) > _MOST_ITEMS
            ):
                _items(range(len(left) + len(right)))
        elif operator == "%" and isinstance(left, str):
            _format(left, right if isinstance(right, tuple) else (right,), left.count("%"))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Measure what a method of a text would make before it is called."""
        _current().step()
        method = getattr(obj, "__wrapped__", obj)  # the sandbox puts its own around a text's format
        text, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
        if isinstance(text, str):
            if name in _GROWS_BY_NUMBER and any(isinstance(one, int) and one > _MOST_NUMBER for one in args):
                raise SecurityError(f"{name} works with numbers of a sensible size only")
            if name == "expandtabs":
                _current().spend(len(text) + text.count("\t") * (args[0] if args and isinstance(args[0], int) else 8))
            elif name == "replace" and len(args) >= 2:
                _replace(text, args[0], args[1])
            elif name == "join" and args:
                args = (_joined(args[0], text), *args[1:])
            elif name in ("format", "format_map"):
                every = (*args, *kwargs.values())
                _format(text, every, text.count("{"))
            elif name == "translate":
                raise SecurityError("translate is not for templates")
            else:
                _current().spend(len(text))
        made = super().call(context, obj, *args, **kwargs)
        if isinstance(made, list | tuple | dict):
            _items(made)
        return made


def _a_step(line: int) -> nodes.ExprStmt:
    return nodes.ExprStmt(nodes.Filter(nodes.Const(0), "step_", [], [], None, None, lineno=line), lineno=line)


def _measured(tree: nodes.Node) -> None:
    """Put the filter that measures in the place of every `~`."""
    for node in [tree, *tree.find_all(nodes.Node)]:
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(node, name, _as_filter(value))
            elif isinstance(value, list):
                value[:] = [_as_filter(one) if isinstance(one, nodes.Concat) else one for one in value]


def _as_filter(node: nodes.Concat) -> nodes.Filter:
    parts = nodes.List(node.nodes, lineno=node.lineno)
    made = nodes.Filter(parts, "concat_", [], [], None, None, lineno=node.lineno)
    if node.environment is not None:
        made.set_environment(node.environment)
    return made


def _replace(text: str, old: Any, new: Any) -> None:
    places = len(text) + 1 if not str(old) else text.count(str(old))
    _current().spend(len(text) + places * len(str(new)))


def _format(text: str, values: Iterable[Any], fields: int) -> None:
    if _WIDTH.search(text):
        raise SecurityError("a format works with widths of a sensible size only")
    _current().spend(len(text) + fields * max((_size(value) for value in values), default=0))


def bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that takes a step, and is measured before it makes much of little."""
    skipped = 1 if getattr(function, "jinja_pass_arg", None) is not None else 0

    def run(*args: Any, **kwargs: Any) -> Any:
        _current().step()
        own = list(args[skipped:])
        value, more = (own[0] if own else None), [*own[1:], *kwargs.values()]
        if name not in _VALUES_OF_ANY_SIZE and any(
            isinstance(one, int | float) and not isinstance(one, bool) and abs(one) > _MOST_NUMBER for one in more
        ):
            raise SecurityError(f"{name} works with numbers of a sensible size only")
        if name == "replace" and len(more) >= 2:
            _replace(str(value), more[0], more[1])
        elif name in ("join", "listed"):
            args = (*args[:skipped], _joined(value or (), more[0] if more else ""), *own[1:])
        elif name == "sum" and any(not isinstance(one, int | float | str) for one in more):
            raise SecurityError("sum adds numbers up")
        elif isinstance(value, Sized):
            _current().spend(min(_size(value), _LONGEST))
        made = function(*args, **kwargs)
        if isinstance(made, str):
            _current().spend(len(made))
        _items(made)
        return made

    for attribute in ("jinja_pass_arg", "jinja_async_variant"):
        if hasattr(function, attribute):
            setattr(run, attribute, getattr(function, attribute))
    return run
