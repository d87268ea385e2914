"""What a message says to the question that was put, and besides."""

from __future__ import annotations

from actions.corrections import corrects_order, is_slip
from actions.details import as_name, as_product
from actions.lexicon import find, is_all, starts_with
from actions.summary import read_change, say_corrected, say_noted
from actions.turn import Turn
from complaints.commands import Details
from complaints.complaint import Remedy

DIGRESSIONS = frozenset(
    [
        "ask_status",
        "ask_human",
        "ask_process",
        "ask_bot",
        "enquire",
        "withdraw_complaint",
        "reopen_complaint",
        "other_complaint",
        "switch_language",
        "greet",
        "goodbye",
        "thank",
        "suggest",
        "abuse",
    ]
)
TRUSTED = frozenset({"attach", "empty", "unsupported", "report_danger", "choose", "new_complaint"})
URGENT = frozenset({"ask_human", "withdraw_complaint", "switch_language"})
_NODS = frozenset({"affirm", "deny", "skip", "thank"})
_IN_OWN_WORDS = frozenset({"story", "product", "wish", "contact"})
"""Questions that almost any words may answer: only a confident digression interrupts them."""
SURE = 0.65
LIKELY = 0.5
_PERSON = 0.35  # a wish for a person; it is one only if nothing else is half as likely
_TWICE = 2
_STORY = 12  # words: an answer longer than this tells more than the answer
_MERE_DETAIL = 6  # words: with a detail in it, a text this short says nothing else
_FEW = 3  # words: fewer are no story
_NOD = 3  # words: a yes this short tells nothing
_TIMES_PUT = 2  # a question is put twice at most, unless the customer digresses


def answered(turn: Turn, question: str, details: Details) -> bool:
    """Whether ``details`` make the question needless."""
    match question:
        case "product":
            return details.product is not None
        case "order":
            return details.order is not None
        case "date":
            return details.date is not None
        case "wish":
            return details.remedy is not None or details.wish is not None
        case "contact":
            reachable = turn.facts.contact_known or details.phone or details.email
            return bool(reachable or details.anonymous)
        case _:
            return False


def hear(turn: Turn) -> bool:
    """Take the message as an answer, and add whatever else it says. False if it is something else."""
    asked: str | None = turn.slot("asked")
    if turn.intent in TRUSTED or turn.wordless:
        return False
    if wish := button_wish(turn):
        turn.learn(wish)
        return True
    if turn.intent == "skip" and turn.argument:
        done(turn, turn.argument)
        return True
    details = _read(turn, asked)
    is_answer = asked is not None and answered(turn, asked, details)
    if _digresses(turn, asked, is_answer=is_answer) or is_another_matter(turn, details):
        return False
    if asked and not is_answer and _skips(turn, details):
        done(turn, asked)
        if len(turn.text.split()) > _MERE_DETAIL:
            turn.learn(Details(), turn.text)
        return True
    description = turn.text if _tells_more(turn, details, is_answer=is_answer) else None
    told = details
    if asked and not is_answer and not _corrects_order(turn, details):
        details, description = _in_own_words(turn, asked, details, description)
    open_still = asked is not None and not _is_done(turn, asked) and not turn.facts.more_waiting
    _take(turn, details, description, unasked=told if open_still else None)
    return True


def button_wish(turn: Turn) -> Details | None:
    """The wish that a pressed button stands for."""
    if turn.intent != "remedy":
        return None
    remedy = Remedy(turn.argument or Remedy.OTHER)
    return Details(remedy=remedy, wish=turn.phrase(f"remedy_{remedy}"))


def _read(turn: Turn, asked: str | None) -> Details:
    details = turn.read(turn.text, asked)
    if turn.intent == "correct_details" and not details.said():
        return read_change(turn)
    if asked != "contact" or turn.intent in DIGRESSIONS or turn.asks:
        return details
    if (wish := turn.read(turn.text, "wish")).remedy:
        return wish  # "a new one, please" is no name
    if turn.known.name or not details.said().keys() <= {"phone", "email"}:
        return details
    name = as_name(turn.text, turn.language, turn.facts.country)
    if turn.intent in _NODS and not details.said() and not _is_signed(turn, name):
        return details  # "yes thats right"
    return details.model_copy(update={"name": name})


def _is_signed(turn: Turn, name: str | None) -> bool:
    """Whether a nod leads to a name that is written as one: "sure, Tom Baker"."""
    if find(turn.words.name, turn.text):
        return True
    written = as_name(turn.text, turn.language, turn.facts.country, certain=True)
    return written is not None and written == name != turn.text.strip() and not turn.text.isupper()


def _take(turn: Turn, details: Details, description: str | None, unasked: Details | None) -> None:
    """``unasked`` is what was told instead of an answer: it is noted before the question is put again."""
    reference = turn.reference
    known = turn.known
    changed = turn.learn(details, description)
    say_corrected(turn, changed)
    if details.on_behalf_of and not known.on_behalf_of:
        turn.say("acknowledged_on_behalf")
    elif unasked is not None and description:
        turn.say("added", reference=reference)
    elif unasked is not None:
        before = unasked.said().keys() & known.said().keys()
        say_noted(turn, unasked.model_copy(update=dict.fromkeys(before)))
    if details.anonymous and not known.anonymous:
        turn.say("acknowledged_anonymous", reference=reference)
    if turn.facts.attachments:
        turn.say("attached", reference=reference)


def is_another_matter(turn: Turn, details: Details) -> bool:
    """A further grievance belongs to this complaint, unless it names another order."""
    known, said = turn.known.order, details.order
    if turn.intent != "file_complaint" or known is None or said is None or said == known:
        return False
    return not (is_slip(said, known) and _corrects_order(turn, details))


def wants_person(turn: Turn) -> bool:
    """Whether a person is asked for, if anything: nobody is kept from one by a question that is open."""
    first, second = (*turn.ranking[:2], None, None)[:2]
    if first is None or first["name"] != "ask_human" or first["confidence"] < _PERSON:
        return False
    return second is None or first["confidence"] >= _TWICE * second["confidence"]


def _corrects_order(turn: Turn, details: Details) -> bool:
    """Whether the message puts another order number right: it is no answer to what was asked."""
    known, said = turn.known.order, details.order
    return bool(known and said) and corrects_order(turn.text, turn.words, str(said), str(known))


def _digresses(turn: Turn, asked: str | None, *, is_answer: bool) -> bool:
    if is_all(turn.words.skip, turn.text):
        return False  # French "personne" is nobody here, and no wish for a person
    if turn.intent not in DIGRESSIONS or _answers_all_the_same(turn, asked, is_answer=is_answer):
        return wants_person(turn) and not is_answer
    return turn.confidence >= _least(turn, asked, is_answer=is_answer) or (
        wants_person(turn) and not is_answer
    )


def _answers_all_the_same(turn: Turn, asked: str | None, *, is_answer: bool) -> bool:
    """Whether what reads like another matter is none."""
    if turn.intent == "reopen_complaint" and all(c.open for c in turn.facts.cases):
        return True  # nothing is finished: "send it again" is a wish
    if turn.intent in URGENT:
        return turn.intent == "withdraw_complaint" and is_answer and not _names_withdrawal(turn)
    short = asked == "date" and len(turn.text.split()) <= _MERE_DETAIL
    told_when = short and not turn.only_asks and turn.dated(turn.text, asked=True)
    return is_answer or told_when  # "last week" in Arabic reads like a question how it stands


def _least(turn: Turn, asked: str | None, *, is_answer: bool) -> float:
    """How sure another matter must be to interrupt the question."""
    if turn.intent == "withdraw_complaint" and _names_withdrawal(turn):
        return LIKELY
    free = (asked in _IN_OWN_WORDS and not turn.asks) or turn.intent == "other_complaint"
    return SURE if free or is_answer else LIKELY


def _names_withdrawal(turn: Turn) -> bool:
    """Whether the words say so as well: of the complaint, or of something else that is to be erased."""
    return find([*turn.words.withdraw, *turn.words.erase], turn.text) is not None


def _skips(turn: Turn, details: Details) -> bool:
    if is_all(turn.words.skip, turn.text):
        return True
    refuses = turn.intent in ("skip", "deny") or starts_with(turn.words.no, turn.text)
    return (
        refuses
        and turn.intent != "correct_details"
        and not details.said()
        and len(turn.text.split()) <= _STORY
    )


def _tells_more(turn: Turn, details: Details, *, is_answer: bool) -> bool:
    long = len(turn.text.split()) > _STORY
    if turn.intent == "file_complaint":
        return long or not is_answer
    if is_all(turn.words.courtesy, turn.text) or (turn.intent == "affirm" and len(turn.text.split()) <= _NOD):
        return False
    return long or not (is_answer or details.said())


def _in_own_words(
    turn: Turn, asked: str, details: Details, description: str | None
) -> tuple[Details, str | None]:
    """What the words say to the question where no parser found the answer; and what is left to describe.

    A question stays open if the message was about something else, but is not put a third time.
    """
    taken = asked == "story" and len(turn.text.split()) >= _FEW and turn.intent != "affirm"
    if taken:
        description = turn.text
    if turn.intent not in ("affirm", "correct_details") and not _is_beside(turn, asked, details):
        match asked:
            case "story" if not tells(turn.text):
                description = None
            case "story":
                description, taken = turn.text, True
            case "product" if not turn.asks and (phrase := _product(turn, details)):
                details, description, taken = details.model_copy(update={"product": phrase}), None, True
            case "wish" if not _is_no_wish(turn) and turn.intent != "file_complaint":
                details = details.model_copy(update={"wish": turn.text.strip()[:300]})
                description, taken = None, True
            case "contact":
                taken = details.name is not None
                description = None if taken else description
            case "order" | "date" if not turn.asks:
                taken = turn.intent != "file_complaint"  # "around Easter, I think": kept as it was said
    if taken or (turn.slot("times_put") or 0) >= _TIMES_PUT:
        done(turn, asked)
    return details, description


def _is_beside(turn: Turn, asked: str, details: Details) -> bool:
    """Whether a short text tells something else, and nothing of what was asked."""
    short = len(turn.text.split()) <= (_STORY if details.on_behalf_of else _MERE_DETAIL)
    if asked == "wish" and find(turn.words.wish, turn.text):
        known = turn.known  # "just send me the sofa" tells nothing new beside the wish
        return short and any(getattr(known, part) != value for part, value in details.said().items())
    return short and bool(details.said())


def _is_no_wish(turn: Turn) -> bool:
    """A single word, a nod, or a time: no wish."""
    if turn.intent in ("thank", "affirm") and len(turn.text.split()) <= _NOD:
        return True
    return len(turn.text.split()) == 1 or (
        turn.dated(turn.text, asked=True) and len(turn.text.split()) <= _MERE_DETAIL
    )


def _product(turn: Turn, details: Details) -> str | None:
    """“The kettle, order 4711”: with other details in it, the product is what comes before the comma."""
    if not details.said():
        return as_product(turn.text, turn.language)
    first, comma, _ = turn.text.replace("،", ",").partition(",")
    return as_product(first, turn.language) if comma and details.name is None else None


def _is_done(turn: Turn, question: str) -> bool:
    return question not in (turn.slot("todo") or []) or answered(
        turn, question, turn.read(turn.text, question)
    )


def tells(text: str) -> bool:
    """Whether there is a word in it: "12345" or "😡😡😡" alone is nothing that anybody could look into."""
    return any(c.isalpha() for c in text)


def done(turn: Turn, question: str) -> None:
    """The question is not open any more."""
    turn.set("todo", [q for q in turn.slot("todo") or [] if q != question])
