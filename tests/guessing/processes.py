"""What each process of ``make guess`` does. They lie apart, for a spawned process imports no ``__main__``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.guessing.guessing import ASKED, Found, Sent, guess, guesser, sent

CASES, PROBES, FLOOD, PER_HOUR = 400, 500, 200, 200
"""Of the part under the usual caps: cases, pairs of strangers, look-ups of one stranger, codes in an hour."""


def measure(asked: int, seed: int) -> tuple[Found, Sent]:
    """So many look-ups and guesses, the cap in all lifted: each is compared with a code that was sent."""

    async def run(folder: Path) -> tuple[Found, Sent]:
        async with guesser(folder, cases=asked // (2 * ASKED * 2), seed=seed) as somebody:
            return await guess(somebody, asked), await sent(somebody.office.database)

    with tempfile.TemporaryDirectory(prefix="recourse-guess-") as folder:
        return asyncio.run(run(Path(folder)))


def flood() -> tuple[Found, Sent]:
    """Under the usual caps, and with somebody who asks again and again."""

    async def run(folder: Path) -> tuple[Found, Sent]:
        async with guesser(folder, CASES, seed=99, codes_per_hour=PER_HOUR) as somebody:
            found = await guess(somebody, 2 * ASKED * PROBES)
            await somebody.flood(FLOOD)
            return found, await sent(somebody.office.database)

    with tempfile.TemporaryDirectory(prefix="recourse-guess-") as folder:
        return asyncio.run(run(Path(folder)))
