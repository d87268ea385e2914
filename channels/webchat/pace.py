"""How fast somebody may go: a token bucket per visitor or address, in memory.

Each process counts for itself. That is enough to stop a flood, and a restart forgives everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

_MANY = 10_000


@dataclass
class _Bucket:
    left: float
    at: float  # seconds, as of the clock that the caller uses


class Pace:
    """Allows ``per_minute`` at once and, after that, as many a minute."""

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / 60  # a second
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, who: str, now: float, cost: int = 1) -> float:
        """0 if ``who`` may go now, which is then counted; else the seconds until they may.

        ``now`` is in seconds on a clock that never goes back.
        """
        if len(self._buckets) > _MANY:
            self._forget(now)
        bucket = self._buckets.setdefault(who, _Bucket(self._size, now))
        bucket.left = min(self._size, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left < cost:
            return (cost - bucket.left) / self._rate
        bucket.left -= cost
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again: they say nothing."""
        self._buckets = {
            who: bucket
            for who, bucket in self._buckets.items()
            if bucket.left + (now - bucket.at) * self._rate < self._size
        }
