"""When a message that can wait goes out: while people are there, and never at night."""

from __future__ import annotations

import datetime

from complaints.opening_hours import OpeningHours

_FROM, _TO = datetime.time(8), datetime.time(20)
_ONE_DAY = datetime.timedelta(days=1)


def time_to_write(hours: OpeningHours, now: datetime.datetime) -> datetime.datetime:
    """``now`` (aware), or the next moment to write, in UTC.

    That is within opening hours and between 8 and 20 o'clock; without opening hours within a day, only
    the latter. Both in the operator's time zone, which for nearly all of their customers is their own.
    """
    moment = now
    for _ in range(3):  # opening at night, at noon ...
        opens = hours.next_opening(moment)
        if opens is None or opens - now > _ONE_DAY:
            break
        moment = _by_day(opens, hours)
        if hours.is_open(moment):
            return moment.astimezone(datetime.UTC)
    return _by_day(now, hours).astimezone(datetime.UTC)


def _by_day(moment: datetime.datetime, hours: OpeningHours) -> datetime.datetime:
    local = moment.astimezone(hours.time_zone)
    if _FROM <= local.time() < _TO:
        return local
    day = local.date() + (_ONE_DAY if local.time() >= _TO else datetime.timedelta())
    return datetime.datetime.combine(day, _FROM, hours.time_zone)
