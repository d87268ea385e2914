"""Where trained models are, which one is in service, and what each was made from.

    <digest>.tar.gz           the model, named by the digest of everything it is made from
    <digest>.json             what it is made from: `Description`
    <digest>.evaluation.json  what was measured of it, by the program
    current.json              the pointer to the model in service: `Pointer`

Read by the engine and by the program alike, so it needs nothing but Python.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypedDict

SUFFIX = ".tar.gz"
DESCRIPTION = ".json"
EVALUATION = ".evaluation.json"
POINTER = "current.json"
KEPT = 5
"""The newest models that stay when another is trained, besides those in service and before it. A model is
some 25 MB and is trained again from its files within two minutes."""


class Pointer(TypedDict):
    """Which model is in service.

    `program` is the digest of all but the examples: rules, texts, pipeline. `previous` is the file to roll
    back to, null if there was none. `anyway` says why a floor was ignored, null if none was.
    """

    model: str
    digest: str
    program: str
    trained_at: str
    since: str
    previous: str | None
    anyway: str | None


class Description(TypedDict):
    """What a model is made from. `counts` are examples by language and intent; `sha256` is the archive's."""

    digest: str
    program: str
    data: str
    trained_at: str
    seconds: float | None
    sha256: str
    examples: int
    counts: dict[str, dict[str, int]]
    files: list[dict[str, str]]
    pipeline: list[str]
    versions: dict[str, str]


def archive(models: Path, digest: str) -> Path:
    """Where the model with this digest is kept, whether it exists yet or not."""
    return models / f"{digest}{SUFFIX}"


def digest_of(model: Path) -> str:
    """The digest a model is named by."""
    return model.name.removesuffix(SUFFIX)


def archives(models: Path) -> list[Path]:
    """All models there are, the newest first."""
    return sorted(models.glob(f"*{SUFFIX}"), key=lambda model: (-model.stat().st_mtime_ns, model.name))


def current(models: Path) -> Path | None:
    """The model in service, or None before the first training."""
    pointer = read_pointer(models)
    return models / pointer["model"] if pointer else None


def read_pointer(models: Path) -> Pointer | None:
    """The pointer, or None before the first training."""
    found: Pointer | None = read_json(models / POINTER)
    if found and "program" not in found:  # of an older version: its model suits no program of today
        found.update(program="", since=found["trained_at"], anyway=None)
    return found


def describe(models: Path, digest: str) -> Description | None:
    """What the model is made from; None if it is of a version that did not write it down."""
    found: Description | None = read_json(models / f"{digest}{DESCRIPTION}")
    return found


def put_in_service(models: Path, digest: str, *, anyway: str | None = None) -> None:
    """Make this model the one in service, remembering the one before.

    A crash leaves the old pointer whole. Its running engines take the model up by themselves: `following.py`.
    """
    last = read_pointer(models)
    if last and last["digest"] == digest:
        return
    model = archive(models, digest)
    made_from = describe(models, digest)
    pointer: Pointer = {
        "model": model.name,
        "digest": digest,
        "program": made_from["program"] if made_from else "",
        "trained_at": made_from["trained_at"] if made_from else moment(model.stat().st_mtime),
        "since": moment(datetime.now(timezone.utc).timestamp()),
        "previous": last["model"] if last else None,
        "anyway": anyway,
    }
    write_json(models / POINTER, pointer)


def prune(models: Path) -> list[str]:
    """Remove old models and what belongs to them, never the one in service or before; their digests."""
    pointer = read_pointer(models)
    needed = {pointer["model"], pointer["previous"]} if pointer else set()
    removed = []
    for model in archives(models)[KEPT:]:
        if model.name not in needed:
            digest = digest_of(model)
            for suffix in (SUFFIX, DESCRIPTION, EVALUATION):
                (models / f"{digest}{suffix}").unlink(missing_ok=True)
            removed.append(digest)
    return removed


def sha256(file: Path) -> str:
    """The digest of a file's content."""
    with file.open("rb") as content:
        whole = hashlib.sha256()
        while piece := content.read(1 << 20):
            whole.update(piece)
    return whole.hexdigest()


def moment(timestamp: float) -> str:
    """A time as it is written down: UTC, to the second."""
    return datetime.fromtimestamp(timestamp, timezone.utc).isoformat(timespec="seconds")


def read_json(file: Path) -> Any:
    """The content, or None if there is no such file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def write_json(file: Path, content: Any) -> None:
    """Write it whole or not at all, whoever else writes at the same time."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.", delete=False
    ) as draft:
        draft.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    # A temporary file is its owner's alone; other users' engines read this one.
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(file)
