"""What the survey comes to: for the reports, and on the command line.

Mutation: let `complaints.surveying._figures` count every row once, whatever ``asked`` says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from bot.db import Database
from bot.privacy.holdings import emptied
from complaints import surveying
from complaints.surveying import Survey
from tests.handoff.cases import complain

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = [  # channel, language, grade, comment
    ("sms", "en", 5, "Quick"), ("sms", "en", 5, None), ("sms", "es", 1, "Nobody called"),
    ("sms", "en", None, None),
    ("webchat", "es", 4, None), ("webchat", "es", None, None),
]  # fmt: skip


def fill(session: Session) -> None:
    for number, (channel, language, grade, comment) in enumerate(ASKED):
        reference = complain(session, channel=channel, language=language)
        session.add(
            Survey(
                reference=reference, closing=9, conversation=f"{channel}:{number}", channel=channel,
                language=language, asked_at=SINCE + timedelta(hours=number), grade=grade, comment=comment,
                commented=comment is not None,
            )
        )  # fmt: skip


async def test_exact(database: Database) -> None:
    await database.run(fill)
    found = await database.read(surveying.results, SINCE, SINCE + timedelta(days=1))
    total = found.total
    assert (total.asked, total.answered, total.comments) == (6, 4, 2)
    assert total.response_rate == pytest.approx(4 / 6)
    assert total.mean == pytest.approx((5 + 5 + 1 + 4) / 4)
    assert total.grades == {1: 1, 2: 0, 3: 0, 4: 1, 5: 2}
    assert {name: (f.asked, f.mean) for name, f in found.by_channel.items()} == {
        "sms": (4, pytest.approx(11 / 3)),
        "webchat": (2, 4),
    }
    assert {name: (f.asked, f.response_rate) for name, f in found.by_language.items()} == {
        "en": (3, pytest.approx(2 / 3)),
        "es": (3, pytest.approx(2 / 3)),
    }


async def test_unchanged_when_words_are_erased(sqlite: Database) -> None:
    await sqlite.run(fill)
    until = SINCE + timedelta(days=1)
    before = await sqlite.read(surveying.results, SINCE, until)
    columns = emptied(SQLModel.metadata.tables["survey"])

    def erase(session: Session) -> None:
        session.connection().execute(columns.table.update().values(columns.values()))

    await sqlite.run(erase)
    assert await sqlite.read(surveying.results, SINCE, until) == before


async def test_only_of_the_time_asked_for(sqlite: Database) -> None:
    await sqlite.run(fill)
    found = await sqlite.read(surveying.results, SINCE + timedelta(hours=1), SINCE + timedelta(hours=3))
    assert (found.total.asked, found.total.grades[1]) == (2, 1)


async def test_nobody_asked_is_no_rate(sqlite: Database) -> None:
    found = await sqlite.read(surveying.results, SINCE, SINCE + timedelta(days=1))
    assert (found.total.response_rate, found.total.mean, found.by_channel) == (None, None, {})


def test_on_the_command_line(tmp_path: Path) -> None:
    environment = {"RECOURSE_DATA_DIR": str(tmp_path), "PATH": "/usr/bin"}
    command = [sys.executable, "-m", "bot", "survey"]
    root = Path(__file__).parents[2]

    def run(*more: str) -> str:
        done = subprocess.run(
            [*command, *more],
            env=environment,
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            timeout=50,
        )
        return done.stdout

    printed = json.loads(run("--json", "--since", "2026-03-01"))
    assert printed["total"] == {
        "asked": 0, "answered": 0, "response_rate": None, "mean": None, "comments": 0,
        "grades": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0},
    }  # fmt: skip
