"""A complaint comes in: a new case, or more about one that is open."""

from __future__ import annotations

from actions.answers import button_wish, tells
from actions.lexicon import is_all
from actions.people import file_urgent
from actions.questions import open_questions
from actions.step import Step
from actions.summary import read_change, say_corrected, say_summary
from actions.turn import FORM, Turn, yes_or_no
from complaints.commands import AddDetail, Details, FileComplaint
from complaints.complaint import Severity
from complaints.facts import CaseFact
from complaints.reference import is_valid, read_all

_MERE_WORDS = 8  # more words than these tell a story
_FEW = 3  # words: fewer state nothing
_SURE = 0.75
_DOUBTFUL = 0.6
_HINT = 0.15
_MAYBE = 0.3
_UNCLEAR = frozenset({"nlu_fallback", "out_of_scope"})
_ELSEWHERE = {
    "thank": "action_thank",
    "suggest": "action_suggest",
    "enquire": "action_enquire",
    "ask_status": "action_status",
    "abuse": "action_abuse",
    "reopen_complaint": "action_reopen",
}


class TakeComplaint(Step):
    """A message that states a complaint."""

    called = "action_file_complaint"

    def act(self, turn: Turn) -> None:
        """File it, add it to the open case that it belongs to, or ask which of the two."""
        other = _ELSEWHERE.get(turn.intent)
        if other and turn.confidence >= _SURE and turn.facts.hazard is None:
            turn.pass_on(other)
            return
        if turn.expected == "file" and turn.held and turn.intent in _UNCLEAR and len(turn.text.split()) == 1:
            ask_file(turn, turn.held)  # "what?" is no yes
            return
        if turn.expected == "file" and turn.held and not (turn.trusted or turn.wordless or tells(turn.text)):
            ask_file(turn, turn.whole_text)  # nor is "12345", but it is kept with the rest
            return
        text = turn.whole_text if turn.expected == "file" else turn.text
        if turn.expected == "file" and turn.intent == "affirm" and not text:
            text = turn.text
        case = _belongs_to(turn, text)
        if case is None:
            file(turn, text)
        elif isinstance(case, CaseFact):
            add(turn, case.reference, text)
        else:
            ask_which(turn, text)


class TakeOther(Step):
    """The customer says that it is another matter, or presses "new complaint"."""

    called = "action_other_complaint"

    def act(self, turn: Turn) -> None:
        """Without its story the other case is not opened yet: the next message tells it."""
        text = turn.whole_text
        if turn.in_questions:
            turn.end_questions()
        if len(text.split()) > _MERE_WORDS and not _is_bare(turn, text):
            file(turn, text)
            return
        turn.say("other_complaint" if turn.open_cases else "new_complaint_story")
        turn.expect("story")


class TakeStory(Step):
    """What happened, after "tell me": a complaint, even if it reads like something else."""

    called = "action_file_story"

    def act(self, turn: Turn) -> None:
        """A new case, unless the message is short and plainly something else."""
        other = _ELSEWHERE.get(turn.intent)
        if other and turn.confidence >= _SURE and len(turn.text.split()) <= _MERE_WORDS:
            turn.pass_on(other)
        else:
            file(turn, turn.text)


class ChooseCase(Step):
    """The answer to "about this complaint, or a new one?"."""

    called = "action_choose_case"

    def act(self, turn: Turn) -> None:
        """By button, by reference, or in words; "yes" means the one that was named."""
        if turn.intent == "ask_status" and not turn.mentions:
            turn.pass_on("action_status")
            return
        mentioned = {m.reference for m in turn.mentions} | {turn.argument}
        chosen = next((c for c in turn.open_cases if c.reference in mentioned), None)
        words = turn.words
        if chosen is None and (turn.intent == "affirm" or is_all(words.same, turn.text)):
            chosen = turn.open_cases[0] if turn.open_cases else None
        if chosen is not None:
            add(turn, chosen.reference, turn.held)
        elif turn.intent in ("new_complaint", "other_complaint", "deny") or is_all(words.new, turn.text):
            file(turn, turn.held)
        else:
            text = turn.whole_text
            case = _belongs_to(turn, text)
            if isinstance(case, CaseFact):
                add(turn, case.reference, text)
            else:
                file(turn, text)


class TakeDetails(Step):
    """Details outside the questions: also days later."""

    called = "action_take_details"

    def act(self, turn: Turn) -> None:
        """They belong to the case spoken of; without a case, ask whether it is a complaint."""
        mentioned = read_all(turn.text)
        named = next((c for c in turn.open_cases if c.reference in {m.reference for m in mentioned}), None)
        if named is not None:
            turn.about(named.reference)
        elif any(not is_valid(m.reference) for m in mentioned):
            turn.say("status_typing_error", reference=mentioned[0].reference)
            return
        case = turn.case
        details = button_wish(turn) or turn.read(turn.text)
        if case is None or not case.open:
            if details.product and details.remedy:
                file(turn, turn.text)
            else:
                ask_whether_complaint(turn)
            return
        if case.kind == "contact" and turn.likelihood("file_complaint") >= _HINT and not turn.only_asks:
            file(turn, turn.text)
            return
        corrects = turn.intent == "correct_details" or read_change(turn).said()
        if turn.expected == "summary" and not details.said() and corrects:
            turn.pass_on("action_ask_correction")
            return
        changed = turn.learn(details, None if turn.intent == "remedy" else turn.text)
        if turn.expected == "summary":
            say_corrected(turn, changed)
            say_summary(turn)
        else:
            turn.say("added", reference=case.reference)
            if details.on_behalf_of and not case.details.on_behalf_of:
                turn.say("acknowledged_on_behalf")


class AddHeld(Step):
    """“Yes” to "shall I add that?"."""

    called = "action_add_held"

    def act(self, turn: Turn) -> None:
        """The message that was asked about."""
        if turn.reference is None:
            file(turn, turn.held)
        else:
            add(turn, turn.reference, turn.held)


class TakeFile(Step):
    """A photo or a file without words."""

    called = "action_attach"

    def act(self, turn: Turn) -> None:
        """The program keeps the file; the command says which case it belongs to."""
        if turn.reference is None:
            turn.say("attached_no_case")
            turn.expect("story")
        else:
            turn.do(AddDetail(reference=turn.reference))
            turn.say("attached", reference=turn.reference)
            if turn.expected == "summary":
                say_summary(turn)


def file(turn: Turn, text: str) -> None:
    """A new case: acknowledge it in this very turn, then ask for what is missing.

    What is assessed as critical, by whomever, gets no routine answer: somebody may be in danger.
    """
    if not tells(text) and not turn.facts.attachments:
        turn.say("ask_story")
        turn.expect("story")
        return
    if turn.assess(text).severity is Severity.CRITICAL:
        file_urgent(turn, text)
        return
    reference = turn.new_reference
    details = turn.read_apart(text)
    bare = _is_bare(turn, text)
    turn.do(FileComplaint(reference=reference, description=text, details=details))
    turn.about(reference, details)
    key = "acknowledged_provisional" if turn.facts.provisional else "acknowledged"
    if not turn.facts.provisional:
        key += "_bare" * bare + "_first" * turn.introduce()
    offer = turn.facts.offer
    turn.say(
        key,
        reference=reference,
        organisation=turn.facts.organisation,
        update_by=offer.update_by,
        respond_by=offer.respond_by,
    )
    if details.on_behalf_of:
        turn.say("acknowledged_on_behalf")
    if details.anonymous:
        turn.say("acknowledged_anonymous", reference=reference)
    if turn.facts.attachments:
        turn.say("attached", reference=reference)
    turn.set("todo", open_questions(turn, text, details, bare=bare))
    turn.set("asked", None)
    turn.go_on(FORM)


def add(turn: Turn, reference: str, text: str) -> None:
    """More about an open case."""
    again = turn.slot("case") == reference and turn.slot("added")
    turn.about(reference)
    changed = turn.learn(turn.read(text), text)
    turn.say("added_again" if again else "added", reference=reference)
    if turn.known.on_behalf_of and turn.case and not turn.case.details.on_behalf_of:
        turn.say("acknowledged_on_behalf")
    say_corrected(turn, changed)
    turn.set("added", True)


def ask_which(turn: Turn, text: str) -> None:
    """Ask whether it is about an open case or a new one."""
    cases = turn.open_cases
    if len(cases) == 1:
        turn.say(
            "ask_which_case",
            buttons=(("this_one", f"choose:{cases[0].reference}"), ("new_complaint", "new_complaint")),
            reference=cases[0].reference,
            subject=cases[0].subject,
        )
    else:
        turn.say_choice("ask_which_of_several", cases, more=(("new_complaint", "new_complaint"),))
    turn.expect("which_case", text)


def _belongs_to(turn: Turn, text: str) -> CaseFact | str | None:
    """The open case that ``text`` is clearly about, ``None`` if clearly none, ``"unclear"`` otherwise."""
    cases = turn.open_cases
    if not cases:
        return None
    mentioned = {m.reference for m in read_all(text)}
    if named := next((c for c in cases if c.reference in mentioned), None):
        return named
    details = turn.read(text)
    for part in ("order", "product"):
        said = getattr(details, part)
        if said is None or is_all(turn.words.product_otherwise, said):
            continue
        if same := next((c for c in cases if _alike(said, getattr(c.details, part))), None):
            return same
        if all(getattr(c.details, part) for c in cases):
            return None
    return "unclear"


def _alike(said: str, known: str | None) -> bool:
    if known is None:
        return False
    one, other = said.casefold(), known.casefold()
    return one in other or other in one


def _is_bare(turn: Turn, text: str) -> bool:
    details: Details = turn.read(text)
    return is_all(turn.words.bare, text) and not details.product and not details.order


def may_be_complaint(turn: Turn) -> bool:
    """Whether the classifier, unsure what the message is, takes a complaint for likely."""
    second = any(r["name"] == "file_complaint" and r["confidence"] >= _MAYBE for r in turn.ranking[:2])
    return second and turn.confidence < _DOUBTFUL and not turn.in_questions


def ask_whether_complaint(turn: Turn) -> None:
    """Leave it to the customer whether this is one; after a receipt, or with a hazard in it, it is."""
    if turn.facts.provisional or turn.facts.hazard is not None:
        file(turn, turn.text)
    else:
        ask_file(turn, turn.text)


def states_matter(turn: Turn) -> bool:
    """Whether somebody without a case here names a product or an order, and does not merely ask about it."""
    if turn.facts.cases or turn.only_asks or len(turn.text.split()) < _FEW:
        return False
    details = turn.read(turn.text)
    return details.product is not None or details.order is not None


def ask_file(turn: Turn, text: str) -> None:
    """Ask whether ``text`` is to be filed."""
    turn.say("ask_file", buttons=yes_or_no("file"))
    turn.expect("file", text)
