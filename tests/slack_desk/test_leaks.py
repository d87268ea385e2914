"""What is said among agents stays among agents: a hundred ways to say it in a thread.

Mutation: in `handoff.slack_desk.reading._meaning`, strip the text before looking for ``!`` — a note
with a space before its exclamation mark is then read by the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from channels.transcript import Author, Message
from complaints import register
from handoff import desk
from tests.platforms.slack import BOT_USER, TEAM
from tests.slack_desk.office import CHANNEL, NORA, OLIVER, STRANGER, SUE, TRINA, Office

PLAIN = [
    "{0}", "I think {0}!", "what a {0} !", "{0}\n!{0}", "ok\n\n! {0}", "a!{0}", "?!{0}", "¡{0}!", "！{0}",
    "ǃ{0}", "‼ {0}", "❗{0}", ":exclamation: {0}", ":heavy_exclamation_mark:{0}", "\\!{0}", "/!{0}", "-!{0}",
    "1! {0}", "(!{0})", "[!{0}]", '"! {0}"', "'!{0}'", "“!{0}”", "«!{0}»", "re: !{0}", "@here !{0}",
]  # fmt: skip
SPACED = [
    f"{space}!{{0}}"
    for space in (" ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u2009", "\u200b", "\ufeff", "\u3000")
]
FORMATTED = [
    "`!{0}`", "```!{0}```", "```\n!{0}\n```", "&gt; !{0}", "&gt;!{0}", "&gt;&gt;&gt; !{0}", "*!{0}*",
    "_!{0}_", "~!{0}~", "• !{0}", "1. !{0}", "*Nora*: !{0}", "<https://x.example|!{0}>", "&lt;!{0}&gt;",
    "&amp;!{0}", "<@U0OLIVER> !{0}", "<#C1|general> !{0}", "<!here> !{0}", "<!channel>{0}",
    "<!subteam^S1|@desk> {0}",
    "<!date^1^{{date}}|!{0}>", "&#33;{0}", "%21{0}", "\u0000!{0}", "```!{0}", "`!`{0}",
]  # fmt: skip


def rich(kind: str, text: str, **style: bool) -> list[dict[str, Any]]:
    """What Slack's editor sends beside the text."""
    words = {"type": "text", "text": text} | ({"style": style} if style else {})
    return [{"type": "rich_text", "elements": [{"type": kind, "elements": [words]}]}]


def internal(office: Office, case: str, other: str) -> Iterator[Any]:
    """Requests of which no customer may read a word, each with a word of its own."""
    words = (f"leak{number}x" for number in range(1000))
    for pattern in [*PLAIN, *SPACED, *FORMATTED]:
        yield office.said(pattern.format(next(words)), NORA, case)
    for user in (OLIVER, SUE, TRINA, STRANGER):  # none of them holds the case
        yield office.said(f"!{next(words)}", user, case)
        yield office.said(f"! {next(words)}", user, case)
        yield office.sent_form("send_reply", case, user, text=next(words))
    for kind in ("rich_text_preformatted", "rich_text_quote", "rich_text_list"):
        word = next(words)
        yield office.said(f"!{word}", NORA, case, blocks=rich(kind, f"!{word}"))
    for style in ("code", "bold", "italic", "strike"):
        word = next(words)
        yield office.said(
            f"!{word}", NORA, case, blocks=rich("rich_text_section", f"!{word}", **{style: True})
        )
    for extra in (
        {"subtype": "thread_broadcast"},
        {"subtype": "file_share", "files": [{"id": "F1", "name": "plan.pdf"}]},
        {"files": [{"id": "F1", "name": "plan.pdf"}]},
        {"attachments": [{"text": "!forwarded", "is_share": True}]},
        {"subtype": "me_message"},
        {"subtype": "bot_message", "bot_id": "B1", "user": None},
        {"subtype": "reminder_add"},
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"user": BOT_USER},
        {"user": "USLACKBOT"},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "!"}}]},
        {"channel": "C0OTHER"},
    ):
        yield office.said(f"!{next(words)}", NORA, case, **extra)
    for text in ("!{0} <@U0OLIVER> look", "!<!here> {0}", "!<#C1|x> {0}", "!<!subteam^S1> {0}"):
        yield office.said(text.format(next(words)), NORA, case)
    yield office.said(f"!{next(words)}", NORA)  # in the channel, in no thread
    yield office.said(f"!{next(words)}", NORA, other)  # another case's thread: Oliver's
    for before in ("as it was", "!as it was"):
        written = {"type": "message", "user": NORA, "ts": "1.000001", "thread_ts": office.ts(case)}
        changed = {
            "message": written | {"text": f"!{next(words)}"},
            "previous_message": written | {"text": before},
        }
        yield office.said("", NORA, **changed, subtype="message_changed", user=None)
    gone = {"previous_message": {"user": NORA, "text": f"!{next(words)}", "thread_ts": office.ts(case)}}
    yield office.said("", NORA, **gone, subtype="message_deleted", user=None)
    mention = {"type": "app_mention", "channel": CHANNEL, "thread_ts": office.ts(case)}
    yield office.said(f"!{next(words)}", NORA, case, **mention)


async def test_a_hundred_words_among_agents_reach_no_customer(office: Office) -> None:
    case, other = await office.claimed(), await office.claimed(OLIVER)
    webhooks = list(internal(office, case, other))
    assert len(webhooks) >= 100
    for webhook in webhooks:
        await office.deliver(webhook)
    await office.settle()
    await office.say("!A new one is on its way", case)
    await office.send_form("send_reply", case, text="It arrives on Friday")
    to_customers = await office.database.read(everything_outgoing)
    assert [text for text in to_customers if "leak" in text] == []
    assert await office.heard(case) == ["A new one is on its way", "It arrives on Friday"]
    assert await office.heard(other) == []
    assert len(await office.notes(case)) >= len(PLAIN) + len(SPACED) + len(FORMATTED)


async def test_who_meant_to_answer_and_did_not_is_told(office: Office) -> None:
    case = await office.claimed()
    mistakes = [
        office.said("!a", OLIVER, case),
        office.said("!b", NORA, case, subtype="thread_broadcast"),
        office.said("!c", NORA, case, files=[{"id": "F1", "name": "plan.pdf"}]),
        office.said("!d <@U0OLIVER>", NORA, case),
        office.said("!e", NORA),
        office.said("!", NORA, case),
        office.said("!   ", NORA, case),
    ]
    for webhook in mistakes:
        await office.deliver(webhook)
    await office.settle()
    assert await office.heard(case) == []
    assert len(office.server.told(OLIVER)) == 1
    assert len(office.server.told(NORA)) == len(mistakes) - 1


async def test_an_edit_changes_nothing_and_says_so(office: Office) -> None:
    case = await office.claimed()
    await office.say("!On Friday", case)
    written = {"user": NORA, "ts": "1700000000.000001", "thread_ts": office.ts(case)}
    edit = {"message": written | {"text": "!On Monday"}, "previous_message": written | {"text": "!On Friday"}}
    await office.say("", None, **edit, subtype="message_changed")
    assert await office.heard(case) == ["On Friday"]
    assert "An edit changes nothing" in office.server.told(NORA)[0]


async def test_after_a_takeover_the_mark_answers_no_more(office: Office) -> None:
    case = await office.claimed()
    await office.database.run(desk.take_over, case, "Sue", datetime.now(UTC))
    await office.say("!Still me", case)
    await office.say("!Now me", case, SUE)
    assert await office.heard(case) == ["Now me"]
    assert "Sue holds this case" in office.server.told(NORA)[0]


async def test_the_agents_talk_outside_of_threads_is_nobodys(office: Office) -> None:
    case = await office.claimed()
    await office.say("Lunch?", None)
    assert await office.notes(case) == []
    assert office.server.told(NORA) == []


def everything_outgoing(session: Session) -> list[str]:
    """All that was ever said to any customer."""
    return list(session.exec(select(Message.text).where(col(Message.author) != Author.CUSTOMER)))


async def test_notes_are_no_customers_history(office: Office) -> None:
    case = await office.claimed()
    await office.say("the courier was drunk", case)
    messages = await office.database.read(
        lambda s: [
            m.text for m in s.exec(select(Message)) if m.conversation == register.find(s, case).conversation
        ]
    )
    assert not any("drunk" in text for text in messages)
    assert TEAM not in str(messages)
