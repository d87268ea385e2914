"""A receiver on loopback that fails as a test wants it, and a worker's loops for webhooks alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import Session, col, select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.db import Database
from bot.webhooks import announcing
from bot.webhooks.posting import Poster
from bot.webhooks.sending import HookSender
from channels.pump import Pump
from handoff.webhooks import endpoints
from handoff.webhooks.addresses import Reach, networks
from handoff.webhooks.record import Endpoint, HookDelivery

KEY = b"a secret key for the tests of webhooks"
LOOPBACK = Reach(networks("127.0.0.0/8"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Receiver:
    """What a developer would write: it checks the signature with the reference library, and keeps ids."""

    secrets: list[str] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[int], Any] = lambda _: 200
    """Given how many requests there were before: a status, a `web.Response`, or seconds to stall (float)."""
    text: str = "thanks"
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def ids(self) -> Counter[str]:
        return Counter(one["id"] for one in self.got)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        number = len(self.asked)
        self.asked.append(headers)
        what = self.answer(number)
        if isinstance(what, float):
            await asyncio.sleep(what)
            return web.Response(status=504)
        if isinstance(what, web.StreamResponse):
            return what
        if not 200 <= what < 300:
            return web.Response(status=what, text="not now")
        verified = None
        for secret in self.secrets:
            with suppress(WebhookVerificationError):
                verified = Webhook(secret).verify(body.decode(), headers)
        if verified is None:
            return web.Response(status=401, text="who are you?")
        self.got.append({"id": headers["webhook-id"], "body": verified, "raw": body})
        return web.Response(status=what, text=self.text if what != 204 else None)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Receiver]:
        """Listen, on the same port as the last time."""
        app = web.Application()
        app.router.add_post("/hooks", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """For what is not SQL."""
    async with await Database.open(sqlite_url) as database:
        yield database


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().serving() as receiver:
        yield receiver


@asynccontextmanager
async def working(
    database: Database, *, reach: Reach = LOOPBACK, timeout: float = 0.5, owner: str = "worker"
) -> AsyncIterator[None]:
    """The loops of a worker that concern webhooks."""
    stop = asyncio.Event()
    async with Poster(reach, timeout) as poster, asyncio.TaskGroup() as loops:
        sender = HookSender(database, poster, KEY)
        loops.create_task(Pump(database, endpoints.LANE, sender.take, 16, owner).run(stop))
        loops.create_task(announcing.run(database, 30, stop))
        try:
            yield
        finally:
            stop.set()


async def listening(database: Database, receiver: Receiver, **more: Any) -> int:
    """An endpoint for a receiver, which learns the secret; its number."""
    endpoint, secret = await database.run(
        endpoints.add, receiver.url, LOOPBACK, KEY, actor="agent:Ada", now=datetime.now(UTC), **more
    )
    receiver.secrets.append(secret)
    assert endpoint.id is not None
    return endpoint.id


def deliveries(session: Session) -> list[HookDelivery]:
    return list(session.exec(select(HookDelivery).order_by(col(HookDelivery.id))))


def endpoint(session: Session, number: int) -> Endpoint:
    return session.get_one(Endpoint, number)


async def until(what: Callable[[], Any], seconds: float = 15) -> None:
    """Wait until ``what``, plain or awaitable, is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = what()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)
