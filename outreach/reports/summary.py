"""A campaign on two A4 pages: the figures, the Council's seats, what needs a hand, who stands where; then each mission.

A PDF set by typst. Words and numbers are those of the workbook and the desk: `figures`, `groups`, `council`.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from outreach.catalogues import Tongue
from outreach.errors import Fault
from outreach.missions.names import state_name
from outreach.reports.council import (
    Result,
    Seat,
    Support,
    otherwise_than_said,
    resolution_in_words,
    result,
    result_in_words,
    support,
)
from outreach.reports.excel.list_sheets import since_in_words
from outreach.reports.excel.safe_cells import clean
from outreach.reports.excel.style import POSITION_MARKS, POSITIONS, is_dark
from outreach.reports.excel.tables import rehearsal_note
from outreach.reports.figures import figures_of, missions_as_of
from outreach.reports.groups import GroupRow, group_rows, group_word
from outreach.reports.hemicycle import HEIGHT, WIDTH, wedges
from outreach.reports.moved import in_words
from outreach.reports.source import Source
from outreach.reports.table import MissionRow, in_order
from outreach.vocabulary import SUPPORT, Answer, Edition, Position, Vote

_TEMPLATE = Path(__file__).with_name("summary.typ")
_MOST_PROBLEMS = 6
_MOST_MOVED = 12
_MOST_LISTED = 60
"""So many missions are told one by one on the second page; more would take a third."""
_PAGES, _PAGES_FOR_ALL, _FITS = 2, 1, (1, 0.95, 0.9, 0.85)
"""Words are longer in one language than in another: it is set so much tighter, down to letters of 7 points."""
_LONGEST_STEP = 100
_LONGEST_NAME = 60
_ORDER = (*(one for one in Position if one is not Position.UNKNOWN), Position.UNKNOWN)
"""What is not known stands last."""


def write_summary(source: Source, out: Path) -> None:
    """Write a campaign's summary in the language of the report. Figures and names by position stand on its first page,
    votes, groups and each mission on its second; what is for the public takes one.
    """
    import typst

    template, data = _TEMPLATE.read_bytes(), page_data(source)
    try:
        most = _PAGES_FOR_ALL if source.edition is Edition.PUBLIC else _PAGES
        for fit in _FITS:
            told = {"data": json.dumps({**data, "fit": fit})}
            if int(typst.query(template, "<pages>", field="value", one=True, sys_inputs=told)) <= most:
                break
        page = typst.compile(template, sys_inputs=told)
    except typst.TypstError as error:
        raise Fault("report.no-page", "The page could not be set: {error}", error=error) from error
    assert isinstance(page, bytes)
    out.write_bytes(page)


def page_data(source: Source) -> dict[str, Any]:
    """Return what the page says, as plain data: every word in the language of the report."""
    status, campaign, say, edition = source.status, source.campaign, source.say, source.edition
    of_team, public = edition is Edition.TEAM, edition is Edition.PUBLIC
    missions = in_order(source.missions, say)
    troubled = [mission for mission in missions if mission.trouble and of_team]
    members, voted = support(source.seats), result(source.seats)
    more = max(len(troubled) - _MOST_PROBLEMS, 0)
    return {
        "lang": say.language,
        "title": say("{campaign}: where the missions stand", campaign=clean(campaign.name)),
        "eyebrow": say("WHERE THE MISSIONS STAND"),
        "campaign": clean(campaign.name),
        "subtitle": missions_as_of(source),
        "made": say("Made {moment}", moment=say.moment(source.made_at, source.tz)),
        "page": say("page {page} of {pages}", page="\x01", pages="\x02"),
        "note": rehearsal_note(status, say) if status.rehearsed else "",
        "tiles": [{"label": label, "number": number} for label, number in figures_of(status, say)],
        "positions": [_tally(word, status.positions.get(word, 0), say) for word in _ORDER],
        "positions_head": say("How they voted") if voted else say.about("chart", "Positions"),
        "council": _council(source, voted) if members.members and (voted or not public) else None,
        "said_head": say("Positions before the vote") if voted and public else "",
        "result": result_in_words(voted, say) if voted else "",
        "resolution": clean(resolution_in_words(campaign.resolution or {}, say)) if voted else "",
        "majority": _about_the_vote(missions, members, voted, edition, say),
        "hand_head": say("What needs a hand") if of_team else "",
        "no_hand": say("Nothing needs a hand."),
        "problems": [
            {"mission": say("{name}: {what}", name=clean(one.mission)[:_LONGEST_NAME], what=""), "step": _short(one)}
            for one in troubled[:_MOST_PROBLEMS]
        ],
        "more": say.several("and {count} more, in the workbook", "and {count} more, in the workbook", more)
        if more
        else "",
        "stands_head": say("Who stands where"),
        "stands": [] if public else _named(missions, "position", _ORDER, say),
        "votes_head": say("How they voted"),
        "votes": _named(missions, "vote", Vote, say),
        "since_head": since_in_words(source) if source.since else "",
        "since": [clean(line) for line in in_words(source.moved, say)[:_MOST_MOVED]] or [say("Nothing moved.")],
        "missions_head": [say.about("column", head) for head in ("Mission", "Answer", "Position")],
        "each_head": say("Mission by mission"),
        "missions": [] if public or len(missions) > _MOST_LISTED else [_line(one, source) for one in missions],
        "groups_head": say("By regional group: how they voted") if voted else say("By regional group"),
        "head": [
            say.about("column", "Regional group"),
            say.about("number of", "Missions"),
            say.about("number of", "Sent"),
            say.about("number of", "Answered"),
            *(
                [_capital(say.word(vote)) for vote in _CAST]
                if voted
                else [say.about("number of", "In favour or co-sponsor"), say.about("number of", "Against")]
            ),
        ],
        "groups": [
            [
                say.word(group_word(clean(row.group)[:_LONGEST_NAME])),
                *map(str, (row.missions, row.sent, row.answered)),
                *map(str, [row.votes[vote] for vote in _CAST] if voted else _said(row)),
            ]
            for row in group_rows(source.missions)[-9:]
        ],
    }


_CAST = (Vote.IN_FAVOUR, Vote.AGAINST, Vote.ABSTAINED)


def _said(row: GroupRow) -> tuple[int, int]:
    """How many of a group support the letter, and how many are against."""
    return sum(row.positions[one] for one in SUPPORT), row.positions[Position.AGAINST]


def _line(mission: MissionRow, source: Source) -> dict[str, Any]:
    """Return a mission's line: its name, how and on which day it answered, and where it stands."""
    say = source.say
    day = mission.answered_at.astimezone(source.tz).date() if mission.answered_at else None
    answer = "" if mission.answer is Answer.NONE else say.word(mission.answer)
    return {
        "name": clean(mission.mission)[:_LONGEST_NAME],
        "answer": say("{answer}, {day}", answer=answer, day=say.short_day(day, year=False))
        if day and answer
        else answer,
        **_tally(mission.position, 0, say),
    }


def majority_in_words(council: Support, say: Tongue) -> tuple[str, ...]:
    """Say what is lacking for a majority: of all members, and of those voting; nothing where there is no Council."""
    if not council.members:
        return ()
    have = say.several(
        "{count} of {members} members is in favour or co-sponsor.",
        "{count} of {members} members are in favour or co-sponsor.",
        council.support,
        members=council.members,
    )
    lacking = council.majority - council.support
    if lacking > 0:
        of_all = say.several(
            "If all vote for or against, {majority} are a majority: {count} more is needed.",
            "If all vote for or against, {majority} are a majority: {count} more are needed.",
            lacking,
            majority=council.majority,
        )
    else:
        of_all = say("If all vote for or against, {majority} are a majority: it is reached.", majority=council.majority)
    if council.lacking:
        of_voting = say.several(
            "If the {abstain} abstain as they said, {count} of the {open} whose vote is open is enough, whatever the "
            "others do.",
            "If the {abstain} abstain as they said, {count} of the {open} whose vote is open are enough, whatever the "
            "others do.",
            council.lacking,
            abstain=council.abstain,
            open=council.open,
        )
    else:
        of_voting = say("Of those voting it is a majority already, whatever the {open} do whose vote is open.",
                        open=council.open)  # fmt: skip
    counted = say("Who abstains is not counted as voting.")
    return (have, of_all, of_voting, counted) if not lacking <= 0 else (have, of_all, counted)


def _about_the_vote(
    missions: Sequence[MissionRow], members: Support, voted: Result | None, edition: Edition, say: Tongue
) -> list[str]:
    """Say what is needed before the vote, and after it who voted otherwise than was said: a forecast is over then."""
    if edition is Edition.PUBLIC:
        return []
    if voted is None:
        return list(majority_in_words(members, say))
    return [words] if (words := clean(otherwise_than_said(missions, say))) else []


_VOTE_LOOKS = {Vote.IN_FAVOUR: Position.IN_FAVOUR, Vote.AGAINST: Position.AGAINST, Vote.ABSTAINED: Position.ABSTAIN}


def _council(source: Source, voted: Result | None) -> dict[str, Any]:
    """Return the seats as they are drawn: their places in per cent of the drawing, their codes, and what they are.

    After the vote they are drawn by what was done.
    """
    seats = source.seats
    by_group: dict[str, list[Seat]] = {}
    for seat in seats:
        by_group.setdefault(seat.group, []).append(seat)
    drawn = []
    for wedge, group in zip(wedges([len(one) for one in by_group.values()]), by_group.values(), strict=True):
        for place, seat in zip(wedge.places, _sorted_seats(group, source.say), strict=True):
            position = seat.row.position if seat.row else None
            if voted is not None:
                position = _VOTE_LOOKS.get(seat.row.vote) if seat.row and seat.row.vote else None
            drawn.append(
                {
                    "x": place.x / WIDTH, "y": place.y / WIDTH, "r": place.r / WIDTH, "code": seat.iso3,
                    **_look(position),
                }
            )  # fmt: skip
    if voted is not None:
        votes = [
            {"word": source.say.word(vote), "number": number, **_look(_VOTE_LOOKS.get(vote))}
            for vote, number in voted.votes.items()
        ]
        return {"seats": drawn, "height": HEIGHT / WIDTH, "legend": votes, "for": voted.votes[Vote.IN_FAVOUR]}
    counts = support(seats)
    named = {position: sum(1 for seat in seats if seat.row and seat.row.position is position) for position in _ORDER}
    legend = [_tally(position, number, source.say) for position, number in named.items()]
    return {"seats": drawn, "height": HEIGHT / WIDTH, "legend": legend, "for": counts.support}


def _sorted_seats(seats: Iterable[Seat], say: Tongue) -> list[Seat]:
    rows = {seat.iso3: seat for seat in seats}
    return sorted(rows.values(), key=lambda seat: state_name(seat.iso3, seat.mission, say).casefold())


def _tally(position: Position, number: int, say: Tongue) -> dict[str, Any]:
    return {"word": say.word(position), "number": number, **_look(position)}


def _look(position: Position | None) -> dict[str, Any]:
    """Return how a position is drawn: a ground, ink that can be read on it, and a sign that does without colour."""
    if position is None:
        return {"fill": "FFFFFF", "dark": False, "mark": "", "outside": True}
    fill = POSITIONS[list(Position).index(position)]
    return {"fill": fill, "dark": is_dark(fill), "mark": POSITION_MARKS[position], "outside": False}


def _named(missions: list[MissionRow], what: str, words: Iterable[Any], say: Tongue) -> list[dict[str, Any]]:
    """Return the names of missions by a word of a closed list, in its order."""
    return [
        {"word": say("{name} ({number}):", name=_capital(say.word(word)), number=len(names)), "names": ", ".join(names)}
        for word in words
        if (names := [clean(mission.mission) for mission in missions if getattr(mission, what) is word])
    ]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _short(mission: MissionRow) -> str:
    step = mission.next_step
    return step if len(step) <= _LONGEST_STEP else f"{step[:_LONGEST_STEP].rstrip()}…"
