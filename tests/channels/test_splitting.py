"""Long texts are cut where a reader would pause, and nothing of them is lost.

Mutation: in `channels.splitting._head`, drop the look at graphemes — families of emoji are torn.
In `_LIMITS`, measure an SMS by `utf16` — parts with an ellipsis are too long once they are sent.
"""

from __future__ import annotations

import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.message import Button
from channels.sms_text import plain
from channels.splitting import fit, fits, numbered, slack_length, split_for, utf16

FAMILY = "👨‍👩‍👧‍👦"


def test_a_short_text_stays_one() -> None:
    assert fit("Hello", 5) == ["Hello"]
    assert fit("", 5) == [""]


def test_a_paragraph_is_the_best_place_to_cut() -> None:
    text = "We have your complaint.\n\nIt is RC-7K2M9P4X. We answer by Monday."
    assert fit(text, 50) == ["We have your complaint.", "It is RC-7K2M9P4X. We answer by Monday."]


def test_then_a_line_a_sentence_a_word() -> None:
    assert fit("First line here\nsecond line", 20) == ["First line here", "second line"]
    assert fit("One sentence. And another one.", 20) == ["One sentence.", "And another one."]
    assert fit('She said "stop!" and then went.', 20) == ['She said "stop!"', "and then went."]
    assert fit("nothing but words in here", 10) == ["nothing", "but words", "in here"]


def test_an_early_paragraph_does_not_make_a_part_of_one_word() -> None:
    assert fit("Hi\n\n" + "word " * 10, 30)[0].startswith("Hi\n\nword")


def test_no_emoji_is_torn() -> None:
    parts = fit(FAMILY * 10, utf16(FAMILY) * 3 + 2)
    assert "".join(parts) == FAMILY * 10
    assert all(set(regex.findall(r"\X", part)) == {FAMILY} for part in parts)


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(2, 40))
@example("a" + "\u0301" * 50, 10)
@example(" " * 50, 7)
def test_nothing_is_lost_and_every_part_fits(text: str, limit: int) -> None:
    parts = fit(text, limit)
    assert all(utf16(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@settings(deadline=None)
@given(st.text(max_size=3000), st.lists(st.text(min_size=1, max_size=20), max_size=9))
def test_numbered_buttons_always_find_room(text: str, titles: list[str]) -> None:
    buttons = [Button(title, "t") for title in titles]
    for channel in ("sms", "whatsapp"):
        *earlier, last = split_for(channel, text, buttons)
        assert all(fits(channel, part) for part in earlier)
        assert fits(channel, numbered(last, buttons))


def test_slack_counts_what_escaping_adds() -> None:
    assert slack_length("a<b&c>") == len("a&lt;b&amp;c&gt;")
    assert len(split_for("slack", "&" * 1000)) == 2


@settings(deadline=None)
@given(st.text("…—’ a.\n", max_size=4000))
@example("Thank you for your patience… " * 80)
def test_an_sms_is_measured_as_it_is_sent(text: str) -> None:
    assert all(utf16(plain(part)) <= 1600 for part in split_for("sms", text))


def test_a_channel_without_a_limit_gets_it_whole() -> None:
    assert split_for("webchat", "x" * 100_000) == ["x" * 100_000]
