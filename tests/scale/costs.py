"""What one message costs each part: processor time of the program and of PostgreSQL, and bytes of its log.

    .venv/bin/python -m tests.scale.costs    writes the figures into docs/scale.md

Processor time and bytes, and not a clock: they hardly depend on who else uses the machine, and a
server is bought by them. The dialogue engine's share is in docs/bench.md.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import asyncpg
from sqlmodel import Session

from bot.db import Database
from bot.migrating import migrate
from bot.settings import Settings
from tests.postgres_server import PostgresServer
from tests.scale import document
from tests.scale.filling import filler
from tests.scale.invented import Year, utc_now
from tests.scale.questions import reading, sample, writing

CASES = 5_000
CALLS = 300
STEPS = ("accept", "facts of a turn", "a lane, from lease to release", "send", "status by reference")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a processor, and bytes of the write-ahead log, for one call."""

    name: str
    program: float
    server: float
    log: float


def main() -> None:
    """Measure on a PostgreSQL of its own, print and write down."""
    server = PostgresServer()
    server.start()
    try:
        costs, per_message = asyncio.run(_costs(server.url("postgres")))
    finally:
        server.remove()
    lines = [
        "| one call | program, ms | PostgreSQL, ms | log, KB |",
        "| --- | --: | --: | --: |",
        *(f"| {c.name} | {c.program:.1f} | {c.server:.1f} | {c.log / 1024:.1f} |" for c in costs),
        "",
        f"A message takes {per_message:.0f} bytes of disk, with indexes and its share of the case.",
    ]
    print(*lines, sep="\n")
    document.replace("costs", [*document.circumstances(), "", *lines])


async def _costs(url: str) -> tuple[list[Cost], float]:
    await asyncio.to_thread(migrate, url)
    year = Year(utc_now())
    await filler(url).put(year.until(CASES))
    watch = await asyncpg.connect(url)
    size = await watch.fetchval("SELECT pg_database_size(current_database())")
    async with await Database.open(url) as database:
        known, settings = await database.read(sample), Settings(_env_file=None)
        read = {q.name: q.ask for q in reading(known, settings, year.now)}
        write = {q.name: q.ask for q in writing(known, settings, year.now)}
        costs = []
        for name in STEPS:
            run = database.read if name in read else database.run
            costs.append(await _cost(name, run, (read | write)[name], watch))
    await watch.close()
    return costs, size / year.numbers.message


async def _cost(
    name: str, run: Callable[..., object], ask: Callable[[Session], object], watch: asyncpg.Connection
) -> Cost:
    for _ in range(10):
        await run(ask)
    main_process = await _postmaster(watch)
    position = await watch.fetchval("SELECT pg_current_wal_insert_lsn()")
    program, server = process_time(), _used(main_process)
    for _ in range(CALLS):
        await run(ask)
    program, server = process_time() - program, _used(main_process) - server
    log = await watch.fetchval("SELECT pg_current_wal_insert_lsn() - $1::pg_lsn", position)
    return Cost(name, 1000 * program / CALLS, 1000 * server / CALLS, float(log) / CALLS)


async def _postmaster(watch: asyncpg.Connection) -> int:
    """The process that is the parent of all others of the server."""
    backend = await watch.fetchval("SELECT pg_backend_pid()")
    return int(_stat(backend)[1])


def _used(parent: int) -> float:
    """Seconds of a processor that the server's processes have used."""
    used = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))) and int(fields[1]) == parent:
            used += (int(fields[11]) + int(fields[12])) / _TICK
    return used


def _stat(process: int) -> list[str]:
    """What Linux tells of a process from its state on (`man proc_pid_stat`); nothing if it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    main()
