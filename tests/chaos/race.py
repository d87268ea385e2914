"""An agent claims a case while the bot is answering, again and again, at every moment of the answer.

The turn, the lanes, the desk and the database are the real ones; the engine says its lines after a
moment of random length.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.db import Database
from bot.engine import Answer, Said
from bot.turn import Turn
from channels.lanes import Job, JobState
from channels.pump import Pump
from channels.transcript import Author, Message
from complaints import register
from complaints.facts import Facts
from handoff import desk
from tests.handoff.cases import complain
from tests.turn.desk import answer, settings

_AT_ONCE = 8
_THINKS = 0.01  # seconds at most
_HESITATES = 0.03  # seconds at most, from when the engine is asked until the agent claims


@dataclass
class Thinking:
    """An engine that takes its time."""

    rng: random.Random
    asked: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        self.asked[conversation].set()
        await asyncio.sleep(self.rng.uniform(0, _THINKS))
        return answer("One moment.", "When was it?")

    async def ready(self) -> bool:
        return True


@dataclass(frozen=True)
class Race:
    """How it went: in ``late`` the bot spoke after the claim, which must not be."""

    rounds: int
    spoke_first: int
    silenced: int  # the claim came first, and the answer was dropped
    late: list[str]


async def race(database: Database, rounds: int, seed: int) -> Race:
    """So many claims, each in a conversation of its own."""
    rng = random.Random(seed)
    engine = Thinking(rng)
    stop, places = asyncio.Event(), asyncio.Semaphore(_AT_ONCE)
    pump = Pump(database, "in", Turn(database, engine, settings()).take, _AT_ONCE, f"race-{seed}")

    async def one_round(number: int) -> str:
        async with places:
            key = f"race-{seed}-{number}"
            now = datetime.now(UTC)
            # A case is on record, and the message is still to be answered.
            reference = await database.run(lambda session: complain(session, key=key, now=now))
            await engine.asked[f"webchat:{key}"].wait()
            await asyncio.sleep(rng.uniform(0, _HESITATES))
            await database.run(desk.claim, reference, f"Anna {number}", datetime.now(UTC))
            return reference

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pump.run(stop))
        references = await asyncio.gather(*map(one_round, range(rounds)))
        while await database.read(_waiting):  # noqa: ASYNC110  the pump tells nobody
            await asyncio.sleep(0.02)
        stop.set()
    spoke, late, silenced = 0, [], 0
    for reference in references:
        claimed, lines = await database.read(_said, reference)
        spoke += any(seq < claimed for seq in lines)
        silenced += not lines
        late += [f"{reference}: {seq} after {claimed}" for seq in lines if seq > claimed]
    return Race(rounds, spoke, silenced, late)


def _waiting(session: Session) -> bool:
    ready = select(Job.id).where(col(Job.state) == JobState.READY, col(Job.lane).startswith("in:")).limit(1)
    return session.exec(ready).first() is not None


def _said(session: Session, reference: str) -> tuple[int, list[int]]:
    """The number of the claim, and those of the bot's lines."""
    case = register.find(session, reference)
    claim = next(event for event in register.events_of(session, case) if event.kind == "claimed")
    lines = session.exec(
        select(Message.seq).where(
            Message.conversation == case.conversation,
            Message.author == Author.BOT,
            col(Message.dedup).regexp_match(r"^turn:\d+:\d+/"),
        )
    )
    return claim.data["seq"], list(lines)
