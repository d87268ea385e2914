"""The shop's remedies and their limits, its opening hours and its skills, where people work.

Mutation: let `handoff.casework.limits.above` return ``None``; or `Opening.hours` forget the breaks; or
`Skills.widened` the categories; or `handoff.queue.open_item` the skill.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.db import Database
from channels.transcript import Author
from complaints import register
from complaints.complaint import Decision, Remedy
from complaints.deciding import Finding, Letter, open_draft
from complaints.world.hours import Opening
from complaints.world.world import World
from handoff import desk, queue
from handoff.casework import deciding, placing
from handoff.casework.limits import AboveLimit
from handoff.console.problems import said as told
from handoff.dispatch import presence, routing
from handoff.dispatch.presence import Presence
from handoff.queue import BadInput
from handoff.staff.agents import Role
from tests.handoff.cases import NOW, complain_to, hire, said
from tests.world.shop import EXAMPLE, settings

NORA, SUE = "Nora Hill", "Sue Park"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database(sqlite_url: str, shop: World) -> AsyncIterator[Database]:
    """The shop's desk: Nora, an agent, and Sue, a supervisor."""
    assert shop.folder == EXAMPLE
    async with await Database.open(sqlite_url) as opened:
        await opened.run(hire, NORA, Role.AGENT)
        await opened.run(hire, SUE, Role.SUPERVISOR)
        yield opened


def refund(cost: str | None, currency: str | None = "EUR", remedy: Remedy = Remedy.REFUND) -> Finding:
    amount = Decimal(cost) if cost else None
    return Finding(
        decision=Decision.UPHELD, remedy=remedy, cost=amount, currency=currency, by=date(2026, 3, 20),
        found="The seal was torn.", cause_kind="packaging",
    )  # fmt: skip


async def resolve(database: Database, finding: Finding) -> tuple[str, Letter | None]:
    """Nora decides a case in one go; its reference, and the draft that waits if there is one."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, NORA, NOW)
    await database.run(deciding.resolve, reference, NORA, finding, outside="", now=NOW)
    return reference, await database.read(lambda s: open_draft(s, register.find(s, reference)))


async def letters(database: Database, reference: str) -> list[str]:
    return [m.text for m in await database.read(said, reference) if m.author == Author.AGENT]


async def test_within_the_limit_an_agent_decides_alone_and_the_letter_is_signed(database: Database) -> None:
    reference, draft = await resolve(database, refund("50.00"))
    assert draft is None
    (letter,) = await letters(database, reference)
    assert "your money back" in letter
    assert letter.endswith("Warmly,\nthe people at Lumen & Leaf")


@pytest.mark.parametrize(
    "finding", [refund("50.01"), refund("10", "GBP"), refund("100.01", remedy=Remedy.COMPENSATION)]
)
async def test_above_it_the_letter_waits_for_a_supervisor(database: Database, finding: Finding) -> None:
    reference, draft = await resolve(database, finding)
    assert draft is not None
    assert await letters(database, reference) == []
    with pytest.raises(AboveLimit) as refused:
        await database.run(deciding.send, reference, NORA, letter=draft.id, outside="", now=NOW)
    assert "alone" in told(refused.value, "en")
    assert "€" in told(refused.value, "es")


async def test_a_supervisor_has_more_room_and_not_all(database: Database) -> None:
    reference, draft = await resolve(database, refund("500"))
    assert draft is not None
    await database.run(
        deciding.send, reference, SUE, letter=draft.id, outside="", now=NOW, as_supervisor=True
    )
    assert len(await letters(database, reference)) == 1
    reference, draft = await resolve(database, refund("500.01"))
    assert draft is not None
    with pytest.raises(AboveLimit):
        await database.run(
            deciding.send, reference, SUE, letter=draft.id, outside="", now=NOW, as_supervisor=True
        )


async def test_what_is_not_offered_cannot_be_granted_and_a_limit_needs_a_cost(database: Database) -> None:
    with pytest.raises(BadInput, match="not among the remedies"):
        await resolve(database, refund("5", remedy=Remedy.REPAIR))
    with pytest.raises(BadInput, match="what this remedy costs"):
        await resolve(database, refund(None, None))


async def test_a_skill_stands_for_its_categories_and_relaxes(database: Database) -> None:
    """Of two agents with skills only the one whose skill covers a defect gets it."""

    def come(session: Session) -> None:
        for name, skill in ((NORA, "money"), (SUE, "appliances")):
            presence.set_presence(session, name, Presence.AVAILABLE, NOW)
            presence.set_profile(session, name, now=NOW, skills=[skill])

    await database.run(come)
    reference = await complain_to(database)  # a defect
    assert await database.run(routing.assign_next, NORA, NOW) is None
    assert await database.run(routing.assign_next, SUE, NOW) == reference
    another = await complain_to(database)
    assert await database.run(routing.assign_next, NORA, NOW + 16 * MINUTE) == another


async def test_a_case_about_a_product_asks_for_its_skill(database: Database) -> None:
    reference = await complain_to(database)

    def name(session: Session) -> str | None:
        case = register.find(session, reference)
        case.product = "Kettle K2"
        placing.place(session, case, "it is leaking", NOW)
        item = queue.get(session, reference)
        assert item is not None
        assert case.subcategory == "leaks"
        return item.skill

    assert await database.run(name) == "appliances"


def test_hours_by_weekday_with_breaks_and_special_days(tmp_path: Path) -> None:
    hours = settings(tmp_path).model_copy(update={"time_zone": "Europe/Berlin"}).hours

    def is_open(day: str, time: str) -> bool:
        return hours.is_open(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=hours.time_zone))

    wednesday, thursday, saturday = "2026-03-04", "2026-03-05", "2026-03-07"
    times = ("08:59", "09:00", "12:29", "12:30", "13:14", "13:15", "17:00")
    assert [t for t in times if is_open(wednesday, t)] == ["09:00", "12:29", "13:15"]
    assert is_open(thursday, "18:30")
    assert not is_open(saturday, "10:00")
    assert is_open("2026-12-24", "11:00")  # a Thursday with hours of its own
    assert not is_open("2026-12-24", "14:00")
    assert not is_open("2026-12-31", "10:00")
    begins = datetime(2026, 3, 4, 12, 0, tzinfo=hours.time_zone)
    assert hours.after(begins, timedelta(hours=1)) == begins.astimezone(UTC) + timedelta(hours=1, minutes=45)


def test_a_break_over_an_edge_takes_what_it_covers() -> None:
    opening = Opening.model_validate(
        {"week": {"monday": "09:00-12:00"}, "breaks": ["08:00-09:30", "11:30-13:00"]}
    )
    found = opening.hours("UTC", frozenset())
    assert found.week[0] == ((timedelta(hours=9, minutes=30), timedelta(hours=11, minutes=30)),)


def test_the_skills_file_sets_the_times(tmp_path: Path) -> None:
    rules = settings(tmp_path).desk
    assert (rules.skill_relaxes, rules.language_relaxes) == (15 * MINUTE, 60 * MINUTE)
