"""Serves the dialogue engine on loopback.

    bot/rasa/.venv/bin/python bot/rasa/serve.py --models bot/rasa/models

`POST /turn` and `POST /parse` answer messages, `POST /model` swaps the model, `GET /status` names it; all of
these want the bearer token. `GET /healthz` says that a model is loaded and the process lives. The environment
gives `RECOURSE_ENGINE_TOKEN`, and `RECOURSE_ACTIONS_URL` (several may stand there, separated by blanks) and
`RECOURSE_ACTIONS_TOKEN` for the custom actions.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from before_rasa import prepare

prepare()

from engine_app import Settings, create_app  # noqa: E402 - Rasa is imported from here on


def main() -> None:
    """Serve until told to stop; turns under way are finished first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, default=Path(__file__).parent / "models", help="folder of trained models"
    )
    parser.add_argument("--host", default=os.environ.get("RECOURSE_ENGINE_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("RECOURSE_ENGINE_PORT", "5005")))
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A form that declines to run is how a digression works, not an error.
    logging.getLogger("rasa.core.actions.action").setLevel(logging.CRITICAL)
    token = os.environ.get("RECOURSE_ENGINE_TOKEN", "")
    if not token:
        parser.error("RECOURSE_ENGINE_TOKEN is not set")
    settings = Settings(
        models=options.models.resolve(),
        token=token,
        actions_url=os.environ.get("RECOURSE_ACTIONS_URL", "http://127.0.0.1:8081/actions"),
        actions_token=os.environ.get("RECOURSE_ACTIONS_TOKEN", ""),
    )
    create_app(settings).run(options.host, options.port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
