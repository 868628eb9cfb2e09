"""Finland's public holidays, of years whose calendars are known."""

from datetime import date

import pytest

from collector.verdict.holidays import is_holiday

PUBLIC = {
    2024: "01-01 01-06 03-29 03-31 04-01 05-01 05-09 05-19 06-21 06-22 11-02 12-06 12-24 12-25 12-26",
    2026: "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-19 06-20 10-31 12-06 12-24 12-25 12-26",
}


@pytest.mark.parametrize("year", PUBLIC)
def test_a_years_public_holidays_are_these_and_no_others(year):
    days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
    assert [f"{day:%m-%d}" for day in days if is_holiday(day)] == PUBLIC[year].split()
