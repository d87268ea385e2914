"""Numbers that nobody may keep: passwords, PINs, numbers of social security and of bank cards."""

from __future__ import annotations

import re
from functools import cache

from stdnum import luhn

from actions.lexicon import alternatives, lexicon, plain

_CARD = re.compile(
    r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])"
)  # ISO/IEC 7812: 13 to 19 digits, the last by Luhn


def find_confidential(text: str, language: str) -> list[tuple[int, int]]:
    """Where such numbers stand, with the words that tell what they are. ``text`` has western digits."""
    found = [card.span() for card in _CARD.finditer(text) if luhn.is_valid(re.sub(r"\D", "", card[0]))]
    if lexicon(language).secret:
        found += [(match.start(), match.end("value")) for match in _named(language).finditer(plain(text))]
    return found


@cache
def _named(language: str) -> re.Pattern[str]:
    """Such a word, up to four others that name no order, and the number or a word with digits in it."""
    words = lexicon(language)
    cue, other = alternatives(words.secret), alternatives(words.order or ["(?!)"])
    between = rf"(?:\W+(?!(?:{other})(?!\w))[^\W\d]{{1,12}}|\W+\d(?!\w)){{0,4}}?"
    value = r"(?P<value>\d(?:[ -]?\d){2,}|(?=\w{3})[a-z]*\d\w*)"
    return re.compile(rf"(?<!\w)(?:{cue}){between}\W*(?<!\w){value}(?!\w)", re.IGNORECASE)
