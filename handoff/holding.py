"""Who holds a case: claim, accept, decline, release, transfer, assign, take over.

A conversation has one person at a time. So a case that goes to somebody takes along the others of
its conversation that are held: the customer never has two people to talk to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels.transcript import Conversation
from channels.wakeups import notify
from complaints import register
from complaints.complaint import MoveRefused, Status
from complaints.record import Complaint
from handoff import queue
from handoff.casework import conflicts
from handoff.dispatch import presence
from handoff.dispatch.presence import Presence
from handoff.dispatch.rules import in_force
from handoff.item import Handoff, Pass, State, Wait
from handoff.queue import DESK, AlreadyHeld, BadInput, NotHolder, let_go, take
from handoff.staff import agents, sessions
from handoff.telling import announce_presence


def claim(session: Session, reference: str, agent: str, now: datetime) -> None:
    """``agent`` takes the case, and its conversation, over; the bot falls silent.

    Exactly one agent wins; for the winner it is idempotent. The line that tells the customer has a
    sequence number, and no message of the bot gets a later one while the case is held. Raises
    `AlreadyHeld`, `AtCapacity`, `MoveRefused` for a case that is closed or withdrawn, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if item.state == State.HELD and item.agent == agent:
        return
    if item.agent not in (None, agent):
        raise AlreadyHeld(item.agent or "", offered=item.state == State.OFFERED)
    if conversation.holder not in (None, agent):
        raise AlreadyHeld(conversation.holder or "")
    give(session, conversation, [(item, case)], agent, "claimed", actor(agent), now)


accept = claim
"""Say yes to an offer: it is a claim that nobody else can win."""


def decline(session: Session, reference: str, agent: str, now: datetime) -> None:
    """Say no to an offer; it goes to the next one, and not to ``agent`` again for a while.

    Raises `NotHolder` if the case is not offered to them (any more), `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if item.state != State.OFFERED or item.agent != agent:
        raise NotHolder(item.agent)
    session.merge(Pass(reference=reference, agent=agent, at=now))
    let_go(session, conversation, item, State.WAITING)
    register.record(session, case, "declined", actor=actor(agent), now=now)


def release(session: Session, reference: str, agent: str, now: datetime, *, for_holder: bool = False) -> None:
    """Put the case back into the queue, at its old place. The customer is told nothing new.

    Who releases a case is not given it again for a while, unless they claim it. ``for_holder`` lets a
    supervisor release what an absent agent holds. Raises `NotHolder`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if not (for_holder and item.agent):
        check_holder(item, agent)
    holder = item.agent
    let_go(session, conversation, item, State.WAITING)
    item.queued_at = now
    if holder == agent:
        session.merge(Pass(reference=reference, agent=agent, at=now))
    register.record(session, case, "released", actor=actor(agent), now=now, holder=holder)


def transfer(
    session: Session,
    reference: str,
    agent: str,
    to: str,
    note: str,
    now: datetime,
    *,
    skill: str = "",
    as_supervisor: bool = False,
) -> None:
    """Pass the case on, with a note: ``to`` a colleague or, if that is empty, back into the queue.

    In the queue it waits for somebody with ``skill``, if one is named, before any will do. The other
    cases of the conversation that ``agent`` holds go along. ``as_supervisor`` passes on what another
    holds. Raises `NotHolder`, `UnknownAgent`, `BadInput`, `AtCapacity`, `MoveRefused`,
    `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if not (as_supervisor and item.state == State.HELD):
        check_holder(item, agent)
    before = item.agent
    if to:
        found = colleague(session, to)
        if found == before:
            raise BadInput(f"{found} has the case already")
        cases = _together(session, conversation, item, case)
        give(session, conversation, cases, found, "transferred", actor(agent), now, reason=note)
        return
    wanted = presence.skill_of(skill)
    for each, its_case in _together(session, conversation, item, case):
        let_go(session, conversation, each, State.WAITING)
        each.queued_at, each.skill = now, wanted
        session.merge(Pass(reference=each.reference, agent=agent, at=now))
        register.record(
            session, its_case, "transferred", actor=actor(agent), now=now, reason=note,
            **{"from": before, "to": None, "skill": wanted},
        )  # fmt: skip


def assign(session: Session, reference: str, supervisor: str, to: str, now: datetime) -> None:
    """A supervisor gives the case to an agent, whoever holds it or whether it waits.

    Idempotent. Raises `UnknownAgent`, `BadInput` for somebody who does not answer customers,
    `AtCapacity`, `MoveRefused`, `UnknownReference`.
    """
    _reassign(session, reference, supervisor, colleague(session, to), "assigned", now)


def take_over(session: Session, reference: str, supervisor: str, now: datetime) -> None:
    """A supervisor takes the case from whoever holds it. Idempotent. Raises what `assign` does."""
    _reassign(session, reference, supervisor, supervisor, "taken_over", now)


def give(
    session: Session,
    conversation: Conversation,
    cases: list[tuple[Handoff, Complaint]],
    agent: str,
    kind: str,
    by: str,
    now: datetime,
    *,
    reason: str = "",
) -> None:
    """``agent`` holds ``cases`` of the locked ``conversation`` from now on; an event of ``kind`` in each.

    Raises `AtCapacity`, `ConflictOfInterest`, `MoveRefused` unless every case is open.
    """
    for item, case in cases:
        conflicts.refuse(session, case, agent)
        if not Status(case.status).is_open:
            raise MoveRefused(f"{item.reference} is {case.status}: only a case that is open can be claimed")
    presence.make_room(session, agent, [item.reference for item, _ in cases], now)
    joins = conversation.holder != agent
    # Who takes a case is there. Who is given one may be at home: nobody is told then that they are reading.
    is_here = by == actor(agent) or _is_at_desk(session, agent, now)
    coming = "agent_joined" if is_here else "agent_takes_over"
    conversation.holder = agent
    session.add(conversation)
    for item, case in cases:
        before = item.agent if item.state == State.HELD else None
        _hold(session, item, agent, now)
        data: dict[str, Any] = {"from": before, "to": agent} if kind != "claimed" else {}
        if joins:
            position = register.next_position(session, case)
            data |= announce_presence(session, conversation, case, coming, position, now, agent=agent)
        register.record(session, case, kind, actor=by, now=now, reason=reason, **data)
        if joins and case.status == Status.RECEIVED and "message" in data:
            register.acknowledge(session, case, message=str(data["message"]), actor=actor(agent), now=now)
        joins = False
        investigate(session, case, agent, now)
    _withdraw_offers(session, conversation, agent)
    wake(session, conversation)


def check_holder(item: Handoff, agent: str) -> None:
    """Raises `NotHolder` unless ``agent`` holds the case."""
    if item.state != State.HELD or item.agent != agent:
        raise NotHolder(item.agent)


def wake(session: Session, conversation: Conversation) -> None:
    """Tell the desk, and whoever looks at the conversation."""
    notify(session, DESK)
    notify(session, f"chat:{conversation.id}")


def actor(agent: str) -> str:
    """An agent, as events name them."""
    return f"agent:{agent}"


def _reassign(session: Session, reference: str, supervisor: str, to: str, kind: str, now: datetime) -> None:
    conversation, item, case = take(session, reference, now)
    if item.state == State.HELD and item.agent == to:
        return
    cases = _together(session, conversation, item, case)
    give(session, conversation, cases, to, kind, actor(supervisor), now)


def _together(
    session: Session, conversation: Conversation, item: Handoff, case: Complaint
) -> list[tuple[Handoff, Complaint]]:
    """The case and those of its conversation that are held: they have the same holder, now and after."""
    others = [other for other in queue.held_together(session, conversation.id) if other is not item]
    return [(item, case), *((other, register.find(session, other.reference, lock=True)) for other in others)]


def colleague(session: Session, name: str) -> str:
    """The name of somebody who answers customers. Raises `UnknownAgent`, `BadInput`."""
    found = agents.find(session, name)
    if not found.active or not agents.Role(found.role).answers:
        raise BadInput(f"{found.name} does not answer customers: choose somebody who does")
    return found.name


def _is_at_desk(session: Session, agent: str, now: datetime) -> bool:
    """As they say themselves; who says nothing is there if they have just done something in the console."""
    known = presence.profile(session, agent)
    if known.presence is not Presence.OFFLINE:
        return known.is_here
    number = agents.find(session, agent).id
    assert number is not None
    since = now - in_force().gone_after
    return any(one.seen_at > since for one in sessions.living(session, number, now))


def _hold(session: Session, item: Handoff, agent: str, now: datetime) -> None:
    if item.taken_at is None and item.state in (State.WAITING, State.OFFERED):
        item.taken_at = now
        waited = int((now - item.waiting_since).total_seconds())
        session.add(Wait(precedence=item.precedence, seconds=max(waited, 0), at=now))
    item.state, item.agent, item.claimed_at = State.HELD, agent, now
    item.offered_until, item.back_at = None, None
    session.add(item)


def _withdraw_offers(session: Session, conversation: Conversation, agent: str) -> None:
    """What is offered to others cannot be taken by them any more: it waits for the one who came."""
    offers = session.exec(
        select(Handoff).where(
            col(Handoff.conversation) == conversation.id,
            col(Handoff.state) == State.OFFERED,
            col(Handoff.agent) != agent,
        )
    ).all()
    for item in offers:
        let_go(session, conversation, item, State.WAITING)


def investigate(session: Session, case: Complaint, agent: str, now: datetime) -> None:
    """A person reads the case: whatever the bot left undone of the stages before is done now.

    What a receipt has opened is theirs from now on: no turn may find that it was no complaint, and close it.
    """
    case.provisional = False
    session.add(case)
    if case.status == Status.ACKNOWLEDGED:
        register.move(session, case, Status.ASSESSED, actor=actor(agent), now=now, reason="read by a person")
    if case.status == Status.ASSESSED:
        register.move(session, case, Status.INVESTIGATING, actor=actor(agent), now=now, reason="claimed")
