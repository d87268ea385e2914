"""Runs the program's own processes: web, worker, or both in one.

Everything here runs until SIGINT or SIGTERM, and then drains: nothing new is claimed, open streams
end, ``/readyz`` answers 503, the jobs in hand are finished, and only then the ports close; a turn in
hand may need the actions behind one of them. All of it takes `_FINISH` + `_HANG_UP` seconds at most,
or the operator's notice if that is longer.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.types import ASGIApp

from actions.endpoint import actions_app
from bot import slack_desk, wiring
from bot.app import create_app, create_inner_app, store
from bot.audit import sealing
from bot.audit.opening import keys_of, open_audited
from bot.db import Database
from bot.engine import RasaEngine
from bot.intake import Intake
from bot.ports import bind
from bot.settings import Settings
from bot.worker import work
from channels import slack_socket, telegram_updates
from channels.slack import Slack
from channels.telegram import Telegram

_FINISH = 10.0  # seconds for the jobs in hand; what takes longer is another worker's when the lease ends
_HANG_UP = 5  # seconds that open requests get after that

log = structlog.get_logger()


def run(program: Coroutine[None, None, None]) -> None:
    """Run one of those below. uvloop's event loop takes less of the processor than Python's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(program)


async def web(settings: Settings, *, with_worker: bool = False) -> None:
    """The public port and the actions' inner one; with ``with_worker``, the loops as well.

    Raises `SettingsError` if a port is taken and `bot.outage.DatabaseUnavailable`.
    """
    public = bind(settings.host, settings.port, "RECOURSE_PORT")
    inner = bind(settings.actions_host, settings.actions_port, "RECOURSE_ACTIONS_PORT")
    async with _program(settings) as (database, engine, adapters), _until_told() as stop:
        app = create_app(database, engine, adapters, settings, stop)
        drained = asyncio.Event()
        _leave_the_start_alone()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_serve(app, public, drained, settings.trusted_proxies))
            tasks.create_task(_serve(actions_app(wiring.actions_token(settings)), inner, drained))
            take_in = Intake(database, store).accept
            telegram = adapters.by_hook.get("telegram")
            if isinstance(telegram, Telegram):
                tasks.create_task(telegram_updates.run(telegram, take_in, stop))
            slack, app_token = adapters.by_hook.get("slack"), settings.slack_app_token
            if isinstance(slack, Slack) and app_token is not None:
                tasks.create_task(slack_socket.run(slack, app_token.get_secret_value(), take_in, stop))
            async with asyncio.TaskGroup() as draining:
                draining.create_task(_give_notice(stop, settings.drain_seconds))
                if with_worker:
                    draining.create_task(_work(database, engine, adapters, settings, stop))
            drained.set()


async def worker(settings: Settings) -> None:
    """Only the loops, and `/metrics` if it has a port; any number of these may run.

    Raises `SettingsError` if that port is taken and `bot.outage.DatabaseUnavailable`.
    """
    own = settings.metrics_port and bind(settings.host, settings.metrics_port, "RECOURSE_METRICS_PORT")
    async with _program(settings) as (database, engine, adapters), _until_told() as stop:
        drained = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            if own:
                app = create_inner_app(database, engine, settings, stop)
                tasks.create_task(_serve(app, own, drained))
            _leave_the_start_alone()
            await _work(database, engine, adapters, settings, stop)
            drained.set()


def _leave_the_start_alone() -> None:
    """Keep what stays out of later collections: to look at 300,000 objects stops everything for 0.1 s."""
    gc.collect()
    gc.freeze()


async def _work(
    database: Database, engine: RasaEngine, adapters: wiring.Adapters, settings: Settings, stop: asyncio.Event
) -> None:
    """The loops, and after ``stop`` no longer than `_FINISH`."""
    loops = asyncio.create_task(work(database, engine, adapters.by_channel, settings, stop))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({loops, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({loops}, timeout=_FINISH)
        if not loops.done():
            log.warning("jobs in hand are left to another worker", seconds=_FINISH)
    finally:
        stopping.cancel()
        loops.cancel()
        with suppress(asyncio.CancelledError):
            await loops


async def _give_notice(stop: asyncio.Event, seconds: float) -> None:
    """Let a load balancer see that we are not ready any more, before the port closes."""
    await stop.wait()
    await asyncio.sleep(seconds)


@asynccontextmanager
async def _program(settings: Settings) -> AsyncIterator[tuple[Database, RasaEngine, wiring.Adapters]]:
    engine = wiring.engine(settings)
    adapters = wiring.adapters(settings)
    try:
        async with await open_audited(settings) as database, _sealed(database, settings):
            with slack_desk.followed(settings):
                yield database, engine, adapters
    finally:
        await engine.close()
        for adapter in {id(a): a for a in adapters.by_channel.values()}.values():
            await adapter.close()


@asynccontextmanager
async def _sealed(database: Database, settings: Settings) -> AsyncIterator[None]:
    """Seal the audit trail from time to time, and what is left when all else has ended."""
    stop = asyncio.Event()
    seals = asyncio.create_task(sealing.run(database, keys_of(settings), settings.data_dir, stop))
    try:
        yield
    finally:
        stop.set()
        await seals


@asynccontextmanager
async def _until_told() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGINT and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _serve(
    app: ASGIApp | FastAPI, sock: socket.socket, stop: asyncio.Event, trusted_proxies: str | None = None
) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=_HANG_UP,
        server_header=False, proxy_headers=trusted_proxies is not None, forwarded_allow_ips=trusted_proxies,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopping.cancel()


class _Server(uvicorn.Server):
    """Leaves the signals to us: there are two servers and a worker in this process."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Capture none."""
        return nullcontext()
