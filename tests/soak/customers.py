"""Customers who write by SMS, each once the answer before is there, and who remember what they heard.

SMS, because neither Twilio nor we hold messages back there: what takes long is the program's doing.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from starlette.responses import Response

from tests.channels.drivers import TwilioDriver
from tests.chaos.plan import COMPLAINT, PERSON, QUESTIONS, Customer, Subject, Writing
from tests.platforms.twilio import TwilioServer
from tests.soak.flatness import Timing

PATIENCE = 60.0
"""Seconds for one answer."""

AT_ONCE = 40
"""Conversations that are under way at any time, at least."""

_COMPLAIN, _WANT_A_PERSON = 0.3, 0.1  # parts of the customers


class Phone(TwilioServer):
    """Twilio's API; tells the customers when something is said to them."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.heard: dict[str, asyncio.Queue[str]] = {}
        super().__init__()

    async def _create(self, fields: dict[str, Any]) -> Response:
        taken = await super()._create(fields)
        if taken.status_code == 201 and self.loop is not None:
            self.loop.call_soon_threadsafe(self._tell, fields["To"], fields["Body"])
        return taken

    def _tell(self, number: str, text: str) -> None:
        if number in self.heard:
            self.heard[number].put_nowait(text)


@dataclass
class Conversation:
    """One customer, and how far they are."""

    number: int
    subjects: Sequence[Subject]
    said: int = 0

    @property
    def customer(self) -> Customer:
        """What was said so far, for the reckoning."""
        said = self.subjects[: self.said]
        writings = (Writing(s, self.text(s), pause=0, beside=False, again=()) for s in said)
        return Customer(self.number, "sms", 0, tuple(writings))

    def text(self, subject: Subject) -> str:
        return subject.text.format(order=f"ORD-{100_000 + self.number}")


@dataclass
class Customers:
    """All of them, and how long each message took."""

    phone: Phone
    url: str
    http: aiohttp.ClientSession
    rng: random.Random
    conversations: list[Conversation] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.driver = TwilioDriver(self.phone, "sms")

    async def without_pause(self, customers: int, seconds: float) -> float:
        """As many at once as that, each writing again as soon as the answer is there: answers a second."""
        loop = asyncio.get_running_loop()
        began, done = loop.time(), 0
        ramp = seconds / 4

        async def talk() -> None:
            nonlocal done
            conversation = self._new()
            while loop.time() < began + ramp + seconds:
                if conversation.said == len(conversation.subjects):
                    conversation = self._new()
                if await self._say(conversation, loop.time(), began) and loop.time() >= began + ramp:
                    done += 1

        await asyncio.gather(*(talk() for _ in range(customers)))
        return done / (loop.time() - began - ramp)

    async def at_a_rate(self, rate: float, seconds: float) -> None:
        """A message is due every ``1 / rate`` seconds, whatever became of those before."""
        loop = asyncio.get_running_loop()
        self.timings.clear()
        began, place = loop.time(), 0
        free = deque(self._new() for _ in range(AT_ONCE))
        saying: set[asyncio.Task[None]] = set()

        async def say(conversation: Conversation, due: float) -> None:
            await self._say(conversation, due, began)
            over = conversation.said == len(conversation.subjects)
            free.append(self._new() if over else conversation)

        while (due := began + place / rate) < began + seconds:
            await asyncio.sleep(due - loop.time())
            conversation = free.popleft() if free else self._new()
            task = asyncio.create_task(say(conversation, due))
            saying.add(task)
            task.add_done_callback(saying.discard)
            place += 1
        await asyncio.gather(*saying)

    def _new(self) -> Conversation:
        rng = self.rng
        begin = [COMPLAINT] if rng.random() < _COMPLAIN else []
        end = [PERSON] if rng.random() < _WANT_A_PERSON else []
        questions = rng.sample(QUESTIONS, len(QUESTIONS))
        conversation = Conversation(len(self.conversations), [*begin, *questions, *end])
        self.conversations.append(conversation)
        return conversation

    async def _say(self, conversation: Conversation, due: float, began: float) -> bool:
        """Write what comes next, and wait for its answer; the clock runs from when it was due."""
        loop = asyncio.get_running_loop()
        subject = conversation.subjects[conversation.said]
        conversation.said += 1
        webhook = self.driver.text(conversation.text(subject), chat=conversation.number)
        number = self.driver.address(conversation.number).key
        heard = self.phone.heard[number] = asyncio.Queue()
        try:
            async with asyncio.timeout(PATIENCE):
                url = self.url + urlsplit(webhook.url).path
                async with self.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
                    answer.raise_for_status()
                acknowledged = loop.time()
                while not subject.sign.search(await heard.get()):
                    pass
        except (aiohttp.ClientError, TimeoutError) as error:
            self.wrong.append(f"customer {conversation.number}: {subject.name}: {type(error).__name__}")
            return False
        answered = loop.time()
        self.timings.append(Timing(due - began, 1000 * (acknowledged - due), 1000 * (answered - due)))
        return True
