"""A desk with its people, and complaints on given days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.complaint import Category
from handoff.dispatch.rules import Rules, in_force_while
from handoff.staff.agents import Role
from tests.handoff.cases import complain, hire

DONE = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone, but for the tests that name the other: nothing here differs but counting."""
    return sqlite_url


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def both_urls(request: pytest.FixtureRequest) -> str:
    """A database of each kind in turn, for what is counted in SQL."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(autouse=True)
def usual_rules() -> Iterator[None]:
    """A program that another test started in this process has left its own, with its time zone."""
    with in_force_while(Rules()):
        yield


@pytest.fixture
async def desk(database: Database) -> Database:
    """Anna answers, Sue and Sam supervise, Otto audits."""
    for name, role in {
        "Anna": Role.AGENT, "Sue": Role.SUPERVISOR, "Sam": Role.SUPERVISOR, "Otto": Role.AUDITOR,
    }.items():  # fmt: skip
        await database.run(hire, name, role)
    return database


def complained(
    session: Session,
    days: float,
    *,
    product: str | None = "kettle",
    category: Category = Category.DEFECT,
    cause: str | None = None,
) -> str:
    """Somebody complained so many days after `DONE` (before it, if negative); the reference."""
    reference = complain(session, now=DONE + timedelta(days=days))
    case = register.find(session, reference)
    case.product, case.category, case.cause_kind = product, category, cause
    session.add(case)
    session.flush()
    return reference
