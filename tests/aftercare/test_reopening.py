"""Reopening by the customer, on every channel: on record, with a new clock, and the survey not asked twice.

Mutation: leave out ``queue.open_item`` in `bot.applying._reopen`, or `complaints.watching.restart` in
`complaints.register.move`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.db import Database
from bot.engine import Answer, Said
from complaints import commands
from complaints.complaint import Decision
from complaints.facts import Facts
from complaints.watching import policy_of
from handoff.item import State
from tests.aftercare.customers import NOW, Customer, answered
from tests.turn.desk import answer

CHANNELS = ["telegram", "slack", "webchat", "sms", "whatsapp"]


def reopening(reference: str) -> object:
    def script(said: Said, _facts: Facts) -> Answer:
        command = commands.Reopen(reference=reference, reason=said.text)
        return answer(f"I've opened {reference} again.", commands=(command,))

    return script


async def reopen(customer: Customer) -> None:
    customer._dialogue = reopening(customer.reference)  # type: ignore[method-assign, assignment]
    await customer.says("It leaks again, nothing is solved")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_on_every_channel(sqlite: Database, channel: str) -> None:
    customer = await answered(sqlite, timedelta(hours=3), Decision.UPHELD, channel=channel)
    assert await customer.passes() == 1, "the survey"
    before = await customer.case()
    await reopen(customer)
    case, item = await customer.case(), await customer.item()
    assert (case.status, case.closed_at) == ("investigating", None)
    assert (item.state, item.reasons) == (State.WAITING, ["reopened"])
    [event] = await customer.events("reopened")
    assert (event.actor, event.reason) == ("customer", "It leaks again, nothing is solved")
    assert event.data["before"] == "closed"
    # The clock begins anew, by the case's own policy.
    began = policy_of(case).start(event.at)
    assert (case.update_by, case.respond_by) == (began.update_by, began.respond_by)
    assert case.respond_by > before.respond_by
    assert datetime.fromisoformat(event.data["dates"]["respond_by"]) == case.respond_by
    assert item.due == case.respond_by
    # It is open: nobody asks how it was handled, and a grade given late is still a grade.
    assert await customer.passes(NOW + timedelta(days=3)) == 0
    assert len(await customer.surveys()) == 1


async def test_after_silence_has_closed_it(sqlite: Database) -> None:
    """The customer was told how to come back: so they can."""
    customer = await answered(sqlite, timedelta(days=29))
    assert await customer.passes() == 1
    assert (await customer.case()).status == "closed"
    await reopen(customer)
    assert (await customer.case()).status == "investigating"
