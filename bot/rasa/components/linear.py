"""Linear models over the words of a text, pieces of them and how it feels: several labels from one reading.

Raw counts, which Rasa's own featurizer gives, were three to seven points worse on the golden examples than
weights that make little of what is everywhere (tf-idf), and ten times slower to read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer, strip_accents_unicode
from sklearn.linear_model import LogisticRegression

from components.reading import Reader, confidences, joined
from components.sentiment import feelings, sentiment

Guesses = list[tuple[str, float]]
"""Values with their confidence (0 to 1), the best first."""

SENTENCE = 3
"""Words. Fewer may be a name or a place, which nobody needs to have met."""

MANY = 10
"""Texts. From here on scikit-learn is as fast as `components.reading`."""

TERMS = "terms.json"
WEIGHTS = "weights.npz"
_READINGS = {
    # Words carry the meaning; pieces of them carry typing errors, endings, and scripts without spaces.
    "words": {"token_pattern": r"\w+", "ngram_range": (1, 2)},
    "pieces": {"analyzer": "char_wb", "ngram_range": (1, 4)},
}


class LinearModels:
    """One linear model for each label, all reading a text the same way."""

    def __init__(
        self, readers: Mapping[str, TfidfVectorizer], models: Mapping[str, LogisticRegression]
    ) -> None:
        self._readers = readers
        self._models = models
        self._of_one = [Reader(reader) for reader in readers.values()]

    @classmethod
    def learn(
        cls, texts: Sequence[str], labels: Mapping[str, Sequence[str | None]], closeness: float
    ) -> LinearModels:
        """Learn each label from the texts that have a value of it, if they show at least two.

        `closeness` says how closely to follow the examples: the smaller, the more the models generalise.
        """
        readers = {name: _reader(name).fit(texts) for name in _READINGS}
        features = _read(readers, texts)
        models = {}
        for label, values in labels.items():
            rows = [row for row, value in enumerate(values) if value is not None]
            known = [values[row] for row in rows]
            if len(set(known)) > 1:
                # One value against the rest: as good here as all at once, and ten times faster.
                model = LogisticRegression(
                    solver="liblinear", C=closeness, class_weight="balanced", random_state=42
                )
                models[label] = model.fit(features[rows], known)
        return cls(readers, models)

    def guess(self, texts: Sequence[str]) -> dict[str, list[Guesses]]:
        """For each label learnt, the guesses for each text. Many texts cost little more than one."""
        if len(texts) >= MANY:
            features = _read(self._readers, texts)
            sure = {label: model.predict_proba(features) for label, model in self._models.items()}
        else:
            rows = [joined(self._of_one, text, feelings(text)) for text in texts]
            sure = {label: [confidences(model, row) for row in rows] for label, model in self._models.items()}
        return {
            label: [_ranked(self._models[label].classes_, row) for row in of_all]
            for label, of_all in sure.items()
        }

    def strangers(self, texts: Sequence[str]) -> list[bool]:
        """For each text, whether it is a sentence of which not one word was ever met."""
        words = self._readers["words"]
        read, known = words.build_tokenizer(), words.vocabulary_
        return [
            len(found := read(_plain(text))) >= SENTENCE and known.keys().isdisjoint(found) for text in texts
        ]

    def save(self, folder: Path) -> None:
        """Write the models as plain text and numbers, which load in an instant and can run nothing."""
        terms = {name: reader.get_feature_names_out().tolist() for name, reader in self._readers.items()}
        (folder / TERMS).write_text(json.dumps(terms), encoding="utf-8")
        weights = {f"{name}/idf": reader.idf_ for name, reader in self._readers.items()}
        for label, model in self._models.items():
            weights[f"{label}/values"] = model.classes_
            weights[f"{label}/weights"] = model.coef_
            weights[f"{label}/bias"] = model.intercept_
        np.savez(folder / WEIGHTS, **weights)

    @classmethod
    def load(cls, folder: Path) -> LinearModels:
        """The models that `save` wrote."""
        terms = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        readers = {name: _reader(name, terms[name]) for name in _READINGS}
        models = {}
        with np.load(folder / WEIGHTS, allow_pickle=False) as weights:
            for name, reader in readers.items():
                reader.idf_ = weights[f"{name}/idf"]
            for label in [name.removesuffix("/values") for name in weights.files if name.endswith("/values")]:
                model = models[label] = LogisticRegression(solver="liblinear")
                model.classes_ = weights[f"{label}/values"]
                model.coef_ = weights[f"{label}/weights"]
                model.intercept_ = weights[f"{label}/bias"]
        return cls(readers, models)


def _reader(name: str, terms: Sequence[str] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(vocabulary=terms, strip_accents="unicode", sublinear_tf=True, **_READINGS[name])


def _read(readers: Mapping[str, TfidfVectorizer], texts: Sequence[str]) -> csr_matrix:
    return hstack([*(reader.transform(texts) for reader in readers.values()), sentiment(texts)], format="csr")


def _plain(text: str) -> str:
    bare: str = strip_accents_unicode(text.lower())
    return bare


def _ranked(values: Sequence[str], confidences: npt.NDArray[np.float64]) -> Guesses:
    best = (-confidences).argsort(kind="stable")
    return [(str(values[place]), float(confidences[place])) for place in best]
