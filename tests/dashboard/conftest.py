"""A throwaway database for each test, with a small region in it."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from dashboard.app import create_app
from tests.dashboard.places import NOW_MS, TODAY, Clock, Places, new_places, utc_ms

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW_MS)


@pytest.fixture
def places(tmp_path) -> Places:
    """A county with a health centre (two places) and a dental clinic below it, and a library."""
    places = new_places(tmp_path)
    places.unit("county")
    places.unit("health", "county", fi="Terveysasema", sv="Hälsostation", en="Health centre")
    places.unit("dental", "health")
    places.unit("library", "county")
    for point, unit in (("lobby", "health"), ("lab", "health"), ("chair", "dental"), ("desk", "library")):
        places.point(point, unit)
        places.kiosk(f"{point}-1", point, utc_ms(2026, 3, 1, 9))
    yield places
    places.engine.dispose()


@pytest.fixture
def busy(places) -> Places:
    """Twenty days of taps at the lobby and the desk, a few at the chair."""
    for n in range(18):
        places.day("lobby", TODAY - n * DAY, (2, 3, 12, 23), interval=2, test=int(n == 3))
        places.day("desk", TODAY - n * DAY, (1, 1, 6, 40))
    places.day("chair", TODAY - 2 * DAY, (0, 1, 2, 1))
    return places


@pytest.fixture
def demo(places, clock):
    with TestClient(create_app(places.engine, demo=True, now_ms=clock)) as client:
        yield client


@pytest.fixture
def guarded(places, clock):
    """Outside the demo: one administrator, figures in steps. Not followed to another page by itself."""
    from collector.registry import set_administrator

    set_administrator(places.engine, "admin", "correct horse battery")
    app = create_app(places.engine, demo=False, now_ms=clock)
    with TestClient(app, base_url="http://hymio.test", follow_redirects=False) as client:
        yield client
