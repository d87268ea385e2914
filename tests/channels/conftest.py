"""The platforms' servers, one each for the whole run, and the drivers over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from channels.channel import Channel
from tests.channels.drivers import DRIVERS, SERVERS, Driver
from tests.platforms.server import PlatformServer
from tests.platforms.slack import SlackServer
from tests.platforms.telegram import TelegramServer
from tests.platforms.twilio import TwilioServer


@pytest.fixture(scope="session")
def running() -> Iterator[dict[str, PlatformServer]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(server()) for name, server in SERVERS.items()}


@pytest.fixture
def servers(running: dict[str, PlatformServer]) -> dict[str, PlatformServer]:
    for server in running.values():
        server.reset()
    return running


@pytest.fixture
def telegram_server(servers: dict[str, PlatformServer]) -> TelegramServer:
    return servers["telegram"]


@pytest.fixture
def slack_server(servers: dict[str, PlatformServer]) -> SlackServer:
    return servers["slack"]


@pytest.fixture
def twilio_server(servers: dict[str, PlatformServer]) -> TwilioServer:
    return servers["twilio"]


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest, servers: dict[str, PlatformServer]) -> Driver:
    """Each channel in turn."""
    return DRIVERS[request.param](servers)


@pytest.fixture
async def adapter(driver: Driver) -> AsyncIterator[Channel]:
    """The channel's adapter, connected to its platform's server."""
    adapter = driver.adapter()
    yield adapter
    await adapter.close()
