"""Root causes to choose from: ``root_causes.yml``, or the operator's own file of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from complaints.complaint import ComplaintError

_OURS = Path(__file__).with_name("root_causes.yml")
_FALLBACK = "en"


class BadCauses(ComplaintError):
    """A list of root causes that cannot be used; the text names file and remedy."""


def causes(language: str, file: Path | None = None) -> dict[str, str]:
    """Code and name of each root cause, in the file's order. Raises `BadCauses`."""
    file = file or _OURS
    try:
        found = _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise BadCauses(f"{file} cannot be read: {error.strerror}") from error
    return {code: names.get(language) or names.get(_FALLBACK) or code for code, names in found.items()}


@lru_cache(maxsize=8)
def _read(file: Path, changed: int) -> Mapping[str, Mapping[str, str]]:
    """``changed`` makes a file that was edited be read anew."""
    del changed
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {str(code): {str(k): str(v) for k, v in names.items()} for code, names in found.items()}
    except (yaml.YAMLError, AttributeError) as error:
        raise BadCauses(f"{file}: lines such as 'carrier: {{en: \"Carrier\"}}' are expected") from error
