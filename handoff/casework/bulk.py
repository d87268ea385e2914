"""One cause, many complainants: each is answered in their own conversation, on their own channel.

A cause is a label that a supervisor puts on cases (`Complaint.root_cause`), such as "recall of the
K200". What is said goes out once to each conversation, however many cases it has and however often
the request is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from channels import outbox, transcript
from channels.transcript import Author, Message
from complaints import register
from complaints.complaint import Status, UnknownReference
from complaints.record import Complaint
from handoff import queue
from handoff.database import Database
from handoff.holding import actor, wake
from handoff.item import State
from handoff.queue import BadInput
from handoff.telling import language_of

MOST, _BATCH = 50, 10
"""Cases for one transaction, which on SQLite keeps all other writers waiting; and how many we take."""

LONGEST_CAUSE = 200


@dataclass
class Outcome:
    """What became of each case. ``language`` names the answered whose own language had no text.

    ``answered``: by this request, now or before. ``held``: another agent has the case, named; they
    were not overruled. ``finished``: closed or withdrawn. ``opted_out``: asked for no more messages.
    """

    answered: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    opted_out: list[str] = field(default_factory=list)
    language: list[str] = field(default_factory=list)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.answered + other.answered,
            self.held | other.held,
            self.finished + other.finished,
            self.opted_out + other.opted_out,
            self.language + other.language,
        )


def mark(session: Session, references: Iterable[str], cause: str, supervisor: str, now: datetime) -> None:
    """Say that these cases have the same ``cause``; an empty one takes it off. At most `MOST` at a time.

    Raises `BadInput`, `UnknownReference` (and then marks none).
    """
    cause = tidy(cause)
    for case in _in_order(session, references):
        conversation = transcript.lock(session, case.conversation)
        session.refresh(case)
        before = case.root_cause
        if before == (cause or None):
            continue
        case.root_cause = cause or None
        register.record(
            session,
            case,
            "cause_named",
            actor=actor(supervisor),
            now=now,
            before=before,
            after=case.root_cause,
        )
        wake(session, conversation)


def tidy(cause: str) -> str:
    """A cause as it is kept. Raises `BadInput`."""
    cause = " ".join(cause.split())
    if len(cause) > LONGEST_CAUSE or not cause.isprintable():
        raise BadInput(f"a cause has at most {LONGEST_CAUSE} characters, and all of them can be read")
    return cause


def of_cause(session: Session, cause: str, limit: int = MOST, after: str = "") -> list[str]:
    """References of the open cases of a cause, in their order, behind ``after``."""
    return list(
        session.exec(
            select(Complaint.reference)
            .where(
                Complaint.root_cause == " ".join(cause.split()),
                col(Complaint.status).not_in([Status.CLOSED, Status.WITHDRAWN]),
                col(Complaint.reference) > after,
            )
            .order_by(col(Complaint.reference))
            .limit(limit)
        )
    )


def reply(
    session: Session,
    references: Iterable[str],
    texts: str | Mapping[str, str],
    supervisor: str,
    now: datetime,
    request: str,
    *,
    also_held: bool = False,
) -> Outcome:
    """Answer everybody behind these cases, at most `MOST` of them; the same ``request`` answers once.

    ``texts`` is one text, or one for each language (ISO 639-1) with one under ``""`` for all other
    languages. Conversations that another agent holds are left to them, unless ``also_held``. Raises
    `BadInput`, `UnknownReference` (and then answers nobody).
    """
    by_language = {"": texts} if isinstance(texts, str) else dict(texts)
    if not by_language.get("", "").strip() or not all(text.strip() for text in by_language.values()):
        raise BadInput("write a text, and one for all languages without a text of their own")
    outcome = Outcome()
    for case in _in_order(session, references):
        _answer(session, case, by_language, supervisor, now, request, outcome, also_held=also_held)
    return outcome


async def mark_all(database: Database, references: list[str], cause: str, supervisor: str) -> None:
    """`mark` any number of cases, some in each transaction. Raises what `mark` does."""
    await database.read(_check, references)
    for some in _in_batches(references):
        await database.run(mark, some, cause, supervisor, datetime.now(UTC))


async def reply_all(
    database: Database,
    whom: list[str] | str,
    texts: str | Mapping[str, str],
    supervisor: str,
    request: str,
    *,
    also_held: bool = False,
) -> Outcome:
    """`reply` to any number of cases, or all open ones of a cause, some in each transaction.

    If it is cut off, the same request again answers the rest. Raises what `reply` does.
    """
    outcome = Outcome()
    if not isinstance(whom, str):
        await database.read(_check, whom)
        for some in _in_batches(whom):
            outcome += await database.run(
                reply, some, texts, supervisor, datetime.now(UTC), request, also_held=also_held
            )
        return outcome
    last = ""
    while some := await database.read(of_cause, whom, _BATCH, last):
        last = some[-1]
        outcome += await database.run(
            reply, some, texts, supervisor, datetime.now(UTC), request, also_held=also_held
        )
    return outcome


def _in_batches(references: list[str]) -> list[list[str]]:
    unique = sorted(set(references))
    return [unique[start : start + _BATCH] for start in range(0, len(unique), _BATCH)]


def _answer(
    session: Session,
    case: Complaint,
    texts: Mapping[str, str],
    supervisor: str,
    now: datetime,
    request: str,
    outcome: Outcome,
    *,
    also_held: bool,
) -> None:
    conversation = transcript.lock(session, case.conversation)
    session.refresh(case)
    item = queue.locked(session, case.reference)
    dedup = f"bulk:{request}:{conversation.id}"
    said = session.exec(select(Message.id, Message.author_name).where(Message.dedup == f"{dedup}/0")).first()
    if said is not None and said[1] != supervisor:
        raise BadInput("somebody else has used this request's id: choose another")
    told = any(
        event.kind == "bulk_replied" and event.data.get("request") == request
        for event in register.events_of(session, case)
    )
    if told:
        outcome.answered.append(case.reference)
        return
    if not Status(case.status).is_open:
        outcome.finished.append(case.reference)
        return
    holder = conversation.holder or (item.agent if item and item.state == State.OFFERED else None)
    if holder not in (None, supervisor) and not also_held:
        outcome.held[case.reference] = holder or ""
        return
    if conversation.opted_out:
        outcome.opted_out.append(case.reference)
        return
    language = language_of(conversation, case)
    if said is None:
        outbox.put(
            session, conversation, texts.get(language, texts[""]), author=Author.AGENT,
            author_name=supervisor, dedup=dedup, now=now,
        )  # fmt: skip
    messages = session.exec(
        select(Message.id).where(col(Message.dedup).startswith(f"{dedup}/", autoescape=True))
    ).all()
    register.record(
        session, case, "bulk_replied", actor=actor(supervisor), now=now, request=request,
        messages=list(messages), cause=case.root_cause,
    )  # fmt: skip
    outcome.answered.append(case.reference)
    if language not in texts:
        outcome.language.append(case.reference)
    wake(session, conversation)


def _in_order(session: Session, references: Iterable[str]) -> list[Complaint]:
    """The cases, in the order in which all lock conversations. Raises `BadInput`, `UnknownReference`."""
    wanted = set(references)
    if not 0 < len(wanted) <= MOST:
        raise BadInput(f"name 1 to {MOST} cases at a time")
    _check(session, wanted)
    found = session.exec(select(Complaint).where(col(Complaint.reference).in_(wanted))).all()
    return sorted(found, key=lambda case: (case.conversation, case.reference))


def _check(session: Session, references: Iterable[str]) -> None:
    """Raises `UnknownReference` if there is not a case for each of them."""
    wanted = set(references)
    known = session.exec(select(Complaint.reference).where(col(Complaint.reference).in_(wanted))).all()
    if unknown := wanted.difference(known):
        raise UnknownReference(f"there is no case {min(unknown)}")
