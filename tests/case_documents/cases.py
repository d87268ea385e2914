"""A case with everything that a case file holds."""

from __future__ import annotations

import ctypes
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image
from sqlmodel import Session, select

from channels import files, inbox, outbox, transcript
from channels.message import Inbound
from channels.transcript import Author, File, Message
from complaints import investigation, register
from handoff import desk
from handoff.case_documents.record import Copy
from tests.handoff.cases import complain, hire

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
COPY = Copy("agent:Sue", LATER, "Northwind Home", "Europe/Madrid")

ARABIC = "وصلت الغلاية رقم RC-7K2M9P4V مكسورة يوم 12/03/2026، وأريد استرداد 49,90 €."
SCRIPTS = (
    ARABIC,
    "Çaydanlık kırık geldi, çok kızgınım! İade istiyorum",
    "Zażółć gęślą jaźń: czajnik przecieka",
    "水壶坏了,我要退款。お湯が漏れます",
    "Чайник сломан, верните деньги",
    "Ο βραστήρας έσπασε",
    "so angry 😡🔥",
)
HOSTILE = (
    "ab\u202edcba",
    "bell\x07 escape\x1b[31m",
    "W" * 100_000,
    "#set page(height: 1pt) $x$ *b* `raw` @ref <label> \\ // gone? /* gone? */",
    "a\u0301" * 500,
    "👨‍👩‍👧" * 300,
    "\u200f\u200e\u2066x\u2069 \ufeff\ufffe",
)


def rich_case(session: Session, data_dir: Path, *, said: tuple[str, ...] = SCRIPTS, pictures: int = 3) -> str:
    """A case that was worked on: talk, pictures (the second is broken), a task, evidence; its reference."""
    hire(session, "Sue")
    reference = complain(session, text="My kettle arrived broken. It burnt my hand.")
    case = register.find(session, reference)
    case.product, case.email, case.amount, case.currency = (
        "AquaBoil",
        "maria@example.org",
        Decimal("49.90"),
        "EUR",
    )
    desk.claim(session, reference, "Sue", NOW + timedelta(minutes=4))
    talk(session, reference, said)
    first = session.exec(select(Message).where(Message.conversation == case.conversation)).first()
    assert first is not None
    for number in range(pictures):
        kept = files.keep(
            data_dir, picture(number) if number != 1 else b"\xff\xd8\xff\xe0 broken", f"photo {number}.jpg"
        )
        session.add(
            File(
                message_id=first.id, reference=reference, locator=f"f{number}", name=kept.name,
                media_type=kept.media_type, size=kept.size, digest=kept.digest, path=kept.path,
            )
        )  # fmt: skip
    by = "agent:Sue"
    task = investigation.add_task(
        session, case, "Ask the courier", kind=investigation.TaskKind.REMEDY, owner="Sue",
        due=NOW + timedelta(days=2), actor=by, now=NOW + timedelta(hours=1),
    )  # fmt: skip
    done = investigation.TaskState.DONE
    investigation.end_task(
        session, case, task, done, outcome="The parcel fell", actor=by, now=NOW + timedelta(hours=3)
    )
    kept = files.keep(data_dir, picture(9), "courier.jpg")
    investigation.add_file(
        session, case, name=kept.name, media_type=kept.media_type, size=kept.size, path=kept.path,
        digest=kept.digest, remark="From the courier", actor=by, now=NOW + timedelta(hours=4),
    )  # fmt: skip
    investigation.add_remark(session, case, "The box was crushed", actor=by, now=NOW + timedelta(hours=4))
    desk.note(session, reference, "Sue", "=cmd|' /C calc'!A0", NOW + timedelta(hours=5))
    return reference


def talk(session: Session, reference: str, said: tuple[str, ...]) -> None:
    """The customer says all of it, the assistant answers each."""
    name = register.find(session, reference).conversation
    for number, text in enumerate(said):
        at = NOW + timedelta(minutes=5 + number)
        conversation = transcript.lock(session, name)
        inbox.accept(
            session, Inbound(conversation.address, f"{reference}-{number}", text, sender_name="Maria"), at
        )
        conversation = transcript.lock(session, name)
        put = outbox.put(
            session, conversation, "Thank you.", author=Author.BOT, dedup=f"{reference}-{number}", now=at
        )
        message = session.get_one(Message, put[0])
        message.state, message.delivered_at = "delivered", at + timedelta(seconds=2)


def picture(number: int) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (800, 600), (number * 40 % 255, 90, 120)).save(kept, "JPEG")
    return kept.getvalue()


def pages(content: bytes) -> list[str]:
    """The text of each page of a PDF."""
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def fonts_of(content: bytes) -> dict[str, str]:
    """Each character of a PDF and the font it is set in."""
    found: dict[str, str] = {}
    with pypdfium2.PdfDocument(content) as document:
        for page in document:
            read = page.get_textpage()
            for index in range(read.count_chars()):
                name = ctypes.create_string_buffer(100)
                flags = ctypes.c_int()
                pdfium.FPDFText_GetFontInfo(read, index, name, 100, flags)
                found[chr(pdfium.FPDFText_GetUnicode(read, index))] = name.value.decode()
    return found
