"""Messages as the assistant takes them in, and a copy of the examples that a test may write to."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.db import Database
from bot.engine import Answer, Reply
from bot.review.deciding import Review
from bot.review.examples import Examples
from bot.turn import Turn
from channels import inbox
from channels.message import Address, Inbound
from channels.transcript import Message
from complaints.commands import Command
from complaints.complaint import Category, Severity
from complaints.triage import Parse
from tests.turn.desk import ScriptedEngine, settings, work

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
Say = Callable[..., Awaitable[int]]

_numbers = itertools.count(1)


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    """A copy of the English, Spanish and golden examples."""
    folder = tmp_path / "nlu_data"
    for name in ("en", "es", "golden"):
        shutil.copytree(ROOT / "nlu_data" / name, folder / name)
    for language in ("en", "es"):
        (folder / language / "reviewed.yml").unlink(missing_ok=True)
    return Examples(folder)


@pytest.fixture
def review(database: Database, examples: Examples) -> Review:
    return Review(database, examples, "GB")


@pytest.fixture
def say(database: Database) -> Say:
    """A customer writes, and the turn of the message is taken; the message's number."""

    async def say(
        text: str,
        *ranking: tuple[str, float],
        severity: tuple[Severity, float] = (Severity.MEDIUM, 0.9),
        category: tuple[Category, float] = (Category.DEFECT, 0.9),
        commands: Callable[[str], tuple[Command, ...]] = lambda _: (),
        replied: str = "utter_something",
        expected: bool = False,
        products: tuple[str, ...] = (),
        key: str | None = None,
        name: str | None = None,
        locale: str = "en",
    ) -> int:
        number = next(_numbers)
        guesses = ranking or (("file_complaint", 0.9), ("enquire", 0.05))
        parse = Parse(*guesses[0], severity, category, "model-1", guesses, products)

        def script(said: object, facts: object) -> Answer:
            done = commands(facts.offer.reference)  # type: ignore[attr-defined]
            return Answer((Reply("Well.", name=replied),), done, {"turns": 1}, parse, expected)

        address = Address("telegram", key or f"customer-{number}")
        incoming = Inbound(address, f"said-{number}", text, sender_name=name, locale=locale)
        await database.run(inbox.accept, incoming, datetime.now(UTC))
        turn = Turn(database, ScriptedEngine(script), settings())
        assert await work(database, "in", turn.take)

        def newest(session: Session) -> int:
            found = select(Message.id).where(Message.conversation == address.conversation)
            customers = found.where(Message.author == "customer").order_by(col(Message.seq).desc())
            return int(session.exec(customers).first() or 0)

        return await database.read(newest)

    return say
