"""Nobody is in the console without a sign-in, and no other site can act for who is.

Mutation: let `sign_in.is_ours` answer True (a link leads out of the console after signing in), or
leave `moves.check_form` out of `moves.make`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from handoff import desk
from handoff.console import rendering
from handoff.staff import agents
from tests.console.conftest import Served, field_of
from tests.handoff.cases import complain_to, said


async def link(served: Served, name: str) -> str:
    """The code of a one-time link."""
    return await served.database.run(agents.sign_in_link, name, datetime.now(UTC))


async def test_looking_at_the_link_leaves_it_whole(served: Served) -> None:
    """A preview does not use the link up; the button does, once."""
    code = await link(served, "Anna")
    for _ in range(3):
        assert (await served.visitor().get(f"/console/sign-in?code={code}")).status_code == 200
    first, second = served.visitor(), served.visitor()
    answers = []
    for browser in (first, second):
        shown = await browser.get(f"/console/sign-in?code={code}")
        answers.append(
            await browser.post("/console/sign-in", data={"guard": field_of(shown, "guard"), "code": code})
        )
    assert [a.status_code for a in answers] == [303, 401]
    assert "Anna" in (await first.get("/console")).text
    assert (await second.get("/console")).status_code == 303


async def test_wrong_token_says_so(served: Served) -> None:
    """A mistyped token is refused with a hint, and opens nothing."""
    browser = served.visitor()
    guard = field_of(await browser.get("/console/sign-in"), "guard")
    answer = await browser.post("/console/sign-in", data={"guard": guard, "token": "mistyped"})
    assert answer.status_code == 401
    assert "opens nothing" in answer.text
    assert (await browser.get("/console")).status_code == 303


async def test_sign_in_form_of_another_site(served: Served) -> None:
    """A form that this browser was not shown signs nobody in."""
    stranger = field_of(await served.visitor().get("/console/sign-in"), "guard")
    for guard in ("", stranger):
        victim = served.visitor()
        await victim.get("/console/sign-in")
        answer = await victim.post("/console/sign-in", data={"guard": guard, "token": served.tokens["Anna"]})
        assert answer.status_code == 403
        assert "recourse_console" not in victim.cookies


async def test_cookie_is_for_the_server_only(served: Served) -> None:
    """No script reads it, no other site sends it along."""
    browser = served.visitor()
    guard = field_of(await browser.get("/console/sign-in"), "guard")
    answer = await browser.post("/console/sign-in", data={"guard": guard, "token": served.tokens["Anna"]})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("recourse_console="))
    assert {"httponly", "samesite=lax", "path=/console"} <= {p.strip().lower() for p in cookie.split(";")}


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/console/cases/RC-00000000", "/console/cases/RC-00000000"),
        ("https://evil.example/", "/console"),
        ("//evil.example", "/console"),
        ("/console/\\evil.example", "/console"),
        ("/consoles", "/console"),
        ("", "/console"),
    ],
)
async def test_leads_back_to_the_page_and_nowhere_else(served: Served, wanted: str, reached: str) -> None:
    """After signing in one is where one wanted to be, within the console."""
    browser = served.visitor()
    shown = await browser.get(f"/console/sign-in?next={quote(wanted)}")
    answer = await browser.post(
        "/console/sign-in",
        data={"guard": field_of(shown, "guard"), "next": wanted, "token": served.tokens["Anna"]},
    )
    assert answer.headers["location"] == reached


async def test_everything_needs_a_sign_in(served: Served) -> None:
    """Pages lead to the sign-in; streams, files and forms are refused; nothing of a case is shown."""
    reference = await complain_to(served.database)
    browser = served.visitor()
    for path in ("/console", f"/console/cases/{reference}", "/console/cases/RC-00000000"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/sign-in?next={path}")
    for path in (f"/console/stream?case={reference}", "/console/files/1"):
        assert (await browser.get(path, headers={"Accept": "*/*"})).status_code == 401
    answer = await browser.post(f"/console/cases/{reference}/claim")
    assert answer.status_code == 401
    assert "kettle" not in answer.text


@pytest.mark.parametrize(
    "move", ["claim", "reply", "note", "assess", "release", "handback", "draft", "send", "close"]
)
async def test_forms_of_other_sites_do_nothing(served: Served, move: str) -> None:
    """Without this session's token, or with another's, a form changes nothing."""
    reference = await complain_to(served.database)
    anna, ben = await served.signed_in("Anna"), await served.signed_in("Ben")
    foreign = field_of(await ben.get("/console"), "csrf")
    before = await served.database.read(said, reference)
    for csrf in ("", foreign):
        answer = await anna.post(
            f"/console/cases/{reference}/{move}", data={"csrf": csrf, "text": "x", "id": "1"}
        )
        assert answer.status_code == 403
    assert await served.database.read(said, reference) == before


async def test_sign_out_ends_the_session(served: Served) -> None:
    """The cookie is worth nothing afterwards, even to someone who kept it."""
    anna = await served.signed_in("Anna")
    kept = anna.cookies["recourse_console"]
    csrf = field_of(await anna.get("/console"), "csrf")
    assert (await anna.post("/console/sign-out", data={"csrf": "wrong"})).status_code == 403
    assert (await anna.post("/console/sign-out", data={"csrf": csrf})).status_code == 303
    thief = served.visitor()
    thief.cookies.set("recourse_console", kept, path="/console")
    assert (await thief.get("/console")).status_code == 303


async def test_auditors_and_trainers_do_not_answer(served: Served) -> None:
    """Their pages have no reply box, and a hand-made form is refused."""
    reference = await complain_to(served.database)
    for name in ("Otto", "Tina"):
        browser = await served.signed_in(name)
        shown = await browser.get(f"/console/cases/{reference}")
        assert "/reply" not in shown.text
        assert "/claim" not in shown.text
        answer = await browser.post(
            f"/console/cases/{reference}/claim", data={"csrf": field_of(shown, "csrf")}
        )
        assert answer.status_code == 403
    assert "/note" not in (await (await served.signed_in("Otto")).get(f"/console/cases/{reference}")).text


async def test_strict_headers_everywhere(served: Served) -> None:
    """Nothing foreign is loaded, nothing is cached, nobody frames a page; also on errors."""
    reference = await complain_to(served.database, text="<img src=x onerror=alert(1)> \"quoted\" & 'more'")
    anna = await served.signed_in("Anna")
    for path in ("/console/sign-in", "/console", f"/console/cases/{reference}", "/console/cases/nonsense"):
        answer = await anna.get(path)
        for name, value in rendering.HEADERS.items():
            assert answer.headers[name] == value
        assert "<img src=x" not in answer.text
        assert "style=" not in answer.text
        assert "<script>" not in answer.text


async def test_claimed_without_scripts(served: Served) -> None:
    """Everything works as plain forms: claim, reply (once per page), a lost race told on the page."""
    reference = await complain_to(served.database)
    anna, ben = await served.signed_in("Anna"), await served.signed_in("Ben")
    shown, bens = [await b.get(f"/console/cases/{reference}") for b in (anna, ben)]
    assert (
        await anna.post(f"/console/cases/{reference}/claim", data={"csrf": field_of(shown, "csrf")})
    ).status_code == 303
    late = await ben.post(f"/console/cases/{reference}/claim", data={"csrf": field_of(bens, "csrf")})
    assert late.status_code == 409
    assert "Anna holds this case." in late.text
    shown = await anna.get(f"/console/cases/{reference}")
    form = {"csrf": field_of(shown, "csrf"), "id": field_of(shown, "id"), "text": "Line one\r\nline two"}
    for _ in range(2):
        assert (await anna.post(f"/console/cases/{reference}/reply", data=form)).status_code == 303
    replies = [m.text for m in await served.database.read(said, reference) if m.author == "agent"]
    assert replies == ["Line one\nline two"]


async def test_refused_text_is_not_lost(served: Served) -> None:
    """What could not be sent is still in its box, beside the reason."""
    reference = await complain_to(served.database)
    anna = await served.signed_in("Anna")
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    csrf = field_of(await anna.get("/console"), "csrf")
    answer = await anna.post(
        f"/console/cases/{reference}/draft",
        data={"csrf": csrf, "decision": "maybe", "found": "A long answer"},
    )
    assert answer.status_code == 422
    assert "'partly_upheld'" in answer.text.replace("&#39;", "'")
    assert "A long answer</textarea>" in answer.text
