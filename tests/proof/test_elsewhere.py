"""Status for those who ask elsewhere: only after a code that went to the contact on record.

Mutation: let `proofs.check` forget ``asked.sent``; let `proving.send` leave `may_be_sent` out; or let
`asides.KINDS` be empty.
"""

from __future__ import annotations

from datetime import timedelta

from bot import proving
from bot.db import Database
from channels.message import Address
from complaints import proof
from complaints.reference import mint
from handoff.case_file import case_file
from tests.proof.asking import OWNER, Office


async def test_the_right_code_opens_the_status_and_nothing_else(database: Database) -> None:
    office = Office(database)
    reference = await office.case()
    assert f"If there is a complaint {reference}" in await office.say(f"how is {reference}?")
    await office.jobs()
    sent = (await office.said(OWNER))[-1]
    assert reference in sent and "Somebody has asked elsewhere" in sent
    code = await office.code()
    told = await office.say(f"{code[:3]} {code[3:]}")
    assert told.startswith(f"{reference}, received ") and "we have received and confirmed it" in told
    assert "kettle" not in told and "4711" not in told
    assert (await office.events(reference))[-2:] == ["code_sent", "status_told"]


async def test_the_desk_does_not_read_the_code(database: Database) -> None:
    """Mutation: let `proofs.without_code` give the text as it is."""
    office = Office(database)
    reference = await office.case()
    await office.say(f"how is {reference}?")
    await office.jobs()
    code = await office.code()
    shown = [message["text"] for message in (await database.read(case_file, reference))["messages"]]
    assert not any(code in text for text in shown)
    assert shown[-1] == (await office.said(OWNER))[-1].replace(code, "••••••")


async def test_for_half_an_hour_no_other_code_is_needed(database: Database) -> None:
    office = Office(database)
    reference, other = await office.case(), await office.case()
    await office.say(reference)
    await office.jobs()
    await office.say(await office.code())
    assert (await office.say(f"and now {reference}?")).startswith(f"{reference}, received ")
    assert (await office.say(other)).startswith("If there is"), "of that case only"
    assert (await office.say(reference, Address("telegram", "78"))).startswith("If there is"), "here only"
    await office.age(timedelta(minutes=31))
    assert (await office.say(reference)).startswith("If there is")


async def test_whatever_the_reference_is_the_answers_are_the_same(database: Database) -> None:
    office = Office(database)
    kinds = {
        "open": await office.case(),
        "anonymous": await office.case(Address("webchat", "a"), anonymous=True),
        "closed": await office.case(Address("slack", "D1"), status="closed"),
        "withdrawn": await office.case(Address("whatsapp", "+441632960002"), status="withdrawn"),
        "opted out": await office.case(Address("sms", "+441632960003"), opted_out=True),
        "only announced": await office.case(Address("sms", "+441632960004"), provisional=True),
        "nobody's": mint(),
    }
    heard: dict[str, list[str]] = {}
    for number, (kind, reference) in enumerate(kinds.items()):
        asker = Address("telegram", f"asker-{number}")
        answers = [await office.say(reference, asker)]
        await office.jobs()
        wrong = await _wrong(office)
        answers += [await office.say(wrong, asker) for _ in range(4)]
        heard[kind] = [text.replace(reference, "REF") for text in answers]
    assert len(set(map(tuple, heard.values()))) == 1, heard
    assert [text.split(".")[0] for text in heard["open"][1:]] == [
        "I can't do anything with that code",
        "I can't do anything with that code",
        "That code doesn't count any more",
        "What can I do for you?",
    ]
    sent = {kind for kind, asked in zip(kinds, await office.proofs(), strict=True) if asked.sent}
    assert sent == {"open", "anonymous", "closed", "withdrawn"}


async def test_a_code_that_was_never_sent_opens_nothing(database: Database) -> None:
    """Guessed right by chance, or known to whoever has the key: it is a wrong one."""
    office = Office(database)
    for reference in (mint(), await office.case(opted_out=True)):
        await office.say(reference)
        await office.jobs()
        asked = (await office.proofs())[-1]
        assert (await office.say(_code(office, asked.nonce))).startswith("I can't do anything with that code")


async def test_three_tries_and_ten_minutes(database: Database) -> None:
    office = Office(database)
    reference = await office.case()
    await office.say(reference)
    await office.jobs()
    right, wrong = await office.code(), await _wrong(office)
    for _ in range(3):
        await office.say(wrong)
    assert (await office.say(right)).startswith("What can I do"), (
        "after three tries it is a message like others"
    )
    await office.say(reference)
    await office.jobs()
    right = await office.code()
    await office.age(timedelta(minutes=10))
    assert (await office.say(right)).startswith("What can I do")


async def test_a_number_is_a_code_only_while_one_is_waited_for(database: Database) -> None:
    office = Office(database)
    assert (await office.say("123456")).startswith("What can I do")
    await office.say(await office.case())
    assert (await office.say("my order is 123456")).startswith("What can I do")
    assert (await office.say("123456", Address("telegram", "78"))).startswith("What can I do")


async def test_nobody_can_flood_a_customer(database: Database) -> None:
    office = Office(database)
    reference = await office.case()
    for number in range(10):
        text = await office.say(reference, Address("telegram", f"flood-{number}"))
        assert text.startswith("If there is"), "who asks is told the same"
    await office.jobs()
    assert len(await office.said(OWNER)) == proof.SENDS_PER_CASE
    await office.age(timedelta(days=1))
    await office.say(reference)
    await office.jobs()
    assert len(await office.said(OWNER)) == proof.SENDS_PER_CASE + 1


async def test_nor_the_bill(database: Database) -> None:
    office = Office(database, codes_per_hour=4)
    owners = [Address("sms", f"+44163296010{number}") for number in range(8)]
    for number, owner in enumerate(owners):
        await office.say(await office.case(owner), Address("telegram", f"bill-{number}"))
    await office.jobs()
    assert sum([len(await office.said(owner)) for owner in owners]) == 4


async def test_one_asker_may_ask_so_often_a_day(database: Database) -> None:
    office = Office(database)
    answers = [await office.say(mint()) for _ in range(proof.ASKS_PER_CONVERSATION + 2)]
    assert [text[:5] for text in answers] == ["If th"] * proof.ASKS_PER_CONVERSATION + ["That'"] * 2
    assert len(await office.proofs()) == proof.ASKS_PER_CONVERSATION
    await office.age(timedelta(days=1))
    assert (await office.say(mint())).startswith("If there is")


async def test_old_questions_are_forgotten(database: Database) -> None:
    office = Office(database)
    await office.say(mint())
    await office.age(timedelta(days=3))
    await office.say(mint())
    assert len(await office.proofs()) == 1


def _code(office: Office, nonce: str) -> str:
    return proof.code(proving.secret(office.settings), nonce)


async def _wrong(office: Office) -> str:
    """A code that is not the right one of any question."""
    right = {_code(office, asked.nonce) for asked in await office.proofs()}
    return next(code for number in range(10**6) if (code := f"{number:06}") not in right)
