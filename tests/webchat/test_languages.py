"""The page speaks the visitor's language, all of it.

Mutation: remove a key from any of the catalogues, or rename a placeholder in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.db import Database
from channels.webchat.page import accepted, choose
from tests.webchat.chat_server import chat_server

FOLDER = Path("channels/webchat/words")
CATALOGUES = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


def test_there_are_ten_languages() -> None:
    assert set(CATALOGUES) == {"en", "es", "de", "fr", "it", "pt", "nl", "pl", "tr", "ar"}


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_catalogue_is_complete(language: str) -> None:
    texts, english = CATALOGUES[language], CATALOGUES["en"]
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert text.strip() == text != ""
        assert placeholders(text) == placeholders(english[key])


@pytest.mark.parametrize("language", sorted(set(CATALOGUES) - {"en"}))
def test_a_catalogue_is_translated(language: str) -> None:
    same = [key for key, text in CATALOGUES[language].items() if text == CATALOGUES["en"][key]]
    assert len(same) < 8, same


def test_every_text_is_used() -> None:
    page = "".join(path.read_text("utf-8") for path in Path("channels/webchat/page").iterdir())
    states = {"sending", "sent", "waiting", "failed"}
    unused = [k for k in CATALOGUES["en"] if f"words.{k}" not in page and k not in states | {"language"}]
    assert unused == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("sv, da;q=0.9, de;q=0.4, fr;q=0.7", "fr"),
        ("en;q=0, pl;q=0.1", "pl"),
        ("*", "en"),
        ("AR-EG", "ar"),
        ("de;q=nonsense, nl", "nl"),
    ],
)
def test_the_most_wanted_known_language_is_chosen(header: str, expected: str) -> None:
    assert choose(list(accepted(header))) == expected


@pytest.fixture
async def client(sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who opens the page."""
    async with (
        await Database.open(sqlite_url) as database,
        chat_server(database, tmp_path) as chat,
        httpx.AsyncClient(base_url=chat.url) as client,
    ):
        yield client


async def test_the_page_comes_in_the_visitors_language(client: httpx.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in page.text
    assert CATALOGUES["ar"]["intro"] in page.text
    assert (
        '<html lang="es" dir="ltr">'
        in (await client.get("/?lang=es", headers={"Accept-Language": "ar"})).text
    )


async def test_the_page_says_first_that_it_is_a_machine(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert "an automated assistant, not a person" in page.text
    assert "You can ask for a person at any time" in page.text


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    loaded = re.findall(r'<(?:link|script|img)\b[^>]*(?:src|href)="([^"#]+)"', page.text)
    assert loaded
    assert all(address.startswith("/chat/assets/") for address in loaded)
    for address in loaded:
        asset = await client.get(address)
        assert asset.status_code == 200
        assert not re.search(r"https?://(?!www\.w3\.org/)\w", asset.text)


async def test_only_the_pages_assets_are_served(client: httpx.AsyncClient) -> None:
    for name in ("chat.html", "..%2Froutes.py", "%2e%2e/adapter.py", "nothing.js"):
        assert (await client.get(f"/chat/assets/{name}")).status_code == 404


async def test_the_organisations_name_is_shown_as_text(client: httpx.AsyncClient) -> None:
    assert "<h1><bdi>Acme &amp; Söhne</bdi></h1>" in (await client.get("/")).text
