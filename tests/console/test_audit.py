"""The audit trail's page: who did what and who looked, for auditors; it changes nothing.

Mutation: in `handoff.trail._events` leave out the ``where`` of the person.
"""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.audit_record import AuditCheck
from handoff import trail
from handoff.console.audit import STEP
from handoff.staff import access, agents
from handoff.staff.agents import Role
from handoff.trail import Wanted
from tests.console.conftest import Served
from tests.handoff.cases import NOW, complain, hire
from tests.webchat.browser import DESKTOP, PHONE, chromium

SHOTS = os.environ.get("ACCOUNT_SHOTS")  # a folder, to look at the pages


async def looked_at(database: Database, *, times: int = 1) -> str:
    """A case at which Nora has looked."""
    reference = await database.run(complain)
    nora = await database.read(agents.by_token, await database.run(hire, "Nora"))
    for turn in range(times):
        await database.run(access.viewed, nora, reference, NOW + timedelta(hours=2 * turn))
    return reference


async def auditor(served: Served) -> None:
    served.tokens["Ada"] = await served.database.run(hire, "Ada", Role.AUDITOR)


async def test_steps_by_case_person_kind_and_date(database: Database) -> None:
    reference, other = await looked_at(database), await database.run(complain)

    async def kinds(**wanted: object) -> list[tuple[str, str]]:
        found = await database.read(trail.steps, Wanted(**wanted), limit=100)  # type: ignore[arg-type]
        return [(step.about, step.kind) for step in found]

    assert (reference, "viewed") in await kinds()
    assert {about for about, _ in await kinds(case=other)} == {other}
    assert await kinds(person="Nora") == await kinds(person="agent:Nora") == [(reference, "viewed")]
    assert await kinds(kind="viewed") == [(reference, "viewed")]
    assert await kinds(since=NOW + timedelta(days=1)) == []
    assert await kinds(until=NOW) == []
    assert len(await kinds(until=NOW + timedelta(days=1))) == len(await kinds())


async def test_an_auditor_reads_it_page_by_page_and_that_is_recorded(served: Served) -> None:
    reference = await looked_at(served.database, times=STEP + 5)
    await auditor(served)
    ada = await served.signed_in("Ada")
    first = await ada.get("/console/audit", params={"person": "Nora"})
    assert (first.status_code, first.text.count('class="reference"')) == (200, STEP)
    (older,) = re.findall(r'href="([^"]+)" rel="next"', first.text)
    second = await ada.get(older.replace("&amp;", "&"))
    assert second.text.count('class="reference"') == 5
    assert 'rel="next"' not in second.text
    await ada.get("/console/audit", params={"case": reference})

    def ways(session: Session) -> list[str]:
        events = register.events_of(session, register.find(session, reference))
        return [e.data["way"] for e in events if e.actor == "agent:Ada"]

    async with asyncio.timeout(10):
        while not await served.database.read(ways):  # noqa: ASYNC110  (it is written once the page is out)
            await asyncio.sleep(0.05)
    assert await served.database.read(ways) == ["trail"]


@pytest.mark.parametrize("wrong", [{"case": "nonsense"}, {"since": "yesterday"}, {"until": "9999-12-31"}])
async def test_what_cannot_be_asked_is_said(served: Served, wrong: dict[str, str]) -> None:
    await auditor(served)
    answer = await (await served.signed_in("Ada")).get("/console/audit", params=wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("language", "scheme", "screen"), [("en-GB", "light", DESKTOP), ("es-ES", "dark", PHONE)]
)
async def test_it_is_accessible_and_fits(
    served: Served, language: str, scheme: str, screen: dict[str, object]
) -> None:
    await looked_at(served.database)
    await auditor(served)
    check = AuditCheck(
        at=NOW, by="operator:root", entries=900, rows=800, findings=1, first="event 3: was altered"
    )
    await served.database.run(lambda session: session.add(check))
    code = await served.database.run(agents.sign_in_link, "Ada", datetime.now(UTC))
    async with chromium() as browser:
        page = await (await browser.new_context(**screen, color_scheme=scheme, locale=language)).new_page()
        await page.goto(f"{served.address}/console/sign-in?code={code}&next=/console/audit")
        await page.locator("main button.primary").click()
        await page.wait_for_url(f"{served.address}/console/audit")
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"audit-{language}.png", full_page=True)
        found = (await Axe().run(page)).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
        excess = await page.locator("html, body, .accounts, .panel").evaluate_all(
            "(parts) => Math.max(...parts.map((e) => e.scrollWidth - e.clientWidth))"
        )
        assert excess == 0
        assert (
            await page.locator('form:not([action="/console/look"]):not(.finder) [type=submit]').count() == 0
        )
