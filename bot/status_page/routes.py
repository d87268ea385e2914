"""The page at ``/status``: a reference, then the code that went to the contact on record, then the status.

It needs no script and no account. Nothing of it stands in an address, is cached or is logged. What a
visitor holds is a random token in a cookie that no other site's form sends along; a form of another site
is refused besides, so that nobody's browser can be made to ask.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from bot import proving
from bot.db import Database
from bot.settings import Settings
from bot.status_page import asking
from bot.status_page.rendering import HEADERS, language_of, page
from channels.lanes import Unavailable
from channels.webchat.pace import Pace
from complaints import proof
from complaints.reference import read_all
from handoff import proofs
from handoff.proofs import Asked, Checked
from handoff.staff import throttle

_COOKIE = "recourse_status"
_FORM_LIMIT = 4096  # bytes; a reference and a code are some tens
_POSTS_PER_MINUTE = 120  # from one address: a flood is stopped before it reaches the database

log = structlog.get_logger()


def routes(database: Database, settings: Settings) -> APIRouter:
    """Everything under ``/status``."""
    pages = _Pages(database, settings, Pace(_POSTS_PER_MINUTE))
    router = APIRouter(prefix="/status", route_class=_Route, include_in_schema=False)
    router.get("")(pages.start)
    router.post("")(pages.ask)
    router.get("/code")(pages.code)
    router.post("/code")(pages.check)
    router.get("/case")(pages.case)
    router.post("/end")(pages.end)
    router.get("/status.css")(_style)
    return router


class _Route(APIRoute):
    """A route that says so, in the visitor's language, when the database is away."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Unavailable as error:
                log.warning("status page cannot reach the database", reason=str(error))
                return page("away.html", language_of(request), status=503)

        return answer


async def _style() -> FileResponse:
    return FileResponse(
        Path(__file__).with_name("status.css"),
        headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
    )


@dataclass(frozen=True)
class _Pages:
    """What the routes do."""

    database: Database
    settings: Settings
    pace: Pace

    async def start(self, request: Request) -> Response:
        """The form for a reference."""
        return self._page("ask.html", request)

    async def ask(self, request: Request) -> Response:
        """Take a reference: whatever it is, the next page says that a code is sent if it exists."""
        form = await self._form(request)
        if form is None:
            return self._page("ask.html", request, status=403)
        written = form.get("reference", "").strip()
        mentions = read_all(written) or read_all(f"RC-{written}")
        if not mentions or not mentions[0].valid:
            problem = "page_typing_error" if mentions else "page_no_reference"
            return self._page("ask.html", request, status=422, problem=problem, reference=written[:64])
        token = proofs.new_token()
        asked = await self.database.run(
            proofs.ask,
            self._asker(request),
            mentions[0].reference,
            datetime.now(UTC),
            limit=proof.ASKS_PER_ADDRESS,
            within=proof.HOUR,
            token=proofs.digest(token),
        )
        if asked is Asked.TOO_MANY:
            return self._page(
                "ask.html", request, status=429, problem="page_too_many", reference=written[:64]
            )
        answer = self._on("/status/code", request)
        answer.set_cookie(
            self._cookie,
            token,
            max_age=int((proof.LASTS + proof.ENTITLES).total_seconds()),
            path="/" if self._secure else "/status",
            httponly=True,
            samesite="strict",
            secure=self._secure,
        )
        return answer

    async def code(self, request: Request) -> Response:
        """The form for the code."""
        return self._page("code.html", request) if self._token(request) else self._on("/status", request)

    async def check(self, request: Request) -> Response:
        """Take a code."""
        form = await self._form(request)
        if form is None:
            return self._page("code.html", request, status=403)
        given = proof.read_code(form.get("code", ""))
        if given is None:
            return self._page("code.html", request, status=422, problem="page_wrong")
        match await self.database.run(
            asking.check,
            proofs.digest(self._token(request)),
            given,
            proving.secret(self.settings),
            datetime.now(UTC),
        ):
            case Checked.RIGHT:
                return self._on("/status/case", request)
            case Checked.WRONG:
                return self._page("code.html", request, status=422, problem="page_wrong")
            case Checked.OVER:
                return self._page("ask.html", request, status=422, problem="page_over")

    async def case(self, request: Request) -> Response:
        """How the case stands, for as long as the proof entitles."""
        token, language = self._token(request), language_of(request)
        shown = None
        if token:
            shown = await self.database.read(
                asking.standing, proofs.digest(token), language, self.settings, datetime.now(UTC)
            )
        return self._page("case.html", request, case=shown) if shown else self._on("/status", request)

    async def end(self, request: Request) -> Response:
        """Show nothing any more in this browser."""
        if await self._form(request) is None:
            return self._page("ask.html", request, status=403)
        if token := self._token(request):
            await self.database.run(asking.forget, proofs.digest(token))
        answer = self._on("/status", request)
        answer.delete_cookie(self._cookie, path="/" if self._secure else "/status", secure=self._secure)
        return answer

    @property
    def _secure(self) -> bool:
        return self.settings.address.startswith("https:")

    @property
    def _cookie(self) -> str:
        return f"__Host-{_COOKIE}" if self._secure else _COOKIE

    def _token(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")

    def _asker(self, request: Request) -> str:
        """The caller's network, as a keyed digest: addresses are not kept."""
        network = throttle.network(request.client.host if request.client else "")
        mark = hmac.digest(proving.secret(self.settings), f"address {network}".encode(), hashlib.sha256)
        return f"page:{mark.hex()[:32]}"

    async def _form(self, request: Request) -> dict[str, str] | None:
        """The fields of a form of ours, ``None`` for another site's. Raises an `HTTPException`: 413, 429."""
        if not _is_ours(request):
            return None
        if wait := self.pace.wait(request.client.host if request.client else "", time.monotonic()):
            raise HTTPException(429, "Too many requests.", {"Retry-After": str(int(wait) + 1)})
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_LIMIT:
                raise HTTPException(413, "The form is too large.")
        fields = parse_qs(body.decode(errors="replace").replace("\0", ""), max_num_fields=20)
        return {name: values[0] for name, values in fields.items()}

    def _page(self, template: str, request: Request, *, status: int = 200, **values: Any) -> HTMLResponse:
        organisation = self.settings.organisation
        return page(template, language_of(request), status=status, organisation=organisation, **values)

    def _on(self, path: str, request: Request) -> RedirectResponse:
        return RedirectResponse(f"{path}?lang={language_of(request)}", 303, HEADERS)


def _is_ours(request: Request) -> bool:
    """Whether a form was sent from a page of this very site (or by no browser at all)."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
