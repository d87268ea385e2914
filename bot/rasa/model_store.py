"""Where trained models are: one archive per digest of its sources, and a pointer to the one in use."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TypedDict

SUFFIX = ".tar.gz"
POINTER = "current.json"


class Current(TypedDict):
    """The pointer's content. `previous` is the model to roll back to, null if there was none."""

    model: str
    digest: str
    trained_at: str
    previous: str | None


def archive(models: Path, digest: str) -> Path:
    """Where the model with this digest is kept, whether it exists yet or not."""
    return models / f"{digest}{SUFFIX}"


def digest_of(model: Path) -> str:
    """The digest a model is named by."""
    return model.name.removesuffix(SUFFIX)


def current(models: Path) -> Path | None:
    """The model in use, or None before the first training."""
    pointer = read_pointer(models)
    return models / pointer["model"] if pointer else None


def read_pointer(models: Path) -> Current | None:
    """The pointer, or None before the first training."""
    try:
        pointer: Current = json.loads((models / POINTER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return pointer


def point_to(models: Path, digest: str) -> None:
    """Make this model the one in use, remembering the one before. A crash leaves the old pointer whole."""
    model = archive(models, digest)
    last = read_pointer(models)
    if last and last["digest"] == digest:
        return
    pointer: Current = {
        "model": model.name,
        "digest": digest,
        "trained_at": datetime.fromtimestamp(model.stat().st_mtime, timezone.utc).isoformat(
            timespec="seconds"
        ),
        "previous": last["model"] if last else None,
    }
    draft = models / f"{POINTER}.new"
    draft.write_text(json.dumps(pointer, indent=2) + "\n", encoding="utf-8")
    draft.replace(models / POINTER)
