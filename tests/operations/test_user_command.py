"""``recourse user``: accounts from the command line, as an operator without a browser has them.

Mutation: let ``recourse user token --revoke`` end nothing, or leave `accounts.record` out of
`accounts.set_role`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.db import Database
from handoff.staff import accounts, agents
from handoff.staff.agents import SignInRefused
from tests.end_to_end.running import run

pytestmark = pytest.mark.timeout(300)  # processes start slowly on a busy machine


async def test_from_first_to_last_day(sqlite_settings: dict[str, str]) -> None:
    """Added, listed, given a link, another role, a new token; signed out and closed; all of it recorded."""

    def user(*words: str) -> object:
        done = run(sqlite_settings, "user", *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    added = user("add", "Nora Jimenez", "--role", "agent", "--email", "Nora@example.org")
    assert isinstance(added, dict)
    async with await Database.open(sqlite_settings["RECOURSE_DATABASE_URL"]) as database:
        assert (await database.read(agents.by_token, added["token"])).name == "Nora Jimenez"
        link = user("reset", "nora jimenez")
        assert isinstance(link, dict)
        address, _, query = link["link"].partition("?code=")
        assert address.endswith("/console/sign-in")
        code = query.partition("&")[0]
        await database.run(agents.sign_in_by_code, code, datetime.now(UTC))
        [line] = user("list")  # type: ignore[misc]
        assert (line["name"], line["role"], line["sessions"]) == ("Nora Jimenez", "agent", 1)
        assert "hash" not in json.dumps(line)
        user("role", "Nora Jimenez", "supervisor")
        assert user("sign-out", "Nora Jimenez") == {"name": "Nora Jimenez", "ended": 1}
        user("token", "Nora Jimenez", "--revoke")
        with pytest.raises(SignInRefused):
            await database.read(agents.by_token, added["token"])
        user("deactivate", "Nora Jimenez")
        told = [c["what"] for c in user("log")]  # type: ignore[attr-defined]
        expected = ["deactivated", "token_revoked", "sessions", "role", "link", "added"]
        assert told == expected
        assert {c.actor for c in await database.read(accounts.changes)} == {"operator"}
    refused = run(sqlite_settings, "user", "role", "Nobody", "agent")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert run(sqlite_settings, "user", "add", "Omar", "--role", "boss").returncode == 2
