"""Who has looked at a case is in its history, once an hour, and the page does not wait for it.

Mutation: leave ``Event.actor`` out of `access._due` (Ben's view is lost in Anna's), or await the
writing in `api.case` instead of putting it after the answer.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import Session

from bot.db import Database
from channels.lanes import Unavailable
from complaints import register, texts
from handoff.rest import api
from handoff.staff import access, agents
from handoff.staff.agents import Person, Role
from tests.handoff.cases import NOW, complain, hire
from tests.handoff.serving import serving


def views(session: Session, reference: str) -> list[tuple[str, str]]:
    """Who saw a case, and how."""
    events = register.events_of(session, register.find(session, reference))
    return [(e.actor, e.data["way"]) for e in events if e.kind == "viewed"]


async def somebody(database: Database, name: str, role: Role = Role.AGENT) -> Person:
    return await database.read(agents.by_token, await database.run(hire, name, role))


async def test_once_an_hour_for_each(database: Database) -> None:
    """Per person, case and way; and again after an hour."""
    anna, ben = await somebody(database, "Anna"), await somebody(database, "Ben")
    reference, other = await database.run(complain), await database.run(complain)

    async def look(who: Person, at: str, minutes: int, way: str = "page") -> bool:
        return await database.run(access.viewed, who, at, NOW + timedelta(minutes=minutes), way)

    assert await look(anna, reference, 0)
    assert not await look(anna, reference, 1)
    assert not await look(anna, reference, 59)
    assert await look(ben, reference, 1)
    assert await look(anna, other, 1)
    assert await look(anna, reference, 2, "api")
    assert await look(anna, reference, 60)
    assert await database.read(views, reference) == [
        ("agent:Anna", "page"),
        ("agent:Ben", "page"),
        ("agent:Anna", "api"),
        ("agent:Anna", "page"),
    ]


async def test_many_windows_at_once(database: Database) -> None:
    """Twenty views in the same moment are one, and no number of the history is given twice."""
    anna = await somebody(database, "Anna")
    reference = await database.run(complain)
    wrote = await asyncio.gather(*(database.run(access.viewed, anna, reference, NOW) for _ in range(20)))
    assert wrote.count(True) == 1
    assert len(await database.read(views, reference)) == 1


async def test_all_results_of_a_search(database: Database) -> None:
    """Each case that was among them; what is no case, or gone, is no error."""
    anna = await somebody(database, "Anna")
    found = [await database.run(complain) for _ in range(5)]
    await access.note(database, anna, [*found, "RC-00000000"], "search")()
    await access.note(database, anna, found, "search")()
    for reference in found:
        assert await database.read(views, reference) == [("agent:Anna", "search")]


async def test_customers_hear_nothing_of_it(database: Database) -> None:
    """No catalogue has a word for it, so that "what about my complaint?" never tells it."""
    assert "event_received" in texts.catalogue("en")
    for language in texts.languages():
        assert "event_viewed" not in texts.catalogue(language)


@pytest.mark.parametrize("role", list(Role))
async def test_the_api_records_after_it_has_answered(database: Database, role: Role) -> None:
    """Whoever asks, by name; a refused look is none."""
    token = await database.run(hire, "Anna", role)
    reference = await database.run(complain)
    app = FastAPI()
    app.include_router(api.routes(database, ""))
    async with serving(app) as address, httpx.AsyncClient(base_url=f"{address}/api/v1") as client:
        assert (await client.get(f"/cases/{reference}")).status_code == 401
        assert await database.read(views, reference) == []
        client.headers["Authorization"] = f"Bearer {token}"
        for _ in range(3):
            answer = await client.get(f"/cases/{reference}")
            assert answer.status_code == 200
        await until(database, reference, 1)
        # Looking changes nothing about the case; who looked is for those who supervise or audit.
        assert "viewed" not in {e["kind"] for e in answer.json()["events"]}
        listed = await client.get(f"/cases/{reference}/views")
        if role in (Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN):
            assert [(v["actor"], v["way"]) for v in listed.json()] == [("agent:Anna", "api")]
        else:
            assert listed.status_code == 403
    assert await database.read(views, reference) == [("agent:Anna", "api")]


async def test_an_answer_does_not_wait_for_the_writer(database: Database) -> None:
    """While the writers have to wait, it is shown all the same; the view follows."""
    token = await database.run(hire, "Anna")
    reference = await database.run(complain)
    app = FastAPI()
    leave = asyncio.Event()
    app.include_router(api.routes(Slow(database, leave), ""))  # type: ignore[arg-type]
    async with serving(app) as address, httpx.AsyncClient(base_url=f"{address}/api/v1") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        async with asyncio.timeout(5):
            answer = await client.get(f"/cases/{reference}")
        assert answer.json()["reference"] == reference
        assert await database.read(views, reference) == []
        leave.set()
        await until(database, reference, 1)


class Slow:
    """The real database, whose writers wait until they are let."""

    def __init__(self, database: Database, leave: asyncio.Event) -> None:
        self._database, self._leave, self.read = database, leave, database.read

    async def run(self, *args: object, **values: object) -> object:
        await self._leave.wait()
        return await self._database.run(*args, **values)  # type: ignore[arg-type]


class Away:
    """A database that nobody reaches."""

    async def read(self, *_: object) -> object:
        raise Unavailable("the database does not answer")


async def test_without_a_database_nothing_breaks(database: Database) -> None:
    """The answer is out already; the view is only logged."""
    anna = await somebody(database, "Anna")
    await access.note(Away(), anna, "RC-7K2M9P4X")()  # type: ignore[arg-type]
    await access.note_file(Away(), anna, 1)()  # type: ignore[arg-type]


async def until(database: Database, reference: str, count: int) -> None:
    """Wait for what is written after the answer."""
    async with asyncio.timeout(10):
        while len(await database.read(views, reference)) < count:  # noqa: ASYNC110  it is in the database
            await asyncio.sleep(0.01)
