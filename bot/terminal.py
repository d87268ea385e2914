"""The program in a terminal: a conversation with it, and a case to read."""

from __future__ import annotations

import json
import threading
import time
import uuid
from contextlib import suppress
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from bot.settings import Settings


class Offline(Exception):
    """Nothing answers at the program's address. The text names the remedy."""


def chat(settings: Settings) -> None:
    """Talk to the running program as a visitor of its web chat. Ends with an empty line or Ctrl-D.

    Raises `Offline`.
    """
    console = Console()
    address = f"http://127.0.0.1:{settings.port}"
    with httpx.Client(base_url=address, trust_env=False, timeout=httpx.Timeout(10, read=None)) as client:
        try:
            token = client.post("/chat/session", json={}).raise_for_status().json()["token"]
        except httpx.HTTPError as error:
            raise Offline(f"nothing answers at {address}: start it with `recourse up`") from error
        client.headers["Authorization"] = f"Bearer {token}"
        buttons: list[dict[str, str]] = []
        threading.Thread(target=_listen, args=(client, console, buttons), daemon=True).start()
        console.print("[dim]Write as a customer would; an empty line ends the conversation.[/]")
        name = ""
        try:
            while text := _line():
                name, chosen = uuid.uuid4().hex, _button(text, buttons)
                body = {"id": name, "text": chosen["title"] if chosen else text}
                if chosen:
                    body["button"] = chosen["token"]
                client.post("/chat/messages", json=body).raise_for_status()
            if name:
                _wait_for_answer(client, name)
        except httpx.HTTPError as error:
            raise Offline(f"{address} does not answer any more: what was said there is kept") from error


def show_case(case: dict[str, Any], console: Console) -> None:
    """Print a case: what it is, then what happened."""
    console.print(f"[bold]{case['reference']}[/]  {case['status']}  {case['severity']}  {case['category']}")
    for name in (
        "channel",
        "language",
        "product",
        "order",
        "problem_date",
        "amount",
        "remedy",
        "holder",
        "respond_by",
    ):
        if case.get(name):
            console.print(f"  {name.replace('_', ' ')}: {escape(str(case[name]))}")
    console.print(f"\n{escape(case['description'])}\n")
    for event in case["events"]:
        reason = f" ({event['reason']})" if event.get("reason") else ""
        console.print(f"  [dim]{event['at']}[/]  {event['kind']}  [dim]{escape(event['actor'] + reason)}[/]")


def _line() -> str:
    try:
        return input().strip()
    except EOFError:
        return ""


def _button(text: str, buttons: list[dict[str, str]]) -> dict[str, str] | None:
    return buttons[int(text) - 1] if text.isdigit() and 0 < int(text) <= len(buttons) else None


def _wait_for_answer(client: httpx.Client, name: str) -> None:
    """Whoever pipes a conversation in wants to read the end of it. Waits 10 seconds at most."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        said = client.get("/chat/messages", params={"after": 0}).raise_for_status().json()
        if any(m["id"] == name and m["state"] == "answered" for m in said):
            time.sleep(0.3)  # until the stream has brought it
            return
        time.sleep(0.1)


def _listen(client: httpx.Client, console: Console, buttons: list[dict[str, str]]) -> None:
    """Print what is said until the connection is closed, from either end."""
    with suppress(httpx.HTTPError), client.stream("GET", "/chat/stream", params={"after": 0}) as stream:
        for line in stream.iter_lines():
            if not line.startswith("data:"):
                continue
            said = json.loads(line[5:])
            if said["from"] == "customer":
                continue
            who = said.get("name") or said["from"]
            console.print(f"[bold cyan]{escape(who)}[/] {escape(said['text'])}")
            buttons[:] = said["buttons"]
            for number, button in enumerate(buttons, 1):
                console.print(f"   [dim]{number}[/] {escape(button['title'])}")
