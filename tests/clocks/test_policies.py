"""Due dates are those that a calendar on the wall gives: every date here was counted by hand.

Mutation: `_day_of_receipt` with ``local.time() > self.cut_off``; `due` that combines the last second
with UTC instead of the policy's time zone.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import presets
from complaints.clocks import Period, PolicyError
from complaints.presets import load

WITH_CLOCKS = [name for name in presets.names() if name not in presets.additions()]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# received, update by, respond by (5 and 10 business days); UTC, no public holidays, cut-off at 17:00
ISO = {
    "a Monday morning": ("2026-03-02 10:00", "2026-03-09 23:59:59", "2026-03-16 23:59:59"),
    "a second before the cut-off": ("2026-03-02 16:59:59", "2026-03-09 23:59:59", "2026-03-16 23:59:59"),
    "at the cut-off": ("2026-03-02 17:00", "2026-03-10 23:59:59", "2026-03-17 23:59:59"),
    "Friday evening": ("2026-03-06 18:00", "2026-03-16 23:59:59", "2026-03-23 23:59:59"),
    "Saturday morning": ("2026-03-07 09:00", "2026-03-16 23:59:59", "2026-03-23 23:59:59"),
    "Saturday evening": ("2026-03-07 20:00", "2026-03-16 23:59:59", "2026-03-23 23:59:59"),
    "a minute to Monday": ("2026-03-08 23:59", "2026-03-16 23:59:59", "2026-03-23 23:59:59"),
    "Thursday after the cut-off": ("2026-03-05 23:00", "2026-03-13 23:59:59", "2026-03-20 23:59:59"),
    "over the year's end": ("2026-12-23 10:00", "2026-12-30 23:59:59", "2027-01-06 23:59:59"),
    "over a leap day": ("2028-02-24 10:00", "2028-03-02 23:59:59", "2028-03-09 23:59:59"),
    "over no leap day": ("2027-02-25 10:00", "2027-03-04 23:59:59", "2027-03-11 23:59:59"),
}


@pytest.mark.parametrize("case", ISO)
def test_iso_generic(case):
    received, update, respond = (utc(text) for text in ISO[case])
    clock = load().start(received)
    assert (clock.acknowledge_by, clock.update_by, clock.respond_by) == (received, update, respond)


# the same policy as an operator elsewhere runs it: time zone, country
ELSEWHERE = {
    "clocks go forward": (
        ("Europe/Madrid", None), "2026-03-27 09:00", "2026-04-03 21:59:59", "2026-04-10 21:59:59",
    ),
    "clocks go back": (
        ("America/New_York", None), "2026-10-29 12:00", "2026-11-06 04:59:59", "2026-11-13 04:59:59",
    ),
    "Veterans Day is off": (
        ("America/New_York", "US"), "2026-10-29 12:00", "2026-11-06 04:59:59", "2026-11-14 04:59:59",
    ),
    "Christmas, New Year and Epiphany in Spain": (
        ("Europe/Madrid", "ES"), "2026-12-23 09:00", "2026-12-31 22:59:59", "2027-01-11 22:59:59",
    ),
    "received on a holiday": (  # Friday, 1 May: counts as Monday the 4th
        ("Europe/Madrid", "ES"), "2026-05-01 08:00", "2026-05-11 21:59:59", "2026-05-18 21:59:59",
    ),
    "cut-off before a holiday": (  # Thursday, 30 April, 18:00 in Madrid: Monday the 4th as well
        ("Europe/Madrid", "ES"), "2026-04-30 16:00", "2026-05-11 21:59:59", "2026-05-18 21:59:59",
    ),
    "the cut-off is local": (
        ("Europe/Madrid", None), "2026-07-01 15:00", "2026-07-09 21:59:59", "2026-07-16 21:59:59",
    ),
    "a minute before the local cut-off": (
        ("Europe/Madrid", None), "2026-07-01 14:59", "2026-07-08 21:59:59", "2026-07-15 21:59:59",
    ),
    "Sunday in London is Monday in Tokyo": (
        ("Asia/Tokyo", None), "2026-05-31 16:00", "2026-06-08 14:59:59", "2026-06-15 14:59:59",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE)
def test_iso_generic_elsewhere(case):
    (zone, country), *texts = ELSEWHERE[case]
    received, update, respond = (utc(text) for text in texts)
    clock = load().at(time_zone=zone, country=country).start(received)
    assert (clock.update_by, clock.respond_by) == (update, respond)


# preset: received, then acknowledge, update and respond
PRESETS = {
    "au_rg271": ("2026-01-18 22:00", "2026-01-19 22:00", "2026-01-27 12:59:59", "2026-02-18 12:59:59"),
    "uk_disp": ("2026-04-02 09:00", "2026-04-02 09:00", "2026-04-13 22:59:59", "2026-05-28 22:59:59"),
    "uk_psd": ("2026-12-18 12:00", "2026-12-18 12:00", "2026-12-29 23:59:59", "2027-01-13 23:59:59"),
    "us_cfpb": ("2026-11-20 15:00", "2026-11-20 15:00", "2026-12-01 04:59:59", "2026-12-06 04:59:59"),
    "es_10_2025": ("2026-04-27 08:00", "2026-04-27 08:00", "2026-05-05 21:59:59", "2026-05-19 21:59:59"),
    "ae_cbuae": ("2026-11-26 06:00", "2026-11-30 19:59:59", "2026-12-07 19:59:59", "2026-12-14 19:59:59"),
    "in_rbi": ("2026-01-28 06:30", "2026-01-28 06:30", "2026-02-04 18:29:59", "2026-02-27 18:29:59"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name):
    received, *dates = (utc(text) for text in PRESETS[name])
    clock = load(name).start(received)
    assert [clock.acknowledge_by, clock.update_by, clock.respond_by] == dates


STAGES = [
    ("uk_disp", "summary_resolution", "2026-04-02 09:00", "2026-04-09 22:59:59"),  # over Easter
    ("in_rbi", "internal_ombudsman", "2026-01-28 06:30", "2026-02-17 18:29:59"),
]


@pytest.mark.parametrize(("name", "stage", "received", "due"), STAGES)
def test_further_deadlines(name, stage, received, due):
    policy = load(name)
    assert policy.due(policy.stages[stage], utc(received)) == utc(due)


def test_thirty_days_over_the_end_of_summer_time():
    assert load("au_rg271").start(utc("2026-03-15 22:00")).respond_by == utc("2026-04-15 13:59:59")


def test_eight_weeks_over_the_start_of_summer_time():
    assert load("uk_disp").start(utc("2026-02-16 10:00")).respond_by == utc("2026-04-13 22:59:59")


def test_the_next_update_counts_from_the_last():
    assert load().next_update(utc("2026-03-09 11:00")) == utc("2026-03-16 23:59:59")


def test_every_preset_loads_and_every_one_is_tested():
    assert set(WITH_CLOCKS) == {*PRESETS, "iso_generic"}
    for name in WITH_CLOCKS:
        policy = load(name)
        assert policy.source
        assert policy.is_business_day(date(2026, 3, 3))


times = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(WITH_CLOCKS), times, st.integers(0, 10 * 86_400))
def test_who_comes_later_is_never_due_earlier(name, received, seconds):
    policy = load(name)
    first, second = policy.start(received), policy.start(received + timedelta(seconds=seconds))
    assert received <= first.acknowledge_by <= second.acknowledge_by
    assert received <= first.update_by <= second.update_by
    assert first.update_by <= first.respond_by <= second.respond_by


@pytest.mark.parametrize("text", ["", "soon", "10 working days", "-1 days", "1.5 hours", "10"])
def test_a_period_that_cannot_be_counted_is_refused(text):
    with pytest.raises(PolicyError):
        Period.parse(text)


@pytest.mark.parametrize("name", ["no_such", "", "../clocks", "iso_generic.yml"])
def test_an_unknown_policy_is_refused(name):
    with pytest.raises(PolicyError, match="iso_generic"):
        load(name)


def test_an_unknown_country_is_refused():
    with pytest.raises(PolicyError, match="XX"):
        load().at(country="XX").start(utc("2026-03-02 10:00"))


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="aware"):
        load().start(datetime(2026, 3, 2, 10))  # noqa: DTZ001
