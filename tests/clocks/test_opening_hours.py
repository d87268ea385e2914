"""Opening hours say when somebody is there, also over midnight, holidays and changes of the clock.

Mutation: `_on` that ignores ``PH``, or `closes_at` that looks at today's spans only.
"""

from datetime import UTC, date, datetime

import pytest

from complaints.clocks import UnreadableHours
from complaints.opening_hours import OpeningHours
from complaints.presets import load


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SHOP = "Mo-Fr 09:00-17:00; Sa 10:00-14:00; PH off"
LUNCH = "Mo,We 09:00-12:00,13:00-17:00"
NIGHT = "Fr 22:00-02:00"
ROUND_THE_CLOCK = "24/7"

# hours, time zone, now: closes at or, if closed, opens at; all in UTC. 2026-03-02 is a Monday.
CASES = {
    "just open": (SHOP, "UTC", "2026-03-02 09:00", "closes", "2026-03-02 17:00"),
    "the last second": (SHOP, "UTC", "2026-03-02 16:59:59", "closes", "2026-03-02 17:00"),
    "just closed": (SHOP, "UTC", "2026-03-02 17:00", "opens", "2026-03-03 09:00"),
    "early": (SHOP, "UTC", "2026-03-02 08:59:59", "opens", "2026-03-02 09:00"),
    "Friday night": (SHOP, "UTC", "2026-03-06 18:00", "opens", "2026-03-07 10:00"),
    "Saturday afternoon": (SHOP, "UTC", "2026-03-07 14:00", "opens", "2026-03-09 09:00"),
    "lunch": (LUNCH, "UTC", "2026-03-02 12:30", "opens", "2026-03-02 13:00"),
    "after lunch": (LUNCH, "UTC", "2026-03-02 13:30", "closes", "2026-03-02 17:00"),
    "a day that is not named": (LUNCH, "UTC", "2026-03-03 10:00", "opens", "2026-03-04 09:00"),
    "before midnight": (NIGHT, "UTC", "2026-03-06 23:00", "closes", "2026-03-07 02:00"),
    "after midnight": (NIGHT, "UTC", "2026-03-07 01:59", "closes", "2026-03-07 02:00"),
    "the night is over": (NIGHT, "UTC", "2026-03-07 02:00", "opens", "2026-03-13 22:00"),
    "a later rule replaces": (
        "Mo-Su 08:00-20:00; We off", "UTC", "2026-03-04 10:00", "opens", "2026-03-05 08:00",
    ),
    "no day named": ("08:00-20:00", "UTC", "2026-03-08 21:00", "opens", "2026-03-09 08:00"),
    "a range over Sunday": ("Sa-Mo 10:00-12:00", "UTC", "2026-03-03 10:00", "opens", "2026-03-07 10:00"),
    "spans that meet at midnight": (
        "Mo 20:00-24:00; Tu 00:00-06:00", "UTC", "2026-03-02 23:00", "closes", "2026-03-03 06:00",
    ),
    "elsewhere": (SHOP, "America/New_York", "2026-03-02 13:59", "opens", "2026-03-02 14:00"),
    "yesterday there": (SHOP, "Asia/Tokyo", "2026-03-01 23:59", "opens", "2026-03-02 00:00"),
    "clocks went forward": (
        "Su 09:00-12:00", "Europe/Madrid", "2026-03-28 20:00", "opens", "2026-03-29 07:00",
    ),
    "clocks went back": ("Su 09:00-12:00", "Europe/Madrid", "2026-10-24 20:00", "opens", "2026-10-25 08:00"),
    "open while the clocks go forward": (
        "Su 01:00-04:00", "Europe/Madrid", "2026-03-29 00:30", "closes", "2026-03-29 02:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_when(case):
    text, zone, now, what, then = CASES[case]
    hours = OpeningHours.parse(text, zone)
    assert hours.is_open(utc(now)) == (what == "closes")
    if what == "closes":
        assert hours.closes_at(utc(now)) == utc(then)
        assert hours.next_opening(utc(now)) == utc(now)
    else:
        assert hours.closes_at(utc(now)) is None
        assert hours.next_opening(utc(now)) == utc(then)
        assert hours.is_open(utc(then))


def test_answers_are_in_the_time_zone_of_the_hours():
    opens = OpeningHours.parse(SHOP, "America/New_York").next_opening(utc("2026-03-02 01:00"))
    assert opens is not None
    assert (opens.hour, str(opens.tzinfo)) == (9, "America/New_York")


def test_holidays_have_their_own_rule():
    easter = load("uk_disp").holidays
    off = OpeningHours.parse(SHOP, "Europe/London", easter)
    short = OpeningHours.parse("Mo-Fr 09:00-17:00; PH 11:00-13:00", "Europe/London", easter)
    good_friday = utc("2026-04-03 09:30")
    assert off.next_opening(good_friday) == utc("2026-04-04 09:00")
    assert short.next_opening(good_friday) == utc("2026-04-03 10:00")
    assert OpeningHours.parse("Mo-Fr 09:00-17:00", "Europe/London", easter).is_open(good_friday)
    closed = OpeningHours.parse("24/7; PH off", "UTC", frozenset({date(2026, 3, 2)}))
    assert not closed.is_open(utc("2026-03-02 12:00"))


def test_never_closed_and_never_open():
    always = OpeningHours.parse(ROUND_THE_CLOCK)
    assert always.is_open(utc("2026-03-08 03:00"))
    closes = always.closes_at(utc("2026-03-08 03:00"))
    assert closes is not None
    assert closes > utc("2026-03-14 00:00")
    assert OpeningHours.parse("Mo-Su off").next_opening(utc("2026-03-02 10:00")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 9-5",
        "Mo-Fr",
        "Mo-Fr 9am-5pm",
        "Mo-Fr 09:00-25:00",
        "Mo-Fr 09:00-17:60",
        "Mo-Fr 24:00-25:00",
        "Xx 09:00-10:00",
        "PH-Mo 09:00-10:00",
        "Mo-Fr 09:00",
        "open",
    ],
)
def test_unreadable_hours_are_refused(text):
    with pytest.raises(UnreadableHours):
        OpeningHours.parse(text)
