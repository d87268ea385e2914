"""References: ``RC-`` and eight characters that survive being read out over the phone.

Seven random characters and a check character. The 29 symbols leave out every letter that looks
like another symbol (O, I, L, S, Z, B, U); when reading, those count as their look-alikes. 29 is a
prime and 2 a primitive root of it, which is what ISO/IEC 7064's pure system needs to catch every
single wrong character and every swap of neighbours. 29^7 is 17 thousand million: guessing one of
a million cases takes 17,000 tries on average, and a reference alone opens nothing.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from stdnum.iso7064 import mod_37_2

_ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
_LOOK_ALIKES = str.maketrans("OILSZBU", "011528V")
_LENGTH = 8
# "RC", then eight characters, in groups or not: "rc aircraft" has that shape, `read_all` tells it apart.
_SHAPE = re.compile(
    r"(?<![A-Z0-9])RC\s?[-‐‑–—_:#. ]?\s?((?:[A-Z0-9][-‐‑– ]?){7}[A-Z0-9])(?![A-Z0-9])", re.IGNORECASE
)


@dataclass(frozen=True)
class Mention:
    """A reference in a text: as it would be written, and whether its check character agrees."""

    reference: str
    valid: bool


def mint() -> str:
    """A fresh, unguessable reference such as ``RC-7K2M9P4X``.

    It holds a digit (95 of 100 draws do), so that no word of a language is ever a reference.
    """
    body = ""
    while not any(c.isdigit() for c in body):
        body = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 1))
    return f"RC-{body}{mod_37_2.calc_check_digit(body, alphabet=_ALPHABET)}"


def is_valid(reference: str) -> bool:
    """Whether ``reference`` is in canonical form and its check character agrees."""
    return reference.startswith("RC-") and mod_37_2.is_valid(reference[3:], alphabet=_ALPHABET)


def read_all(text: str) -> list[Mention]:
    """Every reference in ``text``, read leniently, in order and once each.

    Case, spaces, dashes and look-alike letters do not matter. A mention whose check character
    does not agree is a typing error (``valid`` is false), unless it is plain words ("rc models of
    aircraft", "rc 4 wheeler").
    """
    found: dict[str, Mention] = {}
    for match in _SHAPE.finditer(text):
        mention = _mention(match)
        if mention is not None:
            found.setdefault(mention.reference, mention)
    return list(found.values())


def mask(text: str) -> str:
    """``text`` with every reference blanked out, of the same length: a reference is no order number."""
    return _SHAPE.sub(
        lambda match: "\N{REPLACEMENT CHARACTER}" * len(match[0]) if _mention(match) else match[0], text
    )


def _mention(match: re.Match[str]) -> Mention | None:
    """What has the shape of a reference, as a reference; ``None`` for plain words."""
    written = match[1].upper()
    canonical = "RC-" + re.sub(r"[^A-Z0-9]", "", written).translate(_LOOK_ALIKES)
    valid = is_valid(canonical)
    digits = any(c.isdigit() for c in written)
    if valid:  # by chance one word in 29 is: without a digit it must be written with a dash
        return Mention(canonical, valid=True) if digits or match[0][2] in "-‐‑–—_:#" else None
    groups = written.split()
    words = len(groups) > 1 and any(len(g) > 2 and g.isalpha() for g in groups)
    return Mention(canonical, valid=False) if digits and not words else None
