"""How long a lane rests after a failed attempt.

Seen to fail when the rests do not grow.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from channels.backoff import backoff
from channels.lanes import ATTEMPTS


def test_grows_and_spreads() -> None:
    """Each rest is longer than the one before, whatever the chance."""
    for failures, more in pairwise(range(1, ATTEMPTS)):
        assert backoff(failures, 0) < backoff(failures, 0.99) < backoff(more, 0)


def test_poison_is_soon_over() -> None:
    """All rests of a job that fails every time are short enough for those who wait behind it."""
    rests = (backoff(failures, 0.99) for failures in range(1, ATTEMPTS))
    assert sum(rests, timedelta()) < timedelta(seconds=15)
