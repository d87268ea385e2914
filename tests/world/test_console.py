"""The console shows the shop's own names, and what customers answered to its questions.

Mutation: leave the answers out of ``_record.html``; or let `handoff.console.views.View` offer all remedies.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlmodel import Session

from complaints import answering, register
from complaints.commands import AnswerQuestion
from complaints.world.world import World
from handoff import desk
from handoff.case_file import case_file
from handoff.casework import placing
from handoff.console.wording import wording
from tests.console.conftest import Served
from tests.console.conftest import served as served  # noqa: PLC0414  (a fixture)
from tests.handoff.cases import NOW, complain


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def seed(session: Session) -> str:
    """A kettle that leaks, its questions answered, not understood and skipped; Anna has it."""
    reference = complain(session, text="My tea kettle is leaking.")
    case = register.find(session, reference)
    case.product = "Kettle K2"
    placing.place(session, case, case.description, NOW)
    for question, kind, state, label, value, said in (
        ("serial", "text", "answered", "Serial number", "SN-48213", "it says sn-48213"),
        ("bought-on", "date", "unchecked", "Bought on", "", "when my aunt was here"),
        ("still-usable", "yes_no", "skipped", "Still usable", "", ""),
    ):
        answer = AnswerQuestion.model_validate(
            {"reference": reference, "question": question, "kind": kind, "state": state, "label": label,
             "value": value, "said": said}
        )  # fmt: skip
        answering.keep(session, case, answer, actor="customer", now=NOW)
    desk.claim(session, reference, "Anna", NOW)
    return reference


async def test_the_case_shows_the_shops_names_and_the_answers(served: Served, shop: World) -> None:
    assert shop.folder is not None
    reference = await served.database.run(seed)
    anna = await served.signed_in("Anna")
    page = (await anna.get(f"/console/cases/{reference}")).text
    assert "Faulty goods · Leaks" in page
    assert "Your own files" in page
    facts = dict(re.findall(r"<dt[^>]*>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", page))
    assert facts["Product"] == "Kettle K2"
    assert facts["Serial number"] == "SN-48213"
    assert "when my aunt was here" in facts["Bought on"]
    assert facts["Still usable"] == "rather not say"
    assert "Número de serie" in wording("es").event_details(await _last_told(served, reference, "serial"))


async def _last_told(served: Served, reference: str, question: str) -> dict[str, Any]:
    file = await served.database.read(case_file, reference)
    return next(e for e in file["events"] if question in (e["data"].get("after") or {}))


async def test_only_what_is_offered_can_be_chosen(served: Served, shop: World) -> None:
    assert shop.remedies.offered()
    reference = await served.database.run(seed)
    anna = await served.signed_in("Anna")
    page = (await anna.get(f"/console/cases/{reference}")).text
    remedies = page[page.index('name="remedy"') :]
    remedies = remedies[: remedies.index("</select>")]
    assert 'value="refund"' in remedies
    assert 'value="repair"' not in remedies
    assert "Late or missing delivery" in page  # where the assessment can be changed
