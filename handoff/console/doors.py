"""What the console answers to those who may not enter, and to what cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from handoff.agents import SignInRefused
from handoff.console.rendering import HEADERS, page
from handoff.refusals import REFUSALS, status_of


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
    status = status_of(error)
    if wants_json(request):
        return JSONResponse({"detail": str(error)}, status, HEADERS)
    return page("refusal.html", status=status, problem=str(error))
