"""Processes at one SQLite file hear of each other's commits, and only of what they listen to.

Mutation: `Neighbours.tell` returns at once, or sends ``*`` for every commit, or keeps whoever is gone.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

import pytest

from bot.neighbours import Neighbours

Heard = asyncio.Queue[Collection[str] | None]
Arrive = Callable[[], tuple[Neighbours, Heard]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A path that is longer than the address of a socket may be."""
    folder = tmp_path / ("a-long-name" * 15)
    folder.mkdir()
    return folder / "recourse.db"


@pytest.fixture
async def neighbour(path: Path) -> AsyncIterator[Arrive]:
    """Makes one more process, as far as this matters."""
    everybody = []

    def arrive() -> tuple[Neighbours, Heard]:
        heard: Heard = asyncio.Queue()
        one = Neighbours(path)
        assert one.open(asyncio.get_running_loop(), heard.put_nowait)
        everybody.append(one)
        return one, heard

    yield arrive
    for one in everybody:
        one.close(asyncio.get_running_loop())


async def test_the_others_hear_the_topics(neighbour: Arrive) -> None:
    """All but the one who speaks."""
    (one, own), (_, first), (_, second) = neighbour(), neighbour(), neighbour()
    one.tell({"in", "chat:webchat:ü"})
    for heard in (first, second):
        assert set(await asyncio.wait_for(heard.get(), 5) or ()) == {"in", "chat:webchat:ü"}
    assert own.empty()


async def test_a_long_list_is_everything(neighbour: Arrive) -> None:
    """Nobody is left asleep because too much has happened."""
    (one, _), (_, heard) = neighbour(), neighbour()
    one.tell({f"chat:{number}" for number in range(2000)})
    assert await asyncio.wait_for(heard.get(), 5) is None


async def test_who_is_gone_is_forgotten(path: Path, neighbour: Arrive) -> None:
    """A process that was killed leaves its socket behind; the others go on."""
    (one, _), (_, heard) = neighbour(), neighbour()
    gone = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    folder = os.open(path.parent / f"{path.name}-neighbours", os.O_RDONLY)
    gone.bind(f"/proc/self/fd/{folder}/killed")
    os.close(folder)
    gone.close()  # its file stays, as after `kill -9`
    one.tell({"in"})
    assert set(await asyncio.wait_for(heard.get(), 5) or ()) == {"in"}
    assert len(list((path.parent / f"{path.name}-neighbours").iterdir())) == 2


async def test_who_does_not_listen_holds_up_nobody(neighbour: Arrive) -> None:
    """A stopped process takes no wake-ups from its socket: those that do not fit are lost."""
    (one, _), (_, heard) = neighbour(), neighbour()
    for _ in range(2000):  # the loop does not run meanwhile
        one.tell({"in"})
    assert await asyncio.wait_for(heard.get(), 5)
