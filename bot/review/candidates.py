"""Which messages deserve a trainer's look, most useful first.

First what an agent corrected: there somebody knows better than the model. Then what the customer
noticed, having been asked back. Then by doubt (`bot.review.doubts`), more so where many say the same.
Messages that say the same are shown once; what the examples hold or a trainer has decided is not shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.review.doubts import COMPLAINT, LEAST, doubts
from bot.review.likeness import likeness, near, triples
from bot.review.masking import mask
from bot.review.record import AlreadyDecided, Decision, Understanding, UnknownMessage
from channels.transcript import Author, Conversation, Message
from complaints.complaint import Category, Kind, Severity
from complaints.record import Complaint, Event
from complaints.triage import Parse

POOL = 400
"""Messages that are looked at for one list: reading and masking them takes about two seconds, once."""

_PRODUCT = re.compile(r"\[([^\]]+)\]\(product\)")
_ALPHABET = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Correction:
    """What an agent changed about a case, and why. ``changed`` holds from and to by name."""

    by: str
    at: datetime
    why: str
    changed: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """A message as it is on record, with what bears on it. Not masked: for `masked` only."""

    id: int
    text: str
    language: str
    at: datetime
    understood: Understanding | None
    case: Complaint | None
    correction: Correction | None
    known: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A message for a trainer, without personal data, and what it seems to mean.

    ``intent`` is ``None`` if an agent says that it is not what the model took it for. Only a complaint has
    ``severity`` and ``category``; ``guessed`` is what they would be if it were one. ``because`` says why it
    is shown: corrected, misunderstood, intent, severity, category. ``times`` is how often it was said.
    """

    id: int
    text: str
    language: str
    at: datetime
    masked: tuple[str, ...]
    intent: str | None
    severity: Severity | None
    category: Category | None
    guessed: tuple[Severity | None, Category | None]
    ranking: tuple[tuple[str, float], ...]
    because: tuple[str, ...]
    doubt: float
    correction: Correction | None = None
    times: int = 1
    like: str = field(default="", repr=False)

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked as the product."""
        return [(piece, bool(place % 2)) for place, piece in enumerate(_PRODUCT.split(self.text))]

    @property
    def order(self) -> tuple[bool, bool, float, datetime]:
        """The most useful is the largest."""
        worth = self.doubt * (1.0 + math.log2(self.times))
        return (self.correction is not None, "misunderstood" in self.because, worth, self.at)


def pool(session: Session, languages: Collection[str]) -> list[Found]:
    """The messages in ``languages`` that may deserve a look and are not decided, at most twice `POOL`."""
    corrected = _corrected(session)
    rows = session.exec(
        select(Message, Understanding)
        .join(Understanding, col(Understanding.message_id) == col(Message.id))
        .outerjoin(Decision, col(Decision.message_id) == col(Message.id))
        .where(
            col(Decision.message_id).is_(None),
            col(Understanding.language).in_(languages),
            col(Understanding.doubt) >= LEAST,
        )
        .order_by(col(Understanding.doubt).desc(), col(Understanding.at).desc())
        .limit(POOL)
    ).all()
    messages = {_id(message): message for message, _ in rows} | {_id(m): m for m, _, _ in corrected}
    understood = {u.message_id: u for _, u in rows}
    told = {_id(m): (case, correction) for m, case, correction in corrected}
    found = _found(session, list(messages.values()), understood, told)
    return [one for one in found if one.language in languages]


def decided(session: Session) -> set[str]:
    """What all decided messages say: whoever says the same is not asked about again."""
    return set(session.exec(select(Decision.likeness)))


def one(session: Session, message_id: int) -> Found:
    """A message to decide on. Raises `UnknownMessage`, `AlreadyDecided`."""
    message = session.get(Message, message_id)
    if message is None or message.author != Author.CUSTOMER or not message.text.strip():
        raise UnknownMessage(f"no customer's message has the number {message_id}")
    if (decision := session.get(Decision, message_id)) is not None:
        raise AlreadyDecided(f"{decision.author} has {decision.verdict} this message already")
    told = {_id(m): (case, correction) for m, case, correction in _corrected(session, message.conversation)}
    return _found(session, [message], {}, told)[0]


def ranked(found: Iterable[Found], done: Collection[str], country: str, limit: int) -> list[Candidate]:
    """The first ``limit`` candidates, masked; ``done`` is what need not be asked (`likeness`)."""
    shown: list[Candidate] = []
    sets: list[frozenset[str]] = []
    times: list[int] = []
    for candidate in sorted((masked(one, country) for one in found), key=lambda c: c.order, reverse=True):
        if candidate.like in done or not _ALPHABET.search(candidate.like.replace("x", "")):
            continue
        mine = triples(candidate.like)
        same = next((place for place, theirs in enumerate(sets) if near(mine, theirs)), None)
        if same is not None:
            times[same] += 1
        else:
            shown.append(candidate)
            sets.append(mine)
            times.append(1)
    counted = [_said(candidate, often) for candidate, often in zip(shown, times, strict=True)]
    return sorted(counted, key=lambda c: c.order, reverse=True)[:limit]


def masked(found: Found, country: str) -> Candidate:
    """What a trainer may see of a message."""
    clean = mask(found.text, found.language, country, found.known)
    understood, correction = found.understood, found.correction
    parse = _parse(understood) if understood else None
    severity, category = (_first(parse.severity), _first(parse.category)) if parse else (None, None)
    intent: str | None = parse.ranking[0][0] if parse and parse.ranking else None
    if correction is not None and found.case is not None:
        severity, category = Severity(found.case.severity), Category(found.case.category)
        complains = found.case.kind == Kind.COMPLAINT
        intent = COMPLAINT if complains else (intent if intent != COMPLAINT else None)
    unsure = tuple(doubts(parse)) if parse else ()
    because = ("corrected",) * (correction is not None)
    because += ("misunderstood",) * bool(understood and understood.misunderstood)
    text = _marked(clean.text, tuple(understood.products) if understood else ())
    return Candidate(
        id=found.id,
        text=text,
        language=found.language,
        at=found.at,
        masked=tuple(sorted(clean.found)),
        intent=intent,
        severity=severity if intent == COMPLAINT else None,
        category=category if intent == COMPLAINT else None,
        guessed=(severity, category),
        ranking=parse.ranking if parse else (),
        because=because + unsure,
        doubt=understood.doubt if understood else 0.0,
        correction=correction,
        like=likeness(text),
    )


def _found(
    session: Session,
    messages: list[Message],
    understood: dict[int, Understanding],
    told: dict[int, tuple[Complaint, Correction]],
) -> list[Found]:
    """What bears on the messages, read in a few queries."""
    missing = [_id(m) for m in messages if _id(m) not in understood]
    for row in session.exec(select(Understanding).where(col(Understanding.message_id).in_(missing))):
        understood[row.message_id] = row
    ids = {m.conversation for m in messages}
    conversations = {c.id: c for c in session.exec(select(Conversation).where(col(Conversation.id).in_(ids)))}
    known = _known(session, conversations)
    found = []
    for message in messages:
        mine, (case, correction) = understood.get(_id(message)), told.get(_id(message), (None, None))
        language = (mine.language if mine else None) or (case.language if case else None)
        found.append(
            Found(
                id=_id(message),
                text=message.text,
                language=language or conversations[message.conversation].language or "en",
                at=message.at,
                understood=mine,
                case=case,
                correction=correction,
                known=known[message.conversation],
            )
        )
    return found


def _known(session: Session, conversations: dict[str, Conversation]) -> dict[str, tuple[str, ...]]:
    """What the record tells of the people in each conversation: names, numbers, addresses."""
    told: dict[str, dict[str, None]] = {
        c.id: dict.fromkeys(filter(None, (c.name, c.phone))) for c in conversations.values()
    }
    for case in session.exec(select(Complaint).where(col(Complaint.conversation).in_(told))):
        parts = (case.name, case.phone, case.email, case.order, case.postal_address, case.reference)
        others = re.findall(r"[A-ZÀ-Þ][\w'’-]+", case.on_behalf_of or "")  # "my mother" is no name
        told[case.conversation] |= dict.fromkeys([*filter(None, parts), *others])
    people = select(Message.conversation, Message.author_name).where(
        col(Message.conversation).in_(told), col(Message.author_name).is_not(None)
    )
    for conversation, name in session.exec(people.distinct()):
        told[conversation][str(name)] = None
    return {conversation: tuple(values) for conversation, values in told.items()}


def _corrected(
    session: Session, conversation: str | None = None
) -> list[tuple[Message, Complaint, Correction]]:
    """The message that each corrected case is about, and the latest correction; newest first."""
    query = (
        select(Event, Complaint)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(Event.kind == "reassessed", col(Event.actor).startswith("agent:"))
        .order_by(col(Event.at).desc(), col(Event.id).desc())
        .limit(POOL)
    )
    if conversation is not None:
        query = query.where(Complaint.conversation == conversation)
    latest: dict[str, tuple[Complaint, Correction]] = {}
    for event, case in session.exec(query):
        before, after = event.data["before"], event.data["after"]
        changed = {k: (str(before.get(k)), str(v)) for k, v in after.items() if before.get(k) != v}
        if changed and case.reference not in latest:
            by = event.actor.removeprefix("agent:")
            latest[case.reference] = (case, Correction(by, event.at, event.reason, changed))
    ids = {case.conversation for case, _ in latest.values()}
    said: dict[str, list[Message]] = {}
    for message, done in session.exec(
        select(Message, Decision.message_id)
        .outerjoin(Decision, col(Decision.message_id) == col(Message.id))
        .where(col(Message.conversation).in_(ids), Message.author == Author.CUSTOMER)
    ):
        if done is None and message.text.strip():
            said.setdefault(message.conversation, []).append(message)
    found = []
    for case, correction in latest.values():
        told = [m for m in said.get(case.conversation, ()) if m.text.strip() in case.description]
        if told:
            found.append((max(told, key=lambda m: len(m.text)), case, correction))
    return found


def _marked(text: str, products: tuple[str, ...]) -> str:
    """The text with what the model took for products marked as the examples mark them, and nothing else.

    A customer's own brackets would be read as marks.
    """
    plain = re.sub(r"\](?=[(\[{])", "] ", text)
    for product in dict.fromkeys(products):
        place = plain.find(product)
        if place >= 0 and not re.search(r"[\[\]()]", product):
            plain = f"{plain[:place]}[{product}](product){plain[place + len(product) :]}"
    return plain


def _parse(understood: Understanding) -> Parse:
    severity, category = understood.severity, understood.category
    return Parse(
        understood.intent,
        understood.confidence,
        (Severity(severity), understood.severity_confidence or 0.0) if severity else None,
        (Category(category), understood.category_confidence or 0.0) if category else None,
        understood.model,
        tuple((str(name), float(sure)) for name, sure in understood.ranking),
    )


def _first(guess: tuple[Any, float] | None) -> Any:
    return guess[0] if guess else None


def _said(candidate: Candidate, times: int) -> Candidate:
    return candidate if times == 1 else Candidate(**{**vars(candidate), "times": times})


def _id(message: Message) -> int:
    assert message.id is not None
    return message.id
