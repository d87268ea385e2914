"""What `recourse models` prints: which models there are, and what each was made from."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from bot.models import Model
from bot.rasa.model_store import Pointer


def as_told(model: Model) -> dict[str, Any]:
    """All that is known of a model, for programs."""
    return {
        "digest": model.digest,
        "state": model.state.value,
        "made_from": model.description,
        "evaluation": model.evaluation.model_dump(mode="json") if model.evaluation else None,
    }


def show_models(models: list[Model], pointer: Pointer | None, console: Console) -> None:
    """A line for each model: what it is, what it was made from, how good it was on the golden examples.

    F1 is the mean of all intents'; then critical ones found, and false alarms. ``?``: nobody has looked.
    """
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for column in ("Model", "", "Trained", "Examples", "F1", "Critical", "Alarms"):
        table.add_column(column, no_wrap=True)
    for model in models:
        made, golden = model.description, model.evaluation.golden if model.evaluation else None
        table.add_row(
            model.digest,
            model.state.value,
            made["trained_at"][:16].replace("T", " ") if made else "",
            str(made["examples"]) if made else "?",
            f"{golden.macro_f1:.2f}" if golden else "?",
            f"{golden.critical.found} of {golden.critical.of}" if golden else "",
            f"{golden.critical.alarms} of {golden.critical.others}" if golden else "",
        )
    console.print(table)
    if pointer and pointer["anyway"]:
        console.print(f"{pointer['digest']} is below a floor, and in service anyway: {pointer['anyway']}",
                      highlight=False, markup=False, soft_wrap=True)  # fmt: skip


def show_model(model: Model, console: Console) -> None:
    """Everything that is known of one model's making: counts by intent and language, files, versions."""
    made = model.description
    if made is None:
        console.print(f"{model.digest}: it is of a version that did not write down what it was made from")
        return
    console.print(f"{model.digest}, {model.state.value}, trained at {made['trained_at']} "
                  f"from {made['examples']} examples", highlight=False)  # fmt: skip
    console.print(
        ", ".join(f"{name} {version}" for name, version in made["versions"].items()), highlight=False
    )
    console.print(f"pipeline: {', '.join(made['pipeline'])}", highlight=False)
    languages = sorted(made["counts"])
    table = Table("Intent", *languages, "all", box=None)
    for intent in sorted({intent for counted in made["counts"].values() for intent in counted}):
        row = [made["counts"][language].get(intent, 0) for language in languages]
        table.add_row(intent, *map(str, row), str(sum(row)))
    console.print(table)
    for file in made["files"]:
        console.print(f"{file['sha256'][:16]}  {file['path']}", highlight=False)
