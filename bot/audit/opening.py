"""Opens the database so that what is written leaves its audit trail."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.audit import postgresql, sqlite
from bot.audit.beginning import begin
from bot.db import Database, Signing
from bot.settings import Settings
from complaints.audit import Keys


def keys_of(settings: Settings) -> Keys:
    """What the trail is signed with."""
    return Keys.of(settings.secret_key)


async def open_audited(settings: Settings, secret: bytes | None = None) -> Database:
    """The open database of these settings; its trail is begun if it was not. Raises `DatabaseUnavailable`.

    ``secret`` is the secret key where it is not the settings' (yet).
    """
    keys = keys_of(settings) if secret is None else Keys.of(secret)
    database = await Database.open(
        settings.database_url, Signing(sqlite.arming(keys), postgresql.settings(keys))
    )
    try:
        await database.run(begin, keys, datetime.now(UTC))
    except BaseException:
        await database.close()
        raise
    return database
