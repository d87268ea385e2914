"""How much is tried: ``make test`` tries the same each time, ``make fuzz`` ten times as much, anew."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("RECOURSE_FUZZ", "1"))


def examples(number: int) -> settings:
    """So many examples; ten times as many in ``make fuzz``."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        database=None,
        derandomize=TIMES == 1,
        print_blob=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
