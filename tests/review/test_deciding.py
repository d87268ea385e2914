"""A message is decided once; what is learnt from it is written, masked, with who and when.

Mutation: let `Review._learn` write ``wish.text`` as it is, or leave out `_take_back`, or let `_keep` merge.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import yaml

from bot.db import Database
from bot.review.deciding import Review, Wish
from bot.review.record import (
    AlreadyDecided,
    BadExample,
    Decision,
    ExamplesClosed,
    KnownExample,
    UnknownMessage,
)
from complaints.complaint import Category, Severity
from tests.review.conftest import NOW, Say
from tests.review.test_candidates import TORN


def written(review: Review, language: str = "en") -> list[tuple[str, str, dict[str, str]]]:
    """Intent, text and metadata of all that was written."""
    path = review.examples.folder / language / "reviewed.yml"
    if not path.exists():
        return []
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(i["intent"], e["text"].strip(), e["metadata"]) for i in data["nlu"] for e in i["examples"]]


async def decisions(database: Database, message: int) -> Decision | None:
    return await database.read(lambda session: session.get(Decision, message))


async def test_accepted_as_it_seems(database: Database, review: Review, say: Say) -> None:
    message = await say("is there a kettle that whistles Bach", *TORN)
    done = await review.accept(message, "Tina", NOW)
    assert (done.verdict, done.file, done.intent) == ("accepted", "en/reviewed.yml", "enquire")
    assert written(review) == [
        ("enquire", "is there a kettle that whistles Bach", {"author": "Tina", "date": "2026-03-02"})
    ]
    kept = await decisions(database, message)
    assert kept is not None
    assert (kept.author, kept.intent, kept.file, kept.at) == ("Tina", "enquire", "en/reviewed.yml", NOW)


async def test_corrected_with_labels_and_another_language(review: Review, say: Say) -> None:
    message = await say("kettle kaput, amigos de la tetera", *TORN, locale="en")
    wish = Wish("file_complaint", Severity.HIGH, Category.SAFETY, "es")
    await review.correct(message, wish, "Tina", NOW)
    [(intent, _, metadata)] = written(review, "es")
    assert intent == "file_complaint"
    assert metadata == {"severity": "high", "category": "safety", "author": "Tina", "date": "2026-03-02"}


async def test_what_a_trainer_types_is_masked_too(review: Review, say: Say) -> None:
    message = await say("it sings at night", *TORN, name="Maria Lopez")
    typed = "Lopez says the [kettle](product) [sic](joke) sings, ring 07700 900123"
    done = await review.correct(message, Wish("enquire", text=typed), "Tina", NOW)
    assert done.masked == ("name", "number")
    [(_, text, _)] = written(review)
    assert text == "Xxxxx says the [kettle](product) sic sings, ring 00000 000000"


async def test_decided_never_returns(review: Review, say: Say) -> None:
    """Nor whoever says the same later."""
    one = await say("is there a kettle that whistles Bach", *TORN)
    other = await say("blue or green, and why not both", *TORN)
    await review.accept(one, "Tina", NOW)
    await review.discard(other, "Tina", NOW)
    await say("Is there a kettle that whistles Bach???", *TORN)
    await say("BLUE or green, and why not both!", *TORN)
    assert await review.listed(None, 20) == []
    for again in (review.accept, review.discard):
        with pytest.raises(AlreadyDecided, match="Tina"):
            await again(other, "Ben", NOW)


@dataclass
class ReadTogether:
    """The database, with both readers done before either goes on."""

    database: Database
    both: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(2))

    async def read(self, unit: Any, /, *args: Any, **values: Any) -> Any:
        found = await self.database.read(unit, *args, **values)
        await self.both.wait()
        return found

    async def run(self, unit: Any, /, *args: Any, **values: Any) -> Any:
        return await self.database.run(unit, *args, **values)


async def test_of_two_trainers_one_wins(database: Database, review: Review, say: Say) -> None:
    """Also where both have read the message before either decides."""
    message = await say("is there a kettle that whistles Bach", *TORN)
    wish = Wish("file_complaint", Severity.LOW, Category.OTHER)
    slow = replace(review, database=ReadTogether(database))  # type: ignore[arg-type]
    done = await asyncio.gather(
        slow.discard(message, "Tina", NOW), slow.correct(message, wish, "Ben", NOW), return_exceptions=True
    )
    assert [type(d) for d in done if isinstance(d, BaseException)] == [AlreadyDecided]
    kept = await decisions(database, message)
    assert kept is not None
    assert len(written(review)) == (kept.verdict == "corrected")


async def test_what_cannot_be_written_is_not_decided(database: Database, review: Review, say: Say) -> None:
    message = await say("is there a kettle that whistles Bach", *TORN)
    obstacle = review.examples.folder / "en/reviewed.new"
    obstacle.mkdir()
    with pytest.raises(ExamplesClosed):
        await review.accept(message, "Tina", NOW)
    assert await decisions(database, message) is None
    obstacle.rmdir()
    await review.accept(message, "Tina", NOW)
    assert len(written(review)) == 1


async def test_refusals_say_what_would_do(database: Database, review: Review, say: Say) -> None:
    message = await say("I want to complain", *TORN)
    with pytest.raises(KnownExample, match=r"en/\w+\.yml has this example already"):
        await review.accept(message, "Tina", NOW)
    with pytest.raises(BadExample, match="no intent"):
        await review.correct(message, Wish("sing"), "Tina", NOW)
    with pytest.raises(BadExample, match="author"):
        await review.correct(message, Wish("thank", text="a new sentence for you"), " ", NOW)
    with pytest.raises(BadExample, match="at most"):
        await review.correct(message, Wish("thank", text="long " * 500), "Tina", NOW)
    with pytest.raises(UnknownMessage):
        await review.accept(message + 1000, "Tina", NOW)
    assert await decisions(database, message) is None


async def test_a_complaint_needs_its_labels(review: Review, say: Say) -> None:
    """What the model guessed of something else is not taken for a trainer's word."""
    message = await say("my kettle sings at night", ("enquire", 0.4), ("thank", 0.3))
    with pytest.raises(BadExample, match="severity and a category"):
        await review.correct(message, Wish("file_complaint", severity=Severity.LOW), "Tina", NOW)
    assert written(review) == []
