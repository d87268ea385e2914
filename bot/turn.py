"""One message from start to end. Read this first.

::

    gather (read)          the message, who wrote it, their cases: what the dialogue may know
    ask    (no database)   the engine answers with replies and commands; nothing is changed
    apply  (one write)     commands, replies, dialogue state and "this message is done", together

A crash before `apply` commits leaves the message to be done again; after it, nothing is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from bot import receipts
from bot.applying import apply
from bot.db import Database
from bot.engine import Answer, Engine, EngineSilent, EngineUnavailable, TurnFailed
from bot.gathering import Situation, gather
from bot.settings import Settings
from bot.short_turns import answer_aside, answer_plainly, note_only, read_again
from bot.suspects import Suspects
from channels.lanes import ATTEMPTS, Job, Lease, LeaseLost, Unavailable
from channels.message import InboundKind
from complaints import texts

log = structlog.get_logger()


@dataclass(frozen=True)
class Turn:
    """Handles the jobs of incoming lanes: each is one message."""

    database: Database
    engine: Engine
    settings: Settings
    suspects: Suspects = field(default_factory=Suspects)

    async def take(self, lease: Lease, job: Job) -> None:
        """Answer one message. Raises `Unavailable` (engine away: no attempt), or what went wrong."""
        if job.attempts >= ATTEMPTS:  # worker after worker vanished with it
            await self._give_up(lease, job, job.last_error or "given up")
            return
        try:
            await self._answer(lease, job)
        except (Unavailable, LeaseLost):
            raise
        except Exception as error:
            # It fails at this very message, or what the engine answers cannot be applied.
            if job.attempts + 1 < ATTEMPTS:
                raise
            log.exception("turn given up", lane=job.lane, job=job.id)
            await self._give_up(lease, job, f"{type(error).__name__}: {error}")

    async def _answer(self, lease: Lease, job: Job) -> None:
        situation = await self.database.read(gather, job.payload["message"], self.settings, _now())
        if "edit" in job.payload:
            await self.database.run(read_again, lease, job, situation, self.settings, _now())
        elif (text := _plain_answer(situation)) is not None:
            await self.database.run(answer_plainly, lease, job, situation, text or None, _now())
        elif situation.aside is not None and not situation.aside.beside:
            await self.database.run(answer_aside, lease, job, situation, self.settings, _now())
        elif situation.held:
            await self.database.run(note_only, lease, job, situation, self.settings, _now())
        else:
            answer = await self._ask(situation)
            # A minted reference that exists already (once in ten thousand million) fails this attempt;
            # the next one is offered another.
            await self.database.run(apply, lease, job, situation, answer, self.settings, _now())

    async def _give_up(self, lease: Lease, job: Job, reason: str) -> None:
        await self.database.run(receipts.give_up, lease, job, self.settings, reason, _now())

    async def _ask(self, situation: Situation) -> Answer:
        """The engine's answer. Raises `Unavailable`, or `TurnFailed` if it fails at this very message."""
        try:
            if situation.message in self.suspects:
                return await self._ask_suspect(situation)
            return await self._put(situation)
        except EngineUnavailable as error:
            again = _now() + timedelta(seconds=error.retry_in)
            raise Unavailable(str(error), again, for_all=not isinstance(error, EngineSilent)) from error

    async def _ask_suspect(self, situation: Situation) -> Answer:
        async with self.suspects.one_by_one:
            if not await self.engine.ready():
                raise EngineUnavailable("no answer to /status")
            return await self._put(situation)

    async def _put(self, situation: Situation) -> Answer:
        message = situation.message
        try:
            answer = await self.engine.turn(
                situation.conversation, situation.said, situation.facts, situation.state
            )
        except EngineSilent as error:
            if self.suspects.silent(message):
                raise TurnFailed(f"it answers others, and not this message: {error}") from error
            raise
        except TurnFailed:
            self.suspects.answered(message)
            raise
        self.suspects.answered(message)
        return answer


def _plain_answer(situation: Situation) -> str | None:
    """The fixed text of a message that needs no dialogue, ``""`` for none, ``None`` if it needs one."""
    spoken, organisation = situation.facts.language, situation.facts.organisation
    match situation.kind:
        case InboundKind.PUBLIC:
            return texts.say("write_privately", spoken)
        case InboundKind.OPT_OUT:
            return ""  # the carrier confirms it; whatever we send now would be refused
        case InboundKind.OPT_IN:
            return texts.say("sms_start", spoken, organisation=organisation)
        case InboundKind.HELP:
            return texts.say("sms_help", spoken, organisation=organisation)
        case _:
            return None


def _now() -> datetime:
    return datetime.now(UTC)
