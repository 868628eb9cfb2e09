"""Finland's public holidays, Midsummer Eve and Christmas Eve among them."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def of_year(year: int) -> dict[date, str]:
    """{day: its name in English} of one year."""
    import holidays  # takes longer to import than most commands take to run

    return dict(holidays.country_holidays("FI", years=year, language="en_US"))


def is_holiday(day: date) -> bool:
    return day in of_year(day.year)
