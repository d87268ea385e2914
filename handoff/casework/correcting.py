"""What is wrong on a case's record is put right: whose it is, how they are reached, what it is about.

People may ask for that (GDPR, article 16), and whoever answers them should see no wrong name. The holder may,
and a supervisor, for whom also a case that is closed is open to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.reaching import by_machine
from channels.transcript import Conversation
from complaints import describing
from complaints.record import Complaint
from handoff.holding import actor, check_holder, wake
from handoff.queue import BadInput, take


class NothingDiffers(BadInput):
    """What was given stands on the record already."""


def correct(
    session: Session,
    reference: str,
    agent: str,
    changes: Mapping[str, Any],
    reason: str,
    now: datetime,
    *,
    as_supervisor: bool = False,
) -> None:
    """Put ``changes`` on the record (see `complaints.describing.correct`), and say why.

    The customer is told nothing by this: who answers them says so. Raises `BadInput` without a reason, for
    a name of somebody who wishes to have none, and where nothing differs; `NotHolder`, `UnknownReference`.
    """
    if not reason.strip():
        raise BadInput("say why: what is on record is only corrected with a reason")
    conversation, item, case = take(session, reference, now)
    if not as_supervisor:
        check_holder(item, agent)
    if case.anonymous and changes.get("name"):
        raise BadInput("name: this customer wishes to stay unnamed")
    _follow(session, conversation, case, changes)
    by = actor(agent)
    if not describing.correct(session, case, changes, reason=reason.strip(), actor=by, now=now):
        raise NothingDiffers("nothing of this differs from what is on record")
    wake(session, conversation)


def _follow(
    session: Session, conversation: Conversation, case: Complaint, changes: Mapping[str, Any]
) -> None:
    """Name and number of a conversation that was taken down are those of its record: wrong there, too.

    What a platform tells of its user is theirs, and stays. The conversation comes first: the case's words
    for the search are made of both when the case is written.
    """
    if by_machine(conversation.channel):
        return
    for name in ("name", "phone"):
        known = getattr(case, name)
        if name in changes and known and getattr(conversation, name) == known:
            setattr(conversation, name, changes[name])
    session.add(conversation)
    session.flush()
