"""Offers, pages, presence and supervisors' moves, over HTTP as a program meets them.

Mutation: let ``Supervising`` in `handoff.rest.api_calls` allow everybody; or leave ``after`` out of the
``Link`` of `handoff.rest.api.queue`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.db import Database
from handoff.dispatch import routing, rules
from handoff.dispatch.rules import Rules
from handoff.rest import api
from handoff.staff.roles import Role
from tests.handoff.cases import complain_to, hire, said
from tests.handoff.serving import serving


@dataclass
class Desk:
    """A served desk and a client for each person at it."""

    database: Database
    people: dict[str, httpx.AsyncClient]

    def __getattr__(self, name: str) -> httpx.AsyncClient:
        return self.people[name]


@pytest.fixture(autouse=True)
def in_force() -> Iterator[None]:
    with rules.in_force_while(Rules(automatic=True, capacity=4)):
        yield


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Anna and Ben answer, Otto audits, Sue supervises."""
    app = FastAPI()
    app.include_router(api.routes(database, outside_body="the Ombudsman"))
    roles = {"anna": Role.AGENT, "ben": Role.AGENT, "otto": Role.AUDITOR, "sue": Role.SUPERVISOR}
    async with serving(app) as address:
        people = {}
        for name, role in roles.items():
            token = await database.run(hire, name.title(), role)
            people[name] = httpx.AsyncClient(
                base_url=address + "/api/v1", headers={"Authorization": f"Bearer {token}"}
            )
        yield Desk(database, people)
        for client in people.values():
            await client.aclose()


def now() -> datetime:
    return datetime.now(UTC)


async def test_the_queue_in_pages(desk: Desk) -> None:
    """Following the links reads every case once, in order; the last page links nowhere."""
    references = [
        await complain_to(desk.database, now=now(), respond_in=timedelta(days=n)) for n in range(1, 8)
    ]
    read: list[str] = []
    path: str | None = "/queue?limit=3"
    while path:
        page = await desk.anna.get(path)
        read += [line["reference"] for line in page.json()]
        assert [line["position"] for line in page.json()] == list(
            range(len(read) - len(page.json()) + 1, len(read) + 1)
        )
        following = page.links.get("next", {}).get("url")
        path = following.removeprefix("/api/v1") if following else None
    assert read == references
    assert (await desk.anna.get("/queue?limit=501")).status_code == 422
    assert (await desk.anna.get("/queue?after=RC-00000000")).status_code == 404


async def test_next_case(desk: Desk) -> None:
    """The most urgent case, then nothing (204); with no room a refusal that says so."""
    assert (await desk.anna.post("/queue/next")).status_code == 204
    references = [await complain_to(desk.database, now=now()) for _ in range(5)]
    for _ in range(4):
        got = await desk.anna.post("/queue/next")
        assert (got.status_code, got.json()["holder"]) == (200, "Anna")
        assert got.json()["reference"] in references
    full = await desk.anna.post("/queue/next")
    assert full.status_code == 409
    assert "no room" in full.json()["detail"]
    mine = (await desk.anna.get("/queue?state=held&agent=Anna")).json()
    assert len(mine) == 4
    assert (await desk.anna.get("/queue?state=held&agent=Ben")).json() == []
    assert (await desk.otto.post("/queue/next")).status_code == 403


async def test_presence_and_offers(desk: Desk) -> None:
    """Who says that they are there is offered a case; they may decline, and the next one accept."""
    reference = await complain_to(desk.database, now=now())
    for client in (desk.anna, desk.ben):
        assert (await client.put("/me/presence", json={"presence": "available"})).json()[
            "presence"
        ] == "available"
    [offer] = await desk.database.run(routing.offer_waiting, now())
    assert offer.agent == "Anna"
    [line] = (await desk.anna.get("/queue?state=offered&agent=Anna")).json()
    assert (line["reference"], line["offered_until"][:4]) == (reference, str(now().year))
    refused = await desk.ben.post(f"/cases/{reference}/claim")
    assert (refused.status_code, refused.json()["holder"]) == (409, "Anna")
    declined = await desk.anna.post(f"/cases/{reference}/decline")
    assert (declined.json()["state"], declined.json()["holder"]) == ("waiting", None)
    [offer] = await desk.database.run(routing.offer_waiting, now())
    assert offer.agent == "Ben"
    assert (await desk.ben.get("/me")).json()["free"] == 3
    assert (await desk.ben.post(f"/cases/{reference}/claim")).json()["holder"] == "Ben"
    assert (await desk.anna.put("/me/presence", json={"presence": "asleep"})).status_code == 422


async def test_changing_hands(desk: Desk) -> None:
    """Transfer, assign, take over; each answers with the case as it is then."""
    reference = await complain_to(desk.database, now=now())
    await desk.anna.post(f"/cases/{reference}/claim")
    passed = await desk.anna.post(f"/cases/{reference}/transfer", json={"to": "Ben", "note": "Yours."})
    assert passed.json()["holder"] == "Ben"
    assert (await desk.anna.post(f"/cases/{reference}/assign", json={"to": "Anna"})).status_code == 403
    assert (await desk.anna.post(f"/cases/{reference}/take-over")).status_code == 403
    assert (await desk.anna.post(f"/cases/{reference}/transfer", json={})).status_code == 403
    assert (await desk.sue.post(f"/cases/{reference}/assign", json={"to": "anna"})).json()["holder"] == "Anna"
    assert (await desk.sue.post(f"/cases/{reference}/assign", json={"to": "Nobody"})).status_code == 404
    assert (await desk.sue.post(f"/cases/{reference}/take-over")).json()["holder"] == "Sue"
    back = await desk.sue.post(f"/cases/{reference}/transfer", json={"skill": "Legal", "note": "A letter."})
    assert (back.json()["state"], back.json()["skill"], back.json()["events"][-1]["reason"]) == (
        "waiting", "legal", "A letter.",
    )  # fmt: skip
    await desk.anna.post(f"/cases/{reference}/claim")
    handed = await desk.anna.post(f"/cases/{reference}/handback", json={"note": "The bot may ask."})
    assert handed.json()["events"][-1]["reason"] == "The bot may ask."


async def test_overview(desk: Desk) -> None:
    """Supervisors and auditors see the desk; agents do not. Capacity changes at once."""
    for hours in (1, 3):
        await complain_to(desk.database, now=now() - timedelta(hours=hours))
    changed = await desk.sue.put(
        "/desk/agents/anna", json={"capacity": 1, "languages": ["EN", "es"], "skills": ["Billing"]}
    )
    assert {k: changed.json()[k] for k in ("agent", "capacity", "languages", "skills")} == {
        "agent": "Anna", "capacity": 1, "languages": ["en", "es"], "skills": ["billing"],
    }  # fmt: skip
    assert (await desk.anna.put("/desk/agents/anna", json={"capacity": 9})).status_code == 403
    assert (await desk.sue.put("/desk/agents/anna", json={"capacity": 1001})).status_code == 422
    assert (await desk.sue.put("/desk/agents/nobody", json={"capacity": 1})).status_code == 404
    for who in (desk.sue, desk.otto):
        found = (await who.get("/desk")).json()
        assert found["waiting"]["cases"] == 2
        assert found["waiting"]["longest_seconds"] >= 3 * 3600
        assert {a["agent"]: a["held"] for a in found["agents"]}["Anna"] == 0
    assert (await desk.anna.get("/desk")).status_code == 403


async def test_bulk_over_http(desk: Desk) -> None:
    """A cause is named, everybody is answered once; agents may not, and both ways at once is refused."""
    references = [await complain_to(desk.database, now=now()) for _ in range(12)]
    cause = {"references": references, "cause": "Recall K200"}
    assert (await desk.anna.post("/bulk/cause", json=cause)).status_code == 403
    assert (await desk.sue.post("/bulk/cause", json=cause)).json() == {"cause": "Recall K200", "cases": 12}
    body = {
        "cause": "Recall K200",
        "text": "Please do not use it.",
        "texts": {"es": "No lo use."},
        "id": "recall-1",
    }
    assert (await desk.ben.post("/bulk/reply", json=body)).status_code == 403
    for _ in range(2):
        answer = (await desk.sue.post("/bulk/reply", json=body)).json()
        assert sorted(answer["answered"]) == sorted(references)
    for reference in references:
        lines = [m.text for m in await desk.database.read(said, reference) if m.author == "agent"]
        assert lines == ["Please do not use it."]
    both = {**body, "references": references}
    assert (await desk.sue.post("/bulk/reply", json=both)).status_code == 422
    lost = {"references": [references[0], "RC-00000000"], "text": "x", "id": "2"}
    assert (await desk.sue.post("/bulk/reply", json=lost)).status_code == 404
