"""The program's processes, killed and started again as a supervisor would do it."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.engine_home import HOME
from tests.end_to_end.running import ROOT, environment, free_port, platforms
from tests.platforms.server import PlatformServer

SECRET_KEY = "kept-by-the-storm-alone"

_KINDS = ("web", "worker", "engine")
_START = 90.0  # seconds, on a busy machine


@dataclass
class Fleet:
    """One engine, some web processes and some workers on one database."""

    settings: Mapping[str, str]
    commands: Mapping[str, tuple[list[str], Mapping[str, str]]]
    logs: Path
    kills: Counter[str] = field(default_factory=Counter)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def urls(self) -> list[str]:
        """Where the web processes listen."""
        ports = [env["RECOURSE_PORT"] for name, (_, env) in self.commands.items() if name.startswith("web")]
        return [f"http://127.0.0.1:{port}" for port in ports]

    @property
    def processes(self) -> dict[str, int]:
        """The running processes, by name: their ids."""
        return {name: process.pid for name, process in self._running.items()}

    def start(self, name: str) -> None:
        """Start one process, in a session of its own."""
        command, env = self.commands[name]
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    async def start_all(self) -> None:
        """Start everything; returns when messages would be answered."""
        for name in self.commands:
            self.start(name)
        async with asyncio.timeout(_START), httpx.AsyncClient(trust_env=False, timeout=5) as http:
            for url in self.urls:
                while not await _is_ready(http, url):  # noqa: ASYNC110  another process
                    await asyncio.sleep(0.2)

    async def kill_now_and_then(self, rng: random.Random, every: float, until: asyncio.Event) -> None:
        """``kill -9`` at random moments, of one process or of two at once; each starts again within a second.

        ``every`` is the mean time in seconds from when messages are answered again to the next kill, so
        that a slow machine is not dead for good. Every kind of process has its turn, also after ``until``.
        """
        kinds: list[str] = []
        while not until.is_set() or len(self.kills) < len(_KINDS):
            await _over(until, rng.uniform(0.5, 1.5) * every)
            for _ in range(rng.choice((1, 1, 2))):
                kinds = kinds or rng.sample(_KINDS, len(_KINDS))
                await self._kill(rng, kinds.pop())
            await self._ready(until)

    async def _kill(self, rng: random.Random, kind: str) -> None:
        victim = rng.choice([name for name in self.commands if name.startswith(kind)])
        self.kills[kind] += 1
        process = self._running[victim]
        process.send_signal(signal.SIGKILL)
        process.wait()
        await asyncio.sleep(rng.uniform(0, 1))
        self.start(victim)

    async def _ready(self, until: asyncio.Event) -> None:
        """Until messages would be answered, or nobody writes any more."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            for url in self.urls:
                while not until.is_set() and not await _is_ready(http, url):
                    await _over(until, 0.3)

    def stop(self) -> list[str]:
        """End everything; the names of the processes that had ended by themselves."""
        fallen = [name for name, process in self._running.items() if process.poll() is not None]
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return fallen


def fleet(data: Path, url: str, servers: Mapping[str, PlatformServer], *, webs: int, workers: int) -> Fleet:
    """The fleet on the database at ``url``, with its files in ``data``, not started yet."""
    engine_port = str(free_port())
    settings = environment(
        data,
        PYTHONPATH=str(ROOT),
        RECOURSE_DATABASE_URL=url,
        RECOURSE_SECRET_KEY=SECRET_KEY,
        RECOURSE_ENGINE_PORT=engine_port,
        RECOURSE_ENGINE_URL=f"http://127.0.0.1:{engine_port}",
        RECOURSE_ENGINE_TOKEN="between-us-engine",
        RECOURSE_ACTIONS_TOKEN="between-us-actions",
        **platforms(servers),
    )
    own = [
        settings | {"RECOURSE_PORT": str(free_port()), "RECOURSE_ACTIONS_PORT": str(free_port())}
        for _ in range(webs)
    ]
    settings["RECOURSE_ACTIONS_URL"] = " ".join(
        f"http://127.0.0.1:{env['RECOURSE_ACTIONS_PORT']}/actions" for env in own
    )
    serve = [str(HOME / ".venv/bin/python"), str(HOME / "serve.py")]
    serve += ["--models", settings["RECOURSE_MODELS_DIR"]]
    program = [sys.executable, "-m", "bot"]
    commands: dict[str, tuple[list[str], Mapping[str, str]]] = {"engine": (serve, settings)}
    commands |= {f"web-{n}": ([*program, "web"], env) for n, env in enumerate(own)}
    commands |= {f"worker-{n}": ([*program, "worker"], settings) for n in range(workers)}
    return Fleet(settings, commands, data)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).is_success
    except httpx.HTTPError:
        return False


async def _over(event: asyncio.Event, seconds: float) -> bool:
    """Whether it is set within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
