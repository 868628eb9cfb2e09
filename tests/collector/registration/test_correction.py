"""Names of places can be put right at any time, their time zone only before a day rests on it."""

import pytest

from collector.care import rebuild
from collector.care.verification import verify
from collector.registration import correction, registry
from collector.registration.registry import RegistryError
from tests.collector.site import FROM_MS, NAMES, NOW_MS, birth, taps

LATE_MS = NOW_MS - NOW_MS % 86_400_000 + 77_400_000  # 21:30 UTC: after midnight in Helsinki, before it in Stockholm


def test_a_name_that_is_not_given_stays_and_so_do_the_short_name_and_other_places(site):
    names = {"fi": "Neuvola", "sv": "Mottagningen", "en": "Clinic"}
    assert correction.rename_unit(site.engine, "unit", {"sv": "Mottagningen"}) == names
    assert correction.rename_point(site.engine, "door", {"fi": "Ovi", "en": "Door"})["sv"] == NAMES["sv"]
    assert site.rows("SELECT slug, name_fi, name_sv, name_en FROM unit") == [("unit", *names.values())]
    assert site.rows("SELECT slug, name_fi, name_sv, name_en FROM service_point ORDER BY slug") == [
        ("door", "Ovi", NAMES["sv"], "Door"),
        ("hall", *NAMES.values()),
    ]


@pytest.mark.parametrize(
    ("slug", "names", "says"),
    [
        ("unit", {}, "none is given"),
        ("unit", {"fi": " "}, "empty"),
        ("unit", {"en": "a\nb"}, "name_en.*one line"),
        ("unit", {"sv": "x" * 121}, "name_sv.*120"),
        ("nowhere", {"fi": "Kirjasto"}, "no unit 'nowhere'"),
    ],
)
def test_what_cannot_be_a_name_is_refused_and_nothing_changes(site, slug, names, says):
    with pytest.raises(RegistryError, match=says):
        correction.rename_unit(site.engine, slug, names)
    assert site.rows("SELECT name_fi, name_sv, name_en FROM unit") == [tuple(NAMES.values())]


def test_a_time_zone_is_mended_until_a_tap_belongs_there(site):
    correction.set_timezone(site.engine, "door", "Europe/Stockholm")
    assert registry.timezone_of(site.engine, "door") == "Europe/Stockholm"
    with pytest.raises(RegistryError, match="Europe/Nowhere"):
        correction.set_timezone(site.engine, "door", "Europe/Nowhere")
    site.take(birth(), taps(2, [4]))  # it waits for the one before it, and has its day already
    with pytest.raises(RegistryError, match=r"by Europe/Stockholm, and those stay.*hymio kiosk place"):
        correction.set_timezone(site.engine, "door", "Europe/Helsinki")
    correction.set_timezone(site.engine, "hall", "Europe/Helsinki")
    correction.set_timezone(site.engine, "door", "Europe/Stockholm")


def test_the_way_that_a_refusal_names_brings_taps_to_days_of_the_right_zone(site):
    site.now_ms = LATE_MS + 60_000
    site.take(birth(), taps(1, [4, 3], utc_ms=LATE_MS))
    days = "SELECT slug, day, face_4 FROM tap_day JOIN service_point p ON p.id = service_point_id WHERE face_4 > 0"
    assert site.rows(days) == [("door", "2026-09-22", 1)]
    with pytest.raises(RegistryError):
        correction.set_timezone(site.engine, "door", "Europe/Stockholm")
    registry.add_point(site.engine, "right", "unit", NAMES, "Europe/Stockholm")
    registry.place_kiosk(site.engine, "lobby-1", "right", FROM_MS)
    rebuild.rebuild(site.engine, ["lobby-1"], keep_rules=True)
    assert site.rows(days) == [("right", "2026-09-21", 1)]
    assert verify(site.engine).differences == []
    correction.set_timezone(site.engine, "door", "Europe/Stockholm")
