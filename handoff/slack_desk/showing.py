"""Shows cases in Slack as they are: one message for each, its thread, and words for single agents.

A job says which case; what Slack still lacks is read from the database, said, and noted, step by
step, until there is nothing left. So it does not matter how many changes a job stands for, and after
an outage the thread goes on where it stopped, in order. Before a message leaves, its id is noted in
a commit of its own; whoever finds such a note later looks in Slack before saying it again.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import structlog
from sqlmodel import Session

from channels import lanes
from channels.backoff import backoff
from channels.channel import DeliveryFailed
from channels.lanes import EPOCH, Job, Lease, TooEarly, Unavailable
from channels.slack_web import SlackRefused, SlackWeb
from complaints import register
from handoff.database import Database
from handoff.item import State
from handoff.slack_desk import thread
from handoff.slack_desk.case_message import Shown, look, message
from handoff.slack_desk.record import SlackCase

_PACE = timedelta(
    seconds=1
)  # between two messages in a channel: https://docs.slack.dev/apis/web-api/rate-limits
_MOST_FAILURES = 8  # after which the rest between two attempts grows no more: about a minute
_HEAD_GONE = {
    "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "invalid_thread_ts",
}  # fmt: skip
_NOT_THERE = {"channel_not_found", "not_in_channel", "is_archived", "restricted_action"}
_DONE_ALREADY = {"already_reacted", "message_not_found", "too_many_reactions", "no_item_specified"}

log = structlog.get_logger()


@dataclass(frozen=True)
class _Step:
    """One message to be posted, or the head to be updated. ``key`` names it for ever."""

    key: str
    text: str
    blocks: list[dict[str, Any]]
    head: str | None  # the thread's head
    digest: str | None = None  # of a head
    seq: int | None = None
    position: int | None = None

    @property
    def progress(self) -> dict[str, Any]:
        """What is true once it is said."""
        return {"key": self.key, "head": self.head, "digest": self.digest,
                "seq": self.seq, "position": self.position}  # fmt: skip


@dataclass
class Showing:
    """Handles the jobs of the lanes that lead to Slack. ``console`` is the address of the agents' pages."""

    database: Database
    web: SlackWeb
    channel: str
    console: str
    pace: timedelta = _PACE
    _failures: int = field(default=0, init=False)
    _closed_until: datetime | None = field(default=None, init=False)
    _next_place: datetime = field(default=EPOCH, init=False)
    _places: dict[str, datetime] = field(default_factory=dict, init=False)

    async def take(self, lease: Lease, job: Job) -> None:
        """Say what a job stands for. Raises `Unavailable` while Slack is away."""
        if self._closed_until and _now() < self._closed_until:
            raise Unavailable("Slack is away", self._closed_until)
        if "tell" in job.payload:
            await self._courtesy(self._tell(job.payload["tell"]))
        elif "react" in job.payload:
            await self._courtesy(self._react(job.payload["react"]))
        else:
            await self._show(job.payload, lease)
            if "line" in job.payload:
                await self._remark(job.payload, lease, job)
        await self.database.run(lanes.finish, lease, job, _now())

    async def _tell(self, words: dict[str, Any]) -> None:
        await self.web.call(
            "chat.postEphemeral",
            channel=words["channel"],
            thread_ts=words["thread"],
            user=words["user"],
            text=words["text"],
        )

    async def _react(self, mark: dict[str, Any]) -> None:
        try:
            await self.web.call("reactions.add", **mark)
        except SlackRefused as error:
            if error.code not in _DONE_ALREADY:
                raise

    async def _courtesy(self, call: Awaitable[None]) -> None:
        """Make a call without which nothing is wrong in the long run: a refusal is the end of it."""
        try:
            await call
        except DeliveryFailed as error:
            if not error.permanent:
                self._away(error)
            log.warning("not told", reason=str(error))
        else:
            self._answered()

    async def _show(self, payload: dict[str, Any], lease: Lease) -> None:
        reference = payload["case"]
        while (
            step := await self.database.read(_next_step, reference, self.channel, self.console)
        ) is not None:
            await self._do(reference, step, lease)

    async def _remark(self, payload: dict[str, Any], lease: Lease, job: Job) -> None:
        """Say something about one message, and that it is said, at once."""
        done = False
        while not done:
            step = await self.database.read(_line, payload, job.id, self.channel)
            if step is None:
                break
            done = await self._do(payload["case"], step, lease)

    async def _do(self, reference: str, step: _Step, lease: Lease) -> bool:
        """Do one thing towards ``step``; whether that was the last. Raises `Unavailable`."""
        try:
            done = await self._said(reference, step, lease)
        except SlackRefused as error:
            if error.code in _HEAD_GONE:
                # Somebody has deleted the message: the case gets another one, and a new thread.
                log.warning("the case's message is gone from Slack", reference=reference, code=error.code)
                await self.database.run(_begin_anew, lease, reference, self.channel, _now())
                return False
            if error.permanent and error.code not in _NOT_THERE:
                raise  # counts as an attempt: a message that Slack will never take must not stop the desk
            self._away(error)
        except DeliveryFailed as error:
            self._away(error)
        self._answered()
        return done

    async def _said(self, reference: str, step: _Step, lease: Lease) -> bool:
        if step.digest is not None and step.head is not None:
            await self.web.call(
                "chat.update", channel=self.channel, ts=step.head, text=step.text, blocks=step.blocks
            )
            await self.database.run(_shown, lease, reference, step.progress, step.head, _now())
            return True
        pending = await self.database.run(_pending, lease, reference, self.channel, _now())
        if pending is not None:  # an earlier attempt may have got there
            return await self._look(reference, *pending, lease) and pending[0]["key"] == step.key
        if not step.blocks:
            await self.database.run(_shown, lease, reference, step.progress, None, _now())
            return True
        self._keep_pace(reference)
        await self.database.run(_leaving, lease, reference, self.channel, step.progress, _now())
        try:
            ts = await self.web.post(
                _id(reference, step.key), self.channel, step.text, step.blocks, thread=step.head
            )
        except DeliveryFailed as error:
            if not error.outcome_unknown:
                await self.database.run(_not_left, lease, reference, _now())
            raise
        await self.database.run(_shown, lease, reference, step.progress, ts, _now())
        return True

    async def _look(self, reference: str, progress: dict[str, Any], since: datetime, lease: Lease) -> bool:
        """Find out whether an earlier attempt arrived, and note what is true."""
        key = _id(reference, progress["key"])
        found = await self.web.find(key, self.channel, since, thread=progress["head"])
        if found is None:
            await self.database.run(_not_left, lease, reference, _now())
        else:
            await self.database.run(_shown, lease, reference, progress, found, _now())
        return found is not None

    def _keep_pace(self, reference: str) -> None:
        """Give the case a place in the row of messages, and let its lane rest until then. Raises `TooEarly`.

        It keeps its place: a thousand cases that came at once are not each asked a thousand times.
        """
        now = _now()
        place = self._places.pop(reference, None)
        if place is None:
            place = max(now, self._next_place)
            self._next_place = place + self.pace
        if place > now:
            self._places[reference] = place
            raise TooEarly("Slack's pace", place)

    def _away(self, error: DeliveryFailed) -> NoReturn:
        """Leave Slack in peace for a while: this lane, and all others. Raises `Unavailable`."""
        self._failures = min(self._failures + 1, _MOST_FAILURES)
        wait = (
            timedelta(seconds=error.retry_after)
            if error.retry_after
            else backoff(self._failures, random.random())
        )
        self._closed_until = _now() + wait
        log.warning("the desk in Slack is out of reach", reason=str(error), seconds=wait.total_seconds())
        raise Unavailable(str(error), self._closed_until) from error

    def _answered(self) -> None:
        self._failures, self._closed_until = 0, None


def _next_step(session: Session, reference: str, channel: str, console: str) -> _Step | None:
    """What Slack lacks of a case; ``None`` if it shows it as it is."""
    case = look(session, reference)
    if case is None:
        return None
    row = session.get(SlackCase, reference)
    if row is None or row.channel != channel:
        row = SlackCase(reference=reference, channel=channel)
    if row.ts is None and case.state not in (State.WAITING, State.OFFERED, State.HELD):
        return None  # from before the desk, and it needs nobody
    head = message(case, console)
    if row.ts is None:
        return _head(head, None)
    if row.shown != head.digest:
        return _head(head, row.ts)
    part = thread.next_part(session, row, register.find(session, reference), case.state)
    if part is None:
        return None
    return _Step(f"{row.ts}:{part.key}", part.text, part.blocks, row.ts, seq=part.seq, position=part.position)


def _head(shown: Shown, ts: str | None) -> _Step:
    return _Step(f"head:{shown.digest[:16]}", shown.text, shown.blocks, ts, digest=shown.digest)


def _line(session: Session, payload: dict[str, Any], job: int | None, channel: str) -> _Step | None:
    """A remark about one message, if there is a thread for it and it is not there yet."""
    row, key = session.get(SlackCase, payload["case"]), f"line:{job}"
    if row is None or row.ts is None or row.channel != channel or row.remark == key:
        return None
    text, blocks = thread.line(session, payload["line"], payload["about"], payload["case"])
    return _Step(key, text, blocks, row.ts)


def _row(session: Session, reference: str, channel: str) -> SlackCase:
    """The case's row, locked; made anew if it is new, or was shown in another channel."""
    row = session.get(SlackCase, reference, populate_existing=True, with_for_update=True)
    if row is not None and row.channel != channel:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        row = SlackCase(reference=reference, channel=channel)
        session.add(row)
    return row


def _pending(
    session: Session, lease: Lease, reference: str, channel: str, now: datetime
) -> tuple[dict[str, Any], datetime] | None:
    """The message whose fate is unknown, and since when."""
    lanes.heartbeat(session, lease, now)  # whoever lost the lane must say nothing
    row = _row(session, reference, channel)
    if row.pending is None or row.pending_since is None:
        return None
    return row.pending, row.pending_since


def _leaving(
    session: Session, lease: Lease, reference: str, channel: str, progress: dict[str, Any], now: datetime
) -> None:
    lanes.heartbeat(session, lease, now)
    row = _row(session, reference, channel)
    row.pending, row.pending_since = progress, now


def _not_left(session: Session, lease: Lease, reference: str, now: datetime) -> None:
    lanes.heartbeat(session, lease, now)
    row = session.get_one(SlackCase, reference)
    row.pending, row.pending_since = None, None


def _shown(
    session: Session, lease: Lease, reference: str, progress: dict[str, Any], ts: str | None, now: datetime
) -> None:
    """It is said: the case's row knows how far Slack is."""
    lanes.heartbeat(session, lease, now)
    row = session.get_one(SlackCase, reference)
    if progress["digest"] is not None:
        row.ts, row.shown = ts, progress["digest"]
    if progress["position"] is not None:
        row.seq, row.position = progress["seq"], progress["position"]
    if progress["key"].startswith("line:"):
        row.remark = progress["key"]
    row.pending, row.pending_since = None, None


def _begin_anew(session: Session, lease: Lease, reference: str, channel: str, now: datetime) -> None:
    lanes.heartbeat(session, lease, now)
    row = _row(session, reference, channel)
    row.ts, row.shown, row.seq, row.position, row.pending, row.pending_since = None, "", None, 0, None, None


def _id(reference: str, key: str) -> str:
    return f"desk:{reference}:{key}"


def _now() -> datetime:
    return datetime.now(UTC)
