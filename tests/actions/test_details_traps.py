"""What looks like a detail and is none, and details in odd clothes.

Mutation: let `_is_to_come` look at no clause; let `_bare` take any word after its number; or let
`find_product` take what is marked in all of `text`.
"""

import datetime
from decimal import Decimal

import pytest

from actions.details import as_name, find_details, find_product

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001


def read(text, asked=None, country="GB", language="en"):
    return find_details(text, language, NOW, country, asked).said()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my password is 88321", "en"),
        ("ssn last 4 digits are 7741", "en"),
        ("the pin is 9081", "en"),
        ("my card number is 5512 8890 1123 7701", "en"),
        ("4111111111111111", "en"),
        ("mi contraseña es 88321", "es"),
        ("ma carte bancaire numéro 5512 8890", "fr"),
        ("meine Kreditkartennummer 5512 8890", "de"),
        ("meu cpf é 412 778 901", "pt"),
        ("il mio PIN è 9081", "it"),
        ("mijn pincode is 9081", "nl"),
        ("mój pesel to 88050312345", "pl"),
        ("kart numaram 5512 8890", "tr"),
        ("رقم البطاقة 55128890", "ar"),
    ],
)
def test_secrets_are_never_kept_even_if_a_number_is_asked_for(text, language):
    assert read(text, asked="order", language=language) == {}


def test_a_number_beside_a_secret_is_kept():
    assert read("account number 55120 and the pin is 9081") == {"order": "55120"}
    assert read("the pin is 9081, account number 55120") == {"order": "55120"}


def test_an_amount_without_currency_leaves_the_currency_open():
    assert read("you charged me 48.20 and 3 others") == {"amount": Decimal("48.20")}


@pytest.mark.parametrize(
    "text",
    ["charged 4 times", "I paid 3 visits", "the total 12 pages", "cost me 2 hours", "paid on 03112025"],
)
def test_counts_are_no_amounts(text):
    assert "amount" not in read(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("policy number qrt 5512098", "QRT5512098"),
        ("claim number htx 447 please", "HTX447"),
        ("order number is 55120", "55120"),
        ("account number MX 88120", "MX88120"),
        ("invoice 300 pounds", None),
    ],
)
def test_letters_before_a_number_belong_to_it(text, number):
    found = read(text).get("order")
    assert (found.replace(" ", "") if found else None) == number


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("on 03112025", "GB", datetime.date(2025, 11, 3)),
        ("on 03112025", "US", datetime.date(2025, 3, 11)),
        ("on 24102025", "US", datetime.date(2025, 10, 24)),
        ("date: 241025", "GB", datetime.date(2025, 10, 24)),
        ("on 99999999", "GB", None),
        ("on 24101999", "GB", None),
        ("number 24102025", "GB", None),
        ("on the 13 th of october", "GB", datetime.date(2025, 10, 13)),
        ("Monday, 3 November", "GB", datetime.date(2025, 11, 3)),
        ("on Tuesday 3 November", "GB", datetime.date(2025, 11, 3)),
        ("3 November, a Tuesday", "GB", datetime.date(2025, 11, 3)),
        ("on Tuesday 30 December my flight goes", "GB", None),
    ],
)
def test_days_in_digits_and_beside_weekdays(text, country, expected):
    assert read(text, country=country).get("date") == expected


@pytest.mark.parametrize(
    "text",
    [
        "we will see on Monday",
        "I'll ring on Monday",
        "that is all for today",
        "thanks for today",
        "going to go Monday",
    ],
)
def test_days_to_come_are_no_dates(text):
    assert "date" not in read(text)


def test_a_plan_in_another_clause_leaves_the_date():
    assert read("I will not wait, it broke on Monday")["date"] == datetime.date(2025, 11, 17)
    assert read("the oven that will not heat broke on Monday")["date"] == datetime.date(2025, 11, 17)
    assert read("could I speak to whom I had yesterday")["date"] == datetime.date(2025, 11, 20)


def test_a_weekday_and_another_day_are_two():
    assert read("it failed on Monday and today")["date"] == datetime.date(2025, 11, 17)
    assert read("it failed on Monday. 5 November was worse")["date"] == datetime.date(2025, 11, 17)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("I don't want to fix it myself", None),
        ("I never asked for a refund", None),
        ("the screen just cracked and they could not repair it", None),
        (
            "hello, I need help to repair my stove because it leaks gas all over",
            "I need help to repair my stove",
        ),
        ("please could you send a new one but not in pink", "send a new one"),
        ("I don't want a voucher, I want my money back", "I want my money back"),
        ("I want to tell you about the long and sorry story of how they came to repair it", None),
    ],
)
def test_a_wish_is_short_and_meant(text, wish):
    assert read(text).get("wish") == wish


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I saw it, of course", "en"),
        ("please update me", "en"),
        ("they rang and I can't watch", "en"),
        ("no vino nadie y estoy seguro", "es"),
        ("je suis en train d'attendre", "fr"),
        ("können Sie mir sagen warum, das wäre gut", "de"),
        ("não vale a pena, esperei meia hora", "pt"),
        ("ho letto tutto, grazie a te", "it"),
        ("wij zagen niemand", "nl"),
        ("to wasza wina", "pl"),
    ],
)
def test_words_that_are_products_only_elsewhere(text, language):
    assert find_product(text, language) is None


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("the circular saw has no guard", "saw"),
        ("my watch stopped", "watch"),
        ("the walking boots leak", "boots"),
        ("the online course was cancelled", "course"),
        ("the technical support hung up", "technical support"),
    ],
)
def test_the_same_words_as_products(text, product):
    assert find_product(text, "en") == product


@pytest.mark.parametrize(
    "text",
    ["I am furious", "I am waiting", "this is ridiculous", "I'm British", "my name is wrong on the ticket"],
)
def test_what_follows_i_am_is_not_always_a_name(text):
    assert "name" not in read(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I am Tessa Quill", "Tessa Quill"),
        ("Hello, this is Tessa, my kettle leaks", "Tessa"),
        ("i am tessa quill and my account number is 55120", "tessa quill"),
        ("name tessa, account 55120", "tessa"),
    ],
)
def test_names(text, name):
    assert read(text)["name"] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tessa 55120", "tessa"),
        ("tessa and 55120", "tessa"),
        ("sure it's tessa quill", "tessa quill"),
        ("tessa and password is 9081", "tessa"),
        ("12 quarry lane", None),
    ],
)
def test_a_name_in_an_answer_with_numbers(text, name):
    assert as_name(text, "en", "GB") == name


@pytest.mark.parametrize(
    ("text", "marked", "product"),
    [
        ("my birthday card arrived torn", ["birthday card"], "birthday card"),
        ("my combi boiler leaks", ["boiler"], "combi boiler"),
        ("your oat milk had gone sour", ["oat milk"], "oat milk"),
        ("the customer service lost my samovar", ["samovar"], "samovar"),
        ("nobody answers your phone", ["phone"], None),
        ("yesterday it broke", ["samovar"], None),
    ],
)
def test_what_a_model_marks_counts_but_not_where_it_is_no_product(text, marked, product):
    """In a phrase that names no product nothing counts, nor what was marked in another text."""
    assert find_product(text, "en", marked) == product


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("ORD/2026/1123", "ORD/2026/1123"),
        ("it's inv-2026-88", "INV-2026-88"),
        ("order/4711", "4711"),
        ("and/or 4711", "4711"),
    ],
)
def test_letters_that_lead_a_number_belong_to_it_unless_they_only_call_it_one(text, order):
    assert read(text, asked="order") == {"order": order}
