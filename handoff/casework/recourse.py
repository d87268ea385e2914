"""The customer does not accept the answer: the ways to go on, inside and outside (ISO 10002, 7.9)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from channels import outbox
from channels.transcript import Author
from complaints import register, texts
from complaints.complaint import MoveRefused, Status
from complaints.record import Complaint
from handoff import queue
from handoff.casework import conflicts
from handoff.casework.investigating import check_may, move_away
from handoff.holding import actor, wake
from handoff.item import Pass, Reason, State
from handoff.queue import BadInput, let_go, take
from handoff.telling import announce, language_of


def contested(session: Session, case: Complaint, *, reason: str, actor: str, now: datetime) -> None:
    """The customer does not agree: the case is investigated again, if possible by another than before.

    The caller has locked the conversation. Who decided is passed over for a while; a case that is to be
    *reviewed* by another is `escalate`. Raises `MoveRefused` for a case without an answer.
    """
    register.contest_answer(session, case, reason=reason, actor=actor, now=now)
    queue.open_item(session, case, Reason.CONTESTED, now)
    if case.decided_by:
        session.merge(Pass(reference=case.reference, agent=case.decided_by, at=now))


def explain(language: str, case: Complaint, outside: str) -> str:
    """Both ways of recourse, in the customer's language."""
    said = [
        texts.say("contested", language, reference=case.reference),
        texts.say("contested_review", language),
    ]
    if outside:
        said.append(texts.say("contested_outside", language, outside_body=outside))
    return " ".join(said)


def contest(
    session: Session,
    reference: str,
    agent: str,
    *,
    reason: str,
    outside: str,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """The customer has told ``agent`` that they do not agree. They hear how they can go on.

    Raises `NotHolder`, `BadInput`, `MoveRefused`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    if not reason.strip():
        raise BadInput("say what the customer does not agree with")
    contested(session, case, reason=reason.strip(), actor=actor(agent), now=now)
    position = register.events_of(session, case)[-1].position
    outbox.put(
        session, conversation, explain(language_of(conversation, case), case, outside), author=Author.SYSTEM,
        dedup=f"contested:{reference}:{position}", now=now,
    )  # fmt: skip
    wake(session, conversation)


def accept(
    session: Session,
    reference: str,
    agent: str,
    *,
    reason: str = "",
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """The customer accepts the answer: the case is closed.

    Raises `NotHolder`, `MoveRefused`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    given = {"reason": reason.strip()} if reason.strip() else {}
    register.accept_answer(session, case, actor=actor(agent), now=now, **given)
    let_go(session, conversation, item, State.CLOSED)
    item.reasons = []


def escalate(
    session: Session,
    reference: str,
    agent: str,
    *,
    reason: str,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """Somebody else than the person who decided reviews the case; supervisors see it. The customer is told.

    Who decided must keep out of it from now on. Raises `NotHolder`, `BadInput`, `MoveRefused` for a case
    without a decision, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    if not reason.strip():
        raise BadInput("say what is to be reviewed")
    decider = case.decided_by
    register.escalate_internally(session, case, reason=reason.strip(), actor=actor(agent), now=now)
    if decider:
        conflicts.put(
            session, case, decider, kind="review", reason="they decided it, and another reviews it",
            actor=actor(agent), now=now,
        )  # fmt: skip
        move_away(session, item, decider, now)
    queue.open_item(session, case, Reason.REVIEW, now)
    item.escalated_at = now
    session.add(item)
    event = register.events_of(session, case)[-1]
    announce(session, conversation, case, "under_review", event.position, now, reference=reference)
    wake(session, conversation)


def escalate_outside(
    session: Session,
    reference: str,
    agent: str,
    *,
    body: str,
    reason: str = "",
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """The customer has turned to ``body``, outside the organisation: that is on record, with its date.

    Raises `NotHolder`, `BadInput`, `MoveRefused` for a withdrawn case, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    if not body.strip():
        raise BadInput("name the outside body")
    if case.status == Status.WITHDRAWN:
        raise MoveRefused(f"{reference} is withdrawn")
    register.escalate_externally(session, case, body=body, reason=reason.strip(), actor=actor(agent), now=now)
    wake(session, conversation)
