"""What cannot be promoted, rolled back or measured is refused in one line that names the remedy.

Mutation: in `bot.promoting.promote`, leave out `model.check()`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.rasa import model_store
from tests.end_to_end.running import RECOURSE, ROOT


def recourse(models: Path, *words: str) -> tuple[int, str]:
    environment = {
        **os.environ,
        "RECOURSE_MODELS_DIR": str(models),
        "RECOURSE_DATA_DIR": str(models / "data"),
    }
    done = subprocess.run(
        [RECOURSE, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def add(models: Path, digest: str, program: str = "p", content: bytes = b"a model") -> None:
    archive = model_store.archive(models, digest)
    archive.write_bytes(content)
    made_from = {
        "digest": digest, "program": program, "data": "d", "trained_at": "2026-11-22T01:00:00+00:00",
        "seconds": 1.0, "sha256": model_store.sha256(archive), "examples": 3, "counts": {"en": {"greet": 3}},
        "files": [], "pipeline": [], "versions": {},
    }  # fmt: skip
    model_store.write_json(models / f"{digest}.json", made_from)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Two models, the first in service."""
    add(tmp_path, "aaa1")
    model_store.put_in_service(tmp_path, "aaa1")
    add(tmp_path, "aab2")
    return tmp_path


@pytest.mark.parametrize("command", ["promote", "evaluate", "rollback"])
def test_where_there_is_no_model(tmp_path: Path, command: str) -> None:
    status, told = recourse(tmp_path, command)
    assert status == 1
    assert "recourse train" in told or "recourse promote" in told


@pytest.mark.parametrize(("digest", "remedy"), [("zzz", "`recourse models`"), ("aa", "more of the digest")])
def test_an_unknown_or_ambiguous_digest(models: Path, digest: str, remedy: str) -> None:
    for command in ("promote", "evaluate", "models"):
        status, told = recourse(models, command, digest)
        assert status == 1
        assert remedy in told


def test_a_damaged_archive_is_not_promoted(models: Path) -> None:
    model_store.archive(models, "aab2").write_bytes(b"a mod")
    status, told = recourse(models, "promote", "aab2", "--anyway", "in a hurry")
    assert status == 1
    assert "damaged" in told
    assert "recourse train" in told
    assert model_store.read_pointer(models)["digest"] == "aaa1"


def test_a_model_of_another_program_is_not_promoted(models: Path) -> None:
    add(models, "ccc", program="of last year")
    status, told = recourse(models, "promote", "ccc", "--anyway", "in a hurry")
    assert status == 1
    assert "another version of the program" in told
    assert model_store.read_pointer(models)["digest"] == "aaa1"


def test_there_is_nothing_before_the_first_model(models: Path) -> None:
    status, told = recourse(models, "rollback")
    assert status == 1
    assert "no model before" in told


def test_rollback_without_an_engine_takes_effect_at_the_next_start(models: Path) -> None:
    """Back, and once more forth again."""
    model_store.put_in_service(models, "aab2")
    for digest in ("aaa1", "aab2"):
        status, told = recourse(models, "rollback")
        assert status == 0
        assert "next start" in told
        assert model_store.read_pointer(models)["digest"] == digest


def test_a_rollback_to_a_model_that_is_gone(models: Path) -> None:
    model_store.put_in_service(models, "aab2")
    model_store.archive(models, "aaa1").unlink()
    status, told = recourse(models, "rollback")
    assert status == 1
    assert "recourse models" in told


def test_the_list_says_what_is_in_service(models: Path) -> None:
    model_store.put_in_service(models, "aab2", anyway="the old one is worse")
    status, told = recourse(models, "models")
    assert status == 0
    lines = {line.split()[0]: line for line in told.splitlines() if line}
    assert "in service" in lines["aab2"]
    assert "before" in lines["aaa1"]
    assert "below a floor, and in service anyway: the old one is worse" in told


def test_everything_about_one_model(models: Path) -> None:
    status, told = recourse(models, "models", "aaa1")
    assert status == 0
    assert "greet" in told
    assert "from 3 examples" in told
