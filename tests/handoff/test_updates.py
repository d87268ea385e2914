"""Promised updates and notices: on their date, at a decent hour, once, by whoever should; clocks that pause.

The clock is moved by its argument; nothing waits. Mutation: let `updates._update` not call `heard`
(the promise does not move on); let `informing.tell` ignore `obstacle` (WhatsApp gets free text after a
day); leave `_give_updates_back` out of `handoff.item` (a released case's update is nobody's); let
`watching.heard` leave ``update_task``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from bot import case_clock
from bot.db import Database
from channels import inbox, transcript
from channels.message import Address, Inbound
from channels.transcript import Author, Message
from complaints import presets, register, texts
from complaints.complaint import Decision, Kind, Status
from complaints.opening_hours import OpeningHours
from complaints.record import Complaint
from complaints.reference import mint
from handoff import desk, queue
from handoff.casework import timing, updates
from handoff.dispatch import rules
from handoff.dispatch.rules import Rules
from handoff.dispatch.standing import Mark, mark
from handoff.item import Handoff, Reason, State
from handoff.queue import BadInput, NotHolder

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  # no holiday is near
OFFICE = OpeningHours.parse("Mo-Fr 09:00-17:00")
UPDATE_DAY = datetime(2026, 3, 9, tzinfo=UTC)  # five business days later
ANSWER_DAY = datetime(2026, 3, 16, tzinfo=UTC)
_HX = "HX" + "0" * 32


@pytest.fixture(autouse=True)
def office() -> Iterator[None]:
    with rules.in_force_while(Rules(hours=OFFICE)):
        yield


def at(day: datetime, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def complain(
    session: Session, channel: str = "telegram", policy: str = "iso_generic", received: datetime = MONDAY,
    key: str = "42", language: str = "en",
) -> str:  # fmt: skip
    """A complaint under a policy, in the queue."""
    address = Address(channel, key)
    inbox.accept(session, Inbound(address, f"{channel}-{key}-{received}", "It is broken."), received)
    conversation = transcript.lock(session, address.conversation)
    conversation.language = language
    case = register.open_case(
        session, reference=mint(), kind=Kind.COMPLAINT, conversation=conversation.id, channel=channel,
        language=language, description="It is broken.", clock=presets.load(policy).start(received),
        actor="customer", now=received,
    )  # fmt: skip
    register.acknowledge(session, case, message="1", actor="bot", now=received)
    register.move(session, case, Status.ASSESSED, actor="bot", now=received)
    queue.open_item(session, case, Reason.COMPLAINT, received)
    return case.reference


async def tick(database: Database, now: datetime) -> None:
    """The clock as it runs in the worker, at ``now``."""
    await case_clock.look(database, asyncio.Event(), lambda: now)


async def case_of(database: Database, reference: str) -> Complaint:
    return await database.read(register.find, reference)


async def item_of(database: Database, reference: str) -> Handoff:
    found = await database.read(queue.get, reference)
    assert found is not None
    return found


async def told(database: Database, reference: str) -> list[Message]:
    def read(session: Session) -> list[Message]:
        name = register.find(session, reference).conversation
        return [m for m in transcript.after(session, name, 0) if m.author == Author.SYSTEM]

    return await database.read(read)


async def texts_told(database: Database, reference: str) -> list[str]:
    return [m.text for m in await told(database, reference)]


async def kinds(database: Database, reference: str) -> list[str]:
    def read(session: Session) -> list[str]:
        return [e.kind for e in register.events_of(session, register.find(session, reference))]

    return await database.read(read)


async def write(database: Database, reference: str, now: datetime) -> None:
    """The customer writes."""

    def do(session: Session) -> None:
        case = register.find(session, reference)
        channel, _, key = case.conversation.partition(":")
        inbox.accept(session, Inbound(Address(channel, key), f"again-{now}", "Here it is."), now)

    await database.run(do)


async def test_an_update_goes_out_on_its_date(database: Database) -> None:
    """In opening hours, once, naming reference, stage, what comes next and the next date; then again."""
    reference = await database.run(complain)
    await tick(database, UPDATE_DAY - timedelta(seconds=1))
    await tick(database, at(UPDATE_DAY, "08:59"))
    assert await texts_told(database, reference) == []
    for minute in ("09:00", "09:01", "13:00", "23:59"):
        await tick(database, at(UPDATE_DAY, minute))
    (said,) = await texts_told(database, reference)
    assert reference in said
    assert "in line for a colleague" in said
    assert said.count("Monday, 16 March 2026") == 2  # the answer, and the next news
    assert (await case_of(database, reference)).update_by == at(ANSWER_DAY, "23:59") + timedelta(seconds=59)
    await tick(database, at(ANSWER_DAY, "09:00"))
    assert len(await texts_told(database, reference)) == 2
    assert (await kinds(database, reference)).count("update_sent") == 2


async def test_processes_side_by_side_and_restarts_tell_once(database: Database) -> None:
    """Twelve looks at the same moment, and one much later, are one update."""
    reference = await database.run(complain)
    moment = at(UPDATE_DAY, "10:00")
    await asyncio.gather(*(database.run(updates.tend, reference, moment) for _ in range(12)))
    await asyncio.gather(*(tick(database, moment) for _ in range(3)))
    assert len(await texts_told(database, reference)) == 1
    assert (await kinds(database, reference)).count("update_sent") == 1


async def test_what_fell_due_while_nothing_ran_is_caught_up(database: Database) -> None:
    """Two weeks of silence end with one message that says we are late, not with three."""
    reference = await database.run(complain)
    await tick(database, at(ANSWER_DAY + timedelta(days=8), "10:00"))
    (said,) = await texts_told(database, reference)
    assert "haven't kept that promise" in said


async def test_never_at_night(database: Database) -> None:
    """A round-the-clock desk writes by day, too; one that is closed for days does so at a decent hour."""
    reference = await database.run(complain)
    with rules.in_force_while(Rules()):
        await tick(database, at(UPDATE_DAY, "07:59"))
        assert await texts_told(database, reference) == []
        await tick(database, at(UPDATE_DAY, "08:00"))
        assert len(await texts_told(database, reference)) == 1
    other = await database.run(complain, key="43")
    with rules.in_force_while(Rules(hours=OpeningHours.parse("Mo-Su off"))):
        await tick(database, at(UPDATE_DAY, "07:00"))
        assert await texts_told(database, other) == []
        await tick(database, at(UPDATE_DAY, "08:00"))
        assert len(await texts_told(database, other)) == 1


async def test_while_an_agent_holds_the_case_it_is_their_task(database: Database) -> None:
    """Marked, overdue if not done, and done with any reply."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    joined = await texts_told(database, reference)
    await tick(database, at(UPDATE_DAY, "09:00"))
    assert await texts_told(database, reference) == joined
    case = await case_of(database, reference)
    assert case.update_task == "held"
    near = UPDATE_DAY
    assert mark(case, at(UPDATE_DAY, "09:00"), near) == Mark.AT_RISK
    assert mark(case, at(UPDATE_DAY, "00:00") + timedelta(days=1), near) == Mark.OVERDUE
    next_day = UPDATE_DAY + timedelta(days=1)
    await tick(database, at(next_day, "09:00"))
    await tick(database, at(next_day, "09:10"))
    assert (await kinds(database, reference)).count("update_missed") == 1
    assert Reason.DUE in (await item_of(database, reference)).reasons
    await database.run(desk.reply, reference, "Anna", "We look into it.", "r1", at(next_day, "10:00"))
    case = await case_of(database, reference)
    assert case.update_task is None
    assert case.update_by == at(ANSWER_DAY, "23:59") + timedelta(seconds=59)
    assert mark(case, at(next_day, "10:01"), near) == Mark.FINE


async def test_a_released_case_is_updated_by_the_program_again(database: Database) -> None:
    """Nobody's task is the program's."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    await tick(database, at(UPDATE_DAY, "09:00"))
    before = len(await told(database, reference))
    await database.run(desk.release, reference, "Anna", at(UPDATE_DAY, "11:00"))
    await tick(database, at(UPDATE_DAY, "11:01"))
    assert (await case_of(database, reference)).update_task is None
    assert "a colleague is looking into it" in (await texts_told(database, reference))[-1]
    assert (await kinds(database, reference)).count("update_sent") == 1
    assert len(await told(database, reference)) > before


async def test_an_answered_case_is_left_alone(database: Database) -> None:
    """Who has the answer is promised no more news, and hears nothing of dates."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)

    def resolve(session: Session) -> None:
        desk.resolve(
            session, reference, "Anna", decision=Decision.UPHELD, remedy=None, text="Yes.", outside="",
            now=MONDAY,
        )  # fmt: skip

    await database.run(resolve)
    said = len(await told(database, reference))
    await tick(database, at(ANSWER_DAY + timedelta(days=30), "10:00"))
    assert len(await told(database, reference)) == said
    assert (await case_of(database, reference)).clock_at is None


async def test_whatsapp_outside_its_window_needs_a_template(database: Database) -> None:
    """Without one it is a person's task that says why; with one, it goes out with its four values."""
    reference = await database.run(complain, "whatsapp", key="+34600110001", language="es")
    other = await database.run(complain, "whatsapp", key="+34600110002", language="es")
    await tick(database, at(UPDATE_DAY, "09:00"))
    case = await case_of(database, reference)
    assert (case.update_task, await texts_told(database, reference)) == ("window", [])
    assert case.update_by.date() == UPDATE_DAY.date()  # the promise stands
    assert "update_task" in await kinds(database, reference)

    def forget_task(session: Session) -> None:
        register.find(session, other).update_task = None

    await database.run(forget_task)
    templates = {"es": _HX}
    with rules.in_force_while(Rules(hours=OFFICE, update_templates=templates)):
        await tick(database, at(UPDATE_DAY, "09:05"))
    (message,) = await told(database, other)
    assert message.template == {
        "name": _HX,
        "values": {
            "1": other,
            "2": texts.say("stage_assessed", "es"),
            "3": "lunes, 16 de marzo de 2026",
            "4": "lunes, 16 de marzo de 2026",
        },
    }


async def test_whatsapp_within_its_window_gets_plain_text(database: Database) -> None:
    """The customer wrote this morning."""
    reference = await database.run(complain, "whatsapp", key="+34600110003")
    await write(database, reference, at(UPDATE_DAY, "08:00"))
    await tick(database, at(UPDATE_DAY, "09:00"))
    (message,) = await told(database, reference)
    assert message.template is None


async def test_who_opted_out_is_told_by_a_person(database: Database) -> None:
    """And a case that was with the assistant is in the queue for it."""
    reference = await database.run(complain, "sms", key="+34600110004")

    def opt_out(session: Session) -> None:
        transcript.lock(session, register.find(session, reference).conversation).opted_out = True
        item = queue.locked(session, reference)
        assert item is not None
        item.state = State.WITH_BOT

    await database.run(opt_out)
    await tick(database, at(UPDATE_DAY, "09:00"))
    assert (await case_of(database, reference)).update_task == "opted_out"
    assert await texts_told(database, reference) == []
    assert (await item_of(database, reference)).state == State.WAITING


async def test_late_answers_are_announced_and_admitted(database: Database) -> None:
    """uk_psd: a notice before the 15 business days end, one after; each once, both naming the Ombudsman."""
    reference = await database.run(complain, policy="uk_psd")  # Monday, 2 March: answer by Monday the 23rd
    for day in range(2, 24):
        for hour in ("09:00", "16:00"):
            await tick(database, at(datetime(2026, 3, day, tzinfo=UTC), hour))
    found = [t for t in await texts_told(database, reference) if "may not manage" in t]
    assert len(found) == 1
    assert "Monday, 23 March 2026" in found[0]
    assert "Financial Ombudsman Service" in found[0]
    assert (await kinds(database, reference)).count("stage_near") == 1
    await tick(database, at(datetime(2026, 3, 24, tzinfo=UTC), "08:59"))
    assert (await kinds(database, reference)).count("stage_passed") == 1
    assert "overdue_notice" not in await kinds(database, reference)
    for hour in ("09:00", "10:00"):
        await tick(database, at(datetime(2026, 3, 24, tzinfo=UTC), hour))
    assert (await kinds(database, reference)).count("overdue_notice") == 1
    assert "haven't kept that promise" in (await texts_told(database, reference))[-1]
    assert Reason.DUE in (await item_of(database, reference)).reasons


async def test_ae_cbuae_admits_it_on_the_next_business_day(database: Database) -> None:
    """Due on a Friday: not on Saturday or Sunday, but on Monday."""
    friday = datetime(2026, 5, 8, 10, tzinfo=UTC)  # ten business days later: Friday, 22 May
    hours = OpeningHours.parse("24/7", "Asia/Dubai")
    with rules.in_force_while(Rules(hours=hours)):
        reference = await database.run(complain, policy="ae_cbuae", received=friday)
        assert (await case_of(database, reference)).respond_by.date() == date(2026, 5, 22)
        for day in (23, 24):
            await tick(database, datetime(2026, 5, day, 12, tzinfo=UTC))
        assert "overdue_notice" not in await kinds(database, reference)
        await tick(database, datetime(2026, 5, 25, 4, 0, tzinfo=UTC))  # 8 o'clock in Dubai
        assert (await kinds(database, reference)).count("overdue_notice") == 1


async def test_stages_are_warned_of_and_missed_once(database: Database) -> None:
    """in_rbi: the internal ombudsman by day 20; once done it is watched no more."""
    one = await database.run(complain, policy="in_rbi", key="1")
    two = await database.run(complain, policy="in_rbi", key="2")
    await database.run(desk.claim, two, "Anna", MONDAY)
    await database.run(timing.fulfil, two, "Anna", "internal_ombudsman", MONDAY)
    for day in range(10, 25):  # the answer itself is warned of from the 25th
        await tick(database, datetime(2026, 3, day, 10, tzinfo=UTC))
    found = await kinds(database, one)
    assert (found.count("stage_near"), found.count("stage_passed")) == (1, 1)
    found = await kinds(database, two)
    assert (found.count("stage_near"), found.count("stage_passed"), found.count("stage_done")) == (0, 0, 1)


async def test_a_pause_moves_every_date(database: Database) -> None:
    """Two business days of waiting are two business days more; the customer is told of both."""
    reference = await database.run(complain)
    tuesday, thursday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    await database.run(timing.pause, reference, "Anna", "customer", "asked for the receipt", tuesday)
    assert "the dates we gave you stand still" in (await texts_told(database, reference))[-1]
    with pytest.raises(BadInput, match="already"):
        await database.run(timing.pause, reference, "Anna", "customer", "again", tuesday)
    await database.run(timing.resume, reference, "Anna", thursday)
    case = await case_of(database, reference)
    assert case.respond_by == datetime(2026, 3, 18, 23, 59, 59, tzinfo=UTC)
    assert "Wednesday, 18 March 2026" in (await texts_told(database, reference))[-1]
    # An update was due on the 9th; the new dates were news, and the next is five business days on.
    assert case.update_by == datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)
    assert case.paused_since is None


async def test_a_clock_that_stands_still_asks_for_nothing_but_a_reminder(database: Database) -> None:
    """No update, no warning, no overdue mark; the desk is reminded every five business days."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    await database.run(timing.pause, reference, "Anna", "customer", "asked for the receipt", MONDAY)
    said = len(await told(database, reference))
    for days in range(1, 20):
        await tick(database, MONDAY + timedelta(days=days))
    assert len(await told(database, reference)) == said
    found = await kinds(database, reference)
    assert found.count("still_paused") == 2
    assert not {"stage_near", "stage_passed", "update_task", "update_missed"} & set(found)
    case = await case_of(database, reference)
    assert mark(case, MONDAY + timedelta(days=30), MONDAY) == Mark.FINE


async def test_the_customers_answer_ends_the_pause(database: Database) -> None:
    """The clock stood still until they wrote, not until somebody noticed."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    await database.run(timing.pause, reference, "Anna", "customer", "asked for the receipt", MONDAY)
    await tick(database, MONDAY + timedelta(hours=1))
    assert (await case_of(database, reference)).paused_since is not None
    await write(database, reference, datetime(2026, 3, 4, 9, tzinfo=UTC))
    await tick(database, datetime(2026, 3, 6, 9, tzinfo=UTC))
    await tick(database, datetime(2026, 3, 6, 9, tzinfo=UTC))
    case = await case_of(database, reference)
    assert case.paused_since is None
    assert case.respond_by == datetime(2026, 3, 18, 23, 59, 59, tzinfo=UTC)
    assert (await kinds(database, reference)).count("resumed") == 1


async def test_an_extension_stays_within_the_policy(database: Database) -> None:
    """To 30 March at most under the default; told with the reason; refused beyond, or without one."""
    reference = await database.run(complain)
    with pytest.raises(NotHolder):
        await database.run(timing.extend, reference, "Anna", date(2026, 3, 20), "More time", MONDAY)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    for day, reason in ((31, "too far"), (16, "no later"), (20, " ")):
        with pytest.raises(BadInput):
            await database.run(timing.extend, reference, "Anna", date(2026, 3, day), reason, MONDAY)
    await database.run(timing.extend, reference, "Anna", date(2026, 3, 30), "The lab is slow.", MONDAY)
    case = await case_of(database, reference)
    assert case.respond_by == datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
    said = (await texts_told(database, reference))[-1]
    assert "The lab is slow." in said
    assert "Monday, 30 March 2026" in said
    assert (await item_of(database, reference)).due == case.respond_by


async def test_a_supervisor_may_for_the_holder(database: Database) -> None:
    """As with release and transfer."""
    reference = await database.run(complain)
    await database.run(desk.claim, reference, "Anna", MONDAY)
    with pytest.raises(NotHolder):
        await database.run(timing.pause, reference, "Sue", "customer", "why", MONDAY)

    def do(session: Session) -> None:
        timing.pause(session, reference, "Sue", "customer", "why", MONDAY, as_supervisor=True)

    await database.run(do)
    assert (await case_of(database, reference)).pause_reason == "customer"


async def test_a_reopened_case_has_new_dates(database: Database) -> None:
    """What was late before it was answered is not late again at once."""
    reference = await database.run(complain)
    late = ANSWER_DAY + timedelta(days=60, hours=10)  # Friday, 15 May

    def answer_and_reopen(session: Session) -> None:
        case = register.find(session, reference)
        register.move(session, case, Status.RESPONDED, actor="agent:Anna", now=MONDAY)
        register.move(session, case, Status.INVESTIGATING, actor="customer", now=late, reason="no")

    await database.run(answer_and_reopen)
    case = await case_of(database, reference)
    assert case.update_by == datetime(2026, 5, 22, 23, 59, 59, tzinfo=UTC)
    assert case.respond_by == datetime(2026, 5, 29, 23, 59, 59, tzinfo=UTC)


async def test_one_bad_case_does_not_stop_the_others(database: Database) -> None:
    """A case that cannot be tended is put off; the next one is told."""
    bad = await database.run(complain, key="1")
    good = await database.run(complain, key="2")

    def spoil(session: Session) -> None:
        case = register.find(session, bad)
        spoilt = {**case.clock, "terms": {**case.clock["terms"], "time_zone": "Nowhere/At_All"}}
        session.execute(
            update(Complaint).where(col(Complaint.reference) == bad).values(clock=spoilt, clock_at=MONDAY)
        )

    await database.run(spoil)
    await tick(database, at(UPDATE_DAY, "09:00"))
    assert len(await texts_told(database, good)) == 1
