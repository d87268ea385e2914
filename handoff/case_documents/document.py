"""A case's record as a document: title, form, transcript, trail. `typesetting` makes a PDF of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from handoff.case_documents import form, history
from handoff.case_documents.parts import Part, Speech, cell, heading, note, section, table, text
from handoff.case_documents.safe_text import lines

Record = dict[str, Any]

_KNOWN = {"task", "evidence", "conflict", "survey", "case_tie", "own_answer"}
"""Tables that a section of its own prints."""


@dataclass(frozen=True)
class Checked:
    """A file of a case, looked at for this copy: ``state`` is intact, changed or missing.

    ``picture`` is the name under which a small copy is laid beside the document.
    """

    file: Record
    state: str
    picture: str | None = None


_SECTIONS: Mapping[str, Callable[[Record, Speech], list[Part]]] = {
    "complainant": form.complainant,
    "problem": form.problem,
    "assessment": form.assessment,
    "clocks": form.clocks,
    "investigation": form.investigation,
    "decision": form.decision,
    "survey": form.survey,
    "related": form.related,
    "log": history.log,
}


def document(record: Record, files: list[Checked], language: str) -> dict[str, Any]:
    """What ``case.typ`` lays out, in ``language`` (one of the console's); customers' words stay theirs."""
    exported, case = record["exported"], record["case"]
    speech = Speech(language, ZoneInfo(exported["time_zone"]))
    say, words = speech.say, speech.of_cases
    printed = say("printed_by", when=speech.when(exported["at"]), who=words.actor(exported["by"]))
    sections = {name: build(record, speech) for name, build in _SECTIONS.items()}
    sections["more"] = _more(record, speech)
    sections["files"] = _files(files, speech)
    sections["transcript"] = history.transcript(record, speech)
    sections["trail"] = history.trail(record, speech)
    shown = [(name, parts) for name, parts in sections.items() if parts]
    return {
        "lang": language,
        "title": f"{say('kind')} {case['reference']}",
        "organisation": exported["organisation"],
        "header": f"{exported['organisation']} · {say('kind')}",
        "confidential": say("confidential"),
        "footer": f"{case['reference']} · {say('printed')} {speech.when(exported['at'])}",
        "page_of": say("page_of", x="{x}", y="{y}"),
        "kind": say("kind"),
        "reference": case["reference"],
        "summary": _summary(record, speech, printed),
        "sections": [
            section(f"{number}  {say(f'section_{name}')}", parts)
            for number, (name, parts) in enumerate(shown, 1)
        ],
    }


def _summary(record: Record, speech: Speech, printed: str) -> list[tuple[str, Any]]:
    case, conversation, say = record["case"], record["conversation"], speech.say
    name = (
        case["name"]
        or (None if case["anonymous"] else conversation["name"])
        or speech.of_cases.actor("customer")
    )
    rows = [
        ("summary_complainant", name),
        ("summary_received", speech.when(case["received_at"])),
        ("summary_stage", speech.named(case["status"])),
        ("summary_severity", f"{speech.named(case['severity'])}, {speech.named(case['category']).lower()}"),
        ("summary_answer_by", speech.when(case["respond_by"])),
        ("summary_decision", speech.named(case["decision"]) or "–"),
        ("printed", f"{printed}. {say('time_zone', zone=record['exported']['time_zone'])}"),
    ]
    return [(say(key), cell(value)) for key, value in rows]


def _files(files: list[Checked], speech: Speech) -> list[Part]:
    say = speech.say
    if not files:
        return [text(say("none"))]
    rows = [
        (
            cell(number, "soft"),
            cell("\n".join(filter(None, [f.file["name"] or "–", _kept(f, speech)]))),
            cell(speech.of_cases.size(f.file["size"])),
            cell(speech.when(f.file["at"])),
            cell(f.file["digest"] or "", "mono"),
            cell(say(f"file_{f.state}"), "" if f.state == "intact" else "alarm"),
        )
        for number, f in enumerate(files, 1)
    ]
    head = [say("h_number"), say("h_file"), say("h_size"), say("h_sent"), say("h_digest"), say("h_state")]
    parts = [table(head, [0, 8, 3, 5, 8, 4], rows), note(say("files_note"))]
    pictures = [
        {"file": f.picture, "alt": f.file["name"] or "", "lines": lines(f"{number}  {f.file['name']}")}
        for number, f in enumerate(files, 1)
        if f.picture
    ]
    return [*parts, {"kind": "pictures", "rows": pictures}] if pictures else parts


def _kept(file: Checked, speech: Speech) -> str:
    if file.file["refused"]:
        return speech.say("not_kept", why=speech.named(file.file["refused"]))
    is_picture = file.file["media_type"].startswith("image/")
    return speech.say("no_picture") if is_picture and not file.picture else ""


def _more(record: Record, speech: Speech) -> list[Part]:
    """What other rooms keep about the case and no section prints: as it is kept, so that none is missing."""
    parts: list[Part] = []
    for name, rows in record["records"].items():
        if name in _KNOWN:
            continue
        parts.append(heading(speech.known(f"table_{name}") or speech.named(name)))
        for row in rows:
            values = [
                (speech.known(f"f_{k}") or speech.named(k), _value(k, v, speech))
                for k, v in row.items()
                if v not in (None, "", [], {}) and k not in ("id", "reference")
            ]
            parts.append({"kind": "facts", "rows": [(label, cell(value)) for label, value in values]})
    return parts


def _value(name: str, value: object, speech: Speech) -> str:
    if isinstance(value, str) and (name == "by" or name.endswith("_by")):
        return speech.of_cases.actor(value)
    if isinstance(value, bool):
        return speech.yes(value)
    if isinstance(value, str):
        return speech.when(value) if _is_moment(value) else value
    return json.dumps(value, ensure_ascii=False)


def _is_moment(value: str) -> bool:
    return len(value) >= 20 and value[10:11] == "T" and value.endswith("Z") and value[:4].isdigit()
