"""One turn as an action sees it: what is known, and what the action decides.

An action reads the facts, says texts of the catalogue, and gives commands. What the conversation
must remember goes into a few slots, described in ``bot/rasa/domain.yml``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.corrections import amend, corrects_order
from actions.heard import Heard
from complaints import texts
from complaints.commands import AddDetail, Command, Details
from complaints.facts import CaseFact

FORM = "complaint_form"
QUESTION = "answer"
"""The form's one slot. It is never filled: it is asked for as long as questions are open."""

Button = tuple[str, str]
"""The catalogue key of a title, and the token that comes back."""


def yes_or_no(what: str) -> tuple[Button, Button]:
    """A yes and a no to one question only: pressed later, they answer no other."""
    return ("affirm", f"affirm:{what}"), ("deny", f"deny:{what}")


_CORRECTS = frozenset({"correct_details", "deny"})


class Turn(Heard):
    """What is known about this message, and what has been decided so far."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        super().__init__(tracker)
        # The message that the turn before kept back until its question is answered.
        self.held: str = tracker.slots.get("held") or ""
        self.in_questions = bool(tracker.active_loop) and tracker.active_loop.get("name") == FORM
        self._slots = dict(tracker.slots)
        self._changed: dict[str, Any] = {}
        self._dispatcher = dispatcher
        self._ending: list[dict[str, Any]] = []
        self.done: list[Command] = []
        self._next: str | None = None
        self._passed_on = False
        self.introduced = bool(self.slot("introduced"))

    # What is known

    @property
    def language(self) -> str:
        """The language to answer in."""
        return str(self.slot("language") or self.facts.language)

    @property
    def open_cases(self) -> list[CaseFact]:
        """The open complaints of this conversation, newest first."""
        return [c for c in self.facts.cases if c.open and c.kind == "complaint"]

    @property
    def reference(self) -> str | None:
        """The complaint that the conversation is about: the one last spoken of, or the newest open one."""
        current = self.slot("case")
        if current and (self._learned_of(current) is not None or self._case(current)):
            return str(current)
        contacts = [c for c in self.facts.cases if c.open]
        return next((c.reference for c in [*self.open_cases, *contacts]), None)

    @property
    def case(self) -> CaseFact | None:
        """The facts of `reference`; ``None`` as well if it was filed in this very turn."""
        return self._case(self.reference) if self.reference else None

    @property
    def has_open_case(self) -> bool:
        """Whether `reference` is open: people may have closed it since the questions began."""
        return self.reference is not None and (self.case is None or self.case.open)

    @property
    def known(self) -> Details:
        """What is known about `reference`, this message included."""
        of_case = self.case.details if self.case else Details()
        learned = self._learned_of(self.reference) or {}
        return Details.model_validate({**of_case.said(), **learned})

    @property
    def contact(self) -> CaseFact | None:
        """The open wish for a person, if it is not about a complaint yet."""
        return next((c for c in self.facts.cases if c.open and c.kind == "contact"), None)

    @property
    def waiting(self) -> CaseFact | None:
        """The open case for which a person has been asked."""
        return next((c for c in self.facts.cases if c.open and c.with_person), None)

    @property
    def new_reference(self) -> str:
        """What a new complaint is called: as a receipt or the wish for a person is, or the offer."""
        contact = self.contact.reference if self.contact else None
        return self.facts.provisional or contact or self.facts.offer.reference

    @property
    def heard(self) -> bool:
        """Whether an action of this turn has read the message already."""
        return bool(self.slot("heard") == self.id)

    @property
    def belated(self) -> bool:
        """Whether a button of one of the operator's questions was pressed that is not open any more."""
        return self.intent == "choose" and (self.argument or "").startswith("own:") and not self.heard

    @property
    def whole_text(self) -> str:
        """The message that was kept back, and this one unless it is a mere yes, no or button."""
        said = "" if self.intent in ("affirm", "deny", "skip", "choose", "new_complaint") else self.text
        return "\n".join(part for part in (self.held, said) if part)

    def slot(self, name: str) -> Any:
        """The value of a slot, this action's own changes included."""
        return self._changed[name] if name in self._changed else self._slots.get(name)

    def _case(self, reference: str) -> CaseFact | None:
        return next((c for c in self.facts.cases if c.reference == reference), None)

    def _learned_of(self, reference: str | None) -> dict[str, Any] | None:
        learned = self.slot("learned") or {}
        if reference and (learned.get("message"), learned.get("reference")) == (self.id, reference):
            return dict(learned["details"])
        return None

    def read(self, text: str, asked: str | None = None) -> Details:
        """What ``text`` says of the complaint spoken of: see `actions.corrections.amend`."""
        found, known = super().read(text, asked), self.known
        if asked in ("product", "order"):
            return found

        def number(part: str) -> str | None:
            return super(Turn, self).read(part, "order").order

        return amend(found, known, text, self.words, number)

    def read_apart(self, text: str) -> Details:
        """What ``text`` says by itself: of a new complaint, whatever is known of another."""
        return super().read(text)

    # What is decided

    def say(self, key: str, /, buttons: Iterable[Button] = (), **values: Any) -> None:
        """Say the text ``key`` of the catalogue."""
        titled = [
            {"title": texts.say(f"button_{k}", self.language), "payload": token} for k, token in buttons
        ]
        if texts.is_own(key, self.language):
            said = self.phrase(key, **{**self._slots, **values})
            self._dispatcher.utter_message(text=said, buttons=titled, utter_action=f"utter_{key}")
            return
        self._dispatcher.utter_message(response=f"utter_{key}", buttons=titled, **_harmless(values))

    def say_in(self, language: str, key: str) -> None:
        """Say ``key`` in another language than the conversation's: Rasa's responses follow that."""
        self._dispatcher.utter_message(text=texts.say(key, language), utter_action=f"utter_{key}")

    def say_plainly(self, key: str, /, **values: Any) -> None:
        """Say a text that only the program has: Rasa's responses do not know it."""
        text = texts.say(key, self.language, **values)
        self._dispatcher.utter_message(text=text, utter_action=f"utter_{key}")

    def tell(self, name: str, text: str, buttons: Iterable[tuple[str, str]] = ()) -> None:
        """Say a text that is in no catalogue, such as the operator's question; ``buttons``: title, token."""
        titled = [{"title": title, "payload": token} for title, token in buttons]
        self._dispatcher.utter_message(text=text, buttons=titled, utter_action=f"utter_{name}")

    def answer(self, question: str, label: str, shown: str) -> None:
        """Remember what this message answers to one of the operator's questions, until the facts hold it."""
        learned = self._learned_now()
        told = {**learned.get("answers", {}), question: [label, shown]}
        self.set("learned", {"details": {}, **learned, **self._now_about(self.reference), "answers": told})

    @property
    def answered(self) -> dict[str, list[str]]:
        """What this message answers to the operator's questions: by code, what it is about and its value."""
        return dict(self._learned_now().get("answers", {}))

    def _learned_now(self) -> dict[str, Any]:
        """What this very message has said of the complaint spoken of."""
        learned = self.slot("learned") or {}
        about = self._now_about(self.reference)
        return dict(learned) if about.items() <= learned.items() else {}

    def _now_about(self, reference: str | None) -> dict[str, Any]:
        return {"message": self.id, "reference": reference}

    def phrase(self, key: str, /, **values: Any) -> str:
        """A piece of the catalogue, to be part of something said."""
        return texts.say(key, self.language, **values)

    def say_choice(self, key: str, cases: list[CaseFact], more: Iterable[Button] = (), **values: Any) -> None:
        """Say ``key`` with a list of ``cases`` and a button for each."""
        lines = "\n".join(self.phrase("status_line", **_of(c)) for c in cases)
        buttons = [{"title": c.reference, "payload": f"choose:{c.reference}"} for c in cases[:8]]
        buttons += [{"title": self.phrase(f"button_{k}"), "payload": token} for k, token in more]
        if texts.is_own(key, self.language):
            said = self.phrase(key, lines=lines, **values)
            self._dispatcher.utter_message(text=said, buttons=buttons, utter_action=f"utter_{key}")
            return
        self._dispatcher.utter_message(
            response=f"utter_{key}", buttons=buttons, **_harmless({"lines": lines, **values})
        )

    def do(self, command: Command) -> None:
        """Have the program do something."""
        self.done.append(command)
        self._dispatcher.utter_message(json_message={"command": command.model_dump(mode="json")})

    def set(self, name: str, value: Any) -> None:
        """Remember something for the turns to come."""
        self._changed[name] = value

    def expect(self, what: str, held: str | None = None) -> None:
        """The next yes, no or choice answers ``what``; ``held`` is a message that waits for it."""
        self.set("expecting", what)
        self.set("held", held)

    def about(self, reference: str, details: Details | None = None) -> None:
        """From now on the conversation is about this complaint; ``details`` is what is new about it."""
        self.set("case", reference)
        if details is not None:
            learned = {
                **self._learned_now(),
                **self._now_about(reference),
                "details": details.model_dump(exclude_none=True, mode="json"),
            }
            self.set("learned", learned)

    def learn(self, details: Details, description: str | None = None) -> Details:
        """Add what is new to the complaint spoken of. Returns the parts that were known otherwise before."""
        reference = self.reference
        assert reference is not None
        known = self.known
        new = {
            k: v
            for k, v in details.said().items()
            if getattr(known, k) != v and self._may_change(k, known, v)
        }
        if new or description:
            self.do(
                AddDetail(reference=reference, details=Details.model_validate(new), description=description)
            )
        self.about(reference, known.model_copy(update=new))
        return Details.model_validate({k: v for k, v in new.items() if getattr(known, k) is not None})

    def _may_change(self, part: str, known: Details, value: Any) -> bool:
        """Whether this message may change what is known of ``part``.

        "And yesterday they hung up on me" is more of the story, and does not move the date.
        """
        if (
            getattr(known, part) is None
            or self.expected in ("summary", "correction")
            or self.slot("asked") == part
        ):
            return True
        if part == "order" and corrects_order(self.text, self.words, str(value), str(known.order)):
            return True
        return self.intent in _CORRECTS or (self.intent == "give_details" and part != "product")

    def go_on(self, action: str) -> None:
        """Let ``action`` come next, whatever the rules would choose."""
        self._next = action

    def end_questions(self) -> None:
        """No more questions about this complaint."""
        self.set("todo", [])
        self.set("asked", None)
        self.set("requested_slot", None)
        self.in_questions = False
        self._ending.append(ActiveLoop(None))

    def introduce(self) -> bool:
        """Whether what is said next must say that this is a machine: once (EU AI Act, article 50)."""
        due, self.introduced = not self.introduced, True
        return due

    def introduce_first(self) -> None:
        """Say so before all that has been said in this turn, if nothing has said it yet."""
        if self.introduce():
            self.say("introduction", organisation=self.facts.organisation)
            self._dispatcher.messages.insert(0, self._dispatcher.messages.pop())

    def finish(self) -> None:
        """Go back to the questions if they are running, else wait for the customer.

        Rules choose the first action of a turn only: what they were chosen by, such as
        ``expecting``, has changed by the time it is done.
        """
        if self._next is None:
            self._next = FORM if self.in_questions else "action_listen"

    def pass_on(self, action: str) -> None:
        """Leave the message to ``action`` as if the rules had chosen that; nothing else is decided here."""
        self._passed_on = True
        self._next = action

    @property
    def passed_on(self) -> bool:
        """Whether this action has left the message to another."""
        return self._passed_on

    @property
    def events(self) -> list[dict[str, Any]]:
        """What Rasa's tracker is told."""
        if self._passed_on:
            return [FollowupAction(self._next)]
        changed = {
            k: v
            for k, v in self._changed.items()
            if self._slots.get(k) != v or k in ("heard", "requested_slot")
        }
        follow = [FollowupAction(self._next)] if self._next else []
        return [*(SlotSet(k, v) for k, v in changed.items()), *self._ending, *follow]


def _of(case: CaseFact) -> dict[str, str]:
    return {"reference": case.reference, "subject": case.subject, "stage": case.stage}


def _harmless(values: dict[str, Any]) -> dict[str, Any]:
    """Rasa leaves a text unfilled if a value holds ``0[``: its own mark for a placeholder."""
    return {k: v.replace("0[", "0 [") if isinstance(v, str) else v for k, v in values.items()}
