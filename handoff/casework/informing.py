"""What a case's clock tells its customer, on their channel; or whose task it becomes to tell them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from channels import outbox
from channels.message import Template
from channels.reaching import Obstacle, obstacle
from channels.transcript import Author, Conversation
from channels.wakeups import notify
from complaints import register, texts
from complaints.complaint import Status
from complaints.record import Complaint
from complaints.watching import policy_of
from handoff import queue
from handoff.dispatch.rules import in_force
from handoff.item import Reason, State
from handoff.queue import DESK
from handoff.telling import language_of


def tell(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    keys: tuple[str, ...],
    dedup: str,
    now: datetime,
    *,
    by_template: bool = False,
    **values: object,
) -> list[int] | None:
    """Tell the customer what ``keys`` say, once for each ``dedup``; the messages' ids.

    Texts may name ``reference``, ``respond_by``, ``next_date`` and ``outside_body``. Where we may not
    write freely the platform's approved template goes out, if ``by_template`` and the operator has one;
    otherwise nothing does, the answer is ``None``, and it is a person's task (`give_task`).
    """
    language = language_of(conversation, case)
    known = _values(case, language)
    template = None
    kept_from = obstacle(session, conversation, now)
    if kept_from is Obstacle.WINDOW and by_template:
        template = _template(case, language, known)
    if kept_from is not None and template is None:
        give_task(session, conversation, case, kept_from, now)
        return None
    said = " ".join(texts.say(key, language, **known, **values) for key in keys)
    return outbox.put(
        session, conversation, said, author=Author.SYSTEM, dedup=dedup, now=now, template=template
    )


def give_task(session: Session, conversation: Conversation, case: Complaint, why: str, now: datetime) -> None:
    """To tell the customer is a person's task from now on; ``why`` not the program's.

    ``held``, because somebody is talking to them, or what `Obstacle` says.
    """
    item = queue.locked(session, case.reference)
    if item is None or item.state in (State.WITH_BOT, State.CLOSED):
        item = queue.open_item(session, case, Reason.DUE, now)
    case.update_task = why
    register.record(
        session, case, "update_task", actor="system", now=now, reason=why, due=case.update_by.isoformat(),
        holder=item.agent if item.state == State.HELD else conversation.holder,
    )  # fmt: skip
    notify(session, DESK)
    notify(session, f"chat:{conversation.id}")


def standing_key(case: Complaint, now: datetime) -> str:
    """Which of the texts says how ``case`` stands."""
    if case.respond_by <= now:
        return "update_late"
    return "update_investigating" if case.status == Status.INVESTIGATING else "update_waiting"


def _values(case: Complaint, language: str) -> dict[str, str]:
    policy = policy_of(case)

    def day(moment: datetime) -> str:
        return texts.format_date(moment.astimezone(policy.time_zone).date(), language)

    return {
        "reference": case.reference,
        "respond_by": day(case.respond_by),
        "next_date": day(case.update_by),
        "outside_body": policy.outside_body,
    }


def _template(case: Complaint, language: str, known: dict[str, str]) -> Template | None:
    """The template in the customer's language: reference, stage, the answer's date, the next news'."""
    templates = in_force().update_templates
    name = templates.get(texts.spoken(language)) or templates.get("")
    if not name:
        return None
    stage = texts.say(f"stage_{case.status}", language)
    filled = (known["reference"], stage, known["respond_by"], known["next_date"])
    return Template(name, {str(place): value for place, value in enumerate(filled, 1)})
