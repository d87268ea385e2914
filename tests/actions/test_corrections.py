"""An order number put right while another question is open, and what does not replace a product.

Mutation: let `amend` give back what was `found`, or `corrects_order` look at the words alone.
"""

import pytest

from actions.corrections import amend, is_slip
from actions.details import find_details
from actions.lexicon import lexicon
from complaints.commands import Details
from tests.actions.test_details_traps import NOW


def said(language, text, asked="wish", **known):
    def number(part):
        return find_details(part, language, NOW, "GB", "order").order

    found = find_details(text, language, NOW, "GB", asked)
    return amend(found, Details(**known), text, lexicon(language), number)


@pytest.mark.parametrize(
    ("language", "text", "known", "order"),
    [
        ("en", "no sorry, 70021", "70012", "70021"),
        ("en", "wait no sorry its 48821-B", "48812-B", "48821-B"),
        ("en", "70021", "70012", "70021"),
        ("de", "Ne, falsch, die Bestellnummer ist 77132", "77123", "77132"),
        ("es", "perdón, era 88132", "88123", "88132"),
        ("fr", "non pardon 5576-AX", "5567-AX", "5576-AX"),
        ("it", "no scusa, 88132", "88123", "88132"),
        ("nl", "nee wacht, 4545", "4554", "4545"),
        ("pl", "nie, przepraszam, 88132", "88123", "88132"),
        ("pt", "não, desculpe, 4545", "4554", "4545"),
        ("tr", "hayır pardon 4545", "4554", "4545"),
        ("ar", "لا عفواً ٨٨١٣٢", "88123", "88132"),
    ],
)
def test_a_number_put_right_is_one_whatever_is_asked(language, text, known, order):
    found = said(language, text, order=known)
    assert (found.order, found.remedy, found.wish) == (order, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "it broke 3 times",
        "I paid 70021 pounds",
        "the driver said that 70021 people had waited like me since Easter",
        "sorry, call me on 07700 900123",
        "4711",
        "no, a refund",
    ],
)
def test_other_numbers_are_none(text):
    assert said("en", text, order="70012").order is None


def test_a_number_that_looks_like_a_phone_is_the_order_if_it_is_a_slip_away():
    found = said("en", "sorry, 02079460021", asked="contact", order="02079460012")
    assert (found.order, found.phone) == ("02079460021", None)


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("70012", "70021", True),
        ("48812-B", "48812b", False),
        ("48812-B", "48822C", True),
        ("70012", "99999", False),
        ("70012", "7001", False),
        ("701", "710", False),
    ],
)
def test_what_a_slip_of_the_finger_is(one, other, slip):
    assert is_slip(one, other) is slip


@pytest.mark.parametrize(
    ("product", "known", "kept"),
    [
        ("repair", "kettle", None),
        ("claim", "kettle", None),
        ("claim", "application", "claim"),
        ("toaster", "kettle", "toaster"),
        ("repair", None, "repair"),
    ],
)
def test_a_word_for_any_product_replaces_no_real_one(product, known, kept):
    found = Details(product=product)
    amended = amend(found, Details(product=known), product, lexicon("en"), lambda _: None)
    assert amended.product == kept
