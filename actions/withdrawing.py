"""Withdrawing a complaint, only after a confirmation that names it; and opening one again."""

from __future__ import annotations

from actions.filing import file
from actions.lexicon import find
from actions.step import Step
from actions.turn import Turn
from complaints.commands import AddDetail, Reopen, Withdraw
from complaints.facts import CaseFact
from complaints.reference import read_all

_MERE_WORDS = 8  # more words than these tell what is wrong


class AskWithdraw(Step):
    """The customer wants to withdraw, it seems."""

    called = "action_ask_withdraw"

    def act(self, turn: Turn) -> None:
        """Ask, naming the case; with several, ask which."""
        cases = _meant(turn, turn.open_cases)
        if cases and find(turn.words.erase, turn.text) and not find(turn.words.withdraw, turn.text):
            turn.pass_on("action_take_details")  # "remove my email": whoever takes the case sees to that
            return
        if not cases:
            turn.say("withdraw_none")
        elif len(cases) > 1:
            turn.say_choice("ask_withdraw_which", cases)
            turn.expect("which_withdraw")
        else:
            turn.about(cases[0].reference)
            turn.say(
                "ask_withdraw",
                buttons=(("withdraw", "affirm:withdraw"), ("keep", "deny:withdraw")),
                reference=cases[0].reference,
                subject=cases[0].subject,
            )
            turn.expect("withdraw")
            turn.end_questions()


class WithdrawIt(Step):
    """Confirmed."""

    called = "action_withdraw"

    def act(self, turn: Turn) -> None:
        """The case that the confirmation named."""
        case = turn.case
        if case is None or not case.open:
            turn.say("withdraw_none")
            return
        turn.do(Withdraw(reference=case.reference))
        turn.say("withdrawn", reference=case.reference)


class KeepIt(Step):
    """Not withdrawn after all."""

    called = "action_keep"

    def act(self, turn: Turn) -> None:
        """Say that nothing has changed."""
        turn.say("kept", reference=turn.reference)


class ReopenIt(Step):
    """A finished matter is not solved."""

    called = "action_reopen"

    def act(self, turn: Turn) -> None:
        """The case named, or the only finished one; an open one just takes the words."""
        finished = _meant(turn, [c for c in turn.facts.cases if not c.open and c.kind == "complaint"])
        responded = [c for c in _meant(turn, turn.open_cases) if c.status == "responded"]
        reason = turn.whole_text or turn.text
        candidates = [*responded, *finished]
        if len(candidates) > 1:
            turn.say_choice("ask_reopen_which", candidates)
            turn.expect("which_reopen", reason)
        elif candidates:
            reference = candidates[0].reference
            turn.do(Reopen(reference=reference, reason=reason))
            turn.about(reference)
            turn.say("reopened", reference=reference, update_by=turn.facts.offer.update_by)
        elif turn.open_cases:
            reference = turn.open_cases[0].reference
            turn.do(AddDetail(reference=reference, description=reason))
            turn.say("reopen_still_open", reference=reference)
        elif len(turn.text.split()) > _MERE_WORDS or turn.read(turn.text).product:
            file(turn, turn.text)  # nothing to open again, and yet something is wrong
        else:
            turn.say("reopen_none")
            turn.expect("story")


def _meant(turn: Turn, cases: list[CaseFact]) -> list[CaseFact]:
    """The case that the message names or the button chose, or all of ``cases``."""
    mentioned = {m.reference for m in read_all(turn.text)} | {turn.argument}
    return [c for c in cases if c.reference in mentioned] or cases
