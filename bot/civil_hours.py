"""When one may write to people who have not just written: not at night."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as _timezone

FROM, TO = time(9), time(20)
_MOST_ZONES = 3  # a number that may be anywhere says nothing


def is_civil(now: datetime, operator: ZoneInfo, phone: str | None) -> bool:
    """Whether it is day where the customer is: by their number (E.164) or else where the operator is."""
    zones = _zones(phone) or [operator]
    return all(FROM <= now.astimezone(zone).time() < TO for zone in zones)


def _zones(phone: str | None) -> list[ZoneInfo]:
    """The time zones of a phone number; none where that cannot be told."""
    if not phone:
        return []
    try:
        names = _timezone.time_zones_for_number(phonenumbers.parse(phone))
        found = [ZoneInfo(name) for name in names if name != "Etc/Unknown"]
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return []
    return found if len(found) <= _MOST_ZONES else []
