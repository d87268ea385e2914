"""What people do to find out: tasks, evidence, stepping aside. The agent who holds a case, and supervisors.

Each is one transaction that locks the conversation first, as the moves of `handoff.desk` are. ``agent`` is
who does it; ``as_supervisor`` lets a supervisor act on what another holds, or nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from channels.files import Kept
from complaints import investigation, register
from complaints.investigation import TaskKind, TaskState
from handoff import queue
from handoff.casework import by_hand, conflicts
from handoff.holding import actor, check_holder, colleague, wake
from handoff.item import Handoff, Reason, State
from handoff.queue import BadInput, NotHolder, let_go, take


def add_task(
    session: Session,
    reference: str,
    agent: str,
    *,
    title: str,
    kind: TaskKind = TaskKind.GENERAL,
    owner: str = "",
    due: datetime | None = None,
    now: datetime,
    as_supervisor: bool = False,
) -> int:
    """Something has to be done, by ``owner`` (without one, by ``agent``); the task's number.

    Raises `NotHolder`, `UnknownAgent`, `BadInput`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    if not title.strip():
        raise BadInput("say what has to be done")
    task = investigation.add_task(
        session, case, title, kind=kind, owner=colleague(session, owner) if owner else agent, due=due,
        actor=actor(agent), now=now,
    )  # fmt: skip
    wake(session, conversation)
    assert task.id is not None
    return task.id


def end_task(
    session: Session,
    reference: str,
    agent: str,
    *,
    task: int,
    outcome: str,
    dropped: bool = False,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """The task is done (or ``dropped``), and ``outcome`` says what came of it. Also its owner may say so.

    Raises `NotHolder`, `BadInput`, `UnknownTask`, `MoveRefused` if it has ended, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    found = investigation.task_of(session, case, task)
    check_may(item, agent, as_supervisor=as_supervisor or found.owner == agent)
    if not outcome.strip():
        raise BadInput("say what came of it")
    state = TaskState.DROPPED if dropped else TaskState.DONE
    investigation.end_task(session, case, found, state, outcome=outcome, actor=actor(agent), now=now)
    if found.kind == TaskKind.BY_HAND:
        failed = outcome.strip() if dropped else None
        by_hand.settle(session, case, found, failed=failed, actor=actor(agent), now=now)
    wake(session, conversation)


def pass_task(
    session: Session,
    reference: str,
    agent: str,
    *,
    task: int,
    to: str,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """Give a task to a colleague. Also its owner may. Raises what `end_task` does, and `UnknownAgent`."""
    conversation, item, case = take(session, reference, now)
    found = investigation.task_of(session, case, task)
    check_may(item, agent, as_supervisor=as_supervisor or found.owner == agent)
    owner = colleague(session, to)
    investigation.pass_task(session, case, found, owner, actor=actor(agent), now=now)
    wake(session, conversation)


def add_evidence(
    session: Session,
    reference: str,
    agent: str,
    *,
    remark: str = "",
    files: Sequence[Kept] = (),
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """What was found out: a remark, files that lie on our disk already, or files and what they show.

    Raises `NotHolder`, `BadInput`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    if not files and not remark.strip():
        raise BadInput("write what was found out, or choose a file")
    for file in files:
        investigation.add_file(
            session, case, name=file.name, media_type=file.media_type, size=file.size, path=file.path,
            digest=file.digest, remark=remark, actor=actor(agent), now=now,
        )  # fmt: skip
    if not files:
        investigation.add_remark(session, case, remark, actor=actor(agent), now=now)
    wake(session, conversation)


def step_aside(
    session: Session,
    reference: str,
    agent: str,
    *,
    reason: str,
    who: str = "",
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """``who`` (without one, ``agent``) has a conflict of interest: the case is moved away from them.

    With it go the other cases of the conversation, for a customer talks to one person. Raises `NotHolder`
    for somebody else's conflict, `BadInput`, `UnknownAgent`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    concerned = colleague(session, who) if who else agent
    if concerned != agent and not as_supervisor:
        raise NotHolder(None)
    if not reason.strip():
        raise BadInput("say what the conflict of interest is")
    conflicts.put(
        session, case, concerned, kind="declared", reason=reason.strip(), actor=actor(agent), now=now
    )
    move_away(session, item, concerned, now)
    wake(session, conversation)


def lift_conflict(
    session: Session, reference: str, agent: str, *, who: str, reason: str, now: datetime
) -> None:
    """A supervisor, ``agent``, has looked: ``who`` may handle the case. Not somebody for themselves.

    Raises `BadInput`, `MoveRefused` if there is no conflict, `UnknownReference`.
    """
    conversation, _, case = take(session, reference, now)
    if who == agent:
        raise BadInput("nobody lifts their own conflict of interest: ask another supervisor")
    if not reason.strip():
        raise BadInput("say why they may handle the case after all")
    investigation.lift_conflict(session, case, who, reason=reason.strip(), actor=actor(agent), now=now)
    wake(session, conversation)


def move_away(session: Session, item: Handoff, agent: str, now: datetime) -> None:
    """Take from ``agent`` what they hold or are offered of the case's conversation, which is locked."""
    held = [one for one in queue.held_together(session, item.conversation) if one.agent == agent]
    offered = [item] if item.state == State.OFFERED and item.agent == agent else []
    for one in {each.reference: each for each in (*held, *offered)}.values():
        moved = register.find(session, one.reference, lock=True)
        conversation, _, _ = take(session, one.reference, now)
        let_go(session, conversation, one, State.WAITING)
        one.queued_at = now
        if Reason.CONFLICT not in one.reasons:
            one.reasons = [*one.reasons, Reason.CONFLICT.value]
        session.add(one)
        register.record(
            session, moved, "released", actor="system", now=now, reason="conflict of interest", holder=agent
        )


def check_may(item: Handoff, agent: str, *, as_supervisor: bool) -> None:
    """Raises `NotHolder` unless ``agent`` holds the case, or supervises."""
    if not as_supervisor:
        check_holder(item, agent)
