"""Made-up units, service points and kiosks. No real place or person."""

from dataclasses import dataclass

from sqlalchemy import Engine

from collector.registration import registry

Names = dict[str, str]

QUESTION: Names = {"fi": "Millainen käyntisi oli?", "sv": "Hur var ditt besök?", "en": "How was your visit?"}

UNITS: tuple[tuple[str, Names, str | None], ...] = (
    (
        "health-centre",
        {"fi": "Kuusiniemen terveysasema", "sv": "Granuddens hälsostation", "en": "Spruce Point health centre"},
        None,
    ),
    ("laboratory", {"fi": "Laboratorio", "sv": "Laboratoriet", "en": "Laboratory"}, "health-centre"),
    ("library", {"fi": "Kuusiniemen kirjasto", "sv": "Granuddens bibliotek", "en": "Spruce Point library"}, None),
)


@dataclass(frozen=True)
class Place:
    """A service point with its kiosk, and the visitors it gets.

    taps_a_day: mean of an ordinary open day.
    moods:      how likely each face is, 1 to 4.
    drift:      how much the share of happy faces changes over the sixty days.
    weekend:    whether it is open on Saturdays.
    """

    kiosk: str
    unit: str
    names: Names
    taps_a_day: float
    moods: tuple[float, float, float, float]
    drift: float
    weekend: bool = False


PLACES = (
    Place(
        "lobby",
        "health-centre",
        {"fi": "Pääaula", "sv": "Huvudaulan", "en": "Main lobby"},
        62,
        (0.09, 0.14, 0.38, 0.39),
        0.10,
    ),
    Place(
        "reception",
        "health-centre",
        {"fi": "Ajanvaraus", "sv": "Tidsbokningen", "en": "Appointments desk"},
        34,
        (0.17, 0.20, 0.35, 0.28),
        -0.12,
    ),
    Place(
        "blood-tests",
        "laboratory",
        {"fi": "Näytteenotto", "sv": "Provtagningen", "en": "Blood tests"},
        27,
        (0.05, 0.10, 0.37, 0.48),
        0.02,
    ),
    Place(
        "loans",
        "library",
        {"fi": "Lainaustiski", "sv": "Lånedisken", "en": "Loans desk"},
        41,
        (0.03, 0.06, 0.29, 0.62),
        0.0,
        weekend=True,
    ),
    Place(
        "children",
        "library",
        {"fi": "Lastenosasto", "sv": "Barnavdelningen", "en": "Children's section"},
        19,
        (0.06, 0.06, 0.22, 0.66),
        0.04,
        weekend=True,
    ),
)


def register(engine: Engine, from_utc_ms: int) -> dict[str, str]:
    """Register every unit, service point and kiosk, placed since ``from_utc_ms``. Answers each kiosk's secret."""
    for slug, names, parent in UNITS:
        registry.add_unit(engine, slug, names, parent)
    secrets = {}
    for place in PLACES:
        registry.add_point(engine, place.kiosk, place.unit, place.names, "Europe/Helsinki")
        registry.ask(engine, place.kiosk, QUESTION, from_utc_ms)
        secrets[place.kiosk] = registry.add_kiosk(engine, place.kiosk, place.kiosk, from_utc_ms)
    return secrets
