"""Who has been trained in what, when, by whom, and until when that counts (ISO 10002, 4.14 and 8.1)."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limited
from sqlmodel import Session, col, select

from handoff.improvement.record import NotOnRecord, TrainingRecord, WrongState
from handoff.improvement.topics import Topic
from handoff.queue import BadInput
from handoff.rest.bodies import Name, Words
from handoff.staff import agents
from handoff.staff.roles import Role

SOON = timedelta(days=60)
"""For so long before its last day a training is shown as about to expire."""

_LARGEST = 2**31 - 1


class Held(StrEnum):
    """Whether somebody is trained in a topic that their role asks for."""

    VALID = "valid"
    SOON = "soon"
    EXPIRED = "expired"
    MISSING = "missing"


class Training(BaseModel):
    """A training that took place. ``valid_until``: without one, the topic's own time counts."""

    model_config = ConfigDict(frozen=True)

    person: Name = Limited(min_length=1)
    topic: Name = Limited(min_length=1)
    trained_on: date
    trainer: Name = Limited(min_length=1)
    valid_until: date | None = None
    remark: Words = ""


@dataclass(frozen=True)
class Standing:
    """One person and one topic; ``until`` is the last day of the record that holds longest."""

    person: str
    role: Role
    topic: str
    held: Held
    until: date | None = None


def add(
    session: Session, given: Training, topics: Mapping[str, Topic], agent: str, *, today: date, now: datetime
) -> int:
    """Record a training; its number. Raises `UnknownAgent`, `BadInput`."""
    person = agents.find(session, given.person).name
    topic = topics.get(given.topic)
    if topic is None:
        raise BadInput(f"there is no topic {given.topic!r}")
    if given.trained_on > today:
        raise BadInput("a training that has not taken place is not recorded yet")
    until = given.valid_until or (months_later(given.trained_on, topic.months) if topic.months else None)
    if until is not None and until < given.trained_on:
        raise BadInput("it would have ended before it began")
    record = TrainingRecord(
        **given.model_dump(exclude={"person", "valid_until"}), person=person, valid_until=until,
        recorded_by=agent, recorded_at=now,
    )  # fmt: skip
    session.add(record)
    session.flush()
    assert record.id is not None
    return record.id


def withdraw(session: Session, number: int, agent: str, *, reason: str, now: datetime) -> None:
    """The record is wrong: it stays, and counts no more. Raises `NotOnRecord`, `WrongState`, `BadInput`."""
    record = None
    if 0 < number <= _LARGEST:
        record = session.get(TrainingRecord, number, with_for_update=True, populate_existing=True)
    if record is None:
        raise NotOnRecord(f"there is no training record {number}")
    if record.withdrawn_at is not None:
        raise WrongState(f"training record {number} is withdrawn already")
    if not reason.strip():
        raise BadInput("say why")
    record.withdrawn_by, record.withdrawn_at, record.withdrawn_because = agent, now, reason.strip()
    session.add(record)
    session.flush()


def listed(session: Session, person: str | None = None, limit: int = 500) -> list[TrainingRecord]:
    """The records, latest training first; of ``person`` only, if one is named."""
    query = select(TrainingRecord)
    if person is not None:
        query = query.where(TrainingRecord.person == person)
    return list(
        session.exec(
            query.order_by(col(TrainingRecord.trained_on).desc(), col(TrainingRecord.id).desc()).limit(limit)
        )
    )


def standing(
    session: Session, topics: Mapping[str, Topic], today: date, person: str | None = None
) -> list[Standing]:
    """Each active account with each topic that its role asks for: what is missing first."""
    best: dict[tuple[str, str], date] = {}
    for record in session.exec(select(TrainingRecord).where(col(TrainingRecord.withdrawn_at).is_(None))):
        key = (record.person, record.topic)
        best[key] = max(best.get(key, date.min), record.valid_until or date.max)
    found = []
    for account in agents.all_agents(session):
        if not account.active or person not in (None, account.name):
            continue
        for code, topic in topics.items():
            if (role := Role(account.role)) in topic.roles:
                until = best.get((account.name, code))
                shown = None if until == date.max else until
                found.append(Standing(account.name, role, code, _held(until, today), shown))
    worst = list(reversed(Held))
    return sorted(found, key=lambda one: (worst.index(one.held), one.until or date.max, one.person))


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _held(until: date | None, today: date) -> Held:
    if until is None:
        return Held.MISSING
    if until < today:
        return Held.EXPIRED
    return Held.SOON if until != date.max and until - today <= SOON else Held.VALID
