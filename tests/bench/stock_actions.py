"""The SDK's own action server with this repository's actions: what stock Rasa calls over HTTP.

.venv/bin/python -m tests.bench.stock_actions PORT
"""

from __future__ import annotations

import sys

from rasa_sdk import endpoint
from rasa_sdk.executor import ActionExecutor

from actions.endpoint import ACTIONS


def main() -> None:
    """Serve until told to stop."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action())
    endpoint.run(executor, port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
