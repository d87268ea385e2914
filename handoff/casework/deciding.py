"""From the draft of an answer to its delivery, and what happens if the customer does not accept it.

One way to decide: `draft` composes the letter, `send` is a person's word that it has been checked; with it
the case is decided and the customer told. `resolve` is both at once, for whoever writes and checks in one
go, unless a second pair of eyes must see it first (`handoff.dispatch.rules.Rules.second_pair`). Merged
cases are answered along. `settle` records whether the letter arrived; if not, somebody has a task.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from channels import outbox
from channels.transcript import Author, Conversation
from complaints import deciding, letters, texts
from complaints.complaint import Decision, MoveRefused, Severity, Status
from complaints.deciding import Finding, Letter
from complaints.investigation import TaskKind, add_task
from complaints.record import Complaint
from complaints.world import world
from handoff.casework import conflicts, limits, linking
from handoff.casework.investigating import check_may
from handoff.dispatch.rules import in_force
from handoff.holding import actor, wake
from handoff.item import Handoff, Reason, State
from handoff.queue import BadInput, HandoffError, let_go, take
from handoff.telling import language_of

CARRIED_OUT = timedelta(days=14)
"""By when a remedy is to be carried out, where nobody named a day."""


class SecondPairNeeded(HandoffError):
    """Somebody else than its writer must check this letter before it is sent."""

    def __init__(self, writer: str) -> None:
        super().__init__(
            f"{writer} wrote this letter, so another must check it: ask a supervisor, or pass the case on"
        )
        self.writer = writer


def draft(
    session: Session,
    reference: str,
    agent: str,
    finding: Finding,
    *,
    outside: str,
    now: datetime,
    as_supervisor: bool = False,
) -> int:
    """Compose the letter that says ``finding``, in the customer's language; its number.

    ``outside`` names the body to turn to next, if there is one. Raises `NotHolder`, `ConflictOfInterest`,
    `NotInvestigated`, `MoveRefused`, `BadInput`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    letter = _draft(session, conversation, case, finding, agent, outside, now)
    if needs_second_pair(case.severity) or limits.above(session, agent, finding):
        _ask_for_check(session, item)
    wake(session, conversation)
    assert letter.id is not None
    return letter.id


def edit(
    session: Session,
    reference: str,
    agent: str,
    *,
    letter: int,
    body: str,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """Change the text of a draft. Raises `NotHolder`, `MoveRefused`, `UnknownLetter`, `UnknownReference`."""
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    found = deciding.letter_of(session, case, letter)
    if not body.strip():
        raise BadInput("the letter is empty")
    deciding.edit(session, case, found, body, agent=agent, now=now)
    wake(session, conversation)


def discard(
    session: Session, reference: str, agent: str, *, letter: int, now: datetime, as_supervisor: bool = False
) -> None:
    """The draft is not wanted. Raises what `edit` does."""
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    deciding.discard(session, case, deciding.letter_of(session, case, letter), agent=agent, now=now)
    item.reasons = [reason for reason in item.reasons if reason != Reason.CHECK]
    session.add(item)
    wake(session, conversation)


def send(
    session: Session,
    reference: str,
    agent: str,
    *,
    letter: int,
    body: str = "",
    outside: str,
    now: datetime,
    as_supervisor: bool = False,
) -> None:
    """``agent`` has checked the letter: the case is decided, and the letter goes to the customer.

    ``body`` is its text as they have read and perhaps changed it. Raises `SecondPairNeeded` where somebody
    else must check it, `AboveLimit` where the remedy costs more than they may grant, and what `draft` does.
    """
    conversation, item, case = take(session, reference, now)
    check_may(item, agent, as_supervisor=as_supervisor)
    conflicts.refuse(session, case, agent)
    found = deciding.letter_of(session, case, letter)
    if body.strip() and found.state == deciding.LetterState.DRAFT:
        # Who corrects a comma while checking has still checked another's letter.
        deciding.edit(session, case, found, body, agent=found.written_by, now=now)
    if needs_second_pair(case.severity) and found.written_by == agent:
        raise SecondPairNeeded(agent)
    if (limit := limits.above(session, agent, found.finding)) is not None:
        raise limits.AboveLimit(limit)
    _send(session, conversation, item, case, found, agent, outside, now)


def resolve(
    session: Session, reference: str, agent: str, finding: Finding, *, outside: str, now: datetime
) -> None:
    """Write and check in one go, where nobody else need check it.

    Otherwise the draft waits for another: where a second pair of eyes is needed, and where the remedy
    costs more than ``agent`` may grant (`handoff.casework.limits`).
    Raises what `draft` does.
    """
    conversation, item, case = take(session, reference, now)
    if not Status(case.status).is_open:
        raise MoveRefused(f"{reference} is {case.status} already")
    check_may(item, agent, as_supervisor=False)
    letter = _draft(session, conversation, case, finding, agent, outside, now)
    if needs_second_pair(case.severity) or limits.above(session, agent, finding):
        _ask_for_check(session, item)
        wake(session, conversation)
        return
    _send(session, conversation, item, case, letter, agent, outside, now)


def needs_second_pair(severity: str) -> bool:
    """Whether somebody else than its writer must check the letter of a case so severe."""
    wanted = in_force().second_pair
    return wanted == "all" or (wanted == "critical" and severity == Severity.CRITICAL)


def compose(
    reference: str, name: str | None, finding: Finding, *, language: str, outside: str, now: datetime
) -> str:
    """The letter as it reads in ``language``, before anybody has changed it. Raises `BadTemplate`."""
    answer_by = (now + in_force().monitored).astimezone(in_force().hours.time_zone).date()
    money = texts.format_money(finding.cost, finding.currency, language) if finding.cost else ""
    values = {
        "reference": reference,
        "name": name or "",
        "found": finding.found,
        "remedy": texts.say(f"remedy_{finding.remedy}", language) if finding.remedy else "",
        "cost": money,
        "by": texts.format_date(finding.by, language) if finding.by else "",
        "answer_by": texts.format_date(answer_by, language),
        "outside": outside,
    }
    return world.in_force().wording.signed(letters.compose(language, finding.decision, values), language)


def name_of(case: Complaint, conversation: Conversation) -> str | None:
    """Whom the letter addresses: nobody by name who wants to stay unnamed."""
    return case.name or (None if case.anonymous else conversation.name)


def _draft(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    finding: Finding,
    agent: str,
    outside: str,
    now: datetime,
) -> Letter:
    conflicts.refuse(session, case, agent)
    limits.check_offered(session, agent, finding)
    if not finding.found.strip():
        raise BadInput("say what was found: the customer reads it")
    if finding.cost is not None and finding.currency is None:
        raise BadInput("an amount needs its currency, such as EUR")
    language = language_of(conversation, case)
    body = compose(
        case.reference, name_of(case, conversation), finding, language=language, outside=outside, now=now
    )
    return deciding.draft(session, case, finding, body, language=language, agent=agent, now=now)


def _send(
    session: Session,
    conversation: Conversation,
    item: Handoff,
    case: Complaint,
    letter: Letter,
    agent: str,
    outside: str,
    now: datetime,
) -> None:
    deciding.decide(session, case, letter, agent=agent, now=now)
    numbers = outbox.put(
        session,
        conversation,
        letter.body,
        author=Author.AGENT,
        author_name=letter.written_by,
        dedup=f"letter:{letter.id}",
        now=now,
    )
    deciding.sending(session, case, letter, numbers[0], numbers[-1], now=now)
    _carry_out(session, case, letter, now)
    _go_on(session, conversation, item, case, now)
    for tie in linking.merged_here(session, case.reference):
        _answer_merged(session, tie.reference, letter, conversation, agent, outside, now)


def _answer_merged(
    session: Session,
    reference: str,
    main: Letter,
    told: Conversation,
    agent: str,
    outside: str,
    now: datetime,
) -> None:
    """A case that was merged into the one just decided: it gets the same answer, where it waits for it."""
    conversation, item, twin = take(session, reference, now)
    if not Status(twin.status).is_open:
        return
    language = language_of(conversation, twin)
    body = compose(
        twin.reference, name_of(twin, conversation), main.finding, language=language, outside=outside, now=now
    )
    letter = deciding.draft(
        session, twin, main.finding, body, language=language, agent=main.written_by, now=now, merged=True
    )
    deciding.decide(session, twin, letter, agent=agent, now=now, merged=True)
    assert main.first_message is not None
    assert main.last_message is not None
    first, last = main.first_message, main.last_message
    if conversation.id != told.id:
        numbers = outbox.put(
            session, conversation, letter.body, author=Author.AGENT, author_name=main.written_by,
            dedup=f"letter:{letter.id}", now=now,
        )  # fmt: skip
        first, last = numbers[0], numbers[-1]
    deciding.sending(session, twin, letter, first, last, now=now)
    _go_on(session, conversation, item, twin, now)


def _carry_out(session: Session, case: Complaint, letter: Letter, now: datetime) -> None:
    """What was granted has to be done, whatever becomes of the case (ISO 10002, 7.9)."""
    if letter.remedy is None or letter.decision == Decision.NOT_UPHELD:
        return
    due = now + CARRIED_OUT
    if letter.by is not None:
        due = datetime.combine(letter.by, datetime.max.time(), in_force().hours.time_zone)
    add_task(
        session, case, letter.remedy, kind=TaskKind.REMEDY, owner=letter.written_by, due=due,
        actor=actor(letter.written_by), now=now,
    )  # fmt: skip


def _go_on(
    session: Session, conversation: Conversation, item: Handoff, case: Complaint, now: datetime
) -> None:
    closed = not Status(case.status).is_open
    let_go(session, conversation, item, State.CLOSED if closed else State.WITH_BOT)
    item.reasons, item.back_at = [], None if closed else now + in_force().monitored


def _ask_for_check(session: Session, item: Handoff) -> None:
    if Reason.CHECK not in item.reasons:
        item.reasons = [*item.reasons, Reason.CHECK.value]
        session.add(item)
