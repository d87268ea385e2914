"""Dead letters: seen, tried again, discarded, by whom; on the page and on the record.

Mutation: leave `_wait_again` out of `channels.dead_letters.decide`: a letter that is tried again is then
taken for one that is through with already, and never leaves.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect
from sqlmodel import Session, select

from bot.db import Database
from bot.sending import Sender
from channels import dead_letters, outbox, transcript
from channels.channel import DeliveryFailed
from channels.dead_letters import Decision, UnknownLetter
from channels.message import DeliveryReport
from channels.transcript import Author, Message
from tests.console.conftest import Served, field_of
from tests.console.test_browser import SCREENS, Agent, browser  # noqa: F401  (a fixture)
from tests.turn.desk import HOME, ScriptedChannel, messages, work

BLOCKED = DeliveryFailed("blocked by the customer", permanent=True)


def now() -> datetime:
    return datetime.now(UTC)


async def give_up(database: Database, text: str = "We are sorry.") -> ScriptedChannel:
    """A message that the platform refuses for good."""

    def say(session: Session) -> None:
        conversation = transcript.begin(session, HOME, now())
        outbox.put(session, conversation, text, author=Author.BOT, dedup=text, now=now())

    channel = ScriptedChannel([BLOCKED])
    await database.run(say)
    assert await work(database, "out", Sender(database, {"telegram": channel}).take)
    return channel


async def test_listed_with_its_reason(database: Database) -> None:
    await give_up(database)
    (letter,) = await database.read(dead_letters.listed)
    assert (letter.kind, letter.refused, letter.reason) == ("out", True, "blocked by the customer")
    assert (letter.text, letter.conversation) == ("We are sorry.", HOME.conversation)


async def test_tried_again_and_sent(database: Database) -> None:
    """From the beginning, and who wanted it is kept."""
    channel = await give_up(database)
    (letter,) = await database.read(dead_letters.listed)
    await database.run(dead_letters.decide, letter.id, Decision.RETRY, "agent:Sue", now())
    assert await work(database, "out", Sender(database, {"telegram": channel}).take)
    assert [(m.state, m.error, m.refused) for m in await messages(database)] == [("sent", None, False)]
    (kept,) = await database.read(dead_letters.decisions)
    assert (kept.actor, kept.decision, kept.reason) == ("agent:Sue", "retry", "blocked by the customer")
    assert await database.read(dead_letters.listed) == []


async def test_one_of_two_decides(database: Database) -> None:
    await give_up(database)
    (letter,) = await database.read(dead_letters.listed)
    await database.run(dead_letters.decide, letter.id, Decision.DISCARD, "agent:Sue", now())
    with pytest.raises(UnknownLetter, match="somebody has dealt with it"):
        await database.run(dead_letters.decide, letter.id, Decision.RETRY, "agent:Ben", now())
    assert [m.state for m in await messages(database)] == ["failed"]
    assert len(await database.read(dead_letters.decisions)) == 1


async def test_what_the_platform_reports_later_is_listed_too(database: Database) -> None:
    """Sent, and then "undelivered": it can be tried again like any other."""
    channel = await give_up(database)
    (letter,) = await database.read(dead_letters.listed)
    await database.run(dead_letters.decide, letter.id, Decision.RETRY, "agent:Sue", now())
    assert await work(database, "out", Sender(database, {"telegram": channel}).take)

    def hear(session: Session) -> None:
        provider_id = session.exec(select(Message.provider_id)).one()
        assert provider_id
        for _ in range(2):
            outbox.report(session, DeliveryReport("telegram", provider_id, "failed", "30006 landline"), now())

    await database.run(hear)
    (again,) = await database.read(dead_letters.listed)
    assert (again.id, again.refused, again.reason) == (letter.id, True, "30006 landline")


async def test_on_the_page(served: Served) -> None:
    """For supervisors; a form of another session, or of an agent, changes nothing."""
    await give_up(served.database)
    sue, anna = await served.signed_in("Sue"), await served.signed_in("Anna")
    assert (await anna.get("/console/outbox")).status_code == 403
    shown = await sue.get("/console/outbox")
    assert "Refused for good" in shown.text
    assert "blocked by the customer" in shown.text
    (letter,) = await served.database.read(dead_letters.listed)
    path, guard = f"/console/outbox/{letter.id}/retry", {"csrf": field_of(shown, "csrf")}
    assert (await sue.post(path, data={"csrf": "x"})).status_code == 403
    assert (await anna.post(path, data=guard)).status_code == 403
    assert (await sue.post(path, data=guard)).status_code == 303
    assert (await sue.post(path, data=guard)).status_code == 409
    page = await sue.get("/console/outbox?done=retry")
    assert "tried again by <strong>Sue</strong>" in page.text
    assert "Nothing is undelivered" in page.text


@pytest.mark.parametrize("screen", SCREENS)
async def test_in_a_browser(browser, served: Served, screen: str) -> None:  # noqa: F811
    """Discarded by its button; nothing sticks out, and axe finds nothing."""
    await give_up(served.database, "an-endless-word" * 30)
    sue = await Agent.arrive(browser, served, "Sue", **SCREENS[screen])
    await sue.page.get_by_role("link", name="Undelivered").click()
    await expect(sue.page.get_by_role("heading", name="Undelivered")).to_be_visible()
    assert await sue.violations() == []
    assert await sue.sideways() == 0
    await sue.page.get_by_role("button", name="Discard").click()
    await expect(sue.page.get_by_text("Nothing is undelivered")).to_be_visible()
    assert await sue.violations() == []
    assert sue.troubles == []
