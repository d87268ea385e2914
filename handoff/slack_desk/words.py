"""What agents read in Slack, in Slack's markup. Whatever somebody wrote goes through `escaped` first."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import ValidationError

from channels.slack_reading import escaped
from complaints.texts import language_name
from handoff.queue import AlreadyHeld, NotHolder

NOT_SENT = "Not sent to the customer: {why}."
EDITED = (
    "An edit changes nothing: the note, or what the customer has got, stays as it was. Write a new message."
)
NO_CASE_HERE = "Nobody was answered: `{mark}` answers a customer only in the thread of a case."
FORM_NOT_OPENED = "Slack did not open the form in time: press the button again."

_SEVERITY = {"critical": ":red_circle:", "high": ":large_orange_circle:", "medium": ":large_yellow_circle:"}
_CHANNELS = {"webchat": "Web chat", "sms": "SMS", "whatsapp": "WhatsApp"}
_NEEDED = {
    "complaint": "New complaint",
    "asked": "Asked for a person",
    "legal": "Legal steps",
    "misunderstood": "Not understood",
    "unsupported_language": "Language not spoken",
    "due": "Due soon",
}
_EVENTS = {
    "claimed": "Claimed",
    "assigned": "Assigned",
    "taken_over": "Taken over",
    "transferred": "Transferred",
    "released": "Put back in the queue",
    "declined": "Offer declined",
    "escalated": "Its date is near",
    "handed_back": "Handed back to the assistant",
    "reassessed": "Assessment changed",
    "responded": "Decided",
    "decision_changed": "Decision changed",
    "closed": "Closed",
    "reopened": "Reopened",
    "withdrawn": "Withdrawn by the customer",
    "detail_added": "Details added",
    "detail_corrected": "Details corrected",
}
_LONGEST_LOST = 2500  # characters of a text that is given back


def label(word: str | None) -> str:
    """A word of a vocabulary: ``late_delivery`` is "Late delivery"."""
    return (word or "").replace("_", " ").capitalize()


def circle(severity: str) -> str:
    """The emoji of a severity."""
    return _SEVERITY.get(severity, ":white_circle:")


def channel(name: str) -> str:
    """What a channel is called."""
    return _CHANNELS.get(name, name.capitalize())


def language(code: str) -> str:
    """What a language is called."""
    return language_name(code, "en")


def needed(reason: str) -> str:
    """Why a person is needed."""
    return _NEEDED.get(reason, label(reason))


def happened(kind: str) -> str | None:
    """What an event is called in a thread; ``None`` for those that colleagues need not read."""
    return _EVENTS.get(kind)


def moment(at: datetime) -> str:
    """A time as each reader's own clock shows it.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    at = at.astimezone(UTC)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def stranger(user: str, lost: str = "") -> str:
    """What somebody without an account at the desk is told."""
    told = (
        "Nothing was done: I do not know who you are at the desk. Ask whoever runs Recourse for "
        f"`recourse user link YOUR-NAME {escaped(user)}`, once; then do it again."
    )
    return _with(told, lost)


def refusal(error: Exception, lost: str = "") -> str:
    """Why the desk refuses, to whoever asked. ``lost`` is given back, lest it be written anew."""
    if isinstance(error, AlreadyHeld):
        told = f"Somebody was first: {escaped(str(error))}."
    elif isinstance(error, NotHolder):
        why = f"{escaped(error.holder)} holds this case" if error.holder else "claim the case first"
        told = f"Not done, and nothing was sent: {why}."
    elif isinstance(error, ValidationError):
        told = "Not done, and nothing was sent: the text is empty or too long."
    else:
        told = f"Not done: {escaped(str(error))}."
    return _with(told, lost)


def _with(told: str, lost: str) -> str:
    if not lost:
        return told
    return f"{told}\nWhat you wrote:\n>>> {escaped(lost[:_LONGEST_LOST])}"
