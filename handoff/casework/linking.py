"""Cases that are about the same thing: linked, merged, and taken apart again.

Linked cases stay two; whoever reads one sees the other. A merged case goes out of the queue: it is
answered together with the one that it was merged into (`follow`), in its own conversation if that is
another one. Until then its own date still runs, and brings it back to the queue: a case that was
merged is never forgotten with the other. Every step leaves an event in both histories.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, Session, SQLModel, col, or_, select

from channels import transcript
from channels.wakeups import notify
from complaints import register
from complaints.complaint import Status
from complaints.record import Complaint
from handoff import queue
from handoff.queue import LEAD, AlreadyHeld, BadInput, State, let_go, take


class Tie(StrEnum):
    """How two cases are tied."""

    LINKED = "linked"
    MERGED = "merged"


class CaseTie(SQLModel, table=True):
    """``reference`` is linked with, or merged into, ``other``; over since ``undone_at``.

    ``before`` is the merged case's place in the queue, for when it is taken apart.
    """

    __tablename__ = "case_tie"
    __table_args__ = (
        Index("case_tie_of", "reference", "undone_at"),
        Index("case_tie_with", "other", "undone_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="complaint.reference")
    other: str = Field(foreign_key="complaint.reference")
    kind: str
    by: str
    at: datetime
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    undone_by: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Related:
    """Another case and why it is shown: its tie, or ``because`` of what it is suggested, and how likely.

    ``likelihood`` is sure, likely or possible: see `handoff.casework.likeness`.
    """

    case: Complaint
    kind: str = ""
    because: tuple[str, ...] = ()
    likelihood: str = ""


def link(session: Session, reference: str, other: str, agent: str, now: datetime) -> None:
    """Tie two cases that belong together and stay two. Raises `BadInput`, `UnknownReference`."""
    one, two = _both(session, reference, other)
    if _tie(session, reference, other) is not None:
        raise BadInput("these two are tied already")
    _add(session, CaseTie(reference=reference, other=other, kind=Tie.LINKED, by=agent, at=now))
    _tell(session, one, two, "linked", agent, now)


def unlink(session: Session, reference: str, other: str, agent: str, now: datetime) -> None:
    """Undo `link`. Raises `BadInput`, `UnknownReference`."""
    one, two = _both(session, reference, other)
    tie = _tie(session, reference, other)
    if tie is None or tie.kind != Tie.LINKED:
        raise BadInput("these two are not linked")
    _undo(session, tie, agent, now)
    _tell(session, one, two, "unlinked", agent, now)


def merge(session: Session, reference: str, other: str, agent: str, now: datetime) -> None:
    """Let ``other`` be answered with ``reference``. Raises `BadInput`, `AlreadyHeld`, `UnknownReference`."""
    one, two = _both(session, reference, other)
    if not Status(one.status).is_open or not Status(two.status).is_open:
        raise BadInput("only cases that are open can be merged")
    if merged_into(session, reference) or merged_into(session, other) or merged_here(session, other):
        raise BadInput("one of the two is merged already: take that apart first")
    conversation, item, _ = take(session, other, now)
    if item.agent not in (None, agent):
        raise AlreadyHeld(item.agent or "")
    if (tie := _tie(session, reference, other)) is not None:
        _undo(session, tie, agent, now)
    before = {"waiting_since": item.waiting_since.isoformat(), "reasons": list(item.reasons)}
    _add(session, CaseTie(reference=other, other=reference, kind=Tie.MERGED, by=agent, at=now, before=before))
    let_go(session, conversation, item, State.WITH_BOT)
    item.back_at = max(min(two.update_by, two.respond_by) - LEAD, now + LEAD)
    session.add(item)
    _tell(session, one, two, "merged", agent, now)


def unmerge(session: Session, reference: str, other: str, agent: str, now: datetime) -> None:
    """Undo `merge`: ``other`` is back in the queue, at its old place.

    Raises `BadInput`, `UnknownReference`.
    """
    one, two = _both(session, reference, other)
    tie = _tie(session, other, reference)
    if tie is None or tie.kind != Tie.MERGED or tie.reference != other:
        raise BadInput("these two are not merged")
    if not Status(two.status).is_open:
        raise BadInput(f"{other} has been answered with {reference}")
    _undo(session, tie, agent, now)
    take(session, other, now)
    item = queue.open_item(session, two, queue.Reason.REOPENED, now)
    if item.state == State.WAITING:
        item.waiting_since = datetime.fromisoformat(tie.before["waiting_since"])
        item.reasons = tie.before["reasons"]
        session.add(item)
    _tell(session, one, two, "unmerged", agent, now)


def merged_into(session: Session, reference: str) -> str | None:
    """The case that this one is answered with, if it is merged."""
    return session.exec(
        select(CaseTie.other).where(
            CaseTie.reference == reference, CaseTie.kind == Tie.MERGED, col(CaseTie.undone_at).is_(None)
        )
    ).first()


def tied(session: Session, reference: str) -> list[Related]:
    """The cases tied to this one now: ``merged`` are those merged into it."""
    ties = session.exec(
        select(CaseTie).where(
            or_(col(CaseTie.reference) == reference, col(CaseTie.other) == reference),
            col(CaseTie.undone_at).is_(None),
        )
    ).all()
    found = []
    for tie in ties:
        if tie.kind == Tie.MERGED and tie.reference == reference:
            continue  # `merged_into` tells that
        other = tie.other if tie.reference == reference else tie.reference
        found.append(Related(register.find(session, other), kind=tie.kind))
    return found


def _both(session: Session, reference: str, other: str) -> tuple[Complaint, Complaint]:
    """Both cases, their conversations locked in the order of their names: nobody waits in a circle."""
    if reference == other:
        raise BadInput("these are one and the same case")
    one, two = register.find(session, reference), register.find(session, other)
    for name in sorted({one.conversation, two.conversation}):
        transcript.lock(session, name)
    return one, two


def _tie(session: Session, one: str, two: str) -> CaseTie | None:
    """What ties two cases now, whichever was named first."""
    return session.exec(
        select(CaseTie).where(
            col(CaseTie.reference).in_((one, two)),
            col(CaseTie.other).in_((one, two)),
            col(CaseTie.undone_at).is_(None),
        )
    ).first()


def merged_here(session: Session, reference: str) -> list[CaseTie]:
    """What is answered with this case: the cases that are merged into it, as ties."""
    return list(
        session.exec(
            select(CaseTie)
            .where(CaseTie.other == reference, CaseTie.kind == Tie.MERGED, col(CaseTie.undone_at).is_(None))
            .order_by(col(CaseTie.reference))
        )
    )


def _add(session: Session, tie: CaseTie) -> None:
    session.add(tie)
    session.flush()


def _undo(session: Session, tie: CaseTie, agent: str, now: datetime) -> None:
    tie.undone_by, tie.undone_at = agent, now
    session.add(tie)
    session.flush()


def _tell(session: Session, one: Complaint, two: Complaint, what: str, agent: str, now: datetime) -> None:
    """In both histories, and to whoever has one of them open."""
    for case, other in ((one, two), (two, one)):
        register.record(session, case, what, actor=f"agent:{agent}", now=now, other=other.reference)
        notify(session, f"chat:{case.conversation}")
    notify(session, queue.DESK)
