"""Who holds a case: one agent, and while they do the bot is silent.

Mutation: leave the conversation's lock out of `queue.take` (the bot talks on after a claim), or
the check of ``conversation.holder`` out of `desk.claim`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import transcript
from channels.transcript import Author
from complaints import register
from complaints.complaint import MoveRefused, Status, UnknownReference
from handoff import desk, queue
from handoff.queue import AlreadyHeld, NotHolder, State
from tests.handoff.cases import NOW, bot_says, complain, complain_to, said


def kinds(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


def holder(session: Session, reference: str) -> str | None:
    case = register.find(session, reference)
    return session.get_one(transcript.Conversation, case.conversation).holder


async def test_one_of_twenty_wins(database: Database) -> None:
    """Of twenty agents who claim at once, one has the case; the others learn who."""
    reference = await complain_to(database)
    names = [f"Agent {n}" for n in range(20)]
    results = await asyncio.gather(
        *(database.run(desk.claim, reference, name, NOW) for name in names), return_exceptions=True
    )
    winners = [name for name, result in zip(names, results, strict=True) if result is None]
    losers = [r for r in results if isinstance(r, AlreadyHeld)]
    assert (len(winners), len(losers)) == (1, 19)
    assert {r.holder for r in losers} == set(winners)
    assert await database.read(holder, reference) == winners[0]
    lines = [m.text for m in await database.read(said, reference) if m.author == Author.SYSTEM]
    assert lines == [f"{winners[0]} has joined and is reading what you wrote."]


async def test_claiming_twice_is_once(database: Database) -> None:
    """The holder's second click changes nothing."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    before = await database.read(kinds, reference)
    await database.run(desk.claim, reference, "Anna", NOW)
    assert await database.read(kinds, reference) == before
    assert len(await database.read(said, reference)) == 3


async def test_claim_starts_the_investigation(database: Database) -> None:
    """The stage moves, and the history names the agent and the message that marks the claim."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)

    def look(session: Session) -> tuple[str, str, int]:
        case = register.find(session, reference)
        claimed = next(e for e in register.events_of(session, case) if e.kind == "claimed")
        return case.status, claimed.actor, claimed.data["seq"]

    assert await database.read(look) == (Status.INVESTIGATING, "agent:Anna", 3)


async def test_claim_is_in_the_customers_language(database: Database) -> None:
    """The line that tells who joined is the catalogue's in the customer's language."""
    reference = await complain_to(database, language="es")
    await database.run(desk.claim, reference, "Anna", NOW)
    line = (await database.read(said, reference))[-1]
    assert line.author == Author.SYSTEM
    assert "Anna" in line.text


async def test_no_bot_message_after_the_claim(database: Database) -> None:
    """While the bot talks in many transactions a claim comes in: nothing of the bot follows it."""
    reference = await complain_to(database)

    async def chatter() -> list[bool]:
        return list(
            await asyncio.gather(*(database.run(bot_says, reference, f"line {n}") for n in range(15)))
        )

    first = asyncio.create_task(chatter())
    await asyncio.sleep(0.005)
    claiming = asyncio.create_task(database.run(desk.claim, reference, "Anna", NOW))
    second = asyncio.create_task(chatter())
    await asyncio.gather(first, claiming, second)
    messages = await database.read(said, reference)
    claim = next(m.seq for m in messages if m.author == Author.SYSTEM)
    assert max(m.seq for m in messages if m.author == Author.BOT) < claim
    assert [m.seq for m in messages] == list(range(1, len(messages) + 1))


async def test_a_conversation_has_one_holder(database: Database) -> None:
    """The other case of a customer whom Anna serves can be claimed by Anna only."""
    first = await complain_to(database, key="same")
    second = await complain_to(database, key="same")
    await database.run(desk.claim, first, "Anna", NOW)
    with pytest.raises(AlreadyHeld, match="Anna"):
        await database.run(desk.claim, second, "Ben", NOW)
    await database.run(desk.claim, second, "Anna", NOW)
    await database.run(desk.release, first, "Anna", NOW)
    assert await database.read(holder, first) == "Anna"
    await database.run(desk.release, second, "Anna", NOW)
    assert await database.read(holder, first) is None


async def test_released_keeps_its_place(database: Database) -> None:
    """A released case waits where it waited, unheld, and the customer hears nothing of it."""
    reference = await complain_to(database, now=NOW - timedelta(hours=2))
    await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    heard = len(await database.read(said, reference))
    await database.run(desk.release, reference, "Anna", NOW)
    [(item, _), _] = await database.read(queue.items)
    assert (item.reference, item.agent, item.waiting_since) == (reference, None, NOW - timedelta(hours=2))
    assert len(await database.read(said, reference)) == heard
    assert await database.read(holder, reference) is None


async def test_only_the_holder_releases(database: Database) -> None:
    """Colleagues cannot take a case away; a supervisor can free what an absent agent holds."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    with pytest.raises(NotHolder):
        await database.run(desk.release, reference, "Ben", NOW)
    await database.run(desk.release, reference, "Sue", NOW, for_holder=True)
    assert (await database.read(queue.get, reference)).state == State.WAITING  # type: ignore[union-attr]


async def test_hand_back_clears_everything(database: Database) -> None:
    """After it the bot talks, nobody holds anything, and nothing promises an agent any more."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    assert not await database.run(bot_says, reference, "too late")
    await database.run(desk.hand_back, reference, "Anna", NOW)
    item = await database.read(queue.get, reference)
    assert item is not None
    assert (item.state, item.agent, item.claimed_at, item.reasons) == (State.WITH_BOT, None, None, [])
    assert await database.read(holder, reference) is None
    assert (await database.read(said, reference))[-1].text.startswith("Anna has left.")
    assert await database.run(bot_says, reference, "hello again")


async def test_bot_silent_while_the_second_case_is_held(database: Database) -> None:
    """Handing one case back does not free a conversation in which another is still held."""

    def both(session: Session) -> tuple[str, str]:
        references = complain(session, key="two"), complain(session, key="two")
        for reference in references:
            desk.claim(session, reference, "Anna", NOW)
        return references

    first, second = await database.run(both)
    await database.run(desk.hand_back, first, "Anna", NOW)
    assert not await database.run(bot_says, second, "hello")
    assert "has left" not in (await database.read(said, first))[-1].text


async def test_finished_cases_cannot_be_claimed(database: Database) -> None:
    """A withdrawn case is refused with its stage, an unknown one as unknown."""
    reference = await complain_to(database)

    def withdraw(session: Session) -> None:
        case = register.find(session, reference)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW)
        queue.close_item(session, case)

    await database.run(withdraw)
    with pytest.raises(MoveRefused, match="withdrawn"):
        await database.run(desk.claim, reference, "Anna", NOW)
    with pytest.raises(UnknownReference):
        await database.run(desk.claim, "RC-00000000", "Anna", NOW)
