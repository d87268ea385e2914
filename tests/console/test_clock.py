"""The clock in the case's record: dates, pauses and extensions by form and by API, for whoever may.

Mutation: leave `check_holder` out of `handoff.casework.timing._mine`; or ``update_task`` out of
``_IN_LISTS`` in `handoff.case_file`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
from sqlmodel import Session

from channels import inbox, transcript
from channels.message import Address, Inbound
from complaints import presets, register
from complaints.complaint import Kind, Status
from complaints.reference import mint
from handoff import desk, queue
from handoff.queue import Reason
from tests.console.conftest import Served, field_of


def complain(session: Session, policy: str = "iso_generic") -> str:
    now = datetime.now(UTC)
    address = Address("telegram", policy)
    inbox.accept(session, Inbound(address, f"in-{policy}", "It is broken."), now)
    conversation = transcript.lock(session, address.conversation)
    case = register.open_case(
        session, reference=mint(), kind=Kind.COMPLAINT, conversation=conversation.id, channel="telegram",
        language="en", description="It is broken.", clock=presets.load(policy).start(now), actor="customer",
        now=now,
    )  # fmt: skip
    register.acknowledge(session, case, message="1", actor="bot", now=now)
    register.move(session, case, Status.ASSESSED, actor="bot", now=now)
    queue.open_item(session, case, Reason.COMPLAINT, now)
    desk.claim(session, case.reference, "Anna", now)
    return case.reference


async def press(client: httpx.AsyncClient, reference: str, move: str, **fields: str) -> httpx.Response:
    page = await client.get(f"/console/cases/{reference}")
    form = {"csrf": field_of(page, "csrf"), **fields}
    return await client.post(f"/console/cases/{reference}/{move}", data=form)


async def case_of(served: Served, reference: str) -> register.Complaint:
    return await served.database.read(register.find, reference)


async def test_a_clock_is_stopped_and_goes_on(served: Served) -> None:
    """By its holder; the page shows policy and dates, and that it stands still."""
    reference = await served.database.run(complain)
    anna = await served.signed_in("Anna")
    page = (await anna.get(f"/console/cases/{reference}")).text
    assert "<code>iso_generic</code> 2" in page
    assert "Answer at the latest" in page
    answer = await press(anna, reference, "pause", waiting_for="customer", reason="asked for the receipt")
    assert answer.status_code == 303, answer.text
    page = (await anna.get(f"/console/cases/{reference}")).text
    assert "The clock stands still, waiting for the customer, since" in page
    assert "/extend" not in page
    assert (await press(anna, reference, "resume")).status_code == 303
    assert (await case_of(served, reference)).paused_since is None
    assert "Clock goes on" in (await anna.get(f"/console/cases/{reference}")).text


async def test_an_extension_by_form(served: Served) -> None:
    """Within the policy; beyond it the page says so and nothing changes."""
    reference = await served.database.run(complain)
    before = (await case_of(served, reference)).respond_by
    anna = await served.signed_in("Anna")
    far = (before + timedelta(days=400)).date().isoformat()
    refused = await press(anna, reference, "extend", until=far, reason="Slow")
    assert refused.status_code == 422
    assert "iso_generic allows a day after" in refused.text
    day = (before + timedelta(days=5)).date()
    assert (await press(anna, reference, "extend", until=day.isoformat(), reason="Slow")).status_code == 303
    assert (await case_of(served, reference)).respond_by.date() == day


async def test_only_who_may(served: Served) -> None:
    """Neither a colleague nor a reader; a supervisor, yes."""
    reference = await served.database.run(complain)
    for name, status in (("Ben", 403), ("Otto", 403), ("Sue", 303)):
        somebody = await served.signed_in(name)
        page = await somebody.get(f"/console/cases/{reference}")
        assert ("/pause" in page.text) == (name == "Sue")
        answer = await press(somebody, reference, "pause", waiting_for="customer", reason="why")
        assert answer.status_code == status, name


async def test_each_policy_offers_what_it_knows(served: Served) -> None:
    """au_rg271 has kinds with a time of their own; in_rbi a stage to be done; neither pauses."""
    anna = await served.signed_in("Anna")
    reference = await served.database.run(complain, "au_rg271")
    page = (await anna.get(f"/console/cases/{reference}")).text
    assert re.search(r'<option value="hardship">', page)
    assert "/pause" not in page
    assert "/extend" not in page
    respond_by = (await case_of(served, reference)).respond_by
    answer = await press(anna, reference, "time-limit", kind="hardship", reason="lost their job")
    assert answer.status_code == 303
    earlier = (await case_of(served, reference)).respond_by
    assert timedelta(days=8) < respond_by - earlier < timedelta(days=10)  # 30 and 21, an hour of clocks
    reference = await served.database.run(complain, "in_rbi")
    assert "Done: Internal ombudsman" in (await anna.get(f"/console/cases/{reference}")).text
    answer = await press(anna, reference, "stage-done", stage="internal_ombudsman")
    assert answer.status_code == 303
    assert "Done: Internal ombudsman" not in (await anna.get(f"/console/cases/{reference}")).text


async def test_a_task_to_tell_the_customer_is_seen(served: Served) -> None:
    """In the record, at the case's head and in the lists; in the agent's language."""
    reference = await served.database.run(complain)

    def owe(session: Session) -> None:
        register.find(session, reference).update_task = "held"

    await served.database.run(owe)
    anna = await served.signed_in("Anna")
    page = (await anna.get(f"/console/cases/{reference}")).text
    assert "you have the case, so the promised update is yours" in page
    assert page.count("Customer waits for news") >= 2
    form = {"csrf": field_of(await anna.get("/console"), "csrf"), "language": "es"}
    await anna.post("/console/look", data=form)
    assert "El cliente espera noticias" in (await anna.get("/console")).text
