"""The two tables behind `channels.lanes`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel


class JobState(StrEnum):
    """``ready`` waits for its turn or its due time; ``done`` is the memory against redelivery."""

    READY = "ready"
    DONE = "done"
    DEAD = "dead"


class Lane(SQLModel, table=True):
    """One conversation in one direction.

    ``ready_at`` is since when, or from when on, there is something to do: never later than the
    truth, ``None`` for nothing. Nobody may lease the lane before ``free_at``, the end of the present
    lease or of a rest. ``owner`` is whoever leases it, ``fence`` the token of the latest lease.
    ``tail`` is the position of the last message.
    """

    __table_args__ = (Index("lane_ready", "kind", "ready_at"),)

    key: str = Field(primary_key=True)
    kind: str
    tail: int = Field(sa_type=BigInteger)
    ready_at: datetime | None
    free_at: datetime
    owner: str | None = None
    fence: int = 0


class Job(SQLModel, table=True):
    """A message, or a timer, in a lane.

    ``position`` is where it stands, in microseconds since 1970 so that timers find their place by
    their due time; ``order_key`` sorts messages that the platform delivered in parallel.
    ``finished`` is when it was done or became a dead letter.
    """

    __table_args__ = (
        Index("job_turn", "lane", "state", "position", "order_key"),
        Index("job_state_finished", "state", "finished"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    lane: str = Field(foreign_key="lane.key")
    dedup_key: str = Field(unique=True)
    position: int = Field(sa_type=BigInteger)
    order_key: int | None = Field(default=None, sa_type=BigInteger)
    payload: dict[str, Any] = Field(sa_type=JSON)
    state: str = JobState.READY
    attempts: int = 0
    due: datetime | None = None
    last_error: str | None = None
    created: datetime
    finished: datetime | None = None
