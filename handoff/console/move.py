"""What a form of a case's page asks for, and how its fields are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from channels.files import Kept
from handoff.console.settings import ConsoleSettings
from handoff.queue import BadInput
from handoff.staff.agents import Person

B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class Move:
    """Everything that a form asks for, and by whom."""

    session: Session
    reference: str
    who: Person
    fields: Mapping[str, str]
    files: Sequence[Kept]
    settings: ConsoleSettings
    now: datetime


def read(body: type[B], fields: Mapping[str, str], *, keep_empty: bool = False) -> B:
    """The form's fields as the API's body; what was left empty is left out, unless that says something."""
    given = {
        k: v.replace("\r\n", "\n")
        for k, v in fields.items()
        if k in body.model_fields and (keep_empty or v.strip())
    }
    try:
        return body.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{first['loc'][0]}: {first['msg'].lower()}") from error
