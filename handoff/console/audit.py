"""The audit trail in the console, read only: who did what, who looked at what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session
from starlette.background import BackgroundTask

from complaints.complaint import UnknownReference
from handoff import trail
from handoff.case_file import read_reference
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import now
from handoff.console.rendering import page
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.database import Database
from handoff.staff import access, agents
from handoff.staff.agents import Person
from handoff.staff.roles import Right

STEP = 50
"""Steps on a page."""

_DEEPEST = 10_000  # steps that can be leafed through; what is older is found by its date
_LONGEST = 100  # characters of what is asked for


@dataclass(frozen=True)
class Asked:
    """What the form asks for, as it was typed."""

    case: str = ""
    person: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    skip: int = 0

    def leaf(self, skip: int) -> str:
        """The address of another page of the same steps."""
        said = {"case": self.case, "person": self.person, "kind": self.kind, "since": self.since,
                "until": self.until}  # fmt: skip
        filled = {name: value for name, value in said.items() if value}
        return "?" + urlencode(filled | ({"skip": str(skip)} if skip else {}))


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know, and the trail."""

    person: Person
    settings: ConsoleSettings
    asked: Asked
    state: trail.State
    kinds: list[str]
    problem: str = ""
    steps: list[trail.Step] = field(default_factory=list)
    more: bool = False
    case: str | None = None

    @property
    def begun(self) -> datetime | None:
        """Since when changes are signed."""
        begun = self.state.begun
        return None if begun is None else datetime.fromtimestamp(begun.at / 1000, UTC)

    @property
    def newer(self) -> str:
        """The page before; empty on the first."""
        return self.asked.leaf(max(self.asked.skip - STEP, 0)) if self.asked.skip else ""

    @property
    def older(self) -> str:
        """The page after; empty on the last."""
        return self.asked.leaf(self.asked.skip + STEP) if self.more else ""


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/audit``."""
    router = APIRouter(prefix="/audit", route_class=Door)

    async def show(
        request: Request,
        case: str = "",
        person: str = "",
        kind: str = "",
        since: str = "",
        until: str = "",
        skip: int = 0,
    ) -> Response:
        """The steps that are asked for, the latest first; a look at one case's is itself recorded."""
        asked = Asked(
            _tidy(case), _tidy(person), _tidy(kind), _tidy(since), _tidy(until), min(max(skip, 0), _DEEPEST)
        )
        view = await database.read(_read, cookie_of(request), settings, asked, now())
        look = look_of(request)
        problem = tell(look.language, view.problem) if view.problem else ""
        answer = page(
            "audit.html", status=422 if problem else 200, look=look, view=view, asked=asked, problem=problem
        )
        if view.case is not None and view.steps:
            answer.background = BackgroundTask(access.note(database, view.person, view.case, "trail"))
        return answer

    router.get("")(show)
    return router


def _tidy(text: str) -> str:
    return text.replace("\0", "").strip()[:_LONGEST]


def _read(session: Session, cookie: str, settings: ConsoleSettings, asked: Asked, at: datetime) -> View:
    who = agents.by_session(session, cookie, at)
    who.need(Right.INSPECT)
    state, kinds = trail.state(session), trail.kinds(session)
    try:
        wanted = _wanted(asked, settings)
    except UnknownReference:
        return View(who, settings, asked, state, kinds, "audit_bad_case")
    except ValueError:
        return View(who, settings, asked, state, kinds, "audit_bad_date")
    found = trail.steps(session, wanted, limit=STEP + 1, skip=asked.skip)
    return View(
        who, settings, asked, state, kinds, steps=found[:STEP], more=len(found) > STEP, case=wanted.case
    )


def _wanted(asked: Asked, settings: ConsoleSettings) -> trail.Wanted:
    """Raises `UnknownReference`, and `ValueError` for what is no date."""
    return trail.Wanted(
        case=read_reference(asked.case) if asked.case else None,
        person=asked.person,
        kind=asked.kind,
        since=_midnight(asked.since, settings, 0),
        until=_midnight(asked.until, settings, 1),
    )


def _midnight(day: str, settings: ConsoleSettings, later: int) -> datetime | None:
    if not day:
        return None
    begins = datetime.combine(date.fromisoformat(day), time(), settings.time_zone)
    try:
        return (begins + timedelta(days=later)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(day) from error
