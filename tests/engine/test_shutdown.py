"""Told to stop, the engine finishes the turns under way and ends.

Fails if engine_app.py sets `GRACEFUL_SHUTDOWN_TIMEOUT` to 0.
"""

import signal
import threading
import time
from pathlib import Path

import httpx

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import run_engine


def test_a_turn_under_way_is_finished(models: Path, actions: ActionsServer) -> None:
    """Its caller gets the answer; the process is gone soon after, and without an error."""
    answers: list[httpx.Response] = []
    with run_engine(models, actions.url, ACTIONS_TOKEN) as engine:
        intent = {"name": "slow_please", "payload": {"seconds": 2.0}}
        customer = threading.Thread(target=lambda: answers.append(engine.answer("", intent=intent)))
        customer.start()
        time.sleep(0.7)
        engine.process.send_signal(signal.SIGTERM)
        customer.join()
        assert engine.process.wait(3) == 0
    assert answers[0].status_code == 200
    assert answers[0].json()["replies"][0]["text"] == "At last."
