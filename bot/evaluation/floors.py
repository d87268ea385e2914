"""What a model must reach before it is promoted: nlu_data/floors.toml, which trainers change in review."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.evaluation.figures import Figures

NAME = "floors.toml"
OTHERS = "others"

Share = Annotated[float, Field(ge=0, le=1)]


class BadFloors(Exception):
    """The file of floors cannot be read; the text says what is wrong with it."""


class _Critical(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    recall: Share
    false_alarms: Share


class Floors(BaseModel):
    """Shares from 0 to 1. ``intents``: the F1 that each must reach; ``others`` is for those not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    critical: _Critical
    intents: dict[str, Share]


def read(file: Path) -> Floors:
    """The floors. Raises `BadFloors`."""
    try:
        return Floors.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFloors(f"{file}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadFloors(f"{file}: {' '.join(map(str, first['loc']))}: {first['msg']}") from error


def fallen(figures: Figures, floors: Floors) -> Iterator[str]:
    """Each figure that does not reach its floor, with both and with what helps."""
    critical = figures.critical
    if critical.recall < floors.critical.recall:
        yield (
            f"critical recall is {critical.recall:.2f} ({critical.found} of {critical.of}), its floor is "
            f"{floors.critical.recall:.2f}: add examples of dangers, or hazard rules in complaints/hazards/"
        )
    if critical.alarm_rate > floors.critical.false_alarms:
        yield (
            f"false alarms are {critical.alarm_rate:.3f} ({critical.alarms} of {critical.others}), at most "
            f"{floors.critical.false_alarms:.3f} are allowed: add harmless examples with the same words"
        )
    for name in sorted(floors.intents.keys() - figures.intents.keys() - {OTHERS}):
        yield f"intent {name} has a floor and no golden example: write some in nlu_data/golden/"
    for name, of in figures.intents.items():
        floor = floors.intents.get(name, floors.intents.get(OTHERS, 0.0))
        if of.f1 < floor:
            taken = max(
                ((n, other) for other, n in figures.confusion[name].items() if other != name), default=(0, "")
            )
            yield (
                f"intent {name}: F1 is {of.f1:.2f}, its floor is {floor:.2f}; {taken[0]} of its {of.support} "
                f"golden examples are taken for {taken[1]}: add examples that tell the two apart"
            )
