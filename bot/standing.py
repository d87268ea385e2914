"""How a case stands, in the words and dates that its customer is told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.settings import Settings
from complaints import answering, register, texts
from complaints.commands import Details
from complaints.complaint import Kind, Remedy, Status
from complaints.facts import AnswerFact, CaseFact
from complaints.record import Complaint
from complaints.world import answers, world
from handoff import queue
from handoff.queue import Handoff, Reason, State


def case_fact(session: Session, case: Complaint, spoken: str, settings: Settings, now: datetime) -> CaseFact:
    """What the dialogue may know of a case, ready to be said in the language ``spoken``."""
    zone = ZoneInfo(settings.time_zone)
    item = queue.get(session, case.reference)
    return CaseFact(
        reference=case.reference,
        kind=Kind(case.kind).value,
        status=case.status,
        open=Status(case.status).is_open,
        stage=texts.say(f"stage_{case.status}", spoken),
        last_event=last_event(session, case, spoken, zone),
        received_on=texts.format_date(case.received_at.astimezone(zone), spoken),
        next_date=texts.format_date(next_date(case, settings, now).astimezone(zone), spoken),
        subject=world.in_force().products.shown(case.product, spoken) or _first_words(case.description),
        details=Details(
            product=case.product,
            order=case.order,
            date=case.problem_date,
            amount=case.amount,
            currency=case.currency,
            remedy=Remedy(case.remedy_requested) if case.remedy_requested else None,
            wish=case.wish,
            name=case.name,
            phone=case.phone,
            email=case.email,
            on_behalf_of=case.on_behalf_of,
            anonymous=case.anonymous or None,
            recurring=case.recurring,
        ),
        category=case.category,
        answers=_answers(session, case, spoken),
        confirmed=case.confirmed_at is not None,
        with_person=item is not None and _person_was_asked(item),
    )


def _answers(session: Session, case: Complaint, spoken: str) -> list[AnswerFact]:
    """What was answered to the operator's own questions."""
    own = world.in_force().categories.questions
    if not own:
        return []  # no look at the database where there is nothing to ask
    return [
        AnswerFact(
            question=row.question,
            label=row.label,
            shown=answers.shown(row.kind, row.value, spoken, own.get(row.question)) or row.said,
        )
        for row in answering.answers_of(session, case)
    ]


def next_date(case: Complaint, settings: Settings, now: datetime) -> datetime:
    """When the customer hears next: a date of the case's clock, or an update's if all of it is past."""
    coming = [date for date in (case.update_by, case.respond_by) if date > now]
    return min(coming) if coming else settings.policy.next_update(now)


def _person_was_asked(item: Handoff) -> bool:
    """Whether an agent has the case or was called to it; every open complaint waits for one anyway."""
    return item.state in (State.HELD, State.OFFERED) or (
        item.state == State.WAITING and item.reasons != [Reason.COMPLAINT]
    )


def last_event(session: Session, case: Complaint, spoken: str, zone: ZoneInfo) -> str:
    """The last thing that the customer may know of; notes and re-assessments are internal."""
    for event in reversed(register.events_of(session, case)):
        key = f"event_{event.kind}"
        if key in texts.catalogue(texts.FALLBACK):
            return texts.say(key, spoken, date=texts.format_date(event.at.astimezone(zone), spoken))
    return ""


def _first_words(description: str, limit: int = 40) -> str:
    """How a description begins; not "I want to complain", if there is more to it."""
    said = max(description.split("\n\n")[:3], key=len)
    line = " ".join(said.split())
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + "…"
