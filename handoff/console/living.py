"""The stream behind an open page: what changes on it, and that its agent is there."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from channels import signals
from handoff.console import listing, sign_in, views
from handoff.console.look import look_of
from handoff.console.looking import Eyes, now
from handoff.console.rendering import HEADERS
from handoff.console.stream import KEEP_ALIVE, Part, events
from handoff.console.views import Region
from handoff.dispatch import presence
from handoff.queue import DESK
from handoff.staff import agents

_LOOKS_FOR = timedelta(seconds=3 * KEEP_ALIVE)
"""Until a page whose process died is forgotten."""

_SIGNS_PASS = 2.0
"""Seconds between two looks at who is there: signs end by themselves."""


@dataclass(frozen=True)
class Streams:
    """The streams of this process. ``stopping`` ends them all."""

    eyes: Eyes
    stopping: asyncio.Event
    _farewells: set[asyncio.Future[None]] = field(default_factory=set)

    async def open(
        self,
        request: Request,
        case: str | None = None,
        listed: Annotated[str, Query(alias="list")] = "",
        shown: int = 0,
    ) -> Response:
        """The changed parts of a page, while it is open."""
        view = await self.eyes.view(request, case)
        look, cookie = look_of(request), sign_in.cookie_of(request)
        name, many = listing.bounded(listed, shown)

        async def desk(since: float) -> list[Region]:
            mine = views.regions(await self.eyes.view(request, None), views.QUEUE)
            return [*mine, await self.eyes.list_region(name, many, look, since)]

        async def talk(since: float) -> list[Region]:
            del since
            return views.regions(await self.eyes.view(request, case), views.CASE)

        async def signs(since: float) -> list[Region]:
            del since
            return [await self.eyes.signs_region(view)]

        parts = [Part(DESK, desk)]
        conversation = str(view.case["conversation"]) if view.case else ""
        if conversation:
            parts.append(Part(f"chat:{conversation}", talk))
            parts.append(Part(signals.topic_of(conversation), signs, passes=_SIGNS_PASS))
        page_id = f"{view.person.name}/{secrets.token_urlsafe(6)}"

        async def alive() -> None:
            await self.eyes.database.run(_still_here, cookie, conversation, page_id, now())

        async def told() -> AsyncIterator[bytes]:
            try:
                async for event in events(self.eyes.database, parts, alive, self.stopping):
                    yield event
            finally:
                if conversation:
                    self._say_goodbye(conversation, page_id)

        headers = HEADERS | {"X-Accel-Buffering": "no"}
        return StreamingResponse(told(), media_type="text/event-stream", headers=headers)

    def _say_goodbye(self, conversation: str, page_id: str) -> None:
        """Outside the request, which is over or cancelled. If it fails, the sign ends by itself."""
        task = asyncio.ensure_future(self.eyes.database.run(signals.end, conversation, page_id))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def _still_here(session: Session, cookie: str, conversation: str, page_id: str, at: datetime) -> None:
    """The page is open: a sign at its case, and of its agent at the desk."""
    who = agents.by_session(session, cookie, at)
    if conversation:
        signals.show(session, conversation, page_id, at, _LOOKS_FOR)
    presence.seen(session, who.name, at)
