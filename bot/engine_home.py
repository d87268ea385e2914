"""Where the dialogue engine lives: Rasa's own environment, on the Python that it needs."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings, SettingsError

HOME = Path(__file__).parent / "rasa"
ROOT = Path(__file__).parent.parent


class EngineMissing(SettingsError):
    """The engine's environment is not there. The text names the remedy."""


def engine_python() -> Path:
    """The interpreter of Rasa's environment. Raises `EngineMissing`."""
    python = HOME / ".venv" / "bin" / "python"
    if not python.exists():
        raise EngineMissing(
            "the dialogue engine's environment is missing: run `make up` (it needs Python 3.10, "
            "which uv fetches, or which must be on the PATH where nothing can be fetched)"
        )
    return python


def serve_command(settings: Settings) -> list[str]:
    """What starts the engine; host, port and tokens are in its environment."""
    return [str(engine_python()), str(HOME / "serve.py"), "--models", str(settings.models_dir.resolve())]
