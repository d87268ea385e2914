"""The reports page says what the reports count, and every figure leads to exactly its cases.

Mutation: let `handoff.console.reporting.collecting._sum` add up shares; leave the filters out of
`Asked.address`; leave ``oversees`` out of `handoff.console.reports._overseer`.
"""

from __future__ import annotations

import csv
import html
import io
import re

import httpx
import pytest

from handoff.console.reporting.asking import read
from handoff.console.reporting.collecting import Collector
from handoff.console.reporting.figures import FigureWords
from handoff.reports.indicators import INDICATORS
from handoff.reports.targets import load, verdict
from tests.console.conftest import Served
from tests.reports_pages.conftest import TODAY, ZONE, measured

WORDS = FigureWords("en")
ROW = re.compile(
    r'<tr role="row"(?: class="missed")?>\s*<th scope="row" role="rowheader"><a href="([^"]+)">.*?</tr>',
    re.DOTALL,
)
VALUE = re.compile(r'<strong>(?:<a href="([^"]+)">)?([^<]+)')
CASE = re.compile(r'<a class="reference" href="/console/cases/([^"]+)">')
MORE = re.compile(r'href="([^"]+)" rel="next"')


def lines(page: str) -> dict[str, tuple[str, str, str]]:
    """By code: the figure as it is shown, the address of its cases, and the whole row."""
    found = {}
    for row in ROW.finditer(page):
        code = re.findall(r"of=([\w%]+)", html.unescape(row[1]))[0].replace("%3A", ":")
        value = VALUE.search(row[0])
        assert value
        found[code] = (html.unescape(value[2]), html.unescape(value[1] or ""), row[0])
    return found


async def cases_of(client: httpx.AsyncClient, address: str) -> list[str]:
    """All references behind a figure, page by page."""
    found: list[str] = []
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text[-500:]
        found += CASE.findall(answer.text)
        more = MORE.search(answer.text)
        address = html.unescape(more[1]) if more else ""
    return found


@pytest.mark.parametrize(
    ("period", "filters"),
    [("2026", {}), ("2026-Q3", {"channel": "sms"}), ("2026-05", {"severity": "high", "language": "en"})],
)
async def test_every_figure_is_the_reports_own(year: Served, period: str, filters: dict[str, str]) -> None:
    """Value, verdict in words, and the way to the cases."""
    sue = await year.signed_in("Sue")
    page = await sue.get("/console/reports", params={"period": period, **filters})
    assert page.status_code == 200
    shown, figures, targets = lines(page.text), await measured(year, period, **filters), load()
    expected = set(figures) - ({"improvements"} if filters else set())
    assert expected <= set(shown)
    for code in expected:
        value, href, row = shown[code]
        assert value == WORDS.shown(code, figures[code]), code
        assert bool(href) == bool(figures[code].counted), code
        said = verdict(figures[code], targets.get(code))
        assert ("✓" in row) == (said == "met"), code
        assert ("✗" in row) == (said == "missed"), code
        assert (">missed<" in row or "</span> missed" in row) == (said == "missed"), code


async def test_every_figure_leads_to_its_cases(year: Served) -> None:
    """As many as it counts, each once; also behind a page's end, and with filters."""
    sue = await year.signed_in("Sue")
    for params in ({"period": "2026"}, {"period": "2026-Q2", "channel": "webchat"}):
        shown = lines((await sue.get("/console/reports", params=params)).text)
        period, *rest = params.values()
        figures = await measured(year, period, **({"channel": rest[0]} if rest else {}))
        for code, figure in figures.items():
            if figure.counted:
                behind = await cases_of(sue, shown[code][1])
                assert len(behind) == len(set(behind)) == figure.counted, code


async def test_marks_of_a_trend_and_parts_lead_to_theirs(year: Served) -> None:
    """The steps of a year and the parts of each split together have all cases of the figure."""
    sue = await year.signed_in("Sue")
    whole = (await measured(year, "2026"))["reopened"].counted
    page = (await sue.get("/console/reports", params={"period": "2026", "of": "reopened"})).text
    detail = page[page.index('id="detail"') :]
    figures = detail.split("<figure")[1:]
    assert len(figures) == 5
    for each in figures:
        links = {html.unescape(href) for href in re.findall(r'<td class="num"><a href="([^"]+)"', each)}
        drawn = {html.unescape(href) for href in re.findall(r'<a href="([^"]+)" tabindex="-1"', each)}
        behind = [reference for link in links for reference in await cases_of(sue, link)]
        assert drawn <= links
        assert len(behind) == len(set(behind)) == whole


async def test_csv_says_what_the_page_says(year: Served) -> None:
    sue = await year.signed_in("Sue")
    params = {"period": "2026-Q3", "channel": "whatsapp"}
    answer = await sue.get("/console/reports/figures.csv", params=params)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="recourse-report-2026-Q3.csv"'
    shown = lines((await sue.get("/console/reports", params=params)).text)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["code"] for row in rows} >= set(INDICATORS) - {"remedy_cost"}
    for row in rows:
        if row["code"] != "improvements":  # not of a channel
            value = float(row["value"]) if row["value"] else None
            assert WORDS.said(row["code"], value) == shown[row["code"]][0]


async def test_what_cannot_be_read_is_said(year: Served) -> None:
    """Above a report that can; addresses with nonsense in them break nothing."""
    sue = await year.signed_in("Sue")
    page = await sue.get("/console/reports", params={"own": "2026-Q9", "channel": "sms"})
    assert page.status_code == 422
    assert "is no period" in page.text
    assert lines(page.text)["received"]
    refused = (
        "?severity=huge",
        "?of=nothing",
        "/cases?code=nothing",
        "/cases?after=RC-0",
        "/figures.csv?period=x",
    )
    for path in refused:
        assert (await sue.get(f"/console/reports{path}")).status_code == 422, path
    hostile = await sue.get("/console/reports", params={"product": '"><script>alert(1)</script>'})
    assert hostile.status_code == 200
    assert "<script>alert" not in hostile.text


async def test_an_empty_register_says_so(served: Served) -> None:
    sue = await served.signed_in("Sue")
    page = await sue.get("/console/reports", params={"period": "2026"})
    assert "No complaint was received in this period." in page.text
    assert lines(page.text)["resolved_late"][0] == "–"
    assert "There are no cases behind this figure." in (await sue.get("/console/reports/cases")).text


async def test_nothing_that_the_policy_forbids(year: Served) -> None:
    """No style in the page, no script but the console's own: the browser would not obey them."""
    sue = await year.signed_in("Sue")
    page = await sue.get("/console/reports", params={"period": "2026"})
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert not re.findall(r"<style|\sstyle=|\son\w+=", page.text)
    assert re.findall(r"<script[^>]*>", page.text) == [
        '<script type="application/json" id="words">',
        '<script type="module" src="/console/static/console.js">',
    ]


async def test_in_spanish(year: Served) -> None:
    sue = await year.signed_in("Sue")
    page = await sue.get("/console/reports", headers={"Accept-Language": "es"})
    assert "Lo que requiere atención" in page.text
    assert "Resueltas tarde" in page.text


async def test_for_those_who_oversee(year: Served) -> None:
    """Supervisors, auditors and administrators; others are neither shown the way nor let in."""
    for name, status in (("Sue", 200), ("Otto", 200), ("Anna", 403), ("Tina", 403)):
        client = await year.signed_in(name)
        assert (await client.get("/console/reports/figures.csv")).status_code == status, name
        assert ('href="/console/reports"' in (await client.get("/console")).text) == (status == 200)
    away = await year.visitor().get("/console/reports")
    assert away.headers["location"] == "/console/sign-in?next=/console/reports"


async def test_added_up_is_counted(year: Served) -> None:
    """What the page adds up along the period is what the reports count over it as a whole."""
    for period in ("2026", "2026-Q1", "2026-W20", "last-90-days"):
        asked = read({"period": period}, TODAY)
        found = await Collector(year.database).collect(asked, ZONE, TODAY)
        assert found.now == await measured(year, period)
        assert found.before == await measured(year, str(asked.period.compared(TODAY)))
