"""What the page says is what the assistant says: for every preset and language, from one source.

Mutation: let `bot.gathering._offer` count its dates with another policy, or `complaints.process_facts.within`
say ``update_every`` where the answer is meant.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import feedback
from actions.turn import Turn
from bot.db import Database
from bot.gathering import gather
from bot.policy_page.routes import render
from bot.settings import Settings
from channels import inbox
from channels.message import Address, Inbound
from complaints import presets, texts
from complaints.clocks import Period, PolicyError
from complaints.facts import Facts
from complaints.process_facts import within

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
PUBLIC = "https://complaints.example.org"


def presets_with_clocks() -> list[str]:
    found = []
    for name in presets.names():
        try:
            presets.load(name)
        except PolicyError:  # one that only adds to others
            continue
        found.append(name)
    return found


def settings(policy: str, **more: str) -> Settings:
    return Settings(_env_file=None, RECOURSE_POLICY=policy, RECOURSE_PUBLIC_URL=PUBLIC, **more)


def page_text(of: Settings, language: str) -> str:
    """What a reader of the page reads."""
    main = render(of, language, NOW).partition("<main>")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
async def sqlite(sqlite_url: str):
    async with await Database.open(sqlite_url) as database:
        yield database


async def facts_of(database: Database, of: Settings, language: str) -> Facts:
    """What the dialogue knows in the turn of a message of this language."""
    address = Address("telegram", f"{of.policy_name}-{language}")
    message = await database.run(
        inbox.accept, Inbound(address, f"{of.policy_name}-{language}", "", locale=language), NOW
    )
    assert message is not None
    return (await database.read(gather, message.id, of, NOW)).facts


async def explained(facts: Facts, text: str, aspects: list[str]) -> list[str]:
    """What the assistant's own step says to a question about how complaining works."""
    dispatcher = CollectingDispatcher()
    message = {
        "text": text, "message_id": "m", "intent": {"name": "ask_process", "confidence": 1.0},
        "metadata": {"facts": facts.model_dump(mode="json")},
    }  # fmt: skip
    tracker = Tracker("x", {"introduced": True}, message, [], False, None, {}, "action_listen")
    turn = Turn(dispatcher, tracker)
    for aspect in aspects:
        feedback._explain(turn, aspect)
    feedback._refer_to_page(turn, aspects)
    return [_spoken(said, facts.language) for said in dispatcher.messages]


def _spoken(said: dict[str, Any], language: str) -> str:
    """A reply as Rasa makes it from its responses, which are made from the same catalogue."""
    if not said["response"]:
        return str(said["text"])
    return texts.say(said["response"].removeprefix("utter_"), language, **said)


@pytest.mark.parametrize("preset", presets_with_clocks())
async def test_every_preset_in_every_language(sqlite: Database, preset: str) -> None:
    operator = settings(preset)
    for language in texts.languages():
        page = page_text(operator, language)
        facts = await facts_of(sqlite, operator, language)
        assert facts.language == language
        told = [
            facts.offer.update_by, facts.offer.respond_by,
            facts.policy["update_within"], facts.policy["respond_within"],
        ]  # fmt: skip
        mouth = await explained(facts, "How long does it take?", ["how_long", "outside"])
        assert [fact for fact in told if fact not in page or fact not in " ".join(mouth)] == [], language
        outside = next(t for t in mouth if t in page)  # that sentence is the same, word for word
        assert (operator.policy.outside_body or "") in outside
        assert mouth[-1].rstrip(".").endswith(f"{PUBLIC}/complaints-policy?lang={language}"), mouth[-1]
        assert "{" not in page
        kept = page.partition(texts.say("policy_privacy", language))[2]
        assert str(operator.retention.cases.amount) in kept


def test_every_kind_of_complaint_has_its_sentence() -> None:
    """A preset with a new kind needs a text: the page would fail without one."""
    for preset in presets_with_clocks():
        operator = settings(preset)
        for kind, period in operator.policy.kinds.items():
            for language in texts.languages():
                said = texts.say(f"policy_kind_{kind}", language, within=within(period, language))
                assert said in page_text(operator, language)


@pytest.mark.parametrize(
    ("period", "language", "said"),
    [
        ("1 business day", "en", "within one business day"),
        ("10 business days", "de", "innerhalb von 10 Arbeitstagen"),
        ("8 weeks", "en", "within 8 weeks"),
        ("21 days", "en", "within 21 days"),
        ("24 hours", "pl", "w ciągu 24 godzin"),
        ("2 business days", "ar", "خلال يومي عمل"),
        ("5 business days", "ar", "خلال 5 أيام عمل"),
        ("15 business days", "ar", "خلال 15 يوم عمل"),
        ("8 weeks", "tr", "8 hafta içinde"),
        ("8 weeks", "xx", "within 8 weeks"),
    ],
)
def test_periods_read_as_people_say_them(period: str, language: str, said: str) -> None:
    assert within(Period.parse(period), language) == said


def test_only_channels_that_are_there() -> None:
    bare = page_text(settings("iso_generic"), "en")
    assert "in the chat on this website" in bare
    assert not {"SMS", "WhatsApp", "Telegram", "Slack"} & set(re.findall(r"\w+", bare))
    full = page_text(
        settings(
            "iso_generic", TELEGRAM_BOT_TOKEN="123:abc", SLACK_BOT_TOKEN="xoxb-1",
            SLACK_SIGNING_SECRET="s3cr3ts3cr3t",
            TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t0k", TWILIO_SMS_FROM="+15005550006",
            TWILIO_WHATSAPP_FROM="whatsapp:+15005550007",
        ),
        "en",
    )  # fmt: skip
    assert "by SMS to +15005550006" in full
    assert "on WhatsApp, to +15005550007" in full
    assert "Telegram" in full
    assert "Slack" in full


async def test_no_address_that_nobody_could_open(sqlite: Database) -> None:
    operator = Settings(_env_file=None)
    assert "page" not in (await facts_of(sqlite, operator, "en")).policy


def test_what_is_said_and_when_is_on_it() -> None:
    page = page_text(settings("iso_generic").model_copy(update={"monitor_days": 14}), "en")
    for part in ("14 days", "17:00", "free of charge", "a computer program and not a person", "refund"):
        assert part in page
