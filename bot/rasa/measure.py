"""Parses labelled examples with models that have never seen them.

    bot/rasa/.venv/bin/python bot/rasa/measure.py --data nlu_data --model MODEL --model OTHER --folds 5

Each model parses the golden examples. With `--folds`, the other examples are cross-validated as well: the
pipeline learns from all but a fifth of them, parses that fifth, and so on around; each fold has its share of
every intent in every language. What only marks words in a text (products) is left out there: it says nothing
of the intent.

Each line out is a JSON object: a progress report (`{"told": ...}`), or an example as it is labelled with its
parse and who made it: a model's digest, or `folds`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One thread: the matrices are thin, and the machine may be serving customers.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from before_rasa import prepare  # noqa: E402 - after the number of threads is set

prepare()

import yaml  # noqa: E402
from model_store import digest_of  # noqa: E402
from provenance import NOT_LEARNT  # noqa: E402
from rasa.core.processor import MessageProcessor  # noqa: E402
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema  # noqa: E402
from rasa.engine.recipes.default_recipe import DefaultV1Recipe  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.importers.utils import training_data_from_paths  # noqa: E402
from rasa.shared.nlu.constants import INTENT, TEXT  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from understanding import parse_of, understand  # noqa: E402

HERE = Path(__file__).parent
FOLDS = "folds"
BATCH = 128


@dataclass(frozen=True)
class Example:
    """A labelled example and the language that it is in."""

    language: str
    message: Message

    def told(self, made_by: str, parse: dict[str, Any]) -> str:
        """The line of it."""
        labels = {name: self._label(name) for name in ("severity", "category")}
        return json.dumps(
            {
                "by": made_by,
                "language": self.language,
                "text": self.message.get(TEXT),
                "intent": self.message.get(INTENT),
                **labels,
                "parse": parse,
            }
        )

    def _label(self, name: str) -> str | None:
        metadata = self.message.get("metadata") or {}
        for level in ("example", "intent"):
            if (value := (metadata.get(level) or {}).get(name)) is not None:
                return str(value)
        return None


def main() -> int:
    """Parse everything asked for."""
    options = _options()
    # Whatever Rasa prints must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in _lines(options):
        answers.write(line + "\n")
        answers.flush()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, action="append", default=[])
    parser.add_argument("--folds", type=int, default=0, help="0: no cross-validation")
    parser.add_argument("--config", type=Path, default=HERE / "config.yml")
    return parser.parse_args()


def _lines(options: argparse.Namespace) -> Iterator[str]:
    golden = [
        example
        for file in sorted((options.data / NOT_LEARNT).glob("*.yml"))
        for example in _read([file], file.stem)
    ]
    for model in options.model:
        yield json.dumps({"told": f"the golden examples with {digest_of(model)}"})
        yield from _by_model(model, golden)
    if options.folds:
        yield json.dumps({"told": "reading the examples"})
        folders = sorted(f for f in options.data.iterdir() if f.is_dir() and f.name != NOT_LEARNT)
        examples = [e for folder in folders for e in _read(sorted(folder.rglob("*.yml")), folder.name)]
        yield from _by_folds(options.config, examples, options.folds)


def _read(files: Sequence[Path], language: str) -> list[Example]:
    data = training_data_from_paths([str(file) for file in files], language)
    return [Example(language, message) for message in data.nlu_examples if message.get(TEXT)]


def _by_model(model: Path, examples: Sequence[Example]) -> Iterator[str]:
    processor = MessageProcessor(str(model), tracker_store=None, lock_store=None, generator=None)
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        parses = understand(processor, [example.message.get(TEXT) for example in batch], ranked=None)
        for example, parse in zip(batch, parses, strict=True):
            yield example.told(digest_of(model), parse)


def _by_folds(config: Path, examples: Sequence[Example], folds: int) -> Iterator[str]:
    strata = [f"{example.language} {example.message.get(INTENT)}" for example in examples]
    shuffled = StratifiedKFold(folds, shuffle=True, random_state=42)
    for number, (learnt, held_out) in enumerate(shuffled.split(strata, strata), 1):
        yield json.dumps({"told": f"cross-validation, fold {number} of {folds}"})
        with tempfile.TemporaryDirectory() as scratch:
            pipeline = _learn(config, [examples[row].message for row in learnt], Path(scratch))
            asked = [Message({TEXT: examples[row].message.get(TEXT)}) for row in held_out]
            for component in pipeline:
                asked = component.process(asked)
        for row, message in zip(held_out, asked, strict=True):
            parse = parse_of(message.as_dict(only_output_properties=True), ranked=None)
            yield examples[row].told(FOLDS, parse)


def _learn(config: Path, messages: list[Message], scratch: Path) -> list[Any]:
    """The pipeline's components in their order, trained as Rasa's graph would."""
    data = TrainingData(messages)
    storage = LocalModelStorage.create(scratch)
    context = ExecutionContext(GraphSchema({}))
    pipeline = []
    for number, step in enumerate(yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]):
        known = DefaultV1Recipe._from_registry(step["name"])  # noqa: SLF001 - Rasa has no other way
        if DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR in known.types:
            continue
        kind: type[GraphComponent] = known.clazz
        settings = {**kind.get_default_config(), **{k: v for k, v in step.items() if k != "name"}}
        component: Any = kind.create(settings, storage, Resource(f"{number} {step['name']}"), context)
        if known.is_trainable:
            component.train(data)
        data = component.process_training_data(data)
        pipeline.append(component)
    return pipeline


if __name__ == "__main__":
    sys.exit(main())
