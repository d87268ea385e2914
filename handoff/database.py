"""What this room needs of the database; `bot.db` provides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlmodel import Session

from channels import wakeups

P = ParamSpec("P")
T = TypeVar("T")


class Database(wakeups.Database, Protocol):
    """Also reads beside the writers: agents look far more often than they act."""

    async def read(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``unit(session, ...)`` on a snapshot that it can only read."""
        ...
