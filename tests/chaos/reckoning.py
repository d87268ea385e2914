"""What must be true after the storm, conversation by conversation, and the count of each.

Two witnesses are heard: what the customer's platform has shown them, and our own record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.transcript import Author, Delivery, Message
from complaints.complaint import Kind
from complaints.record import Complaint
from handoff.queue import Handoff, Reason, State
from tests.chaos.plan import Customer, Subject

LOOK_UP = {"webchat": True, "sms": True, "whatsapp": True, "telegram": False, "slack": True}
"""Where we can ask whether a message got there. Elsewhere one repeat is allowed after an unknown outcome."""

_REFERENCE = re.compile(r"RC-[0-9A-Z]{8}")


@dataclass(frozen=True)
class Record:
    """What our database holds of one conversation."""

    messages: Sequence[Message]
    cases: Sequence[Complaint]
    queue: Mapping[str, Handoff]


@dataclass
class Reckoning:
    """Counts, and whatever is not as it must be, a line each."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def conversation(self, customer: Customer, heard: Sequence[str], record: Record) -> None:
        """Look at one conversation. ``heard`` is what the platform showed the customer."""
        name = f"{customer.channel} {customer.number}"
        problems = [
            *self._stored(customer, record),
            *self._sent(customer, heard, record),
            *self._answered(customer, heard, record),
            *self._cases(customer, heard, record),
        ]
        self.wrong += [f"{name}: {problem}" for problem in problems]
        self.counts["conversations"] += 1

    def _stored(self, customer: Customer, record: Record) -> list[str]:
        """Every message is on record, once, and done; nothing is missing in between."""
        inbound = [m for m in record.messages if m.author == Author.CUSTOMER]
        found = Counter(m.text for m in inbound)
        problems = []
        for writing in customer.messages:
            self.counts["messages"] += 1
            if found[writing.text] != 1:
                problems.append(f"{writing.subject.name} is on record {found[writing.text]} times")
        problems += [f"message {m.id} is {m.state}" for m in inbound if m.state != Delivery.ANSWERED]
        if [m.seq for m in record.messages] != list(range(1, len(record.messages) + 1)):
            problems.append("the numbers have gaps")
        return problems

    def _sent(self, customer: Customer, heard: Sequence[str], record: Record) -> list[str]:
        """What the platform showed is what we wrote, in that order; how often each got there."""
        ours = [m for m in record.messages if m.author != Author.CUSTOMER]
        self.counts["replies"] += len(ours)
        problems, place = [], 0
        for number, message in enumerate(ours, 1):
            following = ours[number] if number < len(ours) else None
            times = 0
            most = 1 if following is not None and _same(following.text, message.text) else 2
            while place < len(heard) and times < most and _same(heard[place], message.text):
                place, times = place + 1, times + 1
            if times == 0 and message.state == Delivery.FAILED and not LOOK_UP[customer.channel]:
                self.counts["of them never shown"] += 1
            elif times == 0:
                problems.append(f"message {message.id} ({message.state}) never got there")
            elif times == 2:
                self.counts["sent twice after an unknown outcome"] += 1
                if LOOK_UP[customer.channel]:
                    problems.append(f"message {message.id} got there twice, and could have been looked up")
            if message.state == Delivery.FAILED:
                self.counts["set apart after two unknown outcomes"] += 1
                if LOOK_UP[customer.channel]:
                    problems.append(f"message {message.id} was given up: {message.error}")
            elif message.state not in (Delivery.SENT, Delivery.DELIVERED, Delivery.READ):
                problems.append(f"message {message.id} is {message.state}")
        if place < len(heard):
            problems.append(f"{len(heard) - place} that the customer got are none of ours, or out of order")
        return problems

    def _answered(self, customer: Customer, heard: Sequence[str], record: Record) -> list[str]:
        """The customer has an answer to each message, once, in the order of the messages."""
        said = [m for m in record.messages if m.author != Author.CUSTOMER]
        ours = [m.text for m in said]
        # Nobody can be asked whether it got there, so it waits among the dead letters for a person.
        apart = [m.text for m in said if m.state == Delivery.FAILED and not LOOK_UP[customer.channel]]
        problems = []
        for writing in customer.messages:
            there = sum(_tells(writing.subject, text) for text in ours)
            if there == 1 and any(_tells(writing.subject, text) for text in heard):
                self.counts["answered once"] += 1
            elif there == 1 and any(_tells(writing.subject, text) for text in apart):
                self.counts["answer set apart for a person"] += 1
            else:
                problems.append(f"{writing.subject.name} was answered {there} times")
        if problems:
            return problems
        places = {w.subject: _place(w.subject, ours) for w in customer.messages}
        arrived = {m.text: m.seq for m in record.messages if m.author == Author.CUSTOMER}
        for earlier, later in zip(customer.messages, customer.messages[1:], strict=False):
            in_order = places[earlier.subject] < places[later.subject]
            if later.beside and arrived[earlier.text] > arrived[later.text]:
                self.counts["overtaken on the way"] += 1
                self.counts["overtaken on the way, answered in their order"] += in_order
            elif not in_order:
                problems.append(f"{later.subject.name} was answered before {earlier.subject.name}")
        return problems

    def _cases(self, customer: Customer, heard: Sequence[str], record: Record) -> list[str]:
        """A complaint is one case, a wish for a person is queued, and no reference is an empty promise."""
        complaints = [case for case in record.cases if case.kind == Kind.COMPLAINT]
        contacts = [case for case in record.cases if case.kind == Kind.CONTACT]
        self.counts["receipts, because no answer came in time"] += sum(
            m.dedup.startswith("receipt:") for m in record.messages
        )
        problems = []
        if customer.complains:
            self.counts["complaints"] += 1
            if [case.order for case in complaints] != [customer.order]:
                problems.append(f"the complaint is {len(complaints)} cases: {[c.order for c in complaints]}")
            else:
                self.counts["complaints with exactly one case"] += 1
        elif complaints:
            problems.append(f"{len(complaints)} cases without a complaint")
        if any(case.provisional for case in record.cases):
            problems.append("a case is still provisional")
        wanted = complaints if customer.complains else contacts if customer.wants_a_person else []
        if customer.wants_a_person:
            self.counts["asked for a person"] += 1
        for case in wanted:
            item = record.queue.get(case.reference)
            reason = Reason.ASKED if customer.wants_a_person else Reason.COMPLAINT
            if item is None or item.state != State.WAITING or reason not in item.reasons:
                problems.append(f"{case.reference} does not wait in the queue as {reason}")
            else:
                self.counts["in the queue"] += 1
                self.counts["in the queue, asked for a person"] += reason is Reason.ASKED
        if customer.wants_a_person and len(wanted) != 1:
            problems.append(f"the wish for a person is {len(wanted)} cases")
        known = {case.reference for case in record.cases}
        told = {reference for text in heard for reference in _REFERENCE.findall(text)}
        if told - known:
            problems.append(f"told of {told - known}, which nobody has on record")
        return problems


def _tells(subject: Subject, text: str) -> bool:
    return subject.sign.search(_plain(text)) is not None


def _place(subject: Subject, texts: Sequence[str]) -> tuple[int, int]:
    """Where the answer stands: the message, and the place in it."""
    for number, text in enumerate(texts):
        if (found := subject.sign.search(_plain(text))) is not None:
            return number, found.start()
    raise ValueError(subject.name)


def _same(shown: str, written: str) -> bool:
    """Whether a platform shows what we wrote; SMS and WhatsApp add buttons as numbered lines."""
    return _plain(shown).startswith(_plain(written))


def _plain(text: str) -> str:
    """Without what SMS writes otherwise."""
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
