"""A database in memory of the disk, and people at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.db import Database
from handoff.staff.agents import Role
from tests.handoff.cases import hire


@pytest.fixture
async def desk_database(sqlite_url: str) -> AsyncIterator[Database]:
    """SQLite with Nora, Ben (agents) and Sue (supervisor)."""
    async with await Database.open(sqlite_url) as database:
        for name, role in (("Nora Hill", Role.AGENT), ("Ben Ito", Role.AGENT), ("Sue Park", Role.SUPERVISOR)):
            await database.run(hire, name, role)
        yield database
