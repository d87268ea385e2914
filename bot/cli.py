"""The commands of ``recourse``. Every one takes ``--json``; an error is one line on standard error.

Each command imports what it needs once the settings are known to be good: all of the program
together takes seconds, and a wrong setting, ``--help`` or ``case show`` need not wait for it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import case_cli, import_cli, model_cli
from bot.audit.command import audit
from bot.backlog.writing import Format
from bot.command_line import Json, on_database, plainly, print_json, say
from bot.outbox_cli import outbox
from bot.person_cli import person
from bot.privacy_cli import hold, retention_app
from bot.review.command import review
from bot.review_pack_cli import report
from bot.survey_cli import survey
from bot.user_cli import user
from bot.webhook_cli import webhook
from bot.world_cli import world

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Takes complaints in, acknowledges them at once, and loses none.")  # fmt: skip
case = typer.Typer(no_args_is_help=True, help="The cases on record.")
case.command("export")(case_cli.export)
app.add_typer(user, name="user")
app.add_typer(case, name="case")
app.add_typer(review, name="review")
app.add_typer(outbox, name="outbox")
app.add_typer(audit, name="audit")
app.add_typer(person, name="person")
app.add_typer(hold, name="hold")
app.add_typer(webhook, name="webhook")
app.add_typer(world, name="world")
app.add_typer(retention_app)
app.add_typer(model_cli.app)
app.add_typer(report, name="report")
app.command()(survey)
app.command("import")(import_cli.import_)


@app.command()
def up(
    demo: Annotated[
        bool, typer.Option(help="Let a day of invented customers in, on an empty database.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prepare everything and run it: model, database, engine, web, worker."""
    with plainly() as settings:
        from bot import supervising

        asyncio.run(supervising.up(settings, say(as_json), demo=demo))


@app.command()
def web(
    with_worker: Annotated[bool, typer.Option(help="Run the worker's loops in this process, too.")] = False,
    as_json: Json = False,
) -> None:
    """Serve hooks, web chat, console and API; expects the engine to run."""
    with plainly() as settings:
        from bot import serving

        say(as_json)(f"Listening on {settings.host}:{settings.port}")
        serving.run(serving.web(settings, with_worker=with_worker))


@app.command()
def worker(as_json: Json = False) -> None:
    """Work what comes in and goes out; any number of these may run."""
    with plainly() as settings:
        from bot import serving

        say(as_json)("Working")
        serving.run(serving.worker(settings))


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database to the version of this program."""
    with plainly() as settings:
        from bot import migrating

        migrating.migrate(settings.database_url)
        say(as_json)("The database is up to date")


@app.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="Where to write it; it holds personal data and the secret key.")
    ],
    as_json: Json = False,
) -> None:
    """Copy database, customers' files and secret key into one file, also while the program runs."""
    with plainly() as settings:
        from bot import backup as backup_
        from bot.privacy import backups

        now = datetime.now(UTC)
        backup_.backup(settings, file, now)
        backups.remember(settings.data_dir, file, now)
        say(as_json)(f"Written to {file}: keep it as safe as the database")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `recourse backup` has written.")],
    force: Annotated[bool, typer.Option(help="Replace the conversations that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in place, on the settings' database and data folder; the program must not run."""
    with plainly() as settings:
        from bot import backup as backup_

        asyncio.run(backup_.restore(settings, file, force=force))
        say(as_json)("Restored; start the program")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what works, what is off and what to do about it."""
    with plainly() as settings:
        from rich.console import Console

        from bot import doctor as doctor_

        findings = asyncio.run(doctor_.examine(settings))
        if as_json:
            print_json([{"what": f.what, "state": f.state, "remedy": f.remedy} for f in findings])
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
    with plainly() as settings:
        from bot.backlog import command

        command.triage(settings, file, form, processes)


@app.command()
def chat() -> None:
    """Talk to the running program in the terminal."""
    with plainly() as settings:
        from bot import terminal

        terminal.chat(settings)


@case.command("list")
def case_list(
    everything: Annotated[bool, typer.Option("--all", help="Finished cases, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the open cases, newest first."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff.case_file import case_lines

        lines = on_database(settings, case_lines, open_only=not everything)
        if as_json:
            print_json(lines)
            return
        table = Table("Reference", "Status", "Severity", "Category", "Channel", "Holder", "About", box=None)
        for line in lines:
            shown = ("reference", "status", "severity", "category", "channel", "holder", "subject")
            table.add_row(*(str(line[name] or "") for name in shown))
        Console().print(table)


@case.command("show")
def case_show(reference: Annotated[str, typer.Argument(metavar="REF")], as_json: Json = False) -> None:
    """Show everything on record about a case."""
    with plainly() as settings:
        from rich.console import Console

        from bot import terminal
        from handoff.case_file import case_file, read_reference

        found = on_database(settings, case_file, read_reference(reference))
        if as_json:
            print_json(found)
        else:
            terminal.show_case(found, Console())
