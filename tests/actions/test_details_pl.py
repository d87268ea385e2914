"""What is read from Polish messages, with and without its diacritics.

Mutation: empty `calendar` in actions/lexicon/pl.yml, or let `plain` leave "ł" alone.
"""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("pl")


def read(text, asked=None):
    found = find_details(text, "pl", NOW, "PL", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zamówienie 12345678 nie dotarło", {"order": "12345678"}),
        ("nr zamowienia PL-90112", {"order": "PL-90112"}),
        ("numer klienta to 88-1200-3", {"order": "88-1200-3"}),
        ("faktura nr 2025/0917 się nie zgadza", {"order": "2025/0917"}),
        ("paczka przyszła 3 dni po terminie", {}),
        ("w zeszły wtorek się zepsuło", {"date": "2025-11-18"}),
        ("od środy nie działa", {"date": "2025-11-19"}),
        ("wczoraj wieczorem kierowca na mnie krzyczał", {"date": "2025-11-20"}),
        ("dziś rano w pociągu", {"date": "2025-11-21"}),
        ("przedwczoraj", {"date": "2025-11-19"}),
        ("kupione 3 maja", {"date": "2025-05-03"}),
        ("dnia 03.11.2025", {"date": "2025-11-03"}),
        ("dwa tygodnie temu", {"date": "2025-11-07"}),
        ("tydzien temu", {"date": "2025-11-14"}),
        ("5 dni temu", {"date": "2025-11-16"}),
        ("do przyszłego poniedziałku", {}),
        ("do 20 grudnia", {}),
        ("zapłaciłem 45,99 zł", {"amount": "45.99", "currency": "PLN"}),
        ("kosztowalo 1200 zlotych", {"amount": "1200", "currency": "PLN"}),
        ("chcę zwrotu pieniędzy", {"remedy": "refund"}),
        ("oddajcie kasę", {"remedy": "refund"}),
        ("chcialbym odzyskac pieniadze", {"remedy": "refund"}),
        ("proszę o wymianę na nowy", {"remedy": "exchange"}),
        ("czy możecie to naprawić?", {"remedy": "repair"}),
        ("oczekuję przeprosin", {"remedy": "apology"}),
        ("chcę rozwiązać umowę", {"remedy": "cancel"}),
        ("serwisant nie umiał tego naprawić", {}),
        ("zwrot nie przyszedł", {}),
        ("piszę w imieniu mojej mamy", {"on_behalf_of": "mojej mamy"}),
        ("nie chcę podawać nazwiska", {"anonymous": True}),
        ("to już trzeci raz", {"recurring": True}),
        ("nazywam się Łucja Śliwa i jestem zła", {"name": "Łucja Śliwa"}),
        ("proszę dzwonić pod 501 234 567", {"phone": "+48501234567"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Paweł Zięba, Pawel@Example.com, 501 234 567", asked="contact") == {
        "name": "Paweł Zięba",
        "email": "pawel@example.com",
        "phone": "+48501234567",
    }


def test_short_answers():
    assert read("14.", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("w sobotę", asked="date") == {"date": datetime.date(2025, 11, 15)}
    assert read("naprawa", asked="wish") == {"remedy": "repair"}


@pytest.mark.parametrize(
    "text", ["w zeszłym miesiącu", "w październiku", "kilka tygodni temu", "niedawno", "pół roku temu"]
)
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "pl", NOW, "PL")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("pralka nie wiruje", "pralka"),
        ("zgubiliście moją lodówkę", "lodówkę"),
        ("rachunek za prąd jest zawyżony", "rachunek za prąd"),
        ("paczka rzucona przez płot", "paczka"),
        ("czekam godzinę na linii, nikt nie odbiera telefonu", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "pl") == product


def test_a_product_as_an_answer():
    assert as_product("chodzi o mój czajnik", "pl") == "czajnik"


@pytest.mark.parametrize(
    "text",
    ["nie wiem", "nie pamiętam", "nie mam teraz przy sobie", "nie mam pojęcia", "wolę nie", "pomiń to"],
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["dość tych pytań", "przestań", "to wszystko", "bez pytań", "wystarczy już"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Dzień dobry, chciałabym złożyć reklamację", True),
        ("mam skargę", True),
        ("chce zareklamowac", True),
        ("grzejnik nie grzeje", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("jak długo to trwa?", "how_long"),
        ("czy reklamacja jest darmowa?", "free"),
        ("kto o tym decyduje?", "who"),
        ("co robicie z moimi danymi?", "data"),
        ("czy mogę iść do rzecznika konsumentów?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["o której otwieracie?", "czy pracujecie w sobotę?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["do widzenia", "pa pa", "miłego dnia"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
