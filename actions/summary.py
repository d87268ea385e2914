"""The summary at the end of the questions, and corrections to it."""

from __future__ import annotations

from actions.step import Step
from actions.turn import Turn
from complaints import texts
from complaints.commands import ConfirmSummary, Details
from complaints.facts import CaseFact

_SHORT = 60  # characters: a longer wish is shown by its kind


def lines(details: Details, language: str) -> list[str]:
    """What is known, a line for each part, as it is written in ``language``."""
    return [
        texts.say(f"summary_{name}", language, value=value)
        for name, value in written(details, language).items()
    ]


def written(details: Details, language: str) -> dict[str, str]:
    """The known parts as texts; a wish in the customer's own words, or else by its kind."""
    parts: dict[str, str | None] = {
        "product": details.product,
        "order": details.order,
        "date": texts.format_date(details.date, language) if details.date else None,
        "amount": _money(details, language),
        "wish": _wish(details, language),
        "name": details.name,
        "phone": details.phone,
        "email": details.email,
        "on_behalf_of": details.on_behalf_of,
        "anonymous": "" if details.anonymous else None,
        "recurring": "" if details.recurring else None,
    }
    return {name: text for name, text in parts.items() if text is not None}


def _money(details: Details, language: str) -> str | None:
    return (
        texts.format_money(details.amount, details.currency, language) if details.amount is not None else None
    )


def _wish(details: Details, language: str) -> str | None:
    if details.remedy and len(details.wish or "") not in range(1, _SHORT):
        return texts.say(f"remedy_{details.remedy}", language)
    return details.wish


def say_corrected(turn: Turn, changed: Details) -> None:
    """Name the new values of what was known otherwise before."""
    new = written(turn.known, turn.language)
    said = {"amount" if part == "currency" else part for part in changed.said()}
    if values := [new[part] for part in new if part in said and new[part]]:
        turn.say("corrected", values=texts.format_list(values, turn.language))


def say_summary(turn: Turn) -> None:
    """Show what is known and ask whether it is right."""
    reference = turn.reference
    assert reference is not None
    known = lines(turn.known, turn.language)
    if not known:
        turn.do(ConfirmSummary(reference=reference))
        turn.say("summary_empty", reference=reference)
        return
    turn.say(
        "summary",
        buttons=(("summary_right", "affirm:summary"), ("summary_change", "deny:summary")),
        reference=reference,
        lines="\n".join(known),
    )
    turn.expect("summary")


class ShowSummary(Step):
    """Ends the questions."""

    called = "action_summary"

    def act(self, turn: Turn) -> None:
        """See `say_summary`."""
        say_summary(turn)


class ConfirmTheSummary(Step):
    """The customer agrees with the summary."""

    called = "action_confirm_summary"

    def act(self, turn: Turn) -> None:
        """The record notes that the customer has agreed."""
        reference = turn.reference
        assert reference is not None
        turn.do(ConfirmSummary(reference=reference))
        turn.say("confirmed", update_by=_next(turn.case, turn))


class AskCorrection(Step):
    """The customer does not agree with the summary."""

    called = "action_ask_correction"

    def act(self, turn: Turn) -> None:
        """A "no" that already says what is wrong is taken at once."""
        details = turn.read(turn.text)
        if details.said():
            say_corrected(turn, turn.learn(details))
            say_summary(turn)
        else:
            turn.say("ask_correction")
            turn.expect("correction")


class Correct(Step):
    """What is to be changed in the summary."""

    called = "action_correct"

    def act(self, turn: Turn) -> None:
        """What cannot be told apart goes to the description, in the customer's words."""
        details = turn.read(turn.text)
        understood = bool(details.said())
        say_corrected(turn, turn.learn(details, None if understood else turn.text))
        if understood:
            say_summary(turn)
        else:
            turn.say("added", reference=turn.reference)


def _next(case: CaseFact | None, turn: Turn) -> str:
    return case.next_date if case else turn.facts.offer.update_by
