"""How long a lane rests after a failed attempt.

Mutation: leave ``max`` out in `channels.backoff`: the thirtieth rest is then eight years long.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from channels.backoff import CEILING, backoff
from channels.lanes import ATTEMPTS


def test_grows_and_spreads() -> None:
    """Each rest is longer than the one before, whatever the chance."""
    for failures, more in pairwise(range(1, ATTEMPTS)):
        assert backoff(failures, 0) < backoff(failures, 0.99) < backoff(more, 0)


def test_poison_is_soon_over() -> None:
    """All rests of a job that fails every time are short enough for those who wait behind it."""
    rests = (backoff(failures, 0.99) for failures in range(1, ATTEMPTS))
    assert sum(rests, timedelta()) < timedelta(seconds=15)


@pytest.mark.parametrize("failures", [12, 30, 100_000])
def test_it_grows_no_further_and_still_spreads(failures: int) -> None:
    """After a day of failures a platform that is back is found within minutes."""
    assert backoff(failures, 0) == CEILING
    assert CEILING < backoff(failures, 0.99) < 1.5 * CEILING
