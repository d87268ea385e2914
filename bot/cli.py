"""The commands of ``recourse``. Every one takes ``--json``; an error is one line on standard error.

Commands that run the whole program import it when they are called: `case show` need not load five
messaging platforms.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot import logs, migrating, terminal, training
from bot.backlog.command import triage as triage_backlog
from bot.backlog.parsers import ParserFailed
from bot.backlog.rows import UnreadableFile
from bot.backlog.writing import Format
from bot.db import Database
from bot.outage import DatabaseUnavailable
from bot.settings import Settings, SettingsError
from bot.training import TrainingFailed
from complaints.complaint import ComplaintError
from handoff import agents
from handoff.agents import Role
from handoff.case_file import case_file, case_lines, read_reference
from handoff.queue import HandoffError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Takes complaints in, acknowledges them at once, and loses none.")  # fmt: skip
user = typer.Typer(no_args_is_help=True, help="The people at the desk.")
case = typer.Typer(no_args_is_help=True, help="The cases on record.")
app.add_typer(user, name="user")
app.add_typer(case, name="case")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_EXPECTED = (
    SettingsError,
    DatabaseUnavailable,
    TrainingFailed,
    ComplaintError,
    HandoffError,
    terminal.Offline,
    UnreadableFile,
    ParserFailed,
)


@app.command()
def up(as_json: Json = False) -> None:
    """Prepare everything and run it: model, database, engine, web, worker."""
    from bot import supervising

    with _plainly() as settings:
        asyncio.run(supervising.up(settings, _say(as_json)))


@app.command()
def web(
    with_worker: Annotated[bool, typer.Option(help="Run the worker's loops in this process, too.")] = False,
    as_json: Json = False,
) -> None:
    """Serve hooks, web chat, console and API; expects the engine to run."""
    from bot import serving

    with _plainly() as settings:
        _say(as_json)(f"Listening on {settings.host}:{settings.port}")
        asyncio.run(serving.web(settings, with_worker=with_worker))


@app.command()
def worker(as_json: Json = False) -> None:
    """Work what comes in and goes out; any number of these may run."""
    from bot import serving

    with _plainly() as settings:
        _say(as_json)("Working")
        asyncio.run(serving.worker(settings))


@app.command()
def train(
    force: Annotated[bool, typer.Option(help="Train even if a model of the same data is there.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model from nlu_data/ and put it into service."""
    with _plainly() as settings:
        training.train(settings, _say(as_json), force=force)


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database to the version of this program."""
    with _plainly() as settings:
        migrating.migrate(settings.database_url)
        _say(as_json)("The database is up to date")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what works, what is off and what to do about it."""
    from bot.doctor import examine, show

    with _plainly() as settings:
        findings = asyncio.run(examine(settings))
        if as_json:
            _print_json([{"what": f.what, "state": f.state, "remedy": f.remedy} for f in findings])
        else:
            show(findings, Console())
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
        triage_backlog(settings, file, form, processes)


@app.command()
def chat() -> None:
    """Talk to the running program in the terminal."""
    with _plainly() as settings:
        terminal.chat(settings)


@user.command("add")
def user_add(name: str, role: Annotated[Role, typer.Option()] = Role.AGENT, as_json: Json = False) -> None:
    """Add an agent and print the access token, which is shown only this once."""
    with _plainly() as settings:
        token = _on_database(settings, agents.add, name, role, datetime.now(UTC))
        if as_json:
            _print_json({"name": name, "role": role.value, "token": token})
        else:
            typer.echo(f"{name} may now sign in as {role.value}. The access token, shown only once:\n{token}")


@case.command("list")
def case_list(
    everything: Annotated[bool, typer.Option("--all", help="Finished cases, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the open cases, newest first."""
    with _plainly() as settings:
        lines = _on_database(settings, case_lines, open_only=not everything)
        if as_json:
            _print_json(lines)
            return
        columns = ("reference", "status", "severity", "category", "channel", "holder", "subject")
        table = Table(*columns, box=None)
        for line in lines:
            table.add_row(*(str(line[column] or "") for column in columns))
        Console().print(table)


@case.command("show")
def case_show(reference: Annotated[str, typer.Argument(metavar="REF")], as_json: Json = False) -> None:
    """Show everything on record about a case."""
    with _plainly() as settings:
        found = _on_database(settings, case_file, read_reference(reference))
        if as_json:
            _print_json(found)
        else:
            terminal.show_case(found, Console())


@contextmanager
def _plainly() -> Iterator[Settings]:
    """Settings and quiet logs; what can be expected to go wrong becomes one line and status 1."""
    logs.configure()
    try:
        yield Settings.load()
    except (*_EXPECTED, ExceptionGroup) as error:
        first = _first(error)
        if not isinstance(first, _EXPECTED):
            raise
        typer.echo(f"recourse: {' '.join(str(first).split())}", err=True)
        raise typer.Exit(1) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _on_database(settings: Settings, unit: Callable[..., Any], *args: Any, **values: Any) -> Any:
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
