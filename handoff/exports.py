"""Cases taken out of the program together: who took which ones, when, and in what form.

Which cases is written down before each part of them leaves, so nobody has a copy that the program does not
know of, whenever the connection breaks. An event in each case's history would drown it; `of_case` tells it
of one case as an event would.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, func
from sqlmodel import Field, Session, SQLModel, col, select

from complaints import register
from complaints.record import Complaint


class CaseExport(SQLModel, table=True):
    """One export. ``query`` has codes and days of the question, no words; ``ended_at``: it is whole."""

    __tablename__ = "case_export"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    form: str
    query: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    cases: int = 0
    ended_at: datetime | None = None


class CaseExportPart(SQLModel, table=True):
    """Some of its cases, by their numbers: ``runs`` are [first, last] of numbers without a gap."""

    __tablename__ = "case_export_part"
    __table_args__ = (Index("case_export_part_by_case", "first_case", "last_case"),)

    export_id: int = Field(primary_key=True, foreign_key="case_export.id")
    position: int = Field(primary_key=True)
    first_case: int
    last_case: int
    runs: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))


def begin(
    session: Session, *, actor: str, form: str, query: dict[str, Any], now: datetime
) -> tuple[int, int]:
    """Somebody begins to take cases out: the export's number, and the last case that there is."""
    export = CaseExport(actor=actor, form=form, query=query, at=now)
    session.add(export)
    session.flush()
    assert export.id is not None
    return export.id, session.exec(select(func.max(Complaint.id))).one() or 0


def note_part(session: Session, export: int, position: int, cases: Sequence[int]) -> None:
    """These cases are about to leave. ``cases`` are numbers in ascending order, at least one."""
    session.add(
        CaseExportPart(
            export_id=export, position=position, first_case=cases[0], last_case=cases[-1], runs=_runs(cases)
        )
    )
    found = session.get_one(CaseExport, export, with_for_update=True)
    found.cases += len(cases)
    session.add(found)


def end(session: Session, export: int, now: datetime) -> None:
    """All of it has left."""
    found = session.get_one(CaseExport, export, with_for_update=True)
    found.ended_at = now
    session.add(found)


def of_case(session: Session, reference: str) -> list[dict[str, Any]]:
    """Who has taken a case out with others, the latest first. Raises `UnknownReference`."""
    case = register.find(session, reference)
    assert case.id is not None
    found = session.exec(
        select(CaseExport, CaseExportPart.runs)
        .join(CaseExportPart, col(CaseExportPart.export_id) == col(CaseExport.id))
        .where(col(CaseExportPart.first_case) <= case.id, col(CaseExportPart.last_case) >= case.id)
        .order_by(col(CaseExport.id).desc())
    )
    return [
        {**export.model_dump(mode="json", include={"actor", "at"}), "way": f"export:{export.id}"}
        for export, runs in found
        if any(first <= case.id <= last for first, last in runs)
    ]


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs
