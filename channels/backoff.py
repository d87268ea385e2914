"""How long a lane rests after a failed attempt: a pure decision."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=0.5)


def backoff(failures: int, chance: float) -> timedelta:
    """The rest after the ``failures``-th failure in a row (from 1): 0.5, 1, 2, 4 s ..., and up to half more.

    ``chance`` in [0, 1) spreads the retries of many lanes that failed together. The rests stay
    short because everything later in the conversation waits as well.
    """
    return FIRST * (2.0 ** (failures - 1) * (1 + chance / 2))
