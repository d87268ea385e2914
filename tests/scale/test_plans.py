"""No question that the program asks often reads a whole table, on either database.

The plans are those of the statements that the real functions execute, in a year of a small desk.
Mutation: leave the index ``handoff_in_order``, ``event_by_kind`` or ``complaint_by_arrival`` out of
its table.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.db import Database
from bot.settings import Settings
from tests.scale.filling import filler
from tests.scale.invented import Year, utc_now
from tests.scale.plans import SMALL, plans_of
from tests.scale.questions import Question, Sample, reading, sample, writing

CASES = 300
_FEW = SMALL | {"file"}  # fewer than the messages of a page, so all of them are read for it


@pytest.mark.parametrize("questions", [reading, writing])
async def test_no_table_is_read_whole(
    database_url: str, questions: Callable[[Sample, Settings, object], list[Question]]
) -> None:
    """Each statement finds its rows by an index, even where there are few."""
    now = utc_now()
    await filler(database_url).put(Year(now).until(CASES))
    async with await Database.open(database_url) as database:
        known = await database.read(sample)
        asked = questions(known, Settings(_env_file=None), now)
        wrong, looked_at = [], 0
        for question in asked:
            plans = await plans_of(database, question.ask, strict=True)
            looked_at += len(plans)
            wrong += [
                f"{question.name}: {step} in {plan.statement}\n{plan.told}"
                for plan in plans
                for step in plan.faults(question.walks, _FEW, few=question.few)
            ]
        assert looked_at >= len(asked)  # every question is at least one statement
        assert not wrong, "\n\n".join(wrong)
