"""Forms of address: how a letter opens and closes, by language and by what is known of the person.

Nobody's gender is ever guessed: a feminine or masculine form is used only where the sheet names it. The forms
are data, in address.toml beside this file, which names its sources.
"""

import tomllib
from functools import cache
from pathlib import Path

from outreach.models import Contact, Language, Role


@cache
def _forms() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("address.toml").read_text(encoding="utf-8"))


def salutation(contact: Contact | None, language: Language) -> str:
    """Return the words that open a letter to this contact, or to the mission as a whole."""
    forms = _forms()[language]
    if contact is None or contact.role is not Role.PERMANENT_REPRESENTATIVE:
        return forms["neutral"]
    if contact.gender_form is not None and contact.gender_form in forms:
        return forms[contact.gender_form]
    if contact.name and "with_name" in forms:
        return forms["with_name"].format(name=contact.name)
    return forms["neutral"]


def closing(language: Language) -> str:
    """Return the complimentary close in that language."""
    return _forms()[language]["closing"]
