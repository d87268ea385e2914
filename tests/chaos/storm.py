"""The storm: all channels, all platforms in trouble, processes killed; then the reckoning."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from bot.db import Database
from channels.lanes import Job, JobState
from channels.transcript import Message
from channels.webchat import visitors
from complaints.record import Complaint
from handoff.queue import Handoff
from tests.channels.drivers import DRIVERS
from tests.chaos.couriers import Couriers, caller
from tests.chaos.fleet import SECRET_KEY, Fleet, fleet
from tests.chaos.plan import draw
from tests.chaos.reckoning import Reckoning, Record
from tests.chaos.weather import Weather, platforms_under
from tests.end_to_end.running import run
from tests.platforms.server import PlatformServer

logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # an answer cut short is meant


@dataclass(frozen=True)
class Storm:
    """How hard it blows. Times are in seconds."""

    deliveries: int
    seconds: float  # within which the customers begin
    kill_every: float
    webs: int
    workers: int
    calm: float  # for how long, at most, the heap of what waits may not shrink before all is settled


@dataclass(frozen=True)
class Aftermath:
    """What was done, what came of it, and what is wrong."""

    seed: int
    reckoning: Reckoning
    kills: Mapping[str, int]
    faults: Mapping[str, int]
    seconds: float  # from the first delivery to the last answer
    acknowledged: Sequence[float]  # seconds that each accepted webhook took

    @property
    def wrong(self) -> list[str]:
        return self.reckoning.wrong

    @property
    def counts(self) -> Counter[str]:
        return self.reckoning.counts


def blow(storm: Storm, seed: int, url: str, data: Path) -> Aftermath:
    """Let it blow over the empty database at ``url``, with files and logs in ``data``."""
    weather = Weather(seed)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(server) for name, server in platforms_under(weather).items()}
        ships = fleet(data, url, servers, webs=storm.webs, workers=storm.workers)
        migrated = run(ships.settings, "migrate")
        assert migrated.returncode == 0, migrated.stderr
        try:
            return asyncio.run(_blow(storm, seed, url, ships, servers, weather))
        finally:
            fallen = ships.stop()
            assert not fallen, f"ended by themselves: {fallen}; see {data}"


async def _blow(
    storm: Storm,
    seed: int,
    url: str,
    ships: Fleet,
    servers: Mapping[str, PlatformServer],
    weather: Weather,
) -> Aftermath:
    customers = draw(seed, storm.deliveries, storm.seconds)
    await ships.start_all()
    reckoning, over = Reckoning(), asyncio.Event()
    async with caller() as http, await Database.open(url) as database:
        couriers = Couriers(ships.urls, servers, http, random.Random(seed))
        began = time.monotonic()
        killing = asyncio.create_task(
            ships.kill_now_and_then(random.Random(seed + 1), storm.kill_every, over)
        )
        try:
            await couriers.carry_all(customers)
        finally:
            over.set()
            await killing
        await settled(database, reckoning, storm.calm)
        took = time.monotonic() - began
        shown = shown_by(servers)
        records = await database.read(records_of)
        for customer in customers:
            driver = DRIVERS[customer.channel](servers) if customer.channel in DRIVERS else None
            if driver is None:
                token = f"Bearer {couriers.tokens[customer.number]}"
                conversation = visitors.read(token, SECRET_KEY, datetime.now(UTC)).conversation
                heard = await couriers.read(customer)
            else:
                address = driver.address(customer.number)
                conversation = address.conversation
                heard = shown[customer.channel, address.route.get("channel", address.key)]
            reckoning.conversation(customer, heard, records.pop(conversation, _NOTHING))
    # A message set apart is the only dead letter that there may be.
    reckoning.counts["dead letters"] -= reckoning.counts["set apart after two unknown outcomes"]
    if reckoning.counts["dead letters"]:
        reckoning.wrong.append(f"{reckoning.counts['dead letters']} dead letters")
    reckoning.wrong += couriers.refused
    reckoning.wrong += [f"{name}: nobody wrote here" for name in records]
    reckoning.counts += couriers.counts
    return Aftermath(seed, reckoning, ships.kills, weather.counts, took, couriers.acknowledged)


_NOTHING = Record((), (), {})


async def settled(database: Database, reckoning: Reckoning, seconds: float) -> None:
    """Until nothing waits any more. A heap that has not shrunk for so many seconds is stuck: that is wrong.

    How fast it shrinks is the machine's affair.
    """
    least, end = math.inf, 0.0
    while waiting := await database.read(_jobs, JobState.READY):
        # A turn that is done leaves its messages to be sent: up to three.
        heap = 4 * waiting.get("in:", 0) + waiting.get("out", 0)
        if heap < least:
            least, end = heap, time.monotonic() + seconds
        if time.monotonic() > end:
            reckoning.wrong.append(f"still waiting: {waiting}")
            break
        await asyncio.sleep(0.25)
    dead = await database.read(_jobs, JobState.DEAD)
    reckoning.counts["dead letters"] = sum(dead.values())


def _jobs(session: Session, state: JobState) -> dict[str, int]:
    """How many jobs are in ``state``, by the kind of their lane; timers that are not due do not count."""
    kind = func.substr(Job.lane, 1, 3)
    found = session.exec(
        select(kind, func.count()).where(col(Job.state) == state, kind.in_(("in:", "out"))).group_by(kind)
    )
    return dict(found.all())


def records_of(session: Session) -> dict[str, Record]:
    messages, cases = defaultdict(list), defaultdict(list)
    for message in session.exec(select(Message).order_by(col(Message.conversation), col(Message.seq))):
        messages[message.conversation].append(message)
    for case in session.exec(select(Complaint)):
        cases[case.conversation].append(case)
    queue = {item.reference: item for item in session.exec(select(Handoff))}
    return {conversation: Record(said, cases[conversation], queue) for conversation, said in messages.items()}


def shown_by(servers: Mapping[str, PlatformServer]) -> dict[tuple[str, str], Sequence[str]]:
    """What each platform has shown, by channel and place."""
    shown = defaultdict(list)
    for name, server in servers.items():
        for sent in server.sent:
            channel = name
            if name == "twilio":
                channel = "whatsapp" if sent.fields["To"].startswith("whatsapp:") else "sms"
            shown[channel, sent.to].append(sent.text)
    return shown
