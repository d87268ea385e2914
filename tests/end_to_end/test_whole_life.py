"""A complaint's whole life by SMS, through the whole program; and the case file that is printed of it.

Mutation: let `bot.applying._reopen` leave the case where it is; or `handoff.casework.recourse.escalate`
forget to bar who decided.

With ``RECOURSE_CASE_FILE=FOLDER`` the printed file is left there, to be looked at.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest
from PIL import Image

from bot import aftercare
from bot.audit.opening import open_audited
from bot.civil_hours import is_civil
from bot.settings import Settings
from tests.end_to_end.running import Desk, Program, run, wait
from tests.platforms.server import PlatformServer
from tests.platforms.twilio import TwilioServer

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model

CUSTOMERS = ("+34600556677", "+81312345678", "+12125550147", "+61291234567")
"""In Madrid, Tokyo, New York and Sydney: surveys are sent by day."""


@dataclass
class Customer:
    """Somebody with a phone."""

    program: Program
    twilio: TwilioServer
    number: str
    seen: int = 0

    def write(self, text: str, kind: str = "text", **more: str) -> None:
        webhook = self.twilio.webhook_for(kind, text=text, chat=self.number, **more)
        assert self.program.deliver(webhook).status_code == 200

    def hears(self, *words: str) -> str:
        """What came since the last look, once all ``words`` are in it."""

        def told() -> bool:
            return all(word in self._news() for word in words)

        try:
            wait(told, 20, "not heard")
        except AssertionError:
            pytest.fail(f"not heard: {words}; but {self._news()!r}")
        news, self.seen = self._news(), len(self._texts())
        return news

    def _news(self) -> str:
        return "\n".join(self._texts()[self.seen :])

    def _texts(self) -> list[str]:
        return [message.text for message in self.twilio.sent if message.to == self.number]


@pytest.fixture
def customer(program: Program, servers: dict[str, PlatformServer]) -> Customer:
    twilio = servers["twilio"]
    assert isinstance(twilio, TwilioServer)
    now = datetime.now(UTC)
    awake = next(number for number in CUSTOMERS if is_civil(now, ZoneInfo("UTC"), number))
    return Customer(program, twilio, awake)


def test_a_whole_life(
    customer: Customer, program: Program, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Complaint, photo, clarification, assessment, refusal, review, reopening, remedy, survey, case file."""
    customer.write(
        "Your heater HT-200 stopped working after two days and the shop sent me away, order ORD-80731"
    )
    reference = re.findall(r"RC-[0-9A-Z]{8}", customer.hears("RC-", "sorry", "When did it happen"))[0]
    photo = customer.twilio.keep_file(_picture(), "HEATER")
    customer.write("", "photo", url=photo)
    customer.hears(reference)
    customer.write("last Monday")
    customer.hears("What would you like us to do")
    customer.write("I want my money back")
    customer.hears("refund", "ORD-80731")
    customer.write("yes, that's right")
    customer.hears("complete")

    def case() -> dict[str, Any]:
        found: dict[str, Any] = program.command("case", "show", reference)
        return found

    wait(lambda: any(f["kept"] for f in case()["files"]), 15, "the photo does not come")
    assert case()["assessed_by"] and case()["reasons"]
    assert (case()["status"], case()["order"], case()["remedy"]) == ("assessed", "ORD-80731", "refund")

    # Decided by Anna: not upheld.
    _do(desk, "claim", reference)
    customer.hears("Anna")
    reason = {"severity": "medium", "category": "defect", "reason": "a heater that only fails to heat"}
    _do(desk, "assess", reference, **reason)
    _do(desk, "evidence", reference, remark="The shop says that it was dropped.")
    task = _do(desk, "tasks", reference, title="Ask the shop")["tasks"][0]["id"]
    _do(desk, "task-end", reference, task=task, outcome="They saw a dent.")
    _decide(desk, reference, decision="not_upheld", found="The heater was dropped: it has a dent.")
    customer.hears("The heater was dropped", "look at it again")
    assert case()["status"] == "responded"

    # Not accepted, and escalated: Ben, not Anna, looks at it anew.
    customer.write("I don't agree with your decision, nobody dropped it! Please reopen my complaint")
    customer.hears(reference)
    wait(lambda: case()["status"] == "investigating", 10, "not reopened")
    supervisor = _agent(program, "Sofia", "supervisor")
    _do(supervisor, "escalate", reference, reason="the customer contests the dent")
    assert desk.do("claim", reference).status_code in (403, 409), "who decided does not review"
    ben = _agent(program, "Ben")
    _do(ben, "claim", reference)
    customer.hears("Ben")
    _do(ben, "evidence", reference, remark="The photo shows no dent.")
    remedy = {"remedy": "refund", "cost": "79.90", "currency": "GBP"}
    _decide(ben, reference, decision="upheld", found="The heater was faulty.", **remedy)
    customer.hears("The heater was faulty", "79.90")
    wait(lambda: case()["status"] == "closed", 10, "not closed")

    # The money does not come: reopened by the customer, and carried out.
    customer.write("My refund has not arrived, this is not solved. Please reopen my complaint")
    customer.hears(reference)
    wait(lambda: case()["status"] == "investigating", 10, "not reopened")
    _do(ben, "claim", reference)
    customer.hears("Ben")
    _decide(ben, reference, decision="upheld", found="The refund was sent again today.", **remedy)
    customer.hears("sent again today")
    wait(lambda: case()["status"] == "closed", 10, "not closed")
    kinds = [event["kind"] for event in case()["events"]]
    wanted = [
        "received",
        "acknowledged",
        "assessed",
        "claimed",
        "reassessed",
        "responded",
        "contested",
        "escalated_internally",
        "claimed",
        "responded",
        "closed",
        "reopened",
        "claimed",
        "closed",
    ]
    rest = iter(kinds)
    assert all(kind in rest for kind in wanted), kinds

    # How did we handle it?
    for name, value in {**program.environment, "RECOURSE_SURVEY_HOURS": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aftercare, "_QUIET", timedelta())  # nobody who has just written is asked; not here
    asyncio.run(_look_after(Settings.load()))
    customer.hears("1", "5")
    customer.write("2")
    customer.hears("sentence")
    customer.write("It took you three rounds to believe me")
    customer.hears("Thank")
    figures = program.command("survey")
    assert figures["total"]["grades"]["2"] == 1 and figures["total"]["comments"] == 1

    # What is printed of it, and the trail.
    printed = tmp_path / f"{reference}.pdf"
    assert run(program.environment, "case", "export", reference, "--to", str(printed)).returncode == 0
    pages = pypdfium2.PdfDocument(printed)
    text = " ".join("".join(page.get_textpage().get_text_range() for page in pages).split())
    for said in (reference, "ORD-80731", "The shop says that it was dropped", "not upheld", "79.90",
                 "It took you three rounds", "Sofia", "Ben"):  # fmt: skip
        assert said.casefold() in text.casefold(), said
    verified = run(program.environment, "audit", "verify")
    assert verified.returncode == 0, verified.stdout
    if folder := os.environ.get("RECOURSE_CASE_FILE"):
        shutil.copy(printed, folder)


def _do(desk: Desk, move: str, reference: str, **body: Any) -> dict[str, Any]:
    answer = desk.http.post(f"/cases/{reference}/{move}", json=body or None)
    assert answer.status_code == 200, (move, answer.text)
    found: dict[str, Any] = answer.json()
    return found


def _decide(desk: Desk, reference: str, **finding: str) -> None:
    """Compose the letter, read it, send it."""
    letters = _do(desk, "draft", reference, **finding)["letters"]
    [draft] = [letter for letter in letters if letter["state"] == "draft"]
    assert reference in draft["body"]
    _do(desk, "send", reference, letter=draft["id"])


def _agent(program: Program, name: str, role: str = "agent") -> Desk:
    token = program.command("user", "add", name, "--role", role)["token"]
    client = httpx.Client(
        base_url=f"{program.url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=15,
    )
    program.clients.append(client)
    return Desk(client)


def _picture() -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (320, 240), "#7a8c99").save(into, "PNG")
    return into.getvalue()


async def _look_after(settings: Settings) -> None:
    """What the worker does by itself, every half minute."""
    database = await open_audited(settings)
    try:
        await aftercare.once(database, settings, datetime.now(UTC))
    finally:
        await database.close()
