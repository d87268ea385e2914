"""Audits in the console: drawing a sample, a checklist for each case of it, findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel
from sqlmodel import Session, col, select
from starlette.background import BackgroundTask

from complaints import register
from complaints.complaint import UnknownReference
from complaints.record import Complaint
from handoff.case_file import read_reference, subject
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.improving import grounds
from handoff.console.improving.showing import Pages, need_overseer
from handoff.console.look import look_of
from handoff.console.looking import now
from handoff.console.move import read
from handoff.console.settings import ConsoleSettings
from handoff.console.wording import Wording, wording
from handoff.database import Database
from handoff.improvement import audits, checklist
from handoff.improvement.audits import Scope
from handoff.improvement.checklist import Question
from handoff.improvement.record import FindingKind, NotIndependent, Verdict, Way
from handoff.queue import BadInput
from handoff.rest.bodies import Text, Words
from handoff.staff import access, agents
from handoff.staff.agents import Person
from handoff.staff.roles import Right

_Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]
MOVES = ("answer", "finding", "close")


class _Finding(BaseModel):
    kind: FindingKind
    text: Text


class _Conclusion(BaseModel):
    conclusion: Text


class _Remark(BaseModel):
    remark: Words = ""


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/audits``."""
    pages = Pages(database, settings)
    router = APIRouter(prefix="/audits", route_class=Door)

    async def show(request: Request) -> Response:
        return await pages.show(request, "audits.html", _list)

    async def draw(request: Request) -> Response:
        return await pages.take(request, Right.AUDIT, _draw, "audits.html", _list)

    async def one(request: Request, number: _Number) -> Response:
        return await pages.show(request, "audit_one.html", _one(number))

    async def case(request: Request, number: _Number, reference: str) -> Response:
        found = read_reference(reference)
        words = wording(look_of(request).language)
        answer = await pages.show(request, "audit_case.html", _case(number, found, settings, words))
        who = await database.read(agents.by_session, cookie_of(request), now())
        answer.background = BackgroundTask(access.note(database, who, found))
        return answer

    async def change(request: Request, number: _Number, move: str) -> Response:
        if move not in MOVES:
            raise HTTPException(404)

        def work(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
            return _change(session, number, move, who, fields, settings, at)

        # A refused checklist is shown on the audit's page: what was chosen is kept where it was accepted.
        return await pages.take(request, Right.AUDIT, work, "audit_one.html", _one(number))

    router.get("")(show)
    router.post("")(draw)
    router.get("/{number}")(one)
    router.get("/{number}/{reference}")(case)
    router.post("/{number}/{move}")(change)
    return router


def _list(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
    del at
    need_overseer(who)
    found = audits.listed(session)
    return {
        "lines": [(one, audits.progress(session, one.id or 0)) for one in found],
        "ways": list(Way),
    }


def _one(number: int) -> Callable[[Session, Person, datetime], Mapping[str, Any]]:
    def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
        del at
        need_overseer(who)
        audit = audits.find(session, number)
        sample = audits.sample_of(session, number)
        cases = {
            case.reference: case
            for case in session.exec(
                select(Complaint).where(col(Complaint.reference).in_([one.reference for one in sample]))
            )
        }
        answers = audits.answers_of(session, number)
        return {
            "audit": audit,
            "progress": audits.progress(session, number),
            "reproduced": audits.is_reproduced(session, audit),
            "questions": list(Question),
            "verdicts": list(Verdict),
            "finding_kinds": list(FindingKind),
            "sample": [
                {
                    "drawn": one,
                    "case": cases[one.reference],
                    "subject": subject(cases[one.reference]),
                    "answers": [answers.get((one.reference, question)) for question in Question],
                }
                for one in sample
            ],
            "findings": audits.findings_of(session, number),
        }

    return unit


def _case(
    number: int, reference: str, settings: ConsoleSettings, words: Wording
) -> Callable[[Session, Person, datetime], Mapping[str, Any]]:
    def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
        need_overseer(who)
        audit = audits.find(session, number)
        order = [one.reference for one in audits.sample_of(session, number)]
        if reference not in order:
            raise UnknownReference(reference)
        case = register.find(session, reference)
        answers = audits.answers_of(session, number)
        place = order.index(reference)
        return {
            "audit": audit,
            "case": case,
            "subject": subject(case),
            "place": place + 1,
            "cases": len(order),
            "following": order[place + 1] if place + 1 < len(order) else None,
            "before": order[place - 1] if place else None,
            "independent": _is_independent(session, reference, who.name),
            "verdicts": list(Verdict),
            "finding_kinds": list(FindingKind),
            "findings": [one for one in audits.findings_of(session, number) if one.reference == reference],
            "rows": [
                {
                    "question": question,
                    "proposal": proposal,
                    "ground": grounds.said(proposal.ground, proposal.values, words, settings.time_zone),
                    "answer": answers.get((reference, question)),
                }
                for question, proposal in checklist.proposals(
                    session, reference, settings.outside_body, at
                ).items()
            ],
        }

    return unit


def _is_independent(session: Session, reference: str, name: str) -> bool:
    try:
        audits.check_independent(session, reference, name)
    except NotIndependent:
        return False
    return True


def _draw(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
    return f"/console/audits/{audits.draw(session, read(Scope, fields), who.name, at)}"


def _change(
    session: Session,
    number: int,
    move: str,
    who: Person,
    fields: Mapping[str, str],
    settings: ConsoleSettings,
    at: datetime,
) -> str:
    here = f"/console/audits/{number}"
    if move == "close":
        audits.close(session, number, who.name, conclusion=read(_Conclusion, fields).conclusion, now=at)
        return here
    reference = read_reference(fields["reference"]) if fields.get("reference") else None
    if move == "finding":
        given = read(_Finding, fields)
        audits.find_out(
            session, number, who.name, kind=given.kind, text=given.text, reference=reference, now=at
        )
        return f"{here}/{reference}" if reference else here
    if reference is None:
        raise BadInput("name the case")
    _answer(session, number, reference, who, fields, settings, at)
    return fields["go"] if fields.get("go", "").startswith(f"{here}/") else here


def _answer(
    session: Session,
    number: int,
    reference: str,
    who: Person,
    fields: Mapping[str, str],
    settings: ConsoleSettings,
    at: datetime,
) -> None:
    """All questions of a case that the form decides; what is left open stays open."""
    before = audits.answers_of(session, number)
    for question in Question:
        said = fields.get(f"answer-{question}")
        if said not in list(Verdict):
            continue
        remark = read(_Remark, {"remark": fields.get(f"remark-{question}", "")}).remark
        old = before.get((reference, question))
        if old is not None and (old.decision, old.remark) == (said, remark):
            continue
        audits.decide(
            session, number, reference, who.name, question=question, decision=Verdict(said), remark=remark,
            outside=settings.outside_body, now=at,
        )  # fmt: skip
