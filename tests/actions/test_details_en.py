"""What is read from English messages. Mutation: let `_phone` accept bare digits everywhere."""

import datetime
import time
from decimal import Decimal

import pytest

from actions.details import as_name, as_product, find_details, find_product, is_dated

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001


def read(text, asked=None, country="GB"):
    return find_details(text, "en", NOW, country, asked).said()


def day(month, number, year=2025):
    return datetime.date(year, month, number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("my order ORD-99812 is late", "ORD-99812"),
        ("order #4411-22 never came", "4411-22"),
        ("Order no. 12345678", "12345678"),
        ("my order number is 7 7 1 2", "7712"),
        ("booking reference: kx7 was wrong, I mean booking KX7781", "KX7781"),
        ("invoice 2025/0917 is wrong", "2025/0917"),
        ("customer number 88-1200-3", "88-1200-3"),
        ("it is #88213", "88213"),
        ("parcel with tracking number JD0002233", "JD0002233"),
        ("my account is 55120098", "55120098"),
        ("INV-2210 says 90 pounds but my contract is 45", "INV-2210"),
    ],
)
def test_order_number_in_a_sentence(text, number):
    assert read(text)["order"] == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12345678", "12345678"),
        ("it's a1b2c3", "A1B2C3"),
        ("#4411-22", "4411-22"),
        ("7-7-1-2", "7712"),
        ("I think 88213", "88213"),
    ],
)
def test_order_number_as_an_answer(text, number):
    assert read(text, asked="order")["order"] == number


@pytest.mark.parametrize(
    "text",
    [
        "two of them broke",
        "my order was late by 3 days",
        "I ordered 2 shirts in size 42",
        "order from 12/03",
        "What about RC-7K2M9P4X?",
        "my iPhone 15 is dead",
        "I waited 45 minutes on the phone",
        "my order of £45.99 is missing",
        "see https://shop.example/order/998877",
    ],
)
def test_no_order_number(text):
    assert "order" not in read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it broke last Tuesday", day(11, 18)),
        ("since Monday nothing works", day(11, 17)),
        ("yesterday the driver shouted at me", day(11, 20)),
        ("the day before yesterday", day(11, 19)),
        ("this morning on the train", day(11, 21)),
        ("bought on 3 May", day(5, 3)),
        ("May 3rd, 2024", day(5, 3, 2024)),
        ("the 5th of November", day(11, 5)),
        ("on 12/03 in your shop", day(3, 12)),
        ("03.11.2025", day(11, 3)),
        ("2025-10-03", day(10, 3)),
        ("two weeks ago", day(11, 7)),
        ("about 3 days ago", day(11, 18)),
        ("a couple of days ago", day(11, 19)),
        ("delivered on 24 December 2024", day(12, 24, 2024)),
        ("I ordered it on 3 May and it came on 12 May", day(5, 3)),
        ("I write today because on Monday it broke", day(11, 17)),
    ],
)
def test_date(text, expected):
    assert read(text)["date"] == expected


def test_the_country_decides_about_day_and_month():
    assert read("on 12/03/2025", country="US").get("date") is None  # 3 December is still to come
    assert read("on 03/12/2025", country="US")["date"] == day(3, 12)
    assert read("on 03/11/2025", country="ES")["date"] == day(11, 3)


@pytest.mark.parametrize(
    "text",
    [
        "I may call you",
        "two of them",
        "order 12345678",
        "by next Monday please",
        "until 20 December",
        "I sat for 2 hours",
        "he sat on it",
        "version 1.2.3",
        "it costs 12.50",
        "tomorrow",
        "call 07911 123456",
        "second time",
        "24/7 service they said",
        "I give it 2/10",
        "my flight on 24 December is cancelled",
    ],
)
def test_no_date(text):
    assert "date" not in read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the 14th", day(11, 14)),
        ("on the 3rd", day(11, 3)),
        ("sat", day(11, 15)),
        ("the 30th", day(10, 30)),
        ("24 December", day(12, 24, 2024)),
        ("12/03", day(3, 12)),
    ],
)
def test_short_dates_count_as_an_answer(text, expected):
    assert read(text, asked="date")["date"] == expected
    assert "date" not in read(text)


@pytest.mark.parametrize(
    "text", ["last month", "in October", "a few weeks ago", "last summer", "last week", "ages ago"]
)
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "en", NOW, "GB")


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("I paid £45.99", "45.99", "GBP"),
        ("it was 45,99 €", "45.99", "EUR"),
        ("over 1.200 euros gone", "1200", "EUR"),
        ("1,250.50 USD", "1250.50", "USD"),
        ("you owe me 30 quid", "30", "GBP"),
        ("EUR 20", "20", "EUR"),
        ("charged $12 twice", "12", "USD"),
    ],
)
def test_amount(text, amount, currency):
    found = read(text)
    assert (found["amount"], found["currency"]) == (Decimal(amount), currency)


def test_a_plain_dollar_is_the_local_one():
    assert read("I paid $12", country="AU")["currency"] == "AUD"
    assert read("I paid $12", country="ES")["currency"] == "USD"


@pytest.mark.parametrize(
    "text", ["3 hours on hold", "20 people", "5 stars", "100 % wrong", "size 42", "12/03"]
)
def test_no_amount(text):
    assert "amount" not in read(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("I want my money back", "refund"),
        ("please refund me", "refund"),
        ("refund", "refund"),
        ("I'd like a replacement", "exchange"),
        ("can you send me a new one", "exchange"),
        ("could you come and fix it", "repair"),
        ("I expect an apology", "apology"),
        ("I demand compensation", "compensation"),
        ("I just want an explanation", "information"),
    ],
)
def test_wish(text, remedy):
    assert read(text)["remedy"] == remedy


@pytest.mark.parametrize(
    "text",
    [
        "the refund has not arrived",
        "they could not repair it",
        "my flight was cancelled",
        "it says delivered",
    ],
)
def test_a_remedy_spoken_of_is_no_wish(text):
    assert "remedy" not in read(text)


def test_the_wish_is_kept_in_the_customers_words():
    assert read("It leaks. I want my money back, order 12345")["wish"] == "I want my money back"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("call me on 07911 123456", "+447911123456"),
        ("my mobile is 07911123456", "+447911123456"),
        ("+34 612 345 678", "+34612345678"),
    ],
)
def test_phone(text, phone):
    assert read(text)["phone"] == phone


def test_bare_digits_are_a_phone_number_only_where_one_is_asked_for():
    assert "phone" not in read("07911123456")
    assert read("07911123456", asked="contact")["phone"] == "+447911123456"


def test_a_phone_number_is_no_order_number_even_if_one_is_asked_for():
    found = read("alex murphy 07911 123456", asked="order")
    assert found["phone"] == "+447911123456"
    assert "order" not in found


def test_contact_in_one_go():
    assert read("Anna Kowalski, Anna@Example.com, 07911 123456", asked="contact") == {
        "name": "Anna Kowalski",
        "email": "anna@example.com",
        "phone": "+447911123456",
    }


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("I'm writing on behalf of my wife", "my wife"),
        ("I am complaining for my elderly mother, she can't type", "my elderly mother"),
        ("in the name of Anna Smith", "Anna Smith"),
    ],
)
def test_on_behalf_of(text, who):
    assert read(text)["on_behalf_of"] == who


def test_a_present_for_somebody_is_not_on_their_behalf():
    assert "on_behalf_of" not in read("I bought it for my mother and it broke")


@pytest.mark.parametrize("text", ["I'd like to stay anonymous", "I don't want to give my name"])
def test_anonymous(text):
    assert read(text)["anonymous"] is True


@pytest.mark.parametrize(
    "text", ["this is the third time", "it keeps crashing", "it happened again", "every single month"]
)
def test_recurring(text):
    assert read(text)["recurring"] is True


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("it's about my kettle!", "kettle"),
        ("the blue toaster", "blue toaster"),
        ("Internet", "Internet"),
        ("well, the home insurance", "home insurance"),
    ],
)
def test_product_as_an_answer(text, phrase):
    assert as_product(text, "en") == phrase


@pytest.mark.parametrize(
    "text", ["you know what, I told three of your people", "it's been like this since the storm", "with you"]
)
def test_a_sentence_is_no_product(text):
    assert as_product(text, "en") is None


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("my phone bill is wrong", "phone bill"),
        ("a pair of hiking boots (invoice 2025-7781) fell apart", "boots"),
        ("the courier dumped my parcel in the rain", "parcel"),
        ("the parcel with my new laptop never came", "laptop"),
        ("nobody answers the phone", None),
        ("I am very unhappy", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "en") == product


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("it's anna kowalski", "anna kowalski"),
        ("skip", None),
        ("07911 123456", None),
        ("call me on 07911 123456", None),
        ("and my email is", None),
    ],
)
def test_name_as_an_answer(text, name):
    assert as_name(text, "en", "GB") == name


def test_everything_at_once():
    found = read(
        "My kettle (order ORD-99812, £45.99) broke last Tuesday for the third time. "
        "I want my money back. Peter, p@x.org"
    )
    assert found["order"] == "ORD-99812"
    assert found["date"] == day(11, 18)
    assert found["amount"] == Decimal("45.99")
    assert found["remedy"] == "refund"
    assert found["recurring"] is True
    assert found["email"] == "p@x.org"


def test_ten_thousand_characters_take_no_time():
    began = time.process_time()  # of this process: others may keep the machine busy
    read("my order 12 was late on monday and 12,50 " * 250)
    assert time.process_time() - began < 2
