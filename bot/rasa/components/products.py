"""Finds the words for the product or service that a message is about, as the examples mark them.

A conditional random field (Lafferty et al. 2001) weighs each word with its beginning, its ending and its
neighbours, and so finds what no list of products has: "the [combi boiler] is leaking again". Rasa's own
`CRFEntityExtractor` learns nothing without a featurizer, and with one learns anew each time it is loaded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pycrfsuite import Tagger, Trainer
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

PRODUCT = "product"
BEGINS, GOES_ON, ELSE = "B", "I", "O"
WEIGHTS = "products.crfsuite"

_FITTING = {"c1": 0.05, "c2": 0.02, "max_iterations": 100}
"""How hard weights are kept few (c1) and small (c2). Twice as hard, in 60 rounds, it finds a tenth less."""

_LONGEST = 4
"""Words of a mark that are looked for in other examples. Longer ones are whole phrases, and never return."""

_WORD = re.compile(r"[\w\u0300-\u036f\u064b-\u0652]+|[^\w\s]")  # accents and Arabic vowels are part of words

Spans = list[tuple[int, int]]
"""Where something begins and ends in a text, in characters."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ProductFinder(GraphComponent):
    """Adds `entities`: a `product` with `start`, `end` and `value` for each that it finds.

    Not all that could be marked is. So it learns from the examples with a mark, and as many words that are no
    product from those without, unless something marked elsewhere occurs in them or they are complaints, which
    hardly do without a product. Without any mark there is nothing to learn, and nothing is found.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`complaints`: the intents of which examples without a mark teach nothing."""
        return {"complaints": ["file_complaint"]}

    def __init__(
        self,
        config: Mapping[str, Any],
        storage: ModelStorage,
        resource: Resource,
        tagger: Tagger | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._tagger = tagger

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> ProductFinder:
        """A component that has learnt nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **_: Any,
    ) -> ProductFinder:
        """The component as `train` left it."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, _tagger(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the marks, and keep the result with the model."""
        with self._storage.write_to(self._resource) as folder:
            examples = list(_instructive(training_data.nlu_examples, self._config["complaints"]))
            if any(_marks(example) for example in examples):
                _fit(examples, folder / WEIGHTS)
            self._tagger = _tagger(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline needs the products of the examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the products found to each message."""
        for message in messages:
            text = message.get(TEXT)
            found = [
                {
                    ENTITY_ATTRIBUTE_TYPE: PRODUCT,
                    ENTITY_ATTRIBUTE_START: start,
                    ENTITY_ATTRIBUTE_END: end,
                    ENTITY_ATTRIBUTE_VALUE: text[start:end],
                }
                for start, end in self._products(text)
            ]
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _products(self, text: str) -> Spans:
        words = _words(text)
        found: Spans = []
        if self._tagger is None or not words:
            return found
        labels = self._tagger.tag(_features([text[start:end] for start, end in words]))
        for (start, end), label in zip(words, labels, strict=True):
            if label == BEGINS:
                found.append((start, end))
            elif label == GOES_ON and found:
                found[-1] = found[-1][0], end
        return found


def _tagger(folder: Path) -> Tagger | None:
    if not (folder / WEIGHTS).exists():
        return None
    tagger = Tagger()
    tagger.open(str(folder / WEIGHTS))  # read whole: the file may go
    return tagger


def _fit(examples: Iterable[Message], weights: Path) -> None:
    trainer = Trainer(algorithm="lbfgs", params=_FITTING, verbose=False)
    for example in examples:
        text = example.get(TEXT)
        words = _words(text)
        trainer.append(_features([text[start:end] for start, end in words]), _labels(words, _marks(example)))
    trainer.train(str(weights))


def _instructive(examples: Iterable[Message], complaints: Sequence[str]) -> list[Message]:
    """The examples of which it is known what in them is a product, and what is not."""
    examples = [example for example in examples if example.get(TEXT)]
    marked = {_folded(example.get(TEXT)[start:end]) for example in examples for start, end in _marks(example)}
    return [
        example
        for example in examples
        if _marks(example)
        or (example.get(INTENT) not in complaints and marked.isdisjoint(_phrases(example.get(TEXT))))
    ]


def _marks(example: Message) -> Spans:
    return [
        (mark[ENTITY_ATTRIBUTE_START], mark[ENTITY_ATTRIBUTE_END])
        for mark in example.get(ENTITIES) or ()
        if mark[ENTITY_ATTRIBUTE_TYPE] == PRODUCT
    ]


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = _folded(text)
    ends = range(1, _LONGEST + 1)
    return {words[start : start + end] for start in range(len(words)) for end in ends}


def _folded(text: str) -> tuple[str, ...]:
    return tuple(text[start:end].casefold() for start, end in _words(text))


def _words(text: str) -> Spans:
    """Words, and single signs of punctuation."""
    return [match.span() for match in _WORD.finditer(text)]


def _labels(words: Spans, marks: Spans) -> list[str]:
    labels = []
    before = None
    for start, end in words:
        mark = next((mark for mark in marks if mark[0] <= start and end <= mark[1]), None)
        labels.append(ELSE if mark is None else GOES_ON if mark == before else BEGINS)
        before = mark
    return labels


def _features(words: Sequence[str]) -> list[list[str]]:
    """What the field weighs of each word. A name tells where a feature stands: "-1s" is the ending before."""
    plain = [_plain(word) for word in words]
    rows = []
    for place, (word, bare) in enumerate(zip(words, plain, strict=True)):
        row = ["b", f"w={bare}", f"p={bare[:3]}", f"q={bare[:5]}", f"s={bare[-3:]}", f"t={bare[-4:]}"]
        row.append(f"h={_shape(word)}")
        before, after = plain[max(0, place - 2) : place], plain[place + 1 : place + 3]
        row += [f"-{away}w={other}" for away, other in enumerate(reversed(before), 1)]
        row += [f"+{away}w={other}" for away, other in enumerate(after, 1)]
        row.append(f"-1s={before[-1][-3:]}" if before else "first")
        row.append(f"+1s={after[0][-3:]}" if after else "last")
        if before:
            row.append(f"-1w|w={before[-1]}|{bare}")
        if before and after:
            row.append(f"-1w|+1w={before[-1]}|{after[0]}")
        if before[1:]:
            row.append(f"-2w|-1w={before[0]}|{before[1]}")
        rows.append(row)
    return rows


def _plain(word: str) -> str:
    lower = word.lower()
    if lower.isascii():
        return lower
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


def _shape(word: str) -> str:
    if word.isdigit():
        return "digits"
    if not word[0].isalnum():
        return "sign"
    return "upper" if word.isupper() else "title" if word[0].isupper() else "lower"
