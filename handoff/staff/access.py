"""Who has looked at a case: ``viewed`` in its history, for people only, never told to customers.

At most once for each person, case, way and hour: enough to know who saw what and when, too little to
drown the history. It is written after the answer has been given, so that no page waits for it.

The ways are ``page``, ``search`` (it was among the results), ``api`` and ``file:<id>`` (a file was
opened).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session, col, select

from channels import transcript
from channels.lanes import Unavailable
from channels.transcript import File, Message
from complaints import register
from complaints.record import Complaint, Event
from handoff.database import Database
from handoff.staff.agents import Person

VIEWED = "viewed"
AGAIN = timedelta(hours=1)

log = structlog.get_logger()


def viewed(session: Session, person: Person, reference: str, now: datetime, way: str = "page") -> bool:
    """Write down that ``person`` has seen a case, where that is due; whether it was.

    The conversation's row is locked, as for every event. A case that is gone is no error: nobody sees it.
    """
    if not _due(session, person, [reference], now, way):
        return False
    name = session.exec(select(Complaint.conversation).where(col(Complaint.reference) == reference)).one()
    transcript.lock(session, name)
    if not _due(session, person, [reference], now, way):
        return False  # the same person, in another window
    case = register.find(session, reference)
    register.record(session, case, VIEWED, actor=f"agent:{person.name}", now=now, way=way)
    return True


def note(
    database: Database, person: Person, references: str | Iterable[str], way: str = "page"
) -> Callable[[], Awaitable[None]]:
    """What is to be done once the answer is out, for ``BackgroundTask(access.note(...))``.

    Looks first, beside the writers: most views are not due. An answer that is out cannot fail any more,
    so without a database the view is only logged.
    """
    wanted = [references] if isinstance(references, str) else list(references)

    async def write() -> None:
        try:
            for reference in await database.read(_due, person, wanted, datetime.now(UTC), way):
                await database.run(viewed, person, reference, datetime.now(UTC), way)
        except Unavailable as error:
            log.warning("views not recorded", person=person.id, cases=wanted, way=way, reason=str(error))

    return write


def note_file(database: Database, person: Person, file_id: int) -> Callable[[], Awaitable[None]]:
    """The same for a file that was opened: a view of its case."""

    async def write() -> None:
        try:
            references = await database.read(_cases_of, file_id)
        except Unavailable as error:
            log.warning("view not recorded", person=person.id, file=file_id, reason=str(error))
            return
        await note(database, person, references, f"file:{file_id}")()

    return write


def views(session: Session, reference: str) -> list[dict[str, Any]]:
    """Who has seen a case, how and when, the latest first. Raises `UnknownReference`."""
    case = register.find(session, reference)
    found = session.exec(
        select(Event)
        .where(Event.complaint_id == case.id, Event.kind == VIEWED)
        .order_by(col(Event.position).desc())
    )
    return [e.model_dump(mode="json", include={"actor", "at"}) | {"way": e.data["way"]} for e in found]


def _cases_of(session: Session, file_id: int) -> list[str]:
    """The case that a file belongs to; one that is no case's yet, to all of its conversation."""
    file = session.get_one(File, file_id)
    if file.reference is not None:
        return [file.reference]
    message = session.get_one(Message, file.message_id)
    return [case.reference for case in register.of_conversation(session, message.conversation)]


def _due(session: Session, person: Person, references: list[str], now: datetime, way: str) -> list[str]:
    """Those of the cases whose view by ``person`` is to be written down, in the order of their locks."""
    cases = session.exec(
        select(Complaint.id, Complaint.reference)
        .where(col(Complaint.reference).in_(references))
        .order_by(col(Complaint.conversation), col(Complaint.reference))
    ).all()
    lately = session.exec(
        select(Event.complaint_id, Event.data).where(
            col(Event.complaint_id).in_([number for number, _ in cases]),
            Event.kind == VIEWED,
            Event.actor == f"agent:{person.name}",
            col(Event.at) > now - AGAIN,
        )
    )
    seen = {number for number, data in lately if data.get("way") == way}
    return [reference for number, reference in cases if number not in seen]
