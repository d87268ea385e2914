"""Long texts cut to what a platform takes, never inside a word or a character if avoidable.

Limits are counted in UTF-16 code units: what Telegram and Twilio count in, and never less than
the number of characters, so that a part is never too long however a platform counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import regex

from channels.message import Button
from channels.sms_text import plain

Cost = Callable[[str], int]

_GRAPHEME = regex.compile(r"\X")
# Where to cut, best place first: between paragraphs, lines, sentences, words. The share says how
# full a part must at least be, so that an early paragraph does not make a part of three words.
_PLACES = [
    (regex.compile(r"\n\s*\n"), 0.3),
    (regex.compile(r"\n"), 0.4),
    (
        regex.compile(r"(?<=\p{Sentence_Terminal}[\p{Quotation_Mark}\p{Pe}]?)\s+|(?<=[\u3002\uff01\uff1f])"),
        0.5,
    ),
    (regex.compile(r"\s+"), 0.0),
]


def utf16(text: str) -> int:
    """The length of ``text`` in UTF-16 code units: an emoji counts as two or more."""
    return len(text) + sum(c > "\uffff" for c in text)


def slack_length(text: str) -> int:
    """The length of ``text`` once Slack's three special characters are escaped."""
    return utf16(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def sms_length(text: str) -> int:
    """The length of ``text`` once its marks are plain: an ellipsis is three dots."""
    return utf16(plain(text))


_LIMITS: dict[str, tuple[int, Cost]] = {
    "telegram": (4096, utf16),
    "slack": (3000, slack_length),  # what a section block takes; a plain text should stay under 4,000
    "sms": (1600, sms_length),  # Twilio's own limit: error 21617 beyond it
    "whatsapp": (1600, utf16),
}
_NUMBERED = ("sms", "whatsapp")


def fits(channel: str, text: str) -> bool:
    """Whether ``text`` goes out as one message."""
    if channel not in _LIMITS:
        return True
    limit, cost = _LIMITS[channel]
    return cost(text) <= limit


def split_for(channel: str, text: str, buttons: Sequence[Button] = ()) -> list[str]:
    """``text`` as the messages that the channel needs for it, at least one.

    The last part has room for ``buttons`` where they are sent as numbered lines (`numbered`).
    """
    if channel not in _LIMITS:
        return [text]
    limit, cost = _LIMITS[channel]
    parts = fit(text, limit, cost)
    room = cost(numbered("", buttons)) + 1 if buttons and channel in _NUMBERED else 0
    if cost(parts[-1]) + room > limit > room:
        parts[-1:] = fit(parts[-1], limit - room, cost)
    return parts


def fit(text: str, limit: int, cost: Cost = utf16) -> list[str]:
    """``text`` in parts of at most ``limit``, by the additive ``cost``.

    Joined, they are the text again but for white space at the seams. Raises `ValueError` if not
    even one character fits.
    """
    parts = []
    while len(text) > limit or cost(text) > limit:  # no character costs less than 1
        head = _head(text, limit, cost)
        cut, resume = _seam(text, head)
        parts.append(text[:cut])
        text = text[resume:]
    if text or not parts:
        parts.append(text)
    return parts


def numbered(text: str, buttons: Sequence[Button]) -> str:
    """``text`` with its buttons as lines ``1. Yes``, for platforms without buttons."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, start=1)]
    return "\n".join([text, *lines] if text else lines)


def _head(text: str, limit: int, cost: Cost) -> int:
    """How many characters of ``text`` fit, whole graphemes if a single one is not too long."""
    end = _reach(_graphemes(text), limit, cost) or _reach(text, limit, cost)
    if not end:
        raise ValueError(f"no character fits into {limit}")
    return end


def _reach(pieces: Iterator[str] | str, limit: int, cost: Cost) -> int:
    used = end = 0
    for piece in pieces:
        used += cost(piece)
        if used > limit:
            break
        end += len(piece)
    return end


def _graphemes(text: str) -> Iterator[str]:
    return (match[0] for match in _GRAPHEME.finditer(text))


def _seam(text: str, head: int) -> tuple[int, int]:
    """Where a part ends and where the next one begins, if at most ``head`` characters fit."""
    for place, fullness in _PLACES:
        # White space right behind the head is a seam as well, hence the one character more.
        seams = [m for m in place.finditer(text, 0, head + 1) if m.start() <= head]
        seams = [m for m in seams if m.start() > max(head * fullness, 0) and text[: m.start()].strip()]
        if seams:
            return seams[-1].start(), _skip(text, seams[-1].end())
    return head, head


def _skip(text: str, start: int) -> int:
    """The next place at or after ``start`` that is not white space."""
    while start < len(text) and text[start].isspace():
        start += 1
    return start
