"""What the dialogue may promise about waiting: only what others have waited lately, and only while open.

Mutation: let `bot.gathering._wait` forget the opening hours.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from bot.gathering import gather
from bot.settings import Settings
from channels import inbox
from channels.message import Address, Inbound
from complaints import texts
from handoff.item import Wait

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def opening(session: Session, minutes: int | None, language: str, now: datetime) -> str:
    """The sentence on opening hours to somebody who writes, after five others waited so long."""
    for n in range(5 if minutes is not None else 4):
        waited = 60 * (minutes or 1) + n
        session.add(Wait(precedence=2, seconds=waited, at=now - timedelta(hours=n)))
    text = {"es": "Quiero hablar con una persona, por favor", "en": "I want to talk to a person, please"}
    message = inbox.accept(session, Inbound(Address("webchat", "one"), str(now), text[language]), now)
    assert message is not None
    assert message.id is not None
    settings = Settings(_env_file=None, RECOURSE_OPENING_HOURS="Mo-Fr 09:00-17:00")  # type: ignore[call-arg]
    return gather(session, message.id, settings, now).facts.offer.opening


@pytest.mark.parametrize(
    ("minutes", "language", "said"),
    [(1, "en", "5 minutes"), (17, "en", "20 minutes"), (130, "es", "2 horas")],
)
async def test_about_how_long(database: Database, minutes: int, language: str, said: str) -> None:
    """The median of what others waited, rounded up, in the customer's language."""
    sentence = await database.run(opening, minutes, language, MONDAY)
    assert sentence.endswith(texts.say("desk_wait", language, time=said))
    assert "17:00" in sentence


async def test_nothing_is_promised(database: Database) -> None:
    """Not from too few, and not to somebody who writes at night: they hear when the desk opens."""
    assert "minute" not in await database.run(opening, None, "en", MONDAY)
    night = await database.run(opening, 17, "en", MONDAY + timedelta(hours=10))
    assert "minute" not in night
    assert "3 March" in night


@pytest.mark.parametrize("language", texts.languages())
def test_in_every_language(language: str) -> None:
    """The length of time is written as the language does, with its own words."""
    lengths = {texts.format_duration(timedelta(minutes=m), language) for m in (5, 20, 120)}
    assert len(lengths) == 3
    if language not in ("en", "fr"):
        assert not any("minutes" in length for length in lengths)
