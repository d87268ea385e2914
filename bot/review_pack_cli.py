"""``recourse report pack``: what a management review looks at, as PDF or HTML (ISO 10002, 8.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import report_cli
from bot.command_line import Json, on_database, plainly, print_json

report = typer.Typer(
    invoke_without_command=True, help="Count the indicators of a period; gather a management review."
)
report.callback()(report_cli.report)


@report.command()
def pack(
    output: Annotated[Path, typer.Option(help="A .pdf or .html file.")],
    period: Annotated[
        str, typer.Option(help="What is reviewed: 2026, 2026-Q3, 2026-11 or 2026-01-01..2026-03-31.")
    ] = "last-90-days",
    language: Annotated[str, typer.Option(help="en or es.")] = "en",
    as_json: Json = False,
) -> None:
    """Gather what a management review looks at, whole in one file."""
    with plainly() as settings:
        from zoneinfo import ZoneInfo

        from bot.wiring import console
        from handoff.console.words import LANGUAGES
        from handoff.management_review import gathering, making
        from handoff.reports.periods import Period

        if language not in LANGUAGES:
            raise typer.BadParameter(f"{language!r} is none of {', '.join(LANGUAGES)}")
        if output.suffix.removeprefix(".") not in list(making.Form):
            raise typer.BadParameter(f"{output} must end in .pdf or .html")
        if not output.absolute().parent.is_dir():
            raise typer.BadParameter(f"{output.parent} is no folder")
        now = datetime.now(UTC)
        reviewed = Period.parse(period, now.astimezone(ZoneInfo(settings.time_zone)).date())
        inputs = on_database(settings, gathering.gather, reviewed, console(settings), now)
        form = making.Form(output.suffix.removeprefix("."))
        output.write_bytes(making.make(inputs, console(settings), language, form))
        if as_json:
            print_json({"period": str(reviewed), "form": str(form), "path": str(output)})
        else:
            typer.echo(f"The management review of {reviewed} is in {output}")
