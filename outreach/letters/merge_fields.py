"""The fields that a letter may use, and what happens where one is empty or does not exist.

A field that exists but is empty for a mission is noted, so that `campaign check` can list every one; it may be
asked about (`{% if contact.name %}`). A field that does not exist is a mistake in the template and is refused.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from jinja2 import StrictUndefined
from jinja2.exceptions import UndefinedError

from outreach.missions.own_columns import name_of


def stand_in(field: str) -> str:
    """Return what a letter shows in the place of a field that is empty, such as `[contact.title]`."""
    return f"[{field}]"


def is_field(name: str) -> bool:
    """Tell whether a template may ask for this name: one that begins or ends in an underscore is ours."""
    return not (name.startswith("_") or name.endswith("_"))


class FieldGroup:
    """A group of named fields, such as `mission` or `contact`, as a template sees it."""

    def __init__(self, name: str, fields: Mapping[str, Any], missing: list[str]) -> None:
        """Take the group's name, its fields, and the list in which empty ones that were used are noted."""
        self._name, self._missing = name, missing
        self.fields_: dict[str, Any] = {
            field: EmptyField(f"{name}.{field}", missing) if value in ("", None) else value
            for field, value in fields.items()
            if is_field(field)
        }

    def __getattr__(self, field: str) -> Any:
        if field not in self.__dict__.get("fields_", ()):
            raise AttributeError(field)
        return self.fields_[field]

    def suggest_(self, field: str) -> str:
        """Return a sentence that says which field may have been meant. Not for templates: see `Sandbox`."""
        near = difflib.get_close_matches(field, self.fields_, n=1)
        known = ", ".join(sorted(self.fields_))
        return f"Did you mean {self._name}.{near[0]}?" if near else f"{self._name} has: {known}."

    def __str__(self) -> str:
        raise UndefinedError(f"{self._name!r} is a group of fields: write {self._name}.{next(iter(self.fields_), '…')}")


class OwnFields(FieldGroup):
    """A team's own fields of a mission or a contact: there are those that any of them has, see `own_columns`.

    Where it is not told which there are, one that is not here is empty.
    """

    def __init__(
        self, name: str, fields: Mapping[str, Any], missing: list[str], known: Iterable[str] | None = None
    ) -> None:
        """Take also the names of the fields that any mission has; None where that is not known."""
        super().__init__(name, fields if known is None else {**dict.fromkeys(known), **fields}, missing)
        self._open = known is None

    def __getattr__(self, field: str) -> Any:
        if is_field(field) and self._open and field not in self.fields_:
            return EmptyField(f"{self._name}.{field}", self._missing)
        return super().__getattr__(field)

    def __getitem__(self, field: str) -> Any:
        """Return a field by what a person calls it: `mission.votes["A/HRC/RES/55/1"]`."""
        try:
            return getattr(self, name_of(str(field)) or str(field))
        except AttributeError:
            raise KeyError(field) from None  # as Jinja2 expects of a subscript

    def suggest_(self, field: str) -> str:
        """Return the sentence for one that nobody has."""
        return super().suggest_(field) if self.fields_ else f"{self._name} has none: no sheet had such a column."


class PastYears(OwnFields):
    """How a state voted on the campaign's subject in past years, by year: `mission.past["2023"]`."""

    def suggest_(self, field: str) -> str:  # noqa: ARG002
        """Return the sentence for a year in which it was not voted on."""
        years = ", ".join(sorted((name.removeprefix("field_") for name in self.fields_), reverse=True))
        if not years:
            return f"{self._name} has none: the campaign has no subject of past votes, or no vote on it is in the data."
        return f'{self._name} has the years in which it was voted on: {years}. Write {self._name}["{years[:4]}"].'


class EmptyField:
    """A field that exists and is empty: false when asked about, noted as missing when printed."""

    def __init__(self, name: str, missing: list[str]) -> None:
        """Take the field's full name and the list to note it in."""
        self._name, self._missing = name, missing

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other in ("", None)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        if self._name not in self._missing:
            self._missing.append(self._name)
        return stand_in(self._name)


class UnknownField(StrictUndefined):
    """A field that no letter has: any use of it is an error, with a suggestion."""

    def _fail_with_undefined_error(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        if isinstance(self._undefined_obj, FieldGroup):
            name = str(self._undefined_name)
            raise UndefinedError(f"there is no field {name!r}. {self._undefined_obj.suggest_(name)}")
        raise UndefinedError(self._undefined_message)

    __str__ = __iter__ = __len__ = __bool__ = _fail_with_undefined_error
    __eq__ = __ne__ = __hash__ = __contains__ = _fail_with_undefined_error
