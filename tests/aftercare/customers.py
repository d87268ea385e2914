"""Customers whose complaints have been answered, and a hand that works their messages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot import aftercare
from bot.db import Database
from bot.engine import Answer, Said
from bot.settings import Settings
from bot.turn import Turn
from channels import inbox, lanes, transcript
from channels.lanes import Job, Lease
from channels.message import Address, Inbound
from channels.transcript import Conversation, Message
from complaints import register
from complaints.complaint import Decision, Kind
from complaints.facts import Facts
from complaints.record import Complaint, Event
from complaints.surveying import Survey
from handoff import queue
from handoff.item import Handoff, State
from tests.handoff.cases import complain
from tests.turn.desk import ScriptedEngine, answer, work

numbers = itertools.count(1)
NOW = datetime.now(UTC)
"""The turn of a message reads the real clock: the days before are counted back from it."""


def settings(**given: Any) -> Settings:
    """The operator's settings, where it is about noon just now."""
    away = 12 - NOW.hour
    zone = "UTC" if away == 0 else f"Etc/GMT{-away:+d}"
    return Settings(_env_file=None).model_copy(update={"time_zone": zone, **given})


def at_night() -> Settings:
    """Where it is about midnight just now."""
    away = -NOW.hour if NOW.hour < 12 else 24 - NOW.hour
    return settings(time_zone="UTC" if away == 0 else f"Etc/GMT{-away:+d}")


@dataclass
class Customer:
    """Somebody with one complaint, answered ``ago`` before now."""

    database: Database
    reference: str
    conversation: str
    settings: Settings = field(default_factory=settings)
    asked: list[Said] = field(default_factory=list)

    async def passes(self, now: datetime = NOW, settings: Settings | None = None) -> int:
        """The clock looks at what is due; for how many cases it did something."""
        return await aftercare.once(self.database, settings or self.settings, now)

    async def says(self, text: str, *, button: str | None = None) -> list[Message]:
        """A message comes in and is worked; what is replied."""
        before = (await self.messages())[-1].seq + 1
        channel, _, key = self.conversation.partition(":")
        inbound = Inbound(Address(channel, key), f"aftercare-{next(numbers)}", text, button=button)
        await self.database.run(inbox.accept, inbound, datetime.now(UTC))
        turn = Turn(self.database, ScriptedEngine(self._dialogue), self.settings)
        assert await work(self.database, "in", turn.take)
        return [m for m in await self.messages() if m.seq > before]

    def _dialogue(self, said: Said, _facts: Facts) -> Answer:
        self.asked.append(said)
        return answer("The dialogue answers.")

    async def presses(self, title: str) -> list[Message]:
        """Presses the button with this title, of the last message that has buttons."""
        shown = [m for m in await self.messages() if m.buttons][-1]
        button = next(b for b in shown.buttons if b["title"] == title)
        return await self.says(title, button=button["token"])

    async def messages(self) -> list[Message]:
        return await self.database.read(transcript.after, self.conversation, 0)

    async def last(self) -> Message:
        return (await self.messages())[-1]

    async def case(self) -> Complaint:
        return await self.database.read(register.find, self.reference)

    async def events(self, *kinds: str) -> list[Event]:
        def read(session: Session) -> list[Event]:
            found = register.events_of(session, register.find(session, self.reference))
            return [e for e in found if e.kind in kinds]

        return await self.database.read(read)

    async def item(self) -> Handoff:
        found = await self.database.read(queue.get, self.reference)
        assert found is not None
        return found

    async def surveys(self) -> list[Survey]:
        def read(session: Session) -> list[Survey]:
            query = select(Survey).where(Survey.reference == self.reference).order_by(col(Survey.closing))
            return list(session.exec(query))

        return await self.database.read(read)

    async def change(self, **values: Any) -> None:
        """Change the conversation's row."""

        def unit(session: Session) -> None:
            found = session.get_one(Conversation, self.conversation)
            for name, value in values.items():
                setattr(found, name, value)

        await self.database.run(unit)


async def answered(
    database: Database,
    ago: timedelta,
    decision: Decision = Decision.NOT_UPHELD,
    *,
    channel: str = "telegram",
    key: str | None = None,
    language: str = "en",
    kind: Kind = Kind.COMPLAINT,
) -> Customer:
    """A complaint that was answered so long ago; upheld, that closes it."""

    def unit(session: Session) -> Customer:
        when = NOW - ago
        reference = complain(
            session, key=key or f"c{next(numbers)}", channel=channel, language=language, now=when
        )
        case = register.find(session, reference)
        case.kind = kind
        register.resolve(
            session, case, decision=decision, remedy=None, text="So it is.", actor="agent:Anna", now=when
        )
        item = queue.get(session, reference)
        assert item is not None
        item.state = State.CLOSED if decision is Decision.UPHELD else State.WITH_BOT
        item.reasons, item.back_at = [], when + timedelta(days=28)
        session.add(item)
        return Customer(database, reference, case.conversation)

    async def done(lease: Lease, job: Job) -> None:
        await database.run(lanes.finish, lease, job, datetime.now(UTC))

    customer = await database.run(unit)
    while await work(database, "in", done):
        pass  # the complaint itself has had its turn long ago
    return customer
