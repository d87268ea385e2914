"""The crash test at full length; docs/chaos.md tells what was counted.

    make chaos                     storms on both databases, and the race for a claim
    make chaos ONLY=race SEED=7    one part, drawn from that seed

Ends with status 1 if anything is not as it must be.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bot.db import Database
from bot.migrating import migrate
from tests.chaos.race import Race, race
from tests.chaos.storm import Aftermath, Storm, blow
from tests.end_to_end.running import ROOT
from tests.postgres_server import PostgresServer

DOCUMENT = ROOT / "docs/chaos.md"
STORMS = {
    "postgresql": Storm(deliveries=10_000, seconds=300, kill_every=5, webs=2, workers=3, calm=120),
    "sqlite": Storm(deliveries=10_000, seconds=200, kill_every=10, webs=1, workers=1, calm=120),
}
CLAIMS = 2500  # on each database


def main() -> None:
    """Do one part or all, write down what came of it, and fail on one that is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=(*STORMS, "race"), help="one part")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--deliveries", type=int, help="fewer deliveries, in as much less time")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    parts: dict[str, Callable[[], bool]] = {
        name: lambda name=name, storm=storm: weather(name, storm, options.seed, options.deliveries)
        for name, storm in STORMS.items()
    }
    parts["race"] = lambda: claims(options.seed)
    well = [parts[name]() for name in ([options.only] if options.only else parts)]
    sys.exit(0 if all(well) else 1)


def weather(name: str, storm: Storm, seed: int, deliveries: int | None) -> bool:
    """A storm, and the part of the document about it; whether all was well."""
    if deliveries:
        shorter = storm.seconds * deliveries / storm.deliveries
        storm = replace(storm, deliveries=deliveries, seconds=shorter)
    data = Path(tempfile.mkdtemp(prefix="recourse-chaos-"))
    with database(name, data) as url:
        after = blow(storm, seed, url, data)
    write(name, told(name, storm, after))
    print(f"{name}: {dict(after.counts)}", *after.wrong, sep="\n  ")
    if after.wrong:
        print(f"the logs are in {data}")
    return not after.wrong


def claims(seed: int) -> bool:
    """The race on both databases; whether the bot was silent after every claim."""
    runs = {}
    for name in STORMS:
        with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
            migrate(url)
            began = time.monotonic()
            runs[name] = asyncio.run(_claims(url, seed)), time.monotonic() - began
            print(f"race on {name}: {runs[name]}")
    lines = ["## The race for a claim", "", *circumstances(seed), ""]
    lines += [
        "| | claims | the bot spoke before | its answer was dropped | it spoke after the claim | seconds |"
    ]
    lines += ["|---|---|---|---|---|---|"]
    for name, (run, seconds) in runs.items():
        figures = (run.rounds, run.spoke_first, run.silenced, len(run.late), round(seconds))
        lines.append(f"| {_NAMES[name]} | {' | '.join(f'{figure:,}' for figure in figures)} |")
    write("race", lines)
    return not any(run.late for run, _ in runs.values())


async def _claims(url: str, seed: int) -> Race:
    async with await Database.open(url) as opened:
        return await race(opened, CLAIMS, seed)


@contextmanager
def database(name: str, data: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if name == "sqlite":
        yield f"sqlite:///{data}/recourse.db"
        return
    server = PostgresServer()
    server.start()
    try:
        asyncio.run(_create(server))
        yield server.url("storm")
    finally:
        server.remove()


async def _create(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    await connection.execute("CREATE DATABASE storm")
    await connection.close()


_NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_NUMBERS = ("one", "two", "three")


def told(name: str, storm: Storm, after: Aftermath) -> Iterator[str]:
    """What is to be said of a storm."""
    counts = after.counts
    webs, workers = _NUMBERS[storm.webs - 1], _NUMBERS[storm.workers - 1]
    yield f"## {_NAMES[name]}"
    yield ""
    yield from circumstances(after.seed)
    yield ""
    yield f"- Processes: {webs} web, {workers} worker, one engine."
    yield f"- From the first delivery to the last answer: {after.seconds:.0f} s."
    half, most, slowest = (_percentile(after.acknowledged, share) for share in (0.5, 0.99, 1))
    yield (
        f"- A webhook is acknowledged, kills aside, after {half:.0f} ms (median), {most:.0f} ms (p99), "
        f"{slowest:.0f} ms (slowest)."
    )
    yield f"- `kill -9`: {_listed(after.kills)}."
    yield f"- Platforms: {_listed(after.faults)}."
    yield ""
    yield "| | must be | is |"
    yield "|---|---|---|"
    messages = counts["messages"]
    unanswered = counts["of them without an answer"]
    yield f"| deliveries drawn, of them again | | {storm.deliveries:,}, {storm.deliveries - messages:,} |"
    yield f"| deliveries tried, of them unanswered | | {counts['deliveries tried']:,}, {unanswered:,} |"
    for what, due in (
        ("answered once", messages - counts["answer set apart for a person"]),
        ("complaints with exactly one case", counts["complaints"]),
        ("in the queue, asked for a person", counts["asked for a person"]),
        ("dead letters", 0),
    ):
        yield f"| {what} | {due:,} | {counts[what]:,} |"
    yield f"| **anything else that is wrong** | 0 | {len(after.wrong):,} |"
    for what in (
        "conversations",
        "replies",
        "receipts, because no answer came in time",
        "overtaken on the way",
        "overtaken on the way, answered in their order",
        "sent twice after an unknown outcome",
        "set apart after two unknown outcomes",
        "of them never shown",
        "answer set apart for a person",
    ):
        yield f"| {what} | | {counts[what]:,} |"
    if after.wrong:
        yield ""
        yield from (f"- {line}" for line in after.wrong[:50])


def _percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds: the time within which so much of them was done."""
    return 1000 * sorted(seconds)[min(int(share * len(seconds)), len(seconds) - 1)]


def _listed(counts: object) -> str:
    items = dict(counts)  # type: ignore[call-overload]
    return ", ".join(f"{what} {count:,}" for what, count in sorted(items.items()))


def circumstances(seed: int) -> Sequence[str]:
    """When, with what, and how to have it again."""
    command = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f} over the last 5 minutes"
    return [f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit `{commit}`, seed {seed}; {load}."]


def write(part: str, lines: Iterator[str] | Sequence[str]) -> None:
    """Put the lines between the marks of a part of the document."""
    begin, end = f"<!-- {part}: made by `make chaos` -->", f"<!-- end of {part} -->"
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"docs/chaos.md has lost its marks: {begin} and {end}")
    DOCUMENT.write_text("\n".join([before + begin, "", *lines, "", end]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
