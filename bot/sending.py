"""Sends what lies in the outbox: in order, once, and honest about what is not known.

A message is marked ``sending`` in a commit of its own before it leaves. Found in that state later,
its outcome is unknown: the platform is asked where it can be asked, otherwise the message is sent
once more and no further. Refusals do not count as that one time: they are known not to have arrived.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from channels import figures, lanes, outbox, transcript
from channels.backoff import backoff
from channels.channel import Channel, DeliveryFailed, LeftToPeople
from channels.lanes import ATTEMPTS, Job, Lease, LeaseLost, TooEarly, Unavailable
from channels.message import Outbound
from channels.pacing import Pace
from channels.transcript import Conversation, Delivery, Message
from channels.wakeups import Database, notify
from handoff.casework import by_hand

EXPIRY = timedelta(hours=24)
"""An undelivered message is tried for so long; then an agent must know."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Letter:
    """A message on its way out, as it stood when its turn came."""

    outbound: Outbound
    state: Delivery
    tries: int
    repeated: bool
    opted_out: bool
    last_in_chat: datetime | None


@dataclass(frozen=True)
class Sender:
    """Handles the jobs of outgoing lanes. ``channels`` maps `Address.channel` to its adapter."""

    database: Database
    channels: Mapping[str, Channel]
    pace: Pace = field(default_factory=Pace)

    async def take(self, lease: Lease, job: Job) -> None:
        """Send one message. Raises `Unavailable` when it must wait, or what went wrong on our side."""
        try:
            await self._take(lease, job)
        except (Unavailable, LeaseLost):
            raise
        except Exception as error:
            if job.attempts + 1 < ATTEMPTS:
                raise
            log.exception("message given up", job=job.id)
            reason = f"{type(error).__name__}: {error}"
            await self.database.run(_give_up, lease, job, reason, False, _now())

    async def _take(self, lease: Lease, job: Job) -> None:
        letter = await self.database.read(_letter, job.payload["message"])
        channel = self.channels.get(letter.outbound.address.channel)
        if letter.state not in (Delivery.QUEUED, Delivery.SENDING):
            await self.database.run(lanes.finish, lease, job, _now())
        elif job.attempts >= ATTEMPTS:  # worker after worker vanished with it
            await self._fail(letter, lease, job, job.last_error or "given up", refused=False)
        elif letter.opted_out:
            await self._fail(letter, lease, job, "the customer has opted out of messages")
        elif channel is None:
            gone = f"{letter.outbound.address.channel} is not connected any more"
            await self._fail(letter, lease, job, gone)
        else:
            self._keep_pace(letter)
            await self._send(channel, letter, lease, job)

    def _keep_pace(self, letter: Letter) -> None:
        """Let the lane rest if the platform would find us too fast. Raises `TooEarly`."""
        now = _now()
        earliest = self.pace.earliest(letter.outbound.address.channel, letter.last_in_chat, now)
        if earliest > now:
            raise TooEarly("the platform's pace", earliest)

    async def _send(self, channel: Channel, letter: Letter, lease: Lease, job: Job) -> None:
        try:
            provider_id = None
            if letter.state is Delivery.SENDING:
                provider_id = await self._look_up(channel, letter, job)
            if provider_id is None:
                await self.database.run(_leaving, lease, job, _now())
                provider_id = await channel.send(letter.outbound)
        except LeftToPeople:
            await self.database.run(_leave, lease, job, _now())
        except DeliveryFailed as error:
            await self._undelivered(letter, error, lease, job)
        else:
            await self.database.run(_arrived, lease, job, provider_id, _now())
            figures.SENT.labels(letter.outbound.address.channel).inc()

    async def _look_up(self, channel: Channel, letter: Letter, job: Job) -> str | None:
        """The platform's id if an earlier try did get there. Raises `DeliveryFailed` to leave it at that."""
        try:
            found = await channel.find(letter.outbound)
        except DeliveryFailed as error:
            if not error.permanent:  # who could not look knows no more than before
                raise DeliveryFailed(
                    str(error), retry_after=error.retry_after, outcome_unknown=True
                ) from error
            if letter.repeated:  # sent twice with no word back: a third time could only annoy
                raise DeliveryFailed("sent twice, outcome unknown", permanent=True) from error
            return None
        # The same words may have been sent shortly before: then it is that message which was found.
        if found is not None and await self.database.read(_is_anothers, job.payload["message"], found):
            return None
        return found

    async def _undelivered(self, letter: Letter, error: DeliveryFailed, lease: Lease, job: Job) -> None:
        log.warning("not delivered", job=job.id, permanent=error.permanent, unknown=error.outcome_unknown)
        if error.permanent or _now() - job.created > EXPIRY:
            await self._fail(letter, lease, job, str(error), refused=error.permanent)
            return
        wait = (
            timedelta(seconds=error.retry_after)
            if error.retry_after
            else backoff(letter.tries + 1, random.random())
        )
        await self.database.run(_wait, lease, job, str(error), error.outcome_unknown, letter.tries + 1)
        figures.not_sent(letter.outbound.address.channel, permanent=False)
        raise Unavailable(str(error), _now() + wait)

    async def _fail(
        self, letter: Letter, lease: Lease, job: Job, reason: str, *, refused: bool = True
    ) -> None:
        await self.database.run(_give_up, lease, job, reason, refused, _now())
        figures.not_sent(letter.outbound.address.channel, permanent=True)


def _letter(session: Session, message_id: int) -> Letter:
    message, conversation, last_in_chat = session.execute(_LETTER, {"this": message_id}).one()
    return Letter(
        outbox.outbound(conversation, message),
        Delivery(message.state),
        message.tries,
        message.repeated,
        conversation.opted_out,
        last_in_chat,
    )


_earlier = aliased(Message)
_LETTER = (
    select(
        Message,
        Conversation,
        select(col(_earlier.sent_at))
        .where(col(_earlier.conversation) == col(Message.conversation), col(_earlier.sent_at).is_not(None))
        .order_by(col(_earlier.seq).desc())
        .limit(1)
        .scalar_subquery(),
    )
    .join(Conversation, col(Conversation.id) == col(Message.conversation))
    .where(col(Message.id) == bindparam("this"))
)
"""A message, its conversation, and when the last message left for it; built once."""


def _leaving(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    lanes.heartbeat(session, lease, now)  # whoever lost the lane must not send
    outbox.sending(session, job.payload["message"], now)


def _leave(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    message_id = job.payload["message"]
    transcript.lock(session, session.get_one(Message, message_id).conversation)
    lanes.finish(session, lease, job, now)
    by_hand.leave(session, session.get_one(Message, message_id), now)


def _is_anothers(session: Session, message_id: int, provider_id: str) -> bool:
    message = session.get_one(Message, message_id)
    return outbox.is_anothers(session, message, provider_id)


def _arrived(session: Session, lease: Lease, job: Job, provider_id: str, now: datetime) -> None:
    lanes.finish(session, lease, job, now)
    outbox.sent(session, job.payload["message"], provider_id, now)


def _wait(session: Session, lease: Lease, job: Job, error: str, unknown: bool, tries: int) -> None:
    lanes.heartbeat(session, lease, _now())  # whoever lost the lane has no say: another may have sent it
    message = session.get_one(Message, job.payload["message"])
    message.tries = tries  # a look-up in vain is a try as well, or the rests between them would not grow
    if unknown:
        message.error = error  # it stays "sending": the next try asks the platform first
        session.add(message)
    else:
        outbox.failed(session, message, error, final=False)


def _give_up(session: Session, lease: Lease, job: Job, reason: str, refused: bool, now: datetime) -> None:
    lanes.bury(session, lease, job, reason, now)
    message = session.get_one(Message, job.payload["message"])
    outbox.failed(session, message, reason, final=True, refused=refused)
    notify(session, f"chat:{message.conversation}")
    notify(session, "desk")


def _now() -> datetime:
    return datetime.now(UTC)
