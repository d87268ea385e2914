"""Whole conversations with the trained engine and the real actions.

Mutation: let `Turn.read` find nothing, and what was said already is asked again.
"""

from pathlib import Path
from typing import Any

import pytest

from complaints.commands import Details
from complaints.language import SUPPORTED
from tests.dialogues.dialogue import Dialogue, Expected, load, run
from tests.dialogues.program import Case, Program
from tests.engine.engine_process import Engine

DIALOGUES = load(Path(__file__).parent)


class Conversation:
    """A customer of the in-memory program."""

    def __init__(self, engine: Engine, dialogue: Dialogue) -> None:
        start = dict(dialogue.start)
        cases = [_case(**case) for case in start.pop("cases", [])]
        self.program = Program(engine, language=dialogue.language, cases=cases, **start)

    @property
    def references(self) -> list[str]:
        provisional = [self.program.provisional] if self.program.provisional else []
        return [*(c.reference for c in self.program.cases), *provisional]

    def send(self, turn: Expected) -> dict[str, Any]:
        if turn.press is not None:
            assert turn.press in self.program.offered, f"{turn.press} is none of {self.program.offered}"
        return self.program.say(
            turn.say,
            token=turn.press,
            attachments=turn.attachments,
            unsupported=turn.unsupported,
            more_waiting=turn.more_waiting,
        )


def _case(reference: str, description: str, details: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case(
        reference, more.pop("kind", "complaint"), description, Details.model_validate(details or {}), **more
    )


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[f"{d.language}: {d.name}" for d in DIALOGUES])
def test_dialogue(dialogue: Dialogue, engine: Engine) -> None:
    run(dialogue, Conversation(engine, dialogue))


def test_there_are_enough_in_each_language() -> None:
    for language in SUPPORTED:
        enough = 15 if language in ("en", "es") else 3
        assert len([d for d in DIALOGUES if d.language == language]) >= enough, language
