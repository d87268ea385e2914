"""What is measured with is not learnt from: no real message of the evaluation folder is an example.

Mutation: copy any line of the folder into nlu_data/.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EVAL = ROOT.parent / "shared/eval"
ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
WORDS_ENOUGH = 4
"""Shorter ones, such as "yes please", anybody writes."""


def words(text):
    return " ".join(re.findall(r"\w+", ANNOTATION.sub(r"\1", text).lower()))


def examples(file):
    for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
        listed = block.get("examples", ())
        if isinstance(listed, str):
            listed = [{"text": line.removeprefix("- ")} for line in listed.splitlines()]
        yield from (example["text"] for example in listed)


def texts(value):
    """Every message in a row, however deep: turns of dialogues, too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


@pytest.fixture(scope="module")
def ours():
    found = {words(text) for file in (ROOT / "nlu_data").rglob("*.yml") for text in examples(file)}
    assert len(found) > 5000
    return found


def test_annotations_do_not_hide_a_copy():
    assert words("My [coffee maker](product) broke, again!") == words("my coffee maker broke again")


def test_no_row_is_an_example(ours):
    if not EVAL.is_dir():
        pytest.skip(f"NOT CHECKED that examples are our own: {EVAL} is not there")
    files = sorted(EVAL.glob("*.jsonl"))
    assert files
    theirs = {
        text
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        for value in texts(json.loads(line))
        if len((text := words(value)).split()) >= WORDS_ENOUGH
    }
    # Only the number: the rows themselves are for measuring, not for reading.
    assert len(theirs) > 1000
    copied = len(theirs & ours)
    del theirs, ours
    assert copied == 0
