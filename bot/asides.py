"""Messages that answer a question of the program's own, such as a code or a grade: no dialogue is asked.

Each kind of question is a `Kind`: one function looks whether a message answers it, one takes the answer.
They come before a person who holds the conversation and before the engine, and a danger comes before them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot import aftercare_answers, proving
from bot.engine import Reply
from bot.settings import Settings
from channels.transcript import Conversation, Message

Find = Callable[[Session, Conversation, Message, datetime], dict[str, Any] | None]
"""What the message answers, in the kind's own terms; ``None`` if it is none of its business. Only reads."""

Take = Callable[[Session, Conversation, Message, dict[str, Any], Settings, datetime], Sequence[Reply]]
"""Does what the answer asks for, and says what to reply. A part of the transaction of the turn."""


@dataclass(frozen=True)
class Kind:
    """One question of the program's own."""

    name: str
    find: Find
    take: Take


@dataclass(frozen=True)
class Aside:
    """A message that answers one of them."""

    kind: Kind
    found: dict[str, Any]

    @property
    def beside(self) -> bool:
        """Whether the message may be something else besides: then it is answered like any other, too."""
        return bool(self.found.get("beside"))


KINDS: tuple[Kind, ...] = (
    Kind("code", proving.find, proving.take),
    Kind("aftercare", aftercare_answers.find, aftercare_answers.take),
)


def find(session: Session, conversation: Conversation, message: Message, now: datetime) -> Aside | None:
    """The question that this message answers, if it does."""
    for kind in KINDS:
        if (found := kind.find(session, conversation, message, now)) is not None:
            return Aside(kind, found)
    return None


def note(
    session: Session,
    conversation: Conversation,
    message_id: int,
    aside: Aside | None,
    settings: Settings,
    now: datetime,
) -> None:
    """Keep what a message says `Aside.beside`, in the transaction of its turn; others answer it."""
    if aside is not None and aside.beside:
        message = session.get_one(Message, message_id)
        aside.kind.take(session, conversation, message, aside.found, settings, now)
