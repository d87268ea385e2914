"""A message that a person delivers, as a letter to post or to read from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale

from channels.transcript import Message
from complaints import texts
from complaints.record import Complaint
from handoff.case_documents.safe_text import shown
from handoff.case_documents.typesetting import typeset

_LAYOUT = Path(__file__).with_name("letter.typ")


def pdf(
    message: Message, case: Complaint, organisation: str, zone: ZoneInfo, language: str, now: datetime
) -> bytes:
    """The letter in ``language``. Takes a part of a second: call it in a thread."""
    spoken = texts.spoken(language)
    address = [case.organisation or "", case.name or "", *(case.postal_address or "").splitlines()]
    document = {
        "organisation": shown(organisation),
        "reference": case.reference,
        "lang": spoken,
        "direction": Locale.parse(spoken).text_direction,
        "date": texts.format_date(message.at.astimezone(zone).date(), spoken),
        "address": [shown(line) for line in address if line.strip()],
        "paragraphs": [shown(line) for line in message.text.splitlines()],
    }
    return typeset(document, {}, now, layout=_LAYOUT)
