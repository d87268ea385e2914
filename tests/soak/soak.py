"""A soak: the program at half of what it can do, for a while, watched from outside; then the reckoning."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from sqlmodel import Session

from bot.db import Database
from channels import upkeep
from tests.bench.sides import resident
from tests.chaos.fleet import Fleet, fleet
from tests.chaos.reckoning import Reckoning, Record
from tests.chaos.storm import records_of, settled, shown_by
from tests.end_to_end.running import run
from tests.platforms.server import PlatformServer
from tests.platforms.slack import SlackServer
from tests.platforms.telegram import TelegramServer
from tests.soak.customers import Customers, Phone
from tests.soak.flatness import Sample, Timing, not_flat

_KINDS = ("in", "out", "clock", "file")
_CALM = 60.0  # seconds after which everything must have settled


@dataclass(frozen=True)
class Plan:
    """How long, and how often it is looked at. Times are in seconds."""

    seconds: float
    measuring: float = 20  # for the capacity
    customers: int = 32  # at once, meanwhile
    look_every: float = 5


@dataclass(frozen=True)
class Soaked:
    """What was measured, and what is wrong."""

    seconds: float
    capacity: float  # answers a second
    samples: Sequence[Sample]
    timings: Sequence[Timing]
    counts: Counter[str]
    wrong: Sequence[str]  # not answered once and in order
    growing: Sequence[str]  # not flat
    load: tuple[float, float]  # of the machine, before and at the end

    @property
    def rate(self) -> float:
        """Messages a second during the soak."""
        return self.capacity / 2


def soak(plan: Plan, url: str, data: Path) -> Soaked:
    """Soak the program on the empty database at ``url``, with files and logs in ``data``."""
    with ExitStack() as stack:
        phone = stack.enter_context(Phone())
        servers: Mapping[str, PlatformServer] = {
            "twilio": phone,
            "telegram": stack.enter_context(TelegramServer()),
            "slack": stack.enter_context(SlackServer()),
        }
        ships = fleet(data, url, servers, webs=1, workers=1)
        migrated = run(ships.settings, "migrate")
        assert migrated.returncode == 0, migrated.stderr
        try:
            return asyncio.run(_soak(plan, url, ships, phone))
        finally:
            fallen = ships.stop()
            assert not fallen, f"ended by themselves: {fallen}; see {data}"


async def _soak(plan: Plan, url: str, ships: Fleet, phone: Phone) -> Soaked:
    before = os.getloadavg()[0]
    await ships.start_all()
    phone.loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector) as http, await Database.open(url) as database:
        customers = Customers(phone, ships.urls[0], http, random.Random(4711))
        capacity = await customers.without_pause(plan.customers, plan.measuring)
        samples: list[Sample] = []
        watching = asyncio.create_task(_watch(samples, ships, database, plan.look_every))
        await customers.at_a_rate(capacity / 2, plan.seconds)
        watching.cancel()
        wrong, counts = await _reckon(customers, database, phone)
    phone.loop = None
    growing = tuple(not_flat(samples, customers.timings, plan.seconds))
    load = before, os.getloadavg()[0]
    return Soaked(plan.seconds, capacity, samples, customers.timings, counts, wrong, growing, load)


async def _watch(samples: list[Sample], ships: Fleet, database: Database, every: float) -> None:
    """Look at memory and queue, now and then, until cancelled."""
    began = time.monotonic()
    while True:
        waiting = await database.read(_waiting, datetime.now(UTC))
        megabytes = {name: resident(pid) for name, pid in ships.processes.items()}
        samples.append(Sample(time.monotonic() - began, megabytes, waiting))
        await asyncio.sleep(every)


def _waiting(session: Session, now: datetime) -> int:
    return sum(upkeep.backlog(session, kind, now).waiting for kind in _KINDS)


async def _reckon(customers: Customers, database: Database, phone: Phone) -> tuple[list[str], Counter[str]]:
    """Whether everything was answered, once and in order."""
    reckoning = Reckoning(wrong=customers.wrong)
    await settled(database, reckoning, _CALM)
    records = await database.read(records_of)
    shown = shown_by({"twilio": phone})
    for conversation in customers.conversations:
        if not conversation.said:
            continue
        address = customers.driver.address(conversation.number)
        record = records.pop(address.conversation, Record((), (), {}))
        reckoning.conversation(conversation.customer, shown["sms", address.key], record)
    if reckoning.counts["dead letters"]:
        reckoning.wrong.append(f"{reckoning.counts['dead letters']} dead letters")
    reckoning.wrong += [f"{name}: nobody wrote here" for name in records]
    return reckoning.wrong, reckoning.counts
