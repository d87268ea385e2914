"""``remedies.yml``: what the operator offers to make up for it, its names, and who may grant how much."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from complaints.complaint import Remedy
from complaints.world.names import STRICT, Language, Name
from complaints.world.problems import Problem, Sheet, Wrong
from complaints.world.wording import LONGEST_BUTTON

ROLES = ("agent", "supervisor", "admin")
"""Who decides: `handoff.staff.roles`."""


def _a_role(role: str) -> str:
    if role not in ROLES:
        raise Wrong(f"{role!r} decides nothing", f"use one of {', '.join(ROLES)}")
    return role


def _a_currency(code: str) -> str:
    if len(code) != 3 or not code.isascii() or not code.isupper():
        raise Wrong(f"{code!r} is no currency", "use three capital letters, such as EUR")
    return code


class Limit(BaseModel):
    """How much somebody may grant alone: up to and including ``amount`` of ``currency`` (ISO 4217)."""

    model_config = STRICT

    amount: Annotated[Decimal, Field(ge=0, lt=10**12)]
    currency: Annotated[str, AfterValidator(_a_currency)]


class Offer(BaseModel):
    """One remedy. ``names`` are said to customers, ``buttons`` stand on the buttons of the question."""

    model_config = STRICT

    offered: bool = True
    names: dict[Language, Name] = {}
    buttons: dict[Language, Annotated[str, Field(min_length=1, max_length=LONGEST_BUTTON)]] = {}
    limits: dict[Annotated[str, AfterValidator(_a_role)], Limit] = {}


class Remedies(BaseModel):
    """The file. ``limits`` hold for every remedy that has none of its own; no limit means none.

    What is not named is offered as before.
    """

    model_config = STRICT

    limits: dict[Annotated[str, AfterValidator(_a_role)], Limit] = {}
    remedies: dict[Remedy, Offer] = {}

    def offers(self, remedy: Remedy) -> bool:
        """Whether the operator offers it. "Something else" always is: customers wish what they wish."""
        return self.remedies.get(remedy, Offer()).offered

    def offered(self) -> list[Remedy]:
        """All that are offered, in our order."""
        return [remedy for remedy in Remedy if self.offers(remedy)]

    def texts(self, language: str) -> dict[str, str]:
        """The operator's names and buttons as texts of `complaints.texts`."""
        named = {
            f"remedy_{remedy}": offer.names[language]
            for remedy, offer in self.remedies.items()
            if language in offer.names
        }
        buttons = {
            f"button_{remedy}": offer.buttons[language]
            for remedy, offer in self.remedies.items()
            if language in offer.buttons
        }
        return named | buttons

    def limit(self, remedy: Remedy | None, role: str) -> Limit | None:
        """What somebody of that role may grant; ``None`` is as much as they like."""
        own = self.remedies.get(remedy, Offer()).limits if remedy else {}
        return own.get(role) or self.limits.get(role)


def check(found: Remedies, sheet: Sheet) -> Iterator[Problem]:
    """What only shows when the whole is looked at."""
    if not found.offers(Remedy.OTHER):
        yield sheet.problem(
            ("remedies", "other", "offered"), "customers wish what they wish: other stays", "remove the line"
        )
    for remedy, offer in found.remedies.items():
        if offer.buttons and remedy not in BUTTONS:
            yield sheet.problem(
                ("remedies", str(remedy), "buttons"), "there is no button for this remedy",
                f"there is one for {', '.join(BUTTONS)}",
            )  # fmt: skip
    for place, limits in (
        (("limits",), found.limits),
        *((("remedies", str(r), "limits"), o.limits) for r, o in found.remedies.items()),
    ):
        currencies = {limit.currency for limit in limits.values()}
        if len(currencies) > 1:
            yield sheet.problem(place, "the limits are in several currencies", "write them in one")


BUTTONS = (Remedy.REFUND, Remedy.EXCHANGE, Remedy.REPAIR)
"""Remedies that customers are shown as buttons."""
