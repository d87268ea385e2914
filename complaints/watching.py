"""What a case's clock asks for, and when: warnings, updates, notices. `handoff.casework.updates` does them.

A case keeps how its dates are counted and what was done about them in `Complaint.clock`::

    terms    the policy at receipt (`complaints.clocks.Policy.terms`)
    from     when the clock began, if it began anew: a reopened case
    kind     the kind of complaint, if its answer has a period of its own
    stages   further dates by name
    done     stages that are done, and when
    pauses   when it stood still: [since, until]
    marks    what was done about a date, by that very date: a date that moves is watched anew
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import event, inspect

from complaints import presets
from complaints.clocks import Period, Policy
from complaints.complaint import Kind, Status
from complaints.record import Complaint

ANSWERED = (Status.RESPONDED, Status.CLOSED, Status.WITHDRAWN)
"""The customer has an answer, or wants none: the dates of these can be missed no more."""

RESPOND, UPDATE = "respond", "update"
"""The names of the two dates that every case has; a policy names further ones."""

_REMIND = Period(5, "business days")  # of a clock that stands still


class Act(StrEnum):
    """What a clock asks for."""

    WARN = "warn"  # the desk: a date is near
    PASS = "pass"  # noqa: S105  the desk: a date is missed
    UPDATE = "update"  # the customer hears how it stands, or somebody has the task to tell them
    MISSED = "missed"  # the desk: that task was not done
    DELAY = "delay"  # the customer: the answer will be late
    OVERDUE = "overdue"  # the customer: the answer is late
    REMIND = "remind"  # the desk: the clock stands still still


@dataclass(frozen=True, order=True)
class Due:
    """``act`` is due at ``at`` because of the date ``due`` of ``stage``."""

    at: datetime
    act: Act
    stage: str
    due: datetime


def policy_of(case: Complaint) -> Policy:
    """The policy that a case was started with: a preset that has changed since changes nothing here."""
    return presets.of_terms(case.clock.get("terms", {}))


def stages_of(case: Complaint) -> dict[str, datetime]:
    """The further dates of a case, by name."""
    return {name: datetime.fromisoformat(due) for name, due in case.clock.get("stages", {}).items()}


def started_at(case: Complaint) -> datetime:
    """When its clock began: at receipt, or when it was opened again."""
    return datetime.fromisoformat(case.clock["from"]) if "from" in case.clock else case.received_at


def agenda(case: Complaint) -> list[Due]:
    """What the clock of ``case`` asks for still, the first first."""
    if case.status in ANSWERED or case.kind == Kind.FEEDBACK:
        return []
    policy = policy_of(case)
    if case.paused_since is not None:
        last = case.clock.get("marks", {}).get(f"{Act.REMIND} pause")
        since = datetime.fromisoformat(last) if last else case.paused_since
        at = policy.due(_REMIND, since)
        return [Due(at, Act.REMIND, "pause", at)]
    open_stages = {n: due for n, due in stages_of(case).items() if n not in case.clock.get("done", {})}
    dates = {RESPOND: case.respond_by, **open_stages}
    found = [Due(policy.before(policy.warn, due), Act.WARN, name, due) for name, due in dates.items()]
    found += [Due(due, Act.PASS, name, due) for name, due in dates.items()]
    found.append(
        Due(policy.after(policy.overdue_notice, case.respond_by), Act.OVERDUE, RESPOND, case.respond_by)
    )
    if policy.delay_notice is not None:
        at = policy.before(policy.delay_notice, case.respond_by)
        found.append(Due(at, Act.DELAY, RESPOND, case.respond_by))
    if case.update_task is None:
        day = case.update_by.astimezone(policy.time_zone).date()
        found.append(Due(policy.start_of(day), Act.UPDATE, UPDATE, case.update_by))
    else:
        found.append(Due(case.update_by, Act.MISSED, UPDATE, case.update_by))
    marks = case.clock.get("marks", {})
    return sorted(d for d in found if marks.get(f"{d.act} {d.stage}") != d.due.isoformat())


def done(case: Complaint, due: Due) -> None:
    """``due`` has been seen to."""
    marks = {**case.clock.get("marks", {}), f"{due.act} {due.stage}": due.due.isoformat()}
    case.clock = {**case.clock, "marks": marks}


def heard(case: Complaint, now: datetime) -> None:
    """The customer has heard from us: that was the update, and the next one counts from now."""
    policy = policy_of(case)
    following = policy.next_update(now)
    today = policy.end_of(now.astimezone(policy.time_zone).date())
    # On the answer's own day, or after it, only the next update is left to promise.
    case.update_by = min(following, case.respond_by) if case.respond_by > today else following
    case.update_task = None


def restart(case: Complaint, now: datetime) -> dict[str, str]:
    """A case is opened again: its clock begins anew, under the same policy; the new dates."""
    clock = policy_of(case).start(now)
    case.update_by, case.respond_by, case.update_task = clock.update_by, clock.respond_by, None
    case.paused_since = case.pause_reason = None
    stages = {name: due.isoformat() for name, due in clock.stages.items()}
    case.clock = {"terms": case.clock.get("terms", {}), "stages": stages, "from": now.isoformat()}
    return dates_of(case)


def dates_of(case: Complaint) -> dict[str, str]:
    """The dates of a case by name, as an event keeps them."""
    stages = {name: due.isoformat() for name, due in stages_of(case).items()}
    return {"update_by": case.update_by.isoformat(), "respond_by": case.respond_by.isoformat(), **stages}


@event.listens_for(Complaint, "before_insert")
@event.listens_for(Complaint, "before_update")
def _look_again(_mapper: object, _connection: object, case: Complaint) -> None:
    """Whoever moves a date, or the case, has the clock look at it in time.

    By an event and not by a call: a date that somebody forgot to watch would be missed.
    """
    changes = inspect(case).attrs
    stage = changes.status.history
    # Most stages change nothing: a case goes through four of them in the turn that opens it.
    answered = _has_answer(stage.deleted) != _has_answer(stage.added)
    if answered or any(changes[name].history.has_changes() for name in _WATCHED):
        coming = agenda(case)
        case.clock_at = coming[0].at if coming else None


def _has_answer(statuses: Sequence[str]) -> bool:
    return any(status in ANSWERED for status in statuses)


_WATCHED = ("kind", "update_by", "respond_by", "clock", "paused_since", "update_task")
