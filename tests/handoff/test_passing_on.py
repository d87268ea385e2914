"""Cases that change hands: transfer, assign, take over; and what the customer and the history hear of it.

Mutation: let `holding._together` return the case alone (a customer has two people to talk to), leave
`presence.make_room` out of `holding.give`, or let that always say ``agent_joined``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import transcript
from complaints import register
from complaints.complaint import MoveRefused, Severity, Status
from handoff import desk, queue
from handoff.dispatch import presence, routing, rules
from handoff.dispatch.presence import Presence
from handoff.dispatch.rules import Rules
from handoff.item import Handoff, State
from handoff.queue import AtCapacity, BadInput, NotHolder
from handoff.staff import agents
from handoff.staff.agents import UnknownAgent
from handoff.staff.roles import Role
from tests.handoff.cases import NOW, complain_to, hire, said


@pytest.fixture(autouse=True)
def in_force() -> Iterator[None]:
    with rules.in_force_while(Rules()):
        yield


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    """Anna and Ben answer, Sue supervises, Otto audits."""
    for name, role in (
        ("Anna", Role.AGENT),
        ("Ben", Role.AGENT),
        ("Sue", Role.SUPERVISOR),
        ("Otto", Role.AUDITOR),
    ):
        await database.run(hire, name, role)


def item(session: Session, reference: str) -> Handoff:
    found = queue.get(session, reference)
    assert found is not None
    return found


def holder(session: Session, reference: str) -> str | None:
    case = register.find(session, reference)
    return session.get_one(transcript.Conversation, case.conversation).holder


def last_event(session: Session, reference: str) -> tuple[str, str, str, dict[str, object]]:
    event = register.events_of(session, register.find(session, reference))[-1]
    return event.kind, event.actor, event.reason, event.data


@pytest.mark.parametrize(
    ("presence_", "told"),
    [
        (Presence.AVAILABLE, "Ben has joined and is reading what you wrote."),
        (Presence.BUSY, "Ben has joined and is reading what you wrote."),
        (Presence.AWAY, "Ben is taking over and will read what you wrote."),
        (Presence.OFFLINE, "Ben is taking over and will read what you wrote."),
        (None, "Ben is taking over and will read what you wrote."),
    ],
)
async def test_the_customer_is_told_what_is_true(
    database: Database, presence_: Presence | None, told: str
) -> None:
    """Nobody is said to be reading who is not there; also where a supervisor gives the case away."""
    if presence_ is not None:
        await database.run(presence.set_presence, "Ben", presence_, NOW)
    passed_on, assigned = [await complain_to(database) for _ in range(2)]
    await database.run(desk.claim, passed_on, "Anna", NOW)
    await database.run(desk.transfer, passed_on, "Anna", "Ben", "", NOW)
    await database.run(desk.assign, assigned, "Sue", "Ben", NOW)
    for reference in (passed_on, assigned):
        assert (await database.read(said, reference))[-1].text == told


async def test_who_never_said_so_is_there_while_they_use_the_console(database: Database) -> None:
    """Where cases are taken, few say that they are available."""
    now = datetime.now(UTC)
    passed_on, later = [await complain_to(database) for _ in range(2)]
    code = await database.run(agents.sign_in_link, "Ben", now)
    await database.run(agents.sign_in_by_code, code, now)
    for reference, when in ((passed_on, now), (later, now + timedelta(hours=1))):
        await database.run(desk.claim, reference, "Anna", when)
        await database.run(desk.transfer, reference, "Anna", "Ben", "", when)
    assert (await database.read(said, passed_on))[-1].text.startswith("Ben has joined")
    assert (await database.read(said, later))[-1].text.startswith("Ben is taking over")


async def test_who_takes_a_case_is_there(database: Database) -> None:
    """Whatever they said of themselves: claiming, and taking over from a colleague, is done in person."""
    reference = await complain_to(database)
    for name in ("Anna", "Sue"):
        await database.run(presence.set_presence, name, Presence.OFFLINE, NOW)
    await database.run(desk.claim, reference, "Anna", NOW)
    assert (await database.read(said, reference))[-1].text.startswith("Anna has joined")
    await database.run(desk.take_over, reference, "Sue", NOW)
    assert (await database.read(said, reference))[-1].text.startswith("Sue has joined")


async def test_transfer_to_a_colleague(database: Database) -> None:
    """The colleague holds it, knows why, and the customer is told who is there now."""
    reference = await complain_to(database)
    await database.run(presence.set_presence, "Ben", Presence.AVAILABLE, NOW)
    await database.run(desk.claim, reference, "Anna", NOW)
    await database.run(desk.transfer, reference, "Anna", "ben", "He knows kettles.", NOW)
    found = await database.read(item, reference)
    assert (found.state, found.agent) == (State.HELD, "Ben")
    assert await database.read(holder, reference) == "Ben"
    kind, actor, reason, data = await database.read(last_event, reference)
    assert (kind, actor, reason) == ("transferred", "agent:Anna", "He knows kettles.")
    assert (data["from"], data["to"]) == ("Anna", "Ben")
    line = (await database.read(said, reference))[-1]
    assert (line.text, line.seq) == ("Ben has joined and is reading what you wrote.", data["seq"])
    with pytest.raises(NotHolder):
        await database.run(desk.reply, reference, "Anna", "One more thing", "1", NOW)


async def test_the_conversation_goes_along(database: Database) -> None:
    """A customer has one person: all held cases of the conversation change hands together, or none does."""
    first, second = [await complain_to(database, key="same") for _ in range(2)]
    for reference in (first, second):
        await database.run(desk.claim, reference, "Anna", NOW)

    def one_place(session: Session) -> None:
        presence.set_profile(session, "Ben", capacity=1, now=NOW)

    await database.run(one_place)
    with pytest.raises(AtCapacity):
        await database.run(desk.transfer, first, "Anna", "Ben", "", NOW)
    assert [(await database.read(item, r)).agent for r in (first, second)] == ["Anna", "Anna"]
    await database.run(desk.transfer, first, "Anna", "Sue", "", NOW)
    assert [(await database.read(item, r)).agent for r in (first, second)] == ["Sue", "Sue"]
    told = [m.text for m in await database.read(said, first) if "Sue is taking over" in m.text]
    assert len(told) == 1
    await database.run(desk.transfer, second, "Sue", "", "", NOW)
    assert [(await database.read(item, r)).state for r in (first, second)] == [State.WAITING] * 2
    assert await database.read(holder, first) is None


async def test_back_to_the_queue_with_a_skill(database: Database) -> None:
    """In the queue it looks for that skill from then on, however long the customer has waited before."""
    reference = await complain_to(database, now=NOW - timedelta(days=1))
    await database.run(desk.claim, reference, "Anna", NOW)

    def pass_on(session: Session) -> None:
        desk.transfer(session, reference, "Anna", "", "A lawyer's letter.", NOW, skill="Legal")

    await database.run(pass_on)
    found = await database.read(item, reference)
    assert (found.state, found.agent, found.skill) == (State.WAITING, None, "legal")
    assert found.waiting_since == NOW - timedelta(days=1)
    assert await database.run(routing.assign_next, "Ben", NOW) is None

    def lawyer(session: Session) -> None:
        presence.set_profile(session, "Sue", skills=["legal"], now=NOW)

    await database.run(lawyer)
    assert await database.run(routing.assign_next, "Sue", NOW) == reference


async def test_only_the_holder_passes_on(database: Database) -> None:
    """Not somebody else's case, unless a supervisor does it; not to oneself, a stranger, or an auditor."""
    reference = await complain_to(database)
    with pytest.raises(NotHolder):
        await database.run(desk.transfer, reference, "Anna", "Ben", "", NOW)
    await database.run(desk.claim, reference, "Anna", NOW)
    with pytest.raises(NotHolder):
        await database.run(desk.transfer, reference, "Ben", "Sue", "", NOW)
    with pytest.raises(BadInput):
        await database.run(desk.transfer, reference, "Anna", "Anna", "", NOW)
    with pytest.raises(BadInput, match="Otto"):
        await database.run(desk.transfer, reference, "Anna", "Otto", "", NOW)
    with pytest.raises(UnknownAgent):
        await database.run(desk.transfer, reference, "Anna", "Nobody", "", NOW)

    def by_supervisor(session: Session) -> None:
        desk.transfer(session, reference, "Sue", "Ben", "Anna is ill.", NOW, as_supervisor=True)

    await database.run(by_supervisor)
    assert (await database.read(item, reference)).agent == "Ben"


async def test_assign(database: Database) -> None:
    """A supervisor gives out what waits and what is held; twice is once; what is closed stays closed."""
    reference = await complain_to(database)
    for to in ("Anna", "Ben", "Ben"):
        await database.run(desk.assign, reference, "Sue", to, NOW)
        assert (await database.read(item, reference)).agent == to
    case = await database.read(register.find, reference)
    assert case.status == Status.INVESTIGATING
    kind, actor, _, data = await database.read(last_event, reference)
    assert (kind, actor, data["from"], data["to"]) == ("assigned", "agent:Sue", "Anna", "Ben")

    def withdraw(session: Session) -> None:
        case = register.find(session, reference)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW)
        queue.close_item(session, case)

    await database.run(withdraw)
    with pytest.raises(MoveRefused):
        await database.run(desk.assign, reference, "Sue", "Anna", NOW)


async def test_take_over(database: Database) -> None:
    """A supervisor takes what somebody holds, what is offered, and what waits."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    await database.run(desk.take_over, reference, "Sue", NOW)
    assert await database.read(holder, reference) == "Sue"
    assert (await database.read(last_event, reference))[0] == "taken_over"
    waiting = await complain_to(database)
    await database.run(desk.take_over, waiting, "Sue", NOW)
    assert (await database.read(item, waiting)).agent == "Sue"


async def test_note_at_hand_back(database: Database) -> None:
    """What the agent writes for colleagues is kept, and not said."""
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)

    def back(session: Session) -> None:
        desk.hand_back(session, reference, "Anna", NOW, note="Waits for the photo.")

    await database.run(back)
    kind, _, reason, _ = await database.read(last_event, reference)
    assert (kind, reason) == ("handed_back", "Waits for the photo.")
    assert not any("photo" in m.text for m in await database.read(said, reference))


async def test_waits_are_measured_once(database: Database) -> None:
    """How long a customer waited counts when somebody comes first, and not again after a release."""
    for minutes in (10, 20, 30, 40, 50):
        reference = await complain_to(database, now=NOW - timedelta(minutes=minutes))
        await database.run(desk.claim, reference, "Anna", NOW)
        await database.run(desk.release, reference, "Anna", NOW)
        await database.run(desk.claim, reference, "Ben", NOW + timedelta(hours=1))
    wait = await database.read(queue.expected_wait, Severity.MEDIUM, NOW + timedelta(hours=1))
    assert wait == timedelta(minutes=30)
    assert await database.read(queue.expected_wait, Severity.HIGH, NOW) is None
    assert await database.read(queue.expected_wait, Severity.MEDIUM, NOW + timedelta(days=60)) is None
