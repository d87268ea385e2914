"""Which engines run on a folder of models, and what each answers with. Needs nothing but Python."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

FOLDER = "engines"
FRESH_SECONDS = 10.0
"""An engine that has not been heard of for so long is gone; only its file is left of it."""


class Presence:
    """The process, as others see it. In a folder that is read-only it says nothing."""

    def __init__(self, models: Path) -> None:
        self._folder = models / FOLDER
        self._file = self._folder / f"{socket.gethostname()}-{os.getpid()}"
        self._told = ""

    def tell(self, digest: str) -> None:
        """Say that the process lives, and what it answers with."""
        with suppress(OSError):
            if digest == self._told:
                os.utime(self._file)
                return
            self._folder.mkdir(exist_ok=True)
            draft = self._folder / f".{self._file.name}"  # readers see the old or the new, never half of it
            draft.write_text(digest, encoding="ascii")
            draft.replace(self._file)
            self._told = digest

    def leave(self) -> None:
        """Say that the process is going, and clear away what others, long gone, have left."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
            for file in self._folder.iterdir():
                if not _fresh(file):
                    file.unlink(missing_ok=True)


def engines(models: Path) -> dict[str, str]:
    """The digest that each running engine answers with."""
    found = {}
    for file in sorted((models / FOLDER).glob("[!.]*")):
        with suppress(FileNotFoundError):
            if _fresh(file):
                found[file.name] = file.read_text(encoding="ascii")
    return found


def _fresh(file: Path) -> bool:
    return time.time() - file.stat().st_mtime < FRESH_SECONDS
