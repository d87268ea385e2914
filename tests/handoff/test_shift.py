"""A shift of many agents at once: nobody gets what another has or more than they can take; nothing is lost.

Agents are tasks over as many connections as several processes have (each group its own): each claims,
asks for the next case, accepts and declines offers, releases, passes on, hands back, resolves, and
goes away at random; the desk's clock offers and takes back beside them. `make desk-race` runs it at
full size: 50 agents on 1,000 cases.

Mutation: leave ``with_for_update`` out of `presence.locked` (on PostgreSQL agents get too many), or
the two checks for another agent out of `holding.claim`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from bot.db import Database
from channels.transcript import Conversation
from complaints import register
from complaints.complaint import Decision, MoveRefused, Severity
from complaints.record import Complaint
from handoff import desk, queue
from handoff.dispatch import escalation, presence, routing, rules
from handoff.dispatch.presence import HAS, Presence
from handoff.dispatch.rules import Rules
from handoff.item import Handoff, State
from handoff.queue import AlreadyHeld, AtCapacity, NotHolder
from handoff.staff.agents import Role
from tests.handoff.cases import NOW, complain, hire

WHOLE = os.environ.get("RECOURSE_DESK_RACE") == "1"
AGENTS, CASES, MOVES = (50, 1000, 60) if WHOLE else (12, 80, 25)
POOLS = 3
LANGUAGES = ("en", "es", "tr")

pytestmark = pytest.mark.timeout(1800 if WHOLE else 300)

RACE = Rules(
    automatic=True,
    capacity=5,
    offer_lasts=timedelta(seconds=0.3),
    gone_after=timedelta(seconds=2),
    return_after=timedelta(seconds=0.2),
    skill_relaxes=timedelta(seconds=1),
    language_relaxes=timedelta(seconds=2),
)


@dataclass
class Seen:
    """What was wrong at any moment, and what was done."""

    wrong: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)


def now() -> datetime:
    return datetime.now(UTC)


def fill(session: Session, cases: range, seed: int) -> None:
    """Some customers have several cases, in all languages and severities."""
    chance = random.Random(seed)
    for number in cases:
        complain(
            session,
            key=f"customer-{number if chance.random() < 0.8 else number // 5}",
            language=chance.choice(LANGUAGES),
            severity=chance.choice(list(Severity)),
        )


def staff(session: Session) -> None:
    chance = random.Random(1)
    for number in range(AGENTS):
        name = f"Agent {number}"
        hire(session, name)
        presence.set_profile(
            session, name, capacity=chance.randint(1, 6), languages=chance.sample(LANGUAGES, 2), now=now()
        )
    hire(session, "Sue", Role.SUPERVISOR)


def faults(session: Session) -> list[str]:
    """Everything that may never be, looked for in one snapshot."""
    found = []
    holders: dict[str, str | None] = dict(session.exec(select(Conversation.id, Conversation.holder)).all())
    by_agent: Counter[str] = Counter()
    held_in: dict[str, set[str]] = {}
    for item in session.exec(select(Handoff)):
        if item.state in HAS:
            by_agent[item.agent or ""] += 1
        if (item.agent is None) == (item.state in HAS):
            found.append(f"{item.reference} is {item.state} with agent {item.agent}")
        if item.state == State.HELD:
            held_in.setdefault(item.conversation, set()).add(item.agent or "")
    found += [
        f"{p.agent} has {by_agent[p.agent]} of {p.capacity}"
        for p in presence.all_profiles(session)
        if by_agent[p.agent] > p.capacity
    ]
    for conversation, agents in held_in.items():
        if agents != {holders[conversation]}:
            found.append(f"{conversation} is held by {agents}, the bot thinks by {holders[conversation]}")
    found += [f"{c} has a holder and no case" for c, h in holders.items() if h and c not in held_in]
    return found


@dataclass
class Shift:
    """One agent's shift: whatever comes to mind, as fast as it goes."""

    database: Database
    name: str
    chance: random.Random
    seen: Seen

    async def work(self) -> None:
        """Come, make `MOVES` moves, and leave or vanish."""
        await self.database.run(presence.set_presence, self.name, Presence.AVAILABLE, now())
        for number in range(MOVES):
            move = await self.choose()
            try:
                await self.make(move, number)
                self.seen.done[move] += 1
            except (AlreadyHeld, AtCapacity, NotHolder, MoveRefused, queue.BadInput) as refused:
                self.seen.done[f"{move}: {type(refused).__name__}"] += 1
        if self.chance.random() < 0.5:  # the others are not heard of any more
            await self.database.run(presence.set_presence, self.name, Presence.OFFLINE, now())

    async def choose(self) -> str:
        """What to do with what is there to be done."""
        self.mine = await self.having(State.HELD)
        self.offers = await self.having(State.OFFERED)
        self.waiting = [i.reference for i, _ in await self.database.read(queue.items, State.WAITING, 12)]
        if self.offers and self.chance.random() < 0.8:
            return self.chance.choice(["accept", "accept", "decline"])
        moves = ["next", "next", "away"] + ["claim", "claim", "give"] * bool(self.waiting)
        if self.mine:
            moves += ["reply", "release", "back", "pass", "pass", "give"]
            moves += ["resolve"] * (self.chance.random() < 0.3)
        return self.chance.choice(moves)

    async def having(self, state: State) -> list[str]:
        """References of what this agent has in that state."""
        return [i.reference for i, _ in await self.database.read(queue.items, state, 10, self.name)]

    async def make(self, move: str, number: int) -> None:
        """Make a move; what it is about may have changed meanwhile."""
        run, name, pick = self.database.run, self.name, self.chance.choice
        somebody = f"Agent {self.chance.randrange(AGENTS)}"
        match move:
            case "accept":
                await run(desk.accept, self.offers[0], name, now())
            case "decline":
                await run(desk.decline, self.offers[0], name, now())
            case "next":
                await run(routing.assign_next, name, now())
            case "claim":
                await run(desk.claim, pick(self.waiting), name, now())
            case "give":
                await run(desk.assign, pick(self.waiting + self.mine), "Sue", somebody, now())
            case "reply":
                await run(desk.reply, pick(self.mine), name, "We look.", f"{name}-{number}", now())
            case "release":
                await run(desk.release, pick(self.mine), name, now())
            case "back":
                await run(desk.hand_back, pick(self.mine), name, now())
            case "pass":
                await run(desk.transfer, pick(self.mine), name, pick(["", somebody]), "please", now())
            case "resolve":
                await run(_resolve, pick(self.mine), name)
            case "away":
                await run(presence.set_presence, name, pick(list(Presence)), now())
                await asyncio.sleep(self.chance.random() / 5)
                await run(presence.set_presence, name, Presence.AVAILABLE, now())


def _resolve(session: Session, reference: str, name: str) -> None:
    desk.resolve(
        session, reference, name, decision=Decision.UPHELD, remedy=None, text="Yes.", outside="", now=now()
    )


async def clock(database: Database, stop: asyncio.Event, seen: Seen) -> None:
    """The desk's clock, without its pauses."""
    while not stop.is_set():
        for step in (
            routing.end_lapsed,
            escalation.return_unanswered,
            presence.expire,
            routing.offer_waiting,
        ):
            if await database.run(step, now()):
                seen.done[step.__name__] += 1
        await asyncio.sleep(0.01)


async def inspect(database: Database, stop: asyncio.Event, seen: Seen) -> None:
    """Look for faults, all the time."""
    while not stop.is_set():
        seen.wrong += await database.read(faults)
        seen.done["inspected"] += 1
        await asyncio.sleep(0.05)


async def test_nothing_twice_nothing_lost(database_url: str) -> None:
    """Each case has one holder or a place in the queue, at every moment of a wild shift and after it."""
    seen, stop = Seen(), asyncio.Event()
    with rules.in_force_while(RACE):
        async with AsyncExitStack() as stack:
            pools = [await stack.enter_async_context(await Database.open(database_url)) for _ in range(POOLS)]
            await pools[0].run(staff)
            for start in range(0, CASES, 50):
                await pools[0].run(fill, range(start, min(start + 50, CASES)), start)
            clocks = [asyncio.create_task(clock(pool, stop, seen)) for pool in pools[1:]]
            clocks.append(asyncio.create_task(inspect(pools[0], stop, seen)))
            await asyncio.gather(
                *(
                    Shift(pools[n % POOLS], f"Agent {n}", random.Random(1000 + n), seen).work()
                    for n in range(AGENTS)
                )
            )
            await _everybody_gone(pools[0])
            stop.set()
            await asyncio.gather(*clocks)
            assert not seen.wrong, seen.wrong[:10]
            assert await pools[0].read(faults) == []
            await pools[0].read(_none_forgotten, seen.done)
            logging.getLogger(__name__).warning("%s: %s", database_url[:6], sorted(seen.done.items()))
    # The shift was wild enough to prove something.
    assert seen.done["offer_waiting"] > 4
    assert seen.done["end_lapsed"] > 2
    assert seen.done["accept"] > 0
    assert seen.done["inspected"] > 5
    assert sum(n for what, n in seen.done.items() if "AlreadyHeld" in what or "AtCapacity" in what) > 5


async def _everybody_gone(database: Database) -> None:
    """Until the last agent is offline, and their unanswered cases wait again."""
    async with asyncio.timeout(60):
        while await database.read(_still_there):  # noqa: ASYNC110  time passes, nobody tells
            await asyncio.sleep(0.1)


def _still_there(session: Session) -> bool:
    """Whether anybody is there, or a case is still with somebody whose customer waits."""
    if any(p.presence is not Presence.OFFLINE for p in presence.all_profiles(session)):
        return True
    if session.exec(select(Handoff.reference).where(col(Handoff.state) == State.OFFERED)).first():
        return True
    due = escalation.unanswered(now() - RACE.return_after if RACE.return_after else NOW)
    return session.exec(due).first() is not None


def _none_forgotten(session: Session, done: Counter[str]) -> None:
    """Every case waits, is with the bot until a date, is closed, or held by somebody who answered it."""
    cases = {c.reference: c for c in session.exec(select(Complaint))}
    items = {i.reference: i for i in session.exec(select(Handoff))}
    assert items.keys() == cases.keys()
    assert len(cases) == CASES
    for reference, item in items.items():
        history = [e.kind for e in register.events_of(session, cases[reference])]
        match item.state:
            case State.WITH_BOT:
                assert item.back_at is not None
            case State.CLOSED:
                assert cases[reference].status == "closed"
            case State.HELD:
                assert item.due > NOW
                assert "claimed" in history or "assigned" in history or "transferred" in history
            case _:
                assert item.state == State.WAITING
        done[f"ends {item.state}"] += 1
