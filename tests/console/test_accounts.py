"""Passwords, sessions and accounts as a browser meets them: links, forms, cookies, waits, proxies.

Mutation: leave `agents.sign_out` out of `sign_in._Door._enter` (the old session lives on), the name
``__Host-`` out of `cookies.put`, or `sessions.end_all` out of `own_account._set_password`.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.requests import Request

from bot.db import Database
from handoff.console import cookies, pages
from handoff.console.settings import ConsoleSettings
from handoff.staff import accounts, agents, sessions
from handoff.staff.agents import Agent, ConsoleSession, Role, SignInRefused
from tests.console.conftest import Served, field_of
from tests.handoff.cases import hire
from tests.handoff.serving import serving

GOOD, BETTER = "kettle lamp seventeen", "another lamp entirely"


@pytest.fixture(autouse=True)
async def an_administrator(served: Served) -> None:
    """Ada, beside the others."""
    served.tokens["Ada"] = await served.database.run(hire, "Ada", Role.ADMIN)


async def by_password(served: Served, name: str, password: str, **more: str) -> httpx.Response:
    """Fill in the form, in a browser of its own."""
    browser = served.visitor()
    guard = field_of(await browser.get("/console/sign-in"), "guard")
    return await browser.post(
        "/console/sign-in", data={"guard": guard, "name": name, "password": password} | more
    )


async def set_password(served: Served, name: str, password: str) -> httpx.AsyncClient:
    """By a link, as everybody's first one; the browser in which it was set."""
    code = await served.database.run(accounts.reset_link, name, "operator", datetime.now(UTC))
    browser = served.visitor()
    shown = await browser.get(f"/console/sign-in?code={code}&next=/console/account")
    form = {"guard": field_of(shown, "guard"), "next": field_of(shown, "next"), "code": code}
    answer = await browser.post("/console/sign-in", data=form)
    assert answer.headers["location"] == "/console/account"
    answer = await change(browser, new=password, again=password)
    assert answer.status_code == 303, answer.text
    return browser


async def change(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Send the form for a new password."""
    csrf = field_of(await browser.get("/console/account"), "csrf")
    return await browser.post("/console/account/password", data={"csrf": csrf} | fields)


async def test_from_link_to_password_to_sign_in(served: Served) -> None:
    """A link, a password, and from then on name and password; the name as one writes it."""
    await set_password(served, "Anna", GOOD)
    for name in ("Anna", " anna "):
        answer = await by_password(served, name, GOOD)
        assert answer.status_code == 303
    answers = [
        await by_password(served, name, password)
        for name, password in (("Anna", BETTER), ("Nobody", GOOD), ("Ben", GOOD), ("", ""))
    ]
    assert {a.status_code for a in answers} == {401}
    problems = {re.search(r'role="alert">([^<]*)', a.text)[1] for a in answers}  # type: ignore[index]
    assert problems == {"Name or password is wrong."}


async def test_other_sessions_end_with_the_password(served: Served) -> None:
    """Whoever had a browser open elsewhere is out; the one in which it was changed goes on, anew."""
    elsewhere = await served.signed_in("Anna")
    link = await served.database.run(accounts.reset_link, "Anna", "operator", datetime.now(UTC))
    browser = await set_password(served, "Anna", GOOD)
    assert (await elsewhere.get("/console")).status_code == 303
    assert (await browser.get("/console")).status_code == 200
    before = browser.cookies["recourse_console"]
    answer = await change(browser, current=GOOD, new=BETTER, again=BETTER)
    assert answer.status_code == 303
    assert browser.cookies["recourse_console"] != before
    assert (await by_password(served, "Anna", GOOD)).status_code == 401
    assert (await by_password(served, "Anna", BETTER)).status_code == 303
    with pytest.raises(SignInRefused):  # an older link opens nothing any more
        await served.database.run(agents.sign_in_by_code, link, datetime.now(UTC))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"current": "wrong", "new": BETTER, "again": BETTER}, "present password is wrong"),
        ({"new": BETTER, "again": BETTER}, "present password is wrong"),
        ({"current": GOOD, "new": BETTER, "again": "other"}, "not the same"),
        ({"current": GOOD, "new": "short", "again": "short"}, "at least 12"),
        ({"current": GOOD, "new": "Password-2026!", "again": "Password-2026!"}, "everybody tries"),
        ({"current": GOOD, "new": "northwind2026", "again": "northwind2026"}, "your name or ours"),
    ],
)
async def test_a_refused_change_changes_nothing(served: Served, fields: dict[str, str], said: str) -> None:
    await set_password(served, "Anna", GOOD)
    answer = await by_password(served, "Anna", GOOD)
    browser = served.clients[-1]
    assert answer.status_code == 303
    refused = await change(browser, **fields)
    assert refused.status_code == 422
    assert said in refused.text
    assert (await by_password(served, "Anna", GOOD)).status_code == 303


async def test_an_open_browser_is_no_way_to_guess(served: Served) -> None:
    """The present password is asked for, and wrong ones make wait there as at the door."""
    await set_password(served, "Anna", GOOD)
    await by_password(served, "Anna", GOOD)
    browser = served.clients[-1]
    codes = [
        (await change(browser, current=f"guess {n}", new=BETTER, again=BETTER)).status_code
        for n in range(12)  # a slow machine sits the first waits out
    ]
    assert codes[:5] == [422] * 5
    assert 429 in codes[5:]


async def test_an_account_of_the_provider_makes_no_password(served: Served) -> None:
    """It would outlive the account there; a link from an administrator is the way."""
    who = await served.database.read(agents.by_token, served.tokens["Anna"])
    now = datetime.now(UTC)
    cookie = await served.database.run(agents.start, who, agents.Method.OPENID, now)
    browser = served.visitor()
    browser.cookies.set("recourse_console", cookie)
    assert "ask an administrator for a link" in (await browser.get("/console/account")).text
    assert (await change(browser, new=GOOD, again=GOOD)).status_code == 422


async def test_too_many_attempts_are_told_the_wait(served: Served) -> None:
    """429, in words and in the header, the same for a name that does not exist; a link still works."""
    for name in ("Anna", "Nobody"):
        answers = [await by_password(served, name, "wrong") for _ in range(5)]
        assert [a.status_code for a in answers] == [401] * 5
        while (last := await by_password(served, name, "wrong")).status_code == 401:
            answers.append(last)  # a slow machine sits the first waits out
            assert len(answers) < 12
        assert last.status_code == 429
        assert re.search(r"Try again in \d+ (second|minute)s?;", last.text)
        assert 1 <= int(last.headers["retry-after"]) <= 2 ** (len(answers) - 5)
    await set_password(served, "Anna", GOOD)
    answer = await by_password(served, "Anna", GOOD)
    assert answer.status_code in (303, 429)


async def test_signing_in_anew_ends_the_old_session(served: Served) -> None:
    """The session that a browser had before is nothing any more, wherever it was copied to."""
    browser = await served.signed_in("Anna")
    old = browser.cookies["recourse_console"]
    guard = field_of(await browser.get("/console/sign-in"), "guard")
    await browser.post("/console/sign-in", data={"guard": guard, "token": served.tokens["Anna"]})
    assert browser.cookies["recourse_console"] != old
    with pytest.raises(SignInRefused):
        await served.database.read(agents.by_session, old, datetime.now(UTC))


async def test_use_keeps_a_session_awake(served: Served) -> None:
    """Each page does, at most once a minute."""
    browser = await served.signed_in("Anna")
    long_ago = datetime.now(UTC) - timedelta(minutes=100)

    def sleep(session: Session) -> None:
        for one in session.exec(select(ConsoleSession)):
            one.seen_at = long_ago
            session.add(one)

    await served.database.run(sleep)
    await browser.get("/console/account")
    async with asyncio.timeout(5):
        while True:
            [seen] = await served.database.read(lambda s: list(s.exec(select(ConsoleSession.seen_at))))
            if seen > long_ago:
                break
            await asyncio.sleep(0.02)


async def test_sessions_on_the_page(served: Served) -> None:
    """Each is listed with its browser; ending one, and all others, does so."""
    this, that = await served.signed_in("Anna"), await served.signed_in("Anna")
    that.headers["User-Agent"] = "Telephone/2"
    shown = await this.get("/console/account")
    assert shown.text.count("this browser") == 1
    ids = re.findall(r"/console/account/sessions/([0-9a-f]{16})/end", shown.text)
    assert len(ids) == 1
    csrf = field_of(shown, "csrf")
    stranger = await served.signed_in("Ben")
    foreign = field_of(await stranger.get("/console/account"), "csrf")
    await stranger.post(f"/console/account/sessions/{ids[0]}/end", data={"csrf": foreign})
    assert (await that.get("/console")).status_code == 200
    await this.post(f"/console/account/sessions/{ids[0]}/end", data={"csrf": csrf})
    assert (await that.get("/console")).status_code == 303
    third = await served.signed_in("Anna")
    await this.post("/console/account/sessions/end", data={"csrf": csrf})
    assert (await third.get("/console")).status_code == 303
    assert (await this.get("/console")).status_code == 200
    assert (await stranger.get("/console")).status_code == 200


async def test_own_token(served: Served) -> None:
    """A new one is shown once, and ends the old one; ended, there is none."""
    anna = await served.signed_in("Anna")
    csrf = field_of(await anna.get("/console/account"), "csrf")
    shown = await anna.post("/console/account/token", data={"csrf": csrf})
    token = re.search(r'id="told-token"[^>]*value="([^"]+)"', shown.text)[1]  # type: ignore[index]
    assert (await served.database.read(agents.by_token, token)).name == "Anna"
    assert token not in (await anna.get("/console/account")).text
    await anna.post("/console/account/token/revoke", data={"csrf": csrf})
    for gone in (token, served.tokens["Anna"]):
        with pytest.raises(SignInRefused):
            await served.database.read(agents.by_token, gone)


async def test_an_administrator_adds_somebody(served: Served) -> None:
    """The link on the page leads them to a password of their own, and to nothing a second time."""
    ada = await served.signed_in("Ada")
    csrf = field_of(await ada.get("/console/accounts"), "csrf")
    form = {"csrf": csrf, "name": "Nora <b>", "role": "supervisor", "email": "nora@example.org"}
    shown = await ada.post("/console/accounts", data=form)
    assert shown.status_code == 200, shown.text
    assert "<b>" not in shown.text
    link = html.unescape(re.search(r'value="(/console/sign-in[^"]+)"', shown.text)[1])  # type: ignore[index]
    nora = served.visitor()
    page = await nora.get(link)
    form = {k: field_of(page, k) for k in ("guard", "next", "code")}
    assert (await nora.post("/console/sign-in", data=form)).headers["location"] == "/console/account"
    assert (await change(nora, new=GOOD, again=GOOD)).status_code == 303
    assert (await by_password(served, "Nora <b>", GOOD)).status_code == 303
    again = await ada.post("/console/accounts", data={"csrf": csrf, "name": "nora <b>", "role": "agent"})
    assert again.status_code == 400
    assert "choose another name" in again.text
    assert 'value="nora &lt;b&gt;"' in again.text
    told = await served.database.read(lambda s: [(c.actor, c.what) for c in accounts.changes(s)])
    assert ("agent:Ada", "added") in told
    assert ("agent:Nora <b>", "password") in told


async def test_an_administrator_changes_somebody(served: Served) -> None:
    """Role, sign-out, closing: each at once, and each in the list below."""
    ada, ben = await served.signed_in("Ada"), await served.signed_in("Ben")
    shown = await ada.get("/console/accounts")
    csrf = field_of(shown, "csrf")
    number = await served.database.read(lambda s: agents.find(s, "Ben").id)
    form = {"csrf": csrf}
    await ada.post(f"/console/accounts/{number}/role", data=form | {"role": "supervisor"})
    assert (await ben.get("/console/outbox")).status_code == 200
    await ada.post(f"/console/accounts/{number}/sign_out", data=form)
    assert (await ben.get("/console")).status_code == 303
    shown = await ada.post(f"/console/accounts/{number}/deactivate", data=form)
    assert "agent → supervisor" in shown.text
    with pytest.raises(SignInRefused):
        await served.database.read(agents.by_token, served.tokens["Ben"])
    mine = await served.database.read(lambda s: agents.find(s, "Ada").id)
    refused = await ada.post(f"/console/accounts/{mine}/deactivate", data=form)
    assert refused.status_code == 422
    assert "last administrator" in refused.text
    for account, change_ in ((999, "role"), (number, "promote")):
        assert (await ada.post(f"/console/accounts/{account}/{change_}", data=form)).status_code == 404


async def test_an_auditor_sees_and_changes_nothing(served: Served) -> None:
    """The list without its forms; a form made by hand is refused."""
    otto = await served.signed_in("Otto")
    shown = await otto.get("/console/accounts")
    assert "Anna" in shown.text
    assert "/console/accounts/" not in shown.text
    form = {"csrf": field_of(shown, "csrf"), "name": "Otto's friend", "role": "admin"}
    assert (await otto.post("/console/accounts", data=form)).status_code == 403
    names = await served.database.read(lambda s: [a.name for a in agents.all_agents(s)])
    assert "Otto's friend" not in names


async def test_forms_of_other_sites_change_no_account(served: Served) -> None:
    """Without this session's token neither one's own account nor another's is changed."""
    ada = await served.signed_in("Ada")
    number = await served.database.read(lambda s: agents.find(s, "Ben").id)

    def state(session: Session) -> object:
        rows = session.exec(select(Agent).order_by(Agent.id))  # type: ignore[arg-type]
        return [row.model_dump() for row in rows], len(accounts.changes(session))

    before = await served.database.read(state)
    foreign = field_of(await (await served.signed_in("Ben")).get("/console/account"), "csrf")
    for csrf in ("", foreign):
        for path in (
            "account/password", "account/token", "account/token/revoke", "account/sessions/end", "accounts",
            f"accounts/{number}/deactivate", f"accounts/{number}/reset",
        ):  # fmt: skip
            form = {"csrf": csrf, "new": GOOD, "again": GOOD, "name": "x", "role": "admin"}
            assert (await ada.post(f"/console/{path}", data=form)).status_code == 403, path
    assert await served.database.read(state) == before


@pytest.fixture
async def https(database: Database, tmp_path: Path) -> AsyncIterator[str]:
    """A console that people reach over HTTPS, before the proxy that does the encryption."""
    settings = ConsoleSettings("Northwind", ZoneInfo("UTC"), tmp_path, secure=True)
    app = FastAPI()
    app.include_router(pages.routes(database, settings, asyncio.Event()))
    async with serving(app) as address:
        yield address


async def test_cookies_over_https(database: Database, served: Served, https: str) -> None:
    """``__Host-``, Secure, HttpOnly, SameSite, for the whole host; the plain name opens nothing there."""
    async with httpx.AsyncClient(base_url=https) as browser:
        shown = await browser.get("/console/sign-in")
        jar = {c.partition("=")[0]: c for c in shown.headers.get_list("set-cookie")}
        guard = jar["__Host-recourse_sign_in"].partition("=")[2].partition(";")[0]
        answer = await browser.post(
            "/console/sign-in",
            data={"guard": field_of(shown, "guard"), "token": served.tokens["Anna"]},
            headers={"Cookie": f"__Host-recourse_sign_in={guard}"},
        )
        assert answer.status_code == 303
        cookie = next(
            c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-recourse_console=")
        )
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
        assert not any(part.startswith("domain") for part in parts)
        token = cookie.partition("=")[2].partition(";")[0]
        browser.cookies.clear()
        for name, status in (("__Host-recourse_console", 200), ("recourse_console", 401)):
            answer = await browser.get("/console", headers={"Cookie": f"{name}={token}"})
            assert answer.status_code == status, name


def test_a_planted_cookie_does_not_win() -> None:
    """Beside the protected one, the plain one is not looked at."""
    header = b"recourse_console=planted; __Host-recourse_console=https.mine"
    request = Request({"type": "http", "headers": [(b"cookie", header)]})
    assert cookies.cookie_of(request) == "https.mine"


@pytest.mark.parametrize(("trusted", "blocked"), [("127.0.0.1", False), (None, True)])
async def test_behind_a_proxy_the_caller_counts(
    database: Database, tmp_path: Path, trusted: str | None, blocked: bool
) -> None:
    """With RECOURSE_TRUSTED_PROXIES each caller has waits of their own; a forged header earns nothing."""
    app = FastAPI()
    settings = ConsoleSettings("Northwind", ZoneInfo("UTC"), tmp_path)
    app.include_router(pages.routes(database, settings, asyncio.Event()))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", proxy_headers=trusted is not None,
        forwarded_allow_ips=trusted,
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=address) as browser:
            statuses = []
            for number in range(22):
                guard = field_of(await browser.get("/console/sign-in"), "guard")
                answer = await browser.post(
                    "/console/sign-in",
                    data={"guard": guard, "name": f"name {number}", "password": "wrong"},
                    headers={"X-Forwarded-For": f"203.0.113.{number}"},
                )
                statuses.append(answer.status_code)
        assert (429 in statuses) is blocked
    finally:
        server.should_exit = True
        await running


def test_idle_is_shorter_than_the_day() -> None:
    """Both ends of a session's life, as documented."""
    assert timedelta(minutes=30) <= agents.IDLE_LASTS < agents.SESSION_LASTS <= timedelta(hours=12)
    assert sessions.NOTED < agents.IDLE_LASTS
