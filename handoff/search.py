"""Find a case by what is on its record: words, a reference, a name, an order number, a day.

Each case has one row of folded words (`fold`), written together with the case whoever changes it.
SQLite finds rows by FTS5, PostgreSQL by a GIN index over the same words as a tsvector. Both get
words that are folded already, so that ten languages are searched alike: without case, accents and
points, word by word from the beginning. The customer's later messages are not searched, only what
reached the record.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DDL, Column, Connection, Text, bindparam, event, inspect, text
from sqlmodel import Field, Session, SQLModel, col, select

from channels.transcript import Conversation
from complaints.record import Complaint
from complaints.reference import read_all

PAGE = 20
_MOST_WORDS = 8  # of a question: more make it slow and find nothing
_LONGEST = 60  # characters of a word; longer ones are no words
_BEGINNINGS = 3  # letters from which the beginning of a word is enough

# What Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ـ": None})
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[-./ ][^\W_]++)+")
_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})(?:-(\d{1,2}))?|(\d{1,2})[./](\d{1,2})[./](\d{4}))")
_DAYS_AGO = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1}

_SEARCHED = (
    "reference", "description", "product", "order", "name", "organisation", "postal_address", "phone",
    "email", "on_behalf_of", "wish", "response", "root_cause",
)  # fmt: skip


class CaseWords(SQLModel, table=True):
    """The words of a case, folded, each once, with a blank between them."""

    __tablename__ = "case_words"
    complaint_id: int = Field(primary_key=True, foreign_key="complaint.id")
    words: str = Field(sa_column=Column(Text, nullable=False))


INDEXES = {
    "sqlite": (
        """CREATE VIRTUAL TABLE case_words_fts USING fts5(
            words, content='case_words', content_rowid='complaint_id',
            tokenize='unicode61 remove_diacritics 0', detail='none'
        )""",
        """CREATE TRIGGER case_words_added AFTER INSERT ON case_words BEGIN
            INSERT INTO case_words_fts(rowid, words) VALUES (new.complaint_id, new.words);
        END""",
        """CREATE TRIGGER case_words_gone AFTER DELETE ON case_words BEGIN
            INSERT INTO case_words_fts(case_words_fts, rowid, words)
            VALUES ('delete', old.complaint_id, old.words);
        END""",
        """CREATE TRIGGER case_words_changed AFTER UPDATE ON case_words BEGIN
            INSERT INTO case_words_fts(case_words_fts, rowid, words)
            VALUES ('delete', old.complaint_id, old.words);
            INSERT INTO case_words_fts(rowid, words) VALUES (new.complaint_id, new.words);
        END""",
    ),
    "postgresql": (
        """CREATE INDEX case_words_found ON case_words
            USING gin (array_to_tsvector(string_to_array(words, ' ')))""",
    ),
}
"""What finds the words, in each database's way (for SQLite: sqlite.org/fts5.html, 4.4.3).

Not among the table's own indexes: neither database tells its expressions back the way they were
written, so no comparison with the migrations could hold.
"""

for _dialect_name, _statements in INDEXES.items():
    for _statement in _statements:
        event.listen(
            CaseWords.__table__,  # type: ignore[attr-defined]
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect_name),  # type: ignore[no-untyped-call]
        )


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


def fold(given: str) -> list[str]:
    """The words of a text as they are compared: small, without accents, points and lengthening.

    What hangs together by a hyphen, a point or, between digits, a blank is a word as a whole too:
    "NB-51207" is found by nb51207, a phone number however it is written.
    """
    plain = unicodedata.normalize("NFKD", given).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)
    words = dict.fromkeys(_WORD.findall(plain))
    for joined in _JOINED.findall(plain):
        for part in [joined] if " " not in joined else re.findall(r"\d[\d ./-]+\d", joined):
            words[re.sub(r"[^\w]", "", part)] = None
        for part in joined.split():
            words[re.sub(r"[^\w]", "", part)] = None
    return [word for word in words if word and len(word) <= _LONGEST]


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
    words = tuple(word for part in kept for word in _asked(part))[:_MOST_WORDS]
    if not days:
        return Wanted(words)
    first, last = min(d for d, _ in days), max(d for _, d in days)
    return Wanted(words, _start(first, zone), _start(last, zone))


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
    before = int(after) if after.isdecimal() and len(after) < 19 else 2**62
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
                .offset(before if before < 2**62 else 0)
                .limit(limit + 1)
            )
        )
        following = str((before if before < 2**62 else 0) + limit)
        return Found(cases[:limit], following if len(cases) > limit else "")
    return Found(cases[:limit], str(cases[limit - 1].id) if len(cases) > limit else "")


def with_any(session: Session, words: list[str], first_id: int, limit: int) -> dict[int, set[str]]:
    """Cases from number ``first_id`` on that have one of the words at least, the newest first."""
    if not words:
        return {}
    rows = session.connection().execute(
        text(_QUERIES[_dialect(session)]),
        {
            "query": _joined(words, _dialect(session), any_of=True), "first": first_id, "before": 2**62,
            "limit": limit,
        },
    )  # fmt: skip
    ids = [row[0] for row in rows]
    texts = session.exec(select(CaseWords).where(col(CaseWords.complaint_id).in_(ids)))
    return {row.complaint_id: set(row.words.split(" ")) for row in texts}


def _ids(session: Session, wanted: Wanted, before: int, limit: int) -> list[int]:
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


def words_of(values: dict[str, Any], *more: str | None) -> str:
    """What is kept for a case with these columns; ``more`` is what its conversation knows."""
    given = [str(values[name]) for name in _SEARCHED if values.get(name)]
    return " ".join(dict.fromkeys(word for each in (*given, *filter(None, more)) for word in fold(each)))


@event.listens_for(Complaint, "after_insert")
@event.listens_for(Complaint, "after_update")
def _keep_words(_: object, connection: Connection, case: Complaint) -> None:
    """By an event and not by a call: a change that somebody forgot to tell would not be found."""
    changes = inspect(case).attrs
    if not any(changes[name].history.has_changes() for name in _SEARCHED):
        return
    known = connection.execute(
        select(Conversation.name, Conversation.phone).where(col(Conversation.id) == case.conversation)
    ).first()
    more = tuple(known) if known and not case.anonymous else ()
    words = words_of({name: getattr(case, name) for name in _SEARCHED}, *more)
    table = CaseWords.__table__  # type: ignore[attr-defined]
    updated = connection.execute(table.update().where(table.c.complaint_id == case.id).values(words=words))
    if updated.rowcount == 0:
        connection.execute(table.insert().values(complaint_id=case.id, words=words))
