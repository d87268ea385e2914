"""Where the dialogue engine lives: Rasa's own environment, on the Python that it needs."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings, SettingsError

HOME = Path(__file__).parent / "rasa"
ROOT = Path(__file__).parent.parent


class EngineMissing(SettingsError):
    """The engine's environment is not there. The text names the remedy."""


def engine_python(settings: Settings) -> Path:
    """The interpreter of Rasa's environment. Raises `EngineMissing`."""
    python = settings.engine_python or HOME / ".venv" / "bin" / "python"
    if not python.is_file():
        raise EngineMissing(
            f"the dialogue engine's Python 3.10 is not at {python}: run `make up`, which makes its "
            "environment (where nothing can be fetched, install Python 3.10 first), "
            "or set RECOURSE_ENGINE_PYTHON"
        )
    return python.absolute()


def serve_command(settings: Settings) -> list[str]:
    """What starts the engine; host, port and tokens are in its environment."""
    return [
        str(engine_python(settings)),
        str(HOME / "serve.py"),
        "--models",
        str(settings.models_dir.resolve()),
    ]
