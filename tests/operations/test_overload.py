"""A slow engine and a flood: webhooks are acknowledged in time all the same, and others are answered.

Mutation: let `bot.intake.Intake.accept` wait for the turn (poll until the message is answered): the platforms
then wait for the engine. For the flood: let `channels.crowds.is_one_too_many` return ``False``.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.channels.drivers import DRIVERS, Driver
from tests.end_to_end.running import Program, platforms, running, wait
from tests.operations.slow_engine import ANSWER, SlowEngine
from tests.operations.test_metrics import read
from tests.platforms.server import PlatformServer, Webhook

pytestmark = [pytest.mark.timeout(240), pytest.mark.alone]  # processes start slowly on a busy machine

RATE = 200  # a second, or half of what the machine can do while a worker works
SECONDS = 4
PATIENCE = 3.0  # seconds: the shortest of all platforms, Slack's
GROWTH = 60_000_000  # bytes
WARM, MEASURED = 100, 100  # webhooks that give the worker work, and that are timed while it does it


def test_webhooks_are_acknowledged_while_the_engine_is_slow(
    sqlite_settings: dict[str, str], engine: SlowEngine, servers: dict[str, PlatformServer]
) -> None:
    """All of them, within the shortest patience of a platform, and memory does not pile up."""
    driver = DRIVERS["telegram"](servers)
    with running(sqlite_settings | platforms(servers), "web", "worker") as program:
        program.wait_until_ready()
        rate = min(RATE, _capacity(program, driver) / 2)
        webhooks = [driver.text(f"text {n}", chat=1 + n % 400) for n in range(int(rate * SECONDS))]
        engine.seconds = 3.0
        web = program.processes[0].pid
        before = _resident(web)
        took = asyncio.run(_deliver(program, webhooks, rate))
        assert len(took) == len(webhooks)
        took.sort()
        assert took[-1] < PATIENCE, f"at {rate:.0f} a second"
        assert _resident(web) - before < GROWTH
        assert read(program.url)["recourse_accepted_total", ("telegram",)] == len(webhooks) + WARM + MEASURED


def test_one_who_floods_keeps_nobody_waiting(
    sqlite_settings: dict[str, str], engine: SlowEngine, servers: dict[str, PlatformServer]
) -> None:
    """Two hundred messages of one customer, then one of each of five: these are answered long before."""
    driver = DRIVERS["telegram"](servers)
    with running(sqlite_settings | platforms(servers), "web", "worker") as program:
        program.wait_until_ready()
        engine.seconds = 0.2
        asyncio.run(_deliver(program, [driver.text(f"flood {n}", chat=7) for n in range(200)]))
        others = [program.visitor() for _ in range(5)]
        for other in others:
            other.write("hello")
        began = time.monotonic()
        for other in others:
            wait(lambda other=other: ANSWER in [m["text"] for m in other.everything()], 10, "no answer")
        assert time.monotonic() - began < 10
        polite = "That's more than I can answer"
        wait(lambda: any(polite in s.text for s in driver.server.sent), 30, "no polite answer")
        time.sleep(2)
        assert sum(polite in s.text for s in driver.server.sent) == 1
        assert sum(text.startswith("flood") for text in engine.asked) <= 80


def _capacity(program: Program, driver: Driver) -> float:
    """How many webhooks a second are acknowledged while the worker is busy; when this returns, it is idle."""
    first, second = ([driver.text("first", chat=at + n) for n in range(many)]
                     for at, many in ((1000, WARM), (2000, MEASURED)))  # fmt: skip
    asyncio.run(_deliver(program, first, 10_000))
    began = time.monotonic()
    asyncio.run(_deliver(program, second, 10_000))
    capacity = len(second) / (time.monotonic() - began)
    wait(lambda: len(driver.server.sent) >= WARM + MEASURED, 60, "the worker does not catch up")
    return capacity


async def _deliver(program: Program, webhooks: list[Webhook], rate: float = RATE) -> list[float]:
    """Seconds until each was acknowledged; they set out at ``rate`` a second."""
    took: list[float] = []

    async def one(http: httpx.AsyncClient, webhook: Webhook) -> None:
        began = time.monotonic()
        answer = await http.post(urlsplit(webhook.url).path, headers=webhook.headers, content=webhook.body)
        assert answer.status_code == 200
        took.append(time.monotonic() - began)

    limits = httpx.Limits(max_connections=200)
    async with (
        httpx.AsyncClient(base_url=program.url, trust_env=False, timeout=15, limits=limits) as http,
        asyncio.TaskGroup() as group,
    ):
        started = time.monotonic()
        for number, webhook in enumerate(webhooks):
            await asyncio.sleep(max(0, started + number / rate - time.monotonic()))
            group.create_task(one(http, webhook))
    return took


def _resident(pid: int) -> int:
    """Bytes of memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
