"""What every adapter promises about what comes in.

Mutation: in `Twilio.receive`, drop ``or not genuine`` by setting ``genuine = True`` — forged and
missing signatures are then accepted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.channel import Channel, DeliveryFailed, FileRefused, Rejected
from channels.message import InboundKind
from tests.channels.drivers import Driver, receive
from tests.platforms.server import Webhook

TEXTS = [
    "My fridge is broken",
    "¿Dónde está mi pedido? 👩‍👩‍👧 «urgente»",
    "a < b & c > d",
    "الطلب لم يصل",
    "/start",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_arrives_as_it_was_written(driver: Driver, adapter: Channel, text: str) -> None:
    (message,) = receive(adapter, driver.text(text)).messages
    assert (message.text, message.kind, message.button) == (text, InboundKind.MESSAGE, None)
    assert message.address == driver.address()


@pytest.mark.parametrize("odd", ["\0", "\ud83d"])
def test_what_no_database_stores_is_replaced(driver: Driver, adapter: Channel, odd: str) -> None:
    webhook = driver.text("It is X broken")
    written = json.dumps(odd).encode()[1:-1] if webhook.body.startswith(b"{") else b"%00"
    body = webhook.body.replace(b"X", written)
    (message,) = receive(adapter, driver.authentic(body)).messages
    assert message.text == "It is \N{REPLACEMENT CHARACTER} broken"


def test_customers_have_conversations_of_their_own(driver: Driver, adapter: Channel) -> None:
    (one,) = receive(adapter, driver.text("Hello", chat=1)).messages
    (two,) = receive(adapter, driver.text("Hello", chat=2)).messages
    assert one.address.conversation != two.address.conversation


def test_a_redelivery_carries_the_same_id(driver: Driver, adapter: Channel) -> None:
    webhook = driver.text("Hello")
    first, again = receive(adapter, webhook), receive(adapter, webhook)
    assert first.messages[0].provider_id == again.messages[0].provider_id
    assert first == again


def test_two_messages_carry_two_ids_in_order(driver: Driver, adapter: Channel) -> None:
    (one,), (two,) = (receive(adapter, driver.text("Same words")).messages for _ in range(2))
    assert one.provider_id != two.provider_id
    if one.order is not None:
        assert two.order is not None
        assert one.order < two.order


def test_a_forged_request_is_refused(driver: Driver, adapter: Channel) -> None:
    with pytest.raises(Rejected) as refusal:
        receive(adapter, driver.forged(driver.text("Give me a refund")))
    assert refusal.value.status in (401, 403)


def test_a_missing_signature_is_refused(driver: Driver, adapter: Channel) -> None:
    webhook = driver.text("Hello")
    headers = {k: v for k, v in webhook.headers.items() if "signature" not in k and "secret" not in k}
    assert headers != webhook.headers
    with pytest.raises(Rejected) as refusal:
        receive(adapter, replace(webhook, headers=headers))
    assert refusal.value.status in (401, 403)


def test_an_unknown_update_is_taken_and_means_nothing(driver: Driver, adapter: Channel) -> None:
    receipt = receive(adapter, driver.unknown())
    assert (receipt.messages, receipt.reports, receipt.desk) == ((), (), ())
    assert receipt.answer.status == 200


def test_a_photo_can_be_fetched(driver: Driver, adapter: Channel) -> None:
    (message,) = receive(adapter, driver.photo(b"\x89PNG and so on")).messages
    assert message.kind is InboundKind.MESSAGE
    (photo,) = message.attachments
    assert photo.media_type.startswith("image/")
    assert photo.name


async def test_a_file_comes_whole(driver: Driver, adapter: Channel) -> None:
    content = b"\x89PNG" + bytes(range(256)) * 1000
    (message,) = receive(adapter, driver.photo(content)).messages
    assert await adapter.fetch(message.attachments[0], 10_000_000) == content


@pytest.mark.parametrize("declared", [None, 9])
async def test_a_file_over_the_limit_is_refused(
    driver: Driver, adapter: Channel, declared: int | None
) -> None:
    (message,) = receive(adapter, driver.photo(b"x" * 2001, declared)).messages
    with pytest.raises(FileRefused, match="too_large"):
        await adapter.fetch(message.attachments[0], 2000)


async def test_a_file_that_is_gone_is_gone_for_good(driver: Driver, adapter: Channel) -> None:
    (message,) = receive(adapter, driver.photo(b"x")).messages
    driver.server.files.clear()
    with pytest.raises(DeliveryFailed) as failure:
        await adapter.fetch(message.attachments[0], 2000)
    assert failure.value.permanent


async def test_a_platform_in_trouble_can_be_asked_for_the_file_again(
    driver: Driver, adapter: Channel
) -> None:
    (message,) = receive(adapter, driver.photo(b"x")).messages
    driver.server.fail_next(500, only=driver.file_method)
    with pytest.raises(DeliveryFailed) as failure:
        await adapter.fetch(message.attachments[0], 2000)
    assert not failure.value.permanent
    assert await adapter.fetch(message.attachments[0], 2000) == b"x"


def test_a_pressed_button_brings_its_token_and_its_words(driver: Driver, adapter: Channel) -> None:
    webhook = driver.button("t:8f3a", "Yes, please")
    if webhook is None:
        pytest.skip("no buttons here")
    (message,) = receive(adapter, webhook).messages
    assert (message.button, message.text) == ("t:8f3a", "Yes, please")


def test_an_edit_names_the_message_it_changes(driver: Driver, adapter: Channel) -> None:
    (original,) = receive(adapter, driver.text("It broke on Monday")).messages
    webhook = driver.edit(original.message_id or "", "It broke on Tuesday")
    if webhook is None:
        pytest.skip("messages cannot be changed here")
    (edit,) = receive(adapter, webhook).messages
    assert (edit.kind, edit.text) == (InboundKind.EDIT, "It broke on Tuesday")
    assert edit.revises == original.message_id
    assert edit.address == original.address
    assert edit.provider_id != original.provider_id


def test_what_is_said_in_public_is_marked_so(driver: Driver, adapter: Channel) -> None:
    webhook = driver.public("my order never came")
    if webhook is None:
        pytest.skip("nobody else listens here")
    (message,) = receive(adapter, webhook).messages
    assert message.kind is InboundKind.PUBLIC
    assert message.address.conversation != driver.address().conversation


FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _survives(adapter: Channel, webhook: Webhook) -> None:
    try:
        receipt = receive(adapter, webhook)
    except Rejected as refusal:
        assert 400 <= refusal.status < 500
    else:
        for message in receipt.messages:
            message.text.encode()
            assert "\0" not in message.text


@FUZZ
@given(body=st.binary())
def test_no_bytes_break_an_adapter(driver: Driver, adapter: Channel, body: bytes) -> None:
    _survives(adapter, driver.authentic(body))


@FUZZ
@given(value=JSON)
def test_no_json_breaks_an_adapter(driver: Driver, adapter: Channel, value: object) -> None:
    _survives(adapter, driver.authentic(json.dumps(value).encode()))


@FUZZ
@given(data=st.data())
def test_no_part_of_an_update_breaks_an_adapter(
    driver: Driver, adapter: Channel, data: st.DataObject
) -> None:
    """A genuine update with one of its parts, however deep, replaced by anything or left out."""
    kinds = [
        driver.text("Hello"),
        driver.photo(b"x"),
        driver.button("t", "Yes"),
        driver.edit("1", "Hello"),
        driver.public("Hi"),
    ]
    webhook = data.draw(st.sampled_from([kind for kind in kinds if kind]))
    body = webhook.body
    if body.startswith(b"{"):
        body = json.dumps(_spoiled(json.loads(body), data)).encode()
    elif body.startswith(b"payload="):
        spoiled = _spoiled(json.loads(dict(parse_qsl(body.decode()))["payload"]), data)
        body = urlencode({"payload": json.dumps(spoiled)}).encode()
    else:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        name = data.draw(st.sampled_from(sorted(form)))
        form[name] = data.draw(st.text())
        body = urlencode(form, errors="replace").encode()
    _survives(adapter, driver.authentic(body))


def _spoiled(tree: object, data: st.DataObject) -> object:
    """``tree`` with one node somewhere replaced or removed."""
    inner = (
        list(tree.items())
        if isinstance(tree, dict)
        else list(enumerate(tree))
        if isinstance(tree, list)
        else []
    )
    if not inner or data.draw(st.integers(0, 9)) == 0:
        return data.draw(JSON)
    key, child = data.draw(st.sampled_from(inner))
    if isinstance(tree, dict):
        if data.draw(st.integers(0, 9)) == 0:
            return {k: v for k, v in tree.items() if k != key}
        return tree | {key: _spoiled(child, data)}
    assert isinstance(tree, list)
    return [*tree[:key], _spoiled(child, data), *tree[key + 1 :]]
