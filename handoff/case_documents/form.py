"""The complaint form: who complains, of what, how it was judged, promised, examined and decided.

The fields are those that ISO 10002 asks of a record (clauses 7.2 to 7.9): see ``docs/iso10002.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from complaints.causes import causes
from handoff.case_documents.parts import Part, Speech, cell, facts, heading, note, quoted, table, text
from handoff.case_documents.promises import MOVES

Record = dict[str, Any]


def complainant(record: Record, speech: Speech) -> list[Part]:
    """Who complains, and how they are reached."""
    case, conversation, say = record["case"], record["conversation"], speech.say
    unnamed = case["anonymous"]
    rows = [
        (say("f_name"), case["name"] or (None if unnamed else conversation["name"])),
        (say("f_organisation"), case["organisation"]),
        (say("f_postal_address"), case["postal_address"]),
        (say("f_phone"), case["phone"] or (None if unnamed else conversation["phone"])),
        (say("f_email"), case["email"]),
        (say("f_on_behalf_of"), case["on_behalf_of"]),
        (say("f_channel"), speech.of_cases.channel(case["channel"])),
        (say("f_language"), speech.of_cases.heading(speech.of_cases.language(case["language"]))),
        (say("f_vulnerability"), ", ".join(map(speech.named, case["vulnerability"]))),
    ]
    if unnamed:
        rows.append((say("f_anonymous"), say("is_so")))
    return [facts(speech, rows, empty=True)]


def problem(record: Record, speech: Speech) -> list[Part]:
    """What happened, in the customer's own words."""
    case, say, words = record["case"], speech.say, speech.of_cases
    rows = [
        (say("f_product"), case["product"]),
        (say("f_order"), case["order"]),
        (say("f_problem_date"), words.plain_day(case["problem_date"])),
        (say("f_amount"), words.money(case["amount"], case["currency"])),
        (say("f_category"), words.category(case["category"], case["subcategory"])),
        (say("f_recurring"), speech.yes(case["recurring"])),
        (say("f_wish"), case["wish"] or speech.named(case["remedy_requested"])),
        *((answer["label"], words.own_answer(answer)) for answer in record["records"].get("own_answer", [])),
    ]
    said = quoted(case["description"]) if case["description"] else text(say("no_words"))
    return [facts(speech, rows, empty=True), heading(say("in_their_words")), said]


def assessment(record: Record, speech: Speech) -> list[Part]:
    """How bad it is, what is to be done at once, and what that was concluded from."""
    case, say, words = record["case"], speech.say, speech.of_cases
    rows = [
        (say("f_severity"), speech.named(case["severity"])),
        (say("f_safety"), speech.yes(case["safety"])),
        (say("f_complexity"), speech.named(case["complexity"])),
        (say("f_impact"), speech.named(case["impact"])),
        (say("f_immediate_action"), speech.yes(case["immediate_action"])),
        (say("f_assessed_by"), words.actor(case["assessed_by"]) if case["assessed_by"] else None),
    ]
    parts = [facts(speech, rows)]
    if case["reasons"]:
        reasons = [(words.why(reason), _ground(reason, speech)) for reason in case["reasons"]]
        parts += [heading(say("reasons")), facts(speech, reasons)]
    return parts


def _ground(reason: Record, speech: Speech) -> str:
    """What an assessment rests on: what was judged, and the customer's words that led there."""
    found = reason.get("words") or []
    led = [found] if isinstance(found, str) else found
    return "\n".join(filter(None, [speech.of_cases.judged(reason), ", ".join(f"“{w}”" for w in led)]))


def clocks(record: Record, speech: Speech) -> list[Part]:
    """What was promised, whether it was kept, and what moved it."""
    say, case = speech.say, record["case"]
    rows = [
        (
            cell(speech.known(f"clock_{clock['name']}") or speech.named(clock["name"])),
            cell(_promised(clock, case, speech)),
            cell(speech.when(clock["kept"])),
            cell(say(f"state_{clock['state']}"), "alarm" if clock["state"] in ("late", "overdue") else ""),
        )
        for clock in record["clocks"]
    ]
    parts = [table([say("h_clock"), say("h_promised"), say("h_kept"), say("h_state")], [3, 4, 3, 2], rows)]
    moved = [e for e in record["events"] if e["kind"] in MOVES]
    if moved:
        parts += [heading(say("moved")), _moved(moved, speech)]
    if case["policy"]:
        parts.append(note(say("rules", policy=case["policy"], version=case["policy_version"])))
    return parts


def _promised(clock: Record, case: Record, speech: Speech) -> str:
    if clock["name"] == "acknowledge" and clock["promised"] == case["received_at"]:
        return speech.say("at_once")
    promised = speech.when(clock["promised"])
    if clock["first"] and clock["first"] != clock["promised"]:
        promised += "\n" + speech.say("at_first", when=speech.when(clock["first"]))
    return promised


def _moved(events: list[Record], speech: Speech) -> Part:
    say, words = speech.say, speech.of_cases
    rows = [
        (
            cell(speech.when(e["at"])),
            cell(words.actor(e["actor"])),
            cell(words.event(e["kind"])),
            cell("\n".join(filter(None, [speech.named(e["data"].get("waiting_for")), e["reason"]]))),
        )
        for e in events
    ]
    return table([say("h_when"), say("h_by"), say("h_what"), say("h_why")], [3, 2, 3, 4], rows)


def investigation(record: Record, speech: Speech) -> list[Part]:
    """What was done to find out: tasks, evidence, and who kept out of it."""
    parts = [*_tasks(record, speech), *_evidence(record, speech), *_conflicts(record, speech)]
    return parts or [text(speech.say("no_investigation"))]


def _tasks(record: Record, speech: Speech) -> Iterator[Part]:
    say = speech.say
    if tasks := record["records"].get("task"):
        yield heading(say("tasks"))
        head = [say("h_task"), say("h_owner"), say("h_due"), say("h_state"), say("h_outcome")]
        yield table(
            head,
            [4, 2, 2, 2, 4],
            [
                (
                    cell(task["title"]),
                    cell(task["owner"]),
                    cell(speech.when(task["due"])),
                    cell(_ended(task, speech)),
                    cell(task["outcome"]),
                )
                for task in tasks
            ],
        )


def _ended(task: Record, speech: Speech) -> str:
    who = speech.of_cases.actor(task["ended_by"]) if task["ended_by"] else ""
    return ", ".join(filter(None, [speech.named(task["state"]), who, speech.when(task["ended_at"])]))


def _evidence(record: Record, speech: Speech) -> Iterator[Part]:
    say = speech.say
    if found := record["records"].get("evidence"):
        yield heading(say("evidence"))
        yield table(
            [say("h_evidence"), say("h_digest"), say("h_added")],
            [4, 4, 3],
            [
                (
                    cell("\n".join(filter(None, [e["name"], e["remark"]]))),
                    cell(e["digest"], "mono"),
                    cell(f"{speech.of_cases.actor(e['added_by'])}\n{speech.when(e['added_at'])}"),
                )
                for e in found
            ],
        )
        yield note(say("evidence_note"))


def _conflicts(record: Record, speech: Speech) -> Iterator[Part]:
    say = speech.say
    if found := record["records"].get("conflict"):
        yield heading(say("conflicts"))
        rows = [(cell(c["agent"]), cell(c["reason"]), cell(speech.when(c["at"]))) for c in found]
        yield table([say("h_person"), say("h_why"), say("h_date")], [2, 5, 2], rows)


def decision(record: Record, speech: Speech) -> list[Part]:
    """What was decided and why, what it cost, and the letters as the customer got them."""
    case, say, words = record["case"], speech.say, speech.of_cases
    if not case["decision"]:
        return [text(say("no_decision")), *_letters(record, speech)]
    cause = causes(speech.language).get(case["cause_kind"] or "", case["cause_kind"])
    rows = [
        (say("f_decision"), speech.named(case["decision"])),
        (say("f_decided_by"), case["decided_by"]),
        (say("f_decision_reasons"), case["decision_reasons"]),
        (say("f_remedy"), speech.named(case["remedy"])),
        (say("f_compensation"), words.money(case["compensation"], case["remedy_currency"])),
        (say("f_root_cause"), ": ".join(filter(None, [cause, case["root_cause"]]))),
        (say("f_responded_at"), speech.when(case["responded_at"])),
        (say("f_closed_at"), speech.when(case["closed_at"])),
    ]
    parts = [facts(speech, rows, empty=True)]
    if case["response"] and case["response"] not in [letter["text"] for letter in record["letters"]]:
        parts += [heading(say("our_answer")), quoted(case["response"])]
    return [*parts, *_letters(record, speech)]


def _letters(record: Record, speech: Speech) -> Iterator[Part]:
    say, words = speech.say, speech.of_cases
    for letter in record["letters"]:
        yield heading(say("letter"))
        told = [say("written", who=letter["written_by"] or "–", when=speech.when(letter["at"]))]
        if letter["checked_by"]:
            told.append(say("checked", who=letter["checked_by"]))
        if letter["sent_at"]:
            told.append(say("sent_at", when=speech.when(letter["sent_at"])))
        state = speech.known(f"letter_{letter['state']}") or words.delivery(letter["state"])
        if letter["delivered_at"]:
            state = say("delivered_at", when=speech.when(letter["delivered_at"]))
        yield note(" · ".join([*told, state]))
        if letter["error"]:
            yield note(say("failed", why=letter["error"]))
        yield quoted(letter["text"])


def survey(record: Record, speech: Speech) -> list[Part]:
    """What the customer says about the handling; nothing if nobody has asked yet."""
    say, parts = speech.say, []
    for asked in record["records"].get("survey", []):
        rows = [
            (say("survey_asked"), speech.when(asked["asked_at"])),
            (say("survey_grade"), asked["grade"] or say("survey_none")),
        ]
        parts.append(facts(speech, rows))
        if asked["comment"]:
            parts += [heading(say("survey_comment")), quoted(asked["comment"])]
    return parts


def related(record: Record, speech: Speech) -> list[Part]:
    """Other cases that belong with this one; nothing if there are none."""
    say = speech.say
    rows = [(r["reference"], say(f"tie_{r['kind']}"), speech.named(r["status"])) for r in record["related"]]
    if record["merged_into"]:
        rows.append((record["merged_into"], say("tie_into"), ""))
    if not rows:
        return []
    return [
        table([say("h_case"), say("h_how"), say("h_state")], [2, 3, 2], [list(map(cell, r)) for r in rows])
    ]
