"""The API and the web chat as their own description has them, asked for all that it allows, and more.

Mutation: in `channels.webchat.bodies.NewMessage` take ``str`` for ``button`` (PostgreSQL stores no NUL), or
in `channels.webchat.bodies.read_json` catch `ValueError` alone (JSON may be nested too deep).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode

from handoff.staff.agents import Role
from tests.fuzz import hostile
from tests.fuzz.effort import TIMES, examples
from tests.fuzz.program import Program
from tests.handoff.cases import complain

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(300 * TIMES),
]  # of Schemathesis: what a description leaves open


def operations(running: Program) -> list[Any]:
    schema = schemathesis.openapi.from_dict(running.app.openapi())
    return [found.ok() for found in schema.get_all_operations()]


def a_case(running: Program) -> str:
    """A case on record, so that not every reference is unknown."""
    return running.do(running.database.run(complain))


def test_everything_described(running: Program) -> None:
    """Each operation with what its description allows and with what it forbids, signed in and not."""
    found = operations(running)
    assert len(found) >= 16
    desk = {"authorization": f"Bearer {running.token(Role.SUPERVISOR)}"}
    reference = a_case(running)
    for operation in found:
        generated = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @examples(25)
        @given(generated, st.integers(0, 9))
        def ask(case: Any, chance: int) -> None:
            if chance and "reference" in (case.path_parameters or {}):
                case.path_parameters["reference"] = reference
            send(
                running,
                case,
                {} if chance == 5 else running.visitor() if case.operation.path.startswith("/chat") else desk,
            )

        ask()


def send(running: Program, case: Any, who: dict[str, str]) -> None:
    kwargs = case.as_transport_kwargs(base_url="http://example.org")
    made = requests.Request(**{k: v for k, v in kwargs.items() if k in _PARTS}).prepare()
    body = made.body or b""
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    kept = [
        (k.encode("latin-1", "replace"), _bytes(v))
        for k, v in made.headers.items()
        if k.lower() != "authorization"
    ]
    kept += [(k.encode(), v.encode()) for k, v in who.items()]
    target = str(made.url).removeprefix("http://example.org")
    running.call(str(made.method), target, body=bytes(body), raw_headers=[(k.lower(), v) for k, v in kept])


_PARTS = {"method", "url", "headers", "params", "data", "json", "files", "cookies"}


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")


def test_bodies_that_are_none(running: Program) -> None:
    desk = {"authorization": f"Bearer {running.token(Role.AGENT)}"}
    case = a_case(running)
    paths = [
        "/chat/session",
        "/chat/messages",
        "/chat/files",
        *(f"/api/v1/cases/{case}/{move}" for move in MOVES),
    ]
    types = ("application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/xml", "")

    @examples(500)
    @given(st.sampled_from(paths), hostile.bodies, st.sampled_from(types))
    def post(path: str, body: bytes, media_type: str) -> None:
        who = running.visitor() if path.startswith("/chat") else desk
        running.call("POST", path, who | {"content-type": media_type}, body)

    post()


MOVES = ("claim", "reply", "note", "assess", "resolve", "close")


def test_strange_values_in_sound_bodies(running: Program) -> None:
    desk = {"authorization": f"Bearer {running.token(Role.AGENT)}"}
    case = a_case(running)
    running.call("POST", f"/api/v1/cases/{case}/claim", desk)
    sound = (
        ("/chat/session", {"locale": "es-MX"}),
        ("/chat/messages", {"id": "m1", "text": "my kettle leaks", "button": "confirm_yes"}),
        (f"/api/v1/cases/{case}/reply", {"text": "we look into it", "id": "r1"}),
        (f"/api/v1/cases/{case}/note", {"text": "call back"}),
        (f"/api/v1/cases/{case}/assess", {"severity": "high", "category": "safety", "reason": "sparks"}),
    )

    @examples(1100)
    @given(st.one_of(*(st.tuples(st.just(path), hostile.spoilt((body,))) for path, body in sound)))
    def post(call: tuple[str, Any]) -> None:
        path, made = call
        who = running.visitor() if path.startswith("/chat") else desk
        running.call("POST", path, who | {"content-type": "application/json"}, json.dumps(made).encode())

    post()


def test_it_was_as_much_as_promised(running: Program) -> None:
    assert running.statuses.total() >= 2_200 * TIMES
    assert sum(n for status, n in running.statuses.items() if status < 300) >= 300 * TIMES
