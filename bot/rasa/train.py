"""Trains the dialogue engine's model, unless it has been trained from exactly these files before.

    bot/rasa/.venv/bin/python bot/rasa/train.py --data nlu_data --responses FILE --models bot/rasa/models

The model is named by the digest of everything it is made from, so nothing is trained twice, and what it is
made from is written beside it. It is a candidate; only where no model in service suits the program, as at the
first start or after an upgrade, it goes into service at once. The last line printed is the digest; the exit
code is 0 only if that model is there.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from before_rasa import prepare
from model_store import (
    DESCRIPTION,
    SUFFIX,
    Pointer,
    archive,
    describe,
    prune,
    put_in_service,
    read_pointer,
    write_json,
)
from provenance import Sources, description

HERE = Path(__file__).parent


class TrainingFailed(RuntimeError):
    """No model came of it; the message says why, in Rasa's words."""


def main() -> int:
    """Train if need be, and put the model into service if there is none that suits the program."""
    options = _options()
    sources = Sources(
        folder=options.data,
        rules=sorted(options.rules.rglob("*.yml")),
        domain=[*options.responses, options.domain],  # Rasa takes a response from the first file that has it
        config=options.config,
        components=sorted((HERE / "components").glob("*.py")),
    )
    serving = _serving(options.models, sources)
    if serving and options.if_none_suits:
        print(f"in service: {serving['digest']}, trained at {serving['trained_at']}")
        if serving["digest"] != sources.digest:
            print(
                "the examples have changed since: `recourse train` makes a candidate of them, and "
                "`recourse promote` puts it into service"
            )
        print(serving["digest"])
        return 0
    try:
        _make(sources, options.models, force=options.force)
    except TrainingFailed as failure:
        print(f"training failed: {failure}", file=sys.stderr)
        return 1
    if serving is None:
        put_in_service(options.models, sources.digest)
        print(f"in service: {sources.digest}")
    elif serving["digest"] != sources.digest:
        print(f"a candidate: {sources.digest}; in service stays {serving['digest']}")
    for digest in prune(options.models):
        print(f"removed an old model: {digest}")
    print(sources.digest)
    return 0


def _serving(models: Path, sources: Sources) -> Pointer | None:
    """The pointer to the model in service, if it is there and suits the program."""
    pointer = read_pointer(models)
    suits = pointer and pointer["program"] == sources.program and (models / pointer["model"]).exists()
    return pointer if suits else None


def _make(sources: Sources, models: Path, *, force: bool) -> None:
    """See that the model and its description are there. Raises `TrainingFailed`."""
    model = archive(models, sources.digest)
    seconds = None
    if model.exists() and not force:
        print(f"up to date: {model.name}", flush=True)
        if describe(models, sources.digest):
            return
    else:
        print(f"training {model.name} from {len(sources.examples)} data files", flush=True)
        began = time.monotonic()
        _train(sources, model)
        seconds = time.monotonic() - began
        print(f"trained in {seconds:.1f} s: {model.name}", flush=True)
    write_json(models / f"{sources.digest}{DESCRIPTION}", description(sources, model, seconds))


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
        "--if-none-suits", action="store_true", help="do nothing if the model in service suits the program"
    )
    return parser.parse_args()


def _train(sources: Sources, model: Path) -> None:
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
                    domain=[str(file) for file in sources.domain],
                    config=str(sources.config),
                    training_files=[str(file) for file in [*sources.examples, *sources.rules]],
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
