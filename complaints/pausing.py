"""What moves a running clock: pauses, extensions, another kind of complaint.

Each leaves an `Event` with the dates before and after. Whether the policy allows it is asked of the
policy that the case was started with.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from complaints import register
from complaints.clocks import Period, Policy
from complaints.complaint import ComplaintError, Status
from complaints.record import Complaint
from complaints.watching import ANSWERED, dates_of, policy_of, stages_of, started_at


class ClockRefused(ComplaintError):
    """The policy, or the case, does not allow this change of its clock; the text says what would."""


def pause(
    session: Session, case: Complaint, waiting_for: str, *, reason: str, actor: str, now: datetime
) -> None:
    """The clock stands still, because we wait for somebody. Raises `ClockRefused`."""
    policy = _running(case)
    if waiting_for not in policy.pauses:
        allowed = ", ".join(policy.pauses) or "nothing"
        raise ClockRefused(f"what stops the clock under {policy.name}: {allowed}")
    if case.paused_since is not None:
        raise ClockRefused("the clock stands still already")
    case.paused_since, case.pause_reason, case.update_task = now, waiting_for, None
    register.record(
        session, case, "paused", actor=actor, now=now, reason=reason, waiting_for=waiting_for
    )  # fmt: skip


def resume(session: Session, case: Complaint, *, reason: str = "", actor: str, now: datetime) -> None:
    """The clock goes on; every date moves by what passed meanwhile. Raises `ClockRefused`."""
    policy = _running(case)
    if case.paused_since is None:
        raise ClockRefused("the clock is running")
    since, before = case.paused_since, dates_of(case)
    stages = {
        name: policy.moved(due, policy.stages.get(name, policy.respond_by), since, now).isoformat()
        for name, due in stages_of(case).items()
    }
    case.respond_by = policy.moved(case.respond_by, _respond(case, policy), since, now)
    case.update_by = policy.moved(case.update_by, policy.update_every, since, now)
    pauses = [*case.clock.get("pauses", []), [since.isoformat(), now.isoformat()]]
    case.clock = {**case.clock, "stages": stages, "pauses": pauses}
    case.paused_since = case.pause_reason = None
    register.record(
        session, case, "resumed", actor=actor, now=now, reason=reason, since=since.isoformat(),
        before=before, after=dates_of(case),
    )  # fmt: skip


def extend(session: Session, case: Complaint, until: date, *, reason: str, actor: str, now: datetime) -> None:
    """The answer is put off to the end of the day ``until``. Raises `ClockRefused`."""
    policy = _running(case)
    if case.paused_since is not None:
        raise ClockRefused("the clock stands still: resume it first")
    latest = latest_answer(case)
    if latest is None:
        raise ClockRefused(f"{policy.name} allows no extension")
    respond_by = policy.end_of(until)
    if not case.respond_by < respond_by <= latest:
        first = case.respond_by.astimezone(policy.time_zone).date()
        last = latest.astimezone(policy.time_zone).date()
        raise ClockRefused(f"{policy.name} allows a day after {first} and up to {last}")
    before = dates_of(case)
    case.respond_by = respond_by
    register.record(
        session, case, "extended", actor=actor, now=now, reason=reason, before=before, after=dates_of(case)
    )  # fmt: skip


def choose_kind(
    session: Session, case: Complaint, kind: str, *, reason: str, actor: str, now: datetime
) -> None:
    """It is a kind of complaint whose answer has a period of its own, counted from receipt.

    An empty ``kind`` is the ordinary one. Raises `ClockRefused`.
    """
    policy = _running(case)
    if kind and kind not in policy.kinds:
        raise ClockRefused(f"kinds with a time of their own under {policy.name}: "
                           f"{', '.join(policy.kinds) or 'none'}")  # fmt: skip
    if case.paused_since is not None:
        raise ClockRefused("the clock stands still: resume it first")
    before = dates_of(case)
    period = policy.kinds.get(kind, policy.respond_by)
    case.clock = {**case.clock, "kind": kind}
    case.respond_by = _with_pauses(case, policy, period)
    case.update_by = min(case.update_by, case.respond_by) if case.respond_by > now else case.update_by
    register.record(
        session, case, "time_limit", actor=actor, now=now, reason=reason, to=kind, before=before,
        after=dates_of(case),
    )  # fmt: skip


def fulfil(session: Session, case: Complaint, stage: str, *, actor: str, now: datetime) -> None:
    """A stage of the policy is done: it is watched no more. Raises `ClockRefused`."""
    _running(case)
    due = stages_of(case).get(stage)
    if due is None:
        raise ClockRefused(f"this case has no stage {stage!r}")
    if stage in case.clock.get("done", {}):
        return
    case.clock = {**case.clock, "done": {**case.clock.get("done", {}), stage: now.isoformat()}}
    register.record(session, case, "stage_done", actor=actor, now=now, stage=stage, due=due.isoformat())


def latest_answer(case: Complaint) -> datetime | None:
    """How far the answer may be put off; ``None`` where the policy allows no extension."""
    policy = policy_of(case)
    return _with_pauses(case, policy, policy.extend_to) if policy.extend_to else None


def _with_pauses(case: Complaint, policy: Policy, period: Period) -> datetime:
    """The end of ``period`` since the clock began, with what it stood still."""
    due = policy.due(period, started_at(case))
    for since, until in case.clock.get("pauses", []):
        due = policy.moved(due, period, datetime.fromisoformat(since), datetime.fromisoformat(until))
    return due


def _respond(case: Complaint, policy: Policy) -> Period:
    return policy.kinds.get(case.clock.get("kind", ""), policy.respond_by)


def _running(case: Complaint) -> Policy:
    if Status(case.status) in ANSWERED:
        raise ClockRefused(f"the clock of a case that is {case.status} has stopped")
    return policy_of(case)
