"""A complaint by telephone, at the counter, by letter or e-mail: its form, and what to tell the customer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile

from channels.channel import BY_HAND
from channels.transcript import Conversation, Delivery, Message
from complaints import register, texts
from complaints.complaint import Remedy
from complaints.record import Complaint
from handoff.case_documents import reply_letter
from handoff.case_file import read_reference
from handoff.casework import by_hand
from handoff.console import attaching, problems
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.looking import NOTHING, now
from handoff.console.move import read
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.filing.bodies import NewCase
from handoff.filing.door import Filing
from handoff.filing.taking_down import acknowledgement
from handoff.queue import BadInput
from handoff.refusals import REFUSALS, status_of
from handoff.rest.bodies import LONGEST_ID
from handoff.staff import access, agents
from handoff.staff.agents import NotAllowed, Person, SignInRefused

_REACHED_BY = ("phone", "email", "postal_address")


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know."""

    person: Person
    settings: ConsoleSettings


@dataclass(frozen=True)
class Told:
    """What a customer is told of a complaint that was taken down; ``task`` is somebody's who tells them."""

    person: Person
    case: Complaint
    message: Message
    language: str
    reachable: bool

    @property
    def heading(self) -> str:
        """The console's text that says what is to be done with it."""
        channel = self.message.channel
        if channel not in BY_HAND:
            return "taken_sent"
        if self.message.state not in (Delivery.SENT, Delivery.DELIVERED, Delivery.READ):
            return "taken_to_send"
        return "taken_read_out" if BY_HAND[channel] else "taken_sent"


def routes(filing: Filing, settings: ConsoleSettings) -> APIRouter:
    """``/console/new``, ``/console/taken/{reference}``, ``/console/by-hand/{task}``."""
    router = APIRouter(
        prefix="/console", route_class=Door, include_in_schema=False,
        dependencies=[Depends(in_use(filing.database))],
    )  # fmt: skip
    pages = _Pages(filing, settings)
    router.get("/new")(pages.form)
    router.post("/new")(pages.file)
    router.get("/taken/{reference}")(pages.told)
    router.get("/taken/{reference}/letter")(pages.told_letter)
    router.get("/by-hand/{task}")(pages.letter)
    return router


@dataclass(frozen=True)
class _Pages:
    """The pages over what files complaints."""

    filing: Filing
    settings: ConsoleSettings

    async def form(self, request: Request) -> Response:
        """An empty form."""
        person = await self.filing.database.read(_may_file, cookie_of(request), now())
        return self._form(request, person, NOTHING)

    async def file(self, request: Request) -> Response:
        """File what the form says, once for each form; refused, it is there again as it was filled in."""
        async with request.form() as form:
            fields = {k: v for k, v in form.items() if isinstance(v, str)}
            chosen = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
            person = await self.filing.database.read(_may_file, cookie_of(request), now())
            check_form(person, fields)
            try:
                body = self._body(fields)
                kept = await attaching.take(chosen, self.settings)
                filed = await self.filing.file(person, body, _request_of(fields), kept)
            except SignInRefused:
                raise
            except REFUSALS as error:
                said = problems.said(error, look_of(request).language)
                return self._form(request, person, fields, problem=said, status=status_of(error))
        return RedirectResponse(f"/console/taken/{filed.reference}", 303, HEADERS)

    async def told(self, request: Request, reference: str) -> Response:
        """What to tell the customer: the reference, and when they hear from us."""
        found = await self.filing.database.read(_told, cookie_of(request), reference, now())
        answer = page(
            "taken.html",
            look=look_of(request),
            view=View(found.person, self.settings),
            found=found,
        )
        answer.background = BackgroundTask(
            access.note(self.filing.database, found.person, found.case.reference)
        )
        return answer

    async def told_letter(self, request: Request, reference: str) -> Response:
        """The same to print."""
        found = await self.filing.database.read(_told, cookie_of(request), reference, now())
        return await self._pdf(found.person, found.message, found.case, found.language)

    async def letter(self, request: Request, task: Annotated[int, Path(ge=0, le=2**31 - 1)]) -> Response:
        """What a task says is to be told to the customer, as a letter."""
        found = await self.filing.database.read(_letter, cookie_of(request), task, now())
        if found is None:
            raise HTTPException(404)
        return await self._pdf(*found)

    async def _pdf(self, person: Person, message: Message, case: Complaint, language: str) -> Response:
        given = self.settings
        made = await asyncio.to_thread(
            reply_letter.pdf, message, case, given.organisation, given.time_zone, language, now()
        )
        name = f"{case.reference}-{message.id}.pdf"
        return Response(
            made,
            media_type="application/pdf",
            headers=HEADERS | {"Content-Disposition": f'inline; filename="{name}"'},
            background=BackgroundTask(access.note(self.filing.database, person, case.reference)),
        )

    def _form(
        self,
        request: Request,
        person: Person,
        typed: Mapping[str, str],
        *,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        here = now().astimezone(self.settings.time_zone)
        values: dict[str, Any] = {
            "typed": typed,
            "request_id": typed.get("id") or secrets.token_hex(16),
            "received_at": typed.get("received_at") or here.strftime("%Y-%m-%dT%H:%M"),
            "channels": list(BY_HAND),
            "remedies": list(Remedy),
            "languages": texts.languages(),
            "limit": attaching.LIMIT // 1024 // 1024,
        }
        return page(
            "new_case.html", status=status, look=look_of(request), view=View(person, self.settings),
            problem=problem, **values,
        )  # fmt: skip

    def _body(self, fields: Mapping[str, str]) -> NewCase:
        """The form as the API has it; the time is that of the operator's clock. Raises `BadInput`."""
        given = {name: value for name, value in fields.items() if name != "files"}
        if written := given.pop("received_at", "").strip():
            try:
                local = datetime.fromisoformat(written)
            except ValueError as error:
                raise BadInput("received_at: write day and time as 2026-03-31T14:05") from error
            if local.tzinfo is None:
                local = local.replace(tzinfo=self.settings.time_zone)
            given["received_at"] = local.isoformat()
        return read(NewCase, given)


def _request_of(fields: Mapping[str, str]) -> str:
    given = fields.get("id", "")
    if not 0 < len(given) <= LONGEST_ID or "\0" in given:
        raise BadInput("load the form again")
    return given


def _may_file(session: Session, cookie: str, at: datetime) -> Person:
    who = agents.by_session(session, cookie, at)
    if not who.role.answers:
        raise NotAllowed(f"the role {who.role} may not do this")
    return who


def _told(session: Session, cookie: str, reference: str, at: datetime) -> Told:
    who = agents.by_session(session, cookie, at)
    case = register.find(session, read_reference(reference))
    message = acknowledgement(session, case)
    if message is None:
        raise HTTPException(404)
    conversation = session.get_one(Conversation, case.conversation)
    reachable = conversation.channel not in BY_HAND or any(getattr(case, name) for name in _REACHED_BY)
    return Told(who, case, message, conversation.language or case.language, reachable)


def _letter(
    session: Session, cookie: str, task: int, at: datetime
) -> tuple[Person, Message, Complaint, str] | None:
    who = agents.by_session(session, cookie, at)
    found = by_hand.message_of(session, task)
    if found is None:
        return None
    message, case = found
    conversation = session.get_one(Conversation, case.conversation)
    return who, message, case, conversation.language or case.language
