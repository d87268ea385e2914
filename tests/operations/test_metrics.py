"""What Prometheus is told of a running program, and who may ask.

Mutation: in `bot.metrics._may_read` return ``True``; or in `bot.app.store` return the channels of all
messages of a receipt: a redelivery is then counted twice; or in `_registry` always return ``REGISTRY``.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.channels.drivers import DRIVERS
from tests.end_to_end.running import Program, free_port, platforms, running, wait
from tests.operations.slow_engine import SlowEngine
from tests.platforms.server import PlatformServer

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine

Figures = dict[tuple[str, tuple[str, ...]], float]


def read(url: str, **headers: str) -> Figures:
    answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False, timeout=10)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        if family.name.startswith("recourse_")
        for sample in family.samples
    }


def test_what_came_went_and_waits(
    settings: dict[str, str], engine: SlowEngine, servers: dict[str, PlatformServer]
) -> None:
    """By channel, without redeliveries; turns by their time; and nothing that names a person."""
    driver = DRIVERS["telegram"](servers)
    with running(settings | platforms(servers), "web --with-worker") as program:
        program.wait_until_ready()
        webhook = driver.text("SECRET-WORDS", chat=4711)
        for _ in range(2):
            assert program.deliver(webhook).status_code == 200
        visitor = program.visitor()
        visitor.write("hello", "same")
        visitor.write("hello", "same")
        visitor.news()
        wait(lambda: read(program.url).get(("recourse_sent_total", ("telegram",))) == 1, 10, "not sent")
        figures = read(program.url)
        assert figures["recourse_accepted_total", ("telegram",)] == 1
        assert figures["recourse_accepted_total", ("webchat",)] == 1
        assert figures["recourse_turn_seconds_count", ("done",)] == 2
        assert figures["recourse_jobs_waiting", ("in",)] == 0
        assert figures["recourse_handoff_cases", ("waiting",)] == 0
        assert [figures[name, ()] for name in ("recourse_engine_up", "recourse_database_up")] == [1, 1]
        page = httpx.get(f"{program.url}/metrics", trust_env=False).text
        assert "SECRET-WORDS" not in page
        assert "4711" not in page


def test_what_waits_for_the_engine(sqlite_settings: dict[str, str], engine: SlowEngine) -> None:
    """An engine that is away shows, and so does how long the oldest message has waited."""
    with running(sqlite_settings, "web --with-worker") as program:
        program.wait_until_ready()
        engine.status = 503
        program.visitor().write("hello?")
        postponed = ("recourse_turn_seconds_count", ("postponed",))
        wait(lambda: read(program.url).get(postponed, 0) >= 2, 15, "the turn is not postponed")
        figures = read(program.url)
        assert figures["recourse_oldest_unanswered_seconds", ()] > 0.5
        assert figures["recourse_jobs_waiting", ("in",)] == 1
        engine.go_away()
        wait(lambda: read(program.url)["recourse_engine_up", ()] == 0, 10, "the engine is said to be up")
        wait(lambda: read(program.url)["recourse_engine_circuit_open", ()] == 1, 10, "no circuit opened")


def test_strangers_are_turned_away(sqlite_settings: dict[str, str]) -> None:
    """Without a token only this machine, and nobody through a proxy; with one, whoever bears it."""
    with running(sqlite_settings, "web --with-worker") as program:
        program.wait_until_ready()
        assert _status(program, {"X-Forwarded-For": "203.0.113.7"}) == 403
        assert _status(program, {}) == 200
    token = {"RECOURSE_METRICS_TOKEN": "a-token-for-prometheus"}
    with running(sqlite_settings | token, "web --with-worker") as program:
        program.wait_until_ready()
        assert _status(program, {}) == 403
        assert _status(program, {"Authorization": "Bearer a-token-for-somebody"}) == 403
        assert _status(program, {"Authorization": "Bearer a-token-for-prometheus"}) == 200


def test_one_page_tells_of_all(sqlite_settings: dict[str, str], engine: SlowEngine, tmp_path: Path) -> None:
    """Processes that share a folder count together: what the worker did stands on web's page."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    shared = sqlite_settings | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    with running(shared, "web", "worker") as program:
        program.wait_until_ready()
        visitor = program.visitor()
        visitor.write("hello")
        visitor.news()
        figures = read(program.url)
        assert figures["recourse_accepted_total", ("webchat",)] == 1
        assert figures["recourse_turn_seconds_count", ("done",)] == 1
        assert figures["recourse_engine_up", ()] == 1


def test_a_worker_tells_of_itself(sqlite_settings: dict[str, str]) -> None:
    """On a port of its own: what it worked, and whether it is well."""
    port = str(free_port())
    with running(sqlite_settings | {"RECOURSE_METRICS_PORT": port}, "web", "worker") as program:
        program.wait_until_ready()
        visitor = program.visitor()
        visitor.write("hello")
        visitor.news()
        worker = f"http://127.0.0.1:{port}"
        assert read(worker)["recourse_turn_seconds_count", ("done",)] == 1
        assert ("recourse_turn_seconds_count", ("done",)) not in read(program.url)
        assert httpx.get(f"{worker}/readyz", trust_env=False).status_code == 200
        assert httpx.get(f"{worker}/chat/session", trust_env=False).status_code == 404


def _status(program: Program, headers: dict[str, str]) -> int:
    return httpx.get(f"{program.url}/metrics", headers=headers, trust_env=False).status_code
