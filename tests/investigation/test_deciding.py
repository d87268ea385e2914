"""From the investigation to the answer: in proportion, checked by a person, and known to have arrived.

Mutation: empty `complaints.proportion.BEFORE_DECISION`, leave the comparison with the writer out of
`handoff.casework.deciding.send`, or leave `Delivery.FAILED` out of `handoff.casework.deliveries._NEWS`.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.db import Database
from channels import files, outbox
from channels.transcript import Author, Delivery, Message
from complaints import investigation, register
from complaints.complaint import Decision, MoveRefused, Remedy, Severity, Status
from complaints.deciding import Finding, LetterState, letters_of, open_draft
from complaints.investigation import Check, Evidence, TaskKind, evidence_of, tasks_of
from complaints.proportion import Need, NotInvestigated
from handoff import desk, queue
from handoff.case_file import case_file
from handoff.casework import deciding, deliveries, investigating
from handoff.casework.deciding import SecondPairNeeded
from handoff.dispatch.rules import Rules, in_force_while
from handoff.item import Reason, State
from handoff.queue import NotHolder
from tests.handoff.cases import NOW, complain_to, said

NORA, BEN, SUE = "Nora Hill", "Ben Ito", "Sue Park"
REFUND = Finding(
    decision=Decision.UPHELD, remedy=Remedy.REFUND, cost=Decimal("40.00"), currency="EUR",
    by=date(2026, 3, 20), found="The seal was torn.", reasons="photo", cause_kind="packaging",
)  # fmt: skip


def letters(session: Session, reference: str) -> list[str]:
    return [m.text for m in said(session, reference) if m.author == Author.AGENT]


def kinds(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


async def held(database: Database, **about: object) -> str:
    reference = await complain_to(database, **about)
    await database.run(desk.claim, reference, NORA, NOW)
    return reference


async def draft(database: Database, reference: str, finding: Finding = REFUND) -> int:
    return await database.run(deciding.draft, reference, NORA, finding, outside="the Ombudsman", now=NOW)


async def test_serious_cases_need_more(desk_database: Database) -> None:
    """Critical: safety task, finding, no open task, cause. The refusal names each, until it is there."""
    reference = await held(desk_database, severity=Severity.CRITICAL)
    bare = REFUND.model_copy(update={"cause_kind": None})

    async def lacking(finding: Finding = bare) -> list[Need]:
        with pytest.raises(NotInvestigated) as refused:
            await draft(desk_database, reference, finding)
        return refused.value.missing

    assert await lacking() == [Need.SAFETY_TASK, Need.FINDING, Need.CAUSE]
    task = await desk_database.run(
        investigating.add_task, reference, NORA, title="Unplug it", kind=TaskKind.SAFETY, now=NOW
    )
    assert Need.NO_OPEN_TASK in await lacking()
    await desk_database.run(investigating.end_task, reference, NORA, task=task, outcome="Unplugged.", now=NOW)
    assert await lacking(REFUND) == [Need.FINDING]
    await desk_database.run(investigating.add_evidence, reference, NORA, remark="Torn.", now=NOW)
    assert await draft(desk_database, reference) > 0


async def test_a_dropped_safety_task_is_not_done(desk_database: Database) -> None:
    """Saying that safety need not be seen to is not seeing to it."""
    reference = await held(desk_database, severity=Severity.CRITICAL)
    task = await desk_database.run(
        investigating.add_task, reference, NORA, title="Unplug it", kind=TaskKind.SAFETY, now=NOW
    )
    await desk_database.run(
        investigating.end_task, reference, NORA, task=task, outcome="no need", dropped=True, now=NOW
    )
    with pytest.raises(NotInvestigated, match="safety"):
        await draft(desk_database, reference)


async def test_the_short_way_obeys_the_same_rule(desk_database: Database) -> None:
    """`desk.resolve`, which API and Slack use, is no way around it."""
    reference = await held(desk_database, severity=Severity.HIGH)
    with pytest.raises(NotInvestigated, match="evidence"):
        await desk_database.run(
            desk.resolve,
            reference,
            NORA,
            decision=Decision.UPHELD,
            remedy=None,
            text="Yes.",
            outside="",
            now=NOW,
        )
    assert await desk_database.read(letters, reference) == []


async def test_a_draft_is_not_an_answer(desk_database: Database) -> None:
    """Nothing reaches the customer, and nothing is decided, before a person says that it was checked."""
    reference = await held(desk_database, language="es")
    number = await draft(desk_database, reference)
    assert await desk_database.read(letters, reference) == []
    assert (await desk_database.read(register.find, reference)).decision is None
    await desk_database.run(
        deciding.edit, reference, NORA, letter=number, body="Estimada Maria: tiene usted razón.", now=NOW
    )
    await desk_database.run(deciding.send, reference, NORA, letter=number, outside="", now=NOW)
    assert await desk_database.read(letters, reference) == ["Estimada Maria: tiene usted razón."]
    case = await desk_database.read(register.find, reference)
    assert (case.status, case.decided_by, case.cause_kind) == (Status.CLOSED, NORA, "packaging")
    assert (case.compensation, case.remedy_currency) == (Decimal("40.00"), "EUR")
    with pytest.raises(MoveRefused):
        await desk_database.run(
            deciding.send, reference, NORA, letter=number, outside="", now=NOW, as_supervisor=True
        )


async def test_letter_is_in_the_customers_language(desk_database: Database) -> None:
    """Composed of the parts, in Spanish, with money and day as Spaniards write them."""
    reference = await held(desk_database, language="es")
    await draft(desk_database, reference)
    found = await desk_database.read(lambda s: open_draft(s, register.find(s, reference)))
    assert found is not None
    assert found.language == "es"
    for part in (reference, "Maria Lopez", "The seal was torn.", "40,00", "viernes, 20 de marzo de 2026"):
        assert part in found.body


async def test_second_pair_of_eyes(desk_database: Database) -> None:
    """Where it is wanted, the writer cannot send; a supervisor can; the short way waits as well."""
    reference = await held(desk_database)
    with in_force_while(Rules(second_pair="all")):
        await desk_database.run(deciding.resolve, reference, NORA, REFUND, outside="", now=NOW)
        assert await desk_database.read(letters, reference) == []
        found = await desk_database.read(lambda s: open_draft(s, register.find(s, reference)))
        assert found is not None
        assert found.id is not None
        item = await desk_database.read(queue.get, reference)
        assert item is not None
        assert Reason.CHECK in item.reasons
        with pytest.raises(SecondPairNeeded):
            await desk_database.run(deciding.send, reference, NORA, letter=found.id, outside="", now=NOW)
        with pytest.raises(NotHolder):
            await desk_database.run(deciding.send, reference, BEN, letter=found.id, outside="", now=NOW)
        await desk_database.run(
            deciding.send, reference, SUE, letter=found.id, outside="", now=NOW, as_supervisor=True
        )
    [sent] = [m for m in await desk_database.read(said, reference) if m.author == Author.AGENT]
    assert sent.author_name == NORA
    [letter] = await desk_database.read(lambda s: letters_of(s, register.find(s, reference)))
    assert (letter.written_by, letter.checked_by) == (NORA, SUE)


async def test_second_pair_only_for_critical(desk_database: Database) -> None:
    """``critical`` leaves all other cases alone."""
    reference = await held(desk_database)
    with in_force_while(Rules(second_pair="critical")):
        await desk_database.run(deciding.resolve, reference, NORA, REFUND, outside="", now=NOW)
    assert len(await desk_database.read(letters, reference)) == 1


async def test_what_was_granted_is_to_be_done(desk_database: Database) -> None:
    """The remedy is a task of whoever decided, by its day, though the case is closed."""
    reference = await held(desk_database)
    await desk_database.run(deciding.resolve, reference, NORA, REFUND, outside="", now=NOW)
    [(task, case)] = await desk_database.read(investigation.open_tasks_of_owner, NORA)
    assert (case.reference, task.kind, task.title) == (reference, TaskKind.REMEDY, "refund")
    assert task.due is not None
    assert task.due.date() == date(2026, 3, 20)
    assert not task.overdue(NOW)
    assert task.overdue(NOW + timedelta(days=30))


def fate(session: Session, reference: str, state: Delivery, error: str | None = None) -> None:
    """What the sender, or the platform's report, makes of the letter's message."""
    message = next(m for m in said(session, reference) if m.author == Author.AGENT)
    if state is Delivery.FAILED:
        outbox.failed(session, message, error or "", final=True, refused=True)
    else:
        message.state = state
        session.add(message)


@pytest.mark.parametrize(
    ("state", "kind"), [(Delivery.SENT, "letter_sent"), (Delivery.DELIVERED, "letter_delivered")]
)
async def test_delivery_is_recorded(database: Database, state: Delivery, kind: str) -> None:
    """Once, when the platform says so; nothing while the message waits."""
    reference = await held(database)
    await database.run(deciding.resolve, reference, NORA, REFUND, outside="", now=NOW)
    assert await database.run(deliveries.settle, NOW) == []
    await database.run(fate, reference, state)
    assert await database.run(deliveries.settle, NOW) == [reference]
    assert await database.run(deliveries.settle, NOW) == []
    assert (await database.read(kinds, reference)).count(kind) == 1


async def test_an_answer_that_did_not_arrive_is_somebodys_task(database: Database) -> None:
    """The case is open again, in the queue with the reason, and whoever sent it has a task; no silence."""
    reference = await held(database)
    await database.run(deciding.resolve, reference, NORA, REFUND, outside="", now=NOW)
    await database.run(fate, reference, Delivery.FAILED, "blocked by the user")
    assert await database.run(deliveries.settle, NOW) == [reference]
    case = await database.read(register.find, reference)
    assert case.status == Status.INVESTIGATING
    item = await database.read(queue.get, reference)
    assert item is not None
    assert (item.state, item.reasons) == (State.WAITING, [Reason.UNDELIVERED])
    tasks = [t for t, _ in await database.read(investigation.open_tasks_of_owner, NORA)]
    assert [t.kind for t in tasks] == [TaskKind.DELIVERY, TaskKind.REMEDY]
    await database.run(fate, reference, Delivery.DELIVERED)  # somebody tried again
    assert await database.run(deliveries.settle, NOW) == [reference]
    [letter] = await database.read(lambda s: letters_of(s, register.find(s, reference)))
    assert letter.state == LetterState.DELIVERED
    assert TaskKind.DELIVERY not in {
        t.kind for t, _ in await database.read(investigation.open_tasks_of_owner, NORA)
    }


async def test_changed_evidence_is_named(desk_database: Database, tmp_path: Path) -> None:
    """A byte in a file, a letter in a remark, or a file that is gone: each shows, and only there."""
    reference = await held(desk_database)
    kept = [files.keep(tmp_path, text, "report.txt") for text in (b"lot 7", b"lot 8", b"lot 9")]
    await desk_database.run(investigating.add_evidence, reference, NORA, files=kept, now=NOW)
    for remark in ("It smells.", "It smokes."):
        await desk_database.run(investigating.add_evidence, reference, NORA, remark=remark, now=NOW)

    async def checks() -> list[str]:
        with in_force_while(Rules(data_dir=tmp_path)):
            found = await desk_database.read(case_file, reference, NOW)
        return [one["check"] for one in found["evidence"]]

    assert await checks() == [Check.UNCHANGED] * 5
    (tmp_path / kept[0].path).chmod(0o644)
    (tmp_path / kept[0].path).write_bytes(b"lot 6")
    (tmp_path / kept[1].path).unlink()

    def forge(session: Session) -> None:
        session.exec(select(Evidence).where(col(Evidence.remark) == "It smells.")).one().remark = "It shines."

    await desk_database.run(forge)
    assert await checks() == [
        Check.CHANGED, Check.MISSING, Check.UNCHANGED, Check.CHANGED, Check.UNCHANGED,
    ]  # fmt: skip


async def test_only_holder_owner_and_supervisor_act(desk_database: Database) -> None:
    """A colleague adds nothing to another's case; a task's owner may end it; a supervisor anything."""
    reference = await held(desk_database)
    with pytest.raises(NotHolder):
        await desk_database.run(investigating.add_evidence, reference, BEN, remark="x", now=NOW)
    task = await desk_database.run(
        investigating.add_task, reference, NORA, title="Ask", owner="ben ito", due=NOW, now=NOW
    )
    await desk_database.run(investigating.end_task, reference, BEN, task=task, outcome="Asked.", now=NOW)
    with pytest.raises(MoveRefused):
        await desk_database.run(investigating.end_task, reference, BEN, task=task, outcome="Again.", now=NOW)
    await desk_database.run(
        investigating.add_evidence, reference, SUE, remark="Seen.", now=NOW, as_supervisor=True
    )
    case = await desk_database.read(register.find, reference)
    [done] = await desk_database.read(tasks_of, case)
    assert (done.owner, done.ended_by, done.outcome) == (BEN, f"agent:{BEN}", "Asked.")
    assert [e.added_by for e in await desk_database.read(evidence_of, case)] == [f"agent:{SUE}"]


async def test_a_new_draft_replaces_the_old(desk_database: Database) -> None:
    """There is one letter to be checked, never two."""
    reference = await held(desk_database)
    first = await draft(desk_database, reference)
    await draft(desk_database, reference)
    with pytest.raises(MoveRefused):
        await desk_database.run(deciding.send, reference, NORA, letter=first, outside="", now=NOW)
    assert [m for m in await desk_database.read(all_messages) if m.author == Author.AGENT] == []


def all_messages(session: Session) -> list[Message]:
    return list(session.exec(select(Message)))
