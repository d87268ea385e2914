"""One's own account: password, sessions, access token. For everybody who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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
from handoff.console.sign_in import spoken_wait
from handoff.console.words import tell
from handoff.database import Database
from handoff.queue import BadInput
from handoff.staff import accounts, agents, passwords, sessions, throttle
from handoff.staff.agents import SESSION_LASTS, Agent, Came, ConsoleSession, Method, Person
from handoff.staff.passwords import LONGEST, SHORTEST, BadPassword
from handoff.staff.sessions import Shown
from handoff.staff.throttle import Attempt, TooManyAttempts

_DONE = {"password": "password_done", "session": "session_ended", "token": "token_ended"}


@dataclass(frozen=True)
class Own:
    """What somebody may see and do about their own account.

    Without a password one can be set after a link or an access token, which only its owner has. An
    account of the OpenID provider gets none by itself: it would outlive the account there.
    ``asks_current``: the present password must be given. A link stands for it, once forgotten.
    """

    sessions: list[Shown]
    method: Method
    has_password: bool
    has_token: bool
    kept: str | None

    @property
    def asks_current(self) -> bool:
        """Whether a new password needs the present one."""
        return self.has_password and self.method is not Method.LINK

    @property
    def may_set(self) -> bool:
        """Whether there is a way to set a password at all."""
        return self.has_password or self.method in (Method.LINK, Method.TOKEN)


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know."""

    person: Person
    settings: ConsoleSettings


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """Everything under ``/console/account``."""
    pages = _Pages(database, settings)
    router = APIRouter(prefix="/account", route_class=Door)
    router.get("")(pages.show)
    router.post("/password")(pages.set_password)
    router.post("/sessions/end")(pages.end_others)
    router.post("/sessions/{session_id}/end")(pages.end_one)
    router.post("/token")(pages.renew_token)
    router.post("/token/revoke")(pages.revoke_token)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request, done: str = "") -> Response:
        """The page, and what has been done."""
        return await self._page(request, done=_DONE.get(done, ""))

    async def set_password(self, request: Request) -> Response:
        """A new password; then a new session, and no other."""
        person, own, fields = await self._form(request)
        came = cookies.came(request, secure=self.settings.secure)
        try:
            given = await self._good(person, own, fields, came)
        except TooManyAttempts as error:
            return await self._page(request, problem="too_many", status=429, wait=error.seconds)
        except BadPassword as error:
            return await self._page(request, problem=f"password_{error.key}", status=422)
        kept = await passwords.hashed(given)
        cookie = await self.database.run(_set_password, person, own, kept, datetime.now(UTC), came)
        answer = RedirectResponse("/console/account?done=password", 303, HEADERS)
        seconds = int(SESSION_LASTS.total_seconds())
        cookies.put(answer, cookies.SESSION, cookie, seconds, secure=self.settings.secure)
        return answer

    async def _good(self, person: Person, own: Own, fields: dict[str, str], came: Came) -> str:
        """The new password, if all is well. Raises `BadPassword`, `TooManyAttempts`."""
        if not own.may_set:
            raise BadPassword("closed", "this account has no password")
        if fields.get("new", "") != fields.get("again", ""):
            raise BadPassword("differs", "the two new passwords are not the same")
        given = passwords.check(fields.get("new", ""), person.name, self.settings.organisation, "Recourse")
        if own.asks_current:
            # Whoever has found an open browser may not guess here, either.
            attempt = await self.database.run(throttle.begin, person.name, came.address, datetime.now(UTC))
            verdict = await passwords.verify(own.kept, fields.get("current", ""))
            if not verdict.right:
                raise BadPassword("current", "the present password is wrong")
            await self.database.run(_succeeded, attempt, datetime.now(UTC))
        return given

    async def end_one(self, request: Request, session_id: str) -> Response:
        """Sign out somewhere else."""
        person, _, _ = await self._form(request)
        await self.database.run(sessions.end, person, session_id, datetime.now(UTC))
        return RedirectResponse("/console/account?done=session", 303, HEADERS)

    async def end_others(self, request: Request) -> Response:
        """Sign out everywhere else."""
        person, _, _ = await self._form(request)
        await self.database.run(sessions.end_all, person.id, datetime.now(UTC), but=person.session)
        return RedirectResponse("/console/account?done=session", 303, HEADERS)

    async def renew_token(self, request: Request) -> Response:
        """A new access token, shown this once."""
        person, _, _ = await self._form(request)
        actor, now = f"agent:{person.name}", datetime.now(UTC)
        token = await self.database.run(accounts.renew_token, person.name, actor, now)
        return await self._page(request, token=token)

    async def revoke_token(self, request: Request) -> Response:
        """No access token any more."""
        person, _, _ = await self._form(request)
        actor, now = f"agent:{person.name}", datetime.now(UTC)
        await self.database.run(accounts.revoke_token, person.name, actor, now)
        return RedirectResponse("/console/account?done=token", 303, HEADERS)

    async def _form(self, request: Request) -> tuple[Person, Own, dict[str, str]]:
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        person, own = await self.database.read(_read, cookie_of(request), datetime.now(UTC))
        check_form(person, fields)
        return person, own, fields

    async def _page(
        self,
        request: Request,
        *,
        problem: str = "",
        status: int = 200,
        done: str = "",
        token: str = "",
        wait: int = 0,
    ) -> Response:
        person, own = await self.database.read(_read, cookie_of(request), datetime.now(UTC))
        look = look_of(request)
        values = {"wait": spoken_wait(wait, look.language), "shortest": SHORTEST, "longest": LONGEST}
        return page(
            "account.html",
            status=status,
            look=look,
            view=View(person, self.settings),
            own=own,
            shortest=SHORTEST,
            problem=tell(look.language, f"problem_{problem}", **values) if problem else "",
            done=tell(look.language, done) if done else "",
            token=token,
        )


def _read(session: Session, cookie: str, now: datetime) -> tuple[Person, Own]:
    person = agents.by_session(session, cookie, now)
    agent = session.get_one(Agent, person.id)
    method = Method(session.get_one(ConsoleSession, person.session).method)
    return person, Own(
        sessions.living(session, person.id, now, person.session),
        method,
        agent.password_hash is not None,
        agent.token_revoked_at is None,
        agent.password_hash,
    )


def _set_password(session: Session, person: Person, own: Own, kept: str, now: datetime, came: Came) -> str:
    """Put it in place and end all sessions; the token of a new one. Raises `SignInRefused`, `BadInput`."""
    agent = passwords.locked(session, person.id)
    if agent.password_hash != own.kept:
        raise BadInput("the password has just been changed elsewhere")
    who = agents.person(agent)  # the account may have been closed meanwhile
    agent.password_hash = kept
    accounts.record(session, agent, "password", f"agent:{person.name}", now)
    sessions.end_all(session, person.id, now)
    return agents.start(session, who, Method.PASSWORD, now, came)


def _succeeded(session: Session, attempt: Attempt, now: datetime) -> None:
    throttle.succeeded(session, attempt, now)
