"""An agents' channel in Slack, and a desk that works it: real database, Slack's API on loopback."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.app import store
from bot.db import Database
from bot.intake import Intake
from channels import lanes, pump
from channels.channel import Request
from channels.lanes import Unavailable
from channels.slack import Slack
from channels.transcript import Author, Message
from complaints import register
from complaints.record import Event
from handoff import queue
from handoff.slack_desk import record
from handoff.slack_desk.hearing import Hearing
from handoff.slack_desk.showing import Showing
from handoff.staff.agents import Role
from tests.handoff.cases import complain, hire
from tests.platforms.server import Webhook
from tests.platforms.slack import SlackServer

CHANNEL = "C0DESK"
CONSOLE = "https://desk.example.org/console"
NORA, OLIVER, SUE, TRINA, STRANGER = "U0NORA", "U0OLIVER", "U0SUE", "U0TRINA", "U0STRANGER"
STAFF = {NORA: ("Nora", Role.AGENT), OLIVER: ("Oliver", Role.AGENT), SUE: ("Sue", Role.SUPERVISOR),
         TRINA: ("Trina", Role.TRAINER)}  # fmt: skip


async def work(database: Database, kind: str, handler: pump.Handler, later: timedelta = timedelta()) -> bool:
    """Work the next job of a kind as the pump does; whether there was one. Raises what ``handler`` does."""
    now = datetime.now(UTC) + later
    found = (await database.run(pump._take, kind, "test", now)).work
    if found is None:
        return False
    try:
        await handler(found.lease, found.job)
    finally:
        with suppress(lanes.LeaseLost):
            await database.run(lanes.release, found.lease, now)
    return True


@dataclass
class Office:
    database: Database
    server: SlackServer
    slack: Slack
    showing: Showing
    hearing: Hearing
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def case(self, **about: Any) -> str:
        """A customer complains, and Slack shows it."""
        now = datetime.now(UTC)
        reference = await self.database.run(lambda s: complain(s, now=now, **about))
        await self.settle()
        return reference

    async def claimed(self, user: str = NORA, **about: Any) -> str:
        """A case that somebody has claimed in Slack."""
        reference = await self.case(**about)
        await self.press("claim", reference, user)
        return reference

    async def settle(self) -> None:
        """Work all lanes until they are empty."""
        while await work(self.database, "slackin", self.hearing.take) or await work(
            self.database, "slack", self.showing.take
        ):
            pass

    async def try_to_settle(self, later: timedelta = timedelta()) -> bool:
        """The same, while Slack may be away; whether it was there."""
        try:
            while await work(self.database, "slack", self.showing.take, later):
                pass
        except Unavailable:
            return False
        return True

    async def deliver(self, webhook: Webhook) -> None:
        """Slack calls our hook."""
        receipt = self.slack.receive(Request(webhook.body, webhook.headers, webhook.url))
        await Intake(self.database, store).accept(receipt)

    def ts(self, reference: str) -> str:
        """The head of a case's thread."""
        return next(str(m["ts"]) for m in self.server.heads(CHANNEL) if reference in m["text"])

    def head(self, reference: str) -> str:
        """What the case's message says, and its buttons."""
        message = next(m for m in self.server.heads(CHANNEL) if reference in m["text"])
        return json.dumps(message["blocks"], ensure_ascii=False)

    def buttons(self, reference: str) -> list[str]:
        message = next(m for m in self.server.heads(CHANNEL) if reference in m["text"])
        actions = next(b for b in message["blocks"] if b["type"] == "actions")
        return [e["action_id"] for e in actions["elements"]]

    def thread(self, reference: str) -> str:
        """What we have said in the case's thread."""
        said = self.server.thread(CHANNEL, self.ts(reference))
        return "\n".join(json.dumps(m["blocks"], ensure_ascii=False) for m in said)

    def said(self, text: str, user: str = NORA, reference: str | None = None, /, **extra: Any) -> Webhook:
        """A message in a case's thread, or in the channel."""
        details: dict[str, Any] = {"channel": CHANNEL, "user": user, "text": text, "extra": extra}
        if reference is not None:
            details["thread"] = self.ts(reference)
        return self.server.webhook_for("channel", **details)

    async def say(self, text: str, reference: str | None, user: str = NORA, /, **extra: Any) -> None:
        await self.deliver(self.said(text, user, reference, **extra))
        await self.settle()

    def pressed(self, action: str, reference: str, user: str = NORA) -> Webhook:
        return self.server.webhook_for(
            "button",
            token=reference,
            action=action,
            user=user,
            channel=CHANNEL,
            ts=self.ts(reference),
            at=f"{1_760_000_000 + next(self.numbers)}.000100",
        )

    async def press(self, action: str, reference: str, user: str = NORA) -> None:
        await self.deliver(self.pressed(action, reference, user))
        await self.settle()

    def sent_form(self, form: str, reference: str, user: str = NORA, **values: str) -> Webhook:
        """A form that its user sends; menus for what is chosen."""
        place = {"reference": reference, "channel": CHANNEL, "thread": self.ts(reference)}
        given = {
            name: {name: {"value": value} if name == "text" else {"selected_option": {"value": value}}}
            for name, value in values.items()
        }
        return self.server.webhook_for(
            "view",
            form=form,
            user=user,
            metadata=json.dumps(place),
            values=given,
            view_id=f"V{next(self.numbers)}",
        )

    async def send_form(self, form: str, reference: str, user: str = NORA, **values: str) -> None:
        await self.deliver(self.sent_form(form, reference, user, **values))
        await self.settle()

    async def heard(self, reference: str) -> list[str]:
        """What the agents have said to the customer."""

        def read(session: Session) -> list[str]:
            name = register.find(session, reference).conversation
            found = select(Message).where(Message.conversation == name, Message.author == Author.AGENT)
            return [m.text for m in session.exec(found.order_by(col(Message.seq)))]

        return await self.database.read(read)

    async def notes(self, reference: str) -> list[str]:
        return [e.data["text"] for e in await self.events(reference) if e.kind == "note"]

    async def events(self, reference: str) -> list[Event]:
        return await self.database.read(lambda s: register.events_of(s, register.find(s, reference)))

    async def holder(self, reference: str) -> str | None:
        item = await self.database.read(queue.get, reference)
        assert item
        return item.agent


def staff(session: Session) -> None:
    for user, (name, role) in STAFF.items():
        hire(session, name, role)
        record.link(session, name, user, "operator", datetime.now(UTC))
