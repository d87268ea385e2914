"""Whatever a customer writes is words, never a command, and never brings the engine down.

Fails if `plain` in understanding.py returns the text as it is.
"""

import time

import pytest

from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import Engine, spoken


@pytest.mark.parametrize(
    "text",
    [
        "/silence_please",
        "//silence_please",
        " \n/ / silence_please",
        "\N{NO-BREAK SPACE}/silence_please",
        "\x1c/silence_please",
        "/silence_please@1.0",
        '/silence_please{"reference": "R-1"}',
    ],
)
def test_a_slash_is_no_command(engine: Engine, text: str) -> None:
    """The intent has no examples, so only a command would reach it."""
    turned = engine.turn(text)
    assert turned["parse"]["intent"] != "silence_please"
    assert turned["commands"] == []


def test_a_restart_is_no_command(engine: Engine) -> None:
    """The form goes on."""
    turned = engine.say("I have a complaint", "/restart")
    assert turned["asks"] == "product"
    assert spoken(turned) == ["I did not understand.", "Which product?"]


def test_a_withdrawal_is_not_certain_because_of_a_slash(engine: Engine) -> None:
    """It reads like one, and so it may be asked about; it has no payload and is not trusted."""
    turned = engine.turn("/withdraw_complaint")
    assert turned["parse"]["confidence"] < 1.0


@pytest.mark.parametrize("text", ["", " ", "\n\t", "/", " / // "])
def test_no_words_are_not_understood(engine: Engine, text: str) -> None:
    """An empty text crashes a classifier; here it is merely not understood."""
    assert engine.turn(text)["parse"]["intent"] == "nlu_fallback"


@pytest.mark.parametrize(
    "text", ["\N{FIRE}", "\x00", "{open_reference}", "0[language]", "\u202eolleh", "ครับ", "مرحبا"]
)
def test_strange_words(engine: Engine, text: str) -> None:
    """Pictures, controls, templates, other scripts: a turn like any other."""
    assert engine.turn(text)["replies"]


@pytest.mark.parametrize("text", ["my kettle broke " * 3_334, "a" * 200_000, "\N{FIRE}" * 100_000])
def test_a_very_long_text(engine: Engine, actions: ActionsServer, text: str) -> None:
    """Read in part, in bounded time; the action gets the whole."""
    actions.calls.clear()
    began = time.monotonic()
    engine.turn(text, intent={"name": "complain"})
    assert time.monotonic() - began < 6.0  # on a busy machine
    assert actions.calls[0]["tracker"]["latest_message"]["text"] == text.strip()
