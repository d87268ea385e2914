"""Learns from the examples what a message wants, how serious it is and what it is about.

A trainer writes `metadata: {severity: high, category: delivery}` beside an example of an intent. All three
labels are learnt in one training run, so there is one model to promote or to roll back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.linear import Guesses, LinearModels

METADATA_LABELS = ("severity", "category")
COMPLAINT = "complaint"
YES, NO = "yes", "no"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TextClassifier(GraphComponent, IntentClassifier):
    """Adds `intent` with its ranking, `complaint` (0 to 1), `severity` and `category` (value and confidence).

    Whether a message is a complaint is asked apart from the intent, because one question can be both: a
    parcel asked for in anger. It is learnt from the intents that `complaints` names. Severity or category is
    left out if the examples do not show at least two values of it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`closeness`: see `LinearModels.learn`. `complaints`: the intents that state a dissatisfaction."""
        return {"closeness": 10.0, "complaints": ["file_complaint"]}

    def __init__(
        self,
        config: Mapping[str, Any],
        storage: ModelStorage,
        resource: Resource,
        models: LinearModels | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._models = models

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
        """The component as `train` left it."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModels.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples with an intent, and keep the result with the model."""
        examples = [example for example in training_data.nlu_examples if example.get(TEXT)]
        labels = {INTENT: [example.get(INTENT) for example in examples]}
        labels |= {name: [_metadata_label(example, name) for example in examples] for name in METADATA_LABELS}
        labels[COMPLAINT] = [YES if intent in self._config["complaints"] else NO for intent in labels[INTENT]]
        texts = [example.get(TEXT) for example in examples]
        self._models = LinearModels.learn(texts, labels, self._config["closeness"])
        with self._storage.write_to(self._resource) as folder:
            self._models.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline needs the labels of the examples themselves."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what was learnt to each message."""
        if not messages or self._models is None:
            return messages
        texts = [message.get(TEXT) for message in messages]
        strange = self._models.strangers(texts)
        for label, of_all in self._models.guess(texts).items():
            for message, stranger, guessed in zip(messages, strange, of_all, strict=True):
                # Pieces of words alone would be sure of gibberish.
                guesses = _nothing_known(guessed) if stranger and label == INTENT else guessed
                value, confidence = guesses[0]
                if label == INTENT:
                    ranking = [{"name": name, "confidence": sure} for name, sure in guesses]
                    message.set(INTENT, {"name": value, "confidence": confidence}, add_to_output=True)
                    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
                elif label == COMPLAINT:
                    message.set(label, dict(guesses)[YES], add_to_output=True)
                else:
                    message.set(label, {"value": value, "confidence": confidence}, add_to_output=True)
        return messages


def _nothing_known(guesses: Guesses) -> Guesses:
    return [(value, 1 / len(guesses)) for value, _ in guesses]


def _metadata_label(example: Message, label: str) -> str | None:
    """The example's own label, or else its intent's: a trainer may label a whole list at once."""
    metadata = example.get("metadata") or {}
    for level in ("example", "intent"):
        value = (metadata.get(level) or {}).get(label)
        if value is not None:
            return str(value)
    return None
