"""Ready answers: in every language, with fields that are filled, or the operator's own.

Mutation: take the answer's text as it is in `fill`, or let a file with an unknown field pass.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from complaints.texts import languages
from handoff.casework import canned

VALUES = {
    "name": "Maria",
    "reference": "RC-1",
    "respond_by": "Friday",
    "agent": "Anna",
    "organisation": "Northwind",
}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_them(language: str) -> None:
    """The same number in each, and every field of every one can be filled."""
    found = canned.answers(language)
    assert found.language == language
    assert len(found.answers) == len(canned.answers("en").answers) >= 5
    for answer in found.answers:
        filled = canned.fill(answer.text, VALUES)
        assert "{" not in filled
        assert "…" not in filled


def test_gaps_are_seen() -> None:
    """What is not known leaves a gap, not the word None."""
    assert canned.fill("Hello {name}, {reference}", {"name": "Maria"}) == "Hello Maria, …"


@pytest.mark.parametrize("language", languages())
def test_nobody_is_called_by_a_gap(language: str) -> None:
    """Whose name is not known is addressed without one, in sentences that are whole."""
    for answer in canned.answers(language).answers:
        filled = canned.fill(answer.text, VALUES | {"name": None})
        assert not {"…", "{"} & set(filled)
        assert not filled.startswith((",", "،", " "))
        assert " ," not in filled
        assert ",," not in filled


def test_unspoken_language_gets_english() -> None:
    """A customer whose language has no file is answered in English, and the agent sees that."""
    assert canned.answers("fi").language == "en"
    assert canned.answers("../en").language == "en"


def test_the_operators_own_come_first(tmp_path: Path) -> None:
    """A file in their folder replaces ours; an edit counts at once; a language without one keeps ours."""
    own = tmp_path / "en.yml"
    own.write_text("- title: Hello\n  text: Good day, {name}\n")
    assert [a.title for a in canned.answers("en", tmp_path).answers] == ["Hello"]
    assert len(canned.answers("es", tmp_path).answers) > 1
    own.write_text("- title: Bye\n  text: Good bye, {name}, and thank you\n")
    assert [a.title for a in canned.answers("en", tmp_path).answers] == ["Bye"]


@pytest.mark.parametrize(
    "text", ["- title: A\n  text: '{secret}'", "- title: A\n  text: 'a {'", "- 5", "a: b", "{"]
)
def test_bad_files_are_named(tmp_path: Path, text: str) -> None:
    """A mistake says which file it is in."""
    (tmp_path / "en.yml").write_text(text)
    with pytest.raises(canned.BadAnswers, match=r"en\.yml"):
        canned.answers("en", tmp_path)
