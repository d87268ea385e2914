"""Status for those who ask elsewhere: the question, the code on its way, and what the right code entitles to.

A conversation that names another's reference is always told the same, and a job that nobody waits for
sends a code to the contact on record, if there is one (`handoff.proofs`). The code that comes back is
understood before any dialogue (`bot.asides`). What it opens is the status alone, and nothing can be changed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.engine import Reply
from bot.settings import Settings
from bot.standing import last_event, next_date
from channels import lanes, outbox
from channels.lanes import Job, Lease
from channels.reaching import by_machine
from channels.transcript import Author, Conversation, Message, lock
from complaints import proof, register, texts
from complaints.complaint import Kind, Status, UnknownReference
from complaints.record import Complaint
from handoff import proofs
from handoff.proofs import Asked, Checked, Proof


def secret(settings: Settings) -> bytes:
    """What codes are made from: the program's key, for this purpose alone."""
    return hmac.digest(settings.secret_key, b"proof", hashlib.sha256)


def ask(
    session: Session,
    conversation: Conversation,
    reference: str,
    spoken: str,
    settings: Settings,
    now: datetime,
) -> str:
    """What to say to somebody who asks for ``reference`` here. The conversation's row is locked."""
    asker = conversation.id
    asked = proofs.ask(session, asker, reference, now, limit=proof.ASKS_PER_CONVERSATION, within=proof.DAY)
    match asked:
        case Asked.PROVEN:
            return tell(session, reference, spoken, settings, conversation.channel, now) or ""
        case Asked.TOO_MANY:
            return texts.say("proof_too_many", spoken)
        case Asked.KEPT:
            return texts.say("proof_asked", spoken, reference=reference)


def send(session: Session, lease: Lease, job: Job, settings: Settings, now: datetime) -> None:
    """The job behind a question: a code to the contact on record, or nothing."""
    asked = session.get(Proof, job.payload["proof"])
    case = None if asked is None else case_of(session, asked.reference)
    # Locks in the order of the house. All questions about a case are counted under its conversation's.
    conversation = None if case is None else lock(session, case.conversation)
    lanes.finish(session, lease, job, now)
    if asked is None:
        return
    may = proofs.may_be_sent(session, asked, now, settings.codes_per_hour)
    may = may and now < asked.asked_at + proof.LASTS
    reachable = conversation is not None and not conversation.opted_out
    # A code lasts ten minutes: nobody could post it in time.
    reachable = reachable and conversation is not None and by_machine(conversation.channel)
    proofs.settle(session, asked, now, sent=may and reachable)
    if may and reachable and case is not None and conversation is not None:
        _send(session, asked, case, conversation, settings, now)


def _send(
    session: Session,
    asked: Proof,
    case: Complaint,
    conversation: Conversation,
    settings: Settings,
    now: datetime,
) -> None:
    text = texts.say(
        "proof_code",
        conversation.language or case.language,
        code=proof.code(secret(settings), asked.nonce),
        reference=case.reference,
    )
    outbox.put(session, conversation, text, author=Author.SYSTEM, dedup=f"proof:{asked.nonce}", now=now)
    register.record(
        session, case, "code_sent", actor="system", now=now, channel=asked.asker.partition(":")[0]
    )


def find(
    session: Session, conversation: Conversation, message: Message, now: datetime
) -> dict[str, Any] | None:
    """The code that a message consists of, while this conversation waits for one."""
    code = None if message.button else proof.read_code(message.text)
    if code is None or proofs.open_question(session, conversation.id, now) is None:
        return None
    return {"code": code}


def take(
    session: Session,
    conversation: Conversation,
    _message: Message,
    found: dict[str, Any],
    settings: Settings,
    now: datetime,
) -> Sequence[Reply]:
    """Look at the code: the status for the right one, and for any other the same words for all."""
    spoken = conversation.language or texts.FALLBACK
    asked = proofs.open_question(session, conversation.id, now, lock=True)
    if asked is None:  # the ten minutes ended a moment ago
        return (Reply(texts.say("proof_over", spoken)),)
    match proofs.check(session, asked, found["code"], secret(settings), now):
        case Checked.RIGHT:
            told = tell(session, asked.reference, spoken, settings, conversation.channel, now)
            return (Reply(told or texts.say("proof_wrong", spoken)),)
        case Checked.WRONG:
            return (Reply(texts.say("proof_wrong", spoken)),)
        case Checked.OVER:
            return (Reply(texts.say("proof_over", spoken)),)


def tell(
    session: Session, reference: str, spoken: str, settings: Settings, channel: str, now: datetime
) -> str | None:
    """How the case stands, to somebody who has proved that it is theirs; none of its details."""
    case = proven_case(session, reference, channel, now)
    if case is None:
        return None
    zone = ZoneInfo(settings.time_zone)
    is_open = Status(case.status).is_open
    return texts.say(
        "proof_status" if is_open else "proof_status_finished",
        spoken,
        reference=case.reference,
        received_on=texts.format_date(case.received_at.astimezone(zone), spoken),
        stage=texts.say(f"stage_{case.status}", spoken),
        last_event=last_event(session, case, spoken, zone),
        **({"next_date": _day(next_date(case, settings, now), zone, spoken)} if is_open else {}),
    )


def proven_case(session: Session, reference: str, channel: str, now: datetime) -> Complaint | None:
    """The case of a reference that was proved, put on record that it was told; ``None`` if it has gone."""
    case = case_of(session, reference)
    if case is not None:
        register.record(session, case, "status_told", actor="customer", now=now, channel=channel)
    return case


def case_of(session: Session, reference: str) -> Complaint | None:
    """The case that can be told of; one that a receipt has merely announced cannot."""
    try:
        case = register.find(session, reference)
    except UnknownReference:
        return None
    return None if case.provisional or case.kind == Kind.FEEDBACK else case


def _day(moment: datetime, zone: ZoneInfo, spoken: str) -> str:
    return texts.format_date(moment.astimezone(zone), spoken)
