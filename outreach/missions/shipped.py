"""Mission and term rows made from the shipped facts, for whatever a spreadsheet leaves out."""

from outreach.missions.facts import addressees, correspondence, shipped_terms
from outreach.missions.names import short_name
from outreach.models import Mission, Term
from outreach.vocabulary import Language


def shipped_mission(iso3: str) -> Mission:
    """Return a state's mission, or a body's delegation, as the facts know it, not yet in any database."""
    state, habits = addressees()[iso3], correspondence()[iso3]
    return Mission(
        iso3=iso3,
        short_name=short_name(state, Language.ENGLISH),
        formal_name=state.formal(Language.ENGLISH),
        regional_group=state.regional_group,
        status=state.status,
        language=habits.language,
        city=habits.city,
        time_zone=habits.time_zone,
        tags=[],
    )


def shipped_term_rows() -> list[Term]:
    """Return the shipped terms on the Council as rows, not yet in any database."""
    return [Term(iso3=t.iso3, first_year=t.first_year, last_year=t.last_year) for t in shipped_terms()]
