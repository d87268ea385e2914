"""Signing in and out: by a password, a one-time link, an access token or the OpenID provider."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from babel.dates import format_timedelta
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from handoff.console import cookies
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.database import Database
from handoff.staff import agents, openid_accounts, passwords, sessions, throttle
from handoff.staff.agents import SESSION_LASTS, Came, SignInRefused
from handoff.staff.openid import (
    Journey,
    Known,
    NoAccount,
    NoRole,
    OpenIdError,
    OpenIdSettings,
    Provider,
    ProviderAway,
    read_journey,
)
from handoff.staff.passwords import Stored, Verdict
from handoff.staff.throttle import Attempt, TooManyAttempts

__all__ = ["cookie_of"]  # and what is defined here

_PAGE_LASTS = 3600  # seconds
_JOURNEY_LASTS = 600

log = structlog.get_logger()


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/sign-in``, what is below it, and ``/sign-out``."""
    door = _Door(database, settings, Provider(settings.openid) if settings.openid else None)
    router = APIRouter(route_class=Door)
    router.get("/sign-in")(door.show)
    router.post("/sign-in")(door.sign_in)
    router.post("/sign-out")(door.sign_out)
    if door.provider is not None:
        router.get("/sign-in/openid")(door.leave)
        router.get("/sign-in/openid/callback")(door.return_)
    return router


@dataclass(frozen=True)
class _Door:
    """The way in and out."""

    database: Database
    settings: ConsoleSettings
    provider: Provider | None

    async def show(self, request: Request, code: str = "", next: str = "") -> Response:  # noqa: A002 (as the address has it)
        """A button for a link that was followed, else boxes for name and password.

        Showing the page uses no link up: mail programs and chats look at links before people do.
        """
        return self._page(request, code=code, after=next)

    async def sign_in(self, request: Request) -> Response:
        """Take the password, the link or the token, and open a session."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        after = fields.get("next", "")
        guard = cookies.read(request, cookies.GUARD, secure=self.settings.secure)
        if not _same(fields.get("guard", ""), guard):
            return self._page(request, after=after, problem="old_page", status=403)
        came = cookies.came(request, secure=self.settings.secure)
        try:
            if "name" in fields:
                cookie = await self._by_password(fields, came)
            else:
                cookie = await self.database.run(_open, fields, datetime.now(UTC), came)
        except TooManyAttempts as error:
            return self._page(request, after=after, problem="too_many", status=429, wait=error.seconds)
        except SignInRefused:
            kind = "link" if "code" in fields else "password" if "name" in fields else "token"
            return self._page(request, after=after, problem=f"wrong_{kind}", status=401)
        return await self._enter(request, cookie, after, cookies.GUARD)

    async def sign_out(self, request: Request) -> Response:
        """End the session here and in the table."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        await self.database.run(_close, cookie_of(request), fields, datetime.now(UTC))
        answer = RedirectResponse("/console/sign-in", 303, HEADERS)
        cookies.drop(answer, cookies.SESSION, secure=self.settings.secure)
        return answer

    async def leave(self, request: Request, next: str = "") -> Response:  # noqa: A002
        """Off to the provider."""
        assert self.provider is not None
        journey = Journey.begin(next if is_ours(next) else "/console")
        try:
            answer = RedirectResponse(await self.provider.address(journey), 303, HEADERS)
        except OpenIdError as error:
            return self._refused(request, error, journey.after)
        secure = self.settings.secure
        cookies.put(answer, cookies.OPENID, journey.written(), _JOURNEY_LASTS, secure=secure)
        return answer

    async def return_(self, request: Request) -> Response:
        """Back from the provider, with whom it vouches for."""
        assert self.provider is not None
        after = "/console"
        came = cookies.came(request, secure=self.settings.secure)
        try:
            written = cookies.read(request, cookies.OPENID, secure=self.settings.secure)
            journey = read_journey(written)
            after = journey.after
            known = await self.provider.known(journey, request.query_params)
            cookie = await self.database.run(_admit, self.provider.settings, known, datetime.now(UTC), came)
        except (OpenIdError, SignInRefused) as error:
            answer = self._refused(request, error, after)
            cookies.drop(answer, cookies.OPENID, secure=self.settings.secure)
            return answer
        return await self._enter(request, cookie, after, cookies.OPENID)

    async def _by_password(self, fields: dict[str, str], came: Came) -> str:
        """The new session's token. Raises `SignInRefused`, `TooManyAttempts`."""
        name, given = fields["name"], fields.get("password", "")
        attempt = await self.database.run(throttle.begin, name, came.address, datetime.now(UTC))
        found = await self.database.read(passwords.stored, name)
        verdict = await passwords.verify(found.hash, given)
        return await self.database.run(_admit_by_password, found, verdict, attempt, datetime.now(UTC), came)

    async def _enter(self, request: Request, cookie: str, after: str, used: str) -> Response:
        """In, with a new session; the one that this browser had before ends."""
        if old := cookie_of(request):
            await self.database.run(agents.sign_out, old, datetime.now(UTC))
        answer = RedirectResponse(after if is_ours(after) else "/console", 303, HEADERS)
        seconds = int(SESSION_LASTS.total_seconds())
        cookies.put(answer, cookies.SESSION, cookie, seconds, secure=self.settings.secure)
        cookies.drop(answer, used, secure=self.settings.secure)
        return answer

    def _refused(self, request: Request, error: Exception, after: str) -> Response:
        """Why the provider's way did not work; the other ways are on the same page."""
        log.warning("sign-in by OpenID refused", error=type(error).__name__, reason=str(error))
        match error:
            case ProviderAway():
                return self._page(request, after=after, problem="openid_away", status=503)
            case NoAccount() | SignInRefused():
                return self._page(request, after=after, problem="openid_no_account", status=403)
            case NoRole():
                return self._page(request, after=after, problem="openid_no_role", status=403)
            case _:
                return self._page(request, after=after, problem="openid_refused", status=401)

    def _page(
        self,
        request: Request,
        *,
        code: str = "",
        after: str = "",
        problem: str = "",
        status: int = 200,
        wait: int = 0,
    ) -> Response:
        # A form that was not made by this page, in this browser, cannot sign somebody in.
        guard = secrets.token_urlsafe(16)
        look = look_of(request)
        spoken = spoken_wait(wait, look.language)
        answer = page(
            "sign_in.html",
            status=status,
            look=look,
            organisation=self.settings.organisation,
            provider=self.provider and self.provider.settings,
            code=code,
            after=after,
            guard=guard,
            problem=tell(look.language, f"problem_{problem}", wait=spoken) if problem else "",
        )
        cookies.put(answer, cookies.GUARD, guard, _PAGE_LASTS, secure=self.settings.secure)
        if wait:
            answer.headers["Retry-After"] = str(wait)
        return answer


def is_ours(address: str) -> bool:
    """Whether an address leads to a page of the console, and nowhere else."""
    return address == "/console" or (address.startswith("/console/") and "\\" not in address)


def spoken_wait(seconds: int, language: str) -> str:
    """A wait in words; from a minute on in whole minutes, rounded up."""
    if seconds < 60:
        return format_timedelta(seconds, locale=language, threshold=60)
    return format_timedelta(-(-seconds // 60) * 60, granularity="minute", locale=language, threshold=60)


def _open(session: Session, fields: dict[str, str], now: datetime, came: Came) -> str:
    if "code" in fields:
        return agents.sign_in_by_code(session, fields["code"], now, came)
    return agents.sign_in_by_token(session, fields.get("token", ""), now, came)


def _admit_by_password(
    session: Session, found: Stored, verdict: Verdict, attempt: Attempt, now: datetime, came: Came
) -> str:
    cookie = passwords.admit(session, found, verdict, now, came)
    throttle.succeeded(session, attempt, now)
    sessions.forget(session, now)
    return cookie


def _admit(session: Session, settings: OpenIdSettings, known: Known, now: datetime, came: Came) -> str:
    sessions.forget(session, now)
    return openid_accounts.sign_in(session, settings, known, now, came)


def _close(session: Session, cookie: str, fields: dict[str, str], now: datetime) -> None:
    try:
        check_form(agents.by_session(session, cookie, now), fields)
    except SignInRefused:
        return  # signed out already
    agents.sign_out(session, cookie, now)


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())
