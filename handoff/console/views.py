"""What the pages show, and the parts of them that are kept up to date while they are open."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, select

from channels import signals
from complaints import register, texts
from complaints.causes import causes
from complaints.complaint import Category, Decision, Severity, Status
from complaints.deciding import Finding
from complaints.world import world
from handoff.case_file import case_file, queue_lines, read_reference, subject
from handoff.case_parts import tasks_of_owner
from handoff.casework import canned, deciding, linking, recurrence, suggesting
from handoff.console.listing import STEP, Listing
from handoff.console.look import Look
from handoff.console.rendering import render
from handoff.console.settings import ConsoleSettings
from handoff.console.wording import wording
from handoff.dispatch import presence
from handoff.dispatch.presence import Presence
from handoff.dispatch.rules import in_force
from handoff.improvement import reading
from handoff.improvement.record import ImprovementAction
from handoff.queue import State
from handoff.staff import agents
from handoff.staff.agents import Agent, Person
from handoff.staff.roles import Role

MOST_MINE = 200
LAST_MESSAGES = 60
"""Of a conversation, unless somebody asks for those before: enough to know what it is about."""

QUEUE = ("mine",)
CASE = (
    "standing", "moves", "log", "composer", "record", "clock", "tasks", "evidence", "decision", "related",
    "history",
)  # fmt: skip
_BY_MODE = ("composer", "moves", "clock")  # they may hold a draft: they change only with what one may do
_OF_CLOCK = ("clock", "update_by", "respond_by", "update_task", "paused_since")


@dataclass(frozen=True)
class Region:
    """A part of a page that changes by itself. ``digest`` tells whether it has."""

    id: str
    html: str
    digest: str


@dataclass(frozen=True)
class View:
    """Everything that a page is made of, read in one go. ``case`` is ``None`` on the queue's page."""

    person: Person
    settings: ConsoleSettings
    look: Look
    now: datetime
    mine: list[dict[str, Any]]
    offered: list[dict[str, Any]]
    presence: Presence
    case: dict[str, Any] | None = None
    tasks_mine: list[dict[str, Any]] = field(default_factory=list)
    related: dict[str, Any] = field(default_factory=dict)
    actions: Sequence[ImprovementAction] = ()
    colleagues: Sequence[str] = ()
    typed: Mapping[str, str] = field(default_factory=dict)  # what a refused form held
    request_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))  # of the next reply
    vocabulary: dict[str, Any] = field(
        default_factory=lambda: {
            "severities": list(reversed(Severity)),
            "categories": list(Category),
            "decisions": list(Decision),
            "remedies": world.in_force().remedies.offered(),
        }
    )

    @property
    def mode(self) -> str:
        """What this person can do with the case: mine, claim, other, finished or reader."""
        assert self.case is not None
        if not self.person.role.answers:
            return "reader"
        if self.case["state"] == State.HELD and self.case["holder"] == self.person.name:
            return "mine"
        if not Status(self.case["status"]).is_open:
            return "finished"
        holder = self.case["holder"] or self.case["conversation_holder"]
        return "claim" if holder in (None, self.person.name) else "other"

    @property
    def may_work(self) -> bool:
        """Whether this person may do something about the case: who holds it, and supervisors."""
        return self.mode == "mine" or (self.person.role.answers and self.person.role.supervises)

    @property
    def open_tasks(self) -> int:
        """How much is to be done still."""
        assert self.case is not None
        return sum(task["state"] == "open" for task in self.case["tasks"])

    @property
    def draft(self) -> dict[str, Any] | None:
        """The letter that waits to be checked."""
        assert self.case is not None
        return next((letter for letter in self.case["letters"] if letter["waiting"]), None)

    @property
    def may_check(self) -> bool:
        """Whether this person may send the letter that waits, or change it."""
        return self.draft is not None and self.may_work

    @property
    def waits_for_another(self) -> bool:
        """Whether somebody else must check the letter than this person, who wrote it."""
        assert self.case is not None
        wrote = self.draft is not None and self.draft["written_by"] == self.person.name
        return wrote and deciding.needs_second_pair(self.case["severity"])

    @property
    def draft_beside(self) -> str:
        """The waiting letter as it was composed, in the language of whoever looks."""
        assert self.case is not None
        assert self.draft is not None
        return deciding.compose(
            self.case["reference"],
            self.case["name"],
            Finding.model_validate(self.draft),
            language=self.look.language,
            outside=self.settings.outside_body,
            now=datetime.fromisoformat(self.draft["written_at"]),
        )

    @property
    def causes(self) -> dict[str, str]:
        """Root causes to choose from."""
        return causes(self.look.language, in_force().root_causes)

    @property
    def cause_named(self) -> str:
        """The root cause of the case."""
        assert self.case is not None
        code = self.case["cause_kind"]
        return ": ".join(filter(None, [self.causes.get(code, code) if code else "", self.case["root_cause"]]))

    @property
    def keeps_clock(self) -> bool:
        """Whether this person may pause or extend the case's clock."""
        return self.mode == "mine" or (self.person.role.supervises and self.mode in ("claim", "other"))

    @property
    def days(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The conversation with the notes about it, day by day."""
        assert self.case is not None
        zone, words = self.settings.time_zone, wording(self.look.language)
        messages = self.case["messages"]
        since = messages[0]["at"] if messages else ""
        notes = [e for e in self.case["events"] if e["kind"] == "note" and e["at"] >= since]
        entries = sorted([*messages, *notes], key=lambda e: str(e["at"]))
        by_day = groupby(entries, lambda e: words.day(e["at"], zone, self.now))
        return [(day, list(said)) for day, said in by_day]

    @property
    def _answers(self) -> canned.Answers:
        assert self.case is not None
        return canned.answers(self.case["language"], self.settings.canned_dir)

    @property
    def canned_language(self) -> str:
        """What the ready answers are written in."""
        return self._answers.language

    @property
    def canned(self) -> list[canned.Answer]:
        """The ready answers, filled in for this customer."""
        assert self.case is not None
        found = self._answers
        due = datetime.fromisoformat(self.case["respond_by"]).astimezone(self.settings.time_zone)
        values = {
            "name": self.case["name"],
            "reference": self.case["reference"],
            "respond_by": texts.format_date(due.date(), found.language),
            "agent": self.person.name,
            "organisation": self.settings.organisation,
        }
        return [canned.Answer(a.title, canned.fill(a.text, values)) for a in found.answers]


@dataclass(frozen=True)
class Signs:
    """Who is there now: the customer at the keyboard, and colleagues at the same case."""

    typing: bool
    viewers: list[str]


def read(
    session: Session,
    cookie: str,
    reference: str | None,
    settings: ConsoleSettings,
    look: Look,
    typed: Mapping[str, str],
    now: datetime,
    *,
    whole: bool = False,
) -> View:
    """The page of a case, or of the queue, for whoever is signed in. ``reference`` is read leniently.

    ``whole`` shows a conversation from further back. Raises `SignInRefused`, `UnknownReference`.
    """
    person = agents.by_session(session, cookie, now)
    case = case_file(session, read_reference(reference), now) if reference else None
    if case is not None:
        said = case["messages"]
        case["messages"] = said if whole else said[-LAST_MESSAGES:]
        case["messages_before"] = len(said) > len(case["messages"])
    return View(
        person=person,
        settings=settings,
        look=look,
        now=now,
        mine=queue_lines(session, State.HELD, MOST_MINE, agent=person.name, now=now),
        offered=queue_lines(session, State.OFFERED, STEP, agent=person.name, now=now),
        presence=presence.profile(session, person.name).presence,
        case=case,
        tasks_mine=tasks_of_owner(session, person.name, now),
        related=_related(session, case["reference"]) if case else {},
        actions=reading.of_case(session, case["reference"]) if case else (),
        colleagues=_colleagues(session, person.name) if case else (),
        typed=typed,
    )


def read_signs(session: Session, conversation: str, person: str, now: datetime) -> Signs:
    """Who is there now, but for ``person``. A customer who has sent it types no more."""
    typing, viewers = False, set[str]()
    for sign in signals.shown(session, conversation, now):
        if sign.who == signals.CUSTOMER:
            typing = not signals.has_said_since(session, conversation, sign.at)
        else:
            viewers.add(sign.who.partition("/")[0])
    return Signs(typing, sorted(viewers - {person}))


def regions(view: View, names: Sequence[str]) -> list[Region]:
    """The parts of the page by these names, as they are now."""
    return [_region(name, view) for name in names]


def list_region(listing: Listing, settings: ConsoleSettings, look: Look) -> Region:
    """The list of the queue: the same for everybody who reads that language."""
    html = render("_list.html", look=look, list=listing, zone=settings.time_zone)
    return Region("list", html, _digest(html))


def signs_region(signs: Signs, view: View) -> Region:
    """The line that says who is there."""
    html = render("_signs.html", look=view.look, view=signs, case=view.case)
    return Region("signs", html.strip(), _digest(html))


def _region(name: str, view: View) -> Region:
    html = render(f"_{name}.html", look=view.look, view=view, case=view.case, zone=view.settings.time_zone)
    if name in _BY_MODE:
        assert view.case is not None
        letter = view.draft["id"] if view.draft else ""
        clock = [view.case[k] for k in _OF_CLOCK] if name == "clock" else ""
        needs = view.case["missing"] if name == "composer" else ""
        state = f"{view.mode} {view.case['holder']} {view.case['status']} {letter} {clock} {needs}"
        return Region(name, html, _digest(state))
    return Region(name, html, _digest(html))


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:16]


def _related(session: Session, reference: str) -> dict[str, Any]:
    case = register.find(session, reference)
    main = linking.merged_into(session, reference)
    return {
        "merged_into": _short(linking.Related(register.find(session, main))) if main else None,
        "linked": [_short(r) for r in linking.tied(session, reference)],
        "suggested": [_short(r) for r in suggesting.suggested(session, case)],
        "recurrence": recurrence.of_case(session, case),
    }


def _short(related: linking.Related) -> dict[str, Any]:
    return {
        "reference": related.case.reference,
        "subject": subject(related.case),
        "status": related.case.status,
        "kind": related.kind,
        "because": related.because,
        "likelihood": related.likelihood,
        "open": Status(related.case.status).is_open,
    }


def _colleagues(session: Session, name: str) -> list[str]:
    answering = [role for role in Role if role.answers]
    return list(
        session.exec(
            select(Agent.name)
            .where(col(Agent.active).is_(True), col(Agent.role).in_(answering), Agent.name != name)
            .order_by(col(Agent.name))
        )
    )
