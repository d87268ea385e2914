"""What the engine makes of a complaint that a person has taken down: the same model as for a chat message.

The engine is a pure function: it is asked as in a first turn, and of its answer only what it understood is
taken. It may be away; the hazard rules then stand alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.engine import Engine, EngineError, Said
from bot.settings import Settings
from complaints.facts import Facts, Offer
from complaints.reference import mint
from complaints.triage import Parse

PATIENCE = 4.0
"""Seconds: somebody is on the telephone meanwhile."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Reader:
    """Asks ``engine`` what it understands."""

    engine: Engine
    settings: Settings

    async def __call__(self, text: str, language: str) -> Parse | None:
        """Intent, severity and category with their confidence, or ``None`` while the engine is away."""
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self.engine.turn("taken-down", Said(text), self._facts(language), None)
        except (EngineError, TimeoutError) as error:
            log.warning("taken down without the engine", reason=type(error).__name__)
            return None
        return answer.parse

    def _facts(self, language: str) -> Facts:
        """Those of somebody who is new. Nothing of them is said to anybody."""
        offer = Offer(
            reference=mint(),
            update_by="",
            respond_by="",
            queue_position=1,
            opening="",
            open_now=True,
            reach="",
        )
        return Facts(
            now=datetime.now(UTC), language=language, channel="webchat",
            organisation=self.settings.organisation, emergency="", country=self.settings.country,
            time_zone=self.settings.time_zone, offer=offer,
        )  # fmt: skip
