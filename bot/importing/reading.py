"""A row of the file as an old complaint, or everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.importing import moments
from bot.importing.columns import BY_NAME, COLUMNS, State, When
from bot.importing.mapping import FileMapping
from bot.importing.moments import A_DAY, Order
from bot.importing.problems import Problem, Wrong
from bot.importing.table import Cells

_IN_ORDER = ("received_at", "acknowledged_at", "answered_at", "closed_at")


@dataclass(frozen=True)
class Old:
    """A complaint of another system. ``values`` by column, ``digest`` of its row."""

    row: int
    number: str
    state: State
    values: Mapping[str, Any]
    digest: str

    def __getitem__(self, name: str) -> Any:
        """What stood in a column, ``None`` for nothing."""
        return self.values.get(name)


@dataclass(frozen=True)
class Reader:
    """Reads rows. Days and times without an offset are in ``zone``."""

    mapping: FileMapping
    zone: ZoneInfo
    order: Order | None
    now: datetime

    def read(self, row: Cells) -> Old | list[Problem]:
        """What a row says, or all that is wrong with it."""
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        words = self.mapping.folded()
        for column in COLUMNS:
            cell = row.cells.get(column.name) or self.mapping.always.get(column.name, "")
            if not cell:
                if column.required:
                    problems.append(Problem(row.row, column.name, "nothing in it", "every row needs it"))
                continue
            if "\0" in cell:
                problems.append(Problem(row.row, column.name, "a NUL character", "take it out"))
                continue
            cell = words.get(column.name, {}).get(cell.casefold(), cell)
            try:
                values[column.name] = self._cell(column.name, cell)
            except Wrong as error:
                problems.append(Problem(row.row, column.name, error.what, error.remedy))
        told = {problem.column for problem in problems}
        problems += [one for one in self._together(row.row, values) if one.column not in told]
        if problems:
            return problems
        _in_order(values)
        digest = hashlib.sha256(json.dumps(row.cells, sort_keys=True).encode()).hexdigest()
        return Old(row.row, values["number"], _state(values), values, digest)

    def _cell(self, name: str, cell: str) -> Any:
        how = BY_NAME[name].read
        if how is When.MOMENT:
            return moments.moment(cell, self.zone, self.order)
        if how is When.DAY:
            return moments.day(cell, self.order)
        assert not isinstance(how, When)
        return how(cell)

    def _together(self, row: int, values: Mapping[str, Any]) -> list[Problem]:
        """What is right for itself, and wrong beside the rest."""
        found = [
            Problem(row, name, "it is in the future", "correct the date, or leave it empty")
            for name in _IN_ORDER
            if name in values and values[name] > self.now + A_DAY
        ]
        dated = [name for name in _IN_ORDER if name in values]
        found += [
            Problem(row, later, f"it is before {earlier}", "correct one of them")
            for earlier, later in pairwise(dated)
            if values[later] < _day_of(values[earlier])
        ]
        found += [
            Problem(row, currency, "nothing in it", f"in which currency is {amount}?")
            for amount, currency in (("amount", "currency"), ("compensation", "remedy_currency"))
            if amount in values and currency not in values
        ]
        return found + _of_state(row, _state(values), dated)


def _of_state(row: int, state: State, dated: Sequence[str]) -> list[Problem]:
    """Whether the dates are those of a case in such a state."""
    over = state in (State.CLOSED, State.WITHDRAWN)
    if over and not {"closed_at", "answered_at"} & set(dated):
        return [Problem(row, "closed_at", "nothing in it", f"when was it {state}?")]
    if state is State.ANSWERED and "answered_at" not in dated:
        return [Problem(row, "answered_at", "nothing in it", "when was it answered?")]
    if not over and "closed_at" in dated:
        return [Problem(row, "status", f"{state}, and closed_at has a date", "one of them is wrong")]
    return []


def _state(values: Mapping[str, Any]) -> State:
    if "status" in values:
        return State(values["status"])
    if "closed_at" in values:
        return State.CLOSED
    return State.ANSWERED if "answered_at" in values else State.OPEN


def _in_order(values: dict[str, Any]) -> None:
    """What was on the day of something else, at a time that nobody noted, was not before it."""
    dated = [name for name in _IN_ORDER if name in values]
    for earlier, later in pairwise(dated):
        values[later] = max(values[later], values[earlier])


def _day_of(moment: datetime) -> datetime:
    """A date without a time is the first moment of its day: the same day is not before."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
