"""An open page follows what happens, at once, and only while its session lasts.

Mutation: drop ``notify(session, DESK)`` from `queue.open_item`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from channels import inbox
from channels.message import Address, Inbound
from complaints import register
from handoff import desk
from handoff.console.views import CASE
from handoff.staff import access, accounts
from tests.conftest import database_url  # noqa: F401  (both databases)
from tests.console.conftest import Served
from tests.handoff.cases import complain_to


class Stream:
    """The events of an open page, as they arrive."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[str, dict[str, str]]:
        """The next event's name and data. Raises `StopAsyncIteration` at the end of the stream."""
        name = ""
        while True:
            line = await asyncio.wait_for(anext(self._lines), 5)
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name:
                return name, json.loads(line.removeprefix("data: "))

    async def until(self, region: str, text: str) -> dict[str, str]:
        """Read until ``text`` is in a region, and what that region is then."""
        while True:
            name, data = await self.next()
            if name == "region" and data["id"] == region and text in data["html"]:
                return data


@asynccontextmanager
async def open_page(browser: httpx.AsyncClient, query: str = "") -> AsyncIterator[Stream]:
    async with browser.stream("GET", f"/console/stream{query}", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.aiter_lines())


async def test_new_case_arrives_within_a_second(served: Served) -> None:
    """Whoever looks at the queue sees a new case without reloading."""
    anna = await served.signed_in("Anna")
    async with open_page(anna) as stream:
        await stream.until("list", "Nobody is waiting")
        started = time.monotonic()
        reference = await complain_to(served.database)
        await stream.until("list", reference)
        assert time.monotonic() - started < 5  # a second, and some for a busy machine; unwoken, it takes 15


async def test_the_case_follows_both_sides(served: Served) -> None:
    """What the customer writes, and a colleague's claim, appear on the open page of the case."""
    reference = await complain_to(served.database, key="live")
    anna = await served.signed_in("Anna")
    async with open_page(anna, f"?case={reference}") as stream:
        await stream.until("composer", "Claim this case")
        words = Inbound(Address("webchat", "live"), "later", "It smells burnt now")
        await served.database.run(inbox.accept, words, datetime.now(UTC))
        await stream.until("log", "It smells burnt now")
        await served.database.run(desk.claim, reference, "Ben", datetime.now(UTC))
        await stream.until("standing", "With Ben")


async def test_other_conversations_stay_quiet(served: Served) -> None:
    """A page is not redrawn for what does not change it."""
    reference = await complain_to(served.database, key="here")
    anna = await served.signed_in("Anna")
    async with open_page(anna, f"?case={reference}") as stream:
        first = {(await stream.next())[1]["id"] for _ in range(len(CASE) + 3)}
        assert first == {"mine", "list", *CASE, "signs"}

        await served.database.run(desk.note, reference, "Ben", "known fault", datetime.now(UTC))
        changed = [await stream.next() for _ in range(2)]
        assert [(name, data["id"]) for name, data in changed] == [("region", "log"), ("region", "history")]


async def test_signing_out_ends_the_stream(served: Served) -> None:
    """An account that is closed sees nothing more, not even on a page that is open."""
    reference = await complain_to(served.database)
    anna = await served.signed_in("Anna")
    async with open_page(anna, f"?case={reference}") as stream:
        await stream.until("composer", "Claim")
        await served.database.run(accounts.deactivate, "Anna", "agent:Ada", datetime.now(UTC))
        await served.database.run(desk.claim, reference, "Ben", datetime.now(UTC))
        while (event := await stream.next())[0] == "region":
            assert "Ben" not in event[1]["html"]
        assert event == ("gone", {})


async def test_stopping_ends_the_stream(served: Served) -> None:
    """The program need not wait for agents to close their windows."""
    anna = await served.signed_in("Anna")
    async with open_page(anna) as stream:
        await stream.until("list", "Nobody is waiting")
        served.stopping.set()
        try:
            await stream.next()
        except StopAsyncIteration:
            return
        raise AssertionError("the stream goes on")


async def test_unknown_case_has_no_stream(served: Served) -> None:
    """No case, no stream."""
    anna = await served.signed_in("Anna")
    assert (await anna.get("/console/stream?case=RC-00000000")).status_code == 404


async def test_history_names_who_did_what(served: Served) -> None:
    """The page tells every change with its actor, as the register has it."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    page = (await (await served.signed_in("Otto")).get(f"/console/cases/{reference}")).text
    events = await served.database.read(lambda s: register.events_of(s, register.find(s, reference)))
    changes = [event for event in events if event.kind != access.VIEWED]  # written once the page is out
    assert page.count('<li class="event ') == len(changes)
    assert "Claimed" in page
