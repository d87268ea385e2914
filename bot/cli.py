"""The commands of ``recourse``. Every one takes ``--json``; an error is one line on standard error.

Each command imports what it needs once the settings are known to be good: all of the program
together takes seconds, and a wrong setting, ``--help`` or ``case show`` need not wait for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.backlog.writing import Format
from bot.settings import Settings, SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Takes complaints in, acknowledges them at once, and loses none.")  # fmt: skip
user = typer.Typer(no_args_is_help=True, help="The people at the desk.")
case = typer.Typer(no_args_is_help=True, help="The cases on record.")
app.add_typer(user, name="user")
app.add_typer(case, name="case")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def up(
    demo: Annotated[
        bool, typer.Option(help="Let a day of invented customers in, on an empty database.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prepare everything and run it: model, database, engine, web, worker."""
    with _plainly() as settings:
        from bot import supervising

        asyncio.run(supervising.up(settings, _say(as_json), demo=demo))


@app.command()
def web(
    with_worker: Annotated[bool, typer.Option(help="Run the worker's loops in this process, too.")] = False,
    as_json: Json = False,
) -> None:
    """Serve hooks, web chat, console and API; expects the engine to run."""
    with _plainly() as settings:
        from bot import serving

        _say(as_json)(f"Listening on {settings.host}:{settings.port}")
        asyncio.run(serving.web(settings, with_worker=with_worker))


@app.command()
def worker(as_json: Json = False) -> None:
    """Work what comes in and goes out; any number of these may run."""
    with _plainly() as settings:
        from bot import serving

        _say(as_json)("Working")
        asyncio.run(serving.worker(settings))


@app.command()
def train(
    force: Annotated[bool, typer.Option(help="Train even if a model of the same data is there.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model from nlu_data/ and put it into service."""
    with _plainly() as settings:
        from bot import training

        training.train(settings, _say(as_json), force=force)


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database to the version of this program."""
    with _plainly() as settings:
        from bot import migrating

        migrating.migrate(settings.database_url)
        _say(as_json)("The database is up to date")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what works, what is off and what to do about it."""
    with _plainly() as settings:
        from rich.console import Console

        from bot import doctor as doctor_

        findings = asyncio.run(doctor_.examine(settings))
        if as_json:
            _print_json([{"what": f.what, "state": f.state, "remedy": f.remedy} for f in findings])
        else:
            doctor_.show(findings, Console())
        if any(f.state == "broken" for f in findings):
            raise typer.Exit(1)


@app.command()
def triage(
    file: Annotated[str, typer.Argument(help="CSV or JSON lines with id and text; - is standard input.")],
    form: Annotated[Format, typer.Option("--format", help="How the verdicts are written.")] = Format.JSONL,
    processes: Annotated[int | None, typer.Option(min=1, help="At most this many at a time.")] = None,
) -> None:
    """Sort a backlog offline with the model in service; broken rows are reported and skipped."""
    with _plainly() as settings:
        from bot.backlog import command

        command.triage(settings, file, form, processes)


@app.command()
def chat() -> None:
    """Talk to the running program in the terminal."""
    with _plainly() as settings:
        from bot import terminal

        terminal.chat(settings)


@user.command("add")
def user_add(
    name: str,
    role: Annotated[str, typer.Option(help="agent, supervisor, trainer, auditor or admin.")] = "agent",
    as_json: Json = False,
) -> None:
    """Add an agent and print the access token, which is shown only this once."""
    with _plainly() as settings:
        from handoff import agents

        try:
            token = _on_database(settings, agents.add, name, agents.Role(role), datetime.now(UTC))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        if as_json:
            _print_json({"name": name, "role": role, "token": token})
        else:
            typer.echo(f"{name} may now sign in as {role}. The access token, shown only once:\n{token}")


@case.command("list")
def case_list(
    everything: Annotated[bool, typer.Option("--all", help="Finished cases, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the open cases, newest first."""
    with _plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff.case_file import case_lines

        lines = _on_database(settings, case_lines, open_only=not everything)
        if as_json:
            _print_json(lines)
            return
        table = Table("Reference", "Status", "Severity", "Category", "Channel", "Holder", "About", box=None)
        for line in lines:
            shown = ("reference", "status", "severity", "category", "channel", "holder", "subject")
            table.add_row(*(str(line[name] or "") for name in shown))
        Console().print(table)


@case.command("show")
def case_show(reference: Annotated[str, typer.Argument(metavar="REF")], as_json: Json = False) -> None:
    """Show everything on record about a case."""
    with _plainly() as settings:
        from rich.console import Console

        from bot import terminal
        from handoff.case_file import case_file, read_reference

        found = _on_database(settings, case_file, read_reference(reference))
        if as_json:
            _print_json(found)
        else:
            terminal.show_case(found, Console())


@contextmanager
def _plainly() -> Iterator[Settings]:
    """Settings and quiet logs; what can be expected to go wrong becomes one line and status 1."""
    try:
        settings = Settings.load()
        from bot import logs

        logs.configure()
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
    from bot.backlog.parsers import ParserFailed
    from bot.backlog.rows import UnreadableFile
    from bot.demo.playing import DemoRefused
    from bot.outage import DatabaseUnavailable
    from bot.terminal import Offline
    from bot.training import TrainingFailed
    from complaints.complaint import ComplaintError
    from handoff.queue import HandoffError

    expected = (
        ComplaintError,
        DatabaseUnavailable,
        DemoRefused,
        HandoffError,
        Offline,
        ParserFailed,
        TrainingFailed,
        UnreadableFile,
    )
    return isinstance(error, expected)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _on_database(settings: Settings, unit: Callable[..., Any], *args: Any, **values: Any) -> Any:
    from bot import migrating
    from bot.db import Database

    async def run() -> Any:
        async with await Database.open(settings.database_url) as database:
            return await database.run(unit, *args, **values)

    migrating.migrate(settings.database_url)
    return asyncio.run(run())


def _say(as_json: bool) -> Callable[[str], None]:
    """How progress is told: a line a step."""

    def say(text: str) -> None:
        if not as_json:
            typer.echo(text)
        elif text.strip():
            _print_json({"step": text.strip()}, indent=None)

    return say


def _print_json(data: Any, indent: int | None = 2) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=indent, default=str))
