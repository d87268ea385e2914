"""What is done to lanes from outside the loop: dead letters, metrics, clearing up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from channels import early_reports
from channels.lane_tables import Job, JobState, Lane
from channels.wakeups import notify

MEMORY = timedelta(days=7)
"""Platforms deliver again for days: so long at least, a finished job is remembered."""

BATCH = 500
"""Jobs forgotten in one transaction, so that nobody waits for it: some milliseconds on either database."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """``waiting`` jobs are due and not done; ``oldest`` is how long the first of them has waited."""

    waiting: int
    dead: int
    oldest: timedelta


def backlog(session: Session, kind: str, now: datetime) -> Backlog:
    """How far behind the lanes of this kind are."""
    due = func.coalesce(Job.due, Job.created)
    of_kind = select(func.count(), func.min(due)).join(Lane).where(col(Lane.kind) == kind)
    waiting, since = session.exec(of_kind.where(col(Job.state) == JobState.READY, due <= now)).one()
    dead, _ = session.exec(of_kind.where(col(Job.state) == JobState.DEAD)).one()
    return Backlog(waiting, dead, now - since if since else timedelta())


def revive(session: Session, job_id: int, now: datetime) -> bool:
    """Give a dead letter all its attempts again, at its old place; ``False`` if it is not dead.

    It counts as put in now: nothing else has waited since then.
    """
    job = _dead(session, job_id)
    if job is None:
        return False
    job.state, job.attempts, job.finished, job.created = JobState.READY, 0, None, now
    lane = session.get_one(Lane, job.lane, with_for_update={"key_share": True})
    lane.ready_at = min(lane.ready_at or now, now)
    notify(session, lane.kind)
    return True


def discard(session: Session, job_id: int, now: datetime) -> bool:
    """Settle a dead letter as it is, its error kept; ``False`` if it is not dead."""
    job = _dead(session, job_id)
    if job is None:
        return False
    job.state, job.finished = JobState.DONE, now
    return True


def bury_finished(session: Session, dedup: str, error: str, now: datetime) -> None:
    """Make a dead letter of a job that had seemed done; without such a job, a no-op."""
    job = session.exec(
        select(Job).where(col(Job.dedup_key) == dedup, col(Job.state) == JobState.DONE).with_for_update()
    ).first()
    if job is not None:
        job.state, job.last_error, job.finished = JobState.DEAD, error, now


def purge(session: Session, before: datetime, now: datetime, limit: int = BATCH) -> int:
    """Forget at most ``limit`` jobs that were done before, and early reports; how many. Dead letters stay.

    The oldest first, and passing over those that another process is about to forget. Raises
    ``ValueError`` within `MEMORY`: a message that is delivered once more would be new.
    """
    if before > now - MEMORY:
        raise ValueError(f"finished jobs are the memory against redelivery: keep them {MEMORY.days} days")
    oldest = (
        select(Job.id)
        .where(col(Job.state) == JobState.DONE, col(Job.finished) < before)
        .order_by(col(Job.finished))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # In two steps: one alone, PostgreSQL may read all jobs for.
    found = session.exec(oldest).all()
    jobs = session.exec(delete(Job).where(col(Job.id).in_(found))).rowcount if found else 0
    return jobs + early_reports.forget(session, now, limit)


def _dead(session: Session, job_id: int) -> Job | None:
    return session.exec(
        select(Job).where(col(Job.id) == job_id, col(Job.state) == JobState.DEAD).with_for_update()
    ).first()
