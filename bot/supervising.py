"""``recourse up``: prepares everything, starts the engine and the program, and keeps both running.

The engine has an environment, and so a process, of its own. A child that dies is started again;
Ctrl-C stops all of them in order.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlmodel import Session

from bot import wiring
from bot.audit.opening import open_audited
from bot.demo import playing
from bot.engine_home import engine_python, serve_command
from bot.migrating import migrate
from bot.ports import bind, free
from bot.settings import Settings, SettingsError
from bot.training import train
from handoff.staff import agents
from handoff.staff.agents import Agent, Role

Say = Callable[[str], None]

_START = 90.0  # seconds until a message must be answered, on a slow machine
_STOP = 20.0  # seconds a child gets to finish
_CORES = 4  # the engine, web and a worker have one each


@dataclass
class Child:
    """A process that ought to run."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process | None = None
    started: float = field(default=0.0)

    async def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us and we choose the order."""
        self.started = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            *self.command, env={**os.environ, **self.environment}, start_new_session=True
        )

    async def stop(self) -> None:
        """Ask it to finish; end it if it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def up(settings: Settings, say: Say, *, demo: bool = False) -> None:
    """Do everything, then run until told to stop; with ``demo``, let invented customers in first.

    Raises `SettingsError` and what the steps raise.
    """
    bind(settings.host, settings.port, "RECOURSE_PORT").close()
    say("Checking the dialogue engine's environment")
    engine_python(settings)
    say("Migrating the database")
    await asyncio.to_thread(migrate, settings.database_url)
    demo = demo and await _demo_is_due(settings, say)
    say("Looking for a model that suits the program; training one if there is none")
    await asyncio.to_thread(train, settings, say, if_none_suits=True)
    inner = {
        "RECOURSE_ACTIONS_PORT": str(free()),
        "RECOURSE_ENGINE_PORT": str(free()),
        "RECOURSE_ENGINE_TOKEN": wiring.engine_token(settings),
        "RECOURSE_ACTIONS_TOKEN": wiring.actions_token(settings),
    }
    inner["PROMETHEUS_MULTIPROC_DIR"] = _fresh(settings.data_dir / "metrics")
    inner["RECOURSE_ENGINE_URL"] = f"http://127.0.0.1:{inner['RECOURSE_ENGINE_PORT']}"
    inner["RECOURSE_ACTIONS_URL"] = f"http://127.0.0.1:{inner['RECOURSE_ACTIONS_PORT']}/actions"
    children = [
        Child("engine", serve_command(settings), inner),
        # Two processes, so that accepting a message never waits for the answer to another. They stop in
        # the opposite order: a turn in hand needs the actions, which web serves.
        Child("web", [sys.executable, "-m", "bot", "web"], inner),
        *_workers(settings, inner),
    ]
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        say("Starting the dialogue engine and the program")
        for child in children:
            await child.start()
        await _ready(settings, children, stop)
        if demo and not stop.is_set():
            await _unless(stop, _play(settings, say))
        if not stop.is_set():
            await _welcome(settings, say)
        await _keep(children, stop, say)
    finally:
        say("Stopping")
        for child in reversed(children):
            await child.stop()
        say("Stopped; nothing is lost")


def workers_here() -> int:
    """How many workers suit this machine: a second one where a core is left for it."""
    return 2 if (os.cpu_count() or 1) >= _CORES else 1


def _workers(settings: Settings, inner: Mapping[str, str]) -> Iterator[Child]:
    count = settings.workers or workers_here()
    for number in range(1, count + 1):
        known = {**inner, "RECOURSE_WORKERS": str(count)}
        if number > 1 and settings.metrics_port:  # the operator's is the first one's
            known["RECOURSE_METRICS_PORT"] = str(free())
        name = "worker" if count == 1 else f"worker {number}"
        yield Child(name, [sys.executable, "-m", "bot", "worker"], known)


def _fresh(folder: Path) -> str:
    """An empty folder for the counters of the processes to come."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder.resolve())


async def _ready(settings: Settings, children: list[Child], stop: asyncio.Event) -> None:
    deadline = time.monotonic() + _START
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        while not stop.is_set():
            for child in children:
                if child.process is not None and child.process.returncode is not None:
                    raise SettingsError(f"the {child.name} ended at once; what it said stands above")
            if time.monotonic() > deadline:
                raise SettingsError("not ready in time: run `recourse doctor` to see what is missing")
            try:
                if (await client.get(f"http://127.0.0.1:{settings.port}/readyz")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)


async def _demo_is_due(settings: Settings, say: Say) -> bool:
    """Raises `DemoRefused` where there are real cases."""
    async with await open_audited(settings) as database:
        played = await database.read(playing.played)
    if played:
        say("The demo's customers have been here already")
    return not played


async def _play(settings: Settings, say: Say) -> None:
    async with await open_audited(settings) as database:
        await playing.play(settings, database, say)


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Do ``work``, but let go of it when told to stop."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _welcome(settings: Settings, say: Say) -> None:
    async with await open_audited(settings) as database:
        name, code = await database.run(_sign_in, datetime.now(UTC))
    say("")
    say(f"  Chat      {settings.address}/")
    say(f"  Console   {settings.address}/console")
    say(f"  Sign in   {settings.address}/console/sign-in?code={code}   (as {name}: once, within 15 minutes)")
    say("")
    say("Ctrl-C stops everything.")


def _sign_in(session: Session, now: datetime) -> tuple[str, str]:
    """Whom the operator is signed in as, and a one-time code for it; an account is made if there is none.

    Of those who work on cases it is one with the highest role, for the operator is no smaller than that: an
    administrator before a supervisor before others, and the one who came first, whatever they are called.
    """
    at_work = [a for a in agents.all_agents(session) if a.active and Role(a.role).answers]
    if not at_work:
        agents.add(session, "Admin", Role.ADMIN, now)
        return "Admin", agents.sign_in_link(session, "Admin", now)
    name = min(at_work, key=_rank).name
    return name, agents.sign_in_link(session, name, now)


def _rank(account: Agent) -> tuple[bool, bool, datetime, int]:
    role = Role(account.role)
    return not role.administers, not role.supervises, account.created_at, account.id or 0


async def _keep(children: list[Child], stop: asyncio.Event, say: Say) -> None:
    """Start again what dies, more slowly the more often it does."""
    falls = 0
    while not stop.is_set():
        for child in children:
            assert child.process is not None
            if child.process.returncode is None:
                continue
            falls = falls + 1 if time.monotonic() - child.started < 30 else 1
            say(f"The {child.name} ended with status {child.process.returncode}; starting it again")
            await _rest(stop, min(0.2 * 2**falls, 10.0))
            if not stop.is_set():
                await child.start()
        await _rest(stop, 0.3)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
