"""One complaint on every channel, from the signed webhook to what the platform's API received.

Mutation: let `handoff.queue.let_go` leave the conversation's ``holder`` as it is: after the hand-back the
bot is mute. (That the bot is silent while Anna holds the case is guarded twice, in `bot.turn` and in
`bot.applying`; `tests/turn` breaks each.)
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from tests.channels.drivers import DRIVERS, Driver
from tests.end_to_end.running import Desk, Program, wait
from tests.platforms.server import PlatformServer

REFERENCE = re.compile(r"RC-[0-9A-Z]{8}")

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model


class Customer(Protocol):
    """Somebody who writes on one of the channels."""

    def write(self, text: str) -> Any: ...

    def news(self) -> str: ...


@dataclass
class PhoneCustomer:
    """A customer behind a platform: webhooks in, API calls out."""

    program: Program
    driver: Driver
    chat: int
    seen: int = 0

    def write(self, text: str) -> None:
        assert self.program.deliver(self.driver.text(text, chat=self.chat)).status_code == 200

    def news(self) -> str:
        """What the platform's API received for this customer since the last look."""
        wait(lambda: len(self._texts()) > self.seen, 15, "the platform received nothing")
        time.sleep(1.5 if self.driver.name in ("telegram", "slack") else 0.4)
        texts = self._texts()
        news, self.seen = texts[self.seen :], len(texts)
        return "\n".join(news)

    def _texts(self) -> list[str]:
        key = self.driver.address(self.chat).key
        return [s.text for s in self.driver.server.sent if s.to.removeprefix("whatsapp:") in key]


@pytest.fixture(params=["webchat", *DRIVERS])
def customer(
    request: pytest.FixtureRequest, program: Program, servers: dict[str, PlatformServer]
) -> Customer:
    """A customer on each channel in turn."""
    if request.param == "webchat":
        return program.visitor()
    make: Callable[..., Driver] = DRIVERS[request.param]
    return PhoneCustomer(program, make(servers), chat=41 + list(DRIVERS).index(request.param))


def test_a_complaint_from_webhook_to_hand_back(customer: Customer, program: Program, desk: Desk) -> None:
    customer.write("My coffee machine arrived broken, order ORD-55120. I want a refund!")
    acknowledgement = customer.news()
    reference = REFERENCE.search(acknowledgement)
    assert reference, acknowledgement
    assert "sorry" in acknowledgement.lower()
    case = program.command("case", "show", reference[0])
    assert (case["order"], case["remedy"], case["status"]) == ("ORD-55120", "refund", "assessed")

    customer.write("what about my complaint?")
    assert reference[0] in customer.news()

    customer.write("I want to talk to a real person please")
    assert reference[0] in customer.news()
    waiting = [item for item in desk.queue() if item["reference"] == reference[0]]
    assert waiting and "asked" in waiting[0]["reasons"]

    assert desk.do("claim", reference[0]).status_code == 200
    assert "Anna" in customer.news()
    assert (
        desk.do("reply", reference[0], text="Good morning, I have your case here.", id="r-1").status_code
        == 200
    )
    assert (
        desk.do("reply", reference[0], text="Good morning, I have your case here.", id="r-1").status_code
        == 200
    )
    assert customer.news().count("Good morning, I have your case here.") == 1

    customer.write("what about my complaint?")  # the bot would know an answer, and is silent
    time.sleep(1.0)
    assert desk.do("reply", reference[0], text="A new one is on its way.", id="r-2").status_code == 200
    assert customer.news().strip() == "A new one is on its way."

    assert desk.do("handback", reference[0]).status_code == 200
    customer.news()
    customer.write("any news about my complaint?")
    assert reference[0] in customer.news()
    assert program.command("case", "show", reference[0])["holder"] is None
