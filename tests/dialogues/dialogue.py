"""A dialogue as data: what the customer says, and what is expected of each answer.

A file is a list of dialogues. The runner needs something that can take a turn; it does not care
whether that is the engine with a small program around it or the whole program.
"""

from pathlib import Path
from typing import Any, Protocol

import yaml
from pydantic import BaseModel, ConfigDict


class Expected(BaseModel):
    """One turn. Only what is given is checked, but for commands: those not named must not come.

    ``says`` are the names of the replies, in order; ``never`` names that must not be among them.
    ``words`` must, ``no_words`` must not occur in what is said, in any case. A command is its name,
    or its name with the values that it must hold (those of its details among them).
    ``{ref}`` stands for the newest reference, ``{ref1}`` for the first, and so on.
    """

    model_config = ConfigDict(extra="forbid")

    say: str = ""
    times: int = 1  # the text is repeated
    press: str | None = None  # a token that must have been offered
    attachments: int = 0
    unsupported: bool = False
    more_waiting: bool = False

    says: list[str] | None = None
    never: list[str] = []
    words: list[str] = []
    no_words: list[str] = []
    commands: list[str | dict[str, dict[str, Any]]] = []


class Dialogue(BaseModel):
    """A conversation from its first message on. ``start`` is handed to whoever runs it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str
    start: dict[str, Any] = {}
    turns: list[Expected]


class Customer(Protocol):
    """Somebody whose messages are answered."""

    references: list[str]

    def send(self, turn: Expected) -> dict[str, Any]:
        """The answer: `replies` (`name`, `text`, `buttons`) and `commands`, as JSON."""
        ...


def load(folder: Path) -> list[Dialogue]:
    """All dialogues below ``folder``; each language has a folder of its own."""
    return [
        Dialogue(language=file.parent.name, **dialogue)
        for file in sorted(folder.glob("*/*.yml"))
        for dialogue in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def run(dialogue: Dialogue, customer: Customer) -> None:
    """Hold the conversation. Raises `AssertionError` with all that was said so far."""
    transcript: list[str] = []
    for turn in dialogue.turns:
        filled = Expected.model_validate(_fill(turn.model_dump(), customer.references))
        answer = customer.send(filled.model_copy(update={"say": filled.say * filled.times}))
        filled = Expected.model_validate(_fill(turn.model_dump(), customer.references))
        transcript.append(f"customer: {filled.say or filled.press}  [{answer['parse']['intent']}]")
        transcript += [f"    {_short(command)}" for command in answer["commands"]]
        transcript += [f"    {_name(reply)}: {reply['text']}" for reply in answer["replies"]]
        wrong = list(_differences(filled, answer))
        assert not wrong, "\n".join([dialogue.name, *transcript, "", *wrong])


def _differences(turn: Expected, answer: dict[str, Any]) -> Any:
    names = [_name(reply) for reply in answer["replies"]]
    said = "\n".join(reply["text"] for reply in answer["replies"]).casefold()
    if turn.says is not None and names != turn.says:
        yield f"expected {turn.says}, got {names}"
    yield from (f"{name} should not be said" for name in turn.never if name in names)
    yield from (f"missing: {w!r}" for w in turn.words if w.casefold() not in said)
    yield from (f"should not be there: {w!r}" for w in turn.no_words if w.casefold() in said)
    yield from (f"unfilled: {reply['text']}" for reply in answer["replies"] if "{" in reply["text"])
    got = [_short(c) for c in answer["commands"] if c["type"] != "Silence"]
    wanted = [next(iter(c.items())) if isinstance(c, dict) else (c, {}) for c in turn.commands]
    if [name for name, _ in got] != [name for name, _ in wanted]:
        yield f"expected commands {[name for name, _ in wanted]}, got {[name for name, _ in got]}"
        return
    for (name, values), (_, required) in zip(got, wanted, strict=True):
        for key, value in required.items():
            if str(values.get(key)) != str(value):
                yield f"{name}: expected {key} to be {value!r}, got {values.get(key)!r}"


def _short(command: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    values = {**command, **(command.get("details") or {})}
    known = {k: v for k, v in values.items() if v is not None and k not in ("type", "details")}
    return command["type"], known


def _name(reply: dict[str, Any]) -> str:
    return (reply["name"] or "").removeprefix("utter_")


def _fill(value: Any, references: list[str]) -> Any:
    if isinstance(value, dict):
        return {k: _fill(v, references) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, references) for v in value]
    if isinstance(value, str) and references:
        for number, reference in enumerate(references, 1):
            value = value.replace(f"{{ref{number}}}", reference)
        return value.replace("{ref}", references[-1])
    return value
