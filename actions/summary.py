"""The summary at the end of the questions, and corrections to it."""

from __future__ import annotations

from actions import own_questions
from actions.lexicon import find, is_all, lexicon
from actions.step import Step
from actions.turn import Turn
from complaints import texts
from complaints.commands import ConfirmSummary, Details
from complaints.complaint import Remedy
from complaints.facts import CaseFact
from complaints.world import world

_SHORT = 60  # characters: a longer wish is shown by its kind
_CHANGE = 10  # words: in a longer text a remedy may be part of the story


def lines(details: Details, language: str) -> list[str]:
    """What is known, a line for each part, as it is written in ``language``."""
    return [
        texts.say(f"summary_{name}", language, value=value)
        for name, value in written(details, language).items()
    ]


def written(details: Details, language: str) -> dict[str, str]:
    """The known parts as texts; a wish in the customer's own words, or else by its kind."""
    parts: dict[str, str | None] = {
        "product": world.in_force().products.shown(details.product, language),
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
    wish = details.wish or ""
    if details.remedy and (len(wish) not in range(1, _SHORT) or _is_mere(details.remedy, wish, language)):
        return texts.say(f"remedy_{details.remedy}", language)
    return details.wish


def _is_mere(remedy: Remedy, wish: str, language: str) -> bool:
    """Whether the words of a wish say no more than its kind: "an exchange please"."""
    words = lexicon(language)
    kind = [*words.remedy.get(remedy, []), *words.demand.get(remedy, [])]
    return is_all([*kind, *words.wish, *words.filler, *words.courtesy, *words.no], wish)


def say_corrected(turn: Turn, changed: Details) -> None:
    """Name the new values of what was known otherwise before."""
    _say_values(turn, "corrected", changed)


def say_noted(turn: Turn, new: Details) -> None:
    """Name what was told unasked, so that the question put again does not look deaf."""
    _say_values(turn, "noted", new)


def _say_values(turn: Turn, key: str, of: Details) -> None:
    known = written(turn.known, turn.language)
    said = {"amount" if part == "currency" else part for part in of.said()}
    if values := [known[part] for part in known if part in said and known[part]]:
        turn.say(key, values=texts.format_list(values, turn.language))


def say_summary(turn: Turn) -> None:
    """Show what is known and ask whether it is right."""
    reference = turn.reference
    assert reference is not None
    known = [*lines(turn.known, turn.language), *own_questions.lines(turn)]
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


def read_change(turn: Turn) -> Details:
    """What the message says is to be changed.

    Where it says nothing else, a remedy is a wish without "I want": "make it a replacement instead".
    """
    details = turn.read(turn.text)
    if not details.said() and (no := find(turn.words.no, turn.text)) and no.start() == 0:
        details = turn.read(turn.text[no.end() :].lstrip(" ,.;"))  # "no, the refund"
    if details.said() or turn.only_asks or len(turn.text.split()) > _CHANGE:
        return details
    wish = turn.read(turn.text, "wish")
    known = wish.remedy in (None, turn.known.remedy)  # "the refund is wrong" asks for none
    return details if known else Details(remedy=wish.remedy, wish=wish.wish)


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
        details = read_change(turn)
        if details.said():
            changed = turn.learn(details)
            if details.on_behalf_of and not changed.on_behalf_of:
                turn.say("acknowledged_on_behalf")
            say_corrected(turn, changed)
            say_summary(turn)
        else:
            turn.say("ask_correction")
            turn.expect("correction")


class Correct(Step):
    """What is to be changed in the summary."""

    called = "action_correct"

    def act(self, turn: Turn) -> None:
        """What cannot be told apart goes to the description, in the customer's words."""
        details = read_change(turn)
        understood = bool(details.said())
        say_corrected(turn, turn.learn(details, None if understood else turn.text))
        if understood:
            say_summary(turn)
        else:
            turn.say("added", reference=turn.reference)


def _next(case: CaseFact | None, turn: Turn) -> str:
    return case.next_date if case else turn.facts.offer.update_by
