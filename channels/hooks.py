"""The platforms' webhooks: verify, commit, and only then acknowledge.

``POST /hooks/{channel}`` hands the raw request to the channel's adapter, the receipt to
``accept``, and answers 2xx once ``accept`` has committed. Whatever goes wrong on our side is a
503, so that the platform delivers again; what is not authentic is refused and leaves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from channels import channel as contract
from channels.channel import Channel, Receipt, Rejected

Accept = Callable[[Receipt], Awaitable[None]]

LIMIT = 1024 * 1024
"""Bytes of a webhook's body. The largest come from Slack and stay far below."""
PATIENCE = 10.0
"""Seconds that a body may take to arrive."""

log = structlog.get_logger()


def hooks(
    channels: Mapping[str, Channel], accept: Accept, *, public_url: str | None = None, limit: int = LIMIT
) -> APIRouter:
    """The router with the webhooks of ``channels``, which is keyed by the adapters' ``name``.

    ``accept`` commits a receipt or raises. ``public_url`` is the address that the platforms call
    and sign; without it, the address that the request names.
    """

    async def hook(request: Request) -> Response:
        name = request.path_params["name"]
        adapter = channels.get(name)
        if adapter is None:
            return PlainTextResponse("no such channel", HTTPStatus.NOT_FOUND)
        try:
            body = await _body(request, limit)
            headers = {key.lower(): value for key, value in request.headers.items()}
            receipt = adapter.receive(contract.Request(body, headers, _signed_url(request, public_url)))
        except Rejected as error:
            log.warning("webhook refused", channel=name, status=error.status, reason=str(error))
            return PlainTextResponse(str(error), error.status)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        try:
            if receipt.messages or receipt.reports or receipt.desk:
                await accept(receipt)
            else:
                log.debug("nothing to do", channel=name)
        except Exception as error:  # noqa: BLE001  whatever it is, the platform shall deliver again
            # Without the traceback: exceptions of a database quote what was to be stored.
            log.error("webhook not stored", channel=name, error=type(error).__name__)  # noqa: TRY400
            return PlainTextResponse("try again later", HTTPStatus.SERVICE_UNAVAILABLE)
        return Response(
            receipt.answer.body,
            receipt.answer.status,
            media_type=receipt.answer.media_type,
            background=BackgroundTask(receipt.then) if receipt.then else None,
        )

    router = APIRouter()
    # Starlette's own route: FastAPI's would cost a fifth of the whole, and there is nothing to validate.
    router.add_route("/hooks/{name}", hook, methods=["POST"], include_in_schema=False)
    return router


def _signed_url(request: Request, public_url: str | None) -> str:
    """The address that the platform called: its signature covers it, query and all."""
    if public_url is None:
        return str(request.url)
    query = request.scope["query_string"].decode("latin-1")
    return public_url.rstrip("/") + request.url.path + (f"?{query}" if query else "")


async def _body(request: Request, limit: int) -> bytes:
    """The body, as long as it is short and arrives soon. Raises `Rejected`."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise Rejected("the body is too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TimeoutError as error:
        raise Rejected("the body takes too long", HTTPStatus.REQUEST_TIMEOUT) from error
    return bytes(body)
