"""An evaluation as files to look at and to pass on: a page that needs nothing else, and pictures."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.evaluation import picture
from bot.evaluation.evaluating import Comparison
from bot.evaluation.figures import Figures
from bot.evaluation.tables import tables


def write(comparison: Comparison, folder: Path) -> Path:
    """Write ``report.html``, and ``golden.png`` and ``folds.png`` beside it; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = {"golden": comparison.evaluation.golden, "folds": comparison.evaluation.folds}
    measured = {name: figures for name, figures in sets.items() if figures}
    for name, figures in measured.items():
        picture.draw(figures, folder / f"{name}.png")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    page = folder / "report.html"
    page.write_text(
        environment.get_template("report.html").render(
            comparison=comparison,
            tables=tables(comparison),
            confusions={name: _cells(figures) for name, figures in measured.items()},
            titles={"golden": "golden examples", "folds": "cross-validated"},
        ),
        encoding="utf-8",
    )
    return page


def _cells(figures: Figures) -> list[list[tuple[str, str]]]:
    """The confusion as rows of (text, background); the first row and column are names."""
    columns = picture.said_names(figures)
    rows = [[("", ""), *((name, "") for name in columns)]]
    for true, row in figures.confusion.items():
        whole = sum(row.values())
        cells = [(true, "")]
        for said in columns:
            red, green, blue = picture.colour(row.get(said, 0) / whole, right=said == true)
            cells.append((str(row.get(said, "")), f"rgb({red} {green} {blue})"))
        rows.append(cells)
    return rows
