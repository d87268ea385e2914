"""What the dialogue may know about a turn. It sees nothing else, and it keeps none of it.

`bot.turn` gathers the facts, `actions` read them. Texts in here (stages, dates, opening hours)
are ready to be said: in the customer's language and in the operator's time zone.
"""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from complaints.commands import Details


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class AnswerFact(_Facts):
    """An answer to one of the operator's own questions; ``shown`` is empty where it was skipped."""

    question: str
    label: str
    shown: str


class CaseFact(_Facts):
    """One case of this conversation, newest first in `Facts.cases`.

    ``stage``, ``last_event``, ``received_on`` and ``next_date`` are texts to be said;
    ``details`` is what is known already, so that it is not asked again.
    """

    reference: str
    kind: Literal["complaint", "contact", "feedback"]
    status: str
    open: bool
    stage: str
    last_event: str
    received_on: str
    next_date: str
    subject: str  # product, or the first words of the description
    details: Details = Details()
    category: str = "other"
    answers: list[AnswerFact] = []
    confirmed: bool = False
    with_person: bool = False  # waiting for, or held by, an agent


class Offer(_Facts):
    """What a reply would name if a case were filed, or a person asked for, in this turn."""

    reference: str
    update_by: str
    respond_by: str
    queue_position: int
    opening: str  # "now open until 18:00" or "opens Monday at 09:00", in the customer's language
    open_now: bool
    reach: str  # how an agent will reach the customer: "here in this chat", "by SMS to this number"


class Hazard(_Facts):
    """What the hazard rules found in this very message."""

    kind: str  # injury, fire, self_harm, threat, legal, ...
    severity: Literal["high", "critical"]
    words: list[str]
    danger_to_life: bool


class Facts(_Facts):
    """Everything that one turn of the dialogue may know."""

    now: datetime.datetime
    language: str
    channel: str
    organisation: str
    emergency: str  # the operator's own sentence: whom to call when life is in danger
    country: str  # ISO 3166, for reading phone numbers and dates
    time_zone: str
    cases: list[CaseFact] = []
    offer: Offer
    hazard: Hazard | None = None
    customer_name: str | None = None
    contact_known: bool = False  # the platform itself can reach the customer later
    more_waiting: bool = False  # more messages wait behind this one: hold the question back
    attachments: int = 0
    provisional: str | None = None  # the reference that a receipt named while the engine was down
    policy: dict[
        str, str
    ] = {}  # what is to be told of the process: see complaints.process_facts.for_dialogue
