"""Wrong files are refused with file, line, key, what is wrong and what to do; right ones are read.

Mutation: let `complaints.world.names.STRICT` allow extra keys; or let `Sheet._line` begin at 0; or leave out
the look at placeholders in `complaints.world.wording._faults`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.settings import Settings, SettingsError
from bot.world_cli import world as commands
from complaints import texts
from complaints.world import reading, world
from complaints.world.problems import BadWorld, Problem
from tests.world.shop import EXAMPLE

RECOURSE = Path(sys.executable).with_name("recourse")

WRONG = {
    case["name"]: case
    for case in yaml.safe_load(Path(__file__).with_name("wrong.yml").read_text(encoding="utf-8"))
}


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(BadWorld) as refused:
        reading.read(folder)
    return refused.value.problems


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place_and_its_remedy(case: str, tmp_path: Path) -> None:
    wrong = WRONG[case]
    path = tmp_path / wrong["file"]
    path.parent.mkdir(exist_ok=True)
    path.write_text(wrong["text"], encoding="utf-8")
    [found] = problems_of(tmp_path)
    assert (found.file, found.line, found.key) == (wrong["file"], wrong["line"], wrong["key"]), str(found)
    assert wrong["wrong"] in found.wrong, str(found)
    assert wrong["remedy"] in found.remedy, str(found)


@pytest.mark.parametrize(
    "bytes_", [b"\xff\xfe", b"a: \x00\n", b"a: !!python/object/apply:os.getcwd []\n", b"%%%\n", b"'"]
)
def test_no_file_breaks_the_check(bytes_: bytes, tmp_path: Path) -> None:
    """Each is a problem with a line, and never another error; what YAML could run is not run."""
    for file in reading.FILES:
        (tmp_path / file).write_bytes(bytes_)
    found = problems_of(tmp_path)
    assert {problem.file for problem in found} == set(reading.FILES)
    assert all(problem.line >= 1 and problem.remedy for problem in found)


def test_aliases_cannot_make_a_mountain(tmp_path: Path) -> None:
    rows = ["l0: &l0 [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"l{n}: &l{n} [{','.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tmp_path / "products.yml").write_text("\n".join(rows))
    [found] = problems_of(tmp_path)
    assert "too much" in found.wrong


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "products.yml").write_text("A: {}\nb: {names: {en: B}, x: 1}\n")
    (tmp_path / "skills.yml").write_text("skill: {}\n")
    found = problems_of(tmp_path)
    assert [(p.file, p.line) for p in found] == [
        ("products.yml", 1), ("products.yml", 1), ("products.yml", 2), ("skills.yml", 1)
    ]  # fmt: skip


def test_no_files_are_no_world(tmp_path: Path) -> None:
    empty = reading.read(tmp_path)
    assert str(empty) == "nothing"
    assert empty.texts() == {}


def test_the_example_is_right() -> None:
    """What the documentation shows, and `recourse world init` writes."""
    found = reading.read(EXAMPLE)
    assert str(found) == (
        "4 products, 2 categories, 4 questions, 2 remedies, 5 texts, 2 skills, opening hours"
    )


def test_wording_is_in_force_and_goes_again() -> None:
    before = texts.say("ask_wish", "en")
    with world.in_force_while(reading.read(EXAMPLE)):
        assert texts.say("ask_wish", "en") == "What would put it right for you?"
        assert texts.say("ask_wish", "es") != texts.say("ask_wish", "en")
        assert texts.say("remedy_refund", "de") == "Ihr Geld zurück"
    assert texts.say("ask_wish", "en") == before


def load(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    for name, value in {"RECOURSE_WORLD": str(folder), **more}.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def test_a_wrong_file_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "products.yml").write_text("k:\n  name: Kettle\n")
    with pytest.raises(SettingsError, match=r"RECOURSE_WORLD: products.yml:\d: k\..*names"):
        load(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECOURSE_OPENING_HOURS", "Mo-Fr 09:00-10:00"),
        ("RECOURSE_SKILL_MINUTES", "5"),
        ("RECOURSE_LANGUAGE_MINUTES", "5"),
    ],
)
def test_what_is_said_twice_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=f"{name} is set, and .* remove one of them"):
        load(EXAMPLE, monkeypatch, **{name: value})


def test_init_writes_the_example_and_touches_nothing_that_is_there(tmp_path: Path) -> None:
    def say(*words: str) -> Any:
        return CliRunner().invoke(commands, list(words))

    folder = tmp_path / "own"
    assert say("init", str(folder)).exit_code == 0
    assert reading.read(folder).products == reading.read(EXAMPLE).products
    (folder / "products.yml").write_text("k:\n  names: {en: Kettle}\n  oder: X\n")
    again = say("init", str(folder))
    assert (again.exit_code, "another folder" in again.stderr) == (1, True)
    assert (folder / "products.yml").read_text().startswith("k:")
    shutil.copy(EXAMPLE / "products.yml", folder)
    assert say("check", str(folder), "--json").stdout.strip() == "[]"


def test_the_command_says_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "products.yml").write_text("k:\n  names: {en: Kettle}\n  oder: X\n  catgory: defect\n")
    environment = {**os.environ, "RECOURSE_WORLD": str(tmp_path)}
    checked = subprocess.run(
        [RECOURSE, "world", "check"], capture_output=True, text=True, check=False, env=environment
    )
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        "products.yml:3: k.oder: this key is not known here; did you mean 'order'?",
        "products.yml:4: k.catgory: this key is not known here; did you mean 'category'?",
    ]
