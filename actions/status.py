"""How a complaint stands: for those of this conversation. About others the program is asked."""

from __future__ import annotations

from typing import Any

from actions.filing import ask_file, file, states_matter
from actions.step import Step
from actions.turn import Turn
from complaints.commands import AskForProof
from complaints.facts import CaseFact
from complaints.reference import read_all


class TellStatus(Step):
    """“Any news?”, with or without a reference."""

    called = "action_status"
    aside = True

    def act(self, turn: Turn) -> None:
        """A reference of elsewhere gets the same answer whether or not it exists: what the program says."""
        mentioned = read_all(turn.text)
        own = {c.reference: c for c in turn.facts.cases}
        chosen = [own[r] for r in [*(m.reference for m in mentioned), turn.argument] if r in own]
        if chosen:
            tell(turn, chosen[0])
        elif typo := next((m for m in mentioned if not m.valid), None):
            turn.say("status_typing_error", reference=typo.reference)
        elif mentioned:
            turn.do(AskForProof(reference=mentioned[0].reference))
        else:
            _without_reference(turn)


def tell(turn: Turn, case: CaseFact) -> None:
    """Stage, what was done last, the next date."""
    turn.about(case.reference)
    values: dict[str, Any] = {
        "reference": case.reference,
        "subject": case.subject,
        "received_on": case.received_on,
        "stage": case.stage,
        "last_event": case.last_event,
    }
    if case.open:
        turn.say("status_one", next_date=case.next_date, **values)
    else:
        turn.say("status_finished", **values)
    if case.open and case.with_person:
        turn.say("status_with_person")


def _without_reference(turn: Turn) -> None:
    cases = [c for c in turn.facts.cases if c.open]
    if turn.in_questions and turn.case:
        tell(turn, turn.case)
    elif len(cases) > 1:
        turn.say_choice("status_several", cases, count=len(cases))
        turn.expect("which_status")
    elif cases or turn.facts.cases:
        tell(turn, (cases or turn.facts.cases)[0])
    elif turn.expected == "file" and turn.held and not turn.only_asks:
        file(turn, turn.whole_text)  # "it should have been here on Monday", after being asked whether to file
    elif states_matter(turn):
        ask_file(turn, turn.text)
    else:
        question = turn.read(turn.text).said()  # "where is my order 55123?" is worth keeping
        turn.say(
            "status_none",
            buttons=(("complain", "affirm:file" if question else "new_complaint"), ("human", "ask_human")),
        )
        if question:
            turn.expect("file", turn.text)
        else:
            turn.expect("story")
