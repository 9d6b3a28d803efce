"""The status in numbers equals what is in the database."""

from invented_campaign import MADE, add_campaign, add_message, add_missions, add_response, fill
from sqlalchemy import Engine, text
from sqlmodel import Session

from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.models import Campaign
from outreach.reports.status import CampaignStatus, status
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, MessageState, Position

KEYS = [
    "campaign",
    "missions",
    "messages",
    "delivery",
    "answers",
    "positions",
    "state",
    "reason",
    "mode_rehearsed",
]


def _counted(session: Session, table: str, column: str, campaign: Campaign) -> dict[str, int]:
    current = "AND replaced_at IS NULL" if table == "message" else ""
    found = session.connection().execute(
        text(
            f"SELECT {column}, count(*) FROM {table} "
            f"WHERE campaign_id = :id AND {column} IS NOT NULL {current} GROUP BY {column}"
        ),
        {"id": campaign.id},
    )
    return {word: int(number) for word, number in found}


def _status(engine: Engine, name: str = "renew-the-mandate") -> CampaignStatus:
    with reading(engine) as session:
        return status(session, get_campaign(session, name))


def test_every_figure_equals_the_database(varied: Engine) -> None:
    with reading(varied) as session:
        campaign = get_campaign(session, "renew-the-mandate")
        found = status(session, campaign)
        assert found.missions == 47
        assert found.messages == _counted(session, "message", "state", campaign)
        assert found.delivery == _counted(session, "message", "delivery", campaign)
        assert found.answers == _counted(session, "response", "answer", campaign)
        assert found.positions == _counted(session, "response", "position", campaign)
    assert sum(found.messages.values()) == sum(found.answers.values()) == sum(found.positions.values()) == 47
    assert sum(found.delivery.values()) == found.messages["sent"] == found.rehearsed


def test_the_object_has_the_agreed_keys_in_order_and_plain_words(varied: Engine) -> None:
    found = _status(varied).as_dict()
    assert list(found) == KEYS
    assert found["state"] == "scheduled"
    assert list(found["positions"]) == [
        "unknown",
        "co-sponsor",
        "in favour",
        "undecided",
        "abstain",
        "against",
        "declined to say",
    ]
    assert {type(word) for key in ("messages", "delivery", "answers", "positions") for word in found[key]} == {str}
    assert all(number for key in ("messages", "delivery", "answers", "positions") for number in found[key].values())


def test_a_replaced_letter_does_not_count(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "one", state=CampaignState.PAUSED, reason="the text is in doubt")
        add_response(session, campaign, "FRA")
        add_message(
            session,
            campaign,
            "FRA",
            state=MessageState.SENT,
            delivery=DeliveryStatus.BOUNCED,
            rehearsed=True,
            replaced_at=MADE,
        )
        add_message(session, campaign, "FRA")
    found = _status(engine, "one")
    assert found.messages == {"queued": 1}
    assert found.delivery == {}
    assert (found.rehearsed, found.state, found.reason) == (0, "paused", "the text is in doubt")


def test_two_campaigns_do_not_mix(varied: Engine) -> None:
    before = _status(varied)
    with writing(varied) as session:
        other = add_campaign(session, "other")
        add_response(session, other, "FRA", answer=Answer.REPLIED, position=Position.AGAINST)
        add_message(session, other, "FRA", state=MessageState.FAILED)
    assert _status(varied) == before
    other_status = _status(varied, "other")
    assert (other_status.missions, other_status.messages) == (1, {"failed": 1})
    assert (other_status.answers, other_status.positions) == ({"replied": 1}, {"against": 1})


def test_a_campaign_without_letters_has_empty_maps(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "draft", state=CampaignState.DRAFT)
        add_response(session, campaign, "FRA")
        add_response(session, campaign, "DEU")
    found = _status(engine, "draft")
    assert (found.missions, found.messages, found.delivery) == (2, {}, {})
    assert (found.answers, found.positions) == ({"none": 2}, {"unknown": 2})


def test_live_letters_are_not_counted_as_rehearsed(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        fill(session, "live", rehearsed=False)
    assert _status(engine, "live").rehearsed == 0
