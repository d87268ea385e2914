"""What is Slack's own: age of a request, markup, bots, threads, the desk, files.

Mutation: in `channels.slack_reading._is_machine`, forget ``bot_id`` — the bot then talks to other
bots, for ever.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.channel import DeliveryFailed, Receipt, Rejected
from channels.message import Address, Attachment, Button, InboundKind, Outbound
from channels.slack import Slack, SlackSettings
from channels.slack_reading import plain
from tests.channels.drivers import receive
from tests.platforms.slack import SIGNING_SECRET, TEAM, TOKEN, SlackServer

DM = Address("slack", f"{TEAM}:D0001", {"channel": "D0001"})


@pytest.fixture
async def slack(slack_server: SlackServer, tmp_path: Path) -> AsyncIterator[Slack]:
    slack = Slack(SlackSettings(TOKEN, SIGNING_SECRET, slack_server.api_url, "C0DESK", data_dir=tmp_path))
    yield slack
    await slack.close()


def given(slack: Slack, server: SlackServer, kind: str, **details: Any) -> Receipt:
    return receive(slack, server.webhook_for(kind, **details))


@pytest.mark.parametrize(
    ("age", "accepted"), [(0, True), (290, True), (310, False), (-310, False), (86_400, False)]
)
def test_a_replayed_request_is_refused(
    slack: Slack, slack_server: SlackServer, age: float, accepted: bool
) -> None:
    if accepted:
        assert given(slack, slack_server, "text", text="Hello", age=age).messages
    else:
        with pytest.raises(Rejected) as refusal:
            given(slack, slack_server, "text", text="Hello", age=age)
        assert refusal.value.status == 401


@pytest.mark.parametrize("timestamp", ["", "now", "9" * 400, "-1", "1e9", "\u0661\u0662"])
def test_a_timestamp_that_is_none_is_refused(slack: Slack, slack_server: SlackServer, timestamp: str) -> None:
    webhook = slack_server.webhook_for("text", text="Hello")
    webhook.headers["x-slack-request-timestamp"] = timestamp
    with pytest.raises(Rejected):
        receive(slack, webhook)


@pytest.mark.parametrize("kind", ["bot", "own", "delete", "join", "preview", "channel"])
def test_what_no_customer_wrote_to_us_is_no_turn(slack: Slack, slack_server: SlackServer, kind: str) -> None:
    receipt = given(slack, slack_server, kind, text="Hello", message_id="1700000000.000001")
    assert (receipt.messages, receipt.desk) == ((), ())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
        ("<https://x.example|the shop>", "the shop (https://x.example)"),
        ("<mailto:ana@x.example|ana@x.example>", "ana@x.example"),
        ("<tel:+34600|+34600>", "+34600"),
        ("<@U123> and <@U123|ana>", "@U123 and @ana"),
        ("<#C1|general> <!here> <!subteam^S1|@desk>", "#general @here @desk"),
        ("it broke :cry:", "it broke 😢"),
        ("at 10:30:45", "at 10:30:45"),
    ],
)
def test_markup_is_read_as_people_see_it(written: str, read: str) -> None:
    assert plain(written) == read


def test_a_mention_is_answered_in_a_thread_under_it(slack: Slack, slack_server: SlackServer) -> None:
    (message,) = given(slack, slack_server, "mention", text="<@U0BOT> hi", ts="1700000000.000001").messages
    assert message.kind is InboundKind.PUBLIC
    assert message.address.route == {"channel": "C0001", "thread": "1700000000.000001"}


async def test_who_writes_in_a_thread_is_answered_there(slack: Slack, slack_server: SlackServer) -> None:
    (message,) = given(slack, slack_server, "text", text="Hello", thread="1700000000.000001").messages
    assert message.address.key == DM.key
    await slack.send(Outbound("1", message.address, "Yes?"))
    assert slack_server.sent[0].fields["thread_ts"] == "1700000000.000001"
    again = Outbound("1", message.address, "Yes?", first_tried_at=datetime.now(UTC))
    assert await slack.find(again) == slack_server.sent[0].id


@pytest.mark.parametrize("kind", ["channel", "button"])
def test_the_desk_keeps_its_own_events(slack: Slack, slack_server: SlackServer, kind: str) -> None:
    receipt = given(slack, slack_server, kind, text="!claim", token="claim", channel="C0DESK")
    assert receipt.messages == ()
    assert len(receipt.desk) == 1


def test_a_form_is_the_desks(slack: Slack, slack_server: SlackServer) -> None:
    assert given(slack, slack_server, "view").desk[0]["view"]["callback_id"] == "assess"


def test_a_press_in_a_whole_organisation_is_the_same_persons(slack: Slack, slack_server: SlackServer) -> None:
    """Slack names no workspace then but the person's."""
    [usual] = given(slack, slack_server, "button", token="affirm").messages
    [pressed] = given(slack, slack_server, "button", token="affirm", whole_organisation=True).messages
    assert pressed.address == usual.address


def test_without_a_desk_nothing_is_the_desks(slack_server: SlackServer) -> None:
    slack = Slack(SlackSettings(TOKEN, SIGNING_SECRET, slack_server.api_url))
    for kind in ("channel", "view"):
        receipt = given(slack, slack_server, kind, text="!claim", channel="C0DESK")
        assert (receipt.messages, receipt.desk) == ((), ())


def test_reading_asks_slack_nothing(slack_server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)  # bolt reads it by itself, and would try it out

    def no_network(*_: object) -> None:
        pytest.fail("a connection was opened")

    slack = Slack(SlackSettings(TOKEN, SIGNING_SECRET, slack_server.api_url))
    webhooks = [slack_server.webhook_for("text", text="Hello"), slack_server.webhook_for("button", token="t")]
    monkeypatch.setattr("socket.socket.connect", no_network)
    assert all(receive(slack, webhook).messages for webhook in webhooks)


async def test_no_text_links_or_mentions(slack: Slack, slack_server: SlackServer) -> None:
    await slack.send(Outbound("1", DM, "<!channel> <https://evil.example|bank>", (Button("Yes", "t"),)))
    fields = slack_server.sent[0].fields
    assert "<" not in fields["text"]
    assert "<" not in fields["blocks"][0]["text"]["text"]
    assert fields["blocks"][0]["text"]["verbatim"] is True
    assert (fields["parse"], fields["link_names"], fields["unfurl_links"]) == ("none", False, False)


async def test_a_long_title_is_cut_and_its_token_is_not(slack: Slack, slack_server: SlackServer) -> None:
    await slack.send(Outbound("1", DM, "Which?", (Button("x" * 100, "t:1"),)))
    ((title, token),) = slack_server.sent[0].buttons
    assert (len(title), token) == (75, "t:1")


@pytest.mark.parametrize(("channel", "reason"), [("D404", "channel_not_found"), ("D0001", "user_disabled")])
async def test_a_refusal_for_good_says_why(
    slack: Slack, slack_server: SlackServer, channel: str, reason: str
) -> None:
    slack_server.blocked.add("D0001")
    with pytest.raises(DeliveryFailed, match=reason) as failure:
        await slack.send(Outbound("1", Address("slack", f"{TEAM}:{channel}", {"channel": channel}), "Hello"))
    assert failure.value.permanent


async def test_slacks_own_half_way_error_is_looked_into(slack: Slack, slack_server: SlackServer) -> None:
    slack_server.fail_next(200, only="chat.postMessage")
    with pytest.raises(DeliveryFailed) as failure:
        await slack.send(Outbound("1", DM, "Hello"))
    assert failure.value.outcome_unknown


async def test_our_token_goes_to_slack_only(slack: Slack, slack_server: SlackServer) -> None:
    for url in ("https://evil.example/x", "https://slack.com.evil.example/x", "http://files.slack.com/x"):
        with pytest.raises(DeliveryFailed) as failure:
            await slack.fetch(Attachment(url, "image/png"), 1000)
        assert failure.value.permanent
    assert slack_server.received == []


async def test_a_page_for_signing_in_is_no_photo(slack_server: SlackServer) -> None:
    slack = Slack(SlackSettings("xoxb-without-scope", SIGNING_SECRET, slack_server.api_url))
    url = slack_server.keep_file(b"\x89PNG")
    with pytest.raises(DeliveryFailed, match="files:read"):
        await slack.fetch(Attachment(url, "image/png"), 1000)
    await slack.close()


async def test_a_file_from_another_workspace_is_asked_for(slack: Slack, slack_server: SlackServer) -> None:
    slack_server.keep_file(b"\x89PNG", "F77")
    assert await slack.fetch(Attachment("F77", "image/png"), 1000) == b"\x89PNG"


async def test_a_file_goes_out_with_its_comment(
    slack: Slack, slack_server: SlackServer, tmp_path: Path
) -> None:
    (tmp_path / "label.txt").write_text("Return label")
    await slack.send(Outbound("1", DM, "Your label", files=("label.txt",)))
    (sent,) = slack_server.sent
    assert (sent.text, slack_server.files["label.txt"][0]) == ("Your label", b"Return label")
