"""``recourse up --demo``: a day of invented customers, so that the console has life in it.

They come in through the web chat of the running program, and two invented agents work on their
cases through its API: what is on record afterwards, the program has written itself. Only then are
the times moved back over the past day (`bot.demo.dating`), and every case says so in its history.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from sqlmodel import Session

from bot.db import Database
from bot.demo.customers import FOLDER, Customer, Step, customers
from bot.demo.dating import Mark, date_back
from bot.settings import Settings
from channels.webchat import visitors
from complaints import reference, register, texts
from handoff.staff import agents
from handoff.staff.agents import Role, UnknownAgent

AGENTS = {"Alma": "Alma (demo)", "Ben": "Ben (demo)"}
LEAD = "Clara (demo)"
"""Whose the link is that is printed then: two agents would be shown neither the team nor the reports."""

_AT_ONCE = 6  # customers
_PATIENCE = 20.0  # seconds for one answer
_ANSWER_AFTER = timedelta(seconds=40)  # a customer reads, and types


class DemoRefused(Exception):
    """The demo will not play, or did not come through. The text names the remedy."""


def played(session: Session) -> bool:
    """Whether the invented customers have been here. Raises `DemoRefused` if there are other cases."""
    try:
        agents.find(session, AGENTS["Alma"])
    except UnknownAgent:
        if register.newest(session, open_only=False, limit=1):
            raise DemoRefused(
                "the demo's customers are not let loose on a database that has cases: start without --demo, "
                "or set RECOURSE_DATA_DIR to an empty folder such as var/demo"
            ) from None
        return False
    return True


async def play(settings: Settings, database: Database, say: Callable[[str], None]) -> None:
    """Let all customers come and go. The program is running. Raises `DemoRefused`."""
    today = customers(texts.languages())
    tokens = await database.run(_hire, datetime.now(UTC))
    say(f"Inventing a day: {len(today)} customers write in")
    places = asyncio.Semaphore(_AT_ONCE)
    address = f"http://127.0.0.1:{settings.port}"

    async def visit(customer: Customer) -> Visit:
        async with places, httpx.AsyncClient(base_url=address, trust_env=False, timeout=_PATIENCE) as http:
            visit = Visit(customer, http, tokens)
            await visit.take_place()
            return visit

    try:
        async with asyncio.TaskGroup() as tasks:
            visits = [tasks.create_task(visit(customer)) for customer in today]
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
        if not isinstance(first, httpx.HTTPError | TimeoutError):
            raise
        raise DemoRefused(
            f"the demo did not come through ({first!r}): see what `recourse doctor` says, "
            "then start it with RECOURSE_DATA_DIR set to an empty folder"
        ) from failures
    cases = 0
    for done in (task.result() for task in visits):
        visitor = visitors.read(f"Bearer {done.token}", settings.secret_key.decode(), datetime.now(UTC))
        cases += await database.run(date_back, visitor.conversation, done.marks)
    say(f"  {cases} cases, some taken up by {AGENTS['Alma']} and {AGENTS['Ben']}; all of it is invented")


@dataclass
class Visit:
    """One customer's day with us, and what it looks like on the clock of the day that is told."""

    customer: Customer
    http: httpx.AsyncClient
    tokens: dict[str, str]
    marks: list[Mark] = field(default_factory=list)
    token: str = ""
    reference: str | None = None
    seen: int = 0

    async def take_place(self) -> None:
        """Go through all the steps. Raises `httpx.HTTPError` and `TimeoutError`."""
        answer = (
            await self.http.post("/chat/session", json={"locale": self.customer.language})
        ).raise_for_status()
        self.token = answer.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        for step in self.customer.steps:
            self._mark(timedelta(minutes=step.after))
            if step.agent is None:
                await self._say(step)
            elif self.reference is not None:
                await self._act(step, step.agent, self.reference)
        await self._read()

    def _mark(self, gap: timedelta) -> None:
        """From now on, it is ``gap`` later than it was."""
        true = datetime.now(UTC)
        if not self.marks:
            self.marks.append(Mark(true, true - timedelta(hours=self.customer.hours_ago)))
            return
        last = self.marks[-1]
        self.marks.append(Mark(true, last.told + max(gap, true - last.true)))

    async def _say(self, step: Step) -> None:
        said = await self._send(step.say, photo=step.photo)
        for _ in range(10):  # more than the assistant asks
            asked = self._asked(said)
            if asked is None:
                return
            text, token = asked
            self._mark(_ANSWER_AFTER)
            said = await self._send(text, token)

    def _asked(self, said: list[dict[str, Any]]) -> tuple[str, str | None] | None:
        """The answer to the assistant's question, with the button's token if it is one.

        The buttons tell what is asked: ``skip:order`` stands below the question for the order number.
        """
        if self.customer.answers is None or not said:
            return None
        for button in said[-1]["buttons"]:
            kind, _, topic = button["token"].partition(":")
            if kind == "skip" and topic in self.customer.answers:
                return self.customer.answers[topic], None
            if kind in ("skip", "affirm"):
                return button["title"], button["token"]
        return None

    async def _send(
        self, text: str, token: str | None = None, photo: str | None = None
    ) -> list[dict[str, Any]]:
        """Say something; what was said to it, once the program is done with it."""
        name = uuid.uuid4().hex
        if photo is not None:
            picture = (photo, await asyncio.to_thread((FOLDER / photo).read_bytes), "image/jpeg")
            answer = await self.http.post(
                "/chat/files", data={"id": name, "text": text}, files={"file": picture}
            )
        else:
            answer = await self.http.post("/chat/messages", json={"id": name, "text": text, "button": token})
        answer.raise_for_status()
        heard = [m for m in await self._read() if m["from"] == "bot"]
        for message in heard:
            for mention in reference.read_all(message["text"]):
                self.reference = self.reference or mention.reference
        return heard

    async def _read(self) -> list[dict[str, Any]]:
        """What was said since the last look, once all is answered and delivered."""
        said: list[dict[str, Any]] = []
        async with asyncio.timeout(_PATIENCE):
            while True:
                answer = await self.http.get("/chat/messages", params={"after": self.seen})
                new = answer.raise_for_status().json()
                if not new:
                    return said
                if not any(m["state"] in ("received", "queued", "sending") for m in new):
                    said += new
                    self.seen = new[-1]["seq"]
                else:
                    await asyncio.sleep(0.1)

    async def _act(self, step: Step, agent: str, case: str) -> None:
        body = dict(step.body)
        if step.do == "reply":
            body["id"] = uuid.uuid4().hex
        answer = await self._ask_desk(agent, f"{case}/{step.do}", body)
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and "remedy" in body:
            del body["remedy"]  # the operator's own world does not grant it
            answer = await self._ask_desk(agent, f"{case}/{step.do}", body)
        answer.raise_for_status()

    async def _ask_desk(self, agent: str, what: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[agent]}"}
        return await self.http.post(f"/api/v1/cases/{what}", json=body or None, headers=headers)


def _hire(session: Session, now: datetime) -> dict[str, str]:
    """The two agents and who leads them; the agents' access tokens, which nobody else gets to know."""
    agents.add(session, LEAD, Role.ADMIN, now)
    return {short: agents.add(session, name, Role.AGENT, now) for short, name in AGENTS.items()}
