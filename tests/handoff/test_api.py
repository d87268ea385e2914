"""The JSON API as a program meets it: over HTTP, with tokens, with every refusal.

Mutation: drop `HandoffError` from `refusals.REFUSALS` (a lost race answers 500), or the role check
of ``Answering`` in `handoff.rest.api`; or let `case_bodies.NewTask` take every ``TaskKind``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from bot.db import Database
from complaints.complaint import Category, Severity
from handoff.rest import api
from handoff.staff import accounts
from handoff.staff.agents import Role
from tests.handoff.cases import NOW, bot_says, complain_to, hire, said
from tests.handoff.serving import serving


@dataclass
class Desk:
    """A served desk and a client for each person at it."""

    database: Database
    address: str
    people: dict[str, httpx.AsyncClient]

    def __getattr__(self, name: str) -> httpx.AsyncClient:
        return self.people[name]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Anna and Ben answer, Tina trains, Otto audits, Sue supervises; Nobody has no token."""
    app = FastAPI()
    app.include_router(api.routes(database, outside_body="the Ombudsman"))
    roles = {
        "anna": Role.AGENT,
        "ben": Role.AGENT,
        "tina": Role.TRAINER,
        "otto": Role.AUDITOR,
        "sue": Role.SUPERVISOR,
    }
    async with serving(app) as address:
        people = {"nobody": httpx.AsyncClient(base_url=f"{address}/api/v1")}
        for name, role in roles.items():
            token = await database.run(hire, name.title(), role)
            people[name] = httpx.AsyncClient(
                base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}
            )
        yield Desk(database, address, people)
        for client in people.values():
            await client.aclose()


async def test_a_case_from_queue_to_decision(desk: Desk) -> None:
    """See, claim, answer, note, decide: each step answers with the case as it is then."""
    reference = await complain_to(desk.database, severity=Severity.HIGH)
    [line] = (await desk.anna.get("/queue")).json()
    assert (line["reference"], line["severity"], line["position"], line["holder"], line["state"]) == (
        reference, "high", 1, None, "waiting",
    )  # fmt: skip
    claimed = await desk.anna.post(f"/cases/{reference}/claim")
    assert (claimed.status_code, claimed.json()["holder"], claimed.json()["status"]) == (
        200,
        "Anna",
        "investigating",
    )
    assert (await desk.anna.get("/queue")).json() == []
    assert [c["reference"] for c in (await desk.ben.get("/queue?state=held")).json()] == [reference]
    replied = await desk.anna.post(f"/cases/{reference}/reply", json={"text": "Hello Maria", "id": "1"})
    last = replied.json()["messages"][-1]
    assert (last["from"], last["name"], last["text"], last["state"]) == (
        "agent",
        "Anna",
        "Hello Maria",
        "queued",
    )
    noted = await desk.ben.post(f"/cases/{reference}/note", json={"text": "known fault"})
    assert noted.json()["events"][-1]["data"] == {"text": "known fault"}
    found = await desk.anna.post(f"/cases/{reference}/evidence", json={"remark": "It is the same lot."})
    assert [e["remark"] for e in found.json()["evidence"]] == ["It is the same lot."]
    resolved = await desk.anna.post(
        f"/cases/{reference}/resolve",
        json={"decision": "upheld", "remedy": "refund", "text": "You get your money back."},
    )
    body = resolved.json()
    assert (body["status"], body["decision"], body["remedy"], body["holder"]) == (
        "closed",
        "upheld",
        "refund",
        None,
    )


async def test_a_record_is_corrected(desk: Desk) -> None:
    """By its holder or a supervisor, with a reason; what is no part of a record is refused."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    body = {"name": "Maria Lopes", "order": "NB-1", "date": "2026-02-27", "reason": "She rang."}
    corrected = await desk.anna.post(f"/cases/{reference}/correct", json=body)
    assert corrected.status_code == 200, corrected.text
    record = corrected.json()
    assert (record["name"], record["order"], record["problem_date"]) == ("Maria Lopes", "NB-1", "2026-02-27")
    event = record["events"][-1]
    assert (event["actor"], event["reason"]) == ("agent:Anna", "She rang.")
    assert event["data"]["after"] == {"name": "Maria Lopes", "order": "NB-1", "date": "2026-02-27"}
    emptied = await desk.sue.post(f"/cases/{reference}/correct", json={"order": None, "reason": "Not hers."})
    assert emptied.json()["order"] is None
    for wrong in ({"order": "NB-2"}, {"wish": "a car", "reason": "why"}, {"reason": "why"}):
        assert (await desk.anna.post(f"/cases/{reference}/correct", json=wrong)).status_code == 422, wrong
    assert (await desk.ben.post(f"/cases/{reference}/correct", json=body)).status_code == 403


async def test_the_record_is_whole(desk: Desk) -> None:
    """What the command line promises for a case, and the rest of the form, is there."""
    reference = await complain_to(desk.database)
    record = (await desk.otto.get(f"/cases/{reference}")).json()
    promised = (
        "reference status severity category language channel description remedy order reasons holder events "
        "product problem_date amount currency wish name phone email on_behalf_of anonymous decision "
        "respond_by received_at files messages"
    )
    assert set(promised.split()) <= record.keys()
    assert record["description"] == "My kettle arrived broken."
    assert record["reasons"] == [{"rule": "broken goods", "words": ["broken"]}]
    assert [e["kind"] for e in record["events"]] == ["received", "acknowledged", "assessed", "queued"]
    assert [m["from"] for m in record["messages"]] == ["customer", "bot"]


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda r: r.replace("RC-", "rc "),
        lambda r: r.removeprefix("RC-"),
        lambda r: r.replace("0", "O"),
    ],
)
async def test_references_are_read_leniently(desk: Desk, write: Callable[[str], str]) -> None:
    """However a reference is typed into the address, it leads to the case."""
    reference = await complain_to(desk.database)
    answer = await desk.anna.get(f"/cases/{write(reference)}")
    assert (answer.status_code, answer.json().get("reference")) == (200, reference)


@pytest.mark.parametrize("reference", ["RC-00000000", "RC-12345678", "nonsense", "%00", "' OR 1=1", "x" * 40])
async def test_unknown_references_are_404(desk: Desk, reference: str) -> None:
    """No case, no reference at all, or a typing error: not found, with a word on why."""
    for answer in (
        await desk.anna.get(f"/cases/{reference}"),
        await desk.anna.post(f"/cases/{reference}/claim"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"]


async def test_a_lost_race_is_409(desk: Desk) -> None:
    """Of two who claim at once one has the case; the other's answer names the winner."""
    reference = await complain_to(desk.database)
    answers = await asyncio.gather(*(p.post(f"/cases/{reference}/claim") for p in (desk.anna, desk.ben)))
    won, lost = sorted(answers, key=lambda a: a.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["holder"] == won.json()["holder"]


async def test_holder_only(desk: Desk) -> None:
    """Whoever does not hold the case cannot answer, hand back or decide."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    bodies: dict[str, dict[str, str]] = {
        "reply": {"text": "hello", "id": "1"},
        "release": {},
        "handback": {},
        "resolve": {"decision": "upheld", "remedy": "refund", "text": "done"},
        "close": {"reason": "done"},
    }
    for move, body in bodies.items():
        answer = await desk.ben.post(f"/cases/{reference}/{move}", json=body)
        assert (move, answer.status_code, answer.json()["holder"]) == (move, 403, "Anna")
    assert (await desk.sue.post(f"/cases/{reference}/release")).status_code == 200


async def test_release_and_handback(desk: Desk) -> None:
    """Back to the queue, or back to the bot."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    released = await desk.anna.post(f"/cases/{reference}/release")
    assert (released.json()["state"], released.json()["position"]) == ("waiting", 1)
    await desk.ben.post(f"/cases/{reference}/claim")
    handed = await desk.ben.post(f"/cases/{reference}/handback")
    assert (handed.json()["state"], handed.json()["holder"]) == ("with_bot", None)
    assert await desk.database.run(bot_says, reference, "I'm back")


async def test_stage_that_does_not_allow_it_is_409(desk: Desk) -> None:
    """A closed case can neither be claimed nor decided again."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    decision = {"decision": "upheld", "text": "done"}
    assert (await desk.anna.post(f"/cases/{reference}/resolve", json=decision)).status_code == 200
    for answer in (
        await desk.anna.post(f"/cases/{reference}/resolve", json=decision),
        await desk.ben.post(f"/cases/{reference}/claim"),
    ):
        assert answer.status_code == 409
        assert "closed" in answer.json()["detail"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic YTpi", b"Bearer \xff"])
async def test_without_a_token_nothing(desk: Desk, header: str | bytes | None) -> None:
    """No token, a wrong one, another scheme: 401, the same for what exists and what does not."""
    reference = await complain_to(desk.database)
    headers = {} if header is None else {"Authorization": header}
    for path in ("/queue", f"/cases/{reference}", "/cases/RC-00000000"):
        answer = await desk.nobody.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_closed_account_is_out_at_once(desk: Desk) -> None:
    """Neither an account that was closed nor a token that was renewed opens anything."""
    for change, name in (
        (accounts.deactivate, "anna"),
        (accounts.renew_token, "Ben"),
    ):
        await desk.database.run(change, name, "agent:Ada", NOW)
    for client in (desk.anna, desk.ben):
        assert (await client.get("/queue")).status_code == 401


async def test_roles(desk: Desk) -> None:
    """Auditors only read; trainers correct assessments but reach no customer."""
    reference = await complain_to(desk.database)
    assess = {"severity": "low", "reason": "a test"}
    for client in (desk.otto, desk.tina):
        assert (await client.get(f"/cases/{reference}")).status_code == 200
        for move in ("claim", "release", "handback"):
            assert (await client.post(f"/cases/{reference}/{move}")).status_code == 403
        for move, body in (
            ("reply", {"text": "hi", "id": "1"}),
            ("resolve", {"decision": "upheld", "text": "hi"}),
        ):
            assert (await client.post(f"/cases/{reference}/{move}", json=body)).status_code == 403
    assert (await desk.otto.post(f"/cases/{reference}/assess", json=assess)).status_code == 403
    assert (await desk.otto.post(f"/cases/{reference}/note", json={"text": "x"})).status_code == 403
    assert (await desk.tina.post(f"/cases/{reference}/assess", json=assess)).json()["severity"] == "low"


@pytest.mark.parametrize(
    ("move", "body", "named"),
    [
        ("reply", {"text": "hi"}, "id"),
        ("reply", {"text": "", "id": "1"}, "text"),
        ("reply", {"text": " \n", "id": "1"}, "text"),
        ("reply", {"text": "x" * 10_001, "id": "1"}, "10000"),
        ("reply", {"text": "hi", "id": "x" * 201}, "200"),
        ("reply", {"text": "a\x00b", "id": "1"}, "text"),
        ("reply", {"text": 7, "id": "1"}, "text"),
        ("note", {"txt": "hi"}, "txt"),
        ("assess", {"severity": "terrible", "reason": "x"}, "'critical'"),
        ("assess", {"category": "sadness", "reason": "x"}, "'late_delivery'"),
        ("assess", {"severity": "low"}, "reason"),
        ("assess", {"reason": "x"}, "severity"),
        ("resolve", {"decision": "maybe", "text": "x"}, "'partly_upheld'"),
        ("resolve", {"decision": "upheld", "remedy": "money", "text": "x"}, "'refund'"),
        ("tasks", {"title": "Post it", "kind": "by_hand"}, "'safety'"),
        ("tasks", {"title": "Try again", "kind": "delivery"}, "'safety'"),
    ],
)
async def test_bad_input_is_422_and_names_what_is_allowed(
    desk: Desk, move: str, body: dict[str, object], named: str
) -> None:
    """What cannot be taken is refused with a word that helps, and changes nothing."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    before = (await desk.anna.get(f"/cases/{reference}")).json()
    answer = await desk.anna.post(f"/cases/{reference}/{move}", json=body)
    assert answer.status_code == 422
    assert named in answer.text
    assert (await desk.anna.get(f"/cases/{reference}")).json() == before


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'{"text": "\\ud800", "id": "1"}', b'{"text": NaN, "id": "1"}']
)
async def test_broken_bodies_are_422(desk: Desk, raw: bytes) -> None:
    """Whatever is sent, the answer is a refusal and never an error of ours."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    answer = await desk.anna.post(
        f"/cases/{reference}/reply", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


async def test_double_click_over_http(desk: Desk) -> None:
    """The same id, five times at once: five good answers, one message."""
    reference = await complain_to(desk.database)
    await desk.anna.post(f"/cases/{reference}/claim")
    answers = await asyncio.gather(
        *(desk.anna.post(f"/cases/{reference}/reply", json={"text": "hi", "id": "same"}) for _ in range(5))
    )
    assert [a.status_code for a in answers] == [200] * 5
    assert [m.author for m in await desk.database.read(said, reference)].count("agent") == 1


async def test_openapi_describes_it(desk: Desk) -> None:
    """The served description lists every move, its limits and the bearer token."""
    schema = (await desk.nobody.get(f"{desk.address}/openapi.json")).json()
    moves = {p.rsplit("/", 1)[1] for p in schema["paths"] if p.startswith("/api/v1/cases/{reference}/")}
    assert moves == {
        "claim", "decline", "reply", "note", "assess", "release", "transfer", "assign", "take-over",
        "correct", "handback", "resolve", "close", "views", "tasks", "task-end", "task-pass", "evidence",
        "conflict", "conflict-lift", "draft", "letter-edit", "letter-discard", "send", "accept", "contest",
        "escalate", "escalate-outside", "pause", "resume", "extend", "time-limit", "stage-done",
        "conversation",
    }  # fmt: skip
    assert schema["components"]["schemas"]["Reply"]["properties"]["text"]["maxLength"] == 10_000
    assert set(Category) <= set(schema["components"]["schemas"]["Category"]["enum"])
