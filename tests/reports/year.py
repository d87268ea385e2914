"""A year of invented complaints with all that a report counts, as rows of tables; the same for a seed.

As many cases as wanted are received in the operator's year, and a tenth of that around it, so that cases come
before the year and are answered in it. What is rare in life is less so here, and much happens exactly on a
limit: at midnight, sixty seconds late, an hour after the first reply. One of fifty has been erased.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

from channels.transcript import Conversation
from complaints.complaint import Category, Decision, Remedy
from complaints.record import Complaint, Event
from complaints.surveying import Survey
from handoff.casework.linking import CaseTie
from handoff.improvement.record import ImprovementAction
from tests.scale.invented import Rows

YEAR = 2026
ZONE = ZoneInfo("Europe/Berlin")
TABLES: tuple[type[SQLModel], ...] = (Conversation, Complaint, Event, Survey, CaseTie, ImprovementAction)
PRODUCTS = (
    "Kettle", "Kettle XL", "Lamp", "Toaster", "Blender", "Vacuum", "Heater", "Fan", "Iron", "Scale", "Radio",
    '=HYPERLINK("http://example.test")', "Wasserkocher, groß",
)  # fmt: skip
CHANNELS = ("webchat", "whatsapp", "telegram", "sms", "slack")
CURRENCIES = ("EUR", "GBP", "USD")
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "tr", "ar")

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(seconds=s) for s in (1, 60, 3600, 86400))
_START = datetime(YEAR, 1, 1, tzinfo=ZONE).astimezone(UTC)
_END = datetime(YEAR + 1, 1, 1, tzinfo=ZONE).astimezone(UTC)
_TEXT = "the kettle arrived broken and nobody answers my calls, I want my money back please " * 3
_TERMS = {
    "name": "iso_generic", "version": "2", "time_zone": "Europe/Berlin", "cut_off": "17:00:00",
    "weekend": [5, 6], "acknowledge": "immediately", "update_every": "5 business days",
    "respond_by": "10 business days", "stages": {}, "kinds": {}, "pauses": ["customer"],
    "extend_to": "20 business days", "warn": "1 business day", "overdue_notice": "immediately",
}  # fmt: skip


class Year:
    """Invents cases; `rows` gives them in chunks."""

    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self._case = self._event = self._survey = self._tie = 0
        self._known: list[tuple[str, str]] = []  # references and kinds, in the order of their ids

    def rows(self, cases: int, chunk: int = 2000) -> Iterator[Rows]:
        """Rows for ``cases`` received in the year, and a tenth around it."""
        before = cases // 20
        spans = (
            (_START - 60 * _DAY, _START, before),
            (_START, _END, cases),
            (_END, _END + 30 * _DAY, before),
        )
        rows = self._empty()
        self._improve(rows)
        for start, end, count in spans:
            for _ in range(count):
                self._complaint(rows, self._moment(start, end))
                if len(rows[Complaint]) == chunk:
                    yield rows
                    rows = self._empty()
        yield rows

    @staticmethod
    def _empty() -> Rows:
        return {table: [] for table in TABLES}

    def _moment(self, start: datetime, end: datetime) -> datetime:
        """Some time of the span; one of two hundred exactly at an operator's midnight."""
        at = start + (end - start) * self.chance.random()
        if self.chance.random() < 0.005:
            at = at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return max(at, start)

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def _soon(self, hours: float) -> timedelta:
        """Log-normal, so many hours in the middle."""
        return timedelta(seconds=3600 * hours * self.chance.lognormvariate(0, 1.2))

    def _complaint(self, rows: Rows, received: datetime) -> None:
        chance = self.chance
        self._case += 1
        reference, channel = f"RC-{self._case:08d}", chance.choices(CHANNELS, (40, 25, 15, 15, 5))[0]
        kind = chance.choices(("complaint", "contact", "feedback"), (92, 5, 3))[0]
        case: dict[str, Any] = {
            "id": self._case, "reference": reference, "kind": kind, "status": "assessed",
            "conversation": f"{channel}:{self._case:08d}", "channel": channel,
            "language": chance.choices(LANGUAGES, (40, 20, 8, 8, 6, 5, 4, 4, 3, 2))[0],
            "name": f"Customer {self._case}", "phone": f"+4930{self._case:08d}", "description": _TEXT,
            "product": None if self._is(0.12) else chance.choice(PRODUCTS),
            "recurring": chance.choices((True, False, None), (4, 40, 56))[0],
            "severity": chance.choices(("low", "medium", "high", "critical"), (35, 45, 17, 3))[0],
            "category": chance.choice(list(Category)).value,
            "reasons": [{"kind": "model", "code": "invented", "detail": "broken"}], "assessed_by": "model",
            "received_at": received, "update_by": received + 5 * _DAY, "respond_by": received + 14 * _DAY,
            "policy": "iso_generic", "policy_version": "2", "clock": {"terms": _TERMS, "stages": {}},
        }  # fmt: skip
        talk = {"id": case["conversation"], "channel": channel, "key": f"{self._case:08d}",
                "language": case["language"], "created_at": received}  # fmt: skip
        story = _Story(self, case, rows, erased=self._is(0.02))
        story.tell()
        if story.erased:
            case |= {"name": None, "phone": None, "description": "", "reasons": []}
            case["product"] = case["product"] if self._is(0.7) else None
        self._tie_up(rows, reference, received)
        self._known.append((reference, kind))
        rows[Conversation].append(talk)
        rows[Complaint].append(case)

    def event(self, rows: Rows, row: dict[str, Any]) -> None:
        self._event += 1
        rows[Event].append({"id": self._event, **row})

    def survey(self, rows: Rows, row: dict[str, Any]) -> None:
        self._survey += 1
        rows[Survey].append({"id": self._survey, **row})

    def _tie_up(self, rows: Rows, reference: str, at: datetime) -> None:
        """Linked with, or merged into, one that came before it or (by its id) after it; some taken apart."""
        if not self._known or not self._is(0.05):
            return
        self._tie += 1
        pair = [reference, self.chance.choice(self._known[-400:])[0]]
        self.chance.shuffle(pair)
        rows[CaseTie].append({
            "id": self._tie, "reference": pair[0], "other": pair[1],
            "kind": self.chance.choices(("linked", "merged"), (2, 1))[0], "by": "Anna", "at": at + _HOUR,
            "undone_at": at + _DAY if self._is(0.2) else None, "undone_by": None,
        })  # fmt: skip

    def _improve(self, rows: Rows) -> None:
        """Actions in every state; some done exactly when the year begins and ends."""
        for number in range(1, 61):
            state = self.chance.choice(("open", "done", "verified", "ineffective", "cancelled"))
            done = self._moment(_START - 40 * _DAY, _END + 40 * _DAY)
            done = {1: _START, 2: _END}.get(number, done)
            rows[ImprovementAction].append({
                "id": number, "kind": self.chance.choice(("corrective", "preventive")), "state": state,
                "problem": "Boxes break.", "plan": "Thicker ones.", "owner": "Anna", "due": done.date(),
                "weeks": 8, "made_by": "agent:Anna", "made_at": done - 30 * _DAY,
                "done_by": "Anna" if state in ("done", "verified", "ineffective") else None,
                "done_at": done if state in ("done", "verified", "ineffective") else None,
            })  # fmt: skip


class _Story:
    """What becomes of one case, as events and columns."""

    def __init__(self, year: Year, case: dict[str, Any], rows: Rows, *, erased: bool) -> None:
        self.year, self.case, self.rows, self.erased = year, case, rows, erased
        self.chance, self.position = year.chance, 0

    def tell(self) -> None:
        case, received = self.case, self.case["received_at"]
        self._receive()
        for kind in ("assessed", "queued", "offered", "claimed", "note"):
            self._say(kind, received + self.year._soon(0.1), "system")
        if self.year._is(0.10):
            self._reassess(received + self.year._soon(3))
        if case["kind"] == "feedback":
            case |= {"status": "closed", "closed_at": received + _HOUR}
            self._say("became_feedback", received + _HOUR, "bot")
            return
        if self.year._is(0.04):
            self._withdraw(received + self.year._soon(20))
            return
        heard = self._reply(received)
        if self.year._is(0.85):
            self._answer(heard)
        if self.year._is(0.03):
            for _ in range(self.chance.choice((1, 1, 2))):
                self._say(
                    "escalated_externally", received + self.year._soon(400), "agent:Anna", body="Ombudsman"
                )

    def _say(self, kind: str, at: datetime, actor: str = "bot", **data: Any) -> None:
        self.position += 1
        if kind in ("replied", "bulk_replied", "informed"):
            self.case["first_answer_at"] = min(at, self.case.get("first_answer_at") or at)
        self.year.event(self.rows, {
            "complaint_id": self.case["id"], "position": self.position, "kind": kind, "actor": actor,
            "at": at, "reason": "" if self.erased else "because it is so", "data": data,
        })  # fmt: skip

    def _receive(self) -> None:
        received = self.case["received_at"]
        promised = received if self.year._is(0.7) else received + self.chance.choice((_MINUTE, _HOUR, _DAY))
        # An erasure of an earlier version took the date as well.
        date = "" if self.erased and self.year._is(0.5) else promised.isoformat()
        self._say("received", received, policy="iso_generic", dates={"acknowledge_by": date})
        delays = (0 * _SECOND, 0.4 * _SECOND, 7 * _SECOND, _MINUTE, 61 * _SECOND, self.year._soon(6), None)
        after = self.chance.choices(delays, (70, 6, 6, 4, 4, 8, 2))[0]
        if after is None:
            return
        on_the_limit = self.year._is(0.05)
        at = promised + self.chance.choice((_MINUTE, 61 * _SECOND)) if on_the_limit else received + after
        self.case["acknowledged_at"] = at
        self._say("acknowledged", at, message="turn:1")

    def _reassess(self, at: datetime) -> None:
        severities = ["low", "medium", "high", "critical"]
        before = self.chance.choice(severities)
        after = before if self.year._is(0.4) else self.chance.choice(severities)
        self.case["severity"] = after
        self._say("reassessed", at, "agent:Anna", before={"severity": before, "category": "other"},
                  after={"severity": after, "category": "defect"})  # fmt: skip

    def _withdraw(self, at: datetime) -> None:
        self.case |= {"status": "withdrawn", "closed_at": at}
        self._say("withdrawn", at, "customer")
        if self.year._is(0.2):
            self._say("reopened", at + _DAY, "customer", before="withdrawn")
            self.case |= {"status": "investigating", "closed_at": None}

    def _reply(self, received: datetime) -> datetime:
        """Replies before the answer; when the customer heard from a person last, or the case came."""
        at = received
        for _ in range(self.chance.choices((0, 1, 2, 4), (35, 40, 15, 10))[0]):
            at += self.year._soon(8)
            kind, actor = self.chance.choices(
                (("replied", "agent:Anna"), ("bulk_replied", "agent:Bo")), (9, 1)
            )[0]
            self._say(kind, at, actor, messages=[1])
        return at

    def _answer(self, heard: datetime) -> None:
        case, chance = self.case, self.chance
        at = heard + chance.choice(
            (20 * _MINUTE, _HOUR, 3601 * _SECOND, self.year._soon(40), self.year._soon(200))
        )
        if self.year._is(0.05):
            case["respond_by"] = at - chance.choice((_MINUTE, 61 * _SECOND, timedelta(0)))
        self._decide(at)
        again = chance.choices((None, "contested", "reopened", "escalated_internally"), (88, 6, 4, 2))[0]
        if again is None:
            self._close(at)
            return
        if again == "reopened":
            self._close(at)
        at += self.year._soon(60)
        self._say(again, at, "customer", before=case["status"])
        case |= {"status": "investigating", "closed_at": None, "respond_by": at + 14 * _DAY}
        if self.year._is(0.7):
            at += self.year._soon(100)
            self._decide(at)
            self._close(at)

    def _decide(self, at: datetime) -> None:
        case, chance = self.case, self.chance
        decision = chance.choice(list(Decision)).value
        granted = decision != "not_upheld" or self.year._is(0.2)
        remedy = chance.choice(list(Remedy)).value if granted else None
        cost = round(chance.uniform(0.01, 400), 2) if remedy and self.year._is(0.6) else None
        currency = chance.choices((*CURRENCIES, None), (60, 25, 12, 3))[0] if cost else None
        case |= {
            "status": "responded", "decision": decision, "remedy": remedy, "compensation": cost,
            "remedy_currency": currency, "response": None if self.erased else _TEXT, "decided_by": "Anna",
            "responded_at": at,
        }  # fmt: skip
        self._say("responded", at, "agent:Anna", decision=decision, remedy=remedy)
        if self.year._is(0.95):  # the rest was told in another way
            self._say("informed", at, "agent:Anna", letter=1)

    def _close(self, at: datetime) -> None:
        if self.year._is(0.1):
            return  # not accepted yet
        closed = at + self.year._soon(30)
        self.case |= {"status": "closed", "closed_at": closed}
        self._say("closed", closed, "system")
        if self.year._is(0.6):
            self._survey(closed)

    def _survey(self, closed: datetime) -> None:
        asked = closed + self.year._soon(20)
        grade = self.chance.choices((None, 1, 2, 3, 4, 5), (50, 5, 5, 10, 15, 15))[0]
        self.year.survey(self.rows, {
            "reference": self.case["reference"], "closing": self.position,
            "conversation": self.case["conversation"], "channel": self.case["channel"],
            "language": self.chance.choice(LANGUAGES), "asked_at": asked, "grade": grade,
            "graded_at": asked + _HOUR if grade else None,
        })  # fmt: skip
        self._say("survey_asked", asked, "system")
