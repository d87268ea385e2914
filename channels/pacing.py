"""How fast each platform lets us send, and when the next message may leave.

Nobody sleeps for it: a message that is too early sends its lane to rest until its time, so that it
keeps no slot from other conversations. Figures from the platforms' documentation: Telegram and
Slack take about one message a second in a chat, Telegram thirty a second in all. Twilio queues by
itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_PER_CHAT = {"telegram": timedelta(seconds=1), "slack": timedelta(seconds=1)}
_IN_ALL = {"telegram": timedelta(seconds=1) / 30}


class Pace:
    """Hands out the times at which messages may leave this process.

    The time of the last message in a chat comes from the transcript, so it holds across processes;
    the rate over all chats is kept in memory, so each of ``processes`` takes its part of it.
    """

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes
        self._next: dict[str, datetime] = {}

    def earliest(self, channel: str, last_in_chat: datetime | None, now: datetime) -> datetime:
        """When a message may leave: ``now``, which takes the place, or later, which takes none."""
        if last_in_chat is not None and channel in _PER_CHAT:
            free = last_in_chat + _PER_CHAT[channel]
            if free > now:
                return free
        free = self._next.get(channel, now)
        if free <= now:
            self._next[channel] = now + self._processes * _IN_ALL.get(channel, timedelta())
        return max(free, now)
