"""A process that is asked to stop finishes what it has in hand and nothing else, and says so meanwhile.

Mutation: in `bot.serving.web` hand ``stop`` instead of ``drained`` to `_serve`: the port is closed while the
turn is in hand, and nobody hears that the process is not ready any more. Or in `channels.pump.Pump.run` leave
out the look at ``stop``: a new message is claimed while stopping.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
import time

import httpx
import pytest
from sqlmodel import Session, select

from bot.db import Database
from bot.workers import Worker
from channels.lanes import Lane
from tests.end_to_end.running import Program, running, wait
from tests.operations.slow_engine import ANSWER, SlowEngine

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine

LIMIT = 16.0  # seconds: bot.serving._FINISH + _HANG_UP and a breath


def test_a_turn_in_hand_is_finished_and_nothing_new_begun(
    settings: dict[str, str], engine: SlowEngine
) -> None:
    """Streams end, /readyz says 503, the answer is committed, and the exit is 0 and in time."""
    with running(settings, "web --with-worker") as program:
        program.wait_until_ready()
        ended = _watch_a_stream(program)
        first, second = program.visitor(), program.visitor()
        engine.seconds = 2.0
        first.write("first")
        wait(lambda: engine.asked == ["first"], 10, "no turn begun")
        process = program.processes[0]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        wait(lambda: _ready(program) == 503, 2, "still ready while stopping")
        assert second.write("second").status_code == 202  # accepted, to be answered by another
        assert ended.wait(2), "an open stream did not end"
        assert process.wait(LIMIT) == 0
        assert time.monotonic() - began < LIMIT
        assert (engine.asked, engine.answered) == (["first"], ["first"])
        engine.seconds = 0
        program.processes.clear()
        program.start("web", "--with-worker")
        program.wait_until_ready()
        assert ANSWER in second.news(20)  # on a busy machine perhaps after a receipt
        assert [m["text"] for m in first.everything()] == ["first", ANSWER]
        assert engine.asked[0] == "first"
        assert set(engine.asked[1:]) == {"second"}  # perhaps twice: a receipt may have overtaken the answer


def test_another_worker_goes_on_at_once(settings: dict[str, str], engine: SlowEngine) -> None:
    """What waits behind the turn in hand need not wait for a lease to end."""
    with running(settings, "web", "worker", "worker") as program:
        program.wait_until_ready()
        wait(lambda: len(_owners(settings, Worker.owner)) == 2, 20, "no second worker")
        visitor = program.visitor()
        engine.seconds = 3.0
        visitor.write("first")
        wait(lambda: engine.asked == ["first"], 10, "no turn begun")
        visitor.write("second")
        engine.seconds = 0
        (holder,) = _owners(settings, Lane.owner)
        busy = next(p for p in program.processes if f"-{p.pid}-" in holder)
        program.processes.remove(busy)
        _stop(busy)
        wait(
            lambda: engine.answered == ["first", "second"], 8, "not taken over at once"
        )  # a lease lasts 10 s
        wait(lambda: [m["text"] for m in visitor.everything()].count(ANSWER) == 2, 5, "not answered")


def test_a_stopped_worker_is_not_taken_for_one_at_work(sqlite_settings: dict[str, str]) -> None:
    """Alive is not ready: without a worker nobody would be answered, and that shows at once."""
    with running(sqlite_settings, "web", "worker") as program:
        program.wait_until_ready()
        _stop(program.processes.pop(1))
        assert _ready(program) == 503
        assert httpx.get(f"{program.url}/healthz", trust_env=False).status_code == 200


def test_without_the_engine_it_is_not_ready(sqlite_settings: dict[str, str], engine: SlowEngine) -> None:
    """Ready means that a message would be answered."""
    with running(sqlite_settings, "web --with-worker") as program:
        program.wait_until_ready()
        engine.go_away()
        wait(lambda: _ready(program) == 503, 10, "ready without an engine")
        state = httpx.get(f"{program.url}/readyz", trust_env=False, timeout=10).json()
        assert (state["database"], state["worker"]) == ("ready", "ready")


def _owners(settings: dict[str, str], column: str | None) -> list[str]:
    """The workers that are alive, or those that hold a lane."""

    def read(session: Session) -> list[str]:
        return list(session.exec(select(column).where(column.is_not(None))))  # type: ignore[union-attr]

    async def run() -> list[str]:
        async with await Database.open(settings["RECOURSE_DATABASE_URL"]) as database:
            return await database.read(read)

    return asyncio.run(run())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0


def _watch_a_stream(program: Program) -> threading.Event:
    """An open stream of the web chat; the event is set when it ends."""
    ended, opened = threading.Event(), threading.Event()
    visitor = program.visitor()

    def read() -> None:
        with visitor.http.stream("GET", "/chat/stream") as stream:
            for _ in stream.iter_bytes():
                opened.set()
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert opened.wait(5)
    return ended


def _ready(program: Program) -> int:
    return httpx.get(f"{program.url}/readyz", trust_env=False, timeout=10).status_code
