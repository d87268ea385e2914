"""The command's ends: the file in, the verdicts out, and what is told on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot.backlog import rows, writing
from bot.backlog.rows import Broken, UnreadableFile
from bot.backlog.sorting import Backlog, Count
from bot.backlog.verdict import Verdict
from bot.backlog.writing import Format
from bot.settings import Settings

STANDARD_INPUT = "-"


def triage(settings: Settings, file: str, form: Format, processes: int | None) -> Count:
    """Sort ``file`` and write the verdicts to standard output.

    Raises `UnreadableFile`, `ParserFailed` and `EngineMissing`.
    """
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    with _opened(file) as source, _progress(errors) as progress:
        bar = progress.add_task("Sorting", total=_size(source), rows=0)

        def report(broken: Broken) -> None:
            # Above the bar, if there is one.
            progress.console.print(f"recourse: line {broken.place} skipped: {broken.why}")

        with TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline="") as lines:
            backlog = Backlog(_told(rows.read(lines, name=file), file), report)
            verdicts = _watched(backlog.verdicts(settings, processes), progress, bar, source)
            try:
                writing.write(verdicts, form, sys.stdout)
                sys.stdout.flush()
            except BrokenPipeError:
                # Whoever reads has enough, as `head` does; nothing more is to be written at the end, either.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    errors.print(_summary(backlog.count))
    return backlog.count


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as source:
            yield source
    except OSError as error:
        raise UnreadableFile(f"{file}: {error.strerror}") from error


def _told(found: Iterator[rows.Row | Broken], file: str) -> Iterator[rows.Row | Broken]:
    try:
        yield from found
    except UnreadableFile as error:
        raise UnreadableFile(f"{file}: {error}") from error


def _progress(errors: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]}"))
    return Progress(*columns, TimeElapsedColumn(), console=errors, disable=not errors.is_terminal)


def _watched(
    verdicts: Iterator[Verdict], progress: Progress, bar: TaskID, source: BinaryIO
) -> Iterator[Verdict]:
    for number, verdict in enumerate(verdicts, 1):
        progress.update(bar, completed=_read(source), rows=number)
        yield verdict


def _size(source: BinaryIO) -> int | None:
    """Bytes to be read, if they are known beforehand."""
    return os.fstat(source.fileno()).st_size or None if source.seekable() else None


def _read(source: BinaryIO) -> int:
    return source.tell() if source.seekable() else 0


def _summary(count: Count) -> str:
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    return f"{count.sorted} sorted{skipped}"
