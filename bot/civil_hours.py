"""When one may write to people who have not just written: not at night."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as _timezone

FROM, TO = time(9), time(20)
_WIDEST = timedelta(hours=4)  # a number that may be anywhere says nothing


def is_civil(now: datetime, operator: ZoneInfo, phone: str | None) -> bool:
    """Whether it is day where the customer is: by their number (E.164) or else where the operator is."""
    zones = _zones(phone, now) or [operator]
    return all(FROM <= now.astimezone(zone).time() < TO for zone in zones)


def _zones(phone: str | None, now: datetime) -> list[ZoneInfo]:
    """The time zones of a phone number; none where that cannot be told."""
    if not phone:
        return []
    try:
        names = _timezone.time_zones_for_number(phonenumbers.parse(phone))
        found = [ZoneInfo(name) for name in names if name != "Etc/Unknown"]
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return []
    offsets = [now.astimezone(zone).utcoffset() or timedelta() for zone in found]
    return found if found and max(offsets) - min(offsets) <= _WIDEST else []
