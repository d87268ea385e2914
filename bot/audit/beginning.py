"""Where the trail begins: at the first start with it, with everything that is there by then."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlmodel import Session, col
from sqlmodel import select as select_

from bot.audit import postgresql, sqlite
from bot.audit.audited import audited
from bot.audit.sql import ENTRY
from complaints.audit import Keys, statement
from complaints.audit_record import AuditForm, AuditTrail

ONE_AT_A_TIME = 5_032_601  # any number but that of `bot.migrating`

log = structlog.get_logger()


def begin(session: Session, keys: Keys, now: datetime) -> None:
    """Begin the trail if there is none, and go on with it where tables have been added or changed.

    Nothing happens in a database that has not been migrated yet. A trail of another secret key is left
    alone: `recourse audit verify` names the remedy.
    """
    connection = session.connection()
    if not connection.dialect.has_table(connection, ENTRY):
        return
    if connection.dialect.name == "sqlite" and not sqlite.is_armed(connection):
        raise RuntimeError("this connection was opened before the database was migrated, or without a key")
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        postgresql.install(connection)
    trail = current(session)
    if trail is None:
        session.add(_signed(keys, round(now.timestamp() * 1000)))
        session.flush()
    elif trail.fingerprint != keys.fingerprint:
        log.error("the audit trail was begun with another secret key", remedy="recourse audit verify")
        return
    sql = postgresql.SQL if connection.dialect.name == "postgresql" else sqlite.SQL
    known = set(session.exec(select_(AuditForm.form)))
    begun = set(session.exec(select_(AuditForm.name)))
    for table in audited():
        if table.form in known:
            continue
        if table.name not in begun:
            connection.exec_driver_sql(sql.begin(table))
        session.add(AuditForm(form=table.form, name=table.name, columns=list(table.columns)))
    session.flush()


def current(session: Session) -> AuditTrail | None:
    """The trail that is being written, if one was begun."""
    return session.exec(select_(AuditTrail).order_by(col(AuditTrail.id).desc()).limit(1)).first()


def is_genuine(keys: Keys, trail: AuditTrail) -> bool:
    """Whether we signed its beginning."""
    return trail.signature == _signed(keys, trail.at).signature


def _signed(keys: Keys, at: int) -> AuditTrail:
    fingerprint = keys.fingerprint
    return AuditTrail(
        at=at, fingerprint=fingerprint, signature=statement(keys, "begun", str(at), fingerprint)
    )
