"""Review over HTTP, without a script: who may enter, what the forms do, what a refusal leaves.

Mutation: leave out ``check_form`` in `bot.review.pages`, or let `Role.trains` be true for agents, or drop
``held`` from the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from bot.db import Database
from bot.review import pages as review_pages
from bot.review.deciding import Review
from complaints.complaint import Severity
from handoff.console import pages
from handoff.console.settings import ConsoleSettings
from handoff.staff.agents import Role
from tests.console.conftest import Served, field_of
from tests.handoff.cases import hire
from tests.handoff.serving import serving
from tests.review.conftest import Say
from tests.review.test_candidates import TORN, corrected, files, reference_of

BACH = "is there a kettle that whistles Bach"


@pytest.fixture
async def served(database: Database, review: Review, tmp_path: Path) -> AsyncIterator[Served]:
    """Tina trains, Sue supervises, Anna answers, Otto audits."""
    roles = {"Tina": Role.TRAINER, "Sue": Role.SUPERVISOR, "Anna": Role.AGENT, "Otto": Role.AUDITOR}
    tokens = {name: await database.run(hire, name, role) for name, role in roles.items()}
    stopping = asyncio.Event()
    settings = ConsoleSettings("Northwind Home", ZoneInfo("Europe/London"), tmp_path / "data")
    app = FastAPI()
    app.include_router(pages.routes(database, settings, stopping))
    app.include_router(review_pages.routes(review, settings))
    async with serving(app) as address:
        served = Served(database, address, tokens, settings.data_dir, stopping)
        yield served
        stopping.set()
        for client in served.clients:
            await client.aclose()


async def test_who_may_enter(served: Served, say: Say) -> None:
    await say(BACH, *TORN)
    for name in ("Tina", "Sue"):
        browser = await served.signed_in(name)
        answer = await browser.get("/console/review")
        assert answer.status_code == 200
        assert BACH in answer.text
        assert 'href="/console/review"' in (await browser.get("/console")).text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    for name in ("Anna", "Otto"):
        browser = await served.signed_in(name)
        answer = await browser.get("/console/review")
        assert (answer.status_code, BACH in answer.text) == (403, False)
        assert 'href="/console/review"' not in (await browser.get("/console")).text
        assert (await browser.post("/console/review/1/accept", data={})).status_code == 403
    stranger = await served.visitor().get("/console/review")
    assert (stranger.status_code, stranger.headers["location"]) == (
        303,
        "/console/sign-in?next=/console/review",
    )


async def test_accept_then_it_is_gone(served: Served, review: Review, say: Say) -> None:
    message = await say(BACH, *TORN)
    tina = await served.signed_in("Tina")
    csrf = field_of(await tina.get("/console/review"), "csrf")
    done = await tina.post(f"/console/review/{message}/accept", data={"csrf": csrf, "listed": "en"})
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/console/review?done={message}&language=en",
    )
    after = await tina.get(done.headers["location"])
    assert "Added to <code>en/reviewed.yml</code> as <strong>Enquire</strong>" in after.text
    assert "Nothing to review" in after.text
    assert "author: Tina," in (review.examples.folder / "en/reviewed.yml").read_text(encoding="utf-8")


async def test_a_correction_is_masked_and_says_so(served: Served, review: Review, say: Say) -> None:
    message = await say(BACH, *TORN)
    tina = await served.signed_in("Tina")
    csrf = field_of(await tina.get("/console/review"), "csrf")
    form = {
        "csrf": csrf,
        "intent": "file_complaint",
        "severity": "low",
        "category": "defect",
        "language": "en",
        "text": "my kettle whistles Bach,\r\nring 07700 900123",
    }
    done = await tina.post(f"/console/review/{message}/correct", data=form)
    after = await tina.get(done.headers["location"])
    assert "still held personal data" in after.text
    text = (review.examples.folder / "en/reviewed.yml").read_text(encoding="utf-8")
    assert "      my kettle whistles Bach, ring 00000 000000\n" in text
    assert "severity: low, category: defect, author: Tina" in text


async def test_a_refusal_keeps_what_was_typed(served: Served, say: Say) -> None:
    message = await say(BACH, *TORN)
    tina = await served.signed_in("Tina")
    csrf = field_of(await tina.get("/console/review"), "csrf")
    form = {"csrf": csrf, "message": str(message), "intent": "thank", "text": "I want to complain"}
    refused = await tina.post(f"/console/review/{message}/correct", data=form)
    assert refused.status_code == 409
    assert "has this example already" in refused.text
    assert ">I want to complain</textarea>" in refused.text
    assert '<option value="thank" selected>' in refused.text
    nonsense = await tina.post(f"/console/review/{message}/correct", data=form | {"severity": "awful"})
    assert nonsense.status_code == 422
    assert (await tina.post(f"/console/review/{2**70}/discard", data={"csrf": csrf})).status_code == 422
    assert (await tina.get(f"/console/review?done={2**40}")).status_code == 422
    assert (await tina.post("/console/review/999999/discard", data={"csrf": csrf})).status_code == 404
    assert (await tina.post(f"/console/review/{message}/sing", data={"csrf": csrf})).status_code == 404


async def test_a_form_from_elsewhere_does_nothing(served: Served, review: Review, say: Say) -> None:
    message = await say(BACH, *TORN)
    tina = await served.signed_in("Tina")
    assert (await tina.post(f"/console/review/{message}/accept", data={"csrf": "guess"})).status_code == 403
    assert not (review.examples.folder / "en/reviewed.yml").exists()


async def test_what_an_agent_corrected_says_why(served: Served, database: Database, say: Say) -> None:
    text = "the kettle <b>leaks</b>, plainly"
    await say(text, key="leak", commands=lambda r: files(r, text))
    await corrected(database, "leak", "a leak under current", Severity.HIGH)
    page = (await (await served.signed_in("Tina")).get("/console/review")).text
    assert "<strong>Anna</strong> changed severity from medium to high" in page
    assert "a leak under current" in page
    assert "the kettle &lt;b&gt;leaks&lt;/b&gt;, plainly" in page
    assert "Accept as File complaint, high, defect" in page


async def test_examples_that_are_not_there_name_the_remedy(served: Served, review: Review, say: Say) -> None:
    await say(BACH, *TORN)
    review.examples.folder.rename(review.examples.folder.with_name("elsewhere"))
    answer = await (await served.signed_in("Tina")).get("/console/review")
    assert answer.status_code == 503
    assert "RECOURSE_NLU_DATA_DIR" in answer.text


async def test_the_desk_can_say_it_is_no_complaint(served: Served, database: Database, say: Say) -> None:
    """The form on the case's page; who, from what to what, and why stand in its history."""
    text = "the kettle leaks, plainly"
    await say(text, key="praise", commands=lambda r: files(r, text))
    anna = await served.signed_in("Anna")
    reference = await reference_of(database, "praise")
    page = await anna.get(f"/console/cases/{reference}")
    form = {"csrf": field_of(page, "csrf"), "kind": "feedback", "reason": "a song, no complaint"}
    assert (await anna.post(f"/console/cases/{reference}/assess", data=form)).status_code == 303
    after = (await anna.get(f"/console/cases/{reference}")).text
    assert "Assessment changed: Complaint → Feedback" in after
    assert "a song, no complaint" in after
    form |= {"kind": "contact"}
    assert (await anna.post(f"/console/cases/{reference}/assess", data=form)).status_code == 422
