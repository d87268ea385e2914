"""What clause 8.6 of ISO 10002 asks a management review to look at, gathered for a period.

Every input is there, also where nothing is on record: that is a finding, too. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, or_, select

from complaints import surveying
from complaints.complaint import Kind
from complaints.record import Complaint
from complaints.surveying import Results
from handoff.console.reporting.collecting import SPLITS
from handoff.console.reporting.comparing import NO_FIGURE, Row, compare
from handoff.console.reporting.drawings import Course
from handoff.console.settings import ConsoleSettings
from handoff.improvement import audits
from handoff.improvement import reading as improvement
from handoff.improvement.effect import Trend
from handoff.improvement.record import (
    ActionState,
    CaseAudit,
    CaseAuditFinding,
    ImprovementAction,
    ImprovementStep,
    TrainingRecord,
)
from handoff.management_review import points
from handoff.management_review.points import ReviewPoint
from handoff.reports.cohorts import RESOLVED
from handoff.reports.errors import BadPeriod
from handoff.reports.figures import Figure
from handoff.reports.filters import Filters
from handoff.reports.measuring import By, measure, splits, trends
from handoff.reports.periods import Period
from handoff.reports.targets import load
from handoff.signals.record import Signal
from handoff.staff.accounts import AccountChange

MOST = 100
"""Rows of whatever is listed; how many there are in all is said."""

_CAUSES = 20  # root causes


@dataclass(frozen=True)
class Preset:
    """A policy in force: since which case, and for how many of the period."""

    name: str
    version: str
    first: datetime
    cases: int
    new: bool


@dataclass(frozen=True)
class Action:
    """A corrective or preventive action, and what the figures say of its effect so far."""

    action: ImprovementAction
    overdue: bool
    effect: Trend | None


@dataclass(frozen=True)
class Inputs:
    """All inputs of a review. Lists are cut at `MOST`; ``totals`` counts what is in them in all."""

    period: Period
    at: datetime
    presets: Sequence[Preset]
    accounts: Sequence[AccountChange]
    trainings: int
    rows: Sequence[Row]
    courses: Mapping[str, Course]
    parts: Mapping[By, Sequence[tuple[str | None, Figure]]]
    survey: Results
    audits: Sequence[CaseAudit]
    findings: Sequence[tuple[CaseAudit, CaseAuditFinding]]
    actions: Sequence[Action]
    causes: Sequence[tuple[str, int]]
    signals: Sequence[Signal]
    follow_ups: Sequence[ReviewPoint]
    recommendations: Sequence[ReviewPoint]
    totals: Mapping[str, int]


def gather(
    session: Session, period: Period, settings: ConsoleSettings, now: datetime, *, drawn: bool = True
) -> Inputs:
    """The inputs of the review of ``period``, as they stand at ``now``; ``drawn``: with what is in charts."""
    zone, everything = settings.time_zone, Filters()
    start, end = period.bounds(zone)
    along = trends(session, period, everything, zone) if drawn else []
    accounts = _accounts(session, start, end)
    actions = _actions(session, start, end)
    signals = _signals(session, start, end)
    findings = audits.findings(session, start, end)
    return Inputs(
        period=period,
        at=now,
        presets=_presets(session, start, end),
        accounts=accounts[:MOST],
        trainings=_trainings(session, start, end),
        rows=_rows(session, period, settings, now.astimezone(zone).date()),
        courses={
            code: [(day, figures.get(code, NO_FIGURE)) for day, figures in along]
            for code in dict.fromkeys(code for _, figures in along for code in figures)
        },
        parts={by: _parts(session, by, period, settings) for by in SPLITS if drawn},
        survey=surveying.results(session, start, end),
        audits=_audits(session, start, end),
        findings=findings[:MOST],
        actions=[_action(session, one, now) for one in actions[:MOST]],
        causes=_causes(session, start, end),
        signals=signals[:MOST],
        follow_ups=points.follow_ups(session, period, start),
        recommendations=points.of_period(session, period),
        totals={
            "accounts": len(accounts),
            "actions": len(actions),
            "signals": len(signals),
            "findings": len(findings),
        },
    )


def _rows(session: Session, period: Period, settings: ConsoleSettings, today: date) -> list[Row]:
    now = measure(session, period, Filters(), settings.time_zone)
    try:
        before = measure(session, period.compared(today), Filters(), settings.time_zone)
    except BadPeriod:
        before = {}
    return compare(now, before, load(settings.targets_file))


def _presets(session: Session, start: datetime, end: datetime) -> list[Preset]:
    """Each policy under which complaints came in, the earliest first; ``new``: none came under it before."""
    found = session.exec(
        select(Complaint.policy, Complaint.policy_version, func.min(Complaint.received_at), func.count())
        .where(
            Complaint.kind == Kind.COMPLAINT,
            col(Complaint.received_at) >= start,
            col(Complaint.received_at) < end,
        )
        .group_by(col(Complaint.policy), col(Complaint.policy_version))
        .order_by(func.min(Complaint.received_at))
    ).all()
    return [
        Preset(name, version, first, cases, new=not _known_before(session, name, version, start))
        for name, version, first, cases in found
    ]


def _known_before(session: Session, name: str, version: str, start: datetime) -> bool:
    query = select(Complaint.id).where(
        Complaint.policy == name, Complaint.policy_version == version, col(Complaint.received_at) < start
    )
    return session.exec(query.limit(1)).first() is not None


def _accounts(session: Session, start: datetime, end: datetime) -> list[AccountChange]:
    """Changes of who may do what; sign-in links and the like change no organisation."""
    return list(
        session.exec(
            select(AccountChange)
            .where(
                col(AccountChange.at) >= start,
                col(AccountChange.at) < end,
                col(AccountChange.what).in_(("added", "role", "activated", "deactivated")),
            )
            .order_by(col(AccountChange.at), col(AccountChange.id))
        )
    )


def _trainings(session: Session, start: datetime, end: datetime) -> int:
    return session.exec(
        select(func.count()).where(
            col(TrainingRecord.recorded_at) >= start,
            col(TrainingRecord.recorded_at) < end,
            col(TrainingRecord.withdrawn_at).is_(None),
        )
    ).one()


def _parts(
    session: Session, by: By, period: Period, settings: ConsoleSettings
) -> list[tuple[str | None, Figure]]:
    found = splits(session, by, period, Filters(), settings.time_zone, ["received"])
    return [(key, figures["received"]) for key, figures in found]


def _audits(session: Session, start: datetime, end: datetime) -> list[CaseAudit]:
    """Those begun or closed in the period, and those that were open all through it."""
    return list(
        session.exec(
            select(CaseAudit)
            .where(
                col(CaseAudit.drawn_at) < end,
                or_(col(CaseAudit.closed_at).is_(None), col(CaseAudit.closed_at) >= start),
            )
            .order_by(col(CaseAudit.id))
            .limit(MOST)
        )
    )


def _actions(session: Session, start: datetime, end: datetime) -> list[ImprovementAction]:
    """What was begun by the end of the period and was not over before it: open ones first, by their date."""
    running = (ActionState.OPEN, ActionState.DONE)
    cancelled = select(col(ImprovementStep.action_id)).where(
        ImprovementStep.kind == "cancelled", col(ImprovementStep.at) >= start
    )
    found = session.exec(
        select(ImprovementAction)
        .where(
            col(ImprovementAction.made_at) < end,
            or_(
                col(ImprovementAction.state).in_(running),
                col(ImprovementAction.done_at) >= start,
                col(ImprovementAction.checked_at) >= start,
                col(ImprovementAction.id).in_(cancelled),
            ),
        )
        .order_by(col(ImprovementAction.due), col(ImprovementAction.id))
    ).all()
    order = list(ActionState)
    return sorted(found, key=lambda one: order.index(ActionState(one.state)))


def _action(session: Session, action: ImprovementAction, now: datetime) -> Action:
    effect = improvement.effect_of(session, action, now)
    return Action(action, improvement.is_overdue(action, now), effect.trend if effect else None)


def _causes(session: Session, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """Root causes of what was resolved in the period, by code; an empty one: none was named."""
    rows = session.exec(
        select(Complaint.cause_kind, func.count())
        .where(
            Complaint.kind == Kind.COMPLAINT,
            col(Complaint.status).in_(RESOLVED),
            col(Complaint.responded_at) >= start,
            col(Complaint.responded_at) < end,
        )
        .group_by(col(Complaint.cause_kind))
        .order_by(func.count().desc(), col(Complaint.cause_kind))
        .limit(_CAUSES)
    )
    return [(code or "", count) for code, count in rows]


def _signals(session: Session, start: datetime, end: datetime) -> list[Signal]:
    """Rises that lasted in the period, the latest first."""
    return list(
        session.exec(
            select(Signal)
            .where(
                col(Signal.opened_at) < end,
                or_(col(Signal.ended_at).is_(None), col(Signal.ended_at) >= start),
                or_(col(Signal.dismissed_at).is_(None), col(Signal.dismissed_at) >= start),
            )
            .order_by(col(Signal.opened_at).desc())
        )
    )
