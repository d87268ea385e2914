"""The pages in windows of several sizes: what one needs is in sight, level, and in its own column.

Mutation: in console.css leave out ``sticky``, the ``block-size`` of ``.side-by-side`` or the
``margin-inline-start`` of ``.standing-moves``; in team.html call the figure ``late`` always.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect
from sqlmodel import Session

from complaints.complaint import Decision
from complaints.deciding import Finding
from handoff.casework import deciding
from tests.console.conftest import Served
from tests.console.test_browser import Agent, a_day, browser  # noqa: F401  (a fixture)
from tests.handoff.cases import complain_to


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (900, 600), (390, 700)])
async def test_what_sends_a_letter_is_in_sight(
    served: Served,
    browser: Browser,  # noqa: F811
    width: int,
    height: int,
) -> None:
    """However long the letter: its buttons, and the fields before it are level with their neighbours."""
    mine, _ = await a_day(served)
    agent = await Agent.arrive(browser, served, "Anna", viewport={"width": width, "height": height})
    await agent.open(mine)
    send = agent.page.get_by_role("button", name="Send reply")
    await expect(send).to_be_in_viewport(ratio=1)
    await agent.page.get_by_role("tab", name="Decide").click()
    levels = await agent.page.locator(".pane-decide .side-by-side").evaluate_all(
        """rows => rows.map(row => [...row.querySelectorAll("input, select")].map(
            e => e.getBoundingClientRect()).map(box => [Math.round(box.bottom), Math.round(box.height)]))"""
    )
    assert levels
    for row in levels:
        assert len({height for _, height in row}) == 1, row
        assert len({bottom for bottom, _ in row}) <= (1 if width > 390 else 2), row  # a phone has two lines

    def compose(session: Session) -> None:
        finding = Finding(decision=Decision.UPHELD, found="We have found a crack in the lid.\n\n" * 20)
        deciding.draft(session, mine, "Anna", finding, outside="", now=datetime.now(UTC))

    await served.database.run(compose)
    await agent.open(mine)
    await agent.page.get_by_role("tab", name="Decide").click()
    for name in ("Checked: send it", "Discard it"):
        await expect(agent.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert await agent.sideways() == 0


@pytest.mark.parametrize("width", [1280, 1000, 900])
async def test_a_menu_opens_over_the_conversation(
    served: Served,
    browser: Browser,  # noqa: F811
    width: int,
) -> None:
    """Not over the list beside it, nor off the page."""
    mine, _ = await a_day(served)
    agent = await Agent.arrive(browser, served, "Anna", viewport={"width": width, "height": 800})
    await agent.open(mine)
    talk = await agent.page.locator("#talk").bounding_box()
    assert talk is not None
    for name in ("transfer", "handback"):
        await agent.page.locator(f"#drop-{name} > summary").click()
        menu = await agent.page.locator(f"#drop-{name} > .drop-body").bounding_box()
        assert menu is not None
        assert talk["x"] <= menu["x"], name
        assert menu["x"] + menu["width"] <= talk["x"] + talk["width"], name
        await agent.page.locator(f"#drop-{name} > summary").click()


async def test_a_record_is_corrected_by_keyboard(served: Served, browser: Browser) -> None:  # noqa: F811
    """Opened, filled in and sent without a mouse; nothing in it for axe to find."""
    mine, _ = await a_day(served)
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(mine)
    await agent.page.locator("#correct > summary").focus()
    await agent.page.keyboard.press("Enter")
    form = agent.page.locator("#correct")
    await expect(form.get_by_label("Name")).to_have_value("Maria Lopez")
    assert await agent.violations() == []
    assert await agent.sideways() == 0
    await form.get_by_label("Name").fill("María López")
    await form.get_by_label("Why").fill("She spelt it.")
    await agent.page.keyboard.press("Tab")
    await agent.page.keyboard.press("Enter")
    await expect(agent.page.locator("#history")).to_contain_text("Name – → María López")
    await expect(agent.page.locator("#standing")).to_contain_text("María López")
    assert agent.troubles == []


async def test_nothing_overdue_is_no_alarm(served: Served) -> None:
    """A nought is not red; one case is."""
    sue = await served.signed_in("Sue")
    now = datetime.now(UTC)
    await complain_to(served.database, now=now)
    assert 'class="figure late"' not in (await sue.get("/console/team")).text
    await complain_to(served.database, now=now - timedelta(days=30))
    assert 'class="figure late"' in (await sue.get("/console/team")).text
