"""What a file calls its columns and values: the operator's ``map.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from bot.importing.columns import BY_NAME
from bot.importing.moments import Order
from bot.importing.problems import ImportRefused


class FileMapping(BaseModel):
    """What is called differently over there.

    ``columns``: our name, theirs. ``values``: of a column of ours, their word and ours. ``always``: of a
    column of ours, what stands in every row without a value.
    """

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    always: dict[str, str] = {}
    encoding: str | None = None
    separator: str | None = None
    dates: Order | None = None

    @field_validator("columns", "values", "always")
    @classmethod
    def _ours(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        if unknown := [name for name in given if name not in BY_NAME]:
            raise ValueError(f"{', '.join(unknown)}: no column of ours; docs/import.md has them")
        return given

    def folded(self) -> dict[str, dict[str, str]]:
        """The words of ``values`` without regard to case."""
        return {name: {k.casefold(): v for k, v in words.items()} for name, words in self.values.items()}


def load(file: Path | None) -> FileMapping:
    """The mapping of that file, or none. Raises `ImportRefused`."""
    if file is None:
        return FileMapping()
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
        return FileMapping.model_validate(given or {})
    except OSError as error:
        raise ImportRefused(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{file} is no YAML: {' '.join(str(error).split())[:200]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ImportRefused(f"{file}: {place}: {first['msg']}") from error
