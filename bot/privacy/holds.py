"""Legal hold: what must be kept, whatever its age and whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.privacy import persons
from bot.privacy.persons import Person
from bot.privacy.record import LegalHold, OnHold, PrivacyError, UnknownHold
from complaints import register
from complaints.record import Complaint


def put(
    session: Session, wanted: str, reason: str, by: str, now: datetime, *, person: bool = False
) -> list[LegalHold]:
    """Hold a case, or with ``person`` all that belongs to whom ``wanted`` names. Raises `NobodyFound`."""
    if not reason.strip():
        raise PrivacyError("say why: a hold is put with a reason, such as the number of the proceedings")
    found = persons.find(session, wanted)
    if person:
        rows = [LegalHold(conversation=one, reason=reason, by=by, at=now) for one in found.conversations]
    else:
        case = register.find(session, wanted.strip().upper())
        rows = [LegalHold(reference=case.reference, reason=reason, by=by, at=now)]
    session.add_all(rows)
    for case in _cases(session, found, None if person else rows[0].reference):
        register.record(session, case, "hold_put", actor=by, now=now, reason=reason)
    session.flush()
    return rows


def release(session: Session, hold_id: int, reason: str, by: str, now: datetime) -> LegalHold:
    """End a hold. Raises `UnknownHold`."""
    row = session.get(LegalHold, hold_id)
    if row is None or row.released_at is not None:
        raise UnknownHold(f"there is no hold {hold_id} in force: `recourse hold list` lists them")
    if not reason.strip():
        raise PrivacyError("say why: a hold is released with a reason")
    row.released_at, row.released_by, row.release_reason = now, by, reason
    session.add(row)
    for case in _of(session, row):
        register.record(session, case, "hold_released", actor=by, now=now, reason=reason)
    session.flush()
    return row


def in_force(session: Session) -> list[LegalHold]:
    """The holds that were not released, the oldest first."""
    return list(
        session.exec(
            select(LegalHold).where(col(LegalHold.released_at).is_(None)).order_by(col(LegalHold.id))
        )
    )


def of_case(session: Session, case: Complaint) -> list[LegalHold]:
    """The holds that keep a case."""
    return _over(session, [case.reference], [case.conversation])


def check(session: Session, person: Person) -> None:
    """Raises `OnHold` if anything of the person must be kept."""
    found = _over(session, person.references, person.conversations)
    if found:
        first = found[0]
        raise OnHold(
            f"legal hold {first.id} forbids it, put by {first.by} on {first.at:%Y-%m-%d}: {first.reason}. "
            f"Release it first: `recourse hold release {first.id} --reason ...`"
        )


def _over(session: Session, references: Sequence[str], conversations: Sequence[str]) -> list[LegalHold]:
    return list(
        session.exec(
            select(LegalHold).where(
                col(LegalHold.released_at).is_(None),
                or_(col(LegalHold.reference).in_(references), col(LegalHold.conversation).in_(conversations)),
            )
        )
    )


def _of(session: Session, row: LegalHold) -> list[Complaint]:
    where = (
        Complaint.reference == row.reference if row.reference else Complaint.conversation == row.conversation
    )
    return list(session.exec(select(Complaint).where(where)))


def _cases(session: Session, person: Person, only: str | None) -> list[Complaint]:
    wanted = [only] if only else list(person.references)
    return list(session.exec(select(Complaint).where(col(Complaint.reference).in_(wanted))))
