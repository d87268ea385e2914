"""A customer of the invented shop in docs/world/example, and a hand that works their messages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from bot.db import Database
from bot.engine import RasaEngine
from bot.settings import Settings
from bot.turn import Turn
from channels import inbox, transcript
from channels.message import Address, Inbound
from channels.transcript import Message
from complaints import register
from complaints.record import Complaint
from tests.turn.desk import work

EXAMPLE = Path(__file__).parents[2] / "docs/world/example"

_numbers = itertools.count(1)


def settings(data_dir: Path) -> Settings:
    """The operator's settings with the shop's files."""
    return Settings(_env_file=None, RECOURSE_WORLD=EXAMPLE, RECOURSE_DATA_DIR=data_dir)  # type: ignore[call-arg]


@dataclass
class Customer:
    """One conversation, on the web chat unless a test says otherwise."""

    database: Database
    engine: RasaEngine
    settings: Settings
    channel: str = "webchat"
    said: list[str] = field(default_factory=list)
    key: str = field(default_factory=lambda: f"shopper-{next(_numbers)}")

    @property
    def conversation(self) -> str:
        return f"{self.channel}:{self.key}"

    async def says(self, text: str, *, button: str | None = None) -> list[Message]:
        """A message comes in and is worked; what is replied."""
        inbound = Inbound(
            Address(self.channel, self.key), f"world-{next(_numbers)}", text, button=button, locale="en"
        )
        await self.database.run(inbox.accept, inbound, datetime.now(UTC))
        before = (await self.messages())[-1].seq
        turn = Turn(self.database, self.engine, self.settings)
        assert await work(self.database, "in", turn.take)
        replies = [m for m in await self.messages() if m.seq > before]
        self.said += [f"> {text}", *(f"  {m.text} {[b['title'] for b in m.buttons]}" for m in replies)]
        return replies

    async def presses(self, title: str) -> list[Message]:
        """Press the button with this title, of the last message that has buttons."""
        shown = [m for m in await self.messages() if m.buttons][-1]
        button = next((b for b in shown.buttons if b["title"] == title), None)
        assert button is not None, (title, self.said)
        return await self.says(title, button=button["token"])

    async def messages(self) -> list[Message]:
        return await self.database.read(transcript.after, self.conversation, 0)

    async def case(self) -> Complaint:
        """Their newest case."""

        def read(session: Session) -> Complaint:
            return register.of_conversation(session, self.conversation)[0]

        return await self.database.read(read)


def text_of(replies: list[Message]) -> str:
    """What was replied, as one text."""
    return "\n".join(m.text for m in replies)
