"""Old complaints into the register: each once, with its past, without a word to anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.importing.columns import State
from bot.importing.reading import Old
from channels import transcript
from channels.channel import BY_HAND
from channels.message import Address
from channels.transcript import Author, Delivery, Message, next_seq
from complaints import assessing, describing, history, language, register, triage
from complaints.clocks import Policy
from complaints.commands import Details
from complaints.complaint import Kind, Status
from complaints.history import Past
from complaints.imported import ImportedCase, known
from complaints.record import Complaint
from complaints.reference import mint
from handoff import queue
from handoff.casework import placing
from handoff.dispatch.rules import in_force
from handoff.item import Handoff, Reason, precedence
from handoff.item import State as Place

_STATUS = {
    State.OPEN: Status.RECEIVED,
    State.ANSWERED: Status.RESPONDED,
    State.CLOSED: Status.CLOSED,
    State.WITHDRAWN: Status.WITHDRAWN,
}
_DETAILS = (
    "product", "order", "amount", "currency", "wish", "name", "phone", "email", "on_behalf_of", "anonymous",
)  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Where they come from, who imports them (an actor), and the deadlines that hold for what is open."""

    source: str
    actor: str
    policy: Policy


@dataclass(frozen=True)
class Written:
    """What became of some rows. ``changed`` are rows that were imported before with another content."""

    imported: int
    already: int
    changed: tuple[int, ...]


def write(session: Session, rows: Sequence[Old], origin: Origin, now: datetime) -> Written:
    """Import those of ``rows`` that are not there yet, in one transaction."""
    before = known(session, origin.source, [row.number for row in rows])
    for row in rows:
        if row.number not in before:
            _write(session, row, origin, now)
    return _told(rows, before)


def look(session: Session, rows: Sequence[Old], origin: Origin) -> Written:
    """What `write` would come to. Reads only."""
    return _told(rows, known(session, origin.source, [row.number for row in rows]))


def _told(rows: Sequence[Old], before: dict[str, str]) -> Written:
    again = [row for row in rows if row.number in before]
    changed = tuple(row.row for row in again if before[row.number] != row.digest)
    return Written(len(rows) - len(again), len(again), changed)


def _write(session: Session, row: Old, origin: Origin, now: datetime) -> None:
    received, actor = row["received_at"], origin.actor
    spoken = row["language"] or language.detect(row["text"]).language
    reference, conversation = mint(), _conversation(session, row, origin, spoken, now)
    case = register.open_case(
        session, reference=reference, kind=Kind.COMPLAINT, conversation=conversation,
        channel=row["channel"] or "imported", language=spoken, description=row["text"],
        clock=origin.policy.start(received), actor=actor, now=received,
    )  # fmt: skip
    assert case.id is not None
    _say(session, conversation, reference, row, origin)
    past = Past(
        _STATUS[row.state], row["acknowledged_at"], row["answered_at"], row["closed_at"], row["decision"],
        row["remedy"], row["response"],
    )  # fmt: skip
    _describe(session, case, row, actor, received)
    history.acknowledge(session, case, past, actor=actor)
    _assess(session, case, row, spoken, actor)
    history.carry_on(session, case, past, actor=actor)
    register.record(
        session, case, "imported", actor=actor, now=now, source=origin.source, number=row.number, row=row.row
    )
    _place(session, case, now)
    if not row["category"]:
        placing.place(session, case, row["text"], now)
    session.add(
        ImportedCase(source=origin.source, number=row.number, complaint_id=case.id, digest=row.digest, at=now)
    )
    session.flush()


def _assess(session: Session, case: Complaint, row: Old, spoken: str, actor: str) -> None:
    """As they judged it. Danger that nobody saw raises what is open still; what is over stays as it was."""
    then = case.acknowledged_at or case.received_at
    if row["severity"] or row["category"]:
        history.assess(session, case, row["severity"], row["category"], actor=actor, now=then)
    if not (row["severity"] and row.state is not State.OPEN):
        found = triage.assess(row["text"], (spoken, "en"), None)
        assessing.assess(session, case, found, now=then)


def _conversation(session: Session, row: Old, origin: Origin, spoken: str, now: datetime) -> str:
    """A conversation of its own, by which a person reaches the customer: no platform's account is known."""
    key = hashlib.sha256(f"{origin.source}\0{row.number}".encode()).hexdigest()[:24]
    conversation = transcript.begin(session, Address(_way(row), f"imported-{key}"), now)
    conversation.language = spoken
    if not row["anonymous"]:
        conversation.name, conversation.phone = row["name"], row["phone"]
    session.add(conversation)
    return conversation.id


def _way(row: Old) -> str:
    if row["channel"] in BY_HAND:
        return str(row["channel"])
    return "email" if row["email"] else "phone" if row["phone"] else "letter"


def _say(session: Session, conversation: str, reference: str, row: Old, origin: Origin) -> None:
    locked = transcript.lock(session, conversation)
    session.add(
        Message(
            conversation=locked.id, channel=locked.channel, seq=next_seq(locked), author=Author.CUSTOMER,
            author_name=None if row["anonymous"] else row["name"], text=row["text"],
            dedup=f"imported:{origin.source}:{row.number}", provider_id=reference, state=Delivery.ANSWERED,
            at=row["received_at"],
        )
    )  # fmt: skip
    session.add(locked)


def _describe(session: Session, case: Complaint, row: Old, actor: str, received: datetime) -> None:
    details = Details(
        date=row["problem_date"], remedy=row["remedy_requested"], **{name: row[name] for name in _DETAILS}
    )
    describing.set_contact(
        session, case, organisation=row["organisation"], postal_address=row["postal_address"], actor=actor,
        now=received,
    )  # fmt: skip
    describing.add_details(session, case, details, actor=actor, now=received)
    case.compensation, case.remedy_currency = row["compensation"], row["remedy_currency"]
    case.root_cause = row["root_cause"]
    if row["respond_by"] is not None:
        case.respond_by = row["respond_by"]
        case.update_by = min(case.update_by, case.respond_by)
    session.add(case)


def _place(session: Session, case: Complaint, now: datetime) -> None:
    """Into the queue with what is open; the rest has its place there, where nobody waits."""
    status = Status(case.status)
    if status.is_open and status is not Status.RESPONDED:
        queue.open_item(session, case, Reason.COMPLAINT, now)
        return
    answered = case.responded_at or now
    session.add(
        Handoff(
            reference=case.reference, conversation=case.conversation, precedence=precedence(case.severity),
            due=case.respond_by, language=case.language, category=case.category, opened_at=now,
            waiting_since=now, queued_at=now,
            state=Place.WITH_BOT if status.is_open else Place.CLOSED,
            back_at=answered + in_force().monitored if status.is_open else None,
        )
    )  # fmt: skip
