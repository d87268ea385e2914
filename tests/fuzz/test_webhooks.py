"""Whatever comes in through a webhook, authentic or not: never a 5xx, and what is kept can be worked.

A platform delivers again what we answer with 5xx: a message that can never be stored would come for ever.

Mutation: in `channels.checking.checked` leave out the length of ids or the cleaning of ``button``; in
`channels.twilio.receive` leave out `checked_report`; in `actions.amounts` drop the largest amount.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turn import Turn
from channels.transcript import Delivery
from handoff.staff.agents import Role
from tests.channels.drivers import Driver
from tests.fuzz import hostile
from tests.fuzz.effort import TIMES, examples
from tests.fuzz.program import Program
from tests.platforms import slack, twilio
from tests.platforms.server import PlatformServer, Webhook
from tests.turn.desk import messages, work

Servers = dict[str, PlatformServer]

_ALBUMS = timedelta(seconds=5)  # they wait for their other parts

# Of examples that are too long to be shown.
pytestmark = [
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning"),
    pytest.mark.timeout(300 * TIMES),
]


def bodies_of(webhooks: list[Webhook]) -> tuple[Any, ...]:
    return tuple(json.loads(webhook.body) for webhook in webhooks)


def telegram_updates(server: Any) -> tuple[Any, ...]:
    kinds: dict[str, dict[str, Any]] = {
        "text": {"text": "my kettle leaks"},
        "photo": {"text": "look"},
        "document": {},
        "voice": {},
        "sticker": {},
        "location": {},
        "contact": {},
        "pinned": {},
        "edit": {"text": "no"},
        "blocked": {},
        "channel_post": {},
        "button": {"token": "confirm_yes"},
        "group": {
            "text": "@RecourseTestBot hi",
            "mention": "@RecourseTestBot",
            "topic": 4,
            "reply_to_bot": True,
        },
    }
    album = server.update_for("photo", text="one", album="a1")
    return (album, *(server.update_for(kind, **details) for kind, details in kinds.items()))


def slack_events(server: Any) -> tuple[Any, ...]:
    kinds: dict[str, dict[str, Any]] = {
        "text": {"text": "my <kettle|x> leaks &amp; :fire:", "thread": "1.000001"},
        "photo": {"url": "https://files.slack.com/x"},
        "edit": {"text": "no", "message_id": "1.000001"},
        "preview": {"message_id": "1.000001"},
        "delete": {},
        "mention": {"text": "<@U0BOT> hi"},
        "channel": {},
        "bot": {},
        "own": {},
        "join": {},
        "challenge": {"text": "c"},
    }
    return bodies_of([server.webhook_for(kind, **details) for kind, details in kinds.items()])


def slack_actions(server: Any) -> tuple[Any, ...]:
    pressed = [server.webhook_for("button", token="confirm_yes"), server.webhook_for("view")]
    return tuple(json.loads(dict(parse_qsl(webhook.body.decode()))["payload"]) for webhook in pressed)


def twilio_forms(server: Any) -> tuple[Any, ...]:
    made = [
        server.webhook_for(kind, channel=channel, **details)
        for channel in ("sms", "whatsapp")
        for kind, details in (
            ("text", {"text": "my kettle leaks", "service": "MG1"}),
            ("photo", {"url": "https://api.twilio.com/x"}),
            ("location", {}),
            ("button", {"token": "confirm_yes"}),
            ("call", {}),
            ("status", {"status": "failed", "error": "30003"}),
            ("text", {"text": "STOP", "opt_out_type": "STOP"}),
        )
    ]
    return tuple(dict(parse_qsl(webhook.body.decode(), keep_blank_values=True)) for webhook in made)


def compact(value: Any) -> bytes:
    return json.dumps(value).encode()


def form(fields: dict[str, Any]) -> bytes:
    """Fields as a form; what is no text, as a careless client would write it."""
    pairs = [(k.encode("utf-8", "surrogatepass"), _text(v)) for k, v in fields.items()]
    return urlencode(pairs).encode()


def _text(value: Any) -> bytes:
    return (value if isinstance(value, str) else repr(value)[:2_000]).encode("utf-8", "surrogatepass")


def test_strange_updates_of_telegram(running: Program, servers: Servers) -> None:
    sound = telegram_updates(servers["telegram"])

    @examples(900)
    @given(hostile.spoilt(sound), st.integers(1, 2**60))
    def deliver(update: Any, number: int) -> None:
        if (
            isinstance(update, dict)
            and isinstance(update.get("update_id"), int)
            and update["update_id"] > 700_000
        ):
            update["update_id"] = number  # else most would be redeliveries
        webhook = servers["telegram"].webhook_for("text", text="x")  # type: ignore[attr-defined]
        running.deliver(
            Webhook(
                webhook.url,
                webhook.headers,
                compact(update).replace(b'"id": 77,', b'"id": %d,' % (number % 400 + 1)),
            )
        )

    deliver()


def test_strange_events_of_slack(running: Program, servers: Servers) -> None:
    @examples(600)
    @given(hostile.spoilt(slack_events(servers["slack"])), st.integers(1, 2**60))
    def deliver(event: Any, number: int) -> None:
        if isinstance(event, dict) and str(event.get("event_id", "")).startswith("Ev"):
            event["event_id"] = f"Ev{number}"
        running.deliver(slack.signed(compact(event).replace(b'"D0001"', b'"D%d"' % (number % 400))))

    deliver()


def test_strange_presses_in_slack(running: Program, servers: Servers) -> None:
    @examples(300)
    @given(hostile.spoilt(slack_actions(servers["slack"])))
    def deliver(payload: Any) -> None:
        running.deliver(slack.signed(urlencode({"payload": json.dumps(payload)}).encode(), form=True))

    deliver()


def test_strange_forms_of_twilio(running: Program, servers: Servers) -> None:
    """SMS, WhatsApp, and reports of what became of ours."""

    @examples(900)
    @given(hostile.spoilt(twilio_forms(servers["twilio"])), st.integers(1, 2**60))
    def deliver(fields: Any, number: int) -> None:
        if len(str(fields.get("MessageSid", ""))) == 34:
            fields["MessageSid"] = f"SM{number:032x}"
        if str(fields.get("From", "")).endswith("+34600111222"):
            fields["From"] = fields["From"].replace("+34600111222", f"+34600{number % 400:06d}")
        running.deliver(twilio.signed(form(fields)))

    deliver()


def test_authentic_bodies_that_are_none(running: Program, driver: Driver) -> None:
    @examples(40)
    @given(hostile.bodies)
    def deliver(body: bytes) -> None:
        running.deliver(driver.authentic(body))

    deliver()


def test_forged_calls_are_refused(running: Program, driver: Driver) -> None:
    kept = len(running.do(messages(running.database)))
    paths = {"telegram": "/hooks/telegram", "slack": "/hooks/slack"}
    path = paths.get(driver.name, "/hooks/twilio")
    names = (
        "x-telegram-bot-api-secret-token",
        "x-slack-signature",
        "x-slack-request-timestamp",
        "x-twilio-signature",
        "content-type",
        "content-length",
        "host",
        "content-encoding",
        "transfer-encoding",
        "x-forwarded-host",
    )
    header = st.tuples(
        st.sampled_from(names), st.one_of(st.binary(max_size=30), st.sampled_from((b"9" * 5_000, b"[")))
    )

    @examples(60)
    @given(
        st.lists(header, max_size=4),
        hostile.bodies,
        st.sampled_from(("", "?", "?a=%ff", "?\xff", "?" + "a" * 9_000)),
    )
    def call(headers: list[tuple[str, bytes]], body: bytes, query: str) -> None:
        raw = [(name.encode(), value) for name, value in headers]
        answer = running.call("POST", path + query, body=body, raw_headers=raw)
        assert answer.status in (400, 401, 403, 408, 413)

    call()
    assert len(running.do(messages(running.database))) == kept


def test_what_was_taken_in_is_worked(running: Program) -> None:
    """Every message that was accepted gets its turn at the first attempt, and agents can read the case."""
    turn = Turn(running.database, running.engine, running.settings)

    async def work_all() -> None:
        while await work(running.database, "in", turn.take, later=_ALBUMS):
            pass

    running.do(work_all())
    customers = [
        m for m in running.do(messages(running.database)) if m.author == "customer" and m.kind != "part"
    ]
    assert len(customers) > 50
    assert {m.state for m in customers} == {Delivery.ANSWERED}
    desk = {"authorization": f"Bearer {running.token(Role.AGENT)}"}
    cases = json.loads(running.call("GET", "/api/v1/queue", desk).body)
    assert cases
    for case in cases[:150]:
        assert running.call("GET", f"/api/v1/cases/{case['reference']}", desk).status == 200


def test_it_was_as_much_as_promised(running: Program) -> None:
    assert running.statuses.total() >= 2_800 * TIMES
    assert running.statuses[200] >= 500 * TIMES, "most must get past the door"
