"""Searching: what an agent types finds the case, in ten languages and on both databases.

Mutation: leave out ``combining`` in `case_words.fold`, or the trigger ``case_words_changed``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import register
from handoff import search, word_index
from tests.handoff.cases import NOW, complain

MADRID = ZoneInfo("Europe/Madrid")


def _found(session: Session, wanted: str, now: datetime = NOW) -> list[str]:
    return [c.reference for c in search.find(session, search.read(wanted, MADRID, now)).cases]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "The kettle's lid is cracked", "KETTLE crack"),
        ("es", "El camión llegó tarde", "camion llego"),
        ("fr", "Ma commande n'est pas arrivée", "commande arrivee"),
        ("de", "Die Größe der Schüssel stimmt nicht", "grösse"),
        ("de", "Straßenlaterne kaputt", "strassenlaterne"),
        ("pl", "Łóżko przyszło uszkodzone", "lozko"),
        ("tr", "Işık yanmıyor, İade istiyorum", "isik iade"),
        ("pt", "A máquina não funciona", "maquina nao"),
        ("it", "Il caffè è freddo", "caffe"),
        ("nl", "De stoel is beschadigd", "stoel beschad"),
        ("ar", "الغلّاية مكسورة", "الغلاية"),
    ],
)
async def test_words_of_ten_languages(database: Database, language: str, text: str, wanted: str) -> None:
    """Without case, accents and points, by the beginnings of words; all words must be there."""

    def unit(session: Session) -> None:
        complain(session, text="Something else entirely")
        reference = complain(session, text=text, language=language)
        assert _found(session, wanted) == [reference]
        assert _found(session, f"{wanted} zeppelin") == []

    await database.run(unit)


async def test_the_record_is_searched(database: Database) -> None:
    """Reference, order number, phone and e-mail are found however they are written; changes count at once."""

    def unit(session: Session) -> None:
        complain(session)
        case = register.find(session, complain(session))
        case.order, case.phone, case.email = "NB-51207", "+34 600 123 456", "m.lopez@example.org"
        session.add(case)
        session.flush()
        for wanted in (case.reference, "nb51207", "NB-51207", "+34600123456", "m.lopez@example.org"):
            assert _found(session, wanted) == [case.reference], wanted
        case.order = "ZZ-1"
        session.add(case)
        session.flush()
        assert _found(session, "nb51207") == []
        assert _found(session, "zz-1") == [case.reference]

    await database.run(unit)


async def test_days(database: Database) -> None:
    """A day is the operator's day, a month all of it; both narrow words down."""

    def unit(session: Session) -> None:
        # 23:30 UTC is half past midnight in Madrid.
        midnight = complain(session, now=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
        before = complain(session, now=datetime(2026, 2, 27, 12, tzinfo=UTC), text="A chair came late")
        assert _found(session, "2026-03-03") == _found(session, "3.3.2026") == [midnight]
        assert _found(session, "2026-02") == _found(session, "chair 2026-02") == [before]
        assert _found(session, "kettle 2026-02") == []
        assert _found(session, "today", datetime(2026, 3, 3, 9, tzinfo=UTC)) == [midnight]
        assert _found(session, "ayer", datetime(2026, 3, 4, 9, tzinfo=UTC)) == [midnight]

    await database.run(unit)


async def test_page_by_page(database: Database) -> None:
    """The newest first, each case once, to the end; by words and by days."""

    def unit(session: Session) -> None:
        cases = [complain(session, now=NOW + timedelta(minutes=n)) for n in range(45)]
        for wanted in ("kettle", "2026-03"):
            seen: list[str] = []
            after = ""
            while True:
                found = search.find(session, search.read(wanted, MADRID, NOW), after)
                seen += [c.reference for c in found.cases]
                after = found.after
                if not after:
                    break
            assert seen == cases[::-1], wanted

    await database.run(unit)


@pytest.mark.parametrize(
    "wanted", ["", "'", '"', "*", "AND", "NEAR(a b)", "a OR", "%_", "\\", "31.2.2026", "😀"]
)
async def test_hostile_questions(database: Database, wanted: str) -> None:
    """What is no word finds nothing, and breaks nothing."""

    def unit(session: Session) -> None:
        complain(session)
        assert _found(session, wanted) == []

    await database.run(unit)


@pytest.mark.parametrize("newest", [1, 30, 1000])
async def test_common_and_rare_words(
    database: Database, newest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of the newest cases are read first: the same pages, newest first, nothing twice.

    Mutation: give `word_index._look_up` one case less than ``before``, or forget its ``usual`` words.
    """
    monkeypatch.setattr(word_index, "_NEWEST", newest)

    def unit(session: Session) -> None:
        common = [complain(session, text=f"The kettle leaks, number {n}") for n in range(50)]
        rare = [common[n] for n in (3, 47)]
        for reference in [*rare, complain(session, text="The lamp is dark")]:
            case = register.find(session, reference)
            case.product = "Teasmade"
            session.add(case)
        session.flush()
        for wanted, all_of_them in (
            ("kettle", common),
            ("kettl leak", common),
            ("kettle teasmade", rare),
            ("te kettle", []),
        ):
            pages, after = [], ""
            while True:
                found = search.find(session, search.read(wanted, MADRID, NOW), after)
                pages += [c.reference for c in found.cases]
                if not (after := found.after):
                    break
            assert pages == list(reversed(all_of_them)), wanted

    await database.run(unit)


def test_reference_leads_to_its_case() -> None:
    """A reference alone is a case to open; among other words it is a word."""
    assert search.reference_in("rc 7k2m 9p4x lorem ipsum dolor") is None
    assert search.reference_in("lost my kettle") is None
