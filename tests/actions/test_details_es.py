"""What is read from Spanish messages. Mutation: empty `relative` in actions/lexicon/es.yml."""

import datetime
from decimal import Decimal

import pytest

from actions.details import as_name, as_product, find_details, find_product, is_dated

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001


def read(text, asked=None, country="ES"):
    return find_details(text, "es", NOW, country, asked).said()


def day(month, number, year=2025):
    return datetime.date(year, month, number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("el pedido 12345678 no ha llegado", "12345678"),
        ("mi número de pedido es 7 7 1 2", "7712"),
        ("pedido nº FR-90112", "FR-90112"),
        ("la factura 2025/0917 está mal", "2025/0917"),
        ("número de cliente: 88-1200-3", "88-1200-3"),
        ("con localizador KX7781", "KX7781"),
    ],
)
def test_order_number(text, number):
    assert read(text)["order"] == number


@pytest.mark.parametrize(
    "text",
    [
        "dos de ellos llegaron rotos",
        "pedí 2 camisas de la talla 42",
        "llevo 45 minutos al teléfono",
        "el pedido llegó 3 días tarde",
    ],
)
def test_no_order_number(text):
    assert "order" not in read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("se rompió el martes pasado", day(11, 18)),
        ("desde el lunes no funciona", day(11, 17)),
        ("ayer me gritó el conductor", day(11, 20)),
        ("antes de ayer", day(11, 19)),
        ("anteayer por la tarde", day(11, 19)),
        ("esta mañana en el tren", day(11, 21)),
        ("lo compré el 3 de mayo", day(5, 3)),
        ("el 3 de mayo de 2024", day(5, 3, 2024)),
        ("hace dos semanas", day(11, 7)),
        ("hace 3 días", day(11, 18)),
        ("el 12/03 en su tienda", day(3, 12)),
        ("03/11/2025", day(11, 3)),
    ],
)
def test_date(text, expected):
    assert read(text)["date"] == expected


@pytest.mark.parametrize(
    "text",
    ["antes del próximo lunes", "hasta el 20 de diciembre", "mañana", "dos de ellos", "le doy un 2/10"],
)
def test_no_date(text):
    assert "date" not in read(text)


@pytest.mark.parametrize(
    "text", ["el mes pasado", "en octubre", "hace unas semanas", "el otro día", "el verano pasado"]
)
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "es", NOW, "ES")


def test_short_dates_count_as_an_answer():
    assert read("el 14", asked="date")["date"] == day(11, 14)
    assert "date" not in read("el 14")


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("pagué 45,99 €", "45.99", "EUR"),
        ("me costó 1.200 euros", "1200", "EUR"),
        ("30 libras", "30", "GBP"),
        ("20 dólares", "20", "USD"),
    ],
)
def test_amount(text, amount, currency):
    found = read(text)
    assert (found["amount"], found["currency"]) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("quiero que me devuelvan el dinero", "refund"),
        ("un reembolso", "refund"),
        ("me gustaría un cambio", "exchange"),
        ("que lo arreglen", "repair"),
        ("exijo una disculpa", "apology"),
        ("solo quiero una explicación", "information"),
    ],
)
def test_wish(text, remedy):
    assert read(text)["remedy"] == remedy


@pytest.mark.parametrize(
    "text", ["no pudieron repararlo", "la devolución no ha llegado", "cancelaron mi vuelo"]
)
def test_a_remedy_spoken_of_is_no_wish(text):
    assert "remedy" not in read(text)


def test_contact_in_one_go():
    assert read("Ana García, Ana@Example.com, 612 345 678", asked="contact") == {
        "name": "Ana García",
        "email": "ana@example.com",
        "phone": "+34612345678",
    }


def test_phone_after_its_word():
    assert read("llámeme al 612345678") == {"phone": "+34612345678"}


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("escribo en nombre de mi madre", "on_behalf_of", "mi madre"),
        ("prefiero no dar mi nombre", "anonymous", True),
        ("es la tercera vez", "recurring", True),
        ("me llamo Pedro Pérez y estoy harto", "name", "Pedro Pérez"),
    ],
)
def test_who_and_how_often(text, part, value):
    assert read(text)[part] == value


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("compré una lavadora y no funciona", "lavadora"),
        ("la factura de la luz está mal", "factura de la luz"),
        ("tiraron el paquete por encima de la valla", "paquete"),
        ("nadie coge el teléfono", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "es") == product


def test_product_and_name_as_answers():
    assert as_product("es sobre mi lavadora", "es") == "lavadora"
    assert as_name("soy ana garcía", "es", "ES") is not None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("sv", "den 3 maj", day(5, 3)),
        ("da", "i går", day(11, 20)),
        ("tr", "3 mayıs 2025", day(5, 3)),
        ("ar", "أمس", day(11, 20)),
    ],
)
def test_a_language_without_a_lexicon_still_has_dates(language, text, expected):
    found = find_details(text, language, NOW, "GB").said()
    assert found["date"] == expected
