"""The desk as a supervisor sees it: who has what, how long customers wait, which dates are near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case
from sqlmodel import Session, col, func, select

from complaints.record import Complaint
from handoff.dispatch import presence
from handoff.dispatch.presence import HAS, Profile
from handoff.dispatch.rules import in_force
from handoff.dispatch.standing import ANSWERED
from handoff.item import Handoff, State


@dataclass(frozen=True)
class Load:
    """An agent and what they have. ``oldest`` is since when they hold the case they claimed first."""

    profile: Profile
    held: int
    offered: int
    at_risk: int
    overdue: int
    oldest: datetime | None


@dataclass(frozen=True)
class Waiting:
    """What has no agent yet, offers included. ``longest`` and ``median``: for how long customers wait."""

    cases: int
    at_risk: int
    overdue: int
    median: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Overview:
    """The desk at a moment. ``escalated`` counts the cases under way that supervisors were told of."""

    waiting: Waiting
    agents: list[Load]
    with_bot: int
    escalated: int


def overview(session: Session, now: datetime) -> Overview:
    """The desk at ``now``: figures only, so that it costs the same however much lies on record."""
    near = in_force().near(now)
    # The same as `handoff.dispatch.standing.mark` says of each.
    owed = col(Complaint.status).not_in(ANSWERED) & col(Complaint.paused_since).is_(None)
    task = col(Complaint.update_task).is_not(None)
    late = (col(Handoff.due) <= now) | (task & (col(Complaint.update_by) <= now))
    overdue = _count(owed, late)
    at_risk = _count(owed, ~late, (col(Handoff.due) <= near) | task)
    return Overview(
        waiting=_waiting(session, at_risk, overdue, now),
        agents=_loads(session, at_risk, overdue),
        with_bot=_number(session, col(Handoff.state) == State.WITH_BOT),
        escalated=_number(
            session, col(Handoff.state).in_((State.WAITING, *HAS)), col(Handoff.escalated_at).is_not(None)
        ),
    )


def _waiting(
    session: Session, at_risk: ColumnElement[int], overdue: ColumnElement[int], now: datetime
) -> Waiting:
    waits = col(Handoff.state).in_((State.WAITING, State.OFFERED))
    cases, near, late, first = session.exec(
        select(func.count(), at_risk, overdue, func.min(Handoff.waiting_since))
        .select_from(Handoff)
        .join(Complaint, col(Complaint.reference) == col(Handoff.reference))
        .where(waits)
    ).one()
    since = col(Handoff.waiting_since)
    middle = session.exec(select(since).where(waits).order_by(since).offset(cases // 2).limit(1)).first()
    return Waiting(
        cases,
        near or 0,
        late or 0,
        max(now - middle, timedelta()) if middle else timedelta(),
        max(now - first, timedelta()) if first else timedelta(),
    )


def _loads(session: Session, at_risk: ColumnElement[int], overdue: ColumnElement[int]) -> list[Load]:
    agent, theirs = col(Handoff.agent), col(Handoff.state).in_(HAS)
    has = {
        (name, state): (cases, first)
        for name, state, cases, first in session.exec(
            select(agent, Handoff.state, func.count(), func.min(Handoff.claimed_at))
            .where(theirs, agent.is_not(None))
            .group_by(agent, col(Handoff.state))
        )
    }
    dates = {
        name: (near, late)
        for name, near, late in session.exec(
            select(agent, at_risk, overdue)
            .select_from(Handoff)
            .join(Complaint, col(Complaint.reference) == col(Handoff.reference))
            .where(theirs, agent.is_not(None))
            .group_by(agent)
        )
    }
    nothing: tuple[int, datetime | None] = (0, None)
    loads = []
    for profile in presence.all_profiles(session):
        held, oldest = has.get((profile.agent, State.HELD), nothing)
        offered, _ = has.get((profile.agent, State.OFFERED), nothing)
        near, late = dates.get(profile.agent, (0, 0))
        loads.append(Load(profile, held, offered, near, late, oldest))
    return loads


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group fulfil all conditions."""
    every = conditions[0]
    for condition in conditions[1:]:
        every &= condition
    return func.sum(case((every, 1), else_=0))


def _number(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(Handoff).where(*conditions)).one()
