"""Every date here was counted on a calendar on the wall, by hand, and its weekday written beside it.

Times are local to the preset; a day alone means its last second, "from" a day its first. Mutation: let
`Policy._day_of_receipt` not skip days off; let `Policy.due` count "days" in UTC (add to ``since`` before
it is local); let `Policy.before` step forward; let `Policy.moved` forget the cut-off hour.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from complaints import presets
from complaints.clocks import Clock, Period, Policy

END = time(23, 59, 59)


def moment(text: str, policy: Policy) -> datetime:
    """ "Thu 2026-04-02 10:00" or "Thu 2026-04-02" in the policy's time zone; the weekday must be right."""
    begins = text.startswith("from ")
    weekday, day, *clock = text.removeprefix("from ").split()
    on = date.fromisoformat(day)
    assert f"{on:%a}" == weekday, f"{day} is a {on:%A}"
    at = time.fromisoformat(clock[0]) if clock else time() if begins else END
    return datetime.combine(on, at, policy.time_zone).astimezone(UTC)


def found(policy: Policy, received: datetime, what: str) -> datetime:
    clock: Clock = policy.start(received)
    counted = {
        "acknowledge": clock.acknowledge_by,
        "update": clock.update_by,
        "respond": clock.respond_by,
        "warning": policy.before(policy.warn, clock.respond_by),
        "overdue notice": policy.after(policy.overdue_notice, clock.respond_by),
        **clock.stages,
        **{kind: policy.due(period, received) for kind, period in policy.kinds.items()},
    }
    if policy.extend_to:
        counted["latest"] = policy.due(policy.extend_to, received)
    if policy.delay_notice:
        counted["delay notice"] = policy.before(policy.delay_notice, clock.respond_by)
    return counted[what]


# England: 3 and 6 April 2026 are Good Friday and Easter Monday; 4 May, 25 May, 31 August; Boxing Day 2026
# is a Saturday and moves to Monday the 28th. Eight weeks are 56 days, counted through.
UK_DISP = {
    # Good Friday, weekend, Easter Monday; then Tue 7 (1), Wed 8 (2), Thu 9 (3), Fri 10 (4), Mon 13 (5).
    # 2 April + 28 days is 30 April, + 28 more is 28 May. One business day before that: 27 May.
    "Thu 2026-04-02 10:00": {
        "acknowledge": "Thu 2026-04-02 10:00", "summary_resolution": "Thu 2026-04-09",
        "update": "Mon 2026-04-13", "respond": "Thu 2026-05-28", "delay notice": "from Wed 2026-05-27",
    },
    # 16 February + 12 is the 28th, 31 of March make 43, 13 are left. Summer time has begun on the way.
    # A business day before Monday the 13th: Friday the 10th.
    "Mon 2026-02-16 10:00": {
        "summary_resolution": "Thu 2026-02-19", "update": "Mon 2026-02-23", "respond": "Mon 2026-04-13",
        "delay notice": "from Fri 2026-04-10",
    },
    # A Saturday counts as Monday the 24th in business days: 25, 26, 27 (3), 28 (4); Monday 31 is off, so
    # Tuesday is (5). Weeks run from the Saturday itself: 9 days of August, 30 of September, 17 left.
    # One business day before Saturday the 17th is Friday the 16th.
    "Sat 2026-08-22 12:00": {
        "summary_resolution": "Thu 2026-08-27", "update": "Tue 2026-09-01", "respond": "Sat 2026-10-17",
        "delay notice": "from Fri 2026-10-16",
    },
    # 25 Christmas, 26 and 27 weekend, 28 for Boxing Day: Tue 29 (1), Wed 30 (2), Thu 31 (3); New Year;
    # Mon 4 (4), Tue 5 (5). 7 days of December, 31 of January, 18 left.
    "Thu 2026-12-24 09:00": {
        "summary_resolution": "Thu 2026-12-31", "update": "Tue 2027-01-05", "respond": "Thu 2027-02-18",
    },
    # A leap day on the way: Mon 28 (1), Tue 29 (2), Wed 1 March (3), Thu (4), Fri (5). 4 days of February,
    # 31 of March, 21 left.
    "Fri 2028-02-25 10:00": {
        "summary_resolution": "Wed 2028-03-01", "update": "Fri 2028-03-03", "respond": "Fri 2028-04-21",
    },
    # The hour that comes twice, on a Sunday: Monday the 26th is day 0.
    "Sun 2026-10-25 01:30": {
        "summary_resolution": "Thu 2026-10-29", "update": "Mon 2026-11-02", "respond": "Sun 2026-12-20",
    },
}  # fmt: skip

UK_PSD = {
    # 21 22 23 24 (4), 29 (5) 30 31 (7), 4 to 8 January (12), 11 12 13 (15); 14 15 (17), 18 to 22 (22),
    # 25 to 29 (27), 1 to 5 February (32), 8 9 10 (35).
    "Fri 2026-12-18 12:00": {
        "update": "Tue 2026-12-29", "respond": "Wed 2027-01-13", "latest": "Wed 2027-02-10",
        "delay notice": "from Tue 2027-01-12",
    },
    # Three weeks; seven weeks would be 20 April, and Good Friday and Easter Monday are two more days.
    "Mon 2026-03-02 09:00": {
        "update": "Mon 2026-03-09", "respond": "Mon 2026-03-23", "latest": "Wed 2026-04-22",
        "delay notice": "from Fri 2026-03-20",
    },
    # Thu 2 (1), then 7 8 9 10 (5), 13 to 17 (10), 20 to 24 (15); 27 to 1 May (20), 5 to 8 (24), 11 to 15
    # (29), 18 to 22 (34), 26 (35).
    "Wed 2026-04-01 16:00": {
        "update": "Fri 2026-04-10", "respond": "Fri 2026-04-24", "latest": "Tue 2026-05-26",
        "delay notice": "from Thu 2026-04-23",
    },
    # Day 0 is Monday the 17th: 18 to 21 (4), 24 (5) to 28 (9), 1 to 4 September (13), 7 8 (15); 9 10 11
    # (18), 14 to 18 (23), 21 to 25 (28), 28 to 2 October (33), 5 6 (35).
    "Sat 2026-08-15 11:00": {
        "update": "Mon 2026-08-24", "respond": "Tue 2026-09-08", "latest": "Tue 2026-10-06",
        "delay notice": "from Mon 2026-09-07",
    },
}  # fmt: skip

AU_RG271 = {
    # 20 to 23 (4), Monday 26 is Australia Day, Tue 27 (5). 12 days of January are left: 30 - 12 = 18,
    # 21 - 12 = 9, 45 - 12 - 28 = 5 March.
    "Mon 2026-01-19 09:00": {
        "acknowledge": "Tue 2026-01-20 09:00", "update": "Tue 2026-01-27", "respond": "Wed 2026-02-18",
        "hardship": "Mon 2026-02-09", "superannuation": "Thu 2026-03-05",
        "delay notice": "from Tue 2026-02-17",
    },
    # Christmas and Boxing Day off, 29 30 31 (3), New Year off, Fri 2 (4), Mon 5 (5). 7 days of December.
    "Wed 2025-12-24 16:00": {
        "acknowledge": "Thu 2025-12-25 16:00", "update": "Mon 2026-01-05", "respond": "Fri 2026-01-23",
        "hardship": "Wed 2026-01-14", "superannuation": "Sat 2026-02-07",
    },
    # Good Friday and Easter Monday: 7 8 9 10 (4), 13 (5). 28 days of April: 2, then 21, 17 of May.
    "Thu 2026-04-02 23:30": {
        "acknowledge": "Fri 2026-04-03 23:30", "update": "Mon 2026-04-13", "respond": "Sat 2026-05-02",
        "hardship": "Thu 2026-04-23", "superannuation": "Sun 2026-05-17",
    },
    # Clocks go back in the night: 24 hours later it is 11 o'clock. Easter Monday is off, so Tuesday is day
    # 0: 8 9 10 (3), 13 14 (5).
    "Sat 2026-04-04 12:00": {
        "acknowledge": "Sun 2026-04-05 11:00", "update": "Tue 2026-04-14", "respond": "Mon 2026-05-04",
    },
    # 29 days of February 2028: the thirtieth is 1 March.
    "Mon 2028-01-31 10:00": {
        "acknowledge": "Tue 2028-02-01 10:00", "update": "Mon 2028-02-07", "respond": "Wed 2028-03-01",
        "hardship": "Mon 2028-02-21", "superannuation": "Thu 2028-03-16",
    },
}  # fmt: skip

US_CFPB = {
    # 23 24 25 (3), Thanksgiving, 27 (4), 30 (5). 10 days of November, 31 of December: 60 - 41 = 19.
    "Fri 2026-11-20 10:00": {
        "update": "Mon 2026-11-30", "respond": "Sat 2026-12-05", "latest": "Tue 2027-01-19",
    },
    # 30, 1, 2 (3); Independence Day is a Saturday and kept on Friday the 3rd; 6 (4), 7 (5).
    "Mon 2026-06-29 10:00": {
        "update": "Tue 2026-07-07", "respond": "Tue 2026-07-14", "latest": "Fri 2026-08-28",
    },
    # Half an hour before the Sunday on which clocks go forward; Monday the 9th is day 0.
    "Sat 2026-03-07 23:30": {
        "update": "Mon 2026-03-16", "respond": "Sun 2026-03-22", "latest": "Wed 2026-05-06",
    },
    # Veterans Day, then 12 13 (2), 16 17 18 (5). 20 days of November, 31: 9 January.
    "Tue 2026-11-10 17:00": {
        "update": "Wed 2026-11-18", "respond": "Wed 2026-11-25", "latest": "Sat 2027-01-09",
    },
    # Presidents' Day on 21 February; the fifteenth day is the leap day. 15, 31: 14 April.
    "Mon 2028-02-14 09:00": {
        "update": "Tue 2028-02-22", "respond": "Tue 2028-02-29", "latest": "Fri 2028-04-14",
    },
}  # fmt: skip

ES_10_2025 = {
    # 28 29 30 (3), 1 May off, 4 (4) 5 (5), 6 7 8 (8), 11 to 15 (13), 18 19 (15).
    "Mon 2026-04-27 10:00": {
        "acknowledge": "Mon 2026-04-27 10:00", "update": "Tue 2026-05-05", "respond": "Tue 2026-05-19"
    },
    # 7 8 9 (3), Monday 12 October is the national day, 13 14 (5), 15 16 (7), 19 to 23 (12), 26 27 28 (15);
    # clocks went back on the 25th.
    "Tue 2026-10-06 10:00": {"update": "Wed 2026-10-14", "respond": "Wed 2026-10-28"},
    # 24 (1), Christmas, 28 to 31 (5), New Year, 4 5 (7), Epiphany, 7 8 (9), 11 to 15 (14), 18 (15).
    "Wed 2026-12-23 10:00": {"update": "Thu 2026-12-31", "respond": "Mon 2027-01-18"},
    # Day 0 is Monday the 29th; no holiday of all Spain in July.
    "Sat 2026-06-27 09:00": {"update": "Mon 2026-07-06", "respond": "Mon 2026-07-20"},
    # The leap day is a Tuesday like any other.
    "Mon 2028-02-21 09:00": {"update": "Mon 2028-02-28", "respond": "Mon 2028-03-13"},
    "Fri 2026-09-11 18:00": {"update": "Fri 2026-09-18", "respond": "Fri 2026-10-02"},
}  # fmt: skip

AE_CBUAE = {
    # 27 (1), 30 (2), 1 December (3), 2 and 3 are the national days, 4 (4), 7 (5), 8 to 11 (9), 14 (10).
    "Thu 2026-11-26 10:00": {
        "acknowledge": "Mon 2026-11-30", "update": "Mon 2026-12-07", "respond": "Mon 2026-12-14",
        "overdue notice": "from Tue 2026-12-15",
    },
    "Mon 2026-02-02 10:00": {
        "acknowledge": "Wed 2026-02-04", "update": "Mon 2026-02-09", "respond": "Mon 2026-02-16",
        "overdue notice": "from Tue 2026-02-17",
    },
    # Good Friday and Easter Monday are days like any other; the weekend is Saturday and Sunday.
    "Fri 2026-04-03 10:00": {
        "acknowledge": "Tue 2026-04-07", "update": "Fri 2026-04-10", "respond": "Fri 2026-04-17",
        "overdue notice": "from Mon 2026-04-20",
    },
    "Sat 2026-10-03 10:00": {  # day 0 is Monday the 5th
        "acknowledge": "Wed 2026-10-07", "update": "Mon 2026-10-12", "respond": "Mon 2026-10-19",
        "overdue notice": "from Tue 2026-10-20",
    },
    # 31 (1), New Year, 4 (2), 5 6 7 (5), 8 (6), 11 to 14 (10).
    "Wed 2026-12-30 10:00": {
        "acknowledge": "Mon 2027-01-04", "update": "Thu 2027-01-07", "respond": "Thu 2027-01-14",
        "overdue notice": "from Fri 2027-01-15",
    },
}  # fmt: skip

IN_RBI = {
    # 3 days of January are left: 30 - 3 = 27, 20 - 3 = 17.
    "Wed 2026-01-28 12:00": {
        "update": "Wed 2026-02-04", "respond": "Fri 2026-02-27", "internal_ombudsman": "Tue 2026-02-17",
    },
    # Monday 26 is Republic Day: 27 to 30 (4), 2 February (5). 8 days of January.
    "Fri 2026-01-23 12:00": {
        "update": "Mon 2026-02-02", "respond": "Sun 2026-02-22", "internal_ombudsman": "Thu 2026-02-12",
    },
    # 30 (1), 1 (2), Gandhi's birthday on Friday the 2nd, 5 6 7 (5).
    "Tue 2026-09-29 12:00": {
        "update": "Wed 2026-10-07", "respond": "Thu 2026-10-29", "internal_ombudsman": "Mon 2026-10-19",
    },
    # A Sunday: business days begin on Monday the 6th, days at once. 26 days of July: 4 August.
    "Sun 2026-07-05 20:00": {
        "update": "Mon 2026-07-13", "respond": "Tue 2026-08-04", "internal_ombudsman": "Sat 2026-07-25",
    },
    # 21 days to the leap day, 9 more.
    "Tue 2028-02-08 09:00": {
        "update": "Tue 2028-02-15", "respond": "Thu 2028-03-09", "internal_ombudsman": "Mon 2028-02-28",
    },
}  # fmt: skip

# No holidays but the weekend; what comes at 17:00 or later counts from the next business day.
ISO_GENERIC = {
    "Mon 2026-03-02 16:59": {
        "acknowledge": "Mon 2026-03-02 16:59", "update": "Mon 2026-03-09", "respond": "Mon 2026-03-16",
        "latest": "Mon 2026-03-30", "warning": "from Fri 2026-03-13",
    },
    "Mon 2026-03-02 17:00": {
        "update": "Tue 2026-03-10", "respond": "Tue 2026-03-17", "latest": "Tue 2026-03-31",
        "warning": "from Mon 2026-03-16",
    },
    "Fri 2026-03-06 18:00": {
        "update": "Mon 2026-03-16", "respond": "Mon 2026-03-23", "latest": "Mon 2026-04-06",
        "overdue notice": "Mon 2026-03-23",
    },
    "Thu 2028-02-24 10:00": {  # Friday, then the week of the leap day
        "update": "Thu 2028-03-02", "respond": "Thu 2028-03-09", "latest": "Thu 2028-03-23",
    },
}  # fmt: skip

TABLES = {
    "uk_disp": UK_DISP, "uk_psd": UK_PSD, "au_rg271": AU_RG271, "us_cfpb": US_CFPB,
    "es_10_2025": ES_10_2025, "ae_cbuae": AE_CBUAE, "in_rbi": IN_RBI, "iso_generic": ISO_GENERIC,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "received"), [(name, received) for name, table in TABLES.items() for received in table]
)
def test_dates(name: str, received: str) -> None:
    policy = presets.load(name)
    at = moment(received, policy)
    due = TABLES[name][received]
    assert {what: found(policy, at, what) for what in due} == {w: moment(t, policy) for w, t in due.items()}


def test_every_preset_has_ten_dates() -> None:
    assert set(TABLES) == set(presets.names()) - set(presets.additions())
    assert all(sum(map(len, table.values())) >= 10 for table in TABLES.values())


# preset, received and due in UTC: where the clock on the wall is elsewhere, and changes
INSTANTS = [
    # Sydney is eleven hours ahead in summer, ten in winter: 30 days after 9 o'clock on Monday, 16 March.
    ("au_rg271", "2026-03-15 22:00:00", "2026-04-15 13:59:59"),
    # Still Sunday in UTC, Monday morning in Sydney; both summer time.
    ("au_rg271", "2026-10-11 20:00:00", "2026-11-11 12:59:59"),
    # London: received in winter, due in summer.
    ("uk_disp", "2026-02-16 10:00:00", "2026-04-13 22:59:59"),
    # And back: Monday, 7 September + 56 days is Monday, 2 November.
    ("uk_disp", "2026-09-07 10:00:00", "2026-11-02 23:59:59"),
    # New York: 3 o'clock on Tuesday in UTC is still Monday there; 15 days over the start of summer time.
    ("us_cfpb", "2026-03-03 03:00:00", "2026-03-18 03:59:59"),
    ("us_cfpb", "2026-10-28 12:00:00", "2026-11-13 04:59:59"),  # over its end
    # Half an hour before midnight in Kolkata, which is half an hour off everybody: 1 + 30 is 1 July.
    ("in_rbi", "2026-06-01 18:00:00", "2026-07-01 18:29:59"),
    ("in_rbi", "2026-06-01 18:30:00", "2026-07-02 18:29:59"),  # midnight: the next day
    ("ae_cbuae", "2026-02-01 19:59:00", "2026-02-16 19:59:59"),  # Sunday, a minute to midnight in Dubai
    ("ae_cbuae", "2026-02-02 20:00:00", "2026-02-17 19:59:59"),  # Tuesday there
    ("es_10_2025", "2026-03-09 08:00:00", "2026-03-30 21:59:59"),  # three weeks over the 29th
]


@pytest.mark.parametrize(("name", "received", "due"), INSTANTS)
def test_elsewhere_and_when_clocks_change(name: str, received: str, due: str) -> None:
    at, by = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (received, due))
    assert presets.load(name).start(at).respond_by == by


DAY, BUSINESS, HOUR = Period(30, "days"), Period(10, "business days"), Period(24, "hours")

# preset, period, due, stood still from and to, due then
PAUSES = [
    # Wednesday and Thursday have begun meanwhile.
    ("iso_generic", BUSINESS, "Mon 2026-03-16", "Tue 2026-03-03 10:00", "Thu 2026-03-05 15:00",
     "Wed 2026-03-18"),
    # Within one day nothing is lost.
    ("iso_generic", BUSINESS, "Mon 2026-03-16", "Tue 2026-03-03 09:00", "Tue 2026-03-03 16:59",
     "Mon 2026-03-16"),
    # After the cut-off on Friday is Monday already; so is Monday before it.
    ("iso_generic", BUSINESS, "Mon 2026-03-16", "Fri 2026-03-06 17:00", "Mon 2026-03-09 16:59",
     "Mon 2026-03-16"),
    # Before it on Friday, after it on Monday: Monday and Tuesday.
    ("iso_generic", BUSINESS, "Mon 2026-03-16", "Fri 2026-03-06 16:59", "Mon 2026-03-09 17:00",
     "Wed 2026-03-18"),
    # Over Easter, Thursday to Tuesday: one day, Tuesday the 7th.
    ("uk_psd", BUSINESS, "Fri 2026-04-24", "Thu 2026-04-02 10:00", "Tue 2026-04-07 10:00", "Mon 2026-04-27"),
    # The same in days: five of them; the clocks of Sydney change on the 5th.
    ("au_rg271", DAY, "Fri 2026-04-24", "Thu 2026-04-02 10:00", "Tue 2026-04-07 10:00", "Wed 2026-04-29"),
    # In hours it is exact: 24 of them, on the day that has 25.
    ("uk_disp", HOUR, "Tue 2026-10-27 10:00", "Sat 2026-10-24 12:00", "Sun 2026-10-25 11:00",
     "Wed 2026-10-28 10:00"),
    # A due date on a holiday's eve goes on behind the holiday: 30 April, 1 May is off, 4 May.
    ("es_10_2025", BUSINESS, "Thu 2026-04-30", "Mon 2026-04-20 10:00", "Tue 2026-04-21 10:00",
     "Mon 2026-05-04"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "period", "due", "since", "until", "then"), PAUSES)
def test_what_stood_still_is_added(
    name: str, period: Period, due: str, since: str, until: str, then: str
) -> None:
    policy = presets.load(name)
    moved = policy.moved(*(moment(due, policy), period), *(moment(t, policy) for t in (since, until)))
    assert moved == moment(then, policy)
