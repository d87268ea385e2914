"""Keeps the domain of a trained model as JSON, which is read in an instant.

At each start Rasa reads the domain three times, with a parser of YAML written in Python; for the texts of
ten languages that takes a core ten seconds. JSON is YAML, so that stock Rasa can read such a model, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import rasa.shared.utils.io as rasa_io
from rasa.shared.constants import LATEST_TRAINING_DATA_FORMAT_VERSION
from rasa.shared.core.domain import KEY_TRAINING_DATA_FORMAT_VERSION, Domain

_read_yaml = rasa_io.read_yaml


def install() -> None:
    """Have Rasa write domains so, and read whatever is JSON as JSON."""
    Domain.persist = _persist
    rasa_io.read_yaml = _read


def _persist(domain: Domain, filename: str | Path) -> None:
    content = {KEY_TRAINING_DATA_FORMAT_VERSION: LATEST_TRAINING_DATA_FORMAT_VERSION, **domain.as_dict()}
    rasa_io.write_text_file(json.dumps(content, ensure_ascii=False, indent=1), filename)


def _read(content: str, reader_type: str | list[str] = "safe") -> Any:
    if content.startswith("{"):
        try:
            return json.loads(content)
        except ValueError:
            pass  # YAML may begin with a brace, too
    return _read_yaml(content, reader_type)
