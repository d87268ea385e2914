"""Erases at night what is over its time, by the preset's periods; never what a hold keeps.

A conversation goes as a whole, once everything in it is over its time: it is one person's story, and half a
transcript tells as much of them as all of it. Feedback goes by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot import loops
from bot.db import Database
from bot.privacy import cleaning, erasing, persons
from bot.privacy.carrying_out import carry_out
from bot.privacy.record import LegalHold, PrivacyError
from bot.settings import Settings
from channels.transcript import Conversation, Message
from complaints import audit_record
from complaints.complaint import Status
from complaints.record import Complaint, Feedback
from complaints.retention import Retention

_HOUR = 3  # of the operator's night
_GLANCE = 600.0  # seconds between two looks at the clock
_MOST = 500  # conversations in one night; the next one goes on

log = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """What is over its time: conversations with how many cases, and feedback by its numbers."""

    conversations: tuple[str, ...]
    cases: int
    feedback: tuple[int, ...]
    held: int


async def run(database: Database, settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: once a night."""
    done: date | None = None

    async def look() -> None:
        nonlocal done
        now = datetime.now(UTC)
        local = now.astimezone(ZoneInfo(settings.time_zone))
        if local.hour == _HOUR and local.date() != done:
            await erase_due(database, settings, now, stop)
            done = local.date()

    await loops.repeat(look, _GLANCE, stop)


async def erase_due(
    database: Database, settings: Settings, now: datetime, stop: asyncio.Event | None = None
) -> Due:
    """Erase what is over its time; what that was."""
    found = await database.read(due, settings.retention, now)
    for conversation in found.conversations:
        if stop is not None and stop.is_set():
            break
        with suppress(PrivacyError):  # somebody wrote, held or erased it meanwhile
            plan = await database.read(_still_due, settings.retention, conversation, now)
            if plan is not None:
                await carry_out(
                    database, settings, plan, reason="over its time", by="system", now=now, scrub=False
                )
    if found.feedback:
        await database.run(_forget_feedback, found.feedback, now)
    if found.conversations or found.feedback:
        await cleaning.scrub(settings.database_url)
        log.info("over its time", conversations=len(found.conversations), feedback=len(found.feedback))
    return found


def due(session: Session, retention: Retention, now: datetime, limit: int = _MOST) -> Due:
    """What is over its time and held by nothing. Reads only."""
    over = _over(retention, now)
    ids = session.exec(over.where(~_held()).order_by(col(Conversation.id)).limit(limit)).all()
    held = session.exec(select(func.count()).select_from(over.where(_held()).subquery())).one()
    cases = session.exec(
        select(func.count()).select_from(Complaint).where(col(Complaint.conversation).in_(ids))
    ).one()
    old = session.exec(
        select(Feedback.id)
        .where(
            Feedback.at < retention.feedback.before(now),
            Feedback.text != "",
            ~exists().where(
                col(LegalHold.conversation) == col(Feedback.conversation),
                col(LegalHold.released_at).is_(None),
            ),
        )
        .limit(limit)
    )
    return Due(tuple(ids), cases, tuple(i for i in old if i is not None), held)


def _over(retention: Retention, now: datetime) -> SelectOfScalar[str]:
    """The conversations of which everything is over its time, as a query for their ids."""
    case = col(Complaint.conversation) == col(Conversation.id)
    cases, contacts = retention.cases.before(now), retention.contacts.before(now)
    unfinished = or_(
        col(Complaint.closed_at).is_(None),
        col(Complaint.closed_at) >= cases,
        col(Complaint.status).not_in([Status.CLOSED, Status.WITHDRAWN]),
    )
    spoken = exists().where(col(Message.conversation) == col(Conversation.id), col(Message.at) >= contacts)
    spoken_of_a_case = exists().where(
        col(Message.conversation) == col(Conversation.id), col(Message.at) >= cases
    )
    return select(Conversation.id).where(
        ~col(Conversation.key).startswith("erased-"),
        col(Conversation.created_at) < contacts,
        ~exists().where(case, unfinished),
        or_(and_(exists().where(case), ~spoken_of_a_case), and_(~exists().where(case), ~spoken)),
    )


def _held() -> ColumnElement[bool]:
    """Whether a hold keeps the conversation, or a case in it."""
    in_force = col(LegalHold.released_at).is_(None)
    whole = exists().where(in_force, col(LegalHold.conversation) == col(Conversation.id))
    of_a_case = exists().where(
        in_force,
        col(LegalHold.reference) == col(Complaint.reference),
        col(Complaint.conversation) == col(Conversation.id),
    )
    return or_(whole, of_a_case)


def _still_due(
    session: Session, retention: Retention, conversation: str, now: datetime
) -> erasing.Plan | None:
    over = _over(retention, now).where(~_held(), col(Conversation.id) == conversation)
    if session.exec(over).first() is None:
        return None
    return erasing.plan(session, persons.of_conversations(session, {conversation}))


def _forget_feedback(session: Session, ids: Sequence[int], now: datetime) -> None:
    audit_record.redact(session, Feedback, ids, reason="over its time", actor="system", now=now)
    for row in session.exec(select(Feedback).where(col(Feedback.id).in_(ids))):
        row.text = ""
        session.add(row)
