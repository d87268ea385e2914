"""The console's own texts, in ``words/``: one file for each language that an agent may choose.

A room that says much has files of its own, in a folder there, with other keys.

Keys are grouped by their beginning: ``word_*`` are the vocabularies of cases (a severity, a
category), ``js_*`` go to the page's script, ``problem_*`` say what was refused. What customers are
told is elsewhere: `complaints.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).with_suffix("")
DEFAULT = "en"
LANGUAGES = {"en": "English", "es": "Español"}
"""What an agent may choose, each in its own name."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language, by key."""
    texts: dict[str, str] = {}
    for path in (_FOLDER / f"{language}.yml", *sorted(_FOLDER.glob(f"*/{language}.yml"))):
        texts |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return texts


def tell(language: str, key: str, /, **values: object) -> str:
    """The text ``key``. Raises `KeyError` for an unknown key or a missing value: both are ours.

    With a ``count``, ``key_one`` is taken for one and ``key_other`` for any other number: the
    plural rule that English and Spanish share (CLDR, without Spanish ``many``).
    """
    texts = catalogue(language)
    if "count" in values and key not in texts:
        key = f"{key}_{'one' if values['count'] == 1 else 'other'}"
    return texts[key].format_map(values)


def for_script(language: str) -> dict[str, str]:
    """What the page's script says, by key without the beginning."""
    return {k.removeprefix("js_"): v for k, v in catalogue(language).items() if k.startswith("js_")}
