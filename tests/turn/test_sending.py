"""What lies in the outbox leaves in order, once, and no message whose outcome is unknown is repeated blindly.

Mutation: in `bot.sending.Sender._send` ignore `letter.state` and always send: a message that did get
there before the connection broke is then delivered twice. Or let it ignore `job.attempts`: a message with
which workers vanish stays queued for ever.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, update

from bot.db import Database
from bot.fetching import Fetcher
from bot.sending import EXPIRY, Sender
from channels import dead_letters, lanes, outbox, transcript
from channels.channel import DeliveryFailed
from channels.dead_letters import Decision
from channels.lanes import ATTEMPTS, Job, Lease, LeaseLost, TooEarly, Unavailable
from channels.message import Address, Attachment, InboundKind, Outbound
from channels.transcript import Author, Delivery, Message
from tests.turn.desk import HOME, ScriptedChannel, messages, said, settings, vanish, work, write

PHONE = Address("sms", "+34600111222")


async def put(database: Database, *texts: str, at: datetime | None = None, home: Address = HOME) -> None:
    def say(session: Session) -> None:
        now = at or datetime.now(UTC)
        conversation = transcript.begin(session, home, now)
        for number, text in enumerate(texts):
            outbox.put(session, conversation, text, author=Author.BOT, dedup=f"{number} {text}", now=now)

    await database.run(say)


async def send(database: Database, sender: Sender) -> None:
    """Send the next message, at the platform's pace over all its chats."""
    await asyncio.sleep(0.04)
    await work(database, "out", sender.take)


async def states(database: Database) -> list[tuple[str, str | None]]:
    return [(m.state, m.error) for m in await messages(database) if m.author == "bot"]


async def test_sent_in_order_at_the_platforms_pace(database: Database) -> None:
    channel = ScriptedChannel()
    sender = Sender(database, {"telegram": channel})
    await put(database, "one", "two")
    await send(database, sender)
    with pytest.raises(TooEarly):
        await send(database, sender)
    assert [m.text for m in channel.delivered] == ["one"]


async def test_a_permanent_refusal_stops_at_once_and_says_why(database: Database) -> None:
    channel = ScriptedChannel([DeliveryFailed("blocked by the customer", permanent=True)])
    await put(database, "one")
    await send(database, Sender(database, {"telegram": channel}))
    assert await states(database) == [(Delivery.FAILED, "blocked by the customer")]


async def test_retry_after_is_kept(database: Database) -> None:
    channel = ScriptedChannel([DeliveryFailed("slow down", retry_after=17)])
    sender = Sender(database, {"telegram": channel})
    await put(database, "one")
    with pytest.raises(Unavailable) as waiting:
        await send(database, sender)
    assert waiting.value.retry_at
    assert timedelta(seconds=15) < waiting.value.retry_at - datetime.now(UTC) <= timedelta(seconds=17)
    await send(database, sender)
    assert await states(database) == [(Delivery.SENT, None)]


async def test_an_unknown_outcome_is_looked_up_before_it_is_repeated(database: Database) -> None:
    channel = ScriptedChannel([DeliveryFailed("timed out", outcome_unknown=True)], found="there-1")
    sender = Sender(database, {"telegram": channel})
    await put(database, "one")
    with pytest.raises(Unavailable):
        await send(database, sender)
    await send(database, sender)
    assert len(channel.delivered) == 1
    assert await states(database) == [(Delivery.SENT, None)]


async def test_where_nobody_can_be_asked_it_is_sent_once_more_and_no_further(database: Database) -> None:
    unknown = [DeliveryFailed("timed out", outcome_unknown=True) for _ in range(5)]
    channel = ScriptedChannel(unknown, found="no look-up")
    sender = Sender(database, {"telegram": channel})
    await put(database, "one")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await send(database, sender)
    await send(database, sender)
    assert len(channel.delivered) == 2
    [(state, error)] = await states(database)
    assert (state, "unknown" in (error or "")) == (Delivery.FAILED, True)


async def test_a_refusal_is_no_repeat(database: Database) -> None:
    """Told to slow down, then no word back: that was sent once, and may be sent once more."""
    channel = ScriptedChannel(
        [DeliveryFailed("slow down"), DeliveryFailed("timed out", outcome_unknown=True)], found="no look-up"
    )
    sender = Sender(database, {"telegram": channel})
    await put(database, "one")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await send(database, sender)
    await send(database, sender)
    assert await states(database) == [(Delivery.SENT, None)]


async def test_a_look_up_that_fails_leaves_the_outcome_unknown(database: Database) -> None:
    """It got there, and the platform is too busy to say so: it is asked again, not sent again."""
    channel = ScriptedChannel(
        [DeliveryFailed("timed out", outcome_unknown=True)], [DeliveryFailed("slow down")], found="there-1"
    )
    sender = Sender(database, {"telegram": channel})
    await put(database, "one")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await send(database, sender)
    await send(database, sender)
    assert len(channel.delivered) == 1
    assert await states(database) == [(Delivery.SENT, None)]


async def test_look_ups_in_vain_grow_rarer(database: Database) -> None:
    """Every customer's message asks a platform that is away: not each of them twice a second, all day."""
    channel = ScriptedChannel(
        [DeliveryFailed("timed out", outcome_unknown=True)], [DeliveryFailed("down")] * 4, found="there-1"
    )
    await put(database, "one")
    rests = []
    for _ in range(5):
        before = datetime.now(UTC)
        with pytest.raises(Unavailable) as wait:
            await send(database, Sender(database, {"telegram": channel}))
        assert wait.value.retry_at
        rests.append(wait.value.retry_at - before)
    assert rests == sorted(rests)
    assert rests[-1] > 8 * rests[0]


async def test_the_same_words_sent_before_are_another_message(database: Database) -> None:
    """The look-up goes by the words where the platform keeps no id of ours."""
    channel = ScriptedChannel()
    sender = Sender(database, {"sms": channel})
    await put(database, "Good.", "Fine.", "Good.", home=PHONE)
    for _ in range(2):
        await send(database, sender)
    channel.failures, channel.found = [DeliveryFailed("timed out", outcome_unknown=True)], "sent-1"
    with pytest.raises(Unavailable):
        await send(database, sender)
    await send(database, sender)
    assert [m.text for m in channel.delivered] == ["Good.", "Fine.", "Good.", "Good."]


async def test_a_message_with_which_workers_vanish_is_set_apart(database: Database) -> None:
    """It is shown as failed, it can be tried again, and the next one goes out."""
    channel = ScriptedChannel()
    sender = Sender(database, {"telegram": channel})
    await put(database, "one", "two")
    later = await vanish(database, "out")
    assert await work(database, "out", sender.take, later)
    [(state, reason), _] = await states(database)
    assert (state, reason) == (Delivery.FAILED, "the worker worker 4 vanished")
    [letter] = await database.read(dead_letters.listed)
    assert (letter.text, letter.refused, letter.reason) == ("one", False, reason)
    assert await work(database, "out", sender.take, later)
    await database.run(dead_letters.decide, letter.id, Decision.RETRY, "agent:Sue", datetime.now(UTC))
    await asyncio.sleep(1)
    assert await work(database, "out", sender.take, later)
    assert [m.text for m in channel.delivered] == ["two", "one"]


async def test_a_message_at_which_the_adapter_breaks_is_set_apart(database: Database) -> None:
    """A fault of our own, again and again."""

    class Broken(ScriptedChannel):
        async def send(self, message: Outbound) -> str:
            raise ZeroDivisionError("a fault")

    sender = Sender(database, {"telegram": Broken()})
    await put(database, "one")
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(ZeroDivisionError):
            await send(database, sender)
        await database.run(_count_attempt)
    await send(database, sender)
    assert await states(database) == [(Delivery.FAILED, "ZeroDivisionError: a fault")]


def _count_attempt(session: Session) -> None:
    """What the pump does after each."""
    session.exec(update(Job).values(attempts=Job.attempts + 1))


async def test_after_a_day_of_trying_an_agent_must_know(database: Database) -> None:
    channel = ScriptedChannel([DeliveryFailed("down")])
    await put(database, "one", at=datetime.now(UTC) - EXPIRY - timedelta(minutes=1))
    await send(database, Sender(database, {"telegram": channel}))
    assert await states(database) == [(Delivery.FAILED, "down")]


async def test_whoever_opted_out_gets_nothing_until_they_opt_in(database: Database) -> None:
    channel = ScriptedChannel()
    sender = Sender(database, {"telegram": channel})
    await write(database, "STOP", 1, kind=InboundKind.OPT_OUT)
    await put(database, "one")
    await send(database, sender)
    assert channel.delivered == []
    await write(database, "START", 2, kind=InboundKind.OPT_IN)
    await put(database, "two")
    await send(database, sender)
    assert [m.text for m in channel.delivered] == ["two"]


async def test_a_file_that_is_not_kept_is_not_passed_over_in_silence(database: Database) -> None:
    await write(database, "", 1, attachments=(Attachment("here", name="receipt.exe"),))
    fetcher = Fetcher(database, {"telegram": ScriptedChannel()}, settings().data_dir)
    await work(database, "file", fetcher.take)
    [text] = await said(database)
    assert "receipt.exe" in text
    assert isinstance((await messages(database))[0], Message)


async def test_who_lost_the_lane_has_no_say(database: Database) -> None:
    """A worker stands still for longer than its lease, another sends: the first one's refusal is no news."""
    await put(database, "Hello.")
    sound = ScriptedChannel()

    class Frozen(ScriptedChannel):
        async def send(self, message: Outbound) -> str:
            def take(session: Session, now: datetime) -> tuple[Lease, Job]:
                lease = lanes.lease(session, "out", "another", now)
                assert lease is not None
                job = lanes.next_job(session, lease, now)
                assert job is not None
                return lease, job

            taken = await database.run(take, datetime.now(UTC) + lanes.LEASE + timedelta(seconds=1))
            await Sender(database, {"telegram": sound}).take(*taken)
            raise DeliveryFailed("429", retry_after=1)

    with pytest.raises(LeaseLost):
        await work(database, "out", Sender(database, {"telegram": Frozen()}).take)
    assert await states(database) == [("sent", None)]
    assert len(sound.delivered) == 1
