"""What is kept as critical is answered as urgent and comes to a person: by a rule's word or the model's.

Mutation: let `actions.filing.file` not look at the assessment, let `needs_a_person` see the rule's severity
alone, or let `ask_for_person` keep the reason that it is given.
"""

from typing import Any

import pytest

from complaints import triage
from complaints.commands import AskForHuman, Command, FileComplaint, read
from complaints.complaint import Severity
from tests.actions.test_endpoint import call, post

CALM = "it was about the toy for my son"  # no rule speaks
HIGH = "the railing of the balcony came away"  # a rule says high
SUE = "my lawyer will take it from here"
OPEN = {
    "reference": "RC-7K2M9P4X",
    "kind": "complaint",
    "status": "assessed",
    "open": True,
    "stage": "",
    "last_event": "",
    "received_on": "",
    "next_date": "",
    "subject": "railing",
}


def decided(
    action: str, text: str, severity: str, confidence: float, intent: str = "file_complaint", **facts: Any
) -> tuple[list[str], list[Command]]:
    """What is said, and the commands, if the model judges ``text`` so. Follows where an action passes on."""
    hazard = triage.hazard(text, "en")
    body = call(action, text, {"hazard": hazard.model_dump() if hazard else None, **facts})
    latest = body["tracker"]["latest_message"]
    latest["intent"] = {"name": intent, "confidence": 0.9}
    latest["severity"] = {"value": severity, "confidence": confidence}
    latest["category"] = {"value": "safety", "confidence": 0.9}
    answered = post(body).json()
    followed = [e["name"] for e in answered["events"] if e["event"] == "followup"]
    if followed and not answered["responses"] and followed != ["action_listen"]:
        body["next_action"] = followed[0]
        answered = post(body).json()
    said = [r["response"].removeprefix("utter_") for r in answered["responses"] if r.get("response")]
    return said, [read(r["custom"]["command"]) for r in answered["responses"] if r.get("custom")]


def reasons(commands: list[Command]) -> list[str]:
    return [c.reason for c in commands if isinstance(c, AskForHuman)]


@pytest.mark.parametrize("action", ["action_file_complaint", "action_file_story"])
def test_what_the_model_alone_calls_critical_is_urgent(action: str) -> None:
    said, commands = decided(action, CALM, "critical", triage.SURE_OF_CRITICAL)
    assert said[:3] == ["urgent", "machine_speaking", "person_coming"]
    assert [c for c in commands if isinstance(c, FileComplaint)]
    assert reasons(commands) == ["danger"]


@pytest.mark.parametrize(("severity", "confidence"), [("critical", 0.79), ("high", 0.99), ("medium", 0.99)])
def test_the_unsure_model_alarms_nobody(severity: str, confidence: float) -> None:
    said, commands = decided("action_file_complaint", CALM, severity, confidence)
    assert said[0] == "acknowledged_first"
    assert reasons(commands) == []


def test_a_rule_that_says_high_and_the_model_agree_on_critical() -> None:
    said, commands = decided("action_file_complaint", HIGH, "critical", triage.SURE_BESIDE_A_RULE)
    assert (said[0], reasons(commands)) == ("urgent", ["danger"])
    said, commands = decided("action_file_complaint", HIGH, "critical", triage.SURE_BESIDE_A_RULE - 0.01)
    assert (said[0], reasons(commands)) == ("acknowledged_first", [])


def test_a_later_message_alarms_if_the_model_is_sure() -> None:
    """The register raises the open case: the answer must not be "I've added that"."""
    said, commands = decided("action_take_details", HIGH, "critical", 0.8, "give_details", cases=[OPEN])
    assert (said[0], reasons(commands)) == ("urgent", ["danger"])
    said, commands = decided("action_take_details", HIGH, "critical", 0.7, "give_details", cases=[OPEN])
    assert ("urgent" in said, reasons(commands)) == (False, [])


def test_more_than_the_threat_of_a_lawyer() -> None:
    assert decided("action_danger", SUE, "critical", 0.9)[0][0] == "urgent"
    assert decided("action_danger", SUE, "critical", 0.7)[0][0] == "person_legal"


def test_who_asks_for_a_person_over_something_critical_is_no_mere_wish() -> None:
    said, commands = decided("action_ask_human", CALM, "critical", 0.9, "ask_human")
    assert (said[0], reasons(commands)) == ("urgent", ["danger"])
    said, commands = decided("action_ask_human", CALM, "critical", 0.7, "ask_human")
    assert ("urgent" in said, reasons(commands)) == (False, ["asked"])


def test_what_is_no_complaint_is_not_judged() -> None:
    """The model learns severity from complaints alone: what it says of a greeting is no ground for alarm."""
    said, commands = decided("action_greet", "hello there", "critical", 0.99, "greet")
    assert "urgent" not in said
    assert commands == []


def test_what_is_told_is_what_is_kept() -> None:
    """The same rules and thresholds as the register's, so that the two cannot part."""
    for confidence in (0.5, 0.79, 0.8, 0.95):
        for text in (CALM, HIGH):
            parse = triage.Parse("file_complaint", 0.9, severity=(Severity.CRITICAL, confidence))
            kept = triage.assess(text, "en", parse).severity is Severity.CRITICAL
            said, _ = decided("action_file_complaint", text, "critical", confidence)
            assert (said[0] == "urgent") == kept, (text, confidence)
