"""The pages of improvement in a real browser: everybody can use them, and nothing sticks out at the side.

Mutation: in static/improvement.css give ``.tag.soon`` the colour #bbb; or ``.action-row .what`` a
``min-inline-size`` of 60rem.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser
from sqlmodel import Session

from complaints import register
from complaints.complaint import Severity
from handoff.improvement import actions, audits, training
from handoff.improvement.actions import Plan
from handoff.improvement.audits import Scope
from handoff.improvement.checklist import Question
from handoff.improvement.record import FindingKind, Verdict
from handoff.improvement.topics import topics
from handoff.improvement.training import Training
from tests.console.conftest import Served
from tests.console.conftest import served as served  # noqa: PLC0414  a fixture
from tests.console.test_browser import Agent
from tests.handoff.cases import complain
from tests.webchat.browser import PHONE, chromium

NOW = datetime.now(UTC)
DONE = NOW - timedelta(weeks=9)
LONG = "The-lid-" * 30


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


def a_quarter(session: Session) -> str:
    """Actions in every state, an audit half done, somebody trained; the reference of a case of it."""
    register.find(session, complain(session, now=DONE - timedelta(days=100))).product = "lamp"
    first = ""
    for days in [-50, -41, -33, -30, -27, -24, -20, -16, -12, -9, -5, -2, 4, 20, 33, 50]:
        first = complain(session, severity=Severity.HIGH, now=DONE + timedelta(days=days))
        register.find(session, first).product = "kettle"
    today = NOW.date()
    for plan, due in (("A better seal.", 60), (LONG, -2), ("Ask the carrier.", 9)):
        given = Plan.model_validate(
            {"problem": f"Lids leak. {LONG}", "plan": plan, "owner": "Anna", "product": "Kettle",
             "category": "defect", "due": today + timedelta(days=due)}
        )  # fmt: skip
        actions.start(session, given, "Sue", DONE, cases=[first])
    actions.complete(session, 1, "Anna", outcome="Sealed.", now=DONE)
    scope = Scope(title="Spring", criteria="ISO 10002", since=today - timedelta(days=200), until=today,
                  closed_only=False, size=4)  # fmt: skip
    number = audits.draw(session, scope, "Otto", NOW)
    drawn = audits.sample_of(session, number)[0].reference
    for question, verdict in zip(Question, (Verdict.YES, Verdict.NO, Verdict.NOT_APPLICABLE), strict=False):
        audits.decide(
            session, number, drawn, "Otto", question=question, decision=verdict, outside="", now=NOW
        )
    for kind in FindingKind:
        audits.find_out(session, number, "Otto", kind=kind, text=LONG, reference=drawn, now=NOW)
    for topic, days in (("safety", 340), ("privacy", 500), ("writing", 3)):
        given_ = Training(
            person="Anna", topic=topic, trained_on=today - timedelta(days=days), trainer="Dr Who"
        )
        training.add(session, given_, topics(), "Sue", today=today, now=NOW)
    return drawn


LIGHT = {
    "Sue": ["improvement", "improvement/1", "improvement/new?case={case}", "cases/{case}"],
    "Otto": ["audits", "audits/1", "audits/1/{case}"],
}
DARK = {
    "Sue": ["improvement/1", "improvement/2", "training", "guide"],
    "Otto": ["audits/1", "audits/1/{case}"],
}


@pytest.mark.parametrize(
    ("screen", "places"),
    [({"color_scheme": "light"}, LIGHT), (PHONE | {"color_scheme": "dark"}, DARK)],
    ids=["desktop", "dark phone"],
)
async def test_everybody_can_use_them(
    browser: Browser, served: Served, screen: dict[str, object], places: dict[str, list[str]]
) -> None:
    """No violation that axe knows, no error in the log, nothing wider than the screen."""
    reference = await served.database.run(a_quarter)
    for name, theirs in places.items():
        agent = await Agent.arrive(browser, served, name, **screen)
        for place in theirs:
            here = place.format(case=reference)
            await agent.page.goto(f"{served.address}/console/{here}")
            assert await agent.violations() == [], here
            assert await agent.sideways() <= 0, here
        assert agent.troubles == []


async def test_an_effect_is_told_in_plain_words(browser: Browser, served: Served) -> None:
    """Twelve before, four after: with the interval, and confirmed by its button."""
    await served.database.run(a_quarter)
    agent = await Agent.arrive(browser, served, "Sue")
    await agent.page.goto(f"{served.address}/console/improvement/1")
    told = await agent.page.locator(".effect").inner_text()
    assert "Complaints fell from 12 to 4 in 8 weeks. That is more than chance explains." in told
    assert "0.33 times as many as before; with 90 % confidence between 0.10 and 0.94 times." in told
    await agent.page.get_by_label("Yes, it has worked").check()
    await agent.page.get_by_label("Why").first.fill("A third of it.")
    await agent.press("Confirm")
    await agent.page.get_by_text("Counted then: 12 before, 4 after").wait_for()
