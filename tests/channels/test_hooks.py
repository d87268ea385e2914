"""Webhooks are answered after the commit, and nothing of a refused one is kept.

Mutation: in `channels.hooks`, answer 200 in the ``except Exception`` branch — a message that could
not be stored is then lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from channels.channel import Channel, Receipt
from channels.hooks import hooks
from tests.channels.drivers import PUBLIC_URL, Driver, SlackDriver, TelegramDriver, TwilioDriver
from tests.platforms import twilio
from tests.platforms.server import Webhook
from tests.platforms.slack import SlackServer
from tests.platforms.telegram import TelegramServer
from tests.platforms.twilio import TwilioServer


class Register:
    """Stands where the database is; it can be broken, and it can be slow."""

    def __init__(self) -> None:
        self.committed: list[Receipt] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def accept(self, receipt: Receipt) -> None:
        await self.gate.wait()
        if self.broken:
            raise ConnectionError("the database at 10.0.0.7 is away; parameters: 'My fridge is broken'")
        self.committed.append(receipt)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
async def client(adapter: Channel, register: Register) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(hooks({adapter.name: adapter}, register.accept, public_url=PUBLIC_URL, limit=50_000))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://10.1.2.3:8080"
    ) as client:
        yield client


async def post(client: httpx.AsyncClient, webhook: Webhook) -> httpx.Response:
    path = webhook.url.removeprefix(PUBLIC_URL)
    return await client.post(path, content=webhook.body, headers=webhook.headers)


async def test_a_message_is_committed_and_answered(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    answer = await post(client, driver.text("My fridge is broken"))
    assert answer.status_code == 200
    assert [m.text for receipt in register.committed for m in receipt.messages] == ["My fridge is broken"]


async def test_the_answer_waits_for_the_commit(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    register.gate.clear()
    posting = asyncio.create_task(post(client, driver.text("Hello")))
    await asyncio.sleep(0.05)
    assert not posting.done()
    register.gate.set()
    assert (await posting).status_code == 200
    assert len(register.committed) == 1


async def test_what_cannot_be_stored_is_asked_for_again_without_a_word_why(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    register.broken = True
    answer = await post(client, driver.text("My fridge is broken"))
    assert answer.status_code == 503
    assert answer.text == "try again later"
    register.broken = False
    assert (await post(client, driver.text("My fridge is broken"))).status_code == 200


async def test_a_forged_request_leaves_nothing(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    answer = await post(client, driver.forged(driver.text("Hello")))
    assert answer.status_code in (401, 403)
    assert len(answer.text) < 100
    assert register.committed == []


async def test_an_unknown_update_is_answered_and_leaves_nothing(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    assert (await post(client, driver.unknown())).status_code == 200
    assert register.committed == []


async def test_a_channel_that_is_off_is_not_there(driver: Driver, client: httpx.AsyncClient) -> None:
    webhook = driver.text("Hello")
    assert (await client.post("/hooks/carrier-pigeon", content=webhook.body)).status_code == 404


async def test_only_posts_are_taken(driver: Driver, client: httpx.AsyncClient) -> None:
    path = driver.text("Hello").url.removeprefix(PUBLIC_URL)
    for method in ("GET", "PUT", "DELETE"):
        assert (await client.request(method, path)).status_code == 405


async def test_a_body_beyond_the_limit_is_refused_while_it_is_read(
    driver: Driver, client: httpx.AsyncClient, register: Register
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 10_000
            assert read < 1_000_000
            yield b"x" * 10_000

    webhook = driver.text("Hello")
    answer = await client.post(
        webhook.url.removeprefix(PUBLIC_URL), content=endless(), headers=webhook.headers
    )
    assert answer.status_code == 413
    assert register.committed == []


async def test_a_body_that_never_ends_is_not_waited_for(
    driver: Driver, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.hooks.PATIENCE", 0.05)

    async def dribble() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    webhook = driver.text("Hello")
    answer = await client.post(
        webhook.url.removeprefix(PUBLIC_URL), content=dribble(), headers=webhook.headers
    )
    assert answer.status_code == 408


async def test_slack_gets_its_challenge_back(slack_server: SlackServer) -> None:
    async with _hooked(SlackDriver(slack_server)) as (client, register):
        answer = await post(client, slack_server.webhook_for("challenge", text="3eZbrw1a"))
        assert answer.json() == {"challenge": "3eZbrw1a"}
        assert answer.headers["content-type"].startswith("application/json")
        assert register.committed == []


async def test_a_forged_challenge_is_not_answered(slack_server: SlackServer) -> None:
    async with _hooked(SlackDriver(slack_server)) as (client, _):
        challenge = slack_server.webhook_for("challenge", text="3eZbrw1a")
        forged = replace(challenge, headers=challenge.headers | {"x-slack-signature": "v0=" + "0" * 64})
        assert (await post(client, forged)).status_code == 401


async def test_twilio_gets_empty_twiml(twilio_server: TwilioServer) -> None:
    async with _hooked(TwilioDriver(twilio_server)) as (client, register):
        answer = await post(client, twilio_server.webhook_for("text", text="Hello"))
        assert answer.headers["content-type"].startswith("text/xml")
        assert "<Response" in answer.text
        assert "<Message" not in answer.text
        assert len(register.committed) == 1


async def test_the_signature_covers_the_public_address_and_its_query(twilio_server: TwilioServer) -> None:
    async with _hooked(TwilioDriver(twilio_server)) as (client, register):
        body = twilio_server.webhook_for("text", text="Hello").body
        with_query = twilio.signed(body, path="/hooks/twilio?account=main")
        assert (await post(client, with_query)).status_code == 200
        elsewhere = twilio.signed(body, base="https://evil.example")
        assert (await post(client, replace(elsewhere, url=f"{PUBLIC_URL}/hooks/twilio"))).status_code == 403
        assert len(register.committed) == 1


async def test_a_button_stops_spinning_after_the_commit(telegram_server: TelegramServer) -> None:
    async with _hooked(TelegramDriver(telegram_server)) as (client, register):
        register.broken = True
        press = telegram_server.webhook_for("button", token="t:1")
        assert (await post(client, press)).status_code == 503
        assert telegram_server.calls("answerCallbackQuery") == []
        register.broken = False
        assert (await post(client, press)).status_code == 200
        (call,) = telegram_server.calls("answerCallbackQuery")
        assert call.fields["callback_query_id"] == "q1"


async def test_a_button_that_spins_on_hurts_nobody(telegram_server: TelegramServer) -> None:
    async with _hooked(TelegramDriver(telegram_server)) as (client, register):
        telegram_server.fail_next(400, only="answerCallbackQuery")
        assert (await post(client, telegram_server.webhook_for("button", token="t:1"))).status_code == 200
        assert len(register.committed) == 1


async def test_a_slack_retry_is_taken_like_the_first_delivery(slack_server: SlackServer) -> None:
    async with _hooked(SlackDriver(slack_server)) as (client, register):
        retry = slack_server.webhook_for("text", text="Hello", retry=2)
        assert (await post(client, retry)).status_code == 200
        assert json.loads(retry.body)["event_id"] == register.committed[0].messages[0].provider_id


@asynccontextmanager
async def _hooked(driver: Driver) -> AsyncIterator[tuple[httpx.AsyncClient, Register]]:
    adapter, register, app = driver.adapter(), Register(), FastAPI()
    app.include_router(hooks({adapter.name: adapter}, register.accept, public_url=PUBLIC_URL))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://10.1.2.3:8080"
    ) as client:
        yield client, register
    await adapter.close()
