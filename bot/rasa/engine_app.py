"""The engine's addresses. Each turn is a task of its own, with the model in use when it began."""

from __future__ import annotations

import asyncio
import gc
import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from traceback import format_tb

import wire
from actions_endpoint import ActionFailed, ActionsEndpoint, ActionsUnreachable
from dialogue import Dialogue, EmptyTurn, Unending, UnknownIntent
from following import follow
from model_store import digest_of, read_pointer
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import BaseHTTPResponse, json
from understanding import understand
from wording import UnfitResponse

logger = logging.getLogger("recourse.engine")

TURN_SECONDS = 8.0
"""Longest a turn may take, with all its actions; the customer is promised an answer within ten seconds."""

LARGEST_BODY = 4_000_000
"""Bytes. A message is capped long before; state and facts are a few kilobytes."""

_STATUS_OF: dict[type[BaseException], int] = {
    wire.BadRequest: 400,
    UnknownIntent: 400,
    FileNotFoundError: 404,
    EmptyTurn: 500,
    Unending: 500,
    UnfitResponse: 500,
    ActionFailed: 500,
    ActionsUnreachable: 502,
    asyncio.TimeoutError: 504,
}
"""What can go wrong, as HTTP says it; anything unforeseen is 500."""


@dataclass(frozen=True)
class Settings:
    """What the process was started with."""

    models: Path
    token: str
    actions_url: str
    actions_token: str


@dataclass(frozen=True)
class Loaded:
    """The model in use. Turns hold on to the one they began with, so a swap drops none of them."""

    dialogue: Dialogue
    digest: str
    loaded_at: str


def create_app(settings: Settings) -> Sanic:
    """The application; loads the current model before it listens, and fails to start without one."""
    app = Sanic("recourse-engine", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = TURN_SECONDS + 2
    app.ctx.settings = settings
    app.before_server_start(_start)
    app.after_server_stop(_stop)
    app.register_middleware(_authorise, "request")
    app.register_middleware(_hang_up, "response")
    app.error_handler.add(Exception, _failed)
    app.add_route(_healthz, "/healthz", methods=["GET"])
    app.add_route(_status, "/status", methods=["GET"])
    app.add_route(_turn, "/turn", methods=["POST"])
    app.add_route(_parse, "/parse", methods=["POST"])
    app.add_route(_model, "/model", methods=["POST"])
    return app


async def _start(app: Sanic, *_: object) -> None:
    settings: Settings = app.ctx.settings
    pointer = read_pointer(settings.models)
    if pointer is None:
        raise RuntimeError(f"no trained model in {settings.models}: run bot/rasa/train.py first")
    app.ctx.swap = asyncio.Lock()
    app.ctx.actions = ActionsEndpoint(settings.actions_url, settings.actions_token)
    try:
        app.ctx.loaded = _load(settings.models / pointer["model"], app.ctx.actions)
    except Exception as failure:
        raise RuntimeError(f"{pointer['model']} cannot be loaded: run `recourse rollback`") from failure
    gc.collect()
    gc.freeze()  # Rasa and the model stay: to look through them again and again would stop turns each time
    app.ctx.following = asyncio.create_task(
        follow(settings.models, pointer, partial(_swap, app), lambda: app.ctx.loaded.digest)
    )


async def _stop(app: Sanic, *_: object) -> None:
    app.ctx.following.cancel()
    with suppress(asyncio.CancelledError):
        await app.ctx.following
    await app.ctx.actions.close()


async def _swap(app: Sanic, model: Path) -> None:
    """Load a model beside the one in use, then switch. Turns under way end with the one they began with."""
    async with app.ctx.swap:
        gc.unfreeze()  # or the model in use until now would stay in memory
        app.ctx.loaded = await asyncio.get_running_loop().run_in_executor(None, _load, model, app.ctx.actions)


def _load(model: Path, actions: ActionsEndpoint) -> Loaded:
    return Loaded(
        Dialogue(model, actions), digest_of(model), datetime.now(timezone.utc).isoformat(timespec="seconds")
    )


async def _authorise(request: Request) -> HTTPResponse | None:
    if request.path == "/healthz":
        return None
    expected = f"Bearer {request.app.ctx.settings.token}".encode()
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        return None
    return json({"error": "unauthorised"}, 401)


async def _hang_up(request: Request, _: BaseHTTPResponse) -> None:
    """While stopping, close each connection after its answer: the process need not wait for more on it."""
    if request.app.is_stopping and request.stream:
        request.stream.keep_alive = False


async def _healthz(_: Request) -> HTTPResponse:
    return json({"alive": True})


async def _status(request: Request) -> HTTPResponse:
    loaded: Loaded = request.app.ctx.loaded
    return json({"model": loaded.digest, "loaded_at": loaded.loaded_at})


async def _turn(request: Request) -> HTTPResponse:
    body = wire.read(request.json, wire.TURN)
    loaded: Loaded = request.app.ctx.loaded
    turn = loaded.dialogue.turn(
        body["conversation"], body["text"], body.get("intent"), body.get("facts", {}), body.get("state")
    )
    # `wait_for` makes a task of it, which lets new connections in between two turns.
    answer = await asyncio.wait_for(turn, TURN_SECONDS)
    return json({**answer, "model": loaded.digest})


async def _parse(request: Request) -> HTTPResponse:
    body = wire.read(request.json, wire.PARSE)
    loaded: Loaded = request.app.ctx.loaded
    texts = body.get("texts", [body.get("text")])
    # In a thread: a batch of thousands must not hold up the turns of customers.
    parses = await asyncio.get_running_loop().run_in_executor(None, understand, loaded.dialogue, texts)
    return json(
        {"model": loaded.digest, "parses": parses}
        if "texts" in body
        else {**parses[0], "model": loaded.digest}
    )


async def _model(request: Request) -> HTTPResponse:
    app = request.app
    models: Path = app.ctx.settings.models
    model = (models / wire.read(request.json, wire.MODEL)["path"]).resolve()
    if not model.is_relative_to(models):
        raise wire.BadRequest("path: not among the trained models")
    if not model.is_file():
        raise FileNotFoundError(f"no such model: {model.name}")
    await _swap(app, model)
    return await _status(request)


async def _failed(request: Request, failure: Exception) -> HTTPResponse:
    """Every failure as JSON. An unforeseen one without its message, which may quote a customer."""
    if isinstance(failure, SanicException):
        return json({"error": str(failure)}, failure.status_code)
    for kind, status in _STATUS_OF.items():
        if isinstance(failure, kind):
            logger.warning("%s answered %d: %s", request.path, status, type(failure).__name__)
            return json({"error": str(failure) or type(failure).__name__}, status)
    logger.error(
        "%s failed: %s\n%s", request.path, type(failure).__name__, "".join(format_tb(failure.__traceback__))
    )
    return json({"error": type(failure).__name__}, 500)
