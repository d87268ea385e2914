"""Nothing of a person is left but numbers, and nothing of others is touched.

Mutation: in `bot.privacy.erasing`, leave out the events, a message's ``route``, or the update of
``case_words``; in `bot.privacy.cleaning`, the VACUUM, or the check-point; in `_drop_work`, the pattern's
boundaries.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from bot import database_copy
from bot.db import Database
from bot.privacy import cleaning, erasing, holds, persons
from bot.privacy.erasing import StillOpen
from bot.privacy.record import Erasure, NobodyFound, OnHold, PrivacyError
from channels.transcript import Conversation
from complaints.record import Complaint
from handoff.case_words import CaseWords
from tests.postgres_server import BINARIES
from tests.privacy.seeding import NOW, PHONE, TOKENS, Seeded, bystander, seed, statistics

LATER = NOW + timedelta(days=9)


@pytest.fixture
async def seeded(database: Database, tmp_path: Path) -> Seeded:
    await database.run(bystander)
    return await database.run(seed, tmp_path)


def everything(session: Session) -> str:
    rows = []
    for table in SQLModel.metadata.sorted_tables:
        rows += [f"{table.name}: {row}" for row in session.execute(select(table)).all()]
    return "\n".join(rows)


def all_bytes(folder: Path) -> str:
    return "\n".join(f.read_bytes().decode("latin-1") for f in folder.rglob("*") if f.is_file())


def left(text: str) -> list[str]:
    folded = text.casefold()
    return [token for token in TOKENS if token.casefold() in folded]


async def erase(database: Database, wanted: str, **more: Any) -> Erasure:
    def work(session: Session) -> Erasure:
        person = persons.find(session, wanted)
        return erasing.erase(session, person, reason="asked for", by="agent:Ada", now=LATER, **more)

    return await database.run(work)


@pytest.mark.parametrize(
    "wanted", ["RC-6CA5VAAG", f"sms:{PHONE}", PHONE, "07700 900987", "XQ.Zarkovian@mailtoken.example"]
)
async def test_a_person_is_found_by_whatever_is_known(sqlite_url: str, tmp_path: Path, wanted: str) -> None:
    async with await Database.open(sqlite_url) as database:
        await database.run(bystander)
        await database.run(seed, tmp_path)
        found = await database.read(persons.find, wanted)
    assert (found.conversations, found.references) == ((f"sms:{PHONE}",), ("RC-6CA5VAAG",))


async def test_who_is_unknown_is_not_found(database: Database, seeded: Seeded) -> None:
    for wanted in ("nobody@example.org", "RC-2222222A", "+447700900111", "telegram:4", "x", ""):
        with pytest.raises(NobodyFound):
            await database.read(persons.find, wanted)


async def test_no_table_holds_anything_of_them(database: Database, seeded: Seeded) -> None:
    before = await database.read(everything)
    assert left(before) == [t for t in TOKENS if t not in ("7700 900987", "inhaltsmarke")]
    counted = await database.read(statistics)
    await erase(database, seeded.reference)
    after = await database.read(everything)
    assert left(after) == []
    assert await database.read(statistics) == counted
    assert "My kettle leaks" in after
    assert "My lamp is dark" in after


async def test_what_others_wait_for_is_not_dropped(database: Database, seeded: Seeded) -> None:
    def jobs(session: Session) -> int:
        return len(session.connection().exec_driver_sql("SELECT 1 FROM job WHERE lane LIKE '%:4711'").all())

    before = await database.read(jobs)
    await erase(database, "telegram:47")
    assert await database.read(jobs) == before > 0


async def test_no_byte_of_database_files_and_copies_holds_them(
    database: Database, database_url: str, seeded: Seeded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await erase(database, seeded.reference)
    assert seeded.path in row.files
    assert (tmp_path / seeded.path).exists()
    assert await cleaning.delete_files(database, tmp_path) == 1
    assert await cleaning.delete_files(database, tmp_path) == 0
    await cleaning.scrub(database_url)
    dump = tmp_path / "dump"
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("PATH", f"{BINARIES}{os.pathsep}{os.environ['PATH']}")
        database_copy.save(database_url, dump)
        listing = subprocess.run(  # noqa: ASYNC221
            ["pg_restore", "--file=-", str(dump)], capture_output=True, check=True
        )
        dump.unlink()
        held = listing.stdout.decode()
    else:
        held = all_bytes(tmp_path)
    assert "My kettle leaks" in held
    assert left(held) == []


async def test_the_search_does_not_find_their_words(database: Database, seeded: Seeded) -> None:
    await erase(database, seeded.reference)
    words = await database.read(lambda session: session.exec(select(CaseWords.words)).all())
    assert "rc6ca5vaag" in " ".join(words)
    assert left(" ".join(words)) == []


async def test_files_that_others_sent_too_stay(database: Database, seeded: Seeded, tmp_path: Path) -> None:
    def theirs(session: Session) -> None:
        session.connection().exec_driver_sql(
            "INSERT INTO file (message_id, locator, name, media_type, path, digest) SELECT min(id), 'x', "
            f"'y', 'text/plain', '{seeded.path}', 'd' FROM message WHERE conversation = 'telegram:47'"
        )

    await database.run(theirs)
    assert seeded.path not in (await erase(database, seeded.reference)).files


async def test_what_is_open_is_refused_or_withdrawn_with_it(database: Database, seeded: Seeded) -> None:
    def reopen(session: Session) -> None:
        session.connection().exec_driver_sql(
            "UPDATE complaint SET status = 'investigating' WHERE name IS NOT NULL"
        )

    await database.run(reopen)
    with pytest.raises(StillOpen, match=seeded.reference):
        await erase(database, seeded.reference)
    await erase(database, seeded.reference, also_open=True)
    case = await database.read(
        lambda session: session.exec(select(Complaint).where(Complaint.reference == seeded.reference)).one()
    )
    assert case.status == "withdrawn"


@pytest.mark.parametrize("whole_person", [True, False])
async def test_a_hold_forbids_it_until_released(
    database: Database, seeded: Seeded, whole_person: bool
) -> None:
    (hold,) = await database.run(
        holds.put, seeded.reference, "court 12/26", "agent:Ada", NOW, person=whole_person
    )
    with pytest.raises(OnHold, match="court 12/26"):
        await erase(database, seeded.reference)
    await database.run(holds.release, hold.id or 0, "settled", "agent:Ada", NOW)
    await erase(database, seeded.reference)


async def test_the_reason_must_not_name_them(database: Database, seeded: Seeded) -> None:
    def work(session: Session) -> None:
        person = persons.find(session, seeded.reference)
        erasing.erase(session, person, reason="Xylophania Quagmirez asked", by="a", now=LATER)

    with pytest.raises(PrivacyError, match="without the person's name"):
        await database.run(work)


async def test_the_conversation_leads_to_nobody(database: Database, seeded: Seeded) -> None:
    await erase(database, seeded.reference)
    ids = await database.read(lambda session: session.exec(select(Conversation.id)).all())
    (fresh,) = (one for one in ids if one.startswith("sms:"))
    assert fresh.startswith("sms:erased-")
    with pytest.raises(NobodyFound):
        await database.read(persons.find, PHONE)


def test_examples_that_came_from_them_are_taken_out(tmp_path: Path) -> None:
    file = tmp_path / "en" / "reviewed.yml"
    file.parent.mkdir()
    file.write_text(
        '# ours\nversion: "3.1"\nnlu:\n  - intent: greet\n    examples:\n      - text: |\n          '
        "the exampleworble burns\n        metadata: {author: Tina}\n      - text: |\n          good day\n"
        "        metadata: {author: Tina}\n"
    )
    assert cleaning.take_examples_out(tmp_path, [("en/reviewed.yml", "the exampleworble burns")]) == [
        "en/reviewed.yml"
    ]
    assert "exampleworble" not in file.read_text()
    assert "good day" in file.read_text()
    assert cleaning.take_examples_out(tmp_path, [("en/reviewed.yml", "the exampleworble burns")]) == []


def test_models_that_learnt_from_them_are_named_until_they_are_gone(tmp_path: Path) -> None:
    for digest in ("a1", "b2"):
        (tmp_path / f"{digest}.tar.gz").write_bytes(b"model")
    files = {"a1": "en/reviewed.yml", "b2": "en/complaints.yml"}
    for digest, file in files.items():
        description = {"digest": digest, "files": [{"path": file, "sha256": "0"}]}
        (tmp_path / f"{digest}.json").write_text(json.dumps(description))
    found = cleaning.learnt_from(tmp_path, ["en/reviewed.yml"])
    assert found == ["a1"]
    cleaning.mark(tmp_path, found, "2026-03-11")
    assert cleaning.to_retrain(tmp_path) == {"a1": "2026-03-11"}
    (tmp_path / "a1.tar.gz").unlink()
    assert cleaning.to_retrain(tmp_path) == {}
