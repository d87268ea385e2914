"""Runs the commands of one page, in their order, in this process: ``python -m tests.documents.one_page``.

They come on standard input, a line each, and are read by the program's own command line. The first that
fails ends it.
"""

from __future__ import annotations

import os
import sys

from bot.cli import app
from tests.documents.reading import settings_before, words


def run(line: str) -> int:
    """The status of one command, under the settings that stand before it."""
    given = words(line, "recourse")
    if given is None:
        sys.exit(f"not a command of ours: {line}")
    before = dict(os.environ)
    os.environ.update(settings_before(line))
    try:
        app(given, prog_name="recourse")
    except SystemExit as done:
        return int(done.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return 0


for wanted in sys.stdin.read().splitlines():
    print(f"$ {wanted}", flush=True)  # noqa: T201
    if (status := run(wanted)) != 0:
        sys.exit(f"status {status}: {wanted}")
