"""What is held of a person: all of it, nothing of anybody else, and every case knows that it was taken out.

Mutation: in `bot.person_export` leave out ``_OURS``, or the surveys, or `register.record`; or take the
files of the first conversation only.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from bot import person_export
from bot.db import Database
from bot.privacy.record import NobodyFound
from complaints import register
from complaints.record import Feedback
from complaints.surveying import Survey
from handoff import desk
from tests.case_documents.cases import COPY, LATER, NOW, rich_case, talk
from tests.handoff.cases import complain


def maria(session: Session, data_dir: Path) -> list[str]:
    """Her two cases on two channels, her grade for the handling, a compliment; and somebody else's case."""
    first = rich_case(session, data_dir)
    second = complain(session, channel="sms", key="+34600111222", text="Now the toaster, too.")
    register.find(session, second).email = "Maria@Example.org"
    case = register.find(session, first)
    about = {"conversation": case.conversation, "channel": "webchat", "language": "en"}
    session.add(Survey(reference=first, closing=9, asked_at=NOW, grade=4, comment="Friendly", **about))
    session.add(Feedback(kind="compliment", text="Lovely shop", at=NOW, **about))
    other = complain(session, text="A matter of OTTO.", key="otto")
    register.find(session, other).email = "otto@example.org"
    talk(session, other, ("Only OTTO may read this",))
    desk.note(session, first, "Sue", "Internal: Maria is a friend of the courier", NOW + timedelta(days=1))
    return [first, second]


@pytest.mark.parametrize("wanted", ["maria@example.org", "+34 600 11 12 22", "sms:+34600111222"])
async def test_all_of_hers_and_nothing_of_others(database: Database, tmp_path: Path, wanted: str) -> None:
    """Found by address, number or conversation: both cases, every word and file, grade and compliment."""
    references = await database.run(maria, tmp_path)
    found = await database.run(person_export.gather, wanted, COPY, LATER)
    person_export.write_zip(found, tmp_path, "en", tmp_path / "maria.zip")
    with zipfile.ZipFile(tmp_path / "maria.zip") as kept:
        data = json.loads(kept.read("person.json"))
        whole = "\n".join(kept.read(n).decode(errors="replace") for n in kept.namelist())
        manifest = json.loads(kept.read("manifest.json"))
        for listed in manifest["files"]:
            assert hashlib.sha256(kept.read(listed["path"])).hexdigest() == listed["sha256"]
        files = [f for c in data["conversations"] for f in c["files"]]
        assert len(files) == 3
        for file in files:
            assert hashlib.sha256(kept.read(file["in_archive"])).hexdigest() == file["digest"]
    assert data["schema"] == "recourse.person/1"
    assert [case["reference"] for case in data["cases"]] == references
    assert data["records"]["survey"][0]["comment"] == "Friendly"
    assert data["feedback"][0]["text"] == "Lovely shop"
    assert "Now the toaster, too." in whole
    assert "水壶坏了" in whole
    for hidden in ("OTTO", "otto@", "friend of the courier", "The box was crushed", "The parcel fell"):
        assert hidden not in whole
    for reference in references:
        events = await database.run(lambda s, r=reference: register.events_of(s, register.find(s, r)))
        assert (events[-1].kind, events[-1].data) == ("exported", {"form": "person"})


async def test_nobody(database: Database) -> None:
    """Of whom nothing is held, nothing is written."""
    with pytest.raises(NobodyFound):
        await database.run(person_export.gather, "nobody@example.org", COPY, LATER)
