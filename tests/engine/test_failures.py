"""A turn that failed says so: nothing the engine answers with 200 has lost an action, a reply or a command.

What is the message's fault (500) is told from what is away (502): the program counts only the first.

Mutation: let `_run_action` in dialogue.py catch every exception, as Rasa's own does; or map `ActionFailed` to
502 in engine_app.py; or let `ActionsEndpoint.request` ask the first address alone.
"""

import time
from pathlib import Path

import httpx
import pytest

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer, serve_actions
from tests.engine.engine_process import Engine, run_engine


def trusted(name: str) -> dict[str, object]:
    return {"intent": {"name": name}}


def test_an_action_that_raises(engine: Engine) -> None:
    """The action server's 500 is not a turn without words."""
    answer = engine.answer("", **trusted("fail_please"))
    assert answer.status_code == 500
    assert answer.json()["error"] == "action_fail: answered 500"


def test_an_action_that_raises_within_a_form(engine: Engine) -> None:
    """Nor is it a digression from the form."""
    state = engine.turn("I have a complaint")["state"]
    assert engine.answer("", state=state, **trusted("fail_please")).status_code == 500


def test_an_action_that_is_too_slow(engine: Engine) -> None:
    """The customer is promised an answer within ten seconds, so the engine gives up well before."""
    began = time.monotonic()
    assert engine.answer("", **trusted("slow_please")).status_code == 500
    assert time.monotonic() - began < 7.0


def test_other_turns_go_on_meanwhile(engine: Engine, actions: ActionsServer) -> None:
    """A slow action holds up its own conversation only."""
    slow = httpx.Client(base_url=engine.http.base_url, headers=engine.http.headers, timeout=0.3)
    with pytest.raises(httpx.ReadTimeout), slow:
        slow.post("/turn", json={"conversation": "c-2", "text": "", **trusted("slow_please")})
    began = time.monotonic()
    engine.turn("I have a complaint")
    assert time.monotonic() - began < 3.0  # the slow one takes 5


def test_an_answer_with_nothing_in_it(engine: Engine) -> None:
    """Neither a reply nor a command: the customer would wait for ever."""
    answer = engine.answer("", **trusted("nothing_please"))
    assert (answer.status_code, answer.json()) == (500, {"error": "empty turn"})


def test_silence_on_purpose_is_a_command(engine: Engine) -> None:
    """An action may say that saying nothing is what it means."""
    assert engine.turn("", **trusted("silence_please"))["commands"] == [{"type": "Silence"}]


def test_wording_that_names_what_is_not_known(engine: Engine) -> None:
    """No customer reads "Your case None is open"."""
    answer = engine.answer("what is the status of my case", facts={"language": "en"})
    assert (answer.status_code, answer.json()) == (
        500,
        {"error": "utter_status: open_reference is not known"},
    )


def test_an_intent_nobody_knows(engine: Engine) -> None:
    """A trusted intent that this model lacks is the caller's mistake, not a misunderstanding."""
    assert engine.answer("", **trusted("no_such_intent")).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"conversation": "c", "text": None},
        {"conversation": "", "text": "hello"},
        {"conversation": "c", "text": "hello", "state": {"events": []}},
        {"conversation": "c", "text": "hello", "unheard": "of"},
        ["hello"],
    ],
)
def test_a_body_that_is_none(engine: Engine, body: object) -> None:
    """Refused, naming the field and not its content."""
    answer = engine.http.post("/turn", json=body)
    assert answer.status_code == 400
    assert "hello" not in answer.json()["error"]


def test_a_state_from_elsewhere(engine: Engine) -> None:
    """Whatever is wrong with it, the answer is an error in JSON."""
    state = {"before": {"slots": {}, "form": "no_such_form"}, "events": [{"event": "no_such_event"}]}
    answer = engine.answer("hello", state=state)
    assert answer.status_code == 500
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/turn", "/parse", "/model", "/status", "/nowhere"])
@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_without_the_token(engine: Engine, path: str, token: str) -> None:
    """Only the sign of life is for everyone."""
    stranger = httpx.Client(base_url=engine.http.base_url, headers=[(b"Authorization", token.encode())])
    with stranger:
        assert stranger.post(path, json={}).status_code == 401
        assert stranger.get("/healthz").json() == {"alive": True}


def test_no_actions_server(models: Path) -> None:
    """Unreachable says nothing about the message, so it has a status of its own; other turns go on."""
    with run_engine(models, "http://127.0.0.1:9/actions", ACTIONS_TOKEN) as alone:
        assert alone.answer("I have a complaint").status_code == 502
        assert alone.answer("hello").status_code == 200


def test_one_of_two_actions_servers_is_gone(models: Path, actions: ActionsServer) -> None:
    """Whichever it is, and also in the midst of the dialogue: nobody waits until it is back."""
    with serve_actions() as other:
        urls = f"http://127.0.0.1:9/actions {other.url} {actions.url}"
        with run_engine(models, urls, ACTIONS_TOKEN) as both:
            assert both.answer("I have a complaint").status_code == 200
            assert other.calls
            asked = len(actions.calls)
            other.go_away()
            assert both.answer("I have a complaint").status_code == 200
            assert len(actions.calls) > asked


def test_an_actions_server_that_refuses_us(models: Path, actions: ActionsServer) -> None:
    """The token of the actions is sent and checked."""
    with run_engine(models, actions.url, "wrong") as stranger:
        assert stranger.answer("I have a complaint").status_code == 502
