"""One message, one transaction: what a turn decides is applied whole, once, or not at all.

Mutation: in `bot.applying.apply` leave out `lanes.finish`: the message is then answered again and again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot import applying
from bot.db import Database
from bot.engine import Answer, EngineUnavailable, Said, TurnFailed
from bot.turn import Turn
from channels import inbox
from channels.lanes import ATTEMPTS, Unavailable
from channels.message import Address, Button, Inbound, InboundKind
from complaints import commands, register
from complaints.commands import Details
from complaints.complaint import Status
from complaints.facts import Facts
from handoff import queue
from tests.turn.desk import HOME, ScriptedEngine, answer, cases, hold, messages, said, settings, work, write


def filing(text: str, facts: Facts) -> Answer:
    """The answer that files a complaint under the offer."""
    reference = facts.offer.reference
    command = commands.FileComplaint(reference=reference, description=text, details=Details(order="A-1"))
    return answer(f"Filed as {reference}.", "When was it?", commands=(command,))


def a_turn(database: Database, script: object) -> tuple[Turn, ScriptedEngine]:
    engine = ScriptedEngine(script)  # type: ignore[arg-type]
    return Turn(database, engine, settings()), engine


async def test_commands_replies_state_and_done_come_together(database: Database) -> None:
    turn, engine = a_turn(database, lambda said, facts: filing(said.text, facts))
    await write(database, "my kettle leaks", 1)
    assert await work(database, "in", turn.take)
    [case] = await cases(database)
    assert (case.status, case.order, case.description) == (Status.ASSESSED, "A-1", "my kettle leaks")
    assert await said(database) == [f"Filed as {case.reference}.", "When was it?"]
    assert not await work(database, "in", turn.take), "the message is done"
    await write(database, "and it is hot", 2)
    await work(database, "in", turn.take)
    assert len(engine.asked) == 2


async def test_a_failure_in_the_middle_leaves_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, _ = a_turn(database, lambda said, facts: filing(said.text, facts))
    await write(database, "my kettle leaks", 1)

    def broken(session: Session, *_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr(applying.inbox, "answered", broken)
        with pytest.raises(RuntimeError, match="power cut"):
            await work(database, "in", turn.take)
    assert await cases(database) == []
    assert await said(database) == []
    assert await work(database, "in", turn.take), "the message is still to be done"
    assert len(await cases(database)) == 1


async def test_while_a_person_holds_the_bot_is_silent_and_hazards_count(database: Database) -> None:
    turn, engine = a_turn(database, lambda said, facts: filing(said.text, facts))
    await write(database, "my kettle leaks", 1)
    await work(database, "in", turn.take)
    await hold(database, "Anna")
    await write(database, "now it burnt my daughter's hand, we are in hospital", 2)
    await work(database, "in", turn.take)
    assert len(engine.asked) == 1
    assert len(await said(database)) == 2
    [case] = await cases(database)
    assert case.severity == "critical"


async def test_what_a_person_hands_back_meanwhile_the_bot_answers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn had begun while they held it: silent as it would be, nobody would answer."""
    turn, engine = a_turn(database, lambda *_: answer("Hello again."))
    await write(database, "and now?", 1)
    await hold(database, "Anna")
    real = database.read

    async def read(unit: Any, *args: Any) -> Any:
        found = await real(unit, *args)
        monkeypatch.undo()
        await hold(database, None)
        return found

    monkeypatch.setattr(database, "read", read)
    with pytest.raises(Unavailable):
        await work(database, "in", turn.take)
    await work(database, "in", turn.take)
    assert len(engine.asked) == 1
    assert await said(database) == ["Hello again."]


async def test_a_reply_decided_before_the_claim_is_dropped_but_a_reference_arrives(
    database: Database,
) -> None:
    async def claimed_meanwhile(said: Said, facts: Facts) -> Answer:
        await hold(database, "Anna")
        return filing(said.text, facts)

    class Slow(ScriptedEngine):
        async def turn(self, conversation, said, facts, state):  # type: ignore[no-untyped-def]
            return await claimed_meanwhile(said, facts)

    turn = Turn(database, Slow(lambda *_: answer("")), settings())
    await write(database, "my kettle leaks", 1)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    spoken = [m for m in await messages(database) if m.author != "customer"]
    assert [(m.author, m.text) for m in spoken] == [("system", f"Filed as {case.reference}.")]


async def test_an_engine_that_is_away_costs_no_attempt(database: Database) -> None:
    turn, _ = a_turn(database, lambda *_: EngineUnavailable("down"))
    await write(database, "my kettle leaks", 1)
    with pytest.raises(Unavailable):
        await work(database, "in", turn.take)
    assert await said(database) == []


async def test_a_message_that_the_engine_never_manages_goes_to_a_person(database: Database) -> None:
    turn, _ = a_turn(database, lambda *_: TurnFailed("nonsense"))
    await write(database, "my kettle leaks", 1)

    async def last_attempt(lease: object, job: object) -> None:
        job.attempts = ATTEMPTS - 1  # type: ignore[attr-defined]
        await turn.take(lease, job)  # type: ignore[arg-type]

    await work(database, "in", last_attempt)
    [case] = await cases(database)
    assert case.reference in (await said(database))[0]
    [(item, _)] = await database.read(queue.items)
    assert "misunderstood" in item.reasons
    assert not await work(database, "in", turn.take), "the lane goes on behind it"


async def test_only_a_button_that_was_offered_is_trusted(database: Database) -> None:
    offer = (Button("Yes", "affirm:file"), Button("No", "deny:file"))
    turn, engine = a_turn(database, lambda *_: answer("Shall I file it?", buttons=offer))
    await write(database, "hm", 1, button="withdraw_complaint")
    await work(database, "in", turn.take)
    await write(database, "Yes", 2, button="affirm:file")
    await work(database, "in", turn.take)
    await write(database, "2.", 3)
    await work(database, "in", turn.take)
    understood = [(s.intent, s.payload) for s, _ in engine.asked]
    assert understood == [
        (None, {}),
        ("affirm", {"argument": "file"}),
        ("deny", {"argument": "file"}),
    ]


async def test_a_wish_for_a_person_becomes_the_complaint_that_follows(database: Database) -> None:
    def script(said: Said, facts: Facts) -> Answer:
        if not facts.cases:
            ask = commands.AskForHuman(reference=facts.offer.reference, reason="asked", description=said.text)
            return answer("A colleague is coming.", commands=(ask,))
        file = commands.FileComplaint(reference=facts.cases[0].reference, description=said.text)
        return answer("Filed.", commands=(file,))

    turn, _ = a_turn(database, script)
    for number, text in enumerate(("can I speak to someone", "my parcel is lost"), 1):
        await write(database, text, number)
        await work(database, "in", turn.take)
    [case] = await cases(database)
    assert case.kind == "complaint"
    assert "my parcel is lost" in case.description


async def test_the_dialogue_knows_that_a_person_was_asked(database: Database) -> None:
    def script(said: Said, facts: Facts) -> Answer:
        if said.text == "get me a person":
            ask = commands.AskForHuman(reference=facts.cases[0].reference, reason="asked")
            return answer("A colleague is coming.", commands=(ask,))
        return answer("Noted.") if facts.cases else filing(said.text, facts)

    turn, engine = a_turn(database, script)
    for number, text in enumerate(("my kettle leaks", "get me a person", "it is blue, by the way"), 1):
        await write(database, text, number)
        await work(database, "in", turn.take)
    known = [[case.with_person for case in facts.cases] for _, facts in engine.asked]
    assert known == [[], [False], [True]]


async def test_withdrawn_and_reopened_with_the_queue_in_step(database: Database) -> None:
    def script(said: Said, facts: Facts) -> Answer:
        match said.text:
            case "withdraw":
                return answer("Done.", commands=(commands.Withdraw(reference=facts.cases[0].reference),))
            case "reopen":
                again = commands.Reopen(reference=facts.cases[0].reference, reason="it leaks again")
                return answer("Open again.", commands=(again,))
            case _:
                return filing(said.text, facts)

    turn, _ = a_turn(database, script)
    waiting = []
    for number, text in enumerate(("my kettle leaks", "withdraw", "reopen"), 1):
        await write(database, text, number)
        await work(database, "in", turn.take)
        waiting.append(len(await database.read(queue.items)))
    assert waiting == [1, 0, 1]
    [case] = await cases(database)
    events = [e.kind for e in await database.read(register.events_of, case)]
    assert events[-3:].count("reopened") == 1
    assert case.status == Status.INVESTIGATING


async def test_another_conversations_case_is_out_of_reach(database: Database) -> None:
    turn, _ = a_turn(database, lambda said, facts: filing(said.text, facts))
    await write(database, "my kettle leaks", 1)
    await work(database, "in", turn.take)
    [theirs] = await cases(database)
    stranger = Turn(
        database,
        ScriptedEngine(lambda *_: answer("Done.", commands=(commands.Withdraw(reference=theirs.reference),))),
        settings(),
    )
    await database.run(
        inbox.accept, Inbound(Address("telegram", "43"), "x1", "withdraw it"), datetime.now(UTC)
    )
    with pytest.raises(Exception, match=theirs.reference):
        await work(database, "in", stranger.take)
    [still] = await cases(database)
    assert still.status == Status.ASSESSED


@pytest.mark.parametrize(
    ("kind", "answered"),
    [(InboundKind.PUBLIC, "private"), (InboundKind.HELP, "STOP"), (InboundKind.OPT_OUT, None)],
)
async def test_what_needs_no_dialogue_gets_its_fixed_text(
    database: Database, kind: InboundKind, answered: str | None
) -> None:
    turn, engine = a_turn(database, lambda *_: answer("never"))
    await write(database, "hello", 1, kind=kind)
    await work(database, "in", turn.take)
    texts = await said(database)
    assert engine.asked == []
    assert (answered in texts[0]) if answered else texts == []


async def test_a_redelivery_is_answered_once(database: Database) -> None:
    turn, engine = a_turn(database, lambda *_: answer("Hello."))
    for _ in range(3):
        await write(database, "hi", 1)
    while await work(database, "in", turn.take, timedelta(seconds=1)):
        pass
    assert len(engine.asked) == 1
    assert HOME.conversation == "telegram:42"


async def test_an_album_is_answered_before_what_is_written_behind_it(database: Database) -> None:
    """Its turn waits for its parts; the message behind them says that they are all there."""
    turn, engine = a_turn(database, lambda *_: answer("I see."))
    for number, text in ((10, "this kettle exploded yesterday"), (11, "")):
        await write(database, text, number, album="A", order=number)
    assert not await work(database, "in", turn.take)
    await write(database, "what do I do now?", 12, order=12)
    while await work(database, "in", turn.take):
        pass
    assert [said.text for said, _ in engine.asked] == ["this kettle exploded yesterday", "what do I do now?"]
