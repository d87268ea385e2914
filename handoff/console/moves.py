"""What the forms of a case's page do: the same moves as the API's, out of form fields."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from handoff import agents, desk
from handoff.agents import NotAllowed, Person
from handoff.bodies import Assess, Close, Note, Reply, Resolve
from handoff.case_file import read_reference
from handoff.queue import BadInput

MOVES = ("claim", "reply", "note", "assess", "release", "handback", "resolve", "close")

B = TypeVar("B", bound=BaseModel)


def make(
    session: Session,
    cookie: str,
    reference: str,
    move: str,
    fields: Mapping[str, str],
    outside: str,
    now: datetime,
) -> None:
    """Make a move for whoever is signed in. Raises what `handoff.desk` does, and `NotAllowed`."""
    who = agents.by_session(session, cookie, now)
    check_form(who, fields)
    _check_role(who, move)
    reference = read_reference(reference)
    match move:
        case "claim":
            desk.claim(session, reference, who.name, now)
        case "reply":
            body = _read(Reply, fields)
            desk.reply(session, reference, who.name, body.text, body.id, now)
        case "note":
            desk.note(session, reference, who.name, _read(Note, fields).text, now)
        case "assess":
            desk.assess(session, reference, who.name, **dict(_read(Assess, fields)), now=now)
        case "release":
            desk.release(session, reference, who.name, now, for_holder=who.role.supervises)
        case "handback":
            desk.hand_back(session, reference, who.name, now)
        case "resolve":
            values = dict(_read(Resolve, fields))
            desk.resolve(session, reference, who.name, **values, outside=outside, now=now)
        case "close":
            desk.close(session, reference, who.name, _read(Close, fields).reason, now)


def check_form(who: Person, fields: Mapping[str, str]) -> None:
    """Whether a form comes from a page of this very session. Raises `NotAllowed`."""
    if not hmac.compare_digest(fields.get("csrf", "").encode(), who.csrf.encode()):
        raise NotAllowed("this page is out of date: load it again")


def _check_role(who: Person, move: str) -> None:
    if not (who.role.annotates if move in ("note", "assess") else who.role.answers):
        raise NotAllowed(f"the role {who.role} may not do this")


def _read(body: type[B], fields: Mapping[str, str]) -> B:
    """The form's fields as the API's body; what was left empty is left out."""
    given = {k: v.replace("\r\n", "\n") for k, v in fields.items() if k in body.model_fields and v.strip()}
    try:
        return body.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{first['loc'][0]}: {first['msg'].lower()}") from error
