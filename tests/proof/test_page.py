"""The page at ``/status``, over HTTP. Mutation: let `_is_ours` say yes to all, or leave out ``no-store``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.db import Database
from channels.message import Address
from complaints import proof, register, texts
from complaints.complaint import Status
from complaints.reference import mint
from tests.proof.asking import OWNER, Office
from tests.proof.page_server import page_app

OPTED_OUT = Address("sms", "+441632960009")


@pytest.fixture
async def office(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with await Database.open(sqlite_url) as database:
        yield Office(database, data_dir=tmp_path)


def visitor(office: Office, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(page_app(office), client=(address, 4711))
    return httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=headers, follow_redirects=True
    )


async def test_reference_code_status(office: Office) -> None:
    reference = await office.case()
    async with visitor(office) as page:
        answer = await page.post("/status", data={"reference": reference.lower().replace("-", " ")})
        assert answer.url.path == "/status/code" and reference not in str(answer.url)
        assert texts.say("page_sent", "en") in answer.text
        await office.jobs()
        answer = await page.post("/status/code", data={"code": await office.code()})
        assert answer.url.path == "/status/case"
        assert reference in answer.text
        assert re.search(r'class="here" aria-current="step">\s*<strong>Received</strong>', answer.text)
        assert answer.text.count('class="coming"') == 4
        assert "You&#39;ll hear from us by" in answer.text
        assert "kettle" not in answer.text and "4711" not in answer.text
        assert (await page.get("/status/case")).text == answer.text, "it can be loaded again"
        await page.post("/status/end")
        assert (await page.get("/status/case")).url.path == "/status"
    assert (await office.events(reference))[-2:] == ["code_sent", "status_told"]


async def test_it_ends_after_half_an_hour(office: Office) -> None:
    async with visitor(office) as page:
        await page.post("/status", data={"reference": await office.case()})
        await office.jobs()
        await page.post("/status/code", data={"code": await office.code()})
        assert (await page.get("/status/case")).url.path == "/status/case"
        await office.age(timedelta(minutes=31))
        assert (await page.get("/status/case")).url.path == "/status"


async def test_the_same_for_all_references(office: Office) -> None:
    references = [await office.case(), mint(), await office.case(status="closed")]
    references.append(await office.case(OPTED_OUT, opted_out=True))
    heard = set()
    for reference in references:
        async with visitor(office) as page:
            answers = [await page.post("/status", data={"reference": reference})]
            await office.jobs()
            right = {await office.code()} if await office.said(OWNER) else set()
            wrong = next(code for code in ("111111", "222222") if code not in right)
            answers += [await page.post("/status/code", data={"code": wrong}) for _ in range(4)]
            heard.add(tuple((a.status_code, a.url.path, len(a.headers), a.text) for a in answers))
    assert len(heard) == 1
    assert [status for status, *_ in heard.pop()] == [200, 422, 422, 422, 422]


async def test_a_code_counts_only_where_it_was_asked_for(office: Office) -> None:
    reference = await office.case()
    async with visitor(office) as page, visitor(office) as thief:
        await page.post("/status", data={"reference": reference})
        await thief.post("/status", data={"reference": mint()})
        await office.jobs()
        code = await office.code()
        assert (await thief.post("/status/code", data={"code": code})).status_code == 422
        assert (await page.post("/status/code", data={"code": code})).url.path == "/status/case"
        async with visitor(office) as nobody:
            assert (await nobody.post("/status/code", data={"code": code})).status_code == 422


async def test_typing_errors_are_said_and_cost_nothing(office: Office) -> None:
    async with visitor(office) as page:
        for written, key in (
            ("", "page_no_reference"),
            ("my complaint", "page_no_reference"),
            ("RC-7K2M9P4A", "page_typing_error"),
            ("<script>alert(1)</script>", "page_no_reference"),
        ):
            answer = await page.post("/status", data={"reference": written})
            assert (answer.status_code, texts.say(key, "en").replace("'", "&#39;") in answer.text) == (
                422,
                True,
            )
            assert "<script" not in answer.text
    assert await office.proofs() == []


async def test_without_rc_in_front_is_fine(office: Office) -> None:
    reference = await office.case()
    async with visitor(office) as page:
        await page.post("/status", data={"reference": reference.removeprefix("RC-")})
    assert [asked.reference for asked in await office.proofs()] == [reference]


async def test_forms_of_other_sites_are_refused(office: Office) -> None:
    foreign = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    )
    for headers in foreign:
        async with visitor(office, **headers) as page:
            assert (await page.post("/status", data={"reference": await office.case()})).status_code == 403
    async with visitor(office, Origin="http://testserver") as page:
        assert (await page.post("/status", data={"reference": await office.case()})).status_code == 200
    assert len(await office.proofs()) == 1


async def test_one_network_may_ask_so_often_an_hour(office: Office) -> None:
    async def ask(address: str) -> int:
        async with visitor(office, address) as page:
            return (await page.post("/status", data={"reference": mint()})).status_code

    answers = [await ask(f"2001:db8::{number:x}") for number in range(proof.ASKS_PER_ADDRESS + 2)]
    assert answers == [200] * proof.ASKS_PER_ADDRESS + [429] * 2
    assert await ask("2001:db8:1::1") == 200, "another network"
    assert not any("2001" in asked.asker for asked in await office.proofs()), "addresses are not kept"
    await office.age(timedelta(hours=1))
    assert await ask("2001:db8::1") == 200


async def test_never_cached_and_nothing_foreign(office: Office) -> None:
    async with visitor(office) as page:
        for answer in (await page.get("/status"), await page.post("/status", data={"reference": mint()})):
            assert answer.headers["cache-control"] == "no-store"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "script-src" not in policy
            assert "<script" not in answer.text and "style=" not in answer.text
            assert set(re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)) <= {
                "/chat/assets/icon.svg", "/status/status.css", "/?lang=en", "/status?lang=en",
                "/status/code?lang=en", *(f"?lang={code}" for code in texts.languages()),
            }  # fmt: skip
        cookie = page.cookies.jar._cookies["testserver.local"]["/status"]["recourse_status"]
        assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "strict"
        assert (await page.get("/status/status.css")).headers["content-type"].startswith("text/css")


async def test_large_forms_are_refused(office: Office) -> None:
    async with visitor(office) as page:
        assert (await page.post("/status", content=b"reference=" + b"x" * 5000)).status_code == 413
        assert (await page.post("/status/code", content=b"\xff\xfe&&==%00")).status_code == 422


@pytest.mark.parametrize("language", texts.languages())
async def test_in_every_language(office: Office, language: str) -> None:
    async with visitor(office, **{"Accept-Language": f"{language}-XX,en;q=0.5"}) as page:
        answer = await page.get("/status")
        assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.text
        assert answer.headers["content-language"] == language
        answer = await page.get("/status?lang=fr")
        assert '<html lang="fr"' in answer.text


async def test_stages_of_a_case_that_was_taken_back(office: Office) -> None:
    reference = await office.case()

    def withdraw(session):
        case = register.find(session, reference)
        now = datetime.now(UTC)
        register.move(session, case, Status.WITHDRAWN, actor="customer", now=now)

    await office.database.run(withdraw)
    async with visitor(office) as page:
        await page.post("/status", data={"reference": reference})
        await office.jobs()
        answer = await page.post("/status/code", data={"code": await office.code()})
        assert re.findall(r"<strong>(\w+)</strong>", answer.text) == ["Received", "Withdrawn"]
        assert "Nothing more is to come" in answer.text
