"""What is Twilio's own: keywords, reports, numbers of ours, error codes, credentials.

Mutation: in `channels.twilio_reading._kind`, look for the words inside the text instead of at the
whole of it — "please stop sending me the wrong size" then opts the customer out.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.channel import DeliveryFailed, Receipt, Rejected
from channels.message import (
    Address,
    Attachment,
    Button,
    DeliveryReport,
    InboundKind,
    Outbound,
    Template,
)
from channels.twilio import Twilio, TwilioSettings
from tests.channels.drivers import receive
from tests.platforms.twilio import ACCOUNT, AUTH_TOKEN, SERVICE, SMS_FROM, WHATSAPP_FROM, TwilioServer

CUSTOMER = "+34600110001"
SMS = Address("sms", CUSTOMER, {"from": SMS_FROM})
WHATSAPP = Address("whatsapp", CUSTOMER, {"from": WHATSAPP_FROM})


@pytest.fixture
def settings(twilio_server: TwilioServer) -> TwilioSettings:
    return TwilioSettings(ACCOUNT, AUTH_TOKEN, SMS_FROM, WHATSAPP_FROM, api_url=twilio_server.url)


@pytest.fixture
async def twilio(settings: TwilioSettings) -> AsyncIterator[Twilio]:
    twilio = Twilio(settings)
    yield twilio
    await twilio.close()


def given(twilio: Twilio, server: TwilioServer, kind: str, **details: Any) -> Receipt:
    return receive(twilio, server.webhook_for(kind, **details))


WORDS = [
    *(
        (word, InboundKind.OPT_OUT)
        for word in ("STOP", "stop", " Stop\n", "STOPALL", "UNSUBSCRIBE", "CANCEL", "End")
    ),
    *((word, InboundKind.OPT_OUT) for word in ("QUIT", "OPTOUT", "REVOKE")),
    *((word, InboundKind.OPT_IN) for word in ("START", "unstop")),
    *((word, InboundKind.HELP) for word in ("HELP", "info")),
    *(
        (word, InboundKind.MESSAGE)
        for word in ("YES", "Please stop", "STOP PLEASE", "stop it", "help me", "the end")
    ),
    *((word, InboundKind.MESSAGE) for word in ("alto", "para", "cancelar", "baja", "ayuda", "sí")),
]


@pytest.mark.parametrize(("text", "kind"), WORDS)
def test_on_sms_carriers_words_are_commands(
    twilio: Twilio, twilio_server: TwilioServer, text: str, kind: InboundKind
) -> None:
    (message,) = given(twilio, twilio_server, "text", text=text).messages
    assert (message.kind, message.text) == (kind, text)


def test_yes_is_an_answer_that_opts_in_again(twilio: Twilio, twilio_server: TwilioServer) -> None:
    (sms,) = given(twilio, twilio_server, "text", text="Yes").messages
    (whatsapp,) = given(twilio, twilio_server, "text", text="Yes", channel="whatsapp").messages
    (other,) = given(twilio, twilio_server, "text", text="Yes, please").messages
    assert (sms.kind, sms.opts_in) == (InboundKind.MESSAGE, True)
    assert (whatsapp.opts_in, other.opts_in) == (False, False)


@pytest.mark.parametrize("text", ["STOP", "START", "HELP"])
def test_on_whatsapp_they_are_words(twilio: Twilio, twilio_server: TwilioServer, text: str) -> None:
    (message,) = given(twilio, twilio_server, "text", channel="whatsapp", text=text).messages
    assert message.kind is InboundKind.MESSAGE


@pytest.mark.parametrize(
    ("text", "given_type", "kind"),
    [
        ("BAJA", "STOP", InboundKind.OPT_OUT),
        ("ALTA", "START", InboundKind.OPT_IN),
        ("AYUDA", "HELP", InboundKind.HELP),
        ("YES", "START", InboundKind.MESSAGE),
    ],
)
def test_words_that_the_operator_set_up_are_commands_too(
    twilio: Twilio, twilio_server: TwilioServer, text: str, given_type: str, kind: InboundKind
) -> None:
    (message,) = given(twilio, twilio_server, "text", text=text, opt_out_type=given_type).messages
    assert message.kind is kind


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
        ("undelivered", "failed"),
    ],
)
def test_a_report_says_what_became_of_a_message(
    twilio: Twilio, twilio_server: TwilioServer, status: str, state: str
) -> None:
    receipt = given(
        twilio, twilio_server, "status", channel="whatsapp", status=status, sid="SM7", error="63016"
    )
    assert receipt.messages == ()
    assert receipt.reports == (DeliveryReport("whatsapp", "SM7", state, "63016"),)


@pytest.mark.parametrize("status", ["queued", "sending", "accepted", "scheduled", "something-new"])
def test_a_message_under_way_is_no_news(twilio: Twilio, twilio_server: TwilioServer, status: str) -> None:
    receipt = given(twilio, twilio_server, "status", status=status)
    assert (receipt.messages, receipt.reports) == ((), ())


def test_the_customers_number_is_how_to_reach_them(twilio: Twilio, twilio_server: TwilioServer) -> None:
    (message,) = given(twilio, twilio_server, "text", channel="whatsapp", text="Hola", chat=CUSTOMER).messages
    assert (message.address.key, message.sender_phone, message.sender_name) == (CUSTOMER, CUSTOMER, "Ana")


def test_a_place_is_kept(twilio: Twilio, twilio_server: TwilioServer) -> None:
    (message,) = given(twilio, twilio_server, "location", channel="whatsapp").messages
    assert message.text == "Shop\ngeo:41.4,2.2"


def test_a_message_of_nothing_is_still_a_turn(twilio: Twilio, twilio_server: TwilioServer) -> None:
    (message,) = given(twilio, twilio_server, "text", text="").messages
    assert message.kind is InboundKind.UNSUPPORTED


def test_a_signature_for_another_address_is_refused(twilio: Twilio, twilio_server: TwilioServer) -> None:
    webhook = twilio_server.webhook_for("text", text="Hello")
    with pytest.raises(Rejected) as refusal:
        receive(twilio, replace(webhook, url="https://example.com/hooks/twilio"))
    assert refusal.value.status == 403


def test_a_port_in_the_address_does_not_matter(twilio: Twilio, twilio_server: TwilioServer) -> None:
    webhook = twilio_server.webhook_for("text", text="Hello", base="https://example.org:443")
    assert receive(twilio, replace(webhook, url="https://example.org/hooks/twilio")).messages


async def test_the_answer_comes_from_the_number_that_was_written_to(
    twilio: Twilio, twilio_server: TwilioServer
) -> None:
    (message,) = given(twilio, twilio_server, "text", text="Hello", service=SERVICE).messages
    await twilio.send(Outbound("1", message.address, "Yes?"))
    fields = twilio_server.sent[0].fields
    assert (fields["From"], fields["MessagingServiceSid"]) == (SMS_FROM, SERVICE)


async def test_without_such_a_number_the_service_chooses_one(
    settings: TwilioSettings, twilio_server: TwilioServer
) -> None:
    twilio = Twilio(replace(settings, messaging_service_sid=SERVICE))
    await twilio.send(Outbound("1", Address("sms", CUSTOMER), "Hello"))
    await twilio.send(Outbound("2", Address("whatsapp", CUSTOMER), "Hello"))
    await twilio.close()
    sms, whatsapp = (sent.fields for sent in twilio_server.sent)
    assert sms["MessagingServiceSid"] == SERVICE
    assert "From" not in sms
    assert whatsapp["From"] == f"whatsapp:{WHATSAPP_FROM}"
    assert "MessagingServiceSid" not in whatsapp


async def test_a_channel_without_a_number_says_so_and_waits(settings: TwilioSettings) -> None:
    twilio = Twilio(replace(settings, whatsapp_from=None))
    with pytest.raises(DeliveryFailed, match="no number") as failure:
        await twilio.send(Outbound("1", Address("whatsapp", CUSTOMER), "Hello"))
    await twilio.close()
    assert not failure.value.permanent


async def test_reports_are_asked_for_where_they_can_reach_us(
    settings: TwilioSettings, twilio_server: TwilioServer
) -> None:
    for public_url, callback in (("https://example.org/", "https://example.org/hooks/twilio"), (None, None)):
        twilio = Twilio(replace(settings, public_url=public_url))
        await twilio.send(Outbound("1", SMS, "Hello"))
        await twilio.close()
        assert twilio_server.sent[-1].fields.get("StatusCallback") == callback


@pytest.mark.parametrize("code", [21610, 21614, 21211, 21408, 21635, 63003, 63016, 63024])
async def test_codes_that_stay_are_for_good_and_say_why(
    twilio: Twilio, twilio_server: TwilioServer, code: int
) -> None:
    twilio_server.codes[CUSTOMER] = code
    with pytest.raises(DeliveryFailed, match=rf"Twilio {code}: .* .*") as failure:
        await twilio.send(Outbound("1", SMS, "Hello"))
    assert failure.value.permanent


@pytest.mark.parametrize("code", [20429, 20500, 63018, 63007])
async def test_codes_that_pass_are_tried_again(
    twilio: Twilio, twilio_server: TwilioServer, code: int
) -> None:
    twilio_server.codes[CUSTOMER] = code
    with pytest.raises(DeliveryFailed) as failure:
        await twilio.send(Outbound("1", SMS, "Hello"))
    assert not failure.value.permanent


async def test_typographers_marks_do_not_double_an_sms(twilio: Twilio, twilio_server: TwilioServer) -> None:
    text = "We’re sorry – “truly”…\u00a0Yours"
    await twilio.send(Outbound("1", SMS, text))
    await twilio.send(Outbound("2", WHATSAPP, text))
    sms, whatsapp = (sent.text for sent in twilio_server.sent)
    assert sms == 'We\'re sorry - "truly"... Yours'
    assert whatsapp == text


async def test_no_file_is_dropped_in_silence(twilio: Twilio, twilio_server: TwilioServer) -> None:
    with pytest.raises(DeliveryFailed, match="files") as failure:
        await twilio.send(Outbound("1", SMS, "Your label", files=("label.pdf",)))
    assert failure.value.permanent
    assert twilio_server.sent == []


async def test_an_answer_that_names_no_message_may_have_been_a_yes(
    twilio: Twilio, twilio_server: TwilioServer
) -> None:
    for body in (b"{}", b"<html>", b"[]"):
        twilio_server.fail_next(201, body=body, only="create")
        with pytest.raises(DeliveryFailed) as failure:
            await twilio.send(Outbound("1", SMS, "Hello"))
        assert failure.value.outcome_unknown


async def test_our_credentials_go_to_twilio_only(twilio: Twilio, twilio_server: TwilioServer) -> None:
    for url in ("https://evil.example/x", "http://api.twilio.com/x", "https://twilio.com.evil.example/x"):
        with pytest.raises(DeliveryFailed) as failure:
            await twilio.fetch(Attachment(url), 1000)
        assert failure.value.permanent
    assert twilio_server.received == []


async def test_media_at_twilios_address_are_fetched_from_the_stand_in(
    twilio: Twilio, twilio_server: TwilioServer
) -> None:
    url = twilio_server.keep_file(b"\x89PNG").replace(twilio_server.url, "https://api.twilio.com")
    assert await twilio.fetch(Attachment(url), 1000) == b"\x89PNG"


async def test_numbered_lines_stand_for_buttons(twilio: Twilio, twilio_server: TwilioServer) -> None:
    await twilio.send(Outbound("1", SMS, "Right?", (Button("Yes", "a"), Button("No", "b"))))
    assert twilio_server.sent[0].text == "Right?\n1. Yes\n2. No"


async def test_an_approved_template_goes_out_in_place_of_the_text(
    twilio: Twilio, twilio_server: TwilioServer
) -> None:
    """By its content SID, with its values; and it is found again although nobody knows its words."""
    template = Template("HX" + "0" * 32, {"1": "RC-7K2M9P4X", "2": "we are looking into it"})
    before = datetime.now(UTC)
    message = Outbound("1", WHATSAPP, "News about RC-7K2M9P4X", template=template)
    sent = await twilio.send(message)
    fields = twilio_server.sent[-1].fields
    assert fields["ContentSid"] == template.name
    assert json.loads(fields["ContentVariables"]) == template.values
    assert "Body" not in fields
    assert await twilio.find(replace(message, first_tried_at=before)) == sent
    assert await twilio.find(replace(message, first_tried_at=before + timedelta(hours=1))) is None
