"""Models change while customers write: each message is answered once, none lost; and back within a minute.

Mutation: in engine_app.py's `_swap`, set `app.ctx.loaded` to None before the new model is loaded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.rasa import model_store
from tests.end_to_end.running import ROOT, Program, Visitor, environment, run, running
from tests.engine.engine_process import FIXTURE, train
from tests.present_model import PYTHON, present_models

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="NO DIALOGUE ENGINE, no model is promoted: run `make up`"),
]

CUSTOMERS = 4
TWIN = "twin" * 4


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, str]:
    """The present model in service, and its twin of another name as a candidate; the first one's digest."""
    folder = tmp_path / "models"
    folder.mkdir()
    present = present_models()
    digest = model_store.read_pointer(present)["digest"]
    for name in (digest, TWIN):
        archive = model_store.archive(folder, name)
        shutil.copy(model_store.archive(present, digest), archive)
        os.utime(archive, (time.time(), time.time() + (name == TWIN)))
        made_from = json.loads((present / f"{digest}.json").read_text())
        model_store.write_json(folder / f"{name}.json", {**made_from, "digest": name})
    model_store.put_in_service(folder, digest)
    return folder, digest


@pytest.fixture
def program(models: tuple[Path, str], tmp_path: Path) -> Iterator[Program]:
    with running(environment(tmp_path / "data", RECOURSE_MODELS_DIR=str(models[0]))) as program:
        program.wait_until_ready()
        yield program


class Customer:
    """Asks, waits for the answer, and asks again, until told to stop."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.asked = 0
        self.over = threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self) -> None:
        try:
            while not self.over.is_set():
                assert self.visitor.write("are you a robot?", message_id=f"m{self.asked}").status_code == 202
                self.asked += 1
                self.visitor.news(seconds=30)
                time.sleep(1.0)  # the chat allows a person's pace, no more
        except BaseException as error:  # noqa: BLE001 - it is raised where the test sees it
            self.failure = error

    def stop(self) -> list[dict[str, Any]]:
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure
        return self.visitor.everything()


def models_that_answered(program: Program) -> set[str]:
    with sqlite3.connect(Path(program.environment["RECOURSE_DATA_DIR"]) / "recourse.db") as database:
        return {row[0] for row in database.execute("SELECT model FROM dialogue")}


def test_customers_notice_nothing(program: Program, models: tuple[Path, str]) -> None:
    _, first = models
    customers = [Customer(program.visitor()) for _ in range(CUSTOMERS)]
    try:
        promoted = run(program.environment, "promote", seconds=300)
        assert promoted.returncode == 0, promoted.stderr + promoted.stdout
        assert "The running engine answers with it" in promoted.stdout
        time.sleep(3)
        assert models_that_answered(program) == {TWIN}
        began = time.monotonic()
        back = run(program.environment, "rollback", seconds=120)
        took = time.monotonic() - began
        assert back.returncode == 0, back.stderr
        assert "The running engine answers with it" in back.stdout
        assert took < 60
        time.sleep(3)
        assert models_that_answered(program) == {first}
    finally:
        said = [customer.stop() for customer in customers]
    for customer, transcript in zip(customers, said, strict=True):
        mine = [m for m in transcript if m["from"] == "customer"]
        said_back = [m["text"] for m in transcript if m["from"] != "customer"]
        # On a busy machine an answer may come late, after a receipt; both texts name a reference.
        theirs = [text for text in said_back if "RC-" not in text]
        assert [m["id"] for m in mine] == [f"m{n}" for n in range(customer.asked)]
        assert {m["state"] for m in mine} == {"answered"}
        assert len(theirs) == customer.asked, "one answer to each"
        assert len(set(theirs)) == 1, "and always the same"
    assert sum(customer.asked for customer in customers) > 20


def test_a_model_below_its_floor_is_refused_unless_there_is_a_reason(
    models: tuple[Path, str], tmp_path: Path
) -> None:
    """A candidate that has learnt next to nothing, and the floors of nlu_data/ as they are."""
    folder, first = models
    settings = environment(tmp_path / "data", RECOURSE_MODELS_DIR=str(folder))
    shutil.copy(_ignorant(tmp_path), model_store.archive(folder, TWIN))
    made_from = model_store.describe(folder, TWIN)
    made_from["sha256"] = model_store.sha256(model_store.archive(folder, TWIN))
    model_store.write_json(folder / f"{TWIN}.json", made_from)

    refused = run(settings, "promote", TWIN[:6], seconds=300)
    assert refused.returncode == 1
    assert re.search(r"intent ask_human: F1 is 0\.00, its floor is 0\.\d\d", refused.stdout)
    assert "is not put into service" in refused.stderr
    assert "--anyway" in refused.stderr
    assert model_store.read_pointer(folder)["digest"] == first

    forced = run(settings, "promote", TWIN[:6], "--anyway", "a test of the test", seconds=300)
    assert forced.returncode == 0, forced.stderr
    pointer = model_store.read_pointer(folder)
    assert (pointer["digest"], pointer["anyway"]) == (TWIN, "a test of the test")
    listed = json.loads(run(settings, "models", "--json").stdout)
    twin = next(model for model in listed["models"] if model["digest"] == TWIN)
    assert twin["evaluation"]["golden"]["intents"]["ask_human"]["f1"] == 0


def _ignorant(tmp_path: Path) -> Path:
    """A model that knows two intents."""
    project = tmp_path / "project"
    shutil.copytree(FIXTURE, project)
    (project / "data/examples.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n    - hi there\n'
        "- intent: affirm\n  examples: |\n    - yes\n    - of course\n"
    )
    return model_store.archive(tmp_path / "ignorant", train(tmp_path / "ignorant", project=project))


def test_a_candidate_is_measured_beside_the_model_in_service(
    models: tuple[Path, str], tmp_path: Path
) -> None:
    """The twin is as good as the other, to the last figure; the page and the picture show it."""
    folder, first = models
    settings = environment(tmp_path / "data", RECOURSE_MODELS_DIR=str(folder))
    done = run(settings, "evaluate", "--golden-only", "--json", seconds=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["model"], told["in_service"]) == (TWIN, first)
    assert told["evaluation"]["golden"] == told["in_service_golden"]
    assert told["evaluation"]["folds"] is None
    golden = told["evaluation"]["golden"]
    assert golden["messages"] == sum(of["support"] for of in golden["intents"].values()) > 500
    assert golden["messages"] == sum(of["messages"] for of in golden["languages"].values())
    page = ROOT / told["page"]
    assert TWIN in page.read_text(encoding="utf-8")
    assert f"Beside it: {first}" in page.read_text(encoding="utf-8")
    assert page.with_name("golden.png").read_bytes().startswith(b"\x89PNG")
