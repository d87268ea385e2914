"""The migrations lead to what the tables say, and keep what is in them.

Mutation: add a column to a table and to no migration; leave a table in a downgrade; or leave out
'critical' in the UPDATE of the queue's migration, or ``category`` in that of routing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import Session, SQLModel

from bot.db import Database
from bot.migrating import MIGRATIONS, migrate

pytestmark = pytest.mark.skipif(
    not list(MIGRATIONS.glob("versions/*.py")), reason="there is no migration yet"
)


def differences(session: Session) -> list[Any]:
    """What a new migration would have to do, but for the tables of the tests."""
    context = MigrationContext.configure(session.connection(), opts={"include_object": _of_the_program})
    return list(compare_metadata(context, SQLModel.metadata))


def _of_the_program(_item: object, name: str | None, kind: str, *_: object) -> bool:
    if name is None:
        return True
    # What finds words is made by statements that the migration and the table share: `handoff.case_words`.
    return not name.startswith("case_words_") and not (kind == "table" and name.startswith("test_"))


def old_rows(session: Session) -> None:
    """Three waiting cases as the version before the queue's index left them."""
    say = session.connection().exec_driver_sql
    say(
        "INSERT INTO conversation (id, channel, key, route, language_chosen, opted_out, last_seq, "
        "created_at) VALUES ('webchat:1', 'webchat', '1', '{}', false, false, 0, '2026-03-02 12:00:00')"
    )
    for number, severity in enumerate(("low", "critical", "high"), 1):
        reference = f"RC-{severity.upper()}"
        say(
            "INSERT INTO complaint (id, reference, kind, status, conversation, channel, language, "
            "provisional, anonymous, vulnerability, description, severity, category, safety, complexity, "
            "impact, immediate_action, reasons, received_at, update_by, respond_by) VALUES "
            f"({number}, '{reference}', 'complaint', 'assessed', 'webchat:1', 'webchat', 'en', false, false, "
            f"'[]', 'Broken.', '{severity}', 'defect', false, 'normal', 'inconvenience', false, '[]', "
            f"'2026-03-02 12:00:00', '2026-03-05 12:00:00', '2026-03-1{number} 12:00:00')"
        )
        say(
            "INSERT INTO handoff (reference, conversation, state, reasons, opened_at, waiting_since) VALUES "
            f"('{reference}', 'webchat:1', 'waiting', '[]', '2026-03-02 12:00:00', '2026-03-02 12:00:00')"
        )


async def test_agree_with_tables(blank_url: str) -> None:
    """An empty database, migrated, has all tables, columns and indexes, and no others."""
    await asyncio.to_thread(migrate, blank_url)
    async with await Database.open(blank_url) as database:
        assert await database.read(differences) == []


def back(session: Session) -> None:
    """All that the migrations did, undone."""
    config = Config(attributes={"connection": session.connection()})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    command.downgrade(config, "base")


async def test_there_and_back(blank_url: str) -> None:
    """Each migration can be undone, with cases in the tables, and leaves nothing that hinders the next."""
    await asyncio.to_thread(migrate, blank_url, "7d41b0c2e9f5")
    async with await Database.open(blank_url) as database:
        await database.run(old_rows)
        await asyncio.to_thread(migrate, blank_url)
        await database.run(back)
        left = await database.read(lambda session: inspect(session.connection()).get_table_names())
        assert left == ["alembic_version"]
        await asyncio.to_thread(migrate, blank_url)
        assert await database.read(differences) == []


async def test_queue_keeps_its_order(blank_url: str) -> None:
    """Cases that waited before the queue's index was made have their severity and date in it."""
    before, after = "7d41b0c2e9f5", "7d1f0a3be642"
    await asyncio.to_thread(migrate, blank_url, before)
    async with await Database.open(blank_url) as database:
        await database.run(old_rows)
        await asyncio.to_thread(migrate, blank_url, after)
        found = await database.read(
            lambda session: (
                session.connection()
                .exec_driver_sql(
                    "SELECT h.reference, precedence, CASE WHEN due = respond_by THEN 1 ELSE 0 END "
                    "FROM handoff h JOIN complaint c ON c.reference = h.reference ORDER BY precedence"
                )
                .all()
            )
        )
    assert [tuple(row) for row in found] == [("RC-CRITICAL", 0, 1), ("RC-HIGH", 1, 1), ("RC-LOW", 3, 1)]


async def test_items_know_what_they_ask_for(blank_url: str) -> None:
    """Cases that waited before routing was made have their language and category, and look from then on."""
    await asyncio.to_thread(migrate, blank_url, "7d41b0c2e9f5")
    async with await Database.open(blank_url) as database:
        await database.run(old_rows)
        await asyncio.to_thread(migrate, blank_url)
        found = await database.read(
            lambda session: (
                session.connection()
                .exec_driver_sql(
                    "SELECT language, category, CASE WHEN queued_at = waiting_since THEN 1 ELSE 0 END, "
                    "offered_until, escalated_at FROM handoff"
                )
                .all()
            )
        )
    assert [tuple(row) for row in found] == [("en", "defect", 1, None, None)] * 3


async def test_at_once(blank_url: str) -> None:
    """Processes that start together migrate together, and again when there is nothing to do."""
    await asyncio.gather(*(asyncio.to_thread(migrate, blank_url) for _ in range(6)))
    await asyncio.to_thread(migrate, blank_url)
