"""Find a case by what is on its record: words, a reference, a name, an order number, a day.

The words of a case are in `handoff.case_words`, and found by `handoff.word_index`. The customer's later
messages are not searched, only what reached the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from complaints.record import Complaint
from complaints.reference import read_all
from handoff import word_index
from handoff.case_words import fold

PAGE = 20
_MOST_WORDS = 8  # of a question: more make it slow and find nothing

_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})(?:-(\d{1,2}))?|(\d{1,2})[./](\d{1,2})[./](\d{4}))")
_DAYS_AGO = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1}


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. ``first`` and ``last`` bound the arrival, the last one excluded."""

    words: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None

    @property
    def span(self) -> word_index.Span | None:
        """The time of arrival, if it is bounded."""
        return (self.first, self.last) if self.first and self.last else None

    @property
    def something(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.words or self.first)


@dataclass(frozen=True)
class Found:
    """Cases, the newest first; ``after`` asks for the next page, empty where there is none."""

    cases: list[Complaint]
    after: str = ""


def read(wanted: str, zone: ZoneInfo, now: datetime) -> Wanted:
    """What is meant by the text in the search box. Days are the operator's (``zone``)."""
    days: list[tuple[date, date]] = []

    def take(found: re.Match[str]) -> str:
        span = _span(found)
        if span is None:
            return found[0]
        days.append(span)
        return " "

    rest = _DAY.sub(take, wanted)
    kept = []
    for word in rest.split():
        if (ago := _DAYS_AGO.get(word.casefold())) is not None:
            day = now.astimezone(zone).date() - timedelta(days=ago)
            days.append((day, day + timedelta(days=1)))
        else:
            kept.append(word)
    words = words_in(" ".join(kept))
    if not days:
        return Wanted(words)
    first, last = min(d for d, _ in days), max(d for _, d in days)
    return Wanted(words, _start(first, zone), _start(last, zone))


def words_in(wanted: str) -> tuple[str, ...]:
    """The words of a question as the index has them, at most `_MOST_WORDS`."""
    return tuple(word for part in wanted.split() for word in _asked(part))[:_MOST_WORDS]


def reference_in(wanted: str) -> str | None:
    """The reference that the search box holds, if it holds nothing else."""
    mentions = read_all(wanted)
    if len(mentions) == 1 and mentions[0].valid and len(wanted.split()) <= 2:
        return mentions[0].reference
    return None


def find(session: Session, wanted: Wanted, after: str = "", limit: int = PAGE) -> Found:
    """A page of cases that have all the words and came in the time."""
    if not wanted.something:
        return Found([])
    before = min(int(after), word_index.END) if after.isdecimal() and len(after) < 19 else word_index.END
    if wanted.words:
        ids = word_index.newest_with(session, wanted.words, before, limit + 1, wanted.span)
        found = {c.id: c for c in session.exec(select(Complaint).where(col(Complaint.id).in_(ids)))}
        cases = [found[i] for i in ids if i in found]
    else:
        cases = list(
            session.exec(
                select(Complaint)
                .where(col(Complaint.received_at) >= wanted.first, col(Complaint.received_at) < wanted.last)
                .order_by(col(Complaint.received_at).desc(), col(Complaint.id).desc())
                .offset(before if before < word_index.END else 0)
                .limit(limit + 1)
            )
        )
        following = str((before if before < word_index.END else 0) + limit)
        return Found(cases[:limit], following if len(cases) > limit else "")
    return Found(cases[:limit], str(cases[limit - 1].id) if len(cases) > limit else "")


def _asked(part: str) -> list[str]:
    """The words of a part without blanks: as a whole, where it hangs together."""
    words = fold(part)
    whole = re.sub(r"[^\w]|_", "", words[-1]) if words else ""
    return [whole] if len(words) > 1 and "@" not in part else words


def _span(found: re.Match[str]) -> tuple[date, date] | None:
    year, month, day, day2, month2, year2 = found.groups()
    try:
        if year2:
            start = date(int(year2), int(month2), int(day2))
        elif day:
            start = date(int(year), int(month), int(day))
        else:
            start = date(int(year), int(month), 1)
            return start, (start + timedelta(days=31)).replace(day=1)
        return start, start + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
