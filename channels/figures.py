"""What this process has counted of messages coming and going, for the operator's Prometheus.

Counted after the commit, by channel and by nothing that could name a person. Each process counts
for itself from its start; Prometheus adds them up, or `bot.metrics` does.
"""

from __future__ import annotations

from prometheus_client import Counter

ACCEPTED = Counter("recourse_accepted", "Messages of customers stored; redeliveries left out.", ["channel"])
SENT = Counter("recourse_sent", "Messages that a platform has taken.", ["channel"])
FAILED = Counter(
    "recourse_failed",
    "Messages that a platform has not taken: for good (permanent), or at this try.",
    ["channel", "permanent"],
)


def not_sent(channel: str, *, permanent: bool) -> None:
    """Count a message that did not leave."""
    FAILED.labels(channel, str(permanent).lower()).inc()
