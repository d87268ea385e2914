"""The index of all words of the cases, asked: which cases have such words, the newest first.

What the words of a case are, and the indexes over them, is in `handoff.case_words`.

Either database's index gathers all cases that have a word before it gives the newest, so a word that half of
the register has would take ever longer. Such a word fills a page from the newest cases alone, which
are read first. What is too rare there is looked up; and of several words only the rare ones, for
whether a case has the usual ones too is read off its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy
from sqlalchemy import (
    ColumnElement,
    Integer,
    SelectBase,
    SQLColumnExpression,
    Subquery,
    column,
    func,
    literal,
    literal_column,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col, select

from complaints.record import Complaint
from handoff.case_words import INDEXED, CaseWords

END = 2**31 - 1
"""Above every number of a case (an ``INTEGER``)."""

Span = tuple[datetime, datetime]
"""A time of arrival: from the first moment until before the second."""

_BEGINNINGS = 3  # letters from which the beginning of a word is enough
_NEWEST = 1000  # cases read before the index is asked: what two of a hundred have fills a page from them
_USUAL = 20  # of those: a word that so many have is not asked of the index, if another is rarer


def numbers(session: Session, words: Sequence[str]) -> SelectBase:
    """The numbers of the cases that have all of ``words``, to be part of a larger question."""
    return _found(session, _joined(words, _dialect(session)))


def begins(word: str, given: Iterable[str]) -> bool:
    """Whether one of the words ``given`` answers to ``word``, as the index would have it."""
    if len(word) < _BEGINNINGS:
        return word in given
    return any(one.startswith(word) for one in given)


def newest_with(
    session: Session, words: Sequence[str], before: int, limit: int, span: Span | None = None
) -> list[int]:
    """The numbers of cases below ``before`` with all of the words that came in the time, the newest first."""
    if span is None:
        common = _among_newest(session, words, before, limit)
        if len(common) == limit:
            return common
    rare, usual = _rare_and_usual(session, words)
    return _look_up(session, _joined(rare, _dialect(session)), usual, before, limit, span=span)


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
    if any_of:
        ids = _look_up(session, _joined(words, _dialect(session), any_of=True), (), before, limit, first_id)
    else:
        rare, usual = _rare_and_usual(session, words)
        ids = _look_up(session, _joined(rare, _dialect(session)), usual, before, limit, first_id)
    texts = session.exec(select(CaseWords).where(col(CaseWords.complaint_id).in_(ids)))
    return {row.complaint_id: set(row.words.split(" ")) for row in texts}


def _among_newest(session: Session, words: Sequence[str], before: int, limit: int) -> list[int]:
    """Of the newest cases those that have the words, the newest first."""
    newest = _newest(before)
    number = newest.c.complaint_id
    found = sqlalchemy.select(number).where(*(_has(newest.c.words, word) for word in words))
    return list(session.execute(found.order_by(number.desc()).limit(limit)).scalars())


def _rare_and_usual(session: Session, words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The words to ask the index for, and those to look for in what it finds.

    One that half of the cases have takes the index longer than all others together. If all are usual, it is
    asked for all.
    """
    if len(words) < 2:
        return words, ()
    newest = _newest(END)
    counts = session.execute(
        sqlalchemy.select(*(func.count().filter(_has(newest.c.words, word)) for word in words))
    ).one()
    rare = [word for word, count in zip(words, counts, strict=True) if count < _USUAL]
    return (rare, [word for word in words if word not in rare]) if rare else (words, ())


def _newest(before: int) -> Subquery:
    """The words of the newest cases below ``before``; its limit holds before they are looked through."""
    number = col(CaseWords.complaint_id)
    return (
        select(number, CaseWords.words)
        .where(number < before)
        .order_by(number.desc())
        .limit(_NEWEST)
        .subquery()
    )


def _has(words: SQLColumnExpression[str], word: str) -> ColumnElement[bool]:
    """Whether a case with these words has the word, as the index would have it."""
    spaced = literal(" ").concat(words).concat(" ")
    return spaced.contains(f" {word}" if len(word) >= _BEGINNINGS else f" {word} ", autoescape=True)


def _look_up(
    session: Session,
    query: str,
    usual: Sequence[str],
    before: int,
    limit: int,
    first: int = 0,
    *,
    span: Span | None = None,
) -> list[int]:
    """Cases that the index finds for ``query`` and that have the ``usual`` words, the newest first."""
    # By itself, so that PostgreSQL asks the index: to read the newest first, it hopes, would be quicker.
    found = _found(session, query).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    number = found.c.complaint_id
    asked = sqlalchemy.select(number).where(number >= first, number < before)
    if usual:
        asked = asked.join(CaseWords, col(CaseWords.complaint_id) == number)
        asked = asked.where(*(_has(col(CaseWords.words), word) for word in usual))
    if span is not None:
        arrived = col(Complaint.received_at)
        asked = asked.join(Complaint, col(Complaint.id) == number)
        asked = asked.where(arrived >= span[0], arrived < span[1])
    return list(session.execute(asked.order_by(number.desc()).limit(limit)).scalars())


def _found(session: Session, query: str) -> SelectBase:
    """The numbers of all cases that the index finds for ``query``."""
    if _dialect(session) == "sqlite":
        index = table("case_words_fts", column("rowid", Integer))
        matches = literal_column("case_words_fts").op("MATCH")(query)
        return sqlalchemy.select(index.c.rowid.label("complaint_id")).where(matches)
    asked = sqlalchemy.cast(query, TSQUERY)
    return sqlalchemy.select(col(CaseWords.complaint_id)).where(literal_column(INDEXED).op("@@")(asked))


def _joined(words: Sequence[str], dialect: str, *, any_of: bool = False) -> str:
    """The words in the database's own language. They hold letters and digits only: nothing to escape."""
    star = {"sqlite": '"{}"*', "postgresql": "'{}':*"}[dialect]
    plain = {"sqlite": '"{}"', "postgresql": "'{}'"}[dialect]
    terms = [(plain if any_of or len(word) < _BEGINNINGS else star).format(word) for word in words]
    between = {"sqlite": (" AND ", " OR "), "postgresql": (" & ", " | ")}[dialect]
    return between[any_of].join(terms)


def _dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)
