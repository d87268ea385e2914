"""What the forms of a case's page do: the same moves as the API's, out of form fields."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from channels.files import Kept
from complaints import register
from handoff import desk
from handoff.case_file import read_reference
from handoff.casework import linking
from handoff.console import attaching, case_moves, clock_moves
from handoff.console.move import Move, read
from handoff.console.settings import ConsoleSettings
from handoff.queue import BadInput
from handoff.rest.bodies import Assess, Close, Note, Reply
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person
from handoff.staff.roles import Right


class OutOfDate(NotAllowed):
    """The form comes from a page of another session."""


def make(
    session: Session,
    cookie: str,
    reference: str,
    move: str,
    fields: Mapping[str, str],
    files: Sequence[Kept],
    settings: ConsoleSettings,
    now: datetime,
) -> None:
    """Make a move for whoever is signed in. Raises what `handoff.desk` does, and `NotAllowed`."""
    who = agents.by_session(session, cookie, now)
    check_form(who, fields)
    right, do = MOVES[move]
    if not who.role.may(right):
        raise NotAllowed(f"the role {who.role} may not do this")
    do(Move(session, read_reference(reference), who, fields, files, settings, now))


def check_form(who: Person, fields: Mapping[str, str]) -> None:
    """Whether a form comes from a page of this very session. Raises `OutOfDate`."""
    if not hmac.compare_digest(fields.get("csrf", "").encode(), who.csrf.encode()):
        raise OutOfDate("this page is out of date: load it again")


def _claim(m: Move) -> None:
    desk.claim(m.session, m.reference, m.who.name, m.now)


def _decline(m: Move) -> None:
    desk.decline(m.session, m.reference, m.who.name, m.now)


def _reply(m: Move) -> None:
    body = read(Reply, m.fields)
    channel = register.find(m.session, m.reference).conversation.partition(":")[0]
    text = attaching.with_links(channel, body.text, m.files, m.settings, m.now)
    desk.reply(m.session, m.reference, m.who.name, text, body.id, m.now)
    attaching.attach(m.session, m.reference, body.id, m.files)


def _note(m: Move) -> None:
    desk.note(m.session, m.reference, m.who.name, read(Note, m.fields).text, m.now)


def _assess(m: Move) -> None:
    desk.assess(m.session, m.reference, m.who.name, **dict(read(Assess, m.fields)), now=m.now)


def _release(m: Move) -> None:
    desk.release(m.session, m.reference, m.who.name, m.now, for_holder=m.who.role.supervises)


def _hand_back(m: Move) -> None:
    if m.fields.get("note", "").strip():
        desk.note(m.session, m.reference, m.who.name, read(Note, {"text": m.fields["note"]}).text, m.now)
    desk.hand_back(m.session, m.reference, m.who.name, m.now)


def _transfer(m: Move) -> None:
    if not m.fields.get("to", "").strip():
        raise BadInput("choose a colleague")
    note = m.fields.get("note", "").strip()
    if note:
        note = read(Note, {"text": note}).text
        desk.note(m.session, m.reference, m.who.name, note, m.now)
    desk.transfer(m.session, m.reference, m.who.name, m.fields["to"], note, m.now)


def _assign(m: Move) -> None:
    if not m.fields.get("to", "").strip():
        raise BadInput("choose a colleague")
    desk.assign(m.session, m.reference, m.who.name, m.fields["to"], m.now)


def _take_over(m: Move) -> None:
    desk.take_over(m.session, m.reference, m.who.name, m.now)


def _close(m: Move) -> None:
    desk.close(m.session, m.reference, m.who.name, read(Close, m.fields).reason, m.now)


def _tie(change: Callable[[Session, str, str, str, datetime], None]) -> Callable[[Move], None]:
    def do(m: Move) -> None:
        change(m.session, m.reference, read_reference(m.fields.get("other", "")), m.who.name, m.now)

    return do


MOVES: Mapping[str, tuple[Right, Callable[[Move], None]]] = {
    "claim": (Right.ANSWER, _claim),
    "decline": (Right.ANSWER, _decline),
    "reply": (Right.ANSWER, _reply),
    "note": (Right.ANNOTATE, _note),
    "assess": (Right.ANNOTATE, _assess),
    "release": (Right.ANSWER, _release),
    "handback": (Right.ANSWER, _hand_back),
    "transfer": (Right.ANSWER, _transfer),
    "close": (Right.ANSWER, _close),
    "assign": (Right.SUPERVISE, _assign),
    "takeover": (Right.SUPERVISE, _take_over),
    "link": (Right.ANSWER, _tie(linking.link)),
    "unlink": (Right.ANSWER, _tie(linking.unlink)),
    "merge": (Right.ANSWER, _tie(linking.merge)),
    "unmerge": (Right.ANSWER, _tie(linking.unmerge)),
    **case_moves.MOVES,
    **clock_moves.MOVES,
}
