"""Measures search and export with many cases: how long, and in how much memory.

.venv/bin/python -m tests.doors --cases 200000
.venv/bin/python -m tests.doors --cases 50000 --only postgresql
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bot.db import Database
from bot.migrating import migrate
from complaints.complaint import Severity
from handoff import case_query, exports
from handoff.case_query import CaseQuery, Sort, Stage
from handoff.rest import search_api
from handoff.rest.export_rows import Form
from tests.postgres_server import PostgresServer
from tests.scale.filling import filler
from tests.scale.invented import Year, utc_now

QUESTIONS = {
    "the latest": CaseQuery(),
    "open and critical": CaseQuery(stage=(Stage.OPEN,), severity=(Severity.CRITICAL,)),
    "a rare word": CaseQuery(words="nb"),
    "a customer": CaseQuery(customer="lopez"),
}


def main() -> None:
    """Fill a database, then ask and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    os.nice(5)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="recourse-doors-"))
        url = f"sqlite:///{folder}/large.db"
        if options.only == "postgresql":
            server = PostgresServer()
            server.start()
            stack.callback(server.remove)
            url = server.url("postgres")
        migrate(url)
        asyncio.run(_measure(url, options.cases, Path(folder)))


async def _measure(url: str, cases: int, folder: Path) -> None:
    await filler(url).put(Year(utc_now()).until(cases))
    async with await Database.open(url) as database:
        for name, query in QUESTIONS.items():
            for sort in (Sort.RECEIVED_LAST, Sort.SEVERITY_LAST):
                began = perf_counter()
                found = await database.read(case_query.page, query, sort, None, 50)
                print(f"{name}, {sort}: {len(found)} in {1000 * (perf_counter() - began):.0f} ms", flush=True)
        for form in Form:
            before = most = _memory()
            number, last = await database.run(
                exports.begin, actor="operator", form=str(form), query={}, now=datetime.now(UTC)
            )
            began, octets = perf_counter(), 0
            async for part in search_api._parts(database, CaseQuery(), form, number, last):
                octets += len(part.encode())
                most = max(most, _memory())
            seconds = perf_counter() - began
            print(
                f"{form}: {last:,} cases, {octets / 1e6:.0f} MB in {seconds:.0f} s; "
                f"{before:.0f} MB of memory before, at most {most:.0f} MB on the way",
                flush=True,
            )


def _memory() -> float:
    """What this process has at present, in MB (proc_pid_statm(5))."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
