"""What the documents name exists: commands with their options, targets, settings, addresses, files, links.

Mutation: rename the option ``--to`` of `bot.case_cli.export`, or the target ``guess`` of the Makefile, or the
heading "Legal hold" of docs/privacy.md.
"""

from __future__ import annotations

import asyncio
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from bot.app import create_app
from bot.cli import app
from bot.db import Database
from bot.settings import Settings
from bot.wiring import adapters
from tests.documents.reading import NAMES, ROOT, Document, read, words
from tests.turn.desk import ScriptedEngine

DOCUMENTS = [read(name) for name in NAMES]
PROGRAM: Any = typer.main.get_command(app)
SETTINGS = {str(field.validation_alias.choices[0]) for field in Settings.model_fields.values()}  # type: ignore[union-attr]

HOUSE = {path.name for path in ROOT.iterdir()} | {".venv"}
MADE = re.compile(r"var\b|site\b|\.venv\b|bot/rasa/(models|\.venv)\b|nlu_data/[^/]+/reviewed\.yml")
"""What is there only after something ran."""

OTHERS = {"/newbot", "/parse", "/turn", "/model/parse", "/.well-known/openid-configuration"}
"""Addresses of Telegram, of Rasa, of an OpenID provider."""

ADDRESS = re.compile(r"(?:(?P<method>GET|POST|PUT|DELETE) )?(?P<path>/[\w{}./-]*)(?:\?\S*)?")
PLACEHOLDER = re.compile(r"[A-Z]{2,}|\.\.\.|\||\[|<")


@pytest.fixture(params=DOCUMENTS, ids=NAMES)
def document(request: pytest.FixtureRequest) -> Document:
    found: Document = request.param
    return found


def leaves(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command of the program, as its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


def parse(line: str, given: list[str], *, whole: bool) -> None:
    """Let the program's own parser read it; ``whole``: as it would be to run it."""
    command = PROGRAM
    context = command.make_context("recourse", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        if not given:
            return  # a group is named, as a whole
        if given[0].startswith("-"):
            break  # it does something by itself, too
        name, *given = given
        assert name in command.commands, f"{line}: there is no {name}"
        command = command.commands[name]
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
    if whole:
        command.make_context(context.info_name, given, parent=context.parent)
        return
    context.resilient_parsing = False
    _, more, _ = command.make_parser(context).parse_args(given)
    assert not more, f"{line}: nobody expects {more}"


def test_every_command_with_its_options(document: Document) -> None:
    """Lines to be copied are read as if they were run, with types and all that is required."""
    copied = {line for block in document.blocks for line in block.lines}
    for line in document.lines():
        given = words(line, "recourse")
        if given is not None:
            said = re.split(r"\s{2,}", line.strip())[0]
            parse(line, given, whole=line in copied and not PLACEHOLDER.search(" ".join(said.split()[1:])))


def test_every_command_is_told() -> None:
    """The list of commands is whole: each is in it, in full or behind another of its group."""
    told: set[tuple[str, ...]] = set()
    for row in (ROOT / "docs/commands.md").read_text(encoding="utf-8").splitlines():
        group: tuple[str, ...] = ()
        for span in re.findall(r"`([^`]+)`", row.partition(" | ")[0]):
            given = words(span, "recourse")
            if given is None:
                told.add((*group, span.split()[0]))
            else:
                told |= {tuple(given[:n]) for n in (1, 2)}
                group = (given[0],)
    assert set(leaves(PROGRAM)) <= told


@pytest.fixture(scope="module")
def makefile() -> str:
    """What make itself has read."""
    done = subprocess.run(
        ["make", "--print-data-base", "--question", "--no-builtin-rules", "clean"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def test_every_target_and_its_variables(document: Document, makefile: str) -> None:
    # What is only called phony is printed as well: without what it needs, and without a recipe.
    rules = re.findall(r"^([a-z-]+):(?!=)([^\n]*)((?:\n[^\n]+)*)", makefile, re.MULTILINE)
    targets = {name for name, needs, more in rules if needs.strip() or "recipe to execute" in more}
    assert {"up", "test", "docs"} <= targets
    source = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in document.lines():
        for word in words(line, "make") or ():
            name, is_variable, _ = word.partition("=")
            if is_variable:
                assert f"$({name})" in source or f"$(if $({name})" in source, line
            else:
                assert name in targets, line


def test_every_setting(document: Document) -> None:
    named = set(re.findall(r"\b(?:RECOURSE|TELEGRAM|SLACK|TWILIO)_[A-Z][A-Z_]*[A-Z]\b", document.text))
    assert named <= SETTINGS


def test_example_settings_are_accepted(document: Document, tmp_path: Path) -> None:
    """Each block of a settings file, by the program that reads it."""
    for block in document.blocks:
        if block.language == "dotenv":
            (tmp_path / ".env").write_text("\n".join(block.lines), encoding="utf-8")
            settings = Settings(_env_file=tmp_path / ".env")
            assert settings.model_fields_set
            assert settings.policy


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, re.Pattern[str]]]:
    """Method and form of each address on the public port."""
    folder = tmp_path_factory.mktemp("public")
    settings = Settings(
        _env_file=None, RECOURSE_DATA_DIR=str(folder), RECOURSE_SECRET_KEY="a-key-for-the-documents"
    )

    async def look() -> list[tuple[str, re.Pattern[str]]]:
        connected = adapters(settings)
        async with await Database.open(f"sqlite:///{folder}/recourse.db") as database:
            public = create_app(
                database,
                ScriptedEngine(lambda *_: pytest.fail("nobody wrote")),
                connected,
                settings,
                asyncio.Event(),
            )
        for adapter in set(connected.by_channel.values()):
            await adapter.close()
        return [
            (method, compile_path(route.path)[0])
            for route in iter_route_contexts(public.routes)
            for method in getattr(route, "methods", None) or ("GET",)
        ]

    return asyncio.run(look())


def addresses(document: Document) -> Iterator[tuple[str | None, str]]:
    """Method, if it is said, and path of all that the document calls or names."""
    for span in document.spans:
        found = ADDRESS.fullmatch(span)
        if found and found["path"] not in OTHERS:
            yield found["method"], found["path"]
    for block in document.blocks:
        for line in block.lines:
            if line.lstrip().startswith("curl "):
                path = re.search(r"\$API(/[\w/-]+)", line)
                assert path, line
                method = re.search(r"-X (\w+)", line)
                yield method[1] if method else ("POST" if " -d " in line else "GET"), f"/api/v1{path[1]}"


def test_every_address_answers(document: Document, answered: list[tuple[str, re.Pattern[str]]]) -> None:
    """A route is there for it, with that method; the API's are also told without where they begin."""
    for method, path in addresses(document):
        filled = re.sub(r"\{\w+\}", "x", path)
        assert any(
            form.fullmatch(tried) and method in (None, known)
            for known, form in answered
            for tried in (filled, f"/api/v1{filled}")
        ), f"{method or ''} {path}"


def files(document: Document) -> Iterator[str]:
    """Every path from the top that stands between backticks, or at the beginning of a block's line."""
    lines = [line.strip() for block in document.blocks for line in block.lines]
    for told in (*document.spans, *(line.split()[0].rstrip(",") for line in lines if line)):
        path = told.partition("::")[0]
        if re.fullmatch(r"[\w.<>*-]+(/[\w.<>*-]+)*/?", path) and "/" in path and path.split("/")[0] in HOUSE:
            yield path


def test_every_file(document: Document) -> None:
    """``<language>`` stands for whatever is there; what only running makes is not asked for.

    Tests may be told from their own folder, and ``xx`` is a language to come.
    """
    for path in files(document):
        if not MADE.match(path):
            form = re.sub(r"<\w+>|\bxx\b", "*", path.rstrip("/"))
            assert any(ROOT.glob(form)) or any(ROOT.glob(f"tests/{form}")), path


def test_every_name_in_the_code(document: Document) -> None:
    """Such as ``handoff.dispatch.routing.Reach``."""
    for span in document.spans:
        if re.fullmatch(r"(complaints|channels|handoff|actions|bot)(\.\w+){2,}", span):
            assert there(span), span


def there(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:
        return False


def test_every_link_leads_somewhere(document: Document) -> None:
    """To a file that is there, and to a heading in it."""
    for link in document.links:
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document.name).parent.joinpath(path) if path else ROOT / document.name
        assert target.exists(), link
        if anchor:
            assert anchor in read(str(target.resolve().relative_to(ROOT))).anchors, link
