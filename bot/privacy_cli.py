"""``recourse person show`` and ``erase``, ``hold`` and ``retention``: how long, and its end."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.command_line import Json, on_database, plainly, print_json
from bot.person_cli import person

if TYPE_CHECKING:
    from bot.db import Database
    from bot.privacy.erasing import Plan
    from bot.settings import Settings

T = TypeVar("T")

hold = typer.Typer(
    no_args_is_help=True, help="Legal holds: what must be kept, whatever its age and whoever asks."
)
retention_app = typer.Typer()

Whom = Annotated[
    str,
    typer.Argument(metavar="WHOM", help="An e-mail address, telephone number, conversation or reference."),
]
Reason = Annotated[str, typer.Option(help="Why; it is kept. Without the person's name, number or address.")]
By = Annotated[str | None, typer.Option("--author", help="Who decides; this computer's user unless given.")]


@person.command()
def show(whom: Whom, as_json: Json = False) -> None:
    """Show how much is held of a person, and where; nothing is changed."""
    with plainly() as settings:
        plan = _with_database(settings, lambda database: _look(database, whom))
        if as_json:
            print_json(_planned(plan))
        else:
            _tell(plan)


@person.command()
def erase(
    whom: Whom,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    also_open: Annotated[bool, typer.Option(help="Withdraw and erase what is still open, too.")] = False,
    author: By = None,
    as_json: Json = False,
) -> None:
    """Erase a person: names, numbers and every text go, what is counted stays. It cannot be undone."""
    with plainly() as settings:
        plan = _with_database(settings, lambda database: _look(database, whom))
        if not yes:
            _tell(plan)
            typer.confirm("Erase all of this? It cannot be undone", abort=True)
        by = f"operator:{author or getpass.getuser()}"

        async def work(database: Database) -> Any:
            from bot.privacy import carrying_out

            now = datetime.now(UTC)
            return await carrying_out.carry_out(
                database, settings, plan, reason=reason, by=by, now=now, also_open=also_open
            )

        done = _with_database(settings, work)
        notes = _afterwards(settings, done.models, done.threads)
        if as_json:
            print_json(
                {"erasure": done.number, "cases": done.cases, "rows": done.counts, "files": done.files,
                 "examples": done.examples, "models": done.models, "still": notes}
            )  # fmt: skip
            return
        typer.echo(
            f"Erased (number {done.number}): {len(done.cases)} cases stay as numbers, {done.files} files gone"
        )
        for note in notes:
            typer.echo(note)


@hold.command("put")
def put(
    whom: Whom,
    reason: Annotated[str, typer.Option(help="Why, such as the number of the proceedings.")],
    whole_person: Annotated[bool, typer.Option("--person", help="All that belongs to the person.")] = False,
    author: By = None,
    as_json: Json = False,
) -> None:
    """Keep a case, or with --person everything of somebody, until the hold is released."""
    with plainly() as settings:
        from bot.privacy import holds

        by = f"operator:{author or getpass.getuser()}"
        rows = on_database(settings, holds.put, whom, reason, by, datetime.now(UTC), person=whole_person)
        if as_json:
            print_json([_as_data(row) for row in rows])
        else:
            typer.echo(f"Held: {', '.join(str(row.id) for row in rows)}")


@hold.command("release")
def release(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The hold's number, as listed.")],
    reason: Annotated[str, typer.Option(help="Why it is over.")],
    author: By = None,
    as_json: Json = False,
) -> None:
    """End a hold."""
    with plainly() as settings:
        from bot.privacy import holds

        by = f"operator:{author or getpass.getuser()}"
        row = on_database(settings, holds.release, number, reason, by, datetime.now(UTC))
        if as_json:
            print_json(_as_data(row))
        else:
            typer.echo("Released")


@hold.command("list")
def list_(as_json: Json = False) -> None:
    """List the holds in force."""
    with plainly() as settings:
        from bot.privacy import holds

        rows = on_database(settings, holds.in_force)
        if as_json:
            print_json([_as_data(row) for row in rows])
            return
        for row in rows:
            what = row.reference or row.conversation
            typer.echo(f"{row.id}  {what}  {row.at:%Y-%m-%d}  {row.by}  {row.reason}")
        if not rows:
            typer.echo("No holds")


@retention_app.command("retention")
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is over its time.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is over its time, as the worker does every night."""
    with plainly() as settings:
        from bot.privacy import keeping

        now = datetime.now(UTC)

        async def work(database: Database) -> Any:
            if dry_run:
                return await database.read(keeping.due, settings.retention, now)
            return await keeping.erase_due(database, settings, now)

        found = _with_database(settings, work)
        data = {
            "conversations": len(found.conversations), "cases": found.cases, "feedback": len(found.feedback),
            "held": found.held, "erased": not dry_run,
        }  # fmt: skip
        if as_json:
            print_json(data)
            return
        kept = settings.retention
        typer.echo(f"Kept: cases {kept.cases}, contacts {kept.contacts}, feedback {kept.feedback}")
        verb = "Over its time" if dry_run else "Erased"
        typer.echo(
            f"{verb}: {data['conversations']} conversations with {data['cases']} cases, "
            f"{data['feedback']} pieces of feedback; {data['held']} conversations are held"
        )


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """What ``work`` comes to on a database that is up to date, and signs what it writes."""
    from bot import migrating
    from bot.audit.opening import open_audited

    async def run() -> T:
        async with await open_audited(settings) as database:
            return await work(database)

    migrating.migrate(settings.database_url)
    return asyncio.run(run())


async def _look(database: Database, whom: str) -> Plan:
    from bot.privacy import carrying_out

    return await carrying_out.look(database, whom)


def _planned(plan: Plan) -> dict[str, Any]:
    return {
        "conversations": plan.person.conversations, "cases": plan.person.references, "open": plan.open,
        "rows": plan.counts, "files": len(plan.files), "examples": len(plan.examples), "slack": plan.threads,
    }  # fmt: skip


def _tell(plan: Plan) -> None:
    typer.echo(f"Conversations: {', '.join(plan.person.conversations)}")
    typer.echo(f"Cases: {', '.join(plan.person.references) or 'none'}")
    if plan.open:
        typer.echo(f"Still open: {', '.join(plan.open)}")
    for name, count in sorted(plan.counts.items()):
        typer.echo(f"  {name}: {count}")
    typer.echo(f"Files: {len(plan.files)}, examples for training: {len(plan.examples)}")


def _afterwards(settings: Settings, models: tuple[str, ...], threads: tuple[str, ...]) -> list[str]:
    """What a person still has to do, or to know."""
    from bot.privacy import backups

    notes = []
    if models:
        notes.append(
            f"These models learnt from their messages: {', '.join(models)}. Run `recourse train` and "
            "`recourse promote`, then remove the old ones"
        )
    if threads:
        notes.append(f"Slack keeps what was posted there: delete the threads {', '.join(threads)}")
    notes += backups.notes(settings)
    return notes


def _as_data(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "reference": row.reference, "conversation": row.conversation, "reason": row.reason,
        "by": row.by, "at": row.at, "released_at": row.released_at, "released_by": row.released_by,
    }  # fmt: skip
