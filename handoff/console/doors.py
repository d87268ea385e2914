"""What the console answers to those who may not enter, and to what cannot be done."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from channels.lanes import Unavailable
from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.look import look_of
from handoff.console.rendering import HEADERS, page
from handoff.database import Database
from handoff.refusals import REFUSALS, status_of
from handoff.staff import sessions
from handoff.staff.agents import SignInRefused

_REMEMBERED = 10_000  # sessions whose use was written down lately, in this process

log = structlog.get_logger()


class Door(APIRoute):
    """Sends whoever is not signed in to the sign-in, and answers other refusals with a page."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The route's handler, with an answer for everything that may be refused."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInRefused as error:
                if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                    wanted = quote(request.url.path)
                    return RedirectResponse(f"/console/sign-in?next={wanted}", 303, HEADERS)
                return refusal(request, error)
            except REFUSALS as error:
                return refusal(request, error)

        return answer


def wants_json(request: Request) -> bool:
    """Whether the page's own script asks, which shows a refusal where it is."""
    return request.headers.get("accept", "").startswith("application/json")


def refusal(request: Request, error: Exception) -> Response:
    """The answer that says what was refused, and why."""
    status, look = status_of(error), look_of(request)
    problem = problems.said(error, look.language)
    if wants_json(request):
        return JSONResponse({"detail": problem}, status, HEADERS)
    return page("refusal.html", status=status, look=look, problem=problem)


def in_use(database: Database) -> Callable[[Request], AsyncIterator[None]]:
    """A dependency of the console's routers: what its people do keeps their sessions from idling out.

    It is written down after the answer, once a minute at most. An open stream is no use: the page
    that holds it may have been left open.
    """
    noted: dict[str, float] = {}

    async def use(request: Request) -> AsyncIterator[None]:
        yield
        cookie, now = cookie_of(request), time.monotonic()
        lately = now - noted.get(cookie, -1e9) < sessions.NOTED.total_seconds()
        if not cookie or lately or request.url.path.endswith("/stream"):
            return
        if len(noted) >= _REMEMBERED:
            noted.clear()
        noted[cookie] = now
        try:
            await database.run(sessions.use, cookie, datetime.now(UTC))
        except Unavailable as error:
            log.warning("use of a session not recorded", reason=str(error))

    return use
