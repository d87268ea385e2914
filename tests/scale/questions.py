"""Everything that the program asks its database often, or of much: the real functions, each with its name."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from bot import metrics, receipts
from bot.gathering import gather
from bot.review import finding
from bot.settings import Settings
from channels import inbox, lanes, outbox, upkeep
from channels.message import Address, DeliveryReport, Inbound, InboundKind
from channels.transcript import Author, Message, lock
from channels.webchat import transcript_view
from complaints import register
from complaints.complaint import Severity
from complaints.record import Complaint
from handoff import queue, search
from handoff.case_file import case_file, case_lines, queue_lines
from handoff.casework import bulk, linking, suggesting
from handoff.dispatch import escalation, presence, routing
from handoff.dispatch.overview import overview
from handoff.dispatch.presence import Presence
from handoff.queue import Reason, State
from tests.scale.invented import LONG

_numbers = count(1)
_PAGE = 100  # lines of a list


@dataclass(frozen=True)
class Sample:
    """Rows chosen by chance, and the conversation with `LONG` messages."""

    references: list[str]
    conversations: list[str]
    messages: list[int]
    waiting: list[str]
    long_reference: str
    long_message: int
    long_conversation: str


@dataclass(frozen=True)
class Question:
    """``ask`` is a unit of work. ``walks`` are indexes that it may read in their order, up to its limit.

    ``few`` says that it has so few rows to sort, whatever the size, that any order will do. What
    counts all that waits, or finds more, takes longer when more is there: no limit is ``promised`` for it.
    """

    name: str
    ask: Callable[[Session], object]
    walks: frozenset[str] = field(default_factory=frozenset)
    few: bool = False
    promised: bool = True


def sample(session: Session, size: int = 300) -> Sample:
    """Choose what to ask for."""
    chance = random.Random(7)

    def some(table: type[Complaint | Message]) -> list[int]:
        most = session.exec(select(func.max(table.id))).one() or 1
        return [chance.randint(1, most) for _ in range(size)]

    cases = session.exec(
        select(Complaint.reference, Complaint.conversation).where(col(Complaint.id).in_(some(Complaint)))
    ).all()
    theirs = select(Message.id).where(col(Message.id).in_(some(Message)), Message.author == Author.CUSTOMER)
    long = session.exec(select(Complaint).order_by(col(Complaint.id)).limit(1)).one()
    last = session.exec(
        select(Message.id)
        .where(
            Message.conversation == long.conversation,
            Message.author == Author.CUSTOMER,
            col(Message.seq) <= LONG,  # what was invented, and not added since
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
    ).one()
    waiting = [item.reference for item, _ in queue.items(session, State.WAITING, size)]
    return Sample(
        references=[reference for reference, _ in cases],
        conversations=[conversation for _, conversation in cases],
        messages=[message for message in session.exec(theirs) if message is not None],
        waiting=waiting,
        long_reference=long.reference,
        long_message=last or 0,
        long_conversation=long.conversation,
    )


def reading(known: Sample, settings: Settings, now: datetime) -> list[Question]:
    """What is only looked up; asked with another row each time."""
    chance = random.Random(11)
    one = chance.choice
    return [
        Question("status by reference", lambda s: register.find(s, one(known.references))),
        Question("a customer's cases", lambda s: register.of_conversation(s, one(known.conversations))),
        Question("facts of a turn", lambda s: gather(s, one(known.messages), settings, now)),
        Question(
            f"facts of a turn, {LONG:,} messages", lambda s: gather(s, known.long_message, settings, now)
        ),
        Question("case file", lambda s: case_file(s, one(known.references))),
        Question("case file, of a waiting case", lambda s: case_file(s, one(known.waiting))),
        Question(f"case file, {LONG:,} messages", lambda s: case_file(s, known.long_reference)),
        Question("queue, a page", lambda s: queue_lines(s, State.WAITING, _PAGE), _ORDER),
        Question("queue, what is held", lambda s: queue_lines(s, State.HELD, _PAGE), _ORDER, promised=False),
        Question(
            "queue, a later page",
            lambda s: queue_lines(s, State.WAITING, _PAGE, after=known.waiting[0]),
            _ORDER,
        ),
        Question(
            "queue, what one agent holds", lambda s: queue_lines(s, State.HELD, 50, agent="Agent 7"), few=True
        ),
        Question("queue, how long others waited", lambda s: queue.expected_wait(s, Severity.LOW, now)),
        Question("desk, as a whole", lambda s: overview(s, now), promised=False, few=True),
        Question("desk, an agent", lambda s: presence.profile(s, "Agent 7")),
        Question("cases of a cause", lambda s: bulk.of_cause(s, "recall")),
        Question("queue, what is closed", lambda s: queue_lines(s, State.CLOSED, _PAGE), _ORDER),
        Question("queue, how long", queue.size, promised=False),
        Question("queue, place of a new case", queue.position, promised=False),
        Question(
            "search, a rare word", lambda s: _search(s, f"NB-{chance.randint(10_000, 99_999)}"), few=True
        ),
        Question("search, common words", lambda s: _search(s, "delivery kettle"), _WORDS, few=True),
        Question("search, a month", lambda s: _search(s, f"{now:%Y-%m}"), _ARRIVAL),
        Question(
            "what is perhaps the same",
            lambda s: _related(s, one(known.waiting)),
            _WORDS,
            few=True,
            promised=False,  # up to sixty others are compared; the small register has fewer
        ),
        Question("cases, the newest", lambda s: case_lines(s, open_only=False), _ARRIVAL),
        Question("cases, the newest open", lambda s: case_lines(s, open_only=True), _ARRIVAL),
        Question(
            "events of a case", lambda s: register.events_of(s, register.find(s, one(known.references)))
        ),
        Question("chat page, news", lambda s: transcript_view.news(s, known.long_conversation, LONG - 5)),
        Question("chat page, a file", lambda s: transcript_view.own_file(s, known.long_conversation, 1)),
        Question("review, candidates", lambda s: finding.pool(s, ["en", "de", "fr"])),
        Question("review, one message", lambda s: finding.one(s, known.messages[0]), few=True),
        Question("metrics", lambda s: metrics.figures(s, now), promised=False),
        Question("next lane that is ready", lambda s: lanes.next_ready(s, "in", now)),
    ]


def writing(known: Sample, settings: Settings, now: datetime) -> list[Question]:
    """What changes something; each can be done any number of times."""
    chance = random.Random(13)

    def said(conversation: str, **about: object) -> Inbound:
        channel, _, key = conversation.partition(":")
        return Inbound(Address(channel, key), f"new-{next(_numbers)}", "My kettle leaks.", **about)  # type: ignore[arg-type]

    def accept(session: Session) -> Message | None:
        return inbox.accept(session, said(chance.choice(known.conversations)), now)

    def accept_from_somebody_new(session: Session) -> None:
        inbox.accept(session, said(f"webchat:new-{next(_numbers)}"), now)

    def accept_again(session: Session) -> None:
        again = said(known.long_conversation)
        inbox.accept(session, again, now)
        assert inbox.accept(session, again, now) is None

    def accept_album(session: Session) -> None:
        for _ in range(2):
            inbox.accept(session, said(known.long_conversation, album="album"), now)

    def accept_edit(session: Session) -> None:
        edit = said(known.long_conversation, kind=InboundKind.EDIT, revises=str(known.long_message))
        assert inbox.accept(session, edit, now) is not None

    def lane(session: Session) -> None:
        accept(session)
        lease = lanes.lease(session, "in", "worker", now)
        assert lease is not None
        job = lanes.next_job(session, lease, now)
        assert job is not None
        lanes.heartbeat(session, lease, now)
        lanes.finish(session, lease, job, now)
        inbox.answered(session, job.payload["message"], now)
        lanes.release(session, lease, now)

    def receipt(session: Session) -> None:
        inbox.accept(session, said(f"webchat:new-{next(_numbers)}"), now - timedelta(minutes=5))
        lease = lanes.lease(session, "clock", "worker", now)
        assert lease is not None
        job = lanes.next_job(session, lease, now)
        assert job is not None
        receipts.write(session, lease, job, settings, now)
        lanes.release(session, lease, now)

    def send(session: Session) -> None:
        talk = lock(session, chance.choice(known.conversations))
        number = next(_numbers)
        [message] = outbox.put(session, talk, "Yes.", author=Author.BOT, dedup=f"new:{number}", now=now)
        outbox.sending(session, message, now)
        outbox.sent(session, message, f"sent-{number}", now)
        assert outbox.report(session, DeliveryReport(talk.channel, f"sent-{number}", "delivered"), now)

    def open_again(session: Session) -> None:
        conversation, _, case = queue.take(session, chance.choice(known.references), now)
        queue.open_item(session, case, Reason.ASKED, now)
        queue.let_go(session, conversation, queue.get(session, case.reference) or _none(), State.CLOSED)

    def offer(session: Session) -> None:
        presence.set_profile(session, "Sue", languages=["en", "de"], skills=["billing"], now=now)
        presence.set_presence(session, "Sue", Presence.AVAILABLE, now)
        session.flush()
        assert routing.offer_waiting(session, now)
        assert routing.end_lapsed(session, now + timedelta(hours=1))

    def undone(ask: Callable[[Session], object]) -> Callable[[Session], None]:
        """Nobody has room for as many cases as are asked for here."""

        def ask_and_undo(session: Session) -> None:
            savepoint = session.begin_nested()
            ask(session)
            session.flush()
            savepoint.rollback()

        return ask_and_undo

    def seen(session: Session) -> None:
        transcript_view.mark_delivered(session, known.long_conversation, LONG, now)

    return [
        Question("accept", accept),
        Question("accept, somebody new", accept_from_somebody_new),
        Question("accept, delivered again", accept_again),
        Question("accept, an album", accept_album),
        Question("accept, an edit", accept_edit),
        Question("a lane, from lease to release", lane),
        Question("a receipt", receipt, few=True),
        Question("send", send),
        Question("into the queue and out of it", open_again),
        Question("chat page, marked as seen", seen),
        Question("the next case for an agent", undone(lambda s: routing.assign_next(s, "Sue", now)), _ORDER),
        Question("the next offer", undone(offer), _ORDER),
        Question("old waits forgotten", lambda s: routing.forget(s, now)),
        Question("cases escalated", undone(lambda s: escalation.escalate(s, now)), few=True, promised=False),
        Question(
            "gone agents' cases returned",
            undone(lambda s: escalation.return_unanswered(s, now)),
            few=True,
            promised=False,
        ),
        Question("due cases brought back", lambda s: queue.bring_back(s, now), few=True),
        Question("finished jobs purged", lambda s: upkeep.purge(s, now - upkeep.MEMORY, now), few=True),
    ]


_ORDER = frozenset({"handoff_in_order"})
_ARRIVAL = frozenset({"complaint_by_arrival"})
_WORDS = frozenset({"case_words_pkey", "case_words"})  # the newest first, until enough have the words


def _search(session: Session, wanted: str) -> search.Found:
    return search.find(session, search.read(wanted, ZoneInfo("UTC"), datetime.now(UTC)))


def _related(session: Session, reference: str) -> list[linking.Related]:
    return suggesting.suggested(session, register.find(session, reference))


def _none() -> queue.Handoff:
    raise AssertionError("the case has no item")
