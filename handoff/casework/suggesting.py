"""Cases that are perhaps the same matter as another, or the same person's again: found by look-ups alone.

Candidates come out of indexes: the same conversation, telephone number or e-mail address; words that few
cases have (an order number, a full name, a name with the product, unusual words of the same weeks). How
likely each is, `handoff.casework.likeness` says. Nothing here grows with the register but by the depth of
an index: the newest few hundred cases tell which words are usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log

from phonenumbers import NumberParseException, parse
from sqlmodel import Session, col, func, select

from channels.transcript import Conversation
from complaints import register
from complaints.complaint import Kind, Status
from complaints.record import Complaint
from handoff import word_index
from handoff.case_words import CaseWords, fold
from handoff.casework.likeness import ENOUGH, Traits, bare, likeness, rarity_of
from handoff.casework.linking import Related, merged_into, tied

NEAR = timedelta(days=21)
"""Who says the same without name or number is the same only within this time."""

_SUGGESTED = 5
_USUAL = 300  # of the newest cases: enough to know which words are usual
_MANY = 30  # of them: a word that more have tells nobody apart, and the index would gather half the register
_LOOKED_AT = 60  # cases of one look-up
_COMPARED = 60  # candidates whose record is read
_RARE_WORDS = 8
_OF_ONE_PERSON = 20  # cases
_SHORTEST = 4  # characters of a name or number that tell it from others


def suggested(session: Session, case: Complaint) -> list[Related]:
    """The most likely first, each with its reasons; those that are closed, too: they may be linked.

    Nothing is suggested for a case that is closed itself.
    """
    if not Status(case.status).is_open or case.id is None:
        return []
    known = {case.reference} | {r.case.reference for r in tied(session, case.reference)}
    if (main := merged_into(session, case.reference)) is not None:
        known.add(main)
    own = _traits(case, session.get_one(Conversation, case.conversation))
    usual = _usual(session)
    rarity = rarity_of(usual)
    found = _Candidates(session, case, own, rarity, log((1 + len(usual)) / _MANY))
    found.gather()
    compared = []
    for other, talk in found.records():
        if other.reference in known or other.kind != Kind.COMPLAINT:
            continue
        like = likeness(own, _traits(other, talk), rarity, found.namesakes)
        if like.weight >= ENOUGH and like.because:
            compared.append((like, other))
    compared.sort(key=lambda pair: (-pair[0].weight, pair[1].reference))
    likely = [(like, other) for like, other in compared if merged_into(session, other.reference) is None]
    return [Related(other, "", like.because, like.word) for like, other in likely[:_SUGGESTED]]


@dataclass
class _Candidates:
    """Numbers of cases worth a comparison, those found by what tells people apart first.

    What is less rare than ``rare`` is not looked for by itself.
    """

    session: Session
    case: Complaint
    own: Traits
    rarity: dict[str, float]
    rare: float

    def __post_init__(self) -> None:
        self.namesakes = 0
        self._ids: dict[int, None] = {}

    def gather(self) -> None:
        """Look everything up, the surest first."""
        self._take(c.id for c in register.of_conversation(self.session, self.case.conversation))
        self._reached_alike()
        if telling := self._telling():
            self._take(word_index.with_any(self.session, telling, 0, _LOOKED_AT))
        self._named_alike()
        self._said_alike()

    def records(self) -> Sequence[tuple[Complaint, Conversation]]:
        """The records of the candidates."""
        self._ids.pop(self.case.id or 0, None)
        wanted = list(self._ids)[:_COMPARED]
        return self.session.exec(
            select(Complaint, Conversation)
            .join(Conversation, col(Conversation.id) == col(Complaint.conversation))
            .where(col(Complaint.id).in_(wanted))
        ).all()

    def _take(self, ids: Iterable[int | None]) -> None:
        self._ids |= dict.fromkeys(i for i in ids if i is not None)

    def _reached_alike(self) -> None:
        """By the very e-mail address or telephone number on the record; other ways to write it are words."""
        for column, value in ((Complaint.phone, self.own.phone), (Complaint.email, self.own.email)):
            if value:
                newest = select(Complaint).where(column == value).order_by(col(Complaint.id).desc())
                self._take(c.id for c in self.session.exec(newest.limit(_OF_ONE_PERSON)))

    def _named_alike(self) -> None:
        """The same name at any time; one word of it, in the same weeks, or with the product."""
        for name in (name.split() for name in self.own.named):
            if len(name) > 1:
                namesakes = word_index.with_all(self.session, name, 0, _LOOKED_AT)
                self.namesakes = max(self.namesakes, len(namesakes))
                self._take(namesakes)
        words = dict.fromkeys(word for name in self.own.named for word in name.split())
        first, before = self._near()
        for word in [word for word in words if len(word) >= _SHORTEST - 1 and self._tells(word)][:4]:
            found = word_index.with_any(self.session, [word], first, _LOOKED_AT, before)
            if len(found) < _LOOKED_AT:
                self._take(found)
                continue
            for thing in sorted(set(self._thing()), key=self._rarity_of)[:2]:
                self._take(word_index.with_all(self.session, [word, thing], 0, _LOOKED_AT))

    def _telling(self) -> list[str]:
        """Words that hardly any other case has: numbers of orders and telephones, addresses."""
        words = dict.fromkeys(sorted(self.own.numbers))
        words |= dict.fromkeys(_ways_to_write(self.own.phone or ""))
        local = bare((self.own.email or "").partition("@")[0])
        if len(local) >= _SHORTEST + 2:
            words[local] = None
        return [word for word in words if len(word) >= _SHORTEST]

    def _thing(self) -> list[str]:
        """Words of the product, or what the text calls by a name with a digit in it."""
        named = self.own.thing.split() or [w for w in fold(self.own.text) if _is_a_model(w)]
        return [word for word in named if len(word) >= 3]

    def _said_alike(self) -> None:
        """Cases of the same weeks with most of the unusual words."""
        first, before = self._near()
        words = [w for w in fold(self.own.text) if len(w) >= _SHORTEST and not w.isdigit()]
        rare = sorted(dict.fromkeys(words), key=lambda w: (-self._rarity_of(w), -len(w), w))[:_RARE_WORDS]
        rare = [word for word in rare if self._tells(word)]
        found = word_index.with_any(self.session, rare, first, 4 * _LOOKED_AT, before)
        own = set(rare)
        best = sorted(found, key=lambda i: (-sum(map(self._rarity_of, own & found[i])), -i))
        self._take(best[:_LOOKED_AT])

    def _near(self) -> tuple[int, int]:
        """The numbers between which the cases of the same weeks are."""
        at = col(Complaint.received_at)
        weeks = at >= self.case.received_at - NEAR, at <= self.case.received_at + NEAR
        first, last = self.session.exec(
            select(func.min(Complaint.id), func.max(Complaint.id)).where(*weeks)
        ).one()
        return first or 0, (last or 0) + 1

    def _tells(self, word: str) -> bool:
        return self._rarity_of(word) >= self.rare

    def _rarity_of(self, word: str) -> float:
        return self.rarity.get(word[:6], 99.0)


def _usual(session: Session) -> list[list[str]]:
    """The words of the newest cases."""
    rows = session.exec(select(CaseWords.words).order_by(col(CaseWords.complaint_id).desc()).limit(_USUAL))
    return [words.split(" ") for words in rows]


def _traits(case: Complaint, talk: Conversation) -> Traits:
    """What the platform knows counts too, unless the customer wants to stay unnamed."""
    known = None if case.anonymous else talk
    return Traits(
        conversation=case.conversation,
        language=case.language,
        at=case.received_at,
        text=case.description,
        category=case.category,
        names=tuple(name for name in (case.name, known.name if known else None) if name),
        phone=case.phone or (known.phone if known else None),
        email=case.email,
        order=case.order,
        product=case.product,
        amount=case.amount,
        problem_date=case.problem_date,
    )


def _ways_to_write(phone: str) -> list[str]:
    """A telephone number as it may stand among the words of other cases."""
    digits = bare(phone)
    if len(digits) < 8 or not digits.isdigit():
        return []
    try:
        national = str(parse(f"+{digits}").national_number) if phone.startswith(("+", "00")) else ""
    except NumberParseException:
        national = ""
    if national:
        return [digits, national, f"0{national}"]
    trunk = digits.lstrip("0")
    return [digits, trunk, *(f"{code}{trunk}" for code in _COMMON_CODES)]


_COMMON_CODES = ("1", "20", "31", "32", "33", "34", "39", "41", "43", "44", "48", "49", "52", "54", "55",
                 "57", "90", "351", "353", "966", "971")  # fmt: skip
"""Of the countries whose languages are spoken here: a number without a code may be from any of them."""


def _is_a_model(word: str) -> bool:
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word) and len(word) <= 10
