"""Gathers new entries into seals: one at a time, in the order in which they became visible.

A transaction does not wait for the chain, so any number may write at once; what they leave is sealed
about a second later, when the program stops, and before every verification. Until then an entry is
protected by its own mark only: it cannot be forged, but the newest could be cut off unseen. So the head
of the chain is kept outside the database, too: in a file, and by `recourse audit head` wherever the
operator likes.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select, text
from sqlmodel import Session, col
from sqlmodel import select as select_

from bot import loops
from bot.audit.beginning import current
from bot.db import Database
from channels.lanes import Unavailable
from complaints.audit import NOTHING, Entry, Keys, line, link
from complaints.audit_record import AuditSeal

SEAL_EVERY = 1.0  # seconds
BATCH = 500  # entries to a seal at most: the next transaction need not wait long
_LATE = 5_000  # entries that others may write while one transaction is under way
_FILE = "audit-head.json"
_ONE_AT_A_TIME = 5_032_602  # any number but those of `bot.migrating` and `bot.audit.beginning`

_UNSEALED = text(
    "SELECT id, at, name, form, key, op, whose, mark FROM audit_entry "
    "WHERE id > :after AND seal IS NULL ORDER BY id LIMIT :most"
)
_ANY = text("SELECT 1 FROM audit_entry WHERE id > :after AND seal IS NULL LIMIT 1")
_LAST = text("SELECT max(last) FROM audit_seal WHERE number > :number - 100")
_SEAL = text("UPDATE audit_entry SET seal = :seal WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Head:
    """The end of the chain: the latest seal, its link, how many entries are sealed by then."""

    number: int
    link: str
    whole: int


async def run(database: Database, keys: Keys, folder: Path, stop: asyncio.Event) -> None:
    """Seal what comes, until ``stop`` and once more after it."""
    while True:
        last = stop.is_set()
        try:
            with loops.apart("entries of the audit trail could not be sealed"):
                await seal_all(database, keys, folder)
        except Unavailable as error:
            log.warning("entries of the audit trail wait for their seal", reason=str(error))
        if last:
            return
        try:
            await asyncio.wait_for(stop.wait(), SEAL_EVERY)
        except TimeoutError:
            continue


async def seal_all(database: Database, keys: Keys, folder: Path) -> Head | None:
    """Seal all that is not sealed, and keep the head in ``folder``; the head, if there is any seal."""
    sealed = False
    while await database.read(_is_anything_new, keys):
        await database.run(seal, keys, datetime.now(UTC))
        sealed = True
    if not sealed:
        return None
    head = await database.read(head_of)
    before = await asyncio.to_thread(kept, folder)
    if before is not None and not await database.read(_is_in_chain, before):
        log.error("the audit trail is not the one that was kept", remedy="recourse audit verify")
    elif head is not None:
        await asyncio.to_thread(keep, folder, head)
    return head


def seal(session: Session, keys: Keys, now: datetime) -> None:
    """One seal over the oldest entries that have none."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    before = head_of(session)
    rows = connection.execute(_UNSEALED, {"after": _after(session, before), "most": BATCH}).all()
    if not rows:
        return
    number = before.number + 1 if before else 1
    whole = (before.whole if before else 0) + len(rows)
    said = (number, round(now.timestamp() * 1000), len(rows), whole, rows[-1][0])
    made = link(keys, bytes.fromhex(before.link) if before else NOTHING, said, map(as_line, rows))
    connection.execute(_SEAL, {"seal": number, "ids": [row[0] for row in rows]})
    seal = AuditSeal(number=number, at=said[1], entries=said[2], whole=whole, last=said[4], link=made.hex())
    session.add(seal)


def as_line(row: Sequence[Any]) -> bytes:
    """An entry's columns (id, at, name, form, key, op, whose, mark) as its seal covers them."""
    return line(row[0], Entry(*row[1:7]), plain(row[7]))


def plain(mark: bytes | str | float | None) -> bytes:
    """A mark as bytes; SQLite keeps whatever somebody else wrote in its place."""
    return mark if isinstance(mark, bytes) else str(mark).encode()


def head_of(session: Session) -> Head | None:
    """The end of the chain in the database."""
    last = session.exec(select_(AuditSeal).order_by(col(AuditSeal.number).desc()).limit(1)).first()
    return Head(last.number, last.link, last.whole) if last else None


def keep(folder: Path, head: Head) -> None:
    """Write the head into ``folder``; an older one of another process does no harm."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
        json.dump(asdict(head), file)
    Path(file.name).replace(folder / _FILE)


def kept(folder: Path) -> Head | None:
    """The head that was written last; ``None`` if there is none, or it is no head."""
    try:
        return Head(**json.loads((folder / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def forget(folder: Path) -> None:
    """After a restore the chain ends where the backup's did."""
    (folder / _FILE).unlink(missing_ok=True)


def _is_in_chain(session: Session, head: Head) -> bool:
    seal = session.get(AuditSeal, head.number)
    return seal is not None and seal.link == head.link


def _is_anything_new(session: Session, keys: Keys) -> bool:
    trail = current(session)  # a trail of other keys is not gone on with
    ours = trail is not None and trail.fingerprint == keys.fingerprint
    after = {"after": _after(session, head_of(session))}
    return ours and session.connection().execute(_ANY, after).first() is not None


def _after(session: Session, head: Head | None) -> int:
    """The id beyond which to look for entries without a seal.

    On PostgreSQL ids are not given in the order of the commits: `_LATE` of them are looked at again.
    """
    if head is None:
        return 0
    connection = session.connection()
    last: int = connection.execute(_LAST, {"number": head.number}).scalar_one()
    return last - (_LATE if connection.dialect.name == "postgresql" else 0)
