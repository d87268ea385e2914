"""Old complaints from CSV: every sound row once, every bad one named, nothing written that nobody asked for.

Mutation: in `bot.importing.writing.write` leave ``if row.number not in before`` out, in
`bot.importing.moments._of_numbers` guess the day first, or in `bot.importing.command.run` migrate before the
dry run.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from bot import migrating
from bot.audit.opening import open_audited
from bot.cli import app
from bot.db import Database
from bot.importing import writing
from bot.importing.columns import BY_NAME, COLUMNS, State
from bot.importing.moments import Order, moment
from bot.importing.reading import Old
from bot.importing.writing import Origin
from bot.settings import Settings
from complaints import register
from handoff.case_file import case_file

GOOD = {"number": "A-1", "received_at": "2025-11-03 09:40", "text": "The kettle leaks."}
COMMAND = [str(Path(sys.executable).with_name("recourse"))]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database of this version and nothing in it."""
    folder = tmp_path_factory.mktemp("migrated")
    migrating.migrate(f"sqlite:///{folder}/recourse.db")
    return folder


@pytest.fixture
def home(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's data folder, told to it as an operator does."""
    folder = tmp_path / "var"
    shutil.copytree(migrated, folder)
    monkeypatch.chdir(tmp_path)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    return folder


def environment(folder: Path) -> dict[str, str]:
    return {
        "RECOURSE_DATA_DIR": str(folder),
        "RECOURSE_SECRET_KEY": "a-key-for-the-import",
        "RECOURSE_TIME_ZONE": "Europe/London",
    }


def table(tmp_path: Path, *rows: dict[str, str], name: str = "old.csv") -> Path:
    """A file with these rows; what they do not say is as in `GOOD`, with numbers of their own."""
    columns = list(dict.fromkeys([*GOOD, *(key for row in rows for key in row)]))
    path = tmp_path / name
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows({**GOOD, "number": f"N-{place}", **row} for place, row in enumerate(rows))
    return path


def run(*words: object, status: int | None = 0) -> dict[str, Any]:
    """`recourse import ... --json`."""
    answer = CliRunner().invoke(app, ["import", *map(str, words), "--json"])
    assert status is None or answer.exit_code == status, answer.output + str(answer.exception)
    found: dict[str, Any] = json.loads(answer.stdout) if answer.stdout.strip() else {}
    return found


def rows_of(home: Path, query: str) -> list[tuple[Any, ...]]:
    engine = create_engine(f"sqlite:///{home}/recourse.db")
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def digest_of(home: Path) -> str:
    """Of all rows of all tables."""
    names = [n for (n,) in rows_of(home, "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
    return hashlib.sha256(repr([rows_of(home, f'SELECT * FROM "{n}"') for n in names]).encode()).hexdigest()


def test_the_sample_is_imported_as_it_is_printed(home: Path, tmp_path: Path) -> None:
    """It has every column, and history keeps its dates."""
    sample = CliRunner().invoke(app, ["import", "--sample"]).stdout
    path = tmp_path / "sample.csv"
    path.write_text(sample)
    assert next(csv.reader(sample.splitlines())) == [column.name for column in COLUMNS]
    assert run(path)["imported"] == 2
    [closed, open_] = rows_of(
        home,
        "SELECT status, channel, received_at, acknowledged_at, responded_at, closed_at, clock_at IS NULL,"
        " severity, category, decision FROM complaint ORDER BY id",
    )
    assert closed == (
        "closed", "phone", "2025-11-03 09:40:00.000000", "2025-11-03 09:45:00.000000",
        "2025-11-10 00:00:00.000000", "2025-11-20 00:00:00.000000", 1, "medium", "defect", "upheld",
    )  # fmt: skip
    assert open_[:2] == ("received", "email")
    assert open_[6] == 0  # its clock runs
    assert rows_of(home, "SELECT state FROM handoff ORDER BY opened_at, due") == [("closed",), ("waiting",)]
    kinds = [
        kind for (kind,) in rows_of(home, "SELECT kind FROM event WHERE complaint_id = 1 ORDER BY position")
    ]
    assert kinds == [
        "received", "detail_added", "acknowledged", "assessed", "responded", "informed", "closed",
        "imported",
    ]  # fmt: skip
    assert rows_of(home, "SELECT count(*) FROM message WHERE author != 'customer'") == [(0,)]
    assert rows_of(home, "SELECT count(*) FROM job") == [(0,)]  # nothing is on its way to anybody


def test_the_same_file_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    """Not a row of any table but the audit trail's beginning; what has changed over there is named."""
    path = table(tmp_path, {}, {"text": "Charged twice."}, {"status": "closed", "closed_at": "2025-12-01"})
    assert run(path)["imported"] == 3
    before = digest_of(home)
    again = run(path)
    assert (again["imported"], again["already"], again["changed"]) == (0, 3, [])
    assert digest_of(home) == before
    changed = run(table(tmp_path, {}, {"text": "Charged three times."}))
    assert (changed["already"], changed["changed"]) == (2, [3])
    assert digest_of(home) == before
    assert run(path, "--source", "another")["imported"] == 2


def test_a_dry_run_writes_nothing(home: Path, tmp_path: Path) -> None:
    """No row, no table, no file; and it tells what the import then does."""
    path = table(tmp_path, {}, {}, {"received_at": "nonsense"})
    before = digest_of(home)
    dry = run(path, "--dry-run", status=1)
    assert (dry["imported"], dry["bad"], digest_of(home)) == (2, 1, before)
    shutil.rmtree(home)
    assert run(path, "--dry-run", status=1)["imported"] == 2
    assert not (home / "recourse.db").exists()
    home.mkdir()
    assert run(path, status=1)["imported"] == 2
    assert run(path, "--dry-run", status=1)["already"] == 2


NASTY: list[tuple[dict[str, str], str, str]] = [
    ({"number": ""}, "number", "nothing"),
    ({"number": "x" * 101}, "number", "longer"),
    ({"text": ""}, "text", "nothing"),
    ({"text": "x" * 100_001}, "text", "characters"),
    ({"received_at": ""}, "received_at", "nothing"),
    ({"received_at": "02/03/2026"}, "received_at", "two days"),
    ({"received_at": "2-3-2026"}, "received_at", "two days"),
    ({"received_at": "31.02.2026"}, "received_at", "no such day"),
    ({"received_at": "02.03.26"}, "received_at", "two digits"),
    ({"received_at": "45992"}, "received_at", "spreadsheets"),
    ({"received_at": "45992.4"}, "received_at", "spreadsheets"),
    ({"received_at": "yesterday"}, "received_at", "no date"),
    ({"received_at": "2025-11-03 25:00"}, "received_at", "no"),
    ({"received_at": "2025-11-03 13:00 pm"}, "received_at", "no"),
    ({"received_at": "1899-12-31"}, "received_at", "year"),
    ({"received_at": "9999-12-31"}, "received_at", "year"),
    ({"received_at": "2099-01-01"}, "received_at", "future"),
    ({"closed_at": "2025-11-02"}, "closed_at", "before"),
    ({"answered_at": "2025-11-09", "closed_at": "2025-11-08"}, "closed_at", "before"),
    ({"status": "closed"}, "closed_at", "nothing"),
    ({"status": "answered"}, "answered_at", "nothing"),
    ({"status": "open", "closed_at": "2025-11-09"}, "status", "closed_at"),
    ({"status": "Erledigt"}, "status", "none of"),
    ({"channel": "fax & phone"}, "channel", "short word"),
    ({"language": "xx"}, "language", "no language"),
    ({"severity": "urgent"}, "severity", "none of"),
    ({"category": "stuff"}, "category", "none of"),
    ({"decision": "yes"}, "decision", "none of"),
    ({"anonymous": "perhaps"}, "anonymous", "neither"),
    ({"amount": "1.234", "currency": "EUR"}, "amount", "two amounts"),
    ({"amount": "a lot", "currency": "EUR"}, "amount", "no amount"),
    ({"amount": "1" * 14, "currency": "EUR"}, "amount", "too large"),
    ({"amount": "12.50"}, "currency", "nothing"),
    ({"amount": "12.50", "currency": "Euro"}, "currency", "no currency"),
    ({"name": "x" * 201}, "name", "characters"),
    ({"problem_date": "soon"}, "problem_date", "no date"),
    ({"number": "N-0", "text": "another one"}, "number", "same as in row 2"),
]


def test_every_bad_row_is_told_with_its_remedy(home: Path, tmp_path: Path) -> None:
    """Row, column, what, what to do; the good rows around them are imported."""
    path = table(tmp_path, {}, *(wrong for wrong, _, _ in NASTY), {})
    report = tmp_path / "bad.csv"
    outcome = run(path, "--report", report, status=1)
    assert (outcome["imported"], outcome["bad"]) == (2, len(NASTY))
    told = list(csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines()))
    found = {int(one["row"]): one for one in told}
    for row, (wrong, column, what) in enumerate(NASTY, 3):
        assert found[row]["column"] == column, wrong
        assert what in found[row]["problem"], (wrong, found[row])
        assert found[row]["remedy"], wrong
    assert len(outcome["problems"]) == 20  # to be read; the report has all


def test_all_or_nothing(home: Path, tmp_path: Path) -> None:
    before = digest_of(home)
    path = table(tmp_path, {}, {"received_at": "02/03/2026"})
    outcome = run(path, "--all-or-nothing", status=1)
    assert (outcome["imported"], outcome["bad"], digest_of(home)) == (0, 1, before)
    assert run(path, "--all-or-nothing", "--dates", "dmy")["imported"] == 2


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("2026-03-02", None, "2026-03-02 00:00"),
        ("20260302", None, "2026-03-02 00:00"),
        ("2026-03-02T14:05:00+01:00", None, "2026-03-02 13:05"),
        ("2026-07-02 14:05", None, "2026-07-02 13:05"),  # summer time in London
        ("2.3.2026 14:05", None, "2026-03-02 14:05"),
        ("25/03/2026", None, "2026-03-25 00:00"),
        ("03/25/2026 2:05 PM", None, "2026-03-25 14:05"),
        ("02/03/2026", "dmy", "2026-03-02 00:00"),
        ("02/03/2026", "mdy", "2026-02-03 00:00"),
        ("03/03/2026", None, "2026-03-03 00:00"),
        ("2 Mar 2026", None, "2026-03-02 00:00"),
        ("March 2, 2026 12:30 am", None, "2026-03-02 00:30"),
    ],
)
def test_dates_as_people_write_them(written: str, order: str | None, day: str) -> None:
    found = moment(written, ZoneInfo("Europe/London"), Order(order) if order else None)
    assert found.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == day


WRITTEN = [
    ("utf-8", ",", "utf-8"),
    ("utf-8-sig", ";", "utf-8-sig"),
    ("utf-16", "\t", "utf-16"),
    ("cp1252", ";", "cp1252"),
    ("cp1252", "|", "cp1252"),
]


def test_encodings_and_separators_are_found_out(home: Path, tmp_path: Path) -> None:
    """As spreadsheets write them, with a separator, quotes and lines inside a text."""
    path = tmp_path / "old.csv"
    for number, (encoding, separator, told) in enumerate(WRITTEN):
        said = f'Die "Kanne" läuft{separator} sagt er,\nund zwar über; immer | noch'
        with path.open("w", encoding=encoding, newline="") as out:
            writer = csv.writer(out, delimiter=separator)
            writer.writerow(["Number ", "RECEIVED_AT", "text", "colour"])
            writer.writerow([number, "2.3.2026", said, "red"])
        outcome = run(path)
        assert (outcome["imported"], outcome["encoding"], outcome["separator"]) == (1, told, separator)
        assert outcome["unused"] == ["colour"]
        latest = "SELECT description FROM complaint ORDER BY id DESC LIMIT 1"
        assert rows_of(home, latest) == [(said,)]


def test_a_file_that_is_none_is_refused_in_one_line(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for content, words in (
        (b"", "empty"),
        (b"recieved_at,number,text\n", "received_at (is it 'recieved_at'?)"),
        (b"number,number,received_at,text\n", "twice"),
        (b"\x00\x01\x02", "lacks"),
    ):
        path.write_bytes(content)
        answer = CliRunner().invoke(app, ["import", str(path)])
        assert answer.exit_code == 1
        assert words in answer.stderr, (content, answer.stderr)
    path.write_bytes(b'number,received_at,text\nA-1,2025-11-03,"open quote\nA-2,2025-11-03,x\n')
    assert run(path, status=1)["bad"] == 1
    path.write_bytes("number,received_at,text\nA-1,2025-11-03,é\n".encode("cp1252"))
    assert "--encoding" in CliRunner().invoke(app, ["import", str(path), "--encoding", "utf-8"]).stderr


def test_what_yours_are_called(home: Path, tmp_path: Path) -> None:
    """Columns, words and what the file does not say, from a mapping."""
    path = tmp_path / "alt.csv"
    path.write_text("Fall;Eingang;Text;Stand;Ende\n7;02/03/2026;Kaputt;Erledigt;10/03/2026\n")
    mapping = tmp_path / "map.yml"
    mapping.write_text(
        "columns: {number: Fall, received_at: Eingang, text: Text, status: Stand, closed_at: Ende}\n"
        "values: {status: {erledigt: closed}}\nalways: {channel: letter, severity: high}\ndates: dmy\n"
    )
    assert run(path, "--mapping", mapping)["imported"] == 1
    assert rows_of(home, "SELECT channel, status, severity, substr(closed_at, 1, 10) FROM complaint") == [
        ("letter", "closed", "high", "2026-03-10")
    ]
    mapping.write_text("columns: {nummer: Fall}\n")
    assert (
        "no column of ours"
        in CliRunner().invoke(app, ["import", str(path), "--mapping", str(mapping)]).stderr
    )


def test_the_day_of_an_answer_is_not_before_the_hour_of_the_complaint(home: Path, tmp_path: Path) -> None:
    """A day without an hour is its first moment: what was answered on it was answered after it came."""
    assert run(table(tmp_path, {"status": "closed", "answered_at": "2025-11-03"}))["imported"] == 1
    [(received, answered)] = rows_of(home, "SELECT received_at, responded_at FROM complaint")
    assert answered == received == "2025-11-03 09:40:00.000000"


def test_nothing_is_stored_that_must_not_be(home: Path, tmp_path: Path) -> None:
    """Cards are hidden in every text; our own export's apostrophe comes off."""
    card = "my card 4111 1111 1111 1111"
    run(
        table(
            tmp_path,
            {"text": card, "response": card, "phone": "'+44 20 7946 0018", "answered_at": "2025-11-09"},
        )
    )
    assert "4111 1111" not in str(rows_of(home, "SELECT * FROM complaint"))
    assert "4111 1111" not in str(rows_of(home, "SELECT text FROM message"))
    assert rows_of(home, "SELECT phone FROM complaint") == [("+44 20 7946 0018",)]


def test_danger_is_found_in_what_is_open(home: Path, tmp_path: Path) -> None:
    """Whatever they thought of it over there; what is over stays as it was judged."""
    fire = {"text": "The heater caught fire and burnt my hand"}
    over = {"severity": "low", "closed_at": "2025-11-09"}
    run(table(tmp_path, fire, fire | {"severity": "low"}, fire | over))
    severities = [severity for (severity,) in rows_of(home, "SELECT severity FROM complaint ORDER BY id")]
    assert severities == ["critical", "critical", "low"]
    assert rows_of(home, "SELECT count(*) FROM event WHERE kind = 'reassessed'") == [(0,)]  # nobody was wrong


async def test_the_trail_says_who_imported(home: Path, tmp_path: Path) -> None:
    """Signed like everything else; and the case's file names the old number."""
    path = table(tmp_path, {})
    await asyncio.to_thread(run, path, "--by", "Nora", "--source", "oldcrm")
    settings = Settings(_env_file=None)
    async with await open_audited(settings) as database:

        def read(session: Any) -> tuple[set[str], Any]:
            [case] = register.newest(session, open_only=False)
            events = register.events_of(session, case)
            return {e.actor for e in events}, case_file(session, case.reference)["imported"]

        actors, origin = await database.read(read)
    assert actors == {"operator:Nora", "bot", "system"}
    assert origin == {"source": "oldcrm", "number": "N-0"}


def test_a_kill_in_the_middle_loses_nothing(home: Path, tmp_path: Path) -> None:
    """Started again, it goes on: each case once, whatever was under way when it died."""
    rows = 200
    path = table(tmp_path, *({} for _ in range(rows)))
    with subprocess.Popen(
        [*COMMAND, "import", str(path)], env={**os.environ, **environment(home)}, stdout=subprocess.DEVNULL
    ) as importing:
        for _ in range(300):
            time.sleep(0.1)
            if rows_of(home, "SELECT count(*) FROM imported_case")[0][0] > 0:
                break
        importing.send_signal(signal.SIGKILL)
    before = rows_of(home, "SELECT count(*) FROM imported_case")[0][0]
    assert 0 < before < rows
    outcome = run(path)
    assert (outcome["already"], outcome["imported"]) == (before, rows - before)
    counts = "SELECT count(*), count(DISTINCT number), (SELECT count(*) FROM complaint) FROM imported_case"
    assert rows_of(home, counts) == [(rows, rows, rows)]


async def test_both_databases_take_them(database: Database) -> None:
    """The unit of work itself, twice, on each database."""
    policy = Settings(_env_file=None).policy
    origin, now = Origin("old", "operator", policy), datetime.now(UTC)
    received = datetime(2025, 11, 3, tzinfo=UTC)
    olds = [
        Old(n, f"A-{n}", state, {"received_at": received, "closed_at": received, "text": "It leaks."}, "d")
        for n, state in enumerate(State)
    ]
    for row in olds:
        row.values["answered_at"] = received  # type: ignore[index]
    assert (await database.run(writing.write, olds, origin, now)).imported == len(olds)
    assert (await database.run(writing.write, olds, origin, now)).already == len(olds)

    def stages(session: Any) -> dict[str, str]:
        found = register.newest(session, open_only=False)
        return {str(case_file(session, c.reference)["imported"]["number"]): c.status for c in found}

    assert await database.read(stages) == {
        "A-0": "assessed", "A-1": "responded", "A-2": "closed", "A-3": "withdrawn",
    }  # fmt: skip


def test_the_document_names_every_column() -> None:
    document = (Path(__file__).parents[2] / "docs/import.md").read_text(encoding="utf-8")
    assert [name for name in BY_NAME if f"| `{name}`" not in document] == []
