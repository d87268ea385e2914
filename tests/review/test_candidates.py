"""What deserves a trainer's look: corrected first, then what the customer noticed, then by doubt; once each.

Mutation: in `Candidate.order` leave out the correction, or let `ranked` ignore `near`, or let `doubt` ignore
``expected``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from bot.db import Database
from bot.review.candidates import Candidate
from bot.review.deciding import Review
from bot.review.doubts import doubt, doubts
from bot.review.record import BadExample
from complaints import commands, register
from complaints.complaint import Category, Kind, Severity
from complaints.triage import Parse
from handoff import desk
from tests.review.conftest import Say

TORN = (("enquire", 0.41), ("file_complaint", 0.38), ("ask_status", 0.1))
UNSURE = (("enquire", 0.55), ("file_complaint", 0.2))


def files(reference: str, text: str) -> tuple[commands.Command, ...]:
    return (commands.FileComplaint(reference=reference, description=text),)


async def listed(review: Review, language: str | None = None, limit: int = 50) -> list[Candidate]:
    return await review.listed(language, limit)


async def reference_of(database: Database, key: str) -> str:
    def newest(session: Session) -> str:
        return register.of_conversation(session, f"telegram:{key}")[0].reference

    return await database.read(newest)


async def corrected(
    database: Database, key: str, why: str, severity: Severity | None = None, kind: Kind | None = None
) -> None:
    reference = await reference_of(database, key)
    now = datetime.now(UTC)
    await database.run(
        desk.assess, reference, "Anna", severity=severity, category=None, kind=kind, reason=why, now=now
    )


async def test_most_useful_first(database: Database, review: Review, say: Say) -> None:
    sure = "the kettle leaks, plainly"
    await say("is there a kettle that whistles Bach", *UNSURE)
    await say("blue or green, and why not both", *TORN)
    await say("what is this even", *UNSURE, replied="utter_not_understood")
    await say(sure, key="corrected", commands=lambda r: files(r, sure))
    await say("the toaster leaks, and nobody doubts it")
    await corrected(database, "corrected", "a leak under current", Severity.HIGH)
    found = await listed(review)
    assert [c.text.split()[-1] for c in found] == ["plainly", "even", "both", "Bach"]
    first = found[0]
    assert first.correction is not None
    assert (first.correction.by, first.correction.why) == ("Anna", "a leak under current")
    assert first.correction.changed == {"severity": ("medium", "high")}
    assert (first.intent, first.severity, first.category) == ("file_complaint", "high", "defect")
    assert (found[2].intent, found[2].severity, found[2].because) == ("enquire", None, ("intent",))
    assert found[1].because == ("misunderstood", "intent")


async def test_what_many_say_is_shown_once_and_earlier(review: Review, say: Say) -> None:
    await say("is there a kettle that whistles Bach", *TORN)
    await say("my parcel is in Narnia again", *TORN)
    for number in (4711, 9999, 1234):
        await say(f"where on earth would parcel {number} be going", *TORN)
    await say("WHERE on earth would parcel 77 be going??", *TORN)
    found = await listed(review)
    assert [c.times for c in found] == [4, 1, 1]
    assert "where on earth" in found[0].text.lower()


async def test_an_answer_to_a_question_is_no_doubt(review: Review, say: Say) -> None:
    """ "NB-51207" is no intent, and was understood all the same; unless the customer had to be asked back."""
    await say("it was somewhere near Narnia", *TORN, expected=True)
    await say("in the wardrobe I suppose", *TORN, expected=True, replied="utter_not_understood")
    assert [c.text for c in await listed(review)] == ["in the wardrobe I suppose"]


async def test_masked_with_what_the_record_knows(review: Review, say: Say) -> None:
    await say("is Maria Lopez a name, she says ORD-55120", *TORN, name="María López")
    [one] = await listed(review)
    assert one.text == "is Xxxxx a name, she says ORD-00000"
    assert one.masked == ("name", "number")


async def test_products_are_marked_and_brackets_are_not(review: Review, say: Say) -> None:
    await say("is the kettle [sic](big) or small", *TORN, products=("kettle",))
    [one] = await listed(review)
    assert one.text == "is the [kettle](product) [sic] (big) or small"
    assert one.pieces == [("is the ", False), ("kettle", True), (" [sic] (big) or small", False)]


async def test_no_complaint_after_all(database: Database, review: Review, say: Say) -> None:
    """The agent says what it is not; what it is, the trainer says."""
    text = "tell me about kettles, dear people"
    message = await say(text, key="praise", commands=lambda r: files(r, text))
    await corrected(database, "praise", "only asks", kind=Kind.FEEDBACK)
    [one] = await listed(review)
    assert (one.intent, one.severity) == (None, None)
    assert one.correction is not None
    with pytest.raises(BadExample, match="say what it is"):
        await review.accept(message, "Tina", datetime.now(UTC))
    assert one.correction.changed == {"kind": ("complaint", "feedback")}


async def test_a_correction_is_about_one_message(database: Database, review: Review, say: Say) -> None:
    """The one that tells the most; once that is decided, a lesser one does not come in its place."""
    story = "the kettle leaks and the lead smokes, plainly"
    await say("my kettle, dear people", key="leak", commands=lambda r: files(r, "my kettle, dear people"))
    reference = await reference_of(database, "leak")
    added = commands.AddDetail(reference=reference, description=story)
    message = await say(story, key="leak", commands=lambda _: (added,))
    await corrected(database, "leak", "smoke", Severity.CRITICAL)
    assert [c.text for c in await listed(review)] == [story]
    await review.discard(message, "Tina", datetime.now(UTC))
    assert await listed(review) == []


async def test_by_language(review: Review, say: Say) -> None:
    await say("quiero saber una cosa de las teteras por favor", *TORN, locale="es")
    await say("is there a kettle that whistles Bach", *TORN)
    assert {c.language for c in await listed(review)} == {"es", "en"}
    assert [c.language for c in await listed(review, "es")] == ["es"]
    assert await listed(review, "de") == []


async def test_what_the_examples_know_is_not_asked(review: Review, say: Say) -> None:
    await say("I want to complain!", *TORN)
    await say("@NordAir 07700 900123", *TORN)  # nothing but personal data
    assert await listed(review) == []


async def test_the_limit_keeps_the_best(review: Review, say: Say) -> None:
    await say("is there a kettle that whistles Bach", *UNSURE)
    await say("blue or green, and why not both", *TORN)
    assert [c.text for c in await listed(review, limit=1)] == ["blue or green, and why not both"]


def test_doubt_is_the_margin() -> None:
    """And of less weight, how unsure a complaint's severity and category are."""

    def parse(*ranking: tuple[str, float], severity: float = 0.9, category: float = 0.9) -> Parse:
        told = (Severity.LOW, severity), (Category.OTHER, category)
        return Parse(*ranking[0], *told, "m", ranking)

    close = parse(("enquire", 0.4), ("thank", 0.35))
    assert doubts(close) == {"intent": 1.0 - (0.4 - 0.35)}
    assert doubt(close, expected=False, misunderstood=False) == 0.95
    assert doubt(close, expected=True, misunderstood=False) == 0.0
    assert doubt(close, expected=True, misunderstood=True) == 1.95
    plain = parse(("enquire", 0.9), ("thank", 0.05), severity=0.1)
    assert doubts(plain) == {}
    vague = parse(("file_complaint", 0.9), ("thank", 0.05), severity=0.5, category=0.3)
    assert doubts(vague) == {"severity": 0.5, "category": 0.7}
    assert 0 < doubt(vague, expected=False, misunderstood=False) < 0.5
