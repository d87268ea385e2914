"""What the assistant does not understand it learns: said, reviewed, trained, understood.

Mutation: leave `doubts.keep` out of `bot.applying.apply`, or let `bot.training` train from another folder
than that of the setting.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from bot.engine_home import HOME
from tests.end_to_end.running import ROOT, Program, free_port, run, running

pytestmark = pytest.mark.timeout(900)  # two trainings, on a busy machine

UNCLEAR = "hum of the quimfle, zorbly, ring 07700 900123"
LIKE_IT = "zorbly hum of our quimfle"
REFERENCE = r"RC-[0-9A-Z]{8}"
BY_HAND = """\
# Ours: found in letters
version: '3.1'

nlu:
- intent: thank   # never enough
  examples:
  - text: |
      you people are the cat's pyjamas
    metadata: {author: Olga, date: "2026-01-05"}
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The English examples alone, which train in half a minute; with a file that somebody wrote in."""
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, nothing is tested from end to end: run `make test`")
    for name in ("en", "golden"):
        shutil.copytree(ROOT / "nlu_data" / name, tmp_path / "nlu_data" / name)
    shutil.copy(ROOT / "nlu_data/floors.toml", tmp_path / "nlu_data")
    (tmp_path / "nlu_data/en/reviewed.yml").write_text(BY_HAND, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RECOURSE_")}
    return clean | {
        "RECOURSE_DATA_DIR": str(tmp_path / "data"),
        "RECOURSE_NLU_DATA_DIR": str(tmp_path / "nlu_data"),
        "RECOURSE_MODELS_DIR": str(tmp_path / "models"),
        "RECOURSE_PORT": str(free_port()),
        "RECOURSE_ACTIONS_PORT": str(free_port()),
    }


def test_learns(settings: dict[str, str], tmp_path: Path) -> None:
    before = snapshot(tmp_path / "nlu_data")
    assert run(settings, "train", seconds=400).returncode == 0
    with running(settings) as program:
        program.wait_until_ready()
        for text in (UNCLEAR, LIKE_IT):
            visitor = program.visitor()
            visitor.write(text)
            assert not re.search(REFERENCE, visitor.news()), "not filed"
        listed = {one["text"]: one for one in program.command("review", "list")}
        one = listed.pop("hum of the quimfle, zorbly, ring 00000 000000")
        assert "misunderstood" in one["because"]
        assert one["masked"] == ["number"]
        correct_on_page(program, one["id"])
        assert [one["text"] for one in program.command("review", "list")] == list(listed)

        after = snapshot(tmp_path / "nlu_data")
        [(name, was)] = [(name, text) for name, text in before.items() if after[name] != text]
        assert name == "en/reviewed.yml"
        assert set(after) == set(before)
        change = [c for c in difflib.ndiff(was.splitlines(), after[name].splitlines()) if c[0] != " "]
        assert [c[0] for c in change] == ["+"] * 5, "lines were added, and nothing else"
        assert any("category: defect, author: Tina, date:" in c for c in change)

        assert run(settings, "train", seconds=400).returncode == 0
        # A model of English alone is below the floors of the other languages.
        promoted = run(settings, "promote", "--anyway", "only English here", seconds=200)
        assert "The running engine answers with it" in promoted.stdout, promoted.stdout + promoted.stderr
        visitor = program.visitor()
        visitor.write(LIKE_IT)
        assert re.search(REFERENCE, visitor.news()), "filed at once"


def correct_on_page(program: Program, message: int) -> None:
    """A trainer signs in and says what it was, as a browser without scripts would."""
    token = program.command("user", "add", "Tina", "--role", "trainer")["token"]
    with httpx.Client(base_url=program.url, headers={"Accept": "text/html"}, trust_env=False) as tina:
        guard = hidden(tina.get("/console/sign-in").text, "guard")
        tina.post("/console/sign-in", data={"guard": guard, "token": token})
        page = tina.get("/console/review").text
        assert "900123" not in page
        form = {
            "csrf": hidden(page, "csrf"),
            "message": str(message),
            "intent": "file_complaint",
            "severity": "medium",
            "category": "defect",
            "language": "en",
            "text": "hum of the quimfle, zorbly",
        }
        done = tina.post(f"/console/review/{message}/correct", data=form)
        assert done.status_code == 303, done.text
        assert "en/reviewed.yml" in tina.get(done.headers["location"]).text


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def snapshot(folder: Path) -> dict[str, str]:
    return {
        f.relative_to(folder).as_posix(): f.read_text(encoding="utf-8")
        for f in folder.rglob("*")
        if f.is_file()
    }
