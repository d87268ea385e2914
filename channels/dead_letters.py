"""Dead letters: jobs that were given up, for a person to look at, try again or settle as they are.

Most of them are messages that never reached their customer. Those that the platform refused for good
are marked: unless something changed there, trying again only earns the same refusal. Who decided
what about a letter, and when, is kept.

Errors::

    LaneError
    └── UnknownLetter       nobody's dead letter: there is no such job, or somebody was faster
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from channels import upkeep
from channels.lanes import Job, JobState, Lane, LaneError
from channels.transcript import Author, Conversation, Delivery, File, Message, lock
from channels.wakeups import notify


class UnknownLetter(LaneError):
    """There is no such dead letter, or not any more."""


class Decision(StrEnum):
    """What a person can do about a dead letter."""

    RETRY = "retry"
    DISCARD = "discard"


class LetterDecision(SQLModel, table=True):
    """One decision: who, when, what, and why the letter had been given up. Never changed."""

    __tablename__ = "letter_decision"

    id: int | None = Field(default=None, primary_key=True)
    job: int = Field(index=True, sa_type=BigInteger)
    conversation: str
    decision: str
    actor: str  # "agent:NAME" in the console, "operator:NAME" at the command line
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up.

    ``kind`` is its lane's: ``out`` for a message to the customer, ``in`` for the turn of one of theirs,
    ``file`` for a file that could not be fetched. ``refused``: by the platform, for good.
    """

    id: int
    kind: str
    conversation: str
    channel: str
    author: str | None
    text: str
    refused: bool
    reason: str
    attempts: int
    written: datetime
    given_up: datetime


def listed(session: Session, kind: str | None = None, limit: int = 200) -> list[DeadLetter]:
    """The dead letters, those given up last first."""
    dead = (
        select(Job, Lane.kind)
        .join(Lane, col(Lane.key) == col(Job.lane))
        .where(col(Job.state) == JobState.DEAD)
        .order_by(col(Job.finished).desc(), col(Job.id).desc())
        .limit(limit)
    )
    if kind is not None:
        dead = dead.where(col(Lane.kind) == kind)
    return [_letter(session, job, of_kind) for job, of_kind in session.exec(dead)]


def decide(session: Session, job_id: int, decision: Decision, actor: str, now: datetime) -> DeadLetter:
    """Try the letter again from the start, at its old place, or settle it as it is.

    Raises `UnknownLetter`: of two people who decide at once, one wins.
    """
    job = session.get(Job, job_id)
    if job is None or job.state != JobState.DEAD:
        raise UnknownLetter(f"there is no dead letter {job_id} any more: somebody has dealt with it")
    lane = session.get_one(Lane, job.lane)
    letter = _letter(session, job, lane.kind)
    if session.get(Conversation, letter.conversation) is not None:
        lock(session, letter.conversation)
    settle = upkeep.revive if decision is Decision.RETRY else upkeep.discard
    if not settle(session, job_id, now):
        raise UnknownLetter(f"there is no dead letter {job_id} any more: somebody has dealt with it")
    if decision is Decision.RETRY:
        _wait_again(session, job)
    session.add(
        LetterDecision(
            job=job_id,
            conversation=letter.conversation,
            decision=decision,
            actor=actor,
            at=now,
            reason=letter.reason,
        )
    )
    notify(session, f"chat:{letter.conversation}")
    return letter


def decisions(session: Session, limit: int = 50) -> list[LetterDecision]:
    """What was decided, latest first."""
    return list(session.exec(select(LetterDecision).order_by(col(LetterDecision.id).desc()).limit(limit)))


def _wait_again(session: Session, job: Job) -> None:
    """The message, or file, of a revived job stands where it stood before it was first tried."""
    file = session.get(File, job.payload["file"]) if "file" in job.payload else None
    if file is not None:
        file.refused = None
        session.add(file)
    message = _message(session, job)
    if message is None:
        return
    if message.author == Author.CUSTOMER:
        message.state = Delivery.RECEIVED
    else:
        message.state, message.error = Delivery.QUEUED, None
        message.refused, message.repeated, message.tries, message.tried_at = False, False, 0, None
    session.add(message)


def _letter(session: Session, job: Job, kind: str) -> DeadLetter:
    message = _message(session, job)
    conversation = job.lane.partition(":")[2]
    assert job.id is not None
    assert job.finished is not None
    return DeadLetter(
        id=job.id,
        kind=kind,
        conversation=conversation,
        channel=conversation.partition(":")[0],
        author=message.author if message else None,
        text=message.text if message else "",
        refused=bool(message and message.refused),
        reason=(message and message.error) or job.last_error or "",
        attempts=max(job.attempts, message.tries if message else 0),
        written=message.at if message else job.created,
        given_up=job.finished,
    )


def _message(session: Session, job: Job) -> Message | None:
    return session.get(Message, job.payload["message"]) if "message" in job.payload else None
