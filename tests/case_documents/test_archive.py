"""The ZIP file: complete, with the digest of each part, names for every system, cells that nothing runs.

Mutation: leave ``_cell`` out of `handoff.case_documents.archive.trail`; or write ``file["name"]`` instead of
`safe_name`; or let ``_state`` believe the digest in the database; or leave out ``_SECRET`` in `record`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.db import Database
from channels.transcript import File
from complaints.complaint import Decision, Remedy
from handoff import desk
from handoff.case_documents import archive
from handoff.case_documents.pictures import small
from handoff.case_documents.record import SCHEMA, case_record, plain, referring_to
from tests.case_documents.cases import COPY, HOSTILE, LATER, rich_case


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def zipped(database: Database, tmp_path: Path, reference: str) -> zipfile.ZipFile:
    record = await database.run(case_record, reference, COPY)
    archive.write_zip(record, tmp_path, "en", tmp_path / "case.zip")
    return zipfile.ZipFile(tmp_path / "case.zip")


async def test_everything_is_in_it_with_its_digest(database: Database, tmp_path: Path) -> None:
    """Document, record, transcript, trail, letter, originals; the manifest tells size and SHA-256 of each."""
    reference = await database.run(rich_case, tmp_path)
    await database.run(
        lambda s: desk.resolve(s, reference, "Sue", decision=Decision.PARTLY_UPHELD, remedy=Remedy.REFUND,
                               text="We refund 49.90.", outside="the Ombudsman", now=LATER)
    )  # fmt: skip
    with await zipped(database, tmp_path, reference) as case:
        names = set(case.namelist())
        assert {"case.pdf", "case.json", "transcript.txt", "trail.csv", "manifest.json"} <= names
        assert "We refund 49.90." in case.read("letters/01-decision.txt").decode()
        manifest = json.loads(case.read("manifest.json"))
        assert {f["path"] for f in manifest["files"]} == names - {"manifest.json"}
        for listed in manifest["files"]:
            content = case.read(listed["path"])
            assert (listed["size"], listed["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        record = json.loads(case.read("case.json"))
        assert record["schema"] == SCHEMA
        assert record["case"]["reference"] == reference
        for file in record["files"]:
            assert hashlib.sha256(case.read(file["in_archive"])).hexdigest() == file["digest"]
        names = [file["in_archive"] for file in record["files"]]
        assert names[2:] == ["files/03-photo_2.jpg", "files/04-courier.jpg"]  # evidence of our own, too
        assert record["records"]["task"][0]["outcome"] == "The parcel fell"
        assert [e["remark"] for e in record["records"]["evidence"]] == [
            "From the courier",
            "The box was crushed",
        ]
        assert record["letters"][0]["text"].count("49.90") == 1
        assert case.read("case.pdf").startswith(b"%PDF")


async def test_what_people_wrote_is_whole(database: Database, tmp_path: Path) -> None:
    """Every character of hostile messages is in record and transcript, as it was written."""
    reference = await database.run(rich_case, tmp_path, said=HOSTILE)
    with await zipped(database, tmp_path, reference) as case:
        said = [m["text"] for m in json.loads(case.read("case.json"))["messages"]]
        transcript = case.read("transcript.txt").decode()
    for text in HOSTILE:
        assert text in said
        assert text in transcript


async def test_no_spreadsheet_runs_the_trail(database: Database, tmp_path: Path) -> None:
    """One row for each event; a cell never begins with what starts a formula."""
    reference = await database.run(rich_case, tmp_path)
    await database.run(
        lambda s: desk.assess(s, reference, "Sue", severity="high", category=None, reason="=1+1", now=LATER)  # type: ignore[arg-type]
    )
    with await zipped(database, tmp_path, reference) as case:
        rows = list(csv.reader(io.StringIO(case.read("trail.csv").decode("utf-8-sig"))))
        events = json.loads(case.read("case.json"))["events"]
    assert len(rows) == len(events) + 1
    assert "'=1+1" in [cell for row in rows for cell in row]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


async def test_a_file_that_was_changed_or_lost_is_named(database: Database, tmp_path: Path) -> None:
    """The digest is counted anew; what is gone from the disk is said, and the rest goes out."""
    reference = await database.run(rich_case, tmp_path)

    def harm(session: Session) -> None:
        changed, lost, _ = (session.get_one(File, number).path for number in (1, 2, 3))
        (tmp_path / str(changed)).write_bytes(b"other")
        (tmp_path / str(lost)).unlink()

    await database.run(harm)
    with await zipped(database, tmp_path, reference) as case:
        files = json.loads(case.read("case.json"))["files"]
        assert [f["state"] for f in files] == ["changed", "missing", "intact", "intact"]
        assert files[1]["in_archive"] is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\evil.exe", "evil.exe"),
        ("بلاغ.jpg", "file.jpg"),
        ("Müller & Söhne.pdf", "Muller_Sohne.pdf"),
        ("", "file"),
        (".htaccess", "file.htaccess"),
        ("a" * 300 + ".png", "a" * 60 + ".png"),
        ("x\x00y\u202egnp.exe", "x_y_gnp.exe"),
    ],
)
def test_safe_names(given: str, named: str) -> None:
    """ASCII, no path, short, the ending kept."""
    name = archive.safe_name(given)
    assert name.isascii()
    assert "/" not in name
    assert name.replace("_", "") == named.replace("_", "")


def test_pictures_that_are_none(tmp_path: Path) -> None:
    """Broken, cut off, enormous or not there: no picture, and no error."""
    (tmp_path / "cut").write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x06"
    )
    (tmp_path / "text").write_text("no picture")
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x06\x00\x00\x00"
    (tmp_path / "bomb").write_bytes(bomb + b"\x00" * 100)
    assert [small(tmp_path / name) for name in ("cut", "text", "bomb", "missing")] == [None] * 4


def test_every_table_about_cases_is_considered() -> None:
    """A room that keeps something new about cases is handed out without being named."""
    tables = {
        table.name for target in ("complaint.id", "complaint.reference") for table, _ in referring_to(target)
    }
    assert {"task", "evidence", "conflict", "survey", "case_tie", "letter", "event"} <= tables
    assert plain({"at": COPY.at, "n": [1, None]}) == {"at": "2026-04-01T12:00:00Z", "n": [1, None]}
