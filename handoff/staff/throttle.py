"""Guessing made slow: waits that grow with each failed sign-in, by name and by address.

They are kept in the database, so that several web processes count together. An attempt counts as
failed *before* it is checked, so that a hundred at once are no way round; success takes it back.

- A name may fail `_FREE_NAME` times, then waits 1, 2, 4 ... seconds, a quarter of an hour at most.
- An address may fail `_FREE_ADDRESS` times, under whatever names, then waits in the same way. An IPv6
  network of 64 bits is one address: that is what one household or server is given.
- Nobody is locked out for ever, nor by others: where somebody has signed in from an address lately, it
  is not the name that waits but the name at this address. Strangers who guess cannot keep them out; and
  a sign-in link always works.
- What was tried is forgotten after a quiet day.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlmodel import Field, Session, SQLModel, col, delete, select

from handoff.staff import sessions
from handoff.staff.agents import AccountError

_FREE_NAME = 5
_FREE_ADDRESS = 20
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)


class TooManyAttempts(AccountError):
    """Too many attempts failed; ``wait`` is until the next one is looked at."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"too many attempts have failed: try again in {_spoken(self.seconds)}")

    @property
    def seconds(self) -> int:
        """The wait in whole seconds, at least one."""
        return max(1, math.ceil(self.wait.total_seconds()))


class SignInFailures(SQLModel, table=True):
    """How often signing in failed under a name, from an address, or both. ``key`` is a digest.

    A digest, because people type their password into the box for the name.
    """

    __tablename__ = "sign_in_failures"

    key: str = Field(primary_key=True)
    failures: int
    failed_at: datetime = Field(index=True)
    open_at: datetime


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is being checked; counted as failed until `succeeded`."""

    keys: tuple[tuple[str, int], ...]


def begin(session: Session, name: str | None, address: str, now: datetime) -> Attempt:
    """Count an attempt, under a name or with a token or link alone. Raises `TooManyAttempts`."""
    keys = [(f"address {network(address)}", _FREE_ADDRESS)]
    if name is not None:
        written = " ".join(name.split()).lower()
        known = sessions.has_signed_in_from(session, name, address, now)
        keys.append((f"name {written} at {network(address)}" if known else f"name {written}", _FREE_NAME))
    # All take the locks in the same order.
    attempt = Attempt(tuple(sorted((_digest(key), free) for key, free in keys)))
    rows = [(_locked(session, key, now), free) for key, free in attempt.keys]
    if longest := max((row.open_at - now for row, _ in rows if row.open_at > now), default=None):
        raise TooManyAttempts(longest)
    for row, free in rows:
        failures = row.failures if row.failed_at > now - FORGOTTEN else 0
        row.failures, row.failed_at = failures + 1, now
        row.open_at = now + _wait(row.failures - free)
        session.add(row)
    _forget(session, now)
    return attempt


def succeeded(session: Session, attempt: Attempt, now: datetime) -> None:
    """It was no failure. The name is free again; the address only loses this one attempt.

    Otherwise somebody with one account could guess at all others for ever.
    """
    for key, free in attempt.keys:
        row = _locked(session, key, now)
        row.failures = 0 if free == _FREE_NAME else max(row.failures - 1, 0)
        row.open_at = now
        session.add(row)


def _forget(session: Session, now: datetime) -> None:
    """Delete what is a day old, but for what somebody else is changing just now."""
    old = select(SignInFailures.key).where(col(SignInFailures.failed_at) < now - FORGOTTEN).limit(100)
    session.exec(
        delete(SignInFailures).where(col(SignInFailures.key).in_(old.with_for_update(skip_locked=True)))
    )


def _wait(beyond: int) -> timedelta:
    """1, 2, 4 ... seconds from the first failure that is too many."""
    return min(timedelta(seconds=2 ** min(beyond, 20)), LONGEST_WAIT) if beyond >= 0 else timedelta()


def _locked(session: Session, key: str, now: datetime) -> SignInFailures:
    """The row, made if it is new, locked until the transaction ends."""
    postgresql = session.connection().dialect.name == "postgresql"
    fresh = SignInFailures(key=key, failures=0, failed_at=now, open_at=now).model_dump()
    row = (insert_on_postgresql if postgresql else insert_on_sqlite)(SignInFailures).values(fresh)
    # An update, though of nothing: it locks a row that is there, so that it cannot be deleted under us.
    session.execute(row.on_conflict_do_update(index_elements=["key"], set_={"key": key}))
    return session.get_one(SignInFailures, key, populate_existing=True)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()


def network(address: str) -> str:
    """What counts as one caller: an address or, of IPv6, its network of 64 bits."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _spoken(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
