"""The live stream over a real server: changed parts only, and no stream keeps the server from stopping."""

import json
import time

import httpx
import pytest

from dashboard.app import create_app
from dashboard.live import changes
from tests.dashboard.places import Clock, utc_ms
from tests.dashboard.serving import serving


def events(response: httpx.Response):
    """The data of each event, as it arrives."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@pytest.fixture
def stream(busy, clock):
    """(places, clock, app, address of the server)"""
    app = create_app(busy.engine, demo=True, now_ms=clock)
    with serving(app) as address:
        yield busy, clock, app, address


def test_a_reader_gets_the_whole_page_first_and_then_what_changed(stream):
    places, clock, _, address = stream
    with httpx.stream("GET", address + "/units/health/live?days=7&lang=en", timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
        first = next(told)
        assert {"today", "period", "points", "table", "days"} <= set(first)
        places.tap("lobby", 4, clock.ms)
        began = time.monotonic()
        then = next(told)
        assert time.monotonic() - began < 1
        assert "41" in then["today"]
        assert "day-2026-03-18" in then
        assert "day-2026-03-11" not in then


def test_a_tap_elsewhere_sends_nothing_to_this_page(stream):
    places, clock, _, address = stream
    with httpx.stream("GET", address + "/units/library/live?days=7", timeout=10) as response:
        told = events(response)
        next(told)
        places.tap("lobby", 4, clock.ms)
        places.tap("desk", 1, clock.ms)
        faces = next(told)["today"]
        assert 'datetime="2026-03-18"' in faces
        assert "49" in faces


def test_the_database_is_asked_only_while_somebody_listens(stream):
    _, _, app, address = stream
    live = app.state.live
    assert live._poller is None
    with httpx.stream("GET", address + "/units/health/live", timeout=10) as response:
        next(events(response))
        assert live.readers == 1
        assert live._poller is not None
    deadline = time.monotonic() + 5
    while live.readers and time.monotonic() < deadline:
        time.sleep(0.05)
    assert live._poller is None


def test_an_open_page_does_not_keep_the_server_from_stopping(busy, clock):
    app = create_app(busy.engine, demo=True, now_ms=clock)
    with serving(app) as address, httpx.Client(timeout=10) as client:
        response = client.send(client.build_request("GET", address + "/units/health/live"), stream=True)
        told = events(response)
        next(told)
        began = time.monotonic()
    assert time.monotonic() - began < 3


def test_an_unknown_units_stream_ends(stream):
    address = stream[3]
    assert list(events(httpx.get(address + "/units/nowhere/live", timeout=10))) == []


def test_outside_the_demo_the_stream_moves_in_steps(busy, places):
    from collector.registration.registry import set_administrator

    set_administrator(busy.engine, "admin", "correct horse battery")
    clock = Clock()
    app = create_app(busy.engine, demo=False, now_ms=clock)
    login = ("admin", "correct horse battery")
    with (
        serving(app) as address,
        httpx.stream("GET", address + "/units/health/live?days=7", auth=login, timeout=20) as response,
    ):
        told = events(response)
        assert "40" in next(told)["today"]
        for _ in range(4):
            busy.tap("lobby", 1, clock.ms)
        time.sleep(0.6)  # the poller has looked, and has had nothing to say
        busy.tap("lobby", 1, clock.ms)
        assert "45" in next(told)["today"]
        busy.tap("lobby", 1, clock.ms)
        time.sleep(0.6)
        clock.ms = utc_ms(2026, 3, 18, 10, 15)
        assert "46" in next(told)["today"]


def test_a_stream_ends_for_whoever_has_logged_out(busy, clock):
    from collector.registration.registry import set_administrator

    set_administrator(busy.engine, "admin", "correct horse battery")
    app = create_app(busy.engine, demo=False, now_ms=clock)
    with serving(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        client.post("/login", data={"name": "admin", "password": "correct horse battery"})
        with client.stream("GET", "/units/health/live?days=7") as response:
            told = events(response)
            next(told)
            client.post("/logout")
            busy.place("desk-1", "lab", clock.ms)  # wakes the stream before its next look round
            assert list(told) == []


def test_all_rows_are_sent_where_there_are_other_rows():
    before = {"today": "a", "day-1": "b", "day-2": "c"}
    assert changes(before, before) == {}
    assert changes(before, before | {"day-2": "d"}) == {"day-2": "d"}
    assert changes(before, {"today": "a", "day-3": "e", "day-2": "c"}) == {"days": "ec"}
