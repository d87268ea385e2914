"""Somebody who guesses: references, existing or not, over every channel and the page, and codes for them.

Every existing reference is asked for beside one that does not exist, in random order, each by a stranger of
its own. All of what the program does between a message's coming in and its answer's being on record is
timed, in processor time of all its threads; jobs that nobody waits for run in between, and are not. The
real action decides what to answer; only the engine around it is missing, which has no database to look into.
"""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from fastapi import FastAPI
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlmodel import Session, func, select

from actions.status import TellStatus
from bot import proving
from bot.db import Database
from bot.engine import Answer, Reply, Said
from bot.status_page.routes import routes
from bot.turn import Turn
from channels import inbox
from channels.message import Address, Inbound
from channels.transcript import Message
from complaints import commands, texts
from complaints.facts import Facts
from complaints.reference import mint
from complaints.triage import Parse
from handoff.proofs import Proof
from tests.conftest import create_tables
from tests.guessing.signals import Comparison
from tests.proof.asking import Office
from tests.turn.desk import ScriptedEngine, work

CHANNELS = ("webchat", "sms", "whatsapp", "telegram", "slack")
WHERE = (*CHANNELS, "page")
TURNS = [where for channel in CHANNELS for where in (channel, "page", "page", "page")]
"""Where one stranger after the other asks: the page is open to the whole world, so it gets the most."""
GUESSES = 3
ASKED = 1 + GUESSES  # look-up and guesses: what one stranger does
_PARTS: tuple[dict[str, Any], ...] = ({}, {}, {"status": "closed"}, {"anonymous": True}, {"opted_out": True})
_PARSE = Parse("ask_status", 0.9, None, None, "model-1")

Answers = tuple[Any, ...]


class StatusEngine(ScriptedEngine):
    """The engine's protocol with the real action for questions about a status behind it."""

    def __init__(self) -> None:
        super().__init__(script=lambda *_: RuntimeError())

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        message = {
            "text": said.text,
            "message_id": "m",
            "intent": {"name": "ask_status", "confidence": 0.9},
            "entities": [],
            "metadata": {"facts": facts.model_dump(mode="json"), "payload": {}},
        }
        says = CollectingDispatcher()
        tracker = Tracker(conversation, {}, message, [], False, None, {}, None)
        await TellStatus().run(says, tracker, {})
        replies, done = [], []
        for part in says.messages:
            if part.get("custom"):
                done.append(commands.read(part["custom"]["command"]))
            else:
                key = part["response"].removeprefix("utter_")
                replies.append(Reply(texts.catalogue(facts.language)[key]))
        return Answer(tuple(replies), tuple(done), {}, _PARSE)


@dataclass
class Found:
    """What was seen: times of pairs by what was done and where, and the answers."""

    pairs: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    answers: dict[bool, Counter[tuple[str, Answers]]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    asked: int = 0
    by_chance: int = 0

    def compare(self, what: str, where: str | None = None) -> Comparison:
        """All times of one kind; over all channels each against the median where it was taken."""
        if where is not None:
            times = np.array(self.pairs[what, where])
            return Comparison(times[:, 0], times[:, 1])
        parts = [np.array(times) for (kind, _), times in self.pairs.items() if kind == what]
        middle = float(np.median(np.concatenate(parts)))
        times = np.concatenate([part * (middle / np.median(part)) for part in parts])
        return Comparison(times[:, 0], times[:, 1])

    def add(self, other: Found, *, times: bool = True) -> None:
        """What another process has seen."""
        for key, pairs in other.pairs.items() if times else ():
            self.pairs.setdefault(key, []).extend(pairs)
        for exists, answers in other.answers.items():
            self.answers[exists] += answers
        self.asked += other.asked
        self.by_chance += other.by_chance


class Guesser:
    """Asks and guesses, and times it."""

    def __init__(self, office: Office, app: FastAPI, existing: list[str], seed: int) -> None:
        self.office, self.app, self.existing = office, app, existing
        self.random = random.Random(seed)
        self.turn = Turn(office.database, StatusEngine(), office.settings)  # type: ignore[arg-type]
        self.found = Found()
        self._number = self._probes = 0

    async def probe(self) -> None:
        """One stranger asks for a reference and guesses at its code, another beside them for nobody's."""
        where = TURNS[self._probes % len(TURNS)]
        self._probes += 1
        strangers = {
            exists: self._page() if where == "page" else self._chat(where) for exists in (True, False)
        }
        references = {True: self.random.choice(self.existing), False: mint()}
        said: dict[bool, list[Any]] = {True: [], False: []}
        guesses = [f"{self.random.randrange(10**6):06}" for _ in range(GUESSES)]
        for step, text in enumerate([None, *guesses]):
            spent: dict[bool, float] = {}
            for exists in self.random.sample([True, False], 2):
                answer, spent[exists] = await strangers[exists](text or references[exists])
                said[exists].append(answer)
            what = "code" if step else "look-up"
            self.found.pairs.setdefault((what, where), []).append((spent[True], spent[False]))
            if not step:
                await self.office.jobs()
        self.found.asked += 2 * ASKED
        if any(str(answer).count("received") for answer in said[True][1:]) or "/status/case" in str(
            said[True]
        ):
            self.found.by_chance += 1  # one of a million was right
            return
        for exists, answers in said.items():
            plain = str(answers).replace(references[exists], "REF").replace(references[exists][3:], "REF")
            self.found.answers[exists][where, (plain,)] += 1

    @property
    def secret(self) -> bytes:
        """What the program's codes are made from."""
        return proving.secret(self.office.settings)

    async def flood(self, times: int) -> None:
        """One conversation and one network address ask again and again."""
        in_chat, on_page = self._chat("webchat"), self._page()
        for _ in range(times):
            for ask in (in_chat, on_page):
                await ask(self.random.choice(self.existing))
        await self.office.jobs()

    def _chat(self, channel: str) -> Callable[[str], Awaitable[tuple[Any, float]]]:
        self._number += 1
        address = Address(channel, f"+44{self._number:010}")
        database = self.office.database

        async def say(text: str) -> tuple[Any, float]:
            inbound = Inbound(address, f"g-{self._number}-{self.random.random()}", text, locale="en")
            began = _clock()
            await database.run(inbox.accept, inbound, datetime.now(UTC))
            assert await work(database, "in", self.turn.take)
            spent = _clock() - began
            return (await self.office.said(address))[-2:], spent

        return say

    def _page(self) -> Callable[[str], Awaitable[tuple[Any, float]]]:
        self._number += 1
        address = f"10.{self.random.randrange(256)}.{self.random.randrange(256)}.{self.random.randrange(256)}"
        cookie = ""

        async def send(text: str) -> tuple[Any, float]:
            nonlocal cookie
            path, name = ("/status", "reference") if text.startswith("RC-") else ("/status/code", "code")
            began = _clock()
            status, headers, body = await request(self.app, path, {name: text}, address, cookie)
            spent = _clock() - began
            cookie = headers.pop("set-cookie", cookie).partition(";")[0]
            return (status, sorted(headers.items()), body), spent

        return send


async def request(
    app: FastAPI, path: str, form: Mapping[str, str], address: str, cookie: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a form as a browser at ``address`` does; nothing but the program's own work lies between."""
    body = urlencode(form).encode()
    headers = {"host": "localhost", "sec-fetch-site": "same-origin", "cookie": cookie}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"",
        "client": (address, 4711),
        "server": ("localhost", 80), "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answered = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(part.get("body", b"") for part in sent[1:])


@asynccontextmanager
async def guesser(folder: Path, cases: int, seed: int, **changes: object) -> AsyncIterator[Guesser]:
    """Somebody before a program with so many complaints, made on all channels."""
    async with await Database.open(f"sqlite:///{folder}/guessing.db") as database:
        await database.run(create_tables)
        office = Office(database, data_dir=folder, **{"codes_per_hour": 100_000, **changes})
        app = FastAPI()
        app.include_router(routes(database, office.settings))
        existing = [
            await office.case(Address(CHANNELS[n % 5], f"owner-{n}"), **_PARTS[n // 5 % len(_PARTS)])
            for n in range(cases)
        ]
        yield Guesser(office, app, existing, seed)


async def guess(somebody: Guesser, asked: int) -> Found:
    """So many look-ups and guesses, or a few more."""
    gc.collect()
    gc.disable()
    try:
        while somebody.found.asked < asked:
            await somebody.probe()
            if somebody.found.asked % 400 == 0:
                gc.collect()
    finally:
        gc.enable()
    return somebody.found


@dataclass(frozen=True)
class Sent:
    """What left for customers."""

    asked: int
    codes: int
    most_for_one: int
    most_asked_by_one: int
    proved: int


async def sent(database: Database) -> Sent:
    """Count it, in the messages that went out."""

    def count(session: Session) -> Sent:
        codes = session.exec(select(func.count()).where(Message.dedup.like("proof:%"))).one()  # type: ignore[attr-defined]
        each = session.exec(
            select(func.count()).where(Proof.sent == True).group_by(Proof.reference)  # noqa: E712
        ).all()
        askers = session.exec(select(func.count()).select_from(Proof).group_by(Proof.asker)).all()
        proved = session.exec(
            select(func.count()).where(Proof.proven_at.is_not(None))  # type: ignore[union-attr]
        ).one()
        return Sent(sum(askers), codes, max(each, default=0), max(askers, default=0), proved)

    return await database.read(count)


def _clock() -> float:
    """Seconds of processor time of the whole process: what others do on the machine does not count."""
    return time.process_time_ns() / 1e9
