"""From a message in one of Slack's threads to the answer in it, over the real adapter.

Mutation: in `channels.outbox.outbound` send by the conversation's route alone: what was posted in a thread is
looked for where the customer went on, not found, and posted again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.db import Database
from bot.sending import Sender
from bot.turn import Turn
from channels import inbox
from channels.channel import Channel
from channels.lanes import Unavailable
from channels.message import Address, Outbound
from tests.channels.drivers import SlackDriver, receive
from tests.platforms.server import Webhook
from tests.platforms.slack import TEAM, SlackServer
from tests.turn.desk import ScriptedEngine, answer, settings, work

THREAD = "1700000000.000001"
LATER = timedelta(seconds=30)


@pytest.fixture
async def slack(slack_server: SlackServer) -> AsyncIterator[Channel]:
    adapter = SlackDriver(slack_server).adapter()
    yield adapter
    await adapter.close()


class Office:
    """The program without its loops."""

    def __init__(self, database: Database, slack: Channel) -> None:
        self.database, self.slack = database, slack
        self.turn = Turn(database, ScriptedEngine(lambda said, _: answer(f"Yes, {said.text}")), settings())

    async def hear(self, webhook: Webhook) -> None:
        for message in receive(self.slack, webhook).messages:
            await self.database.run(inbox.accept, message, datetime.now(UTC))

    async def answer(self) -> None:
        while await work(self.database, "in", self.turn.take, LATER):
            pass

    async def send(self) -> None:
        """Send the next message."""
        await work(self.database, "out", Sender(self.database, {"slack": self.slack}).take, LATER)


async def test_an_unknown_outcome_is_looked_up_in_its_thread(
    database: Database, slack: Channel, slack_server: SlackServer
) -> None:
    office = Office(database, slack)
    await office.hear(slack_server.webhook_for("text", text="one", thread=THREAD))
    await office.answer()
    slack_server.fail_next(502, taken=True, only="chat.postMessage")
    with pytest.raises(Unavailable):
        await office.send()
    await office.hear(slack_server.webhook_for("text", text="two"))  # the customer goes on outside
    await office.send()
    assert [(s.text, s.fields.get("thread_ts")) for s in slack_server.sent] == [("Yes, one", THREAD)]


async def test_two_mentions_are_answered_each_in_its_thread(
    database: Database, slack: Channel, slack_server: SlackServer
) -> None:
    office = Office(database, slack)
    home = Address("slack", f"{TEAM}:C0001", {"channel": "C0001"})
    threads = [await slack.send(Outbound(str(n), home, "What somebody said")) for n in range(2)]
    for user, thread in zip(("U0001", "U0002"), threads, strict=True):
        await office.hear(slack_server.webhook_for("mention", text="<@U0BOT> help", ts=thread, user=user))
    await office.answer()
    before = len(slack_server.sent)
    await office.send()
    await asyncio.sleep(1)  # Slack's pace
    await office.send()
    assert [s.fields.get("thread_ts") for s in slack_server.sent[before:]] == threads
