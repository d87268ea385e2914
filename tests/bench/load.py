"""The loads that both sides are put under. Times are in milliseconds, rates in turns a second."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from tests.bench.scores import percentile
from tests.bench.talking import Bot, OurBot

GREETING, QUESTION = "Hello", "How long does a complaint take?"
"""At stock Rasa a greeting is answered without an action; the question is answered by one on both sides."""

_WARM = 10  # turns before the clock counts
_RAMP = 2.0  # seconds


async def warm(bot: Bot, customers: Sequence[int]) -> None:
    """Let everybody be greeted: the first answer of a conversation is longer, and may be two messages."""
    for customer in customers:
        for text in (GREETING, QUESTION):
            if not await bot.say(customer, text):
                raise RuntimeError(f"no answer to {text!r}")
    await asyncio.sleep(0.5)
    if isinstance(bot, OurBot):
        for inbox in bot.phone.inboxes.values():
            while not inbox.empty():
                inbox.get_nowait()


async def one_by_one(bot: Bot, text: str, turns: int = 100) -> list[float]:
    """One customer who writes as soon as the answer is there: how long each answer takes."""
    await warm(bot, [1])
    for _ in range(_WARM):
        await bot.say(1, text)
    return [await _timed(bot, 1, text) for _ in range(turns)]


@dataclass(frozen=True)
class Throughput:
    """Turns a second, and the processor's milliseconds for each: the engine's, and those of all processes."""

    rate: float
    engine: float
    whole: float


async def side_by_side(bot: Bot, text: str, conversations: int = 32, seconds: float = 10.0) -> Throughput:
    """As many customers at once, each as above; measured in the middle of it."""
    customers = range(1000, 1000 + conversations)
    await warm(bot, customers)
    over = asyncio.Event()
    done = 0

    async def talk(customer: int) -> None:
        nonlocal done
        while not over.is_set():
            await bot.say(customer, text)
            done += 1

    def so_far() -> tuple[float, int, float, float]:
        return time.monotonic(), done, bot.engine.busy(), sum(process.busy() for process in bot.processes)

    talking = [asyncio.create_task(talk(customer)) for customer in customers]
    await asyncio.sleep(_RAMP)
    before = so_far()
    await asyncio.sleep(seconds)
    took, turns, engine, whole = (after - was for after, was in zip(so_far(), before, strict=True))
    over.set()
    await asyncio.gather(*talking)
    return Throughput(turns / took, engine / turns, whole / turns)


async def long_conversation(bot: Bot, text: str) -> tuple[float, float]:
    """How long an answer takes around the tenth turn of a conversation, and around the 300th."""
    await warm(bot, [2])
    times = [await _timed(bot, 2, text) for _ in range(3, 306)]  # the first is the third turn
    return percentile(times[3:12], 0.5), percentile(times[293:302], 0.5)


async def flood(bot: OurBot, rate: int = 200, seconds: int = 10) -> list[float]:
    """Webhooks at a steady rate, whatever becomes of them: how long until each is accepted.

    The clock runs from the moment a webhook was due, so one that is late for the one before is not spared.
    """
    began = time.monotonic()

    async def deliver(place: int) -> float:
        due = began + place / rate
        await asyncio.sleep(due - time.monotonic())
        try:
            await bot.deliver(10_000 + place % 1000, QUESTION)
        except aiohttp.ClientError:
            return math.inf  # refused, or cut off: a platform would deliver it again
        return (time.monotonic() - due) * 1000

    return list(await asyncio.gather(*map(deliver, range(rate * seconds))))


async def _timed(bot: Bot, customer: int, text: str) -> float:
    began = time.perf_counter()
    if not await bot.say(customer, text):
        raise RuntimeError(f"no answer to {text!r}")
    return (time.perf_counter() - began) * 1000
