"""What the tests of a turn share: fakes at the two protocols, and a hand that works the lanes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.db import Database
from bot.engine import Answer, Reply, Said
from bot.settings import Settings
from channels import inbox, lanes
from channels.channel import DeliveryFailed, Receipt, Request
from channels.lanes import Job, Lease
from channels.message import Address, Attachment, Button, Inbound, Outbound
from channels.transcript import Conversation, Message
from complaints import register
from complaints.commands import Command
from complaints.complaint import Category, Severity
from complaints.facts import Facts
from complaints.record import Complaint
from complaints.triage import Parse

HOME = Address("telegram", "42")


@dataclass
class ScriptedEngine:
    """An engine that says what a test tells it to. ``script`` gets the message and the facts."""

    script: Callable[[Said, Facts], Answer | Exception]
    asked: list[tuple[Said, Facts]] = field(default_factory=list)

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        self.asked.append((said, facts))
        answer = self.script(said, facts)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ready(self) -> bool:
        return True


@dataclass
class ScriptedChannel:
    """A platform that fails as a test tells it to.

    ``failures`` and ``blind`` are raised one after the other, in sending and in looking up.
    """

    failures: list[DeliveryFailed] = field(default_factory=list)
    blind: list[DeliveryFailed] = field(default_factory=list)
    delivered: list[Outbound] = field(default_factory=list)
    found: str | None = None
    name: str = "telegram"
    channels: tuple[str, ...] = ("telegram", "sms")

    def receive(self, request: Request) -> Receipt:
        return Receipt()

    async def send(self, message: Outbound) -> str:
        self.delivered.append(message)
        if self.failures:
            raise self.failures.pop(0)
        return f"sent-{len(self.delivered)}"

    async def find(self, message: Outbound) -> str | None:
        if self.blind:
            raise self.blind.pop(0)
        if self.found == "no look-up":
            raise DeliveryFailed("no look-up", permanent=True)
        return self.found

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return b"MZ this is a program"

    async def close(self) -> None:
        return None


def answer(*replies: str, commands: tuple[Command, ...] = (), buttons: tuple[Button, ...] = ()) -> Answer:
    """An answer of the engine's."""
    parse = Parse("file_complaint", 0.9, (Severity.MEDIUM, 0.9), (Category.DEFECT, 0.9), "model-1")
    return Answer(tuple(Reply(text, buttons) for text in replies), commands, {"turns": 1}, parse)


async def write(database: Database, text: str, number: int, **parts: Any) -> None:
    """A customer's message comes in."""
    await database.run(inbox.accept, Inbound(HOME, f"u{number}", text, **parts), datetime.now(UTC))


async def work(
    database: Database,
    kind: str,
    handler: Callable[[Lease, Job], Awaitable[None]],
    later: timedelta = timedelta(),
) -> bool:
    """Work the next job of a kind, as the pump would; whether there was one. Raises what ``handler`` does."""

    def take(session: Session, now: datetime) -> tuple[Lease, Job] | None:
        lease = lanes.lease(session, kind, "test", now)
        job = lanes.next_job(session, lease, now) if lease else None
        return (lease, job) if lease and job else None

    def give_back(session: Session, lease: Lease, now: datetime) -> None:
        lanes.release(session, lease, now)

    now = datetime.now(UTC) + later
    taken = await database.run(take, now)
    if taken is None:
        return False
    try:
        await handler(*taken)
    finally:
        await database.run(give_back, taken[0], now)
    return True


async def vanish(database: Database, kind: str) -> timedelta:
    """Worker after worker takes the next job of a kind and is never heard of again.

    Returns how much later its last attempt is used up.
    """
    now = datetime.now(UTC)
    for number in range(lanes.ATTEMPTS):
        assert await database.run(lanes.lease, kind, f"worker {number}", now + number * lanes.LEASE)
    return lanes.ATTEMPTS * lanes.LEASE


async def messages(database: Database) -> list[Message]:
    """The transcript."""

    def read(session: Session) -> list[Message]:
        return list(session.exec(select(Message).order_by(col(Message.seq))))

    return await database.read(read)


async def said(database: Database) -> list[str]:
    """What was said to the customer."""
    return [m.text for m in await messages(database) if m.author != "customer"]


async def cases(database: Database) -> list[Complaint]:
    """All cases of the conversation."""
    return await database.read(register.of_conversation, HOME.conversation)


async def hold(database: Database, agent: str | None) -> None:
    """Let an agent hold the conversation."""

    def change(session: Session) -> None:
        session.get_one(Conversation, HOME.conversation).holder = agent

    await database.run(change)


def settings() -> Settings:
    """The operator's settings, untouched by the environment."""
    return Settings(_env_file=None)
