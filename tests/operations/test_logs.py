"""Logs have ids and never what people write: a marker goes through all, no log has it.

Mutation: in `bot.turn` let the line "turn given up" have ``text=situation.said.text``, too.
"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.channels.drivers import DRIVERS
from tests.end_to_end.running import Desk, platforms, run, running, wait
from tests.operations.slow_engine import SlowEngine
from tests.platforms.server import PlatformServer

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine

MARKER = "quintessential-marmalade"


def test_a_marker_is_in_no_log(
    sqlite_settings: dict[str, str],
    engine: SlowEngine,
    servers: dict[str, PlatformServer],
    tmp_path: Path,
) -> None:
    """Messages, names, files, agents' answers, poison, an engine away, refused webhooks, broken bodies."""
    log = tmp_path / "program.log"
    with (
        log.open("wb") as file,
        running(sqlite_settings | platforms(servers), "web", "worker", log=file) as program,
    ):
        program.wait_until_ready()
        telegram = DRIVERS["telegram"](servers)
        visitor, desk = program.visitor(), program.agent("Anna")
        engine.poison = MARKER
        visitor.write(MARKER)
        program.deliver(telegram.text(f"my {MARKER}"))
        program.deliver(telegram.forged(telegram.text(MARKER)))
        program.deliver(telegram.authentic(f'{{"update_id": "{MARKER}"'.encode()))
        program.deliver(
            telegram.authentic(json.dumps({"update_id": 7, "message": {"text": MARKER}}).encode())
        )
        visitor.http.post("/chat/messages", json={"id": "x", "text": [MARKER]})
        visitor.http.post("/chat/messages", content=f"{{{MARKER}".encode())
        visitor.http.post(
            "/chat/files",
            data={"id": "f", "text": MARKER},
            files={"file": (f"{MARKER}.exe", b"MZ" + MARKER.encode())},
        )
        httpx.post(f"{program.url}/hooks/slack", content=MARKER.encode(), trust_env=False)
        wait(lambda: "misunderstood" in _reasons(desk), 60, "the poison was not given up")
        reference = desk.queue()[0]["reference"]
        assert desk.do("claim", reference).is_success
        assert desk.do("reply", reference, text=f"About {MARKER}", id=MARKER).is_success
        desk.do("note", reference, text=MARKER)
        desk.do("resolve", reference, decision=MARKER, text=MARKER)
        wait(lambda: any(f"About {MARKER}" == m["text"] for m in visitor.everything()), 15, "no reply")
        engine.poison, engine.status = None, 503
        program.deliver(telegram.text(f"{MARKER} again", chat=2))
        wait(lambda: engine.asked.count(f"{MARKER} again") > 1, 15, "the engine was not asked")
        engine.status = 200
        wait(lambda: engine.answered.count(f"{MARKER} again") > 1, 15, "not answered")
    said = log.read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert any(line["event"] == "attempt failed" for line in lines), "nothing was logged at all"
    assert MARKER not in said
    listed = run(sqlite_settings, "outbox", "list")
    assert MARKER not in listed.stdout + listed.stderr


def _reasons(desk: Desk) -> list[str]:
    """Why the cases in the queue wait for a person."""
    return [reason for case in desk.queue() for reason in case["reasons"]]
