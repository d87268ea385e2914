"""The forms of investigation, decision and recourse: the same moves as the API's, out of form fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from handoff.casework import correcting, deciding, investigating, recourse
from handoff.console.move import Move, read
from handoff.queue import BadInput
from handoff.rest import case_bodies
from handoff.staff.roles import Right


def _add_task(m: Move) -> None:
    fields = {k: v for k, v in m.fields.items() if k != "due"}
    body = read(case_bodies.NewTask, fields).model_copy(update={"due": _end_of_day(m)})
    investigating.add_task(
        m.session, m.reference, m.who.name, **dict(body), now=m.now, as_supervisor=m.who.role.supervises
    )


def _end_task(m: Move) -> None:
    _call(m, investigating.end_task, dict(read(case_bodies.EndTask, m.fields)))


def _pass_task(m: Move) -> None:
    _call(m, investigating.pass_task, dict(read(case_bodies.PassTask, m.fields)))


def _evidence(m: Move) -> None:
    body = read(case_bodies.Remark, m.fields)
    _call(m, investigating.add_evidence, {"remark": body.remark, "files": m.files})


def _correct(m: Move) -> None:
    """Only what differs from what the form was filled with.

    Somebody may have told more since it was shown: a field that nobody touched must not take that back.
    """
    fields = {name.removeprefix("new_"): text for name, text in m.fields.items() if name.startswith("new_")}
    touched = {
        name: text
        for name, text in fields.items()
        if name == "reason" or _plain(text) != _plain(m.fields.get(f"was_{name}", ""))
    }
    body = read(case_bodies.Correct, touched, keep_empty=True)
    _call(m, correcting.correct, {"changes": body.changes, "reason": body.reason})


def _step_aside(m: Move) -> None:
    _call(m, investigating.step_aside, dict(read(case_bodies.StepAside, m.fields)))


def _lift(m: Move) -> None:
    body = read(case_bodies.LiftConflict, m.fields)
    investigating.lift_conflict(m.session, m.reference, m.who.name, **dict(body), now=m.now)


def _draft(m: Move) -> None:
    finding = read(case_bodies.Draft, m.fields).finding
    _call(m, deciding.draft, {"finding": finding, "outside": m.settings.outside_body})


def _edit(m: Move) -> None:
    _call(m, deciding.edit, dict(read(case_bodies.EditLetter, m.fields)))


def _discard(m: Move) -> None:
    _call(m, deciding.discard, dict(read(case_bodies.OneLetter, m.fields)))


def _send(m: Move) -> None:
    body = dict(read(case_bodies.SendLetter, m.fields))
    _call(m, deciding.send, {**body, "outside": m.settings.outside_body})


def _accept(m: Move) -> None:
    _call(m, recourse.accept, dict(read(case_bodies.PerhapsWhy, m.fields)))


def _contest(m: Move) -> None:
    body = dict(read(case_bodies.Why, m.fields))
    _call(m, recourse.contest, {**body, "outside": m.settings.outside_body})


def _escalate(m: Move) -> None:
    _call(m, recourse.escalate, dict(read(case_bodies.Why, m.fields)))


def _escalate_outside(m: Move) -> None:
    _call(m, recourse.escalate_outside, dict(read(case_bodies.Outside, m.fields)))


MOVES: Mapping[str, tuple[Right, Callable[[Move], None]]] = {
    "correct": (Right.ANSWER, _correct),
    "tasks": (Right.ANSWER, _add_task),
    "task-end": (Right.ANSWER, _end_task),
    "task-pass": (Right.ANSWER, _pass_task),
    "evidence": (Right.ANSWER, _evidence),
    "conflict": (Right.ANSWER, _step_aside),
    "conflict-lift": (Right.SUPERVISE, _lift),
    "draft": (Right.ANSWER, _draft),
    "letter-edit": (Right.ANSWER, _edit),
    "letter-discard": (Right.ANSWER, _discard),
    "send": (Right.ANSWER, _send),
    "accept": (Right.ANSWER, _accept),
    "contest": (Right.ANSWER, _contest),
    "escalate": (Right.ANSWER, _escalate),
    "escalate-outside": (Right.ANSWER, _escalate_outside),
}


def _call(m: Move, do: Callable[..., object], values: Mapping[str, object]) -> None:
    """A move of whoever holds the case, or of a supervisor."""
    do(m.session, m.reference, m.who.name, **values, now=m.now, as_supervisor=m.who.role.supervises)


def _plain(text: str) -> str:
    """A field as it is kept: browsers send lines' ends in a way of their own."""
    return text.replace("\r\n", "\n").strip()


def _end_of_day(m: Move) -> datetime | None:
    """The day that was chosen, up to its last second where the operator is."""
    given = m.fields.get("due", "").strip()
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise BadInput("due: write the day as 2026-03-31") from error
    return datetime.combine(day, time(23, 59, 59), m.settings.time_zone)
