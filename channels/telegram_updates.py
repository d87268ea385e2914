"""How updates come from Telegram: it calls our webhook, or we ask it over and over.

The two exclude each other. A webhook needs a public address and a secret; without them (a laptop
behind NAT) the bot polls. Telegram forgets an update once a poll asks for a later one, so the
offset moves only after the update's commit: a crash before that gets it again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import structlog
from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from channels.channel import Receipt, Rejected
from channels.telegram import Telegram, failure
from channels.telegram_reading import ALLOWED_UPDATES

Accept = Callable[[Receipt], Awaitable[None]]
T = TypeVar("T")

_POLL = 25  # seconds that Telegram holds a poll open while there is nothing new
_BATCH = 50
_LONGEST_REST = 60.0  # seconds between attempts while Telegram, or our database, is away

log = structlog.get_logger()


async def run(telegram: Telegram, accept: Accept, stop: asyncio.Event) -> None:
    """Register the webhook and return; or poll until ``stop`` is set. Outlives every failure.

    ``accept`` commits a receipt; what it raises makes the same updates come again.
    """
    settings = telegram.settings
    webhook = bool(settings.public_url and settings.webhook_secret)
    prepare = _register if webhook else _unregister
    if not await _until_done(lambda: prepare(telegram), stop) or webhook:
        return
    offset = 0
    failures = 0
    while not stop.is_set():
        try:
            updates = await _unless(stop, _poll(telegram, offset))
            for update in updates or ():
                await _take(telegram, accept, update)
                offset = update.update_id + 1
            failures = 0
        except Exception as error:  # noqa: BLE001  our own failures too: the update comes again
            failures += 1
            log.warning("polling failed", channel=telegram.name, failures=failures, error=_named(error))
            await _rest(stop, failures, error)
            if isinstance(error, Conflict):  # somebody has set a webhook, or polls as well
                await _until_done(lambda: _unregister(telegram), stop)


async def _register(telegram: Telegram) -> None:
    settings = telegram.settings
    assert settings.public_url
    await telegram.bot.set_webhook(
        f"{settings.public_url.rstrip('/')}/hooks/{telegram.name}",
        secret_token=settings.webhook_secret,
        max_connections=1,  # by default deliveries run in parallel and overtake each other
        allowed_updates=ALLOWED_UPDATES,
    )
    await _learn_name(telegram)


async def _unregister(telegram: Telegram) -> None:
    await telegram.bot.delete_webhook()
    await _learn_name(telegram)


async def _learn_name(telegram: Telegram) -> None:
    """Ask what the bot is called: in groups people address it by that name."""
    try:
        telegram.bot_name = (await telegram.bot.get_me()).username
    except TelegramError as error:
        log.warning("bot's name not known", channel=telegram.name, error=_named(error))


async def _poll(telegram: Telegram, offset: int) -> tuple[Update, ...]:
    return await telegram.bot.get_updates(
        offset=offset, limit=_BATCH, timeout=_POLL, allowed_updates=ALLOWED_UPDATES
    )


async def _take(telegram: Telegram, accept: Accept, update: Update) -> None:
    try:
        receipt = telegram.read(update)
    except Rejected as error:
        log.warning("update not understood", channel=telegram.name, update=update.update_id, error=str(error))
        return
    if receipt.messages:
        await accept(receipt)
    if receipt.then:
        await receipt.then()


async def _until_done(work: Callable[[], Coroutine[None, None, None]], stop: asyncio.Event) -> bool:
    """Try ``work`` until it succeeds; false if we were stopped before."""
    failures = 0
    while not stop.is_set():
        try:
            await _unless(stop, work())
        except TelegramError as error:
            failures += 1
            log.warning("Telegram does not answer", failures=failures, error=_named(error))
            await _rest(stop, failures, error)
        else:
            return not stop.is_set()
    return False


async def _rest(stop: asyncio.Event, failures: int, error: Exception) -> None:
    """Wait as long as Telegram asks, or else 0.5, 1, 2 ... 60 s; not longer than until ``stop``."""
    asked = failure(error).retry_after if isinstance(error, RetryAfter) else None
    seconds = asked or min(0.5 * 2.0 ** min(failures - 1, 10), _LONGEST_REST) * random.uniform(1, 1.25)
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, T]) -> T | None:
    """The result of ``work``, which is broken off when ``stop`` is set: then ``None``."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


def _named(error: Exception) -> str:
    if isinstance(error, InvalidToken):
        return "the token is refused: check TELEGRAM_BOT_TOKEN"
    return f"{type(error).__name__}: {error}" if isinstance(error, TelegramError) else type(error).__name__
