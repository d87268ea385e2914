"""``recourse report``: the indicators of a period, with their targets, whole or by parts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import Json, on_database, plainly, print_json

if TYPE_CHECKING:
    from sqlmodel import Session

    from handoff.reports.table import Parts


class By(StrEnum):
    """What a report can be split by; the same as `handoff.reports.measuring.By`."""

    CHANNEL = "channel"
    PRODUCT = "product"
    CATEGORY = "category"
    SEVERITY = "severity"
    LANGUAGE = "language"
    MONTH = "month"


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def report(
    context: typer.Context,
    period: Annotated[
        str, typer.Option(help="2026, 2026-Q3, 2026-11, 2026-W47, 2026-01-01..2026-03-31 or last-30-days.")
    ] = "last-30-days",
    by: Annotated[By | None, typer.Option(help="Also each part by itself.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only what came on this channel.")] = None,
    product: Annotated[
        str | None, typer.Option(help="Only what is about this product, as it is written; - names none.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only this severity.")] = None,
    language: Annotated[str | None, typer.Option(help="Only in this language, such as es.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.TEXT,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Count the indicators of a period: what came, how fast, how well, and at what cost."""
    if context.invoked_subcommand:
        return
    with plainly() as settings:
        from zoneinfo import ZoneInfo

        from handoff.reports import measuring, table, targets
        from handoff.reports.filters import NOTHING, Filters
        from handoff.reports.periods import Period

        if output is not None and not output.absolute().parent.is_dir():
            raise typer.BadParameter(f"{output.parent} is no folder")
        zone = ZoneInfo(settings.time_zone)
        wanted = Period.parse(period, datetime.now(UTC).astimezone(zone).date())
        given = {"channel": channel, "product": product, "category": category, "severity": severity,
                 "language": language}  # fmt: skip
        filters = Filters.from_query({name: value for name, value in given.items() if value})
        wishes = targets.load(settings.targets)

        def count(session: Session) -> Parts:
            whole = measuring.measure(session, wanted, filters, zone)
            parts = measuring.splits(session, by.value, wanted, filters, zone) if by else []
            return [("", whole), *((NOTHING if key is None else key, figures) for key, figures in parts)]

        report_ = table.Report(wanted, zone, filters, by.value if by else None, on_database(settings, count))
        if as_json or form is Form.JSON:
            text = f"{json.dumps(table.data(report_, wishes), ensure_ascii=False, indent=2)}\n"
        elif form is Form.CSV:
            text = table.csv_of(table.COLUMNS, table.rows(report_.parts, wishes))
        else:
            text = table.text(report_, wishes)
        if output is None:
            typer.echo(text, nl=False)
            return
        output.write_text(text, encoding="utf-8", newline="")
        if as_json:
            print_json({"period": str(wanted), "path": str(output)})
        else:
            typer.echo(f"The report of {wanted} is in {output}")
