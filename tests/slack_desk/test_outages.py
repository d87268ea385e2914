"""Slack is slow, busy, down, or not as we left it: nothing is lost, nothing said twice, order kept.

Mutation: in `handoff.slack_desk.showing.Showing._said`, post without looking for what is pending — a
message whose answer was lost on the way is then said twice.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels import inbox
from channels.message import Address, Inbound
from channels.slack_web import SlackRefused
from handoff.slack_desk import changes
from handoff.slack_desk.record import SlackCase
from handoff.slack_desk.showing import Showing
from tests.handoff.cases import complain
from tests.slack_desk.office import CHANNEL, CONSOLE, NORA, OLIVER, Office, work

LATER = timedelta(minutes=10)


async def customer_says(office: Office, *texts: str) -> None:
    for text in texts:
        message = Inbound(Address("webchat", "maria"), f"said-{text}", text)
        await office.database.run(inbox.accept, message, datetime.now(UTC))


async def back(office: Office) -> None:
    """Slack is back, and the rest is over."""
    for _ in range(40):
        office.showing._closed_until = None
        if await office.try_to_settle(LATER):
            return
    pytest.fail("still not settled")


def fail(office: Office, kind: str, only: str) -> None:
    match kind:
        case "busy":
            office.server.fail_next(429, retry_after=7, only=only)
        case "broken":
            office.server.fail_next(503, only=only)
        case "half way":
            office.server.fail_next(200, only=only)  # internal_error, and nothing was done
        case "taken and broken":
            office.server.fail_next(500, taken=True, only=only)
        case "taken and slow":
            office.server.stall_next(1.5, only=only)
        case "taken and cut":
            office.server.drop_next(only=only)


TROUBLES = ["busy", "broken", "half way", "taken and broken", "taken and slow", "taken and cut"]


@pytest.mark.parametrize("kind", TROUBLES)
async def test_a_new_case_is_posted_once(office: Office, kind: str) -> None:
    fail(office, kind, "chat.postMessage")
    now = datetime.now(UTC)
    await office.database.run(lambda s: complain(s, now=now))
    assert not await office.try_to_settle()
    await back(office)
    assert len(office.server.heads(CHANNEL)) == 1


@pytest.mark.parametrize("kind", TROUBLES)
async def test_the_thread_is_whole_and_in_order(office: Office, kind: str) -> None:
    reference = await office.claimed(key="maria")
    said = [f"word {n}." for n in range(30)]
    for number, text in enumerate(said):
        await customer_says(office, text)
        if number in (3, 11, 12, 25):
            fail(office, kind, "chat.postMessage")
        if number % 4 == 3:
            await office.try_to_settle()
    await back(office)
    thread = office.thread(reference)
    assert [thread.count(f'"{text}"') for text in said] == [1] * len(said)
    assert sorted(said, key=lambda text: thread.index(f'"{text}"')) == said


@pytest.mark.parametrize("kind", TROUBLES)
async def test_the_message_ends_up_as_the_case_is(office: Office, kind: str) -> None:
    reference = await office.case()
    fail(office, kind, "chat.update")
    await office.deliver(office.pressed("claim", reference))
    await office.deliver(office.pressed("release", reference))
    await office.deliver(office.pressed("claim", reference, OLIVER))
    while await work(office.database, "slackin", office.hearing.take):
        pass
    assert not await office.try_to_settle()
    await back(office)
    assert "*Oliver* has it" in office.head(reference)


@pytest.mark.parametrize("kind", ["busy", "broken", "taken and slow"])
async def test_who_must_be_told_is_told_in_the_end(office: Office, kind: str) -> None:
    reference = await office.claimed()
    fail(office, kind, "chat.postEphemeral")
    await office.deliver(office.said("!Hello", OLIVER, reference))
    while await work(office.database, "slackin", office.hearing.take):
        pass
    await office.try_to_settle()
    await back(office)
    assert "Nora holds this case" in office.server.told(OLIVER)[-1]


async def test_who_left_the_channel_stops_nobody(office: Office) -> None:
    reference = await office.claimed()
    office.server.blocked.add(OLIVER)
    await office.say("!Hello", reference, OLIVER)
    await office.say("a note", reference)
    assert await office.notes(reference) == ["a note"]


async def test_while_slack_asks_for_peace_nobody_calls(office: Office) -> None:
    office.server.fail_next(429, retry_after=30, only="chat.postMessage")
    now = datetime.now(UTC)
    for _ in range(3):
        await office.database.run(lambda s: complain(s, now=now))
    for _ in range(3):
        assert not await office.try_to_settle()
    assert len(office.server.calls("chat.postMessage")) == 1
    assert office.showing._closed_until
    assert office.showing._closed_until > datetime.now(UTC) + timedelta(seconds=25)


async def test_messages_keep_slacks_pace(office: Office) -> None:
    office.showing.pace = timedelta(minutes=1)
    now = datetime.now(UTC)
    for _ in range(3):
        await office.database.run(lambda s: complain(s, now=now))
    assert not await office.try_to_settle()
    assert len(office.server.heads(CHANNEL)) == 1
    for _ in range(9):  # however often they are looked at, each keeps its place
        await office.try_to_settle()
    assert max(office.showing._places.values()) < datetime.now(UTC) + timedelta(minutes=2.5)


async def test_answers_go_on_while_nothing_can_be_shown(office: Office) -> None:
    reference = await office.claimed()
    office.server.fail_next(503, times=50)
    await office.deliver(office.said("!On Friday", NORA, reference))
    while await work(office.database, "slackin", office.hearing.take):
        pass
    assert await office.heard(reference) == ["On Friday"]


async def test_a_deleted_message_is_posted_anew_with_its_thread(office: Office) -> None:
    reference = await office.claimed(key="maria")
    office.server.delete(office.ts(reference))
    await customer_says(office, "Still there?")
    await office.settle()
    assert "*Nora* has it" in office.head(reference)
    thread = office.thread(reference)
    assert "My kettle arrived broken." in thread
    assert thread.count("Still there?") == 1
    await office.say("!Yes", reference)
    assert await office.heard(reference) == ["Yes"]


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived", "invalid_auth"])
async def test_what_the_operator_must_mend_loses_nothing(office: Office, code: str) -> None:
    refusal = json.dumps({"ok": False, "error": code}).encode()
    office.server.fail_next(200, times=3, body=refusal, only="chat.postMessage")
    now = datetime.now(UTC)
    await office.database.run(lambda s: complain(s, now=now))
    assert not await office.try_to_settle()
    await back(office)
    assert len(office.server.heads(CHANNEL)) == 1


async def test_a_message_that_slack_never_takes_does_not_stop_the_desk(office: Office) -> None:
    refusal = json.dumps({"ok": False, "error": "invalid_blocks"}).encode()
    office.server.fail_next(200, body=refusal, only="chat.postMessage")
    now = datetime.now(UTC)
    await office.database.run(lambda s: complain(s, now=now))
    with pytest.raises(SlackRefused):  # a failed attempt, as the pump counts it
        await work(office.database, "slack", office.showing.take)
    other = await office.case()
    assert other in office.head(other)


async def test_a_worker_that_died_before_it_knew_says_nothing_twice(office: Office) -> None:
    now = datetime.now(UTC)
    reference = await office.database.run(lambda s: complain(s, now=now))
    web = office.showing.web

    class Dies(type(web)):  # type: ignore[misc]
        async def post(self, *args: Any, **values: Any) -> str:
            await super().post(*args, **values)
            raise KeyboardInterrupt

    dying = Dies("xoxb-a-token-for-tests", office.server.api_url, 1.0)
    victim = Showing(office.database, dying, CHANNEL, CONSOLE, pace=timedelta())
    with pytest.raises(KeyboardInterrupt):
        await work(office.database, "slack", victim.take)
    await dying.close()
    await office.settle()
    assert len(office.server.heads(CHANNEL)) == 1
    await office.press("claim", reference)
    assert await office.holder(reference) == "Nora"


async def test_what_was_there_before_the_desk_is_posted_at_its_start(office: Office) -> None:
    shown = await office.case()
    row = await office.database.read(lambda s: s.get(SlackCase, shown))
    assert row
    assert row.ts
    now = datetime.now(UTC)

    def silently(session: Any) -> str:
        session.info["slack_desk"] = _Everything()
        return complain(session, now=now)

    before = await office.database.run(silently)
    await office.settle()
    assert len(office.server.heads(CHANNEL)) == 1
    for _ in range(2):  # two workers start
        await office.database.run(changes.catch_up, CHANNEL, now)
        await office.settle()
    assert [m["text"][:11] for m in office.server.heads(CHANNEL)] == [shown, before]


class _Everything(set[str]):
    """Every case counts as told already, as in a program without the desk."""

    def __contains__(self, _: object) -> bool:
        return True


async def test_another_channel_gets_the_cases_anew(office: Office) -> None:
    reference = await office.claimed()
    office.showing.channel = "C0OTHER"
    await office.press("release", reference)
    (head,) = office.server.heads("C0OTHER")
    assert "It waits for somebody." in str(head["blocks"])
