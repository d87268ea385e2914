"""The status page and the chat behind a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from bot.status_page.routes import routes
from bot.wiring import web_chat
from channels.webchat.routes import routes as chat
from tests.proof.asking import Office


def page_app(office: Office) -> FastAPI:
    """The page, and the chat that it links to."""
    app = FastAPI()
    app.include_router(chat(office.database, web_chat(office.settings), asyncio.Event()))
    app.include_router(routes(office.database, office.settings))
    return app


@asynccontextmanager
async def page_server(office: Office) -> AsyncIterator[str]:
    """The address of a server for the length of the block."""
    config = uvicorn.Config(page_app(office), host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        if serving.done():
            serving.result()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
