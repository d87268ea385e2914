"""The order of the queue, and how cases enter and come back.

Mutation: order by due time before severity in `queue.items`; or leave `queue._keep_place` out.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.complaint import Severity
from complaints.record import Complaint
from handoff import desk, queue
from handoff.queue import Reason, State
from tests.handoff.cases import NOW, complain, complain_to


def references(session: Session) -> list[str]:
    return [item.reference for item, _ in queue.items(session)]


async def test_most_urgent_first(database: Database) -> None:
    """Severity goes before due time, due time before waiting time."""

    def fill(session: Session) -> list[str]:
        low = complain(session, severity=Severity.LOW, respond_in=timedelta(days=1))
        late = complain(session, severity=Severity.HIGH, respond_in=timedelta(days=9))
        soon = complain(session, severity=Severity.HIGH, respond_in=timedelta(days=2))
        longer = complain(
            session,
            severity=Severity.HIGH,
            respond_in=timedelta(days=9, hours=1),
            now=NOW - timedelta(hours=1),
        )
        danger = complain(session, severity=Severity.CRITICAL, respond_in=timedelta(days=20))
        return [danger, soon, longer, late, low]

    expected = await database.run(fill)
    assert await database.read(references) == expected


async def test_positions_agree_with_the_order(database: Database) -> None:
    """Every case's position is its place in the list, also among equals."""
    for number in range(12):
        await complain_to(database, severity=list(Severity)[number % 4])
    listed = await database.read(references)
    assert [await database.read(queue.position, r) for r in listed] == list(range(1, 13))


async def test_place_of_a_new_case(database: Database) -> None:
    """A new case comes behind all that are as severe, and before the others."""
    for severity in (Severity.LOW, Severity.MEDIUM, Severity.MEDIUM, Severity.CRITICAL):
        await complain_to(database, severity=severity)
    places = [await database.read(queue.position, None, severity) for severity in Severity]
    assert places == [5, 4, 2, 2]


async def test_worse_moves_up(database: Database) -> None:
    """A waiting case that turns out worse comes first, and one whose date moves takes its new place."""
    first, second, third = [
        await complain_to(database, respond_in=timedelta(days=days)) for days in (1, 2, 3)
    ]

    def change(session: Session) -> None:
        register.find(session, third).severity = Severity.CRITICAL
        register.find(session, first).respond_by = NOW + timedelta(days=9)

    await database.run(change)
    assert await database.read(references) == [third, second, first]
    assert [await database.read(queue.position, r) for r in (third, second, first)] == [1, 2, 3]


async def test_enters_once(database: Database) -> None:
    """Asking again adds a reason, and neither a second item nor a later place."""
    reference = await complain_to(database)

    def ask(session: Session) -> tuple[list[str], object]:
        for _ in range(2):
            item = queue.open_item(
                session, register.find(session, reference), Reason.ASKED, NOW + timedelta(hours=1)
            )
        return item.reasons, item.waiting_since

    assert await database.run(ask) == (["complaint", "asked"], NOW)
    assert len(await database.read(queue.items)) == 1


async def test_due_date_brings_back(database: Database) -> None:
    """What is with the bot returns before its due date, once, and needs a person again."""
    reference = await complain_to(database, respond_in=timedelta(days=10))
    await database.run(desk.claim, reference, "Anna", NOW)
    await database.run(desk.hand_back, reference, "Anna", NOW)
    day = timedelta(days=1)
    assert await database.run(queue.bring_back, NOW + 3 * day) == []
    assert await database.read(queue.items) == []
    assert await database.run(queue.bring_back, NOW + 4 * day) == [reference]
    assert await database.run(queue.bring_back, NOW + 4 * day) == []
    [(item, _)] = await database.read(queue.items)
    assert (item.reasons, item.waiting_since) == (["due"], NOW + 4 * day)


async def test_overdue_case_comes_back_too(database: Database) -> None:
    """A case handed back after all its dates still returns, a day later."""
    reference = await complain_to(database, respond_in=timedelta(days=2))
    late = NOW + timedelta(days=5)
    await database.run(desk.claim, reference, "Anna", late)
    await database.run(desk.hand_back, reference, "Anna", late)
    assert await database.run(queue.bring_back, late + timedelta(days=1)) == [reference]


async def test_withdrawn_leaves_the_queue(database: Database) -> None:
    """A case that needs nobody is neither waiting nor held nor brought back."""
    reference = await complain_to(database)

    def withdraw(session: Session) -> None:
        queue.close_item(session, register.find(session, reference))

    await database.run(withdraw)
    assert await database.read(queue.items) == []
    assert await database.run(queue.bring_back, NOW + timedelta(days=99)) == []


async def test_customer_who_returns_waits_again(database: Database) -> None:
    """A closed item that is opened again starts a new wait, with the new reason only."""
    reference = await complain_to(database)
    later = NOW + timedelta(days=3)

    def come_back(session: Session) -> None:
        case: Complaint = register.find(session, reference)
        queue.close_item(session, case)
        queue.open_item(session, case, Reason.REOPENED, later)

    await database.run(come_back)
    [(item, _)] = await database.read(queue.items)
    assert (item.state, item.reasons, item.waiting_since) == (State.WAITING, ["reopened"], later)
