"""What both pipelines make of the golden examples: how right, how fast, with how much memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.backlog.verdict import LIKELY, _complaint
from tests.bench.golden import COMPLAINTS, Example
from tests.bench.scores import macro_f1, percentile
from tests.bench.sides import TOKEN, WORK, Process, Trained, our_command, serving, stock_command
from tests.end_to_end.running import free_port

FALLBACK = "nlu_fallback"
WARM = 50  # messages before the clock counts


@dataclass
class Understanding:
    """One pipeline, over all rounds; one figure a round."""

    trained: Trained
    start: list[float] = field(default_factory=list)  # seconds to the first message parsed
    median: list[float] = field(default_factory=list)  # milliseconds for a message
    p95: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    intents: float = 0.0
    complaints: float = 0.0
    fallbacks: float = 0.0


Serve = Callable[[], Any]


def measure(found: Understanding, serve: Serve, examples: Sequence[Example]) -> None:
    """One round: start, parse everything one by one, stop. The answers are the same in every round."""
    began = time.monotonic()
    with serve() as (server, parse):
        parse(examples[0].text)
        found.start.append(time.monotonic() - began)
        for example in examples[:WARM]:
            parse(example.text)
        parses, times = [], []
        for example in examples:
            before = time.perf_counter()
            parses.append(parse(example.text))
            times.append((time.perf_counter() - before) * 1000)
        found.megabytes.append(server.megabytes())
    found.median.append(percentile(times, 0.5))
    found.p95.append(percentile(times, 0.95))
    _score(found, examples, parses)


def _score(found: Understanding, examples: Sequence[Example], parses: Sequence[dict[str, Any]]) -> None:
    """The first guess counts even where the pipeline is not sure of it; how often it is not, counts apart."""
    rankings = [[guess for guess in parse["ranking"] if guess["name"] != FALLBACK] for parse in parses]
    found.intents = macro_f1([e.intent for e in examples], [ranking[0]["name"] for ranking in rankings])
    likely = [_complaint({**parse, "ranking": r}) for parse, r in zip(parses, rankings, strict=True)]
    truth = [str(e.intent in COMPLAINTS) for e in examples]
    found.complaints = macro_f1(truth, [str(p >= LIKELY) for p in likely])
    found.fallbacks = sum(parse["intent"] == FALLBACK for parse in parses) / len(parses)


@contextmanager
def serve_ours(models: Path) -> Iterator[tuple[Process, Callable[[str], dict[str, Any]]]]:
    """Our engine and its /parse."""
    port = free_port()
    with serving(our_command(models, port), port, "/healthz", {"RECOURSE_ENGINE_TOKEN": TOKEN}) as server:

        def parse(text: str) -> dict[str, Any]:
            found: dict[str, Any] = server.http.post("/parse", json={"text": text}).raise_for_status().json()
            return found

        yield server, parse


@contextmanager
def serve_stock(model: Path) -> Iterator[tuple[Process, Callable[[str], dict[str, Any]]]]:
    """Rasa's own server and its /model/parse."""
    port, nothing = free_port(), WORK / "nothing.yml"
    nothing.write_text("{}\n", encoding="utf-8")
    with serving(stock_command(model, port, nothing, nothing), port, "/status") as server:

        def parse(text: str) -> dict[str, Any]:
            said = server.http.post("/model/parse", json={"text": text}).raise_for_status().json()
            return {"intent": said["intent"]["name"], "ranking": said["intent_ranking"], "complaint": None}

        yield server, parse
