"""What is no complaint: enquiries, compliments, suggestions. Kept, counted, no reference forced on them."""

from __future__ import annotations

from actions.filing import ask_file, ask_whether_complaint, ask_which, may_be_complaint, states_matter
from actions.lexicon import find, is_all
from actions.step import Step
from actions.turn import Turn, yes_or_no
from complaints.commands import AddDetail, RecordFeedback

_ASKED_AGAIN = {"file": ask_file, "which_case": ask_which}
_PERHAPS = 0.2
_CERTAIN = 0.6
_SHORT = 4  # words


class Thank(Step):
    """Thanks, or praise."""

    called = "action_thank"

    def act(self, turn: Turn) -> None:
        """Mere thanks are no feedback; praise is. What was asked before stays asked."""
        if turn.merely_thanks and turn.held and turn.expected in _ASKED_AGAIN:
            turn.say("thanks")
            _ASKED_AGAIN[turn.expected](turn, turn.held)
            return
        if may_be_complaint(turn):
            ask_whether_complaint(turn)
            return
        mere = turn.in_questions or _merely_thanks(turn)
        if turn.confidence < _CERTAIN and not mere:
            turn.pass_on("action_not_understood")  # thanks for praise that was none would hurt
            return
        if not mere:
            turn.do(RecordFeedback(kind="compliment", text=turn.text))
            turn.say("compliment")
        elif turn.reference and not turn.in_questions:
            turn.say("thanks_case", reference=turn.reference)
        else:
            turn.say("thanks")


class Suggest(Step):
    """A suggestion."""

    called = "action_suggest"

    def act(self, turn: Turn) -> None:
        """Passed on."""
        if may_be_complaint(turn):
            ask_whether_complaint(turn)
            return
        turn.do(RecordFeedback(kind="suggestion", text=turn.text))
        turn.say("suggestion")


class Enquire(Step):
    """A question about something else than complaining."""

    called = "action_enquire"

    def act(self, turn: Turn) -> None:
        """We do not make answers up: a colleague can tell. When they are there, we know."""
        if turn.asks_opening:
            turn.say(
                "opening_hours",
                buttons=() if turn.in_questions else (("human", "ask_human"),),
                opening=turn.facts.offer.opening,
            )
            return
        if turn.mentions or find(turn.words.own_reference, turn.text) or asks_about_order(turn):
            turn.pass_on("action_status")
            return
        if is_all(turn.words.bare, turn.text):
            turn.pass_on("action_greet")  # "can you help me?"
            return
        if any(r["name"] == "ask_process" and r["confidence"] >= _PERHAPS for r in turn.ranking[:2]):
            turn.pass_on(ExplainProcess.called)
            return
        if turn.in_questions and turn.reference:
            turn.do(AddDetail(reference=turn.reference, description=turn.text))
            turn.say("enquiry_noted", reference=turn.reference)
            return
        if may_be_complaint(turn) or states_matter(turn):
            ask_whether_complaint(turn)
            return
        turn.do(RecordFeedback(kind="enquiry", text=turn.text))
        turn.say("enquiry", buttons=yes_or_no("human"))
        turn.expect("human", turn.text)


class ExplainProcess(Step):
    """How complaining works."""

    called = "action_explain_process"
    aside = True

    def act(self, turn: Turn) -> None:
        """What was asked for, from the facts; the whole course if nothing in particular."""
        if turn.mentions:
            turn.pass_on("action_status")
            return
        aspects = [a for a, patterns in turn.words.process.items() if find(patterns, turn.text)]
        aspects = aspects[:2] or ["steps", "how_long"]
        for aspect in aspects:
            _explain(turn, aspect)
        _refer_to_page(turn, aspects)


def asks_about_order(turn: Turn) -> bool:
    """“Where is my order 55123?” from somebody without a case here: there is nothing to look up."""
    return not turn.facts.cases and turn.only_asks and turn.read(turn.text).order is not None


def _merely_thanks(turn: Turn) -> bool:
    words = turn.words
    if is_all([*words.thanks, *words.courtesy], turn.text):
        return True
    return find(words.thanks, turn.text) is not None and len(turn.text.split()) <= _SHORT


def _refer_to_page(turn: Turn, aspects: list[str]) -> None:
    """The periods in general, and where all of it is written."""
    policy = turn.facts.policy
    if "page" not in policy:
        return
    if "how_long" in aspects and "respond_within" in policy:
        turn.say_plainly(
            "policy_in_words",
            update_within=policy["update_within"],
            respond_within=policy["respond_within"],
        )
    turn.say_plainly("policy_told", page=policy["page"])


def _explain(turn: Turn, aspect: str) -> None:
    case, offer, policy = turn.case, turn.facts.offer, turn.facts.policy
    waiting = turn.waiting
    if aspect == "how_long" and waiting is not None:
        turn.say("person_already", reference=waiting.reference, opening=offer.opening, reach=offer.reach)
    elif aspect == "how_long" and case is not None and case.open:
        turn.say("process_how_long_case", reference=case.reference, next_date=case.next_date)
    elif aspect == "how_long":
        turn.say("process_how_long", update_by=offer.update_by, respond_by=offer.respond_by)
    elif aspect == "outside" and "outside_body" in policy:
        turn.say("process_outside", outside_body=policy["outside_body"])
    elif aspect == "outside":
        turn.say("process_outside_unknown")
    else:
        turn.say(f"process_{aspect}")
