"""What is done to accounts takes effect at once, is recorded, and never leaves nobody in charge.

Mutation: leave `_free_cases` out of `accounts.deactivate` (a case is held by nobody who is there), or
``.with_for_update()`` and `_check_another` out of it (two administrators close each other).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from handoff import holding, queue
from handoff.item import State
from handoff.queue import BadInput
from handoff.staff import account_list, accounts, agents, sessions
from handoff.staff.agents import Method, NameTaken, Role, SignInRefused, UnknownAgent
from tests.handoff.cases import NOW, complain, hire

ADA = "agent:Ada"


def log(session: Session) -> list[tuple[str, str, str, str]]:
    return [(c.actor, c.whom, c.what, c.detail) for c in reversed(accounts.changes(session))]


async def test_each_change_is_recorded(database: Database) -> None:
    """Who did what to whom, and what it was before."""

    def work(session: Session) -> None:
        accounts.add(session, "Nora", Role.AGENT, accounts.OPERATOR, NOW, email="Nora@Example.org")
        accounts.set_role(session, "nora", Role.SUPERVISOR, ADA, NOW)
        accounts.set_role(session, "Nora", Role.SUPERVISOR, ADA, NOW)  # is so already
        accounts.set_email(session, "Nora", "", ADA, NOW)
        accounts.reset_link(session, "Nora", ADA, NOW)
        accounts.end_sessions(session, "Nora", ADA, NOW)
        accounts.renew_token(session, "Nora", ADA, NOW)
        accounts.revoke_token(session, "Nora", ADA, NOW)
        accounts.remove_password(session, "Nora", ADA, NOW)
        accounts.deactivate(session, "Nora", ADA, NOW)
        accounts.deactivate(session, "Nora", ADA, NOW)  # is so already
        accounts.activate(session, "Nora", ADA, NOW)

    await database.run(work)
    assert await database.read(log) == [
        ("operator", "Nora", "added", "agent, nora@example.org"),
        (ADA, "Nora", "role", "agent → supervisor"),
        (ADA, "Nora", "email", "none"),
        (ADA, "Nora", "link", ""),
        (ADA, "Nora", "sessions", "0 ended"),
        (ADA, "Nora", "token_renewed", ""),
        (ADA, "Nora", "token_revoked", ""),
        (ADA, "Nora", "password_removed", ""),
        (ADA, "Nora", "deactivated", ""),
        (ADA, "Nora", "activated", ""),
    ]


async def test_closing_ends_every_way_in(database: Database) -> None:
    """Token, session, unused link: nothing opens, and nothing comes back with the account."""
    token = await database.run(hire, "Nora")
    cookie = await database.run(agents.sign_in_by_token, token, NOW)
    code = await database.run(accounts.reset_link, "Nora", ADA, NOW)
    await database.run(accounts.deactivate, "Nora", ADA, NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_token, token)
    await database.run(accounts.activate, "Nora", ADA, NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_session, cookie, NOW)
    with pytest.raises(SignInRefused):
        await database.run(agents.sign_in_by_code, code, NOW)


@pytest.mark.parametrize("leaves", ["closed", "no agent any more"])
async def test_cases_of_who_leaves_wait_again(database: Database, leaves: str) -> None:
    """Nobody who is gone holds a case."""
    await database.run(hire, "Nora")
    reference = await database.run(complain)
    await database.run(holding.claim, reference, "Nora", NOW)
    if leaves == "closed":
        await database.run(accounts.deactivate, "Nora", ADA, NOW)
    else:
        await database.run(accounts.set_role, "Nora", Role.AUDITOR, ADA, NOW)
    item = await database.read(queue.get, reference)
    assert item is not None
    assert (item.state, item.agent) == (State.WAITING, None)


async def test_tokens_are_renewed_and_revoked(database: Database) -> None:
    """The old one ends with the new one, and a revoked one opens nothing until there is another."""
    old = await database.run(hire, "Nora")
    new = await database.run(accounts.renew_token, "Nora", ADA, NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_token, old)
    assert (await database.read(agents.by_token, new)).name == "Nora"
    await database.run(accounts.revoke_token, "Nora", ADA, NOW)
    with pytest.raises(SignInRefused):
        await database.read(agents.by_token, new)
    newest = await database.run(accounts.renew_token, "Nora", ADA, NOW)
    assert (await database.read(agents.by_token, newest)).name == "Nora"


async def test_the_last_administrator_stays(database: Database) -> None:
    """Neither closed nor given another role; a closed one and an agent do not count."""
    for name, role in (("Ada", Role.ADMIN), ("Bob", Role.ADMIN), ("Nora", Role.AGENT)):
        await database.run(hire, name, role)
    await database.run(accounts.deactivate, "Bob", ADA, NOW)
    with pytest.raises(BadInput, match="last administrator"):
        await database.run(accounts.deactivate, "Ada", ADA, NOW)
    with pytest.raises(BadInput, match="last administrator"):
        await database.run(accounts.set_role, "Ada", Role.AGENT, ADA, NOW)


async def test_two_administrators_who_close_each_other(database: Database) -> None:
    """Of two who press at once, one is left."""
    for round_ in range(5):
        names = [f"Ada {round_}", f"Bob {round_}"]
        for name in names:
            await database.run(hire, name, Role.ADMIN)
        if round_:  # those of the round before
            for line in await database.read(account_list.lines, NOW):
                if line.name not in names and line.active:
                    await database.run(accounts.deactivate, line.name, ADA, NOW)
        results = await asyncio.gather(
            *(database.run(accounts.deactivate, name, ADA, NOW) for name in names), return_exceptions=True
        )
        assert sum(isinstance(r, BadInput) for r in results) == 1, results
        assert sum(line.active for line in await database.read(account_list.lines, NOW)) == 1


@pytest.mark.parametrize("email", ["nora", "@example.org", "nora@example", "no ra@example.org", "a@b.c\x00"])
async def test_no_address_is_refused(database: Database, email: str) -> None:
    await database.run(hire, "Nora")
    with pytest.raises(BadInput):
        await database.run(accounts.set_email, "Nora", email, ADA, NOW)


async def test_an_address_has_one_owner(database: Database) -> None:
    """However it is written."""
    for name in ("Nora", "Omar"):
        await database.run(hire, name)
    await database.run(accounts.set_email, "Nora", "desk@example.org", ADA, NOW)
    with pytest.raises(NameTaken):
        await database.run(accounts.set_email, "Omar", "DESK@example.org", ADA, NOW)


async def test_the_list_tells_how_each_comes_in(database: Database) -> None:
    """Without a password, with a token; one session, and when it was last used."""
    token = await database.run(hire, "Nora")
    cookie = await database.run(agents.sign_in_by_token, token, NOW)
    await database.run(sessions.use, cookie, NOW + timedelta(minutes=5))
    [line] = await database.read(account_list.lines, NOW + timedelta(minutes=6))
    assert (line.name, line.password, line.token, line.openid, line.sessions) == (
        "Nora",
        False,
        True,
        False,
        1,
    )
    assert line.seen_at == NOW + timedelta(minutes=5)
    assert line.as_json()["seen_at"] == "2026-03-02T12:05:00+00:00"


async def test_sessions_are_listed_and_ended(database: Database) -> None:
    """One by one, all but this one, and nobody else's."""
    mine, other = await database.run(hire, "Nora"), await database.run(hire, "Omar")
    first, second, third = [await database.run(agents.sign_in_by_token, mine, NOW) for _ in range(3)]
    foreign = await database.run(agents.sign_in_by_token, other, NOW)
    nora = await database.read(agents.by_session, first, NOW)
    omar = await database.read(agents.by_session, foreign, NOW)
    shown = await database.read(sessions.living, nora.id, NOW, nora.session)
    assert [s.is_this for s in shown].count(True) == 1
    assert {s.method for s in shown} == {Method.TOKEN}
    for one in shown:
        assert not await database.run(sessions.end, omar, one.id, NOW)
    assert not await database.run(sessions.end, nora, "", NOW)
    a_second = next(s.id for s in shown if not s.is_this)
    assert await database.run(sessions.end, nora, a_second, NOW)
    assert len(await database.read(sessions.living, nora.id, NOW)) == 2
    assert await database.run(sessions.end_all, nora.id, NOW, but=nora.session) == 1
    assert (await database.read(agents.by_session, first, NOW)).name == "Nora"
    for ended in (second, third):
        with pytest.raises(SignInRefused):
            await database.read(agents.by_session, ended, NOW)
    assert (await database.read(agents.by_session, foreign, NOW)).name == "Omar"


async def test_nobody_unknown_is_changed(database: Database) -> None:
    for change in (accounts.deactivate, accounts.reset_link, accounts.renew_token, accounts.end_sessions):
        with pytest.raises(UnknownAgent):
            await database.run(change, "Nobody", ADA, NOW)
    assert await database.read(log) == []
