"""A backlog is sorted in the order it came, whatever is in it, and says why.

Mutation: `Parsers.parse` that yields whichever batch is ready first, `_row` that lets a NUL or an empty text
through, or `_csv_body` that ends at a `csv.Error`.
"""

import csv
import io
import json

import pytest

from bot.backlog.verdict import PUBLIC
from complaints.complaint import Category, Severity
from tests.offline_triage.conftest import recourse

pytestmark = pytest.mark.timeout(400)  # the first test trains the model

COLUMNS = ["id", "language", "intent", "confidence", "complaint", "severity", "category", "reasons"]
MESSAGES = {
    "late": "My parcel was promised for Tuesday, it is Friday, and nobody answers your phone!",
    "hours": "What are your opening hours on Sundays?",
    "fire": "the toaster caught fire and I have burns on my hand",
    "thanks": "Thank you so much, great service!",
    "spät": "Ich möchte mich beschweren: die Kaffeemaschine ist kaputt und niemand antwortet mir!",
}


def json_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def many(number):
    texts = list(MESSAGES.values())
    return [{"id": i, "text": f"{texts[i % len(texts)]} ({i})"} for i in range(number)]


def test_a_verdict_has_everything(triage):
    done = triage("-", given=json_lines({"id": k, "text": v} for k, v in MESSAGES.items()))
    assert done.status == 0, done.err
    rows = {row["id"]: row for row in done.rows}
    assert list(rows) == list(MESSAGES)
    for row in rows.values():
        assert list(row) == COLUMNS
        assert row["intent"] in set(PUBLIC.values())
        assert 0 < row["confidence"] <= 1
        assert Severity(row["severity"]) and Category(row["category"])
        assert row["reasons"]
    assert {k: row["complaint"] for k, row in rows.items()} == {
        "late": True, "hours": False, "fire": True, "thanks": False, "spät": True,
    }  # fmt: skip
    assert (rows["fire"]["severity"], rows["fire"]["category"]) == ("critical", "safety")
    assert any('"caught fire"' in reason for reason in rows["fire"]["reasons"])
    assert rows["hours"]["intent"] == "enquire"
    assert rows["late"]["intent"] == "file_complaint"
    assert (rows["spät"]["language"], rows["late"]["language"]) == ("de", "en")


def test_order_is_kept_by_several_processes(triage):
    rows = many(1000)
    done = triage("-", "--processes", 3, given=json_lines(rows))
    assert [row["id"] for row in done.rows] == [row["id"] for row in rows]
    alone = triage("-", "--processes", 1, given=json_lines(rows))
    assert done.out == alone.out


def test_broken_rows_are_told_and_skipped(triage, tmp_path):
    file = tmp_path / "backlog.jsonl"
    good = json_lines([{"id": "a", "text": "hello"}])
    broken = [
        b"{not json", b"[1]", b'{"id": "x"}', b'{"id": "x", "text": "  "}', b'{"text": "secret words"}',
        b'{"id": "x", "text": 5}', b'{"id": true, "text": "secret words"}',
        b'{"id": "x", "text": "secret\\u0000words"}', b'{"id": "x", "text": "secret \\ud800 words"}',
        b'{"id": "x", "text": "secret \xff words"}',
        b'{"id": "x", "text": "' + b"secret " * 150_000 + b'"}', b"[" * 100_000,
    ]  # fmt: skip
    file.write_bytes(good + b"\n".join(broken) + b"\n" + json_lines([{"id": "z", "text": "bye"}]))
    done = triage(file)
    assert done.status == 0
    assert [row["id"] for row in done.rows] == ["a", "z"]
    told = done.err.splitlines()
    assert [line.split()[2] for line in told[:-1]] == [str(n) for n in range(2, 2 + len(broken))]
    assert told[-1] == f"2 sorted, {len(broken)} skipped"
    assert "secret" not in done.err


def test_csv_goes_in_and_out(triage, tmp_path):
    file = tmp_path / "backlog.csv"
    texts = {"1": 'It said "delivered",\nbut it never was; I am furious', "2": "çok teşekkürler"}
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerows([["when", "id", "text"], *(["now", k, v] for k, v in texts.items()), ["now", "3"]])
    done = triage(file, "--format", "csv")
    assert done.status == 0, done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert list(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["complaint"] == "true"
    assert rows[1]["language"] == "tr"
    assert done.err.splitlines() == ["recourse: line 5 skipped: no text", "2 sorted, 1 skipped"]


def test_a_field_too_long_for_csv_costs_only_its_row(triage):
    long = b"x" * 17_000_000
    done = triage("-", given=b"id,text\n1,hello\n2," + long + b"\n3,goodbye\n")
    assert [row["id"] for row in done.rows] == ["1", "3"]
    assert "line 3 skipped" in done.err


def test_a_table_is_for_people(triage):
    done = triage("-", "--format", "table", given=json_lines([{"id": "[bold]7", "text": MESSAGES["fire"]}]))
    assert done.status == 0
    assert "critical" in done.out and "[bold]7"[:4] in done.out


@pytest.mark.parametrize(
    ("given", "told"),
    [(b"", "there is nothing in it"), (b"name,words\n1,hello\n", "columns id and text")],
)
def test_a_file_that_is_none_is_one_line(triage, given, told):
    done = triage("-", given=given)
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert told in done.err


def test_a_missing_file_is_one_line(triage):
    done = triage("/nowhere/backlog.csv")
    assert (done.status, done.out) == (1, "")
    assert done.err == "recourse: /nowhere/backlog.csv: No such file or directory\n"


def test_a_missing_model_is_one_line(tmp_path):
    done = recourse("triage", "-", models=tmp_path, given=b'{"id": 1, "text": "hello"}\n')
    assert (done.status, done.out) == (1, "")
    assert done.err == "recourse: there is no model yet: run `recourse train`\n"


def test_a_backlog_is_sorted_fast(triage):
    """300 messages a second are promised on two cores of their own; here others work, too."""
    start = triage("-", "--processes", 2, given=json_lines(many(200))).seconds
    done = triage("-", "--processes", 2, given=json_lines(many(3200)))
    assert len(done.rows) == 3200
    assert 3000 / (done.seconds - start) > 100
