"""What an agent's deeds in Slack are at the desk. The desk decides who may; this only says what is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from complaints.complaint import Decision, Remedy
from complaints.record import Complaint, Event
from handoff import desk
from handoff.queue import BadInput
from handoff.rest import bodies
from handoff.slack_desk import words
from handoff.slack_desk.reading import Deed, Kind
from handoff.staff.agents import NotAllowed, Person, Role

SENT, NOTED = "outgoing_envelope", "memo"
"""The emoji that tell an agent what became of a message: sent to the customer, or kept as a note."""

IN_THREAD = "said"
"""How the desk's ids of answers begin that were written in the thread, and need not be shown there again."""


@dataclass(frozen=True)
class Done:
    """What came of a deed: an emoji for its message, or words for its doer."""

    reaction: str = ""
    told: str = ""


def make(session: Session, deed: Deed, reference: str, who: Person, outside_body: str, now: datetime) -> Done:
    """Do it. Raises `handoff.queue.HandoffError`, `ComplaintError` and pydantic's ``ValidationError``."""
    match deed.kind:
        case Kind.NOTE:
            _allowed(who, lambda role: role.annotates)
            if not deed.text:
                return Done()
            _note(session, reference, who, deed.text, now)
            return Done(NOTED)
        case Kind.ANSWER:
            _reply(session, reference, who, deed.text, f"{IN_THREAD}:{deed.channel}:{deed.at}", now)
            return Done(SENT)
        case Kind.MISTAKE:
            return Done(told=words.NOT_SENT.format(why=deed.why))
        case Kind.EDIT:
            return Done(told=words.EDITED)
        case Kind.PRESS | Kind.SUBMIT:
            move = _MOVES.get(deed.action)
            if move is None:
                raise BadInput("this button belongs to another version of the desk: use the latest message")
            _allowed(who, lambda role: role.answers)
            move(_Asked(session, reference, who, deed.values, deed.id, outside_body, now))
    return Done()


def _note(session: Session, reference: str, who: Person, text: str, now: datetime) -> None:
    desk.note(session, reference, who.name, bodies.Note(text=text).text, now)
    latest = session.exec(
        select(Event)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(col(Complaint.reference) == reference, col(Event.kind) == "note")
        .order_by(col(Event.position).desc())
        .limit(1)
    ).one()
    latest.data = {**latest.data, "slack": True}  # so that the thread does not say it twice
    session.add(latest)


def _reply(session: Session, reference: str, who: Person, text: str, request: str, now: datetime) -> None:
    _allowed(who, lambda role: role.answers)
    body = bodies.Reply(text=text, id=request)
    desk.reply(session, reference, who.name, body.text, body.id, now)


@dataclass(frozen=True)
class _Asked:
    """What was asked for by a button or a form."""

    session: Session
    reference: str
    who: Person
    values: dict[str, str]
    id: str
    outside_body: str
    now: datetime

    @property
    def note(self) -> str:
        """The note for colleagues that came along, if any."""
        text = self.values.get("text", "").strip()
        return bodies.Note(text=text).text if text else ""


def _claim(asked: _Asked) -> None:
    desk.claim(asked.session, asked.reference, asked.who.name, asked.now)


def _decline(asked: _Asked) -> None:
    desk.decline(asked.session, asked.reference, asked.who.name, asked.now)


def _release(asked: _Asked) -> None:
    supervises = asked.who.role.supervises
    desk.release(asked.session, asked.reference, asked.who.name, asked.now, for_holder=supervises)


def _answer(asked: _Asked) -> None:
    text = asked.values.get("text", "")
    _reply(asked.session, asked.reference, asked.who, text, asked.id, asked.now)


def _hand_back(asked: _Asked) -> None:
    desk.hand_back(asked.session, asked.reference, asked.who.name, asked.now, note=asked.note)


def _resolve(asked: _Asked) -> None:
    remedy = asked.values.get("remedy", "")
    body = bodies.Resolve(
        decision=Decision(asked.values["decision"]),
        remedy=Remedy(remedy) if remedy else None,
        text=asked.values.get("text", ""),
    )
    desk.resolve(
        asked.session, asked.reference, asked.who.name, decision=body.decision, remedy=body.remedy,
        text=body.text, outside=asked.outside_body, now=asked.now,
    )  # fmt: skip


def _assign(asked: _Asked) -> None:
    to = asked.values.get("agent", "")
    if not to:
        raise BadInput("choose somebody")
    session, reference, name = asked.session, asked.reference, asked.who.name
    if asked.who.role.supervises:
        desk.assign(session, reference, name, to, asked.now)
        if asked.note:
            desk.note(session, reference, name, asked.note, asked.now)
    else:  # the desk sees to it that only the holder does this
        desk.transfer(session, reference, name, to, asked.note, asked.now)


_MOVES: dict[str, Callable[[_Asked], None]] = {
    "claim": _claim,
    "decline": _decline,
    "release": _release,
    "send_reply": _answer,
    "send_resolve": _resolve,
    "send_hand_back": _hand_back,
    "send_assign": _assign,
}


def _allowed(who: Person, what: Callable[[Role], bool]) -> None:
    if not what(who.role):
        raise NotAllowed(f"the role {who.role} may not do this")
