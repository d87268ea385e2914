"""What the classifier is not sure of, and what lies outside the matter."""

from __future__ import annotations

from actions.answers import wants_person
from actions.feedback import asks_about_order
from actions.filing import ask_whether_complaint, may_be_complaint
from actions.lexicon import find, is_all
from actions.people import ask_for_person
from actions.smalltalk import WAYS_ON
from actions.step import Step
from actions.summary import read_change
from actions.turn import Turn, yes_or_no
from complaints.commands import AddDetail

_MISUNDERSTOOD_BEFORE_PERSON = 2
_DOUBTFUL = 0.6
_NEARLY = 0.3
_SHORT = 4  # words
_YES = frozenset("👍👌✅✔🆗")
_NO = frozenset("👎❌✖🚫")
_COMMANDS = frozenset({"start", "help"})
"""What platforms send as ``/start``; the slash is gone by now."""
_TELLING = frozenset({"order", "phone", "email", "amount", "on_behalf_of"})
"""Details that say enough by themselves, whatever the message looks like."""
_ON_YES_OR_NO = {
    "summary": ("action_confirm_summary", "action_ask_correction"),
    "file": ("action_file_complaint", "action_not_filed"),
    "human": ("action_ask_human", "action_all_right"),
    "withdraw": ("action_withdraw", "action_keep"),
    "add": ("action_add_held", "action_all_right"),
    "more": ("action_good", "action_all_right"),
}


class OutOfScope(Step):
    """Something else entirely."""

    called = "action_out_of_scope"
    aside = True

    def act(self, turn: Turn) -> None:
        """Say so, unless that is not sure or it holds a detail of a complaint after all."""
        bare = is_all(turn.words.bare, turn.text)
        added = turn.waiting is not None and not turn.only_asks
        unsure = turn.wordless or turn.mentions or turn.confidence < _DOUBTFUL or added or bare
        if unsure or (turn.case and turn.case.open and turn.read(turn.text).said().keys() & _TELLING):
            turn.pass_on(NotUnderstood.called)
        else:
            turn.say("out_of_scope", buttons=() if turn.in_questions else WAYS_ON)


class NotUnderstood(Step):
    """The classifier is not sure."""

    called = "action_not_understood"
    aside = True

    def act(self, turn: Turn) -> None:
        """See what it may be all the same. Otherwise ask again once; the second time in a row, a person."""
        if meant := _meant_all_the_same(turn):
            turn.pass_on(meant)
            return
        if (waiting := turn.waiting) is not None:
            details = turn.read(turn.text)
            turn.do(AddDetail(reference=waiting.reference, details=details, description=turn.text))
            turn.say("waiting_noted", reference=waiting.reference, opening=turn.facts.offer.opening)
            return
        times = int(turn.slot("misunderstood") or 0) + 1
        turn.set("misunderstood", times)
        names_product = len(turn.text.split()) > 2 and turn.read(turn.text).product is not None
        if turn.has_open_case and len(turn.text.split()) > _SHORT and not turn.asks and times == 1:
            turn.say("ask_add", buttons=yes_or_no("add"), reference=turn.reference)
            turn.expect("add", turn.text)
        elif (may_be_complaint(turn) or names_product or _tells(turn, times)) and turn.expected != "file":
            ask_whether_complaint(turn)
        elif times >= _MISUNDERSTOOD_BEFORE_PERSON:
            turn.say("person_instead")
            ask_for_person(turn, "misunderstood", turn.text)
        else:
            turn.say("not_understood", buttons=WAYS_ON)


def _tells(turn: Turn, times: int) -> bool:
    """Whether somebody without a case here tells something at some length: they are likely to complain."""
    return times == 1 and not turn.facts.cases and not turn.only_asks and len(turn.text.split()) >= _SHORT


def _meant_all_the_same(turn: Turn) -> str | None:
    """The action for a sign, a reference, a bare phrase or details that the classifier makes nothing of."""
    if turn.wordless:
        return _meant_by_sign(turn)
    if turn.mentions or find(turn.words.own_reference, turn.text):
        return "action_status"
    if turn.text.strip().casefold() in _COMMANDS:
        return "action_greet"
    if asks_about_order(turn):
        return "action_status"
    return _meant_by_place(turn) or _nearly_yes_or_no(turn) or _meant_by_words(turn)


def _meant_by_place(turn: Turn) -> str | None:
    """What the message is likely to be where it stands: in the questions, or at the summary."""
    if turn.in_questions and wants_person(turn):
        return "action_ask_human"
    return "action_ask_correction" if turn.expected == "summary" and read_change(turn).said() else None


def _meant_by_words(turn: Turn) -> str | None:
    words = turn.words
    details = turn.read(turn.text)
    if is_all(words.bare, turn.text):
        return "action_file_complaint" if find(words.complain, turn.text) else "action_greet"
    if turn.case and turn.case.open:
        return "action_take_details" if details.said().keys() & _TELLING else None
    # A product, and what is to be done about it; or a product in what is a complaint if anything.
    likely = bool(turn.ranking) and turn.ranking[0]["name"] == "file_complaint"
    return "action_file_complaint" if details.product and (details.remedy or likely) else None


def _nearly_yes_or_no(turn: Turn) -> str | None:
    """“Yes, thanks”: torn between a yes and thanks, where a yes or a no is expected."""
    if turn.expected not in _ON_YES_OR_NO or not turn.ranking or len(turn.text.split()) > _SHORT:
        return None
    first = turn.ranking[0]
    answers = dict(zip(("affirm", "deny"), _ON_YES_OR_NO[turn.expected], strict=True))
    return answers.get(first["name"]) if first["confidence"] >= _NEARLY else None


def _meant_by_sign(turn: Turn) -> str:
    yes, no = _ON_YES_OR_NO.get(turn.expected or "", ("action_empty", "action_empty"))
    signs = set(turn.text)
    if signs & _YES:
        return yes
    return no if signs & _NO else "action_empty"


class NoRule(Step):
    """No rule fits: the same to the customer as not being understood."""

    called = "action_default_fallback"

    def act(self, turn: Turn) -> None:
        """Leave it to `NotUnderstood`."""
        turn.pass_on(NotUnderstood.called)
