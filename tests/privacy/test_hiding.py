"""What a customer sends is hidden before anything of it is stored, and they are told once.

Mutation: in `channels.inbox.accept_all`, leave out ``hiding.hide``; or in `hiding.hide` the names of files;
or let `hiding._mask` catch nothing; or in `handoff.rest.bodies`, leave out the validator of ``Text``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.db import Database
from channels import hiding, inbox
from channels.hiding import Hidden
from channels.message import Address, Attachment, Inbound, InboundKind
from channels.transcript import Author, Conversation, File, Message
from complaints import texts
from handoff.rest import bodies
from handoff.slack_desk import hearing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARD = "4111 1111 1111 1111"
WHO = Address("telegram", "4711")


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def said(session: Session) -> list[Message]:
    return list(session.exec(select(Message).order_by(Message.seq)))  # type: ignore[arg-type]


async def test_a_card_is_hidden_recorded_and_spoken_of_once(database: Database) -> None:
    for number in ("1", "2"):
        await database.run(inbox.accept, Inbound(WHO, number, f"You took money from my card {CARD}"), NOW)
    messages = await database.read(said)
    assert [m.text for m in messages if m.author == Author.CUSTOMER] == [
        "You took money from my card •••• 1111"
    ] * 2
    assert [m.text for m in messages if m.author == Author.SYSTEM] == [texts.say("privacy_hidden", "en")]
    rows = await database.read(lambda session: session.exec(select(Hidden)).all())
    assert [(row.kind, row.count) for row in rows] == [("card", 1)] * 2


async def test_a_redelivery_changes_nothing(database: Database) -> None:
    inbound = Inbound(WHO, "1", f"my card {CARD}")
    assert await database.run(inbox.accept, inbound, NOW) is not None
    assert await database.run(inbox.accept, inbound, NOW) is None
    assert len(await database.read(said)) == 2


async def test_edits_and_names_of_files_are_hidden(database: Database) -> None:
    photo = Attachment("file-id", "image/jpeg", f"card {CARD}.jpg")
    await database.run(inbox.accept, Inbound(WHO, "1", "here", attachments=(photo,), message_id="7"), NOW)
    edit = Inbound(WHO, "2", f"here is my card {CARD}", InboundKind.EDIT, revises="7")
    await database.run(inbox.accept, edit, NOW)
    messages = await database.read(said)
    assert messages[0].text == "here is my card •••• 1111"
    files = await database.read(lambda session: session.exec(select(File)).all())
    assert [file.name for file in files] == ["card •••• 1111.jpg"]


async def test_the_customer_is_told_in_their_language(database: Database) -> None:
    await database.run(inbox.accept, Inbound(WHO, "1", f"Me han cobrado dos veces en mi tarjeta {CARD}"), NOW)
    assert (await database.read(said))[1].text == texts.say("privacy_hidden", "es")


async def test_who_has_opted_out_is_told_nothing(database: Database) -> None:
    who = Address("sms", "+447700900123")
    await database.run(inbox.accept, Inbound(who, "1", "STOP", InboundKind.OPT_OUT), NOW)
    await database.run(inbox.accept, Inbound(who, "2", f"my card {CARD}"), NOW)
    assert [m.author for m in await database.read(said)] == [Author.CUSTOMER] * 2


async def test_no_byte_of_the_files_holds_it(sqlite_url: str, tmp_path: Path) -> None:
    async with await Database.open(sqlite_url) as database:
        await database.run(inbox.accept, Inbound(WHO, "1", f"my card {CARD}"), NOW)
        written = all_bytes(tmp_path)
    assert b"my card" in written
    assert CARD.encode() not in written


@pytest.mark.parametrize("body", [bodies.Reply, bodies.Note])
def test_what_agents_write_is_hidden(body: type[bodies.Reply | bodies.Note]) -> None:
    given = {"text": f"I see the card {CARD}"} | ({"id": "1"} if body is bodies.Reply else {})
    assert body.model_validate(given).text == "I see the card •••• 1111"


async def test_what_agents_write_in_slack_is_hidden(database: Database) -> None:
    body = {
        "event_id": "Ev1",
        "event": {
            "type": "message",
            "channel": "C1",
            "ts": "2.5",
            "thread_ts": "1.5",
            "user": "U1",
            "text": f"the card is {CARD}",
        },
    }
    assert await database.run(hearing.accept, body, NOW)

    def payloads(session: Session) -> list[str]:
        return [str(row) for row in session.connection().exec_driver_sql("SELECT payload FROM job").scalars()]

    (payload,) = await database.read(payloads)
    assert "1111 1111" not in payload
    assert "the card is" in payload


async def test_the_conversation_goes_on(database: Database) -> None:
    await database.run(inbox.accept, Inbound(WHO, "1", f"my card {CARD}"), NOW)
    conversation = await database.read(lambda session: session.get_one(Conversation, "telegram:4711"))
    assert conversation.last_seq == 2


async def test_a_text_at_which_the_rules_fail_comes_in_without_its_digits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, it would be delivered again and again, and others wait behind it."""

    def broken(text: str) -> None:
        raise ValueError

    monkeypatch.setattr(hiding, "mask", broken)
    await database.run(inbox.accept, Inbound(WHO, "1", f"my card {CARD}"), NOW)
    [message] = await database.read(said)
    assert message.text == "my card •••• •••• •••• ••••"
