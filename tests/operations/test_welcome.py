"""Whose account the link is that ``recourse up`` prints: the operator's, and not the first by name.

Mutation: let `bot.supervising._sign_in` take ``at_work[0]``, leave ``created_at`` out of `_rank`, or let
`bot.demo.playing._hire` hire the two agents alone.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot import supervising
from bot.db import Database
from bot.demo import playing
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.handoff.cases import NOW


def signed_in(session: Session) -> tuple[str, str]:
    """The name that is printed, and who the code signs in, with their role."""
    name, code = supervising._sign_in(session, NOW)
    person = agents.by_session(session, agents.sign_in_by_code(session, code, NOW), NOW)
    assert person.name == name
    return name, person.role


async def of(database: Database, *hired: tuple[str, Role]) -> tuple[str, str]:
    """Who is signed in where these were hired in this order."""

    def unit(session: Session) -> tuple[str, str]:
        for number, (name, role) in enumerate(hired):
            agents.add(session, name, role, NOW + timedelta(minutes=number))
        return signed_in(session)

    return await database.run(unit)


@pytest.mark.parametrize(
    ("hired", "found"),
    [
        ((), ("Admin", "admin")),
        ((("Tina", Role.TRAINER), ("Otto", Role.AUDITOR)), ("Admin", "admin")),
        ((("Admin", Role.ADMIN), ("Aaron", Role.AGENT)), ("Admin", "admin")),
        ((("Zoe", Role.ADMIN), ("Bea", Role.ADMIN), ("Abe", Role.SUPERVISOR)), ("Zoe", "admin")),
        ((("Anna", Role.AGENT), ("Sue", Role.SUPERVISOR)), ("Sue", "supervisor")),
        ((("Ben", Role.AGENT), ("Anna", Role.AGENT)), ("Ben", "agent")),
    ],
)
async def test_the_highest_role_then_the_first(
    database: Database, hired: tuple[tuple[str, Role], ...], found: tuple[str, str]
) -> None:
    """An account is made only where nobody works on cases."""
    assert await of(database, *hired) == found


async def test_who_has_left_is_nobody(database: Database) -> None:
    """An account that is closed signs nobody in."""

    def unit(session: Session) -> tuple[str, str]:
        agents.add(session, "Zoe", Role.ADMIN, NOW)
        agents.find(session, "Zoe").active = False
        agents.add(session, "Sue", Role.SUPERVISOR, NOW)
        return signed_in(session)

    assert await database.run(unit) == ("Sue", "supervisor")


async def test_the_demo_is_seen_whole(database: Database) -> None:
    """Team and reports are in the pictures: who follows the link may see them."""
    await database.run(playing._hire, NOW)
    assert await database.run(signed_in) == (playing.LEAD, "admin")
