"""What customers answer to the questions of `bot.aftercare`: is it solved, a grade, a sentence.

No dialogue understands "4". A question of these is open while it is the last thing that was said to
the customer, for `SURVEY_ENDS`; a pressed button names its question and answers it also later. What
may be something else besides goes to the dialogue as well: kept twice rather than lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col

from bot.aftercare import SURVEY_ENDS
from bot.engine import Reply
from bot.settings import Settings
from channels.message import Button, InboundKind
from channels.transcript import Author, Conversation, Message
from complaints import register, surveying, texts, triage
from complaints.complaint import Status, UnknownReference
from complaints.record import Complaint
from complaints.reference import read_all
from complaints.surveying import GRADES, POOR, Survey
from handoff import queue
from handoff.casework import recourse
from handoff.item import Reason
from handoff.telling import language_of

_OURS = ("survey:", "followup:")
_STAR = "\N{WHITE MEDIUM STAR}"
_NUMBER = re.compile(r"\(?(\d)\s?[).!]?(?:\s?/\s?5)?[.!]?")
_LONG_TEXT, _LONG_WORDS = 200, 25  # characters, words: a longer comment may be a new complaint
_FEW = 12  # words: a question this short is one, and no comment
_SOON = timedelta(hours=12)  # what is said later is hardly meant as the sentence
_FIGURES = re.compile(r"\d{4,}|[€$£¥₺₹]|\b[A-Z]{2,}-?\d")
"""Order numbers and amounts of money: a comment on the handling seldom has any."""

Found = dict[str, Any]


def find(session: Session, conversation: Conversation, message: Message, now: datetime) -> Found | None:
    """The question of ours that ``message`` answers, and how; ``beside`` if the dialogue gets it, too."""
    if message.button is not None:
        return _pressed(message.button) if message.button.startswith(_OURS) else None
    if message.kind != InboundKind.MESSAGE or not message.text.strip():
        return None
    asked = {"this": message.conversation, "before": message.seq}
    last = session.connection().execute(_LAST_SAID, asked).first()
    if last is None or not last.buttons or not last.buttons[0]["token"].startswith(_OURS):
        return None
    if now - last.at > SURVEY_ENDS:
        return None
    return _heard(conversation, message, last.buttons, now - last.at)


def _heard(
    conversation: Conversation, message: Message, buttons: list[dict[str, str]], since: timedelta
) -> Found | None:
    """What the words of ``message`` answer to the question that had these buttons."""
    spoken = texts.spoken(conversation.language or texts.FALLBACK)
    answer = message.text.strip().casefold().rstrip(".!)")
    chosen = next((b["token"] for b in buttons if b["title"].casefold() == answer), None)
    if chosen is not None:
        return _pressed(chosen)
    what, reference, choice = buttons[-1]["token"].split(":")
    if what == "followup":
        return _solved(reference, message.text, answer, spoken)
    if choice == "nothing":
        return _comment(reference, message.text.strip(), answer, spoken, late=since > _SOON)
    grade = as_grade(message.text)
    return {"reference": reference, "grade": grade} if grade else None


def take(
    session: Session,
    conversation: Conversation,
    message: Message,
    found: Found,
    settings: Settings,
    now: datetime,
) -> Sequence[Reply]:
    """Do what was answered, in the turn's transaction; what to reply: nothing where the dialogue does."""
    try:
        case = register.find(session, found["reference"], lock=True)
    except UnknownReference:
        case = None
    if case is None or case.conversation != conversation.id:  # a button that nobody has shown here
        return (Reply(texts.say("stale_button", conversation.language or texts.FALLBACK)),)
    session.refresh(case)
    change = _Change(session, case, language_of(conversation, case), settings, now)
    if "solved" in found:
        return (
            change.solved()
            if found["solved"]
            else change.not_solved(found.get("reason") or message.text, told="reason" in found)
        )
    survey = surveying.latest(session, case.reference, conversation.id)
    if survey is None:
        return change.say("stale_button")
    if "grade" in found:
        return change.grade(survey, found["grade"])
    return change.comment(survey, found["comment"], beside=found.get("beside", False))


@dataclass(frozen=True)
class _Change:
    """What the answers do to a case."""

    session: Session
    case: Complaint
    language: str
    settings: Settings
    now: datetime

    def say(self, key: str, **values: str) -> tuple[Reply, ...]:
        """One reply of the catalogue."""
        return (Reply(texts.say(key, self.language, **values)),)

    def solved(self) -> tuple[Reply, ...]:
        """The customer accepts the answer."""
        reference = self.case.reference
        if self.case.status != Status.RESPONDED:
            return self._settled()
        register.accept_answer(self.session, self.case, actor="customer", now=self.now)
        queue.close_item(self.session, self.case)
        return self.say("aftercare_solved", reference=reference)

    def not_solved(self, reason: str, *, told: bool) -> tuple[Reply, ...]:
        """They do not: it goes on, both ways of recourse are explained; what is wrong, if not ``told``."""
        if self.case.status != Status.RESPONDED:
            return self._settled()
        recourse.contested(self.session, self.case, reason=reason, actor="customer", now=self.now)
        explained = recourse.explain(self.language, self.case, self.settings.policy.outside_body)
        return (Reply(explained), *(() if told else self.say("aftercare_what_is_wrong")))

    def grade(self, survey: Survey, grade: int) -> tuple[Reply, ...]:
        """Keep it, and ask for a sentence."""
        surveying.give_grade(self.session, self.case, survey, grade, self.now)
        if grade <= POOR:
            self._put_before_supervisor(grade)
        if survey.commented_at is not None:
            return self.say("aftercare_thanks")
        nothing = Button(
            texts.say("button_nothing_to_add", self.language), f"survey:{self.case.reference}:nothing"
        )
        return (Reply(texts.say("aftercare_comment", self.language), (nothing,)),)

    def comment(self, survey: Survey, text: str | None, *, beside: bool) -> tuple[Reply, ...]:
        """Keep it; where it may be something else ``beside``, the dialogue answers."""
        surveying.comment(self.session, self.case, survey, text, self.now)
        if beside:
            return ()
        poor = survey.grade is not None and survey.grade <= POOR
        return self.say("aftercare_thanks_poor" if poor else "aftercare_thanks")

    def _settled(self) -> tuple[Reply, ...]:
        stage = texts.say(f"stage_{self.case.status}", self.language)
        return self.say("aftercare_settled", reference=self.case.reference, stage=stage)

    def _put_before_supervisor(self, grade: int) -> None:
        """Somebody was dealt with badly: a supervisor reads why, also of a case that is closed."""
        item = queue.open_item(self.session, self.case, Reason.POOR_SURVEY, self.now)
        item.escalated_at = self.now
        self.session.add(item)
        register.record(
            self.session, self.case, "escalated", actor="system", now=self.now, reason=Reason.POOR_SURVEY,
            grade=grade, holder=item.agent,
        )  # fmt: skip


def as_grade(text: str) -> int | None:
    """The grade that a text is: ``4``, ``4/5``, ``4.``, ``٤``, ``4️⃣`` or so many stars; else ``None``."""
    bare = "".join(
        str(unicodedata.digit(c, c)) for c in text.strip() if unicodedata.category(c) not in ("Mn", "Me")
    )
    if bare and not bare.strip(_STAR):
        return len(bare) if len(bare) in GRADES else None
    match = _NUMBER.fullmatch(bare)
    grade = int(match[1]) if match else 0
    return grade if grade in GRADES else None


def _pressed(token: str) -> Found | None:
    what, _, rest = token.partition(":")
    reference, _, choice = rest.partition(":")
    if what == "followup" and choice in ("yes", "no"):
        return {"reference": reference, "solved": choice == "yes"}
    if what == "survey" and choice == "nothing":
        return {"reference": reference, "comment": None}
    if what == "survey" and choice.isdecimal() and int(choice) in GRADES:
        return {"reference": reference, "grade": int(choice)}
    return None


def _solved(reference: str, text: str, answer: str, language: str) -> Found | None:
    """A yes or a no and nothing else; a no that goes on after a comma takes its reasons along."""
    if answer in ("1", texts.say("button_affirm", language).casefold()):
        return {"reference": reference, "solved": True}
    if answer in ("2", *_noes(language)):
        return {"reference": reference, "solved": False}
    first = re.match(r"\s*(\w+)\s*[,.;:!،؛–-]\s*\S", text)
    if first and first[1].casefold() in _noes(language):
        return {"reference": reference, "solved": False, "reason": text.strip()}
    return None


def _noes(language: str) -> tuple[str, ...]:
    return texts.say("button_deny", language).casefold(), "no"


def _comment(reference: str, text: str, answer: str, language: str, *, late: bool) -> Found | None:
    """The sentence, unless the message is plainly something else; both where that cannot be told."""
    if answer in ("1", "-", "0", *_noes(language)):
        return {"reference": reference, "comment": None}
    words = len(text.split())
    asks = any(c in "?¿؟" for c in text)
    mentioned = {m.reference for m in read_all(text)}
    if triage.hazard(text, language) is not None or mentioned - {reference} or (asks and words <= _FEW):
        return None
    long = words > _LONG_WORDS or len(text) > _LONG_TEXT
    unsure = late or asks or long or bool(mentioned) or _FIGURES.search(text) is not None
    return {"reference": reference, "comment": text, "beside": unsure}


# Built once: every message asks this.
_LAST_SAID = (
    sqlalchemy.select(col(Message.buttons), col(Message.at))
    .where(
        col(Message.conversation) == bindparam("this"),
        col(Message.author) != Author.CUSTOMER,
        col(Message.seq) < bindparam("before"),
    )
    .order_by(col(Message.seq).desc())
    .limit(1)
)
