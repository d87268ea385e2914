"""The web chat's own API: a session, messages in, messages out, files.

A visitor is known by a signed token in the ``Authorization`` header, never in an address. Whatever
is wrong with it, the answer is the same, and another visitor's things look as if they did not exist.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlmodel import Session, select

from channels import figures, inbox, signals
from channels.channel import FileRefused, Rejected
from channels.files import Kept, keep
from channels.lanes import Unavailable
from channels.message import Attachment, Inbound
from channels.transcript import Message
from channels.wakeups import Database
from channels.webchat import visitors
from channels.webchat.adapter import CHANNEL, WebChatSettings
from channels.webchat.bodies import (
    NewMessage,
    NewSession,
    file_too_large,
    read_form,
    read_json,
    refusal,
)
from channels.webchat.open_streams import CountedStream, OpenStreams
from channels.webchat.pace import Pace
from channels.webchat.page import page_routes
from channels.webchat.stream import events
from channels.webchat.transcript_view import Said, mark_delivered, news, own_file
from channels.webchat.visitors import Visitor

_FILE_COST = 5  # messages
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}  # which every browser shows by itself
_MAX_SEQ = 2**31 - 1
_TYPING_PER_MINUTE = 30  # signs of one visitor: the page sends 20

log = structlog.get_logger()

After = Annotated[int, Query(ge=0, le=_MAX_SEQ, description="the last number that the client has")]


def routes(database: Database, settings: WebChatSettings, stopping: asyncio.Event) -> APIRouter:
    """Everything under ``/chat``, and the page at ``/``.

    ``stopping`` is set when the program is asked to stop: open streams end then, and the server
    need not wait for its customers to close their windows.
    """
    chat = _Chat(database, settings, stopping)
    described = Depends(HTTPBearer(auto_error=False, description="the token of POST /chat/session"))
    router = APIRouter(route_class=_Route, tags=["web chat"], dependencies=[described])
    add = router.add_api_route
    add("/chat/session", chat.session, methods=["POST"], status_code=201, openapi_extra=_body(NewSession))
    add("/chat/messages", chat.say, methods=["POST"], status_code=202, openapi_extra=_body(NewMessage))
    add("/chat/files", chat.upload, methods=["POST"], status_code=202, openapi_extra=_FORM)
    add("/chat/typing", chat.typing, methods=["POST"], status_code=204, response_class=Response)
    add("/chat/messages", chat.messages, methods=["GET"])
    add("/chat/stream", chat.stream, methods=["GET"], response_class=StreamingResponse)
    add("/chat/files/{file_id}", chat.download, methods=["GET"], response_class=FileResponse)
    router.include_router(page_routes(settings.organisation))
    return router


class _Route(APIRoute):
    """A route that says so when the database is away."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Unavailable as error:
                log.warning("web chat cannot reach the database", path=request.url.path, reason=str(error))
                raise HTTPException(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "This could not be done just now. Send it again, with the same id, in a moment.",
                    {"Retry-After": "2"},
                ) from error

        return answer


class _Chat:
    """What the routes do."""

    def __init__(self, database: Database, settings: WebChatSettings, stopping: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._stopping = stopping
        self._visitors = Pace(settings.messages_per_minute)
        self._addresses = Pace(settings.requests_per_minute)
        self._typing = Pace(_TYPING_PER_MINUTE)
        self._streams = OpenStreams()

    async def session(self, request: Request) -> dict[str, str]:
        """Begin a conversation or, with a token, prolong it; the locale may change."""
        self._calm(request)
        wanted = await read_json(request, NewSession)
        known = self._visitor(request) if "authorization" in request.headers else Visitor.new()
        locale = visitors.usable_locale(wanted.locale) or known.locale
        token = visitors.issue(Visitor(known.key, locale), self._settings.secret_key, datetime.now(UTC))
        return {"token": token}

    async def say(self, request: Request) -> dict[str, str | int]:
        """Take a message in: 202 once it is stored. The same ``id`` again is the same message."""
        self._calm(request)
        visitor = self._visitor(request)
        _within(self._visitors, visitor.key)
        message = await read_json(request, NewMessage)
        return await self._accept(visitor, message, None)

    async def upload(self, request: Request) -> dict[str, str | int]:
        """Take a photo or file in, with ``id`` and perhaps ``text``: 202 once it is stored."""
        self._calm(request)
        visitor = self._visitor(request)
        _within(self._visitors, visitor.key, _FILE_COST)
        limit = self._settings.file_limit
        message, file = await read_form(request, limit)
        try:
            kept = await asyncio.to_thread(
                keep, self._settings.data_dir, file.content, file.name, limit=limit
            )
        except FileRefused as error:
            raise _refused(error, limit) from error
        return await self._accept(visitor, message, kept)

    async def _accept(self, visitor: Visitor, message: NewMessage, kept: Kept | None) -> dict[str, str | int]:
        new, seq = await self._database.accept(_take, visitor, message, kept, datetime.now(UTC))
        if new:
            figures.ACCEPTED.labels(CHANNEL).inc()
        return {"id": message.id, "seq": seq}

    async def typing(self, request: Request) -> None:
        """Whoever looks at the conversation sees for a few seconds that the customer types; not what."""
        self._calm(request)
        visitor = self._visitor(request)
        if self._typing.wait(visitor.key, time.monotonic()):
            return  # a page sends fewer: nothing is lost by not telling
        await self._database.run(
            signals.show, visitor.conversation, signals.CUSTOMER, datetime.now(UTC), signals.TYPES_FOR
        )

    async def messages(self, request: Request, after: After = 0) -> list[Said]:
        """What was said after a number, oldest first. Ask again from the last number until none is left."""
        visitor = self._visitor(request)
        latest = await self._database.read(news, visitor.conversation, after)
        if latest.unmarked:
            await self._database.run(mark_delivered, visitor.conversation, after, datetime.now(UTC))
        return latest.said

    async def stream(self, request: Request, after: After = 0) -> StreamingResponse:
        """The same as server-sent events, and everything said from now on."""
        self._calm(request)
        visitor = self._visitor(request)
        address = request.client.host if request.client else ""
        limits = {
            f"visitor {visitor.key}": self._settings.streams_per_visitor,
            f"address {address}": self._settings.streams_per_address,
        }
        if self._streams.are_enough(limits):
            raise HTTPException(
                HTTPStatus.TOO_MANY_REQUESTS,
                "This conversation is open in too many windows. Close some of them.",
                {"Retry-After": "5"},
            )
        return CountedStream(
            events(self._database, visitor.conversation, after, self._stopping), self._streams, tuple(limits)
        )

    async def download(self, request: Request, file_id: int) -> FileResponse:
        """A file of the visitor's own conversation."""
        visitor = self._visitor(request)
        file = None
        if 0 < file_id <= _MAX_SEQ:
            file = await self._database.read(own_file, visitor.conversation, file_id)
        path = self._settings.data_dir / (file.path or file.locator) if file else None
        if file is None or path is None or not await asyncio.to_thread(path.is_file):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file in this conversation.")
        return FileResponse(
            path,
            media_type=file.media_type,
            filename=file.name,
            content_disposition_type="inline" if file.media_type in _SHOWN else "attachment",
            headers={
                "Cache-Control": "private, max-age=31536000, immutable",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _calm(self, request: Request) -> None:
        _within(self._addresses, request.client.host if request.client else "")

    def _visitor(self, request: Request) -> Visitor:
        """Whose token it is; 401 without a good one."""
        authorization = request.headers.get("authorization", "")
        try:
            return visitors.read(authorization, self._settings.secret_key, datetime.now(UTC))
        except Rejected as error:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                "This needs a valid visitor token. Get one from POST /chat/session.",
                {"WWW-Authenticate": "Bearer"},
            ) from error


def _take(
    session: Session, who: Visitor, said: NewMessage, kept: Kept | None, now: datetime
) -> tuple[bool, int]:
    """Store a message, or find it if it is here already; whether it is new, and its number."""
    inbound = Inbound(
        address=who.address,
        provider_id=f"{who.key}/{said.id}",
        text=said.text,
        button=said.button,
        attachments=(Attachment(kept.path, kept.media_type, kept.name, kept.size),) if kept else (),
        locale=who.locale,
    )
    message = inbox.accept(session, inbound, now)
    if message is not None:
        return True, message.seq
    known = select(Message.seq).where(Message.channel == CHANNEL, Message.provider_id == inbound.provider_id)
    return False, session.exec(known).one()


def _within(pace: Pace, who: str, cost: int = 1) -> None:
    if wait := pace.wait(who, time.monotonic(), cost):
        raise HTTPException(
            HTTPStatus.TOO_MANY_REQUESTS,
            "That was a lot at once. Nothing is lost: please send it again in a moment.",
            {"Retry-After": str(math.ceil(wait))},
        )


def _refused(error: FileRefused, limit: int) -> HTTPException:
    match error.reason:
        case "too_large":
            return file_too_large(limit)
        case "empty":
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "The file is empty. Choose another one.")
        case _:
            return refusal(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "Files of this kind are not taken. Send a photo, PDF, document, sound or video.",
            )


def _body(model: type[NewSession | NewMessage]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": model.model_json_schema()}}}}


_FORM: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["id", "file"],
                    "properties": {
                        "id": {"type": "string"},
                        "text": {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            }
        }
    }
}
