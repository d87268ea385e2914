"""Guessing gets slow, for everybody alike, and nobody is kept out by somebody else's guesses.

Mutation: count an attempt after it was checked instead of before (`throttle.begin` adds nothing), or
let ``known`` in it be always False (a stranger keeps Nora out), or ``_free`` addresses be endless.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.db import Database
from handoff.staff import agents, throttle
from handoff.staff.agents import Came
from handoff.staff.throttle import LONGEST_WAIT, TooManyAttempts
from tests.handoff.cases import NOW, hire


async def fail(database: Database, name: str, address: str, now: datetime) -> timedelta | None:
    """One wrong password; the wait, if it was not even looked at."""
    try:
        await database.run(throttle.begin, name, address, now)
    except TooManyAttempts as error:
        return error.wait
    return None


async def test_waits_grow_and_end(database: Database) -> None:
    """Five for free, then 1, 2, 4 ... seconds, at most a quarter of an hour; each may be sat out."""
    now, waits, counted = NOW, [], 0
    while counted < 17:
        wait = await fail(database, "Nora", f"192.0.2.{counted}", now)
        if wait is None:
            counted += 1
        else:
            waits.append(wait.total_seconds())
            now += wait
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert timedelta(minutes=15) == LONGEST_WAIT


async def test_waiting_is_not_prolonged_by_trying(database: Database) -> None:
    """Whoever hammers while waiting waits no longer for it."""
    for _ in range(6):
        await fail(database, "Nora", "192.0.2.1", NOW)
    first = await fail(database, "Nora", "192.0.2.2", NOW)
    for _ in range(10):
        assert await fail(database, "Nora", "192.0.2.2", NOW) == first


async def test_a_hundred_at_once_are_no_way_round(database: Database) -> None:
    """They are counted before they are checked: five pass."""
    results = await asyncio.gather(
        *(fail(database, "Nora", f"192.0.2.{n}", NOW) for n in range(1, 101)), return_exceptions=True
    )
    assert [r for r in results if isinstance(r, BaseException)] == []
    assert results.count(None) == 5


async def test_names_that_do_not_exist_wait_alike(database: Database) -> None:
    """Being throttled says nothing about who has an account."""
    await database.run(hire, "Nora")
    told = []
    for name in ("Nora", "Nobody", " nora "):
        now = NOW + timedelta(hours=len(told))
        told.append([await fail(database, name, f"198.51.100.{n}", now) for n in range(8)])
    assert told[0] == told[1]
    assert told[0][5] is not None
    # The same name, however it is written.
    assert told[2][0] is None
    assert told[2][1] is not None


async def test_one_address_many_names(database: Database) -> None:
    """Twenty wrong ones from an address, under whatever names, and it waits; others do not."""
    for number in range(20):
        assert await fail(database, f"name {number}", "192.0.2.1", NOW) is None
    assert await fail(database, "one more", "192.0.2.1", NOW) == timedelta(seconds=1)
    assert await fail(database, "one more", "192.0.2.2", NOW) is None


async def test_an_ipv6_household_is_one_address(database: Database) -> None:
    """Somebody with 2^64 addresses has one."""
    for number in range(20):
        assert await fail(database, f"name {number}", f"2001:db8:1:2::{number:x}", NOW) is None
    assert await fail(database, "one more", "2001:db8:1:2:ffff::1", NOW) is not None
    assert await fail(database, "one more", "2001:db8:1:3::1", NOW) is None
    assert await fail(database, "one more", "::ffff:192.0.2.1", NOW) is None


async def test_success_frees_the_name(database: Database) -> None:
    """But the address keeps what others failed there: with one's own account, nobody guesses for ever."""
    for _ in range(4):
        await fail(database, "Nora", "192.0.2.1", NOW)
    attempt = await database.run(throttle.begin, "Nora", "192.0.2.1", NOW)
    await database.run(throttle.succeeded, attempt, NOW)
    for _ in range(4):
        assert await fail(database, "Nora", "192.0.2.1", NOW) is None
    for number in range(11):
        assert await fail(database, f"name {number}", "192.0.2.1", NOW) is None
        attempt = await database.run(throttle.begin, "Mallory", "192.0.2.1", NOW)
        await database.run(throttle.succeeded, attempt, NOW)
    assert await fail(database, "the twentieth", "192.0.2.1", NOW) is None
    assert await fail(database, "one more", "192.0.2.1", NOW) is not None


async def test_strangers_keep_nobody_out(database: Database) -> None:
    """Nora's own address, where she has signed in lately, is not stopped by guesses from elsewhere."""
    token = await database.run(hire, "Nora")
    await database.run(agents.sign_in_by_token, token, NOW, Came("192.0.2.7"))
    now = NOW
    for number in range(40):
        now += await fail(database, "Nora", f"203.0.113.{number}", now) or timedelta()
    await fail(database, "Nora", "203.0.113.100", now)
    assert await fail(database, "Nora", "203.0.113.200", now) is not None
    assert await fail(database, "Nora", "192.0.2.7", now) is None
    # Her own mistakes count for her address.
    for _ in range(4):
        await fail(database, "Nora", "192.0.2.7", now)
    assert await fail(database, "Nora", "192.0.2.7", now) is not None


async def test_forgotten_after_a_day(database: Database) -> None:
    for _ in range(12):
        await fail(database, "Nora", "192.0.2.1", NOW)
    tomorrow = NOW + timedelta(days=1, seconds=1)
    for _ in range(5):
        assert await fail(database, "Nora", "192.0.2.1", tomorrow) is None


@pytest.mark.parametrize("name", ["", "x" * 10_000, "a\x00b", "\ud800", "' OR 1=1 --"])
async def test_any_name_is_counted(database: Database, name: str) -> None:
    """Whatever was typed, even a password: only a digest of it is kept."""
    results = [await fail(database, name, f"192.0.2.{n}", NOW) for n in range(6)]
    assert [r is None for r in results] == [True] * 5 + [False]
