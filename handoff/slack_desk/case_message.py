"""A case's message in the agents' channel: pure, from what is known of it to Slack's blocks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.slack_reading import escaped
from channels.transcript import Conversation
from complaints import register
from handoff import queue
from handoff.item import State
from handoff.slack_desk import words

_SUMMARY = 300  # characters of a description

Block = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """What the message says: ``text`` is for notifications, in Slack's markup."""

    text: str
    blocks: list[Block]

    @property
    def digest(self) -> str:
        """The same for the same message."""
        return hashlib.sha256(json.dumps([self.text, self.blocks]).encode()).hexdigest()


@dataclass(frozen=True)
class Look:
    """A case as the agents' channel shows it."""

    reference: str
    severity: str
    category: str
    safety: bool
    summary: str
    channel: str
    language: str
    customer: str
    due: datetime
    state: str
    agent: str | None
    since: datetime | None
    reasons: tuple[str, ...]
    status: str
    decision: str | None
    back_at: datetime | None
    at_risk: bool


def look(session: Session, reference: str) -> Look | None:
    """The case as it is now; ``None`` if nobody was ever needed for it. Raises `UnknownReference`."""
    case = register.find(session, reference)
    item = queue.get(session, reference)
    if item is None:
        return None
    conversation = session.get_one(Conversation, case.conversation)
    known = case.name or (None if case.anonymous else conversation.name)
    return Look(
        reference=reference,
        severity=case.severity,
        category=case.category,
        safety=case.safety,
        summary=_short(case.description or case.product or ""),
        channel=case.channel,
        language=case.language,
        customer=known or "",
        due=case.respond_by,
        state=item.state,
        agent=item.agent,
        since=item.claimed_at,
        reasons=tuple(item.reasons),
        status=case.status,
        decision=case.decision,
        back_at=item.back_at,
        at_risk=item.escalated_at is not None,
    )


def message(case: Look, console: str) -> Shown:
    """The message of a case; ``console`` is the address of the agents' pages."""
    danger = " :rotating_light: *Danger*" if case.safety else ""
    head = (
        f"{words.circle(case.severity)} *{case.reference}*  {words.label(case.severity)} · "
        f"{words.label(case.category)}{danger}"
    )
    risk = ":warning: *at risk*, due" if case.at_risk and case.state != State.CLOSED else "Due"
    facts = [f"{risk} {words.moment(case.due)}", words.channel(case.channel), words.language(case.language)]
    facts += [escaped(case.customer)] if case.customer else []
    facts += [words.needed(reason) for reason in case.reasons]
    blocks: list[Block] = [
        _section(head),
        plain(case.summary or "(no words)"),
        {"type": "context", "elements": [_mrkdwn(" · ".join(facts))]},
        _section(_standing(case)),
        {"type": "actions", "block_id": "case", "elements": _buttons(case, console)},
    ]
    notice = f"{case.reference}, {case.severity}: {_standing(case)} {escaped(case.summary)}"
    return Shown(notice, blocks)


def plain(text: str) -> Block:
    """Somebody's words: Slack reads no links, mentions or emoji in them."""
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def working_buttons(reference: str) -> Block:
    """What the holder does next, under what the customer has said."""
    elements = [
        _button("reply", "Reply", reference, style="primary"),
        _button("resolve", "Resolve", reference),
        _button("hand_back", "Hand back", reference),
    ]
    return {"type": "actions", "elements": elements}


def _standing(case: Look) -> str:
    """Who has the case, in a sentence."""
    agent = escaped(case.agent or "")
    match case.state:
        case State.HELD:
            return f"*{agent}* has it" + (f" since {words.moment(case.since)}." if case.since else ".")
        case State.OFFERED:
            return f"It is offered to *{agent}*."
        case State.WITH_BOT:
            back = f" until {words.moment(case.back_at)}" if case.back_at else ""
            return f"With the assistant{back}." + (f" Decided: {_decision(case)}." if case.decision else "")
        case State.CLOSED:
            decided = f": {_decision(case)}" if case.decision else ""
            return f"{words.label(case.status)}{decided}."
        case _:
            return "It waits for somebody."


def _decision(case: Look) -> str:
    return words.label(case.decision).lower()


def _buttons(case: Look, console: str) -> list[Block]:
    reference = case.reference
    page = _button("open", "Open", "") | {"url": f"{console}/cases/{reference}"}
    del page["value"]
    assign = _button("assign", "Assign", reference)
    match case.state:
        case State.WAITING:
            return [_button("claim", "Claim", reference, style="primary"), page, assign]
        case State.OFFERED:
            take = _button("claim", "Accept", reference, style="primary")
            return [take, _button("decline", "Decline", reference), page, assign]
        case State.HELD:
            work: list[Block] = working_buttons(reference)["elements"]
            return [*work, _button("release", "Release", reference), page, assign]
        case State.WITH_BOT:
            return [_button("claim", "Claim", reference), page]
        case _:
            return [page]


def _button(action: str, title: str, value: str, style: str | None = None) -> Block:
    look = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": title}}
    return look | {"value": value} | ({"style": style} if style else {})


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SUMMARY else f"{text[: _SUMMARY - 1]}…"
