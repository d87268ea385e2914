"""Training: the catalogue's texts and the trainers' examples become a model of the engine."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable

from bot import responses
from bot.engine_home import HOME, ROOT, engine_python
from bot.settings import Settings


class TrainingFailed(Exception):
    """The engine's trainer refused; its own words stand above."""


def train(
    settings: Settings, say: Callable[[str], None], *, force: bool = False, if_none_suits: bool = False
) -> None:
    """Train a model unless one of the very same data is there; see bot/rasa/train.py for what becomes of it.

    ``if_none_suits``: only where no model in service suits the program. Raises `TrainingFailed`,
    `EngineMissing`.
    """
    python = engine_python(settings)
    texts = settings.data_dir / "responses.yml"
    texts.parent.mkdir(parents=True, exist_ok=True)
    responses.generate(texts)
    command = [
        str(python), str(HOME / "train.py"),
        "--data", str(settings.nlu_data_dir.resolve()),
        "--responses", str(texts.resolve()),
        "--models", str(settings.models_dir.resolve()),
    ]  # fmt: skip
    command += ["--force"] * force + ["--if-none-suits"] * if_none_suits
    with (
        tempfile.TemporaryFile("w+") as grumbling,  # Rasa is talkative; its words matter only when it fails
        subprocess.Popen(  # noqa: S603 - our own program and paths
            command, stdout=subprocess.PIPE, stderr=grumbling, text=True, cwd=ROOT
        ) as trainer,
    ):
        assert trainer.stdout is not None
        for line in trainer.stdout:
            if " " in line.strip():  # the last line is the digest, for programs
                say(f"  {line.rstrip()}")
        if trainer.wait() != 0:
            grumbling.seek(0)
            say(grumbling.read().rstrip())
            raise TrainingFailed("the model was not trained: mend what stands above and run `recourse train`")
