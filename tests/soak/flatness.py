"""What is measured during a soak, and whether it stayed flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

WARM_UP = 0.25
"""The part of the soak in which memory may grow: caches fill, and code that was never used is loaded."""

MOST_GROWTH = 2.0
"""Megabytes a minute that a process may grow after the warm-up, by the line that fits best."""

MOST_SLOWER = 1.5
"""How much longer the median message may take in the last quarter than in the first."""


@dataclass(frozen=True)
class Sample:
    """The program at one moment. ``at`` is in seconds since the soak began."""

    at: float
    megabytes: Mapping[str, float]  # resident, by process
    waiting: int  # jobs that are due and not done


@dataclass(frozen=True)
class Timing:
    """One message: when it was due, and how long until we had it and until it was answered, in ms."""

    at: float
    acknowledged: float
    answered: float


def slope(samples: Sequence[Sample], process: str) -> float:
    """Megabytes a minute after the warm-up: least squares."""
    end = samples[-1].at
    late = [sample for sample in samples if sample.at >= WARM_UP * end]
    minutes = [sample.at / 60 for sample in late]
    return float(np.polyfit(minutes, [sample.megabytes[process] for sample in late], 1)[0])


def quarters(timings: Sequence[Timing], seconds: float) -> tuple[Sequence[Timing], Sequence[Timing]]:
    """The messages of the first quarter of the soak, and of the last."""
    first = [timing for timing in timings if timing.at < seconds / 4]
    last = [timing for timing in timings if timing.at >= seconds * 3 / 4]
    return first, last


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of them are."""
    return float(np.quantile(values, share))


def slower(timings: Sequence[Timing], seconds: float, share: float, what: str) -> tuple[float, float]:
    """The percentile of ``acknowledged`` or ``answered`` in the first quarter, and in the last."""
    first, last = (
        percentile([getattr(timing, what) for timing in part], share) for part in quarters(timings, seconds)
    )
    return first, last


def not_flat(samples: Sequence[Sample], timings: Sequence[Timing], seconds: float) -> Iterator[str]:
    """Whatever grew, a line each."""
    for process in samples[-1].megabytes:
        grows = slope(samples, process)
        if grows > MOST_GROWTH:
            yield f"{process} grows by {grows:.1f} MB a minute; {MOST_GROWTH} are allowed"
    for what in ("acknowledged", "answered"):
        first, last = slower(timings, seconds, 0.5, what)
        if last > MOST_SLOWER * first:
            yield f"{what} after {last:.0f} ms in the last quarter, {first:.0f} ms in the first (medians)"
