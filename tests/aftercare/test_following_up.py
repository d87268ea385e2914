"""After an answer that was not a full yes: the customer is asked, and silence ends it.

Mutation: leave out ``~asked`` in `bot.aftercare.to_follow_up`, or ``~_heard_since_answer()`` in `to_close`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.db import Database
from complaints.complaint import Decision, Kind
from handoff.casework import linking
from handoff.item import State
from tests.aftercare.customers import NOW, answered, at_night, settings

WEEK = timedelta(days=8)
DAY = timedelta(days=1)


async def test_asked_once_some_days_after_the_answer(database: Database) -> None:
    """Two processes look at the same time: one asks."""
    customer = await answered(database, WEEK)
    assert await customer.passes(NOW - 2 * DAY) == 0, "it is too early"
    done = await asyncio.gather(*(customer.passes() for _ in range(3)))
    assert sorted(done) == [0, 0, 1]
    question = await customer.last()
    assert customer.reference in question.text
    assert [b["title"] for b in question.buttons] == ["Yes, solved", "No, not solved"]
    assert await customer.passes(NOW + DAY) == 0
    assert len(await customer.events("followed_up")) == 1
    # A person looks at it a day after the clock should have closed it.
    assert (await customer.item()).back_at == NOW - WEEK + timedelta(days=29)


@pytest.mark.parametrize("language", ["de", "ar", "pl"])
async def test_in_the_customers_language(sqlite: Database, language: str) -> None:
    customer = await answered(sqlite, WEEK, language=language)
    await customer.passes()
    assert "Is it solved" not in (await customer.last()).text


async def test_not_at_night_not_while_held_not_who_opted_out_not_outside_the_window(sqlite: Database) -> None:
    customer = await answered(sqlite, WEEK)
    assert await customer.passes(settings=at_night()) == 0
    await customer.change(holder="Anna")
    assert await customer.passes() == 0
    await customer.change(holder=None, opted_out=True)
    assert await customer.passes() == 0
    assert await (await answered(sqlite, WEEK, channel="whatsapp")).passes() == 0
    assert await (await answered(sqlite, WEEK, Decision.UPHELD)).passes(
        settings=settings(survey=False)
    ) == 0, "a full yes is no question"  # fmt: skip
    await customer.change(opted_out=False)
    assert await customer.passes() == 1


async def test_the_customers_own_night_counts(sqlite: Database) -> None:
    customer = await answered(sqlite, WEEK, channel="sms")
    madrid_noon = NOW.replace(hour=11, minute=0) + DAY  # 6 or 7 in New York
    await customer.change(phone="+12125550123")
    assert await customer.passes(madrid_noon, settings(time_zone="Europe/Madrid")) == 0
    assert await customer.passes(madrid_noon + timedelta(hours=5), settings(time_zone="Europe/Madrid")) == 1


@pytest.mark.parametrize("said", ["1", "Yes", "yes, solved", "Yes."])
async def test_yes_accepts_and_closes(sqlite: Database, said: str) -> None:
    customer = await answered(sqlite, WEEK, channel="sms")
    await customer.passes()
    [reply] = await customer.says(said)
    assert customer.reference in reply.text
    assert (await customer.case()).status == "closed"
    [accepted] = await customer.events("answer_accepted")
    assert accepted.actor == "customer"
    assert (await customer.item()).state == State.CLOSED
    assert customer.asked == [], "no dialogue needs to understand it"


@pytest.mark.parametrize(
    ("said", "reason"),
    [("2", "2"), ("No", "No"), ("No, it still leaks!", "No, it still leaks!")],
)
async def test_no_contests_and_a_person_has_it(sqlite: Database, said: str, reason: str) -> None:
    customer = await answered(sqlite, WEEK)
    await customer.passes()
    explained, *asked = await customer.says(said)
    assert "supervisor" in explained.text, "how to go on inside"
    assert len(asked) == (0 if "leaks" in said else 1)
    case, item = await customer.case(), await customer.item()
    assert (case.status, item.state, item.reasons) == ("investigating", State.WAITING, ["contested"])
    [contested] = await customer.events("contested")
    assert (contested.actor, contested.reason) == ("customer", reason)
    assert await customer.passes(NOW + 60 * DAY) == 0, "what was contested is not closed by silence"


async def test_a_button_pressed_late_changes_nothing(sqlite: Database) -> None:
    customer = await answered(sqlite, WEEK)
    await customer.passes()
    await customer.presses("Yes, solved")
    [reply] = await customer.presses("No, not solved")
    assert "it is closed" in reply.text
    assert (await customer.case()).status == "closed"


async def test_what_is_no_answer_goes_to_the_dialogue(sqlite: Database) -> None:
    customer = await answered(sqlite, WEEK)
    await customer.passes()
    await customer.says("Which kettle do you mean?")
    await customer.says("yes")
    assert [said.text for said in customer.asked] == ["Which kettle do you mean?", "yes"]
    assert (await customer.case()).status == "responded"


async def test_a_button_of_another_conversation_does_nothing(sqlite: Database) -> None:
    mine, theirs = await answered(sqlite, WEEK), await answered(sqlite, WEEK)
    await mine.passes()
    await mine.says("Yes", button=f"followup:{theirs.reference}:yes")
    assert (await theirs.case()).status == (await mine.case()).status == "responded"


async def test_silence_closes_with_the_reason_and_how_to_come_back(database: Database) -> None:
    customer = await answered(database, timedelta(days=27, hours=23))
    await customer.passes()
    assert (await customer.case()).status == "responded"
    done = await asyncio.gather(*(customer.passes(NOW + timedelta(hours=2)) for _ in range(2)))
    assert sorted(done) == [0, 1]
    [closed] = await customer.events("closed")
    assert (closed.actor, closed.reason) == ("system", "no answer within 28 days")
    assert "write here" in (await customer.last()).text
    assert (await customer.item()).state == State.CLOSED


async def test_the_time_of_monitoring_is_a_setting(sqlite: Database) -> None:
    customer = await answered(sqlite, timedelta(days=11))
    customer.settings = settings(monitor_days=10, follow_up_days=5)
    assert await customer.passes() == 1
    assert (await customer.events("closed"))[0].reason == "no answer within 10 days"


async def test_who_has_said_something_is_not_closed(sqlite: Database) -> None:
    customer = await answered(sqlite, timedelta(days=40))
    await customer.says("I am thinking about it")
    assert await customer.passes(NOW + timedelta(hours=1)) == 0
    assert (await customer.case()).status == "responded"


async def test_who_opted_out_is_closed_without_a_word(sqlite: Database) -> None:
    customer = await answered(sqlite, timedelta(days=29), channel="sms")
    await customer.change(opted_out=True)
    said = len(await customer.messages())
    assert await customer.passes() == 1
    assert len(await customer.messages()) == said
    assert (await customer.events("closed"))[0].data["told"] is False


async def test_one_merged_into_another_is_not_asked_about(sqlite: Database) -> None:
    main, twin = await answered(sqlite, WEEK), await answered(sqlite, WEEK)
    await sqlite.run(linking.merge, main.reference, twin.reference, "Anna", NOW)
    assert await main.passes() == 1
    assert await twin.events("followed_up") == []


async def test_no_complaint_no_question(sqlite: Database) -> None:
    assert await (await answered(sqlite, WEEK, kind=Kind.CONTACT)).passes() == 0
