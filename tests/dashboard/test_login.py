"""Who may read outside the demo."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from collector.database.tables import LoginSession
from collector.registration.registry import set_administrator
from dashboard.app import create_app
from dashboard.login import COOKIE, SESSION_MS, own_path
from dashboard.throttle import FREE_TRIES

RIGHT = {"name": "admin", "password": "correct horse battery"}
RIGHT_BASIC = ("admin", "correct horse battery")
HOUR_MS = 3_600_000


def guarded_app(places, clock):
    set_administrator(places.engine, *RIGHT_BASIC)
    return create_app(places.engine, demo=False, now_ms=clock)


def log_in(client, **fields):
    return client.post("/login", data=RIGHT | fields)


def test_pages_lead_to_the_login_and_back(guarded):
    answer = guarded.get("/units/health?days=7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Funits%2Fhealth%3Fdays%3D7")
    assert guarded.get(answer.headers["location"]).status_code == 200
    answer = log_in(guarded, next="/units/health?days=7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/units/health?days=7")
    assert guarded.get("/units/health?days=7").status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/units", "/api/v1/kiosks", "/units/health/live", "/units/nowhere/live"])
def test_programs_get_401_as_json(guarded, address):
    answer = guarded.get(address)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert answer.json()["detail"][0]["field"] == "authorization"


def test_programs_may_send_http_basic(guarded):
    assert guarded.get("/api/v1/units", auth=("admin", "correct horse battery")).status_code == 200
    assert guarded.get("/api/v1/units", auth=("admin", "wrong")).status_code == 401
    assert guarded.get("/api/v1/units", headers={"authorization": "Basic ~~~"}).status_code == 401


def test_a_session_opens_the_api_too_and_ends_at_logout(guarded):
    log_in(guarded)
    assert guarded.get("/api/v1/units").status_code == 200
    token = guarded.cookies[COOKIE]
    assert guarded.post("/logout").status_code == 303
    guarded.cookies.set(COOKIE, token)
    assert guarded.get("/api/v1/units").status_code == 401


def test_only_the_tokens_hash_is_stored_and_the_cookie_is_for_the_browser_alone(guarded, places):
    cookie = log_in(guarded).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with places.engine.connect() as connection:
        (stored,) = connection.execute(select(LoginSession.__table__.c.token_hash)).scalars()
    assert stored not in cookie
    assert len(stored) == 64


def test_a_session_lasts_twelve_hours_after_its_last_use(guarded, clock):
    log_in(guarded)
    for _ in range(3):
        clock.ms += 11 * HOUR_MS
        assert guarded.get("/api/v1/units").status_code == 200
    clock.ms += SESSION_MS
    assert guarded.get("/api/v1/units").status_code == 401


def test_a_wrong_password_is_said_kindly_and_does_not_say_which_part(guarded):
    texts = [log_in(guarded, **wrong).text for wrong in ({"password": "x"}, {"name": "nobody"})]
    assert 'role="alert"' in texts[0]
    assert texts[0] == texts[1].replace('value="nobody"', 'value="admin"')
    assert COOKIE not in guarded.cookies


def test_guessing_gets_slower_and_says_how_long_to_wait(guarded, clock):
    answers = [log_in(guarded, password=str(n)).status_code for n in range(6)]
    assert answers[:4] == [403] * 4
    assert answers[-1] == 429
    assert log_in(guarded).status_code == 429
    clock.ms += 30_000
    assert log_in(guarded).status_code == 303


def test_guesses_from_elsewhere_do_not_keep_the_administrator_out(places, clock):
    app = guarded_app(places, clock)
    with (
        TestClient(app, client=("192.0.2.66", 1)) as guesser,
        TestClient(app, client=("192.0.2.7", 1)) as own,
    ):
        for n in range(20):
            answer = guesser.get("/api/v1/units", auth=("admin", f"guess {n}"))
        assert answer.status_code == 429
        assert own.get("/api/v1/units", auth=RIGHT_BASIC).status_code == 200
        assert guesser.get("/api/v1/units", auth=RIGHT_BASIC).status_code == 429  # or a guess would be told from it


def test_twenty_right_requests_at_once_all_succeed(guarded):
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(guarded.get, "/api/v1/units", auth=RIGHT_BASIC) for _ in range(20)]
        assert {one.result().status_code for one in asked} == {200}


def test_many_guesses_at_once_are_slowed_too(guarded):
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(guarded.get, "/api/v1/units", auth=("admin", f"guess {n}")) for n in range(24)]
        codes = [one.result().status_code for one in asked]
    assert codes.count(401) <= FREE_TRIES["pair"] + 1  # two are checked at a time
    assert set(codes) == {401, 429}


def test_a_program_that_asks_often_costs_one_password_check_a_minute(guarded, clock):
    door = guarded.app.state.doorkeeper
    began = time.process_time()
    assert guarded.get("/api/v1/units", auth=RIGHT_BASIC).status_code == 200
    checked_s = time.process_time() - began
    began = time.process_time()
    for _ in range(10):
        assert door.admits(*RIGHT_BASIC, "testclient")
    assert time.process_time() - began < checked_s


def test_a_changed_password_ends_the_old_one_at_once(guarded, places):
    assert guarded.get("/api/v1/units", auth=RIGHT_BASIC).status_code == 200
    set_administrator(places.engine, "admin", "another horse battery")
    assert guarded.get("/api/v1/units", auth=RIGHT_BASIC).status_code == 401
    assert guarded.get("/api/v1/units", auth=("admin", "another horse battery")).status_code == 200


def test_a_form_of_another_site_is_refused(guarded):
    for headers in ({"origin": "https://elsewhere.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert guarded.post("/login", data=RIGHT, headers=headers).status_code == 403
    assert guarded.post("/login", data=RIGHT, headers={"origin": "http://hymio.test"}).status_code == 303


@pytest.mark.parametrize(
    "address", ["https://elsewhere.test", "//elsewhere.test", "/\\elsewhere.test", "elsewhere", ""]
)
def test_the_login_leads_nowhere_else(address):
    assert own_path(address) == "/"


def test_the_demo_needs_no_login(demo):
    assert demo.get("/").status_code == 200
    assert demo.get("/login", follow_redirects=False).headers["location"] == "/"
