"""What an answer to one of the operator's questions reads like."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation

from complaints import texts
from complaints.world.categories import AnswerType, Question
from complaints.world.names import name_in


def shown(kind: str, value: str, language: str, question: Question | None) -> str:
    """``value``, as it is kept, in words of ``language``; what cannot be read so stays as it is.

    ``question`` is as it stands in the file now, or ``None`` if it is gone: choices are then their codes.
    """
    try:
        match kind:
            case AnswerType.DATE:
                return texts.format_date(datetime.date.fromisoformat(value), language)
            case AnswerType.AMOUNT:
                number, _, currency = value.partition(" ")
                return texts.format_money(Decimal(number), currency or None, language)
            case AnswerType.YES_NO:
                return texts.say("button_affirm" if value == "yes" else "button_deny", language)
            case AnswerType.CHOICE if question is not None and value in question.choices:
                return name_in(question.choices[value], language)
    except (ValueError, InvalidOperation):
        pass
    return value


def line(label: str, value: str, language: str) -> str:
    """An answer on a line of its own, as the summary has it."""
    if language == "ar":  # what is written from left to right keeps its order: Unicode UAX #9
        value = f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"
    return f"{label}\N{NO-BREAK SPACE}: {value}" if language == "fr" else f"{label}: {value}"
