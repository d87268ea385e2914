"""What is over its time goes, what is not or is held stays, and a dry run only counts.

Mutation: in `bot.privacy.keeping._over`, leave out ``unfinished``; in `due`, ``~_held()``; in
`complaints.retention.Span.before`, take a year for 365 days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.audit.opening import keys_of, open_audited
from bot.audit.verifying import verify
from bot.db import Database
from bot.migrating import upgrade
from bot.privacy import holds, keeping
from bot.settings import Settings
from channels.transcript import Conversation
from complaints import presets, retention
from complaints.clocks import PolicyError
from complaints.record import Complaint
from complaints.retention import Span
from tests.privacy.seeding import NOW, Seeded, bystander, seed, statistics

AFTER = datetime(2032, 3, 3, 12, tzinfo=UTC)
"""Six years and some hours later."""


@pytest.fixture
def settings(blank_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("RECOURSE_DATABASE_URL", blank_url)
    monkeypatch.setenv("RECOURSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECOURSE_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("RECOURSE_NLU_DATA_DIR", str(tmp_path / "nlu"))
    return Settings.load()


@pytest.mark.parametrize(
    ("span", "now", "before"),
    [
        ("6 years", datetime(2028, 2, 29, 9, tzinfo=UTC), datetime(2022, 2, 28, 9, tzinfo=UTC)),
        ("1 year", datetime(2026, 11, 22, tzinfo=UTC), datetime(2025, 11, 22, tzinfo=UTC)),
        ("18 months", datetime(2026, 8, 31, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)),
        ("1 month", datetime(2026, 1, 15, tzinfo=UTC), datetime(2025, 12, 15, tzinfo=UTC)),
        ("90 days", datetime(2026, 3, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)),
        ("7 years", datetime(2024, 2, 29, tzinfo=UTC), datetime(2017, 2, 28, tzinfo=UTC)),
    ],
)
def test_a_span_is_counted_in_the_calendar(span: str, now: datetime, before: datetime) -> None:
    assert Span.parse(span).before(now) == before


@pytest.mark.parametrize("name", [n for n in presets.names() if n not in presets.additions()])
def test_every_preset_says_how_long_and_why(name: str) -> None:
    assert str(retention.load(name).cases).endswith("years")
    assert retention.source(name)


@pytest.mark.parametrize(
    "wrong", ["cases", "cases: soon", "cases: 0 years", "letters: 1 year", "cases: -1 days"]
)
def test_a_wrong_period_stops_the_start(wrong: str) -> None:
    with pytest.raises(PolicyError):
        retention.load("iso_generic", wrong)


def test_the_operator_may_say_otherwise() -> None:
    assert str(retention.load("uk_disp+eu_ai_art50", "cases: 3 years").cases) == "3 years"


async def test_what_is_over_its_time_goes_and_the_trail_verifies(settings: Settings, tmp_path: Path) -> None:
    async with await Database.open(settings.database_url) as blank:
        await blank.run(upgrade)
    async with await open_audited(settings) as database:
        seeded = await _seeded(database, tmp_path)
        counted = await database.read(statistics)
        early = await database.read(keeping.due, settings.retention, AFTER - timedelta(days=2))
        assert "telegram:47" not in early.conversations
        assert seeded.conversation not in early.conversations
        assert early.conversations == ("telegram:4711",)
        assert len(early.feedback) == 1
        found = await database.read(keeping.due, settings.retention, AFTER)
        assert set(found.conversations) == {"telegram:4711", "telegram:47", seeded.conversation}
        assert found.cases == 2
        assert (await database.read(statistics)) == counted  # so far nothing has changed
        (hold,) = await database.run(holds.put, seeded.reference, "court", "agent:Ada", NOW)
        found = await keeping.erase_due(database, settings, AFTER)
        assert (set(found.conversations), found.held) == ({"telegram:4711", "telegram:47"}, 1)
        assert await database.read(_alive) == [seeded.conversation]
        await database.run(holds.release, hold.id or 0, "over", "agent:Ada", NOW)
        await keeping.erase_due(database, settings, AFTER)
        assert await database.read(_alive) == []
        assert (await keeping.erase_due(database, settings, AFTER)).conversations == ()
        after = await database.read(statistics)
        assert (after[0], after[1], after[3]) == (counted[0], counted[1], counted[3])
        report = await database.read(verify, keys_of(settings), None)
        assert [str(finding) for finding in report.findings] == []


async def test_what_is_open_is_never_over_its_time(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await database.run(seed, tmp_path)

    def reopen(session: Session) -> None:
        case = session.exec(select(Complaint)).one()
        case.status, case.closed_at = "investigating", None
        session.add(case)

    await database.run(reopen)
    assert (await database.read(keeping.due, settings.retention, AFTER)).conversations == ()


async def _seeded(database: Database, folder: Path) -> Seeded:
    await database.run(bystander)
    return await database.run(seed, folder)


def _alive(session: Session) -> list[str]:
    return list(
        session.exec(select(Conversation.id).where(~col(Conversation.key).startswith("erased-"))).all()
    )
