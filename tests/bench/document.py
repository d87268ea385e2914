"""docs/bench.md: what is between two marks is replaced by the command, the words around are a person's."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.sides import CORES, OUR_PYTHON, ROOT, STOCK_PYTHON

DOCUMENT = ROOT / "docs/bench.md"


def replace(part: str, lines: Sequence[str]) -> None:
    """Put the lines between the marks of a part of the document."""
    begin, end = f"<!-- {part}: made by `make bench` -->", f"<!-- end of {part} -->"
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"docs/bench.md has lost its marks: {begin} and {end}")
    DOCUMENT.write_text("\n".join([before + begin, "", *lines, "", end]) + after, encoding="utf-8")


def table(*columns: str) -> tuple[str, ...]:
    return ("", row(*columns), row(*("---" for _ in columns)))


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def circumstances() -> Iterator[str]:
    """When, where and with what: a figure without them means nothing."""
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit `{_commit()}`, by `make bench`."
    yield ""
    system = f"{platform.system()} {platform.release()}"
    yield f"- Machine: {_processor()}, {os.cpu_count()} cores, {_memory()} GB; {system}."
    yield f"- Cores: both sides, in turn, on {CORES}, with as many threads."
    yield f"- Load of the whole machine over the last 15 minutes: {os.getloadavg()[2]:.1f}."
    for name, python in (("Stock", STOCK_PYTHON), ("Ours", OUR_PYTHON)):
        yield f"- {name}: {', '.join(_versions(python))}."


def _commit() -> str:
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


def _versions(python: Path) -> Sequence[str]:
    code = (
        "import importlib.metadata as m, platform\n"
        "print('Python', platform.python_version())\n"
        "for name in ('rasa', 'tensorflow', 'scikit-learn'):\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: print('no', name)"
    )
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
