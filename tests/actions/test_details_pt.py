"""What is read from Portuguese messages. Mutation: empty `relative` in actions/lexicon/pt.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("pt")


def read(text, asked=None):
    found = find_details(text, "pt", NOW, "PT", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o pedido 12345678 não chegou", {"order": "12345678"}),
        ("encomenda nº FR-90112", {"order": "FR-90112"}),
        ("o meu número de cliente é 88-1200-3", {"order": "88-1200-3"}),
        ("a fatura 2025/0917 está errada", {"order": "2025/0917"}),
        ("o pedido chegou 3 dias atrasado", {}),
        ("avariou na terça-feira passada", {"date": "2025-11-18"}),
        ("desde segunda não funciona", {"date": "2025-11-17"}),
        ("ontem à noite o motorista gritou comigo", {"date": "2025-11-20"}),
        ("hoje de manhã no comboio", {"date": "2025-11-21"}),
        ("anteontem", {"date": "2025-11-19"}),
        ("comprei no dia 3 de maio", {"date": "2025-05-03"}),
        ("há duas semanas", {"date": "2025-11-07"}),
        ("duas semanas atrás", {"date": "2025-11-07"}),
        ("até segunda-feira", {}),
        ("até 20 de dezembro", {}),
        ("paguei 45,99 €", {"amount": "45.99", "currency": "EUR"}),
        ("custou 1.200 reais", {"amount": "1200", "currency": "BRL"}),
        ("quero o meu dinheiro de volta", {"remedy": "refund"}),
        ("gostaria de uma troca", {"remedy": "exchange"}),
        ("podem consertar?", {"remedy": "repair"}),
        ("exijo um pedido de desculpas", {"remedy": "apology"}),
        ("quero cancelar o contrato", {"remedy": "cancel"}),
        ("não conseguiram consertar", {}),
        ("o reembolso não chegou", {}),
        ("escrevo em nome da minha mãe", {"on_behalf_of": "minha mãe"}),
        ("prefiro não dar o meu nome", {"anonymous": True}),
        ("é a segunda vez", {"recurring": True}),
        ("chamo-me João Gonçalves e estou farto", {"name": "João Gonçalves"}),
        ("me chamo Luíza Prado", {"name": "Luíza Prado"}),
        ("liguem-me para o 912 345 678", {"phone": "+351912345678"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Ana Brandão, Ana@Example.com, 912 345 678", asked="contact") == {
        "name": "Ana Brandão",
        "email": "ana@example.com",
        "phone": "+351912345678",
    }


def test_short_answers():
    assert read("no dia 14", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("um reembolso", asked="wish") == {"remedy": "refund"}


@pytest.mark.parametrize("text", ["no mês passado", "em outubro", "há umas semanas", "no verão passado"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "pt", NOW, "PT")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("comprei uma máquina de lavar e não funciona", "máquina de lavar"),
        ("a geladeira parou", "geladeira"),
        ("a conta de luz está errada", "conta de luz"),
        ("atiraram o pacote por cima do muro", "pacote"),
        ("ninguém atende, esperei horas ao telefone", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "pt") == product


def test_a_product_as_an_answer():
    assert as_product("é sobre a minha chaleira", "pt") == "chaleira"


@pytest.mark.parametrize(
    "text", ["não sei", "não tenho aqui", "não me lembro", "não faço ideia", "prefiro não dizer"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize(
    "text", ["chega de perguntas", "pare com as perguntas", "basta", "já chega, por favor"]
)
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("bom dia, quero fazer uma reclamação", True),
        ("tenho uma queixa", True),
        ("o meu aquecedor está estragado", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("quanto tempo demora?", "how_long"),
        ("reclamar é gratuito?", "free"),
        ("quem decide?", "who"),
        ("o que fazem com os meus dados?", "data"),
        ("posso ir ao Procon?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["qual é o horário de atendimento?", "estão abertos ao sábado?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["tchau, até logo", "adeus"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
