"""`recourse evaluate`: how good a model is, beside the one in service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.evaluation import record
from bot.evaluation.figures import Figures, add_up
from bot.evaluation.measuring import FOLDS, measure
from bot.evaluation.record import Evaluation
from bot.models import Model, UnknownModel, find, in_service
from bot.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Comparison:
    """A model's figures; ``serving`` are those of the model in service, if that is another one."""

    model: Model
    evaluation: Evaluation
    serving: Model | None
    serving_golden: Figures | None


def evaluate(settings: Settings, digest: str | None, folds: int, say: Say) -> Comparison:
    """Measure a model, the newest unless one is named, and record the figures beside it.

    ``folds``: parts for the cross-validation of its examples, 0 for the golden examples only. Raises
    `bot.models.ModelError` and what measuring raises.
    """
    model, serving = find(settings.models_dir, digest), in_service(settings.models_dir)
    if folds and not model.was_made_from(settings.nlu_data_dir):
        raise UnknownModel(
            f"the examples in nlu_data/ are no longer those of model {model.digest}: run `recourse train` "
            "for one that is of them, or measure this one with --golden-only"
        )
    if serving and serving.digest == model.digest:
        serving = None
    measured = [model, *([serving] if serving else [])]
    for each in measured:
        each.check()
    outcomes = measure(settings, [each.archive for each in measured], folds, say)
    figures = {by: add_up(found) for by, found in outcomes.items()}
    evaluation = _keep(settings, model, figures[model.digest], figures.get(FOLDS))
    if serving:
        _keep(settings, serving, figures[serving.digest], None)
    return Comparison(model, evaluation, serving, figures[serving.digest] if serving else None)


def golden(settings: Settings, model: Model, say: Say) -> Figures:
    """Measure a model on the golden examples, and record the figures."""
    say(f"Measuring {model.digest}")
    outcomes = measure(settings, [model.archive], 0, say)
    return _keep(settings, model, add_up(outcomes[model.digest]), None).golden


def _keep(settings: Settings, model: Model, golden: Figures, folds: Figures | None) -> Evaluation:
    if folds is None and model.evaluation is not None:
        folds = model.evaluation.folds  # of the same examples, and so as good as ever
    evaluation = Evaluation(at=datetime.now(UTC), golden=golden, folds=folds)
    record.keep(settings.models_dir, model.digest, evaluation)
    return evaluation
