"""The operator's own questions: put once all else is known, each may be skipped, none is forced.

They go through the form like ours: ``own:CODE`` among the open questions. Which there are says the case's
category and product; what becomes of an answer is a command. See `complaints.world.categories`.
"""

from __future__ import annotations

from actions import answers, own_answers, summary
from actions.lexicon import is_all, starts_with
from actions.own_answers import LONGEST, STORY, Reading
from actions.turn import Turn
from complaints.commands import AnswerQuestion, Details
from complaints.complaint import Category
from complaints.world import world
from complaints.world.answers import line, shown
from complaints.world.categories import AnswerType, Question
from complaints.world.names import name_in

PREFIX = "own:"
END = "own"
"""Stands behind them among the open questions: they have been put, and are not put again."""

_TIMES_PUT = 2


def due(turn: Turn) -> list[str]:
    """The questions for this complaint that nobody has answered yet, and `END`; nothing if there are none."""
    case, own = turn.case, world.in_force()
    product = own.products.code_of(turn.known.product)
    category = case.category if case else turn.assess(turn.text).category
    if category == Category.OTHER and (known := own.products.of(turn.known.product)) and known.category:
        category = known.category
    answered = {answer.question for answer in case.answers} if case else set()
    codes = [
        f"{PREFIX}{code}"
        for code, question, categories in own.categories.questions_for()
        if (not categories or category in categories)
        and (not question.products or product in question.products)
        and code not in answered
    ]
    return [*codes, END] if codes else []


def gone(question: str) -> bool:
    """Whether a question that was to be put is no longer in the operator's file."""
    return question.startswith(PREFIX) and _question(question) is None


def put(turn: Turn, asked: str) -> None:
    """Ask. What "1" might answer has no button to skip: on SMS, "1" would press it."""
    question = _question(asked)
    assert question is not None
    text = name_in(question.ask, turn.language)
    skip = (turn.phrase("button_skip"), f"skip:{asked}")
    match question.type:
        case AnswerType.NUMBER | AnswerType.AMOUNT | AnswerType.TEXT if question.form is None:
            turn.tell("ask_own", f"{text} {turn.phrase('own_skip')}")
        case AnswerType.YES_NO:
            titles = [(turn.phrase("button_affirm"), "yes"), (turn.phrase("button_deny"), "no")]
            turn.tell("ask_own", text, [*((title, f"choose:{asked}/{v}") for title, v in titles), skip])
        case AnswerType.CHOICE:
            titles = [(name_in(names, turn.language), code) for code, names in question.choices.items()]
            turn.tell("ask_own", text, [*((title, f"choose:{asked}/{v}") for title, v in titles), skip])
        case _:
            turn.tell("ask_own", text, [skip])


def hear(turn: Turn, asked: str) -> bool:
    """Take the message as the answer to the question that was put. False if it is something else."""
    question = _question(asked)
    if question is None:
        return False
    if turn.intent == "skip" and turn.argument:
        return _skip(turn, turn.argument)
    read = _read(turn, asked, question)
    if _is_something_else(turn, asked, question, read):
        return False
    if not _pressed(turn, asked) and _skips(turn, question, read):
        return _skip(turn, asked)
    contact = _contact(turn, read)
    turn.learn(contact)
    if read.wrong and (turn.slot("times_put") or 0) < _TIMES_PUT:
        if contact.said():
            summary.say_noted(turn, contact)  # and the question is put again
        else:
            turn.tell("own_wrong", read.wrong)
        return True
    _keep(turn, asked, question, read)
    if question.type is not AnswerType.TEXT and len(turn.text.split()) > STORY:
        turn.learn(Details(), turn.text)
    if turn.facts.attachments:
        turn.say("attached", reference=turn.reference)
    return True


def lines(turn: Turn) -> list[str]:
    """What was answered, for the summary, this message's answer included."""
    known = {a.question: (a.label, a.shown) for a in turn.case.answers if a.shown} if turn.case else {}
    known |= {code: (label, value) for code, (label, value) in turn.answered.items()}
    return [line(label, value, turn.language) for label, value in known.values() if value]


def _question(asked: str) -> Question | None:
    return world.in_force().categories.questions.get(asked.removeprefix(PREFIX))


def _pressed(turn: Turn, asked: str) -> bool:
    return turn.intent == "choose" and (turn.argument or "").startswith(f"{asked}/")


def _is_something_else(turn: Turn, asked: str, question: Question, read: Reading) -> bool:
    """A button or a file, or a confident digression, unless the answer was understood.

    Almost any words may answer a question for a text.
    """
    if _pressed(turn, asked):
        return False
    if turn.intent in answers.TRUSTED or turn.intent == "remedy" or turn.wordless:
        return True
    if answers.is_another_matter(turn, turn.read(turn.text)):
        return True
    if turn.intent not in answers.DIGRESSIONS:
        return answers.wants_person(turn) and not read.value
    if read.value and (question.type is not AnswerType.TEXT or question.form):
        return turn.intent in answers.URGENT and turn.confidence >= answers.SURE
    free = question.type is AnswerType.TEXT and not turn.asks
    return turn.confidence >= (answers.SURE if free else answers.LIKELY) or answers.wants_person(turn)


def _contact(turn: Turn, read: Reading) -> Details:
    """How to reach them, said on the way. What was understood as the answer is no phone number, too."""
    told = turn.read(turn.text)
    return Details(email=told.email, phone=told.phone if read.wrong else None)


def _skips(turn: Turn, question: Question, read: Reading) -> bool:
    if is_all(turn.words.skip, turn.text):
        return True
    if question.type is AnswerType.YES_NO or (read.value and question.type is not AnswerType.TEXT):
        return False
    return len(turn.text.split()) <= STORY and (
        turn.intent in ("skip", "deny") or starts_with(turn.words.no, turn.text)
    )


def _skip(turn: Turn, asked: str) -> bool:
    question = _question(asked)
    if question is not None and asked.startswith(PREFIX):
        _command(turn, asked, question, "", "skipped", said="")
    answers.done(turn, asked)
    return True


def _keep(turn: Turn, asked: str, question: Question, read: Reading) -> None:
    said = turn.text.strip()[:LONGEST]
    _command(turn, asked, question, read.value, "unchecked" if read.wrong else "answered", said=said)
    answers.done(turn, asked)
    value = shown(question.type, read.value, turn.language, question) if read.value else said
    turn.answer(asked.removeprefix(PREFIX), name_in(question.label, turn.language), value)


def _command(turn: Turn, asked: str, question: Question, value: str, state: str, *, said: str) -> None:
    reference = turn.reference
    assert reference is not None
    turn.do(
        AnswerQuestion.model_validate(
            {
                "reference": reference, "question": asked.removeprefix(PREFIX), "kind": question.type,
                "label": name_in(question.label, turn.language), "value": value, "said": said, "state": state,
            }
        )
    )  # fmt: skip


def _read(turn: Turn, asked: str, question: Question) -> Reading:
    pressed = (turn.argument or "").rpartition("/")[2]
    if _pressed(turn, asked) and pressed in (question.choices or ("yes", "no")):
        return Reading(pressed)  # an old button may offer what is no longer asked
    return own_answers.read(turn, question)
