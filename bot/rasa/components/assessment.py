"""Learns severity and category from the same examples as the intent.

A trainer writes `metadata: {severity: high, category: delivery}` beside an example. Both labels are learnt in
the same training run, from the features the intent classifier uses, so there is one model to promote and one
to roll back.
"""

from __future__ import annotations

import logging
from typing import Any

import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

logger = logging.getLogger(__name__)

LABELS = ("severity", "category")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Assessment(GraphComponent):
    """Adds `severity` and `category`, each `{"value": str, "confidence": 0..1}`, to a parsed message.

    A label is learnt if at least two of its values occur in the examples; otherwise nothing is added for it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C` says how closely to follow the examples: the smaller, the more it generalises."""
        return {"C": 1.0, "max_iter": 1000, "random_state": 42}

    @classmethod
    def required_components(cls) -> list[type]:
        """The sparse features must be there first."""
        return [Featurizer]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._classifiers: dict[str, LogisticRegression] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> Assessment:
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
    ) -> Assessment:
        """The component as `train` left it. Raises `ValueError` on a file with more than a classifier."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            for label in LABELS:
                if (file := directory / f"{label}.skops").exists():
                    component._classifiers[label] = _read(file)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn each label from the examples that carry it, and keep the result with the model."""
        with self._storage.write_to(self._resource) as directory:
            for label in LABELS:
                examples = [example for example in training_data.nlu_examples if _label(example, label)]
                values = [_label(example, label) for example in examples]
                if len(set(values)) < 2:
                    logger.info("too few examples to learn %s from", label)
                    continue
                classifier = LogisticRegression(
                    solver="liblinear", class_weight="balanced", **self._learning()
                )
                classifier.fit(_features(examples), values)
                self._classifiers[label] = classifier
                skops.io.dump(classifier, directory / f"{label}.skops")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline needs the labels of the examples themselves."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what was learnt to each message; many messages cost little more than one."""
        if not (messages and self._classifiers):
            return messages
        features = _features(messages)
        for label, classifier in self._classifiers.items():
            for message, row in zip(messages, classifier.predict_proba(features), strict=True):
                best = row.argmax()
                found = {"value": str(classifier.classes_[best]), "confidence": float(row[best])}
                message.set(label, found, add_to_output=True)
        return messages

    def _learning(self) -> dict[str, Any]:
        return {name: self._config[name] for name in ("C", "max_iter", "random_state")}


def _label(example: Message, label: str) -> str | None:
    """The example's own label, or else its intent's: a trainer may label a whole list at once."""
    metadata = example.get("metadata") or {}
    for level in ("example", "intent"):
        value = (metadata.get(level) or {}).get(label)
        if value is not None:
            return str(value)
    return None


def _features(messages: list[Message]) -> csr_matrix:
    """One row per message: what each featurizer found in the whole sentence, side by side."""
    found = [
        [
            part.features
            for part in message.features
            if part.is_sparse() and (part.attribute, part.type) == (TEXT, FEATURE_TYPE_SENTENCE)
        ]
        for message in messages
    ]
    return hstack([vstack(column) for column in zip(*found, strict=True)], format="csr")


def _read(file: Any) -> LogisticRegression:
    if unknown := skops.io.get_untrusted_types(file=file):
        raise ValueError(f"{file.name} holds unexpected types: {unknown}")
    return skops.io.load(file)
