"""What only one agent is told, and small signs in the thread: put into the lanes that lead to Slack."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from channels import lanes
from handoff.slack_desk.changes import KIND
from handoff.slack_desk.reading import Deed


def tell(session: Session, deed: Deed, text: str, now: datetime) -> None:
    """Tell whoever did ``deed``, and nobody else, ``text`` (Slack's markup); once for each deed."""
    words = {"channel": deed.channel, "thread": deed.thread, "user": deed.user, "text": text}
    lanes.put(session, f"{KIND}:{deed.user}", {"tell": words}, dedup=f"tell:{deed.id}", now=now)


def react(session: Session, reference: str, channel: str, ts: str, sign: str, now: datetime) -> None:
    """Put the emoji ``sign`` at a message, so that its writer sees what became of it."""
    mark = {"channel": channel, "timestamp": ts, "name": sign}
    lanes.put(session, f"{KIND}:{reference}", {"react": mark}, dedup=f"react:{channel}:{ts}:{sign}", now=now)
