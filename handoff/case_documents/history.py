"""What was said and done in a case: the log of the process, the transcript, the trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from handoff.case_documents.parts import Part, Speech, cell, note, table
from handoff.case_documents.safe_text import lines

Record = dict[str, Any]

_STEPS = {
    "received": {"received"},
    "acknowledged": {"acknowledged"},
    "assessed": {"assessed", "reassessed"},
    "investigated": {"investigating"},
    "responded": {"responded", "decision_changed"},
    "informed": {"informed"},
    "corrected": set(),
    "verified": {"answer_accepted", "survey_graded"},
    "closed": {"closed", "withdrawn"},
}
"""The log of a complaint form (ISO 10002, annexes), and the events that fill it."""

_UNSAID = {"text", "message", "messages", "seq", "before", "after"}
"""What events carry for the program, or what is printed elsewhere."""


def log(record: Record, speech: Speech) -> list[Part]:
    """One line for each step of the process: the last time it was taken."""
    say, words = speech.say, speech.of_cases
    remedies = {task["id"] for task in record["records"].get("task", []) if task["kind"] == "remedy"}
    rows = []
    for step, kinds in _STEPS.items():
        last = next((e for e in reversed(record["events"]) if _takes(e, step, kinds, remedies)), None)
        if last is None:
            rows.append((cell(say(f"step_{step}")), cell("–"), cell(""), cell("")))
            continue
        remarks = " · ".join(filter(None, [words.event_details(last), words.event_reason(last)]))
        rows.append(
            (
                cell(say(f"step_{step}")),
                cell(speech.when(last["at"])),
                cell(words.actor(last["actor"])),
                cell(remarks),
            )
        )
    head = [say("h_step"), say("h_date"), say("h_by"), say("h_remarks")]
    return [table(head, [3, 3, 2, 5], rows), note(say("log_note"))]


def _takes(event: Record, step: str, kinds: set[str], remedies: set[int]) -> bool:
    """Whether an event is that step. A remedy is carried out when its task is done."""
    if step == "corrected":
        return event["kind"] == "task_done" and event["data"].get("task") in remedies
    return event["kind"] in kinds


def transcript(record: Record, speech: Speech) -> list[Part]:
    """The whole conversation, each message with its time and how far it got."""
    files = {f["id"]: f for f in record["files"]}
    rows, day = [], None
    for message in record["messages"]:
        if message["kind"] == "part" and not message["text"] and not message["files"]:
            continue  # of an album whose first message says it all
        on = speech.of_cases.plain_day(_day(message["at"], speech))
        rows.append(
            {
                "day": None if on == day else on,
                "by": message["author"],
                "time": speech.of_cases.clock(message["at"], speech.zone),
                "who": who(message, record, speech),
                "state": state(message, speech),
                "lines": lines(message["text"]) if message["text"] else [],
                "notes": [lines(said) for said in notes(message, files, speech)],
            }
        )
        day = on
    count = note(speech.say("transcript_note", count=len(record["messages"])))
    return [count, {"kind": "messages", "rows": rows}]


def who(message: Record, record: Record, speech: Speech) -> str:
    """Who has said something, by name where that is known."""
    role = speech.of_cases.actor(message["author"]) if message["author"] != "agent" else speech.named("agent")
    name = message["author_name"]
    if message["author"] == "customer" and not record["case"]["anonymous"]:
        name = record["case"]["name"] or name or record["conversation"]["name"]
    return f"{name} ({role})" if name else role


def _day(moment: str, speech: Speech) -> str:
    return datetime.fromisoformat(moment).astimezone(speech.zone).date().isoformat()


def state(message: Record, speech: Speech) -> str:
    """On which channel, and how far it got."""
    channel = speech.of_cases.channel(message["channel"])
    said = [channel]
    if message["author"] != "customer":
        said.append(speech.of_cases.delivery(message["state"]))
        if message["delivered_at"]:
            said.append(speech.of_cases.clock(message["delivered_at"], speech.zone))
    return " · ".join(said)


def notes(message: Record, files: dict[int, Record], speech: Speech) -> Iterator[str]:
    """What belongs to a message besides its text: files, refusals, what it said before an edit."""
    if message["button"]:
        yield speech.say("button")
    for number in message["files"]:
        if number in files:
            file = files[number]
            yield speech.say("file_with", name=file["name"] or f"#{number}")
            if file["refused"]:
                yield speech.say("not_kept", why=speech.named(file["refused"]))
    if message["error"]:
        yield speech.say("failed", why=message["error"])
    for before in message["revisions"]:
        yield f"{speech.say('edited')} {before.get('text', '')}"


def trail(record: Record, speech: Speech) -> list[Part]:
    """Every event of the case but those that only say who has looked at it."""
    say, words = speech.say, speech.of_cases
    shown = [e for e in record["events"] if e["kind"] != "viewed"]
    views = len(record["events"]) - len(shown)
    rows = [
        (
            cell(event["position"], "soft"),
            cell(speech.when(event["at"])),
            cell(words.actor(event["actor"])),
            cell(words.event(event["kind"])),
            cell(_remarks(event, speech)),
        )
        for event in shown
    ]
    head = [say("h_number"), say("h_when"), say("h_by"), say("h_what"), say("h_remarks")]
    return [
        note(say("trail_note_views" if views else "trail_note", count=len(record["events"]), views=views)),
        table(head, [0, 3, 2, 3, 6], rows),
    ]


def _remarks(event: Record, speech: Speech) -> str:
    """What an event says beyond its kind."""
    details = speech.of_cases.event_details(event) or _more(event)
    return "\n".join(filter(None, [details, speech.of_cases.event_reason(event)]))


def _more(event: Record) -> str:
    """What is in an event, as it is kept: a note's text, and values before and after."""
    data = event["data"]
    said = [str(data["text"])] if event["kind"] == "note" and data.get("text") else []
    said += [
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in data.items()
        if value not in (None, "", [], {})
        and not (name == "text" and said)
        and (name not in _UNSAID or (name in ("before", "after") and isinstance(value, dict)))
    ]
    return "\n".join(said)
