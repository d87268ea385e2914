"""Turns that need no dialogue: each is one transaction, and what it says is the program's own."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot import asides, receipts
from bot.applying import Overtaken, link_files
from bot.gathering import Situation
from bot.heeding import heed, newest_open
from bot.settings import Settings
from channels import inbox, lanes, outbox
from channels.lanes import Job, Lease
from channels.transcript import Author, Message, lock
from channels.wakeups import notify
from complaints import texts, triage
from handoff import queue
from handoff.queue import Reason


def note_only(
    session: Session, lease: Lease, job: Job, situation: Situation, settings: Settings, now: datetime
) -> None:
    """A message that a person answers: it is kept, its hazards count, the bot is silent.

    Raises `LeaseLost`, and `Overtaken` if nobody holds the conversation any more.
    """
    conversation = lock(session, situation.conversation)
    lanes.finish(session, lease, job, now)
    if conversation.holder is None:
        raise Overtaken("the person has handed it back meanwhile", now)
    asides.note(session, conversation, situation.message, situation.aside, settings, now)
    heed(session, situation, None, now)
    newest = newest_open(session, conversation.id)
    if newest is not None:
        link_files(session, situation.message, newest.reference)
    inbox.answered(session, situation.message, now)
    notify(session, queue.DESK)


def answer_plainly(
    session: Session, lease: Lease, job: Job, situation: Situation, text: str | None, now: datetime
) -> None:
    """A message with a fixed answer, or none at all. Raises `LeaseLost`."""
    conversation = lock(session, situation.conversation)
    lanes.finish(session, lease, job, now)
    if text:
        dedup = f"turn:{situation.message}:0"
        outbox.put(
            session, conversation, text, author=Author.BOT, dedup=dedup, now=now, route=situation.route
        )
    inbox.answered(session, situation.message, now)


def answer_aside(
    session: Session, lease: Lease, job: Job, situation: Situation, settings: Settings, now: datetime
) -> None:
    """A message that answers a question of the program's own. Raises `LeaseLost`."""
    assert situation.aside is not None
    message = session.get_one(Message, situation.message)
    conversation = lock(session, situation.conversation)
    lanes.finish(session, lease, job, now)
    replies = situation.aside.kind.take(session, conversation, message, situation.aside.found, settings, now)
    for position, reply in enumerate(replies):
        outbox.put(
            session,
            conversation,
            reply.text,
            author=Author.SYSTEM,
            buttons=reply.buttons,
            dedup=f"turn:{situation.message}:{position}",
            now=now,
            route=situation.route,
        )
    heed(session, situation, None, now)
    inbox.answered(session, situation.message, now)


def read_again(
    session: Session, lease: Lease, job: Job, situation: Situation, settings: Settings, now: datetime
) -> None:
    """A message that was changed after its answer: it has no second one, but its hazards count.

    A person reads it then, in the open case or a new one; to somebody in danger it says whom to call.
    Raises `LeaseLost`.
    """
    conversation = lock(session, situation.conversation)
    lanes.finish(session, lease, job, now)
    message = session.get_one(Message, situation.message)
    hazard, spoken = situation.facts.hazard, situation.facts.language
    before = triage.hazard(message.revisions[job.payload["edit"] - 1]["text"], spoken)
    if hazard is None or (before is not None and before.severity == hazard.severity):
        return  # a slip of the pen put right is no news
    case = newest_open(session, conversation.id)
    if case is None:
        case = receipts.provisional_case(session, conversation, message, spoken, settings, now)
        case.provisional = False  # a person decides, not the dialogue
    heed(session, situation, None, now)
    queue.open_item(session, case, Reason.DANGER, now)
    if hazard.danger_to_life and conversation.holder is None:
        text = settings.emergency_text or texts.say("emergency", spoken)
        outbox.put(
            session, conversation, text, author=Author.BOT, dedup=job.dedup_key, now=now,
            route=situation.route,
        )  # fmt: skip
