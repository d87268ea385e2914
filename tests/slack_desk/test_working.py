"""A case from its arrival to its end, all of it in Slack; and Slack and the console agree.

Mutation: in `handoff.slack_desk.changes._note`, leave out ``Handoff()`` — an offer, which leaves nothing
in the case's history, is then not seen in Slack.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from channels import inbox, outbox
from channels.lanes import Unavailable
from channels.message import Address, Inbound, InboundKind
from channels.transcript import Message
from complaints.complaint import Severity
from handoff import desk, queue
from handoff.dispatch import escalation
from handoff.slack_desk.record import SlackCase
from handoff.staff import agents
from tests.slack_desk.office import CONSOLE, NORA, OLIVER, STRANGER, SUE, TRINA, Office, work


async def test_a_new_case_is_a_message_that_says_what_matters(office: Office) -> None:
    reference = await office.case(text="Sparks <!channel> & smoke", severity=Severity.CRITICAL)
    head = office.head(reference)
    assert all(
        word in head for word in ("Critical", "Defect", "Sparks <!channel> & smoke", "<!date^", "Maria")
    )
    assert office.buttons(reference) == ["claim", "open", "assign"]
    assert f"{CONSOLE}/cases/{reference}" in head


async def test_a_customers_words_neither_link_nor_mention(office: Office) -> None:
    reference = await office.claimed(text="<!channel> <https://evil.example|bank> <@U0NORA>")
    for message in [*office.server.heads("C0DESK"), *office.server.thread("C0DESK", office.ts(reference))]:
        markup = [b["text"] for b in message["blocks"] if b["type"] == "section"]
        markup += [e for b in message["blocks"] if b["type"] == "context" for e in b["elements"]]
        assert not any(
            "evil" in m["text"] or "<!channel" in m["text"] for m in markup if m["type"] == "mrkdwn"
        )
        assert "<!channel" not in message["text"]


async def test_claiming_opens_a_thread_with_what_was_said(office: Office) -> None:
    reference = await office.claimed()
    assert await office.holder(reference) == "Nora"
    assert "*Nora* has it" in office.head(reference)
    assert office.buttons(reference)[:4] == ["reply", "resolve", "hand_back", "release"]
    thread = office.thread(reference)
    assert "My kettle arrived broken." in thread
    assert f"I've filed it under {reference}." in thread
    assert "Claimed by *Nora*" in thread


async def test_what_the_customer_says_meanwhile_is_in_the_thread(office: Office) -> None:
    reference = await office.claimed(key="maria")
    for number, text in enumerate(["And the box was wet.", "x" * 9000 + " end"]):
        message = Inbound(Address("webchat", "maria"), f"more-{number}", text)
        await office.database.run(inbox.accept, message, datetime.now(UTC))
    await office.settle()
    thread = office.thread(reference)
    assert "And the box was wet." in thread
    assert thread.index("And the box") < thread.index("x end")
    assert '"action_id": "reply"' in thread


async def test_a_plain_word_is_a_note_and_a_mark_answers(office: Office) -> None:
    reference = await office.claimed()
    await office.say("Probably the courier &amp; not us", reference)
    await office.say("! A new one is on its way &lt;3", reference)
    assert await office.notes(reference) == ["Probably the courier & not us"]
    assert await office.heard(reference) == ["A new one is on its way <3"]
    assert [sign for _, sign in office.server.reactions] == ["memo", "outgoing_envelope"]
    # It is there already: Nora wrote it.
    assert not any(text in office.thread(reference) for text in ("Probably the courier", "A new one is on"))


async def test_the_form_answers_and_the_thread_shows_it(office: Office) -> None:
    reference = await office.claimed()
    await office.press("reply", reference)
    (opened,) = office.server.calls("views.open")
    assert opened.fields["view"]["callback_id"] == "send_reply"
    await office.send_form("send_reply", reference, text="It arrives on Friday.")
    assert await office.heard(reference) == ["It arrives on Friday."]
    assert "It arrives on Friday." in office.thread(reference)


async def test_a_case_is_resolved_from_the_thread(office: Office) -> None:
    reference = await office.claimed()
    await office.press("resolve", reference)
    await office.send_form("send_resolve", reference, decision="upheld", remedy="exchange", text="On Friday.")
    assert "On Friday." in (await office.heard(reference))[0]
    assert "Closed: upheld." in office.head(reference)
    assert office.buttons(reference) == ["open"]
    assert "Decided by *Nora*" in office.thread(reference)


async def test_a_case_is_handed_back_with_a_note(office: Office) -> None:
    reference = await office.claimed()
    await office.press("hand_back", reference)
    await office.send_form("send_hand_back", reference, text="Waits for the part")
    assert await office.holder(reference) is None
    assert "With the assistant" in office.head(reference)
    assert "Waits for the part" in office.thread(reference)


async def test_a_supervisor_assigns(office: Office) -> None:
    reference = await office.case()
    await office.press("assign", reference, SUE)
    (opened,) = office.server.calls("views.open")
    assert "Oliver" in str(opened.fields["view"]["blocks"])
    await office.send_form("send_assign", reference, SUE, agent="Oliver", text="Yours")
    assert await office.holder(reference) == "Oliver"
    assert "*Oliver* has it" in office.head(reference)


async def test_a_holder_passes_a_case_on(office: Office) -> None:
    reference = await office.claimed()
    await office.press("assign", reference)
    await office.send_form("send_assign", reference, agent="Oliver", text="You know kettles")
    assert await office.holder(reference) == "Oliver"
    assert "You know kettles" in office.thread(reference)


async def test_an_agent_cannot_assign_what_is_not_theirs(office: Office) -> None:
    reference = await office.claimed()
    await office.press("assign", reference, OLIVER)
    await office.send_form("send_assign", reference, OLIVER, agent="Oliver")
    assert await office.holder(reference) == "Nora"
    assert office.server.calls("views.open") == []
    assert len(office.server.told(OLIVER)) == 2


async def test_what_the_console_does_is_seen_in_slack(office: Office) -> None:
    reference = await office.case()
    now = datetime.now(UTC)
    await office.database.run(desk.claim, reference, "Oliver", now)
    await office.settle()
    assert "*Oliver* has it" in office.head(reference)
    await office.database.run(desk.reply, reference, "Oliver", "From the console", "r1", now)
    await office.database.run(desk.note, reference, "Oliver", "Noted in the console", now)
    await office.settle()
    assert "From the console" in office.thread(reference)
    assert "Noted in the console" in office.thread(reference)
    await office.database.run(desk.release, reference, "Oliver", now)
    await office.settle()
    assert "It waits for somebody." in office.head(reference)
    assert office.buttons(reference)[0] == "claim"


async def test_what_was_said_between_two_claims_is_caught_up(office: Office) -> None:
    reference = await office.claimed(key="maria")
    await office.press("release", reference)
    message = Inbound(Address("webchat", "maria"), "more", "Is anybody there?")
    await office.database.run(inbox.accept, message, datetime.now(UTC))
    await office.settle()
    assert "Is anybody there?" not in office.thread(reference)
    await office.press("claim", reference, OLIVER)
    assert "Is anybody there?" in office.thread(reference)


async def test_an_answer_that_did_not_arrive_is_said(office: Office) -> None:
    reference = await office.claimed()
    await office.say("!On Friday", reference)

    def fail(session: Session) -> None:
        sent = session.exec(select(Message).where(Message.text == "On Friday")).one()
        outbox.failed(session, sent, "the customer has blocked us", final=True)

    await office.database.run(fail)
    await office.settle()
    assert "Not delivered to the customer" in office.thread(reference)
    assert "the customer has blocked us" in office.thread(reference)


async def test_a_changed_message_of_the_customers_is_said(office: Office) -> None:
    reference = await office.claimed(key="maria")
    home = Address("webchat", "maria")
    for part in (
        Inbound(home, "m1", "It was red", message_id="m1"),
        Inbound(home, "m2", "It was blue", kind=InboundKind.EDIT, revises="m1"),
    ):
        await office.database.run(inbox.accept, part, datetime.now(UTC))
        await office.settle()
    assert "It was red" in office.thread(reference)
    assert "has changed a message" in office.thread(reference)
    assert "It was blue" in office.thread(reference)


async def test_an_offer_is_seen_and_can_be_declined_by_its_agent(office: Office) -> None:
    reference = await office.case()

    def offer(session: Session) -> None:
        item = queue.locked(session, reference)
        assert item
        item.state, item.agent = "offered", "Nora"
        session.add(item)

    await office.database.run(offer)
    await office.settle()
    assert "offered to *Nora*" in office.head(reference)
    await office.press("claim", reference, OLIVER)
    await office.press("decline", reference, OLIVER)
    assert len(office.server.told(OLIVER)) == 2
    await office.press("decline", reference)
    assert "It waits for somebody." in office.head(reference)


async def test_a_date_that_comes_near_is_seen(office: Office) -> None:
    reference = await office.claimed(respond_in=timedelta(minutes=5))
    await office.database.run(escalation.escalate, datetime.now(UTC))
    await office.settle()
    assert "*at risk*" in office.head(reference)
    assert "Its date is near" in office.thread(reference)


async def test_a_word_in_a_thread_not_known_yet_waits(office: Office) -> None:
    reference = await office.claimed()
    ts, said = office.ts(reference), office.said("a note", NORA, reference)

    def forget(session: Session) -> None:
        row = session.get_one(SlackCase, reference)
        row.ts, row.pending, row.pending_since = None, {"key": "head:x"}, datetime.now(UTC)

    await office.database.run(forget)
    await office.deliver(said)
    with pytest.raises(Unavailable):
        await work(office.database, "slackin", office.hearing.take)

    def learn(session: Session) -> None:
        row = session.get_one(SlackCase, reference)
        row.ts, row.pending, row.pending_since = ts, None, None

    await office.database.run(learn)
    await office.settle()
    assert await office.notes(reference) == ["a note"]


async def test_who_is_unknown_learns_what_to_do_and_does_nothing(office: Office) -> None:
    reference = await office.case()
    await office.press("claim", reference, STRANGER)
    await office.say("a remark", reference, STRANGER)
    await office.say("!an answer", reference, STRANGER)
    await office.press("reply", reference, STRANGER)
    assert await office.holder(reference) is None
    assert await office.notes(reference) == await office.heard(reference) == []
    assert all(f"recourse user link YOUR-NAME {STRANGER}" in told for told in office.server.told(STRANGER))
    assert len(office.server.told(STRANGER)) == 4


async def test_a_trainer_may_note_and_not_answer(office: Office) -> None:
    reference = await office.case()
    await office.press("claim", reference, TRINA)
    await office.say("!Hello", reference, TRINA)
    await office.say("A good example", reference, TRINA)
    assert await office.holder(reference) is None
    assert await office.heard(reference) == []
    assert await office.notes(reference) == ["A good example"]
    assert len(office.server.told(TRINA)) == 2


async def test_a_closed_account_does_nothing(office: Office) -> None:
    def close(session: Session) -> None:
        agents.find(session, "Nora").active = False

    reference = await office.case()
    await office.database.run(close)
    await office.press("claim", reference)
    assert await office.holder(reference) is None


async def test_two_who_claim_at_once_one_wins_the_other_is_told(office: Office) -> None:
    reference = await office.case()
    await office.deliver(office.pressed("claim", reference, OLIVER))
    await office.deliver(office.pressed("claim", reference, NORA))
    await office.settle()
    assert await office.holder(reference) == "Oliver"
    assert "*Oliver* has it" in office.head(reference)
    (told,) = office.server.told(NORA)
    assert "Oliver holds this case" in told
    assert office.server.told(OLIVER) == []


async def test_a_double_click_claims_once(office: Office) -> None:
    reference = await office.case()
    pressed = office.pressed("claim", reference)
    for webhook in (pressed, pressed, office.pressed("claim", reference)):
        await office.deliver(webhook)
    await office.settle()
    assert [e.kind for e in await office.events(reference)].count("claimed") == 1
    assert office.thread(reference).count("Claimed by") == 1
    assert office.server.told(NORA) == []


@pytest.mark.parametrize("retry", [1, 2, 3])
async def test_what_slack_repeats_happens_once(office: Office, retry: int) -> None:
    reference = await office.claimed()
    for text in ("a remark", "!an answer"):
        first = office.said(text, NORA, reference)
        await office.deliver(first)
        first.headers["x-slack-retry-num"] = str(retry)
        await office.settle()
        await office.deliver(first)
        await office.settle()
    form = office.sent_form("send_reply", reference, text="by form")
    await office.deliver(form)
    await office.settle()
    await office.deliver(form)
    await office.settle()
    assert await office.notes(reference) == ["a remark"]
    assert await office.heard(reference) == ["an answer", "by form"]


async def test_a_form_that_is_refused_gives_the_text_back(office: Office) -> None:
    reference = await office.claimed()
    await office.press("release", reference)
    await office.send_form("send_reply", reference, text="Two hours of work & more")
    assert await office.heard(reference) == []
    assert "Two hours of work &amp; more" in office.server.told(NORA)[-1]


async def test_a_permission_that_expired_is_said(office: Office) -> None:
    reference = await office.claimed()
    webhook = office.pressed("reply", reference)
    office.server._triggers.clear()
    await office.deliver(webhook)
    await office.settle()
    assert "press the button again" in office.server.told(NORA)[-1]
