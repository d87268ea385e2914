"""``recourse survey``: what customers say about how their complaints were handled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.command_line import Json, on_database, plainly, print_json

if TYPE_CHECKING:
    from complaints.surveying import Figures

_DAYS = 30


def survey(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day; else 30 days ago.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last; else now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print response rate, mean and distribution of the survey after closing, by channel and language."""
    with plainly() as settings:
        from zoneinfo import ZoneInfo

        from rich.console import Console

        from complaints import surveying

        zone = ZoneInfo(settings.time_zone)
        end = until.replace(tzinfo=zone).astimezone(UTC) if until else datetime.now(UTC)
        start = since.replace(tzinfo=zone).astimezone(UTC) if since else end - timedelta(days=_DAYS)
        found = on_database(settings, surveying.results, start, end)
        if as_json:
            print_json(
                {
                    "total": _as_data(found.total),
                    "by_channel": {name: _as_data(f) for name, f in found.by_channel.items()},
                    "by_language": {name: _as_data(f) for name, f in found.by_language.items()},
                }
            )
            return
        Console().print(_table([("all", found.total), *found.by_channel.items(), *found.by_language.items()]))


def _as_data(figures: Figures) -> dict[str, Any]:
    return {
        "asked": figures.asked,
        "answered": figures.answered,
        "response_rate": figures.response_rate,
        "mean": figures.mean,
        "comments": figures.comments,
        "grades": figures.grades,
    }


def _table(lines: list[tuple[str, Figures]]) -> Any:
    from rich.table import Table

    table = Table("", "Asked", "Answered", "Rate", "Mean", "1", "2", "3", "4", "5", "Comments", box=None)
    for name, figures in lines:
        rate = "" if figures.response_rate is None else f"{figures.response_rate:.0%}"
        mean = "" if figures.mean is None else f"{figures.mean:.2f}"
        grades = [str(count) for count in figures.grades.values()]
        table.add_row(
            name, str(figures.asked), str(figures.answered), rate, mean, *grades, str(figures.comments)
        )
    return table
