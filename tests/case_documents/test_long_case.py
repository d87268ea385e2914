"""A very long case is printed and packed within ten seconds.

Mutation: in ``case.typ`` lay the whole transcript into one `table` whose columns are as wide as needed.
"""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from bot.db import Database
from handoff.case_documents import archive
from handoff.case_documents.record import case_record
from tests.case_documents.cases import COPY, SCRIPTS, pages, rich_case

LIMIT = 10  # seconds, for the whole: reading the record, the PDF, the ZIP file


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.alone
async def test_two_thousand_messages_and_thirty_files(database: Database, tmp_path: Path) -> None:
    """All of them are in it, and it took less than ten seconds."""
    said = tuple(f"{number}: {SCRIPTS[number % len(SCRIPTS)]} " * 3 for number in range(1000))
    reference = await database.run(rich_case, tmp_path, said=said, pictures=30)
    began = time.perf_counter()
    record = await database.run(case_record, reference, COPY)
    archive.write_zip(record, tmp_path, "en", tmp_path / "case.zip")
    took = time.perf_counter() - began
    assert len(record["messages"]) > 2000
    assert len(record["files"]) == 31
    assert took < LIMIT
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        assert "999: " in " ".join(pages(case.read("case.pdf")))
