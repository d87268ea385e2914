"""The soak at full length; docs/soak.md and docs/soak.svg tell what was seen.

    make soak                one to two minutes to begin with, then ten
    make soak MINUTES=60

Ends with status 1 if anything was not answered once and in order, or grew.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.end_to_end.running import ROOT
from tests.soak.flatness import MOST_GROWTH, MOST_SLOWER, WARM_UP, percentile, slope, slower
from tests.soak.picture import draw
from tests.soak.soak import Plan, Soaked, soak

DOCUMENT, PICTURE = ROOT / "docs/soak.md", ROOT / "docs/soak.svg"
_BEGIN, _END = "<!-- made by `make soak` -->", "<!-- end of what `make soak` made -->"


def main() -> None:
    """Soak, write down what was seen, and fail on what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="recourse-soak-"))
    soaked = soak(Plan(seconds=60 * options.minutes), f"sqlite:///{data}/recourse.db", data)
    draw(soaked, PICTURE)
    write(list(told(soaked)))
    wrong = [*soaked.wrong, *soaked.growing]
    print(*told(soaked), *wrong, sep="\n")
    if wrong:
        print(f"the logs are in {data}")
    sys.exit(1 if wrong else 0)


def told(soaked: Soaked) -> Iterator[str]:
    """What is to be said."""
    counts = soaked.counts
    yield f"{_circumstances(soaked)}"
    yield ""
    yield (
        f"Capacity, measured first: {soaked.capacity:.0f} answers a second. "
        f"Then {soaked.rate:.1f} messages a second for {soaked.seconds / 60:.1f} minutes."
    )
    yield ""
    yield "![Memory, latency and queue over the time of the soak](soak.svg)"
    yield ""
    yield f"| memory, MB | at first | after the warm-up | at the end | a minute | at most {MOST_GROWTH:g} |"
    yield "|---|---|---|---|---|---|"
    warm = next(sample for sample in soaked.samples if sample.at >= WARM_UP * soaked.samples[-1].at)
    for name, at_end in soaked.samples[-1].megabytes.items():
        grows = slope(soaked.samples, name)
        first = soaked.samples[0].megabytes[name]
        yield (
            f"| {name} | {first:.0f} | {warm.megabytes[name]:.0f} | {at_end:.0f} | {grows:+.2f} "
            f"| {_verdict(grows <= MOST_GROWTH)} |"
        )
    yield ""
    yield f"| ms | all | first quarter | last quarter | ratio | median at most {MOST_SLOWER:g} |"
    yield "|---|---|---|---|---|---|"
    for what in ("acknowledged", "answered"):
        for share, named in ((0.5, "median"), (0.99, "p99")):
            whole = percentile([getattr(timing, what) for timing in soaked.timings], share)
            first, last = slower(soaked.timings, soaked.seconds, share, what)
            verdict = _verdict(last <= MOST_SLOWER * first) if share == 0.5 else ""
            yield (
                f"| {what}, {named} | {whole:.0f} | {first:.0f} | {last:.0f} | {last / first:.2f} "
                f"| {verdict} |"
            )
    yield ""
    yield "| | must be | is |"
    yield "|---|---|---|"
    for what, due in (
        ("answered once", counts["messages"]),
        ("complaints with exactly one case", counts["complaints"]),
        ("in the queue, asked for a person", counts["asked for a person"]),
    ):
        yield f"| {what} | {due:,} | {counts[what]:,} |"
    yield f"| **anything else that is wrong** | 0 | {len(soaked.wrong):,} |"
    for what in ("conversations", "replies", "receipts, because no answer came in time"):
        yield f"| {what} | | {counts[what]:,} |"
    yield f"| jobs due and not done, at most | | {max(sample.waiting for sample in soaked.samples):,} |"
    wrong = [*soaked.wrong, *soaked.growing]
    if wrong:
        yield ""
        yield from (f"- {line}" for line in wrong[:50])


def _verdict(well: bool) -> str:
    return "yes" if well else "**no**"


def _circumstances(soaked: Soaked) -> str:
    command = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    before, after = soaked.load
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit `{commit}`; {os.cpu_count()} cores, which the "
        f"customers and the platform share; load of the machine {before:.1f} before, {after:.1f} at the end."
    )


def write(lines: list[str]) -> None:
    """Put the lines between the marks of the document."""
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    _, closed, after = rest.partition(_END)
    if not found or not closed:
        raise ValueError(f"docs/soak.md has lost its marks: {_BEGIN} and {_END}")
    DOCUMENT.write_text("\n".join([before + _BEGIN, "", *lines, "", _END]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
