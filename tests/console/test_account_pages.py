"""The pages of accounts in a real browser: accessible, in both languages, on a desk and a phone.

Mutation: make the token's box in account.html have no label, or take ``flex-wrap`` from ``.plain-rows``
and ``overflow-wrap`` from ``.what`` in accounts.css.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from handoff.staff import accounts, agents
from handoff.staff.agents import Came, Role
from tests.console.conftest import Served
from tests.handoff.cases import hire
from tests.webchat.browser import DESKTOP, PHONE, chromium

SCREENS = {"desktop": DESKTOP, "phone": PHONE}
GOOD = "kettle lamp seventeen"
SHOTS = os.environ.get("ACCOUNT_SHOTS")  # a folder, to look at the pages


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']} ({v['impact']}): {[n['html'] for n in v['nodes']]}" for v in found]


async def looks_well(page: Page, name: str) -> None:
    """Nothing that axe finds, nothing that sticks out at the side."""
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    assert await violations(page) == [], name
    excess = await page.locator("html, body, .accounts, .panel, .door").evaluate_all(
        "(parts) => Math.max(...parts.map((e) => e.scrollWidth - e.clientWidth))"
    )
    assert excess == 0, name


async def by_link(page: Page, served: Served, name: str, **more: str) -> None:
    """Follow a link to one's own account."""
    code = await served.database.run(accounts.reset_link, name, "operator", datetime.now(UTC))
    await page.goto(f"{served.address}/console/sign-in?code={code}&next=/console/account")
    await page.locator("main button.primary").click()
    await page.wait_for_url(f"{served.address}/console/account")


@pytest.mark.parametrize(("language", "scheme"), [("en-GB", "light"), ("es-ES", "dark")])
@pytest.mark.parametrize("screen", SCREENS)
async def test_pages_are_accessible_and_fit(
    served: Served, browser: Browser, screen: str, language: str, scheme: str
) -> None:
    """Sign-in with a refusal, one's own account, everybody's with all their forms open."""
    now = datetime.now(UTC)
    await served.database.run(hire, "Ada", Role.ADMIN)
    await served.database.run(hire, "Averylongname" * 6, Role.AGENT)
    await served.database.run(accounts.set_email, "Anna", f"{'long' * 15}@example.org", "operator", now)
    await served.database.run(accounts.deactivate, "Ben", "agent:Ada", now)
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
    token = served.tokens["Anna"]
    await served.database.run(agents.sign_in_by_token, token, now, Came("2001:db8::1", chrome))
    context = SCREENS[screen] | {"color_scheme": scheme, "locale": language}
    page = await (await browser.new_context(**context)).new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))

    await page.goto(f"{served.address}/console/sign-in")
    await page.locator("#name").fill("Anna")
    await page.locator("#password").fill("wrong")
    await page.locator("main button.primary").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.locator("summary", has_text="token" if language == "en-GB" else "clave").click()
    await looks_well(page, f"sign-in-{screen}-{language}")

    await by_link(page, served, "Anna")
    await looks_well(page, f"account-{screen}-{language}")
    await page.locator('form[action="/console/account/token"] button').click()
    await expect(page.locator("#told-token")).to_be_visible()
    await looks_well(page, f"account-token-{screen}-{language}")

    await by_link(page, served, "Ada")
    await page.goto(f"{served.address}/console/accounts")
    for summary in await page.locator(".account-moves > summary").all():
        await summary.click()
    await looks_well(page, f"accounts-{screen}-{language}")
    assert troubles == []


async def test_a_link_then_a_password_by_keyboard_alone(served: Served, browser: Browser) -> None:
    """From the link to the next sign-in without a mouse."""
    page = await (await browser.new_context(**DESKTOP, locale="en-GB")).new_page()
    code = await served.database.run(accounts.reset_link, "Anna", "operator", datetime.now(UTC))
    await page.goto(f"{served.address}/console/sign-in?code={code}&next=/console/account")
    await page.keyboard.press("Enter")  # the button has the focus
    await page.wait_for_url(f"{served.address}/console/account")

    async def tab_to(selector: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        pytest.fail(f"no way to {selector} by Tab")

    await tab_to("[name=new]")
    await page.keyboard.type(GOOD)
    await tab_to("[name=again]")
    await page.keyboard.type(GOOD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="The password is set.")).to_be_visible()
    await page.context.clear_cookies()
    await page.goto(f"{served.address}/console/sign-in")
    await page.keyboard.type("anna")
    await page.keyboard.press("Tab")
    await page.keyboard.type(GOOD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Queue")).to_be_visible()
