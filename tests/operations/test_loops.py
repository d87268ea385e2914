"""A case at which a loop fails does not end the loops: the others are tended, messages are answered.

Mutation: in `bot.loops.repeat` leave out ``apart``, or in `bot.aftercare.once`.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot import aftercare, desk_clock, loops
from bot.db import Database
from bot.settings import Settings
from channels.lanes import Unavailable
from handoff.dispatch.rules import Rules
from tests.aftercare.customers import answered


async def test_a_look_that_fails_is_repeated() -> None:
    stop, looks = asyncio.Event(), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise ValueError
        if looks == 2:
            raise Unavailable("no database")
        stop.set()

    await asyncio.wait_for(loops.repeat(look, 0.001, stop), 10)
    assert looks == 3


async def test_one_case_does_not_keep_the_others(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [await answered(database, timedelta(days=8)) for _ in range(2)]

    def act(session: Session, reference: str, settings: Settings, now: datetime) -> bool:
        if reference == first.reference:
            raise RuntimeError(reference)
        return aftercare.follow_up(session, reference, settings, now)

    monkeypatch.setattr(aftercare, "_STEPS", ((aftercare.to_follow_up, act),))
    assert await second.passes() == 1
    assert [b["title"] for b in (await second.last()).buttons] == ["Yes, solved", "No, not solved"]


async def test_one_step_of_the_desk_does_not_keep_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, taken = asyncio.Event(), []

    def broken(_session: Session, _now: datetime) -> list[object]:
        raise RuntimeError

    def sound(_session: Session, _now: datetime) -> list[object]:
        taken.append("sound")
        stop.set()
        return []

    monkeypatch.setattr(desk_clock, "_DUE", (broken, sound))
    await asyncio.wait_for(desk_clock.run(database, Rules(), stop), 10)
    assert taken == ["sound"]
