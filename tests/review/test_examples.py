"""A file of examples changes by added lines only, and nothing comes in twice or from the golden set.

Mutation: let `Examples.check` forget the golden set, or dump with ``form.width`` left alone, or without
``preserve_quotes``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.review.examples import Example, Examples, only_added, with_example
from bot.review.record import BadExample, ExamplesClosed, KnownExample
from complaints.complaint import Category, Severity

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "nlu_data").rglob("*.yml"))
SINGS = Example(
    "en",
    'my kettle sings at night # "really": it does',
    "file_complaint",
    Severity.HIGH,
    Category.DEFECT,
    "Tina",
    date(2026, 3, 2),
)
BY_HAND = """\
# Written by hand
version: '3.1'   # in single quotes

nlu:
- intent: enquire   # questions
  examples: |
    - do you sell frobnicators

- intent: file_complaint
  examples:
  # about kettles
  - text: |
      the kettle you sent whistles Wagner
    metadata: {category: defect, severity: low, author: Olga of the Northern Desk, date: "2026-01-05"}

# the end
"""


def test_a_new_file_is_what_training_reads(examples: Examples) -> None:
    assert examples.add(SINGS) == "en/reviewed.yml"
    asked = replace(SINGS, text="are frobnicators blue", intent="enquire", severity=None, category=None)
    examples.add(asked)
    data = yaml.safe_load((examples.folder / "en/reviewed.yml").read_text(encoding="utf-8"))
    complaints, questions = data["nlu"]
    assert complaints == {
        "intent": "file_complaint",
        "examples": [
            {
                "text": f"{SINGS.text}\n",
                "metadata": {
                    "severity": "high",
                    "category": "defect",
                    "author": "Tina",
                    "date": "2026-03-02",
                },
            }
        ],
    }
    assert questions["examples"][0]["metadata"] == {"author": "Tina", "date": "2026-03-02"}


def test_what_people_wrote_stays(examples: Examples) -> None:
    """Comments, quotes, blank lines, order: every line is still there, and the example is with its own."""
    path = examples.folder / "en/reviewed.yml"
    path.write_text(BY_HAND, encoding="utf-8")
    examples.add(SINGS)
    after = path.read_text(encoding="utf-8")
    assert only_added(BY_HAND, after)
    added = [line for line in after.splitlines() if line not in BY_HAND.splitlines()]
    assert added == [
        f"      {SINGS.text}",
        '    metadata: {severity: high, category: defect, author: Tina, date: "2026-03-02"}',
    ]
    assert yaml.safe_load(after)["nlu"][1]["examples"][1]["text"].startswith("my kettle sings")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_any_file_of_ours_could_take_one(file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    after = with_example(before, SINGS)
    assert only_added(before, after)
    assert 3 <= len(after.splitlines()) - len(before.splitlines()) <= 5


def test_nothing_twice(examples: Examples) -> None:
    examples.add(SINGS)
    with pytest.raises(KnownExample, match=r"en/reviewed\.yml has this example already, as file_complaint"):
        examples.add(replace(SINGS, text='My KETTLE sings at night: "really", it does!'))
    with pytest.raises(KnownExample, match=r"en/complaints\.yml"):
        examples.add(replace(SINGS, text="i want to complain!!"))


def test_nothing_that_measures(examples: Examples) -> None:
    """Nor what nearly is."""
    golden = yaml.safe_load((examples.folder / "golden/en.yml").read_text(encoding="utf-8"))
    said = max((e["text"].strip() for e in golden["nlu"][0]["examples"]), key=len)
    for text in (said, said.replace(" the ", " that ", 1).upper()):
        with pytest.raises(KnownExample, match=r"golden/en\.yml"):
            examples.add(replace(SINGS, text=text))
    assert not (examples.folder / "en/reviewed.yml").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"intent": "sing"}, "no intent"),
        ({"language": "xx"}, "no examples"),
        ({"text": "0000 Xxxxx"}, "no words"),
    ],
)
def test_nonsense_is_refused(examples: Examples, change: dict[str, str], why: str) -> None:
    with pytest.raises(BadExample, match=why):
        examples.add(replace(SINGS, **change))


def test_no_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ExamplesClosed, match="RECOURSE_NLU_DATA_DIR"):
        Examples(tmp_path / "nowhere").languages()


@pytest.mark.skipif(os.geteuid() == 0, reason="ROOT MAY WRITE EVERYWHERE, so refusal cannot be seen")
def test_no_right_to_write_names_the_remedy(examples: Examples) -> None:
    folder = examples.folder / "en"
    folder.chmod(0o500)
    try:
        with pytest.raises(ExamplesClosed, match="let this user write"):
            examples.add(SINGS)
    finally:
        folder.chmod(0o700)


def test_a_file_in_the_way_names_the_remedy(examples: Examples) -> None:
    """What cannot be written, whoever asks."""
    (examples.folder / "en/reviewed.new").mkdir()
    with pytest.raises(ExamplesClosed, match="cannot write"):
        examples.add(SINGS)


def test_a_broken_file_is_left_alone(examples: Examples) -> None:
    path = examples.folder / "en/reviewed.yml"
    path.write_text("nlu: [unfinished\n", encoding="utf-8")
    with pytest.raises(ExamplesClosed, match=r"en/reviewed\.yml"):
        examples.add(SINGS)
    assert path.read_text(encoding="utf-8") == "nlu: [unfinished\n"
