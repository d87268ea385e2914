"""What is read from French messages. Mutation: empty `relative` in actions/lexicon/fr.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("fr")


def read(text, asked=None):
    found = find_details(text, "fr", NOW, "FR", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ma commande n° 12345678 n'est jamais arrivée", {"order": "12345678"}),
        ("commande n°FR-90112", {"order": "FR-90112"}),
        ("mon numéro de client est 88-1200-3", {"order": "88-1200-3"}),
        ("la facture 2025/0917 est fausse", {"order": "2025/0917"}),
        ("le colis est arrivé avec 3 jours de retard", {}),
        ("ça s'est cassé mardi dernier", {"date": "2025-11-18"}),
        ("hier soir le chauffeur m'a crié dessus", {"date": "2025-11-20"}),
        ("ce matin dans le train", {"date": "2025-11-21"}),
        ("avant-hier", {"date": "2025-11-19"}),
        ("je l'ai acheté le 3 mai", {"date": "2025-05-03"}),
        ("le 1er octobre 2025", {"date": "2025-10-01"}),
        ("il y a deux semaines", {"date": "2025-11-07"}),
        ("d'ici lundi prochain", {}),
        ("avant le 20 décembre", {}),
        ("j'ai payé 45,99 €", {"amount": "45.99", "currency": "EUR"}),
        ("ça m'a coûté 1 200 euros", {"amount": "1200", "currency": "EUR"}),
        ("je veux être remboursée", {"remedy": "refund"}),
        ("je voudrais un échange, s'il vous plaît", {"remedy": "exchange"}),
        ("pourriez-vous le réparer ?", {"remedy": "repair"}),
        ("j'exige des excuses", {"remedy": "apology"}),
        ("je veux résilier mon contrat", {"remedy": "cancel"}),
        ("ils n'ont pas pu le réparer", {}),
        ("le remboursement n'est pas arrivé", {}),
        ("j'écris au nom de ma mère", {"on_behalf_of": "ma mère"}),
        ("je préfère ne pas donner mon nom", {"anonymous": True}),
        ("c'est la troisième fois", {"recurring": True}),
        ("je m'appelle Élodie Martin et j'en ai assez", {"name": "Élodie Martin"}),
        ("appelez-moi au 06 12 34 56 78", {"phone": "+33612345678"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Anne Morel, Anne@Example.com, 06 12 34 56 78", asked="contact") == {
        "name": "Anne Morel",
        "email": "anne@example.com",
        "phone": "+33612345678",
    }


def test_short_answers():
    assert read("le 14", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("un remboursement", asked="wish") == {"remedy": "refund"}


@pytest.mark.parametrize(
    "text", ["le mois dernier", "en octobre", "il y a quelques semaines", "l'été dernier"]
)
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "fr", NOW, "FR")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("j'ai acheté un lave-linge et il ne marche pas", "lave-linge"),
        ("l'aspirateur est tombé en panne", "aspirateur"),
        ("ma facture d'électricité est fausse", "facture d'électricité"),
        ("ils ont jeté le colis par-dessus la clôture", "colis"),
        ("personne ne répond au téléphone", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "fr") == product


def test_a_product_as_an_answer():
    assert as_product("c'est mon grille-pain", "fr") == "grille-pain"


@pytest.mark.parametrize(
    "text", ["je ne sais pas", "je l'ai pas", "aucune idée", "je n'en ai pas", "je ne m'en souviens plus"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["arrêtez", "plus de questions", "ça suffit", "stop s'il vous plaît"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("bonjour, je voudrais déposer une réclamation", True),
        ("j'ai une plainte", True),
        ("ma chaudière est en panne", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("combien de temps ça prend ?", "how_long"),
        ("c'est gratuit ?", "free"),
        ("qui décide ?", "who"),
        ("que faites-vous de mes données ?", "data"),
        ("y a-t-il un médiateur ?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["quels sont vos horaires ?", "êtes-vous ouverts le samedi ?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["au revoir, bonne journée", "à bientôt"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
