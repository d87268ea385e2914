"""An erasure from the first look to the last page: rows, examples, files, models, old pages, backups.

The order is what makes a crash harmless: examples first (they are found by rows that still stand), then one
transaction for all rows, which also notes the files that are still to be deleted, then the files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from bot.audit.opening import keys_of
from bot.db import Database
from bot.privacy import cleaning, erasing, persons
from bot.privacy.erasing import Plan
from bot.privacy.persons import Person
from bot.settings import Settings
from complaints.audit import pseudonym

log = structlog.get_logger()


@dataclass(frozen=True)
class Done:
    """What an erasure came to. ``models`` learnt from what is gone: they are to be trained anew."""

    number: int
    cases: tuple[str, ...]
    counts: Mapping[str, int]
    files: int
    examples: tuple[str, ...]
    models: tuple[str, ...]
    threads: tuple[str, ...]


async def look(database: Database, wanted: str) -> Plan:
    """What would go of whom ``wanted`` names. Raises `NobodyFound`, `OnHold`."""
    return await database.read(lambda session: erasing.plan(session, persons.find(session, wanted)))


async def carry_out(
    database: Database,
    settings: Settings,
    plan: Plan,
    *,
    reason: str,
    by: str,
    now: datetime,
    also_open: bool = False,
    scrub: bool = True,
) -> Done:
    """Erase what was looked at. Raises what `erasing.erase` does; then nothing has changed.

    ``scrub`` is left out where many follow each other: it is done once after them.
    """
    await database.read(erasing.check, plan.person, reason, also_open=also_open)
    examples = await asyncio.to_thread(cleaning.take_examples_out, settings.nlu_data_dir, plan.examples)
    files = {file for file, _ in plan.examples}
    models = cleaning.learnt_from(settings.models_dir, files) if files else []
    number = await database.run(
        _erase, plan.person, settings, reason=reason, by=by, now=now, also_open=also_open, models=models
    )
    deleted = await cleaning.delete_files(database, settings.data_dir)
    if models:
        cleaning.mark(settings.models_dir, models, now.isoformat())
    if scrub:
        await cleaning.scrub(settings.database_url)
    log.info("erased", erasure=number, cases=list(plan.person.references))
    return Done(
        number, plan.person.references, plan.counts, deleted, tuple(examples), tuple(models), plan.threads
    )


def _erase(
    session: Session,
    person: Person,
    settings: Settings,
    *,
    reason: str,
    by: str,
    now: datetime,
    also_open: bool,
    models: list[str],
) -> int:
    keys = keys_of(settings)
    row = erasing.erase(
        session, person, reason=reason, by=by, now=now, also_open=also_open, models=models,
        named=lambda conversation: pseudonym(keys, conversation),
    )  # fmt: skip
    assert row.id is not None
    return row.id
