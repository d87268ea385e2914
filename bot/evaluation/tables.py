"""The tables of an evaluation, as the terminal and the page both show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.evaluation.evaluating import Comparison
from bot.evaluation.figures import Figures, OfClass

MOST_CONFUSIONS = 12


@dataclass(frozen=True)
class Table:
    """Cells as they are to be read. The first column names the row, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(comparison: Comparison) -> list[Table]:
    """All of them. What was not measured has no column."""
    golden, folds = comparison.evaluation.golden, comparison.evaluation.folds
    serving = comparison.serving_golden
    told = [
        _whole(golden, serving, folds),
        _classes("Intents", golden.intents, _of(serving, "intents"), _of(folds, "intents")),
        _classes(
            "Severity of complaints, model and rules together",
            golden.severities, _of(serving, "severities"), _of(folds, "severities"),
        ),
        _classes(
            "Category of complaints",
            golden.categories, _of(serving, "categories"), _of(folds, "categories"),
        ),
        _languages("Languages, golden examples", golden, serving),
        _confusions("Taken for another most often, golden examples", golden),
    ]  # fmt: skip
    if folds:
        told.append(_languages("Languages, cross-validated", folds, None))
        told.append(_confusions("Taken for another most often, cross-validated", folds))
    return told


def _of(figures: Figures | None, name: str) -> Mapping[str, OfClass] | None:
    return getattr(figures, name) if figures else None


def _whole(golden: Figures, serving: Figures | None, folds: Figures | None) -> Table:
    sets = {"golden": golden, "in service": serving, "cross-validated": folds}
    shown = {name: figures for name, figures in sets.items() if figures}
    measures: dict[str, Callable[[Figures], str]] = {
        "messages": lambda f: str(f.messages),
        "intents, macro-F1": lambda f: f"{f.macro_f1:.3f}",
        "intents, accuracy": lambda f: f"{f.accuracy:.3f}",
        "would ask again": lambda f: f"{f.unsure:.3f}",
        "critical recall": lambda f: f"{f.critical.recall:.3f} ({f.critical.found} of {f.critical.of})",
        "false alarms": lambda f: f"{f.critical.alarm_rate:.4f} ({f.critical.alarms} of {f.critical.others})",
    }
    rows = tuple((what, *(told(f) for f in shown.values())) for what, told in measures.items())
    return Table("All in all", ("", *shown), rows)


def _classes(
    title: str,
    golden: Mapping[str, OfClass],
    serving: Mapping[str, OfClass] | None,
    folds: Mapping[str, OfClass] | None,
) -> Table:
    columns = ["", "precision", "recall", "F1", "examples"]
    columns += ["F1 in service", "change"] if serving is not None else []
    columns += (
        ["precision, folds", "recall, folds", "F1, folds", "examples, folds"] if folds is not None else []
    )
    rows = []
    for name in sorted({*golden, *(folds or {})}):
        ours = golden.get(name)
        row = [name, *_cells(ours)]
        if serving is not None:
            row += _change(ours, serving.get(name))
        if folds is not None:
            row += _cells(folds.get(name))
        rows.append(tuple(row))
    return Table(title, tuple(columns), tuple(rows))


def _cells(of: OfClass | None) -> tuple[str, ...]:
    if of is None:
        return ("", "", "", "0")
    return (f"{of.precision:.2f}", f"{of.recall:.2f}", f"{of.f1:.2f}", str(of.support))


def _change(ours: OfClass | None, theirs: OfClass | None) -> tuple[str, str]:
    if ours is None or theirs is None:
        return "", ""
    return f"{theirs.f1:.2f}", f"{ours.f1 - theirs.f1:+.2f}"


def _languages(title: str, figures: Figures, serving: Figures | None) -> Table:
    columns = [
        "",
        "messages",
        "intents, macro-F1",
        "accuracy",
        "language told",
        "critical found",
        "false alarms",
    ]
    columns += ["macro-F1 in service", "change"] if serving else []
    rows = []
    for name, of in figures.languages.items():
        row = [name, str(of.messages), f"{of.macro_f1:.2f}", f"{of.accuracy:.2f}", f"{of.recognised:.2f}"]
        row += [f"{of.critical.found} of {of.critical.of}", f"{of.critical.alarms} of {of.critical.others}"]
        if serving:
            theirs = serving.languages[name].macro_f1
            row += [f"{theirs:.2f}", f"{of.macro_f1 - theirs:+.2f}"]
        rows.append(tuple(row))
    return Table(title, tuple(columns), tuple(rows))


def _confusions(title: str, figures: Figures) -> Table:
    found = sorted(_pairs(figures), reverse=True)[:MOST_CONFUSIONS]
    return Table(
        title,
        ("", "taken for", "times", "of"),
        tuple((true, said, str(n), str(figures.intents[true].support)) for n, true, said in found),
    )


def _pairs(figures: Figures) -> Iterable[tuple[int, str, str]]:
    for true, row in figures.confusion.items():
        for said, n in row.items():
            if said != true:
                yield n, true, said
