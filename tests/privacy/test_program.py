"""The running program, its real engine and its command line: somebody is erased, and no byte tells of them.

Mutation: in `bot.privacy.carrying_out`, leave out ``take_examples_out``, ``delete_files`` or ``scrub``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.db import Database
from bot.engine_home import HOME
from tests.end_to_end.running import ROOT, Program, environment, run, running, wait
from tests.privacy.seeding import statistics

pytestmark = pytest.mark.timeout(300)  # processes start slowly on a busy machine

NAME, MAIL, PHONE = "Xylophania Quagmirez", "xq.zarkovian@mailtoken.example", "+44 7700 900987"
TOKENS = (
    "xylophania", "quagmirez", "zarkovian", "mailtoken", "900987", "wibbletext", "fotozwonk", "inhaltsmarke",
    "noteglimmer", "antwortblub", "exampleworble", "4111 1111 1111", "411111111111",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, the erasure of the whole program is not tested: run `make test`")
    shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu")
    return environment(tmp_path / "data", RECOURSE_NLU_DATA_DIR=str(tmp_path / "nlu"))


@pytest.fixture
def program(settings: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    with (tmp_path / "log").open("wb") as log, running(settings, "up", log=log) as program:
        program.wait_until_ready()
        yield program


def test_no_byte_tells_of_who_was_erased(program: Program, tmp_path: Path) -> None:
    reference = _complain(program)
    _answer(program, reference)
    _teach(program, reference)
    before = _statistics(program)
    assert {t for t in TOKENS if t in _everything(tmp_path)} >= {
        "xylophania", "zarkovian", "wibbletext", "inhaltsmarke", "noteglimmer", "antwortblub", "exampleworble"
    }  # fmt: skip
    program.command("backup", str(tmp_path.parent / f"{tmp_path.name}.backup"))

    looked = program.command("person", "show", reference)
    assert looked["cases"] == [reference]
    assert (looked["files"], looked["examples"]) == (1, 1)
    done = program.command("person", "erase", reference, "--reason", "asked for it", "--yes")
    assert (done["files"], done["examples"]) == (1, ["en/reviewed.yml"])
    assert any(".backup" in line for line in done["still"])

    left = _everything(tmp_path)
    assert [token for token in TOKENS if token in left] == []
    assert _statistics(program) == before
    found = run(program.environment, "person", "show", reference, "--json")
    assert json.loads(found.stdout)["rows"]["complaint"] == 1  # its numbers
    assert run(program.environment, "person", "show", MAIL).returncode == 1
    verified = run(program.environment, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    again = program.visitor()  # and the program goes on
    again.write("hello")
    assert again.news(30)


def _complain(program: Program) -> str:
    visitor = program.visitor()
    visitor.write("The kettle I ordered wibbletext never arrived, I want my money back")
    visitor.news(60)
    for text in (
        f"my name is {NAME}",
        f"my e-mail is {MAIL} and my phone number is {PHONE}",
        "I paid with my card 4111 1111 1111 1111",
    ):
        visitor.write(text)
        visitor.news(30)
    sent = visitor.http.post(
        "/chat/files",
        data={"id": "file-1"},
        files={"file": ("fotozwonk-Xylophania.txt", b"inhaltsmarke of a kettle", "text/plain")},
    )
    assert sent.status_code == 202, sent.text
    visitor.news(30)
    (case,) = program.command("case", "list")
    return str(case["reference"])


def _answer(program: Program, reference: str) -> None:
    desk = program.agent("Anna")
    for move, body in (
        ("claim", {}),
        ("note", {"text": "noteglimmer about Xylophania"}),
        ("reply", {"text": "Dear Xylophania, antwortblub", "id": "reply-1"}),
        (
            "resolve",
            {"decision": "upheld", "remedy": "refund", "text": "antwortblub: your money is on its way"},
        ),
    ):
        done = desk.do(move, reference, **body)
        assert done.is_success, (move, done.text)
    # The desk looks now and then whether a letter has arrived.
    wait(lambda: bool(_query(program, "SELECT 1 FROM event WHERE kind = 'letter_sent'")), 30, "no letter")


def _teach(program: Program, reference: str) -> None:
    """A trainer makes an example of the first message."""
    first = _query(program, "SELECT min(id) FROM message WHERE author = 'customer'")[0][0]
    program.command(
        "review", "correct", str(first), "--intent", "file_complaint", "--severity", "low",
        "--category", "late_delivery",
        "--text", "the exampleworble of my kettle never arrived",
    )  # fmt: skip
    del reference


def _statistics(program: Program) -> Any:
    async def read() -> Any:
        async with await Database.open(_url(program)) as database:
            return await database.read(statistics)

    # Whatever is on its way has arrived.
    wait(
        lambda: not _query(program, "SELECT 1 FROM message WHERE state IN ('queued', 'sending')"),
        20,
        "unsent",
    )
    return asyncio.run(read())


def _query(program: Program, statement: str) -> list[Any]:
    async def read() -> list[Any]:
        async with await Database.open(_url(program)) as database:
            return await database.read(
                lambda session: [tuple(row) for row in session.connection().exec_driver_sql(statement)]
            )

    return asyncio.run(read())


def _url(program: Program) -> str:
    return f"sqlite:///{program.environment['RECOURSE_DATA_DIR']}/recourse.db"


def _everything(folder: Path) -> str:
    """Every byte and every name below a folder, archives unpacked."""
    parts: list[str] = []
    for path in folder.rglob("*"):
        parts.append(path.name)
        if not path.is_file():
            continue
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive.getmembers():
                    inside = archive.extractfile(member)
                    parts += [member.name, inside.read().decode("latin-1") if inside else ""]
        else:
            parts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(parts).lower()
