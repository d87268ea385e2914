"""What was measured of a model, kept beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.evaluation.figures import Figures
from bot.rasa import model_store


class Evaluation(BaseModel):
    """Figures on the golden examples, and of the model's own, cross-validated, if they were."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    golden: Figures
    folds: Figures | None = None


def recorded(models: Path, digest: str) -> Evaluation | None:
    """What was measured of it, or None: nothing yet, or by a version that measured otherwise."""
    try:
        return Evaluation.model_validate(model_store.read_json(_file(models, digest)))
    except ValidationError:
        return None


def keep(models: Path, digest: str, evaluation: Evaluation) -> None:
    """Record it, in place of what was measured before."""
    model_store.write_json(_file(models, digest), evaluation.model_dump(mode="json"))


def _file(models: Path, digest: str) -> Path:
    return models / f"{digest}{model_store.EVALUATION}"
