"""The forms of a case's clock: the same moves as the API's, out of form fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from handoff.casework import timing
from handoff.console.move import Move, read
from handoff.rest.bodies import ChooseKind, Extend, Pause, StageDone
from handoff.staff.roles import Right


def _pause(m: Move) -> None:
    values = dict(read(Pause, m.fields))
    timing.pause(m.session, m.reference, m.who.name, **values, now=m.now, as_supervisor=m.who.role.supervises)


def _resume(m: Move) -> None:
    timing.resume(m.session, m.reference, m.who.name, m.now, as_supervisor=m.who.role.supervises)


def _extend(m: Move) -> None:
    values = dict(read(Extend, m.fields))
    timing.extend(
        m.session, m.reference, m.who.name, **values, now=m.now, as_supervisor=m.who.role.supervises
    )


def _time_limit(m: Move) -> None:
    values = dict(read(ChooseKind, m.fields))
    timing.choose_kind(
        m.session, m.reference, m.who.name, **values, now=m.now, as_supervisor=m.who.role.supervises
    )


def _stage_done(m: Move) -> None:
    values = dict(read(StageDone, m.fields))
    timing.fulfil(
        m.session, m.reference, m.who.name, **values, now=m.now, as_supervisor=m.who.role.supervises
    )


MOVES: Mapping[str, tuple[Right, Callable[[Move], None]]] = {
    "pause": (Right.ANSWER, _pause),
    "resume": (Right.ANSWER, _resume),
    "extend": (Right.ANSWER, _extend),
    "time-limit": (Right.ANSWER, _time_limit),
    "stage-done": (Right.ANSWER, _stage_done),
}
