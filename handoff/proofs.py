"""Who has asked about a complaint from elsewhere, and who has proved that it is theirs.

A question is kept in the same way, with the same reads and writes, whether or not there is such a
complaint: only the job that comes some seconds later (`send`) looks, when nobody waits for it any more.
A code is compared for all alike, and a complaint is looked at only after the right one.

::

    ask      a question is kept, and a job put in; or the asker has proved it lately, or asks too often
    send     the job: a code to the contact on record, if there is one and it may have another
    check    a code that is given: each counts as a try
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func
from sqlmodel import Field, Session, SQLModel, col, delete, select

from channels import lanes
from channels.transcript import Message
from complaints import proof

_CODE = re.compile(r"(?<!\w)\d{6}(?!\w)")
_SOON = (1.0, 4.0)
"""Seconds until a code leaves, drawn anew each time: what its sending costs falls into no known moment."""
_KEPT = timedelta(days=2)
_SWEPT = 100  # old questions forgotten with each new one


class Proof(SQLModel, table=True):
    """One question from elsewhere.

    ``asker`` is a conversation, or ``page:`` and a digest of a network address; ``token`` the digest of
    what the page's visitor holds. ``sent`` says that a code did go to the contact on record, and is
    settled, either way, by the job. ``reference`` is what was asked for, whether or not it exists.
    """

    __tablename__ = "proof"

    id: int | None = Field(default=None, primary_key=True)
    asker: str = Field(index=True)
    token: str = Field(index=True)
    reference: str = Field(index=True)
    nonce: str
    asked_at: datetime = Field(index=True)
    tries: int = 0
    sent: bool = False
    settled_at: datetime | None = None
    proven_at: datetime | None = None


class Asked(StrEnum):
    """What becomes of a question. None of these says anything about the complaint."""

    KEPT = "kept"
    PROVEN = "proven"
    TOO_MANY = "too_many"


class Checked(StrEnum):
    """What becomes of a code. ``over`` is a wrong one after which no other will be looked at."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


def ask(
    session: Session,
    asker: str,
    reference: str,
    now: datetime,
    *,
    limit: int,
    within: timedelta,
    token: str = "",
) -> Asked:
    """Keep a question about ``reference``, at most ``limit`` of one asker ``within`` that time."""
    if proven(session, asker, token, reference, now) is not None:
        return Asked.PROVEN
    _forget(session, now)
    asked = Proof(asker=asker, token=token, reference=reference, nonce=proof.nonce(), asked_at=now)
    session.add(asked)
    session.flush()
    # Puts a lock on the asker's lane: questions that come at once are counted one after the other.
    lanes.put(
        session,
        f"clock:{asker}",
        {"proof": asked.id},
        dedup=f"proof:{asked.nonce}",
        now=now,
        due=now + timedelta(seconds=secrets.SystemRandom().uniform(*_SOON)),
    )
    earlier = _count(session, Proof.asker == asker, col(Proof.asked_at) > now - within, Proof.id != asked.id)
    if earlier < limit:
        return Asked.KEPT
    lanes.cancel(session, f"proof:{asked.nonce}", now)
    session.delete(asked)
    return Asked.TOO_MANY


def may_be_sent(session: Session, asked: Proof, now: datetime, per_hour: int) -> bool:
    """Whether another code may be sent for this complaint today, and at all in this hour."""
    today = _count(
        session,
        Proof.reference == asked.reference,
        col(Proof.sent).is_(True),
        col(Proof.asked_at) > now - proof.DAY,
    )
    lately = _count(session, col(Proof.sent).is_(True), col(Proof.asked_at) > now - proof.HOUR)
    return (today < proof.SENDS_PER_CASE) & (lately < per_hour)


def settle(session: Session, asked: Proof, now: datetime, *, sent: bool) -> None:
    """The job is done: a code was sent, or was not."""
    asked.sent, asked.settled_at = sent, now
    session.add(asked)


def open_question(
    session: Session, asker: str, now: datetime, token: str = "", *, lock: bool = False
) -> Proof | None:
    """The asker's latest question, if a code for it would still be looked at."""
    query = (
        select(Proof)
        .where(Proof.asker == asker if not token else Proof.token == token)
        .order_by(col(Proof.id).desc())
        .limit(1)
    )
    last = session.exec(query.with_for_update() if lock else query).first()
    if last is None or last.proven_at is not None or last.tries >= proof.TRIES:
        return None
    return last if last.asked_at > now - proof.LASTS else None


def check(session: Session, asked: Proof, given: str, secret: bytes, now: datetime) -> Checked:
    """Count a try at the code of a question that the caller has locked."""
    asked.tries += 1
    right = proof.agrees(secret, asked.nonce, given) & asked.sent
    if right:
        asked.proven_at = now
    session.add(asked)
    if right:
        return Checked.RIGHT
    return Checked.OVER if asked.tries >= proof.TRIES else Checked.WRONG


def proven(session: Session, asker: str, token: str, reference: str | None, now: datetime) -> Proof | None:
    """What the asker has proved lately: about this complaint, or on the page about any."""
    query = select(Proof).where(col(Proof.proven_at) > now - proof.ENTITLES)
    query = query.where(Proof.token == token) if token else query.where(Proof.asker == asker)
    if reference is not None:
        query = query.where(Proof.reference == reference)
    return session.exec(query.order_by(col(Proof.id).desc()).limit(1)).first()


def new_token() -> str:
    """What the page's visitor is given to hold."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(token.encode(errors="backslashreplace")).hexdigest()


def _count(session: Session, *conditions: ColumnElement[bool] | bool) -> int:
    return session.exec(select(func.count()).select_from(Proof).where(*conditions)).one()


def _forget(session: Session, now: datetime) -> None:
    """Delete what is two days old, but for what somebody else is deleting just now."""
    old = select(Proof.id).where(col(Proof.asked_at) < now - _KEPT).limit(_SWEPT)
    session.exec(delete(Proof).where(col(Proof.id).in_(old.with_for_update(skip_locked=True))))


def without_code(message: Message) -> str:
    """The text as people at the desk read it: a code is between the program and the customer."""
    return _CODE.sub("••••••", message.text) if message.dedup.startswith("proof:") else message.text
