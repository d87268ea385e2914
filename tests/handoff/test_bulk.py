"""One cause, many complainants: each is answered once, on their own channel, in their own language.

Mutation: leave the conversation's id out of the dedup of `bulk._answer` (only the first is answered),
or its look for ``bulk_replied`` (the same request again records it twice).
"""

from __future__ import annotations

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import transcript
from complaints import register
from complaints.complaint import Status, UnknownReference
from handoff import desk, queue
from handoff.casework import bulk
from handoff.queue import BadInput
from tests.handoff.cases import NOW, complain_to, said

TEXTS = {"": "The K200 is recalled.", "es": "Se retira el K200."}


def kinds(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


async def answers(database: Database, reference: str) -> list[tuple[str, str | None, str]]:
    """What people said in the conversation of a case: text, name and channel."""
    lines = await database.read(said, reference)
    return [(m.text, m.author_name, m.channel) for m in lines if m.author == "agent"]


async def test_each_on_their_own_channel(database: Database) -> None:
    """Everybody gets the text in their language where they wrote; who got the other one is named."""
    by_chat = await complain_to(database)
    by_sms = await complain_to(database, channel="sms", key="+34600000000", language="es")
    by_slack = await complain_to(database, channel="slack", key="U1", language="tr")
    everybody = [by_chat, by_sms, by_slack]
    outcome = await database.run(bulk.reply, everybody, TEXTS, "Sue", NOW, "recall")
    assert set(outcome.answered) == set(everybody)
    assert set(outcome.language) == {by_chat, by_slack}
    assert await answers(database, by_chat) == [("The K200 is recalled.", "Sue", "webchat")]
    assert await answers(database, by_sms) == [("Se retira el K200.", "Sue", "sms")]
    assert await answers(database, by_slack) == [("The K200 is recalled.", "Sue", "slack")]
    for reference in everybody:
        assert (await database.read(kinds, reference))[-1] == "bulk_replied"


async def test_once_for_each_request(database: Database) -> None:
    """The same request again says nothing again; another one does."""
    reference = await complain_to(database)
    for _ in range(2):
        outcome = await database.run(bulk.reply, [reference], "News.", "Sue", NOW, "one")
        assert outcome.answered == [reference]
    assert len(await answers(database, reference)) == 1
    assert (await database.read(kinds, reference)).count("bulk_replied") == 1
    await database.run(bulk.reply, [reference], "More news.", "Sue", NOW, "two")
    assert len(await answers(database, reference)) == 2


async def test_two_cases_one_answer(database: Database) -> None:
    """A customer with two of the cases hears it once; both histories tell."""
    first, second = [await complain_to(database, key="same") for _ in range(2)]
    outcome = await database.run(bulk.reply, [first, second], "News.", "Sue", NOW, "one")
    assert set(outcome.answered) == {first, second}
    assert len(await answers(database, first)) == 1
    assert [(await database.read(kinds, r))[-1] for r in (first, second)] == ["bulk_replied"] * 2


async def test_others_are_not_overruled(database: Database) -> None:
    """What another agent holds is left to them and said, unless the supervisor wants it all the same."""
    held, mine, gone, silent = [await complain_to(database) for _ in range(4)]
    await database.run(desk.claim, held, "Anna", NOW)
    await database.run(desk.claim, mine, "Sue", NOW)

    def change(session: Session) -> None:
        case = register.find(session, gone)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW)
        queue.close_item(session, case)
        transcript.lock(session, register.find(session, silent).conversation).opted_out = True

    await database.run(change)
    everybody = [held, mine, gone, silent]
    outcome = await database.run(bulk.reply, everybody, "News.", "Sue", NOW, "one")
    assert (outcome.answered, outcome.held, outcome.finished, outcome.opted_out) == (
        [mine], {held: "Anna"}, [gone], [silent],
    )  # fmt: skip
    assert await answers(database, held) == []

    def insist(session: Session) -> bulk.Outcome:
        return bulk.reply(session, everybody, "News.", "Sue", NOW, "one", also_held=True)

    assert set((await database.run(insist)).answered) == {held, mine}
    assert [len(await answers(database, r)) for r in everybody] == [1, 1, 0, 0]
    item = await database.read(queue.get, held)
    assert item is not None
    assert item.agent == "Anna"


async def test_a_cause(database: Database) -> None:
    """Cases of a cause are found, all of them, however many; and answered without naming each."""
    references = sorted([await complain_to(database) for _ in range(23)])
    await bulk.mark_all(database, references, "recall  K200", "Sue")
    other = await complain_to(database)
    assert await database.read(bulk.of_cause, "recall K200") == references
    outcome = await bulk.reply_all(database, "recall K200", "News.", "Sue", "one")
    assert sorted(outcome.answered) == references
    assert await answers(database, other) == []
    await bulk.mark_all(database, references[:1], "", "Sue")
    assert await database.read(bulk.of_cause, "recall K200") == references[1:]
    assert (await database.read(kinds, references[0]))[-1] == "cause_named"


async def test_all_or_nobody(database: Database) -> None:
    """A reference that is none answers nobody; nor does a request without words, or another's."""
    reference = await complain_to(database)
    with pytest.raises(UnknownReference):
        await bulk.reply_all(database, [reference, "RC-00000000"], "News.", "Sue", "one")
    for texts in ("  ", {"es": "Noticias."}, {"": "News.", "es": " "}):
        with pytest.raises(BadInput):
            await database.run(bulk.reply, [reference], texts, "Sue", NOW, "one")
    assert await answers(database, reference) == []
    await database.run(bulk.reply, [reference], "News.", "Sue", NOW, "one")
    with pytest.raises(BadInput, match="somebody else"):
        await database.run(bulk.reply, [reference], "Other news.", "Anna", NOW, "one")
