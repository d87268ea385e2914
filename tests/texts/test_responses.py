"""Rasa's responses say what the catalogue says. Mutation: leave out the response without a condition."""

import subprocess
import sys

import yaml

from bot import responses
from complaints import texts


def test_every_text_is_a_response_in_every_language_with_english_for_the_rest(tmp_path):
    file = tmp_path / "made" / "responses.yml"
    responses.generate(file)
    made = yaml.safe_load(file.read_text(encoding="utf-8"))["responses"]
    # What is said of the desk is the program's alone: its words change without a new model.
    assert set(made) == {f"utter_{key}" for key in texts.of_dialogue("en")}
    for key in ("greeting", "ask_product", "summary"):
        *conditional, plain = made[f"utter_{key}"]
        spoken = {v["condition"][0]["value"]: v["text"] for v in conditional}
        assert spoken == {language: texts.of_dialogue(language)[key] for language in texts.languages()}
        assert plain == {"text": texts.of_dialogue("en")[key]}


def test_the_same_catalogue_gives_the_same_file(tmp_path):
    responses.generate(tmp_path / "one.yml")
    responses.generate(tmp_path / "two.yml")
    assert (tmp_path / "one.yml").read_bytes() == (tmp_path / "two.yml").read_bytes()


def test_the_image_makes_them_by_a_command(tmp_path):
    """As the Dockerfile does."""
    subprocess.run([sys.executable, "-m", "bot.responses", str(tmp_path / "made.yml")], check=True)
    responses.generate(tmp_path / "expected.yml")
    assert (tmp_path / "made.yml").read_bytes() == (tmp_path / "expected.yml").read_bytes()
