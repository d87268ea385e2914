"""Who writes what, when, and how often the platform delivers it: drawn from a seed, to be repeated.

Nobody says the same thing twice in a conversation, and each thing has an answer that is told by its
words. So what a customer has heard shows by itself whether each message was answered, once and in order.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

CHANNELS = ("webchat", "sms", "whatsapp", "telegram", "slack")
DUPLICATES = 0.3
"""Which part of the deliveries are redeliveries."""

_SHUFFLED = 0.25
"""How often a message is on its way beside the one before, where the platform delivers in parallel."""
_BURST = 0.4
"""How often a message follows at once, while the one before is not answered yet."""


@dataclass(frozen=True)
class Subject:
    """Something to say, and the words by which its answer is known."""

    name: str
    text: str
    sign: re.Pattern[str]


COMPLAINT = Subject(
    "complaint",
    "My coffee machine arrived broken, order {order}. I want a refund!",
    re.compile(r"filed (your complaint )?under"),
)
PERSON = Subject(
    "person",
    "I want to talk to a real person please",
    re.compile(r"asked a colleague to take over|colleague has already been asked"),
)
QUESTIONS = (
    Subject("price", "does this cost me anything?", re.compile("free of charge")),
    Subject("steps", "what happens next", re.compile("A colleague checks how serious it is")),
    Subject("who", "who decides on my complaint", re.compile("wasn't involved in the matter decides")),
    Subject("data", "what do you do with my data", re.compile("is used to deal with your complaint")),
    Subject("robot", "are you a robot?", re.compile("a computer program, not a person")),
)


@dataclass(frozen=True)
class Writing:
    """A message of a customer's. Times are in seconds."""

    subject: Subject
    text: str
    pause: float  # since the one before
    beside: bool  # the platform delivers it side by side with the one before
    again: tuple[float, ...]  # when, after the first time, it is delivered once more


@dataclass(frozen=True)
class Customer:
    """One conversation."""

    number: int
    channel: str
    begins: float
    messages: tuple[Writing, ...]

    @property
    def order(self) -> str:
        """What tells this complaint from all others."""
        return f"ORD-{100_000 + self.number}"

    @property
    def complains(self) -> bool:
        return any(message.subject is COMPLAINT for message in self.messages)

    @property
    def wants_a_person(self) -> bool:
        return any(message.subject is PERSON for message in self.messages)


def draw(seed: int, deliveries: int, seconds: float) -> list[Customer]:
    """Customers on all channels who begin within ``seconds``; duplicates included, ``deliveries`` in all."""
    rng = random.Random(seed)
    messages = round(deliveries * (1 - DUPLICATES))
    again: list[list[float]] = [[] for _ in range(messages)]
    for _ in range(deliveries - messages):
        # The platform heard no answer: at once, soon, or late.
        again[rng.randrange(messages)].append(rng.choice((0.0, rng.uniform(0.1, 1), rng.uniform(1, 8))))
    customers: list[Customer] = []
    while messages:
        subjects = _subjects(rng)[:messages]
        messages -= len(subjects)
        number, channel = len(customers), CHANNELS[len(customers) % len(CHANNELS)]
        order = f"ORD-{100_000 + number}"
        said = tuple(
            Writing(
                subject,
                subject.text.format(order=order),
                pause=rng.uniform(0, 0.1) if rng.random() < _BURST else rng.uniform(0.5, 3),
                # The first message opens the conversation and the last may close it: they keep their places.
                beside=channel != "webchat" and 1 < place < len(subjects) - 1 and rng.random() < _SHUFFLED,
                again=tuple(again.pop()),
            )
            for place, subject in enumerate(subjects)
        )
        customers.append(Customer(number, channel, rng.uniform(0, seconds), said))
    return customers


def _subjects(rng: random.Random) -> list[Subject]:
    questions = rng.sample(QUESTIONS, rng.randint(3, len(QUESTIONS)))
    begin = [COMPLAINT] if rng.random() < 0.7 else []
    end = [PERSON] if rng.random() < 0.4 else []
    return [*begin, *questions, *end]
