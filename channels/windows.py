"""Until when a platform lets us write first: what nobody has asked for just now may be refused."""

from __future__ import annotations

from datetime import datetime, timedelta

FREE_TEXT = {"whatsapp": timedelta(hours=24)}
"""How long after the customer's last message a free text is taken; later only an approved template.

https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-customer-service-window
"""

_MARGIN = timedelta(minutes=15)  # for what lies in the outbox a while


def takes_free_text(channel: str, last_heard: datetime | None, now: datetime) -> bool:
    """Whether the platform takes a text of our own accord; ``last_heard`` is the customer's last message."""
    window = FREE_TEXT.get(channel)
    if window is None:
        return True
    return last_heard is not None and now <= last_heard + window - _MARGIN
