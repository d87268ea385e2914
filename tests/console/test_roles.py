"""Every route of the desk with every role: nobody may more than the table says, no route is forgotten.

Mutation: leave ``who.need(Right.INSPECT)`` out of `handoff.console.accounts._read`, or add a route to
the console or the API and not to `NEEDS`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import Session

from bot.app import create_app
from bot.db import Database
from bot.settings import Settings
from bot.wiring import adapters
from handoff.console import accounts, moves, webhooks
from handoff.console.improving import actions as improving
from handoff.staff import agents
from handoff.staff.agents import Role
from handoff.staff.roles import GRANTED, Right
from tests.handoff.cases import complain, hire
from tests.turn.desk import ScriptedEngine

OPEN = frozenset[Right]()
"""Nobody need be signed in."""

READ, ANSWER, ANNOTATE, TRAIN = {Right.READ}, {Right.ANSWER}, {Right.ANNOTATE}, {Right.TRAIN}
SUPERVISE, INSPECT, ADMINISTER = {Right.SUPERVISE}, {Right.INSPECT}, {Right.ADMINISTER}
AUDIT = {Right.AUDIT}
OVERSEE = SUPERVISE | INSPECT  # one of the two is enough

MOVES = {
    "note": ANNOTATE,
    "assess": ANNOTATE,
    "assign": SUPERVISE,
    "takeover": SUPERVISE,
    "take-over": SUPERVISE,
    "conflict-lift": SUPERVISE,
}
"""What a case's moves need; all others need the right to answer."""

NEEDS: dict[str, object] = {
    "GET /console": READ,
    "GET /console/cases/{reference}": READ,
    "POST /console/cases/{reference}/{move}": {m: MOVES.get(m, ANSWER) for m in moves.MOVES},
    "POST /console/next": ANSWER,
    "GET /console/new": ANSWER,
    "POST /console/new": ANSWER,
    "GET /console/taken/{reference}": READ,
    "GET /console/taken/{reference}/letter": READ,
    "GET /console/by-hand/{task}": READ,
    "POST /console/look": READ,
    "GET /console/stream": READ,
    "GET /console/files/{file_id}": READ,
    "GET /console/evidence/{number}": READ,
    "GET /console/static/{name}": OPEN,
    "GET /console/search": READ,
    "GET /console/team": SUPERVISE,
    "POST /console/team/many": SUPERVISE,
    "POST /console/presence": ANSWER,
    "GET /console/causes": OVERSEE,
    "POST /console/causes/signals/{number}/{move}": {"name": SUPERVISE, "dismiss": SUPERVISE},
    "POST /console/causes/answer": SUPERVISE,
    "GET /console/sign-in": OPEN,
    "POST /console/sign-in": OPEN,
    "GET /console/sign-in/openid": OPEN,
    "GET /console/sign-in/openid/callback": OPEN,
    "POST /console/sign-out": OPEN,
    "GET /console/account": READ,
    "POST /console/account/password": READ,
    "POST /console/account/sessions/end": READ,
    "POST /console/account/sessions/{session_id}/end": READ,
    "POST /console/account/token": READ,
    "POST /console/account/token/revoke": READ,
    "GET /console/accounts": INSPECT,
    "GET /console/audit": INSPECT,
    "POST /console/accounts": ADMINISTER,
    "POST /console/accounts/{account}/{change}": dict.fromkeys(accounts.CHANGES, ADMINISTER),
    "GET /console/outbox": SUPERVISE,
    "POST /console/outbox/{letter}/{decision}": {"retry": SUPERVISE, "discard": SUPERVISE},
    "GET /console/reports": OVERSEE,
    "GET /console/reports/cases": OVERSEE,
    "GET /console/reports/figures.csv": OVERSEE,
    "GET /console/reports/review": OVERSEE,
    "GET /console/reports/review/pack.{form}": {"pdf": OVERSEE, "html": OVERSEE},
    "POST /console/reports/review/recommend": SUPERVISE,
    "POST /console/reports/review/end": SUPERVISE,
    "GET /console/webhooks": INSPECT,
    "POST /console/webhooks": ADMINISTER,
    "GET /console/webhooks/{number}": INSPECT,
    "POST /console/webhooks/{number}/{change}": dict.fromkeys(webhooks.CHANGES, ADMINISTER),
    "GET /console/privacy": SUPERVISE,
    "POST /console/privacy/{move}": {
        "hold": SUPERVISE, "release": SUPERVISE, "look": ADMINISTER, "erase": ADMINISTER,
    },
    "GET /console/review": TRAIN,
    "POST /console/review/{message_id}/{move}": {"accept": TRAIN, "correct": TRAIN, "discard": TRAIN},
    "GET /console/improvement": READ,
    "POST /console/improvement": SUPERVISE,
    "GET /console/improvement/new": SUPERVISE,
    "GET /console/improvement/{number}": READ,  # its owner, and those who oversee
    "POST /console/improvement/{number}/{move}": {
        move: READ if move == "done" else SUPERVISE for move in improving.MOVES
    },
    "GET /console/audits": OVERSEE,
    "POST /console/audits": AUDIT,
    "GET /console/audits/{number}": OVERSEE,
    "GET /console/audits/{number}/{reference}": OVERSEE,
    "POST /console/audits/{number}/{move}": {"answer": AUDIT, "finding": AUDIT, "close": AUDIT},
    "GET /console/training": READ,
    "POST /console/training": SUPERVISE,
    "POST /console/training/{number}/withdraw": SUPERVISE,
    "GET /console/guide": READ,
    "GET /api/v1/improvement": READ,
    "POST /api/v1/improvement": SUPERVISE,
    "GET /api/v1/improvement/{number}": READ,
    "POST /api/v1/improvement/{number}/done": READ,
    **{
        f"POST /api/v1/improvement/{{number}}/{move}": SUPERVISE
        for move in ("change", "confirm", "reopen", "cancel", "tie", "untie")
    },
    "GET /api/v1/queue": READ,
    "POST /api/v1/queue/next": ANSWER,
    "GET /api/v1/cases": READ,
    "POST /api/v1/cases": ANSWER,
    "GET /api/v1/cases/export": OVERSEE,
    "GET /api/v1/cases/{reference}": READ,
    "GET /api/v1/cases/{reference}/conversation": READ,
    "GET /api/v1/cases/{reference}/views": OVERSEE,
    "POST /api/v1/cases/{reference}/file": OVERSEE,  # and the agent who holds the case
    "POST /console/cases/{reference}/file/{form}": {"pdf": OVERSEE, "zip": OVERSEE},
    "GET /api/v1/me": ANSWER,
    "GET /api/v1/me/tasks": ANSWER,
    "PUT /api/v1/me/presence": ANSWER,
    "GET /api/v1/desk": OVERSEE,
    "PUT /api/v1/desk/agents/{name}": SUPERVISE,
    "POST /api/v1/bulk/cause": SUPERVISE,
    "POST /api/v1/bulk/reply": SUPERVISE,
} | {
    f"POST /api/v1/cases/{{reference}}/{move}": MOVES.get(move, ANSWER)
    for move in (
        "claim", "decline", "transfer", "assign", "take-over", "reply", "note", "assess", "correct",
        "release", "handback", "resolve", "close", "tasks", "task-end", "task-pass", "evidence", "conflict",
        "conflict-lift", "draft", "letter-edit", "letter-discard", "send", "accept", "contest", "escalate",
        "escalate-outside", "pause", "resume", "extend", "time-limit", "stage-done",
    )
}  # fmt: skip


@dataclass(frozen=True)
class House:
    """The whole program, and a case in it."""

    app: FastAPI
    database: Database
    reference: str
    tokens: dict[Role, str]

    async def call(self, method: str, path: str, role: Role | None) -> httpx.Response:
        """One request, with a form's token or an access token, from a new session."""
        headers = {"Accept": "text/html"}
        form: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if role is not None and path.startswith("/api"):
            headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        elif role is not None:
            cookie, csrf = await self.database.run(signed_in, self.tokens[role])
            form, cookies = {"csrf": csrf, "presence": "away"}, {"recourse_console": cookie}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://desk", cookies=cookies
        ) as client:
            body = {"data": form} if method == "POST" and not path.startswith("/api") else {}
            return await client.request(method, path, headers=headers, **body)  # type: ignore[arg-type]


def signed_in(session: Session, token: str) -> tuple[str, str]:
    now = datetime.now(UTC)
    cookie = agents.sign_in_by_token(session, token, now)
    return cookie, agents.by_session(session, cookie, now).csrf


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    given = {
        "RECOURSE_DATA_DIR": str(tmp_path),
        "RECOURSE_SECRET_KEY": "a-key-for-the-roles",
        "RECOURSE_OIDC_ISSUER": "http://127.0.0.1:9",  # nobody listens there
        "RECOURSE_OIDC_CLIENT_ID": "desk",
    }
    settings = Settings(_env_file=None, **given)
    connected, stopping = adapters(settings), asyncio.Event()
    stopping.set()  # streams end at once
    async with await Database.open(sqlite_url) as database:
        app = create_app(
            database, ScriptedEngine(lambda *_: pytest.fail("nobody wrote")), connected, settings, stopping
        )
        tokens = {role: await database.run(hire, f"The {role}", role) for role in Role}
        yield House(app, database, await database.run(complain), tokens)
    for adapter in set(connected.by_channel.values()):
        await adapter.close()


def routes_of(app: FastAPI) -> set[str]:
    """Method and path of all that the desk answers."""
    found = set()
    for route in iter_route_contexts(app.routes):
        path = getattr(route, "path", "") or ""
        if path.startswith(("/console", "/api/")):
            found |= {f"{method} {path}" for method in getattr(route, "methods", None) or ()}
    return found


def filled(house: House, path: str) -> str:
    """A path with its parameters."""
    given = {
        "reference": house.reference, "file_id": "1", "name": "console.css", "session_id": "0" * 16,
        "account": "999", "number": "999", "letter": "999", "message_id": "999", "task": "999",
    }  # fmt: skip
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def refused_for_role(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and re.search("the role|Your role", answer.text) is not None


async def test_no_route_is_forgotten(house: House) -> None:
    """Each route stands in the table, and nothing stands there that is none."""
    assert routes_of(house.app) == set(NEEDS)


@pytest.mark.parametrize("asked", NEEDS)
async def test_each_role_may_what_the_table_says(house: House, asked: str) -> None:
    """Refused for the role, or not for that; without a sign-in neither pages nor forms nor calls."""
    method, template = asked.split()
    wanted = NEEDS[asked]
    choices = wanted if isinstance(wanted, dict) else {"": wanted}
    for choice, rights in choices.items():
        path = filled(house, re.sub(r"\{(move|change|decision|form)\}", choice, template))
        nobody = await house.call(method, path, None)
        if rights:
            assert nobody.status_code in (303, 401), path
            if nobody.status_code == 303:
                assert nobody.headers["location"].startswith("/console/sign-in?next=")
        else:
            assert nobody.status_code < 500 or nobody.status_code == 503
            continue
        for role in Role:
            answer = await house.call(method, path, role)
            assert answer.status_code < 500, (path, role, answer.text[:300])
            assert answer.status_code != 401, (path, role)
            may = bool(GRANTED[role] & rights)
            assert refused_for_role(answer) is not may, (path, role, answer.status_code, answer.text[-500:])


def test_the_table_as_it_is_documented() -> None:
    """Who may what, once more and by name: a change here is a change of what people rely on."""
    assert {role: {str(right) for right in GRANTED[role]} for role in Role} == {
        "agent": {"read", "annotate", "answer"},
        "supervisor": {"read", "annotate", "answer", "train", "supervise"},
        "trainer": {"read", "annotate", "train"},
        "auditor": {"read", "inspect", "audit"},
        "admin": {"read", "annotate", "answer", "train", "supervise", "inspect", "audit", "administer"},
    }
