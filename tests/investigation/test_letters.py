"""Letters read well in every language, and a template reaches nothing but its placeholders.

Mutation: let `complaints.letters.compose` keep lines whose placeholder is empty, or take the check of
names out of `_read`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from complaints import letters, texts
from complaints.complaint import Decision
from complaints.letters import BadTemplate

WHOLE = {
    "reference": "RC-7K2M9P4V", "name": "Maria", "found": "The seal was torn.", "remedy": "a refund",
    "cost": "€40.00", "by": "Friday", "answer_by": "5 May", "outside": "the Ombudsman, 0800 1",
}  # fmt: skip


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("decision", Decision)
def test_says_all_that_is_known(language: str, decision: Decision) -> None:
    """Each language has its own template, and each value stands in the letter; recourse where it is due."""
    letter = letters.compose(language, decision, WHOLE)
    recourse = {"answer_by", "outside"}
    for name, value in WHOLE.items():
        assert (value in letter) is (name not in recourse or decision is not Decision.UPHELD), name
    assert language == "en" or letter != letters.compose("en", decision, WHOLE)


@pytest.mark.parametrize("language", texts.languages())
def test_unknown_parts_leave_no_gap(language: str) -> None:
    """Nobody's name, no remedy, no outside body: their lines are gone, and the letter begins as one does."""
    letter = letters.compose(
        language,
        Decision.NOT_UPHELD,
        {**WHOLE, "name": "", "remedy": "", "cost": "", "by": "", "outside": ""},
    )
    assert "{" not in letter
    assert "\n\n\n" not in letter
    assert letter[0] == letter[0].upper()
    assert len(letter.splitlines()) < len(letters.compose(language, Decision.NOT_UPHELD, WHOLE).splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "{reference} {found} {name.__class__}", "{reference} {found} {0}", "{reference} {found} {secret}",
        "{reference!r} {found}", "{reference} {found:>99999}", "{reference} {found", "{reference} only",
    ],
)  # fmt: skip
def test_a_template_reaches_nothing_else(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes, positions, formats, unknown names are refused; what every answer needs is asked for."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "upheld.txt").write_text(text)
    monkeypatch.setattr(letters, "_FOLDER", tmp_path)
    with pytest.raises(BadTemplate, match=r"upheld\.txt"):
        letters.compose("en", Decision.UPHELD, WHOLE)


def test_what_a_customer_is_called_is_no_template() -> None:
    """Braces in a value stay what they are."""
    assert "{found}" in letters.compose("en", Decision.UPHELD, {**WHOLE, "name": "{found}"}).splitlines()[0]
