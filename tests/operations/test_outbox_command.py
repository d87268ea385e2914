"""``recourse outbox``: the same letters from the command line.

Mutation: in `channels.dead_letters.decide` leave out the `LetterDecision`.
"""

from __future__ import annotations

import json

import pytest

from bot.db import Database
from channels import dead_letters
from tests.console.test_letters import give_up
from tests.end_to_end.running import run
from tests.turn.desk import messages

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine


async def test_listed_retried_discarded(sqlite_settings: dict[str, str]) -> None:
    """By its number, with who and when; a second time is refused in one line."""
    async with await Database.open(sqlite_settings["RECOURSE_DATABASE_URL"]) as database:
        await give_up(database, "PRIVATE-WORDS")
        listed = run(sqlite_settings, "outbox", "list", "--json")
        (letter,) = json.loads(listed.stdout)
        assert (letter["reason"], letter["refused"]) == ("blocked by the customer", True)
        assert "PRIVATE-WORDS" not in listed.stdout
        table = run(sqlite_settings, "outbox", "list")
        assert str(letter["id"]) in table.stdout
        done = run(sqlite_settings, "outbox", "retry", str(letter["id"]), "--author", "Olga")
        assert done.returncode == 0, done.stderr
        assert [m.state for m in await messages(database)] == ["queued"]
        again = run(sqlite_settings, "outbox", "discard", str(letter["id"]))
        assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
        (kept,) = await database.read(dead_letters.decisions)
        assert (kept.actor, kept.decision) == ("operator:Olga", "retry")
