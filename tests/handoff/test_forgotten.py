"""What keeps cases from being forgotten: dates that come near, agents who are gone, figures that tell.

Mutation: let `escalation.escalate` not set ``escalated_at`` (supervisors are told again and again);
or let `escalation.unanswered` look at the last message of all (the bot's line hides the customer's).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import inbox
from channels.message import Address, Inbound
from complaints import presets, register
from complaints.complaint import Decision, Severity
from complaints.opening_hours import OpeningHours
from handoff import desk, queue
from handoff.case_file import queue_lines
from handoff.dispatch import escalation, presence, rules
from handoff.dispatch.overview import overview
from handoff.dispatch.presence import Presence
from handoff.dispatch.rules import Rules
from handoff.dispatch.standing import Mark
from handoff.item import Handoff, State
from tests.handoff.cases import NOW, complain_to

HOUR = timedelta(hours=1)
OFFICE = OpeningHours.parse("Mo-Fr 09:00-17:00; PH off", "UTC", presets.load().at(country="GB-ENG").holidays)


@pytest.fixture(autouse=True)
def in_force() -> Iterator[None]:
    with rules.in_force_while(Rules(capacity=3)):
        yield


def item(session: Session, reference: str) -> Handoff:
    found = queue.get(session, reference)
    assert found is not None
    return found


def kinds(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


async def marks(database: Database, now: datetime) -> list[str]:
    lines = await database.read(lambda session: queue_lines(session, State.WAITING, 10, now=now))
    return [line["standing"] for line in lines]


async def test_at_risk_then_overdue(database: Database) -> None:
    """Four hours before its date a case is at risk, and after it overdue."""
    await complain_to(database, respond_in=10 * HOUR)
    assert await marks(database, NOW + 6 * HOUR - timedelta(seconds=1)) == [Mark.FINE]
    assert await marks(database, NOW + 6 * HOUR) == [Mark.AT_RISK]
    assert await marks(database, NOW + 10 * HOUR) == [Mark.OVERDUE]


def test_opening_time_counts() -> None:
    """Four hours of opening time before a date on a Monday may be on Friday; holidays do not count."""
    with_office = Rules(hours=OFFICE)
    friday = datetime(2026, 4, 2, 15, 30, tzinfo=UTC)  # Thursday before Good Friday and Easter Monday
    assert with_office.near(friday) == datetime(2026, 4, 7, 11, 30, tzinfo=UTC)
    tuesday = datetime(2026, 4, 7, 10, tzinfo=UTC)
    assert with_office.ago(tuesday, 2 * HOUR) == datetime(2026, 4, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize("hours", ["Mo-Fr 09:00-17:00", "22:00-06:00", "24/7", "Mo 10:00-11:00", "Su off"])
def test_there_and_back(hours: str) -> None:
    """Opening time added and taken off again leads back to a moment with as much opening time."""
    opening = OpeningHours.parse(hours, "Europe/Madrid")
    for step in range(60):
        start = datetime(2026, 3, 27, tzinfo=UTC) + step * timedelta(hours=1, minutes=7)  # clocks change
        end = opening.after(start, 3 * HOUR)
        assert end > start
        back = opening.before(end, 3 * HOUR)
        assert opening.after(back, 3 * HOUR) == end
        assert not opening.is_open(start) or back == start


async def test_escalated_once_before_the_date(database: Database) -> None:
    """Before a date is missed supervisors are told, once; whoever has the case keeps it."""
    waiting = await complain_to(database, respond_in=10 * HOUR)
    held = await complain_to(database, respond_in=10 * HOUR)
    later = await complain_to(database, respond_in=30 * HOUR)
    await database.run(desk.claim, held, "Anna", NOW)
    assert await database.run(escalation.escalate, NOW + 5 * HOUR) == []
    at = NOW + 6 * HOUR
    assert set(await database.run(escalation.escalate, at)) == {waiting, held}
    assert await database.run(escalation.escalate, at) == []
    for reference, state in ((waiting, State.WAITING), (held, State.HELD)):
        found = await database.read(item, reference)
        assert (found.state, found.escalated_at) == (state, at)
        assert found.reasons == ["complaint", "due"]
        assert (await database.read(kinds, reference))[-1] == "escalated"
    assert (await database.read(item, later)).escalated_at is None
    assert (await database.read(overview, at)).escalated == 2


async def test_a_new_date_is_watched_anew(database: Database) -> None:
    """A date that was moved is not missed yet, and is told of when it comes near."""
    reference = await complain_to(database, respond_in=10 * HOUR)
    assert await database.run(escalation.escalate, NOW + 8 * HOUR) == [reference]

    def move(session: Session) -> None:
        register.find(session, reference).respond_by = NOW + 100 * HOUR

    await database.run(move)
    assert await database.run(escalation.escalate, NOW + 8 * HOUR) == []
    assert await database.run(escalation.escalate, NOW + 97 * HOUR) == [reference]


async def test_answered_cases_are_not_overdue(database: Database) -> None:
    """Who has an answer does not wait for one: a case that comes back later is not called overdue."""
    reference = await complain_to(database, respond_in=10 * HOUR)
    await database.run(desk.claim, reference, "Anna", NOW)

    def decide(session: Session) -> None:
        desk.resolve(
            session, reference, "Anna", decision=Decision.NOT_UPHELD, remedy=None, text="No.", outside="",
            now=NOW,
        )  # fmt: skip

    await database.run(decide)
    at = NOW + timedelta(days=28)
    assert await database.run(queue.bring_back, at) == [reference]
    assert await database.run(escalation.escalate, at) == []
    assert await marks(database, at) == [Mark.FINE]


async def test_silence_is_absence(database: Database) -> None:
    """Who is not heard of is offline, and back with the next sign of life; whoever said so stays away."""
    for name in ("Anna", "Ben", "Cleo"):
        await database.run(presence.set_presence, name, Presence.AVAILABLE, NOW)
    await database.run(presence.set_presence, "Cleo", Presence.OFFLINE, NOW)
    await database.run(presence.seen, "Ben", NOW + timedelta(minutes=4))
    at = NOW + timedelta(minutes=6)
    assert await database.run(presence.expire, at) == ["Anna"]
    assert await database.run(presence.expire, at) == []
    for name in ("Anna", "Ben", "Cleo"):
        await database.run(presence.seen, name, at + timedelta(minutes=1))
    found = {p.agent: p.presence for p in await database.read(presence.all_profiles)}
    assert found == {"Anna": "available", "Ben": "available", "Cleo": "offline"}


async def held_by_anna(database: Database, *, answered: bool) -> str:
    reference = await complain_to(database)
    await database.run(presence.set_presence, "Anna", Presence.AVAILABLE, NOW)
    await database.run(desk.claim, reference, "Anna", NOW)
    if answered:
        await database.run(desk.reply, reference, "Anna", "We look into it.", reference, NOW)
    return reference


async def test_a_gone_agents_cases_return(database: Database) -> None:
    """What an agent left unanswered waits again after a while; what they answered stays theirs."""
    unanswered = await held_by_anna(database, answered=False)
    answered = await held_by_anna(database, answered=True)
    assert await database.run(presence.expire, NOW + HOUR) == ["Anna"]
    assert await database.run(escalation.return_unanswered, NOW + 2 * HOUR - timedelta(seconds=1)) == []
    assert await database.run(escalation.return_unanswered, NOW + 2 * HOUR) == [unanswered]
    assert await database.run(escalation.return_unanswered, NOW + 2 * HOUR) == []
    found = await database.read(item, unanswered)
    assert (found.state, found.agent, found.waiting_since) == (State.WAITING, None, NOW)
    assert (await database.read(kinds, unanswered))[-1] == "returned"
    assert (await database.read(item, answered)).agent == "Anna"

    def ask_again(session: Session) -> None:
        key = register.find(session, answered).conversation.removeprefix("webchat:")
        inbox.accept(session, Inbound(Address("webchat", key), "again", "And now?"), NOW + 3 * HOUR)

    await database.run(ask_again)
    assert await database.run(escalation.return_unanswered, NOW + 3 * HOUR) == [answered]


async def test_who_comes_back_keeps_their_cases(database: Database) -> None:
    """An hour without connection takes nothing away; nor does an evening: only opening time counts."""
    reference = await held_by_anna(database, answered=False)
    await database.run(presence.set_presence, "Anna", Presence.OFFLINE, NOW)
    await database.run(presence.set_presence, "Anna", Presence.AVAILABLE, NOW + HOUR)
    assert await database.run(escalation.return_unanswered, NOW + 2 * HOUR) == []
    with rules.in_force_while(Rules(hours=OFFICE)):
        monday = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
        await database.run(presence.set_presence, "Anna", Presence.OFFLINE, monday)
        assert await database.run(escalation.return_unanswered, monday + 16 * HOUR) == []
        assert await database.run(escalation.return_unanswered, monday + 17 * HOUR) == [reference]


async def test_never_means_never(database: Database) -> None:
    """The operator can leave an absent agent's cases to the supervisors."""
    await held_by_anna(database, answered=False)
    await database.run(presence.set_presence, "Anna", Presence.OFFLINE, NOW)
    with rules.in_force_while(Rules(return_after=None)):
        assert await database.run(escalation.return_unanswered, NOW + 99 * HOUR) == []


async def test_overview(database: Database) -> None:
    """Who has what, how long customers wait, what is near and overdue: figures that add up."""
    for hours in (1, 2, 3):
        await complain_to(database, now=NOW - hours * HOUR, respond_in=(hours + 2) * HOUR)
    overdue = await complain_to(database, now=NOW - 5 * HOUR, respond_in=HOUR)
    await database.run(desk.claim, overdue, "Anna", NOW)
    await complain_to(database, severity=Severity.HIGH, now=NOW)
    with_bot = await complain_to(database)
    await database.run(desk.claim, with_bot, "Ben", NOW)
    await database.run(desk.hand_back, with_bot, "Ben", NOW)
    found = await database.read(overview, NOW)
    waiting = found.waiting
    assert (waiting.cases, waiting.at_risk, waiting.overdue) == (4, 3, 0)
    assert (waiting.median, waiting.longest) == (HOUR, 3 * HOUR)
    assert found.with_bot == 1
    loads = {
        load.profile.agent: (load.held, load.offered, load.overdue, load.oldest) for load in found.agents
    }
    assert loads == {"Anna": (1, 0, 1, NOW), "Ben": (0, 0, 0, None)}
