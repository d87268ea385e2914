"""How deeds come in: signed or over Socket Mode, committed before they are acknowledged, in order.

Mutation: in `channels.slack_socket`, acknowledge before `_stored` — what could not be committed is
then never delivered again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import Session, func, select

from bot.app import store
from bot.intake import Intake
from channels import slack_socket
from channels.channel import Receipt, Rejected, Request
from channels.hooks import hooks
from channels.lanes import Job
from channels.pump import Pump
from channels.slack import Slack, SlackSettings
from handoff.slack_desk.reading import read
from tests.platforms.slack import APP_TOKEN, SIGNING_SECRET, TOKEN
from tests.platforms.slack_socket import SlackSocket
from tests.slack_desk.office import CHANNEL, NORA, OLIVER, Office


def jobs(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Job)).one()


@pytest.mark.parametrize("broken", ["body", "x-slack-signature", "x-slack-request-timestamp", "no signature"])
async def test_a_forged_deed_is_refused_and_leaves_nothing(office: Office, broken: str) -> None:
    reference = await office.claimed()
    before = await office.database.read(jobs)
    for webhook in (
        office.said("!Leaked", NORA, reference),
        office.pressed("release", reference),
        office.sent_form("send_reply", reference, text="Leaked"),
    ):
        forged = webhook
        if broken == "body":
            forged = replace(webhook, body=webhook.body.replace(NORA.encode(), OLIVER.encode()))
        elif broken == "no signature":
            del forged.headers["x-slack-signature"]
        else:
            forged.headers[broken] = forged.headers[broken][:-1] + "z"
        with pytest.raises(Rejected):
            await office.deliver(forged)
    assert await office.database.read(jobs) == before


async def test_slack_is_answered_after_the_commit_and_not_without(office: Office) -> None:
    reference = await office.claimed()
    stored: list[Receipt] = []

    async def accept(receipt: Receipt) -> None:
        if not stored:
            stored.append(receipt)
            raise ConnectionError("the database is away")
        await Intake(office.database, store).accept(receipt)

    app = FastAPI()
    app.include_router(hooks({"slack": office.slack}, accept))
    webhook = office.said("!On Friday", NORA, reference)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://example.org") as client:
        call = partial(client.post, "/hooks/slack", headers=webhook.headers, content=webhook.body)
        assert [(await call()).status_code for _ in range(3)] == [503, 200, 200]
    await office.settle()
    assert await office.heard(reference) == ["On Friday"]


async def test_a_form_is_closed_by_an_empty_answer(office: Office) -> None:
    reference = await office.claimed()
    webhook = office.sent_form("send_reply", reference, text="On Friday")
    answer = office.slack.receive(_request(webhook)).answer
    assert (answer.status, answer.body) == (200, b"")


async def test_what_is_said_in_order_is_done_in_order(office: Office) -> None:
    reference = await office.claimed()
    said = [office.said(f"!{n}", NORA, reference) for n in range(12)]
    for number in (1, 0, 2, 5, 4, 3, 6, 8, 7, 11, 9, 10):  # retries overtake each other
        await office.deliver(said[number])
    await office.settle()
    assert await office.heard(reference) == [str(n) for n in range(12)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "event_callback"},
        {"event": {"type": "message", "channel": CHANNEL}},
        {"event": {"type": "message", "channel": CHANNEL, "user": 7, "ts": "1.2", "text": "x"}},
        {"event": {"type": "message", "channel": CHANNEL, "user": "U1", "ts": "now", "text": "x"}},
        {"event": {"type": "message", "channel": CHANNEL, "user": "U" * 999, "ts": "1.2", "text": "x"}},
        {"event": {"type": "message", "channel": CHANNEL, "user": "U1", "ts": "1.2", "text": ["!"]}},
        {
            "event": {
                "type": "message",
                "channel": CHANNEL,
                "user": "U1",
                "ts": "1.2",
                "text": "!",
                "blocks": ["!"],
            }
        },
        {"type": "block_actions", "actions": []},
        {"type": "view_submission", "view": {"private_metadata": "[", "state": {"values": {}}}},
        {"type": "view_submission", "view": {"private_metadata": "{}", "state": {"values": {}}}},
        {"type": "view_submission", "view": {"private_metadata": "[]", "state": []}},
    ],
)
def test_strange_shapes_are_no_deeds(body: dict[str, Any]) -> None:
    assert read(body) is None


async def test_two_workers_do_each_deed_once(office: Office) -> None:
    reference = await office.case()
    stop = asyncio.Event()
    pumps = [
        Pump(office.database, kind, handler, 4, f"worker-{number}")
        for number in (1, 2)
        for kind, handler in (("slackin", office.hearing.take), ("slack", office.showing.take))
    ]
    async with asyncio.TaskGroup() as working:
        for pump in pumps:
            working.create_task(pump.run(stop))
        for user in (NORA, OLIVER):
            working.create_task(office.deliver(office.pressed("claim", reference, user)))
        await _until(lambda: len(office.server.told(NORA) + office.server.told(OLIVER)) == 1)
        winner = await office.holder(reference)
        user = NORA if winner == "Nora" else OLIVER
        for number in range(10):
            await office.deliver(office.said(f"!{number}", user, reference))
        await _until(lambda: len(office.server.reactions) == 10)
        stop.set()
    assert await office.heard(reference) == [str(n) for n in range(10)]
    assert f"*{winner}* has it" in office.head(reference)


@asynccontextmanager
async def connected(
    office: Office, socket: SlackSocket, accept: Callable[[Receipt], Any] | None = None
) -> AsyncIterator[None]:
    """The program, connected to Slack by Socket Mode."""
    office.server.socket_url = socket.url
    take_in, stop = accept or Intake(office.database, store).accept, asyncio.Event()
    running = asyncio.create_task(slack_socket.run(office.slack, APP_TOKEN, take_in, stop, ping=0.2))
    try:
        await socket.connected()
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_over_socket_mode_no_public_address_is_needed(office: Office) -> None:
    reference = await office.case()
    async with SlackSocket() as socket, connected(office, socket):
        press = payload(office, "button", token=reference, action="claim", ts=office.ts(reference))
        assert await socket.acknowledges(await socket.deliver(press))
        await office.settle()
        said = payload(office, "channel", text="!On Friday", thread=office.ts(reference))
        assert await socket.acknowledges(await socket.deliver(said))
        assert await socket.acknowledges(await socket.deliver(said, retry=1))
        await office.settle()
        customer = office.server.body_for("text", text="My kettle broke")
        assert await socket.acknowledges(await socket.deliver(customer))
    assert await office.heard(reference) == ["On Friday"]


async def test_what_could_not_be_stored_is_not_acknowledged(office: Office) -> None:
    reference = await office.claimed()
    failures = [ConnectionError("the database is away")]

    async def accept(receipt: Receipt) -> None:
        if failures:
            raise failures.pop()
        await Intake(office.database, store).accept(receipt)

    async with SlackSocket() as socket, connected(office, socket, accept):
        said = payload(office, "channel", text="!On Friday", thread=office.ts(reference))
        assert not await socket.acknowledges(await socket.deliver(said), seconds=0.5)
        assert await socket.acknowledges(await socket.deliver(said, retry=1))
    await office.settle()
    assert await office.heard(reference) == ["On Friday"]


async def test_what_nobody_understands_is_acknowledged(office: Office) -> None:
    async with SlackSocket() as socket, connected(office, socket):
        for strange in ({"type": "event_callback", "event": {"type": "message"}}, {"type": "shortcut"}):
            assert await socket.acknowledges(await socket.deliver(strange))


async def test_a_connection_that_is_renewed_or_lost_is_opened_again(office: Office) -> None:
    reference = await office.claimed()
    async with SlackSocket() as socket, connected(office, socket):
        await socket.refresh()
        await socket.connected(times=2)
        await socket.connections[-1].close()
        await socket.connected(times=3)
        said = payload(office, "channel", text="!Still here", thread=office.ts(reference))
        assert await socket.acknowledges(await socket.deliver(said))
    await office.settle()
    assert await office.heard(reference) == ["Still here"]


async def test_slack_may_be_away_when_we_start(office: Office) -> None:
    office.server.fail_next(503, times=2, only="apps.connections.open")
    async with SlackSocket() as socket, connected(office, socket):
        assert len(office.server.calls("apps.connections.open")) >= 3


async def test_a_wrong_app_token_stops_nothing_else(office: Office) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(
        slack_socket.run(office.slack, "xapp-wrong", Intake(office.database, store).accept, stop)
    )
    await asyncio.sleep(0.3)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_without_a_desk_the_channel_is_nobodys(office: Office) -> None:
    slack = Slack(SlackSettings(TOKEN, SIGNING_SECRET, office.server.api_url))
    receipt = slack.read(payload(office, "channel", text="!Hello"))
    assert (receipt.desk, receipt.messages) == ((), ())
    await slack.close()


def payload(office: Office, kind: str, **details: Any) -> dict[str, Any]:
    return office.server.body_for(kind, channel=CHANNEL, user=NORA, **details)


def _request(webhook: Any) -> Any:
    return Request(webhook.body, webhook.headers, webhook.url)


async def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  nobody rings when a stand-in was called
            await asyncio.sleep(0.02)
