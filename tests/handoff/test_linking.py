"""Cases about the same matter: suggested, linked, merged, answered together, and taken apart again.

Mutation: let `merge` leave ``back_at`` empty, or `follow` write to the conversation of the main case too.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.complaint import Decision, Status
from handoff import desk, queue
from handoff.casework import linking, suggesting
from handoff.queue import AlreadyHeld, BadInput, State
from tests.handoff.cases import NOW, complain, hire, said

STORY = "The kettle from the summer sale leaks from the bottom after two days of normal use."


def _kinds(session: Session, reference: str) -> list[str]:
    return [e.kind for e in register.events_of(session, register.find(session, reference))]


async def test_suggested_with_reasons(database: Database) -> None:
    """Conversation, order, phone, words, name are reasons; another matter by a namesake is not suggested."""

    def unit(session: Session) -> dict[str, tuple[str, ...]]:
        main = register.find(session, complain(session, key="maria", text=STORY))
        again = complain(session, key="maria", text="Where is my invoice?")
        words = complain(
            session, channel="telegram", text=f"{STORY} Please help.", now=NOW + timedelta(days=2)
        )
        late = complain(session, channel="telegram", text=STORY, now=NOW + timedelta(days=30))
        phone = register.find(session, complain(session, channel="sms", text="It is about my order"))
        complain(session, channel="sms", text="The delivery man was rude to my mother.")
        main.order, phone.order = "NB-51207", "nb 51207"
        main.phone, phone.phone = "+34 600 123 456", "+34600123456"
        session.flush()
        names = {again: "again", words: "words", phone.reference: "phone", late: "late"}
        return {names.get(r.case.reference, "?"): r.because for r in suggesting.suggested(session, main)}

    assert await database.run(unit) == {
        "again": ("conversation", "name"),
        "words": ("words", "name"),
        "late": ("words", "name"),
        "phone": ("order", "phone", "name"),
    }


async def test_merged_leaves_the_queue_and_comes_back(database: Database) -> None:
    """A merged case waits for nobody, its date still runs; taken apart it is at its old place."""

    def unit(session: Session) -> None:
        hire(session, "Anna")
        main, twin = complain(session), complain(session, now=NOW - timedelta(hours=3))
        since = queue.get(session, twin).waiting_since  # type: ignore[union-attr]
        linking.merge(session, main, twin, "Anna", NOW)
        item = queue.get(session, twin)
        assert item is not None
        assert (item.state, linking.merged_into(session, twin)) == (State.WITH_BOT, main)
        assert item.back_at is not None
        assert item.back_at <= register.find(session, twin).respond_by
        with pytest.raises(BadInput):
            linking.merge(session, twin, main, "Anna", NOW)
        linking.unmerge(session, main, twin, "Anna", NOW)
        assert (item.state, item.waiting_since) == (State.WAITING, since)
        assert linking.tied(session, main) == []
        assert _kinds(session, twin)[-3:] == ["merged", "queued", "unmerged"]
        assert [k for k in _kinds(session, main) if "merged" in k] == ["merged", "unmerged"]

    await database.run(unit)


async def test_answered_together(database: Database) -> None:
    """The decision closes both; whoever waits in another conversation is told there, with their reference."""

    def unit(session: Session) -> None:
        hire(session, "Anna")
        main = complain(session, key="maria")
        here = complain(session, key="maria")
        there = complain(session, channel="telegram")
        for twin in (here, there):
            linking.merge(session, main, twin, "Anna", NOW)
        desk.claim(session, main, "Anna", NOW)
        before = len(said(session, main))
        answer = "You get a new one."
        desk.resolve(
            session, main, "Anna", decision=Decision.UPHELD, remedy=None, text=answer, outside="", now=NOW
        )
        for reference in (main, here, there):
            assert register.find(session, reference).status == Status.CLOSED
            assert queue.get(session, reference).state == State.CLOSED  # type: ignore[union-attr]
        assert len([m for m in said(session, main)[before:] if answer in m.text]) == 1
        told = said(session, there)[-1].text
        assert answer in told
        assert there in told
        assert main not in told

    await database.run(unit)


async def test_what_another_holds_is_not_merged(database: Database) -> None:
    """A colleague's case is not taken from under their hands."""

    def unit(session: Session) -> None:
        for name in ("Anna", "Ben"):
            hire(session, name)
        main, theirs = complain(session), complain(session)
        desk.claim(session, theirs, "Ben", NOW)
        with pytest.raises(AlreadyHeld):
            linking.merge(session, main, theirs, "Anna", NOW)

    await database.run(unit)


async def test_linked_and_unlinked(database: Database) -> None:
    """A link shows on both sides and ends on both; neither case moves."""

    def unit(session: Session) -> None:
        one, two = complain(session), complain(session)
        linking.link(session, one, two, "Anna", NOW)
        assert [r.case.reference for r in linking.tied(session, two)] == [one]
        assert queue.get(session, two).state == State.WAITING  # type: ignore[union-attr]
        linking.unlink(session, two, one, "Anna", NOW)
        assert linking.tied(session, one) == []
        assert _kinds(session, one)[-2:] == ["linked", "unlinked"]

    await database.run(unit)
