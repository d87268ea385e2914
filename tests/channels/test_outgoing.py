"""What every adapter promises about what goes out.

Mutation: in `channels.telegram.failure`, `channels.slack_web.failure` or `channels.twilio_http`, leave
out ``retry_after`` — the worker then hammers a platform that has asked for peace. Or take 503 out of
`channels.channel.PERHAPS_DONE`, or ``get_me`` out of `channels.telegram.Telegram.find`.
"""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from channels.channel import Channel, DeliveryFailed
from channels.splitting import split_for
from tests.channels.drivers import Driver, outbound


async def refusal(adapter: Channel, message: object) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        await adapter.send(message)  # type: ignore[arg-type]
    return failure.value


@pytest.mark.parametrize(
    "text", ["Hello", "a < b & c > d *bold* _it_ <@U1> <!here>", "¡Gracias! 👩‍👩‍👧", "&lt; &amp; so on"]
)
async def test_a_text_is_shown_as_it_was_meant(driver: Driver, adapter: Channel, text: str) -> None:
    provider_id = await adapter.send(outbound(driver, text))
    (sent,) = driver.server.sent
    assert (sent.id, sent.text) == (provider_id, text)


async def test_it_goes_to_the_customer_who_wrote(driver: Driver, adapter: Channel) -> None:
    await adapter.send(outbound(driver, "Hello", chat=2))
    (sent,) = driver.server.sent
    assert sent.to in (driver.address(2).key, driver.address(2).route.get("channel"))


async def test_buttons_are_shown(driver: Driver, adapter: Channel) -> None:
    await adapter.send(outbound(driver, "Is that right?", ("Yes", "t:yes"), ("No & more", "t:no")))
    (sent,) = driver.server.sent
    if driver.has_buttons:
        assert sent.text == "Is that right?"
        assert sent.buttons == (("Yes", "t:yes"), ("No & more", "t:no"))
    else:
        assert sent.text == "Is that right?\n1. Yes\n2. No & more"


async def test_twelve_buttons_are_shown(driver: Driver, adapter: Channel) -> None:
    titles = [(f"Product {n}", f"t:{n}") for n in range(12)]
    await adapter.send(outbound(driver, "Which one?", *titles))
    (sent,) = driver.server.sent
    assert sent.buttons == tuple(titles) if driver.has_buttons else "12. Product 11" in sent.text


async def test_a_token_of_64_bytes_comes_through(driver: Driver, adapter: Channel) -> None:
    await adapter.send(outbound(driver, "Right?", ("Yes", "ñ" * 32)))
    assert len(driver.server.sent) == 1


async def test_a_long_text_arrives_in_parts_and_whole(driver: Driver, adapter: Channel) -> None:
    text = " ".join(f"word{n}&<👍>" for n in range(1500))
    parts = split_for(driver.name, text)
    assert len(parts) > 1
    for part in parts:
        await adapter.send(outbound(driver, part))
    assert " ".join(sent.text for sent in driver.server.sent).split() == text.split()


async def test_a_full_part_has_room_for_its_buttons(driver: Driver, adapter: Channel) -> None:
    buttons = [(f"Choice number {n}", f"t:{n}") for n in range(9)]
    message = outbound(driver, "x", *buttons)
    for part in split_for(driver.name, "x" * driver.limit, message.buttons):
        await adapter.send(outbound(driver, part, *buttons))


async def test_a_text_too_long_is_refused_before_it_is_sent(driver: Driver, adapter: Channel) -> None:
    failure = await refusal(adapter, outbound(driver, "x" * (driver.limit + 1)))
    assert failure.permanent
    assert driver.server.received == []


async def test_emoji_count_as_the_platform_counts_them(driver: Driver, adapter: Channel) -> None:
    for part in split_for(driver.name, "👍" * driver.limit):
        await adapter.send(outbound(driver, part))
    assert sum(sent.text.count("👍") for sent in driver.server.sent) == driver.limit


async def test_what_the_channel_writes_in_its_own_way_is_counted_in_that_way(
    driver: Driver, adapter: Channel
) -> None:
    """An ellipsis is three dots in an SMS. Mutation: in `channels.splitting._LIMITS`, `utf16` for it."""
    for part in split_for(driver.name, "Thank you for your patience… & so on. " * 150):
        await adapter.send(outbound(driver, part))
    assert len(driver.server.sent) > 1


async def test_a_429_says_how_long_to_wait_and_is_not_retried_here(driver: Driver, adapter: Channel) -> None:
    driver.server.fail_next(429, retry_after=7, only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert (failure.retry_after, failure.permanent, failure.outcome_unknown) == (7.0, False, False)
    assert len(driver.server.calls(driver.send_method)) == 1
    await adapter.send(outbound(driver, "Hello"))
    assert len(driver.server.sent) == 1


async def test_a_customer_who_blocked_us_is_gone_for_good(driver: Driver, adapter: Channel) -> None:
    address = driver.address()
    driver.server.blocked.add(address.route.get("channel", address.key))
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert failure.permanent
    assert str(failure)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_platform_is_tried_again(driver: Driver, adapter: Channel, status: int) -> None:
    """It may have taken the message before it failed: nobody may send that again without looking."""
    known = status == 503 and not driver.has_look_up  # nobody could be asked, so the standard is believed
    driver.server.fail_next(status, taken=not known, only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert (failure.permanent, failure.outcome_unknown) == (False, not known)
    assert await adapter.send(outbound(driver, "Something else"))


async def test_a_proxy_that_answers_in_html_is_a_failing_platform(driver: Driver, adapter: Channel) -> None:
    driver.server.fail_next(502, body=b"<html>Bad gateway</html>", only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert (failure.permanent, failure.outcome_unknown) == (False, True)


async def test_a_wrong_token_is_the_operators_to_mend(driver: Driver) -> None:
    adapter = driver.adapter(token="4711:wrong")
    failure = await refusal(adapter, outbound(driver, "Hello"))
    await adapter.close()
    assert not failure.permanent
    assert failure.retry_after


async def test_a_platform_out_of_reach_has_not_taken_it(driver: Driver) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        adapter = driver.adapter(url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        failure = await refusal(adapter, outbound(driver, "Hello"))
    await adapter.close()
    assert (failure.permanent, failure.outcome_unknown) == (False, False)


@pytest.mark.parametrize("taken", [True, False])
async def test_after_a_timeout_one_look_tells_whether_it_was_taken(driver: Driver, taken: bool) -> None:
    adapter = driver.adapter(timeout=0.3)
    before = datetime.now(UTC)
    await adapter.send(outbound(driver, "Something else", message_id="0"))
    driver.server.stall_next(0.8, taken=taken, only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Your case is RC-7K2M9P4X", ("Yes", "t")))
    assert (failure.permanent, failure.outcome_unknown) == (False, True)
    message = outbound(driver, "Your case is RC-7K2M9P4X", ("Yes", "t"), first_tried_at=before)
    if driver.has_look_up:
        found = await adapter.find(message)
        assert found == (driver.server.sent[-1].id if taken else None)
    else:
        with pytest.raises(DeliveryFailed) as refused:
            await adapter.find(message)
        assert refused.value.permanent
    await adapter.close()


async def test_after_a_lost_connection_the_outcome_is_open(driver: Driver, adapter: Channel) -> None:
    driver.server.drop_next(only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert (failure.permanent, failure.outcome_unknown) == (False, True)


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": true, "result": {}}', b"{}"])
async def test_an_answer_that_names_no_message_leaves_the_outcome_open(
    driver: Driver, adapter: Channel, body: bytes
) -> None:
    driver.server.fail_next(200, body=body, only=driver.send_method)
    failure = await refusal(adapter, outbound(driver, "Hello"))
    assert not failure.permanent


async def test_an_earlier_message_with_the_same_words_is_not_mistaken_for_it(
    driver: Driver, adapter: Channel
) -> None:
    if not driver.has_look_up:
        pytest.skip("no look-up")
    await adapter.send(outbound(driver, "Thank you"))
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await adapter.find(outbound(driver, "Thank you", chat=2, first_tried_at=later)) is None
    if driver.name != "slack":  # Slack knows our messages by their ids, whenever they were sent
        assert await adapter.find(outbound(driver, "Thank you", first_tried_at=later)) is None


async def test_a_look_up_in_vain_is_told_from_a_failed_one(driver: Driver, adapter: Channel) -> None:
    """A platform without one must at least be there again before anything is repeated."""
    driver.server.fail_next(503)
    with pytest.raises(DeliveryFailed) as failure:
        await adapter.find(outbound(driver, "Hello", first_tried_at=datetime.now(UTC)))
    assert not failure.value.permanent
