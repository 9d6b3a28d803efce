"""A seed's events, what comes of them, and the shortest story that still breaks the law."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from outreach.actors import named
from outreach.errors import OutreachError
from outreach.vocabulary import MessageState
from tests.simulation.laws import Broken, _working
from tests.simulation.world import ALIKE, MISSIONS, NAMES, Grounds, World

Event = tuple[Any, ...]
_ADDRESSES = tuple(address for boxes in MISSIONS.values() for address in boxes)
_ANSWERS = (
    *["ok"] * 8, "one later", "one never", "later", "never", "no data", "break early", "break late", "lost", "garbage",
    "no smtputf8",
)  # fmt: skip
_MINUTES = (1, 1, 2, 6, 10, 14, 16, 20, 31, 61, 90, 240, 3000, -1, -10, -16, -70)
_PERSONS = (
    *["schedule"] * 2, "schedule again", *["pause"] * 2, *["resume"] * 4, "cancel", *["approve"] * 4,
    *["resend"] * 3, "arrived", *["opt out"] * 3, "allow", "bounce", *["contact"] * 3, *["correct"] * 2,
    *["mode"] * 4, *["keep"] * 2, *["restore"] * 4, "copy", *["move"] * 2, *["here"] * 4, "foreign",
    "two approvals", "once more", *["follow up"] * 2, *["read box"] * 2, "answers", *["import"] * 3, *["dies"] * 2,
)  # fmt: skip
_MOST_STEPS = 400
_MOST_BEGUN = 8
_MOST_BEGINNINGS = 4000


@dataclass(frozen=True, slots=True)
class Found:
    """A broken law, and how it came to it."""

    seed: int
    law: str
    events: Sequence[Event]
    story: Sequence[str] = field(repr=False)

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}: {self.law}", *(f"  {line}" for line in self.story)])


def _plot(rng: random.Random, hours: bool) -> list[Event]:
    """Something that people were seen to do, with what may come between left to chance."""
    in_hand = (
        "step",
        0,
        rng.choice((1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 9)),
        rng.choice(("ok", "ok", "one later", "lost", "break late")),
    )
    some_time = ("clock", rng.choice((2, 10, 14, 14, 16, 20, 31, 61, -10, -70)))
    anybody = rng.choice(_ADDRESSES)
    again: list[Event] = [("schedule", "first", "now", hours)]
    match rng.choice((0, 0, 1, 1, 1, 2, 3, 4, 5, 6)):
        case 0:  # a worker stands still, and another takes over
            return [
                in_hand,
                some_time,
                ("step", 1, 9, "ok"),
                ("step", 0, rng.randint(1, 4), "ok"),
                ("step", 1, 9, "ok"),
            ]
        case 1:  # the plan is changed while a letter is in hand
            what = rng.choice(
                (
                    "pause",
                    "cancel",
                    "opt out",
                    "contact",
                    "import",
                    *["bounce"] * 2,
                    *["opt out"] * 2,
                    *["schedule"] * 4,
                )
            )
            did: list[Event] = again if what == "schedule" else [(what, "first", anybody)]
            return [in_hand, *did, ("step", rng.randrange(2), 9, "ok"), ("step", 0, 9, "ok"), *again]
        case 2:  # sent in one mode, and gone on with in another
            first = ("step", 0, 9, rng.choice(("one later", "later", "ok")))
            back: list[Event] = [("mode", "first", ""), *[("approve", "first", anybody)] * rng.randrange(2)]
            return [("mode", "first", ""), *again, first, *back, *again * rng.randrange(2), some_time, in_hand]
        case 3:  # a live worker is at it, and so is one in rehearsal
            other: list[Event] = [("mode", "first", ""), ("step", 1, rng.choice((5, 9, 12, 12, 12)), "one later")]
            looked: Event = ("step", 0, rng.choice((0, 0, 0, 1)), "ok")  # 0: it has not claimed anything yet
            later = ("clock", rng.choice((20, 31, 61)))
            return [*again, looked, *other, ("mode", "first", ""), later, ("step", 0, 9, "ok")]
        case 4:  # yesterday's copy comes back
            here: list[Event] = [("here", "first", ""), ("resume", "first", "")]
            then = ("step", rng.randrange(2), rng.randint(1, 9), "ok")
            return [("keep", "first", ""), in_hand, ("restore", "first", ""), then, *here * rng.randrange(2), in_hand]
        case 5:  # a reminder
            sent: list[Event] = [("step", 0, 9, "ok")] * 3
            plan: list[Event] = [("follow up", "first", anybody), ("clock", 1440)]
            read: list[Event] = [("read box", "first", "")] * bool(rng.randrange(3))
            answered: list[Event] = [("answers", "first", anybody)] * bool(rng.randrange(3))
            return [*sent, *plan, *read, ("step", 1, rng.randint(3, 6), "ok"), *answered, ("step", 1, 9, "ok")]
        case _:  # out already, changed, and approved anew
            back = [("contact", "first", anybody), ("approve", "first", rng.choice(_ADDRESSES))]
            return [("step", 0, rng.randint(6, 9), "ok"), in_hand, ("pause", "first", ""), *back, *again, in_hand]


def events_of(seed: int) -> list[Event]:
    """The events of a seed: the first ones that it always had, and what people have come to do since."""
    return _with_more(random.Random(f"more {seed}"), first_events_of(seed))


def _with_more(rng: random.Random, events: list[Event]) -> list[Event]:
    """Put among a seed's events what was learnt later; drawn apart, so that the others stay as they were."""
    last = events.pop()
    more: list[Event] = []
    anybody = rng.choice(_ADDRESSES)
    in_hand: Event = (
        "step",
        0,
        rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 9)),
        rng.choice(("ok", "ok", "one later", "later")),
    )
    kind = rng.random()
    if kind < 0.25:  # who signs: in time, and while letters are in hand
        signed: list[Event] = [("pause", "first", ""), ("all sign", "first", ""), ("approve", "first", "")]
        events[:0] = [*signed, ("schedule", "first", "now", False), in_hand]
        left: list[Event] = [("one withdraws", "first", "")]
        again: list[Event] = [("approve", "first", ""), ("schedule", "first", "now", False)]
        more = [*left, ("step", 0, 9, "ok"), ("clock", rng.choice((1, 16, 31))), *again * rng.randrange(2), in_hand]
        at = rng.choice((len(signed) + 2, rng.randint(len(signed) + 2, len(events))))
        events[at:at] = more
    elif kind < 0.45:  # a reminder, and a mail that may be the answer
        more = [("step", 0, 9, "ok"), ("step", 0, 9, "ok"), ("follow up", "first", _ADDRESSES[0]), ("clock", 1440)]
        more += [("read box", "first", ""), ("step", 1, rng.randint(2, 6), "ok")] * bool(rng.randrange(4))
        more += [("may have answered", "first", anybody), ("step", 1, 9, "ok")]
        more += [("looks at mail", "first", ""), ("step", 1, 9, "ok")] * rng.randrange(2)
        events += more
    elif kind < 0.75:  # the settings are a file, and a worker stands under what it said before
        events.insert(0, ("watched",))
        changed: Event = ("mode", "first", "")
        more = [in_hand, changed, ("step", 0, rng.randint(1, 9), "ok"), changed, ("step", 0, rng.randint(1, 9), "ok")]
        at = rng.randint(1, len(events))
        events[at:at] = more[: rng.choice((2, 3, 5))]
    elif kind < 0.9:  # somebody writes nearly the same by another campaign: after the first, before it, or meanwhile
        more = [("writes alike", ALIKE, anybody), ("step", rng.randrange(2), rng.choice((1, 3, 9, 9)), "ok")]
        more += [("once more", rng.choice((ALIKE, "first")), anybody), in_hand] * (rng.random() < 0.3)
        at = rng.randint(0, len(events))
        events[at:at] = [in_hand, *more] if rng.random() < 0.6 else more
    elif kind < 0.95:  # what was refused is tried again by a person's word, while it is in hand or after
        refused: Event = ("step", 0, rng.choice((3, 4, 6, 9)), rng.choice(("one never", "never", "later", "one later")))
        more = [refused, ("retry", "first", anybody), ("step", rng.randrange(2), rng.randint(1, 9), "ok")]
        more += [(rng.choice(("leave", "retry", "correct", "resend")), "first", anybody), in_hand] * rng.randrange(2)
        at = rng.randint(0, len(events))
        events[at:at] = more
    else:  # what is held, since its mission has had nearly the same, is settled
        more = [("writes alike", ALIKE, anybody), ("step", rng.randrange(2), rng.choice((3, 9, 9)), "ok"), in_hand]
        more += [(rng.choice(("held again", "held counts", "held left")), "first", anybody), in_hand]
        at = rng.randint(0, len(events))
        events[at:at] = more
    return [*events, last]


def first_events_of(seed: int) -> list[Event]:  # noqa: C901
    """The events that a seed had at first."""
    rng = random.Random(seed)
    events: list[Event] = [("mode",)] if rng.random() < 0.15 else []
    if rng.random() < 0.5:
        events.append(("twins",))
    if rng.random() < 0.4:
        events.append(("batches",))
    events.append(("schedule", "first", rng.choice(("now", "now", "now", "10", "70")), rng.random() < 0.4))
    if rng.random() < 0.25:
        events.append(("schedule", "again", "now", False))
    slot = 0
    # A few kinds of things in each seed, often, come further than all of them, seldom (swarm testing).
    kinds = ["schedule", *rng.sample(sorted(set(_PERSONS)), rng.randint(1, 5))]
    persons = [what for what in _PERSONS if what in kinds]
    if "restore" in kinds:
        events.append(("keep", "first", ""))
    answers = ["ok", "ok", *rng.sample(_ANSWERS, 2)]
    hours = rng.random() < 0.4
    plot = _plot(rng, hours) if rng.random() < 0.6 else []
    events += plot
    for _ in range(rng.randint(1, 8) if plot else rng.randint(6, 16)):
        kind = rng.random()
        if rng.random() < 0.4:
            slot = 1 - slot
        if kind < 0.56:
            events.append(("step", slot, rng.choice((1, 1, 2, 3, 5, 9)), rng.choice(answers)))
        elif kind < 0.62:
            events.append(("arm", slot, rng.choice(("before", "after", "lost", "kill"))))
        elif kind < 0.70:
            events.append(("clock", rng.choice(_MINUTES)))
        else:
            what = rng.choice(persons)
            if what == "schedule":
                events.append(("schedule", "first", rng.choice(("now", "now", "10", "70")), hours))
            elif what == "schedule again":
                events.append(("schedule", "again", "now", False))
            else:
                name = rng.choice(NAMES if rng.random() < 0.2 else NAMES[:1])
                events.append((what, name, rng.choice(_ADDRESSES)))
                # What a person does next, as a rule.
                if what in ("approve", "mode", "correct", "import", "contact", "two approvals") and rng.random() < 0.8:
                    if what not in ("approve", "correct"):
                        events.append(("approve", name, ""))
                    events.append(("schedule", name, "now", hours))
                if what == "two approvals":
                    events[-2:-1] = [("approve", name, _ADDRESSES[0]), ("approve", name, _ADDRESSES[-1])]
                if what == "follow up" and rng.random() < 0.7:
                    events += [("clock", 1440), *[("read box", name, "")] * rng.randrange(2), ("step", slot, 3, "ok")]
                if what in ("restore", "copy") and rng.random() < 0.6:
                    events += [("step", slot, 2, "ok")] * rng.randrange(2)
                    events += [("move", name, "")] * (what == "copy")
                    events += [("here", name, ""), ("resume", name, "")]
    events.append(("end", rng.randrange(4)))
    return events


def play(grounds: Grounds, seed: int, events: Sequence[Event]) -> Found | None:
    """Let the events happen, and then let everything come to rest. Return the law that was broken."""
    world = World(grounds)
    begun = _begin(world, events)
    grounds.world = world
    try:
        for number, event in enumerate(events[begun:], start=begun + 1):
            _happen(world, event)
            if grounds.keeps and number <= _MOST_BEGUN and not world.workers:
                _keep_beginning(world, tuple(events[:number]))
        _rest(world, next((event[1] for event in events if event[0] == "end"), 0))
    except Broken as broken:
        return Found(seed, str(broken), events, tuple(world.story))
    except OutreachError as error:
        return Found(seed, f"{type(error).__name__}: {error}", events, tuple(world.story))
    except Exception as error:  # noqa: BLE001  (whatever the code raises is a finding)
        return Found(seed, f"{type(error).__name__}: {error}", events, tuple(world.story))
    finally:
        world.close()
        grounds.world = None
    return None


def _begin(world: World, events: Sequence[Event]) -> int:
    """Begin where another seed came by the same events, as far as any did; return how many of them have happened."""
    for number in range(min(len(events), _MOST_BEGUN), 0, -1):
        known = world.grounds.beginnings.get(tuple(events[:number]))
        if known is not None:
            world.begin(known)
            return number
    world.begin(None)
    return 0


def _keep_beginning(world: World, events: tuple[Event, ...]) -> None:
    """Keep what came of a seed's first events, the second time that a seed begins with them."""
    beginnings = world.grounds.beginnings
    if events not in beginnings and len(beginnings) < _MOST_BEGINNINGS:
        beginnings[events] = None
    elif events in beginnings:
        beginnings[events] = world.begun()


def _happen(world: World, event: Event) -> None:
    if event[0] != "step":
        world.changes += 1
    match event:
        case ("step", slot, count, answer):
            _step(world, slot, count, answer)
        case ("arm", slot, how):
            one = world.workers[slot] if slot < len(world.workers) else None
            if one is not None and one.greenlet is not None:
                if how == "kill":
                    world.kill(one)
                else:
                    one.armed = how
        case ("clock", minutes):
            world.now += timedelta(minutes=minutes)
            world.tell(f"the clock {'jumps back' if minutes < 0 else 'goes on'} by {abs(minutes)} min")
        case ("schedule", name, at, hours):
            world.schedule(name, at, hours=hours)
        case (what, name, address):
            _person(world, what, name, address)
        case ("mode",):
            world.live = not world.live
        case ("twins" | "batches" | "watched" as how,):
            setattr(world, how, True)
        case _:
            pass


def _person(world: World, what: str, name: str, address: str) -> None:  # noqa: C901  (a list of deeds)
    from outreach.campaigns import timing

    engine = world.engine()
    match what:
        case "pause":
            world.person(f"pauses {name}", lambda: timing.pause(engine, name, by=named("Ana")))
        case "resume":
            world.person(f"resumes {name}", lambda: timing.resume(engine, world.settings(), name, by=named("Ana")))
        case "cancel":
            world.person(f"cancels {name}", lambda: timing.cancel(engine, name, by=named("Ana")))
        case "approve":
            world.approve(name, "Ben" if address == _ADDRESSES[-1] else "Ana")
        case "resend":
            world.resolve("resend")
        case "arrived":
            world.resolve("sent")
        case "leave":
            world.resolve("cancel", MessageState.FAILED)
        case "held again":
            world.resolve("resend", MessageState.HELD)
        case "held counts":
            world.resolve("sent", MessageState.HELD)
        case "held left":
            world.resolve("cancel", MessageState.HELD)
        case "retry":
            world.retry(name)
        case "two approvals":
            world.two_approvals(name)
        case "once more":
            world.schedule(name, "now", hours=False, again=True)
        case "follow up":
            world.follow_up(again=address == _ADDRESSES[-1])
        case "writes alike":
            world.writes_alike()
        case "read box":
            world.read_box()
        case "answers":
            world.answers(address)
        case "may have answered":
            world.may_have_answered(address)
        case "looks at mail":
            world.looks_at_mail()
        case "all sign":
            world.signs("Alpha", "Beta")
        case "one withdraws":
            world.signs("Alpha")
        case "import":
            world.imports(address)
        case "dies":
            world.at_person = "before" if address == _ADDRESSES[0] else "after"
        case "opt out":
            world.opt_out(address)
        case "allow":
            world.allow(address)
        case "bounce":
            world.bounce(address)
        case "contact":
            world.change_contact(address)
        case "correct":
            world.correct()
        case "mode":
            world.live = not world.live
            world.tell(f"the mode is {'live' if world.live else 'rehearsal'} from here on")
        case "keep":
            world.keep()
        case "restore":
            world.restore()
        case "copy":
            world.copy()
        case "move":
            if world.copied:
                world.place = 1 - world.place
                world.tell(f"everybody works at {world.place} from here on")
        case "here":
            world.here()
        case "foreign":
            if len(world.grounds.engines) > 1:
                one = world.start(2, world.place, True, own=False)
                while world.step(one):
                    pass


def _step(world: World, slot: int, count: int, answer: str) -> None:
    one = world.workers[slot] if slot < len(world.workers) else None
    if one is None or one.greenlet is None:
        one = world.start(slot, world.place, world.live)
        one.answer = answer
        count += 3  # to look around says little
    elif (one.live, one.place) != (world.live, world.place) and count > 2:
        one.stop = True  # somebody ends it, to start it anew with other settings
    for _ in range(count):
        if one.idle == world.changes:  # nothing has happened since it found nothing to do
            return
        one.answer = answer
        if not world.step(one):
            return


def _rest(world: World, how: int) -> None:
    """End what runs, settle a copy, and send whatever is still due, with a server that takes everything."""
    for number, one in enumerate(world.workers):
        if how >> number & 1:
            world.kill(one)
        else:
            one.armed, one.answer, one.stop = "", "ok", True
            for _ in range(_MOST_STEPS):
                if not world.step(one):
                    break
    world.live = True
    world.come_home()
    world.now += timedelta(minutes=20)
    for _ in range(3):
        while not _working(world.now) or not _working(world.now + timedelta(hours=2)):
            world.now += timedelta(hours=1)
        one = world.start(0, world.place, True)
        one.answer, one.stop, taken = "ok", True, len(world.taken)
        for _ in range(_MOST_STEPS):
            if not world.step(one):
                break
        if len(world.taken) == taken:
            break
        world.now += timedelta(minutes=1)
    world.laws.at_rest(world.engine())


def run(grounds: Grounds, seed: int) -> Found | None:
    """Play one seed."""
    return play(grounds, seed, events_of(seed))


def shrunk(grounds: Grounds, found: Found) -> Found:
    """Drop events for as long as a law is still broken, whichever; and shorten steps."""
    best, size = found, max(len(found.events) // 2, 1)
    while size:
        start, changed = 0, False
        while start < len(best.events):
            fewer = [*best.events[:start], *best.events[start + size :]]
            again = play(grounds, found.seed, fewer)
            if again is not None:
                best, changed = again, True
            else:
                start += size
        if not changed or size > 1:
            size //= 2
    return best


def laws_of(story: Sequence[str]) -> str:
    """The broken law of a story, without what varies."""
    return next((line for line in reversed(story) if "BROKEN" in line), "")
