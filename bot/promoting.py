"""Puts models into service and takes them back; running engines change over by themselves.

A model goes into service by one atomic step: the pointer in the models folder moves. Engines that run on the
folder look at it every second, load the new model beside the old one, and switch between two turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bot.evaluation import evaluating, floors
from bot.models import AnotherProgram, BelowFloor, Model, NothingBefore, find, in_service
from bot.rasa import model_store, presence
from bot.settings import Settings

Say = Callable[[str], None]

CHANGE_SECONDS = 60.0
"""Longest that running engines are waited for; loading a model takes them about three seconds."""


def promote(settings: Settings, digest: str | None, anyway: str | None, say: Say) -> None:
    """Put a model into service, the newest unless one is named, if it reaches its floors.

    ``anyway`` is a reason to ignore the floors; it is kept in the pointer. Raises `bot.models.ModelError`,
    `BadFloors`, and what measuring raises.
    """
    models = settings.models_dir
    model, serving = find(models, digest), in_service(models)
    if serving and model.digest == serving.digest:
        say(f"{model.digest} is in service already")
        return
    model.check()
    _check_program(model, serving)
    asked = floors.read(settings.nlu_data_dir / floors.NAME)
    figures = evaluating.golden(settings, model, say)
    below = list(floors.fallen(figures, asked))
    for line in below:
        say(f"  {line}")
    if below and anyway is None:
        raise BelowFloor(
            f"{model.digest} is not put into service: {len(below)} of its figures are below their floor "
            "(above). Mend the examples and train again; or change nlu_data/floors.toml in review; or add "
            "--anyway REASON"
        )
    _change_over(models, model.digest, say, anyway=anyway if below else None)


def rollback(settings: Settings, say: Say) -> None:
    """Put the model before back into service; once more, and the newer one is back.

    Nothing is measured: it was good enough before. Raises `bot.models.ModelError`.
    """
    models = settings.models_dir
    pointer = model_store.read_pointer(models)
    if pointer is None or pointer["previous"] is None:
        raise NothingBefore("there is no model before this one: `recourse promote DIGEST` takes any other")
    model = find(models, model_store.digest_of(Path(pointer["previous"])))
    model.check()
    _check_program(model, in_service(models))
    _change_over(models, model.digest, say)


def _check_program(model: Model, serving: Model | None) -> None:
    """Rules and pipeline of another version would not suit the running program and its actions."""
    theirs = serving.description["program"] if serving and serving.description else None
    ours = model.description["program"] if model.description else None
    if serving and ours != theirs:
        raise AnotherProgram(
            f"{model.digest} was trained for another version of the program (rules, texts or pipeline): "
            "run `recourse train` to have a model of today's; or put that version back, and `recourse up` "
            "puts its model into service, too"
        )


def _change_over(models: Path, digest: str, say: Say, *, anyway: str | None = None) -> None:
    model_store.put_in_service(models, digest, anyway=anyway)
    began = time.monotonic()
    say(f"{digest} is in service")
    while there := presence.engines(models):
        late = [engine for engine, answers_with in there.items() if answers_with != digest]
        took = time.monotonic() - began
        if not late:
            say(f"{_counted(len(there))} with it, {took:.1f} s later")
            return
        if took > CHANGE_SECONDS:
            say(f"Not yet: {', '.join(late)}; the engine's log says why, and `recourse rollback` goes back")
            return
        time.sleep(0.1)
    say("No engine is running here; it takes effect at the next start")


def _counted(engines: int) -> str:
    return "The running engine answers" if engines == 1 else f"All {engines} running engines answer"
