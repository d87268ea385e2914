"""The record is corrected by form, without scripts, and by API; the page and the trail say what was.

Mutation: let `handoff.console.case_moves._correct` take every field and not only those that differ from what
the form was filled with; or leave ``detail_corrected`` out of `Wording.event_details`.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import httpx
from sqlmodel import Session

from complaints import describing, register
from complaints.commands import Details
from handoff import desk
from tests.console.conftest import Served, field_of
from tests.handoff.cases import complain_to

WHY = "She spelt it on the telephone."


async def held_by_anna(served: Served) -> str:
    reference = await complain_to(served.database)

    def unit(session: Session) -> None:
        now = datetime.now(UTC)
        details = Details(name="Maria Lopez", order="NB-1", email="m@example.org", phone="020 7946 0018")
        describing.add_details(session, register.find(session, reference), details, actor="customer", now=now)
        desk.claim(session, reference, "Anna", now)

    await served.database.run(unit)
    return reference


def form_of(page: httpx.Response) -> dict[str, str]:
    """The fields of the form, as a browser would send them."""
    form = page.text[page.text.index('id="correct"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'name="(\w+)"\s*value="([^"]*)"', form))
    areas = dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)<', form))
    return {name: html.unescape(value) for name, value in (fields | areas).items()}


async def send(client: httpx.AsyncClient, reference: str, fields: dict[str, str]) -> httpx.Response:
    return await client.post(f"/console/cases/{reference}/correct", data=fields)


async def test_corrected_by_form(served: Served) -> None:
    """What one sees is what one changes; record, history and letters say it, in one's language."""
    reference = await held_by_anna(served)
    anna = await served.signed_in("Anna")
    fields = form_of(await anna.get(f"/console/cases/{reference}"))
    assert (fields["new_name"], fields["was_name"], fields["new_order"]) == ("Maria Lopez",) * 2 + ("NB-1",)
    fields |= {"new_name": "María López", "new_email": "", "new_amount": "49.90", "new_currency": "eur"}
    answer = await send(anna, reference, fields | {"new_reason": WHY})
    assert answer.status_code == 303, answer.text
    page = html.unescape((await anna.get(f"/console/cases/{reference}")).text)
    assert "Details corrected: Name Maria Lopez → María López" in page
    assert "E-mail m@example.org → –" in page
    assert f'<p class="event-why" dir="auto">{WHY}</p>' in page
    assert re.search(r'<p class="said-who">María López</p>', page)
    assert "Reply to María López" in page
    assert "€49.90" in page
    trail = html.unescape((await (await served.signed_in("Otto")).get("/console/audit")).text)
    assert "Details corrected" in trail
    assert WHY in trail
    await anna.post("/console/look", data={"csrf": fields["csrf"], "language": "es"})
    assert "Datos corregidos: Nombre Maria Lopez → María López" in html.unescape(
        (await anna.get(f"/console/cases/{reference}")).text
    )


async def test_what_came_meanwhile_stays(served: Served) -> None:
    """A field that nobody touched takes nothing back that the customer has told since."""
    reference = await held_by_anna(served)
    anna = await served.signed_in("Anna")
    fields = form_of(await anna.get(f"/console/cases/{reference}"))

    def tell(session: Session) -> None:
        case = register.find(session, reference)
        details = Details(phone="020 7946 0999", product="Kettle")
        describing.add_details(session, case, details, actor="customer", now=datetime.now(UTC))

    await served.database.run(tell)
    assert (await send(anna, reference, fields | {"new_order": "NB-2", "new_reason": WHY})).status_code == 303
    case = await served.database.read(register.find, reference)
    assert (case.order, case.phone, case.product) == ("NB-2", "020 7946 0999", "Kettle")


async def test_refused_with_what_was_typed(served: Served) -> None:
    """The form is open again, and says what is wrong; nothing has changed."""
    reference = await held_by_anna(served)
    anna = await served.signed_in("Anna")
    fields = form_of(await anna.get(f"/console/cases/{reference}"))
    for wrong, said in (
        ({"new_order": "NB-2"}, "reason"),
        ({"new_amount": "much", "new_reason": WHY}, "amount"),
        ({"new_currency": "zzz", "new_reason": WHY}, "iso 4217"),
        ({"new_reason": WHY}, "Nothing of this differs"),
    ):
        answer = await send(anna, reference, fields | wrong)
        assert answer.status_code == 422
        assert said in answer.text
        assert '<details class="panel" id="correct" open>' in answer.text
        assert '<details class="panel" id="assess">' in answer.text
        assert form_of(answer) == {**fields, "csrf": form_of(answer)["csrf"], **wrong}
    assert (await served.database.read(register.find, reference)).order == "NB-1"


async def test_offered_to_who_may(served: Served) -> None:
    """The holder and supervisors; not colleagues, trainers or auditors."""
    reference = await held_by_anna(served)
    for name, may in (("Anna", True), ("Sue", True), ("Ben", False), ("Tina", False), ("Otto", False)):
        client = await served.signed_in(name)
        page = await client.get(f"/console/cases/{reference}")
        assert ('id="correct"' in page.text) is may, name
        fields = {"csrf": field_of(page, "csrf"), "new_order": f"of {name}", "new_reason": WHY}
        assert (await send(client, reference, fields)).status_code == (303 if may else 403), name
