"""What the pages show, and the parts of them that are kept up to date while they are open."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlmodel import Session

from complaints.complaint import Category, Decision, Remedy, Severity, Status
from handoff import agents, queue
from handoff.agents import Person
from handoff.case_file import case_file, queue_lines, read_reference
from handoff.console import wording
from handoff.console.rendering import render
from handoff.console.settings import ConsoleSettings
from handoff.queue import State

LISTED = 100
"""Waiting cases on a page: more than anybody reads; the next ones move up."""


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
    now: datetime
    mine: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    others: list[dict[str, Any]]
    waiting_in_all: int
    case: dict[str, Any] | None = None
    typed: Mapping[str, str] = field(default_factory=dict)  # what a refused form held
    request_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))  # of the next reply
    vocabulary: dict[str, Any] = field(
        default_factory=lambda: {
            "severities": list(reversed(Severity)),
            "categories": list(Category),
            "decisions": list(Decision),
            "remedies": list(Remedy),
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
    def days(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The conversation, day by day."""
        assert self.case is not None
        zone = self.settings.time_zone
        by_day = groupby(self.case["messages"], lambda m: wording.day(m["at"], zone, self.now))
        return [(day, list(messages)) for day, messages in by_day]


def read(
    session: Session,
    cookie: str,
    reference: str | None,
    settings: ConsoleSettings,
    typed: Mapping[str, str],
    now: datetime,
) -> View:
    """The page of a case, or of the queue, for whoever is signed in. ``reference`` is read leniently.

    Raises `SignInRefused`, `UnknownReference`.
    """
    person = agents.by_session(session, cookie, now)
    held = queue_lines(session, State.HELD)
    return View(
        person=person,
        settings=settings,
        now=now,
        mine=[line for line in held if line["holder"] == person.name],
        others=[line for line in held if line["holder"] != person.name],
        waiting=queue_lines(session, State.WAITING, LISTED),
        waiting_in_all=queue.size(session),
        case=case_file(session, read_reference(reference)) if reference else None,
        typed=typed,
    )


def regions(view: View) -> list[Region]:
    """The parts that change. The composer changes only with what one may do: it may hold a draft."""
    names = ["queue"] if view.case is None else ["queue", "standing", "log", "record", "history"]
    found = [_region(name, view) for name in names]
    if view.case is not None:
        found.append(Region("composer", _render("composer", view), view.mode))
    return found


def _region(name: str, view: View) -> Region:
    html = _render(name, view)
    return Region(name, html, hashlib.sha256(html.encode()).hexdigest()[:16])


def _render(name: str, view: View) -> str:
    return render(f"_{name}.html", view=view, case=view.case, zone=view.settings.time_zone)
