"""When a message that can wait goes out. Mutation: in `time_to_write` return ``opens`` as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from complaints.civil_hours import time_to_write
from complaints.opening_hours import OpeningHours

# opening hours, time zone, now, and when then; both in UTC. 2 March 2026 is a Monday.
TIMES = [
    ("Mo-Fr 09:00-17:00", "UTC", "2026-03-02 10:00", "2026-03-02 10:00"),
    ("Mo-Fr 09:00-17:00", "UTC", "2026-03-02 03:00", "2026-03-02 09:00"),
    ("Mo-Fr 09:00-17:00", "UTC", "2026-03-02 18:00", "2026-03-03 09:00"),
    # Nobody is there for days: by day all the same.
    ("Mo-Fr 09:00-17:00", "UTC", "2026-03-07 03:00", "2026-03-07 08:00"),
    ("Mo-Fr 09:00-17:00", "UTC", "2026-03-07 12:00", "2026-03-07 12:00"),
    ("Mo-Su off", "UTC", "2026-03-02 20:00", "2026-03-03 08:00"),
    # Somebody is always there, and the customer sleeps.
    ("24/7", "UTC", "2026-03-02 03:00", "2026-03-02 08:00"),
    ("24/7", "UTC", "2026-03-02 19:59", "2026-03-02 19:59"),
    ("24/7", "UTC", "2026-03-02 20:00", "2026-03-03 08:00"),
    # A desk that works at night writes at its edges.
    ("Mo-Su 18:00-02:00", "UTC", "2026-03-02 12:00", "2026-03-02 18:00"),
    ("Mo-Su 22:00-06:00", "UTC", "2026-03-02 23:00", "2026-03-03 08:00"),
    ("Mo-Su 05:00-11:00", "UTC", "2026-03-02 04:00", "2026-03-02 08:00"),
    # The operator's clock, east and west, and on the day it changes.
    ("24/7", "Australia/Sydney", "2026-03-02 12:00", "2026-03-02 21:00"),
    ("24/7", "America/New_York", "2026-03-02 12:00", "2026-03-02 13:00"),
    ("24/7", "Europe/Madrid", "2026-03-29 00:30", "2026-03-29 06:00"),
]


@pytest.mark.parametrize(("hours", "zone", "now", "then"), TIMES)
def test_time_to_write(hours: str, zone: str, now: str, then: str) -> None:
    at, by = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, then))
    assert time_to_write(OpeningHours.parse(hours, zone), at) == by
