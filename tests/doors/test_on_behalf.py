"""Complaints by telephone, counter, letter and e-mail, filed over the API: cases like all others, and honest.

Mutation: in `handoff.filing.taking_down.take_down` leave out `_before` (a repeated request files twice),
start the clock at ``now``, or in `bot.sending.Sender._send` let `LeftToPeople` count as sent.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from sqlmodel import Session, select

from bot.app import create_app
from bot.audit.opening import open_audited
from bot.db import Database
from bot.engine import EngineUnavailable
from bot.sending import Sender
from bot.settings import Settings
from bot.wiring import adapters
from channels.channel import BY_HAND
from channels.transcript import Conversation, Delivery, Message
from complaints import register
from complaints.audit_record import AuditEntry
from complaints.complaint import Category, Severity
from complaints.investigation import TaskKind
from complaints.triage import Parse
from complaints.world import reading, world
from handoff.case_documents import reply_letter
from handoff.casework import by_hand, deliveries, informing
from handoff.dispatch import presence
from handoff.filing.bodies import NewCase
from handoff.staff.agents import Role
from tests.conftest import create_tables
from tests.handoff.cases import complain, hire
from tests.turn.desk import ScriptedEngine, answer, work
from tests.world.shop import EXAMPLE

CALL = {
    "channel": "phone",
    "text": "My kettle leaks. My card is 4111 1111 1111 1111.",
    "name": "Maria Lopez",
    "phone": "+44 20 7946 0018",
    "language": "en",
    "product": "Kettle",
    "order": "NB-51207",
    "remedy": "refund",
}
LETTER = CALL | {"channel": "letter", "postal_address": "1 Old Street\nLondon", "language": "es"}


@dataclass
class Desk:
    """The whole program, with a client for Anna, who answers, and for Tina, who trains."""

    database: Database
    engine: ScriptedEngine
    settings: Settings
    sender: Sender
    anna: httpx.AsyncClient
    tina: httpx.AsyncClient

    async def take_down(self, key: str = "call-1", **body: Any) -> httpx.Response:
        return await self.anna.post("/cases", json=CALL | body, headers={"Idempotency-Key": key})

    async def send_all(self) -> None:
        while await work(self.database, "out", self.sender.take):
            pass

    async def case(self, reference: str) -> dict[str, Any]:
        return (await self.anna.get(f"/cases/{reference}")).json()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(
        _env_file=None, RECOURSE_DATA_DIR=str(tmp_path), RECOURSE_SECRET_KEY="a-key-for-the-telephone"
    )
    connected = adapters(settings)
    engine = ScriptedEngine(lambda *_: answer("ok"))
    async with await Database.open(settings.database_url) as database:
        await database.run(create_tables)
    async with await open_audited(settings) as database:
        app = create_app(database, engine, connected, settings, asyncio.Event())
        clients = []
        for name, role in (("Anna", Role.AGENT), ("Tina", Role.TRAINER)):
            token = await database.run(hire, name, role)
            clients.append(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url="http://desk/api/v1",
                    headers={"Authorization": f"Bearer {token}"},
                )
            )
        yield Desk(database, engine, settings, Sender(database, connected.by_channel), *clients)
        for client in clients:
            await client.aclose()
    for adapter in set(connected.by_channel.values()):
        await adapter.close()


async def test_a_call_becomes_a_case_like_any_other(desk: Desk) -> None:
    """Reference, words, assessment, clocks from the receipt, acknowledgement, a place in the queue."""
    received = datetime.now(UTC) - timedelta(days=2)
    filed = await desk.take_down(received_at=received.isoformat())
    case = filed.json()
    assert filed.status_code == 201
    assert (case["channel"], case["status"], case["state"], case["language"]) == (
        "phone", "assessed", "waiting", "en",
    )  # fmt: skip
    assert (case["name"], case["product"], case["order"], case["remedy"]) == (
        "Maria Lopez", "Kettle", "NB-51207", "refund",
    )  # fmt: skip
    assert (case["severity"], case["category"], case["assessed_by"]) == ("medium", "defect", "model-1")
    clock = desk.settings.policy.start(received)
    assert datetime.fromisoformat(case["received_at"]) == received
    assert datetime.fromisoformat(case["respond_by"]) == clock.respond_by
    assert [e["kind"] for e in case["events"]][:2] == ["received", "taken_down"]
    assert {e["actor"] for e in case["events"] if e["kind"] == "taken_down"} == {"agent:Anna"}
    first, told = case["messages"]
    assert (first["from"], first["text"]) == ("customer", "My kettle leaks. My card is •••• 1111.")
    assert (told["from"], told["name"], told["state"]) == ("agent", "Anna", "delivered")
    assert case["reference"] in told["text"]
    assert told["text"] == case["acknowledgement"]
    found = await desk.anna.get("/cases", params={"channel": "phone", "customer": "lopez"})
    assert [line["reference"] for line in found.json()] == [case["reference"]]


async def test_the_same_request_files_once(desk: Desk) -> None:
    """Again, and at the same time; another complaint under it is refused."""
    answers = await asyncio.gather(*(desk.take_down() for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert len({a.json()["reference"] for a in answers}) == 1
    other = await desk.take_down(text="Something else")
    assert (other.status_code, "already" in other.json()["detail"]) == (422, True)
    assert (await desk.anna.post("/cases", json=CALL)).status_code == 422
    second = await desk.take_down("call-2")
    assert second.status_code == 201
    assert len((await desk.anna.get("/cases")).json()) == 2


async def test_danger_is_found_while_the_engine_is_away(desk: Desk) -> None:
    """By the rules alone; and whoever reads the answer out says the emergency number first."""
    desk.engine.script = lambda *_: EngineUnavailable("down")
    case = (await desk.take_down(text="The heater caught fire and my hand is burnt")).json()
    assert (case["severity"], case["category"]) == ("critical", "safety")
    desk.engine.script = lambda *_: answer("ok")
    life = (await desk.take_down("call-2", text="There is gas everywhere, I cannot breathe")).json()
    assert life["acknowledgement"].startswith("If someone is in danger")


async def test_what_nobody_said_is_understood_by_the_model(desk: Desk) -> None:
    """Severity, category and product come from the same model as those of a chat message."""
    parse = Parse(
        "file_complaint", 0.9, (Severity.HIGH, 0.95), (Category.BILLING, 0.9), "m7", (), ("toaster",)
    )
    scripted = answer("ok")
    desk.engine.script = lambda *_: type(scripted)(scripted.replies, (), {}, parse)
    case = (
        await desk.take_down(product="", language=None, text="La factura está mal, cobraron dos veces")
    ).json()
    assert (case["severity"], case["category"], case["product"], case["language"]) == (
        "high", "billing", "toaster", "es",
    )  # fmt: skip
    assert desk.engine.asked[-1][0].text.startswith("La factura")


async def test_who_takes_it_keeps_it_if_there_is_room(desk: Desk) -> None:
    """A full desk is no reason to refuse a caller: the case waits then."""
    mine = (await desk.take_down(claim=True)).json()
    assert (mine["holder"], mine["status"]) == ("Anna", "investigating")

    await desk.database.run(presence.set_profile, "Anna", capacity=1, now=datetime.now(UTC))
    waits = (await desk.take_down("call-2", claim=True)).json()
    assert (waits["holder"], waits["state"]) == (None, "waiting")


async def test_files_come_along(desk: Desk) -> None:
    """Kept as customers' files are; what is none is refused, and nothing is filed."""
    photo = base64.b64encode((Path(__file__).parents[2] / "bot/demo/mug.jpg").read_bytes()).decode()
    case = (await desk.take_down(files=[{"name": "mug.jpg", "content": photo}])).json()
    [file] = case["files"]
    assert (file["name"], file["media_type"], file["kept"]) == ("mug.jpg", "image/jpeg", True)
    program = base64.b64encode(b"MZ\x90\x00" * 50).decode()
    assert (await desk.take_down("call-2", files=[{"content": program}])).status_code == 422
    assert len((await desk.anna.get("/cases")).json()) == 1


WRONG: list[dict[str, Any]] = [
    {"channel": "webchat"},
    {"text": " "},
    {"received_at": "2026-03-02T12:00:00"},  # where?
    {"received_at": "2999-03-02T12:00:00Z"},
    {"received_at": "1999-03-02T12:00:00Z"},
    {"earlier": "RC-00000000"},
    {"amount": "12.345"},
    {"nonsense": 1},
]


async def test_what_cannot_be_filed_is_refused(desk: Desk) -> None:
    for wrong in WRONG:
        assert (await desk.take_down(**wrong)).status_code in (404, 422), wrong
    forbidden = await desk.tina.post("/cases", json=CALL, headers={"Idempotency-Key": "x"})
    assert forbidden.status_code == 403
    assert (await desk.anna.get("/cases")).json() == []


async def test_a_letter_is_acknowledged_when_somebody_has_posted_it(desk: Desk) -> None:
    """Not before: until then it is a task, and the text is there as a letter in the customer's language."""
    case = (await desk.take_down(**LETTER)).json()
    reference = case["reference"]
    assert (case["status"], case["acknowledged_at"]) == ("received", None)
    await desk.anna.post(f"/cases/{reference}/claim")
    await desk.send_all()
    case = await desk.case(reference)
    assert case["messages"][-1]["state"] == "by_hand"
    [task] = [t for t in case["tasks"] if t["kind"] == TaskKind.BY_HAND]
    assert (task["owner"], task["title"], task["state"]) == ("Anna", "letter", "open")
    message, found = await desk.database.read(by_hand.message_of, task["id"])  # type: ignore[misc]
    assert "reclamación" in message.text
    made = reply_letter.pdf(
        message, found, "Northwind", desk.settings.policy.time_zone, "es", datetime.now(UTC)
    )
    assert made.startswith(b"%PDF")
    body = {"task": task["id"], "outcome": "Posted, first class"}
    assert (await desk.anna.post(f"/cases/{reference}/task-end", json=body)).status_code == 200
    case = await desk.case(reference)
    assert (case["status"], case["messages"][-1]["state"]) == ("investigating", "delivered")
    assert case["acknowledged_at"] is not None
    assert [e["actor"] for e in case["events"] if e["kind"] == "delivered_by_hand"] == ["agent:Anna"]


async def answered_by_phone(desk: Desk) -> tuple[str, int]:
    """A decided case of a caller; its reference, and the task to tell them."""
    reference = (await desk.take_down(claim=True)).json()["reference"]
    text = {"decision": "upheld", "text": "A new one is on its way."}
    assert (await desk.anna.post(f"/cases/{reference}/resolve", json=text)).status_code == 200
    await desk.send_all()
    [task] = [t for t in (await desk.case(reference))["tasks"] if t["kind"] == TaskKind.BY_HAND]
    assert task["owner"] == "Anna"
    return reference, task["id"]


async def test_an_answer_is_delivered_by_whoever_calls(desk: Desk) -> None:
    reference, task = await answered_by_phone(desk)
    await desk.database.run(deliveries.settle, datetime.now(UTC))
    assert [letter["state"] for letter in (await desk.case(reference))["letters"]] == ["sending"]
    await desk.anna.post(f"/cases/{reference}/task-end", json={"task": task, "outcome": "Told her"})
    await desk.database.run(deliveries.settle, datetime.now(UTC))
    case = await desk.case(reference)
    assert [letter["state"] for letter in case["letters"]] == ["delivered"]
    assert case["status"] == "closed"


async def test_who_cannot_be_reached_is_not_forgotten(desk: Desk) -> None:
    """The task is dropped with its reason: the answer has not arrived, the case is open again."""
    reference, task = await answered_by_phone(desk)
    body = {"task": task, "outcome": "Wrong number", "dropped": True}
    await desk.anna.post(f"/cases/{reference}/task-end", json=body)
    await desk.database.run(deliveries.settle, datetime.now(UTC))
    case = await desk.case(reference)
    assert [letter["state"] for letter in case["letters"]] == ["failed"]
    assert (case["status"], case["state"]) == ("investigating", "waiting")
    assert [t["kind"] for t in case["tasks"] if t["state"] == "open"] == [TaskKind.DELIVERY]


async def test_a_worker_that_dies_makes_no_second_task(desk: Desk) -> None:
    """The message is left to people once, whatever is repeated."""
    reference = (await desk.take_down(**LETTER)).json()["reference"]
    await desk.send_all()

    def again(session: Session) -> int:
        message = session.exec(select(Message).where(Message.state == Delivery.BY_HAND)).one()
        by_hand.leave(session, message, datetime.now(UTC))
        return len(session.exec(select(by_hand.ByHand)).all())

    assert await desk.database.run(again) == 1
    assert len((await desk.case(reference))["tasks"]) == 1


async def test_news_for_a_caller_are_a_persons_task(desk: Desk) -> None:
    """The clock promises nothing that the program cannot do: nobody is called by itself."""
    reference = (await desk.take_down()).json()["reference"]

    def tell(session: Session) -> tuple[object, str | None]:
        case = register.find(session, reference)
        conversation = session.get_one(Conversation, case.conversation)
        now = datetime.now(UTC)
        said = informing.tell(session, conversation, case, ("update_waiting",), "u:1", now, by_template=True)
        return said, case.update_task

    assert await desk.database.run(tell) == (None, "by_hand")


async def test_who_wrote_before_is_answered_there(desk: Desk) -> None:
    """The complaint is one of the telephone, its answers go where the customer has been before."""
    earlier = await desk.database.run(lambda s: complain(s, key="4711", channel="webchat"))
    case = (await desk.take_down(earlier=earlier.lower())).json()
    assert (case["channel"], case["conversation"]) == ("phone", "webchat:4711")
    assert [c["reference"] for c in case["other_cases"]] == [earlier]
    await desk.send_all()
    told = (await desk.case(case["reference"]))["messages"][-1]
    assert (told["text"], told["state"]) == (case["acknowledgement"], "sent")


@pytest.mark.parametrize(("hours", "there"), [(1, True), (30, False)])
async def test_but_not_where_nothing_arrives_any_more(desk: Desk, hours: int, there: bool) -> None:
    """WhatsApp takes free texts for 24 hours after the customer's last word; who calls later is called."""
    wrote = datetime.now(UTC) - timedelta(hours=hours)
    earlier = await desk.database.run(
        lambda s: complain(s, key="+34600111222", channel="whatsapp", now=wrote)
    )
    filed = (await desk.take_down(earlier=earlier)).json()

    def conversation(session: Session) -> str:
        return register.find(session, filed["reference"]).conversation

    assert (await desk.database.read(conversation) == "whatsapp:+34600111222") is there


async def test_it_is_placed_by_the_operators_files(desk: Desk) -> None:
    """As what a customer writes is: the sub-category by its words."""
    with world.in_force_while(reading.read(EXAMPLE)):
        filed = (await desk.take_down(text="My kettle is leaking, water everywhere.", product="K2")).json()

    def part(session: Session) -> tuple[str, str | None]:
        case = register.find(session, filed["reference"])
        return case.category, case.subcategory

    assert await desk.database.read(part) == ("defect", "leaks")


async def test_it_is_audited_and_in_the_case_file(desk: Desk) -> None:
    """What was taken down is signed in the trail like everything else, and can be taken out as a file."""
    reference = (await desk.take_down(claim=True)).json()["reference"]
    made = await desk.anna.post(f"/cases/{reference}/file", params={"form": "pdf"})
    assert made.content.startswith(b"%PDF")

    def entries(session: Session) -> set[str]:
        return set(session.exec(select(AuditEntry.name)).all())

    assert {"complaint", "conversation", "event", "message"} <= await desk.database.read(entries)


def test_the_description_names_every_channel_that_people_work() -> None:
    named = get_args(NewCase.model_fields["channel"].annotation)
    assert set(named) == set(BY_HAND)
