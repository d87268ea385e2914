"""The register over JSON: searched, read page by page, taken out as a file, and each of it leaves a trace.

Mutation: in `handoff.case_query._rows` take ``>`` for both directions (pages repeat), in
`handoff.rest.export_rows._cell` leave the apostrophe out, or in `handoff.rest.search_api._parts` yield before
``note_part``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import Session, col, select

from bot.db import Database
from complaints import register
from complaints.complaint import Category, Remedy, Severity, Status
from complaints.record import Complaint
from handoff import trail
from handoff.case_query import Sort
from handoff.exports import CaseExport, CaseExportPart
from handoff.rest import api, search_api
from handoff.rest.export_rows import COLUMNS
from handoff.staff.agents import Role
from tests.handoff.cases import NOW, bot_says, complain, hire
from tests.handoff.serving import serving

Clients = dict[str, httpx.AsyncClient]

SQLITE = pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True, ids=["sqlite"])
"""What asks nothing new of the database is tried on one."""


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Clients]:
    """Anna answers, Otto audits."""
    app = FastAPI()
    app.include_router(api.routes(database, outside_body=""))
    async with serving(app) as address:
        clients = {}
        for name, role in {"anna": Role.AGENT, "otto": Role.AUDITOR}.items():
            token = await database.run(hire, name.title(), role)
            headers = {"Authorization": f"Bearer {token}"}
            clients[name] = httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers)
        yield clients
        for client in clients.values():
            await client.aclose()


def file(session: Session, day: int, **values: Any) -> str:
    """A complaint of that day of March, with some columns of its own."""
    reference = complain(session, now=NOW + timedelta(days=day))
    case = register.find(session, reference)
    for name, value in values.items():
        setattr(case, name, value)
    session.add(case)
    return reference


@pytest.fixture
async def cases(database: Database) -> dict[str, str]:
    """Five complaints that differ in everything that one may ask for."""

    def unit(session: Session) -> dict[str, str]:
        return {
            "kettle": file(session, 0, product="Bouilloire Zéphyr", name="Zoë Müller", severity="critical"),
            "mixer": file(
                session, 1, product="Mixer", name="Ali", phone="+44 20 7946 0018", status=Status.CLOSED
            ),
            "letter": file(session, 2, product="Mixer", channel="sms", category=Category.BILLING),
            "mention": file(session, 3, description="I told Zoë Müller about my mixer", language="fr"),
            "answered": file(session, 4, name="-SUM(1)", status=Status.RESPONDED, kind="contact"),
        }

    return await database.run(unit)


async def found(client: httpx.AsyncClient, cases: dict[str, str], **asked: Any) -> list[str]:
    answer = await client.get("/cases", params=asked)
    assert answer.status_code == 200, answer.text
    names = {reference: name for name, reference in cases.items()}
    return [names[line["reference"]] for line in answer.json()]


QUESTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["answered", "mention", "letter", "mixer", "kettle"]),
    ({"q": "zoe mull"}, ["mention", "kettle"]),
    ({"customer": "zoe muller"}, ["kettle"]),  # named as a customer, not only mentioned
    ({"customer": "02079460018"}, []),
    ({"customer": "20 7946 0018"}, ["mixer"]),
    ({"product": "zephyr"}, ["kettle"]),
    ({"product": "mixer"}, ["letter", "mixer"]),
    ({"product": "mixer", "stage": "finished"}, ["mixer"]),
    ({"stage": ["answered", "finished"]}, ["answered", "mixer"]),
    ({"status": "closed"}, ["mixer"]),
    ({"severity": "critical"}, ["kettle"]),
    ({"category": "billing"}, ["letter"]),
    ({"channel": "sms"}, ["letter"]),
    ({"language": "fr"}, ["mention"]),
    ({"kind": "contact"}, ["answered"]),
    ({"state": "held"}, []),
    ({"since": "2026-03-04", "until": "2026-03-05"}, ["mention", "letter"]),
    ({"due_until": "2026-03-12"}, ["kettle"]),
    ({"q": "..."}, []),
    ({"sort": "received", "limit": 2}, ["kettle", "mixer"]),
    ({"sort": "-severity", "limit": 1}, ["kettle"]),
]


async def test_each_question_finds_what_it_names(desk: Clients, cases: dict[str, str]) -> None:
    told = {json.dumps(asked): await found(desk["anna"], cases, **asked) for asked, _ in QUESTIONS}
    assert told == {json.dumps(asked): names for asked, names in QUESTIONS}


@SQLITE
async def test_a_reference_finds_its_case(desk: Clients, cases: dict[str, str]) -> None:
    """Read leniently; one with a typing error is told as such."""
    spoken = cases["mixer"].lower().replace("-", " ")
    assert await found(desk["anna"], cases, reference=spoken) == ["mixer"]
    assert (await desk["anna"].get("/cases", params={"reference": "RC-00000000"})).status_code == 404


async def test_pages_have_every_case_once(desk: Clients, cases: dict[str, str], database: Database) -> None:
    """Whatever the order, and although many are equal in it."""

    def more(session: Session) -> None:
        for _ in range(9):
            file(session, 2)

    await database.run(more)
    for sort in Sort:
        address, seen = f"/cases?sort={sort}&limit=4", list[str]()
        while True:
            answer = await desk["anna"].get(address)
            seen += [line["reference"] for line in answer.json()]
            if "next" not in answer.links:
                break
            address = answer.links["next"]["url"].removeprefix("/api/v1")
        assert len(seen) == len(set(seen)) == 14, sort
        assert set(cases.values()) <= set(seen), sort


@SQLITE
async def test_a_parameter_that_is_none_is_refused(desk: Clients) -> None:
    """Rather than to answer with all cases there are."""
    for wrong in ("custmer=x", "status=lost", "since=yesterday", "limit=1000", "sort=name"):
        assert (await desk["anna"].get(f"/cases?{wrong}")).status_code == 422, wrong


@SQLITE
async def test_what_was_found_is_recorded(desk: Clients, cases: dict[str, str]) -> None:
    """Who saw a case in a list stands in its views."""
    await desk["anna"].get("/cases", params={"product": "zephyr"})
    for _ in range(100):
        views = (await desk["otto"].get(f"/cases/{cases['kettle']}/views")).json()
        if views:
            break
    assert [(v["actor"], v["way"]) for v in views] == [("agent:Anna", "api-search")]


@SQLITE
async def test_the_export_has_what_the_search_finds(
    desk: Clients, cases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Part by part, in both forms, and no cell of a spreadsheet begins a formula."""
    monkeypatch.setattr(search_api, "_IN_A_PART", 2)
    answer = await desk["otto"].get("/cases/export")
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert tuple(heading) == COLUMNS
    assert [row[0] for row in rows] == list(cases.values())
    cells = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    assert cells[1]["phone"] == "'+44 20 7946 0018"
    assert cells[4]["name"] == "'-SUM(1)"
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    lines = (await desk["otto"].get("/cases/export", params={"form": "jsonl", "product": "mixer"})).text
    assert [json.loads(line)["reference"] for line in lines.splitlines()] == [cases["mixer"], cases["letter"]]
    assert json.loads(lines.splitlines()[0])["phone"] == "+44 20 7946 0018"


@SQLITE
async def test_an_export_leaves_its_trace(
    desk: Clients, cases: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each case that left, and of no other; in the audit trail, without the words that were asked for."""
    monkeypatch.setattr(search_api, "_IN_A_PART", 2)
    await desk["otto"].get("/cases/export", params={"customer": "zoe", "form": "jsonl"})
    left = (await desk["otto"].get(f"/cases/{cases['kettle']}/views")).json()
    assert [(v["actor"], v["way"]) for v in left] == [("agent:Otto", "export:1")]
    assert (await desk["otto"].get(f"/cases/{cases['mention']}/views")).json() == []
    [step] = await database.read(trail.steps, trail.Wanted(kind=trail.EXPORT), limit=5)
    assert (step.actor, step.data["cases"], step.data["query"], step.data["whole"]) == (
        "agent:Otto", 1, {"customer": "given"}, True,
    )  # fmt: skip


@SQLITE
async def test_what_left_before_the_connection_broke_is_known(
    desk: Clients, cases: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that goes away has an export that is not whole, and at least what it got is recorded."""
    monkeypatch.setattr(search_api, "_IN_A_PART", 1)
    query = search_api.WantedExport().query()
    number, last = await database.run(
        search_api.exports.begin, actor="agent:Otto", form="jsonl", query={}, now=NOW
    )
    parts = search_api._parts(database, query, search_api.Form.JSONL, number, last)
    first = json.loads(await anext(parts))
    await parts.aclose()  # type: ignore[attr-defined]

    def noted(session: Session) -> tuple[list[str], object]:
        ids = [run[0] for part in session.exec(select(CaseExportPart)) for run in part.runs]
        known = session.exec(select(Complaint.reference).where(col(Complaint.id).in_(ids))).all()
        return list(known), session.get_one(CaseExport, number).ended_at

    assert await database.read(noted) == ([first["reference"]], None)
    assert first["reference"] == cases["kettle"]


@SQLITE
async def test_an_agent_takes_no_copy_of_all_cases(desk: Clients) -> None:
    refused = await desk["anna"].get("/cases/export")
    assert (refused.status_code, "role" in refused.text) == (403, True)


@SQLITE
async def test_a_conversation_page_by_page(desk: Clients, database: Database) -> None:
    """Every message once, oldest first."""

    def talk(session: Session) -> str:
        reference = complain(session, severity=Severity.LOW)
        for number in range(5):
            bot_says(session, reference, f"line {number}")
        case = register.find(session, reference)
        case.remedy_requested = Remedy.REFUND
        return reference

    reference = await database.run(talk)
    address, texts = f"/cases/{reference}/conversation?limit=3", list[str]()
    while True:
        answer = await desk["anna"].get(address)
        texts += [m["text"] for m in answer.json()]
        if "next" not in answer.links:
            break
        address = answer.links["next"]["url"].removeprefix("/api/v1")
    assert texts[0] == "My kettle arrived broken."
    assert texts[2:] == [f"line {n}" for n in range(5)]
