"""The sandbox that templates run in: Jinja2's, with macros that may be shared and no value that grows without end."""

from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

_MOST_TIMES = 10_000


class Rendered(str):
    """What a macro made: Markdown already, so that it is not escaped once more where it is put.

    Only the macro's whole output is that. Whatever is done to it (`~`, a filter) gives plain text, which is escaped.
    """

    __slots__ = ()


class Sandbox(ImmutableSandboxedEnvironment):
    """Runs the templates of a letter."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each can be asked for a text of any length, by a number that stands in the template.
        for name in ("center", "format", "indent"):
            self.filters.pop(name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Keep what is ours, and not a field, from templates: names that begin or end in an underscore."""
        return not attr.endswith("_") and super().is_safe_attribute(obj, attr, value)

    def call(self, context: Context, target: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the template; what a macro returns is marked as rendered."""
        result = super().call(context, target, *args, **kwargs)
        return Rendered(result) if isinstance(target, Macro) else result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse a product or power that could fill the memory."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or (operator == "**" and max(abs(left), abs(right)) > _MOST_TIMES):
            raise SecurityError(f"{operator} works on numbers of a sensible size only")
        return super().call_binop(context, operator, left, right)
