"""The reckoning sees what is wrong: each kind of harm is done to a sound conversation, and named.

Mutation: in `tests.chaos.reckoning.Reckoning._sent` leave out the look at what is left of ``heard``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from channels.transcript import Author, Delivery, Message
from complaints.record import Complaint
from handoff.queue import Handoff, Reason
from tests.chaos.plan import COMPLAINT, PERSON, QUESTIONS, Customer, Writing
from tests.chaos.reckoning import Reckoning, Record

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REFERENCE = "RC-7K2M9P4V"
ANSWERS = (
    f"I've filed your complaint under {REFERENCE}.",
    "Complaining is free of charge.",
    f"I've asked a colleague to take over. Your reference is {REFERENCE}.",
)
CUSTOMER = Customer(
    1,
    "telegram",
    0.0,
    tuple(
        Writing(subject, subject.text.format(order="ORD-100001"), 1.0, beside=False, again=())
        for subject in (COMPLAINT, QUESTIONS[0], PERSON)
    ),
)


@dataclass
class Scene:
    """A conversation that went well, until a test does something to it."""

    heard: list[str]
    messages: list[Message]
    cases: list[Complaint]
    queue: dict[str, Handoff]

    def wrong(self, customer: Customer = CUSTOMER) -> list[str]:
        reckoning = Reckoning()
        reckoning.conversation(customer, self.heard, Record(self.messages, self.cases, self.queue))
        return reckoning.wrong


def line(seq: int, author: Author, text: str, state: Delivery) -> Message:
    return Message(id=seq, conversation="telegram:1", channel="telegram", seq=seq, author=author, text=text,
                   dedup=f"turn:{seq}", state=state, at=NOW)  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    messages = []
    for writing, text in zip(CUSTOMER.messages, ANSWERS, strict=True):
        messages.append(line(len(messages) + 1, Author.CUSTOMER, writing.text, Delivery.ANSWERED))
        messages.append(line(len(messages) + 1, Author.BOT, text, Delivery.SENT))
    case = Complaint(reference=REFERENCE, conversation="telegram:1", channel="telegram", language="en",
                     order="ORD-100001", received_at=NOW, update_by=NOW, respond_by=NOW)  # fmt: skip
    item = Handoff(reference=REFERENCE, conversation="telegram:1", reasons=[Reason.COMPLAINT, Reason.ASKED],
                   opened_at=NOW, waiting_since=NOW)  # fmt: skip
    return Scene(list(ANSWERS), messages, [case], {REFERENCE: item})


def lose_a_message(scene: Scene) -> None:
    del scene.messages[2]


def store_twice(scene: Scene) -> None:
    scene.messages.insert(1, scene.messages[0])


def leave_unanswered(scene: Scene) -> None:
    scene.messages[0].state = Delivery.RECEIVED


def lose_a_reply(scene: Scene) -> None:
    scene.heard.remove(ANSWERS[1])


def send_three_times(scene: Scene) -> None:
    scene.heard[1:1] = [ANSWERS[0]] * 2


def send_out_of_order(scene: Scene) -> None:
    scene.heard.reverse()


def never_answer(scene: Scene) -> None:
    scene.messages = [m for m in scene.messages if m.author == Author.CUSTOMER]
    scene.heard.clear()


def answer_twice(scene: Scene) -> None:
    scene.messages.append(line(7, Author.BOT, ANSWERS[1], Delivery.SENT))
    scene.heard.append(ANSWERS[1])


def answer_out_of_order(scene: Scene) -> None:
    scene.messages[1].text, scene.messages[3].text = ANSWERS[1], ANSWERS[0]
    scene.heard[:2] = [ANSWERS[1], ANSWERS[0]]


def file_twice(scene: Scene) -> None:
    scene.cases.append(scene.cases[0].model_copy(update={"reference": "RC-00000001"}))


def leave_provisional(scene: Scene) -> None:
    scene.cases[0].provisional = True


def forget_the_wish(scene: Scene) -> None:
    scene.queue[REFERENCE].reasons = [Reason.COMPLAINT]


def close_the_item(scene: Scene) -> None:
    scene.queue[REFERENCE].state = "closed"


def promise_what_is_not_there(scene: Scene) -> None:
    scene.messages[3].text += " RC-NWHERE00"
    scene.heard[1] += " RC-NWHERE00"


HARMS = (
    lose_a_message, store_twice, leave_unanswered, lose_a_reply, send_three_times, send_out_of_order,
    never_answer, answer_twice, answer_out_of_order, file_twice, leave_provisional, forget_the_wish,
    close_the_item, promise_what_is_not_there,
)  # fmt: skip


def test_all_is_well(scene: Scene) -> None:
    assert scene.wrong() == []


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_harm_is_seen(scene: Scene, harm: Callable[[Scene], None]) -> None:
    harm(scene)
    assert scene.wrong()


def test_one_repeat_is_allowed_where_nobody_can_be_asked(scene: Scene) -> None:
    scene.heard.insert(1, ANSWERS[0])
    assert scene.wrong() == []
    on_slack = Customer(1, "slack", 0.0, CUSTOMER.messages)
    assert scene.wrong(on_slack)


def test_what_was_set_apart_is_counted_and_on_slack_it_would_be_wrong(scene: Scene) -> None:
    """The second answer had two unknown outcomes, and was never shown."""
    scene.messages[3].state = Delivery.FAILED
    del scene.heard[1]
    assert scene.wrong() == []
    assert scene.wrong(Customer(1, "slack", 0.0, CUSTOMER.messages))
    scene.messages[3].state = Delivery.SENT
    assert scene.wrong()
