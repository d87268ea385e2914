"""A person takes over: on request, and where a machine should not go on alone."""

from __future__ import annotations

from typing import Any, Literal

from actions.step import Step
from actions.turn import Turn
from complaints.commands import AddDetail, AskForHuman, Details, FileComplaint
from complaints.complaint import Severity

Reason = Literal["asked", "distress", "legal", "danger", "misunderstood", "unsupported_language"]

_REASONS: dict[str, Reason] = {
    "legal": "legal",
    "regulator": "legal",
    "vulnerable": "distress",
    "self_harm": "distress",
}
"""Kinds of hazards that are no danger from the product or service."""


class GetPerson(Step):
    """“I want a person”."""

    called = "action_ask_human"

    def act(self, turn: Turn) -> None:
        """The words that came before, or with it, go along."""
        ask_for_person(turn, "asked", turn.whole_text)


class MeetDanger(Step):
    """The hazard rules found danger, distress or a legal threat in this message."""

    called = "action_danger"

    def act(self, turn: Turn) -> None:
        """Danger to life: the first sentence names whom to call. Then a case, and a person."""
        hazard = turn.facts.hazard
        assert hazard is not None
        reason = _REASONS.get(hazard.kind, "danger")
        if reason == "legal" and turn.surely_critical:
            reason = "danger"  # the model sees more in it than the threat of a lawyer
        if hazard.kind == "self_harm":
            turn.say("self_harm", emergency=turn.facts.emergency)
        elif hazard.danger_to_life:
            turn.say("danger", emergency=turn.facts.emergency)
        elif reason in ("legal", "distress"):
            turn.say(f"person_{reason}")
        elif hazard.kind == "fraud":
            turn.say("person_fraud")
        else:
            turn.say("urgent", emergency=turn.facts.emergency)
        _say_machine_speaks(turn)
        known = turn.case is None or turn.case.kind == "complaint"
        if turn.reference is not None and known and turn.expected != "story":
            turn.do(AddDetail(reference=turn.reference, details=turn.read(turn.text), description=turn.text))
        elif hazard.kind != "self_harm":
            _file(turn, turn.text)
        ask_for_person(turn, reason, turn.text)


def file_urgent(turn: Turn, text: str) -> None:
    """A new case that is critical though no rule calls it so: the model, sure enough, does.

    Whoever judged, the customer is told the same and a person comes. No danger to life is claimed: that
    only the rules know.
    """
    turn.say("urgent", emergency=turn.facts.emergency)
    _say_machine_speaks(turn)
    _file(turn, text)
    ask_for_person(turn, "danger", text)


def _say_machine_speaks(turn: Turn) -> None:
    if turn.introduce():
        turn.say("machine_speaking", organisation=turn.facts.organisation)


def _file(turn: Turn, text: str) -> None:
    details = turn.read_apart(text)
    turn.do(FileComplaint(reference=turn.new_reference, description=text, details=details))
    turn.about(turn.new_reference, details)


def ask_for_person(turn: Turn, reason: Reason, description: str) -> None:
    """Into the queue, with an honest expectation. Who waits already is told so and not queued twice."""
    waiting = turn.waiting
    offer = turn.facts.offer
    expectation: dict[str, Any] = {"opening": offer.opening, "reach": offer.reach}
    urgent = reason in ("danger", "distress")
    if not urgent and turn.reference is None and turn.assess(description).severity is Severity.CRITICAL:
        file_urgent(turn, description)  # the wish for a person would be kept as critical
        return
    if waiting is not None:
        if urgent:  # the queue sorts anew
            turn.do(AskForHuman(reference=waiting.reference, reason=reason, description=description))
        turn.say("person_already", reference=waiting.reference, **expectation)
    else:
        reference = turn.reference or turn.new_reference
        turn.do(AskForHuman(reference=reference, reason=reason, description=description))
        turn.say("person_coming", reference=reference, position=offer.queue_position, **expectation)
        _ask_for_contact(turn, reference, description)
    turn.set("misunderstood", 0)
    turn.end_questions()


def _ask_for_contact(turn: Turn, reference: str, description: str) -> None:
    """After hours, somebody who can close the page for good leaves a way to be reached, or is asked for one.

    The answer needs no questions to be running: details that are told are put with the case anyway.
    """
    facts = turn.facts
    if facts.offer.open_now or facts.contact_known or _reachable(turn.known) or turn.known.anonymous:
        return
    left = turn.read(description)
    if _reachable(left):
        turn.do(AddDetail(reference=reference, details=Details(phone=left.phone, email=left.email)))
    else:
        turn.say("ask_contact")


def _reachable(details: Details) -> bool:
    return bool(details.phone or details.email)
