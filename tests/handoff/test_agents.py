"""Accounts and the three ways to prove who one is.

Mutation: leave ``used_at`` out of the condition in `agents.sign_in_by_code` (a link works twice).
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.db import Database
from handoff.staff import accounts, agents, sessions
from handoff.staff.agents import (
    IDLE_LASTS,
    LINK_LASTS,
    SESSION_LASTS,
    Agent,
    ConsoleSession,
    NameTaken,
    Role,
    SignInLink,
    SignInRefused,
    UnknownAgent,
)
from tests.handoff.cases import NOW, hire


async def test_token_opens_the_account(database: Database) -> None:
    """The token that is shown once leads to name and role; anything else to nothing."""
    token = await database.run(hire, "Anna Lee", Role.SUPERVISOR)
    person = await database.read(agents.by_token, token)
    assert (person.name, person.role) == ("Anna Lee", Role.SUPERVISOR)
    for wrong in ("", token[:-1], token + "x", token.swapcase()):
        with pytest.raises(SignInRefused):
            await database.read(agents.by_token, wrong)


async def test_no_secret_is_stored(database: Database) -> None:
    """A copy of the tables lets nobody in: neither token, code nor cookie is in it."""
    token = await database.run(hire, "Anna")
    code = await database.run(agents.sign_in_link, "Anna", NOW)
    cookie = await database.run(agents.sign_in_by_code, code, NOW)

    def dump(session: Session) -> str:
        rows = [
            *session.exec(select(Agent)),
            *session.exec(select(SignInLink)),
            *session.exec(select(ConsoleSession)),
        ]
        return " ".join(str(row.model_dump()) for row in rows)

    stored = await database.read(dump)
    assert "Anna" in stored
    for secret in (token, code, cookie):
        assert secret not in stored


@pytest.mark.parametrize("name", ["anna", " ANNA ", "Anna"])
async def test_names_are_unique(database: Database, name: str) -> None:
    """Customers see names, so two agents cannot share one, however it is written."""
    await database.run(hire, "Anna")
    with pytest.raises(NameTaken):
        await database.run(hire, name)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b", "a\u202eb"])
async def test_names_can_be_shown(database: Database, name: str) -> None:
    """An empty, endless or unprintable name is refused."""
    with pytest.raises(ValueError, match="printable"):
        await database.run(hire, name)


async def test_link_signs_in_once(database: Database) -> None:
    """Of many who follow the same link at once, one is in."""
    await database.run(hire, "Anna")
    code = await database.run(agents.sign_in_link, "Anna", NOW)
    results = await asyncio.gather(
        *(database.run(agents.sign_in_by_code, code, NOW) for _ in range(8)), return_exceptions=True
    )
    [cookie] = [r for r in results if isinstance(r, str)]
    assert sum(isinstance(r, SignInRefused) for r in results) == 7
    assert (await database.read(agents.by_session, cookie, NOW)).name == "Anna"


async def test_link_expires(database: Database) -> None:
    """After a quarter of an hour the link is nothing."""
    await database.run(hire, "Anna")
    code = await database.run(agents.sign_in_link, "Anna", NOW)
    with pytest.raises(SignInRefused):
        await database.run(agents.sign_in_by_code, code, NOW + LINK_LASTS)


async def used(database: Database, cookie: str, until: datetime) -> None:
    """Somebody clicks every hour."""
    for hour in range(1, int((until - NOW) / timedelta(hours=1)) + 1):
        await database.run(sessions.use, cookie, NOW + timedelta(hours=hour))


async def test_session_ends(database: Database) -> None:
    """With the working day, by signing out, and with the account."""
    token = await database.run(hire, "Anna")
    day, out, closed = [await database.run(agents.sign_in_by_token, token, NOW) for _ in range(3)]
    await used(database, day, NOW + SESSION_LASTS)
    assert (await database.read(agents.by_session, day, NOW + SESSION_LASTS - timedelta(seconds=1))).csrf
    with pytest.raises(SignInRefused):
        await database.read(agents.by_session, day, NOW + SESSION_LASTS)
    await database.run(agents.sign_out, out, NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_session, out, NOW)
    await database.run(accounts.deactivate, "Anna", "agent:Ada", NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_session, closed, NOW)


async def test_idle_session_ends(database: Database) -> None:
    """A browser that nobody touches for two hours is signed out, and no late click revives it."""
    token = await database.run(hire, "Anna")
    cookie = await database.run(agents.sign_in_by_token, token, NOW)
    last = NOW + timedelta(minutes=90)
    await database.run(sessions.use, cookie, last)
    assert await database.read(agents.by_session, cookie, last + IDLE_LASTS - timedelta(seconds=1))
    for late in (last + IDLE_LASTS, last + IDLE_LASTS * 2):
        with pytest.raises(SignInRefused):
            await database.read(agents.by_session, cookie, late)
        await database.run(sessions.use, cookie, late)


async def test_unknown_names_are_named(database: Database) -> None:
    """The error says how to make the account."""
    with pytest.raises(UnknownAgent, match="recourse user add"):
        await database.run(agents.sign_in_link, "Nobody", NOW)
