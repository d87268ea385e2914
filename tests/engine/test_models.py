"""The same files are one model, which says the same, and models are swapped under load without loss.

Fails if `_model` in engine_app.py sets `loaded` to None while the new model loads.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import FIXTURE, Engine, run_engine, train

TEXTS = ["hello", "my kettle exploded", "where is my parcel", "how long", "yes", "the lid has a scratch"]


@pytest.fixture(scope="module")
def two_models(models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder with the shared model in use and one with other wording beside it, and their digests."""
    folder = tmp_path_factory.mktemp("two") / "models"
    shutil.copytree(models, folder)
    wording = folder.parent / "responses.yml"
    wording.write_text('version: "3.1"\nresponses:\n  utter_duration:\n    - text: "At most twenty days."\n')
    first = json.loads((folder / "current.json").read_text())["digest"]
    elsewhere = folder.parent / "elsewhere"
    second = train(elsewhere, "--responses", str(wording))
    shutil.copy(elsewhere / f"{second}.tar.gz", folder)
    return folder, first, second


@pytest.fixture(scope="module")
def own_engine(two_models: tuple[Path, str, str], actions: ActionsServer) -> Iterator[Engine]:
    """An engine whose model may be swapped."""
    with run_engine(two_models[0], actions.url, ACTIONS_TOKEN) as running:
        yield running


def test_a_swap_under_load_loses_nothing(own_engine: Engine, two_models: tuple[Path, str, str]) -> None:
    """Turns asked while models come and go are all answered, each by one of the two."""
    _, first, second = two_models
    said: dict[str, set[str]] = {}
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answer = own_engine.answer("how long will this take")
            statuses.append(answer.status_code)
            turned = answer.json()
            said.setdefault(turned["model"], set()).add(turned["replies"][0]["text"])

    customers = [threading.Thread(target=ask) for _ in range(4)]
    for customer in customers:
        customer.start()
    for digest in (second, first, second, first):
        answer = own_engine.http.post("/model", json={"path": f"{digest}.tar.gz"})
        assert (answer.status_code, answer.json()["model"]) == (200, digest)
        assert own_engine.http.get("/status").json() == answer.json()
    over.set()
    for customer in customers:
        customer.join()
    assert len(statuses) > 10  # so many came in between the swaps, on a busy machine, too
    assert set(statuses) == {200}
    assert said == {first: {"At most ten days."}, second: {"At most twenty days."}}


@pytest.mark.parametrize("path", ["../elsewhere.tar.gz", "/etc/passwd", "missing.tar.gz", "current.json"])
def test_what_is_no_model_is_not_loaded(own_engine: Engine, path: str) -> None:
    """The one in use stays in use."""
    before = own_engine.http.get("/status").json()
    assert own_engine.http.post("/model", json={"path": path}).status_code >= 400
    assert own_engine.http.get("/status").json() == before


def test_the_same_files_give_the_same_answers(
    own_engine: Engine, two_models: tuple[Path, str, str], tmp_path: Path
) -> None:
    """Trained again from a copy elsewhere: the same digest, and to the last digit the same parses."""
    folder, first, _ = two_models
    project = tmp_path / "copy"
    shutil.copytree(FIXTURE, project)
    assert train(tmp_path / "models", project=project) == first
    shutil.copy(tmp_path / f"models/{first}.tar.gz", folder / "again.tar.gz")
    parses = []
    for model in (f"{first}.tar.gz", "again.tar.gz"):
        own_engine.http.post("/model", json={"path": model}).raise_for_status()
        parses.append(own_engine.http.post("/parse", json={"texts": TEXTS}).json()["parses"])
    assert parses[0] == parses[1]


def test_nothing_is_trained_twice(two_models: tuple[Path, str, str]) -> None:
    """Neither the archive nor the pointer is touched."""
    folder, first, _ = two_models
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir() if file.is_file()}
    assert train(folder) == first
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir() if file.is_file()} == before


def test_what_is_held_out_is_not_learnt(tmp_path: Path, two_models: tuple[Path, str, str]) -> None:
    """Changing the golden examples makes no other model."""
    project = tmp_path / "copy"
    shutil.copytree(FIXTURE, project)
    (project / "data/golden/held_out.yml").unlink()
    assert train(two_models[0], project=project) == two_models[1]


def test_after_an_upgrade_the_new_model_is_in_use(tmp_path: Path, two_models: tuple[Path, str, str]) -> None:
    """No model of the older wording suits the program; the pointer moves, and names the one before."""
    folder = tmp_path / "models"
    shutil.copytree(two_models[0], folder)
    _, first, second = two_models
    wording = two_models[0].parent / "responses.yml"
    assert train(folder, "--responses", str(wording)) == second
    pointer = json.loads((folder / "current.json").read_text())
    assert (pointer["model"], pointer["previous"]) == (f"{second}.tar.gz", f"{first}.tar.gz")


def test_rules_that_contradict_each_other_are_no_model(tmp_path: Path) -> None:
    """Rasa's words reach whoever wrote them, without a traceback, and nothing is put in use."""
    project = tmp_path / "copy"
    shutil.copytree(FIXTURE, project)
    (project / "rules/more.yml").write_text(
        'version: "3.1"\nrules:\n- rule: another greeting\n  steps:\n'
        "  - intent: greet\n  - action: utter_again\n"
    )
    with pytest.raises(AssertionError) as refusal:
        train(tmp_path / "models", project=project)
    assert "Contradicting rules" in str(refusal.value)
    assert "Traceback" not in str(refusal.value)
    assert not (tmp_path / "models/current.json").exists()


def test_without_severities_there_is_none(tmp_path: Path, actions: ActionsServer) -> None:
    """Examples need no metadata; the parse then says nothing about it."""
    project = tmp_path / "copy"
    shutil.copytree(FIXTURE, project)
    examples = project / "data/examples.yml"
    kept = [line for line in examples.read_text().splitlines() if "metadata:" not in line]
    examples.write_text("\n".join(kept) + "\n")
    train(tmp_path / "models", project=project)
    with run_engine(tmp_path / "models", actions.url, ACTIONS_TOKEN) as engine:
        parse = engine.http.post("/parse", json={"text": "my kettle exploded"}).json()
    assert (parse["severity"], parse["category"]) == (None, None)
