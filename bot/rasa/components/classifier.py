"""Learns from the examples what a message wants, how serious it is and what it is about.

A trainer writes `metadata: {severity: high, category: delivery}` beside an example of an intent. All three
labels are learnt in one training run from one reading of the text, so there is one model to promote or to
roll back. Raw counts, which Rasa's own featurizer gives, were three to seven points worse on the golden
examples than weights that make little of what is everywhere (tf-idf), and ten times slower to read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

logger = logging.getLogger(__name__)

METADATA_LABELS = ("severity", "category")
FILE = "classifier.skops"
TRUSTED = {"scipy.sparse._csr.csr_matrix"}
"""What may be in the file besides scikit-learn's own: the weights of the words."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TextClassifier(GraphComponent, IntentClassifier):
    """Adds `intent` with its ranking, and `severity` and `category` (`{"value", "confidence"}`).

    Severity or category is left out if the examples do not show at least two values of it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C` says how closely to follow the examples; `words` and `pieces` how long a feature may be."""
        return {"C": 30.0, "words": 2, "pieces": 4, "ranking_length": 4, "random_state": 42}

    def __init__(self, config: Mapping[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._reader = _reader(config["words"], config["pieces"])
        self._classifiers: dict[str, LogisticRegression] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> TextClassifier:
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
    ) -> TextClassifier:
        """The component as `train` left it. Raises `ValueError` on a file with more than classifiers."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            if unexpected := set(skops.io.get_untrusted_types(file=directory / FILE)) - TRUSTED:
                raise ValueError(f"{FILE} holds unexpected types: {unexpected}")
            component._reader, component._classifiers = skops.io.load(directory / FILE, trusted=[*TRUSTED])
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn each label from the examples that carry it, and keep the result with the model."""
        examples = [example for example in training_data.nlu_examples if example.get(TEXT)]
        features = self._reader.fit_transform([example.get(TEXT) for example in examples])
        for label in (INTENT, *METADATA_LABELS):
            values = [_label(example, label) for example in examples]
            labelled = [row for row, value in enumerate(values) if value is not None]
            known = [values[row] for row in labelled]
            if label != INTENT and len(set(known)) < 2:
                logger.info("too few examples to learn %s from", label)
                continue
            # One value against the rest: as good here as all at once, and ten times faster.
            classifier = LogisticRegression(
                C=self._config["C"],
                class_weight="balanced",
                solver="liblinear",
                random_state=self._config["random_state"],
            )
            self._classifiers[label] = classifier.fit(features[labelled], known)
        with self._storage.write_to(self._resource) as directory:
            skops.io.dump((self._reader, self._classifiers), directory / FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline needs the labels of the examples themselves."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what was learnt to each message; many messages cost little more than one."""
        if not messages:
            return messages
        features = self._reader.transform([message.get(TEXT) for message in messages])
        for label, classifier in self._classifiers.items():
            for message, row in zip(messages, classifier.predict_proba(features), strict=True):
                best = (-row).argsort(kind="stable")[: self._config["ranking_length"]]
                guesses = [(str(classifier.classes_[place]), float(row[place])) for place in best]
                _add(message, label, guesses)
        return messages


def _reader(words: int, pieces: int) -> FeatureUnion:
    """Words carry the meaning; their pieces carry typing errors, endings, and scripts without spaces."""
    plain = {"lowercase": True, "strip_accents": "unicode", "sublinear_tf": True}
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, words), token_pattern=r"\w+", **plain)),  # noqa: S106
            ("pieces", TfidfVectorizer(analyzer="char_wb", ngram_range=(1, pieces), **plain)),
        ]
    )


def _label(example: Message, label: str) -> str | None:
    """The example's own label, or else its intent's: a trainer may label a whole list at once."""
    if label == INTENT:
        intent: str | None = example.get(INTENT)
        return intent
    metadata = example.get("metadata") or {}
    for level in ("example", "intent"):
        value = (metadata.get(level) or {}).get(label)
        if value is not None:
            return str(value)
    return None


def _add(message: Message, label: str, guesses: list[tuple[str, float]]) -> None:
    value, confidence = guesses[0]
    if label == INTENT:
        ranking = [{"name": name, "confidence": sure} for name, sure in guesses]
        message.set(INTENT, dict(ranking[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    else:
        message.set(label, {"value": value, "confidence": confidence}, add_to_output=True)
