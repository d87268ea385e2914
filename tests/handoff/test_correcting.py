"""What is wrong on a record is put right, by whoever may, and what stood there stays in the history.

Mutation: leave ``reason`` out of the event in `complaints.describing.correct`, `check_holder` out of
`handoff.casework.correcting.correct`, or `_follow` out of it; or let `case_bodies.Correct.changes` give every
field, named or not.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import transcript
from channels.message import Address
from complaints import register
from complaints.record import Complaint, Event
from handoff import desk, search
from handoff.case_documents import history
from handoff.case_documents.parts import Speech
from handoff.case_file import case_file
from handoff.casework import correcting
from handoff.casework.correcting import NothingDiffers
from handoff.queue import BadInput, NotHolder
from handoff.rest.case_bodies import Correct
from handoff.slack_desk import thread
from tests.handoff.cases import NOW, complain_to, said
from tests.handoff.test_search import MADRID


async def held_by_anna(database: Database, channel: str = "webchat") -> str:
    reference = await complain_to(database, channel=channel)
    await database.run(desk.claim, reference, "Anna", NOW)
    return reference


async def correct(
    database: Database, reference: str, agent: str = "Anna", *, as_supervisor: bool = False, **given: object
) -> tuple[Complaint, Event]:
    body = Correct.model_validate({"reason": "She told us on the telephone.", **given})

    def unit(session: Session) -> tuple[Complaint, Event]:
        correcting.correct(
            session, reference, agent, body.changes, body.reason, NOW, as_supervisor=as_supervisor
        )
        case = register.find(session, reference)
        return case, register.events_of(session, case)[-1]

    return await database.run(unit)


def found(session: Session, wanted: str) -> list[str]:
    return [c.reference for c in search.find(session, search.read(wanted, MADRID, NOW)).cases]


async def test_corrected_with_what_stood_there_and_why(database: Database) -> None:
    """Each field that a record shows; one event, with before, after, who and why."""
    reference = await held_by_anna(database)
    case, event = await correct(
        database, reference, name="Maria Lopes", product="Kettle", order="NB-1", date="2026-02-27",
        amount="49.90", currency="eur", email="maria@example.org", phone="+44 20 7946 0018",
        on_behalf_of="her mother", organisation="Lopes Ltd", postal_address="1 High Street",
    )  # fmt: skip
    assert (case.name, case.product, case.order, case.problem_date) == (
        "Maria Lopes", "Kettle", "NB-1", date(2026, 2, 27),
    )  # fmt: skip
    assert (case.amount, case.currency, case.email, case.phone) == (
        Decimal("49.90"), "EUR", "maria@example.org", "+44 20 7946 0018",
    )  # fmt: skip
    assert (case.on_behalf_of, case.organisation, case.postal_address) == (
        "her mother", "Lopes Ltd", "1 High Street",
    )  # fmt: skip
    assert (event.kind, event.actor, event.reason) == (
        "detail_corrected", "agent:Anna", "She told us on the telephone.",
    )  # fmt: skip
    assert event.data["before"] == dict.fromkeys(event.data["after"])
    assert event.data["after"]["date"] == "2026-02-27"
    case, event = await correct(database, reference, order="NB-2")
    assert (event.data["before"], event.data["after"]) == ({"order": "NB-1"}, {"order": "NB-2"})
    assert (case.name, case.amount) == ("Maria Lopes", Decimal("49.90"))


async def test_nothing_takes_a_detail_away(database: Database) -> None:
    """``null`` or an empty text: what is not theirs need not be replaced by something."""
    reference = await held_by_anna(database)
    await correct(database, reference, email="other@example.org", date="2026-02-27", amount="5")
    case, event = await correct(database, reference, email="", date=None, amount="")
    assert (case.email, case.problem_date, case.amount) == (None, None, None)
    assert event.data["before"]["email"] == "other@example.org"
    assert event.data["after"]["email"] is None


async def test_found_by_what_is_right_and_not_by_what_was_wrong(database: Database) -> None:
    """On both databases; the name in the transcript follows."""
    reference = await held_by_anna(database)
    await correct(database, reference, name="Mariana Ruiz", order="NB-51207")
    await correct(database, reference, name="Mariana Reyes", order="NB-61208")
    assert await database.read(found, "Reyes") == [reference]
    assert await database.read(found, "NB-61208") == [reference]
    assert await database.read(found, "NB-51207") == []
    assert await database.read(found, "Ruiz") == []
    record = await database.read(case_file, reference)
    assert record["name"] == "Mariana Reyes"
    assert {m["name"] for m in record["messages"] if m["from"] == "customer"} == {"Mariana Reyes"}


async def test_files_and_threads_say_the_name_that_is_right(database: Database) -> None:
    """The case as a PDF, and its thread in Slack, whatever name a message came with."""
    reference = await held_by_anna(database)
    case, _ = await correct(database, reference, name="Mariana Reyes")
    message = (await database.read(said, reference))[0]
    assert message.author_name == "Maria Lopez"
    record = {"case": {"name": case.name, "anonymous": False}, "conversation": {"name": "Maria Lopez"}}
    speech = Speech("en", MADRID)
    assert history.who(message.model_dump(), record, speech) == "Mariana Reyes (Customer)"
    assert "*The customer* (Mariana Reyes)" in str(thread._said(case, message, []).blocks)


async def test_a_conversation_that_was_taken_down_follows(database: Database) -> None:
    """Its name is the record's; what a platform tells of its user is theirs."""
    for channel, after in (("phone", "Mariana Reyes"), ("telegram", "Maria Lopez")):
        reference = await held_by_anna(database, channel)
        await correct(database, reference, name="Maria Lopez")
        case, _ = await correct(database, reference, name="Mariana Reyes")
        address = Address(channel, case.conversation.partition(":")[2])
        conversation = await database.run(transcript.begin, address, NOW)
        assert conversation.name == after, channel


async def test_only_with_a_reason_and_only_what_differs(database: Database) -> None:
    """Nothing is on record then that nobody can answer for."""
    reference = await held_by_anna(database)
    await correct(database, reference, order="NB-1")
    with pytest.raises(BadInput, match="say why"):
        await database.run(correcting.correct, reference, "Anna", {"order": "NB-2"}, " ", NOW)
    with pytest.raises(NothingDiffers):
        await correct(database, reference, order="NB-1")
    with pytest.raises(NothingDiffers):
        await correct(database, reference)


async def test_only_the_holder_and_supervisors(database: Database) -> None:
    """A supervisor also when nobody holds it any more."""
    reference = await held_by_anna(database)
    with pytest.raises(NotHolder):
        await correct(database, reference, "Ben", order="NB-1")
    await database.run(desk.release, reference, "Anna", NOW)
    with pytest.raises(NotHolder):
        await correct(database, reference, order="NB-1")
    _, event = await correct(database, reference, "Sue", as_supervisor=True, order="NB-1")
    assert event.actor == "agent:Sue"


async def test_who_stays_unnamed_is_given_no_name(database: Database) -> None:
    """Their telephone number may be corrected; a name that stands there may go."""
    reference = await held_by_anna(database)

    def hide(session: Session) -> None:
        register.find(session, reference).anonymous = True

    await database.run(hide)
    with pytest.raises(BadInput, match="unnamed"):
        await correct(database, reference, name="Maria Lopez")
    case, _ = await correct(database, reference, phone="+44 20 7946 0018")
    assert (case.name, case.phone) == (None, "+44 20 7946 0018")
