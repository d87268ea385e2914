"""The messages as OpenAPI describes them, in the section ``webhooks`` of ``/openapi.json``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import FastAPI, Response
from pydantic import BaseModel

from handoff.webhooks.catalogue import ALL_TYPES, FROM_OTHER_ROOMS


class CaseData(BaseModel):
    """An event of a case, with the case as it stood when it was announced."""

    reference: str
    position: int
    event: str
    by: str
    kind: str
    stage: str
    severity: str
    category: str
    channel: str
    language: str
    decision: str | None
    received_at: datetime
    acknowledged_at: datetime | None
    update_by: datetime
    respond_by: datetime
    responded_at: datetime | None
    closed_at: datetime | None
    change: dict[str, Any]
    personal: dict[str, Any] | None = None


class CaseMessage(BaseModel):
    """What is sent of a case."""

    type: str
    timestamp: datetime
    data: CaseData


class OtherMessage(BaseModel):
    """What is sent of something else."""

    type: str
    timestamp: datetime
    data: dict[str, Any]


def describe(app: FastAPI) -> None:
    """Add every type of event to the application's description."""
    for name in ALL_TYPES:
        told = _other if name in FROM_OTHER_ROOMS else _case
        app.webhooks.post(name, name=name, status_code=204, response_class=Response)(told)


def _case(body: CaseMessage) -> None:
    """Answer any 2xx once it is stored."""


def _other(body: OtherMessage) -> None:
    """Answer any 2xx once it is stored."""
