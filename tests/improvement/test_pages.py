"""Improvement as people see it in the console, and as other programs do over the API.

Mutation: in `handoff.console.improving.actions._one` leave out the check of the owner; in `training._list`
show everybody's records; leave `_case_actions.html` out of the case's page; in `guide` leave out a key in
one language.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from bot.db import Database
from complaints.complaint import Severity
from handoff.console import improving, pages
from handoff.console.improving.guide import guide
from handoff.console.settings import ConsoleSettings
from handoff.console.words import LANGUAGES
from handoff.rest import api
from handoff.staff.agents import Role
from tests.console.conftest import field_of
from tests.handoff.cases import complain, hire
from tests.handoff.serving import serving

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()


@dataclass
class Desk:
    """The console and the API on loopback, and who may call them."""

    database: Database
    address: str
    tokens: dict[str, str]
    clients: list[httpx.AsyncClient]

    async def page(self, name: str) -> httpx.AsyncClient:
        """A browser in which ``name`` is signed in."""
        client = httpx.AsyncClient(base_url=self.address, headers={"Accept": "text/html"})
        self.clients.append(client)
        guard = field_of(await client.get("/console/sign-in"), "guard")
        done = await client.post("/console/sign-in", data={"guard": guard, "token": self.tokens[name]})
        assert done.status_code == 303
        return client

    def caller(self, name: str) -> httpx.AsyncClient:
        """A program with the token of ``name``."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        client = httpx.AsyncClient(base_url=f"{self.address}/api/v1", headers=headers)
        self.clients.append(client)
        return client


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    roles = {"Anna": Role.AGENT, "Ben": Role.AGENT, "Sue": Role.SUPERVISOR, "Otto": Role.AUDITOR}
    tokens = {name: await database.run(hire, name, role) for name, role in roles.items()}
    stopping, app = asyncio.Event(), FastAPI()
    settings = ConsoleSettings(
        organisation="Northwind", time_zone=ZoneInfo("Europe/London"), data_dir=tmp_path,
        outside_body="The Retail Ombudsman",
    )  # fmt: skip
    app.include_router(pages.routes(database, settings, stopping))
    app.include_router(api.routes(database, "The Retail Ombudsman"))
    async with serving(app) as address:
        served = Desk(database, address, tokens, [])
        yield served
        stopping.set()
        for client in served.clients:
            await client.aclose()


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    csrf = field_of(await client.get("/console/account"), "csrf")
    return await client.post(path, data={"csrf": csrf, **fields})


async def action(client: httpx.AsyncClient, **more: str) -> str:
    """Start one by its form; its address."""
    given = {"kind": "corrective", "problem": "Lids <leak>.", "plan": "A better seal.", "owner": "Anna"}
    given |= {"due": (TODAY + timedelta(days=9)).isoformat(), "category": "defect", "weeks": "8"} | more
    done = await post(client, "/console/improvement", **given)
    assert done.status_code == 303, done.text
    return done.headers["location"]


async def test_from_a_case_to_an_action_and_back(desk: Desk) -> None:
    """The form knows the case's category; the case shows the action, and its history tells of it."""
    reference = await desk.database.run(complain)
    sue = await desk.page("Sue")
    form = await sue.get(f"/console/improvement/new?case={reference}")
    assert f">{reference}</textarea>" in form.text
    assert '<option value="defect" selected>' in form.text
    address = await action(sue, cases=reference)
    shown = await sue.get(address)
    assert "Lids &lt;leak&gt;." in shown.text
    case = (await sue.get(f"/console/cases/{reference}")).text
    assert f'href="{address}">Action 1</a>: A better seal.' in case
    assert "Improvement action" in case


async def test_an_agent_sees_their_own_and_says_that_it_is_done(desk: Desk) -> None:
    address = await action(await desk.page("Sue"))
    anna, ben = await desk.page("Anna"), await desk.page("Ben")
    assert "A better seal." in (await anna.get("/console/improvement")).text
    assert "A better seal." not in (await ben.get("/console/improvement")).text
    assert (await ben.get(address)).status_code == 403
    assert (await post(ben, f"{address}/done", reason="Sealed.")).status_code == 403
    assert (await post(anna, f"{address}/cancel", reason="No.")).status_code == 403
    assert (await post(anna, f"{address}/done", reason="Sealed.")).status_code == 303
    assert "It is too soon to tell" in (await anna.get(address)).text


async def test_what_was_typed_is_kept_when_it_is_refused(desk: Desk) -> None:
    sue = await desk.page("Sue")
    refused = await post(sue, "/console/improvement", problem="Lids leak.", owner="Anna", plan="A seal.")
    assert refused.status_code == 422
    assert "Lids leak.</textarea>" in refused.text
    assert '<option value="Anna" selected>' in refused.text
    assert (await sue.get("/console/improvement/1")).status_code == 404


async def test_the_team_page_tells_what_is_late(desk: Desk) -> None:
    sue = await desk.page("Sue")
    assert "overdue" not in (await sue.get("/console/team")).text.replace("Overdue", "")
    await action(sue, due=(TODAY - timedelta(days=2)).isoformat())
    assert "1 improvement action is overdue." in (await sue.get("/console/team")).text


async def test_an_audit_by_hand(desk: Desk) -> None:
    """Drawn, judged with the proposal beside it, a finding, and the supervisor's action against it."""
    for severity in (Severity.HIGH, Severity.LOW, Severity.LOW):
        await desk.database.run(lambda s, severity=severity: complain(s, severity=severity, now=NOW))
    otto, sue = await desk.page("Otto"), await desk.page("Sue")
    assert 'action="/console/audits"' not in (await sue.get("/console/audits")).text
    days = {
        "since": (TODAY - timedelta(days=1)).isoformat(),
        "until": (TODAY + timedelta(days=1)).isoformat(),
    }
    drawn = await post(
        otto, "/console/audits", title="Spring", criteria="ISO 10002", size="2", way="severity",
        closed_only="false", **days,
    )  # fmt: skip
    assert drawn.headers["location"] == "/console/audits/1"
    audit = (await otto.get("/console/audits/1")).text
    assert "2 of 3 complaints" in audit
    assert "Drawn again just now: the same cases." in audit
    reference = audit.split('href="/console/audits/1/')[1].split('"')[0]
    here = f"/console/audits/1/{reference}"
    assert "what severity high needs is there" not in (await otto.get(here)).text
    assert "missing for its severity" in (await otto.get(here)).text
    saved = await post(
        otto, "/console/audits/1/answer", reference=reference, go="https://elsewhere.example/",
        **{"answer-acknowledged": "yes", "answer-investigated": "no", "remark-investigated": "Nothing done."},
    )  # fmt: skip
    assert saved.headers["location"] == "/console/audits/1"
    assert "Nothing done." in (await otto.get(here)).text
    kept = await post(otto, "/console/audits/1/finding", reference=reference, kind="minor", text="Not done.")
    assert kept.headers["location"] == here
    assert 'href="/console/improvement/new?finding=1"' in (await sue.get("/console/audits/1")).text
    await action(sue, finding="1")
    assert 'href="/console/improvement/1">Action 1</a>' in (await otto.get(here)).text
    early = await post(otto, "/console/audits/1/close", conclusion="Well done.")
    assert early.status_code == 422
    assert "Well done.</textarea>" in early.text


async def test_training_is_ones_own(desk: Desk) -> None:
    sue, anna, ben = await desk.page("Sue"), await desk.page("Anna"), await desk.page("Ben")
    given = {"topic": "safety", "trained_on": TODAY.isoformat(), "trainer": "Red Cross"}
    assert (await post(sue, "/console/training", person="Anna", **given)).status_code == 303
    assert "Red Cross" in (await anna.get("/console/training")).text
    assert "Red Cross" not in (await ben.get("/console/training")).text
    await post(sue, "/console/training/1/withdraw", reason="It was Ben.")
    assert "It was Ben." in (await anna.get("/console/training")).text


async def test_the_guide_is_in_the_readers_language(desk: Desk) -> None:
    """For everybody; every link of it leads somewhere."""
    anna = await desk.page("Anna")
    assert "From claim to closing" in (await anna.get("/console/guide")).text
    csrf = field_of(await anna.get("/console/account"), "csrf")
    await anna.post("/console/look", data={"csrf": csrf, "language": "es", "theme": "auto"})
    spanish = (await anna.get("/console/guide")).text
    assert "De tomar el caso a cerrarlo" in spanish
    for link in {part.split('"')[0] for part in guide("es").split('href="')[1:]}:
        assert (await anna.get(link)).status_code == 200, link


def test_guides_say_the_same_in_every_language() -> None:
    """The same headings, keys and links; and what is written as HTML is no HTML."""
    shapes = set()
    for language in LANGUAGES:
        text = (Path(improving.__file__).parent / "guide" / f"{language}.md").read_text(encoding="utf-8")
        keys = text.split("`")[1::2]
        links = [part.split(")")[0] for part in text.split("](")[1:]]
        shapes.add((text.count("\n## "), text.count("\n- "), tuple(keys), tuple(links)))
        assert "<script" not in guide(language)
        assert "<table>" in guide(language)
    assert len(shapes) == 1


async def test_the_same_over_the_api(desk: Desk) -> None:
    reference = await desk.database.run(complain)
    sue, anna, ben = desk.caller("Sue"), desk.caller("Anna"), desk.caller("Ben")
    body = {"problem": "Lids leak.", "plan": "A seal.", "owner": "Anna", "due": TODAY.isoformat()}
    assert (await anna.post("/improvement", json=body)).status_code == 403
    made = await sue.post("/improvement", json=body | {"category": "defect", "cases": [reference]})
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["cases"], made.json()["effect"]) == ("open", [reference], None)
    here = f"/improvement/{made.json()['id']}"
    assert (await ben.get(here)).status_code == 403
    assert (await ben.get("/improvement")).json() == []
    assert [one["plan"] for one in (await anna.get("/improvement", params={"state": "open"})).json()] == [
        "A seal."
    ]
    done = await anna.post(f"{here}/done", json={"outcome": "Sealed."})
    assert done.json()["effect"]["trend"] == "too_soon"
    early = await sue.post(f"{here}/confirm", json={"effective": True, "reason": "It has."})
    assert early.status_code == 409
    no = await sue.post(f"{here}/confirm", json={"effective": False, "reason": "More leak."})
    assert [step["kind"] for step in no.json()["history"]] == [
        "started", "case_linked", "done", "ineffective",
    ]  # fmt: skip
    assert (await sue.post(f"{here}/cancel", json={"reason": "No."})).status_code == 409
    assert (await sue.post("/improvement/77/cancel", json={"reason": "No."})).status_code == 404
    assert (await sue.post("/improvement", json=body | {"colour": "red"})).status_code == 422
