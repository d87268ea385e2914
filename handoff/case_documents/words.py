"""The words of printed documents, in the console's languages; those of cases are the console's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).with_suffix("")


@cache
def words(language: str) -> Mapping[str, str]:
    """All texts of one of `handoff.console.words.LANGUAGES`, by key."""
    found: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return found
