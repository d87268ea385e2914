"""The processes that use one SQLite file tell each other what they have committed.

Each has a datagram socket in a folder beside the file and writes the topics of its commits to all the
others': so a message that the web process accepts wakes the worker within a millisecond, and only those
who listen to such a topic. A wake-up may be lost (a full socket, a system without such sockets):
`bot.sqlite` also looks by itself now and then whether the file has changed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

_LONGEST = 4096  # bytes of a wake-up; who is told nothing in particular looks at everything
_EVERYTHING = b"*"


class Neighbours:
    """The folder of sockets beside the database's ``path``. Any thread may tell; one loop hears."""

    def __init__(self, path: Path) -> None:
        self._folder = path.with_name(f"{path.name}-neighbours")
        self._name = secrets.token_hex(4)
        self._socket: socket.socket | None = None
        self._known: tuple[int, list[str]] = (0, [])  # the folder's time of change, and who was there

    def open(self, loop: asyncio.AbstractEventLoop, heard: Callable[[Collection[str] | None], None]) -> bool:
        """Call ``heard`` in ``loop`` with the topics of each commit of the others; ``None``: look everywhere.

        ``False`` if this system has no such sockets or the folder cannot be made.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return False
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.setblocking(False)
        try:
            ear.bind(self._address(self._name))
        except OSError:
            ear.close()
            os.close(self._handle)
            return False
        self._socket = ear

        def read() -> None:
            with suppress(BlockingIOError):
                while True:
                    said = ear.recv(_LONGEST)
                    heard(None if said == _EVERYTHING else said.decode().split("\n"))

        loop.add_reader(ear, read)
        return True

    def tell(self, topics: Collection[str]) -> None:
        """Wake the others. Whoever is gone for good is forgotten; whoever is swamped is left alone."""
        if self._socket is None:
            return
        said = "\n".join(topics).encode()
        for name in self._others():
            try:
                self._socket.sendto(said if len(said) <= _LONGEST else _EVERYTHING, self._address(name))
            except (ConnectionRefusedError, FileNotFoundError):
                with suppress(OSError):
                    (self._folder / name).unlink()
            except OSError:
                continue

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear and tell nothing more."""
        if self._socket is None:
            return
        loop.remove_reader(self._socket)
        self._socket.close()
        self._socket = None
        with suppress(OSError):
            (self._folder / self._name).unlink()
        os.close(self._handle)

    def _others(self) -> list[str]:
        changed = os.fstat(self._handle).st_mtime_ns
        if changed != self._known[0]:
            self._known = (
                changed,
                [there.name for there in self._folder.iterdir() if there.name != self._name],
            )
        return self._known[1]

    def _address(self, name: str) -> str:
        """A socket's address. It may have a hundred bytes, which a folder's path can exceed."""
        through = Path(f"/proc/self/fd/{self._handle}")
        return str((through if through.exists() else self._folder) / name)
