"""Erases a person, or what is over its time: the texts go, the numbers stay.

Of a case there remain its reference, dates, stages, category, severity, channel, decision and cost: what is
counted. Names, addresses, numbers and every text go, from all tables; a conversation gets another key, which
leads to nobody. All of it is one transaction, which says to the audit trail that it was meant.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, delete, false, func, insert, or_, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_rows

from bot.privacy import holdings, holds
from bot.privacy.persons import Person
from bot.privacy.record import Erasure, PrivacyError
from bot.review.record import Decision
from channels.transcript import Conversation, File, Message
from complaints import audit_record, register
from complaints.complaint import Status
from complaints.record import Complaint
from handoff import queue
from handoff.case_words import CaseWords, fold
from handoff.slack_desk.record import SlackCase


class StillOpen(PrivacyError):
    """A complaint that somebody still owes an answer."""

    status = 409


Named = Callable[[str], str]
"""How the audit trail names a conversation."""


@dataclass(frozen=True)
class Plan:
    """What an erasure will take. ``examples`` are (file, text) that trainers made of their messages."""

    person: Person
    counts: dict[str, int]
    open: tuple[str, ...]
    files: tuple[str, ...]
    examples: tuple[tuple[str, str], ...] = field(repr=False)
    threads: tuple[str, ...]


def plan(session: Session, person: Person) -> Plan:
    """What would go. Reads only. Raises `OnHold`."""
    holds.check(session, person)
    counts = {}
    for table in (
        *holdings.linked(),
        *(_table(name) for name in ("message", "event", "complaint", "conversation")),
    ):
        count = len(session.execute(select(*table.primary_key.columns).where(_theirs(table, person))).all())
        if count:
            counts[table.name] = count
    cases = session.exec(select_rows(Complaint).where(col(Complaint.id).in_(person.cases))).all()
    decisions = session.exec(select_rows(Decision).where(_theirs(_table("review_decision"), person))).all()
    threads = session.exec(
        select_rows(SlackCase).where(col(SlackCase.reference).in_(person.references))
    ).all()
    return Plan(
        person,
        counts,
        tuple(c.reference for c in cases if Status(c.status).is_open),
        tuple(_files(session, person)),
        tuple((d.file, d.text) for d in decisions if d.file),
        tuple(f"{one.channel} {one.ts}" for one in threads if one.ts),
    )


def check(session: Session, person: Person, reason: str, *, also_open: bool) -> None:
    """Whether `erase` would. Raises what it raises."""
    if not reason.strip():
        raise PrivacyError("say why: an erasure is kept with its reason")
    if any(name.casefold() in reason.casefold() for name in person.names if len(name) > 2):
        raise PrivacyError("the reason is kept: say it without the person's name, number or address")
    holds.check(session, person)
    cases = session.exec(select_rows(Complaint).where(col(Complaint.id).in_(person.cases))).all()
    if not also_open and (open_ := [c.reference for c in cases if Status(c.status).is_open]):
        raise StillOpen(
            f"{', '.join(open_)} is still open: close it first, or add --also-open, which withdraws it"
        )


def erase(
    session: Session,
    person: Person,
    *,
    reason: str,
    by: str,
    now: datetime,
    also_open: bool = False,
    models: Sequence[str] = (),
    named: Named | None = None,
) -> Erasure:
    """Erase ``person``. Raises `OnHold`, `StillOpen`, and `PrivacyError` if ``reason`` names them.

    ``named`` tells the audit trail's name of a conversation. The files on disk are those of the row that
    is returned: `bot.privacy.cleaning` deletes them once this is committed.
    """
    check(session, person, reason, also_open=also_open)
    for conversation in session.exec(
        select_rows(Conversation).where(col(Conversation.id).in_(person.conversations)).with_for_update()
    ):
        session.refresh(conversation)
    found = plan(session, person)
    _settle_open(session, found, by=by, now=now)
    row = Erasure(
        at=now, by=by, reason=reason, references=list(person.references), counts=found.counts,
        files=list(found.files), models=list(models),
    )  # fmt: skip
    session.add(row)
    session.flush()
    say = _Redactor(session, reason=f"erasure {row.id}", actor=by, now=now)
    _drop_work(session, person)
    for table in holdings.linked():
        theirs = _theirs(table, person)
        if table.name in holdings.DELETED:
            session.execute(delete(table).where(theirs))
        elif table.name not in holdings.KEPT and (columns := holdings.emptied(table)).columns:
            say.of(table, theirs)
            session.execute(update(table).where(theirs).values(columns.values()))
    _blank_messages(session, person, say)
    _blank_cases(session, person, say)
    _move_conversations(session, person, say, named)
    session.refresh(row)
    return row


@dataclass(frozen=True)
class _Redactor:
    """Tells the audit trail which rows are blanked or deleted on purpose."""

    session: Session
    reason: str
    actor: str
    now: datetime

    def of(self, table: Table, theirs: ColumnElement[bool]) -> None:
        """The rows of ``table`` that are about to change."""
        keys = self.session.execute(select(*table.primary_key.columns).where(theirs))
        self.keys(table.name, ["/".join(map(str, key)) for key in keys])

    def keys(self, name: str, keys: Sequence[str]) -> None:
        """Rows by their keys."""
        audit_record.redact(self.session, name, keys, reason=self.reason, actor=self.actor, now=self.now)


def _settle_open(session: Session, found: Plan, *, by: str, now: datetime) -> None:
    for reference in found.open:
        case = register.find(session, reference, lock=True)
        register.move(session, case, Status.WITHDRAWN, actor=by, now=now, reason="erased on request")
        queue.close_item(session, case)
    session.flush()


def _drop_work(session: Session, person: Person) -> None:
    """What lies in lanes of theirs: messages on their way, timers, dead letters, words for Slack."""
    lane, job = _table("lane"), _table("job")
    threads = session.exec(select_rows(SlackCase).where(col(SlackCase.reference).in_(person.references)))
    tails = [*person.conversations, *person.references, *(f"{one.channel}-{one.ts}" for one in threads)]
    kinds = session.execute(select(lane.c.kind).distinct()).scalars().all()
    keys = [f"{kind}:{tail}" for kind in kinds for tail in tails]
    session.execute(delete(job).where(job.c.lane.in_(keys)))
    session.execute(delete(lane).where(lane.c.key.in_(keys)))
    # Elsewhere, such as in the lane of an agent: what names them, and nobody whose key only begins alike.
    whole = re.compile("|".join(rf"(?<![\w+]){re.escape(tail)}(?!\w)" for tail in tails) or r"(?!)")
    named = or_(false(), *(cast(job.c.payload, String).contains(tail, autoescape=True) for tail in tails))
    for one in session.execute(select(job.c.id, job.c.payload).where(named)).all():
        if whole.search(json.dumps(one.payload, ensure_ascii=False)):
            session.execute(delete(job).where(job.c.id == one.id))


def _blank_messages(session: Session, person: Person, say: _Redactor) -> None:
    message = _table("message")
    theirs = _theirs(message, person)
    say.of(message, theirs)
    session.execute(update(message).where(theirs, message.c.author == "customer").values(author_name=None))
    session.execute(
        update(message)
        .where(theirs)
        .values(
            text="", route=None, buttons=[], button=None, album=None, provider_id=None, message_id=None,
            error=None, revisions=[], dedup="erased:" + cast(message.c.id, String),
        )
    )  # fmt: skip


_OF_A_CASE = (
    "name", "organisation", "postal_address", "phone", "email", "on_behalf_of", "order_number", "wish",
    "response",
)  # fmt: skip
_OF_AN_EVENT = frozenset({
    "severity", "category", "kind", "status", "decision", "remedy", "channel", "message", "messages", "seq",
    "cost", "currency", "outcome", "due", "until", "grade", "before", "after", "provisional",
})  # fmt: skip
_CODE = frozenset({"severity", "category", "kind", "status", "due", "acknowledge_by"})


def _blank_cases(session: Session, person: Person, say: _Redactor) -> None:
    complaint, event = _table("complaint"), _table("event")
    say.of(complaint, _theirs(complaint, person))
    values: dict[str, Any] = dict.fromkeys(_OF_A_CASE)
    for case in session.execute(
        select(complaint.c.id, complaint.c.reference, complaint.c.reasons, complaint.c.product).where(
            _theirs(complaint, person)
        )
    ).all():
        reasons = [{k: r[k] for k in ("kind", "code", "by") if k in r} for r in case.reasons or []]
        session.execute(
            update(complaint)
            .where(complaint.c.id == case.id)
            .values(
                **values, description="", vulnerability=[], reasons=reasons,
                product=case.product if _is_common(session, case.product, person) else None,
            )
        )  # fmt: skip
        session.execute(
            update(_table("case_words"))
            .where(col(CaseWords.complaint_id) == case.id)
            .values(words=" ".join(fold(case.reference)))
        )
    say.of(event, _theirs(event, person))
    for one in session.execute(select(event.c.id, event.c.data).where(_theirs(event, person))).all():
        session.execute(
            update(event).where(event.c.id == one.id).values(reason="", data=_without_words(one.data or {}))
        )


def _is_common(session: Session, product: str | None, person: Person) -> bool:
    """Whether others complained of the product, too: then its name says nothing of a person."""
    others = select_rows(Complaint.id).where(
        Complaint.product == product, col(Complaint.id).not_in(person.cases)
    )
    return product is not None and session.exec(others.limit(1)).first() is not None


def _without_words(data: dict[str, Any]) -> dict[str, Any]:
    """An event's data with its names, numbers and codes; what reads it finds what it looks for, empty."""
    return {name: _wordless(value, is_code=name in _OF_AN_EVENT) for name, value in data.items()}


def _wordless(value: Any, *, is_code: bool) -> Any:
    match value:
        case dict():
            return {name: _wordless(each, is_code=name in _CODE) for name, each in value.items()}
        case list():
            return [
                _wordless(each, is_code=is_code) for each in value if not isinstance(each, str) or is_code
            ]
        case str():
            return value if is_code and len(value) <= 40 and " " not in value else ""
        case _:
            return value


def _move_conversations(session: Session, person: Person, say: _Redactor, named: Named | None) -> None:
    """Give what stays another conversation's name: the old one is a telephone number or an account."""
    conversation = _table("conversation")
    for row in session.execute(select(conversation).where(conversation.c.id.in_(person.conversations))).all():
        key = f"erased-{secrets.token_hex(8)}"
        fresh = f"{row.channel}:{key}"
        kept = {
            name: getattr(row, name)
            for name in ("channel", "language", "language_chosen", "last_seq", "created_at")
        }
        values = {c.name: holdings.nothing(c) for c in conversation.columns if c.name not in kept}
        values |= kept | {"id": fresh, "key": key, "route": {}, "opted_out": True}
        session.execute(insert(conversation).values(values))
        for table in SQLModel.metadata.sorted_tables:
            if "conversation" in table.columns:
                session.execute(
                    update(table).where(table.c.conversation == row.id).values(conversation=fresh)
                )
        for table in (_table("message"), _table("complaint")):
            say.of(table, table.c.conversation == fresh)
        say.keys("conversation", [named(row.id) if named else fresh])
        session.execute(delete(conversation).where(conversation.c.id == row.id))


def _files(session: Session, person: Person) -> list[str]:
    """Paths of theirs that nobody else's rows name: the same photo is kept once."""
    theirs: set[str] = set()
    others: set[str] = set()
    for table in SQLModel.metadata.sorted_tables:
        if "path" in table.columns and "digest" in table.columns:
            mine = _theirs(table, person)
            has = table.c.path.is_not(None)
            theirs |= set(session.execute(select(table.c.path).where(mine, has)).scalars())
            others |= set(
                session.execute(select(table.c.path).where(~func.coalesce(mine, false()), has)).scalars()
            )
    file = SQLModel.metadata.tables[str(File.__tablename__)]
    theirs |= {
        locator
        for locator in session.execute(select(file.c.locator).where(_theirs(file, person))).scalars()
        if locator.startswith("files/")
    }
    return sorted(path for path in theirs - others if path)


def _theirs(table: Table, person: Person) -> ColumnElement[bool]:
    """Whether a row of a table belongs to the person."""
    columns = table.columns
    if table.name == "complaint":
        return columns["id"].in_(person.cases)
    if table.name == "conversation":
        return columns["id"].in_(person.conversations)
    parts: list[ColumnElement[bool]] = []
    if "conversation" in columns:
        parts.append(columns["conversation"].in_(person.conversations))
    if "asker" in columns:
        parts.append(columns["asker"].in_(person.conversations))
    if "complaint_id" in columns:
        parts.append(columns["complaint_id"].in_(person.cases))
    if "reference" in columns:
        parts.append(columns["reference"].in_(person.references))
    if "message_id" in columns and table.name != "message":
        message = _table(str(Message.__tablename__))
        parts.append(
            columns["message_id"].in_(
                select(message.c.id).where(message.c.conversation.in_(person.conversations))
            )
        )
    return or_(false(), *parts)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]
