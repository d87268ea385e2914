"""The soak as a picture: memory, latency and queue over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.soak.flatness import WARM_UP, Timing, percentile
from tests.soak.soak import Soaked

mpl.rcParams["svg.fonttype"] = "none"  # letters stay letters
mpl.rcParams["svg.hashsalt"] = "recourse"  # the same figures make the same file

_POINTS = 60  # intervals over the whole soak


def draw(soaked: Soaked, picture: Path) -> None:
    """Write the picture, as SVG."""
    figure = Figure(figsize=(9, 8), layout="constrained")
    memory, acknowledged, answered, queue = figure.subplots(4, sharex=True)
    minutes = [sample.at / 60 for sample in soaked.samples]
    for process in soaked.samples[0].megabytes:
        memory.plot(minutes, [sample.megabytes[process] for sample in soaked.samples], label=process)
    memory.axvspan(0, WARM_UP * soaked.seconds / 60, color="0.93")
    memory.set(title="Resident memory (the warm-up in grey)", ylabel="MB")
    memory.set_ylim(bottom=0)
    memory.legend(loc="lower right", ncols=3)
    _latency(acknowledged, soaked, "acknowledged", "From webhook to acknowledgement")
    _latency(answered, soaked, "answered", "From webhook to the answer at the platform")
    queue.step(minutes, [sample.waiting for sample in soaked.samples], where="mid")
    queue.set(title="Jobs due and not done", xlabel="minutes", ylabel="jobs")
    queue.set_ylim(bottom=0)
    figure.savefig(picture, format="svg", metadata={"Date": None})


def _latency(axes: Axes, soaked: Soaked, what: str, title: str) -> None:
    for share, name in ((0.5, "median"), (0.99, "p99")):
        points = list(_over_time(soaked.timings, soaked.seconds, share, what))
        axes.plot([at / 60 for at, _ in points], [value for _, value in points], label=name)
    axes.set(title=title, ylabel="ms", yscale="log")
    axes.legend(loc="upper right", ncols=2)


def _over_time(
    timings: Sequence[Timing], seconds: float, share: float, what: str
) -> Iterator[tuple[float, float]]:
    """The percentile in each interval: its middle, in seconds, and milliseconds."""
    width = seconds / _POINTS
    for place in range(_POINTS):
        within = [getattr(t, what) for t in timings if place <= t.at / width < place + 1]
        if within:
            yield (place + 0.5) * width, percentile(within, share)
