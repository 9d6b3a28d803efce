"""The lines of an address that say whose mission it is and where it is accredited.

A member state has a Permanent Mission, an observer state a Permanent Observer Mission (General Assembly resolutions
58/314 and 67/19, and the UNOG list of permanent missions), the European Union a Delegation (resolution 65/276).
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from outreach.missions.facts import addressees
from outreach.missions.names import genitive, of_state, parts, sentence_name
from outreach.models import Mission
from outreach.text import folded
from outreach.vocabulary import Language

GENEVA = "Geneva"
_KINDS = {
    "member state": "mission", "observer state": "observer", "observer organisation": "observer",
    "organisation": "organisation",
}  # fmt: skip
_FIELD = re.compile(r"\{(of|formal|bare|genitive|name)\}")


@cache
def words_of(language: Language) -> Mapping[str, Any]:
    """Return the words of a language, as words/xx.toml has them."""
    return tomllib.loads((Path(__file__).parent / "words" / f"{language}.toml").read_text(encoding="utf-8"))


def on_one_line(lines: Sequence[str], language: Language) -> str:
    """Return lines of an address on one, with commas but before the seat: `Mission of France to the United Nations`."""
    comma, seats = str(words_of(language).get("comma", ", ")), words_of(language)["seat"].values()
    leads = {seat.split()[0] for seat in seats if isinstance(seat, str) and seat}
    said = ""
    for line in lines:
        joint = "" if not said else " " if line.split(maxsplit=1)[0] in leads else comma
        said += f"{joint}{line}"
    return said


def seat_of(iso3: str) -> str:
    """Return what is written to: `mission`, `observer`, `delegation`, or `organisation`, which has its seat there."""
    return _KINDS.get(addressees()[iso3].status, "delegation")


def mission_lines(mission: Mission, language: Language, kind: str = "") -> list[str]:
    """Return the mission's own lines of an address: what it is, and where it is accredited.

    `kind` (see `seat_of`) takes the place of its own.
    """
    return lines_of_mission(mission.iso3, mission.city, language, kind)


def lines_of_mission(iso3: str, city: str, language: Language, kind: str = "") -> list[str]:
    """Return `mission_lines` of the mission of a state in a city."""
    words, kind = words_of(language)["seat"], kind or seat_of(iso3)
    state = addressees()[iso3]
    in_geneva = _is_geneva(city)
    lines = words[kind] if in_geneva else words.get(f"{kind}_elsewhere", words[kind])
    said = {
        "of": of_state(state, language),
        "formal": state.formal(language),
        "bare": parts(state, language, "formal")[1],
        "name": sentence_name(state, language),
        "genitive": genitive(state, "formal") if language is Language.RUSSIAN else "",
    }
    named = [_FIELD.sub(lambda match: said[match[1]], line) for line in lines]
    accredited = words.get(f"{kind}_geneva", words["geneva"]) if in_geneva else words["elsewhere"]
    seat = words.get(f"{kind}_seat", accredited)
    return [*named, seat] if seat else named


@lru_cache(maxsize=1024)
def _is_geneva(city: str) -> bool:
    return folded(city) in {"", folded(GENEVA), "geneve", "ginebra", "genf"}
