"""What the tests of proof share: a customer with a complaint, and a stranger who asks about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from bot import proving
from bot.db import Database
from bot.engine import Answer, Said
from bot.settings import Settings
from bot.turn import Turn
from channels import inbox
from channels.lanes import Job, Lease
from channels.message import Address, Inbound
from channels.transcript import Message, begin
from complaints import register
from complaints.commands import AskForProof
from complaints.complaint import Kind
from complaints.facts import Facts
from complaints.reference import mint, read_all
from handoff.proofs import Proof
from tests.turn.desk import ScriptedEngine, answer, settings, work

OWNER, STRANGER = Address("sms", "+441632960001"), Address("telegram", "77")
SOON = timedelta(seconds=5)  # by then what is sent for a question has been sent


def asks(said: Said, facts: Facts) -> Answer:
    """What `actions.status.TellStatus` makes of a reference of elsewhere, and nothing else."""
    mentioned = read_all(said.text)
    if mentioned:
        return answer(commands=(AskForProof(reference=mentioned[0].reference),))
    return answer("What can I do for you?")


class Office:
    """The program without an engine's process: messages go in, what is said to somebody comes out."""

    def __init__(self, database: Database, **changes: object) -> None:
        self.database = database
        self.settings: Settings = settings().model_copy(update=changes)
        self.turn = Turn(database, ScriptedEngine(asks), self.settings)  # type: ignore[arg-type]
        self._number = 0

    async def case(self, address: Address = OWNER, **parts: object) -> str:
        """A complaint made at ``address``; its reference."""
        reference = mint()
        await self.database.run(_open, address, reference, self.settings, parts)
        return reference

    async def say(self, text: str, address: Address = STRANGER) -> str:
        """The last thing said there in answer to ``text``."""
        self._number += 1
        inbound = Inbound(address, f"n{self._number}", text)
        await self.database.run(inbox.accept, inbound, datetime.now(UTC))
        assert await work(self.database, "in", self.turn.take)
        return (await self.said(address))[-1]

    async def jobs(self, later: timedelta = SOON) -> None:
        """All that is due ``later`` happens."""

        async def send(lease: Lease, job: Job) -> None:
            await self.database.run(proving.send, lease, job, self.settings, datetime.now(UTC) + later)

        while await work(self.database, "clock", send, later):
            pass

    async def said(self, address: Address) -> list[str]:
        """What the program has said at ``address``."""

        def read(session: Session) -> list[str]:
            of = Message.conversation == address.conversation
            return list(
                session.exec(
                    select(Message.text).where(of, Message.author != "customer").order_by(col(Message.seq))
                )
            )

        return await self.database.read(read)

    async def code(self, address: Address = OWNER) -> str:
        """The code that reached ``address`` last."""
        return next(word for text in reversed(await self.said(address)) if (word := text[:6]).isdigit())

    async def events(self, reference: str) -> list[str]:
        """What is on record of a case."""

        def read(session: Session) -> list[str]:
            return [e.kind for e in register.events_of(session, register.find(session, reference))]

        return await self.database.read(read)

    async def proofs(self) -> list[Proof]:
        """All questions."""
        return await self.database.read(
            lambda session: list(session.exec(select(Proof).order_by(col(Proof.id))))
        )

    async def age(self, by: timedelta) -> None:
        """All questions were asked, and proved, so much earlier."""

        def change(session: Session) -> None:
            for asked in session.exec(select(Proof)):
                asked.asked_at -= by
                asked.proven_at = asked.proven_at - by if asked.proven_at else None

        await self.database.run(change)


def _open(
    session: Session, address: Address, reference: str, settings: Settings, parts: dict[str, object]
) -> None:
    now = datetime.now(UTC)
    conversation = begin(session, address, now)
    conversation.language = "en"
    conversation.opted_out = bool(parts.pop("opted_out", False))
    provisional = bool(parts.pop("provisional", False))
    case = register.open_case(
        session,
        reference=reference,
        kind=Kind.COMPLAINT,
        conversation=conversation.id,
        channel=conversation.channel,
        language="en",
        description="my kettle, order 4711, gives off sparks",
        clock=settings.policy.start(now),
        actor="customer",
        now=now,
        provisional=provisional,
    )
    register.acknowledge(session, case, message="m", actor="bot", now=now)
    for name, value in parts.items():
        setattr(case, name, value)
