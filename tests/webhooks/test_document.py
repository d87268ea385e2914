"""docs/webhooks.md: its receiver runs as it stands there, and its table has every type.

Mutation: take a type out of the table, or ``request.headers`` out of the receiver's ``verify``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from bot.db import Database
from bot.ports import bind
from bot.webhooks.posting import Poster
from handoff.casework import bulk
from handoff.webhooks import catalogue, endpoints, replaying, signing
from handoff.webhooks.described import CaseMessage, describe
from tests.handoff.cases import complain_to
from tests.webhooks.conftest import KEY, LOOPBACK, Receiver, deliveries, listening, until, working

DOCUMENT = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    listener = bind("127.0.0.1", 0, "a port")
    port: int = listener.getsockname()[1]
    listener.close()
    return port


async def test_the_receiver(sqlite_database: Database, tmp_path: Path) -> None:
    """Started as a program of its own: it takes what is ours, prints each event once, refuses a stranger."""
    program, port = tmp_path / "receiver.py", free_port()
    program.write_text(block("python"))
    url, now = f"http://127.0.0.1:{port}/recourse", datetime.now(UTC)
    endpoint, secret = await sqlite_database.run(
        endpoints.add, url, LOOPBACK, KEY, actor="agent:Ada", now=now
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", program, stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "WEBHOOK_SECRET": secret, "PORT": str(port)},
    )  # fmt: skip
    try:
        async with Poster(LOOPBACK) as stranger:
            await until(lambda: _answers(stranger, url), 30)
            forged = signing.headers(b"somebody else's key", [endpoint.key], "msg_1", b"{}", now)
            assert (await stranger.post(url, forged, b"{}")).status == 401
        async with working(sqlite_database, timeout=5):
            reference = await complain_to(sqlite_database)
            await until(lambda: _delivered(sqlite_database, 4), 30)
            first = (await sqlite_database.read(deliveries))[0]
            await sqlite_database.run(replaying.replay, endpoint.id, first.id, datetime.now(UTC))
            await until(lambda: _delivered(sqlite_database, 4), 30)
    finally:
        process.terminate()
        said, _ = await process.communicate()
    told = [line.split() for line in said.decode().splitlines() if " RC-" in line]
    assert [line[0] for line in told] == [
        "case.received", "case.acknowledged", "case.assessed", "case.handed_over",
    ]  # fmt: skip
    assert {line[1] for line in told} == {reference}


def test_every_type_is_told() -> None:
    """Each that can be asked for, and none that cannot."""
    listed = set(re.findall(r"`((?:case|survey|signal|webhook)\.\w+)`", DOCUMENT.partition("| type |")[2]))
    assert listed == {*catalogue.ALL_TYPES, catalogue.TEST}


async def test_the_example(sqlite_database: Database, receiver: Receiver) -> None:
    """The fields of the example are those that are sent, and both keep to what OpenAPI says."""
    example = json.loads(block("json"))
    CaseMessage.model_validate(example)
    await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.got) == 4)
    for one in receiver.got:
        CaseMessage.model_validate(one["body"])
        assert set(one["body"]["data"]) == set(example["data"])


def test_described() -> None:
    """Every type is a webhook of the application's OpenAPI."""
    app = FastAPI()
    describe(app)
    described = app.openapi()["webhooks"]
    assert set(described) == set(catalogue.ALL_TYPES)
    assert "CaseMessage" in str(described["case.closed"])


@pytest.mark.parametrize("names", [catalogue.TYPES.values(), catalogue.FROM_OTHER_ROOMS])
def test_names(names: object) -> None:
    """A thing, a point, and what happened to it."""
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in names)  # type: ignore[attr-defined]
    assert not catalogue.QUIET & set(catalogue.TYPES)


async def test_nothing_that_somebody_wrote(sqlite_database: Database, receiver: Receiver) -> None:
    """The name of a cause is a supervisor's words: a thin message has none of them."""
    await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        reference = await complain_to(sqlite_database)
        words = "Driver John Smith was rude"
        await sqlite_database.run(bulk.mark, [reference], words, "Sue", datetime.now(UTC))
        await until(lambda: len(receiver.got) == 5)
    assert words not in str(receiver.got)


async def _delivered(database: Database, number: int) -> bool:
    found = await database.read(deliveries)
    return len(found) == number and all(d.state == "delivered" for d in found)


async def _answers(stranger: Poster, url: str) -> bool:
    return (await stranger.post(url, {}, b"{}")).status is not None
