"""The causes page: a rise is seen, its cause named, and one text answers all of them on their own channels.

Mutation: leave the ``request`` out of the dedup in `bulk._answer` (a second text reaches nobody), or
`bulk.mark_all` out of `handoff.console.causes`.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
from sqlmodel import Session

from bot import signal_clock
from bot.db import Database
from channels.transcript import Author
from complaints import register
from complaints.complaint import Status
from handoff import queue
from handoff.signals import keeping
from tests.console.conftest import Served, field_of
from tests.console.test_browser import SCREENS, Agent
from tests.handoff.cases import complain_to, said
from tests.signals.rows import usual
from tests.webchat.browser import chromium

NOW = datetime.now(UTC)


async def a_rise(database: Database) -> list[str]:
    """Eighteen people in three days, by chat and by SMS, in two languages; found by the daily look."""
    await database.run(usual, today=NOW.date())
    references = []
    for number in range(18):
        channel, language = (("sms", "es"), ("webchat", "en"))[number % 2]
        reference = await complain_to(
            database, channel=channel, language=language, now=NOW - timedelta(days=1 + number % 3),
            text="The kettle K200 leaks", key=f"+3460000{number:04d}" if channel == "sms" else None,
        )  # fmt: skip
        references.append(reference)

    def about(session: Session) -> None:
        for reference in references:
            register.find(session, reference).product = "Kettle K200"

    await database.run(about)
    assert await signal_clock.look(database, 6, NOW) == 1
    return references


async def heard(database: Database, reference: str) -> list[tuple[str, str]]:
    """What people wrote to a customer, and on which channel."""
    lines = await database.read(said, reference)
    return [(m.channel, m.text) for m in lines if m.author == Author.AGENT]


async def test_named_and_answered_on_each_channel(served: Served) -> None:
    """Each once for each text, in their language; a later text reaches those that are still open."""
    database = served.database
    references = await a_rise(database)
    sue = await served.signed_in("Sue")
    page = await sue.get("/console/causes")
    assert "Kettle K200" in page.text
    link = re.search(r'href="(/console/causes\?signal=\d+)#', page.text)
    assert link
    page = await sue.get(html.unescape(link[1]))
    number = link[1].rpartition("=")[2]
    form = {"csrf": field_of(page, "csrf"), "cause": "Seal " * 100}
    assert (await sue.post(f"/console/causes/signals/{number}/name", data=form)).status_code == 422
    assert (await sue.get("/console/causes?signal=100000000000000000000")).status_code == 404
    form = {"csrf": field_of(page, "csrf"), "cause": "Seal of the K200"}
    assert (await sue.post(f"/console/causes/signals/{number}/name", data=form)).status_code == 303
    for reference in references:
        assert (await database.read(register.find, reference)).root_cause == "Seal of the K200"

    cause = "/console/causes?cause=Seal of the K200"
    page = await sue.get(cause)
    first = {
        "csrf": field_of(page, "csrf"), "id": field_of(page, "id"), "cause": "Seal of the K200",
        "text": "We send you a new seal.", "text-es": "Le enviamos una junta nueva.",
    }  # fmt: skip
    for _ in range(2):  # and the same form again says nothing again
        assert (await sue.post("/console/causes/answer", data=first)).status_code == 200
    by_sms, by_chat = references[0], references[1]
    assert await heard(database, by_sms) == [("sms", "Le enviamos una junta nueva.")]
    assert await heard(database, by_chat) == [("webchat", "We send you a new seal.")]

    def withdraw(session: Session) -> None:
        case = register.find(session, by_chat)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW)
        queue.close_item(session, case)

    await database.run(withdraw)
    page = await sue.get(cause)
    assert "Sue answered" in page.text
    second = first | {
        "id": field_of(page, "id"),
        "text": "It is on its way, as was the card 4111 1111 1111 1111.",
        "text-es": "Ya está en camino.",
    }
    answer = await sue.post("/console/causes/answer", data=second)
    assert "Sent to" in answer.text
    assert await heard(database, by_chat) == [("webchat", "We send you a new seal.")]
    for reference in (r for r in references if r != by_chat):
        assert len(await heard(database, reference)) == 2
        assert "4111" not in str(await heard(database, reference))
    assert (await heard(database, by_sms))[1] == ("sms", "Ya está en camino.")


async def test_dismissed_with_a_reason(served: Served) -> None:
    """Without one it stays; an auditor reads and changes nothing."""
    await a_rise(served.database)
    sue, otto = await served.signed_in("Sue"), await served.signed_in("Otto")
    page = await sue.get("/console/causes?signal=1")
    form = {"csrf": field_of(page, "csrf"), "reason": "  "}
    refused = await sue.post("/console/causes/signals/1/dismiss", data=form)
    assert refused.status_code == 422
    assert "reason" in refused.text
    seen = await otto.get("/console/causes?signal=1")
    assert seen.status_code == 200
    assert 'name="reason"' not in seen.text
    theirs = {"csrf": field_of(seen, "csrf"), "reason": "No"}
    assert (await otto.post("/console/causes/signals/1/dismiss", data=theirs)).status_code == 403
    done = await sue.post("/console/causes/signals/1/dismiss", data=form | {"reason": "A fair."})
    assert done.status_code == 303
    assert (await served.database.read(keeping.find, 1)).dismissed_because == "A fair."
    assert "A fair." in (await sue.get("/console/causes?signal=1")).text


async def test_page_is_accessible_and_fits(served: Served) -> None:
    """On a desktop and a phone, light and dark, with signals, a named cause and tables on it."""
    references = await a_rise(served.database)

    def name(session: Session) -> None:
        keeping.name(session, 1, "Seal of the K200", "Sue", NOW)
        for reference in references[:3]:
            register.find(session, reference).root_cause = "Seal of the K200"

    await served.database.run(name)
    async with chromium() as browser:
        for screen, scheme in (("desktop", "light"), ("phone", "dark")):
            sue = await Agent.arrive(browser, served, "Sue", **SCREENS[screen], color_scheme=scheme)
            for path in ("?signal=1", "?cause=Seal+of+the+K200"):
                await sue.page.goto(f"{served.address}/console/causes{path}")
                await expect(sue.page.get_by_role("heading", name="Causes", exact=True)).to_be_visible()
                assert await sue.violations() == []
                assert await sue.sideways() <= 0
            assert sue.troubles == []
