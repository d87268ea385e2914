"""500 times an agent claims while the bot is answering: the bot says nothing after that.

Mutation: in `bot.applying._speak` take ``held`` from the situation, as it was before the engine was asked.
"""

from __future__ import annotations

import pytest

from bot.db import Database
from tests.chaos.race import race

pytestmark = pytest.mark.timeout(120)

ROUNDS, SEED = 250, 20263  # on each database


async def test_no_bot_message_after_a_claim(database: Database) -> None:
    run = await race(database, ROUNDS, SEED)
    assert run.late == []
    # Otherwise there was no race. On one busy core the claim comes first in one round of fifty.
    assert run.spoke_first > ROUNDS / 100
    assert run.silenced > ROUNDS / 100
