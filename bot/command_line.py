"""What the commands of ``recourse`` share: settings, the database, progress, JSON, one-line errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bot.settings import Settings, SettingsError

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def plainly() -> Iterator[Settings]:
    """Settings and quiet logs; what can be expected to go wrong becomes one line and status 1."""
    try:
        settings = Settings.load()
        from bot import logs
        from complaints.world import world

        logs.configure()
        world.put_in_force(settings.world)
        yield settings
    except Exception as error:
        first = _first(error)
        if not _is_expected(first):
            raise
        typer.echo(f"recourse: {' '.join(str(first).split())}", err=True)
        raise typer.Exit(1) from None


def _is_expected(error: BaseException) -> bool:
    """Whether the error's own text tells the operator what to do."""
    if isinstance(error, SettingsError):
        return True
    from bot.audit.verifying import AuditError
    from bot.backlog.parsers import ParserFailed
    from bot.backlog.rows import UnreadableFile
    from bot.database_copy import BackupError
    from bot.demo.playing import DemoRefused
    from bot.evaluation.floors import BadFloors
    from bot.evaluation.measuring import MeasuringFailed
    from bot.importing.problems import ImportRefused
    from bot.models import ModelError
    from bot.outage import DatabaseUnavailable
    from bot.terminal import Offline
    from bot.training import TrainingFailed
    from channels.dead_letters import UnknownLetter
    from complaints.complaint import ComplaintError
    from handoff.queue import HandoffError

    expected = (
        AuditError,
        BackupError,
        BadFloors,
        ComplaintError,
        DatabaseUnavailable,
        DemoRefused,
        HandoffError,
        ImportRefused,
        MeasuringFailed,
        ModelError,
        Offline,
        ParserFailed,
        TrainingFailed,
        UnknownLetter,
        UnreadableFile,
    )
    return isinstance(error, expected)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def on_database(settings: Settings, unit: Callable[..., Any], *args: Any, **values: Any) -> Any:
    """What ``unit`` comes to, in one transaction on a database that is up to date."""
    from bot import migrating
    from bot.audit.opening import open_audited

    async def run() -> Any:
        async with await open_audited(settings) as database:
            return await database.run(unit, *args, **values)

    migrating.migrate(settings.database_url)
    return asyncio.run(run())


def say(as_json: bool) -> Callable[[str], None]:
    """How progress is told: a line a step."""

    def say(text: str) -> None:
        if not as_json:
            typer.echo(text)
        elif text.strip():
            print_json({"step": text.strip()}, indent=None)

    return say


def print_json(data: Any, indent: int | None = 2) -> None:
    """Print ``data`` as JSON; what JSON does not know as its text."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=indent, default=str))
