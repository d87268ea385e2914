"""The actions' own port. Mutation: answer 200 with empty lists when an action raises."""

import asyncio
import datetime
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from actions.endpoint import ACTIONS, actions_app
from complaints import texts
from complaints.facts import Facts, Offer

TOKEN = "right"


def post(body: dict[str, Any], authorization: str = f"Bearer {TOKEN}") -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(actions_app(TOKEN))
        async with httpx.AsyncClient(transport=transport, base_url="http://actions") as client:
            return await client.post("/actions", json=body, headers={"Authorization": authorization})

    return asyncio.run(send())


def call(
    action: str, text: str = "hello", facts: dict[str, Any] | None = None, **slots: Any
) -> dict[str, Any]:
    offer = Offer(
        reference="RC-4E37Q8NY",
        update_by="Friday",
        respond_by="Monday",
        queue_position=1,
        opening="now",
        open_now=True,
        reach="here",
    )
    known = Facts(
        now=datetime.datetime(2025, 11, 21, tzinfo=datetime.UTC),
        language="en",
        channel="webchat",
        organisation="Northwind",
        emergency="Call 112.",
        country="GB",
        time_zone="Europe/London",
        offer=offer,
    ).model_dump(mode="json")
    message = {
        "text": text,
        "message_id": "m-1",
        "intent": {"name": "greet", "confidence": 0.9},
        "entities": [],
        "metadata": {"facts": {**known, **(facts or {})}, "payload": {}},
    }
    tracker = {"sender_id": "c-1", "slots": {}, "latest_message": message, "events": [], "active_loop": {}}
    return {"next_action": action, "sender_id": "c-1", "tracker": tracker}


def test_an_action_answers():
    answer = post(call("action_greet"))
    assert answer.status_code == 200
    assert [r["response"] for r in answer.json()["responses"]] == ["utter_greeting_first"]
    assert {"event": "slot", "timestamp": None, "name": "introduced", "value": True} in answer.json()[
        "events"
    ]


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", TOKEN, "Bearer "])
def test_without_the_token_nothing_runs(authorization):
    assert post(call("action_greet"), authorization).status_code == 401


def test_an_action_that_raises_is_an_error_and_its_words_are_not_logged(capsys):
    broken = call("action_greet", text="my secret", facts={"offer": {"reference": "my secret"}})
    answer = post(broken)
    assert answer.status_code == 500
    assert answer.json() == {"error": "the action failed"}
    logged = capsys.readouterr().out
    assert "action_greet" in logged
    assert "my secret" not in logged


def test_an_unknown_action_is_not_found():
    assert post(call("action_unheard_of")).status_code == 404


def test_the_domain_lists_exactly_the_actions_there_are():
    domain = yaml.safe_load(Path("bot/rasa/domain.yml").read_text(encoding="utf-8"))
    assert sorted(domain["actions"]) == sorted(action().name() for action in ACTIONS)


def test_every_text_that_an_action_says_is_in_the_catalogue():
    said = set()
    for file in Path("actions").glob("*.py"):
        said |= set(re.findall(r"(?:say|say_choice|phrase)\(\s*\"(\w+)\"", file.read_text(encoding="utf-8")))
    assert len(said) > 40
    assert said <= set(texts.catalogue("en"))


async def test_an_engine_that_dies_while_it_asks_is_no_failure_of_ours() -> None:
    """It announces a body and is gone: nothing is raised, so no trace gets into the log."""
    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/actions", "query_string": b"", "headers": headers}
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(message)

    await actions_app(TOKEN)(scope, receive, send)
    assert answers[0]["status"] == 400
