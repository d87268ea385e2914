"""What a trainer does with a message: accept what it seems to mean, correct it, or discard it.

A decision is a row, made first, so that of two trainers one wins; then the example goes into its file.
If the file refuses, the row is taken back: nothing is decided that is not written.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.review import candidates, finding
from bot.review.candidates import Candidate
from bot.review.doubts import COMPLAINT
from bot.review.examples import Example, Examples
from bot.review.masking import mask
from bot.review.record import AlreadyDecided, BadExample, Decision, Verdict
from complaints.complaint import Category, Severity
from handoff.database import Database

_MARK = re.compile(r"\[([^\]]+)\](?:\((?!product\))[^)]*\)|\{[^}]*\})")
"""Marks of entities other than the one there is."""

_LONGEST = 2_000  # characters: a whole story, but no book


@dataclass(frozen=True)
class Wish:
    """What a trainer wants a message to stand for; ``None`` leaves what is proposed."""

    intent: str | None = None
    severity: Severity | None = None
    category: Category | None = None
    language: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``masked`` are kinds of personal data that the trainer's own words still held."""

    id: int
    verdict: Verdict
    text: str
    file: str | None = None
    intent: str | None = None
    masked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """Review over a database and a folder of examples. ``country`` is how phone numbers are read."""

    database: Database
    examples: Examples
    country: str

    async def listed(self, language: str | None, limit: int) -> list[Candidate]:
        """What deserves a look, most useful first. Raises `ExamplesClosed`."""
        languages = await asyncio.to_thread(self.examples.languages)
        wanted = [one for one in languages if language in (None, one)]
        found = await self.database.read(finding.pool, wanted)
        done = await self.database.read(finding.decided)
        done |= await asyncio.to_thread(self.examples.likenesses)
        return await asyncio.to_thread(candidates.ranked, found, done, self.country, limit)

    async def accept(self, message_id: int, author: str, now: datetime) -> Outcome:
        """It means what is proposed. Raises `ReviewError`."""
        return await self._learn(message_id, Wish(), Verdict.ACCEPTED, author, now)

    async def correct(self, message_id: int, wish: Wish, author: str, now: datetime) -> Outcome:
        """It means what the trainer says. Raises `ReviewError`."""
        return await self._learn(message_id, wish, Verdict.CORRECTED, author, now)

    async def discard(self, message_id: int, author: str, now: datetime) -> Outcome:
        """Nothing is to be learnt from it. Raises `UnknownMessage`, `AlreadyDecided`."""
        found = await self.database.read(finding.one, message_id)
        candidate = await asyncio.to_thread(candidates.masked, found, self.country)
        row = _row(candidate.id, Verdict.DISCARDED, candidate.text, author, now)
        await self._decide(row, candidate.like)
        return Outcome(message_id, Verdict.DISCARDED, candidate.text)

    async def _learn(
        self, message_id: int, wish: Wish, verdict: Verdict, author: str, now: datetime
    ) -> Outcome:
        found = await self.database.read(finding.one, message_id)
        candidate = await asyncio.to_thread(candidates.masked, found, self.country)
        language = wish.language or candidate.language
        text, again = candidate.text, frozenset[str]()
        if wish.text is not None:
            # Whatever is typed may name somebody: it passes the mask like what customers write.
            clean = await asyncio.to_thread(mask, wish.text, language, self.country, found.known)
            text, again = _MARK.sub(r"\1", clean.text), clean.found
        example = _example(candidate, wish, text, language, author, now.date())
        await asyncio.to_thread(self.examples.check, example)
        row = _row(message_id, verdict, text, author, now)
        row |= {
            "language": language,
            "intent": example.intent,
            "severity": example.severity,
            "category": example.category,
            "file": self.examples.file_of(language),
        }
        await self._decide(row, candidate.like)
        try:
            file = await asyncio.to_thread(self.examples.add, example)
        except BaseException:
            await self.database.run(_take_back, message_id)
            raise
        return Outcome(message_id, verdict, text, file, example.intent, tuple(sorted(again)))

    async def _decide(self, row: dict[str, Any], like: str) -> None:
        try:
            await self.database.run(_keep, row | {"likeness": like})
        except IntegrityError as error:
            raise AlreadyDecided("somebody has decided this message in the meantime") from error


def outcome(session: Session, message_id: int) -> Outcome | None:
    """What was decided about a message, if anything was."""
    row = session.get(Decision, message_id)
    return Outcome(message_id, Verdict(row.verdict), row.text, row.file, row.intent) if row else None


def _example(candidate: Candidate, wish: Wish, text: str, language: str, author: str, on: date) -> Example:
    """The example that a trainer's word makes of a message. Raises `BadExample`."""
    intent = wish.intent or candidate.intent
    if intent is None:
        raise BadExample("an agent says that it is no complaint: correct it, and say what it is")
    severity, category = wish.severity or candidate.severity, wish.category or candidate.category
    if intent == COMPLAINT and (severity is None or category is None):
        raise BadExample("a complaint has a severity and a category: correct it, and say which")
    if len(text) > _LONGEST:
        raise BadExample(f"shorten it to what matters: an example has at most {_LONGEST} characters")
    name = " ".join(author.split())
    if not name or not name.isprintable():
        raise BadExample("say who decides: an example has an author")
    complains = intent == COMPLAINT
    return Example(
        language, text, intent, severity if complains else None, category if complains else None, name, on
    )


def _row(message_id: int, verdict: Verdict, text: str, author: str, now: datetime) -> dict[str, Any]:
    return {"message_id": message_id, "verdict": verdict, "text": text, "author": author, "at": now}


def _keep(session: Session, row: dict[str, Any]) -> None:
    session.add(Decision(**row))
    session.flush()


def _take_back(session: Session, message_id: int) -> None:
    if (row := session.get(Decision, message_id)) is not None:
        session.delete(row)
