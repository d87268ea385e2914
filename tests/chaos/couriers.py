"""The platforms deliver what customers write: until they hear "received", again, some side by side."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from tests.channels.drivers import DRIVERS
from tests.chaos.plan import Customer, Writing
from tests.platforms.server import PlatformServer

PATIENCE = 120.0
"""Seconds for which a platform tries to deliver a message: less than any does."""

_AGAIN = (0.2, 0.8)  # seconds between two tries; platforms take longer, and the storm is short
_SLOW = 15.0  # seconds; Twilio hangs up then
_GONE = (aiohttp.ClientError, TimeoutError)

Delivery = Callable[[], Awaitable[bool]]
"""Tries to deliver one message: whether we have said that we have it."""


@dataclass
class Couriers:
    """Everything that comes in during the storm."""

    urls: Sequence[str]
    servers: Mapping[str, PlatformServer]
    http: aiohttp.ClientSession
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    tokens: dict[int, str] = field(default_factory=dict)
    acknowledged: list[float] = field(default_factory=list)  # seconds that each accepted delivery took
    _late: list[asyncio.Task[None]] = field(default_factory=list)

    async def carry_all(self, customers: Sequence[Customer]) -> None:
        """Until every message is accepted, and delivered as often as was drawn."""
        await asyncio.gather(*map(self._carry, customers))
        await asyncio.gather(*self._late)

    async def read(self, customer: Customer) -> list[str]:
        """What a visitor of the web chat sees of us, in its order."""
        headers = {"Authorization": f"Bearer {self.tokens[customer.number]}"}
        async with self.http.get(f"{self.urls[0]}/chat/messages?after=0", headers=headers) as answer:
            return [said["text"] for said in await answer.json() if said["from"] != "customer"]

    async def _carry(self, customer: Customer) -> None:
        """One customer's messages, each written after the one before."""
        await asyncio.sleep(customer.begins)
        if customer.channel == "webchat":
            await self._until_accepted(customer, lambda: self._open(customer))
        on_its_way: asyncio.Task[None] | None = None
        for place, writing in enumerate(customer.messages):
            await asyncio.sleep(writing.pause if not writing.beside else 0)
            deliver = self._delivery(customer, place, writing)
            following = customer.messages[place + 1 : place + 2]
            late = bool(following) and following[0].beside
            delivering = asyncio.create_task(self._deliver(customer, writing, deliver, overtaken=late))
            if on_its_way is not None:
                await on_its_way
                on_its_way = None
            if late:
                on_its_way = delivering
            else:
                await delivering

    async def _deliver(
        self, customer: Customer, writing: Writing, deliver: Delivery, *, overtaken: bool
    ) -> None:
        for seconds in writing.again:
            self._late.append(asyncio.create_task(self._once_more(customer, seconds, deliver)))
        if overtaken:
            await asyncio.sleep(self.rng.uniform(0, 0.1))
        await self._until_accepted(customer, deliver)

    async def _once_more(self, customer: Customer, seconds: float, deliver: Delivery) -> None:
        await asyncio.sleep(seconds)
        await self._until_accepted(customer, deliver)

    async def _until_accepted(self, customer: Customer, deliver: Delivery) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while loop.time() < end:
            began = loop.time()
            try:
                if await deliver():
                    self.acknowledged.append(loop.time() - began)
                    return
            except _GONE:
                pass  # nobody there, or killed before the answer
            self.counts["of them without an answer"] += 1
            await asyncio.sleep(self.rng.uniform(*_AGAIN))
        self.refused.append(f"{customer.channel} {customer.number}: never accepted")

    def _delivery(self, customer: Customer, place: int, writing: Writing) -> Delivery:
        """The delivery of a message, the same whenever it is made."""
        if customer.channel == "webchat":
            body = {"id": f"m{place}", "text": writing.text}
            return lambda: self._post_in_chat(customer, "/chat/messages", body)
        driver = DRIVERS[customer.channel](self.servers)
        webhook = driver.text(writing.text, chat=customer.number)
        path = urlsplit(webhook.url).path

        async def deliver() -> bool:
            self.counts["deliveries tried"] += 1
            url = self.rng.choice(self.urls) + path
            async with self.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
                return self._heard(customer, answer.status)

        return deliver

    async def _open(self, customer: Customer) -> bool:
        async with self.http.post(f"{self.rng.choice(self.urls)}/chat/session", json={}) as answer:
            if self._heard(customer, answer.status):
                self.tokens[customer.number] = (await answer.json())["token"]
                return True
        return False

    async def _post_in_chat(self, customer: Customer, path: str, body: dict[str, str]) -> bool:
        self.counts["deliveries tried"] += 1
        headers = {"Authorization": f"Bearer {self.tokens[customer.number]}"}
        async with self.http.post(self.rng.choice(self.urls) + path, json=body, headers=headers) as answer:
            return self._heard(customer, answer.status)

    def _heard(self, customer: Customer, status: int) -> bool:
        """Whether we said that we have it. Only "not now" is an answer beside that."""
        if status < HTTPStatus.BAD_REQUEST:
            return True
        if status not in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            self.refused.append(f"{customer.channel} {customer.number}: answered {status}")
        return False


def caller() -> aiohttp.ClientSession:
    """The HTTP client of the couriers."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
        timeout=aiohttp.ClientTimeout(total=_SLOW),
    )
