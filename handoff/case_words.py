"""The words by which a case is found, kept beside it.

Each case has one row of folded words (`fold`), written together with the case whoever changes it.
SQLite finds rows by FTS5, PostgreSQL by a GIN index over the same words as a tsvector. Both get
words that are folded already, so that ten languages are searched alike: without case, accents and
points, word by word from the beginning.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import DDL, Column, Connection, Text, event, inspect
from sqlmodel import Field, SQLModel, col, select

from channels.transcript import Conversation
from complaints.record import Complaint

_LONGEST = 60  # characters of a word; longer ones are no words

# What Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ـ": None})
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[-./ ][^\W_]++)+")

_SEARCHED = (
    "reference", "description", "product", "order", "name", "organisation", "postal_address", "phone",
    "email", "on_behalf_of", "wish", "response", "root_cause",
)  # fmt: skip


class CaseWords(SQLModel, table=True):
    """The words of a case, folded, each once, with a blank between them."""

    __tablename__ = "case_words"
    complaint_id: int = Field(primary_key=True, foreign_key="complaint.id")
    words: str = Field(sa_column=Column(Text, nullable=False))


INDEXED = "array_to_tsvector(string_to_array(words, ' '))"
"""What PostgreSQL's index is of: a question that says it otherwise does not use it."""

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
    "postgresql": (f"CREATE INDEX case_words_found ON case_words USING gin ({INDEXED})",),
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
