"""What answers a message goes where that was written, whatever is written elsewhere meanwhile.

Mutation: in `channels.outbox.outbound` send by the conversation's route alone; in `channels.inbox._store` do
not keep a message's; in `inbox._learn` keep the old one for an empty one, or take an edit's; in
`channels.outbox.put` give no message the conversation's as it is then; or forget ``route`` in any one call of
`put` in `bot.applying`, `bot.short_turns`, `bot.receipts`, `bot.crowds`, `bot.fetching`, `channels.hiding`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from bot import crowds, receipts
from bot.db import Database
from bot.engine import Answer, Said
from bot.fetching import Fetcher
from bot.turn import Turn
from channels import inbox, outbox
from channels.crowds import GATHER, LIMIT
from channels.inbox import RECEIPT_AFTER
from channels.lanes import Job, Lease
from channels.message import Address, Attachment, Inbound, InboundKind
from channels.transcript import Author, Conversation, Message, lock
from complaints import commands, register
from complaints.complaint import Status
from complaints.facts import Facts
from tests.turn.desk import HOME, ScriptedChannel, ScriptedEngine, answer, cases, settings, work

HERE, THERE = {"topic": "1"}, {"topic": "2"}
SOON = timedelta(seconds=1)


async def hear(database: Database, number: int, text: str, route: dict[str, str], **parts: Any) -> None:
    """The customer writes somewhere in their chat."""
    inbound = Inbound(Address(HOME.channel, HOME.key, route), f"u{number}", text, **parts)
    await database.run(inbox.accept, inbound, datetime.now(UTC))


async def say(database: Database, text: str) -> None:
    """Something is said that answers no message, such as what an agent writes."""

    def put(session: Session) -> None:
        conversation = lock(session, HOME.conversation)
        outbox.put(
            session, conversation, text, author=Author.AGENT, dedup=f"agent:{text}", now=datetime.now(UTC)
        )

    await database.run(put)


async def sent_to(database: Database) -> list[dict[str, str]]:
    """Where each message of ours would be sent now."""

    def read(session: Session) -> list[dict[str, str]]:
        home = session.get_one(Conversation, HOME.conversation)
        ours = select(Message).where(Message.author != Author.CUSTOMER).order_by(col(Message.seq))
        return [outbox.outbound(home, m).address.route for m in session.exec(ours)]

    return await database.read(read)


def a_turn(database: Database) -> Turn:
    return Turn(database, ScriptedEngine(lambda said, _: answer(f"Yes, {said.text}.", "And?")), settings())


@pytest.mark.parametrize(
    ("kind", "replies"), [(InboundKind.MESSAGE, 2), (InboundKind.PUBLIC, 1), (InboundKind.UNSUPPORTED, 2)]
)
async def test_two_threads_have_their_own_answers(
    database: Database, kind: InboundKind, replies: int
) -> None:
    """Both were written before either was answered: of two people in a channel, or of one in a hurry."""
    turn = a_turn(database)
    await hear(database, 1, "one", HERE, kind=kind)
    await hear(database, 2, "two", THERE, kind=kind)
    while await work(database, "in", turn.take, SOON):
        pass
    assert await sent_to(database) == [HERE] * replies + [THERE] * replies


async def test_what_is_said_behind_the_replies_goes_with_them(database: Database) -> None:
    """The ways to go on of somebody who contests an answer, and the question for a proof."""

    def script(said: Said, facts: Facts) -> Answer:
        if said.text == "a leak":
            filed = commands.FileComplaint(reference=facts.offer.reference, description=said.text)
            return answer(commands=(filed,))
        again = commands.Reopen(reference=facts.cases[0].reference, reason=said.text)
        return answer(commands=(again, commands.AskForProof(reference="RC-7K2M9P4X")))

    turn = Turn(database, ScriptedEngine(script), settings())
    await hear(database, 1, "a leak", HERE)
    await work(database, "in", turn.take)
    [case] = await cases(database)

    def respond(session: Session) -> None:
        register.find(session, case.reference).status = Status.RESPONDED

    await database.run(respond)
    await hear(database, 2, "not happy", HERE)
    await hear(database, 3, "are you there", THERE)
    await work(database, "in", turn.take, SOON)
    assert await sent_to(database) == [HERE, HERE]


async def test_what_a_button_answers_goes_where_it_was_pressed(database: Database) -> None:
    """A question of the program's own, for which no dialogue is asked."""
    await hear(database, 1, "4", HERE, button="survey:RC-7K2M9P4X:4")
    await hear(database, 2, "hello", THERE)
    await work(database, "in", a_turn(database).take)
    assert await sent_to(database) == [HERE]


async def test_a_receipt_goes_where_the_message_waits(database: Database) -> None:
    later = RECEIPT_AFTER + SOON

    async def receipt(lease: Lease, job: Job) -> None:
        await database.run(receipts.write, lease, job, settings(), datetime.now(UTC) + later)

    await hear(database, 1, "my kettle leaks", HERE)
    await hear(database, 2, "hello??", THERE)
    await work(database, "clock", receipt, later)
    assert await sent_to(database) == [HERE]


async def test_a_crowd_is_answered_where_its_last_message_was(database: Database) -> None:
    for number in range(LIMIT + 2):
        await hear(database, number, f"answer me {number}", THERE)
    await hear(database, 9001, "answer me!", HERE)
    await hear(database, 9002, "HELP", THERE, kind=InboundKind.HELP)  # which is never of a crowd

    async def take(lease: Lease, job: Job) -> None:
        if "crowd" in job.payload:
            await crowds.take(database, settings(), lease, job)

    await work(database, "clock", take, GATHER + SOON)
    assert await sent_to(database) == [HERE]


async def test_a_file_that_is_refused_is_spoken_of_where_it_was_sent(database: Database) -> None:
    await hear(database, 1, "", HERE, attachments=(Attachment("here", name="receipt.exe"),))
    await hear(database, 2, "hello", THERE)
    fetcher = Fetcher(database, {"telegram": ScriptedChannel()}, settings().data_dir)
    await work(database, "file", fetcher.take)
    assert await sent_to(database) == [HERE]


async def test_an_edit_is_no_move(database: Database) -> None:
    """What it has to be told of is told under the message; others are written to where they wrote last."""
    await hear(database, 1, "my card", HERE, message_id="7")
    await hear(database, 2, "hello", THERE)
    await hear(database, 3, "my card 4111 1111 1111 1111", HERE, kind=InboundKind.EDIT, revises="7")
    await say(database, "Hello.")
    assert await sent_to(database) == [HERE, THERE]


async def test_a_danger_in_an_edit_is_answered_under_its_message(database: Database) -> None:
    turn = a_turn(database)
    await hear(database, 1, "my kettle leaks", HERE, message_id="7")
    await work(database, "in", turn.take)
    await hear(database, 2, "hello", THERE)
    await hear(
        database, 3, "the gas heater exploded and my son is unconscious", HERE,
        kind=InboundKind.EDIT, revises="7",
    )  # fmt: skip
    while await work(database, "in", turn.take, SOON):
        pass
    assert await sent_to(database) == [HERE, HERE, THERE, THERE, HERE]


async def test_whoever_leaves_a_topic_is_answered_outside(database: Database) -> None:
    """A message without a route says so: there is none, not "as before"."""
    turn = a_turn(database)
    await hear(database, 1, "in a topic", HERE)
    await hear(database, 2, "and outside", {})
    await say(database, "Hello.")
    await hear(database, 3, "in another topic", THERE)
    while await work(database, "in", turn.take, SOON):
        pass
    assert await sent_to(database) == [{}, HERE, HERE, {}, {}, THERE, THERE]


async def test_what_was_put_stays_where_it_was_put(database: Database) -> None:
    """It may have been posted there already, and nobody knows yet: elsewhere it would not be found."""
    await hear(database, 1, "one", HERE)
    await say(database, "Hello.")
    await hear(database, 2, "two", THERE)
    await say(database, "Hello again.")
    assert await sent_to(database) == [HERE, THERE]


async def test_messages_from_before_go_by_the_conversation(database: Database) -> None:
    """Of what lay there during the upgrade no route is known, neither of answers nor of what they answer."""

    def forget(session: Session) -> None:
        session.exec(update(Message).values(route=None))

    await hear(database, 1, "one", HERE)
    await say(database, "Hello.")
    await database.run(forget)
    await hear(database, 2, "two", THERE)
    await work(database, "in", a_turn(database).take)
    assert await sent_to(database) == [THERE] * 3
