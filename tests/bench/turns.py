"""Whole turns of a conversation: stock Rasa behind its REST channel, ours from webhook to platform API."""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.supervising import workers_here
from tests.bench.document import row, table
from tests.bench.load import (
    GREETING,
    QUESTION,
    Throughput,
    flood,
    long_conversation,
    one_by_one,
    side_by_side,
)
from tests.bench.scores import percentile, spread
from tests.bench.sides import CORES
from tests.bench.talking import Bot, OurBot, our_bot, stock_bot


@dataclass
class Turns:
    """One side, over all rounds; one figure a round. Milliseconds, turns a second, megabytes."""

    reply: list[float] = field(default_factory=list)
    action: list[float] = field(default_factory=list)
    actions: list[Throughput] = field(default_factory=list)
    replies: list[Throughput] = field(default_factory=list)
    growth: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)  # the p99; ours alone


def compare(our_models: Path, stock_model: Path, rounds: int) -> Iterator[str]:
    """Both sides in turn, and the table."""
    they, we = Turns(), Turns()
    with on_other_cores():
        for number in range(rounds):
            print(f"turns, round {number + 1} of {rounds}", flush=True)
            with stock_bot(stock_model) as stock, our_bot(our_models, workers=workers_here()) as ours:
                asyncio.run(_round((they, stock), (we, ours)))
            for side in they, we:
                print({name: values[-1] for name, values in vars(side).items() if values}, flush=True)
    yield from table(f"median of {rounds} rounds (least–greatest)", "stock Rasa", "ours", "ratio", "target")
    yield _ratio("reply turn, one conversation, ms", they.reply, we.reply, "≤ 1")
    yield _ratio("turn with an action, one conversation, ms", they.action, we.action, "")
    for what, theirs, mine, target in (
        ("turns with an action", they.actions, we.actions, "≥ 5"),
        ("reply turns", they.replies, we.replies, "≥ 3"),
    ):
        sides = theirs, mine
        yield _ratio(f"{what} a second, 32 conversations", *([t.rate for t in s] for s in sides), target)
        yield _ratio(
            "— processor time of the engine for one, ms", *([t.engine for t in s] for s in sides), ""
        )
        yield _ratio("— of all processes for one, ms", *([t.whole for t in s] for s in sides), "")
    yield row(
        "turn 300 of a conversation against turn 10", spread(they.growth), spread(we.growth), "", "ours ≤ 1.2"
    )
    yield _ratio("resident memory of the engine, MB", they.megabytes, we.megabytes, "≤ 0.3", digits=0)
    yield row("webhook accepted, p99 at 200 a second, ms", "not durable", spread(we.accepted), "", "≤ 100")


def _ratio(what: str, theirs: list[float], ours: list[float], target: str, digits: int = 1) -> str:
    """The ratio of each round, ours by theirs: what else the machine did then, it did to both."""
    of_rounds = [our / their for our, their in zip(ours, theirs, strict=True)]
    return row(
        what, spread(theirs, digits), spread(ours, digits), f"{statistics.median(of_rounds):.2f}", target
    )


async def _round(*sides: tuple[Turns, Bot]) -> None:
    """Each figure of one side and then of the other, seconds apart: the machine is not ours alone.

    Both are in service all the while; whoever is not asked takes next to nothing of the processor.
    """
    async with AsyncExitStack() as stack:
        for _, bot in sides:
            await stack.enter_async_context(bot)
        for turns, bot in sides:
            turns.reply.append(percentile(await one_by_one(bot, GREETING), 0.5))
        for turns, bot in sides:
            turns.action.append(percentile(await one_by_one(bot, QUESTION), 0.5))
        for turns, bot in sides:
            turns.actions.append(await side_by_side(bot, QUESTION))
        for turns, bot in sides:
            turns.replies.append(await side_by_side(bot, GREETING))
        for turns, bot in sides:
            tenth, late = await long_conversation(bot, QUESTION)
            turns.growth.append(late / tenth)
            turns.megabytes.append(bot.engine.megabytes())
        for turns, bot in sides:
            if isinstance(bot, OurBot):
                turns.accepted.append(percentile(await flood(bot), 0.99))


@contextmanager
def on_other_cores() -> Iterator[None]:
    """Keeps the customers and the platform's API off the cores that are measured, where there are others."""
    before = os.sched_getaffinity(0)
    if others := before - {int(core) for core in CORES.split(",")}:
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
