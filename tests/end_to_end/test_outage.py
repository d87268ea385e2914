"""The dialogue engine is away: everybody has a receipt within ten seconds, and nothing is lost.

Mutation: let `channels.inbox.accept` arm the receipt's timer in the incoming lane (``in:`` instead
of ``clock:``): it then waits behind the very message that is stuck, and no receipt comes.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from bot.engine_home import HOME, serve_command
from bot.settings import Settings
from tests.end_to_end.running import Program, Visitor, environment, free_port, run, running, wait

pytestmark = pytest.mark.timeout(500)  # it may train the model

CUSTOMERS = 12
REFERENCE = re.compile(r"RC-[0-9A-Z]{8}")


@pytest.fixture
def without_engine(tmp_path: Path) -> Program:
    """The settings of a program whose engine is not running."""
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, outages are not tested: run `make test`")
    port = str(free_port())
    settings = environment(
        tmp_path,
        RECOURSE_ENGINE_PORT=port,
        RECOURSE_ENGINE_URL=f"http://127.0.0.1:{port}",
        RECOURSE_ENGINE_TOKEN="between-us-engine",
        RECOURSE_ACTIONS_TOKEN="between-us-actions",
    )
    settings["RECOURSE_ACTIONS_URL"] = f"http://127.0.0.1:{settings['RECOURSE_ACTIONS_PORT']}/actions"
    for step in ("train", "migrate"):
        done = run(settings, step, seconds=400)
        assert done.returncode == 0, done.stderr
    return Program(settings)


def test_receipts_in_time_and_answers_afterwards(without_engine: Program) -> None:
    settings = without_engine.environment
    with running(settings, "web --with-worker") as program:
        wait(lambda: run_healthy(program), 30, "the program did not start")
        desk = program.agent("Ben")
        customers = [program.visitor() for _ in range(CUSTOMERS)]
        began = time.monotonic()
        for number, customer in enumerate(customers):
            customer.write("My new kettle leaks, order ORD-7001" if number % 2 else "do you open on sundays?")
        receipts = [REFERENCE.search(customer.news(12)) for customer in customers]
        assert all(receipts)
        assert time.monotonic() - began < 10 + 1  # the last of them was looked at last

        customers[0].write("hello?? is anybody there")  # the same outage: no second case
        time.sleep(8)
        cases = program.command("case", "list", "--all")
        assert len(cases) == CUSTOMERS
        assert {case["reference"] for case in cases} == {receipt[0] for receipt in receipts if receipt}

        engine = subprocess.Popen(
            serve_command(Settings(_env_file=None)),
            env={**os.environ, **settings},
        )
        try:
            wait(
                lambda: all(answered(customer) for customer in customers), 60, "not answered after the outage"
            )
        finally:
            engine.terminate()
            engine.wait(20)
        after = {case["reference"]: case for case in program.command("case", "list", "--all")}
        assert len(after) == CUSTOMERS, "the reference of the receipt is the complaint's"
        for number, receipt in enumerate(receipts):
            assert receipt
            record = desk.http.get(f"/cases/{receipt[0]}").json()
            expected = ("complaint", "assessed") if number % 2 else ("feedback", "closed")
            assert (record["kind"], record["status"]) == expected


def answered(customer: Visitor) -> bool:
    return all(m["state"] == "answered" for m in customer.everything() if m["from"] == "customer")


def run_healthy(program: Program) -> bool:
    try:
        return httpx.get(f"{program.url}/healthz", trust_env=False).is_success
    except httpx.HTTPError:
        return False
