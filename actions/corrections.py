"""What a later message says anew of a part that is known: what replaces it, and what does not.

Pure: the texts, the words of the language and the known details come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable

from actions.lexicon import Lexicon, find, find_all, is_all
from complaints.commands import Details

_BARE = 6  # words: in a text this short a number like the known one is a correction without saying so
_CUED = 12  # words: in a longer text "no" and "sorry" may be about anything
_SHORTEST = 4  # characters: two of fewer may differ by chance
_SLIPS = 2  # characters that a slip of the finger changes; two that are swapped are two


def amend(
    found: Details, known: Details, text: str, words: Lexicon, number: Callable[[str], str | None]
) -> Details:
    """What was ``found`` in ``text``, seen beside what is ``known``.

    ``number`` reads an order number from a text that was asked for one: with a number known and
    another question asked, "no sorry, 70021" is a number that belongs to no question.
    """
    if known.product and found.product and _is_vague(found.product, known.product, words):
        found = found.model_copy(update={"product": None})
    order = _corrected_order(found, known, text, words, number) if known.order else None
    if order is None:
        return found
    if found.wish and is_all(words.corrects, found.wish):
        found = found.model_copy(update={"remedy": None, "wish": None})  # "desculpe" asks for no apology here
    return found.model_copy(update={"order": order, "phone": None if found.order is None else found.phone})


def _corrected_order(
    found: Details, known: Details, text: str, words: Lexicon, number: Callable[[str], str | None]
) -> str | None:
    """The number that takes the place of the known one. A bare one may have been read as a phone number."""
    assert known.order is not None
    order = found.order
    if order is None and (found.date or found.amount is not None):
        return None
    if order is None:
        cues = find_all(words.corrects, text)
        rest = text[cues[-1].end() :] if cues else text
        order = number(rest)
        if order and sum(c.isdigit() for c in rest) != sum(c.isdigit() for c in order):
            return None  # one of several numbers is anything
        if order and " " not in known.order:
            order = order.split()[-1]  # "its 70021" is no number with letters, as the known one has none
    if order is None or not corrects_order(text, words, order, known.order):
        return None
    phone = found.order is None and found.phone is not None
    return order if not phone or is_slip(order, known.order) else None


def corrects_order(text: str, words: Lexicon, said: str, known: str) -> bool:
    """Whether ``text`` puts the order number ``said`` in the place of the ``known`` one.

    It is a slip of the finger away, or is led by "no", "sorry", "I meant" and much as long.
    """
    one, other = _characters(said), _characters(known)
    if one == other:
        return False
    length = len(text.split())
    cued = find(words.corrects, text) is not None and length <= _CUED
    near = abs(len(one) - len(other)) <= 1
    return (cued and near) or (is_slip(said, known) and length <= _BARE)


def is_slip(one: str, other: str) -> bool:
    """Whether two numbers differ as a slip of the finger does: in two characters at most."""
    a, b = _characters(one), _characters(other)
    if a == b or len(a) != len(b) or len(a) < _SHORTEST:
        return False
    return sum(x != y for x, y in zip(a, b, strict=True)) <= _SLIPS


def _characters(number: str) -> list[str]:
    return [c for c in number.upper() if c.isalnum()]


def _is_vague(said: str, known: str, words: Lexicon) -> bool:
    """Whether a word that may stand for any product, or for a wish, would replace a real product."""
    wishes = [pattern for patterns in words.remedy.values() for pattern in patterns]
    vague = [*words.product_otherwise, *wishes]
    return is_all(vague, said) and not is_all(vague, known)
