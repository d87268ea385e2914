"""The model in service, in processes of Rasa's environment, without a server."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from bot.engine_home import HOME, engine_python
from bot.settings import Settings

_NO_MODEL = 3  # exit status of batch.py

Parses = list[dict[str, Any]]


class ParserFailed(Exception):
    """The texts cannot be parsed. The text is one line for the operator, with the remedy."""


class _Process:
    """One parser, started when it is first needed: loading a model takes seconds."""

    def __init__(self, settings: Settings) -> None:
        command = [str(engine_python(settings)), str(HOME / "batch.py")]
        command += ["--models", str(settings.models_dir.resolve())]
        self._process = subprocess.Popen(  # noqa: S603 - our own program and paths
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.model: str = self._answer()

    def parse(self, texts: Sequence[str]) -> Parses:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(texts) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None
        parses: Parses = self._answer()
        return parses

    def stop(self) -> None:
        self._process.kill()  # it keeps nothing
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        return json.loads(line)

    def _failure(self) -> ParserFailed:
        if self._process.wait() == _NO_MODEL:
            return ParserFailed("there is no model yet: run `recourse train`")
        return ParserFailed("the model cannot be used: run `recourse train --force`")


class Parsers:
    """Up to ``processes`` parsers. Leaving the context ends them."""

    def __init__(self, settings: Settings, processes: int) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(processes)
        self._ahead = 2 * processes
        self._mine = threading.local()
        self._all: list[_Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._all:
            process.stop()
        self._threads.shutdown(cancel_futures=True)

    def parse(self, batches: Iterable[Sequence[str]]) -> Iterator[tuple[str, Parses]]:
        """For each batch the model's version and the parses, in order. Reads only a few batches ahead.

        Raises `ParserFailed`, and `EngineMissing` if there is no environment to parse in.
        """
        waiting: deque[Future[tuple[str, Parses]]] = deque()
        for texts in batches:
            waiting.append(self._threads.submit(self._parse, texts))
            if len(waiting) > self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _parse(self, texts: Sequence[str]) -> tuple[str, Parses]:
        process: _Process | None = getattr(self._mine, "process", None)
        if process is None:
            process = self._mine.process = _Process(self._settings)
            self._all.append(process)
        return process.model, process.parse(texts)
