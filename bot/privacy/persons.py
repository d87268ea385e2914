"""Finds all that belongs to a person: by a reference, a conversation, a telephone number or an e-mail.

A person is all conversations that are proved to be theirs (the same platform account, the same telephone
number) or in which they gave that number or address for their complaint, with everything in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, or_, select

from bot.privacy.record import NobodyFound
from channels.transcript import Conversation, File, Message
from complaints import reference as references
from complaints.record import Complaint

_DIGITS_OF_A_NUMBER = 9
"""The last digits of a telephone number by which two are the same, however its country is written."""


@dataclass(frozen=True)
class Person:
    """One person's share of the record, by ids."""

    conversations: tuple[str, ...]
    references: tuple[str, ...]
    cases: tuple[int, ...]
    names: frozenset[str] = field(repr=False)
    """What identifies them: names, numbers, addresses. Never to be logged."""


def find(session: Session, wanted: str) -> Person:
    """The person whom ``wanted`` names. Raises `NobodyFound`."""
    found = _first(session, wanted.strip())
    if not found:
        raise NobodyFound(
            "nothing is held of them: give a reference, a conversation such as telegram:4711, the telephone "
            "number or the e-mail address they wrote from or gave"
        )
    while more := _theirs_too(session, found) - found:
        found |= more
    return of_conversations(session, found)


def of_conversations(session: Session, conversations: set[str]) -> Person:
    """The person who holds these conversations."""
    cases = session.exec(
        select(Complaint).where(col(Complaint.conversation).in_(conversations)).order_by(col(Complaint.id))
    ).all()
    names = {value for case in cases for value in (case.name, case.phone, case.email) if value}
    for one in session.exec(select(Conversation).where(col(Conversation.id).in_(conversations))):
        names |= {value for value in (one.name, one.phone, one.key) if value}
    return Person(
        tuple(sorted(conversations)),
        tuple(case.reference for case in cases),
        tuple(case.id for case in cases if case.id is not None),
        frozenset(names),
    )


def messages_of(session: Session, person: Person) -> list[Message]:
    """All that was said in their conversations, by whomever."""
    return list(
        session.exec(
            select(Message)
            .where(col(Message.conversation).in_(person.conversations))
            .order_by(col(Message.conversation), col(Message.seq))
        )
    )


def files_of(session: Session, person: Person) -> list[File]:
    """The files that came in their conversations."""
    return list(
        session.exec(
            select(File)
            .join(Message, col(Message.id) == col(File.message_id))
            .where(col(Message.conversation).in_(person.conversations))
            .order_by(col(File.id))
        )
    )


def _first(session: Session, wanted: str) -> set[str]:
    mentions = references.read_all(wanted)
    reference = mentions[0].reference if len(mentions) == 1 else wanted.upper()
    case = session.exec(select(Complaint).where(Complaint.reference == reference)).first()
    if case is not None:
        return {case.conversation}
    if session.get(Conversation, wanted) is not None:
        return {wanted}
    if "@" in wanted:
        return _with_email(session, {wanted.casefold()})
    digits = _last_digits(wanted)
    return _with_phone(session, {digits}) if digits else set()


def _theirs_too(session: Session, conversations: set[str]) -> set[str]:
    """The conversations that the same telephone number or e-mail address leads to."""
    phones, emails = set(), set()
    for one in session.exec(select(Conversation).where(col(Conversation.id).in_(conversations))):
        phones |= {_last_digits(one.phone or ""), _last_digits(one.key) if one.key.startswith("+") else ""}
    for case in session.exec(select(Complaint).where(col(Complaint.conversation).in_(conversations))):
        phones.add(_last_digits(case.phone or ""))
        emails.add((case.email or "").casefold())
    return _with_phone(session, phones - {""}) | _with_email(session, emails - {""})


def _with_email(session: Session, emails: set[str]) -> set[str]:
    if not emails:
        return set()
    return set(
        session.exec(select(Complaint.conversation).where(func.lower(Complaint.email).in_(emails))).all()
    )


def _with_phone(session: Session, phones: set[str]) -> set[str]:
    """By their last digits; what is written with blanks and dashes is compared without them."""
    if not phones:
        return set()
    found: set[str] = set()
    ends = [f"%{digits[-4:]}" for digits in phones]
    for one in session.exec(
        select(Conversation).where(
            or_(*(col(column).like(end) for end in ends for column in (Conversation.phone, Conversation.key)))
        )
    ):
        numbers = {_last_digits(one.phone or ""), _last_digits(one.key) if one.key.startswith("+") else ""}
        if numbers & phones:
            found.add(one.id)
    for conversation, phone in session.exec(
        select(Complaint.conversation, Complaint.phone).where(col(Complaint.phone).is_not(None))
    ):
        if _last_digits(phone or "") in phones:
            found.add(conversation)
    return found


def _last_digits(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits[-_DIGITS_OF_A_NUMBER:] if len(digits) >= _DIGITS_OF_A_NUMBER - 2 else ""
