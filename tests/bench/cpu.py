"""The processor's time for one message of ours, whatever else the machine does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from tests.bench.document import row, table
from tests.bench.load import GREETING, QUESTION, Throughput, flood, side_by_side
from tests.bench.talking import OurBot, our_bot
from tests.bench.turns import on_other_cores

RATE = 200  # webhooks a second


def spent(models: Path) -> Iterator[str]:
    """A turn with an action, a reply turn, and a webhook that is only accepted; milliseconds each."""
    with on_other_cores():
        with our_bot(models) as bot:
            turns = asyncio.run(_turns(bot))
        with our_bot(models, workers=0) as bot:
            accepted = asyncio.run(_accepts(bot))
    yield from table("the processor's milliseconds for one", "program", "engine", "a second")
    for what, turn in zip(("turn with an action", "reply turn"), turns, strict=True):
        yield row(what, f"{turn.whole - turn.engine:.1f}", f"{turn.engine:.1f}", f"{turn.rate:.1f}")
    yield row("accepting, without a worker", f"{accepted:.2f}", "", str(RATE))


async def _turns(bot: OurBot) -> tuple[Throughput, Throughput]:
    async with bot:
        return await side_by_side(bot, QUESTION), await side_by_side(bot, GREETING)


async def _accepts(bot: OurBot) -> float:
    async with bot:
        await flood(bot, RATE, seconds=5)  # everybody is known afterwards
        before = bot.beside[0].busy()
        times = await flood(bot, RATE)
        return (bot.beside[0].busy() - before) / len(times)
