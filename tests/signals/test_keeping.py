"""Signals in the register: opened once, followed, named, dismissed for a reason, over when it is over.

Mutation: leave ``leave_out`` out of `reading.judge` (a second signal each day), the spelling out of
`series.product_key`, or the `is_looked_at` out of `keeping.keep`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from bot import signal_clock
from bot.db import Database
from complaints import register
from complaints.record import Complaint
from handoff.queue import BadInput
from handoff.signals import keeping
from handoff.signals.record import Signal, SignalCase, State
from tests.signals.rows import NOW, TODAY, received, usual

DAY = timedelta(days=1)
BURST = [day for day in range(1, 6) for _ in range(6)]
"""Thirty complaints in five days, where eight a week are usual."""


def signals(session: Session) -> list[Signal]:
    return list(session.exec(select(Signal).order_by(col(Signal.id))))


def behind(session: Session, number: int) -> set[str]:
    wanted = select(SignalCase.complaint_id).where(SignalCase.signal_id == number)
    return set(session.exec(select(Complaint.reference).where(col(Complaint.id).in_(wanted))))


async def test_a_rise_is_found_once_with_its_cases(database: Database) -> None:
    """However its product is written; by one of two workers, and not again the next day."""
    await database.run(usual)
    assert await signal_clock.look(database, 6, NOW - 9 * DAY) == 0
    burst = await database.run(received, BURST, product=["K-200 kettle", "kettle k200", "Kettle K200"])
    two = (signal_clock.look(database, 6, NOW), signal_clock.look(database, 6, NOW))
    assert sorted(await asyncio.gather(*two)) == [0, 1]
    assert await signal_clock.look(database, 6, NOW) == 0
    (found,) = await database.read(signals)
    assert (found.kind, found.product, found.category) in (
        ("product", "Kettle K200", ""), ("product_category", "Kettle K200", "defect"),
    )  # fmt: skip
    assert (found.state, found.since) == (State.OPEN, TODAY - 7 * DAY)
    assert found.week_count >= 30
    assert 5 < found.week_expected < 11
    assert found.chance < 1e-5
    cases = await database.read(behind, 1)
    assert set(burst) <= cases
    assert len(cases) == found.count
    more = await database.run(received, [0, 0, 0])
    assert await signal_clock.look(database, 6, NOW + DAY) == 0
    assert set(more) <= await database.read(behind, 1)
    assert len(await database.read(signals)) == 1


async def test_over_when_it_is_over(database: Database) -> None:
    """Two weeks as before end a signal; its days are not held for usual afterwards."""
    await database.run(usual, today=TODAY + 25 * DAY)
    await database.run(received, BURST)
    assert await signal_clock.look(database, 6, NOW) == 1
    ended = None
    for days in range(1, 26):
        assert await signal_clock.look(database, 6, NOW + days * DAY) == 0
        (found,) = await database.read(signals)
        if found.state is State.OVER:
            ended = ended or days
    assert ended is not None
    assert 7 <= ended <= 21
    assert found.week_expected < 11
    await database.run(received, BURST, today=TODAY + 26 * DAY)
    assert await signal_clock.look(database, 6, NOW + 26 * DAY) == 1


async def test_dismissed_is_the_new_normal(database: Database) -> None:
    """With a reason; what is twice as much from then on raises nothing, ten weeks long and after."""
    await database.run(usual, today=TODAY + 120 * DAY)
    later = [-day for day in range(-7, 120) for _ in range(2 + day % 2)]
    await database.run(received, later)
    assert await signal_clock.look(database, 6, NOW) == 1

    def dismiss(session: Session, reason: str) -> None:
        keeping.dismiss(session, 1, reason, "Sue", NOW)

    with pytest.raises(BadInput):
        await database.run(dismiss, " ")
    await database.run(dismiss, "We sell three times as many since the fair.")
    for days in range(1, 120, 4):
        assert await signal_clock.look(database, 6, NOW + days * DAY) == 0, days
    assert [s.state for s in await database.read(signals)] == [State.DISMISSED]


async def test_a_root_cause_that_is_named_more_often(database: Database) -> None:
    """By the day of the decision; the complaints came when they came."""
    await database.run(usual)
    await database.run(received, list(range(8, 200, 4)), category="billing", cause="carrier")
    await database.run(received, list(range(8, 200, 3)), category="billing", cause="system")
    lately = [1, 2, 2, 3, 3, 4, 5, 5, 6, 7] * 2
    await database.run(received, lately, product="", category="other", cause="carrier")
    await signal_clock.look(database, 6, NOW)
    assert ("cause", "carrier") in {(s.kind, s.cause) for s in await database.read(signals)}


async def test_too_young_to_say(database: Database) -> None:
    """Whoever began a month ago has no past to hold anything against."""
    await database.run(received, list(range(1, 30)))
    await database.run(received, BURST)
    assert await signal_clock.look(database, 6, NOW) == 0
    assert await database.read(keeping.is_looked_at, TODAY)


async def test_named(database: Database) -> None:
    """A name makes it a cause; the references are those of its cases; it is followed further."""
    await database.run(usual)
    await database.run(received, BURST)
    await signal_clock.look(database, 6, NOW)

    def name(session: Session) -> list[str]:
        return keeping.name(session, 1, " Seal  of the K200 ", "Sue", NOW)

    references = await database.run(name)
    assert set(references) == await database.read(behind, 1)
    (found,) = await database.read(signals)
    assert (found.state, found.root_cause, found.named_by) == (State.NAMED, "Seal of the K200", "Sue")
    assert await signal_clock.look(database, 6, NOW + DAY) == 0
    case = await database.read(register.find, references[0])
    assert case.root_cause is None  # that is for `bulk.mark`
