"""Signing in at the organisation's provider: a real one on loopback, right and wrong in every way.

Mutation: leave ``nonce`` out of what `openid.Provider._claims` compares, or ``aud`` out of what it asks
for, or the check of ``state`` out of `known`, or ``email_verified`` out of `_known`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import Session

from bot.db import Database
from bot.settings import Settings, SettingsError
from handoff.console import pages
from handoff.console.settings import ConsoleSettings
from handoff.staff import account_list, accounts
from handoff.staff.agents import Role
from handoff.staff.openid import OpenIdSettings
from tests.console.conftest import field_of
from tests.handoff.cases import hire
from tests.handoff.serving import serving
from tests.platforms.openid import CLIENT, SECRET, OpenIdServer, query_of

NORA = {"sub": "subject-1", "email": "Nora@Example.org", "email_verified": True, "name": "Nora Jimenez"}


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdServer]:
    with OpenIdServer() as provider:
        yield provider


@pytest.fixture
def provider(running: OpenIdServer) -> OpenIdServer:
    running.reset()
    running.user.claims = dict(NORA)
    return running


@dataclass
class House:
    """A console whose people sign in at the provider."""

    database: Database
    address: str

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, headers={"Accept": "text/html"})

    async def sign_in(self, browser: httpx.AsyncClient, after: str = "/console") -> httpx.Response:
        """Press the button, follow to the provider and back; the callback's answer."""
        there = await browser.get("/console/sign-in/openid", params={"next": after})
        assert there.status_code == 303, there.text
        async with httpx.AsyncClient() as at_provider:
            back = await at_provider.get(there.headers["location"])
        assert back.status_code == 302, back.text
        return await browser.get(back.headers["location"])


async def house_of(
    database: Database, folder: Path, provider: OpenIdServer, **given: object
) -> AsyncIterator[House]:
    app = FastAPI()
    async with serving(app) as address:
        openid = OpenIdSettings(
            issuer=provider.url,
            client_id=CLIENT,
            client_secret=SECRET,
            redirect_uri=f"{address}/console/sign-in/openid/callback",
            label="Northwind",
        )
        settings = ConsoleSettings(
            organisation="Northwind Home",
            time_zone=ZoneInfo("Europe/London"),
            data_dir=folder,
            openid=replace(openid, **given),  # type: ignore[arg-type]
        )
        app.include_router(pages.routes(database, settings, asyncio.Event()))
        yield House(database, address)


@pytest.fixture
async def house(database: Database, tmp_path: Path, provider: OpenIdServer) -> AsyncIterator[House]:
    """Nora has an account with her address; Omar has one without."""
    await database.run(hire, "Nora")
    await database.run(hire, "Omar")
    await database.run(accounts.set_email, "Nora", "nora@example.org", "operator", datetime.now(UTC))
    async for one in house_of(database, tmp_path, provider):
        yield one


def lines(session: Session) -> dict[str, tuple[str, bool]]:
    """Role and whether bound, by name."""
    return {line.name: (line.role, line.openid) for line in account_list.lines(session, datetime.now(UTC))}


async def test_there_and_back(house: House, provider: OpenIdServer) -> None:
    """Code, PKCE, state, nonce; by e-mail the first time, by subject ever after; back to the page."""
    async with house.browser() as browser:
        answer = await house.sign_in(browser, "/console/cases/RC-00000000?x=1.2")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases/RC-00000000?x=1.2")
        assert "Nora" in (await browser.get("/console")).text
    provider.user.claims = {"sub": "subject-1"}  # no address any more: the subject is enough
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 303
        assert "Nora" in (await browser.get("/console")).text
    asked = provider.calls("authorize")
    assert (
        len({(call.fields["state"], call.fields["nonce"], call.fields["code_challenge"]) for call in asked})
        == 2
    )
    made = await house.database.read(lambda s: [c.what for c in accounts.changes(s)])
    assert made.count("openid_bound") == 1


@pytest.mark.parametrize(
    ("claims", "more"),
    [
        ({"nonce": "another"}, {}),
        ({"nonce": None}, {}),
        ({"aud": "somebody-else"}, {}),
        ({"aud": ["somebody-else", "and-another"]}, {}),
        ({"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"}, {}),
        ({"iss": "https://evil.example"}, {}),
        ({"aud": "somebody-else", "azp": CLIENT}, {}),
        ({"exp": 1_700_000_000}, {}),  # in 2023
        ({"exp": None}, {}),
        ({"iat": None}, {}),
        ({"sub": None}, {}),
        ({"sub": ""}, {}),
        ({"sub": "x" * 256}, {}),
        ({}, {"stranger": True}),
        ({}, {"algorithm": "none"}),
        ({}, {"algorithm": "RS256", "stranger": True}),
    ],
    ids=lambda given: str(given)[:40],
)
async def test_a_wrong_token_opens_nothing(
    house: House, provider: OpenIdServer, claims: dict[str, object], more: dict[str, object]
) -> None:
    """Another nonce, audience, issuer, signature; expired; incomplete: refused, and it says so."""
    provider.faults = replace(provider.faults, claims=claims, **more)  # type: ignore[arg-type]
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
        assert answer.status_code == 401
        assert "could not be trusted" in answer.text
        assert "recourse_console" not in browser.cookies
        assert (await browser.get("/console")).status_code == 303


async def test_answers_that_nobody_asked_for(house: House, provider: OpenIdServer) -> None:
    """Another state, none, a second time, another browser's: refused before the provider is asked."""
    async with house.browser() as browser, house.browser() as victim, httpx.AsyncClient() as at_provider:
        there = await browser.get("/console/sign-in/openid")
        back = (await at_provider.get(there.headers["location"])).headers["location"]
        assert (await victim.get(back)).status_code == 401  # a forged link
        await victim.get("/console/sign-in/openid")
        assert (await victim.get(back)).status_code == 401
        wrong = back.replace("state=", "state=x")
        assert (await browser.get(wrong)).status_code == 401
        assert provider.calls("token") == []
        # The journey is over, even with the right answer.
        assert (await browser.get(back)).status_code == 401
        assert (await browser.get("/console/sign-in/openid/callback?error=access_denied")).status_code == 401
        there = await browser.get("/console/sign-in/openid")
        back = (await at_provider.get(there.headers["location"])).headers["location"]
        assert (await browser.get(back.replace("iss=http", "iss=https"))).status_code == 401
        assert provider.calls("token") == []


async def test_provider_down_leaves_the_password(house: House, provider: OpenIdServer) -> None:
    """A clear page with 503, at each step; the form below it still signs in."""
    token = await house.database.run(accounts.renew_token, "Omar", "operator", datetime.now(UTC))
    for method, times in (("configuration", 1), ("keys", 1)):
        provider.fail_next(503, only=method, times=times)
        async with house.browser() as browser:
            answer = await browser.get("/console/sign-in/openid")
            assert answer.status_code == 503
            assert "does not answer" in answer.text
            form = {"guard": field_of(answer, "guard"), "token": token}
            assert (await browser.post("/console/sign-in", data=form)).status_code == 303
            assert "Omar" in (await browser.get("/console")).text
    provider.fail_next(500, only="token")
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 503
    provider.drop_next(only="token")
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 503
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 303


async def test_a_provider_of_another_name(house: House, provider: OpenIdServer) -> None:
    """Whoever calls itself otherwise than the setting is not asked anything (Discovery, 4.3)."""
    provider.faults.issuer = "https://evil.example"
    async with house.browser() as browser:
        assert (await browser.get("/console/sign-in/openid")).status_code == 503
    assert provider.calls("authorize") == []


async def test_keys_that_change(
    house: House, provider: OpenIdServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token of a key that is new is looked up again, so that nobody waits for an hour."""
    monkeypatch.setattr("handoff.staff.openid._AGAIN", 0.0)
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 303
    provider.faults.new_key = True
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 303
    assert len(provider.calls("keys")) == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "subject-2"},
        {"sub": "subject-2", "email": "nora@example.org"},
        {"sub": "subject-2", "email": "nora@example.org", "email_verified": False},
        {"sub": "subject-2", "email": "nora@example.org", "email_verified": "true"},
        {"sub": "subject-2", "email": "omar@example.org", "email_verified": True},
        {"sub": "subject-2", "name": "Omar"},
    ],
)
async def test_who_is_not_known_here(house: House, provider: OpenIdServer, claims: dict[str, object]) -> None:
    """An unverified address, another's name, nobody: no account is opened or made."""
    before = await house.database.read(lines)
    provider.user.claims = claims
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
    assert answer.status_code == 403
    assert "no account here" in answer.text
    assert await house.database.read(lines) == before


async def test_an_address_that_was_given_to_somebody_else(house: House, provider: OpenIdServer) -> None:
    """Bound is bound: who comes later with Nora's address does not get her account."""
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 303
    provider.user.claims = dict(NORA, sub="subject-2")
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 403


async def test_a_closed_account_stays_closed(house: House) -> None:
    """What the provider says does not open it."""
    await house.database.run(accounts.deactivate, "Nora", "operator", datetime.now(UTC))
    async with house.browser() as browser:
        assert (await house.sign_in(browser)).status_code == 403


async def test_roles_from_a_claim(database: Database, tmp_path: Path, provider: OpenIdServer) -> None:
    """The strongest of the mapped groups, at each sign-in; none of them, no entry."""
    await database.run(hire, "Nora")
    await database.run(accounts.set_email, "Nora", "nora@example.org", "operator", datetime.now(UTC))
    roles = MappingProxyType({"desk": Role.AGENT, "leads": Role.SUPERVISOR, "it": Role.ADMIN})
    async for house in house_of(database, tmp_path, provider, role_claim="groups", roles=roles):
        for groups, role in (
            (["desk", "leads", "tennis"], Role.SUPERVISOR),
            ("desk", Role.AGENT),
            (["it"], Role.ADMIN),
            (["desk"], Role.ADMIN),  # the last administrator stays one
        ):
            provider.user.claims["groups"] = groups
            async with house.browser() as browser:
                assert (await house.sign_in(browser)).status_code == 303
            assert (await database.read(lines))["Nora"] == (role, True)
        for groups in ([], ["tennis"], None, 7, {"desk": 1}):
            provider.user.claims["groups"] = groups
            async with house.browser() as browser:
                answer = await house.sign_in(browser)
            assert answer.status_code == 403
            assert "no role" in answer.text


async def test_accounts_made_if_a_setting_says_so(
    database: Database, tmp_path: Path, provider: OpenIdServer
) -> None:
    """With the provider's name, as an agent, without an access token; a name that is taken is told."""
    async for house in house_of(database, tmp_path, provider, create=True):
        async with house.browser() as browser:
            assert (await house.sign_in(browser)).status_code == 303
        [line] = await database.read(account_list.lines, datetime.now(UTC))
        assert (line.name, line.role, line.email) == ("Nora Jimenez", Role.AGENT, "nora@example.org")
        assert (line.openid, line.token, line.password) == (True, False, False)
        provider.user.claims = {"sub": "subject-2", "name": "nora jimenez"}
        async with house.browser() as browser:
            assert (await house.sign_in(browser)).status_code == 403


async def test_the_button_leads_there(house: House, provider: OpenIdServer) -> None:
    """With the label, and only to our own pages afterwards."""
    async with house.browser() as browser:
        shown = await browser.get("/console/sign-in", params={"next": "/console/search?q=a b"})
        assert "Sign in with Northwind" in shown.text
        for elsewhere in ("https://evil.example", "//evil.example", "/consoles", "/console/\\evil.example"):
            assert (await house.sign_in(browser, elsewhere)).headers["location"] == "/console"
        there = await browser.get("/console/sign-in/openid")
        asked = query_of(there.headers["location"])
        assert asked["redirect_uri"] == f"{house.address}/console/sign-in/openid/callback"
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ISSUER": "http://login.example.org", "CLIENT_ID": "x"}, "no issuer"),
        ({"ISSUER": "login.example.org", "CLIENT_ID": "x"}, "no issuer"),
        ({"ISSUER": "https://login.example.org"}, "RECOURSE_OIDC_CLIENT_ID"),
        ({"ROLES": "desk=agent"}, "belong together"),
        ({"ROLE_CLAIM": "groups"}, "belong together"),
        ({"ROLE_CLAIM": "groups", "ROLES": "desk"}, "no pair"),
        ({"ROLE_CLAIM": "groups", "ROLES": "desk=boss"}, "no pair"),
        ({"SCOPES": "profile"}, "openid"),
    ],
)
def test_wrong_settings_are_told(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"RECOURSE_OIDC_{name}", value)
    with pytest.raises(SettingsError, match=said):
        Settings.load()


def test_settings_become_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off without an issuer; with one, all of it."""
    assert Settings.load().openid("https://desk.example.org") is None
    given = {
        "ISSUER": "https://login.example.org",
        "CLIENT_ID": "desk",
        "CLIENT_SECRET": "dGhlIHNlY3JldA",
        "ROLE_CLAIM": "groups",
        "ROLES": "desk=agent, desk leads = supervisor",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"RECOURSE_OIDC_{name}", value)
    openid = Settings.load().openid("https://desk.example.org")
    assert openid is not None
    assert openid.redirect_uri == "https://desk.example.org/console/sign-in/openid/callback"
    assert openid.roles == {"desk": Role.AGENT, "desk leads": Role.SUPERVISOR}
    assert (openid.client_secret, openid.create) == ("dGhlIHNlY3JldA", False)
