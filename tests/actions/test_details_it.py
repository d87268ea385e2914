"""What is read from Italian messages. Mutation: empty `relative` in actions/lexicon/it.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("it")


def read(text, asked=None):
    found = find_details(text, "it", NOW, "IT", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'ordine 12345678 non è mai arrivato", {"order": "12345678"}),
        ("ordine n. FR-90112", {"order": "FR-90112"}),
        ("il mio codice cliente è 88-1200-3", {"order": "88-1200-3"}),
        ("la fattura 2025/0917 è sbagliata", {"order": "2025/0917"}),
        ("l'ordine è arrivato con 3 giorni di ritardo", {}),
        ("si è rotta martedì scorso", {"date": "2025-11-18"}),
        ("ieri sera l'autista mi ha urlato contro", {"date": "2025-11-20"}),
        ("stamattina sul treno", {"date": "2025-11-21"}),
        ("l'altro ieri", {"date": "2025-11-19"}),
        ("l'ho comprato il 3 maggio", {"date": "2025-05-03"}),
        ("il 03/11/2025", {"date": "2025-11-03"}),
        ("due settimane fa", {"date": "2025-11-07"}),
        ("entro lunedì prossimo", {}),
        ("entro il 20 dicembre", {}),
        ("ho pagato 45,99 €", {"amount": "45.99", "currency": "EUR"}),
        ("mi è costato 1.200 euro", {"amount": "1200", "currency": "EUR"}),
        ("voglio il rimborso", {"remedy": "refund"}),
        ("vorrei una sostituzione", {"remedy": "exchange"}),
        ("potete ripararlo?", {"remedy": "repair"}),
        ("pretendo delle scuse", {"remedy": "apology"}),
        ("voglio disdire il contratto", {"remedy": "cancel"}),
        ("non sono riusciti a ripararlo", {}),
        ("il rimborso non è arrivato", {}),
        ("scrivo per conto di mia madre", {"on_behalf_of": "mia madre"}),
        ("preferisco non dare il mio nome", {"anonymous": True}),
        ("è la terza volta", {"recurring": True}),
        ("mi chiamo Nicolò D'Amico e sono stufo", {"name": "Nicolò D'Amico"}),
        ("chiamatemi al 347 123 4567", {"phone": "+393471234567"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Anna Libertà, Anna@Example.com, 347 123 4567", asked="contact") == {
        "name": "Anna Libertà",
        "email": "anna@example.com",
        "phone": "+393471234567",
    }


def test_short_answers():
    assert read("il 14", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("una riparazione", asked="wish") == {"remedy": "repair"}


@pytest.mark.parametrize("text", ["il mese scorso", "a ottobre", "qualche settimana fa", "l'estate scorsa"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "it", NOW, "IT")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("ho comprato una lavatrice e non funziona", "lavatrice"),
        ("l'aspirapolvere non si accende", "aspirapolvere"),
        ("la bolletta della luce è sbagliata", "bolletta della luce"),
        ("hanno lanciato il pacco oltre il cancello", "pacco"),
        ("nessuno risponde al telefono", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "it") == product


def test_a_product_as_an_answer():
    assert as_product("si tratta del mio bollitore", "it") == "bollitore"


@pytest.mark.parametrize(
    "text", ["non lo so", "non ce l'ho qui", "non mi ricordo", "non ne ho idea", "preferisco di no"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["basta domande", "basta così", "la smetta con le domande", "lasci perdere"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("buongiorno, vorrei fare un reclamo", True),
        ("ho un reclamo", True),
        ("la mia caldaia è rotta", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("quanto tempo ci vuole?", "how_long"),
        ("il reclamo è gratuito?", "free"),
        ("chi decide?", "who"),
        ("che cosa fate dei miei dati?", "data"),
        ("c'è un difensore civico?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["quali sono gli orari di apertura?", "siete aperti di sabato?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["arrivederci, buona giornata", "a presto"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
