"""The web chat behind a real server on loopback, with a scripted bot in the engine's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from bot.db import Database
from channels import inbox, lanes, outbox
from channels.lanes import Job, Lease
from channels.message import Button
from channels.pump import Pump
from channels.transcript import Author, Conversation, Message, lock
from channels.webchat.adapter import WebChat, WebChatSettings
from channels.webchat.routes import routes

SECRET = "a secret that only the tests know"


@dataclass(frozen=True)
class Reply:
    """What the scripted bot says to a text."""

    text: str
    buttons: tuple[Button, ...] = ()
    author: Author = Author.BOT
    name: str | None = None
    after: float = 0.0  # seconds


Script = Callable[[str], list[Reply]]


def echo(text: str) -> list[Reply]:
    return [Reply(f"You said: {text}")]


@dataclass
class ChatServer:
    """A running web chat. ``stop`` and ``start`` keep the port, as a restart of the program would."""

    database: Database
    settings: WebChatSettings
    script: Script = echo
    port: int = 0
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._stopping = asyncio.Event()
        app = FastAPI()
        app.include_router(routes(self.database, self.settings, self._stopping))
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
            if serving.done():
                serving.result()
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        pumps = [
            Pump(self.database, "in", self._answer, 4, "test/in"),
            Pump(self.database, "out", self._send, 4, "test/out"),
        ]
        self._running = [serving, *(asyncio.create_task(pump.run(self._stopping)) for pump in pumps)]

    async def stop(self) -> None:
        self._stopping.set()
        self._server.should_exit = True
        await asyncio.gather(*self._running)

    async def _answer(self, lease: Lease, job: Job) -> None:
        message = await self.database.read(lambda s: s.get_one(Message, job.payload["message"]))
        replies = self.script(message.text)
        for reply in replies:
            await asyncio.sleep(reply.after)
        await self.database.run(_apply, lease, job, replies)

    async def _send(self, lease: Lease, job: Job) -> None:
        message_id = job.payload["message"]
        message = await self.database.read(lambda s: s.get_one(Message, message_id))
        conversation = await self.database.read(lambda s: s.get_one(Conversation, message.conversation))
        provider_id = await WebChat(self.settings).send(outbox.outbound(conversation, message))
        await self.database.run(_sent, lease, job, message_id, provider_id)


def _apply(session: Session, lease: Lease, job: Job, replies: list[Reply]) -> None:
    message = session.get_one(Message, job.payload["message"])
    conversation = lock(session, message.conversation)
    now = datetime.now(UTC)
    for position, reply in enumerate(replies):
        outbox.put(
            session,
            conversation,
            reply.text,
            author=reply.author,
            author_name=reply.name,
            dedup=f"reply:{message.id}/{position}",
            now=now,
            buttons=reply.buttons,
        )
    inbox.answered(session, job.payload["message"], now)
    lanes.finish(session, lease, job, now)


def _sent(session: Session, lease: Lease, job: Job, message_id: int, provider_id: str) -> None:
    now = datetime.now(UTC)
    outbox.sent(session, message_id, provider_id, now)
    lanes.finish(session, lease, job, now)


@asynccontextmanager
async def chat_server(
    database: Database, data_dir: Path, script: Script = echo, **limits: int
) -> AsyncIterator[ChatServer]:
    """A web chat for the length of the block."""
    settings = WebChatSettings("Acme & Söhne", SECRET, data_dir, **limits)
    server = ChatServer(database, settings, script)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
