"""Passwords: good enough, kept well, and checked in the same time whoever asks.

Mutation: let `passwords._verify` answer at once where nothing is kept, or leave the comparison of
hashes out of `passwords.admit` (a password that was just changed still opens).
"""

from __future__ import annotations

import asyncio
import time

import pytest
from argon2 import PasswordHasher, Type
from argon2.low_level import hash_secret
from sqlmodel import Session

from bot.db import Database
from handoff.staff import accounts, agents, passwords
from handoff.staff.account_list import Line
from handoff.staff.agents import Agent, Came, SignInRefused
from handoff.staff.passwords import BadPassword, Stored, Verdict
from tests.handoff.cases import NOW, hire

GOOD = "kettle lamp seventeen"


def keep(session: Session, name: str, kept: str) -> None:
    agent = agents.find(session, name)
    agent.password_hash = kept
    session.add(agent)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("eleven char", "short"),
        ("x" * 201, "long"),
        ("abababababababab", "repeats"),
        ("            ", "repeats"),
        ("Password-2026!", "common"),
        ("p4ssw0rd!!!!!", "common"),
        ("123456789012", "common"),
        ("qwertyuiop12", "common"),
        ("iloveyou2024", "common"),
        ("Contraseña2026", "common"),
        ("1qaz2wsx3edc", "common"),
        ("NoraJimenez1", "name"),
        ("jimenez-2026", "name"),
        ("Northwind-2026", "name"),
        ("recourse2026!", "name"),
        ("norajimenezx", "name"),
    ],
)
def test_refused(password: str, why: str) -> None:
    with pytest.raises(BadPassword) as refused:
        passwords.check(password, "Nora Jimenez", "Northwind Home", "Recourse")
    assert refused.value.key == why


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery",
        "Ärger über Öfen",
        "ذهبت إلى السوق",
        "nora keeps three goats",
        "x7#Lq2!vT9&m",
    ],
)
def test_taken(password: str) -> None:
    """Words, any alphabet, signs; a name in a long sentence does no harm."""
    assert passwords.check(password, "Nora Jimenez", "Northwind Home", "Recourse")


async def test_kept_as_argon2id() -> None:
    """With the parameters of RFC 9106 where memory matters, salted, and right for the right one alone."""
    first, second = await passwords.hashed(GOOD), await passwords.hashed(GOOD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert await passwords.verify(first, GOOD) == Verdict(right=True)
    for wrong in ("", GOOD + " ", GOOD.upper(), "x" * 5_000):
        assert not (await passwords.verify(first, wrong)).right


async def test_the_same_letters_typed_otherwise() -> None:
    """A precomposed ü and one with a combining mark are the same password."""
    kept = await passwords.hashed(passwords.check("fünf Stühle im Kreis"))
    assert (await passwords.verify(kept, "fu\u0308nf Stu\u0308hle im Kreis")).right


async def test_old_parameters_are_renewed(database: Database) -> None:
    """A hash of weaker parameters opens, and is replaced by one of today's."""
    await database.run(hire, "Nora")
    weak = hash_secret(GOOD.encode(), b"saltsaltsalt", 1, 8192, 1, 32, Type.ID).decode()
    await database.run(keep, "Nora", weak)
    found = await database.read(passwords.stored, "Nora")
    verdict = await passwords.verify(found.hash, GOOD)
    cookie = await database.run(passwords.admit, found, verdict, NOW, Came())
    assert (await database.read(agents.by_session, cookie, NOW)).name == "Nora"
    renewed = (await database.read(passwords.stored, "Nora")).hash
    assert renewed != weak
    assert not PasswordHasher().check_needs_rehash(renewed or "")
    assert (await passwords.verify(renewed, GOOD)).right


async def test_unknown_names_cost_as_much(database: Database) -> None:
    """No account, a closed one, one without a password: refused, after as much work as a wrong password."""
    for name in ("Nora", "Closed", "Bare"):
        await database.run(hire, name)
    kept = await passwords.hashed(GOOD)
    await database.run(keep, "Nora", kept)
    await database.run(keep, "Closed", kept)
    await database.run(accounts.deactivate, "Closed", "operator", NOW)
    await passwords.verify(None, GOOD)  # makes nobody's hash

    async def costs(name: str) -> float:
        found, best = await database.read(passwords.stored, name), 1e9
        for _ in range(3):
            began = time.process_time()
            verdict = await passwords.verify(found.hash, "a wrong password")
            best = min(best, time.process_time() - began)
            with pytest.raises(SignInRefused):
                await database.run(passwords.admit, found, verdict, NOW, Came())
        return best

    usual = await costs("Nora")
    for name in ("Nobody", "Closed", "Bare"):
        assert await costs(name) > usual / 3, name


async def test_nobodys_password_opens_nothing(database: Database) -> None:
    """Not even the words that stand for a missing hash."""
    await database.run(hire, "Bare")
    found = await database.read(passwords.stored, "Bare")
    assert not (await passwords.verify(found.hash, "the password of nobody")).right
    with pytest.raises(SignInRefused):
        await database.run(passwords.admit, found, Verdict(right=False), NOW, Came())


async def test_changed_while_it_was_checked(database: Database) -> None:
    """A password that was replaced, or whose account was closed, opens nothing any more."""
    await database.run(hire, "Nora")
    kept = await passwords.hashed(GOOD)
    await database.run(keep, "Nora", kept)
    found: Stored = await database.read(passwords.stored, "Nora")
    await database.run(keep, "Nora", await passwords.hashed("another lamp entirely"))
    with pytest.raises(SignInRefused):
        await database.run(passwords.admit, found, Verdict(right=True), NOW, Came())
    await database.run(keep, "Nora", kept)
    await database.run(accounts.deactivate, "Nora", "operator", NOW)
    with pytest.raises(SignInRefused):
        await database.run(passwords.admit, found, Verdict(right=True), NOW, Came())


async def test_many_at_once_are_bounded() -> None:
    """Twenty who sign in at once do not take twenty times the memory: two are hashed at a time."""
    kept, busy, most = await passwords.hashed(GOOD), 0, 0
    real = passwords._verify

    def counted(*args: str) -> Verdict:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        try:
            return real(*args)
        finally:
            busy -= 1

    passwords._verify = counted  # counts around the real work
    try:
        await asyncio.gather(*(passwords.verify(kept, GOOD) for _ in range(20)))
    finally:
        passwords._verify = real
    assert 1 <= most <= 2


def test_no_column_shows_it() -> None:
    """What is listed of an account does not hold the hash."""
    assert "password_hash" in Agent.model_fields
    assert not {"password_hash", "token_hash"} & set(Line.__dataclass_fields__)
