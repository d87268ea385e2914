"""All accounts in the console: administrators change them, auditors see them and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from sqlmodel import Session

from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.look import Look, look_of
from handoff.console.moves import check_form
from handoff.console.rendering import page
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.database import Database
from handoff.queue import BadInput
from handoff.refusals import status_of
from handoff.staff import account_list, accounts, agents
from handoff.staff.agents import AccountError, Agent, NotAllowed, Person, SignInRefused
from handoff.staff.roles import Right, Role

CHANGES = (
    "role", "email", "reset", "remove_password", "sign_out", "renew_token", "revoke_token", "deactivate",
    "activate",
)  # fmt: skip
_AFTER_LINK = "/console/account"


@dataclass(frozen=True)
class Done:
    """What came of a form. ``secrets`` are shown once: what each is, whose, and the secret itself."""

    name: str
    added: bool = False
    secrets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know, and the accounts."""

    person: Person
    settings: ConsoleSettings
    lines: list[account_list.Line] = field(default_factory=list)
    changes: list[accounts.AccountChange] = field(default_factory=list)


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """Everything under ``/console/accounts``."""
    pages = _Pages(database, settings)
    router = APIRouter(prefix="/accounts", route_class=Door)
    router.get("")(pages.show)
    router.post("")(pages.add)
    router.post("/{account}/{change}")(pages.change)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request) -> Response:
        """The accounts, and what was done to them."""
        return await self._page(request, look_of(request))

    async def add(self, request: Request) -> Response:
        """A new account, and the link with which its person sets a password."""
        return await self._do(request, None, "add")

    async def change(
        self, request: Request, account: Annotated[int, InPath(ge=1, le=2**31 - 1)], change: str
    ) -> Response:
        """Do what a form asks for, then show the page as it is: a secret is on it this once."""
        if change not in CHANGES:
            raise HTTPException(404)
        return await self._do(request, account, change)

    async def _do(self, request: Request, account: int | None, change: str) -> Response:
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        look = look_of(request)
        try:
            done = await self.database.run(
                _do, cookie_of(request), fields, account, change, datetime.now(UTC)
            )
        except (SignInRefused, NotAllowed):
            raise
        except (AccountError, BadInput) as error:
            return await self._page(request, look, error=error, typed=fields if account is None else {})
        return await self._page(request, look, done=done)

    async def _page(
        self,
        request: Request,
        look: Look,
        *,
        error: Exception | None = None,
        done: Done | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        view = await self.database.read(_read, cookie_of(request), self.settings, datetime.now(UTC))
        secrets = []
        for kind, secret in done.secrets if done else ():
            label = tell(look.language, f"account_{kind}", name=done.name if done else "")
            secrets.append((label, self._link(secret) if kind == "link" else secret))
        said = "account_added" if done and done.added else "account_done"
        return page(
            "accounts.html",
            status=status_of(error) if error else 200,
            look=look,
            view=view,
            lines=view.lines,
            changes=view.changes,
            all_roles=list(Role),
            problem=problems.said(error, look.language) if error else "",
            done=tell(look.language, said, name=done.name) if done else "",
            secrets=secrets,
            typed=typed or {},
        )

    def _link(self, code: str) -> str:
        return f"{self.settings.public_url}/console/sign-in?code={code}&next={_AFTER_LINK}"


def _read(session: Session, cookie: str, settings: ConsoleSettings, now: datetime) -> View:
    who = agents.by_session(session, cookie, now)
    who.need(Right.INSPECT)
    return View(who, settings, account_list.lines(session, now), accounts.changes(session))


def _do(
    session: Session, cookie: str, fields: Mapping[str, str], account: int | None, change: str, now: datetime
) -> Done:
    """Raises `NotAllowed`, and what `handoff.staff.accounts` does."""
    who = agents.by_session(session, cookie, now)
    who.need(Right.ADMINISTER)
    check_form(who, fields)
    actor = f"agent:{who.name}"
    if account is None:
        return _add(session, fields, actor, now)
    found = session.get(Agent, account)
    if found is None:
        raise agents.UnknownAgent("there is no such account")
    return _change(session, found.name, change, fields, actor, now)


def _add(session: Session, fields: Mapping[str, str], actor: str, now: datetime) -> Done:
    agent, _ = accounts.add(
        session, fields.get("name", ""), _role(fields), actor, now, email=fields.get("email", "")
    )
    accounts.revoke_token(session, agent.name, actor, now)  # nobody has seen it
    link = accounts.reset_link(session, agent.name, actor, now)
    return Done(agent.name, added=True, secrets=(("link", link),))


def _change(
    session: Session, name: str, change: str, fields: Mapping[str, str], actor: str, now: datetime
) -> Done:
    match change:
        case "role":
            accounts.set_role(session, name, _role(fields), actor, now)
        case "email":
            accounts.set_email(session, name, fields.get("email", ""), actor, now)
        case "reset":
            return Done(name, secrets=(("link", accounts.reset_link(session, name, actor, now)),))
        case "remove_password":
            accounts.remove_password(session, name, actor, now)
        case "sign_out":
            accounts.end_sessions(session, name, actor, now)
        case "renew_token":
            return Done(name, secrets=(("token", accounts.renew_token(session, name, actor, now)),))
        case "revoke_token":
            accounts.revoke_token(session, name, actor, now)
        case "deactivate":
            accounts.deactivate(session, name, actor, now)
        case "activate":
            accounts.activate(session, name, actor, now)
    return Done(name)


def _role(fields: Mapping[str, str]) -> Role:
    try:
        return Role(fields.get("role", ""))
    except ValueError as error:
        raise BadInput(f"role: one of {', '.join(Role)}") from error
