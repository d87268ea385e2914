"""The site of the documents: built without a warning, whole, and read without a network.

Mutation: link to ``nowhere.md`` in a document; take ``font: false`` out of mkdocs.yml; or leave
``_with_room`` out of `docs/hooks/pages.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.documents.reading import ROOT
from tests.webchat.browser import DESKTOP, PHONE, chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make docs` builds it; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--site-dir", folder],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


class Loaded(HTMLParser):
    """What a browser loads for a page by itself; links that a reader follows are not among it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        sources = [given.get("src"), given.get("srcset"), given.get("data")]
        if tag == "link":
            sources.append(given.get("href"))
        self.found += [source for source in sources if source]


def pages(site: Path) -> list[Path]:
    return [page for page in site.rglob("*.html") if page.name != "404.html"]


def test_every_document_is_a_page(site: Path) -> None:
    """Also one that no reader's chapter names."""
    documents = {str(p.relative_to(ROOT / "docs").with_suffix("")) for p in (ROOT / "docs").rglob("*.md")}
    documents |= {"contributing", "changelog"}
    assert {str(page.relative_to(site).with_suffix("")) for page in pages(site)} == documents
    start = (site / "index.html").read_text(encoding="utf-8")
    for document in documents:
        assert f'href="{document}.html"' in start, f"nothing leads to {document}"
    assert not (site / "hooks").exists()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Neither by a page nor by a style."""
    for page in pages(site):
        for source in Loaded(page.read_text(encoding="utf-8")).found:
            assert not re.match(r"(?:https?:)?//", source), f"{page.name}: {source}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", style.read_text(encoding="utf-8")), (
            style
        )


def test_lists_tables_and_headings_are_such(site: Path) -> None:
    """What GitHub reads as a list is one here, too; nothing is left of the marks."""
    for page in pages(site):
        body = page.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        for paragraph in re.findall(r"<p>(.*?)</p>", body, re.DOTALL):
            assert not re.search(r"^(?:[-*] |1\. |\|.*\|$|#+ |```)", paragraph, re.MULTILINE), page.name


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site behind a plain file server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def opened(browser: Browser, url: str, home: str, **context: object) -> tuple[Page, list[str]]:
    """A page, and what went wrong on it: errors, and whatever is asked of anybody but ``home``."""
    page = await (await browser.new_context(**context)).new_page()  # type: ignore[arg-type]
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on(
        "request", lambda r: None if r.url.startswith((home, "data:", "blob:")) else troubles.append(r.url)
    )
    await page.goto(url)
    return page, troubles


@pytest.mark.parametrize("from_disk", [False, True], ids=["served", "from the disk"])
async def test_words_are_found_without_a_network(
    browser: Browser, site: Path, address: str, from_disk: bool
) -> None:
    home = site.as_uri() if from_disk else address
    page, troubles = await opened(browser, f"{home}/index.html", home, **DESKTOP)
    await page.locator(".md-search__input").click()
    await page.keyboard.type("legal hold")
    await page.locator(".md-search-result__link").filter(has_text="Legal hold").first.click()
    await expect(page).to_have_url(re.compile(r"privacy\.html.*legal-hold"))
    assert troubles == []


async def test_everybody_can_read_it(browser: Browser, address: str) -> None:
    """On a desk by day, on a phone by night; the theme's colours follow the system's."""
    for screen, scheme, names in (
        (DESKTOP, "light", ("index", "agent", "settings")),
        (PHONE, "dark", ("index", "developer", "bench")),
    ):
        for name in names:
            given = screen | {"color_scheme": scheme}
            page, troubles = await opened(browser, f"{address}/{name}.html", address, **given)
            theirs = "slate" if scheme == "dark" else "default"
            await expect(page.locator("body")).to_have_attribute("data-md-color-scheme", theirs)
            await asyncio.sleep(0.3)  # colours fade in
            found = (await Axe().run(page)).response["violations"]
            assert [f"{v['id']}: {[n['html'] for n in v['nodes']]}" for v in found] == [], name
            assert not await page.evaluate("document.documentElement.scrollWidth > screen.width"), name
            assert troubles == []
            await page.close()
