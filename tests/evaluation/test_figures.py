"""Figures are those of the textbook, and a floor that is not reached is named.

Mutation: in `bot.evaluation.figures.of_classes`, divide precision by `true[name]`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bot.engine_home import ROOT
from bot.evaluation import floors, picture
from bot.evaluation.figures import Outcome, add_up
from bot.evaluation.floors import BadFloors


def outcome(
    intent: str, said: str, severity: str | None = None, said_severity: str = "low", **more
) -> Outcome:
    given = {
        "language": "en", "intent": intent, "severity": severity, "category": None, "said_language": "en",
        "said_intent": said, "said_severity": said_severity, "said_category": "other",
        "said_critical": said_severity == "critical", "unsure": False,
    }  # fmt: skip
    return Outcome(**given | more)


OUTCOMES = [
    outcome("file_complaint", "file_complaint", "critical", "critical"),
    outcome("file_complaint", "file_complaint", "critical", "high"),
    outcome("file_complaint", "enquire", "low", "critical"),
    outcome("enquire", "file_complaint"),
    outcome("enquire", "enquire", language="es", unsure=True),
    outcome("thank", "thank", language="es"),
]
FIGURES = add_up(OUTCOMES)


def test_precision_recall_and_f1() -> None:
    complaint, enquiry = FIGURES.intents["file_complaint"], FIGURES.intents["enquire"]
    assert (complaint.precision, complaint.recall, complaint.support) == (2 / 3, 2 / 3, 3)
    assert (enquiry.precision, enquiry.recall, enquiry.f1, enquiry.support) == (1 / 2, 1 / 2, 1 / 2, 2)
    assert pytest.approx((2 / 3 + 1 / 2 + 1) / 3) == FIGURES.macro_f1
    assert pytest.approx(4 / 6) == FIGURES.accuracy
    assert pytest.approx(1 / 6) == FIGURES.unsure


def test_precision_is_of_what_was_said_and_recall_of_what_is_true() -> None:
    of = add_up([outcome("a", "a"), outcome("a", "b"), outcome("a", "b"), outcome("b", "b")]).intents
    assert (of["a"].precision, of["a"].recall) == (1, 1 / 3)
    assert (of["b"].precision, of["b"].recall) == (1 / 3, 1)


def test_critical_ones_found_and_false_alarms() -> None:
    """A false alarm may be raised by any message that is not critical, not only by a complaint."""
    critical = FIGURES.critical
    assert (critical.found, critical.of, critical.recall) == (1, 2, 0.5)
    assert (critical.alarms, critical.others, critical.alarm_rate) == (1, 4, 0.25)


def test_languages_are_told_apart() -> None:
    assert {name: of.messages for name, of in FIGURES.languages.items()} == {"en": 4, "es": 2}
    assert FIGURES.languages["es"].accuracy == 1
    assert FIGURES.languages["es"].recognised == 0


def test_what_was_taken_for_what() -> None:
    assert FIGURES.confusion["file_complaint"] == {"file_complaint": 2, "enquire": 1}


def test_only_complaints_count_for_severity() -> None:
    assert sum(of.support for of in FIGURES.severities.values()) == 3


def floors_of(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "floors.toml"
    file.write_text(text)
    return list(floors.fallen(FIGURES, floors.read(file)))


def test_a_fallen_floor_names_figure_floor_and_remedy(tmp_path: Path) -> None:
    told = floors_of(
        tmp_path,
        "[critical]\nrecall = 0.9\nfalse_alarms = 0.1\n[intents]\nothers = 0.6\nfile_complaint = 0.7",
    )
    assert len(told) == 4
    assert "critical recall is 0.50 (1 of 2), its floor is 0.90" in told[0]
    assert "false alarms are 0.250 (1 of 4)" in told[1]
    assert "intent enquire: F1 is 0.50, its floor is 0.60; 1 of its 2" in told[2]
    assert "taken for file_complaint: add examples" in told[2]
    assert "intent file_complaint: F1 is 0.67, its floor is 0.70" in told[3]


def test_floors_that_are_reached_are_silent(tmp_path: Path) -> None:
    text = "[critical]\nrecall = 0.5\nfalse_alarms = 0.25\n[intents]\nothers = 0.5\nthank = 1.0"
    assert floors_of(tmp_path, text) == []


def test_a_floor_of_an_intent_nobody_measures_is_told(tmp_path: Path) -> None:
    text = "[critical]\nrecall = 0.0\nfalse_alarms = 1\n[intents]\nwithdraw_complaint = 0.5"
    assert floors_of(tmp_path, text) == [
        "intent withdraw_complaint has a floor and no golden example: write some in nlu_data/golden/"
    ]


@pytest.mark.parametrize(
    "text", ["[critical", "[critical]\nrecall = 90\nfalse_alarms = 0\n[intents]", "[intents]\nothers = 0.1"]
)
def test_floors_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFloors, match=r"floors\.toml"):
        floors_of(tmp_path, text)


def test_the_projects_own_floors_can_be_read() -> None:
    read = floors.read(ROOT / "nlu_data" / floors.NAME)
    assert 0 < read.critical.recall <= 1
    assert 0 < read.intents["others"] < read.intents["file_complaint"]


def test_the_picture_is_green_where_right_and_red_where_wrong(tmp_path: Path) -> None:
    picture.draw(FIGURES, tmp_path / "confusion.png")
    image = Image.open(tmp_path / "confusion.png")
    names = picture.said_names(FIGURES)

    def cell(true: str, said: str) -> tuple[int, ...]:
        across, down = names.index(said), list(FIGURES.confusion).index(true)
        corner = picture.LABELS + across * picture.CELL + 3, picture.LABELS + down * picture.CELL + 3
        return tuple(image.getpixel(corner))

    red, green, _ = cell("file_complaint", "file_complaint")
    assert green > red
    red, green, _ = cell("enquire", "file_complaint")
    assert red > green
    assert cell("thank", "enquire") == (255, 255, 255)
