"""The forms that the desk's buttons open: answer, resolve, hand back, assign.

https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from complaints.complaint import Decision, UnknownReference
from complaints.world import world
from handoff import queue
from handoff.queue import BadInput, NotHolder, State
from handoff.slack_desk import words
from handoff.slack_desk.reading import Deed
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person, Role

_LONGEST = 3000  # characters that an input takes
_CHOICES = 100  # options of a menu


def view(session: Session, deed: Deed, who: Person) -> dict[str, Any]:
    """The form behind the button that was pressed. Raises `HandoffError`, `ComplaintError`."""
    if not who.role.answers:
        raise NotAllowed(f"the role {who.role} may not do this")
    item = queue.get(session, deed.reference)
    if item is None:
        raise UnknownReference(f"there is no case {deed.reference}")
    holds = item.state == State.HELD and item.agent == who.name
    if not holds and not (deed.action == "assign" and who.role.supervises):
        raise NotHolder(item.agent if item.state == State.HELD else None)
    title, button, blocks = OPENED_BY[deed.action](session, who)
    return {
        "type": "modal",
        "callback_id": f"send_{deed.action}",
        "private_metadata": json.dumps(
            {"reference": deed.reference, "channel": deed.channel, "thread": deed.thread}
        ),
        "title": _plain(title),
        "submit": _plain(button),
        "close": _plain("Cancel"),
        "blocks": [_context(deed.reference), *blocks],
    }


_Form = tuple[str, str, list[dict[str, Any]]]


def _reply(_: Session, __: Person) -> _Form:
    return "Answer the customer", "Send", [_text("What the customer reads")]


def _resolve(_: Session, __: Person) -> _Form:
    offered = world.in_force().remedies.offered()
    blocks = [
        _choice("decision", "Decision", [(d.value, words.label(d)) for d in Decision]),
        _choice(
            "remedy", "What the customer gets", [(r.value, words.label(r)) for r in offered], optional=True
        ),
        _text("What the customer reads"),
    ]
    return "Resolve the case", "Resolve", blocks


def _hand_back(_: Session, __: Person) -> _Form:
    return "Hand back", "Hand back", [_text("A note for colleagues", optional=True)]


def _assign(session: Session, _: Person) -> _Form:
    names = [a.name for a in agents.all_agents(session) if a.active and Role(a.role).answers]
    if not names:
        raise BadInput("there is nobody to give it to")
    if len(names) > _CHOICES:
        raise BadInput(f"Slack shows no more than {_CHOICES} agents: assign it in the console")
    note = _text("A note for colleagues", optional=True)
    return "Give it to somebody", "Assign", [_choice("agent", "Agent", [(n, n) for n in names]), note]


OPENED_BY: dict[str, Callable[[Session, Person], _Form]] = {
    "reply": _reply,
    "resolve": _resolve,
    "hand_back": _hand_back,
    "assign": _assign,
}
"""Button → the form that it opens."""


def _text(label: str, *, optional: bool = False) -> dict[str, Any]:
    field = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": _LONGEST}
    return _input("text", label, field, optional=optional)


def _choice(
    name: str, label: str, options: list[tuple[str, str]], *, optional: bool = False
) -> dict[str, Any]:
    menu = {
        "type": "static_select",
        "action_id": name,
        "options": [{"value": value, "text": _plain(text[:75])} for value, text in options],
    }
    return _input(name, label, menu, optional=optional)


def _input(name: str, label: str, element: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(text)]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
