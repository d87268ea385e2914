"""The trail itself: what normal life leaves verifies, and nobody takes a piece out of it unseen.

Mutation: in `bot.audit.sealing.seal_all` keep the head whether or not the one before is in the chain.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.audit.sealing import kept, seal_all
from bot.audit.verifying import AuditError
from bot.db import Database
from channels import inbox, outbox
from channels.message import Address, DeliveryReport, Inbound, InboundKind
from channels.transcript import Author, Conversation, lock
from complaints import presets, register
from complaints.audit import Keys
from complaints.audit_record import redact
from complaints.complaint import Decision, Kind
from complaints.record import Complaint, Event, Feedback
from tests.audit.conftest import KEYS, NOW, outside, signed, verified

COPY = """INSERT INTO feedback (conversation, channel, language, kind, text, at)
    SELECT conversation, channel, language, kind, 'Bad', at FROM feedback"""
BREAKS = (
    "DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry WHERE name = 'message')",
    "UPDATE audit_entry SET at = at + 1 WHERE id = 3",
    """INSERT INTO audit_entry (at, name, form, key, op, whose, mark, seal)
    SELECT at, name, form, key, op, whose, mark, seal FROM audit_entry WHERE id = 3""",
    "UPDATE audit_seal SET link = 'x'",
    "DELETE FROM audit_seal",
)
WHERE = Address("sms", "+34600123456", {})


def life(session: Session) -> None:
    """A message, its edit, a case, an answer with its way to the customer, a decision, feedback."""
    said = Inbound(address=WHERE, provider_id="1", text="my kettle", message_id="m1")
    message = inbox.accept(session, said, NOW)
    assert message is not None and message.id is not None
    edit = Inbound(address=WHERE, provider_id="2", text="my toaster", kind=InboundKind.EDIT, revises="m1")
    inbox.accept(session, edit, NOW)
    clock = presets.load().start(NOW)
    case = register.open_case(
        session, reference="RC-7K2M9P4V", kind=Kind.COMPLAINT, conversation=WHERE.conversation, channel="sms",
        language="en", description="It burns.", clock=clock, actor="customer", now=NOW,
    )  # fmt: skip
    register.acknowledge(session, case, message="turn:1", actor="bot", now=NOW)
    inbox.answered(session, message.id, NOW)
    (answer,) = outbox.put(session, lock(session, WHERE.conversation), "We have it.", author=Author.BOT,
                           dedup="turn:1", now=NOW)  # fmt: skip
    outbox.sending(session, answer, NOW)
    outbox.sent(session, answer, "SM1", NOW)
    session.expire_all()
    outbox.report(session, DeliveryReport("sms", "SM1", "delivered"), NOW)
    register.resolve(
        session, case, decision=Decision.UPHELD, remedy=None, text="Sorry.", actor="agent:Nora", now=NOW
    )
    session.add(Feedback(conversation=WHERE.conversation, channel="sms", language="en", kind="compliment",
                         text="Thank you", at=NOW))  # fmt: skip


@pytest.fixture
async def lived(audited: Database, tmp_path: Path) -> Database:
    await audited.run(life)
    await seal_all(audited, KEYS, tmp_path)
    return audited


async def test_normal_life_verifies(lived: Database, tmp_path: Path) -> None:
    report = await verified(lived, tmp_path)
    assert not report.findings
    assert (report.unsealed, report.head) == (0, kept(tmp_path))
    assert report.rows > 10


async def test_what_is_not_sealed_yet_verifies_and_is_counted(lived: Database, tmp_path: Path) -> None:
    await lived.run(lambda session: register.confirm(session, register.find(session, "RC-7K2M9P4V"),
                                                     actor="customer", now=NOW))  # fmt: skip
    report = await verified(lived, tmp_path)
    assert not report.findings
    assert report.unsealed == 2  # the case, and its event


@pytest.mark.parametrize(
    ("statement", "table", "key"),
    [
        ("UPDATE event SET actor = 'agent:Eve' WHERE position = 2", "event", "2"),
        ("DELETE FROM event WHERE position = 2", "event", "2"),
        ("UPDATE complaint SET decision = 'not_upheld'", "complaint", "1"),
        ("UPDATE message SET text = 'my boat' WHERE seq = 1", "message", "1"),
        ("UPDATE message SET delivered_at = NULL WHERE seq = 2", "message", "2"),
        ("UPDATE conversation SET opted_out = true", "conversation", "sms:+34600123456"),
        ("DELETE FROM feedback", "feedback", "1"),
        (COPY, "feedback", "2"),
    ],
)  # fmt: skip
async def test_what_somebody_else_writes_is_named(
    lived: Database, database_url: str, tmp_path: Path, statement: str, table: str, key: str
) -> None:
    await outside(database_url, statement)
    (finding,) = (await verified(lived, tmp_path)).findings
    assert (finding.table, finding.key, finding.case) == (table, key, "RC-7K2M9P4V")


@pytest.mark.parametrize("statement", BREAKS)
async def test_the_chain_holds_its_entries(
    lived: Database, database_url: str, tmp_path: Path, statement: str
) -> None:
    await outside(database_url, statement)
    assert (await verified(lived, tmp_path)).findings


async def test_the_end_cannot_be_cut_off(lived: Database, database_url: str, tmp_path: Path) -> None:
    """Not even together with what it was about: head and link are kept elsewhere, and stay."""
    assert (head := kept(tmp_path)) is not None
    add = Feedback(conversation=WHERE.conversation, channel="sms", language="en", kind="c", text="x", at=NOW)
    await lived.run(lambda session: session.add(add))
    later = await seal_all(lived, KEYS, tmp_path)
    assert later is not None and later.number == head.number + 1
    await outside(
        database_url,
        "DELETE FROM feedback WHERE text = 'x'",
        "DELETE FROM audit_seal WHERE number = 2",
        "DELETE FROM audit_entry WHERE seal = 2",
    )
    (finding,) = (await verified(lived, tmp_path)).findings
    assert "cut off" in finding.what
    (finding,) = (await verified(lived, tmp_path / "elsewhere", head=later.link)).findings
    assert "cut off" in finding.what
    assert not (await verified(lived, tmp_path / "elsewhere", head=head.link)).findings
    await lived.run(lambda session: session.add(Feedback(**add.model_dump(exclude={"id"}))))
    await seal_all(lived, KEYS, tmp_path)
    assert kept(tmp_path) == later  # what shows it is not written over


async def test_a_redaction_says_so_and_anything_else_is_an_alteration(
    lived: Database, tmp_path: Path
) -> None:
    def blank(session: Session, *, honestly: bool) -> None:
        events = session.exec(select(Event).where(col(Event.position) == (1 if honestly else 2))).all()
        for event in events:
            event.data = {}
            event.reason = "blank"
        if honestly:
            redact(session, Event, [e.id or 0 for e in events], reason="erasure", actor="agent:Ada", now=NOW)

    await lived.run(blank, honestly=True)
    report = await verified(lived, tmp_path)
    assert not report.findings
    assert [(r.name, r.keys, r.actor, r.reason) for r in report.redactions] == [
        ("event", ["1"], "agent:Ada", "erasure")
    ]
    await lived.run(blank, honestly=False)
    (finding,) = (await verified(lived, tmp_path)).findings
    assert (finding.table, finding.key) == ("event", "2")


async def test_another_key_names_the_remedy(lived: Database, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="RECOURSE_SECRET_KEY"):
        await verified(lived, tmp_path, keys=Keys.of(b"another key of sixteen bytes"))


async def test_rows_from_before_the_trail_are_in_it(database_url: str, tmp_path: Path) -> None:
    async with await Database.open(database_url) as unsigned:
        await unsigned.run(life)
    async with await signed(database_url) as database:
        report = await verified(database, tmp_path)
        assert not report.findings
        assert report.begun_at == NOW
        await outside(database_url, "UPDATE complaint SET name = 'Eve'")
        (finding,) = (await verified(database, tmp_path)).findings
        assert finding.table == "complaint"


async def test_a_failed_transaction_leaves_nothing(
    lived: Database, database_url: str, tmp_path: Path
) -> None:
    """On SQLite the triggers go away with it, and come back with the next."""

    def fail(session: Session) -> None:
        session.exec(select(Complaint)).one().name = "Eve"
        session.flush()
        raise RuntimeError

    before = await verified(lived, tmp_path)
    with pytest.raises(RuntimeError):
        await lived.run(fail)
    assert (await verified(lived, tmp_path)).entries == before.entries
    async with await signed(database_url) as other:
        with pytest.raises(RuntimeError):
            await other.run(fail)
        await other.run(lambda session: setattr(session.exec(select(Conversation)).one(), "name", "Eva"))
    report = await verified(lived, tmp_path)
    assert not report.findings
    assert report.entries == before.entries + 1


async def test_a_trigger_of_somebody_elses_is_found(
    lived: Database, database_url: str, tmp_path: Path
) -> None:
    if database_url.startswith("sqlite"):
        planted = ["CREATE TRIGGER x AFTER INSERT ON job BEGIN UPDATE event SET reason = 'x'; END"]
    else:
        planted = [
            """CREATE FUNCTION x() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN UPDATE event SET reason = 'x'; RETURN NULL; END $$""",
            "CREATE TRIGGER x AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION x()",
        ]
    await outside(database_url, *planted)
    (finding,) = (await verified(lived, tmp_path)).findings
    assert "trigger" in finding.what


async def test_our_own_other_trigger_is_known_to_the_letter(
    lived: Database, database_url: str, tmp_path: Path
) -> None:
    """What lists events for webhooks is no stranger, until somebody has it do more."""
    assert not (await verified(lived, tmp_path)).findings
    if database_url.startswith("sqlite"):
        changed = [
            "DROP TRIGGER webhook_feed",
            """CREATE TRIGGER webhook_feed AFTER INSERT ON event
            BEGIN UPDATE event SET reason = 'x' WHERE id = NEW.id; END""",
        ]
    else:
        changed = [
            """CREATE OR REPLACE FUNCTION recourse_webhook_feed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN UPDATE event SET reason = 'x' WHERE id = NEW.id; RETURN NULL; END $$"""
        ]
    await outside(database_url, *changed)
    (finding,) = (await verified(lived, tmp_path)).findings
    assert finding.key == "webhook_feed"
