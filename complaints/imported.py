"""Which cases came from another system, and under which number there: an import never takes one twice."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select


class ImportedCase(SQLModel, table=True):
    """One case of another system. ``source`` is what we call that system, ``digest`` of its row's SHA-256."""

    __tablename__ = "imported_case"

    source: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id", unique=True)
    digest: str
    at: datetime


def known(session: Session, source: str, numbers: list[str]) -> dict[str, str]:
    """Of these numbers those that have been imported, each with its row's digest then."""
    found = session.exec(
        select(ImportedCase.number, ImportedCase.digest).where(
            ImportedCase.source == source, col(ImportedCase.number).in_(numbers)
        )
    )
    return dict(found.all())


def origin(session: Session, complaint_id: int) -> dict[str, str] | None:
    """Where a case came from, if it was imported."""
    found = session.exec(select(ImportedCase).where(ImportedCase.complaint_id == complaint_id)).first()
    return {"source": found.source, "number": found.number} if found else None
