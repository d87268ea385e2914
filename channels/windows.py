"""Until when a platform lets us write first: what nobody has asked for just now may be refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.channel import FREE_TEXT_FOR

_MARGIN = timedelta(minutes=15)  # for what lies in the outbox a while


def takes_free_text(channel: str, last_heard: datetime | None, now: datetime) -> bool:
    """Whether the platform takes a text of our own accord; ``last_heard`` is the customer's last message."""
    window = FREE_TEXT_FOR.get(channel)
    if window is None:
        return True
    return last_heard is not None and now <= last_heard + window - _MARGIN
