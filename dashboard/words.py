"""Languages: catalogues read from .po files, and numbers and dates as each language writes them."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from math import floor
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from dashboard.days import moment

LANGUAGES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
DEFAULT = "fi"
# Finland's Swedish, and English with the day before the month
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
_DAY_FORMATS = {"fi": "EEE d.M.", "sv": "EEE d.M", "en": "EEE d MMM"}
_QUARTER_MS = 900_000
_RANGE_ENDS = {"fi": "d.M.", "sv": "d.M", "en": "d MMM"}


class Words:
    """One language: gettext over the catalogues added so far, and the formats of its locale."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES[language])
        self._singular: dict[str, str] = {}
        self._plural: dict[str, tuple[str, ...]] = {}

    def add(self, path: Path) -> None:
        """Reads one .po file; later files win. Raises OSError where there is none."""
        with path.open("rb") as file:
            catalogue = read_po(file, self.language)
        for message in catalogue:
            if not message.id:
                continue
            if isinstance(message.id, tuple | list):
                self._plural[message.id[0]] = tuple(message.string or ())
            else:
                self._singular[message.id] = str(message.string)

    def gettext(self, text: str) -> str:
        return self._singular.get(text) or text

    def ngettext(self, one: str, many: str, n: int) -> str:
        """All three languages have two forms: one, and any other number."""
        forms = self._plural.get(one) or (one, many)
        return forms[0 if n == 1 else 1]

    def number(self, value: float, digits: int = 0) -> str:
        """``value`` with exactly ``digits`` decimals."""
        return _number(value, digits, _LOCALES[self.language])

    def of_hundred(self, share: float) -> str:
        """A share of 0 to 1 as a whole number of 100."""
        return self.number(share * 100)

    def percent(self, share: float) -> str:
        """A share of 0 to 1 in whole per cent, rounded down: only what is whole is a hundred."""
        return self.number(floor(share * 100 + 1e-9)) + ("%" if self.language == "en" else "\u00a0%")

    def hours(self, ms: int) -> str:
        """A length of time in hours, to the quarter."""
        return format_decimal(round(ms / _QUARTER_MS) / 4, "#,##0.##", locale=self.locale)

    def time_of_day(self, hours: float) -> str:
        """A time on the clock, given in hours since midnight."""
        minutes = round(hours * 60)
        return f"{minutes // 60}{'.' if self.language != 'en' else ':'}{minutes % 60:02}"

    def day(self, day: date) -> str:
        """Weekday and day, short."""
        return _date(day, _DAY_FORMATS[self.language], _LOCALES[self.language])

    def whole_day(self, day: date) -> str:
        return format_date(day, "full", locale=self.locale)

    def span(self, first: date, last: date) -> str:
        ends = [format_date(day, _RANGE_ENDS[self.language], locale=self.locale) for day in (first, last)]
        return "–".join(ends)

    def clock(self, utc_ms: int, zone: str) -> str:
        """Weekday, day and time in the zone's time."""
        local = moment(utc_ms).astimezone(ZoneInfo(zone))
        time = {"fi": "H.mm", "sv": "'kl.' H.mm", "en": "HH:mm"}[self.language]
        return format_datetime(local, f"{_DAY_FORMATS[self.language]} {time}", locale=self.locale)


# A page of ninety days formats some thousand numbers, many of them alike; Babel takes tens of microseconds for each.
@lru_cache(maxsize=16_384)
def _number(value: float, digits: int, locale: str) -> str:
    return format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale=locale)


@lru_cache(maxsize=8_192)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def choose(asked: str | None, remembered: str | None, accepted: str) -> str:
    """The language of a page: asked for in the address, remembered in a cookie, accepted by the browser, or Finnish."""
    for language in (asked, remembered, *_preferences(accepted)):
        if language in LANGUAGES:
            return language
    return DEFAULT


def _preferences(header: str) -> Iterable[str]:
    """The primary tags of an Accept-Language header, best first."""
    ranked = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            quality = 0.0
        if quality > 0:
            ranked.append((-quality, place, tag.split("-")[0].strip().lower()))
    return [tag for _, _, tag in sorted(ranked)]
