"""The smallest program around the engine: it keeps a conversation's cases and dialogue state in memory.

It does what `bot.turn` does for the dialogue, without a database, so that the dialogues can be run
against the engine alone. The dialogues themselves know nothing of it.
"""

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

from complaints import commands, texts, triage
from complaints.commands import Details
from complaints.facts import CaseFact, Facts, Hazard, Offer
from complaints.reference import mint
from tests.engine.engine_process import Engine

NOW = datetime.datetime(2025, 11, 21, 11, 0, tzinfo=datetime.UTC)  # a Friday
UPDATE_BY, RESPOND_BY = datetime.date(2025, 11, 28), datetime.date(2025, 12, 5)


@dataclass
class Case:
    """A case as the register would hold it."""

    reference: str
    kind: str
    description: str
    details: Details = field(default_factory=Details)
    status: str = "assessed"
    confirmed: bool = False
    with_person: bool = False


@dataclass
class Program:
    """One conversation with the real engine."""

    engine: Engine
    language: str = "en"
    channel: str = "webchat"
    contact_known: bool = False
    now: datetime.datetime = NOW
    open_now: bool = True
    provisional: str | None = None
    cases: list[Case] = field(default_factory=list)
    feedback: list[commands.RecordFeedback] = field(default_factory=list)
    state: dict[str, Any] | None = None
    buttons: dict[str, str] = field(default_factory=dict)

    def say(
        self,
        text: str,
        *,
        token: str | None = None,
        attachments: int = 0,
        more_waiting: bool = False,
        unsupported: bool = False,
    ) -> dict[str, Any]:
        """One message of the customer's; the engine's answer, its commands applied."""
        hazard = triage.hazard(text, self.language) if text else None
        facts = self._facts(
            hazard=hazard,
            attachments=attachments,
            more_waiting=more_waiting,
        )
        body = {
            "intent": _trusted(text, token, hazard, attachments, unsupported),
            "facts": facts.model_dump(mode="json"),
            "state": self.state,
        }
        answer = self.engine.turn(text, **body)
        for command in answer["commands"]:
            self._apply(commands.read(command))
        self.provisional = None
        self.state = json.loads(json.dumps(answer["state"]))
        self.buttons |= {b["title"]: b["token"] for reply in answer["replies"] for b in reply["buttons"]}
        return answer

    @property
    def offered(self) -> set[str]:
        """The tokens of all buttons shown so far."""
        return set(self.buttons.values())

    def case(self, reference: str) -> Case:
        """The case of that name. Raises `StopIteration` if nobody filed it."""
        return next(c for c in self.cases if c.reference == reference)

    def _facts(self, **more: Any) -> Facts:
        return Facts(
            now=self.now,
            language=self.language,
            channel=self.channel,
            organisation="Northwind",
            emergency=texts.say("emergency", self.language),
            country="GB",
            time_zone="Europe/London",
            cases=[self._fact(c) for c in reversed(self.cases)],
            offer=Offer(
                reference=self.provisional or mint(),
                update_by=texts.format_date(UPDATE_BY, self.language),
                respond_by=texts.format_date(RESPOND_BY, self.language),
                queue_position=3,
                opening=texts.say("opening_now", self.language, time="18:00"),
                open_now=self.open_now,
                reach=texts.say(f"reach_{self.channel}", self.language),
            ),
            contact_known=self.contact_known,
            provisional=self.provisional,
            policy={"outside_body": "Consumer Council, 0800 1234"},
            **more,
        )

    def _fact(self, case: Case) -> CaseFact:
        return CaseFact(
            reference=case.reference,
            kind=case.kind,
            status=case.status,
            open=case.status not in ("closed", "withdrawn"),
            stage=texts.say(f"stage_{case.status}", self.language),
            last_event=texts.say(
                "event_received", self.language, date=texts.format_date(NOW.date(), self.language)
            ),
            received_on=texts.format_date(NOW.date(), self.language),
            next_date=texts.format_date(UPDATE_BY, self.language),
            subject=case.details.product or " ".join(case.description.split())[:40],
            details=case.details,
            confirmed=case.confirmed,
            with_person=case.with_person,
        )

    def _file(self, command: commands.FileComplaint) -> None:
        known = next((c for c in self.cases if c.reference == command.reference), None)
        if known is None:
            self.cases.append(Case(command.reference, "complaint", command.description, command.details))
            return
        assert known.kind == "contact", "filed twice"
        # The wish for a person has turned out to be about a complaint.
        known.kind, known.details = "complaint", command.details
        known.description += "\n\n" + command.description

    def _apply(self, command: commands.Command) -> None:
        match command:
            case commands.FileComplaint():
                self._file(command)
            case commands.AddDetail():
                case = self.case(command.reference)
                case.details = case.details.model_copy(update=command.details.said())
                if command.description:
                    case.description += "\n\n" + command.description
            case commands.AnswerQuestion():
                self.case(command.reference)
            case commands.ConfirmSummary():
                self.case(command.reference).confirmed = True
            case commands.RecordFeedback():
                self.feedback.append(command)
            case commands.AskForHuman():
                if not any(c.reference == command.reference for c in self.cases):
                    self.cases.append(Case(command.reference, "contact", command.description))
                self.case(command.reference).with_person = True
            case commands.Withdraw():
                self.case(command.reference).status = "withdrawn"
            case commands.Reopen():
                self.case(command.reference).status = "investigating"
            case commands.SetLanguage():
                self.language = command.language
            case commands.AskForProof() | commands.Silence():
                pass


def _trusted(
    text: str, token: str | None, hazard: Hazard | None, attachments: int, unsupported: bool
) -> dict[str, Any] | None:
    """What the program knows the message means, as `bot.gathering` tells the engine."""
    if token is not None:
        name, _, argument = token.partition(":")
        return {"name": name, "payload": {"argument": argument} if argument else {}}
    if hazard is not None and hazard.severity == "critical":
        return {"name": "report_danger", "payload": {}}
    if unsupported:
        return {"name": "unsupported", "payload": {}}
    if not text.strip():
        return {"name": "attach" if attachments else "empty", "payload": {}}
    return None
