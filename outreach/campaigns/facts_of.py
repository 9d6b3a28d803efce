"""What a letter of a campaign may say of each mission besides its row: term, positions, votes, past ones too."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from outreach.letters.merge_values import Facts
from outreach.missions.audience import member_until
from outreach.missions.own_columns import name_of, own_names
from outreach.missions.past_years import past_on
from outreach.models import Campaign, Contact, Mission, Response
from outreach.vocabulary import Position, Vote


def facts_of(session: Session, campaign: Campaign, iso3s: Sequence[str]) -> dict[str, Facts]:
    """Return the facts of each of those missions, as the database stands now.

    Earlier campaigns are those that were created before this one; where two of their names come to one in a letter,
    the later one counts. A vote is known by its campaign, and by the symbol of its resolution, if the sheet told it.
    Votes of past years are those on the campaign's subject, by year, and by the symbol of the resolution too.
    """
    until = member_until(session, iso3s, campaign.as_of)
    earlier = list(session.exec(select(Campaign).where(col(Campaign.id) < campaign.id).order_by(col(Campaign.id))))
    names = {one.id: name_of(one.name) for one in earlier if name_of(one.name)}
    symbols = {one.id: name_of((one.resolution or {}).get("symbol", "")) for one in earlier}
    positions: dict[str, dict[str, str]] = {iso3: {} for iso3 in iso3s}
    votes: dict[str, dict[str, str]] = {iso3: {} for iso3 in iso3s}
    present: dict[str, str] = {}
    voted: set[str] = set()
    past = past_on(session, campaign.past_subject, iso3s)
    for iso3, cast in past.cast.items():
        votes[iso3].update((name_of(symbol), vote.value) for symbol, vote in cast.items() if name_of(symbol))
    voted.update(filter(None, (name_of(one.symbol) for one in past.ballots)))
    any_vote = select(Response.campaign_id).where(col(Response.vote).is_not(None)).distinct()
    voted_in = set(session.exec(any_vote.where(col(Response.campaign_id) < campaign.id)))
    voted.update(name for number in voted_in for name in (names.get(number), symbols.get(number)) if name)
    query = (
        select(Response.campaign_id, Response.iso3, Response.position, Response.vote)
        .where(col(Response.campaign_id) <= campaign.id, col(Response.iso3).in_(iso3s))
        .order_by(col(Response.campaign_id))
    )
    for campaign_id, iso3, position, vote in session.exec(query):
        told = "" if position is Position.UNKNOWN else Position(position).value
        if campaign_id == campaign.id:
            present[iso3] = told
            continue
        called = [name for name in (names.get(campaign_id), symbols.get(campaign_id)) if name]
        for name in called[:1]:
            positions[iso3][name] = told
        if vote is not None:
            votes[iso3].update(dict.fromkeys(called, Vote(vote).value))
    own = {kind: own_names(session, kind) for kind in (Mission, Contact)}
    campaigns = frozenset(names.values())
    return {
        iso3: Facts(
            until.get(iso3), present.get(iso3, ""), positions[iso3], votes[iso3],
            {name_of(str(one.year)): one.vote.value for one in past.of(iso3) if one.vote is not None},
            frozenset(name_of(str(year)) for year in past.all_years), campaigns, frozenset(voted),
            own[Mission], own[Contact],
        )
        for iso3 in iso3s
    }  # fmt: skip
