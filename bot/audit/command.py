"""``recourse audit``: whether the record is what the program wrote."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.command_line import Json, on_database, plainly, print_json
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.audit.sealing import Head
    from bot.audit.verifying import Report

audit = typer.Typer(no_args_is_help=True, help="The audit trail: verify it, keep its head, read it.")

_SHOWN = 20  # findings on the screen; JSON has them all


@audit.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(help="A link that `recourse audit head` printed earlier: is it still in the chain?"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare every audited row with what was signed; status 1 and the first altered row if one differs."""
    with plainly() as settings:
        report = asyncio.run(_verify(settings, head))
        if as_json:
            print_json(_as_data(report))
        else:
            _show(report)
        if report.findings:
            raise typer.Exit(1)


@audit.command("head")
def head_(as_json: Json = False) -> None:
    """Print the end of the chain: keep it elsewhere, and give it to `verify --head` later."""
    with plainly() as settings:
        head = asyncio.run(_seal(settings))
        if as_json:
            print_json(
                None if head is None else {"seal": head.number, "entries": head.whole, "link": head.link}
            )
        else:
            typer.echo("Nothing has been sealed yet" if head is None else head.link)


@audit.command("list")
def list_(
    case: Annotated[str | None, typer.Option(metavar="REF", help="Of this case only.")] = None,
    person: Annotated[str | None, typer.Option(help="Of this actor only, such as agent:Nora.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind only, such as viewed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the latest first.")] = 100,
    as_json: Json = False,
) -> None:
    """List what happened to cases and accounts: who did what, when, and why."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff import trail
        from handoff.case_file import read_reference

        wanted = trail.Wanted(
            case=read_reference(case) if case else None, person=person or "", kind=kind or ""
        )
        steps = on_database(settings, trail.steps, wanted, limit=limit)
        if as_json:
            print_json([step.as_data() for step in steps])
            return
        table = Table("When (UTC)", "Who", "What", "Case or account", "Why", box=None)
        for step in steps:
            table.add_row(f"{step.at:%Y-%m-%d %H:%M:%S}", step.actor, step.kind, step.about, step.reason)
        Console().print(table)


async def _verify(settings: Settings, head: str | None) -> Report:
    from bot import migrating
    from bot.audit import sealing, verifying
    from bot.audit.opening import keys_of
    from bot.db import Database

    await asyncio.to_thread(migrating.migrate, settings.database_url)
    # Opened without signing: whoever looks leaves nothing in the trail but the seals and the result.
    keys = keys_of(settings)
    async with await Database.open(settings.database_url) as database:
        kept = sealing.kept(settings.data_dir)
        report = await database.read(verifying.verify, keys, kept, head)
        if not report.findings:
            await sealing.seal_all(database, keys, settings.data_dir)
    await _remember(settings, report)
    return report


async def _remember(settings: Settings, report: Report) -> None:
    """The result is part of the trail itself."""
    from bot.audit.opening import open_audited
    from complaints.audit_record import AuditCheck

    check = AuditCheck(
        at=datetime.now(UTC), by=f"operator:{getpass.getuser()}", entries=report.entries, rows=report.rows,
        findings=len(report.findings), first=str(report.findings[0]) if report.findings else "",
    )  # fmt: skip
    async with await open_audited(settings) as database:
        await database.run(lambda session: session.add(check))


async def _seal(settings: Settings) -> Head | None:
    from bot import migrating
    from bot.audit import sealing
    from bot.audit.opening import keys_of, open_audited

    await asyncio.to_thread(migrating.migrate, settings.database_url)
    async with await open_audited(settings) as database:
        await sealing.seal_all(database, keys_of(settings), settings.data_dir)
        return await database.read(sealing.head_of)


def _show(report: Report) -> None:
    for finding in report.findings[:_SHOWN]:
        typer.echo(f"ALTERED: {finding}")
    if len(report.findings) > _SHOWN:
        typer.echo(f"... and {len(report.findings) - _SHOWN} more")
    for redaction in report.redactions:
        typer.echo(
            f"Redacted: {len(redaction.keys)} of {redaction.name} by {redaction.actor} "
            f"at {redaction.at:%Y-%m-%d %H:%M} UTC: {redaction.reason}"
        )
    verdict = "NOT what the program wrote" if report.findings else "as the program wrote them"
    typer.echo(
        f"{report.rows} rows are {verdict}; {report.entries} entries since "
        f"{report.begun_at:%Y-%m-%d %H:%M} UTC, {report.unsealed} of them not sealed yet"
    )


def _as_data(report: Report) -> dict[str, Any]:
    return {
        "intact": not report.findings,
        "begun_at": report.begun_at,
        "rows": report.rows,
        "entries": report.entries,
        "unsealed": report.unsealed,
        "head": report.head and report.head.link,
        "findings": [
            {"table": f.table, "key": f.key, "case": f.case, "what": f.what} for f in report.findings
        ],
        "redactions": [
            {"table": r.name, "rows": len(r.keys), "by": r.actor, "at": r.at, "reason": r.reason}
            for r in report.redactions
        ],
    }
