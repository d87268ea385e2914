"""The audit trail's tables, and the one way to say that rows were blanked or deleted on purpose.

Entries are written by triggers (`bot.audit`), in the transaction that changes the row, whoever wrote
the statement. Nothing here is ever changed, but that an unsealed entry gets the number of its seal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field, Session, SQLModel

_Number = BigInteger().with_variant(Integer, "sqlite")


class AuditEntry(SQLModel, table=True):
    """One change of one row: see `complaints.audit.Entry`. ``seal``: by which it is covered."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_entry_of_row", "name", "key", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_Number, primary_key=True))
    at: int = Field(sa_type=BigInteger)  # milliseconds since 1970
    name: str
    form: str
    key: str
    op: str
    whose: str
    mark: bytes = Field(sa_type=LargeBinary)
    seal: int | None = None


class AuditSeal(SQLModel, table=True):
    """A link of the chain: ``entries`` entries more, ``whole`` of them up to here.

    ``at`` is as in entries, ``last`` the id of its last entry.
    """

    __tablename__ = "audit_seal"

    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: int = Field(sa_type=BigInteger)
    entries: int
    whole: int
    last: int = Field(sa_type=BigInteger)
    link: str


class AuditTrail(SQLModel, table=True):
    """The beginning of the trail: since when (as in entries), under which keys. Signed."""

    __tablename__ = "audit_trail"

    id: int | None = Field(default=None, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    fingerprint: str
    signature: str


class AuditForm(SQLModel, table=True):
    """Which columns of a table a digest covers. Its name is a digest of what it says."""

    __tablename__ = "audit_form"

    form: str = Field(primary_key=True)
    name: str
    columns: list[str] = Field(sa_column=Column(JSON, nullable=False))


class AuditCheck(SQLModel, table=True):
    """A verification, and what came of it. ``by``: who asked for it."""

    __tablename__ = "audit_check"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    by: str
    entries: int
    rows: int
    findings: int
    first: str = Field(default="", sa_column=Column(Text, nullable=False))


class AuditRedaction(SQLModel, table=True):
    """Rows of one table that were blanked or deleted on purpose: who did it, why, when."""

    __tablename__ = "audit_redaction"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    reason: str
    name: str
    keys: list[str] = Field(sa_column=Column(JSON, nullable=False))


def redact(
    session: Session,
    table: type[SQLModel] | str,
    keys: Iterable[int | str],
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Say that these rows are blanked or deleted on purpose, in the transaction that does it.

    ``keys`` are primary keys (of several columns: joined by ``/``). The rows' new digests are taken by
    the triggers; this is what makes the change of an append-only row, and the deletion of any row,
    a redaction. Without it `recourse audit verify` calls either an alteration. Not to be used for
    conversations, whose keys are personal data: nothing deletes those rows.
    """
    named = sorted({str(key) for key in keys})
    if not named:
        return
    name = table if isinstance(table, str) else str(table.__tablename__)
    session.add(AuditRedaction(at=now, actor=actor, reason=reason, name=name, keys=named))
    session.flush()
