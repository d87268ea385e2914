"""A complaint that somebody takes down for another: from then on it is one like all others.

It has a conversation (of a channel that people work, or the one in which the customer is known already), a
transcript that begins with their words, an assessment, clocks that run from its receipt, a place in the
queue, and an acknowledgement. One transaction; the same request again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from channels import outbox, transcript
from channels.channel import BY_HAND
from channels.files import Kept
from channels.message import Address
from channels.reaching import Obstacle, by_machine, obstacle
from channels.transcript import Author, Conversation, Delivery, File, Message, next_seq
from complaints import assessing, describing, register, texts, triage
from complaints.clocks import Policy
from complaints.complaint import Kind
from complaints.record import Complaint
from complaints.reference import mint
from complaints.triage import Assessment, Parse
from handoff import queue
from handoff.case_file import read_reference
from handoff.casework import conflicts, placing
from handoff.filing.bodies import NewCase
from handoff.holding import actor
from handoff.item import Reason
from handoff.queue import BadInput

OLDEST = timedelta(days=5 * 366)
"""What was received before belongs to another system's records: they are imported."""

_SKEW = timedelta(minutes=5)  # between two clocks


class RequestReused(BadInput):
    """The same request was made before, of another complaint."""


@dataclass(frozen=True)
class FilingSettings:
    """What the operator says: deadlines, days, and whom to call in danger to life (empty: as ever)."""

    policy: Policy
    time_zone: ZoneInfo
    emergency: str = ""


@dataclass(frozen=True)
class Taken:
    """What was taken down, and what is known of it: ``parse`` while the engine is there to read it."""

    body: NewCase
    language: str
    parse: Parse | None
    files: Sequence[Kept] = ()


@dataclass(frozen=True)
class Filed:
    """The case; ``new``: by this very request."""

    reference: str
    new: bool


def take_down(
    session: Session, taken: Taken, agent: str, request: str, settings: FilingSettings, now: datetime
) -> Filed:
    """File what ``agent`` has taken down, once for each ``request`` of theirs.

    Raises `BadInput` for a receipt in the future or long ago, `RequestReused`, `UnknownReference`.
    """
    body = taken.body
    received = body.received_at or now
    if received > now + _SKEW:
        raise BadInput("received_at: the complaint cannot have come in later than now")
    if received < now - OLDEST:
        raise BadInput("received_at: this is more than five years ago; old complaints are imported")
    conversation = _conversation(session, body, agent, request, now)
    dedup = f"on-behalf:{agent}:{request}"
    if (before := _before(session, dedup, body)) is not None:
        return Filed(before, new=False)
    case = _open(session, conversation, taken, dedup, agent, received, settings, now)
    found = triage.assess(body.text, (taken.language, "en"), taken.parse)
    _acknowledge(session, conversation, case, agent, settings, found, now)
    assessing.assess(session, case, found, now=now)
    queue.open_item(session, case, Reason.COMPLAINT, now)
    placing.place(session, case, body.text, now)
    conflicts.notice(session, case, now)
    return Filed(case.reference, new=True)


def acknowledgement(session: Session, case: Complaint) -> Message | None:
    """What its customer is told, or has been, when a complaint was taken down for them."""
    return session.exec(select(Message).where(Message.dedup == f"taken:{case.reference}/0")).first()


def _conversation(session: Session, body: NewCase, agent: str, request: str, now: datetime) -> Conversation:
    """Where the customer is answered, its row locked: the one they used before, or one of their own."""
    if body.earlier.strip():
        known = register.find(session, read_reference(body.earlier)).conversation
        conversation = transcript.lock(session, known)
        if obstacle(session, conversation, now) not in (Obstacle.OPTED_OUT, Obstacle.WINDOW):
            return conversation  # else nothing would arrive there
    key = hashlib.sha256(f"{agent}\0{request}".encode()).hexdigest()[:16]
    conversation = transcript.begin(session, Address(body.channel, key), now)
    if not body.anonymous:
        conversation.name = conversation.name or body.name or None
        conversation.phone = conversation.phone or body.phone or None
    return conversation


def _before(session: Session, dedup: str, body: NewCase) -> str | None:
    """The case that this request has made already."""
    message = session.exec(select(Message).where(Message.dedup == dedup)).first()
    if message is None or message.provider_id is None:
        return None
    case = register.find(session, message.provider_id)
    digests = [e.data.get("digest") for e in register.events_of(session, case) if e.kind == "taken_down"]
    if body.digest() not in digests:
        raise RequestReused(f"this request has filed {case.reference} already, with another content")
    return case.reference


def _open(
    session: Session,
    conversation: Conversation,
    taken: Taken,
    dedup: str,
    agent: str,
    received: datetime,
    settings: FilingSettings,
    now: datetime,
) -> Complaint:
    body, by, reference = taken.body, actor(agent), mint()
    conversation.language = conversation.language or taken.language
    message = Message(
        conversation=conversation.id,
        channel=body.channel,
        seq=next_seq(conversation),
        author=Author.CUSTOMER,
        author_name=None if body.anonymous else body.name or None,
        text=body.text,
        dedup=dedup,
        provider_id=reference,
        state=Delivery.ANSWERED,
        at=received,
    )
    session.add(conversation)
    session.add(message)
    session.flush()
    assert message.id is not None
    for one in taken.files:
        session.add(
            File(
                message_id=message.id, reference=reference, locator=one.path, name=one.name,
                media_type=one.media_type, size=one.size, digest=one.digest, path=one.path,
            )
        )  # fmt: skip
    case = register.open_case(
        session, reference=reference, kind=Kind.COMPLAINT, conversation=conversation.id, channel=body.channel,
        language=taken.language, description=body.text, clock=settings.policy.start(received), actor=by,
        now=now, received=received,
    )  # fmt: skip
    register.record(
        session, case, "taken_down", actor=by, now=now, channel=body.channel, digest=body.digest(),
        message=message.id, received=received.isoformat(),
    )  # fmt: skip
    describing.set_contact(
        session, case, organisation=body.organisation or None, postal_address=body.postal_address or None,
        actor=by, now=now,
    )  # fmt: skip
    details = body.details()
    if details.product is None and taken.parse and taken.parse.products:
        details = details.model_copy(update={"product": taken.parse.products[0]})
    describing.add_details(session, case, details, actor=by, now=now)
    return case


def _acknowledge(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    agent: str,
    settings: FilingSettings,
    found: Assessment,
    now: datetime,
) -> None:
    """The customer hears the reference: at once from whoever is with them, or where the answer will go.

    What a person has yet to post counts when they have (`handoff.casework.by_hand`).
    """
    text = _acknowledgement(case, conversation.language or case.language, settings, found)
    dedup = f"taken:{case.reference}"
    if not by_machine(conversation.channel) and not BY_HAND[conversation.channel]:
        outbox.put(session, conversation, text, author=Author.AGENT, author_name=agent, dedup=dedup, now=now)
        return
    if by_machine(conversation.channel):
        said = outbox.put(session, conversation, text, author=Author.SYSTEM, dedup=dedup, now=now)[0]
    else:
        said = outbox.told(session, conversation, text, author_name=agent, dedup=dedup, now=now)
    register.acknowledge(session, case, message=str(said), actor=actor(agent), now=now)


def _acknowledgement(case: Complaint, language: str, settings: FilingSettings, found: Assessment) -> str:
    def day(moment: datetime) -> str:
        return texts.format_date(moment.astimezone(settings.time_zone).date(), language)

    lines = [
        texts.say("taken_down", language, reference=case.reference, received_on=day(case.received_at)),
        texts.say("taken_dates", language, next_date=day(case.update_by), respond_by=day(case.respond_by)),
        texts.say("taken_keep", language),
    ]
    if found.danger_to_life:
        lines.insert(0, settings.emergency or texts.say("emergency", language))
    return "\n\n".join(lines)
