"""Who is trained in what, and until when that counts.

Mutation: in `training.standing` count records that were withdrawn; in `training._held` leave out `SOON`; in
`training.months_later` leave out ``min``.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.db import Database
from handoff.improvement import training
from handoff.improvement.record import NotOnRecord, WrongState
from handoff.improvement.topics import BadTopics, topics
from handoff.improvement.training import Held, Training
from handoff.queue import BadInput
from tests.handoff.cases import NOW

TODAY = date(2026, 3, 2)
OURS = topics()


async def add(desk: Database, **more: Any) -> int:
    given = {"person": "anna", "topic": "safety", "trained_on": "2026-01-31", "trainer": "Red Cross"}
    return await desk.run(
        training.add, Training.model_validate(given | more), OURS, "Sue", today=TODAY, now=NOW
    )


async def held(desk: Database, today: date, person: str = "Anna") -> dict[str, tuple[str, date | None]]:
    found = await desk.read(training.standing, OURS, today, person)
    return {one.topic: (str(one.held), one.until) for one in found}


async def test_it_counts_as_long_as_its_topic_says(desk: Database) -> None:
    """Twelve months from the last day of January; shown as soon to expire in the last sixty days."""
    assert (await held(desk, TODAY))["safety"] == ("missing", None)
    await add(desk)
    until = date(2027, 1, 31)
    for days, word in ((61, "valid"), (60, "soon"), (0, "soon"), (-1, "expired")):
        assert (await held(desk, until - timedelta(days=days)))["safety"] == (word, until)
    await add(desk, valid_until="2028-06-30")
    assert (await held(desk, TODAY))["safety"] == ("valid", date(2028, 6, 30))


async def test_a_role_asks_for_its_own_topics(desk: Database) -> None:
    """An auditor need not know how to write answers; what is missing stands first."""
    assert set(await held(desk, TODAY, "Otto")) == {"privacy", "auditing"}
    await add(desk)
    everybody = await desk.read(training.standing, OURS, TODAY)
    assert everybody[-1].held is Held.VALID
    assert {one.person for one in everybody} == {"Anna", "Sue", "Sam", "Otto"}


async def test_what_has_no_end_holds_for_good(desk: Database) -> None:
    endless = {"first_aid": OURS["safety"].model_copy(update={"months": None})}
    given = Training(person="Anna", topic="first_aid", trained_on=TODAY, trainer="Red Cross")
    await desk.run(training.add, given, endless, "Sue", today=TODAY, now=NOW)
    (one,) = await desk.read(training.standing, endless, date(2050, 1, 1), "Anna")
    assert (one.held, one.until) == (Held.VALID, None)


async def test_a_wrong_record_stays_and_counts_no_more(desk: Database) -> None:
    number = await add(desk)
    with pytest.raises(BadInput):
        await desk.run(training.withdraw, number, "Sue", reason=" ", now=NOW)
    await desk.run(training.withdraw, number, "Sue", reason="It was Ben.", now=NOW)
    assert (await held(desk, TODAY))["safety"] == ("missing", None)
    (record,) = await desk.read(training.listed, "Anna")
    assert (record.person, record.withdrawn_by, record.withdrawn_because) == ("Anna", "Sue", "It was Ben.")
    with pytest.raises(WrongState):
        await desk.run(training.withdraw, number, "Sue", reason="Again.", now=NOW)
    with pytest.raises(NotOnRecord):
        await desk.run(training.withdraw, 99, "Sue", reason="None.", now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [{"topic": "juggling"}, {"trained_on": "2026-03-03"}, {"valid_until": "2026-01-30"}],
)
async def test_what_cannot_be_is_refused(desk: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        await add(desk, **wrong)


def test_months_end_where_they_end() -> None:
    assert training.months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert training.months_later(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert training.months_later(date(2026, 12, 1), 12) == date(2027, 12, 1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("safety: {name: {en: Safety}, roles: [clown]}", "safety / roles / 0"),
        ("safety: {name: {en: Safety}, month: 3}", "safety / month"),
        ("safety: {name: {}}", "safety / name"),
        ("[1, 2", "no YAML"),
    ],
)
def test_a_list_of_ones_own_is_checked(tmp_path: Path, text: str, named: str) -> None:
    """The error names the file and the place."""
    file = tmp_path / "topics.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadTopics, match=named):
        topics(file)
    with pytest.raises(BadTopics, match="cannot be read"):
        topics(tmp_path / "none.yml")
    file.write_text("lifting: {name: {de: Heben}}", encoding="utf-8")
    assert topics(file)["lifting"].called("en") == "Heben"
