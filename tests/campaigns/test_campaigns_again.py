"""Missions that have had this already: told at each step, with names and dates, and written to on a person's word."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns import near_letters, plan, timing
from outreach.campaigns.approve import Approval, approve
from outreach.campaigns.box import note_box_read, waiting_for_box
from outreach.campaigns.check import check
from outreach.campaigns.follow_up import FollowUp, follow_up
from outreach.campaigns.had_already import had_already, repeated
from outreach.database import reading, writing
from outreach.errors import ConflictError
from outreach.letters.folder import load_letter
from outreach.models import Campaign, Delivery, Dispatch, Message
from outreach.pasted import as_json, in_words
from outreach.reports.standing.next_steps import Todo
from outreach.reports.standing.situation import situation
from outreach.sentences import Sentence
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, DeliveryStatus, Hold, MessageState, Stop

BRITAIN = "United Kingdom of Great Britain and Northern Ireland"
LIVE = {"mode": "live", "smtp_host": "smtp.coalition.example"}


@pytest.fixture
def long_letter(templates: Path) -> None:
    """The letter is as long as letters are."""
    for name, text in LETTERS.items():
        (templates / "spring-letter" / f"{name}.md").write_text(text)


@pytest.fixture
def sent(campaign: str, approved: Callable[..., Approval], engine: Engine, settings: Settings) -> str:
    """The campaign has gone out, live, to France and the United Kingdom; Spain's letter is held."""
    approved()
    timing.schedule(engine, settings, campaign, "now", by=named("Ana"))
    all_out(engine)
    return campaign


def all_out(engine: Engine) -> None:
    """What waits has gone out, live."""
    with writing(engine) as session:
        for message in session.exec(select(Message).where(Message.state == MessageState.QUEUED)).all():
            message.state, message.sent_at = MessageState.SENT, clock.now()
            session.add(message)
            for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                one.state, one.sent_at = MessageState.SENT, clock.now()
                session.add(one)


def same_letter(templates: Path) -> str:
    return "spring-letter"


def same_subject(templates: Path) -> str:
    shutil.copytree(templates / "spring-letter", templates / "reworded")
    for name in ("en", "fr"):
        (templates / "reworded" / f"{name}.md").write_text("Wholly different words.\n")
    return "reworded"


def same_text(templates: Path) -> str:
    shutil.copytree(templates / "spring-letter", templates / "renamed")
    toml = templates / "renamed" / "letter.toml"
    toml.write_text(toml.read_text().replace("Letter {{", "Another title {{").replace("Lettre {{", "Un autre titre {{"))
    return "renamed"


LETTERS = {
    "en": "Excellency, we write to {{ mission.name }} ahead of the 55th session of the Human Rights Council, of which "
    "{{ signatories.count }} of us ask that it looks after those who document violations. We ask you to support a "
    "resolution on their protection, and to speak of it in the general debate in Geneva.\n\nPlease accept, Excellency, "
    "the assurances of our highest consideration.\n\n{{ date }}\n",
    "fr": "Excellence, nous écrivons à {{ mission.name }} avant la 55e session du Conseil des droits de l’homme, dont "
    "{{ signatories.count }} d’entre nous attendent qu’il protège ceux qui documentent les violations. Nous vous "
    "demandons de soutenir une résolution sur leur protection.\n\nVeuillez agréer, Excellence, l’expression de notre "
    "très haute considération.\n\n{{ date }}\n",
}
NEARLY = ((" ahead", ", ahead"), ("Council", "council"), ("violations", "voilations"), ("avant", ", avant"))


def nearly_same_text(templates: Path, *changes: tuple[str, str]) -> str:
    """A copy of the folder under another subject, with the letter's words but for some."""
    letter = same_text(templates)
    for name, text in LETTERS.items():
        changed = text
        for old, new in changes or NEARLY:
            changed = changed.replace(old, new)
        (templates / letter / f"{name}.md").write_text(changed)
    return letter


def something_else(templates: Path) -> str:
    same_subject(templates)
    toml = templates / "reworded" / "letter.toml"
    toml.write_text(toml.read_text().replace("Letter {{", "Another title {{").replace("Lettre {{", "Un autre titre {{"))
    return "reworded"


def second(engine: Engine, settings: Settings, templates: Path, letter: str) -> plan.Created:
    return plan.create(
        engine, settings, "summer", load_letter(letter, templates), audience=["iso:FRA,GBR,ESP"], by=named("Ana")
    )


KINDS = [
    (same_letter, "the same letter"),
    (same_subject, "the same subject"),
    (same_text, "the same text"),
    (nearly_same_text, "nearly the same text"),
]


@pytest.mark.heavy
@pytest.mark.parametrize(("kind", "what"), KINDS)
def test_it_is_told_at_every_step(
    long_letter: None, sent: str, engine: Engine, settings: Settings, templates: Path, kind: Callable[[Path], str],
    what: str,
) -> None:  # fmt: skip
    created = second(engine, settings, templates, kind(templates))
    if kind is same_letter:
        assert [(one.iso3, one.campaign) for one in created.repeated] == [("FRA", "spring"), ("GBR", "spring")]
    today = clock.now().astimezone(settings.tz).date()
    words = f"{what} went out by the campaign spring on {today} to France (FRA), {BRITAIN} (GBR)"
    words += ": 1 word is spelled otherwise" if kind is nearly_same_text else ""
    found = check(engine, "summer", templates)
    assert words in "\n".join(map(str, found.warnings))
    assert [one.iso3 for one in found.had_already] == ["FRA", "GBR"]
    done = approve(engine, settings, "summer", by=named("Ana"), templates=templates)
    assert {(one.iso3, one.mission, one.campaign, one.what) for one in done.repeated} == {
        ("FRA", "France", "spring", what), ("GBR", BRITAIN, "spring", what),
    }  # fmt: skip
    lines = [in_words(line) for line in timing.repeated_by(engine, "summer")]
    assert lines[0] == (
        "summer: 2 of its missions have had this already; in live mode they get nothing more, unless you add --again."
    )
    assert lines[1:] == [f"  {words}"]
    live = Settings(**{"from": settings.sender, **LIVE})
    plan_made = timing.schedule(engine, live, "summer", "now", yes=3, by=named("Ana"))
    assert [one.iso3 for one in plan_made.repeated] == ["FRA", "GBR"]
    told: list[Sentence] = []
    timing.confirm_sending(engine, live, ["summer"], ask=lambda missions: missions, tell=told.extend, by=named("Ana"))
    assert f"  {words}" in [str(line) for line in told]


@pytest.mark.heavy
@pytest.mark.parametrize("what", ["another letter", "rehearsed", "came back", "the campaign itself"])
def test_what_raises_no_alarm(sent: str, engine: Engine, settings: Settings, templates: Path, what: str) -> None:
    with writing(engine) as session:
        for one in session.exec(select(Delivery)):
            one.rehearsed = what == "rehearsed"
            one.status = DeliveryStatus.BOUNCED if what == "came back" else None
            session.add(one)
    if what == "the campaign itself":
        assert not check(engine, sent, templates).had_already
        assert not timing.repeated_by(engine, sent)
        return
    letter = something_else(templates) if what == "another letter" else "spring-letter"
    assert not second(engine, settings, templates, letter).repeated
    assert not check(engine, "summer", templates).had_already
    assert not approve(engine, settings, "summer", by=named("Ana"), templates=templates).repeated


@pytest.mark.parametrize(
    "changes",
    [
        (("55th", "56th"), ("55e", "56e")),
        (("protection", "safety"), ("leur protection", "leur liberté")),
        (("in Geneva", "in Vienna"), ("du Conseil", "du Comité")),
        (("the Human Rights Council", "the Human Rights Council on Sudan"), ("l’homme", "l’homme sur le Soudan")),
    ],
)
def test_another_letter_of_a_series_is_another_however_much_they_share(
    long_letter: None, sent: str, engine: Engine, settings: Settings, templates: Path,
    changes: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    second(engine, settings, templates, nearly_same_text(templates, *changes))
    assert not check(engine, "summer", templates).had_already
    assert not approve(engine, settings, "summer", by=named("Ana"), templates=templates).repeated


SIGNS = "only signs, spacing, capitals or the order of sentences differ"


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        (((". ", "! "),), SIGNS),
        ((("Human Rights", "HUMAN RIGHTS"), ("droits de", "DROITS DE")), SIGNS),
        ((("support", "suport"), ("soutenir", "soutennir")), "1 word is spelled otherwise"),
        ((("general debate", "general-debate"), ("très haute", "très-haute")), SIGNS),
        (
            (
                ("consideration.", "consideration. A reply to this mail reaches us directly."),
                ("considération.", "considération. Une réponse à ce message nous parvient directement."),
            ),
            "words stand in one of the two only",
        ),
    ],
)
def test_what_is_nearly_the_same_is_held_at_the_gate_until_a_person_says_again(
    long_letter: None, sent: str, engine: Engine, settings: Settings, templates: Path,
    changes: tuple[tuple[str, str], ...], how: str,
) -> None:  # fmt: skip
    second(engine, settings, templates, nearly_same_text(templates, *changes))
    found = check(engine, "summer", templates)
    assert [one.what for one in found.had_already] == ["nearly the same text"] * 2
    assert how in "\n".join(map(str, found.warnings))
    assert set(as_json(found.had_already)[0]) == {"iso3", "mission", "campaign", "at", "what"}
    approve(engine, settings, "summer", by=named("Ana"), templates=templates)
    with reading(engine) as session:
        campaign = plan.get_campaign(session, "summer")
        query = select(Message.id).where(Message.campaign_id == campaign.id).order_by(Message.iso3)
        had = had_already(session.connection(), session.exec(query).all())
    assert [one.what for one in had.values()] == ["nearly the same text"] * 2


def test_each_letter_is_read_once_and_each_two_texts_are_compared_once(
    long_letter: None, sent: str, engine: Engine, settings: Settings, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, compared = list[int](), list[int]()
    text_of, likeness = near_letters.text_of, near_letters.likeness
    monkeypatch.setattr(near_letters, "text_of", lambda raw: (read.append(len(raw)), text_of(raw))[1])
    monkeypatch.setattr(near_letters, "likeness", lambda *texts: (compared.append(1), likeness(*texts))[1])
    second(engine, settings, templates, nearly_same_text(templates))
    approve(engine, settings, "summer", by=named("Ana"), templates=templates)
    with reading(engine) as session:
        for _ in range(3):
            assert len(repeated(session, plan.get_campaign(session, "summer"))) == 2
    assert (len(read), len(compared)) == (4, 2)
    assert max(read) <= 40_000


@pytest.mark.heavy
@pytest.mark.parametrize("thanked", ["GBR", "KEN"])
def test_a_letter_that_says_one_thing_to_some_and_another_to_others_is_judged_mission_by_mission(
    put: Callable[..., None], engine: Engine, settings: Settings, templates: Path, long_letter: None, thanked: str
) -> None:
    for code in ("GBR", "KEN", "GHA"):
        put(code, "pr")
    codes = ["iso:GBR,KEN,GHA"]
    plan.create(engine, settings, "spring", load_letter("spring-letter", templates), audience=codes, by=named("Ana"))
    approve(engine, settings, "spring", by=named("Ana"), templates=templates)
    timing.schedule(engine, settings, "spring", "now", by=named("Ana"))
    all_out(engine)
    letter = nearly_same_text(templates)
    (templates / letter / "fr.md").unlink()
    thanks = "We thank you warmly for the vote of your country, and shall tell you each spring what came of it.\n"
    (templates / letter / "en.md").write_text(
        f'{{% if mission.iso3 == "{thanked}" %}}\n\n{thanks}\n{{% else %}}\n\n{LETTERS["en"]}\nP.S. Our site has '
        "more.\n\n{% endif %}\n"
    )
    plan.create(engine, settings, "summer", load_letter(letter, templates), audience=codes, by=named("Ana"))
    expected = {"GBR", "KEN", "GHA"} - {thanked}
    assert {one.iso3 for one in check(engine, "summer", templates).had_already} == expected
    done = approve(engine, settings, "summer", by=named("Ana"), templates=templates)
    assert {one.iso3 for one in done.repeated} == expected
    with reading(engine) as session:
        campaign = plan.get_campaign(session, "summer")
        found = session.exec(select(Message).where(Message.campaign_id == campaign.id)).all()
        missions = {one.id: one.iso3 for one in found}
        asked_singly = {number for number in missions if number and had_already(session.connection(), [number])}
    assert {missions[number] for number in asked_singly} == expected


@pytest.mark.heavy
@pytest.mark.parametrize("now", ["none", "held", "another text", "out too"])
def test_a_letter_that_was_replaced_counts_whatever_stands_in_its_place(
    sent: str, engine: Engine, settings: Settings, templates: Path, now: str
) -> None:
    """France has had it; a later letter of that campaign is held, says something else, or went out as well."""
    then = clock.now() - timedelta(days=9)
    with writing(engine) as session:
        one = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        deliveries = session.exec(select(Delivery).where(Delivery.message_id == one.id)).all()
        one.replaced_at = then
        for delivery in deliveries:
            delivery.sent_at = then
        session.flush()
        if now != "none":
            state = MessageState.HELD if now == "held" else MessageState.SENT
            words = {"subject": "Another", "text_digest": ""} if now == "another text" else {}
            placed = {"message_id": "<b@x.example>", "replaced_at": None, "state": state, "sent_at": clock.now()}
            later = Message(**one.model_dump(exclude={"id"}) | words | placed)
            session.add(later)
            session.flush()
            told_anew = {"message_id": later.id, "state": state, "sent_at": clock.now()}
            session.add(Delivery(**deliveries[0].model_dump(exclude={"id"}) | told_anew))
    second(engine, settings, templates, same_text(templates) if now == "another text" else "spring-letter")
    told = {one.iso3: one.at for one in check(engine, "summer", templates).had_already}
    assert set(told) == {"FRA", "GBR"}
    assert (told["FRA"] == then) is (now != "out too")


@pytest.mark.heavy
@pytest.mark.parametrize("taken", [True, None, False])
def test_what_another_copy_of_the_database_sent_counts_too(
    campaign: str, approved: Callable[..., Approval], engine: Engine, templates: Path, taken: bool | None
) -> None:
    key = "pr@gbr.mission.example"
    with writing(engine) as session:
        session.add(
            Dispatch(
                message_id="<gone@coalition.example>", campaign="elsewhere", letter="spring-letter", iso3="GBR",
                address_key=key, subject="x", text_digest="", at=clock.now(), taken=taken,
            )
        )  # fmt: skip
    expected = [] if taken is False else ["GBR"]
    assert [one.iso3 for one in check(engine, campaign, templates).had_already] == expected
    assert [one.iso3 for one in approved().repeated] == expected


@pytest.mark.heavy
def test_a_person_says_again_and_an_approval_of_other_letters_takes_that_back(
    sent: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    live = Settings(**{"from": settings.sender, **LIVE})
    second(engine, settings, templates, same_letter(templates))
    approve(engine, live, "summer", by=named("Ana"), templates=templates)
    timing.schedule(engine, live, "summer", "now", yes=3, by=named("Ana"))
    with writing(engine) as session:
        campaign = plan.get_campaign(session, "summer")
        query = select(Message).where(Message.campaign_id == campaign.id, Message.iso3 != "ESP")
        for message in session.exec(query).all():
            message.state, message.hold = MessageState.HELD, Hold.HAD_ALREADY
            session.add(message)
            for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                one.state = MessageState.HELD
                session.add(one)
    assert timing.schedule(engine, live, "summer", "now", yes=3, by=named("Ana")).letters == 0, (
        "another time says nothing of that"
    )
    done = timing.schedule(engine, live, "summer", "now", yes=3, by=named("Ben"), again=True)
    assert (done.letters, done.held, done.again_by) == (2, 1, "Ben")
    assert timing.schedule(engine, live, "summer", "now", yes=3, by=named("Ana")).again_by == "Ben", (
        "what was said stays"
    )
    assert "they get it once more, as Ben said" in str(timing.repeated_by(engine, "summer")[0])
    assert approve(engine, live, "summer", by=named("Ana"), templates=templates).unchanged
    with reading(engine) as session:
        assert plan.get_campaign(session, "summer").again_by == "Ben"
    (templates / "spring-letter" / "en.md").write_text("Other words.")
    approve(engine, live, "summer", by=named("Ana"), templates=templates)
    with reading(engine) as session:
        assert plan.get_campaign(session, "summer").again_by == ""


# Follow-ups -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def follow(sent: str, engine: Engine, settings: Settings, templates: Path) -> Callable[..., FollowUp]:
    reminder = templates / "reminder"
    reminder.mkdir()
    (reminder / "letter.toml").write_text('title = "R"\n[subject]\nen = "Reminder"\nfr = "Rappel"\n')
    (reminder / "en.md").write_text("Dear {{ mission.name }}, a reminder.\n")
    (reminder / "fr.md").write_text("Rappel, {{ mission.name }}.\n")

    def run(**changes: object) -> FollowUp:
        values = {"letter": "reminder", "after": "1 days", "by": named("Ana"), "templates": templates}
        return follow_up(engine, settings, sent, **(values | changes))  # type: ignore[arg-type]

    return run


def follow_ups(engine: Engine) -> list[Campaign]:
    with reading(engine) as session:
        return [one for one in session.exec(select(Campaign)) if one.follows_id is not None]


@pytest.mark.heavy
@pytest.mark.parametrize("changes", [{}, {"after": "2 weeks"}, {"by": named("Ben")}, {"to": " NONE "}])
def test_the_same_follow_up_is_planned_once(
    follow: Callable[..., FollowUp], engine: Engine, changes: dict[str, str]
) -> None:
    made = follow()
    with pytest.raises(ConflictError, match="planned already: 'spring-follow-up', reminder to none") as caught:
        follow(**changes)
    assert "it is scheduled" in caught.value.message
    assert "--again" in in_words(caught.value.remedy)
    assert [one.name for one in follow_ups(engine)] == [made.name]


@pytest.mark.heavy
def test_another_follow_up_is_another(follow: Callable[..., FollowUp], engine: Engine, templates: Path) -> None:
    made = follow()
    assert follow(to="undecided").name != made.name
    shutil.copytree(templates / "reminder", templates / "last-reminder")
    follow(letter="last-reminder")
    again = follow(again=True)
    timing.cancel(engine, made.name, by=named("Ana"))
    timing.cancel(engine, again.name, by=named("Ana"))
    follow()  # what was cancelled does not count
    assert [(one.again_by, one.no_mailbox_by) for one in follow_ups(engine)] == [
        ("", ""), ("", ""), ("", ""), ("Ana", ""), ("", ""),
    ]  # fmt: skip


@pytest.mark.heavy
def test_of_two_who_plan_the_same_at_once_one_does(follow: Callable[..., FollowUp], engine: Engine) -> None:
    gate = Barrier(2)

    def one(_number: int) -> object:
        gate.wait()
        try:
            return follow()
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, range(2)))
    assert sum(isinstance(one, ConflictError) for one in found) == 1
    (made,) = follow_ups(engine)
    assert made.state is CampaignState.SCHEDULED


@pytest.mark.heavy
def test_a_follow_up_that_is_due_waits_for_the_box_and_says_so(
    follow: Callable[..., FollowUp], engine: Engine, settings: Settings
) -> None:
    made = follow()
    moment = clock.now()
    with writing(engine) as session:
        campaign = plan.get_campaign(session, made.name)
        message = session.exec(select(Message).where(Message.campaign_id == campaign.id, Message.iso3 == "FRA")).one()
        message.due_at = message.next_try_at = moment
        session.add(message)

    def waiting(**more: bool) -> int:
        with reading(engine) as session:
            return waiting_for_box(session, **({"no_mailbox": False} | more))

    def told(**more: bool) -> list[Stop]:
        (now,) = situation(engine, settings.model_copy(update=more), name=made.name).campaigns
        assert all(one.step.todo is Todo.READ_BOX for one in now.stops if one.stop is Stop.BOX_UNREAD)
        return [one.stop for one in now.stops if one.blocks]

    assert waiting() == 1
    assert waiting(no_mailbox=True) == 0
    assert told() == [Stop.BOX_UNREAD]
    assert told(no_mailbox=True) == []
    with writing(engine) as session:
        note_box_read(session, moment.replace(year=moment.year - 1))
    assert waiting() == 1, "it was read before the follow-up was due"
    with writing(engine) as session:
        note_box_read(session, moment)
        note_box_read(session, moment.replace(year=moment.year - 1))
    assert waiting() == 0, "an older reading takes nothing back"
    assert told() == []


def test_a_person_may_say_that_there_is_no_box(follow: Callable[..., FollowUp], engine: Engine) -> None:
    follow(no_mailbox=True, by=named(" Ana  Sample "))
    assert [one.no_mailbox_by for one in follow_ups(engine)] == ["Ana Sample"]


def test_letters_that_are_out_are_not_told_of(sent: str, engine: Engine) -> None:
    with reading(engine) as session:
        assert repeated(session, plan.get_campaign(session, sent)) == ()


def test_the_texts_of_many_letters_are_read_in_one_query(
    long_letter: None, sent: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    second(engine, settings, templates, nearly_same_text(templates))
    asked = list[str]()
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    assert len(check(engine, "summer", templates).had_already) == 2
    assert sum("substr" in statement for statement in asked) == 1
