"""The sandbox that templates run in: Jinja2's, with macros that may be shared and no value that grows without end."""

from collections.abc import Iterable
from typing import Any

from jinja2 import BytecodeCache, Template
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.letters.merge_fields import FieldGroup
from outreach.letters.passages import unmarked

_MOST_TIMES = 10_000


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

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is known of a template."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled."""
        self._code[bucket.key] = bucket.bytecode_to_string()


def _rendered(parts: Iterable[str]) -> str:
    return Rendered(unmarked("".join(parts)))


def _as_it_is(value: Any) -> Any:
    return value


class Sandbox(ImmutableSandboxedEnvironment):
    """Runs the templates of a letter."""

    intercepted_binops = frozenset({"*", "**"})
    # Jinja2 joins with this what a macro, a `{% set %}` block and the template itself put out, and nothing else.
    concat = staticmethod(_rendered)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each can be asked for a text of any length, by a number that stands in the template.
        for name in ("center", "format", "indent"):
            self.filters.pop(name)
        # Every value is escaped for where it is put; escaped for HTML as well, it would be read with its entities.
        for name in ("e", "escape", "forceescape", "safe"):
            self.filters[name] = _as_it_is

    def whole(self, template: Template, values: dict[str, Any]) -> str:
        """Return all that a template puts out; its values keep the marks that `passages` reads.

        What is made on the way, by a macro or a block, may be looked at by the template: it has none.
        """
        try:
            return "".join(template.root_render_func(template.new_context(values)))
        except Exception:  # noqa: BLE001  (it is raised again, with the template's own lines, as Template.render does)
            self.handle_exception()

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Keep what is ours, and not a field, from templates: names that begin or end in an underscore."""
        if attr.startswith("_") or attr.endswith("_"):
            return False
        return isinstance(obj, FieldGroup) or super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse a product or power that could fill the memory."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or (operator == "**" and max(abs(left), abs(right)) > _MOST_TIMES):
            raise SecurityError(f"{operator} works on numbers of a sensible size only")
        return super().call_binop(context, operator, left, right)
