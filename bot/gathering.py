"""Gathers what the dialogue may know about a message: the facts of the turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from bot import asides, dialogue
from bot.asides import Aside
from bot.engine import Said
from bot.settings import Settings
from bot.standing import case_fact
from channels import inbox
from channels.channel import REACHABLE_LATER
from channels.message import InboundKind
from channels.prepared import Prepared
from channels.transcript import Author, Conversation, File, Message
from complaints import language, register, texts, triage
from complaints.complaint import Kind, Severity, Status
from complaints.facts import Facts, Hazard, Offer
from complaints.process_facts import for_dialogue, opening
from complaints.record import Complaint
from complaints.reference import mint
from complaints.world import world
from handoff import queue

_FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True)
class Situation:
    """A message and all that bears on it, read in one go."""

    message: int
    conversation: str
    kind: InboundKind
    held: bool
    opted_out: bool
    last_seq: int
    said: Said
    facts: Facts
    state: dict[str, Any] | None
    aside: Aside | None = None
    route: dict[str, str] | None = None  # the message's, which the replies take


def gather(session: Session, message_id: int, settings: Settings, now: datetime) -> Situation:
    """What the turn of this message may know. Reads only."""
    message, conversation = session.execute(_MESSAGE, {"this": message_id}).one()
    spoken = language_of(conversation, message)
    cases = register.of_conversation(session, conversation.id)
    hazard = triage.hazard(message.text, spoken) if message.text else None
    files = _FILES.scalar(session, {"this": message_id})
    named = provisional(cases)
    facts = Facts(
        now=now,
        language=spoken,
        channel=conversation.channel,
        organisation=world.in_force().wording.organisation(spoken, settings.organisation),
        emergency=settings.emergency_text or texts.say("emergency", spoken),
        country=settings.country,
        time_zone=settings.time_zone,
        cases=[case_fact(session, c, spoken, settings, now) for c in cases if not c.provisional],
        offer=_offer(session, conversation, spoken, cases, named, settings, now),
        hazard=hazard,
        customer_name=conversation.name,
        contact_known=REACHABLE_LATER[conversation.channel],
        more_waiting=inbox.waiting(session, conversation.id, message_id) > 0,
        attachments=files,
        provisional=named,
        policy=_policy(settings, spoken),
    )
    return Situation(
        message=message_id,
        conversation=conversation.id,
        kind=InboundKind(message.kind),
        held=conversation.holder is not None,
        opted_out=conversation.opted_out,
        last_seq=conversation.last_seq,
        said=_said(session, message, files, hazard),
        facts=facts,
        state=dialogue.state_of(session, conversation.id),
        aside=None if _endangers(hazard) else asides.find(session, conversation, message, now),
        route=message.route,
    )


def provisional(cases: list[Complaint]) -> str | None:
    """The reference that a receipt has named, as long as no turn has settled what it stands for."""
    return next((c.reference for c in cases if c.provisional and c.kind == Kind.COMPLAINT), None)


def language_of(conversation: Conversation, message: Message) -> str:
    """The language to answer in: the one just written, unless the message says nothing about it."""
    if not message.text or message.button:
        return conversation.language or _locale(conversation) or "en"
    guess = language.detect(message.text, known=conversation.language, locale=conversation.locale)
    return guess.language


def _locale(conversation: Conversation) -> str | None:
    return conversation.locale[:2].lower() if conversation.locale else None


def _said(session: Session, message: Message, files: int, hazard: Hazard | None) -> Said:
    """What the message means where the program knows it better than the classifier."""
    token = message.button or _chosen_by_number(session, message)
    if token and token in _offered(session, message):
        intent, _, argument = token.partition(":")
        return Said(message.text, intent, {"argument": argument} if argument else {})
    if _endangers(hazard):
        return Said(message.text, "report_danger")
    if message.kind == InboundKind.UNSUPPORTED:
        return Said(message.text, "unsupported")
    if not message.text.strip():
        return Said("", "attach" if files else "empty")
    return Said(message.text)


def _endangers(hazard: Hazard | None) -> bool:
    return hazard is not None and hazard.severity == "critical"


def _offered(session: Session, message: Message) -> dict[str, str]:
    """Token → title of the buttons that this conversation was shown before the message."""
    shown: dict[str, str] = {}
    for buttons in _last_shown(session, message, 10):
        shown |= {b["token"]: b["title"] for b in buttons if b["token"] not in shown}
    return shown


def _chosen_by_number(session: Session, message: Message) -> str | None:
    """The token meant by "2" or by a button's own words, where buttons are shown as numbered text."""
    answer = message.text.strip().rstrip(".)").casefold()
    for buttons in _last_shown(session, message, 1):
        for number, button in enumerate(buttons, 1):
            if answer in (str(number), button["title"].casefold()):
                return button["token"]
    return None


def _last_shown(session: Session, message: Message, limit: int) -> list[list[dict[str, str]]]:
    """The buttons of each of the bot's last messages before this one, the latest first."""
    values = {"this": message.conversation, "before": message.seq, "limit": limit}
    return [buttons for (buttons,) in _SHOWN.rows(session, values)]


# Built once: building a statement costs several times its execution.
_MESSAGE = (
    sqlalchemy.select(Message, Conversation)
    .join(Conversation, col(Conversation.id) == col(Message.conversation))
    .where(col(Message.id) == bindparam("this"))
)
_FILES = Prepared(
    sqlalchemy.select(func.count()).select_from(File).where(col(File.message_id) == bindparam("this"))
)
_SHOWN = Prepared(
    sqlalchemy.select(col(Message.buttons))
    .where(
        col(Message.conversation) == bindparam("this"),
        col(Message.author) == Author.BOT,
        col(Message.seq) < bindparam("before"),
    )
    .order_by(col(Message.seq).desc())
    .limit(bindparam("limit"))
)


def _offer(
    session: Session,
    conversation: Conversation,
    spoken: str,
    cases: list[Complaint],
    provisional: str | None,
    settings: Settings,
    now: datetime,
) -> Offer:
    zone = ZoneInfo(settings.time_zone)
    clock = settings.policy.start(now)
    return Offer(
        reference=provisional or mint(),
        update_by=texts.format_date(clock.update_by.astimezone(zone), spoken),
        respond_by=texts.format_date(clock.respond_by.astimezone(zone), spoken),
        queue_position=_place(session, cases),
        opening=opening(settings.hours, spoken, now) + _wait(session, cases, settings, spoken, now),
        open_now=settings.hours.is_open(now),
        reach=texts.say(f"reach_{conversation.channel}", spoken),
    )


def _place(session: Session, cases: list[Complaint]) -> int:
    """About which place in the queue: that of the case which waits already, or a new one's."""
    for case in cases:
        if Status(case.status).is_open and (place := queue.position(session, case.reference)):
            return place
    return queue.position(session) or 1


def _wait(session: Session, cases: list[Complaint], settings: Settings, spoken: str, now: datetime) -> str:
    """About how long somebody waits, as another sentence; nothing while nobody is there, or nobody knows."""
    severity = next((Severity(c.severity) for c in cases if Status(c.status).is_open), Severity.MEDIUM)
    if not settings.hours.is_open(now) or (wait := queue.expected_wait(session, severity, now)) is None:
        return ""
    rounded = _FIVE_MINUTES * max(1, -(-wait // _FIVE_MINUTES))  # up: nobody minds to be early
    return " " + texts.say("desk_wait", spoken, time=texts.format_duration(rounded, spoken))


def _policy(settings: Settings, spoken: str) -> dict[str, str]:
    return for_dialogue(settings.policy, spoken, settings.policy_page(spoken))
