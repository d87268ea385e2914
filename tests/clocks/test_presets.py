"""Presets are data: combined, checked, and without power over a clock that has started.

Mutation: let `watching.policy_of` load the preset by its name (a changed file then rewrites running
clocks); let `presets.load` take a second preset with clocks of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from sqlmodel import Session

from bot.db import Database
from bot.settings import Settings
from channels import transcript
from channels.message import Address
from complaints import pausing, presets, register
from complaints.clocks import PolicyError
from complaints.complaint import Kind, Status
from complaints.record import Complaint
from complaints.reference import mint
from complaints.watching import heard

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The presets in a folder where an operator may change them; each read counts as a new start."""
    made = tmp_path / "policies"
    shutil.copytree(presets._POLICIES, made)
    monkeypatch.setattr(presets, "_POLICIES", made)
    start_again()
    yield made
    start_again()


def start_again() -> None:
    for cache in (presets.load, presets._data, presets._of_terms):
        cache.cache_clear()


def change(folder: Path, name: str, **what: object) -> None:
    file = folder / f"{name}.yml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text(encoding="utf-8")) | what))
    start_again()


def open_case(session: Session, policy: str, key: str = "1") -> Complaint:
    conversation = transcript.begin(session, Address("telegram", key), MONDAY)
    return register.open_case(
        session, reference=mint(), kind=Kind.COMPLAINT, conversation=conversation.id, channel="telegram",
        language="en", description="", clock=presets.load(policy).start(MONDAY), actor="customer", now=MONDAY,
    )  # fmt: skip


def end(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)


async def test_a_changed_preset_never_rewrites_a_running_clock(database: Database, folder: Path) -> None:
    """Neither its dates nor those that pauses, extensions, news and another opening make of them."""
    reference = (await database.run(lambda s: open_case(s, "iso_generic").reference)) or ""
    change(
        folder, "iso_generic", version="3", respond_by="2 business days", update_every="1 business day",
        extend_to="3 business days", pauses=[], cut_off="09:00",
    )  # fmt: skip

    def live_on(session: Session) -> None:
        case = register.find(session, reference)
        assert (case.policy, case.policy_version) == ("iso_generic", "2")
        assert (case.update_by, case.respond_by) == (end(2026, 3, 9), end(2026, 3, 16))
        since, until = datetime(2026, 3, 3, 10, tzinfo=UTC), datetime(2026, 3, 5, 15, tzinfo=UTC)
        pausing.pause(session, case, "customer", reason="why", actor="agent:Anna", now=since)
        pausing.resume(session, case, actor="agent:Anna", now=until)
        assert (case.update_by, case.respond_by) == (end(2026, 3, 11), end(2026, 3, 18))
        pausing.extend(session, case, date(2026, 4, 1), reason="why", actor="agent:Anna", now=until)
        assert case.respond_by == end(2026, 4, 1)  # 20 business days, and the two that it stood still
        heard(case, datetime(2026, 3, 10, 16, 30, tzinfo=UTC))
        assert case.update_by == end(2026, 3, 17)
        register.acknowledge(session, case, message="1", actor="bot", now=until)
        register.move(session, case, Status.ASSESSED, actor="bot", now=until)
        register.move(session, case, Status.RESPONDED, actor="agent:Anna", now=until)
        register.move(session, case, Status.INVESTIGATING, actor="customer", now=until)
        assert case.respond_by == end(2026, 3, 19)

    await database.run(live_on)

    def new_one(session: Session) -> None:
        case = open_case(session, "iso_generic", "2")
        assert (case.policy_version, case.respond_by) == ("3", end(2026, 3, 5))  # after the cut-off

    await database.run(new_one)


async def test_a_case_keeps_its_dates_at_receipt(database: Database) -> None:
    """In the event that opened it, with the policy by name and version."""

    def read(session: Session) -> None:
        case = open_case(session, "in_rbi+eu_ai_art50")
        (event,) = register.events_of(session, case)
        assert (event.data["policy"], event.data["version"]) == ("in_rbi+eu_ai_art50", "2+1")
        assert set(event.data["dates"]) == {"acknowledge_by", "update_by", "respond_by", "internal_ombudsman"}
        assert event.data["dates"]["respond_by"] == case.respond_by.isoformat()

    await database.run(read)


async def test_another_kind_counts_from_receipt(database: Database) -> None:
    """And back; a kind that the policy does not know is refused."""

    def choose(session: Session) -> None:
        case = open_case(session, "au_rg271")
        on = datetime(2026, 3, 10, 10, tzinfo=UTC)
        days = []
        for kind in ("hardship", "superannuation", ""):
            pausing.choose_kind(session, case, kind, reason="why", actor="agent:Anna", now=on)
            days.append(case.respond_by.date())
        # Monday 2 March + 21, 45 and 30 days; winter time in Sydney from 5 April
        assert days == [date(2026, 3, 23), date(2026, 4, 16), date(2026, 4, 1)]
        with pytest.raises(pausing.ClockRefused, match="hardship, superannuation"):
            pausing.choose_kind(session, case, "funeral", reason="why", actor="agent:Anna", now=on)
        with pytest.raises(pausing.ClockRefused, match="nothing"):
            pausing.pause(session, case, "customer", reason="why", actor="agent:Anna", now=on)
        with pytest.raises(pausing.ClockRefused, match="no extension"):
            pausing.extend(session, case, date(2026, 6, 1), reason="why", actor="agent:Anna", now=on)

    await database.run(choose)


def test_what_adds_to_any_is_added() -> None:
    plain, both = presets.load("uk_disp"), presets.load("uk_disp+eu_ai_art50")
    assert both.start(MONDAY).respond_by == plain.start(MONDAY).respond_by
    assert (both.name, both.version) == ("uk_disp+eu_ai_art50", "2+1")
    assert "AI Act" in both.source
    assert set(both.notes) == {*plain.notes, "machine"}


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("eu_ai_art50", "iso_generic.eu_ai_art50"),
        ("uk_disp+uk_psd", "clocks of its own"),
        ("uk_disp+", "no policy"),
        ("uk_disp+nothing", "no policy"),
    ],
)
def test_what_cannot_be_combined_is_refused(name: str, match: str) -> None:
    with pytest.raises(PolicyError, match=match):
        presets.load(name)


def test_a_word_that_nobody_knows_is_refused(folder: Path) -> None:
    """A misspelt deadline would be none."""
    change(folder, "uk_disp", delay_notise="1 business day")
    with pytest.raises(PolicyError, match="delay_notise"):
        presets.load("uk_disp")


@pytest.mark.parametrize("name", [n for n in presets.names() if n not in presets.additions()])
def test_a_case_counts_as_its_preset_does(name: str) -> None:
    policy = presets.load(name).at(time_zone="Pacific/Auckland", country="NZ")
    again = presets.of_terms(policy.terms)
    assert again.start(MONDAY) == policy.start(MONDAY)
    assert (again.kinds, again.pauses, again.extend_to) == (policy.kinds, policy.pauses, policy.extend_to)
    assert (again.warn, again.delay_notice, again.overdue_notice, again.outside_body) == (
        policy.warn, policy.delay_notice, policy.overdue_notice, policy.outside_body,
    )  # fmt: skip


def test_a_preset_brings_its_own_zone_and_holidays() -> None:
    """Unless the operator says where they are."""

    def home(**given: str) -> tuple[str, str | None]:
        policy = Settings(_env_file=None, **given).policy  # type: ignore[arg-type]
        return policy.time_zone.key, policy.country

    assert home() == ("UTC", "GB")
    assert home(RECOURSE_POLICY="uk_disp") == ("Europe/London", "GB-ENG")
    assert home(RECOURSE_POLICY="us_cfpb+eu_ai_art50") == ("America/New_York", "US")
    given = {"RECOURSE_TIME_ZONE": "Europe/Madrid", "RECOURSE_COUNTRY": "ES"}
    assert home(RECOURSE_POLICY="uk_disp", **given) == ("Europe/Madrid", "ES")


def test_templates_by_language_or_for_all() -> None:
    one, two = "HX" + "a" * 32, "HX" + "b" * 32

    def read(text: str) -> object:
        return Settings(_env_file=None, RECOURSE_WHATSAPP_TEMPLATE_UPDATE=text).desk.update_templates  # type: ignore[call-arg]

    assert read(one) == {"": one}
    assert read(f"en={one}, es={two}") == {"en": one, "es": two}
    with pytest.raises(ValueError, match="content SID"):
        read("en=hello")
