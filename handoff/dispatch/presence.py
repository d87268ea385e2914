"""Who is at the desk, what they can do, and how much of it at a time.

A profile is made when it is first needed; who has none takes everything, up to the desk's usual
number of cases. The profile's row, locked, decides whether an agent has room for one more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, func, select, update

from channels.wakeups import notify
from handoff.dispatch.rules import in_force
from handoff.item import Handoff, State
from handoff.queue import DESK, AtCapacity, BadInput

HAS = (State.HELD, State.OFFERED)
"""What counts against an agent's capacity: an offer keeps its place until it is answered."""

LARGEST = 1000  # of a capacity
_LONGEST, _MOST = 40, 50  # characters of a skill; skills
_HEARD = timedelta(seconds=30)  # between two notes that somebody is still there


class Presence(StrEnum):
    """Whether an agent can be given work. Only ``available`` ones are offered cases."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class DeskProfile(SQLModel, table=True):
    """An agent at the desk. Empty ``languages`` or ``skills`` limit nothing.

    ``capacity`` is ``None`` for the desk's usual. ``since`` is when the presence began; ``silent``
    says that it is ``offline`` only because nothing was heard. ``lapses`` counts the offers in a row
    that were not answered.
    """

    __tablename__ = "desk_profile"

    agent: str = Field(primary_key=True)
    presence: str = Presence.OFFLINE
    since: datetime
    seen_at: datetime
    silent: bool = False
    capacity: int | None = None
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    skills: list[str] = Field(default_factory=list, sa_type=JSON)
    lapses: int = 0
    assigned_at: datetime | None = None


@dataclass(frozen=True)
class Profile:
    """An agent as others see them. ``held`` counts cases held and offered."""

    agent: str
    presence: Presence
    capacity: int
    languages: frozenset[str]
    skills: frozenset[str]
    held: int
    since: datetime | None = None
    seen_at: datetime | None = None
    assigned_at: datetime | None = None

    @property
    def is_here(self) -> bool:
        """Whether they are at their desk, so that they see what comes; who is busy is."""
        return self.presence in (Presence.AVAILABLE, Presence.BUSY)

    @property
    def free(self) -> int:
        """For how many more cases there is room."""
        return max(self.capacity - self.held, 0)


def set_presence(session: Session, agent: str, presence: Presence, now: datetime) -> None:
    """``agent`` says how they are to be reached. Whoever is available starts afresh with offers."""
    row = locked(session, agent, now)
    if row.presence != presence:
        row.presence, row.since = presence, now
    if presence is Presence.AVAILABLE:
        row.lapses = 0
    row.seen_at, row.silent = now, False
    session.add(row)
    notify(session, DESK)


def seen(session: Session, agent: str, now: datetime) -> None:
    """A sign of life. Who was taken for gone only because of silence is back. Without a profile, a no-op.

    Call it last in a transaction: it locks the profile.
    """
    row = session.exec(
        select(DeskProfile).where(col(DeskProfile.agent) == agent, col(DeskProfile.seen_at) < now - _HEARD)
    ).first()
    if row is None:
        return
    if row.silent:
        set_presence(session, agent, Presence.AVAILABLE, now)
    else:
        session.exec(update(DeskProfile).where(col(DeskProfile.agent) == agent).values(seen_at=now))


def set_profile(
    session: Session,
    agent: str,
    *,
    capacity: int | None = None,
    languages: Iterable[str] | None = None,
    skills: Iterable[str] | None = None,
    now: datetime,
) -> None:
    """Change what is given. Languages are ISO 639-1 codes, skills the desk's own words. Raises `BadInput`.

    A capacity below what an agent has takes nothing away; they get nothing new until there is room.
    """
    row = locked(session, agent, now)
    if capacity is not None:
        if not 0 <= capacity <= LARGEST:
            raise BadInput(f"a capacity is a number of cases from 0 to {LARGEST}")
        row.capacity = capacity
    if languages is not None:
        row.languages = _words(languages)
    if skills is not None:
        row.skills = _words(skills)
    session.add(row)
    notify(session, DESK)


def profile(session: Session, agent: str) -> Profile:
    """One agent, as they are now."""
    return _profile(session.get(DeskProfile, agent) or agent, _has(session, agent).get(agent, 0))


def all_profiles(session: Session) -> list[Profile]:
    """Everybody who has a profile or a case, by name."""
    has = _has(session)
    rows = {row.agent: row for row in session.exec(select(DeskProfile))}
    return [_profile(rows.get(name) or name, has.get(name, 0)) for name in sorted(rows.keys() | has.keys())]


def locked(session: Session, agent: str, now: datetime) -> DeskProfile:
    """The agent's row, made if it is new, locked until the transaction ends."""
    wanted = {"populate_existing": True, "with_for_update": True}
    if (known := session.get(DeskProfile, agent, **wanted)) is not None:  # type: ignore[arg-type]
        return known
    try:
        # Two first times at once: one makes the row, the other finds it.
        with session.begin_nested():
            session.add(DeskProfile(agent=agent, since=now, seen_at=now))
    except IntegrityError:
        session.expire_all()
    return session.get_one(DeskProfile, agent, **wanted)  # type: ignore[arg-type]


def make_room(
    session: Session, agent: str, cases: Iterable[str], now: datetime, *, answered: bool = True
) -> None:
    """``agent`` is about to get ``cases``: raises `AtCapacity` if there is no room for all of them.

    ``answered`` says that the agent did it, so that earlier offers they missed count no more. Locks
    the profile, so it comes after the locks of conversation and items, and two assignments to one
    agent come one after the other.
    """
    row = locked(session, agent, now)
    new = set(cases)
    has = set(
        session.exec(
            select(Handoff.reference).where(col(Handoff.agent) == agent, col(Handoff.state).in_(HAS))
        )
    )
    if new - has and len(has | new) > _capacity(row):
        raise AtCapacity(agent, len(has))
    row.assigned_at = now
    if answered:
        row.lapses = 0
    session.add(row)


def let_lapse(session: Session, row: DeskProfile, now: datetime) -> None:
    """The agent did not answer an offer; after `Rules.lapses` in a row they are away."""
    row.lapses += 1
    if row.lapses >= in_force().lapses and row.presence != Presence.OFFLINE:
        row.presence, row.since, row.lapses = Presence.AWAY, now, 0
    session.add(row)
    notify(session, DESK)


def expire(session: Session, now: datetime) -> list[str]:
    """Set offline who was not heard of for too long; their names. For the clock to call."""
    silent = session.exec(
        select(DeskProfile.agent)
        .where(
            col(DeskProfile.presence) != Presence.OFFLINE,
            col(DeskProfile.seen_at) <= now - in_force().gone_after,
        )
        .order_by(DeskProfile.agent)  # two processes that do this at once take the locks in the same order
    ).all()
    gone = []
    for agent in silent:
        row = locked(session, agent, now)
        if row.presence != Presence.OFFLINE and row.seen_at <= now - in_force().gone_after:
            row.presence, row.since, row.silent = Presence.OFFLINE, now, True
            session.add(row)
            gone.append(agent)
    if gone:
        notify(session, DESK)
    return gone


def skill_of(given: str) -> str | None:
    """A skill as it is kept; ``None`` for none. Raises `BadInput`."""
    return next(iter(_words([given])), None)


def _words(given: Iterable[str]) -> list[str]:
    words = sorted({" ".join(word.split()).lower() for word in given} - {""})
    if len(words) > _MOST or any(len(word) > _LONGEST or not word.isprintable() for word in words):
        raise BadInput(f"at most {_MOST} words of {_LONGEST} letters")
    return words


def _has(session: Session, agent: str | None = None) -> dict[str, int]:
    """How many cases agents have."""
    query = (
        select(Handoff.agent, func.count()).where(col(Handoff.state).in_(HAS)).group_by(col(Handoff.agent))
    )
    if agent is not None:
        query = query.where(col(Handoff.agent) == agent)
    return {name: count for name, count in session.exec(query) if name is not None}


def _capacity(row: DeskProfile) -> int:
    return in_force().capacity if row.capacity is None else row.capacity


def _profile(row: DeskProfile | str, held: int) -> Profile:
    if isinstance(row, str):
        return Profile(row, Presence.OFFLINE, in_force().capacity, frozenset(), frozenset(), held)
    return Profile(
        agent=row.agent,
        presence=Presence(row.presence),
        capacity=_capacity(row),
        languages=frozenset(row.languages),
        skills=frozenset(row.skills),
        held=held,
        since=row.since,
        seen_at=row.seen_at,
        assigned_at=row.assigned_at,
    )
