"""``recourse report``: as text, CSV and JSON, whole and by parts; a wrong word is one line.

Mutation: leave ``newline=""`` out of `bot.report_cli.report`, or the whole out of the parts.
"""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.migrating import migrate
from tests.reports.year import TABLES, Year
from tests.scale.filling import filler

PROGRAM = Path(sys.executable).with_name("recourse")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def url(folder: Path) -> str:
    """A year of some cases."""
    url = f"sqlite:///{folder}/recourse.db"
    migrate(url)
    asyncio.run(filler(url, TABLES).put(Year().rows(300)))
    return url


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "report", *arguments],
        capture_output=True, text=True, check=False, cwd=folder,
        env={
            "RECOURSE_DATABASE_URL": url, "RECOURSE_DATA_DIR": str(folder),
            "RECOURSE_TIME_ZONE": "Europe/Berlin", "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8",
        },
    )  # fmt: skip


def test_all_forms_say_the_same(folder: Path, url: str) -> None:
    """The number of complaints, with its target's verdict beside what has one."""
    data = json.loads(run(folder, url, "--period", "2026", "--by", "product", "--json").stdout)
    assert (data["first_day"], data["last_day"]) == ("2026-01-01", "2026-12-31")
    received = data["figures"]["received"]["value"]
    assert received == sum(part["figures"]["received"]["value"] for part in data["parts"]) > 200
    assert data["figures"]["resolved_late"]["target"] == {"at_most": 0.05}

    text = run(folder, url, "--period", "2026").stdout
    assert [line.split() for line in text.splitlines() if line.startswith("received ")] == [
        ["received", f"{received:.0f}", f"{received:.0f}"]
    ]
    file = folder / "year.csv"
    done = run(folder, url, "--period", "2026", "--by", "product", "--format", "csv", "--output", str(file))
    assert done.stdout == f"The report of 2026 is in {file}\n"
    assert b"\r\n" in file.read_bytes()
    assert b"\r\r\n" not in file.read_bytes()
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert next(row["value"] for row in rows if row["code"] == "received") == f"{received:.0f}"
    parts = {row["part"] for row in rows}
    assert {"", "-", '\'=HYPERLINK("http://example.test")', "Wasserkocher, groß"} <= parts


def test_filters_hold(folder: Path, url: str) -> None:
    """What is filtered is part of what is split."""
    by_channel = json.loads(run(folder, url, "--period", "2026", "--by", "channel", "--json").stdout)
    sms = json.loads(run(folder, url, "--period", "2026", "--channel", "sms", "--json").stdout)
    assert sms["filters"] == {"channel": "sms"}
    of_the_split = next(part["figures"] for part in by_channel["parts"] if part["part"] == "sms")
    assert sms["figures"] == of_the_split


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--period", "yesterday"), "'yesterday' is no period: write 2026, 2026-Q3"),
        (("--severity", "huge"), "severity 'huge' does not exist: it is one of low"),
    ],
)
def test_refused_in_one_line(folder: Path, url: str, arguments: tuple[str, ...], said: str) -> None:
    done = run(folder, url, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"recourse: {said}")
    assert done.stderr.count("\n") == 1
