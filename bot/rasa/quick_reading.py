"""Guesses about a text or two as `components.linear` does, number for number, in an eighth of the time.

scikit-learn is made for thousands of texts at once: of the time for one, it spends most on checking itself.
This is not in `components/`, because a change there makes all models those of another program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from components.classifier import TextClassifier
from components.linear import Guesses, LinearModels, _ranked
from components.sentiment import WEIGHT, _row
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

MANY = 10
"""Texts. From here on scikit-learn is as fast."""


class QuickTextClassifier(TextClassifier):
    """Has models that guess so."""

    def __init__(
        self,
        config: Mapping[str, Any],
        storage: ModelStorage,
        resource: Resource,
        models: LinearModels | None = None,
    ) -> None:
        super().__init__(config, storage, resource, models and QuickModels(models))


class QuickModels(LinearModels):
    """The same models."""

    def __init__(self, models: LinearModels) -> None:
        super().__init__(models._readers, models._models)  # noqa: SLF001 - its own class
        self._reading = [_Reader(reader) for reader in self._readers.values()]

    def guess(self, texts: Sequence[str]) -> dict[str, list[Guesses]]:
        """See `LinearModels.guess`."""
        if len(texts) >= MANY:
            return super().guess(texts)
        rows = [self._features(text) for text in texts]
        return {
            label: [_ranked(model.classes_, _confidences(model, row)) for row in rows]
            for label, model in self._models.items()
        }

    def _features(self, text: str) -> csr_matrix:
        """A row as `linear._read` makes it."""
        places: list[int] = []
        weights: list[float] = []
        begin = 0
        for reader in self._reading:
            found, of_found = reader.weigh(text)
            places += [begin + place for place in found]
            weights += of_found
            begin += reader.size
        feelings = [feeling * WEIGHT for feeling in _row(text)]
        places += [begin + place for place, feeling in enumerate(feelings) if feeling]
        weights += [feeling for feeling in feelings if feeling]
        return csr_matrix((weights, places, [0, len(places)]), (1, begin + len(feelings)))


class _Reader:
    """tf-idf of one text, as `TfidfVectorizer` has it for many."""

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self._terms = vectorizer.build_analyzer()
        self._known = vectorizer.vocabulary_
        self._rarity = vectorizer.idf_
        self.size = len(self._rarity)

    def weigh(self, text: str) -> tuple[list[int], list[float]]:
        """The places of the terms known, and their weights; the last first, as scikit-learn adds them up."""
        counted = Counter(self._known[term] for term in self._terms(text) if term in self._known)
        places = sorted(counted, reverse=True)
        counts = np.array([counted[place] for place in places], np.float64)
        weights = ((np.log(counts) + 1.0) * self._rarity[places]).tolist()
        length = sqrt(sum(weight * weight for weight in weights))
        return places, [weight / length for weight in weights]


def _confidences(model: LogisticRegression, row: csr_matrix) -> npt.NDArray[np.float64]:
    """As `LogisticRegression.predict_proba` of one value against the rest."""
    sure: npt.NDArray[np.float64] = expit((row @ model.coef_.T)[0] + model.intercept_)
    return np.array([1 - sure[0], sure[0]]) if len(sure) == 1 else sure / sure.sum()
