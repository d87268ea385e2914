"""After closing: how we handled it, asked once, and the answers understood without a dialogue.

Mutation: leave out the test of ``Survey.closing`` in `bot.aftercare.to_survey`, or let
`bot.aftercare_answers._comment` always say ``beside: False``.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta

import pytest
from sqlmodel import Session

from bot.aftercare_answers import as_grade
from bot.db import Database
from complaints import register
from complaints.complaint import Decision, Kind, Status
from handoff.casework import linking
from handoff.item import State
from tests.aftercare.customers import NOW, Customer, answered, at_night, settings

HOURS = timedelta(hours=3)


async def closed(database: Database, **about: object) -> Customer:
    """A complaint that was upheld three hours ago."""
    return await answered(database, HOURS, Decision.UPHELD, **about)  # type: ignore[arg-type]


async def surveyed(database: Database, **about: object) -> Customer:
    """Who has just been asked."""
    customer = await closed(database, **about)
    assert await customer.passes() == 1
    return customer


async def test_asked_once_for_each_closing(database: Database) -> None:
    customer = await closed(database)
    done = await asyncio.gather(*(customer.passes() for _ in range(3)))
    assert sorted(done) == [0, 0, 1]
    question = await customer.last()
    assert [b["title"] for b in question.buttons] == ["Very bad", "Bad", "Fair", "Good", "Very good"]
    assert await customer.passes(NOW + timedelta(days=2)) == 0, "nobody is reminded"

    def again(session: Session) -> None:
        case = register.find(session, customer.reference)
        later = NOW + timedelta(days=3)
        register.move(
            session, case, Status.INVESTIGATING, actor="customer", now=later, reason="it leaks again"
        )
        register.resolve(
            session,
            case,
            decision=Decision.UPHELD,
            remedy=None,
            text="New one.",
            actor="agent:Anna",
            now=later,
        )

    await database.run(again)
    assert await customer.passes(NOW + timedelta(days=3, hours=1)) == 0
    assert await customer.passes(NOW + timedelta(days=3, hours=3)) == 1
    first, second = await customer.surveys()
    assert first.closing < second.closing
    assert len(await customer.events("survey_asked")) == 2


async def test_neither_too_early_nor_too_late_nor_at_a_bad_time(sqlite: Database) -> None:
    customer = await closed(sqlite)
    assert await customer.passes(NOW - timedelta(hours=2)) == 0
    assert await customer.passes(NOW + timedelta(days=7)) == 0
    assert await customer.passes(settings=at_night()) == 0
    assert await customer.passes(settings=settings(survey=False)) == 0
    await customer.change(holder="Anna")
    assert await customer.passes() == 0, "a person is talking to them about another case"
    await customer.change(holder=None, opted_out=True)
    assert await customer.passes() == 0
    await customer.change(opted_out=False)
    await customer.says("thanks")
    assert await customer.passes() == 0, "nobody who is just writing is asked something else"
    assert await customer.passes(NOW + timedelta(minutes=20)) == 1


async def test_not_for_what_was_withdrawn_merged_or_no_complaint(sqlite: Database) -> None:
    withdrawn = await answered(sqlite, HOURS)

    def withdraw(session: Session) -> None:
        case = register.find(session, withdrawn.reference)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW - HOURS)

    await sqlite.run(withdraw)
    await closed(sqlite, kind=Kind.FEEDBACK)
    main, twin = await answered(sqlite, HOURS), await answered(sqlite, HOURS)
    await sqlite.run(linking.merge, main.reference, twin.reference, "Anna", NOW - HOURS)

    def close_both(session: Session) -> None:
        for reference in (main.reference, twin.reference):
            case = register.find(session, reference)
            register.move(session, case, Status.CLOSED, actor="agent:Anna", now=NOW - HOURS, reason="solved")

    await sqlite.run(close_both)
    assert await main.passes() == 1
    assert len(await main.surveys()) == 1


async def test_one_at_a_time_for_a_customer_with_several_cases(sqlite: Database) -> None:
    customer = await closed(sqlite, key="many")
    await closed(sqlite, key="many")
    assert await customer.passes() == 1
    assert await customer.passes(NOW + timedelta(hours=1)) == 0


async def test_whatsapp_only_inside_its_window(sqlite: Database) -> None:
    near = await closed(sqlite, channel="whatsapp")
    far = await answered(sqlite, timedelta(days=2), Decision.UPHELD, channel="whatsapp")
    assert await near.passes() == 1
    assert (len(await near.surveys()), len(await far.surveys())) == (1, 0)


@pytest.mark.parametrize(
    ("text", "grade"),
    [("4", 4), (" 5. ", 5), ("3/5", 3), ("٤", 4), ("4️⃣", 4), ("⭐⭐", 2), ("(1)", 1), ("2 !", 2)]
    + [
        (text, None)
        for text in ("0", "6", "42", "4th", "B2", "2 more are missing", "⭐⭐⭐⭐⭐⭐", "", "four")
    ],
)
def test_what_is_a_grade(text: str, grade: int | None) -> None:
    assert as_grade(text) == grade


@pytest.mark.parametrize("channel", ["telegram", "webchat", "slack", "sms", "whatsapp"])
async def test_a_number_or_a_button_then_a_sentence(sqlite: Database, channel: str) -> None:
    customer = await surveyed(sqlite, channel=channel)
    [question] = await (customer.says("5") if channel == "sms" else customer.presses("Very good"))
    assert [b["title"] for b in question.buttons] == ["Nothing to add"]
    [thanks] = await customer.says("Quick and friendly, thank you")
    assert thanks.buttons == []
    [survey] = await customer.surveys()
    assert (survey.grade, survey.comment) == (5, "Quick and friendly, thank you")
    assert survey.channel == channel
    assert customer.asked == []
    [graded] = await customer.events("survey_graded")
    assert (graded.actor, graded.data["grade"]) == ("customer", 5)
    assert "Quick" not in str([e.data for e in await customer.events("survey_commented")])
    await customer.says("4")
    assert len(customer.asked) == 1, "after that the dialogue has its say again"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "no"), ("es", "Nada que añadir"), ("ar", "لا"), ("de", "Nein."), ("en", "-")],
)
async def test_nothing_to_add(sqlite: Database, language: str, said: str) -> None:
    customer = await surveyed(sqlite, language=language)
    await customer.says("3")
    await customer.says(said)
    [survey] = await customer.surveys()
    assert (survey.grade, survey.comment) == (3, None)
    assert survey.commented_at is not None
    assert customer.asked == []


@pytest.mark.parametrize(
    "said",
    [
        "Where is my refund?",
        "And RC-7K2M9P4X is still open",
        "It burnt my daughter's hand, we are in hospital",
    ],
)
async def test_what_is_plainly_something_else_goes_its_way(sqlite: Database, said: str) -> None:
    customer = await surveyed(sqlite)
    await customer.says("4")
    await customer.says(said)
    assert [s.text for s in customer.asked] == [said]
    assert (await customer.surveys())[0].comment is None


@pytest.mark.parametrize(
    "said",
    [
        "Now the second kettle of order 471122 has come broken as well",
        "I paid 45 € again and nobody told me",
        "Friendly. " * 30,
    ],
)
async def test_what_may_be_both_is_kept_and_answered(sqlite: Database, said: str) -> None:
    customer = await surveyed(sqlite)
    await customer.says("4")
    replies = await customer.says(said)
    assert [m.text for m in replies] == ["The dialogue answers."]
    assert (await customer.surveys())[0].comment == said.strip()


async def test_while_a_person_holds_the_conversation(sqlite: Database) -> None:
    """A grade is a grade; what may be more than a comment is the agent's to read, and kept."""
    customer = await surveyed(sqlite)
    await customer.change(holder="Anna")
    await customer.says("4")
    assert await customer.says("The second kettle of order 471122 is broken, too") == []
    [survey] = await customer.surveys()
    assert survey.grade == 4
    assert survey.comment


@pytest.mark.parametrize(
    ("grade", "state"), [("1", State.WAITING), ("2", State.WAITING), ("3", State.CLOSED)]
)
async def test_a_poor_grade_puts_the_case_before_a_supervisor(
    sqlite: Database, grade: str, state: State
) -> None:
    customer = await surveyed(sqlite)
    await customer.says(grade)
    item = await customer.item()
    assert item.state == state
    if state is State.WAITING:
        assert item.reasons == ["poor_survey"]
        assert item.escalated_at is not None
        [escalated] = await customer.events("escalated")
        assert (escalated.reason, escalated.data["grade"]) == ("poor_survey", int(grade))
    assert (await customer.case()).status == "closed"


async def test_a_question_lapses(sqlite: Database) -> None:
    customer = await closed(sqlite)
    assert await customer.passes() == 1
    last = await customer.last()

    def age(session: Session) -> None:
        found = session.get_one(type(last), last.id)
        found.at = NOW - timedelta(days=8)

    await sqlite.run(age)
    await customer.says("4")
    assert (await customer.surveys())[0].grade is None
    assert len(customer.asked) == 1


async def test_a_second_press_corrects_the_grade(sqlite: Database) -> None:
    customer = await surveyed(sqlite)
    asked = await customer.last()
    for token in (asked.buttons[0]["token"], asked.buttons[4]["token"]):
        await customer.says("pressed", button=token)
    [survey] = await customer.surveys()
    assert survey.grade == 5
    assert survey.graded_at is not None
    assert survey.graded_at.tzinfo is UTC


async def test_whatsapp_by_template_after_its_window(sqlite: Database) -> None:
    """The platform says its approved words; the number that comes back is a grade all the same."""
    far = await answered(sqlite, timedelta(days=2), Decision.UPHELD, channel="whatsapp", language="es")
    name = "HX" + "0a" * 16
    assert await far.passes(settings=settings(survey_template=f"en={name}")) == 0, "not in their language"
    assert await far.passes(settings=settings(survey_template=name)) == 1
    question = await far.last()
    assert question.template == {"name": name, "values": {"1": far.reference}}
    await far.says("4")
    assert (await far.surveys())[0].grade == 4
