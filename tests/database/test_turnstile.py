"""Processes that write to one SQLite file take turns, and none keeps the others out by dying.

Mutation: in `bot.turnstile.Turnstile.passed` leave out the entrance, or in `bot.sqlite.Sqlite._commit` the
turnstile: a process that writes without a pause keeps others out for long; or let `Turnstile.passed` forget
that it is urgent.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.db import Database, DatabaseUnavailable
from bot.turnstile import Turnstile
from tests.lanes.effects import put

GREEDY = """
import sys, time
from pathlib import Path
from bot.turnstile import Turnstile
turnstile = Turnstile(Path(sys.argv[1]), 10)
while True:
    with turnstile.passed():
        print("in", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def greedy(path: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that writes again as soon as it has written."""
    command = [sys.executable, "-c", GREEDY, str(path), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


async def test_taking_turns(sqlite_url: str) -> None:
    """Beside one that never rests, every write waits for one of the other's, and no longer."""
    process = greedy(Path(sqlite_url.removeprefix("sqlite:///")), 0.05)
    try:
        async with await Database.open(sqlite_url) as database:
            began = time.monotonic()
            for n in range(20):
                await database.run(put, "in:web:1", n)
            assert time.monotonic() - began < 20 * 0.05 * 4  # left to chance it takes ten times as long
    finally:
        end(process)


async def test_whoever_is_urgent_goes_past(sqlite_url: str) -> None:
    """Beside two that never rest, an accept waits for the one that writes, and for none at the entrance."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    processes = [greedy(path, 0.05) for _ in range(2)]
    try:
        async with await Database.open(sqlite_url) as database:
            took = {"run": 0.0, "accept": 0.0}
            for n in range(30):
                for how, write in (("run", database.run), ("accept", database.accept)):
                    await asyncio.sleep(random.uniform(0, 0.1))
                    began = time.monotonic()
                    await write(put, f"in:web:{how}", n)
                    took[how] += time.monotonic() - began
        assert took["accept"] < 0.75 * took["run"]
    finally:
        for process in processes:
            end(process)


async def test_a_dead_process_holds_nobody_up(sqlite_url: str) -> None:
    """Killed in the middle of a transaction, it gives way at once."""
    async with await Database.open(sqlite_url) as database:
        process = greedy(Path(sqlite_url.removeprefix("sqlite:///")), 60)
        waiting = asyncio.create_task(database.run(put, "in:web:1", 0))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        process.send_signal(signal.SIGKILL)
        await asyncio.wait_for(waiting, 5)
    end(process)


async def test_a_frozen_process_is_told_of(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever: after a while the database counts as away."""
    monkeypatch.setattr("bot.sqlite.BUSY_TIMEOUT", 0.2)
    async with await Database.open(sqlite_url) as database:
        process = greedy(Path(sqlite_url.removeprefix("sqlite:///")), 60)
        with pytest.raises(DatabaseUnavailable, match="another process writes for too long"):
            await database.run(put, "in:web:1", 0)
    end(process)


def test_whoever_waits_comes_next(tmp_path: Path) -> None:
    """The locks are free again after an error inside."""
    turnstile = Turnstile(tmp_path / "db", 1)
    with pytest.raises(ZeroDivisionError), turnstile.passed():
        _ = 1 / 0
    with turnstile.passed():
        pass
    turnstile.close()
