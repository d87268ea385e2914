"""Single, recurring, systemic: computed for one case and for a report from the same conditions.

Mutation: leave ``their.id != me.id`` out of `recurrence._reasons` (everybody recurs), or let `kind_of` ask
for recurring before systemic.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from bot import signal_clock
from bot.db import Database
from complaints import register
from handoff.casework import bulk, linking, recurrence
from handoff.casework.recurrence import Recurrence
from handoff.signals import keeping
from tests.handoff.cases import NOW as THEN
from tests.handoff.cases import complain
from tests.signals.rows import NOW, received, usual


def kinds(session: Session, *references: str) -> list[tuple[str, tuple[str, ...]]]:
    found = [recurrence.of_case(session, register.find(session, r)) for r in references]
    return [(str(standing.kind), standing.because) for standing in found]


async def test_by_person_and_matter(database: Database) -> None:
    """The same person with the same thing recurs; with another thing, or another person, not."""

    def unit(session: Session) -> None:
        names = ("first", "again", "elsewhere", "other thing", "stranger")
        keys = ("maria", "maria", None, "maria", None)
        made = [complain(session, key=key, channel="webchat") for key in keys]
        cases = dict(zip(names, (register.find(session, r) for r in made), strict=True))
        for name, case in cases.items():
            case.product = "Lamp" if name == "other thing" else "Kettle"
        cases["first"].phone = cases["elsewhere"].phone = "+34600111222"
        cases["first"].order = cases["elsewhere"].order = "NB-1"
        cases["elsewhere"].category = "billing"
        session.flush()
        assert kinds(session, *made) == [
            ("recurring", ("again",)), ("recurring", ("again",)), ("recurring", ("again",)), ("single", ()),
            ("single", ()),
        ]  # fmt: skip
        cases["stranger"].recurring = True
        linking.link(session, made[3], made[4], "Anna", THEN)
        assert kinds(session, *made[3:]) == [("recurring", ("tied",)), ("recurring", ("tied", "said"))]
        linking.unlink(session, made[3], made[4], "Anna", THEN)
        assert kinds(session, made[3]) == [("single", ())]
        day = timedelta(days=1)
        assert recurrence.counts(session, THEN - day, THEN + day) == {
            Recurrence.SINGLE: 1, Recurrence.RECURRING: 4, Recurrence.SYSTEMIC: 0,
        }  # fmt: skip
        assert sum(recurrence.counts(session, THEN + day, THEN + 2 * day).values()) == 0

    await database.run(unit)


async def test_by_cause(database: Database) -> None:
    """Two with one cause recur, five are systemic."""

    def unit(session: Session) -> None:
        made = [complain(session) for _ in range(6)]
        bulk.mark(session, made[:2], "recall", "Sue", THEN)
        assert kinds(session, *made[:3]) == [("recurring", ("cause",))] * 2 + [("single", ())]
        bulk.mark(session, made[:5], "recall", "Sue", THEN)
        assert kinds(session, *made) == [("systemic", ("many",))] * 5 + [("single", ())]

    await database.run(unit)


async def test_by_signal(database: Database) -> None:
    """What is behind a rise is systemic, until the rise is dismissed."""
    await database.run(usual)
    burst = await database.run(received, [day for day in range(1, 6) for _ in range(6)])
    assert await signal_clock.look(database, 6, NOW) == 1
    assert await database.read(kinds, burst[0]) == [("systemic", ("signal",))]
    await database.run(keeping.dismiss, 1, "A fair.", "Sue", NOW)
    assert await database.read(kinds, burst[0]) == [("single", ())]
