"""The command's ends: what `recourse evaluate` prints and writes."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from bot.evaluation import page
from bot.evaluation.evaluating import Comparison
from bot.evaluation.tables import tables
from bot.settings import Settings


def show(comparison: Comparison, settings: Settings, console: Console) -> None:
    """Print the tables, and write the page and pictures."""
    for told in tables(comparison):
        table = Table(
            title=told.title, title_justify="left", title_style="bold", box=None, collapse_padding=True
        )
        for number, column in enumerate(told.columns):
            table.add_column(column, justify="right" if number else "left", no_wrap=number == 0)
        for row in told.rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    console.print(f"Page and pictures: {page_of(comparison, settings)}", highlight=False, soft_wrap=True)


def as_json(comparison: Comparison, settings: Settings) -> dict[str, Any]:
    """The same for programs; the page and pictures are written, too."""
    return {
        "model": comparison.model.digest,
        "evaluation": comparison.evaluation.model_dump(mode="json"),
        "in_service": comparison.serving.digest if comparison.serving else comparison.model.digest,
        "in_service_golden": (
            comparison.serving_golden.model_dump(mode="json") if comparison.serving_golden else None
        ),
        "page": page_of(comparison, settings),
    }


def page_of(comparison: Comparison, settings: Settings) -> str:
    """Where the page of this evaluation is; it is written anew."""
    return str(page.write(comparison, settings.data_dir / "evaluation" / comparison.model.digest))
