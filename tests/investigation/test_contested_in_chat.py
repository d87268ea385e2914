"""A customer who writes that they do not accept the answer hears of both ways to go on.

Mutation: let `bot.applying._reopen` move an answered case like a closed one, or forget ``afterwards``
in `bot.applying._speak`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.db import Database
from bot.engine import Answer, Said
from bot.settings import Settings
from bot.turn import Turn
from channels.transcript import Author
from complaints import commands, register
from complaints.complaint import Decision, Status
from complaints.deciding import Finding
from complaints.facts import Facts
from handoff import desk, queue
from handoff.casework import deciding
from handoff.item import Reason
from tests.handoff.cases import said
from tests.turn.desk import ScriptedEngine, answer, cases, work, write


def script(told: Said, facts: Facts) -> Answer:
    """The dialogue: files, and reopens when the customer is not happy."""
    if told.text == "I am not happy with that":
        again = commands.Reopen(reference=facts.cases[0].reference, reason=told.text)
        return answer("Open again.", commands=(again,))
    file = commands.FileComplaint(reference=facts.offer.reference, description=told.text)
    return answer("Filed.", commands=(file,))


@pytest.mark.parametrize("decision", [Decision.NOT_UPHELD, Decision.UPHELD])
async def test_not_happy_with_that(desk_database: Database, decision: Decision) -> None:
    """An answered case is contested, in the customer's words; a closed one is reopened, as ever."""
    database, now = desk_database, datetime.now(UTC)
    operator = Settings(_env_file=None, RECOURSE_POLICY="uk_disp")
    turn = Turn(database, ScriptedEngine(script), operator)
    await write(database, "my kettle leaks", 1)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    await database.run(desk.claim, case.reference, "Nora Hill", now)
    finding = Finding(decision=decision, found="It was packed well.")
    await database.run(deciding.resolve, case.reference, "Nora Hill", finding, outside="x", now=now)
    await write(database, "I am not happy with that", 2)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    assert case.status == Status.INVESTIGATING
    contested = decision is Decision.NOT_UPHELD
    kinds = [e.kind for e in await database.read(register.events_of, case)]
    assert kinds.count("contested") == contested
    assert kinds.count("reopened") == (not contested)
    item = await database.read(queue.get, case.reference)
    assert item is not None
    assert item.reasons == [Reason.CONTESTED if contested else Reason.REOPENED]
    texts = [m.text for m in await database.read(said, case.reference) if m.author != Author.CUSTOMER]
    whole = "Open again." if not contested else texts[-1]
    assert texts[-1] == whole
    assert texts[-2 if contested else -1] == "Open again."
    if contested:
        assert "review by a supervisor" in whole
        assert operator.policy.outside_body in whole
