"""Invented cases among which some are planted: the same person's same matter told again on another channel.

Each telling is drawn anew: another template of the same matter, now and then in another language, with slips
of the pen, with or without order number, name, telephone, e-mail. What a channel knows of its people comes
by itself. *Near misses* are planted, too: another person with the same trouble in the same words, and the
same person with another trouble.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert
from sqlmodel import Session

from channels.transcript import Conversation
from complaints.record import Complaint
from complaints.reference import mint
from handoff.case_words import CaseWords, words_of

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 120
CHANNELS = ("webchat", "whatsapp", "telegram", "sms", "slack")

_OTHER_LANGUAGE = 0.15  # of the second tellings
_SLIPS = 0.3  # of the texts have slips of the pen
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    email: str
    language: str


@dataclass(frozen=True)
class Matter:
    """What somebody has to complain of."""

    kind: str
    product: str
    order: str
    number: int


@dataclass
class Told:
    """A case as it comes in. ``twin`` is the case that it repeats, ``near`` one that it only looks like."""

    person: Person
    matter: Matter
    channel: str
    at: datetime
    template: int
    twin: Told | None = None
    near: Told | None = None
    reference: str = field(default_factory=mint)
    row: dict[str, Any] = field(default_factory=dict)
    talk: dict[str, Any] = field(default_factory=dict)


class Corpus:
    """``ordinary`` cases with ``planted`` second tellings and as many near misses of each kind."""

    def __init__(self, name: str, seed: int, ordinary: int, planted: int) -> None:
        file = Path(__file__).with_name(f"{name}.yml")
        self.words: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.chance = random.Random(seed)
        self.cases = [self._first() for _ in range(ordinary)]
        known = self.chance.sample(self.cases, 3 * planted)
        for one in known[:planted]:
            self.cases.append(self._again(one))
        for one in known[planted : 2 * planted]:
            self.cases.append(self._somebody_else(one))
        for one in known[2 * planted :]:
            self.cases.append(self._something_else(one))
        self.cases.sort(key=lambda told: told.at)
        for told in self.cases:
            self._write(told)

    def fill(self, session: Session) -> None:
        """Put all of it into an empty register, in the order of arrival."""
        talks = {told.talk["id"]: told.talk for told in self.cases}
        rows = [told.row | {"id": number} for number, told in enumerate(self.cases, 1)]
        session.execute(insert(Conversation), list(talks.values()))
        session.execute(insert(Complaint), rows)
        words = [
            {"complaint_id": row["id"], "words": words_of(
                row, talks[row["conversation"]]["name"],
                talks[row["conversation"]]["phone"])}
            for row in rows
        ]  # fmt: skip
        session.execute(insert(CaseWords), words)

    @property
    def planted(self) -> list[Told]:
        """The second tellings."""
        return [told for told in self.cases if told.twin is not None]

    @property
    def near_misses(self) -> list[Told]:
        """What only looks like another case."""
        return [told for told in self.cases if told.near is not None]

    def alone(self, count: int) -> list[Told]:
        """Some cases that nobody tells again."""
        paired = {id(t.twin) for t in self.cases} | {id(t.near) for t in self.cases}
        alone = [t for t in self.cases if t.twin is None and t.near is None and id(t) not in paired]
        return self.chance.sample(alone, count)

    def _first(self) -> Told:
        at = BEGIN + timedelta(days=self.chance.random() * DAYS)
        channel = self.chance.choice(CHANNELS)
        return Told(self._person(), self._matter(), channel, at, self.chance.randrange(3))

    def _again(self, one: Told) -> Told:
        at = one.at + timedelta(hours=1) + timedelta(days=min(self.chance.expovariate(1 / 4), 30))
        template = self.chance.choice([t for t in range(3) if t != one.template])
        channel = self.chance.choice([c for c in CHANNELS if c != one.channel])
        return Told(one.person, one.matter, channel, at, template, twin=one)

    def _somebody_else(self, one: Told) -> Told:
        at = one.at + timedelta(days=self.chance.expovariate(1 / 4))
        matter = Matter(one.matter.kind, one.matter.product, self._order(), one.matter.number)
        return Told(
            self._person(one.person.language),
            matter,
            self.chance.choice(CHANNELS),
            at,
            one.template,
            near=one,
        )

    def _something_else(self, one: Told) -> Told:
        at = one.at + timedelta(days=self.chance.expovariate(1 / 10))
        matter = self._matter()
        while matter.product == one.matter.product or matter.kind == one.matter.kind:
            matter = self._matter()
        channel = self.chance.choice([c for c in CHANNELS if c != one.channel])
        return Told(one.person, matter, channel, at, self.chance.randrange(3), near=one)

    def _person(self, language: str = "") -> Person:
        chance, words = self.chance, self.words
        first, own = chance.choice(words["names"]).split(" ", 1)
        last = chance.choice([own, *chance.sample(words["surnames"], 3)])
        name, number = f"{first} {last}", chance.randrange(10**8, 10**9)
        host = chance.choice(("gmail.com", "outlook.com", "mail.example", "web.example"))
        plain = last.replace(" ", "").lower()
        ways = (f"{first}.{plain}{chance.randrange(100)}", f"{first[0]}{plain}{chance.randrange(1000)}")
        email = chance.choice((*ways, f"star{chance.randrange(10**5)}")).lower()
        code = chance.choice(("34", "44", "49", "33", "39", "31", "351"))
        language = language or chance.choice(list(words["openings"]))
        return Person(name, f"+{code}{number}", f"{email}@{host}", language)

    def _matter(self) -> Matter:
        kind = self.chance.choice(list(self.words["matters"]))
        return Matter(
            kind, self.chance.choice(self.words["products"]), self._order(), self.chance.randint(2, 30)
        )

    def _order(self) -> str:
        return f"{self.chance.choice(('NB-', 'A', ''))}{self.chance.randrange(10**5, 10**7)}"

    def _write(self, told: Told) -> None:
        """The record as the dialogue leaves it: some things in fields, some in the text, some nowhere."""
        chance, words, person = self.chance, self.words, told.person
        language = person.language
        if told.twin is not None and chance.random() < _OTHER_LANGUAGE:
            language = chance.choice([code for code in words["openings"] if code != language])
        matter = words["matters"][told.matter.kind]
        text = matter[language][told.template].format(product=told.matter.product, n=told.matter.number)
        order = told.matter.order
        if chance.random() < 0.12:
            order = self._slip(order, digits=True)
        has_order = chance.random() < 0.6
        in_text = has_order and chance.random() < 0.35
        text = (
            f"{chance.choice(words['openings'][language])}{text}{chance.choice(words['closings'][language])}"
        )
        if chance.random() < _SLIPS:
            for _ in range(chance.randint(1, 4)):
                text = self._slip(text)
        if in_text:
            text += chance.choice(words["my_order"][language]).format(order=order)
        product = told.matter.product if chance.random() < 0.7 else None
        if product and chance.random() < 0.4:
            product = product.lower() if chance.random() < 0.6 else self._slip(product)
        name, first = person.name, person.name.split()[0]
        if chance.random() < 0.1:
            name = self._slip(name)
        given = chance.choices((name, first, None), (7, 1, 2))[0]
        nick = f"nick{chance.randrange(999)}"
        knows = {
            "webchat": (None, None), "slack": (person.name, None), "sms": (None, person.phone),
            "whatsapp": (chance.choices((person.name, first, "🌻"), (6, 3, 1))[0], person.phone),
            "telegram": (chance.choices((person.name, first, nick), (6, 3, 1))[0], None),
        }[told.channel]  # fmt: skip
        by_phone, by_email = chance.random() < 0.45, chance.random() < 0.45
        if told.channel == "webchat" and not (by_phone or by_email):
            by_email = chance.random() < 0.8  # the assistant asks how to reach them
        key = f"{told.channel}-{id(told)}"
        told.talk = {
            "id": key, "channel": told.channel, "key": key, "route": {}, "created_at": told.at,
            "name": knows[0], "phone": knows[1], "language": language,
        }  # fmt: skip
        told.row = {
            "reference": told.reference, "conversation": key, "channel": told.channel, "language": language,
            "status": "assessed", "severity": "medium", "reasons": [], "vulnerability": [],
            "category": matter["category"] if chance.random() < 0.8 else "other", "received_at": told.at,
            "update_by": told.at + timedelta(days=5), "respond_by": told.at + timedelta(days=10),
            "description": text, "product": product, "name": given,
            "order": order if has_order and not in_text else None,
            "phone": person.phone if by_phone else None, "email": person.email if by_email else None,
        }  # fmt: skip

    def _slip(self, text: str, *, digits: bool = False) -> str:
        """A letter wrong, missing or twice, or two that changed places."""
        at = self.chance.randrange(1, len(text))
        other = self.chance.choice("0123456789" if digits else _LETTERS)
        swapped = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
        return self.chance.choice(
            (
                text[:at] + other + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[at:][:1] + text[at:],
                swapped,
            )
        )


def share_nothing(one: Told, two: Told) -> bool:
    """Whether no name, number or address is known of both: only their words could tell."""
    known: Sequence[set[str]] = [
        {value for value in (t.row["name"], t.talk["name"]) if value} for t in (one, two)
    ]
    reached = [{v for v in (t.row["phone"] or t.talk["phone"], t.row["email"]) if v} for t in (one, two)]
    orders = [bool(t.row["order"]) or t.matter.order in t.row["description"] for t in (one, two)]
    return not (all(orders) or reached[0] & reached[1] or all(known))
