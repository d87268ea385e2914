"""The invented customers, as ``customers.yml`` tells of them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Told):
    """Something the customer says, or a move of an agent's; ``after`` is in minutes since the step before."""

    after: float = 1.0
    say: str = ""
    photo: str | None = None
    agent: Literal["Alma", "Ben"] | None = None
    do: Literal["claim", "reply", "note", "assess", "release", "handback", "resolve"] | None = None
    body: dict[str, str] = {}


class Customer(_Told):
    """Who they are, what they answer when asked, and how their day goes."""

    name: str
    language: str
    hours_ago: float
    answers: dict[str, str] | None = None
    steps: list[Step]


def customers(languages: tuple[str, ...]) -> list[Customer]:
    """Those who speak one of these languages."""
    told = yaml.safe_load((FOLDER / "customers.yml").read_text(encoding="utf-8"))
    everybody = [Customer.model_validate(customer) for customer in told]
    return [customer for customer in everybody if customer.language in languages]
