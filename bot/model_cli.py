"""The commands about models: train, evaluate, promote, rollback, models. See `bot.cli` for their habits."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import Json, plainly, print_json, say

app = typer.Typer()

FOLDS = 5
"""As many as are usual: each part is large enough to be measured on, and each model sees four fifths."""


@app.command()
def train(
    force: Annotated[bool, typer.Option(help="Train even if a model of the same data is there.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model from nlu_data/: a candidate, unless no model in service suits the program."""
    with plainly() as settings:
        from bot import training

        training.train(settings, say(as_json), force=force)


@app.command()
def evaluate(
    digest: Annotated[
        str | None, typer.Argument(help="The model, or how its digest begins; else the newest.")
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, help="Parts for the cross-validation of its examples.")
    ] = FOLDS,
    golden_only: Annotated[
        bool, typer.Option(help="Only nlu_data/golden/, without cross-validation.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure a model on nlu_data/, beside the one in service; about two minutes."""
    with plainly() as settings:
        from rich.console import Console

        from bot.evaluation import command, evaluating

        progress = say(as_json) if not as_json else (lambda _: None)
        found = evaluating.evaluate(settings, digest, 0 if golden_only else folds, progress)
        if as_json:
            print_json(command.as_json(found, settings))
        else:
            command.show(found, settings, Console())


@app.command()
def promote(
    digest: Annotated[
        str | None, typer.Argument(help="The model, or how its digest begins; else the newest.")
    ] = None,
    anyway: Annotated[
        str | None, typer.Option(metavar="REASON", help="Ignore nlu_data/floors.toml; the reason is kept.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a model into service if it reaches the floors in nlu_data/floors.toml."""
    with plainly() as settings:
        from bot import promoting

        promoting.promote(settings, digest, anyway, say(as_json))


@app.command()
def rollback(as_json: Json = False) -> None:
    """Put the model before back into service."""
    with plainly() as settings:
        from bot import promoting

        promoting.rollback(settings, say(as_json))


@app.command()
def models(
    digest: Annotated[str | None, typer.Argument(help="Tell everything of this one.")] = None,
    as_json: Json = False,
) -> None:
    """List the models: which is in service, what each was made from, how good it was."""
    with plainly() as settings:
        from rich.console import Console

        from bot import model_tables
        from bot.models import find, shelf
        from bot.rasa.model_store import read_pointer

        found = [find(settings.models_dir, digest)] if digest else shelf(settings.models_dir)
        pointer = read_pointer(settings.models_dir)
        if as_json:
            print_json({"in_service": pointer, "models": [model_tables.as_told(model) for model in found]})
        elif digest:
            model_tables.show_model(found[0], Console())
        else:
            model_tables.show_models(found, pointer, Console())
