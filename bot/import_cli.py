"""``recourse import``: complaints of another system, from a CSV file."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.command_line import Json, plainly, print_json

if TYPE_CHECKING:
    from bot.importing.running import Outcome
    from bot.importing.table import Layout

_File = Annotated[Path | None, typer.Argument(help="A CSV file; docs/import.md has the columns.")]
_Report = Annotated[Path | None, typer.Option(help="Where to write what is wrong with which row (CSV).")]
_Mapping = Annotated[Path | None, typer.Option(help="What your columns and values are called (YAML).")]


def import_(
    file: _File = None,
    sample: Annotated[bool, typer.Option("--sample", help="Print a file as it should be.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, only look.")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Import nothing if one row is bad.")
    ] = False,
    mapping: _Mapping = None,
    report: _Report = None,
    source: Annotated[str, typer.Option(help="What you call the other system.")] = "import",
    by: Annotated[str, typer.Option(help="Who imports, for the audit trail.")] = "",
    encoding: Annotated[str | None, typer.Option(help="utf-8, windows-1252 ..., if not found out.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between cells, if not found out.")] = None,
    dates: Annotated[str | None, typer.Option(help="What 02/03/2026 begins with: dmy or mdy.")] = None,
    as_json: Json = False,
) -> None:
    """Import complaints of another system; the same file again changes nothing. Status 1 if a row is bad."""
    if sample:
        from bot.importing.columns import COLUMNS

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([column.name for column in COLUMNS])
        writer.writerows([column.sample[n] for column in COLUMNS] for n in range(2))
        return
    if file is None:
        raise typer.BadParameter("name a file, or ask for --sample")
    with plainly() as settings:
        from bot.importing import command
        from bot.importing.command import Asked

        asked = Asked(
            file, mapping=mapping, report=report, source=source.strip(), by=by.strip(), encoding=encoding,
            separator=separator, dates=dates, dry_run=dry_run, all_or_nothing=all_or_nothing,
        )  # fmt: skip
        progress = (lambda _: None) if as_json else _tell_progress
        how, outcome = command.run(settings, asked, datetime.now(UTC), progress)
        if as_json:
            print_json(_data(how, outcome, asked.dry_run, report))
        else:
            _tell(how, outcome, dry_run=dry_run, report=report)
        if outcome.bad:
            raise typer.Exit(1)


def _data(how: Layout, outcome: Outcome, dry_run: bool, report: Path | None) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        **outcome.as_data(),
        "encoding": how.encoding,
        "separator": how.separator,
        "unused": list(how.unused),
        "report": str(report) if report else None,
    }


def _tell_progress(outcome: Outcome) -> None:
    if outcome.rows % 1000 == 0:
        typer.echo(f"{outcome.rows} rows")


def _tell(how: Layout, outcome: Outcome, *, dry_run: bool, report: Path | None) -> None:
    typer.echo(f"Read as {how.encoding}, cells separated by {how.separator!r}")
    if how.unused:
        typer.echo(f"Not imported, for no column of ours is called so: {', '.join(how.unused)}")
    would = "would be imported" if dry_run else "imported"
    typer.echo(
        f"{outcome.rows} rows: {outcome.imported} {would}, {outcome.already} there already, {outcome.bad} bad"
    )
    if outcome.changed:
        first = ", ".join(map(str, outcome.changed))
        typer.echo(
            f"Imported before with another content, and left as they are: rows {first} (the first ones)"
        )
    for one in outcome.problems:
        typer.echo(f"row {one.row}, {one.column or 'whole row'}: {one.what}: {one.remedy}", err=True)
    if outcome.bad and report is None:
        typer.echo("--report bad.csv has all of them", err=True)
