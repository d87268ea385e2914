"""A person with unmistakable words everywhere that the program keeps something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from bot.dialogue import Dialogue
from bot.review.record import Decision as Lesson
from bot.review.record import Understanding
from channels import files, hiding, inbox, lanes, outbox
from channels.message import Address, Attachment, Inbound, InboundKind
from channels.transcript import Author, File, Message, begin
from complaints import assessing, describing, presets, register
from complaints.commands import Details
from complaints.complaint import Category, Decision, Kind, Remedy, Severity, Status
from complaints.record import Complaint, Feedback
from complaints.triage import Assessment, Reason
from handoff import queue
from handoff.improvement import record as improvement
from handoff.slack_desk.record import SlackCase

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKENS = (
    "Xylophania",
    "Quagmirez",
    "xq.zarkovian@mailtoken.example",
    "447700900987",
    "7700 900987",
    "zorblatt",
    "wibbletext",
    "frobnik",
    "fotozwonk",
    "inhaltsmarke",
    "noteglimmer",
    "antwortblub",
    "streetquux",
    "exampleworble",
    "skillgrumble",
    "slackmurmel",
    "orderkrempel",
    "routenquirl",
)
PHONE = "+447700900987"
WHO = Address("sms", PHONE, {"service": "routenquirl"})
OTHER = Address("telegram", "47")


@dataclass(frozen=True)
class Seeded:
    reference: str
    conversation: str
    path: str


def seed(
    session: Session, data_dir: Path, reference: str = "RC-6CA5VAAG", *, everywhere: bool = True
) -> Seeded:
    """The person, complete; ``everywhere``: with a made-up row in the tables of all other rooms, too."""
    photo = Attachment("files-elsewhere/fotozwonk", "text/plain", "fotozwonk-Xylophania.txt", 12)
    inbox.accept(
        session,
        Inbound(
            WHO,
            "SM1",
            "My wibbletext toaster zorblatt burns",
            sender_name="Xylophania Quagmirez",
            sender_phone=PHONE,
            attachments=(photo,),
            message_id="m1",
        ),
        NOW,
    )
    inbox.accept(session, Inbound(WHO, "SM2", "My wibbletext frobnik", InboundKind.EDIT, revises="m1"), NOW)
    inbox.accept(session, Inbound(WHO, "SM3", "my card wibbletext 4111 1111 1111 1111"), NOW)
    conversation = begin(session, WHO, NOW)
    first = session.exec(select(Message).where(Message.message_id == "m1")).one()
    kept = files.keep(data_dir, b"inhaltsmarke of frobnik", "fotozwonk.txt")
    file = session.exec(select(File)).one()
    file.digest, file.path, file.reference = kept.digest, kept.path, reference
    case = register.open_case(
        session,
        reference=reference,
        kind=Kind.COMPLAINT,
        conversation=conversation.id,
        channel="sms",
        language="en",
        description="My wibbletext toaster burns",
        clock=presets.load().start(NOW),
        actor="customer",
        now=NOW,
    )
    details = Details(
        name="Xylophania Quagmirez",
        phone=PHONE,
        email="xq.zarkovian@mailtoken.example",
        product="zorblatt",
        order="orderkrempel-1",
        wish="skillgrumble",
        date=date(2026, 2, 1),
        amount=Decimal(45),
        currency="GBP",
    )
    describing.add_details(session, case, details, actor="customer", now=NOW)
    case.postal_address = "1 streetquux"
    reason = Reason("rule", "fire", words="wibbletext burns", detail="wibbletext")
    assessing.assess(
        session,
        case,
        Assessment(Severity.HIGH, Category.SAFETY, True, False, "normal", "harm", True, False, (reason,)),
        now=NOW,
    )
    queue.open_item(session, case, queue.Reason.COMPLAINT, NOW)
    register.record(session, case, "note", actor="agent:Nora", now=NOW, text="noteglimmer about Xylophania")
    outbox.put(
        session,
        conversation,
        "Dear Xylophania, antwortblub",
        author=Author.AGENT,
        author_name="Nora",
        dedup="agent:1",
        now=NOW,
    )
    register.resolve(
        session,
        case,
        decision=Decision.UPHELD,
        remedy=Remedy.REFUND,
        text="antwortblub",
        actor="agent:Nora",
        now=NOW + timedelta(hours=3),
    )
    queue.close_item(session, case)
    session.add(
        Feedback(
            conversation=conversation.id,
            channel="sms",
            language="en",
            kind="compliment",
            text="wibbletext is nice",
            at=NOW,
        )
    )
    session.add(Dialogue(conversation=conversation.id, state={"slots": {"name": "Xylophania"}}, at=NOW))
    assert first.id is not None
    session.add(
        Understanding(
            message_id=first.id,
            language="en",
            intent="file_complaint",
            confidence=0.4,
            products=["zorblatt"],
            at=NOW,
        )
    )
    session.add(
        Lesson(
            message_id=first.id,
            verdict="accepted",
            author="Tina",
            at=NOW,
            text="the exampleworble burns",
            likeness="the exampleworble burns",
            language="en",
            intent="file_complaint",
            file="en/reviewed.yml",
        )
    )
    session.add(
        SlackCase(
            reference=reference, channel="C1", ts="1.5", remark="slackmurmel", pending={"text": "slackmurmel"}
        )
    )
    lanes.put(session, "slackin:C1-1.5", {"text": "slackmurmel"}, dedup="slack:1", now=NOW)
    lanes.put(
        session, "slackin:U1", {"text": "slackmurmel", "reference": reference}, dedup="slack:2", now=NOW
    )
    session.flush()
    if everywhere:
        _improve(session, reference)
        _fill_the_rest(session, case, conversation.id)
    return Seeded(reference, conversation.id, kept.path)


def _improve(session: Session, reference: str) -> None:
    """An action that was started from the case, and an audit that found something in it."""
    action = improvement.ImprovementAction(
        kind="corrective", problem="Lids leak.", plan="A seal.", owner="Ada", due=NOW.date(), weeks=8,
        made_by="agent:Ada", made_at=NOW,
    )  # fmt: skip
    audit = improvement.CaseAudit(
        title="Spring", criteria="ISO 10002", since=NOW.date(), until=NOW.date(), closed_only=False,
        way="simple", size=1, seed="s", population=1, population_digest="d", drawn_by="Otto", drawn_at=NOW,
    )  # fmt: skip
    session.add_all((action, audit))
    session.flush()
    assert action.id is not None
    assert audit.id is not None
    words = "Xylophania wibbletext"
    session.add(improvement.ImprovementCase(action_id=action.id, reference=reference, by="agent:Ada", at=NOW))
    session.add(improvement.CaseAuditSample(audit_id=audit.id, position=1, reference=reference))
    answer = improvement.CaseAuditAnswer(
        audit_id=audit.id, reference=reference, question="answered", decision="no", proposed="yes",
        evidence={"ground": words}, remark=words, by="Otto", at=NOW,
    )  # fmt: skip
    session.add(answer)
    session.add(
        improvement.CaseAuditFinding(
            audit_id=audit.id, reference=reference, kind="minor", text=words, by="Otto", at=NOW
        )
    )
    session.flush()


def _fill_the_rest(session: Session, case: Complaint, conversation: str) -> None:
    """A row with words in it in each table of a case that has none yet: those of other rooms, too."""
    mine: dict[str, Any] = {
        "conversation": conversation,
        "complaint_id": case.id,
        "reference": case.reference,
        "asker": conversation,
    }
    for table in SQLModel.metadata.sorted_tables:
        if table.name in ("legal_hold", "erasure", "handoff_pass", "case_tie", "lane", "job", "audit_entry"):
            continue
        if not ({"complaint_id", "reference"} & set(table.columns.keys())):
            continue
        if session.execute(select(table).limit(1)).first() is not None:
            continue
        values: dict[str, Any] = {}
        for column in table.columns:
            if column.name in mine:
                values[column.name] = mine[column.name]
            elif column.foreign_keys and not column.nullable:
                values[column.name] = _parent(session, column)
            elif column.primary_key and column is not table.autoincrement_column:
                values[column.name] = "en"
            elif column.primary_key or column.foreign_keys:
                continue
            else:
                values[column.name] = _filled(column)
        session.execute(table.insert().values(values))


def _parent(session: Session, column: Any) -> Any:
    """The key of a row of nobody's, to which a row of theirs belongs."""
    target = next(iter(column.foreign_keys)).column
    if (found := session.execute(select(target).limit(1)).scalar()) is None:
        values: dict[str, Any] = {}
        for each in target.table.columns:
            if each.foreign_keys and not each.nullable:
                values[each.name] = _parent(session, each)
            elif each is not target.table.autoincrement_column:
                filled = _filled(each)
                values[each.name] = "en" if isinstance(filled, str) else filled
        session.execute(target.table.insert().values(values))
        found = session.execute(select(target).limit(1)).scalar()
    return found


def _filled(column: Any) -> Any:
    plain = getattr(column.type, "impl_instance", column.type)
    kind = plain.python_type
    if column.name == "path":
        return "files/ev/idence"
    if kind is str:
        short = column.name in (
            "kind",
            "state",
            "status",
            "decision",
            "remedy",
            "channel",
            "language",
            "currency",
            "token",
            "nonce",
            "made_by",
            "by",
            "agent",
            "owner",
            "added_by",
            "written_by",
            "checked_by",
            "declared_by",
            "ended_by",
            "cause_kind",
            "media_type",
            "question",
        )
        return "en" if short else "Xylophania wibbletext"
    return {
        int: 1,
        bool: False,
        datetime: NOW,
        date: NOW.date(),
        Decimal: Decimal(1),
        float: 1.0,
        dict: {"a": "wibbletext"},
        list: ["wibbletext"],
    }.get(kind)


def bystander(session: Session, reference: str = "RC-2345678A") -> None:
    """Somebody else, whose conversation's key begins like nobody's business."""
    inbox.accept(session, Inbound(OTHER, "1", "My kettle leaks", sender_name="Bea"), NOW)
    inbox.accept(session, Inbound(Address("telegram", "4711"), "2", "My lamp is dark"), NOW)
    case = register.open_case(
        session,
        reference=reference,
        kind=Kind.COMPLAINT,
        conversation=OTHER.conversation,
        channel="telegram",
        language="en",
        description="My kettle leaks",
        clock=presets.load().start(NOW),
        actor="customer",
        now=NOW,
    )
    register.move(session, case, Status.WITHDRAWN, actor="customer", now=NOW)


def statistics(session: Session) -> list[Any]:
    """What is counted: every case's numbers, and how much was said and done, by whom and when."""
    columns = (
        Complaint.reference,
        Complaint.kind,
        Complaint.status,
        Complaint.channel,
        Complaint.language,
        Complaint.severity,
        Complaint.category,
        Complaint.safety,
        Complaint.decision,
        Complaint.remedy,
        Complaint.amount,
        Complaint.compensation,
        Complaint.currency,
        Complaint.recurring,
        Complaint.root_cause,
        Complaint.received_at,
        Complaint.update_by,
        Complaint.respond_by,
        Complaint.acknowledged_at,
        Complaint.responded_at,
        Complaint.closed_at,
    )
    cases = [tuple(row) for row in session.exec(select(*columns).order_by(col(Complaint.id)))]  # type: ignore[call-overload]
    said = select(Message.channel, Message.author, Message.at, Message.state).order_by(col(Message.id))
    messages = [tuple(row) for row in session.exec(said)]
    events = [
        tuple(row)
        for row in session.connection().exec_driver_sql("SELECT kind, actor, position FROM event ORDER BY id")
    ]
    feedback = [tuple(row) for row in session.exec(select(Feedback.kind, Feedback.channel, Feedback.at))]
    hidden = [tuple(row) for row in session.exec(select(hiding.Hidden.kind, hiding.Hidden.count))]
    return [cases, messages, events, feedback, hidden]
