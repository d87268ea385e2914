"""What people do at the desk comes to the figures that it should, and an erasure changes none of them.

The invented year is made of rows; here the real functions write them, and the figures are counted by hand.
Mutation: leave ``informed`` out of `register.WRITTEN`, or ``acknowledge_by`` out of
`bot.privacy.erasing._CODE`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from bot.db import Database
from bot.privacy import erasing, persons
from channels import transcript
from channels.message import Address
from complaints import assessing, register, surveying
from complaints.clocks import Clock
from complaints.complaint import Category, Decision, Kind, Remedy, Severity, Status
from complaints.deciding import Finding
from handoff import desk
from handoff.casework import deciding, linking, recourse
from handoff.improvement import actions
from handoff.improvement.actions import Plan
from handoff.reports import measuring
from handoff.reports.drilling import drill
from handoff.reports.figures import Figures
from handoff.reports.filters import Filters
from handoff.reports.periods import Period
from handoff.staff.agents import Role
from tests.handoff.cases import complain, hire

ZONE = ZoneInfo("UTC")
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NORA = "Nora Hill"
REFUND = Finding(
    decision=Decision.UPHELD, remedy=Remedy.REFUND, cost=Decimal("40.50"), currency="EUR", found="Torn.",
)  # fmt: skip
NOTHING = Finding(decision=Decision.NOT_UPHELD, found="It was whole.")


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def promised_later(session: Session) -> str:
    """A policy that gives a day for the confirmation, which comes after two hours."""
    conversation = transcript.begin(session, Address("sms", "+491701234567"), NOON)
    reference = "RC-7K2M9P4X"
    case = register.open_case(
        session, reference=reference, kind=Kind.COMPLAINT, conversation=conversation.id, channel="sms",
        language="en", description="Late.", clock=Clock(at(24), at(100), at(200)), actor="customer", now=NOON,
    )  # fmt: skip
    register.acknowledge(session, case, message="1", actor="bot", now=at(2))
    return reference


def answer(session: Session, reference: str, finding: Finding, now: datetime) -> None:
    deciding.resolve(session, reference, NORA, finding, outside="the Ombudsman", now=now)


def lives(session: Session) -> list[str]:
    """Four complaints and an enquiry: their references."""
    hire(session, NORA, Role.SUPERVISOR)
    quick, contested, twin, withdrawn = (
        complain(session, channel="sms", now=NOON, respond_in=timedelta(hours=30)) for _ in range(4)
    )
    desk.claim(session, quick, NORA, at(1))
    desk.reply(session, quick, NORA, "Let me look.", "1", at(2))
    answer(session, quick, REFUND, at(3))  # at the first contact, within the hour
    case = register.find(session, quick)
    closing = register.events_of(session, case)[-1].position
    survey = surveying.ask(session, case, closing, "en", at(4))
    assert survey
    surveying.give_grade(session, case, survey, 4, at(5))

    desk.claim(session, contested, NORA, at(1))
    desk.assess(session, contested, NORA, severity=Severity.LOW, category=None, reason="old", now=at(2))
    linking.merge(session, contested, twin, NORA, at(3))
    answer(session, contested, NOTHING, at(10))  # and its twin with it
    recourse.contest(session, contested, NORA, reason="no", outside="", now=at(20), as_supervisor=True)
    recourse.escalate_outside(session, contested, NORA, body="Ombudsman", now=at(21), as_supervisor=True)
    desk.claim(session, contested, NORA, at(22))
    answer(session, contested, REFUND, at(300))  # for the twin, too

    register.move(session, register.find(session, withdrawn), Status.WITHDRAWN, actor="customer", now=at(6))
    enquiry = register.find(session, complain(session, channel="sms", now=NOON))
    assessing.reassess(session, enquiry, severity=None, category=Category.OTHER, kind=Kind.FEEDBACK,
                      reason="asks", actor="agent:Nora", now=at(1))  # fmt: skip
    number = actions.start(session, Plan(problem="Torn.", plan="Tape.", owner=NORA, due=date(2026, 3, 9)),
                           NORA, NOON)  # fmt: skip
    actions.complete(session, number, NORA, outcome="Taped.", now=at(50))
    return [quick, contested, twin, withdrawn, promised_later(session)]


@pytest.fixture
async def references(database: Database) -> list[str]:
    return await database.run(lives)


def figures(session: Session) -> Figures:
    return measuring.measure(session, MARCH, Filters(), ZONE)


def values(found: Figures) -> dict[str, tuple[float | None, int]]:
    return {code: (figure.value, figure.of) for code, figure in found.items()}


async def test_a_month_counted_by_hand(database: Database, references: list[str]) -> None:
    _, contested, twin, withdrawn, _ = references
    found = await database.read(figures)
    assert values(found) == {
        "received": (5, 5),
        "acknowledged_late": (0, 5),
        "time_to_acknowledge_median": (0, 5),
        "time_to_acknowledge_p90": (pytest.approx(1.2), 5),  # 0, 0, 0, 0, 2
        "time_to_answer_median": (10, 3),
        "time_to_answer_p90": (10, 3),
        "wrongly_prioritised": (0.2, 5),
        "withdrawn": (0.2, 5),
        "reopened": (0.2, 5),
        "repeats": (0, 5),  # the twin came in the same moment: none of the two came before
        "resolved": (3, 3),
        "first_contact": (pytest.approx(2 / 3), 3),  # not the one that was contested
        "resolved_late": (0, 3),  # its date began anew when it was opened again
        "time_to_resolve_median": (10, 3),
        "time_to_resolve_p90": (pytest.approx(242), 3),  # 3, 10, 300
        "upheld": (1, 3),
        "remedies": (2, 2),
        "remedy_cost:EUR": (81.0, 2),
        "outside": (1, 1),
        "satisfaction": (4, 1),
        "improvements": (1, 1),
    }
    for code, expected in (("reopened", {contested}), ("withdrawn", {withdrawn}), ("outside", {contested})):
        cases = await database.read(drill, code, MARCH, Filters(), ZONE)
        assert {case.reference for case in cases} == expected
    late = {case.reference for case in await database.read(drill, "resolved", MARCH, Filters(), ZONE)}
    assert twin in late


async def test_an_erasure_changes_no_figure(database: Database, references: list[str]) -> None:
    """Those who are gone are counted as they were, also whether they were confirmed in time."""
    before = await database.read(figures)

    def forget(session: Session, reference: str) -> None:
        person = persons.find(session, reference)
        erasing.erase(session, person, reason="asked", by="Ada", now=at(500), also_open=True)

    open_still = references[-1]
    await database.run(
        lambda session: register.move(
            session, register.find(session, open_still), Status.WITHDRAWN, actor="customer", now=at(450)
        )
    )
    before = await database.read(figures)
    for reference in references:
        await database.run(forget, reference)
    assert await database.read(figures) == before
