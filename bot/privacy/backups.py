"""Which backups still hold what was erased: each is remembered when it is made, and listed afterwards.

Nobody knows where a backup has been carried to, so none is changed. The list lies in the data folder
(``backups.json``): when each was made, and where.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from bot.settings import Settings

LIST = "backups.json"


def remember(data_dir: Path, target: Path, now: datetime) -> None:
    """Note that a backup was made."""
    path = data_dir / LIST
    known = _read(path)
    known[str(target.absolute())] = now.isoformat(timespec="seconds")
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(known, indent=2) + "\n")
    draft.replace(path)


def notes(settings: Settings) -> list[str]:
    """A line for each backup that is known: it holds what was there when it was made."""
    lines = []
    for target, made in sorted(_read(settings.data_dir / LIST).items(), key=lambda item: item[1]):
        where = target if Path(target).exists() else f"{target} (moved, or deleted)"
        lines.append(f"This backup still holds it until it is destroyed: {where}, made {made}")
    return lines


def _read(path: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found
