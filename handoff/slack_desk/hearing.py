"""Takes in what happens in the agents' channel, durably, and does it at the desk.

Each deed is a job in the lane of its thread, put there in the webhook's own transaction: Slack is
told "received" afterwards, a repetition is known by its id, and two agents who press at once come
one after the other. What a deed comes to is one transaction: the move at the desk, and whatever the
agent must be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlmodel import Session

from channels import lanes
from channels.channel import DeliveryFailed
from channels.lanes import Job, Lease, Unavailable
from channels.slack_web import SlackWeb
from complaints.complaint import ComplaintError
from complaints.masking import mask
from handoff.database import Database
from handoff.dispatch import presence
from handoff.queue import HandoffError
from handoff.slack_desk import forms, moves, record, words
from handoff.slack_desk.reading import ANSWER, Deed, Kind, read
from handoff.slack_desk.telling import react, tell
from handoff.staff.agents import NotAllowed, Person

KIND = "slackin"
"""The kind of the lanes with what comes from Slack: ``slackin:<channel>-<thread>``."""

log = structlog.get_logger()


def accept(session: Session, body: Mapping[str, Any], now: datetime) -> bool:
    """Store what a request from the agents' channel holds; ``False`` for nothing, or nothing new."""
    deed = read(body)
    if deed is None:
        return False
    values = {name: mask(value).text for name, value in deed.values.items()}
    deed = replace(deed, text=mask(deed.text).text, values=values)
    # Opening a form changes nothing and must not wait for anything: Slack's permission lasts 3 seconds.
    alone = deed.kind is Kind.PRESS and deed.action in forms.OPENED_BY
    lane = f"{KIND}:{deed.user}" if alone else f"{KIND}:{deed.channel}-{deed.thread or deed.user}"
    put = lanes.put(session, lane, deed.payload, dedup=f"slack:{deed.id}", now=now, order=deed.order)
    return put is not None


@dataclass(frozen=True)
class Hearing:
    """Handles the jobs of incoming lanes. ``outside_body`` is whom a customer may turn to next."""

    database: Database
    web: SlackWeb
    outside_body: str

    async def take(self, lease: Lease, job: Job) -> None:
        """Do one deed, or say why not."""
        deed = Deed.of(job.payload)
        if deed.kind is Kind.PRESS and deed.action in forms.OPENED_BY:
            await self._open(deed, lease, job)
        else:
            await self.database.run(_settle, lease, job, deed, self.outside_body, _now())

    async def _open(self, deed: Deed, lease: Lease, job: Job) -> None:
        """Open a form, unless its sender could not use it."""
        now = _now()
        view = await self.database.run(_form_for, deed, now)
        if view is None:
            await self.database.run(lanes.finish, lease, job, now)
            return
        trouble = ""
        try:
            await self.web.call("views.open", trigger_id=deed.trigger, view=view)
        except DeliveryFailed as error:
            # The permission has expired by the next attempt, and the agent presses again.
            log.warning("form not opened", job=job.id, reason=str(error))
            trouble = words.FORM_NOT_OPENED
        await self.database.run(_opened, lease, job, deed, trouble, _now())


def _settle(session: Session, lease: Lease, job: Job, deed: Deed, outside_body: str, now: datetime) -> None:
    """The deed, and that it is done, in one transaction."""
    who = record.person(session, deed.user)
    reference = deed.reference or record.of_thread(session, deed.channel, deed.thread)
    if reference is None and record.is_unsure(session, deed.channel):
        raise Unavailable("whether a case's message has got to Slack is not known yet")
    if reference is None:
        # The agents' own talk; but whoever means to answer a customer must know that nobody was answered.
        if deed.kind in (Kind.ANSWER, Kind.MISTAKE):
            tell(session, deed, words.NO_CASE_HERE.format(mark=ANSWER), now)
    elif who is None and deed.kind is not Kind.EDIT:
        tell(session, deed, words.stranger(deed.user, lost=_lost(deed)), now)
    elif who is not None:
        _do(session, deed, reference, who, outside_body, now)
    lanes.finish(session, lease, job, now)


def _do(session: Session, deed: Deed, reference: str, who: Person, outside_body: str, now: datetime) -> None:
    try:
        # A refusal in the middle of a move leaves nothing of it.
        with session.begin_nested():
            done = moves.make(session, deed, reference, who, outside_body, now)
    except Unavailable:
        raise
    except (HandoffError, ComplaintError, ValidationError) as error:
        tell(session, deed, words.refusal(error, lost=_lost(deed)), now)
        return
    if done.reaction and deed.at:
        react(session, reference, deed.channel, deed.at, done.reaction, now)
    if done.told:
        tell(session, deed, done.told, now)
    presence.seen(session, who.name, now)


def _form_for(session: Session, deed: Deed, now: datetime) -> dict[str, Any] | None:
    """The form behind a button; ``None`` if the agent was told why there is none."""
    who = record.person(session, deed.user)
    if who is None:
        tell(session, deed, words.stranger(deed.user), now)
        return None
    try:
        return forms.view(session, deed, who)
    except (HandoffError, ComplaintError, NotAllowed) as error:
        tell(session, deed, words.refusal(error), now)
        return None


def _opened(session: Session, lease: Lease, job: Job, deed: Deed, trouble: str, now: datetime) -> None:
    if trouble:
        tell(session, deed, trouble, now)
    lanes.finish(session, lease, job, now)


def _lost(deed: Deed) -> str:
    """What somebody wrote into a form, which is gone with it: they shall not have to write it again."""
    return deed.values.get("text", "") if deed.kind is Kind.SUBMIT else ""


def _now() -> datetime:
    return datetime.now(UTC)
