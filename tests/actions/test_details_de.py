"""What is read from German messages. Mutation: empty `function_words` in actions/lexicon/de.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("de")


def read(text, asked=None):
    found = find_details(text, "de", NOW, "DE", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("die Bestellung 12345678 ist nie angekommen", {"order": "12345678"}),
        ("Bestellnummer: FR-90112", {"order": "FR-90112"}),
        ("meine Kundennummer lautet 88-1200-3", {"order": "88-1200-3"}),
        ("Rechnung Nr. 2025/0917 stimmt nicht", {"order": "2025/0917"}),
        ("die Bestellung kam 3 Tage zu spät", {}),
        ("letzten Dienstag ging es kaputt", {"date": "2025-11-18"}),
        ("gestern Abend hat mich der Fahrer angeschrien", {"date": "2025-11-20"}),
        ("heute Morgen im Zug", {"date": "2025-11-21"}),
        ("vorgestern", {"date": "2025-11-19"}),
        ("gekauft am 3. Mai", {"date": "2025-05-03"}),
        ("am 03.11.2025", {"date": "2025-11-03"}),
        ("am 12.03. in Ihrem Laden", {"date": "2025-03-12"}),
        ("vor zwei Wochen", {"date": "2025-11-07"}),
        ("vor einer Woche", {"date": "2025-11-14"}),
        ("bis nächsten Montag", {}),
        ("bis zum 20. Dezember", {}),
        ("ich habe 45,99 € bezahlt", {"amount": "45.99", "currency": "EUR"}),
        ("das hat 1.200 Euro gekostet", {"amount": "1200", "currency": "EUR"}),
        ("ich möchte mein Geld zurück", {"remedy": "refund"}),
        ("bitte tauschen Sie das Gerät um", {"remedy": "exchange"}),
        ("können Sie das reparieren?", {"remedy": "repair"}),
        ("ich erwarte eine Entschuldigung", {"remedy": "apology"}),
        ("ich will den Vertrag kündigen", {"remedy": "cancel"}),
        ("der Techniker konnte es nicht reparieren", {}),
        ("die Rückzahlung ist nicht gekommen", {}),
        ("ich schreibe im Namen meiner Mutter", {"on_behalf_of": "meiner Mutter"}),
        ("ich möchte meinen Namen nicht nennen", {"anonymous": True}),
        ("das ist schon das dritte Mal", {"recurring": True}),
        ("ich heiße Jürgen Groß und bin verärgert", {"name": "Jürgen Groß"}),
        ("rufen Sie mich an unter 0151 23456789", {"phone": "+4915123456789"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Anna Weiß, Anna@Example.com, 0151 23456789", asked="contact") == {
        "name": "Anna Weiß",
        "email": "anna@example.com",
        "phone": "+4915123456789",
    }


def test_short_answers():
    assert read("am 14.", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("Die Post kam mit Verspätung am Montag", asked="date") == {
        "date": datetime.date(2025, 11, 17)
    }
    assert read("eine Reparatur", asked="wish") == {"remedy": "repair"}


@pytest.mark.parametrize("text", ["letzten Monat", "im Oktober", "vor ein paar Wochen", "neulich"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "de", NOW, "DE")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("die Waschmaschine schleudert nicht", "Waschmaschine"),
        ("mein Kühlschrank ist warm", "Kühlschrank"),
        ("die Stromrechnung ist falsch", "Stromrechnung"),
        ("das Paket wurde über den Zaun geworfen", "Paket"),
        ("niemand geht ans Telefon oder man hängt ewig am Telefon", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "de") == product


def test_a_product_as_an_answer():
    assert as_product("es geht um meinen Wasserkocher", "de") == "Wasserkocher"


@pytest.mark.parametrize(
    "text", ["weiß ich nicht", "keine Ahnung", "hab ich gerade nicht da", "ich habe keine", "lieber nicht"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize(
    "text", ["keine Fragen mehr", "hören Sie auf", "das reicht jetzt", "Schluss mit den Fragen"]
)
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Guten Tag, ich möchte mich beschweren", True),
        ("ich habe eine Beschwerde", True),
        ("meine Heizung ist kaputt", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("wie lange dauert das?", "how_long"),
        ("was kostet mich die Beschwerde?", "free"),
        ("wer entscheidet darüber?", "who"),
        ("was passiert mit meinen Daten?", "data"),
        ("gibt es eine Schlichtungsstelle?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["wann haben Sie geöffnet?", "sind Sie am Samstag erreichbar?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["tschüss", "auf Wiedersehen"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
