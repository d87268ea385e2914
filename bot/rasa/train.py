"""Trains the dialogue engine's model, unless it has been trained from exactly these files before.

    bot/rasa/.venv/bin/python bot/rasa/train.py --data nlu_data --responses FILE --models bot/rasa/models

The model is named by the digest of everything it is made from, so nothing is trained twice and a model says
what it knows. The last line printed is the digest; the exit code is 0 only if that model is there.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import contextlib
import hashlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from before_rasa import prepare
from model_store import SUFFIX, archive, point_to

HERE = Path(__file__).parent
HELD_OUT = "golden"
"""The folder below the data that is for measuring, and so is never learnt from."""


class TrainingFailed(RuntimeError):
    """No model came of it; the message says why, in Rasa's words."""


def main() -> int:
    """Train if need be, and point to the model unless it is only a candidate."""
    options = _options()
    data = _data_files(options.data)
    rules = sorted(options.rules.rglob("*.yml"))
    domain = [*options.responses, options.domain]  # Rasa takes a response from the first file that has it
    digest = _digest([*data, *rules, *domain, options.config, *sorted((HERE / "components").glob("*.py"))])
    model = archive(options.models, digest)
    if model.exists() and not options.force:
        print(f"up to date: {model.name}", flush=True)
    else:
        print(f"training {model.name} from {len(data)} data files", flush=True)
        began = time.monotonic()
        try:
            _train(options.config, domain, [*data, *rules], model)
        except TrainingFailed as failure:
            print(f"training failed: {failure}", file=sys.stderr)
            return 1
        print(f"trained in {time.monotonic() - began:.1f} s: {model.name}", flush=True)
    if not options.candidate:
        point_to(options.models, digest)
    print(digest)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of examples; its golden/ is left out"
    )
    parser.add_argument(
        "--responses", type=Path, action="append", default=[], help="domain file with responses"
    )
    parser.add_argument("--models", type=Path, default=HERE / "models", help="folder of trained models")
    parser.add_argument("--domain", type=Path, default=HERE / "domain.yml")
    parser.add_argument("--rules", type=Path, default=HERE / "rules", help="folder of rules and stories")
    parser.add_argument("--config", type=Path, default=HERE / "config.yml")
    parser.add_argument("--force", action="store_true", help="train even if the model is there")
    parser.add_argument(
        "--candidate", action="store_true", help="train only; leave the model in use as it is"
    )
    return parser.parse_args()


def _data_files(data: Path) -> list[Path]:
    return sorted(file for file in data.rglob("*.yml") if HELD_OUT not in file.relative_to(data).parts)


def _digest(files: Iterable[Path]) -> str:
    """Of names and contents, but not folders: the same project elsewhere gives the same model."""
    whole = hashlib.sha256(version("rasa").encode())
    for file in files:
        whole.update(file.name.encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _train(config: Path, domain: list[Path], training_files: list[Path], model: Path) -> None:
    """Train into `model`, which appears only when it is whole. Raises `TrainingFailed`."""
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        # Rasa's own cache of half-trained components would be written into the working directory.
        os.environ.update(RASA_CACHE_DIRECTORY=scratch, RASA_MAX_CACHE_SIZE="0")
        # The only way to keep Rasa's progress bars out of a log.
        os.environ["LOG_LEVEL"] = "ERROR"
        prepare()
        # Not before there is something to train: importing Rasa takes seconds.
        from rasa.engine.exceptions import GraphComponentException  # noqa: PLC0415
        from rasa.model_training import train  # noqa: PLC0415
        from rasa.shared.exceptions import RasaException  # noqa: PLC0415

        logging.getLogger("rasa").setLevel(logging.WARNING)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                result = train(
                    domain=[str(file) for file in domain],
                    config=str(config),
                    training_files=[str(file) for file in training_files],
                    output=scratch,
                    fixed_model_name=f"trained{SUFFIX}",
                    force_training=True,
                    # Rules need no stories glued together at random.
                    core_additional_arguments={"augmentation_factor": 0},
                )
        except (RasaException, GraphComponentException) as failure:
            # Such as contradicting rules. Rasa's words are for their author; its traceback is not.
            raise TrainingFailed(_first_cause(failure)) from failure
        if result.code != 0:
            raise TrainingFailed("Rasa has said why, above")
        draft = model.with_suffix(".new")
        shutil.move(result.model, draft)
        draft.replace(model)


def _first_cause(failure: BaseException) -> BaseException:
    return _first_cause(failure.__cause__) if failure.__cause__ else failure


if __name__ == "__main__":
    sys.exit(main())
