"""Who gets a case file, by which door, and that the case knows of it.

Mutation: let `handoff.case_documents.exporting.may_export` look at the role alone; or take the record before
the event in `export`; or leave ``check_form`` out of the console's door.
"""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from bot import migrating
from bot.cli import app as command
from bot.db import Database
from complaints import register
from handoff.case_documents import doors
from handoff.console.settings import ConsoleSettings
from handoff.staff import accounts, agents
from handoff.staff.agents import Role
from tests.case_documents.cases import NOW, pages, rich_case
from tests.handoff.cases import hire
from tests.handoff.serving import serving


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def address(database: Database, tmp_path: Path) -> AsyncIterator[str]:
    settings = ConsoleSettings("Northwind Home", ZoneInfo("Europe/London"), tmp_path)
    app = FastAPI()
    app.include_router(doors.api_routes(database, settings))
    app.include_router(doors.console_routes(database, settings))
    async with serving(app) as address:
        yield address


async def exports(database: Database, reference: str) -> list[tuple[str, str]]:
    events = await database.run(lambda s: register.events_of(s, register.find(s, reference)))
    return [(e.actor, e.data["form"]) for e in events if e.kind == "exported"]


async def test_the_holder_supervisors_and_auditors(database: Database, tmp_path: Path, address: str) -> None:
    """They get it, and each copy is an event; another agent and a trainer do not, and leave none."""
    reference = await database.run(rich_case, tmp_path)  # held by Sue
    roles = {
        "Ben": Role.AGENT,
        "Tina": Role.TRAINER,
        "Otto": Role.AUDITOR,
        "Sam": Role.SUPERVISOR,
        "Ada": Role.ADMIN,
    }
    tokens = {name: await database.run(hire, name, role) for name, role in roles.items()}
    tokens["Sue"] = await database.run(lambda s: accounts.renew_token(s, "Sue", "operator", NOW))
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        for name, token in tokens.items():
            answer = await client.post(
                f"/api/v1/cases/{reference}/file", params={"form": "pdf", "language": "es"},
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
            may = name not in ("Ben", "Tina")
            assert answer.status_code == (200 if may else 403), (name, answer.text)
            if may:
                assert answer.headers["content-type"] == "application/pdf"
                assert f"{reference}.pdf" in answer.headers["content-disposition"]
                printed = " ".join(" ".join(pages(answer.content)).split())
                assert f"por {name}" in printed
                assert "Expediente extraído" in printed  # the copy's own trail ends with itself
        missing = await client.post(
            "/api/v1/cases/RC-7K2M9P4X/file", headers={"Authorization": f"Bearer {tokens['Ben']}"}
        )
        assert missing.status_code == 404
    assert await exports(database, reference) == [
        (f"agent:{n}", "pdf") for n in ("Otto", "Sam", "Ada", "Sue")
    ]


async def test_the_button_of_the_console(database: Database, tmp_path: Path, address: str) -> None:
    """A download that no other page can trigger; nothing of it stays on our disk."""
    reference = await database.run(rich_case, tmp_path)
    token = await database.run(hire, "Sam", Role.SUPERVISOR)
    cookie = await database.run(lambda s: agents.sign_in_by_token(s, token, datetime.now(UTC)))
    csrf = (await database.run(lambda s: agents.by_session(s, cookie, datetime.now(UTC)))).csrf
    path = f"/console/cases/{reference}/file/zip"
    async with httpx.AsyncClient(
        base_url=address, cookies={"recourse_console": cookie}, timeout=30
    ) as client:
        forged = await client.post(path, data={"csrf": "guessed"})
        assert forged.status_code == 403
        answer = await client.post(path, data={"csrf": csrf})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as case:
        assert json.loads(case.read("manifest.json"))["exported"]["by"] == "agent:Sam"
    assert await exports(database, reference) == [("agent:Sam", "zip")]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ZIP file, a PDF or a folder, as the name says; a wrong reference is one line and status 1."""
    url = f"sqlite:///{tmp_path}/recourse.db"
    migrating.migrate(url)
    monkeypatch.setenv("RECOURSE_DATA_DIR", str(tmp_path))

    async def fill() -> str:
        async with await Database.open(url) as database:
            return await database.run(rich_case, tmp_path)

    reference = asyncio.run(fill())
    run = CliRunner().invoke
    for name in ("case.zip", "case.pdf", "folder"):
        done = run(command, ["case", "export", reference, "--to", str(tmp_path / name), "--json"])
        assert done.exit_code == 0, done.output
    assert zipfile.is_zipfile(tmp_path / "case.zip")
    assert (tmp_path / "case.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "folder" / "manifest.json").exists()
    assert len(list((tmp_path / "folder" / "files").iterdir())) == 4
    wrong = run(command, ["case", "export", "RC-7K2M9P4X", "--to", str(tmp_path / "none.zip")])
    assert wrong.exit_code == 1
    assert not (tmp_path / "none.zip").exists()
