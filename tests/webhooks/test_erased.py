"""An erasure reaches what receivers answered about a case; personal data that is asked for is not stored.

Mutation: take ``reference`` out of `handoff.webhooks.delivering._note`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session, SQLModel, select

from bot.db import Database
from bot.privacy import erasing, persons
from complaints import register
from handoff.webhooks.record import HookAttempt
from tests.handoff.cases import complain_to
from tests.webhooks.conftest import Receiver, listening, until, working


async def test_answers_go(sqlite_database: Database, receiver: Receiver) -> None:
    """The first words of the answers about their case, and of nobody else's."""
    await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        theirs, another = [await complain_to(sqlite_database) for _ in range(2)]
        await until(lambda: len(receiver.got) == 8)
        await until(lambda: _attempts(sqlite_database, 8))
    await sqlite_database.run(_erase, theirs)
    kept = await sqlite_database.read(_answers)
    assert kept[theirs] == {""}
    assert kept[another] == {"thanks"}


async def test_details_are_stored_nowhere(sqlite_database: Database, receiver: Receiver) -> None:
    """Neither with the message nor, where somebody might answer with them, with the attempt."""
    receiver.text = "My kettle arrived broken."
    await listening(sqlite_database, receiver, details=True)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _attempts(sqlite_database, 4))
    assert "My kettle arrived broken." in str(receiver.got)
    assert await sqlite_database.read(_found, "kettle") == []


def _erase(session: Session, reference: str) -> None:
    case = register.find(session, reference)
    person = persons.of_conversations(session, {case.conversation})
    erasing.erase(session, person, reason="asked", by="agent:Ada", now=datetime.now(UTC), also_open=True)


def _answers(session: Session) -> dict[str | None, set[str]]:
    found: dict[str | None, set[str]] = {}
    for attempt in session.exec(select(HookAttempt)):
        found.setdefault(attempt.reference, set()).add(attempt.answer)
    return found


def _found(session: Session, word: str) -> list[str]:
    """The tables of webhooks in which a word stands."""
    return [
        name
        for name, table in SQLModel.metadata.tables.items()
        if name.startswith("webhook_") and any(word in str(row) for row in session.execute(select(table)))
    ]


async def _attempts(database: Database, number: int) -> bool:
    return len(await database.read(lambda s: s.exec(select(HookAttempt)).all())) == number
