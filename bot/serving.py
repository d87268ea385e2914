"""Runs the program's own processes: web, worker, or both in one.

Everything here runs until SIGINT or SIGTERM, then finishes what is in hand and returns.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from actions.endpoint import actions_app
from bot import wiring
from bot.app import accept_receipt, create_app
from bot.db import Database
from bot.engine import RasaEngine
from bot.ports import bind
from bot.settings import Settings
from bot.worker import work
from channels import telegram_updates
from channels.channel import Receipt
from channels.telegram import Telegram

_DRAIN = 15  # seconds that open requests get to finish


async def web(settings: Settings, *, with_worker: bool = False) -> None:
    """The public port and the actions' inner one; with ``with_worker``, the loops as well.

    Raises `SettingsError` if a port is taken and `bot.outage.DatabaseUnavailable`.
    """
    public = bind(settings.host, settings.port, "RECOURSE_PORT")
    inner = bind(settings.actions_host, settings.actions_port, "RECOURSE_ACTIONS_PORT")
    async with _program(settings) as (database, engine, adapters), _until_told() as stop:
        app = create_app(database, engine, adapters, settings, stop)

        async def accept(receipt: Receipt) -> None:
            await database.run(accept_receipt, receipt, datetime.now(UTC))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_serve(app, public, stop))
            tasks.create_task(_serve(actions_app(wiring.actions_token(settings)), inner, stop))
            telegram = adapters.by_hook.get("telegram")
            if isinstance(telegram, Telegram):
                tasks.create_task(telegram_updates.run(telegram, accept, stop))
            if with_worker:
                tasks.create_task(work(database, engine, adapters.by_channel, settings, stop))


async def worker(settings: Settings) -> None:
    """Only the loops; any number of these may run. Raises `bot.outage.DatabaseUnavailable`."""
    async with _program(settings) as (database, engine, adapters), _until_told() as stop:
        await work(database, engine, adapters.by_channel, settings, stop)


@asynccontextmanager
async def _program(settings: Settings) -> AsyncIterator[tuple[Database, RasaEngine, wiring.Adapters]]:
    engine = wiring.engine(settings)
    adapters = wiring.adapters(settings)
    try:
        async with await Database.open(settings.database_url) as database:
            yield database, engine, adapters
    finally:
        await engine.close()
        for adapter in {id(a): a for a in adapters.by_channel.values()}.values():
            await adapter.close()


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


async def _serve(app: ASGIApp | FastAPI, sock: socket.socket, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=_DRAIN,
        server_header=False, proxy_headers=False,
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
