"""The shop's own questions in dialogues with the trained engine: asked once, heard, kept, shown, erased.

Mutation: let `actions.own_questions.due` forget the category; or let `_settle` in `actions.questions`
forget `END`; or let `hear` keep what was not understood at once, or forget
the e-mail address in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, select

from bot.privacy import erasing, persons
from channels.transcript import Message
from complaints import answering, register
from complaints.answering import OwnAnswer
from complaints.complaint import Category
from complaints.world import world
from complaints.world.world import World
from handoff.case_file import case_file
from handoff.console.wording import wording
from tests.world.shop import Customer, text_of

KETTLE = (
    "My Kettle K2 from order LL-123456 has been leaking since last Monday, "
    "it is faulty and I want my money back."
)
CONTACT = "Grace Hall, grace.hall@example.org"
SERIAL = "What is the serial number?"
BOUGHT = "When did you buy it?"
USABLE = "Can you still use it for now?"


async def answers(customer: Customer) -> dict[str, tuple[str, str]]:
    """State and value of each answer on record."""
    reference = (await customer.case()).reference

    def read(session: Session) -> list[OwnAnswer]:
        return answering.answers_of(session, register.find(session, reference))

    return {row.question: (row.state, row.value) for row in await customer.database.read(read)}


async def up_to_the_questions(customer: Customer, story: str = KETTLE) -> list[Message]:
    await customer.says(story)
    return await customer.says(CONTACT)


async def test_a_way_to_reach_them_said_instead_is_kept(customer: Customer) -> None:
    await customer.says(KETTLE)
    await customer.presses("Rather not")
    await customer.says("sn-48213")
    replies = await customer.says("grace.hall@example.org")
    assert BOUGHT in text_of(replies), customer.said
    assert "I could not find a day" not in text_of(replies), customer.said
    assert (await customer.case()).email == "grace.hall@example.org"


async def test_they_come_after_what_is_missing_and_their_answers_are_kept(customer: Customer) -> None:
    replies = await up_to_the_questions(customer)
    assert SERIAL in text_of(replies), customer.said
    case = await customer.case()
    assert (case.category, case.subcategory, case.product) == (Category.DEFECT, "leaks", "Kettle K2")
    replies = await customer.says("it says sn-48213 down there")
    assert text_of(replies) == BOUGHT, customer.said
    replies = await customer.says("on 3 March")
    assert text_of(replies) == USABLE, customer.said
    replies = await customer.presses("No")
    year = (
        datetime.now(UTC).year
        if datetime.now(UTC) > datetime(datetime.now(UTC).year, 3, 3, tzinfo=UTC)
        else 0
    )
    day = f"{year or datetime.now(UTC).year - 1}-03-03"
    assert await answers(customer) == {
        "serial": ("answered", "SN-48213"), "bought-on": ("answered", day), "still-usable": ("answered", "no")
    }  # fmt: skip
    summary = text_of(replies)
    for line in (
        "Product or service: Kettle K2",
        "Serial number: SN-48213",
        "Bought on: ",
        "3 March",
        "Still usable: No",
    ):
        assert line in summary, customer.said
    replies = await customer.presses("Yes, that's right")
    assert "That's all we need, thank you." in text_of(replies), customer.said


async def test_only_those_of_the_category_and_the_product(customer: Customer) -> None:
    replies = await up_to_the_questions(
        customer, KETTLE.replace("Kettle K2", "herb box").replace("LL-123456", "HB-1234-AB")
    )
    assert SERIAL not in text_of(replies), customer.said
    assert BOUGHT in text_of(replies), customer.said


async def test_each_may_be_skipped_by_button_and_in_words_and_is_not_asked_again(customer: Customer) -> None:
    await up_to_the_questions(customer)
    replies = await customer.presses("Not now")
    assert BOUGHT in text_of(replies), customer.said
    replies = await customer.says("no idea")
    assert USABLE in text_of(replies), customer.said
    replies = await customer.says("I'd rather not say")
    assert "Is that right?" in text_of(replies), customer.said
    assert {state for state, _ in (await answers(customer)).values()} == {"skipped"}
    replies = await customer.says("by the way, the box was damaged too")
    assert SERIAL not in text_of(replies), customer.said


async def test_a_wrong_answer_is_asked_back_once_and_then_kept_as_it_was_said(customer: Customer) -> None:
    await up_to_the_questions(customer)
    replies = await customer.says("it is the blue one with the scratch")
    assert "SN-99999" in text_of(replies), customer.said
    assert SERIAL in text_of(replies), customer.said
    replies = await customer.says("it just says 4711 B")
    assert BOUGHT in text_of(replies), customer.said
    found = await answers(customer)
    assert found["serial"] == ("unchecked", "")


async def test_a_digression_is_answered_and_the_question_stays(customer: Customer) -> None:
    await up_to_the_questions(customer)
    replies = await customer.says("how is my complaint going?")
    assert "RC-" in text_of(replies), customer.said
    assert SERIAL in text_of(replies), customer.said
    replies = await customer.says("I want to talk to a human please")
    assert (await customer.case()).reference in text_of(replies), customer.said
    assert "serial" not in await answers(customer)


async def test_numbers_are_read_checked_and_never_taken_for_a_button(customer: Customer) -> None:
    """On SMS buttons are numbered: a "1" would press the first."""
    customer.channel, customer.key = "sms", "+447700900123"
    replies = await customer.says(
        "my delivery LL-222333 came far too late, it was promised for last monday, I want compensation"
    )
    for _ in range(3):
        if "How many days" in text_of(replies):
            break
        replies = await customer.says("no idea")
    assert "How many days" in text_of(replies), customer.said
    assert replies[-1].buttons == []
    replies = await customer.says("900")
    assert "365 at most" in text_of(replies), customer.said
    await customer.says("1")
    assert await answers(customer) == {"days-waited": ("answered", "1")}


async def test_a_button_pressed_too_late_is_called_so(customer: Customer) -> None:
    await up_to_the_questions(customer)
    await customer.says("SN-11111")
    await customer.says("on 3 March")
    await customer.presses("Yes")
    replies = await customer.says("No", button="choose:own:still-usable/no")
    assert "earlier question" in text_of(replies), customer.said
    assert (await answers(customer))["still-usable"] == ("answered", "yes")


async def test_they_are_in_the_file_of_the_case_and_what_agents_read(customer: Customer, shop: World) -> None:
    await up_to_the_questions(customer)
    await customer.says("SN-48213")
    await customer.says("last christmas, I think")
    reference = (await customer.case()).reference
    file = await customer.database.read(case_file, reference)
    assert file["answers"][0].items() >= {"question": "serial", "label": "Serial number"}.items()
    spanish = wording("es")
    assert spanish.own_answer(file["answers"][0]) == "SN-48213"
    assert spanish.category(file["category"], file["subcategory"]) == "Producto defectuoso · Pierde agua"
    assert wording("en").category("billing") == "Billing"


async def test_an_erasure_takes_the_answers(customer: Customer, tmp_path: Path) -> None:
    await up_to_the_questions(customer)
    await customer.says("SN-48213")
    reference = (await customer.case()).reference

    def erase(session: Session) -> list[OwnAnswer]:
        person = persons.find(session, reference)
        later = datetime.now(UTC) + timedelta(seconds=1)
        erasing.erase(session, person, reason="on request", by="agent:Sue", now=later, also_open=True)
        session.expire_all()
        return list(session.exec(select(OwnAnswer)))

    (row,) = await customer.database.run(erase)
    assert (row.question, row.state, row.value, row.said, row.label) == ("serial", "answered", "", "", "")


async def test_without_files_nothing_is_asked(customer: Customer) -> None:
    """Today's behaviour: the summary comes at once."""
    with world.in_force_while(World()):
        replies = await up_to_the_questions(customer)
    assert "Is that right?" in text_of(replies), customer.said
