"""2,000 look-ups and guesses disclose nothing; ``make guess`` does 100,000 of them, into docs/proof.md.

Mutation: in `proofs.ask` put the job in only if `register.find` knows the reference; or let `take` look at
the case before the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from complaints import proof
from complaints.reference import mint
from tests.guessing.guessing import CHANNELS, guess, guesser, sent

pytestmark = pytest.mark.timeout(300)


@contextmanager
def statements() -> Iterator[list[str]]:
    """All that is said to the database meanwhile."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def test_2000_answers_and_times_carry_no_signal(tmp_path: Path) -> None:
    async with guesser(tmp_path, cases=60, seed=6) as somebody:
        for asked in (2000, 4000, 6000):  # more only where so few times could not have told anything
            found = await guess(somebody, asked)
            compared = {what: found.compare(what) for what in ("look-up", "code")}
            if all(times.could_hear for times in compared.values()):
                break
        assert found.answers[True] == found.answers[False]
        assert len(found.answers[True]) == len(CHANNELS) + 1
        for what, times in compared.items():
            assert times.could_hear, f"{what}: this machine's clock is too coarse"
            assert not times.heard, f"{what}: {times.shift:.1%}, p = {times.chance:.1e}"
        out = await sent(somebody.office.database)
        assert out.codes > 0 and out.most_for_one == proof.SENDS_PER_CASE
        assert out.proved == found.by_chance


@pytest.mark.parametrize("where", ["telegram", "page"])
async def test_the_database_is_asked_the_same(tmp_path: Path, where: str) -> None:
    """Statement by statement: those of a look-up and of three wrong codes."""
    async with guesser(tmp_path, cases=5, seed=6) as somebody:
        said = {}
        for exists, reference in ((True, somebody.existing[0]), (False, mint())):
            stranger = somebody._page() if where == "page" else somebody._chat(where)
            with statements() as said[exists]:
                await stranger(reference)
            await somebody.office.jobs()
            right = {proof.code(somebody.secret, asked.nonce) for asked in await somebody.office.proofs()}
            wrong = next(code for code in ("111111", "222222", "333333") if code not in right)
            with statements() as guessed:
                for _ in range(3):
                    await stranger(wrong)
            said[exists] += guessed
        assert said[True] == said[False]
        assert len(said[True]) > 10
        assert not any("complaint.reference =" in statement for statement in said[True])


async def test_caps_hold(tmp_path: Path) -> None:
    async with guesser(tmp_path, cases=30, seed=7, codes_per_hour=12) as somebody:
        await guess(somebody, 8 * 30)
        out = await sent(somebody.office.database)
        assert (out.codes, out.most_for_one <= proof.SENDS_PER_CASE) == (12, True)
        await somebody.flood(40)
        out = await sent(somebody.office.database)
        assert out.most_asked_by_one == max(proof.ASKS_PER_ADDRESS, proof.ASKS_PER_CONVERSATION)
        assert out.codes == 12
