"""Agents at work in a real browser: desktop and phone, light and dark, mouse and keyboard.

Mutation: leave `hasDraft` out of `update` in console.js, or ``overflow-wrap`` out of ``.said-text`` in
console.css, or make ``--soft`` there #95a2ad.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from channels import inbox
from channels.message import Address, Inbound
from complaints import register
from complaints.complaint import Severity
from handoff import desk
from handoff.queue import Reason
from handoff.staff import agents
from tests.console.conftest import Served
from tests.handoff.cases import bot_says, complain_to, said
from tests.webchat.browser import DESKTOP, PHONE, chromium

SCREENS = {"desktop": DESKTOP, "phone": PHONE}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


class Agent:
    """An agent's browser."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page, self.served = page, served
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda m: self.troubles.append(m.text) if m.type == "error" else None)

    @classmethod
    async def arrive(cls, browser: Browser, served: Served, name: str, **context: object) -> Agent:
        """Sign in by a one-time link."""
        page = await (await browser.new_context(**(DESKTOP | {"locale": "en-GB"} | context))).new_page()
        agent = cls(page, served)
        code = await served.database.run(agents.sign_in_link, name, datetime.now(UTC))
        await page.goto(f"{served.address}/console/sign-in?code={code}")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Queue")).to_be_visible()
        await page.wait_for_load_state()  # its script has begun
        return agent

    async def open(self, reference: str) -> None:
        await self.page.goto(f"{self.served.address}/console/cases/{reference}")

    async def press(self, button: str) -> None:
        await self.page.get_by_role("button", name=button).click()

    async def see(self, text: str) -> None:
        await expect(self.page.locator("#log").get_by_text(text)).to_be_visible()

    async def violations(self) -> list[str]:
        """What axe finds, whatever its impact."""
        found = (await Axe().run(self.page)).response["violations"]
        return [f"{v['id']} ({v['impact']}): {[n['html'] for n in v['nodes']]}" for v in found]

    async def sideways(self) -> int:
        """By how many pixels something sticks out at the side."""
        parts = "html, body, .bar, .desk, .talk, .side, .log, .desk-queue"
        excess: int = await self.page.locator(parts).evaluate_all(
            "(parts) => Math.max(...parts.map((e) => e.scrollWidth - e.clientWidth))"
        )
        return excess


async def a_day(served: Served) -> tuple[str, str]:
    """A queue with everything in it; the references of Anna's case and of the most urgent one."""
    now = datetime.now(UTC)
    await complain_to(
        served.database,
        text="Averylongwordwithoutanyspace" * 12,
        severity=Severity.LOW,
        now=now - timedelta(days=12),
        channel="slack",
    )
    await complain_to(
        served.database,
        text="Mi pedido nunca llegó y nadie responde.",
        severity=Severity.HIGH,
        language="es",
        reason=Reason.ASKED,
        channel="telegram",
        respond_in=timedelta(hours=9),
        now=now,
    )
    urgent = await complain_to(
        served.database,
        text="The heater caught fire while my daughter slept beside it. " * 4,
        severity=Severity.CRITICAL,
        reason=Reason.DANGER,
        channel="whatsapp",
        now=now,
    )
    mine = await complain_to(served.database, text=f"It leaks. {'Averylongword' * 20}", now=now)
    other = await complain_to(served.database, now=now)
    await served.database.run(desk.claim, mine, "Anna", now)
    await served.database.run(desk.reply, mine, "Anna", "Could you send a photo?", "1", now)
    await served.database.run(desk.note, mine, "Ben", "Third one this week", now)
    await served.database.run(desk.claim, other, "Ben", now)
    return mine, urgent


@pytest.mark.parametrize(("screen", "scheme"), [("desktop", "light"), ("phone", "dark")])
async def test_pages_are_accessible_and_fit(
    served: Served, browser: Browser, screen: str, scheme: str
) -> None:
    """Axe finds nothing, nothing sticks out, and no page complains: sign-in, empty and full queue, cases."""
    context = SCREENS[screen] | {"color_scheme": scheme}
    agent = await Agent.arrive(browser, served, "Anna", **context)

    async def check(path: str) -> None:
        await agent.page.goto(served.address + path)
        await agent.page.wait_for_timeout(300)  # the stream has told all it knows
        assert await agent.violations() == [], path
        assert await agent.sideways() == 0, path

    await check("/console")
    await expect(agent.page.get_by_text("Nobody is waiting")).to_be_visible()
    mine, urgent = await a_day(served)
    for path in ("/console", f"/console/cases/{mine}", f"/console/cases/{urgent}", "/console/sign-in"):
        await check(path)
    await agent.open(mine)
    for pane in await agent.page.locator("[data-pane-link]").all():
        if await pane.is_visible():
            await pane.click()
        for summary in await agent.page.locator("summary").all():
            if await summary.is_visible():
                await summary.click()
                assert await agent.violations() == []
                assert await agent.sideways() == 0
                await agent.page.keyboard.press("Escape")
    if screen == "phone":
        await agent.page.get_by_role("link", name="Conversation").click()
    for tab in ("Internal note", "Decide"):
        await agent.page.get_by_role("tab", name=tab).click()
        assert await agent.violations() == [], tab
    await agent.page.keyboard.press("Escape")
    await agent.page.get_by_role("tab", name="Reply").focus()
    for key in ("?", "a"):
        await agent.page.keyboard.press(key)
        assert await agent.violations() == [], key
        await agent.page.keyboard.press("Escape")
    assert agent.troubles == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_case_from_claim_to_decision(served: Served, browser: Browser, screen: str) -> None:
    """Find the case, claim it, answer, note, read the customer's next words live, decide."""
    reference = await complain_to(served.database, key="maria")
    agent = await Agent.arrive(browser, served, "Anna", **SCREENS[screen])
    page = agent.page
    await page.get_by_role("link", name="My kettle arrived broken.").click()
    await agent.press("Claim and answer")
    await agent.see("Anna has joined")
    await page.get_by_label("Reply to").fill("Hello Maria,\nwhat would you like us to do?")
    await agent.press("Send reply")
    await agent.see("what would you like us to do?")
    await expect(page.get_by_label("Reply to")).to_have_value("")
    words = Inbound(Address("webchat", "maria"), "next", "I want my money back")
    await served.database.run(inbox.accept, words, datetime.now(UTC))
    await agent.see("I want my money back")
    await expect(page.locator("#announcer")).to_have_text("Maria Lopez: I want my money back")
    await page.get_by_role("tab", name="Internal note").click()
    await page.get_by_label("Internal note for colleagues").fill("refund it is")
    await agent.press("Keep note")
    await expect(page.locator("#log .said-note").get_by_text("refund it is")).to_be_visible()
    await page.get_by_role("tab", name="Decide").click()
    await page.get_by_label("Upheld", exact=True).check()
    await page.get_by_label("What the customer gets").select_option("refund")
    await page.get_by_label("What was found, for the customer").fill("You get 40 pounds back within a week.")
    await agent.press("Compose the letter")
    await agent.press("Checked: send it")
    await agent.see("You get 40 pounds back within a week.")
    await expect(page.get_by_text("This case is closed.")).to_be_visible()
    assert "refund it is" not in " ".join(m.text for m in await served.database.read(said, reference))
    assert agent.troubles == []


async def test_double_click_sends_once(served: Served, browser: Browser) -> None:
    """However fast the button is pressed, the customer reads the reply once."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(reference)
    await agent.page.get_by_label("Reply to").fill("Only once, please")
    await agent.page.get_by_role("button", name="Send reply").dblclick()
    await agent.see("Only once, please")
    await agent.page.wait_for_timeout(300)
    replies = [m.text for m in await served.database.read(said, reference) if m.author == "agent"]
    assert replies == ["Only once, please"]
    assert agent.troubles == []


async def test_by_keyboard_alone(served: Served, browser: Browser) -> None:
    """From the queue to a sent reply without a mouse."""
    reference = await complain_to(served.database)
    agent = await Agent.arrive(browser, served, "Anna")
    keys = agent.page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(40):
            await keys.press("Tab")
            focused = await agent.page.evaluate(
                "document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent"
            )
            if name in focused:
                return
        pytest.fail(f"no way to {name!r} by Tab")

    await tab_to("My kettle arrived broken.")
    await keys.press("Enter")
    await agent.page.wait_for_url(f"**/cases/{reference}")
    await tab_to("Claim and answer")
    await keys.press("Enter")
    await agent.see("Anna has joined")
    await tab_to("Reply to")
    await keys.type("Hello Maria")
    await keys.press("Control+Enter")
    await agent.see("Hello Maria")


async def test_two_agents_one_case(served: Served, browser: Browser) -> None:
    """The second to claim reads who has the case, and the open page of the first shows it as hers."""
    reference = await complain_to(served.database)
    anna, ben = [await Agent.arrive(browser, served, name) for name in ("Anna", "Ben")]
    await anna.open(reference)
    # Ben's page is as it was before Anna came: without the stream it does not learn of her.
    await ben.page.route("**/console/stream*", lambda route: route.abort())
    await ben.open(reference)
    await anna.press("Claim and answer")
    await anna.see("Anna has joined")
    await ben.press("Claim and answer")
    await expect(ben.page.get_by_role("alert").first).to_have_text("Anna holds this case.")
    await expect(ben.page.get_by_role("button", name="Send reply")).to_have_count(0)


async def test_draft_survives_a_lost_case(served: Served, browser: Browser) -> None:
    """A supervisor frees the case while Anna writes: her words stay, and sending says why it cannot be."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(reference)
    await agent.page.get_by_label("Reply to").fill("A long and careful answer")
    await served.database.run(lambda s: desk.release(s, reference, "Sue", datetime.now(UTC), for_holder=True))
    await expect(agent.page.locator("#standing")).to_contain_text("Number 1 in the queue")
    await agent.press("Send reply")
    await expect(agent.page.locator("#composer .problem:visible")).to_have_text("Claim the case first.")
    await expect(agent.page.get_by_label("Reply to")).to_have_value("A long and careful answer")


async def test_hand_back_frees_the_bot(served: Served, browser: Browser) -> None:
    """One press, and the assistant talks again."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(reference)
    await agent.page.locator("#moves summary", has_text="Hand back").click()
    await agent.page.get_by_label("Note for colleagues", exact=True).fill("Waits for a part until Friday")
    await agent.press("Hand back to assistant")
    await agent.see("Anna has left")
    await expect(agent.page.locator("#standing")).to_contain_text("With the assistant")
    assert await served.database.run(bot_says, reference, "Here I am again")
    await agent.see("Here I am again")


async def test_delivery_is_shown(served: Served, browser: Browser) -> None:
    """Each message says how far it got, and a failed one why."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    await served.database.run(desk.reply, reference, "Anna", "Hello", "1", datetime.now(UTC))

    def lose(session: object) -> None:
        message = said(session, reference)[-1]  # type: ignore[arg-type]
        message.state, message.error = "failed", "the customer has blocked us"

    await served.database.run(lose)
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(reference)
    await agent.see("Not delivered: the customer has blocked us")
    await expect(agent.page.locator("#log").get_by_text("Waiting to be sent")).to_have_count(1)


async def test_hostile_text_is_text(served: Served, browser: Browser) -> None:
    """Markup in a customer's words is shown as written, on first load and live."""
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    reference = await complain_to(served.database, key="evil", text=hostile)
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.open(reference)
    live = Inbound(Address("webchat", "evil"), "more", hostile + "again", sender_name="<b>Eve</b>")
    await served.database.run(inbox.accept, live, datetime.now(UTC))
    await agent.see(hostile + "again")
    assert await agent.page.locator("#log img, #log script, #log b").count() == 0
    assert "RC-" in await agent.page.title()
    assert agent.troubles == []


async def test_title_counts_the_waiting(served: Served, browser: Browser) -> None:
    """The tab tells how many wait, also as they come and go."""
    agent = await Agent.arrive(browser, served, "Anna")
    await expect(agent.page).to_have_title("Queue · Recourse")
    reference = await complain_to(served.database)
    await expect(agent.page).to_have_title("(1) Queue · Recourse")
    await served.database.run(desk.claim, reference, "Ben", datetime.now(UTC))
    await expect(agent.page).to_have_title("Queue · Recourse")


async def test_assessment_is_changed_with_a_reason(served: Served, browser: Browser) -> None:
    """The form asks why; the page then shows the new severity and who said so."""
    reference = await complain_to(served.database)
    agent = await Agent.arrive(browser, served, "Tina")
    await agent.open(reference)
    await agent.page.get_by_text("Change the assessment").click()
    await agent.page.get_by_label("Severity").select_option("high")
    await agent.press("Change")
    assert await agent.page.locator("[name=reason]:invalid").count() == 1
    await agent.page.get_by_label("Why").fill("the lid is sharp")
    await agent.press("Change")
    await expect(agent.page.locator("#record .severity")).to_have_text("High")
    await expect(agent.page.locator("#record .reasons")).to_contain_text("Tina the lid is sharp")
    case = await served.database.read(register.find, reference)
    assert (case.severity, case.assessed_by) == ("high", "agent:Tina")


async def test_keys_from_claim_to_decision(served: Served, browser: Browser) -> None:
    """One key for each step; a note has another key than a reply, and none acts while one types."""
    reference = await complain_to(served.database)
    agent = await Agent.arrive(browser, served, "Anna")
    keys, page = agent.page.keyboard, agent.page
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await keys.press("Escape")
    await keys.press("j")
    await keys.press("Enter")
    await page.wait_for_url(f"**/cases/{reference}")
    await expect(page.get_by_role("tab", name="Internal note")).to_be_visible()
    await keys.press("c")
    await agent.see("Anna has joined")
    await expect(page.get_by_role("tab", name="Decide")).to_be_visible()  # the script has begun
    await keys.press("i")
    await keys.type("c r d ? belong to the note")
    await keys.press("Control+Enter")  # the key that sends a reply does not keep a note
    await expect(page.locator("#log .said-note")).to_have_count(0)
    await keys.press("Alt+Enter")
    await agent.see("belong to the note")
    await keys.press("Escape")
    await keys.press("r")
    await keys.type("Hello Maria")
    await keys.press("Alt+Enter")  # nor the other way round
    await expect(page.get_by_label("Reply to")).to_have_value("Hello Maria")
    await keys.press("Control+Enter")
    await agent.see("Hello Maria")
    await keys.press("Escape")
    await keys.press("d")
    await keys.press("Space")
    await expect(page.get_by_label("Upheld", exact=True)).to_be_checked()
    await keys.press("Tab")
    await keys.type("You get a new one.")
    await keys.press("Control+Enter")
    await expect(page.get_by_role("button", name="Checked: send it")).to_be_visible()
    await page.wait_for_load_state()  # its script has begun
    await keys.press("d")
    await keys.press("Control+Enter")
    await expect(page.get_by_text("This case is closed.")).to_be_visible()
    texts = " ".join(m.text for m in await served.database.read(said, reference))
    assert ("You get a new one." in texts, "belong to the note" in texts) == (True, False)
    assert agent.troubles == []


async def test_keys_can_be_switched_off(served: Served, browser: Browser) -> None:
    """Who dictates or has a tremor switches the single keys off; it is remembered (WCAG 2.2, 2.1.4)."""
    reference = await complain_to(served.database)
    agent = await Agent.arrive(browser, served, "Anna")
    await agent.page.locator(".person summary").click()
    await agent.page.get_by_label("Keys without Ctrl").uncheck()
    await agent.open(reference)
    await agent.page.keyboard.press("c")
    await agent.page.wait_for_timeout(200)
    await expect(agent.page.get_by_role("button", name="Claim and answer")).to_be_visible()
