"""Who gets what: the next case for an agent, and the next agent for a case.

Cases go in the order of the queue. At first a case is for those who speak its language and have the
skill for it (the one that a colleague asked for, otherwise its category); the skill stops mattering
after `Rules.skill_relaxes` of opening time in the queue, and for the most severe cases at once; the
language after `Rules.language_relaxes`. Whoever holds a conversation is the only one for its cases.

Every assignment is one transaction. It looks without locks for a case whose conversation nobody has
locked, locks it, and then makes sure that all is still as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select

from channels.transcript import Conversation
from complaints import register
from complaints.complaint import Category, Severity
from complaints.investigation import conflicts_of
from complaints.world import world
from handoff import queue
from handoff.casework import conflicts
from handoff.dispatch import presence
from handoff.dispatch.presence import Presence, Profile
from handoff.dispatch.rules import Rules, in_force
from handoff.holding import actor, give, wake
from handoff.item import ORDER, Handoff, Pass, State, Wait
from handoff.queue import AtCapacity, let_go

_TRIES = 20  # cases that others took while we looked
_PASSED_FOR = timedelta(minutes=30)  # an agent who passed on a case is not offered it again for so long


@dataclass(frozen=True)
class Need:
    """What a case asks of whoever takes it."""

    precedence: int
    language: str
    category: str
    skill: str | None
    queued_at: datetime


@dataclass(frozen=True)
class Reach:
    """Which cases somebody can take at a moment: what they can do, and since when it stops to matter."""

    languages: frozenset[str]
    skills: frozenset[str]
    any_language_since: datetime
    any_skill_since: datetime

    @classmethod
    def of(cls, profile: Profile, rules: Rules, now: datetime) -> Reach:
        """The reach of an agent."""
        return cls(
            profile.languages,
            world.in_force().skills.widened(profile.skills),
            rules.ago(now, rules.language_relaxes),
            rules.ago(now, rules.skill_relaxes),
        )

    def covers(self, need: Need) -> bool:
        """Whether they can take a case of that need. Who names no languages or skills is good for all.

        A skill that a colleague asked for by name is not among "all".
        """
        speaks = (
            not self.languages or need.language in self.languages or need.queued_at <= self.any_language_since
        )
        if need.skill is not None:
            knows = need.skill in self.skills
        else:
            knows = not self.skills or need.category in self.skills or need.category == Category.OTHER
        return speaks and (knows or need.precedence == 0 or need.queued_at <= self.any_skill_since)

    def condition(self) -> ColumnElement[bool]:
        """`covers`, said to the database."""
        speaks = or_(
            false() if self.languages else true(),
            col(Handoff.language).in_(self.languages),
            col(Handoff.queued_at) <= self.any_language_since,
        )
        asked = col(Handoff.skill).is_not(None)
        knows = or_(
            and_(asked, col(Handoff.skill).in_(self.skills)),
            and_(
                ~asked,
                or_(
                    false() if self.skills else true(),
                    col(Handoff.category).in_([*self.skills, Category.OTHER.value]),
                ),
            ),
        )
        return and_(
            speaks,
            or_(knows, col(Handoff.precedence) == 0, col(Handoff.queued_at) <= self.any_skill_since),
        )


@dataclass(frozen=True)
class Offered:
    """What was offered to whom, until when."""

    reference: str
    agent: str
    until: datetime


def assign_next(session: Session, agent: str, now: datetime) -> str | None:
    """``agent`` takes the most urgent case that they can take; its reference, or ``None`` if there is none.

    Raises `AtCapacity` if they have no room.
    """
    profile = presence.profile(session, agent)
    if not profile.free:
        raise AtCapacity(agent, profile.held)
    reach = Reach.of(profile, in_force(), now)
    mine = or_(col(Conversation.holder) == agent, and_(col(Conversation.holder).is_(None), reach.condition()))
    passed = select(Pass.agent).where(
        col(Pass.reference) == col(Handoff.reference), col(Pass.agent) == agent, _lately(now)
    )
    for reference in _candidates(session, and_(mine, ~passed.exists(), ~conflicts.barred(agent))):
        conversation, item, case = queue.take(session, reference, now)
        if item.state != State.WAITING or conversation.holder not in (None, agent):
            continue  # somebody was faster
        if agent in conflicts.notice(session, case, now):
            continue  # it was filed before they were here
        give(session, conversation, [(item, case)], agent, "claimed", actor(agent), now)
        return reference
    return None


def offer_waiting(session: Session, now: datetime) -> list[Offered]:
    """Offer the most urgent case that an available agent with room can take, to the least busy of them.

    One at a time, because each assignment is a transaction of its own: call it until it finds none.
    """
    free = [p for p in presence.all_profiles(session) if p.presence is Presence.AVAILABLE and p.free]
    if not free:
        return []
    rules = in_force()
    for reference in _candidates(session, _for_any(free, rules, now)):
        conversation, item, case = queue.take(session, reference, now)
        conflicts.notice(session, case, now)
        agent = _choose(session, conversation, item, free, rules, now)
        if item.state != State.WAITING or agent is None:
            continue  # somebody was faster
        row = presence.locked(session, agent, now)
        if row.presence != Presence.AVAILABLE:
            continue
        try:
            presence.make_room(session, agent, [reference], now, answered=False)
        except AtCapacity:
            continue
        until = now + rules.offer_lasts
        item.state, item.agent, item.offered_until = State.OFFERED, agent, until
        session.add(item)
        register.record(session, case, "offered", actor="system", now=now, to=agent, until=until.isoformat())
        wake(session, conversation)
        return [Offered(reference, agent, until)]
    return []


def end_lapsed(session: Session, now: datetime) -> list[str]:
    """Put one case whose offer nobody answered back; its reference. Call it until it finds none.

    An offer ends with its time, or when the agent goes away. Who let several in a row lapse is set
    away: somebody who does not look gets nothing more.
    """
    lapsed = session.exec(
        select(Handoff.reference, Handoff.conversation)
        .join(presence.DeskProfile, col(presence.DeskProfile.agent) == col(Handoff.agent), isouter=True)
        .where(
            col(Handoff.state) == State.OFFERED,
            or_(
                col(Handoff.offered_until) <= now,
                col(presence.DeskProfile.presence).in_([Presence.AWAY, Presence.OFFLINE]),
            ),
        )
        .limit(1)
    ).first()
    if lapsed is None:
        return []
    reference, _ = lapsed
    conversation, item, case = queue.take(session, reference, now)
    if item.state != State.OFFERED or item.agent is None or item.offered_until is None:
        return [reference]  # somebody was faster; there may be more
    agent, late = item.agent, item.offered_until <= now
    row = presence.locked(session, agent, now)
    if not late and row.presence in (Presence.AVAILABLE, Presence.BUSY):
        return [reference]
    let_go(session, conversation, item, State.WAITING)
    session.merge(Pass(reference=reference, agent=agent, at=now))
    register.record(session, case, "lapsed", actor="system", now=now, to=agent)
    if late:
        presence.let_lapse(session, row, now)
    return [reference]


def forget(session: Session, now: datetime) -> list[str]:
    """Forget who passed on what, and how long customers waited, when it matters no more. For the clock."""
    session.exec(delete(Pass).where(~_lately(now)))
    every = range(Severity.CRITICAL.rank + 1)  # named, so that the index is used
    session.exec(delete(Wait).where(col(Wait.precedence).in_(every), col(Wait.at) <= now - queue.LATELY))
    return []


def _candidates(session: Session, condition: ColumnElement[bool]) -> Iterable[str]:
    """Waiting cases that fulfil ``condition``, in the queue's order, each with its conversation locked.

    Each is looked for anew: while one was looked at, others may have taken the next.
    """
    seen: list[str] = []
    for _ in range(_TRIES):
        found = session.exec(
            select(Handoff.reference)
            .join(Conversation, col(Conversation.id) == col(Handoff.conversation))
            .where(col(Handoff.state) == State.WAITING, condition, col(Handoff.reference).not_in(seen))
            .order_by(*ORDER)
            .limit(1)
            .with_for_update(of=Conversation, skip_locked=True)
        ).first()
        if found is None:
            return
        seen.append(found)
        yield found


def _for_any(free: list[Profile], rules: Rules, now: datetime) -> ColumnElement[bool]:
    """Cases that one of these agents can take, and did not pass on; all others would be looked at in vain."""
    alike: defaultdict[tuple[frozenset[str], frozenset[str]], list[Profile]] = defaultdict(list)
    for profile in free:
        alike[profile.languages, profile.skills].append(profile)
    groups = [
        and_(
            Reach.of(profiles[0], rules, now).condition(),
            _passes(group, now) + conflicts.how_many(group) < len(group),
        )
        for profiles in alike.values()
        for group in [[p.agent for p in profiles]]
    ]
    names = [p.agent for p in free]
    offered = aliased(Handoff)
    offered_too = (
        select(offered.reference)
        .where(col(offered.conversation) == col(Handoff.conversation), col(offered.state) == State.OFFERED)
        .exists()
    )
    holder = col(Conversation.holder)
    passed = select(Pass.agent).where(
        col(Pass.reference) == col(Handoff.reference), col(Pass.agent) == holder, _lately(now)
    )
    return or_(
        and_(holder.is_(None), ~offered_too, or_(false(), *groups)),
        and_(holder.in_(names), ~passed.exists()),
    )


def _passes(agents: list[str], now: datetime) -> ColumnElement[int]:
    """How many of these agents passed on the case lately."""
    return (
        select(func.count())
        .select_from(Pass)
        .where(col(Pass.reference) == col(Handoff.reference), col(Pass.agent).in_(agents), _lately(now))
        .correlate(Handoff)
        .scalar_subquery()
    )


def _choose(
    session: Session,
    conversation: Conversation,
    item: Handoff,
    free: list[Profile],
    rules: Rules,
    now: datetime,
) -> str | None:
    """The agent for a case: of those who can take it the one with the most room, then the longest idle."""
    passed = set(session.exec(select(Pass.agent).where(col(Pass.reference) == item.reference, _lately(now))))
    passed |= {conflict.agent for conflict in conflicts_of(session, item.reference)}
    need = need_of(item)
    able = [
        p
        for p in free
        if p.agent not in passed
        and (
            p.agent == conversation.holder
            or (conversation.holder is None and Reach.of(p, rules, now).covers(need))
        )
    ]
    if not able:
        return None
    return min(able, key=_burden).agent


def _burden(profile: Profile) -> tuple[float, float, str]:
    idle_since = profile.assigned_at.timestamp() if profile.assigned_at else 0.0
    return profile.held / profile.capacity, idle_since, profile.agent


def need_of(item: Handoff) -> Need:
    """What a case asks of whoever takes it."""
    return Need(item.precedence, item.language, item.category, item.skill, item.queued_at)


def _lately(now: datetime) -> ColumnElement[bool]:
    return col(Pass.at) > now - _PASSED_FOR
