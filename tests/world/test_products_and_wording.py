"""The shop's products and words, in dialogues with the trained engine: no model is trained for them.

Mutation: let `actions.heard.Heard.read` forget the products, or `actions.turn.Turn.say` the operator's words.
"""

from __future__ import annotations

import pytest

from complaints.world.products import Products
from complaints.world.world import World
from tests.world.shop import Customer, text_of


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("my TEA-KETTLE leaks", "en", "kettle-k2"),
        ("Mein Wasserkocher, der neue, tropft", "de", "kettle-k2"),
        ("la tetera electrica gotea", "es", "kettle-k2"),
        ("the Kettle  K2 leaks", "pl", "kettle-k2"),
        ("الKettle K2 يسرب", "ar", "kettle-k2"),
        ("all the kettles here", "en", None),
        ("unkettled by all this", "en", None),
        ("mein Kräuter ist tot", "de", "herb-box"),
        ("mein Krauter ist tot", "de", "herb-box"),
        ("toaster or kettle, both", "en", "toaster-duo"),
    ],
)
def test_products_are_found_by_whole_words_without_case_and_accents(
    shop: World, text: str, language: str, code: str | None
) -> None:
    assert shop.products.find(text, language) == code


def test_the_longer_name_counts() -> None:
    both = Products.model_validate({"a": {"names": {"en": "Kettle"}}, "b": {"names": {"en": "Kettle Pro"}}})
    assert both.find("my kettle pro died", "en") == "b"


async def test_a_product_is_recorded_under_one_name_whatever_it_is_called(customer: Customer) -> None:
    await customer.says("hello, since this morning my tea kettle is leaking all over and I want a new one")
    case = await customer.case()
    assert case.product == "Kettle K2"
    await customer.says("ll-123456")
    assert (await customer.case()).order == "LL-123456"


async def test_a_customer_reads_the_name_in_their_own_language(customer: Customer) -> None:
    await customer.says(
        "Mein Teekocher ist seit gestern undicht, Bestellung LL-654321, ich will mein Geld zurück"
    )
    assert (await customer.case()).product == "Kettle K2"
    replies = await customer.says("Anna Kern, anna.kern@example.org")
    for _ in range(3):  # the shop's own questions come before the summary
        if "Wasserkocher K2" in text_of(replies):
            break
        replies = await customer.presses("Überspringen")
    assert "Wasserkocher K2" in text_of(replies), customer.said


async def test_the_shops_words_are_said_and_its_name(customer: Customer) -> None:
    replies = await customer.says("hello there, good morning")
    assert "Lumen & Leaf" in text_of(replies)
    await customer.says("the toaster duo from order LL-777777 arrived broken on monday")
    replies = await customer.presses("Not now") if _asks("reach you", customer) else []
    assert any("What would put it right for you?" in line for line in customer.said), customer.said
    wish = next(m for m in await customer.messages() if m.text == "What would put it right for you?")
    assert [b["title"] for b in wish.buttons][:1] == ["Money back"]


def _asks(words: str, customer: Customer) -> bool:
    return words in customer.said[-1]
