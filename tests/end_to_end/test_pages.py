"""The customer's chat page and the agent's console in two browsers, with the whole program between them.

With ``RECOURSE_SCREENSHOTS=1`` (``make screenshots``) the pictures in docs/screenshots are made anew.

Mutation: give ``.bubble`` in chat.css a ``min-width`` of 400 pixels.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from bot.engine_home import HOME
from tests.end_to_end.running import ROOT, Program, environment, run, running, wait
from tests.webchat.browser import DESKTOP, HERE, PHONE, ChatPage, chromium

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model

SCREENS: dict[str, dict[str, Any]] = {"1280": DESKTOP, "390": PHONE | {"device_scale_factor": 2}}
PICTURES = ROOT / "docs" / "screenshots"
COMPLAINT = (
    "The kettle from order NB-51207 arrived yesterday with a cracked lid. Could you send me a new one?"
)

# What is wider than the box that it scrolls in or is cut off by. Words that end in "..." are meant to be,
# and so is what only screen readers get.
SIDEWAYS = """() => [...document.querySelectorAll("*")].filter((e) => {
  const style = getComputedStyle(e);
  const bounds = e === document.documentElement || style.overflowX !== "visible";
  const meant = style.textOverflow === "ellipsis" || style.clipPath !== "none" || e.closest(".unseen");
  return bounds && !meant && e.scrollWidth > e.clientWidth;
}).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with a day of invented customers in it, so that its pages are full."""
    if not (HOME / ".venv/bin/python").exists() or not HERE:
        pytest.skip("NO DIALOGUE ENGINE OR NO CHROMIUM, the pages are not tested from end to end")
    settings = environment(
        tmp_path_factory.mktemp("pages"),
        RECOURSE_ORGANISATION="Northwind Home",
        RECOURSE_OPENING_HOURS="24/7",
        RECOURSE_TIME_ZONE="Europe/London",
    )
    assert run(settings, "train", seconds=400).returncode == 0
    with running(settings, "up --demo") as program:
        program.wait_until_ready()
        wait(
            lambda: len(program.command("case", "list", "--all")) > 15, 60, "the demo's customers do not come"
        )
        yield program


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def sign_in(
    browser: Browser, program: Program, name: str, screen: dict[str, Any], role: str = "agent", **more: Any
) -> Page:
    """An agent's page, signed in as an operator would: with the token that ``user add`` prints."""
    token = program.command("user", "add", name, "--role", role)["token"]
    page = await (await browser.new_context(**screen, **({"locale": "en-GB"} | more))).new_page()
    await page.goto(f"{program.url}/console")
    await page.locator("summary").click()
    await page.get_by_label("Access token").or_(page.get_by_label("Clave de acceso")).fill(token)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=re.compile("^(Queue|Cola)$"))).to_be_visible()
    return page


async def check(page: Page, name: str) -> None:
    """Nothing sticks out at the side, axe finds nothing serious; and the picture, if it is wanted."""
    excess = await page.evaluate(SIDEWAYS)
    assert not excess, f"{name} sticks out at the side: {excess}"
    found = (await Axe().run(page)).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, f"{name}: {[(v['id'], [n['html'] for n in v['nodes']]) for v in serious]}"
    if os.environ.get("RECOURSE_SCREENSHOTS"):
        await page.screenshot(path=picture(name), animations="disabled", caret="hide")


def picture(name: str) -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / f"{name}.png"


async def keeps_typing(chat: ChatPage, until: Locator) -> None:
    """A sign of typing lasts for six seconds; a busy machine may take longer to show the first of them."""
    for _ in range(100):
        await chat.page.get_by_role("textbox").press_sequentially("so ", delay=60)
        if await until.is_visible():
            return
    await expect(until).to_be_visible()


@pytest.mark.parametrize("size", SCREENS)
async def test_a_customer_and_an_agent_talk(browser: Browser, program: Program, size: str) -> None:
    """Complaint, person asked for, claim, reply, answer: each appears on the other's page by itself."""
    screen = SCREENS[size]
    agent_name = {"1280": "Anna", "390": "Nora"}[size]
    chat = await ChatPage.open(browser, program.url, **screen)
    await expect(chat.page.locator("#about")).to_contain_text("assistant")
    await check(chat.page, f"welcome-{size}")
    agent = await sign_in(browser, program, agent_name, screen)
    for page in (chat.page, agent):
        await page.evaluate("window.neverReloaded = true")

    await chat.say(COMPLAINT)
    await chat.see("I've filed your complaint under RC-")
    said = await chat.page.locator("#log").inner_text()
    reference = re.findall(r"RC-[0-9A-Z]{8}", said)[0]
    await chat.see("How can we reach you")
    await chat.say("Maria Lopez, maria.lopez@example.org")
    await chat.see("Is that right?")
    await check(chat.page, f"chat-{size}")
    await chat.page.get_by_role("button", name="Yes, that's right").click()
    await chat.see("Thank you, that's complete")
    await chat.say("I'd like to talk to a person, please")
    await chat.see("I've asked a colleague to take over")

    row = agent.locator(".row", has_text=reference)  # came by itself: the page is the one from before
    await expect(row).to_contain_text("Asked for a person")
    assert await agent.evaluate("window.neverReloaded")
    await check(agent, f"queue-{size}")
    await row.get_by_role("link").click()
    await agent.get_by_role("button", name="Claim and answer").click()
    await chat.see(f"{agent_name} has joined")
    await agent.evaluate("window.neverReloaded = true")

    await agent.get_by_label("Reply to").fill("Good morning! A new lid is on its way to you.")
    await agent.get_by_role("button", name="Send reply").click()
    await chat.see("A new lid is on its way to you.")
    await keeps_typing(chat, until=agent.get_by_text("is typing"))
    await chat.say("That is wonderful, thank you")
    await expect(agent.get_by_text("is typing")).to_be_hidden()
    await expect(agent.locator("#log").get_by_text("That is wonderful, thank you")).to_be_visible()
    await expect(agent.locator("#log").get_by_text("Delivered").last).to_be_visible()
    assert await chat.page.evaluate("window.neverReloaded"), "the customer's page was never loaded again"
    assert await agent.evaluate("window.neverReloaded"), "the agent's page was never loaded again"
    await check(agent, f"case-{size}")
    await check(chat.page, f"answered-{size}")
    assert chat.troubles == []
    case = program.command("case", "show", reference)
    assert (case["order"], case["holder"], case["status"]) == ("NB-51207", agent_name, "investigating")


class Shift:
    """One agent's work on a case, by the buttons of the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def unfold(self, name: str) -> None:
        await self.page.locator("#moves summary", has_text=name).click()

    async def tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def does(self, move: str, **fields: str) -> None:
        """Fill in one of the record's forms, and send it."""
        form = self.page.locator(f'form[action$="/{move}"]').first
        await form.evaluate("form => { form.closest('details').open = true }")
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            if await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)
        await form.locator("button").first.click()

    async def reads(self, text: str) -> None:
        await expect(self.page.locator("#log").get_by_text(text).last).to_be_visible()


async def test_a_whole_shift(browser: Browser, program: Program) -> None:
    """Claim next, answer with a file, note, transfer, hand back, decide; and the customer's side of each."""
    chat = await ChatPage.open(browser, program.url)
    await chat.say("The heater of my flat smells of gas since it was delivered on Monday, order NB-77120.")
    await chat.see("RC-")
    reference = re.findall(r"RC-[0-9A-Z]{8}", await chat.page.locator("#log").inner_text())[0]

    ruth = Shift(await sign_in(browser, program, "Ruth", DESKTOP))
    paul = Shift(await sign_in(browser, program, "Paul", DESKTOP))
    await ruth.press("Claim next")
    await ruth.page.wait_for_url("**/cases/RC-*")
    await expect(ruth.page.locator("#standing")).to_contain_text("Critical")  # danger goes before all else
    await ruth.press("Release")
    await ruth.page.get_by_role("searchbox", name="Search all cases").fill(reference)
    await ruth.page.keyboard.press("Enter")
    await ruth.press("Claim and answer")
    await chat.see("Ruth has joined")

    await paul.page.goto(f"{program.url}/console/cases/{reference}")
    await expect(ruth.page.get_by_text("Paul is looking at this case too")).to_be_visible()
    await ruth.press("Ready answers")
    await ruth.page.get_by_label("Search the answers").fill("on it")
    await ruth.page.locator(".canned button:visible").first.click()
    await expect(ruth.page.get_by_label("Reply to")).to_have_value(re.compile(reference))
    await ruth.page.locator("input[type=file]").first.set_input_files(ROOT / "bot" / "demo" / "mug.jpg")
    await ruth.press("Send reply")
    await chat.see("this is Ruth")
    await expect(
        chat.page.locator("#log .agent img, #log .agent a[download], #log .agent .file").first
    ).to_be_visible()

    await ruth.tab("Internal note")
    await ruth.page.locator("#note-text").fill("Sounds like the valve of the June series")
    await ruth.press("Keep note")
    await ruth.reads("Sounds like the valve")
    await expect(paul.page.locator("#log .said-note")).to_contain_text("valve of the June series")

    await ruth.unfold("Transfer")
    await ruth.page.locator("#moves select[name=to]").select_option("Paul")
    await ruth.page.locator("#moves textarea[name=note]").first.fill("You know these heaters")
    await ruth.page.locator("#moves").get_by_role("button", name="Transfer", exact=True).click()
    await chat.see("Paul has joined")
    await paul.reads("You know these heaters")

    await paul.unfold("Hand back")
    await paul.press("Hand back to assistant")
    await chat.see("Paul has left")
    await expect(paul.page.locator("#standing")).to_contain_text("With the assistant")
    await paul.press("Claim and answer")
    await paul.does("tasks", title="Have the gas shut off", kind="safety")
    await expect(paul.page.locator('form[action$="/task-end"]')).to_have_count(1)
    await paul.does("task-end", outcome="Shut off; nobody is hurt")
    await expect(paul.page.locator('form[action$="/task-end"]')).to_have_count(0)
    await paul.does("evidence", remark="A seal of the June series is missing")
    await expect(paul.page.locator("#evidence")).to_contain_text("A seal of the June series")
    await paul.tab("Decide")
    await expect(paul.page.locator(".pane-decide .needs")).to_have_count(0)
    await paul.page.get_by_label("Upheld", exact=True).check()
    await paul.page.get_by_label("What the customer gets").select_option("exchange")
    await paul.page.get_by_label("What was found, for the customer").fill(
        "A fitter exchanges the heater tomorrow at nine."
    )
    await paul.page.locator("select[name=cause_kind]").select_option("production")
    await paul.press("Compose the letter")
    await paul.press("Checked: send it")
    await chat.see("A fitter exchanges the heater tomorrow at nine.")
    await expect(paul.page.get_by_text("This case is closed.")).to_be_visible()

    said = await chat.page.locator("#log").inner_text()
    for internal in ("valve", "You know these heaters"):
        assert internal not in said, "a note has reached the customer"
    await paul.page.get_by_role("searchbox", name="Search all cases").fill("gas heater nb77120")
    await paul.page.keyboard.press("Enter")
    await expect(paul.page.locator(".row", has_text=reference)).to_contain_text("Closed")
    assert chat.troubles == []


async def test_views_one_would_show(browser: Browser, program: Program) -> None:
    """Dark, Spanish, from right to left, the team, what search finds: all fit and are accessible."""
    arabic = await ChatPage.open(browser, program.url, locale="ar")
    await arabic.say("وصلت الغلاية مكسورة وأريد استرداد نقودي")
    await arabic.see("RC-")
    reference = re.findall(r"RC-[0-9A-Z]{8}", await arabic.page.locator("#log").inner_text())[0]
    dark = await sign_in(browser, program, "Ada", DESKTOP, "supervisor", color_scheme="dark")
    await dark.goto(f"{program.url}/console/cases/{reference}")
    await dark.get_by_role("button", name="Claim and answer").click()
    await expect(dark.get_by_label("Reply to")).to_be_visible()
    await dark.get_by_role("button", name="Ready answers").click()
    await check(dark, "ready-answers-arabic-1280")
    await dark.keyboard.press("Escape")
    await check(dark, "case-arabic-dark-1280")
    for path, name in (("/console", "queue-dark-1280"), ("/console/team", "team-dark-1280")):
        await dark.goto(program.url + path)
        await dark.wait_for_timeout(400)
        await check(dark, name)
    spanish = await sign_in(browser, program, "Inés", DESKTOP, locale="es-ES")
    await spanish.locator(".row h3 a").nth(1).click()
    await spanish.get_by_role("button", name="Tomar y responder").click()
    await expect(spanish.get_by_label("Responder a")).to_be_visible()
    await check(spanish, "case-spanish-1280")
    await spanish.goto(f"{program.url}/console/search?q=2026")
    phone = await sign_in(browser, program, "Noa", SCREENS["390"], color_scheme="dark")
    await check(phone, "queue-dark-390")
    await phone.locator(".row h3 a").nth(2).click()
    await phone.get_by_role("link", name="Record").click()
    await check(phone, "record-dark-390")
