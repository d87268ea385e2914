"""Applies what a turn came to, all in one transaction: the only place where the dialogue changes anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from bot import asides, dialogue, proving
from bot.engine import Answer
from bot.gathering import Situation, provisional
from bot.heeding import heed, newest_open
from bot.review import doubts
from bot.settings import Settings
from channels import inbox, lanes, outbox
from channels.lanes import Job, Lease, Unavailable
from channels.transcript import Author, Conversation, File, lock
from complaints import answering, assessing, commands, describing, register, triage
from complaints.commands import Command
from complaints.complaint import Kind, Status, UnknownReference
from complaints.record import Complaint, Feedback
from handoff import queue
from handoff.casework import conflicts, placing, recourse
from handoff.queue import Reason

_BOT, _CUSTOMER = "bot", "customer"


class Overtaken(Unavailable):
    """What the answer was based on has changed: the turn is to be repeated, at once."""


@dataclass(frozen=True)
class Change:
    """What every command's function needs."""

    session: Session
    conversation: Conversation
    situation: Situation
    answer: Answer
    settings: Settings
    now: datetime
    afterwards: list[str] = field(default_factory=list)  # what is said behind the dialogue's replies

    def case(self, reference: str) -> Complaint:
        """A case of this very conversation. Raises `UnknownReference` for any other."""
        found = register.find(self.session, reference)
        if found.conversation != self.conversation.id:
            raise UnknownReference(reference)
        return found


def apply(
    session: Session,
    lease: Lease,
    job: Job,
    situation: Situation,
    answer: Answer,
    settings: Settings,
    now: datetime,
) -> None:
    """Commands, replies, state, done. Raises `LeaseLost`; `ReferenceTaken`, `Overtaken` (repeat the turn)."""
    conversation = lock(session, situation.conversation)
    lanes.finish(session, lease, job, now)
    change = Change(session, conversation, situation, answer, settings, now)
    _expect_no_receipt(change)
    inbox.answered(session, situation.message, now)
    for command in answer.commands:
        _apply(change, command)
    _settle_provisional(change)
    _learn_language(change)
    asides.note(session, conversation, situation.message, situation.aside, settings, now)
    _speak(change)
    _attach_files(change)
    heed(session, situation, answer.parse, now)
    dialogue.keep(session, conversation.id, answer.state, answer.parse.model, now)
    doubts.keep(session, situation, answer, now)


def _expect_no_receipt(change: Change) -> None:
    """A receipt may have named a reference while the engine was asked. Raises `Overtaken`.

    The answer does not know it: a complaint would be filed a second time under another.
    """
    if change.conversation.last_seq == change.situation.last_seq:
        return  # nothing was said meanwhile
    named = provisional(register.of_conversation(change.session, change.conversation.id))
    if named != change.situation.facts.provisional:
        raise Overtaken("a receipt was written meanwhile", change.now)


def _apply(change: Change, command: Command) -> None:
    session, now = change.session, change.now
    match command:
        case commands.FileComplaint():
            _file(change, command)
        case commands.AddDetail() | commands.AnswerQuestion():
            _add_detail(change, command)
        case commands.ConfirmSummary():
            register.confirm(session, change.case(command.reference), actor=_CUSTOMER, now=now)
        case commands.RecordFeedback():
            _record_feedback(change, command)
        case commands.AskForHuman():
            _ask_for_human(change, command)
        case commands.Withdraw():
            case = change.case(command.reference)
            register.move(
                session, case, Status.WITHDRAWN, actor=_CUSTOMER, now=now, reason="asked by the customer"
            )
            queue.close_item(session, case)
        case commands.Reopen():
            case = change.case(command.reference)
            _reopen(change, case, command.reason)
        case commands.SetLanguage():
            change.conversation.language = command.language
            change.conversation.language_chosen = True
        case commands.AskForProof() | commands.Silence():
            pass  # the one is answered with the replies, the other with nothing


def _add_detail(change: Change, command: commands.AddDetail | commands.AnswerQuestion) -> None:
    case = change.case(command.reference)
    if isinstance(command, commands.AnswerQuestion):
        answering.keep(change.session, case, command, actor=_CUSTOMER, now=change.now)
        return
    said = command.description
    describing.add_details(
        change.session, case, command.details, description=said, actor=_CUSTOMER, now=change.now
    )
    placing.place(change.session, case, said or "", change.now)
    if said:
        conflicts.notice(change.session, case, change.now)


def _reopen(change: Change, case: Complaint, reason: str) -> None:
    """A finished case is taken up again; an answer that the customer does not accept is contested."""
    session, now = change.session, change.now
    if case.status == Status.RESPONDED:
        recourse.contested(session, case, reason=reason, actor=_CUSTOMER, now=now)
        outside, language = change.settings.policy.outside_body, change.situation.facts.language
        change.afterwards.append(recourse.explain(language, case, outside))
        return
    register.move(session, case, Status.INVESTIGATING, actor=_CUSTOMER, now=now, reason=reason)
    queue.open_item(session, case, Reason.REOPENED, now)


def _file(change: Change, command: commands.FileComplaint) -> None:
    case = _open(change, command.reference, Kind.COMPLAINT, command.description)
    describing.add_details(
        change.session, case, _with_sender(change, command.details), actor=_CUSTOMER, now=change.now
    )
    _assess(change, case, command.description)
    queue.open_item(change.session, case, Reason.COMPLAINT, change.now)
    placing.place(change.session, case, command.description, change.now)
    conflicts.notice(change.session, case, change.now)


def _open(change: Change, reference: str, kind: Kind, description: str) -> Complaint:
    """A new case; or one that has a reference already: a receipt's, or that of a wish for a person."""
    session, facts, now = change.session, change.situation.facts, change.now
    if (known := _known(change, reference)) is not None:
        known.provisional, known.kind = False, kind
        if not change.situation.facts.provisional:
            describing.add_details(
                session, known, commands.Details(), description=description, actor=_CUSTOMER, now=now
            )
        return known
    case = register.open_case(
        session,
        reference=reference,
        kind=kind,
        conversation=change.conversation.id,
        channel=change.conversation.channel,
        language=facts.language,
        description=description,
        clock=change.settings.policy.start(now),
        actor=_CUSTOMER,
        now=now,
    )
    register.acknowledge(session, case, message=f"turn:{change.situation.message}", actor=_BOT, now=now)
    return case


def _known(change: Change, reference: str) -> Complaint | None:
    """The conversation's own open case of that reference, if it is not a complaint yet."""
    try:
        case = change.case(reference)
    except UnknownReference:
        return None
    return case if case.provisional or case.kind == Kind.CONTACT else None


def _with_sender(change: Change, details: commands.Details) -> commands.Details:
    """What the platform tells about the sender, unless they want to stay anonymous."""
    if details.anonymous:
        return details
    known = {"name": change.conversation.name, "phone": change.conversation.phone}
    return details.model_copy(update={k: v for k, v in known.items() if v and getattr(details, k) is None})


def _ask_for_human(change: Change, command: commands.AskForHuman) -> None:
    session, now = change.session, change.now
    try:
        case = change.case(command.reference)
    except UnknownReference:
        case = _open(change, command.reference, Kind.CONTACT, command.description)
        describing.add_details(
            session, case, _with_sender(change, commands.Details()), actor=_CUSTOMER, now=now
        )
    if case.provisional:  # a receipt named it; now it stands for this wish, and nothing may close it
        case.provisional, case.kind = False, Kind.CONTACT
    if case.assessed_by is None:
        _assess(change, case, command.description)
    queue.open_item(session, case, Reason(command.reason), now)


def _assess(change: Change, case: Complaint, text: str) -> None:
    found = triage.assess(text, change.situation.facts.language, change.answer.parse)
    assessing.assess(change.session, case, found, now=change.now)


def _record_feedback(change: Change, command: commands.RecordFeedback) -> None:
    change.session.add(
        Feedback(
            conversation=change.conversation.id,
            channel=change.conversation.channel,
            language=change.situation.facts.language,
            kind=command.kind,
            text=command.text,
            at=change.now,
        )
    )


def _settle_provisional(change: Change) -> None:
    """A receipt named a reference while the engine was away; it turns out that nothing was filed."""
    reference = change.situation.facts.provisional
    if reference is None:
        return
    case = change.case(reference)
    if case.provisional and not change.situation.facts.more_waiting:
        register.become_feedback(change.session, case, now=change.now)
        queue.close_item(change.session, case)


def _learn_language(change: Change) -> None:
    conversation, spoken = change.conversation, change.situation.facts.language
    if not any(isinstance(c, commands.SetLanguage) for c in change.answer.commands):
        conversation.language = spoken


def _speak(change: Change) -> None:
    """Replies into the outbox, unless a person took over meanwhile: then the bot is silent.

    A reference must reach the customer all the same; it goes out as a line of the system.
    """
    held = change.conversation.holder is not None
    filed = [c.reference for c in change.answer.commands if isinstance(c, commands.FileComplaint)]
    for position, reply in enumerate(change.answer.replies):
        if held and not any(reference in reply.text for reference in filed):
            continue
        outbox.put(
            change.session,
            change.conversation,
            reply.text,
            author=Author.SYSTEM if held else Author.BOT,
            buttons=() if held else reply.buttons,
            dedup=f"turn:{change.situation.message}:{position}",
            now=change.now,
            route=change.situation.route,
        )
    for position, text in enumerate(change.afterwards):
        outbox.put(
            change.session, change.conversation, text, author=Author.SYSTEM,
            dedup=f"turn:{change.situation.message}:after:{position}", now=change.now,
            route=change.situation.route,
        )  # fmt: skip
    if not held:
        _answer_for_proof(change)


def _answer_for_proof(change: Change) -> None:
    """What is said to a question about a complaint of elsewhere."""
    asked = [c.reference for c in change.answer.commands if isinstance(c, commands.AskForProof)]
    for reference in asked[:1]:
        said = proving.ask(
            change.session,
            change.conversation,
            reference,
            change.situation.facts.language,
            change.settings,
            change.now,
        )
        dedup = f"turn:{change.situation.message}:proof"
        outbox.put(
            change.session, change.conversation, said, author=Author.BOT, dedup=dedup, now=change.now,
            route=change.situation.route,
        )  # fmt: skip


def _attach_files(change: Change) -> None:
    if not change.situation.facts.attachments:
        return
    newest = newest_open(change.session, change.conversation.id)
    if newest is not None:
        link_files(change.session, change.situation.message, newest.reference)


def link_files(session: Session, message: int, reference: str) -> None:
    """What came along with a message belongs to the case."""
    for file in session.exec(select(File).where(File.message_id == message)):
        file.reference = reference
        session.add(file)
