"""What people are trained in: ``topics.yml``, or the operator's own file of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from handoff.improvement.record import ImprovementError
from handoff.staff.roles import Role

_OURS = Path(__file__).with_name("topics.yml")
_FALLBACK = "en"


class BadTopics(ImprovementError):
    """A list of topics that cannot be used; the text names file and remedy."""


class Topic(BaseModel):
    """A topic: its name by language, who must be trained in it, and for how many months that holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[dict[str, str], Field(min_length=1)]
    roles: tuple[Role, ...] = ()
    months: Annotated[int, Field(ge=1, le=600)] | None = None

    def called(self, language: str) -> str:
        """Its name, in ``language`` if it has one there."""
        return self.name.get(language) or self.name.get(_FALLBACK) or next(iter(self.name.values()))


_FILE = TypeAdapter(dict[str, Topic])


def topics(file: Path | None = None) -> Mapping[str, Topic]:
    """The topics by code, in the file's order. Raises `BadTopics`."""
    file = file or _OURS
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise BadTopics(f"{file} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _read(file: Path, changed: int) -> Mapping[str, Topic]:
    """``changed`` makes a file that was edited be read anew."""
    del changed
    try:
        return _FILE.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = " / ".join(str(part) for part in first["loc"])
        raise BadTopics(f"{file}: {where or 'the file'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadTopics(f"{file} is no YAML: {error}") from error
