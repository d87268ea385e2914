"""The reports in a real browser: everybody can use them, on a desk and a phone, light, dark and on paper.

Mutation: make ``--missed`` in reports.css #e08a8a, take ``header.bar`` out of its ``@media print``, or give
``.report`` there ``color-scheme: dark``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.console.conftest import Served
from tests.console.test_browser import Agent
from tests.webchat.browser import DESKTOP, PHONE, chromium

SCREENS = {"desktop": DESKTOP, "phone": PHONE}
PAGES = ("?period=2026&of=resolved_late", "/cases?code=resolved_late&period=2026", "/review?period=2026-Q3")
PARTS = (
    "html, body, .report, .report-filter, .attention, .chart-panel, .detail, .splits, .point, .panel, .points"
)


async def sideways(sue: Agent) -> int:
    """By how many pixels something sticks out at the side."""
    excess: int = await sue.page.locator(PARTS).evaluate_all(
        "(parts) => Math.max(...parts.map((e) => e.scrollWidth - e.clientWidth))"
    )
    return excess


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_everybody_can_use_them(year: Served, browser: Browser, screen: str, scheme: str) -> None:
    """Axe finds nothing, nothing sticks out, nothing is refused by the policy; with all tables open, too."""
    sue = await Agent.arrive(browser, year, "Sue", **(SCREENS[screen] | {"color_scheme": scheme}))
    for path in PAGES:
        await sue.page.goto(f"{year.address}/console/reports{path}")
        assert await sue.violations() == [], path
        assert await sideways(sue) == 0, path
    await sue.page.goto(f"{year.address}/console/reports{PAGES[0]}")
    for summary in await sue.page.locator("main summary").all():
        await summary.click()
    assert await sue.violations() == []
    assert await sideways(sue) == 0
    assert sue.troubles == []


async def test_by_keyboard_from_a_figure_to_a_case(year: Served, browser: Browser) -> None:
    """What needs attention leads to its detail, a figure to its cases; charts are no stops of their own."""
    sue = await Agent.arrive(browser, year, "Sue")
    page = sue.page
    await page.goto(f"{year.address}/console/reports?period=2026")
    await page.locator(".attention a").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#detail-title")).to_be_in_viewport()
    stops = await page.locator("svg a").evaluate_all("(all) => all.filter((a) => a.tabIndex >= 0).length")
    assert stops == 0
    await page.locator("td strong a").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Received, 2026")).to_be_visible()
    case = page.locator("a.reference").first
    reference = await case.inner_text()
    await case.focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{year.address}/console/cases/{reference}")


async def test_a_bar_leads_to_its_cases(year: Served, browser: Browser) -> None:
    sue = await Agent.arrive(browser, year, "Sue")
    await sue.page.goto(f"{year.address}/console/reports?period=2026-Q2")
    await sue.page.locator(".splits svg a").first.click()
    await expect(sue.page.get_by_role("heading", name="Received, Q2 2026")).to_be_visible()
    await expect(sue.page.get_by_text("Channel:")).to_be_visible()


async def test_the_form_asks_for_another_period(year: Served, browser: Browser) -> None:
    """By choosing and by writing."""
    sue = await Agent.arrive(browser, year, "Sue")
    page = sue.page
    await page.goto(f"{year.address}/console/reports")
    await page.locator("select[name=period]").select_option("last-365-days")
    await page.locator("select[name=channel]").select_option("sms")
    await page.locator(".report-filter button").click()
    await expect(page.get_by_text("Channel: SMS")).to_be_visible()
    await page.locator(".own-period summary").click()
    await page.get_by_role("textbox", name="Another period").fill("2026-W20")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("11 May 2026 – 17 May 2026, compared with")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_paper(year: Served, browser: Browser, scheme: str) -> None:
    """Light, without navigation, forms and buttons; figures and charts stay, and nothing is cut off."""
    sue = await Agent.arrive(browser, year, "Sue", color_scheme=scheme)
    page = sue.page
    await page.goto(f"{year.address}/console/reports?period=2026&of=resolved_late")
    await page.emulate_media(media="print", color_scheme=scheme)
    for hidden in ("header.bar", ".report-filter", ".report-leads", ".detail-head form"):
        await expect(page.locator(hidden)).to_be_hidden()
    for shown in (".attention", ".figures-table >> nth=0", ".wide-chart .mark >> nth=0", ".report-from"):
        await expect(page.locator(shown)).to_be_visible()
    colours = await page.evaluate(
        "() => ['body', 'h1'].map((e) => getComputedStyle(document.querySelector(e)))"
        ".flatMap((s, n) => n ? s.color : s.backgroundColor)"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(23, 34, 42)"]
    pdf = await page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
