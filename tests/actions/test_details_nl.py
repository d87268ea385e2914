"""What is read from Dutch messages. Mutation: empty `coming` in actions/lexicon/nl.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("nl")


def read(text, asked=None):
    found = find_details(text, "nl", NOW, "NL", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bestelling 12345678 is nooit aangekomen", {"order": "12345678"}),
        ("bestelnummer: NL-90112", {"order": "NL-90112"}),
        ("mijn klantnummer is 88-1200-3", {"order": "88-1200-3"}),
        ("factuur nr. 2025/0917 klopt niet", {"order": "2025/0917"}),
        ("de bestelling kwam 3 dagen te laat", {}),
        ("afgelopen dinsdag ging hij kapot", {"date": "2025-11-18"}),
        ("gisteravond schreeuwde de chauffeur tegen me", {"date": "2025-11-20"}),
        ("vanochtend in de trein", {"date": "2025-11-21"}),
        ("eergisteren", {"date": "2025-11-19"}),
        ("gekocht op 3 mei", {"date": "2025-05-03"}),
        ("op 03-11-2025", {"date": "2025-11-03"}),
        ("twee weken geleden", {"date": "2025-11-07"}),
        ("een week geleden", {"date": "2025-11-14"}),
        ("tot volgende maandag", {}),
        ("voor 20 december", {}),
        ("ik heb 45,99 € betaald", {"amount": "45.99", "currency": "EUR"}),
        ("dat kostte 1.200 euro", {"amount": "1200", "currency": "EUR"}),
        ("ik wil mijn geld terug", {"remedy": "refund"}),
        ("geef me m'n geld terug", {"remedy": "refund"}),
        ("graag een nieuwe", {"remedy": "exchange"}),
        ("kunnen jullie het repareren?", {"remedy": "repair"}),
        ("ik verwacht excuses", {"remedy": "apology"}),
        ("ik wil mijn abonnement opzeggen", {"remedy": "cancel"}),
        ("de monteur kon het niet repareren", {}),
        ("de terugbetaling is nooit gekomen", {}),
        ("ik schrijf namens mijn moeder", {"on_behalf_of": "mijn moeder"}),
        ("ik geef mijn naam liever niet", {"anonymous": True}),
        ("dit is al de derde keer", {"recurring": True}),
        ("ik heet Joost van der Veen en ben boos", {"name": "Joost van der Veen"}),
        ("bel me op 06 12345678", {"phone": "+31612345678"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Anouk Visser, Anouk@Example.com, 06 12345678", asked="contact") == {
        "name": "Anouk Visser",
        "email": "anouk@example.com",
        "phone": "+31612345678",
    }


def test_short_answers():
    assert read("op de 14", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("reparatie", asked="wish") == {"remedy": "repair"}


@pytest.mark.parametrize("text", ["vorige maand", "in oktober", "een paar weken geleden", "onlangs"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "nl", NOW, "NL")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("de wasmachine centrifugeert niet", "wasmachine"),
        ("mijn koelkast wordt niet koud", "koelkast"),
        ("de energierekening klopt niet", "energierekening"),
        ("het pakket is over de schutting gegooid", "schutting"),
        ("mijn pakje is kwijt", "pakje"),
        ("niemand neemt de telefoon op, ik hang uren aan de telefoon", "telefoon"),
        ("ik hang uren aan de telefoon", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "nl") == product


def test_a_product_as_an_answer():
    assert as_product("het gaat om mijn waterkoker", "nl") == "waterkoker"


@pytest.mark.parametrize(
    "text",
    ["weet ik niet", "geen idee", "heb ik nu niet bij de hand", "die heb ik niet", "liever niet", "sla over"],
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["geen vragen meer", "hou op", "zo is het genoeg", "stop met vragen"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Goedemiddag, ik wil een klacht indienen", True),
        ("ik heb een klacht", True),
        ("ik wil graag klagen", True),
        ("mijn verwarming is kapot", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("hoe lang duurt dat?", "how_long"),
        ("is klagen gratis?", "free"),
        ("wie beslist daarover?", "who"),
        ("wat doen jullie met mijn gegevens?", "data"),
        ("is er een geschillencommissie?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["wanneer zijn jullie open?", "zijn jullie zaterdag bereikbaar?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["doei", "tot ziens", "fijne avond nog"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
