"""Who gets what: the order, language and skill and how they relax, offers and what becomes of them.

Mutation: let `Reach.covers` or `Reach.condition` forget the category; leave the `Pass` of a declined
or lapsed offer out; or count offers not in `presence.HAS`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel, select

from bot.db import Database
from channels.transcript import Conversation
from complaints import register
from complaints.complaint import Category, Severity
from complaints.opening_hours import OpeningHours
from handoff import desk, queue
from handoff.dispatch import presence, routing, rules
from handoff.dispatch.presence import Presence
from handoff.dispatch.routing import Need, Reach
from handoff.dispatch.rules import Rules
from handoff.item import Handoff, Pass, State, Wait
from handoff.queue import AlreadyHeld, AtCapacity, NotHolder
from tests.handoff.cases import NOW, complain_to

MINUTE = timedelta(minutes=1)
RULES = Rules(automatic=True, capacity=3)


@pytest.fixture(autouse=True)
def in_force() -> Iterator[None]:
    with rules.in_force_while(RULES):
        yield


async def at_the_desk(database: Database, *names: str, now: datetime = NOW, **about: object) -> None:
    """These agents are available, with a profile."""

    def come(session: Session) -> None:
        for name in names:
            presence.set_presence(session, name, Presence.AVAILABLE, now)
            presence.set_profile(session, name, now=now, **about)  # type: ignore[arg-type]

    await database.run(come)


def item(session: Session, reference: str) -> Handoff:
    found = queue.get(session, reference)
    assert found is not None
    return found


async def offered(database: Database, now: datetime = NOW) -> dict[str, str]:
    """Everything that is offered now: reference and agent."""
    found: dict[str, str] = {}
    while made := await database.run(routing.offer_waiting, now):
        found |= {offer.reference: offer.agent for offer in made}
    return found


async def test_next_is_the_most_urgent(database: Database) -> None:
    """An agent who asks for work gets the first case of the queue, and then the second."""
    await complain_to(database, severity=Severity.LOW)
    urgent = await complain_to(database, severity=Severity.CRITICAL)
    soon = await complain_to(database, respond_in=timedelta(days=1))
    got = [await database.run(routing.assign_next, "Anna", NOW) for _ in range(2)]
    assert got == [urgent, soon]
    held = await database.read(queue.items, State.HELD, 10, "Anna")
    assert [found.reference for found, _ in held] == [urgent, soon]


async def test_nothing_for_nobody(database: Database) -> None:
    """Without a case that suits there is none; with no room there is a refusal."""
    assert await database.run(routing.assign_next, "Anna", NOW) is None
    for _ in range(4):
        await complain_to(database)
    for _ in range(RULES.capacity):
        assert await database.run(routing.assign_next, "Anna", NOW)
    with pytest.raises(AtCapacity):
        await database.run(routing.assign_next, "Anna", NOW)


async def test_language_and_skill_first(database: Database) -> None:
    """A case waits for the right colleague: skill for a while, language for longer, then any will do."""
    reference = await complain_to(database, language="es")  # a defect, by `complain`
    await at_the_desk(database, "Anna", languages=["en"], skills=["billing"])
    await at_the_desk(database, "Bea", languages=["es"], skills=["billing"])
    tries = {}
    for minutes in (0, 14, 15, 59, 60):
        for name in ("Anna", "Bea"):

            def attempt(session: Session, name: str = name, minutes: int = minutes) -> bool:
                got = routing.assign_next(session, name, NOW + minutes * MINUTE)
                session.rollback()
                return got == reference

            tries[name, minutes] = await database.run(attempt)
    assert {key for key, got in tries.items() if got} == {
        ("Bea", 15), ("Bea", 59), ("Bea", 60), ("Anna", 60),
    }  # fmt: skip


async def test_nights_do_not_relax(database: Database) -> None:
    """Only opening time counts: over night the right colleague could not have come."""
    hours = OpeningHours.parse("Mo-Fr 09:00-17:00")
    evening = datetime(2026, 3, 2, 16, 50, tzinfo=UTC)  # a Monday
    reference = await complain_to(database, now=evening)
    await at_the_desk(database, "Anna", skills=["billing"])
    with rules.in_force_while(Rules(hours=hours)):
        morning = datetime(2026, 3, 3, 9, 4, tzinfo=UTC)
        assert await database.run(routing.assign_next, "Anna", morning) is None
        assert await database.run(routing.assign_next, "Anna", morning + MINUTE) == reference


async def test_danger_needs_no_skill(database: Database) -> None:
    """The most severe cases go to anybody at once who speaks the language."""
    await complain_to(database)
    danger = await complain_to(database, severity=Severity.CRITICAL)
    await at_the_desk(database, "Anna", skills=["billing"])
    assert await database.run(routing.assign_next, "Anna", NOW) == danger
    assert await database.run(routing.assign_next, "Anna", NOW) is None


def test_database_and_function_agree() -> None:
    """`Reach.covers` and `Reach.condition` are one rule: checked over thousands of pairs on SQLite."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    chance = random.Random(3)
    with Session(engine) as session:
        rows = [
            Handoff(
                reference=f"RC-{n}", conversation="webchat:1", precedence=chance.randrange(4), due=NOW,
                language=chance.choice(["en", "es", "tr"]),
                category=chance.choice([Category.BILLING.value, Category.SAFETY.value, "other"]),
                skill=chance.choice([None, None, "legal", "billing"]),
                opened_at=NOW, waiting_since=NOW, queued_at=NOW - chance.randrange(90) * MINUTE,
            )
            for n in range(120)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        covered = 0
        for _ in range(60):
            reach = Reach(
                frozenset(chance.sample(["en", "es", "tr"], chance.randrange(3))),
                frozenset(chance.sample(["billing", "legal", "safety"], chance.randrange(3))),
                NOW - 60 * MINUTE,
                NOW - 15 * MINUTE,
            )
            found = set(session.exec(select(Handoff.reference).where(reach.condition())))
            assert found == {row.reference for row in rows if reach.covers(routing.need_of(row))}
            covered += len(found)
        assert 1000 < covered < 7000


def test_who_lists_nothing_takes_all() -> None:
    """Empty lists limit nothing; only a skill that a colleague asked for by name must be there."""
    long_ago = NOW - timedelta(days=1)
    anybody = Reach(frozenset(), frozenset(), long_ago, long_ago)
    assert anybody.covers(Need(2, "tr", "billing", None, NOW))
    assert not anybody.covers(Need(2, "tr", "billing", "legal", NOW))
    assert anybody.covers(Need(2, "tr", "billing", "legal", long_ago))


async def test_offers_go_to_the_least_busy(database: Database) -> None:
    """Work is spread: each offer to the available agent with the most room, and none beyond it."""
    references = [await complain_to(database, respond_in=timedelta(days=n)) for n in range(1, 9)]
    await at_the_desk(database, "Anna", "Ben", capacity=3)
    await at_the_desk(database, "Cleo", capacity=3)
    await database.run(presence.set_presence, "Cleo", Presence.BUSY, NOW)
    made = await offered(database)
    assert sorted(made.values()) == ["Anna"] * 3 + ["Ben"] * 3
    assert set(made) == set(references[:6])
    assert list(made.values())[:2] == ["Anna", "Ben"]
    profiles = {p.agent: p.held for p in await database.read(presence.all_profiles)}
    assert profiles == {"Anna": 3, "Ben": 3, "Cleo": 0}


async def test_an_offer_is_theirs_alone(database: Database) -> None:
    """Nobody else can take what is offered; the bot still talks, and the one who accepts holds it."""
    reference = await complain_to(database)
    await at_the_desk(database, "Anna")
    assert await offered(database) == {reference: "Anna"}

    def holder(session: Session) -> str | None:
        return session.get_one(Conversation, register.find(session, reference).conversation).holder

    assert await database.read(holder) is None
    with pytest.raises(AlreadyHeld, match="offered to Anna"):
        await database.run(desk.claim, reference, "Ben", NOW)
    assert await database.read(queue.position, reference) is None
    await database.run(desk.accept, reference, "Anna", NOW)
    found = await database.read(item, reference)
    assert (found.state, found.agent, found.offered_until) == (State.HELD, "Anna", None)
    assert await database.read(holder) == "Anna"


async def test_declined_goes_to_the_next(database: Database) -> None:
    """Who declines is not asked again for a while; the next one is, and afterwards nobody."""
    reference = await complain_to(database)
    await at_the_desk(database, "Anna", "Ben")
    assert await offered(database) == {reference: "Anna"}
    with pytest.raises(NotHolder):
        await database.run(desk.decline, reference, "Ben", NOW)
    await database.run(desk.decline, reference, "Anna", NOW)
    assert await offered(database) == {reference: "Ben"}
    await database.run(desk.decline, reference, "Ben", NOW)
    assert await offered(database) == {}
    assert await offered(database, NOW + 31 * MINUTE) == {reference: "Anna"}


async def test_lapsed_goes_to_the_next(database: Database) -> None:
    """An offer that nobody answers goes on; who lets two lapse in a row is away until they say otherwise."""
    first, second = [await complain_to(database, respond_in=timedelta(days=n)) for n in (1, 2)]
    await at_the_desk(database, "Anna", capacity=1)
    later = NOW
    for reference in (first, second):
        assert await offered(database, later) == {reference: "Anna"}
        assert await database.run(routing.end_lapsed, later + MINUTE) == []
        later += 2 * MINUTE
        assert len(await database.run(routing.end_lapsed, later)) == 1
    profile = await database.read(presence.profile, "Anna")
    assert (profile.presence, profile.held) == (Presence.AWAY, 0)
    assert await offered(database, later) == {}
    await at_the_desk(database, "Ben")
    assert await offered(database, later) == {first: "Ben", second: "Ben"}


async def test_answered_offer_forgives(database: Database) -> None:
    """Lapses count in a row: an accepted offer in between starts the count anew."""
    references = [await complain_to(database) for _ in range(3)]
    await at_the_desk(database, "Anna", capacity=1)
    now = NOW
    for lapses in (True, False, True):
        [(reference, _)] = (await offered(database, now)).items()
        now += 3 * MINUTE
        if lapses:
            await database.run(routing.end_lapsed, now)
        else:
            await database.run(desk.accept, reference, "Anna", now)
            await database.run(desk.hand_back, reference, "Anna", now)
    assert reference in references
    assert (await database.read(presence.profile, "Anna")).presence is Presence.AVAILABLE


async def test_gone_agents_keep_no_offer(database: Database) -> None:
    """Who leaves with an open offer gives it back at once, and it is no lapse."""
    reference = await complain_to(database)
    await at_the_desk(database, "Anna")
    await offered(database)
    await database.run(presence.set_presence, "Anna", Presence.AWAY, NOW)
    assert await database.run(routing.end_lapsed, NOW) == [reference]
    assert (await database.read(item, reference)).state == State.WAITING

    def lapses(session: Session) -> int:
        return presence.locked(session, "Anna", NOW).lapses

    assert await database.run(lapses) == 0


async def test_given_up_is_not_given_back(database: Database) -> None:
    """Who releases the most urgent case and asks for the next one gets another; they may still claim it."""
    urgent = await complain_to(database, severity=Severity.CRITICAL)
    other = await complain_to(database)
    assert await database.run(routing.assign_next, "Anna", NOW) == urgent
    await database.run(desk.release, urgent, "Anna", NOW)
    assert await database.run(routing.assign_next, "Anna", NOW) == other
    assert await database.run(routing.assign_next, "Anna", NOW) is None
    await at_the_desk(database, "Anna", "Ben")
    assert await offered(database) == {urgent: "Ben"}
    await database.run(desk.decline, urgent, "Ben", NOW)
    await database.run(desk.claim, urgent, "Anna", NOW)


async def test_what_is_past_is_forgotten(database: Database) -> None:
    """Old refusals and waits are gone when nobody asks for them any more, and not before."""
    await complain_to(database)
    await at_the_desk(database, "Anna", "Ben")
    [(reference, agent)] = (await offered(database)).items()
    await database.run(desk.decline, reference, agent, NOW)
    await database.run(desk.claim, reference, "Cleo", NOW)

    def kept(session: Session) -> tuple[int, int]:
        return len(session.exec(select(Pass)).all()), len(session.exec(select(Wait)).all())

    for days, expected in ((0, (1, 1)), (1, (0, 1)), (27, (0, 1)), (28, (0, 0))):
        await database.run(routing.forget, NOW + timedelta(days=days))
        assert await database.read(kept) == expected


async def test_one_person_for_a_conversation(database: Database) -> None:
    """A customer's second case goes to whoever holds the first, in whatever language, and to nobody else."""
    await at_the_desk(database, "Anna", "Ben", languages=["es"])
    first = await complain_to(database, key="same", language="es", severity=Severity.HIGH)
    second = await complain_to(database, key="same", language="es")
    assert await offered(database) == {first: "Anna"}  # two at once could meet in one conversation
    await database.run(desk.accept, first, "Anna", NOW)
    assert await database.run(routing.assign_next, "Ben", NOW) is None
    assert await offered(database) == {second: "Anna"}


async def test_a_claim_ends_other_offers(database: Database) -> None:
    """What is offered to another of a conversation that somebody takes over waits for that person."""
    first = await complain_to(database, key="same")
    await at_the_desk(database, "Anna")
    assert await offered(database) == {first: "Anna"}
    second = await complain_to(database, key="same")
    await database.run(desk.claim, second, "Ben", NOW)
    found = await database.read(item, first)
    assert (found.state, found.agent) == (State.WAITING, None)


async def test_queue_in_pages(database: Database) -> None:
    """Page by page the whole queue is read, in order, and only one agent's cases if asked for."""
    for number in range(11):
        await complain_to(database, severity=list(Severity)[number % 4])
    whole = [found.reference for found, _ in await database.read(queue.items)]
    pages: list[str] = []
    while page := await database.read(queue.items, State.WAITING, 4, None, pages[-1] if pages else None):
        pages += [found.reference for found, _ in page]
    assert pages == whole
    assert len(whole) == 11


def events(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


async def test_history_tells(database: Database) -> None:
    """Offered, declined, lapsed: each is an event of the case."""
    reference = await complain_to(database)
    await at_the_desk(database, "Anna", "Ben")
    await offered(database)
    await database.run(desk.decline, reference, "Anna", NOW)
    await offered(database)
    await database.run(routing.end_lapsed, NOW + 3 * MINUTE)
    assert (await database.read(events, reference))[-4:] == ["offered", "declined", "offered", "lapsed"]
