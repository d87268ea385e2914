"""Cases by what is on their record: the question that a program asks of the register, page by page.

What has an index is asked of the database. The words of a customer or a product are looked up in the index
of all words first, and what it finds is then read more closely: so ten languages, accents and the many
ways to write a telephone number are found alike, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, tuple_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from channels.transcript import Conversation
from complaints.complaint import Category, Kind, Severity, Status, UnknownReference
from complaints.imported import ImportedCase
from complaints.record import Complaint
from handoff import search, word_index
from handoff.case_words import fold
from handoff.dispatch.rules import in_force
from handoff.item import Handoff, State

_AT_ONCE = 500
"""Rows that are read for each look: what is found is read more closely, and thrown away again."""

_OF_CUSTOMER = ("name", "organisation", "postal_address", "phone", "email", "on_behalf_of")


class Stage(StrEnum):
    """How far a case is, as its customer sees it."""

    OPEN = "open"  # somebody owes an answer
    ANSWERED = "answered"  # it has one, and the customer may still go on
    FINISHED = "finished"


_STATUSES = {
    Stage.OPEN: tuple(s for s in Status if s.is_open and s is not Status.RESPONDED),
    Stage.ANSWERED: (Status.RESPONDED,),
    Stage.FINISHED: (Status.CLOSED, Status.WITHDRAWN),
}

_SEVERITY = case({s.value: s.rank for s in Severity}, value=col(Complaint.severity), else_=0)


class Sort(StrEnum):
    """The order of a list; with a minus the other way round. Among equals the order of arrival decides."""

    RECEIVED = "received"
    RECEIVED_LAST = "-received"
    RESPOND_BY = "respond_by"
    RESPOND_BY_LAST = "-respond_by"
    SEVERITY = "severity"
    SEVERITY_LAST = "-severity"

    @property
    def downwards(self) -> bool:
        """Whether the greatest comes first."""
        return self.value.startswith("-")

    @property
    def columns(self) -> tuple[Any, Any]:
        """What is compared, the case's number last: so each case has a place of its own."""
        first: dict[str, Any] = {
            "received": col(Complaint.received_at),
            "respond_by": col(Complaint.respond_by),
            "severity": _SEVERITY,
        }
        return first[self.value.removeprefix("-")], col(Complaint.id)


@dataclass(frozen=True)
class CaseQuery:
    """Which cases. Empty: all of them; within a list, any of it will do.

    Days are the operator's, both included.
    """

    words: str = ""
    reference: str = ""
    source_number: str = ""
    customer: str = ""
    product: str = ""
    kind: tuple[Kind, ...] = ()
    status: tuple[Status, ...] = ()
    stage: tuple[Stage, ...] = ()
    state: tuple[State, ...] = ()
    severity: tuple[Severity, ...] = ()
    category: tuple[Category, ...] = ()
    channel: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    due_until: date | None = None

    def without_words(self) -> dict[str, Any]:
        """What may be kept of the question: codes and days, and of free words only that there were some."""
        given: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value in ("", (), None):
                continue
            if isinstance(value, str):
                given[one.name] = "given"
            else:
                given[one.name] = [str(v) for v in value] if isinstance(value, tuple) else value.isoformat()
        return given


@dataclass(frozen=True)
class Row:
    """A case that was found, with its place at the desk and what its conversation knows of the customer."""

    case: Complaint
    item: Handoff | None
    name: str | None
    phone: str | None


def page(session: Session, query: CaseQuery, sort: Sort, after: str | None, limit: int) -> list[Row]:
    """The first ``limit`` cases behind the one with reference ``after``.

    Raises `UnknownReference` if there is no such case.
    """
    place = None
    if after is not None:
        place = session.exec(select(*sort.columns).where(col(Complaint.reference) == after)).first()
        if place is None:
            raise UnknownReference(f"there is no case {after}")
    found: list[Row] = []
    for row in _rows(session, query, sort, place):
        found.append(row)
        if len(found) == limit:
            break
    return found


def batch(session: Session, query: CaseQuery, first: int, last: int, limit: int) -> tuple[list[Row], int]:
    """The cases with numbers from ``first`` to ``last``, in the order of their numbers.

    At most ``limit`` are looked at; with them the number from which to go on, beyond ``last`` at the end.
    """
    wanted = _conditions(session, query)
    if wanted is None:
        return [], last + 1
    rows = session.exec(
        _select().where(*wanted, col(Complaint.id) >= first, col(Complaint.id) <= last)
        .order_by(col(Complaint.id)).limit(limit)
    ).all()  # fmt: skip
    found = [Row(*row) for row in rows]
    following = (found[-1].case.id or 0) + 1 if len(found) == limit else last + 1
    return [row for row in found if _keeps(query, row)], following


def _rows(session: Session, query: CaseQuery, sort: Sort, place: Any) -> Iterator[Row]:
    wanted = _conditions(session, query)
    if wanted is None:
        return
    columns = sort.columns
    order = [c.desc() if sort.downwards else c.asc() for c in columns]
    while True:
        asked = _select().add_columns(*columns).where(*wanted).order_by(*order).limit(_AT_ONCE)
        if place is not None:
            behind = tuple_(*columns) < tuple(place) if sort.downwards else tuple_(*columns) > tuple(place)
            asked = asked.where(behind)
        rows: Sequence[Any] = session.exec(asked).all()  # type: ignore[call-overload]
        for row in rows:
            one = Row(*row[:4])
            if _keeps(query, one):
                yield one
        if len(rows) < _AT_ONCE:
            return
        place = rows[-1][4:]


def _select() -> SelectOfScalar[Any]:
    return (
        select(Complaint, Handoff, Conversation.name, Conversation.phone)  # type: ignore[return-value]
        .join(Handoff, col(Handoff.reference) == col(Complaint.reference), isouter=True)
        .join(Conversation, col(Conversation.id) == col(Complaint.conversation))
    )


def _conditions(session: Session, query: CaseQuery) -> list[ColumnElement[bool]] | None:
    """What is asked of the database; ``None`` where nothing can be found."""
    found: list[ColumnElement[bool]] = []
    texts = [text for text in (query.words, query.customer, query.product) if text.strip()]
    words = [search.words_in(text) for text in texts]
    if not all(words):
        return None  # signs without a letter or digit: no case has such a word
    if words:
        together = dict.fromkeys(word for each in words for word in each)
        found.append(col(Complaint.id).in_(word_index.numbers(session, list(together))))
    if query.reference:
        found.append(col(Complaint.reference) == query.reference)
    if query.source_number:
        there = select(ImportedCase.complaint_id).where(ImportedCase.number == query.source_number)
        found.append(col(Complaint.id).in_(there))
    statuses = {s for stage in query.stage for s in _STATUSES[stage]}
    for column, values in (
        (col(Complaint.kind), query.kind),
        (col(Complaint.status), query.status),
        (col(Complaint.status), tuple(statuses)),
        (col(Handoff.state), query.state),
        (col(Complaint.severity), query.severity),
        (col(Complaint.category), query.category),
        (col(Complaint.channel), query.channel),
        (col(Complaint.language), query.language),
    ):
        if values:
            found.append(column.in_(values))
    if query.since is not None:
        found.append(col(Complaint.received_at) >= _start(query.since))
    if query.until is not None:
        found.append(col(Complaint.received_at) < _start(query.until + timedelta(days=1)))
    if query.due_until is not None:
        found.append(col(Complaint.respond_by) < _start(query.due_until + timedelta(days=1)))
    return found


def _keeps(query: CaseQuery, row: Row) -> bool:
    """Whether customer and product are those that were asked for, and not mentioned somewhere else."""
    if query.product and not _has(query.product, row.case.product):
        return False
    if not query.customer:
        return True
    known = () if row.case.anonymous else (row.name, row.phone)
    return _has(query.customer, *(getattr(row.case, name) for name in _OF_CUSTOMER), *known)


def _has(wanted: str, *given: str | None) -> bool:
    words = {word for text in given if text for word in fold(text)}
    return all(word_index.begins(word, words) for word in search.words_in(wanted))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), in_force().hours.time_zone)
