"""A message at which the engine fails is given up after some attempts; an engine that is away costs it none.

Mutation: take 502 out of `bot.engine._AWAY`: actions that are away for a while then use up the attempts.
"""

from __future__ import annotations

import time

import pytest

from bot.db import Database
from channels import dead_letters
from tests.end_to_end.running import running, wait
from tests.operations.slow_engine import ANSWER, SlowEngine

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine


async def test_a_poison_message_ends_with_a_receipt_and_a_person(
    sqlite_settings: dict[str, str], engine: SlowEngine
) -> None:
    """Its conversation goes on behind it, and the letter lies there with its reason."""
    with running(sqlite_settings, "web --with-worker") as program:
        program.wait_until_ready()
        engine.poison = "poison"
        visitor, desk = program.visitor(), program.agent("Anna")
        visitor.write("poison")
        visitor.write("hello")
        wait(lambda: "hello" in engine.answered, 45, "the conversation hangs behind the poison")
        wait(lambda: ANSWER in [m["text"] for m in visitor.everything()], 5, "no answer")
        assert engine.asked.count("poison") == 5
        assert "RC-" in "".join(m["text"] for m in visitor.everything())
        assert [case["reasons"] for case in desk.queue()] == [["complaint", "misunderstood"]]
        async with await Database.open(sqlite_settings["RECOURSE_DATABASE_URL"]) as database:
            (letter,) = await database.read(dead_letters.listed)
        assert "engine answers 500" in letter.reason


def test_actions_that_are_away_cost_no_attempt(sqlite_settings: dict[str, str], engine: SlowEngine) -> None:
    """However long they are away, the message is answered when they are back."""
    with running(sqlite_settings, "web --with-worker") as program:
        program.wait_until_ready()
        engine.status = 502
        visitor = program.visitor()
        visitor.write("hello")
        wait(lambda: engine.asked.count("hello") > 6, 30, "not tried again")
        engine.status = 200
        wait(lambda: ANSWER in [m["text"] for m in visitor.everything()], 5, "not answered")
        time.sleep(0.5)
        assert [m["text"] for m in visitor.everything()].count(ANSWER) == 1
