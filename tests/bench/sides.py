"""The two sides: how each is trained and served. Same examples, same rules, same texts, same cores."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".bench/work"
OUR_PYTHON = ROOT / "bot/rasa/.venv/bin/python"
STOCK_PYTHON = ROOT / ".bench/stock/bin/python"
PROPOSED = "lib/python3.10/site-packages/rasa/engine/recipes/config_files/default_config.yml"
"""Where Rasa keeps the pipeline and the policies that it proposes to a configuration that names none."""


def _cores() -> str:
    """All but the last, which the customers and the platform's API get where there are enough."""
    every = sorted(os.sched_getaffinity(0))
    return ",".join(map(str, every[:-1] if len(every) > 2 else every))


CORES = os.environ.get("BENCH_CORES") or _cores()
THREADS = str(len(CORES.split(",")))
_THREADED = ("OMP_NUM_THREADS", "TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS")
ENVIRONMENT = {
    **os.environ,
    **dict.fromkeys(_THREADED, THREADS),
    "CUDA_VISIBLE_DEVICES": "",
    "PYTHONWARNINGS": "ignore",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
_START = 180.0  # seconds; TensorFlow takes its time
TOKEN = "token-of-the-bench"


@dataclass(frozen=True)
class Trained:
    """A model, and what it took."""

    model: Path
    seconds: float
    megabytes: float


@dataclass
class Process:
    """A server under measurement."""

    process: subprocess.Popen[bytes]
    http: httpx.Client

    def megabytes(self) -> float:
        """What of its memory is resident now."""
        return resident(self.process.pid)

    def busy(self) -> float:
        """Milliseconds that it and its children have had of the processor, in all their threads."""
        return _busy(self.process.pid)


def _busy(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    own = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    return own + sum(_busy(int(child)) for child in children)


def pinned(command: Sequence[str | Path]) -> list[str]:
    """The command, on the cores that both sides share in turn."""
    return ["taskset", "--cpu-list", CORES, *map(str, command)]


def train_ours(data: Path, responses: Path) -> Trained:
    """Train as `recourse train` does."""
    models = WORK / "ours"
    script, config = ROOT / "bot/rasa/train.py", ROOT / "bot/rasa/config.yml"
    command = [
        OUR_PYTHON,
        script,
        "--config",
        config,
        "--data",
        data,
        "--responses",
        responses,
        "--models",
        models,
    ]
    seconds, megabytes = _run([*command, "--force"], "training-ours")
    return Trained(
        models / json.loads((models / "current.json").read_text(encoding="utf-8"))["model"],
        seconds,
        megabytes,
    )


def train_stock(data: Path, responses: Path, epochs: int) -> Trained:
    """`rasa train` with the configuration that Rasa proposes, from the same examples, rules and texts.

    Rasa proposes 100 epochs.

    But for one rule: a greeting is answered by a response, without an action, as a stock bot would do it.
    """
    config, domain, rules, models = (WORK / name for name in ("proposed.yml", "domain", "rules", "stock"))
    proposed = (STOCK_PYTHON.parents[1] / PROPOSED).read_text(encoding="utf-8")
    config.write_text(proposed.replace("epochs: 100", f"epochs: {epochs}"), encoding="utf-8")
    domain.mkdir(exist_ok=True)
    for part in (responses, ROOT / "bot/rasa/domain.yml"):
        shutil.copy(part, domain)
    shutil.copytree(ROOT / "bot/rasa/rules", rules, dirs_exist_ok=True)
    smalltalk = (rules / "smalltalk.yml").read_text(encoding="utf-8")
    if "action_greet\n" not in smalltalk:
        raise RuntimeError("the rule for greetings is not where it was")
    replaced = smalltalk.replace("action_greet\n", "utter_greeting\n")
    (rules / "smalltalk.yml").write_text(replaced, encoding="utf-8")
    folders = [folder for folder in sorted(data.iterdir()) if folder.name != "golden"]
    command = [STOCK_PYTHON, "-m", "rasa", "train", "--force", "--skip-validation"]
    command += ["--config", config, "--domain", domain, "--out", models, "--fixed-model-name", "stock"]
    return Trained(models / "stock.tar.gz", *_run([*command, "--data", rules, *folders], "training-stock"))


def _run(command: Sequence[str | Path], name: str) -> tuple[float, float]:
    """Seconds and the most megabytes that a command took."""
    environment = {**ENVIRONMENT, "RASA_CACHE_DIRECTORY": str(WORK / "cache"), "RASA_MAX_CACHE_SIZE": "0"}
    began = time.monotonic()
    with (WORK / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(pinned(command), env=environment, cwd=WORK, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if status != 0:
        raise RuntimeError(f"it failed: see {log.name}")
    return time.monotonic() - began, used.ru_maxrss / 1000


def our_command(models: Path, port: int) -> list[str | Path]:
    """Our engine, without the program around it."""
    return [OUR_PYTHON, ROOT / "bot/rasa/serve.py", "--models", models, "--port", str(port)]


def stock_command(model: Path, port: int, endpoints: Path, credentials: Path) -> list[str | Path]:
    """Rasa's server with its REST channel; its tracker store is in memory unless told otherwise."""
    settings = ["--model", model, "--port", str(port), "--endpoints", endpoints, "--credentials", credentials]
    return [STOCK_PYTHON, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", *settings]


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """A server, from its first answer at ``ready`` to its end."""
    whole = {**ENVIRONMENT, **(environment or {})}
    with (WORK / "serving.log").open("ab") as log, _client(port) as client:
        process = subprocess.Popen(
            pinned(command), env=whole, cwd=WORK, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(process, client, ready)
            yield Process(process, client)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _client(port: int) -> httpx.Client:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer, timeout=60, trust_env=False)


def _wait(process: subprocess.Popen[bytes], client: httpx.Client, ready: str) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"ended before it listened: see {WORK / 'serving.log'}")
        try:
            if client.get(ready, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise RuntimeError("did not listen in time")


def resident(pid: int) -> float:
    """Megabytes of a process that are in memory: RSS, as Linux counts it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6
