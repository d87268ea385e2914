"""Find a case by what is on its record: words, a reference, a name, an order number, a day.

The words of a case and their indexes are in `handoff.case_words`. The customer's later messages are
not searched, only what reached the record.

Either index gathers all cases that have a word before it gives the newest, so a word that half of
the register has would take ever longer. Such a word fills a page from the newest cases alone: they
are read first, and only what is too rare there is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, SelectBase, bindparam, column, literal, text
from sqlmodel import Session, col, select

from complaints.record import Complaint
from complaints.reference import read_all
from handoff.case_words import CaseWords, fold

PAGE = 20
_MOST_WORDS = 8  # of a question: more make it slow and find nothing
_BEGINNINGS = 3  # letters from which the beginning of a word is enough
_NEWEST = 1000  # cases read before the index is asked: what two of a hundred have fills a page from them

END = 2**31 - 1
"""Above every number of a case (an ``INTEGER``)."""

_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})(?:-(\d{1,2}))?|(\d{1,2})[./](\d{1,2})[./](\d{4}))")
_DAYS_AGO = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1}


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. ``first`` and ``last`` bound the arrival, the last one excluded."""

    words: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None

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


def numbers(session: Session, words: Sequence[str]) -> SelectBase:
    """The numbers of the cases that have all of ``words``, to be part of a larger question."""
    dialect = _dialect(session)
    query = text(_NUMBERS[dialect]).bindparams(words_wanted=_joined(list(words), dialect))
    return query.columns(column("complaint_id", Integer))


def begins(word: str, given: Iterable[str]) -> bool:
    """Whether one of the words ``given`` answers to ``word``, as the index would have it."""
    if len(word) < _BEGINNINGS:
        return word in given
    return any(one.startswith(word) for one in given)


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
    before = min(int(after), END) if after.isdecimal() and len(after) < 19 else END
    if wanted.words:
        ids = _ids(session, wanted, before, limit + 1)
        found = {c.id: c for c in session.exec(select(Complaint).where(col(Complaint.id).in_(ids)))}
        cases = [found[i] for i in ids if i in found]
    else:
        cases = list(
            session.exec(
                select(Complaint)
                .where(col(Complaint.received_at) >= wanted.first, col(Complaint.received_at) < wanted.last)
                .order_by(col(Complaint.received_at).desc(), col(Complaint.id).desc())
                .offset(before if before < END else 0)
                .limit(limit + 1)
            )
        )
        following = str((before if before < END else 0) + limit)
        return Found(cases[:limit], following if len(cases) > limit else "")
    return Found(cases[:limit], str(cases[limit - 1].id) if len(cases) > limit else "")


def with_any(
    session: Session, words: list[str], first_id: int, limit: int, before: int = END
) -> dict[int, set[str]]:
    """Cases from number ``first_id`` to before ``before`` that have one of the words, the newest first."""
    return _with(session, words, first_id, limit, before, any_of=True)


def with_all(
    session: Session, words: list[str], first_id: int, limit: int, before: int = END
) -> dict[int, set[str]]:
    """The same for cases that have all of the words, or words that begin so."""
    return _with(session, words, first_id, limit, before, any_of=False)


def _with(
    session: Session, words: list[str], first_id: int, limit: int, before: int, *, any_of: bool
) -> dict[int, set[str]]:
    if not words:
        return {}
    rows = session.connection().execute(
        text(_QUERIES[_dialect(session)]),
        {
            "query": _joined(words, _dialect(session), any_of=any_of), "first": first_id, "before": before,
            "limit": limit,
        },
    )  # fmt: skip
    ids = [row[0] for row in rows]
    texts = session.exec(select(CaseWords).where(col(CaseWords.complaint_id).in_(ids)))
    return {row.complaint_id: set(row.words.split(" ")) for row in texts}


def _ids(session: Session, wanted: Wanted, before: int, limit: int) -> list[int]:
    if wanted.first is None:
        common = _among_newest(session, wanted, before, limit)
        if len(common) == limit:
            return common
    return _looked_up(session, wanted, before, limit)


def _among_newest(session: Session, wanted: Wanted, before: int, limit: int) -> list[int]:
    """Of the newest cases those that have the words, the newest first."""
    newest = (
        select(Complaint.id)
        .where(col(Complaint.id) < before)
        .order_by(col(Complaint.id).desc())
        .limit(_NEWEST)
        .subquery()
    )
    spaced = literal(" ").concat(col(CaseWords.words)).concat(" ")
    has = [
        spaced.contains(f" {word}" if len(word) >= _BEGINNINGS else f" {word} ", autoescape=True)
        for word in wanted.words
    ]
    return list(
        session.exec(
            select(CaseWords.complaint_id)
            .join(newest, newest.c.id == CaseWords.complaint_id)
            .where(*has)
            .order_by(col(CaseWords.complaint_id).desc())
            .limit(limit)
        )
    )


def _looked_up(session: Session, wanted: Wanted, before: int, limit: int) -> list[int]:
    dialect = _dialect(session)
    statement = _QUERIES[dialect] if wanted.first is None else _DATED[dialect]
    values: dict[str, Any] = {
        "query": _joined(list(wanted.words), dialect),
        "first": 0,
        "before": before,
        "limit": limit,
    }
    prepared = text(statement)
    if wanted.first is not None:
        values |= {"since": wanted.first, "until": wanted.last}
        kind = Complaint.__table__.c.received_at.type  # type: ignore[attr-defined]
        prepared = prepared.bindparams(bindparam("since", type_=kind), bindparam("until", type_=kind))
    return [row[0] for row in session.connection().execute(prepared, values)]


_GIN = (
    "WITH found AS MATERIALIZED (SELECT complaint_id FROM case_words "
    "WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(:query AS tsquery)) "
)
"""By itself, so that PostgreSQL asks the index: to read the newest first, it hopes, would be quicker."""

_QUERIES = {
    "sqlite": "SELECT rowid FROM case_words_fts WHERE case_words_fts MATCH :query AND rowid >= :first "
    "AND rowid < :before ORDER BY rowid DESC LIMIT :limit",
    "postgresql": _GIN + "SELECT complaint_id FROM found WHERE complaint_id >= CAST(:first AS bigint) "  # noqa: S608 (constants)
    "AND complaint_id < CAST(:before AS bigint) ORDER BY complaint_id DESC LIMIT CAST(:limit AS bigint)",
}
_NUMBERS = {
    "sqlite": "SELECT rowid AS complaint_id FROM case_words_fts WHERE case_words_fts MATCH :words_wanted",
    "postgresql": "SELECT complaint_id FROM case_words WHERE array_to_tsvector(string_to_array(words, ' ')) "
    "@@ CAST(:words_wanted AS tsquery)",
}
_DATED = {
    "sqlite": "SELECT c.id FROM case_words_fts JOIN complaint c ON c.id = case_words_fts.rowid "
    "WHERE case_words_fts MATCH :query AND case_words_fts.rowid >= :first AND case_words_fts.rowid < :before "
    "AND c.received_at >= :since AND c.received_at < :until ORDER BY case_words_fts.rowid DESC LIMIT :limit",
    "postgresql": _GIN + "SELECT c.id FROM found w JOIN complaint c ON c.id = w.complaint_id "  # noqa: S608 (constants)
    "WHERE c.id >= CAST(:first AS bigint) AND c.id < CAST(:before AS bigint) "
    "AND c.received_at >= :since AND c.received_at < :until ORDER BY c.id DESC LIMIT CAST(:limit AS bigint)",
}


def _joined(words: list[str], dialect: str, *, any_of: bool = False) -> str:
    """The words in the database's own language. They hold letters and digits only: nothing to escape."""
    star = {"sqlite": '"{}"*', "postgresql": "'{}':*"}[dialect]
    plain = {"sqlite": '"{}"', "postgresql": "'{}'"}[dialect]
    terms = [(plain if any_of or len(word) < _BEGINNINGS else star).format(word) for word in words]
    between = {"sqlite": (" AND ", " OR "), "postgresql": (" & ", " | ")}[dialect]
    return between[any_of].join(terms)


def _dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)


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
