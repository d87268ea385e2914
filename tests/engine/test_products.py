"""What is marked in the examples as a product teaches to find other products.

Mutation: in components/products.py, let `_instructive` return all examples; or let `_labels` say "O" of every
word; or let `process` add entities that are not in the output (`add_to_output=False`).
"""

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import FIXTURE, Engine, run_engine, train

KNOWN = ("toaster", "kettle", "coffee grinder", "ironing board", "radio", "office chair", "mixer", "tent")
UNMARKED = ("samovar", "theremin", "zither", "lute", "harp", "spinet", "viola", "ocarina")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, actions: ActionsServer) -> Iterator[Engine]:
    """An engine that has learnt from complaints of which only half have their product marked."""
    folder = tmp_path_factory.mktemp("products")
    project = folder / "project"
    shutil.copytree(FIXTURE, project)
    marked = [f"my [{name}](product) is broken" for name in KNOWN]
    marked += [f"the [{name}](product) that I bought hums" for name in KNOWN]
    unmarked = [f"my {name} is broken" for name in UNMARKED]
    thanks = [f"my {name} is happy" for name in ("mother", "dog", "cat", "boss", "uncle", "aunt", "teacher")]
    examples = {"file_complaint": [*marked, *unmarked], "affirm": thanks}
    (project / "data/more.yml").write_text(
        yaml.safe_dump(
            {
                "version": "3.1",
                "nlu": [
                    {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
                    for intent, texts in examples.items()
                ],
            }
        )
    )
    domain = yaml.safe_load((project / "domain.yml").read_text())
    domain["intents"] = sorted({*domain["intents"], *examples})
    domain["entities"] = ["product"]
    (project / "domain.yml").write_text(yaml.safe_dump(domain))
    train(folder / "models", project=project)
    with run_engine(folder / "models", actions.url, ACTIONS_TOKEN) as engine:
        yield engine


def found(engine: Engine, text: str) -> list[dict[str, Any]]:
    """What is found in a text."""
    answer = engine.http.post("/parse", json={"text": text}).raise_for_status()
    entities: list[dict[str, Any]] = answer.json()["entities"]
    return entities


@pytest.mark.parametrize("name", ["bassoon", "garden chair", "samovar"])
def test_a_product_that_no_mark_names(taught: Engine, name: str) -> None:
    """By the words around it, whole and where it stands; also where complaints name it without a mark."""
    text = f"my {name} is broken"
    assert found(taught, text) == [
        {"entity": "product", "start": 3, "end": 3 + len(name), "value": text[3 : 3 + len(name)]}
    ]


@pytest.mark.parametrize("text", ["my sister is happy", "is broken", "how long will this take", "?!"])
def test_what_is_no_product(taught: Engine, text: str) -> None:
    """What examples without a mark say of other intents, and words alone, are none."""
    assert found(taught, text) == []


def test_a_turn_tells_the_actions(taught: Engine) -> None:
    """The parse of a turn has the products as well."""
    assert [e["value"] for e in taught.turn("the bassoon that I bought hums")["parse"]["entities"]] == [
        "bassoon"
    ]


def test_without_marks_nothing_is_found(engine: Engine, models: Path) -> None:
    """Nor is anything kept with the model."""
    assert found(engine, "my kettle is broken") == []
    with tarfile.open(next(models.glob("*.tar.gz"))) as model:
        assert not [name for name in model.getnames() if name.endswith(".crfsuite")]
