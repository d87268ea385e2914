"""What the README promises is there: every setting, every document, pictures, and the Slack app's manifest.

Mutation: drop a row from the table of settings, or a document from the README's list.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {str(field.validation_alias.choices[0]) for field in Settings.model_fields.values()}  # type: ignore[union-attr]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_explained_and_none_is_invented() -> None:
    """Nothing can be set that the table does not tell of, and the other way round."""
    told = set(re.findall(r"`((?:RECOURSE|TELEGRAM|SLACK|TWILIO)_[A-Z_]+)`", text("docs/settings.md")))
    assert told == SETTINGS


def test_every_document_is_in_the_list_once() -> None:
    """The README names each document with a line about it."""
    listed = re.findall(r"^\| \[docs/([\w-]+\.md)\]", text("README.md"), re.MULTILINE)
    assert sorted(listed) == sorted(p.name for p in (ROOT / "docs").glob("*.md"))


def test_the_readme_is_read_in_five_minutes() -> None:
    """At 250 words a minute, pictures, tables and the drawing left aside."""
    prose = [line for line in text("README.md").splitlines() if not line.startswith(("|", "    "))]
    assert len(" ".join(prose).split()) < 5 * 250


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs/screenshots").glob("*.png"))
    assert pictures
    assert max(p.stat().st_size for p in pictures) < 200_000


def test_the_slack_app_can_do_what_the_adapter_needs() -> None:
    """Post, read direct messages, hear mentions, load files, work the desk; all at our one hook."""
    manifest = yaml.safe_load(text("docs/slack-manifest.yml"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        "app_mentions:read", "channels:history", "chat:write", "files:read", "groups:history", "im:history",
        "reactions:write",
    }  # fmt: skip
    events = manifest["settings"]["event_subscriptions"]
    assert set(events["bot_events"]) == {
        "app_mention", "message.channels", "message.groups", "message.im",
    }  # fmt: skip
    assert events["request_url"] == manifest["settings"]["interactivity"]["request_url"]
    assert events["request_url"].endswith("/hooks/slack")
    assert not manifest["features"]["app_home"]["messages_tab_read_only_enabled"]
