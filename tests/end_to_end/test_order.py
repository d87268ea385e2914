"""Many conversations at once: every message handled once, in its order.

Mutation: in `channels.lane_statements` let a lane be leased that is leased already (drop the condition on
``free_at``): messages of one conversation are then handled side by side, and the order breaks.
"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.end_to_end.running import Program

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model

CONVERSATIONS, MESSAGES = 50, 20


async def test_50_conversations_of_20_messages_at_once(program: Program) -> None:
    async with httpx.AsyncClient(
        base_url=program.url,
        trust_env=False,
        timeout=60,
        limits=httpx.Limits(max_connections=100, keepalive_expiry=1),  # the server closes them after five
    ) as http:
        tokens = [(await http.post("/chat/session", json={})).json()["token"] for _ in range(CONVERSATIONS)]

        async def converse(token: str) -> None:
            for number in range(MESSAGES):
                text = "my parcel never came" if number == 0 else f"my customer number is {40000 + number}"
                body = {"id": f"m{number}", "text": text}
                answer = await http.post(
                    "/chat/messages", json=body, headers={"Authorization": f"Bearer {token}"}
                )
                assert answer.status_code == 202, answer.text

        await asyncio.gather(*(converse(token) for token in tokens))

        async def references(token: str) -> list[dict[str, str]]:
            headers = {"Authorization": f"Bearer {token}"}
            said: list[dict[str, str]] = (await http.get("/chat/messages?after=0", headers=headers)).json()
            return said

        async def done(token: str) -> bool:
            said = await references(token)
            return sum(m["from"] == "customer" and m["state"] == "answered" for m in said) == MESSAGES

        for token in tokens:
            for _ in range(600):
                if await done(token):
                    break
                await asyncio.sleep(0.1)
            else:
                raise AssertionError("not every message was answered within a minute")

        cases = program.command("case", "list", "--all")
        for token in tokens:
            said = await references(token)
            mine = [m for m in said if m["from"] == "customer"]
            assert [m["id"] for m in mine] == [f"m{n}" for n in range(MESSAGES)]
            named = {
                word.strip(".,:")
                for m in said
                if m["from"] == "bot"
                for word in m["text"].split()
                if "RC-" in word
            }
            assert len(named) == 1, "one conversation, one complaint, one reference"
            reference = named.pop()
            assert reference in {case["reference"] for case in cases}
            events = program.command("case", "show", reference)["events"] if token == tokens[0] else []
            numbers = [
                e["data"]["after"]["order"] for e in events if "order" in e.get("data", {}).get("after", {})
            ]
            assert numbers == sorted(numbers)
