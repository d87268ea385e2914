"""The management review: every input of clause 8.6 has a section, none is silently empty, and what people
recommend is kept and followed up.

Mutation: leave a section out of `handoff.management_review.document.document`, ``text(say("none"))`` out of
`of_improvement.audits`, or ``col(ReviewPoint.since) < period.start`` out of `points.follow_ups`.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pypdfium2
import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.migrating import migrate
from handoff.console.settings import ConsoleSettings
from handoff.console.words import LANGUAGES, tell
from handoff.improvement import actions
from handoff.improvement.record import (
    CaseAudit,
    CaseAuditFinding,
    ImprovementAction,
)
from handoff.management_review import gathering, making
from handoff.management_review.document import document
from handoff.management_review.making import Form
from handoff.reports.periods import Period
from handoff.signals.record import Signal
from handoff.staff.accounts import AccountChange
from tests.console.conftest import Served, field_of
from tests.reports.year import TABLES, Year
from tests.reports_pages.conftest import TODAY, ZONE
from tests.scale.filling import filler

CLAUSE = (
    "organisation", "performance", "survey", "audits", "actions", "causes", "follow_ups", "recommendations",
)  # fmt: skip
NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
IN_IT = datetime(2026, 8, 12, 9, tzinfo=UTC)
QUARTER = Period.parse("2026-Q3", TODAY)


def text_of(pdf: bytes) -> str:
    found = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in found)
    finally:
        found.close()


def full(session: Session) -> None:
    """Something on record for every section."""
    session.add(AccountChange(at=IN_IT, actor="operator", whom="Nora", what="added", detail="supervisor"))
    audit = CaseAudit(
        title="Third quarter", criteria="Are letters clear?", since=date(2026, 7, 1), until=date(2026, 9, 30),
        closed_only=True, way="simple", size=20, seed="7", population=400, population_digest="-",
        drawn_by="Otto", drawn_at=IN_IT,
    )  # fmt: skip
    session.add(audit)
    session.flush()
    assert audit.id is not None
    session.add(
        CaseAuditFinding(
            audit_id=audit.id, kind="major", text="Three letters named no outside body.", by="Otto", at=IN_IT
        )
    )
    session.add(
        ImprovementAction(
            kind="corrective", problem="Boxes break on the way.", plan="Thicker boxes.", owner="Nora",
            due=date(2026, 9, 1), weeks=8, made_by="agent:Sue", made_at=IN_IT,
        )
    )  # fmt: skip
    session.add(
        Signal(
            kind="product", product="Kettle", since=date(2026, 8, 10), opened_at=IN_IT, days=7, count=31,
            expected=12.4, chance=1e-6, looked_at=IN_IT, week_count=31, week_expected=12.4,
        )
    )  # fmt: skip


async def gathered(
    served: Served, settings: ConsoleSettings, fill: Callable[[Session], None] | None = None
) -> gathering.Inputs:
    if fill is not None:
        await served.database.run(fill)
    return await served.database.read(gathering.gather, QUARTER, settings, NOW)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_input_of_the_clause_has_a_section(
    served: Served, console_settings: ConsoleSettings, language: str
) -> None:
    """On an empty register, too: each says that there is nothing, in words."""
    inputs = await gathered(served, console_settings)
    found = document(inputs, "Northwind", ZONE, language)
    assert tuple(section["code"] for section in found["sections"]) == CLAUSE
    for section in found["sections"]:
        said = [p for p in section["parts"] if p["kind"] in ("text", "list") or p.get("rows")]
        assert said, section["code"]
    nothing = {
        "audits": "none", "actions": "none", "survey": "survey_none", "follow_ups": "none",
        "recommendations": "recommendations_none", "organisation": "accounts_none", "causes": "signals_none",
    }  # fmt: skip
    paper = text_of(making.make(inputs, console_settings, language, Form.PDF))
    page = making.make(inputs, console_settings, language, Form.HTML).decode()
    for number, code in enumerate(CLAUSE, 1):
        title = tell(language, f"pack_{code}")
        assert re.search(rf"{number}\s+{re.escape(title)}", paper), title
        assert f'<section id="{code}">' in page
    for code, key in nothing.items():
        said = tell(language, f"pack_{key}")
        section = page[page.index(f'<section id="{code}">') :].partition("</section>")[0]
        assert said in section, code


async def test_an_action_that_was_given_up_in_it_is_in_it(
    served: Served, console_settings: ConsoleSettings
) -> None:
    """And is in no review after that: why it was given up has been said."""

    def give_up(session: Session) -> None:
        full(session)
        session.flush()
        number = session.exec(select(ImprovementAction.id)).one()
        assert number is not None
        actions.cancel(session, number, "Nora", reason="Another carrier.", now=IN_IT)

    inputs = await gathered(served, console_settings, give_up)
    assert [one.action.problem for one in inputs.actions] == ["Boxes break on the way."]
    after = Period.parse("2026-Q4", TODAY)
    assert not (await served.database.read(gathering.gather, after, console_settings, NOW)).actions


async def test_what_is_on_record_is_in_it(year: Served, console_settings: ConsoleSettings) -> None:
    """Figures, charts, changes, findings, actions, signals; and the hints that follow from them."""
    inputs = await gathered(year, console_settings, full)
    paper = (
        text_of(making.make(inputs, console_settings, "en", Form.PDF)).replace("\r\n", " ").replace("\n", " ")
    )
    page = making.make(inputs, console_settings, "en", Form.HTML).decode()
    for said in (
        "iso_generic", "Nora", "Added: supervisor", "Resolved late", "Third quarter", "Major nonconformity",
        "Three letters named no outside body.", "Boxes break on the way.", "overdue", "Kettle",
        "31 in 7 days, 12.4 expected", "One audit finding has no action against it.",
        "One rise in complaints has no named cause yet.", "targets are missed",
    ):  # fmt: skip
        assert said in paper, said
        assert said in page, said
    assert page.count("<svg") == page.count("</svg>") >= 9
    assert "var(--chart, #2f7f88)" in page
    assert not re.findall(r"<script|<link|\bsrc=|\bhref=|url\(|@import", page)


async def test_what_people_recommend_is_kept_and_followed_up(year: Served) -> None:
    """Written by a supervisor, in the pack, ended with an outcome; in later reviews it is a follow-up."""
    sue = await year.signed_in("Sue")
    csrf = field_of(await sue.get("/console/reports/review?period=2026-Q2"), "csrf")

    async def post(what: str, **fields: str) -> httpx.Response:
        return await sue.post(f"/console/reports/review/{what}", data={"csrf": csrf, **fields})

    text = "Ask the carrier <b>again</b>."
    answer = await post("recommend", period="2026-Q2", text=text, owner="Nora", due="2026-09-01")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/console/reports/review?period=2026-Q2#recommendations",
    )
    page = (await sue.get("/console/reports/review?period=2026-Q2")).text
    assert "Ask the carrier &lt;b&gt;again&lt;/b&gt;." in page
    assert "Ask the carrier" not in page.partition('id="follow-ups"')[2]
    number = re.findall(r'name="number" value="(\d+)"', page)[0]
    later = await sue.get("/console/reports/review?period=2026-Q3")
    assert "Ask the carrier" in later.text.partition('id="follow-ups"')[2]
    assert "One recommendation of an earlier review is still open." in later.text
    year_of_it = await sue.get("/console/reports/review?period=2026")
    assert "Ask the carrier" in year_of_it.text.partition('id="follow-ups"')[2]
    assert "Ask the carrier" not in (await sue.get("/console/reports/review?period=2026-Q1")).text
    pack = text_of((await sue.get("/console/reports/review/pack.pdf?period=2026-Q3")).content)
    assert "Ask the carrier <b>again</b>." in pack.replace("\r\n", " ")
    ended = await post("end", period="2026-Q3", number=number, state="done", outcome="They pack anew.")
    assert ended.status_code == 303
    again = await post("end", period="2026-Q3", number=number, state="dropped", outcome="No.")
    assert again.status_code == 422
    assert "is done already" in again.text
    assert "They pack anew." in (await sue.get("/console/reports/review/pack.html?period=2026-Q3")).text


async def test_a_refused_form_keeps_what_was_typed(year: Served) -> None:
    sue, otto = await year.signed_in("Sue"), await year.signed_in("Otto")
    csrf = field_of(await sue.get("/console/reports/review"), "csrf")
    typed = {"csrf": csrf, "period": "2026-Q2", "text": "Hire two.", "due": "soon"}
    answer = await sue.post("/console/reports/review/recommend", data=typed)
    assert answer.status_code == 422
    assert "Hire two.</textarea>" in answer.text
    assert (
        await sue.post("/console/reports/review/recommend", data=typed | {"csrf": "x"})
    ).status_code >= 400
    auditors = field_of(await otto.get("/console/reports/review"), "csrf")
    refused = await otto.post("/console/reports/review/recommend", data=typed | {"csrf": auditors, "due": ""})
    assert refused.status_code == 403
    page = (await sue.get("/console/reports/review?period=2026-Q2")).text
    assert "None written yet." in page


async def test_a_new_policy_is_a_change(year: Served, console_settings: ConsoleSettings) -> None:
    """Known by the first complaint under it."""
    before = await year.database.read(gathering.gather, Period.parse("2025", TODAY), console_settings, NOW)
    assert [preset.new for preset in before.presets] == [True]
    inputs = await year.database.read(gathering.gather, QUARTER, console_settings, NOW)
    assert [(p.name, p.version, p.new) for p in inputs.presets] == [("iso_generic", "2", False)]


def test_on_the_command_line(tmp_path: Path) -> None:
    """Both forms; what it cannot do is one line."""
    url = f"sqlite:///{tmp_path}/recourse.db"
    migrate(url)
    asyncio.run(filler(url, TABLES).put(Year().rows(60)))
    given = {
        "RECOURSE_DATABASE_URL": url, "RECOURSE_DATA_DIR": str(tmp_path),
        "RECOURSE_ORGANISATION": "Northwind Home",
    }  # fmt: skip

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["report", "pack", *arguments], env=given)

    for form in Form:
        file = tmp_path / f"pack.{form}"
        done = run("--period", "2026-Q3", "--language", "es", "--output", str(file))
        assert (done.exit_code, done.output) == (0, f"The management review of 2026-Q3 is in {file}\n")
    assert "Revisión por la dirección" in text_of((tmp_path / "pack.pdf").read_bytes())
    assert "Northwind Home" in (tmp_path / "pack.html").read_text()
    new = tmp_path / "new.pdf"
    for wrong, said in (
        (["--period", "2026-Q9", "--output", str(new)], "'2026-Q9' is no period"),
        (["--output", str(tmp_path / "x.doc")], "must end in .pdf or .html"),
        (["--output", str(tmp_path / "no" / "x.pdf")], "is no folder"),
    ):
        done = run(*wrong)
        assert done.exit_code != 0
        assert said in " ".join(done.output.replace("│", " ").split())
        assert not new.exists()
