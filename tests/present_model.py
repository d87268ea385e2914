"""The model of the present files, in service in a folder of its own.

What is in service in the operator's folder may be older: a newer one is a candidate until it is promoted.
Tests are about the files as they are.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from bot import responses
from bot.engine_home import HOME, ROOT

PYTHON = HOME / ".venv/bin/python"
KEPT = HOME / "models"
TRAINING_SECONDS = 600


@cache
def present_models() -> Path:
    """The folder; it is made once in a process and removed at its end. Trains only if there is need."""
    folder = Path(tempfile.mkdtemp(prefix="recourse-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    texts = folder / "texts/responses.yml"
    responses.generate(texts)
    digest = _train(KEPT, texts)
    for suffix in (".tar.gz", ".json"):
        (folder / f"{digest}{suffix}").symlink_to(KEPT / f"{digest}{suffix}")
    assert _train(folder, texts) == digest
    return folder


def _train(models: Path, texts: Path) -> str:
    command = [PYTHON, HOME / "train.py", "--data", ROOT / "nlu_data", "--responses", texts]
    done = subprocess.run(
        [*map(str, command), "--models", str(models)],
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        timeout=TRAINING_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()[-1]
