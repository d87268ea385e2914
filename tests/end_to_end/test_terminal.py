"""``recourse chat``: a conversation in the terminal.

Mutation: let `bot.terminal.chat` return without `_wait_for_answer`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.running import RECOURSE, ROOT, Program, environment

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model


def chat(settings: dict[str, str], *lines: str) -> subprocess.CompletedProcess[str]:
    """Say these lines and hang up."""
    return subprocess.run(
        [RECOURSE, "chat"], env=settings, cwd=ROOT, input="".join(f"{line}\n" for line in lines),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_complaint_in_the_terminal(program: Program) -> None:
    """What is piped in is answered before the end, and the end is quiet."""
    done = chat(
        dict(program.environment), "My coffee machine arrived broken, order ORD-55120. I want a refund!"
    )
    assert done.returncode == 0
    assert "RC-" in done.stdout
    assert done.stderr == ""


def test_nobody_there_is_said_in_one_line(tmp_path: Path) -> None:
    done = chat(environment(tmp_path), "hello")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "recourse up" in done.stderr
