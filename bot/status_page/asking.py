"""What the page at ``/status`` asks of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete

from bot import proving
from bot.settings import Settings
from bot.standing import last_event, next_date
from complaints import proof, register, texts
from complaints.complaint import Status
from complaints.record import Complaint
from handoff import proofs
from handoff.proofs import Checked, Proof

_STAGES = (Status.RECEIVED, Status.ASSESSED, Status.INVESTIGATING, Status.RESPONDED, Status.CLOSED)


@dataclass(frozen=True)
class Step:
    """One stage: its word's key, the day it was reached, and whether the case is there now."""

    key: str
    day: str
    here: bool


@dataclass(frozen=True)
class Standing:
    """What is shown of a case. ``next_day`` is empty for one that is finished."""

    reference: str
    received_on: str
    stage: str
    last_event: str
    next_day: str
    steps: tuple[Step, ...]
    until: str


def check(session: Session, token: str, given: str, secret: bytes, now: datetime) -> Checked:
    """Look at a code. ``over`` as well if nothing is waited for."""
    asked = proofs.open_question(session, "", now, token, lock=True)
    if asked is None:
        return Checked.OVER
    found = proofs.check(session, asked, given, secret, now)
    if found is Checked.RIGHT:
        proving.proven_case(session, asked.reference, "page", now)
    return found


def forget(session: Session, token: str) -> None:
    """The visitor has seen enough."""
    session.exec(delete(Proof).where(col(Proof.token) == token, col(Proof.proven_at).is_not(None)))


def standing(session: Session, token: str, spoken: str, settings: Settings, now: datetime) -> Standing | None:
    """What the visitor with this token has proved to be theirs; ``None`` for nothing, or not any more."""
    proved = proofs.proven(session, "", token, None, now)
    case = None if proved is None else proving.case_of(session, proved.reference)
    if proved is None or case is None:
        return None
    assert proved.proven_at is not None
    zone = ZoneInfo(settings.time_zone)

    def day(moment: datetime | None) -> str:
        return texts.format_date(moment.astimezone(zone), spoken) if moment else ""

    until = (proved.proven_at + proof.ENTITLES).astimezone(zone)
    return Standing(
        reference=case.reference,
        received_on=day(case.received_at),
        stage=texts.say(f"stage_{case.status}", spoken),
        last_event=last_event(session, case, spoken, zone),
        next_day=day(next_date(case, settings, now)) if Status(case.status).is_open else "",
        steps=tuple(Step(f"page_step_{s}", day(at), here) for s, at, here in _steps(session, case)),
        until=texts.format_time(until, spoken),
    )


def _steps(session: Session, case: Complaint) -> list[tuple[Status, datetime | None, bool]]:
    """The stages in their order, those to come without a day; a case that was withdrawn ends with that."""
    status = Status(case.status)
    now = Status.RECEIVED if status is Status.ACKNOWLEDGED else status
    reached: dict[str, datetime] = {"received": case.received_at}
    for event in register.events_of(session, case):
        kind = "investigating" if event.kind == "reopened" else event.kind
        if kind in (Status.INVESTIGATING, Status.RESPONDED, Status.CLOSED, Status.WITHDRAWN):
            reached[kind] = event.at  # the last time
        elif kind == Status.ASSESSED:
            reached.setdefault(kind, event.at)
    stages: list[Status] = list(_STAGES)
    if now is Status.WITHDRAWN:
        stages = [*(s for s in _STAGES if s in reached and s is not Status.CLOSED), Status.WITHDRAWN]
    place = stages.index(now)
    return [(s, reached.get(s) if stages.index(s) <= place else None, s is now) for s in stages]
