"""The custom actions of the fixture dialogue, run by the real SDK behind a real address on loopback.

They show the shapes the engine must carry: facts in and commands out, a form check that reads its own slot
first and gives way to a digression, a hand-over that ends the form, and the ways in which an action can fail.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

TOKEN = "token-of-the-actions"
DIGRESSIONS = {"ask_duration", "ask_human", "fail_please"}
SLOW_SECONDS = 8.0
"""Longer than the engine waits for one action."""

Domain = dict[str, Any]


def acknowledge(say: CollectingDispatcher, tracker: Tracker, _: Domain) -> list[EventType]:
    """A reply, a command and another reply, in this order; the reference is a nested fact."""
    facts = tracker.latest_message["metadata"]["facts"]
    say.utter_message(text=f"We have it: {facts['offer']['reference']}.")
    say.utter_message(
        json_message={"command": {"type": "FileComplaint", "reference": facts["offer"]["reference"]}}
    )
    say.utter_message(text="A few questions.")
    return []


def check_form(say: CollectingDispatcher, tracker: Tracker, _: Domain) -> list[EventType]:
    """The slot's own reading first; then a digression (nothing set: the form declines); else ask again."""
    wanted = tracker.get_slot("requested_slot")
    if wanted is None:
        return []
    words = (tracker.latest_message["text"] or "").lower()
    read = {"product": ["kettle", "washing machine"], "happened_on": ["monday", "yesterday"]}[wanted]
    for value in read:
        if value in words:
            return [SlotSet(wanted, value)]
    if tracker.latest_message["intent"]["name"] in DIGRESSIONS:
        return []
    say.utter_message(response="utter_again")
    return [SlotSet(wanted, None)]


def file(say: CollectingDispatcher, tracker: Tracker, _: Domain) -> list[EventType]:
    """What the form found out, as a command; and its slots are empty for the next complaint."""
    detail = {slot: tracker.get_slot(slot) for slot in ("product", "happened_on")}
    say.utter_message(json_message={"command": {"type": "AddDetail", **detail}})
    return [SlotSet(slot, None) for slot in detail]


def hand_over(say: CollectingDispatcher, _tracker: Tracker, _domain: Domain) -> list[EventType]:
    """Ends the form, whichever question was open."""
    say.utter_message(json_message={"command": {"type": "AskForHuman"}})
    say.utter_message(response="utter_handed_over")
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def withdraw(say: CollectingDispatcher, tracker: Tracker, _: Domain) -> list[EventType]:
    """Echoes the payload of the trusted intent."""
    payload = tracker.latest_message["metadata"]["payload"]
    say.utter_message(json_message={"command": {"type": "Withdraw", **payload}})
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def count_misunderstood(say: CollectingDispatcher, tracker: Tracker, _: Domain) -> list[EventType]:
    """Counts in a slot, which the state must carry."""
    count = (tracker.get_slot("misunderstood") or 0) + 1
    say.utter_message(text=f"Misunderstood {count} times.")
    return [SlotSet("misunderstood", count)]


def fail(_say: CollectingDispatcher, _tracker: Tracker, _domain: Domain) -> list[EventType]:
    """Raises after nothing was said; the engine must not call that a turn."""
    raise RuntimeError("the fixture's failing action")


def slow(say: CollectingDispatcher, tracker: Tracker, _domain: Domain) -> list[EventType]:
    """Takes longer than anyone waits, or as long as the payload says."""
    time.sleep(tracker.latest_message["metadata"]["payload"].get("seconds", SLOW_SECONDS))
    say.utter_message(text="At last.")
    return []


def nothing(_say: CollectingDispatcher, _tracker: Tracker, _domain: Domain) -> list[EventType]:
    """Succeeds, and leaves the customer without an answer."""
    return []


def silence(say: CollectingDispatcher, _tracker: Tracker, _domain: Domain) -> list[EventType]:
    """Leaves the customer without an answer on purpose."""
    say.utter_message(json_message={"command": {"type": "Silence"}})
    return []


EXECUTOR = ActionExecutor()
for name, action in {
    "action_acknowledge": acknowledge,
    "action_count_misunderstood": count_misunderstood,
    "action_fail": fail,
    "action_file": file,
    "action_hand_over": hand_over,
    "action_nothing": nothing,
    "action_silence": silence,
    "action_slow": slow,
    "action_withdraw": withdraw,
    "validate_complaint_form": check_form,
}.items():
    EXECUTOR.register_function(name, action)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def parse_request(self) -> bool:
        gone: bool = self.server.gone  # type: ignore[attr-defined]
        self.close_connection = gone
        return not gone and super().parse_request()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._answer(*self._run(body))

    def _run(self, call: dict[str, Any]) -> tuple[int, Any]:
        if self.headers["authorization"] != f"Bearer {TOKEN}":
            return 401, {"error": "unauthorised"}
        self.server.calls.append(call)  # type: ignore[attr-defined]
        try:
            result = asyncio.run(EXECUTOR.run(call))
        except ActionExecutionRejection as rejection:
            return 400, {"error": str(rejection), "action_name": rejection.action_name}
        except Exception as failure:  # noqa: BLE001 - as the SDK's own server does
            return 500, {"error": str(failure)}
        return 200, result.model_dump() if result else {}

    def _answer(self, status: int, body: Any) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def handle(self) -> None:
        """The engine hangs up on the slow action; that is what its test is about."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """The test's output is for the tests."""


class ActionsServer(ThreadingHTTPServer):
    """Keeps the calls it gets, so that a test can look at what the engine sends."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.gone = False
        super().__init__(("127.0.0.1", 0), _Handler)

    def go_away(self) -> None:
        """Hang up, and refuse connections from now on."""
        self.gone = True
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        """Where the engine is to post."""
        return f"http://127.0.0.1:{self.server_port}/actions"


@contextmanager
def serve_actions() -> Iterator[ActionsServer]:
    """The server, running in a thread until the block ends."""
    server = ActionsServer()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.go_away()
