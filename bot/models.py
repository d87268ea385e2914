"""The models there are: which is in service, what each was made from, what was measured of it.

Errors, each one line for the operator with the remedy::

    ModelError
    ├── UnknownModel      there is none of this name, or none at all
    ├── DamagedModel      its archive is not what was trained
    ├── AnotherProgram    it was trained for another version of the program
    ├── BelowFloor        what was measured is not enough
    └── NothingBefore     there is nothing to roll back to
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.evaluation.record import Evaluation, recorded
from bot.rasa import model_store
from bot.rasa.model_store import Description

GOLDEN = "golden"
"""The folder of examples that are for measuring; the program's own name for it is in provenance.py."""


class ModelError(Exception):
    """Something is wrong with a model; the text names the remedy."""


class UnknownModel(ModelError):
    """There is no such model."""


class DamagedModel(ModelError):
    """The archive is not what was trained."""


class AnotherProgram(ModelError):
    """The model was trained for another version of the program."""


class BelowFloor(ModelError):
    """What was measured is not enough."""


class NothingBefore(ModelError):
    """There is no model to roll back to."""


class State(StrEnum):
    """What a model is at present."""

    IN_SERVICE = "in service"
    BEFORE = "before"
    CANDIDATE = "candidate"


@dataclass(frozen=True)
class Model:
    """A trained model. Without a description it is of a version that wrote none."""

    digest: str
    archive: Path
    state: State
    description: Description | None
    evaluation: Evaluation | None

    def was_made_from(self, folder: Path) -> bool:
        """Whether the examples in this folder are those that it was trained on."""
        files = sorted(f for f in folder.rglob("*.yml") if GOLDEN not in f.relative_to(folder).parts)
        present = [{"path": str(f.relative_to(folder)), "sha256": model_store.sha256(f)} for f in files]
        return self.description is not None and self.description["files"] == present

    def check(self) -> None:
        """Raises `UnknownModel` if it is gone, `DamagedModel` if it is not what was trained."""
        if not self.archive.exists():
            raise UnknownModel(f"the archive of model {self.digest} is gone: run `recourse train`")
        if self.description and model_store.sha256(self.archive) != self.description["sha256"]:
            raise DamagedModel(
                f"model {self.digest} is damaged: remove {self.archive} and run `recourse train`"
            )


def shelf(models: Path) -> list[Model]:
    """All models, the newest first."""
    pointer = model_store.read_pointer(models)

    def state(archive: Path) -> State:
        if pointer and archive.name == pointer["model"]:
            return State.IN_SERVICE
        return State.BEFORE if pointer and archive.name == pointer["previous"] else State.CANDIDATE

    return [
        Model(
            digest=(digest := model_store.digest_of(archive)),
            archive=archive,
            state=state(archive),
            description=model_store.describe(models, digest),
            evaluation=recorded(models, digest),
        )
        for archive in model_store.archives(models)
    ]


def find(models: Path, digest: str | None) -> Model:
    """The model whose digest begins so, or without one the newest. Raises `UnknownModel`."""
    there = shelf(models)
    if not there:
        raise UnknownModel("there is no model yet: run `recourse train`")
    if digest is None:
        return there[0]
    found = [model for model in there if model.digest.startswith(digest)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownModel(f"{len(found)} models begin with {digest}: give more of the digest")
    raise UnknownModel(f"there is no model {digest}: `recourse models` lists those there are")


def in_service(models: Path) -> Model | None:
    """The model that customers are answered with, if there is one."""
    return next((model for model in shelf(models) if model.state is State.IN_SERVICE), None)
