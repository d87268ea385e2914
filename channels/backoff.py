"""How long a lane rests after a failed attempt: a pure decision."""

from __future__ import annotations

from datetime import timedelta

from tenacity import RetryCallState, Retrying, wait_exponential

FIRST = timedelta(seconds=0.5)

CEILING = timedelta(minutes=2)
"""No rest is longer, but for its share of chance: what was away all day is soon noticed to be back."""

_DOUBLING = wait_exponential(max=CEILING / FIRST)
_NOBODY = Retrying()


def backoff(failures: int, chance: float) -> timedelta:
    """The rest after the ``failures``-th failure in a row (from 1): 0.5, 1, 2, 4 s ..., and up to half more.

    ``chance`` in [0, 1) spreads the retries of many lanes that failed together. The first rests are
    short because everything later in the conversation waits as well.
    """
    state = RetryCallState(_NOBODY, None, (), {})
    state.attempt_number = failures
    return FIRST * _DOUBLING(state) * (1 + chance / 2)
