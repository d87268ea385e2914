"""After the answer: is it solved? After closing: how did we handle it? On its own, and once each.

::

    answer, not fully upheld ── some days ──> "is it solved?" ── yes ──> closed
                             └─ silence for the whole time ─────────────> closed, and how to come back
    closed ── some hours ──> "how did we handle it?" ── 1 to 5 ──> a sentence

What customers answer is taken by `bot.aftercare_answers`. Any number of processes may run this: each
case is looked at again in its own transaction, with its conversation locked, before anything is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, ScalarSelect, and_, exists
from sqlmodel import Session, col

from bot import loops
from bot.civil_hours import is_civil
from bot.db import Database
from bot.settings import Settings
from channels import outbox, transcript
from channels.channel import BY_HAND
from channels.message import Button, Template
from channels.reaching import by_machine, last_heard, takes_free_text
from channels.transcript import Author, Conversation, Message
from complaints import register, surveying, texts
from complaints.complaint import Kind, Status
from complaints.record import Complaint, Event
from complaints.surveying import Survey
from handoff import queue
from handoff.casework import linking
from handoff.item import Handoff, State
from handoff.telling import language_of

FOLLOWED_UP = "followed_up"
"""The event that the customer was asked whether it is solved."""

SURVEY_ENDS = timedelta(days=7)
"""A case that was closed longer ago is not asked about any more; nor is an answer taken for one."""

_TICK = 30.0  # seconds between two looks
_QUIET = timedelta(minutes=10)  # nobody who is just writing is asked something else
_BETWEEN = timedelta(days=1)  # one survey at a time, however many cases of a customer are closed
_MOST = 5000  # cases at one look

Act = Callable[[Session, str, Settings, datetime], bool]
Due = Callable[[Session, Settings, datetime], list[str]]


async def run(database: Database, settings: Settings, stop: asyncio.Event) -> None:
    """Look at what is due, now and then, until ``stop`` is set."""

    async def look() -> None:
        await once(database, settings, datetime.now(UTC), stop)

    await loops.repeat(look, _TICK, stop)


async def once(
    database: Database, settings: Settings, now: datetime, stop: asyncio.Event | None = None
) -> int:
    """Do everything that is due at ``now``; for how many cases something was done."""
    done = 0
    for due, act in _STEPS:
        for reference in await database.read(due, settings, now):
            if stop is not None and stop.is_set():
                return done
            with loops.apart("aftercare of a case", reference=reference):
                done += await database.run(act, reference, settings, now)
    return done


@dataclass(frozen=True)
class _Line:
    """A way to the customer: their conversation, and when they were last heard in it."""

    channel: str
    phone: str | None
    opted_out: bool
    last_heard: datetime | None

    def is_open(self, settings: Settings, now: datetime, *, by_template: bool = False) -> bool:
        """Whether we may write first, now: the platform takes it, it is day, and nobody is writing."""
        return (
            not self.opted_out
            and by_machine(self.channel)  # nobody is called for a survey
            and (self.last_heard is None or now - self.last_heard >= _QUIET)
            and (by_template or takes_free_text(self.channel, self.last_heard, now))
            and self.is_day(settings, now)
        )

    def is_day(self, settings: Settings, now: datetime) -> bool:
        """Whether it is a civil hour for the customer."""
        return is_civil(now, ZoneInfo(settings.time_zone), self.phone)


# Is it solved?


def to_follow_up(session: Session, settings: Settings, now: datetime, only: str | None = None) -> list[str]:
    """The cases (or ``only`` that one) whose customers are to be asked whether the answer has solved it."""
    asked = exists().where(
        col(Event.complaint_id) == col(Complaint.id),
        col(Event.kind) == FOLLOWED_UP,
        col(Event.at) >= col(Complaint.responded_at),
    )
    return _answered(
        session,
        now - timedelta(days=settings.monitor_days),
        now - timedelta(days=settings.follow_up_days),
        ~asked,
        lambda line: line.is_open(settings, now, by_template=bool(settings.follow_up_templates)),
        only,
    )


def follow_up(session: Session, reference: str, settings: Settings, now: datetime) -> bool:
    """Ask whether it is solved, once for each answer; whether that was done."""
    conversation = _lock(session, reference)
    if not to_follow_up(session, settings, now, reference):
        return False  # somebody was faster, or something has happened meanwhile
    case = register.find(session, reference)
    language = texts.spoken(language_of(conversation, case))
    asking = _Question(session, conversation, reference, settings.follow_up_templates, language, now)
    if not asking.may_be_put:
        return False
    event = register.record(session, case, FOLLOWED_UP, actor="system", now=now, days=settings.follow_up_days)
    asking.put(
        "aftercare_solved_question",
        {"button_solved": f"followup:{reference}:yes", "button_not_solved": f"followup:{reference}:no"},
        dedup=f"followup:{reference}:{event.position}",
    )
    item = queue.locked(session, reference)
    if item is not None and item.state == State.WITH_BOT and case.responded_at is not None:
        # A person looks at it if this clock has not closed it by then: the customer wrote something else.
        item.back_at = case.responded_at + timedelta(days=settings.monitor_days + 1)
        session.add(item)
    return True


def to_close(session: Session, settings: Settings, now: datetime, only: str | None = None) -> list[str]:
    """The answered cases whose customers have been silent for the whole time of monitoring."""
    return _answered(
        session,
        datetime.min.replace(tzinfo=UTC),
        now - timedelta(days=settings.monitor_days),
        ~_heard_since_answer(),
        lambda line: line.is_day(settings, now),
        only,
    )


def close_silent(session: Session, reference: str, settings: Settings, now: datetime) -> bool:
    """Close the case, and say how to come back where the customer can be told; whether that was done."""
    conversation = _lock(session, reference)
    if not to_close(session, settings, now, reference):
        return False
    case = register.find(session, reference)
    heard = last_heard(session, conversation.id)
    told = _Line(conversation.channel, conversation.phone, conversation.opted_out, heard).is_open(
        settings, now
    )
    days = settings.monitor_days
    register.move(
        session,
        case,
        Status.CLOSED,
        actor="system",
        now=now,
        reason=f"no answer within {days} days",
        told=told,
    )
    queue.close_item(session, case)
    if told:
        text = texts.say("aftercare_closed_silent", language_of(conversation, case), reference=reference)
        position = register.events_of(session, case)[-1].position
        outbox.put(
            session, conversation, text, author=Author.SYSTEM, dedup=f"closed:{reference}:{position}", now=now
        )
    return True


# How did we handle it?


def to_survey(session: Session, settings: Settings, now: datetime, only: str | None = None) -> list[str]:
    """The closed cases whose customers are to be asked about the handling."""
    if not settings.survey:
        return []
    closed = (
        _lines()
        .join(Event, and_(col(Event.complaint_id) == col(Complaint.id), col(Event.kind) == Status.CLOSED))
        .where(
            col(Event.at) >= now - SURVEY_ENDS,
            col(Event.at) <= now - timedelta(hours=settings.survey_hours),
            col(Complaint.status) == Status.CLOSED,
            col(Complaint.kind) == Kind.COMPLAINT,
            col(Event.at) == col(Complaint.closed_at),
            ~exists().where(
                col(Survey.reference) == col(Complaint.reference), col(Survey.closing) == col(Event.position)
            ),
            # One at a time: whoever had three cases closed is not asked three times on one day.
            ~exists().where(
                col(Survey.conversation) == col(Complaint.conversation), col(Survey.asked_at) > now - _BETWEEN
            ),
            ~_merged(),
        )
        .order_by(col(Event.at), col(Complaint.id))
    )
    by_template = bool(settings.survey_templates)
    return _found(session, closed, lambda line: line.is_open(settings, now, by_template=by_template), only)


def ask_survey(session: Session, reference: str, settings: Settings, now: datetime) -> bool:
    """Ask about the handling, once for each closing; whether that was done."""
    conversation = _lock(session, reference)
    if not to_survey(session, settings, now, reference):
        return False
    case = register.find(session, reference)
    closing = next(e for e in reversed(register.events_of(session, case)) if e.kind == Status.CLOSED).position
    language = texts.spoken(language_of(conversation, case))
    asking = _Question(session, conversation, reference, settings.survey_templates, language, now)
    if not asking.may_be_put or surveying.ask(session, case, closing, language, now) is None:
        return False
    asking.put(
        "aftercare_survey",
        {f"button_grade_{grade}": f"survey:{reference}:{grade}" for grade in surveying.GRADES},
        dedup=f"survey:{reference}:{closing}",
    )
    return True


@dataclass(frozen=True)
class _Question:
    """A question of our own accord: in our words or, where the platform takes none, by its template."""

    session: Session
    conversation: Conversation
    reference: str
    templates: Mapping[str, str]
    language: str
    now: datetime

    @property
    def template(self) -> Template | None:
        """The approved template that says it, if it takes one; its one value is the reference."""
        heard = last_heard(self.session, self.conversation.id)
        name = self.templates.get(self.language) or self.templates.get("")
        if name is None or takes_free_text(self.conversation.channel, heard, self.now):
            return None
        return Template(name, {"1": self.reference})

    @property
    def may_be_put(self) -> bool:
        """Whether it can reach the customer in their language."""
        heard = last_heard(self.session, self.conversation.id)
        return takes_free_text(self.conversation.channel, heard, self.now) or self.template is not None

    def put(self, key: str, buttons: Mapping[str, str], *, dedup: str) -> None:
        """Say the text ``key``; ``buttons`` are tokens by the keys of their titles."""
        outbox.put(
            self.session,
            self.conversation,
            texts.say(key, self.language, reference=self.reference),
            author=Author.SYSTEM,
            buttons=tuple(Button(texts.say(k, self.language), token) for k, token in buttons.items()),
            dedup=dedup,
            now=self.now,
            template=self.template,
        )


_STEPS: tuple[tuple[Due, Act], ...] = (
    (to_close, close_silent),
    (to_follow_up, follow_up),
    (to_survey, ask_survey),
)


def _answered(
    session: Session,
    after: datetime,
    until: datetime,
    also: ColumnElement[bool],
    fits: Callable[[_Line], bool],
    only: str | None,
) -> list[str]:
    """Cases that were answered between two moments and have stood still since, oldest answer first."""
    still = (
        _lines()
        .join(Handoff, col(Handoff.reference) == col(Complaint.reference))
        .where(
            # Answered cases are with the bot, or wait since their date: that index finds them.
            col(Handoff.state).in_((State.WITH_BOT, State.WAITING)),
            col(Complaint.status) == Status.RESPONDED,
            col(Complaint.kind) == Kind.COMPLAINT,
            col(Complaint.responded_at) > after,
            col(Complaint.responded_at) <= until,
            also,
            ~_disputed(),
            ~_merged(),
        )
        .order_by(col(Complaint.responded_at), col(Complaint.id))
    )
    return _found(session, still, fits, only)


def _lines() -> Any:
    """Cases with what is asked of the way to their customers; none that a person talks to."""
    return (
        sqlalchemy.select(
            col(Complaint.reference),
            col(Conversation.channel),
            col(Conversation.phone),
            col(Conversation.opted_out),
            _last_heard(col(Conversation.id)),
        )
        .join(Conversation, col(Conversation.id) == col(Complaint.conversation))
        .where(col(Conversation.holder).is_(None))
    )


def _found(session: Session, query: Any, fits: Callable[[_Line], bool], only: str | None) -> list[str]:
    if only is not None:
        query = query.where(col(Complaint.reference) == only)
    rows = session.connection().execute(query.limit(_MOST))
    return [reference for reference, *line in rows if fits(_Line(*line))]


DISPUTED = ("contested", "escalated_externally")
"""Events after which silence is no consent: the matter is elsewhere, or with us again."""


def _disputed() -> ColumnElement[bool]:
    return exists().where(
        col(Event.complaint_id) == col(Complaint.id),
        col(Event.kind).in_(DISPUTED),
        col(Event.at) >= col(Complaint.responded_at),
    )


def _merged() -> ColumnElement[bool]:
    """Whoever waits for the other case in the same conversation is asked about that one."""
    tie = linking.CaseTie
    return exists().where(
        col(tie.reference) == col(Complaint.reference),
        col(tie.kind) == linking.Tie.MERGED,
        col(tie.undone_at).is_(None),
    )


def _heard_since_answer() -> ColumnElement[bool]:
    return exists().where(
        col(Message.conversation) == col(Complaint.conversation),
        col(Message.author) == Author.CUSTOMER,
        col(Message.at) > col(Complaint.responded_at),
    )


def _last_heard(conversation: Any) -> ScalarSelect[datetime]:
    """When the customer was last heard in a conversation (its id, or a column of ids)."""
    return (
        sqlalchemy.select(col(Message.at))
        .where(
            col(Message.conversation) == conversation,
            col(Message.author) == Author.CUSTOMER,
            col(Message.channel).not_in(list(BY_HAND)),
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
        .scalar_subquery()
    )


def _lock(session: Session, reference: str) -> Conversation:
    """The conversation of a case, locked, and the case as it is now."""
    conversation = transcript.lock(session, register.find(session, reference).conversation)
    session.refresh(register.find(session, reference, lock=True))
    return conversation
