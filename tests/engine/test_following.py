"""Engines that share a folder of models follow its pointer, and lose no message.

Mutation: in following.py, leave out the comparison of `program`: a model of other rules is then taken up.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.rasa import model_store, presence
from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import FIXTURE, Engine, run_engine, train

pytestmark = pytest.mark.timeout(180)

PATIENCE = 60.0  # seconds; on an idle machine a change takes two


@pytest.fixture(scope="module")
def shelf(models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder with a model in service and a candidate that knows one greeting more, and their digests."""
    folder = tmp_path_factory.mktemp("shelf")
    shutil.copytree(models, folder / "models")
    project = folder / "project"
    shutil.copytree(FIXTURE, project)
    examples = project / "data/examples.yml"
    examples.write_text(examples.read_text().replace("- hey\n", "- hey\n      - greetings, stranger\n"))
    serving = json.loads((models / "current.json").read_text())["digest"]
    return folder / "models", serving, train(folder / "models", project=project)


@pytest.fixture
def engines(shelf: tuple[Path, str, str], actions: ActionsServer) -> Iterator[list[Engine]]:
    """Two engines on one folder, with the first model in service."""
    models, first, _ = shelf
    model_store.put_in_service(models, first)
    with (
        run_engine(models, actions.url, ACTIONS_TOKEN) as one,
        run_engine(models, actions.url, ACTIONS_TOKEN) as other,
    ):
        yield [one, other]


def model_of(engine: Engine) -> str:
    return str(engine.http.get("/status").json()["model"])


def wait(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_a_model_of_changed_examples_is_a_candidate(shelf: tuple[Path, str, str]) -> None:
    models, first, second = shelf
    assert first != second
    assert (models / f"{second}.tar.gz").exists()
    assert model_store.read_pointer(models)["digest"] == first


def test_a_start_keeps_what_suits_and_replaces_what_does_not(
    shelf: tuple[Path, str, str], tmp_path: Path
) -> None:
    """Other examples are left for a trainer to decide on; other rules are the running program's own."""
    folder, project = tmp_path / "models", tmp_path / "project"
    shutil.copytree(shelf[0], folder)
    shutil.copytree(FIXTURE, project)
    examples = project / "data/examples.yml"
    examples.write_text(examples.read_text().replace("- hey\n", "- hey\n      - ahoy\n"))
    first = model_store.read_pointer(folder)["digest"]
    assert train(folder, "--if-none-suits", project=project) == first
    assert len(model_store.archives(folder)) == 2, "nothing was trained"
    domain = project / "domain.yml"
    domain.write_text(domain.read_text() + "\n# another version of the program\n")
    third = train(folder, "--if-none-suits", project=project)
    pointer = model_store.read_pointer(folder)
    assert (pointer["digest"], pointer["previous"]) == (third, f"{first}.tar.gz")


def test_a_model_knows_what_it_was_made_from(shelf: tuple[Path, str, str]) -> None:
    models, first, second = shelf
    before, after = model_store.describe(models, first), model_store.describe(models, second)
    assert before["counts"]["any"]["greet"] == 5
    assert after["counts"]["any"]["greet"] == 6
    assert after["examples"] == before["examples"] + 1
    assert after["program"] == before["program"]
    assert [file["path"] for file in after["files"]] == ["examples.yml"], "nothing of golden/"
    assert before["files"][0]["sha256"] == model_store.sha256(FIXTURE / "data/examples.yml")
    assert after["files"] != before["files"]
    assert after["sha256"] == model_store.sha256(models / f"{second}.tar.gz")
    assert after["versions"]["rasa"].startswith("3.")


def test_all_engines_change_over_and_every_message_is_answered_once(
    shelf: tuple[Path, str, str], engines: list[Engine]
) -> None:
    models, first, second = shelf
    answers: list[tuple[str, int, str]] = []
    over = threading.Event()

    def ask(customer: int) -> None:
        number = 0
        while not over.is_set():
            conversation = f"c-{customer}-{number}"
            body = {"conversation": conversation, "text": "hello", "facts": {"language": "en"}}
            answer = engines[customer % 2].http.post("/turn", json=body)
            replies = answer.json().get("replies", [])
            answers.append((conversation, answer.status_code, answer.json().get("model", "")))
            assert len(replies) == 1, replies
            number += 1

    customers = [threading.Thread(target=ask, args=[n]) for n in range(4)]
    for customer in customers:
        customer.start()
    try:
        for digest in (second, first):
            model_store.put_in_service(models, digest)
            wait(lambda d=digest: set(map(model_of, engines)) == {d}, "an engine did not change over")
            wait(lambda d=digest: list(presence.engines(models).values()) == [d, d], "not told")
            assert len(answers) > 0
    finally:
        over.set()
        for customer in customers:
            customer.join()
    assert {status for _, status, _ in answers} == {200}
    assert {model for _, _, model in answers} == {first, second}
    assert max(Counter(conversation for conversation, _, _ in answers).values()) == 1


def test_a_model_that_cannot_be_loaded_is_left_alone(
    shelf: tuple[Path, str, str], engines: list[Engine]
) -> None:
    """The model before goes on answering, and the next pointer is followed."""
    models, first, second = shelf
    shutil.copy(models / f"{first}.json", models / "broken.json")
    (models / "broken.tar.gz").write_bytes(b"not an archive")
    model_store.put_in_service(models, "broken")
    time.sleep(3)
    assert set(map(model_of, engines)) == {first}
    model_store.put_in_service(models, second)
    wait(lambda: set(map(model_of, engines)) == {second}, "an engine follows no more")
    (models / "broken.tar.gz").unlink()
    (models / "broken.json").unlink()


def test_a_model_of_another_program_waits_for_a_start(
    shelf: tuple[Path, str, str], engines: list[Engine]
) -> None:
    """As after an upgrade: the running engine's rules go with the running program."""
    models, first, second = shelf
    made_from = models / f"{second}.json"
    kept = made_from.read_text()
    made_from.write_text(kept.replace(json.loads(kept)["program"], "another"))
    model_store.put_in_service(models, second)
    time.sleep(4)
    assert set(map(model_of, engines)) == {first}
    made_from.write_text(kept)
    model_store.put_in_service(models, first)


def test_engines_that_are_gone_are_not_waited_for(
    shelf: tuple[Path, str, str], actions: ActionsServer
) -> None:
    models, first, _ = shelf
    model_store.put_in_service(models, first)
    with run_engine(models, actions.url, ACTIONS_TOKEN):
        wait(lambda: list(presence.engines(models).values()) == [first], "not told")
    assert presence.engines(models) == {}


def test_old_models_go_but_never_the_one_in_service_or_before(tmp_path: Path) -> None:
    """The five newest stay as well, and what is written of a model goes with it."""
    for age, digest in enumerate("hgfedcba"):
        for suffix in (".tar.gz", ".json", ".evaluation.json"):
            (tmp_path / f"{digest}{suffix}").write_text("null")
        long_ago = time.time() - 1000 + age
        os.utime(tmp_path / f"{digest}.tar.gz", (long_ago, long_ago))
    model_store.put_in_service(tmp_path, "h")
    model_store.put_in_service(tmp_path, "g")
    assert model_store.prune(tmp_path) == ["f"]
    assert {file.name for file in tmp_path.glob("f.*")} == set()
    assert sorted(map(model_store.digest_of, model_store.archives(tmp_path))) == list("abcdegh")
