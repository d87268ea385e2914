"""Who is there: a customer at the keyboard, a colleague with the case open; both end by themselves.

Mutation: leave out ``has_said_since`` in `views.read_signs`, or ``until`` in `signals.shown`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from channels import inbox, signals
from channels.message import Address, Inbound
from handoff.console import views
from tests.conftest import database_url  # noqa: F401  (both databases)
from tests.console.conftest import Served
from tests.console.test_stream import open_page
from tests.handoff.cases import complain_to


async def test_typing_is_seen_until_it_is_said(served: Served) -> None:
    """The open page shows it at once, and no longer when the message has come."""
    reference = await complain_to(served.database, key="maria")
    a_minute = timedelta(minutes=1)
    anna = await served.signed_in("Anna")
    async with open_page(anna, f"?case={reference}") as stream:
        await stream.until("record", "Record")
        now = datetime.now(UTC)
        await served.database.run(signals.show, "webchat:maria", signals.CUSTOMER, now, a_minute)
        await stream.until("signs", "Maria Lopez is typing")
        words = Inbound(Address("webchat", "maria"), "next", "There it is")
        await served.database.run(inbox.accept, words, datetime.now(UTC))
        while "typing" in (await stream.until("signs", ""))["html"]:
            pass
        again = datetime.now(UTC)  # before the first sign has ended
        await served.database.run(signals.show, "webchat:maria", signals.CUSTOMER, again, a_minute)
        async with asyncio.timeout(8):
            await stream.until("signs", "Maria Lopez is typing")


async def test_colleagues_see_each_other(served: Served) -> None:
    """Who has the case open is named to the others, not to themselves; who leaves is gone at once."""
    reference = await complain_to(served.database)
    anna, ben = await served.signed_in("Anna"), await served.signed_in("Ben")
    async with open_page(anna, f"?case={reference}") as hers:
        async with open_page(ben, f"?case={reference}") as his:
            await hers.until("signs", "Ben is looking at this case too")
            shown = await his.until("signs", "Anna is looking at this case too")
            assert "Ben" not in shown["html"]
        while "Ben" in (await hers.until("signs", ""))["html"]:
            pass


async def test_signs_end_by_themselves(served: Served) -> None:
    """A page whose process died is forgotten, and its row is swept away by the next sign."""
    now = datetime.now(UTC)
    for who in ("Ben/1", "Ben/2", signals.CUSTOMER):
        await served.database.run(signals.show, "webchat:x", who, now, timedelta(seconds=5))
    seen = await served.database.read(views.read_signs, "webchat:x", "Anna", now + timedelta(seconds=4))
    assert seen == views.Signs(typing=True, viewers=["Ben"])
    later = now + timedelta(minutes=5)
    assert await served.database.read(views.read_signs, "webchat:x", "Anna", later) == views.Signs(False, [])
    await served.database.run(signals.show, "webchat:y", "Anna/1", later, timedelta(seconds=5))
    assert list(await served.database.read(signals.shown, "webchat:x", now)) == []
