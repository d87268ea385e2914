"""How this desk works: what the operator sets about queue, offers, presence and dates.

One set of rules is in force in a process. It is put there once, at the start, like the texts and
policies that are read from files: everything that moves a case needs it, and nothing changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from complaints.opening_hours import OpeningHours

_ALWAYS = OpeningHours.parse("24/7")


@dataclass(frozen=True)
class Rules:
    """The operator's settings for the desk.

    ``automatic``: cases are offered to agents; otherwise agents take the next one themselves.
    ``capacity``: how many cases an agent without a number of their own may have at a time.
    ``offer_lasts``, ``lapses``: how long an offer stands, and how many in a row may lapse before
    the agent is set away. ``gone_after``: who is not heard of for so long is offline.
    ``return_after``: opening time after which an offline agent's unanswered cases return to the
    queue; ``None``: never. ``skill_relaxes``, ``language_relaxes``: opening time that a case waits
    for the right colleague before any will do. ``escalate_before``: opening time before its date at
    which a case is at risk, and supervisors are told. ``second_pair``: which letters somebody else than
    their writer must check before they are sent. ``root_causes``, ``training_topics``: the operator's own
    lists. ``data_dir`` is
    where files lie; without it their digests are not counted anew. ``monitored``: how long a case stays
    open after an answer that was not a full yes.
    """

    automatic: bool = False
    capacity: int = 30
    offer_lasts: timedelta = timedelta(minutes=2)
    lapses: int = 2
    gone_after: timedelta = timedelta(minutes=5)
    return_after: timedelta | None = timedelta(hours=1)
    skill_relaxes: timedelta = timedelta(minutes=15)
    language_relaxes: timedelta = timedelta(hours=1)
    escalate_before: timedelta = timedelta(hours=4)
    monitored: timedelta = timedelta(days=28)
    second_pair: Literal["none", "critical", "all"] = "none"
    root_causes: Path | None = None
    training_topics: Path | None = None
    data_dir: Path | None = None
    hours: OpeningHours = _ALWAYS
    update_templates: Mapping[str, str] = field(default_factory=dict)

    def near(self, now: datetime) -> datetime:
        """Up to this moment a due date is near: `escalate_before` of opening time from ``now``."""
        return self.hours.after(now, self.escalate_before)

    def ago(self, now: datetime, opening_time: timedelta) -> datetime:
        """The moment since which so much opening time has passed."""
        return self.hours.before(now, opening_time)


class _Force:
    rules = Rules()


def in_force() -> Rules:
    """The rules of this process."""
    return _Force.rules


def put_in_force(rules: Rules) -> None:
    """Let ``rules`` hold from now on. For the program's start."""
    _Force.rules = rules


@contextmanager
def in_force_while(rules: Rules) -> Iterator[None]:
    """Let ``rules`` hold for a while: for whoever tries something out."""
    before = _Force.rules
    _Force.rules = rules
    try:
        yield
    finally:
        _Force.rules = before
