"""Corrective and preventive actions in the console: the list, one of them, and its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from complaints import register
from complaints.causes import causes
from complaints.complaint import Category, Kind
from complaints.record import Complaint
from complaints.reference import read_all
from handoff.case_file import read_reference
from handoff.console.doors import Door
from handoff.console.improving.showing import Pages
from handoff.console.look import look_of
from handoff.console.move import read
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.dispatch.rules import in_force
from handoff.improvement import actions, audits, effect, reading, ties
from handoff.improvement.actions import Change, Plan
from handoff.improvement.record import ActionKind, ActionState, ImprovementAction, NotTheirs
from handoff.queue import BadInput
from handoff.rest.bodies import Text
from handoff.staff import agents
from handoff.staff.agents import Person
from handoff.staff.roles import Right

LISTS = {"running": (ActionState.OPEN, ActionState.DONE), "all": tuple(ActionState)}
_PRODUCTS = 100  # to choose from, the most complained of
_Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]


class _Reason(BaseModel):
    reason: Text


class _Anew(BaseModel):
    reason: Text
    due: date


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/improvement``."""
    pages = Pages(database, settings)
    router = APIRouter(prefix="/improvement", route_class=Door)

    async def show(request: Request, listed: str = "running") -> Response:
        return await pages.show(request, "improvement.html", _list(listed))

    async def blank(request: Request, case: str = "", finding: int | None = None, follows: int | None = None,
                    product: str = "", category: str = "", cause: str = "") -> Response:  # fmt: skip
        asked = {"cases": case, "product": product, "category": category, "cause": cause}
        return await pages.show(request, "improvement_new.html", _blank(request, finding, follows, asked))

    async def start(request: Request) -> Response:
        return await pages.take(
            request, Right.SUPERVISE, _start, "improvement_new.html", _blank(request, None, None, {})
        )

    async def one(request: Request, number: _Number) -> Response:
        return await pages.show(request, "improvement_one.html", _one(request, number))

    async def change(request: Request, number: _Number, move: str) -> Response:
        if move not in MOVES:
            raise HTTPException(404)
        right, do = MOVES[move]

        def work(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
            do(session, number, who, fields, at)
            return f"/console/improvement/{number}"

        return await pages.take(request, right, work, "improvement_one.html", _one(request, number))

    router.get("")(show)
    router.post("")(start)
    router.get("/new")(blank)
    router.get("/{number}")(one)
    router.post("/{number}/{move}")(change)
    return router


def _list(listed: str) -> Callable[[Session, Person, datetime], Mapping[str, Any]]:
    name = listed if listed in LISTS else "running"

    def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
        owner = None if who.role.oversees else who.name
        found = reading.listed(session, states=LISTS[name], owner=owner)
        return {
            "lines": [_line(one, at) for one in found],
            "standing": reading.standing(session, at, owner),
            "lists": list(LISTS),
            "list_name": name,
        }

    return unit


def _blank(
    request: Request, finding: int | None, follows: int | None, asked: Mapping[str, str]
) -> Callable[[Session, Person, datetime], Mapping[str, Any]]:
    def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
        del at
        who.need(Right.SUPERVISE)
        given = {name: value for name, value in asked.items() if value}
        if given.get("cases"):
            case = register.find(session, read_reference(given["cases"]))
            given |= {"cases": case.reference, "category": case.category}
            given |= {"product": case.product or "", "cause": case.cause_kind or ""}
        if follows is not None:
            before = reading.find(session, follows)
            given |= {name: str(getattr(before, name) or "") for name in ("problem", "product", "category")}
            given |= {"cause": before.cause or "", "cases": " ".join(reading.cases_of(session, follows))}
        if finding is not None:
            found = audits.finding(session, finding)
            given |= {"problem": found.text, "cases": found.reference or ""}
        return _choices(request, session) | {"given": given, "finding": finding, "follows": follows}

    return unit


def _one(request: Request, number: int) -> Callable[[Session, Person, datetime], Mapping[str, Any]]:
    def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
        action = reading.find(session, number)
        if not who.role.oversees and action.owner != who.name:
            raise NotTheirs(f"action {number} is {action.owner}'s")
        references = reading.cases_of(session, number)
        cases = {
            case.reference: case
            for case in session.exec(select(Complaint).where(col(Complaint.reference).in_(references)))
        }
        return _choices(request, session) | {
            "action": action,
            "line": _line(action, at),
            "effect": reading.effect_of(session, action, at),
            "check_due": effect.check_due(action),
            "steps": reading.steps_of(session, number),
            "cases": [cases[reference] for reference in references],
            "another": actions.needs_another(action, who.name),
        }

    return unit


def _choices(request: Request, session: Session) -> dict[str, Any]:
    language = look_of(request).language
    products = session.exec(
        select(Complaint.product)
        .where(col(Complaint.product).is_not(None), Complaint.kind == Kind.COMPLAINT)
        .group_by(col(Complaint.product))
        .order_by(func.count().desc(), col(Complaint.product))
        .limit(_PRODUCTS)
    )
    return {
        "owners": [one.name for one in agents.all_agents(session) if one.active],
        "categories": list(Category),
        "causes": causes(language, in_force().root_causes),
        "kinds": list(ActionKind),
        "products": [product for product in products if product],
        "weeks": actions.WEEKS,
    }


def _line(action: ImprovementAction, at: datetime) -> dict[str, Any]:
    return {
        "action": action,
        "overdue": reading.is_overdue(action, at),
        "ripe": reading.is_ripe(action, at),
    }


def _start(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
    mentions = read_all(fields.get("cases", ""))
    if wrong := [one.reference for one in mentions if not one.valid]:
        raise BadInput(f"{', '.join(wrong)}: mistyped")
    number = actions.start(
        session, read(Plan, fields), who.name, at, cases=[one.reference for one in mentions],
        follows=_whole(fields.get("follows")), finding=_whole(fields.get("finding")),
    )  # fmt: skip
    return f"/console/improvement/{number}"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


Do = Callable[[Session, int, Person, Mapping[str, str], datetime], None]


def _change(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    reason = read(_Reason, fields).reason
    actions.change(session, number, who.name, read(Change, fields), reason=reason, now=at)


def _done(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    outcome = read(_Reason, fields).reason
    actions.complete(session, number, who.name, outcome=outcome, now=at, as_supervisor=who.role.supervises)


def _confirm(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    effective = fields.get("effective")
    if effective not in ("yes", "no"):
        raise BadInput("say whether it has worked")
    actions.confirm(
        session, number, who.name, effective=effective == "yes", reason=read(_Reason, fields).reason, now=at
    )


def _reopen(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    given = read(_Anew, fields)
    actions.reopen(session, number, who.name, due=given.due, reason=given.reason, now=at)


def _cancel(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    actions.cancel(session, number, who.name, reason=read(_Reason, fields).reason, now=at)


def _tie(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    ties.tie(session, number, read_reference(fields.get("case", "")), who.name, at)


def _untie(session: Session, number: int, who: Person, fields: Mapping[str, str], at: datetime) -> None:
    ties.untie(session, number, read_reference(fields.get("case", "")), who.name, at)


MOVES: Mapping[str, tuple[Right, Do]] = {
    "done": (Right.READ, _done),  # its owner, whatever their role, and supervisors
    "change": (Right.SUPERVISE, _change),
    "confirm": (Right.SUPERVISE, _confirm),
    "reopen": (Right.SUPERVISE, _reopen),
    "cancel": (Right.SUPERVISE, _cancel),
    "tie": (Right.SUPERVISE, _tie),
    "untie": (Right.SUPERVISE, _untie),
}
