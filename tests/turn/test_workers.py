"""`recourse up` runs as many workers as it is told, and they share what is one process's to give.

Mutation: in `bot.supervising._workers` leave ``RECOURSE_WORKERS`` or the further workers' own port out; in
`channels.pacing.Pace.earliest` forget the other processes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import supervising
from bot.settings import Settings
from channels.pacing import Pace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_as_many_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each knows how many there are; only the first has the operator's port for figures."""
    monkeypatch.setenv("RECOURSE_WORKERS", "3")
    monkeypatch.setenv("RECOURSE_METRICS_PORT", "9123")
    children = list(supervising._workers(Settings(_env_file=None), {"RECOURSE_ENGINE_TOKEN": "known"}))
    assert [child.name for child in children] == ["worker 1", "worker 2", "worker 3"]
    assert {child.environment["RECOURSE_WORKERS"] for child in children} == {"3"}
    assert {child.environment["RECOURSE_ENGINE_TOKEN"] for child in children} == {"known"}
    ports = [child.environment.get("RECOURSE_METRICS_PORT", "9123") for child in children]
    assert ports[0] == "9123"
    assert len(set(ports)) == 3


@pytest.mark.parametrize(("cores", "count"), [(None, 1), (2, 1), (3, 1), (4, 2), (64, 2)])
def test_a_second_one_where_there_is_a_core_for_it(
    cores: int | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless told, by the machine."""
    monkeypatch.delenv("RECOURSE_WORKERS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert len(list(supervising._workers(Settings(_env_file=None), {}))) == count


def test_telegram_takes_no_more_from_two() -> None:
    """Thirty messages a second in all, so each of two processes sends every fifteenth of a second."""
    paces = Pace(2), Pace(2)
    sent = 0
    for step in range(1000):
        now = NOW + timedelta(milliseconds=step)
        sent += sum(pace.earliest("telegram", None, now) <= now for pace in paces)
    assert 28 <= sent <= 30
