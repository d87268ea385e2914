"""A year of invented customers, as rows: as many cases as wanted, distributed as a desk would know them.

- Complaints come in evenly over the year. Three of four customers have one case, the others up to five.
- A case has ten messages on average, mostly fewer, some many (log-normal); half are the customer's.
- Two of a hundred cases wait for a person, most of them new; two of a thousand are held; four of a
  hundred are with the bot until a date; the rest is closed. So all that waits grows with the size.
- A case has a task, a piece of evidence and, once it is closed, a letter; one of fifty a conflict.
- Finished jobs are those of the last week, as `channels.upkeep` keeps them; a few are ready or dead.
- One conversation has 3,000 messages, at any size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import SQLModel

from bot.dialogue import Dialogue
from bot.review.record import Decision, Understanding
from channels.lane_tables import Job, Lane
from channels.transcript import Conversation, File, Message
from complaints.complaint import Category, Severity
from complaints.deciding import Letter
from complaints.investigation import Conflict, Evidence, Task
from complaints.record import Complaint, Event
from complaints.reference import mint
from handoff.case_words import CaseWords, words_of
from handoff.item import Wait
from handoff.queue import LATELY, Handoff

MESSAGES = 10  # of a case, on average
LONG = 3000  # messages of the one long conversation

_CHANNELS = ("webchat", "whatsapp", "telegram", "sms", "slack")
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "tr", "ar")
_TEXT = (
    "the kettle arrived broken and nobody answers my calls since last week I want my money back please "
    "order delivered late wrong colour invoice charged twice your driver left it in the rain again"
)
_WORDS = _TEXT.split()
_SYLLABLES = ("ma", "ri", "lo", "pez", "an", "to", "ni", "ka", "dru", "sel")
_CATEGORIES = [category.value for category in Category]
_MEMORY = timedelta(days=7)
_STAFF = 40  # agents, or one for so many cases a year:
_OF_ONE = 250
_PRECEDENCE = {"critical": 0, "high": 1, "medium": 2, "low": 3}

Rows = dict[type[SQLModel], list[dict[str, Any]]]
TABLES: tuple[type[SQLModel], ...] = (
    Conversation, Complaint, CaseWords, Message, Event, Handoff, Wait, Task, Evidence, Letter, Conflict, Lane,
    Job, File, Dialogue, Understanding, Decision,
)  # fmt: skip
"""In the order in which they must be filled."""


@dataclass
class Numbers:
    """The last id of each table that has been given away."""

    conversation: int = 0
    complaint: int = 0
    message: int = 0
    event: int = 0
    job: int = 0
    file: int = 0


class Year:
    """Invents customers until ``cases`` is reached; the same ones for the same seed."""

    def __init__(self, now: datetime, seed: int = 4) -> None:
        self.now = now
        self.numbers = Numbers()
        self.chance = random.Random(seed)
        self._ready: set[str] = set()
        self._staff = _STAFF
        self._references: set[str] = set()

    def until(self, cases: int, chunk: int = 500) -> Iterator[Rows]:
        """Rows of whole conversations, a chunk of them at a time."""
        self._staff = max(_STAFF, cases // _OF_ONE)
        while self.numbers.complaint < cases:
            rows: Rows = {table: [] for table in TABLES}
            for _ in range(chunk):
                if self.numbers.complaint >= cases:
                    break
                self._customer(rows, cases - self.numbers.complaint)
            yield rows

    def _customer(self, rows: Rows, room: int) -> None:
        number = self.numbers.conversation = self.numbers.conversation + 1
        chance = self.chance
        channel = "webchat" if number == 1 else chance.choice(_CHANNELS)
        conversation = f"{channel}:{number:08d}"
        language = chance.choice(_LANGUAGES)
        count = min(room, chance.choices((1, 2, 3, 4, 5), (75, 15, 6, 3, 1))[0])
        starts = sorted(self.now - timedelta(days=365 * chance.random()) for _ in range(count))
        row = {
            "id": conversation, "channel": channel, "key": f"{number:08d}", "language": language,
            "name": self._name(), "phone": f"+4420{number:08d}", "created_at": starts[0],
        }  # fmt: skip
        rows[Conversation].append(row)
        seq = 0
        for start in starts:
            messages = LONG if number == 1 else max(2, min(80, round(chance.lognormvariate(2.06, 0.75))))
            seq = self._case(rows, row, start, seq, messages)
        row["last_seq"] = seq
        for kind in ("in", "out", "clock"):
            rows[Lane].append({
                "key": f"{kind}:{conversation}", "kind": kind, "tail": 0, "free_at": starts[-1],
                "ready_at": self.now if f"{kind}:{conversation}" in self._ready else None, "fence": seq,
            })  # fmt: skip
        rows[Dialogue].append({
            "conversation": conversation, "model": "invented", "at": starts[-1],
            "state": {"slots": {"language": language}, "events": [self._text() for _ in range(4)]},
        })  # fmt: skip

    def _case(self, rows: Rows, talk: dict[str, Any], start: datetime, seq: int, messages: int) -> int:
        chance, numbers = self.chance, self.numbers
        numbers.complaint += 1
        while (reference := mint()) in self._references:
            pass  # among 200,000 two of a kind are likely; the program repeats the turn
        self._references.add(reference)
        state = self._state((self.now - start).days)
        severity = chance.choices([s.value for s in Severity], (35, 45, 17, 3))[0]
        due = start + timedelta(days=10 if severity == Severity.LOW else 5)
        description = f"{self._text()}\n\n{self._text()}"
        category = chance.choice(_CATEGORIES)
        order = f"NB-{chance.randint(10_000, 99_999)}"
        status = {"closed": "closed", "held": "investigating", "waiting": "assessed"}.get(state, "responded")
        rows[Complaint].append({
            "id": numbers.complaint, "reference": reference, "status": status, "conversation": talk["id"],
            "channel": talk["channel"], "language": talk["language"], "name": talk["name"],
            "description": description, "severity": severity, "category": category,
            "reasons": [{"kind": "model", "code": "invented"}], "assessed_by": "model",
            "product": chance.choice(("kettle", "lamp", "phone", None)), "received_at": start,
            "order_number": order,
            "update_by": start + timedelta(days=3), "respond_by": due, "acknowledged_at": start,
            "closed_at": start + timedelta(days=4) if state == "closed" else None,
        })  # fmt: skip
        said = {"reference": reference, "description": description, "order": order, "name": talk["name"]}
        rows[CaseWords].append({"complaint_id": numbers.complaint, "words": words_of(said)})
        rows[Handoff].append({
            "reference": reference, "conversation": talk["id"], "state": state, "reasons": ["complaint"],
            "agent": f"Agent {chance.randrange(self._staff)}" if state == "held" else None,
            "precedence": _PRECEDENCE[severity], "due": due, "opened_at": start, "waiting_since": start,
            "queued_at": start, "language": talk["language"], "category": category,
            "claimed_at": start if state == "held" else None,
            "escalated_at": due if due < self.now and state in ("held", "waiting") else None,
            "back_at": self.now + timedelta(days=28 * chance.random()) if state == "with_bot" else None,
        })  # fmt: skip
        if state == "closed" and self.now - start < LATELY:
            rows[Wait].append({
                "id": numbers.complaint, "precedence": _PRECEDENCE[severity],
                "seconds": chance.randint(60, 7200), "at": start + timedelta(hours=2),
            })  # fmt: skip
        self._history(rows, numbers.complaint, start, state)
        self._investigation(rows, rows[Complaint][-1])
        for place in range(messages):
            seq += 1
            at = min(start + timedelta(minutes=7 * place), self.now - timedelta(seconds=1))
            self._message(rows, talk, reference, seq, at)
        return seq

    def _history(self, rows: Rows, case: int, start: datetime, state: str) -> None:
        happened = ["received", "acknowledged", "assessed", "queued", "detail_added"]
        happened += ["claimed", "replied", "closed"] if state == "closed" else []
        happened += ["reassessed"] if self.chance.random() < 0.05 else []
        for position, kind in enumerate(happened, 1):
            self.numbers.event += 1
            person = kind in {"claimed", "replied", "closed", "reassessed"}
            rows[Event].append({
                "id": self.numbers.event, "complaint_id": case, "position": position, "kind": kind,
                "actor": "agent:Anna" if person else "bot", "at": start + timedelta(minutes=position),
                "data": {"before": {"severity": "low"}, "after": {"severity": "high"}}
                if kind == "reassessed" else {},
            })  # fmt: skip

    def _investigation(self, rows: Rows, case: dict[str, Any]) -> None:
        """What an agent did about the case; one number serves the ids of all."""
        number, at, closed = case["id"], case["received_at"], case["closed_at"]
        agent = f"Agent {self.chance.randrange(self._staff)}"
        rows[Task].append({
            "id": number, "complaint_id": number, "title": "Call the shop", "owner": agent, "due": at,
            "state": "done" if closed else "open", "made_by": f"agent:{agent}", "made_at": at,
            "ended_at": closed,
        })  # fmt: skip
        rows[Evidence].append({
            "id": number, "complaint_id": number, "remark": "The shop knows of it.",
            "digest": f"{number:064x}", "added_by": f"agent:{agent}", "added_at": at,
        })  # fmt: skip
        if closed:
            rows[Letter].append({
                "id": number, "complaint_id": number, "state": "delivered", "language": case["language"],
                "decision": "upheld", "found": "It was broken.", "body": "It was broken.",
                "written_by": agent, "written_at": closed, "checked_by": agent, "checked_at": closed,
                "delivered_at": closed,
            })  # fmt: skip
        if self.chance.random() < 0.02:
            rows[Conflict].append({
                "id": number, "reference": case["reference"], "agent": agent, "kind": "declared",
                "declared_by": f"agent:{agent}", "at": at,
            })  # fmt: skip

    def _message(self, rows: Rows, talk: dict[str, Any], reference: str, seq: int, at: datetime) -> None:
        chance, numbers = self.chance, self.numbers
        numbers.message += 1
        number, theirs, recent = numbers.message, seq % 2 == 1, self.now - at < _MEMORY
        state = "answered" if theirs else "delivered"
        job = "done"
        if self.now - at < timedelta(days=1) and chance.random() < 0.005:
            state, job = ("received" if theirs else "queued"), "ready"
        elif chance.random() < 0.001:
            job = "dead"
        dedup = f"in:{talk['channel']}:{number}" if theirs else f"turn:{number}:0/0"
        rows[Message].append({
            "id": number, "conversation": talk["id"], "channel": talk["channel"], "seq": seq,
            "author": "customer" if theirs else "bot", "author_name": talk["name"] if theirs else None,
            "text": self._text(), "dedup": dedup, "provider_id": f"{talk['channel'][:2]}-{number}",
            "message_id": str(number), "state": state, "at": at,
            "sent_at": None if theirs else at, "tried_at": None if theirs else at,
        })  # fmt: skip
        if recent or job == "dead":
            numbers.job += 1
            way = "in" if theirs else "out"
            self._ready |= {f"{way}:{talk['id']}"} if job == "ready" else set()
            rows[Job].append({
                "id": numbers.job, "lane": f"{way}:{talk['id']}", "dedup_key": f"{way}:{number}",
                "position": int(at.timestamp() * 1e6), "payload": {"message": number}, "state": job,
                "created": at, "finished": None if job == "ready" else at,
            })  # fmt: skip
        if theirs:
            doubt = 0.0 if chance.random() < 0.7 else chance.betavariate(1.5, 4)
            rows[Understanding].append({
                "message_id": number, "language": talk["language"], "intent": "file_complaint",
                "confidence": 1 - doubt, "ranking": [["file_complaint", 1 - doubt], ["greet", doubt]],
                "doubt": doubt, "model": "invented", "at": at,
            })  # fmt: skip
            if doubt > 0.5 and chance.random() < 0.1:
                rows[Decision].append({
                    "message_id": number, "verdict": "discarded", "author": "Tina", "at": at,
                    "text": "masked", "likeness": f"masked {number}",
                })  # fmt: skip
            if chance.random() < 0.02:
                numbers.file += 1
                rows[File].append({
                    "id": numbers.file, "message_id": number, "reference": reference,
                    "locator": f"photo-{number}", "name": "photo.jpg", "media_type": "image/jpeg",
                })  # fmt: skip

    def _state(self, days: int) -> str:
        """What has become of a case that is so many days old."""
        waiting = 0.7 if days < 4 else 0.25 if days < 14 else 0.04 if days < 60 else 0.0
        weights = (waiting, 0.002, 0.04, max(0.0, 0.958 - waiting))
        return self.chance.choices(("waiting", "held", "with_bot", "closed"), weights)[0]

    def _name(self) -> str:
        """One of a hundred first names, and one of a thousand others."""
        return " ".join("".join(self.chance.choices(_SYLLABLES, k=k)).title() for k in (2, 3))

    def _text(self) -> str:
        return " ".join(self.chance.choices(_WORDS, k=self.chance.randint(4, 24)))


def utc_now() -> datetime:
    """Now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
