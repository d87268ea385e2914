"""Signing in and out: by a one-time link or an access token, for a cookie that opens the console."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from handoff import agents
from handoff.agents import SESSION_LASTS, SignInRefused
from handoff.console.doors import Door
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.database import Database

_SESSION = "recourse_console"
_GUARD = "recourse_sign_in"


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/sign-in`` and ``/sign-out``."""
    door = _Door(database, settings)
    router = APIRouter(route_class=Door)
    router.get("/sign-in")(door.show)
    router.post("/sign-in")(door.sign_in)
    router.post("/sign-out")(door.sign_out)
    return router


def cookie_of(request: Request) -> str:
    """The session's token that came with a request; empty for none."""
    return request.cookies.get(_SESSION, "")


@dataclass(frozen=True)
class _Door:
    """The way in and out."""

    database: Database
    settings: ConsoleSettings

    async def show(self, code: str = "", next: str = "") -> Response:  # noqa: A002 (as the address has it)
        """A button for a link that was followed, else a box for an access token.

        Showing the page uses no link up: mail programs and chats look at links before people do.
        """
        return self._page(code=code, after=next)

    async def sign_in(self, request: Request) -> Response:
        """Take the link or the token, and open a session."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        after = fields.get("next", "")
        if not _same(fields.get("guard", ""), request.cookies.get(_GUARD, "")):
            return self._page(after=after, problem="This page is out of date. Please try again.", status=403)
        try:
            cookie = await self.database.run(_open, fields, datetime.now(UTC))
        except SignInRefused:
            return self._page(after=after, problem=_REFUSED["code" in fields], status=401)
        answer = RedirectResponse(after if _is_ours(after) else "/console", 303, HEADERS)
        self._set(answer, _SESSION, cookie, int(SESSION_LASTS.total_seconds()))
        answer.delete_cookie(_GUARD, path="/console")
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session here and in the table."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        await self.database.run(_close, cookie_of(request), fields, datetime.now(UTC))
        answer = RedirectResponse("/console/sign-in", 303, HEADERS)
        answer.delete_cookie(_SESSION, path="/console")
        return answer

    def _page(self, *, code: str = "", after: str = "", problem: str = "", status: int = 200) -> Response:
        # A form that was not made by this page, in this browser, cannot sign somebody in.
        guard = secrets.token_urlsafe(16)
        answer = page(
            "sign_in.html",
            status=status,
            organisation=self.settings.organisation,
            code=code,
            after=after,
            guard=guard,
            problem=problem,
        )
        self._set(answer, _GUARD, guard, 3600)
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/console",
            httponly=True,
            samesite="lax",
            secure=self.settings.secure,
        )


_REFUSED = {
    True: "This link has been used or has expired. Ask for a new one, or sign in with your access token.",
    False: "This access token opens nothing. Check that you have pasted all of it.",
}


def _open(session: Session, fields: dict[str, str], now: datetime) -> str:
    if "code" in fields:
        return agents.sign_in_by_code(session, fields["code"], now)
    return agents.sign_in_by_token(session, fields.get("token", ""), now)


def _close(session: Session, cookie: str, fields: dict[str, str], now: datetime) -> None:
    try:
        check_form(agents.by_session(session, cookie, now), fields)
    except SignInRefused:
        return  # signed out already
    agents.sign_out(session, cookie, now)


def _is_ours(address: str) -> bool:
    """Whether an address leads to a page of the console, and nowhere else."""
    return address == "/console" or (address.startswith("/console/") and "\\" not in address)


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())
