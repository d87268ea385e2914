"""The agents' desk in Slack as a part of the program: on where `SLACK_DESK_CHANNEL` is set."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import structlog

from bot.db import Database
from bot.settings import Settings
from channels.channel import Channel
from channels.lanes import Unavailable
from channels.pump import Handler
from channels.slack import Slack
from handoff.slack_desk import changes, hearing
from handoff.slack_desk.hearing import Hearing
from handoff.slack_desk.showing import Showing

log = structlog.get_logger()


def followed(settings: Settings) -> AbstractContextManager[None]:
    """While this is entered, every change of a case by this process reaches Slack."""
    return changes.followed() if _is_on(settings) else nullcontext()


def work(
    database: Database, channels: Mapping[str, Channel], settings: Settings
) -> list[tuple[str, Handler, int]]:
    """The kinds of lanes that the desk in Slack has, who handles them, and how many at once."""
    slack = channels.get("slack")
    if not (_is_on(settings) and isinstance(slack, Slack) and settings.slack_desk_channel):
        return []
    console = f"{settings.address}/console"
    showing = Showing(database, slack.web, settings.slack_desk_channel, console)
    listening = Hearing(database, slack.web, settings.policy.outside_body)
    return [(changes.KIND, showing.take, 2), (hearing.KIND, listening.take, 8)]


async def catch_up(database: Database, settings: Settings) -> None:
    """Have the cases posted that were there before the desk in Slack was."""
    if not (_is_on(settings) and settings.slack_desk_channel):
        return
    try:
        posted = await database.run(changes.catch_up, settings.slack_desk_channel, datetime.now(UTC))
    except Unavailable as error:  # the next start does it, and every change of a case anyway
        log.warning("database out of reach", reason=str(error))
    else:
        log.info("cases for the desk in Slack", posted=posted)


def _is_on(settings: Settings) -> bool:
    return settings.slack_desk_channel is not None and "slack" in settings.platforms
