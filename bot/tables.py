"""All tables of the program: import this before `SQLModel.metadata` is read as a whole."""

from __future__ import annotations

from bot import dialogue, workers
from bot.review import record as review
from channels import dead_letters, lanes, transcript
from complaints import record
from handoff import agents, presence, queue

__all__ = [
    "agents",
    "dead_letters",
    "dialogue",
    "lanes",
    "presence",
    "queue",
    "record",
    "review",
    "transcript",
    "workers",
]
