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
    return [
        _whole(golden, serving, folds),
        *_of_set("golden examples", golden, serving),
        *(_of_set("cross-validated", folds, None) if folds else ()),
    ]


def _of_set(name: str, figures: Figures, serving: Figures | None) -> list[Table]:
    return [
        _classes(f"Intents, {name}", figures.intents, serving.intents if serving else None),
        _classes(
            f"Severity of complaints by model and rules, {name}",
            figures.severities, serving.severities if serving else None,
        ),
        _classes(
            f"Category of complaints, {name}", figures.categories, serving.categories if serving else None
        ),
        _languages(f"Languages, {name}", figures, serving),
        _confusions(f"Taken for another most often, {name}", figures),
    ]  # fmt: skip


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


def _classes(title: str, ours: Mapping[str, OfClass], serving: Mapping[str, OfClass] | None) -> Table:
    columns = ["", "precision", "recall", "F1", "examples"]
    columns += ["F1 in service", "change"] if serving is not None else []
    rows = []
    for name, of in ours.items():
        row = [name, f"{of.precision:.2f}", f"{of.recall:.2f}", f"{of.f1:.2f}", str(of.support)]
        if serving is not None:
            row += [f"{serving[name].f1:.2f}", f"{of.f1 - serving[name].f1:+.2f}"]
        rows.append(tuple(row))
    return Table(title, tuple(columns), tuple(rows))


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
