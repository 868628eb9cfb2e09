"""A running collector says over HTTP that it lives, whether it is ready and why not, and its figures."""

import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient

from collector.answers.update_key import UpdateKey
from collector.connection.frames import BrokerAddress
from collector.connection.silence import SILENT_S
from collector.database import migration
from collector.database.store import open_store
from collector.intake.metrics import Metrics
from collector.running.operations import router
from collector.running.service import QUIET_S, Collector
from tests.collector.broker_client import Client
from tests.collector.receivers import receivers_of
from tests.collector.site import birth, on_sqlite, taps


@pytest.fixture
def run(tmp_path):
    """Makes started collectors with their web application."""
    made = []

    def make(engine, port, **options):
        address = BrokerAddress("127.0.0.1", port, "collector-1", "x")
        collector = Collector(engine, address, UpdateKey(tmp_path / "update.key"))
        collector.start()
        made.append(collector)
        app = FastAPI()
        app.include_router(router(collector, **options))
        return TestClient(app)

    yield make
    for collector in made:
        collector.stop()


def wait_until_ready(web, ready=True, timeout_s=10):
    end = time.monotonic() + timeout_s
    while (answer := web.get("/readyz")).json()["ready"] != ready:
        assert time.monotonic() < end, answer.text
        time.sleep(0.01)
    return answer


def test_a_collector_with_its_broker_and_its_database_is_ready(site, broker, run):
    web = run(site.engine, broker.port)
    assert wait_until_ready(web).json() == {"ready": True, "reasons": []}
    assert web.get("/healthz").json() == {"alive": True}


def test_without_its_broker_it_lives_and_says_what_is_missing(site, broker, run):
    web = run(site.engine, broker.port)
    wait_until_ready(web)
    broker.kill()
    answer = wait_until_ready(web, ready=False)
    assert answer.status_code == 503
    assert answer.json()["reasons"] == [f"not connected to the broker at 127.0.0.1:{broker.port}"]
    assert web.get("/healthz").status_code == 200


def test_while_its_receiver_gives_no_sign_of_life_it_is_not_ready_and_then_it_is_again(tmp_path, broker, run):
    with on_sqlite(tmp_path) as site:
        web = run(site.engine, broker.port)
        wait_until_ready(web)
        (receiver,) = receivers_of(os.getpid())
        os.kill(receiver, signal.SIGSTOP)
        answer = wait_until_ready(web, ready=False, timeout_s=60)
        os.kill(receiver, signal.SIGCONT)
        (reason,) = answer.json()["reasons"]
        said = re.fullmatch(
            "the process that holds the connection to the broker has given no sign of life for (.*) s", reason
        )
        assert said, reason
        assert QUIET_S <= int(said[1]) < SILENT_S
        assert answer.status_code == 503
        assert web.get("/healthz").status_code == 200
        wait_until_ready(web)
        assert receivers_of(os.getpid()) == [receiver]


def test_an_empty_database_is_named_with_the_revision_it_lacks(tmp_path, broker, run):
    web = run(open_store(f"sqlite:///{tmp_path}/empty.db"), broker.port)
    (reason,) = [r for r in wait_until_ready(web, ready=False).json()["reasons"] if "database" in r]
    assert reason == f"the database is at revision None, this version works with {migration.newest()}"


def test_a_database_that_is_frozen_is_told_within_five_seconds_and_works_again_afterwards(server, broker, run):
    engine = open_store(server.url(server.fresh()))
    migration.upgrade(engine)
    web = run(engine, broker.port)
    wait_until_ready(web)
    with server.frozen():
        for _ in range(2):
            began = time.monotonic()
            answer = web.get("/readyz")
            assert time.monotonic() - began < 5
            assert (answer.status_code, answer.json()["reasons"]) == (503, ["the database has not answered for 3 s"])
        assert web.get("/healthz").status_code == 200
        figures = web.get("/metrics").text
        assert "hymio_broker_connected 1.0" in figures and "hymio_kiosks{" not in figures
    wait_until_ready(web)
    engine.dispose()


def test_pages_that_wait_for_a_frozen_database_do_not_hold_up_who_asks_whether_it_is_ready(server, broker, run):
    engine = open_store(server.url(server.fresh()))
    migration.upgrade(engine)
    web = run(engine, broker.port)
    gate = threading.Event()
    web.app.get("/page")(lambda: gate.wait(30))
    wait_until_ready(web)
    with web, ThreadPoolExecutor(60) as people:
        waiting = [people.submit(web.get, "/page") for _ in range(60)]
        with server.frozen():
            began = time.monotonic()
            assert web.get("/readyz").status_code == 503
            assert web.get("/healthz").status_code == 200
            assert time.monotonic() - began < 5
        gate.set()
        assert all(page.result().status_code == 200 for page in waiting)
    engine.dispose()


def test_a_stopped_collector_is_not_alive(site, broker, tmp_path):
    address = BrokerAddress("127.0.0.1", broker.port, "collector-1", "x")
    collector = Collector(site.engine, address, UpdateKey(tmp_path / "update.key"))
    collector.start()
    collector.stop()
    assert not collector.alive()
    assert collector.ready()[1][0] == "the collector is not running"


def test_the_figures_count_what_happened_and_name_no_kiosk(site, broker, run):
    web = run(site.engine, broker.port)
    wait_until_ready(web)
    kiosk = Client(broker.port, "lobby-1")
    kiosk.subscribe("hymio/1/lobby-1/ack")
    kiosk.publish(*birth())
    kiosk.publish(*taps(1, [(4, 0, 0), (4, 10, 0), (4, 20, 1), (0, 30, 0)]))
    kiosk.publish("hymio/1/lobby-1/taps", b"{")
    kiosk.await_saying(b"not_json")
    kiosk.close()
    lines = web.get("/metrics").text.splitlines()
    for line in (
        "hymio_taps_stored_total 3.0",
        'hymio_taps_set_aside_total{reason="interval"} 1.0',
        'hymio_taps_set_aside_total{reason="test"} 1.0',
        "hymio_taps_missing_total 1.0",
        'hymio_quarantined_total{reason="not_json"} 1.0',
        'hymio_kiosks{standing="online"} 1.0',
        'hymio_kiosks{standing="late"} 0.0',
        'hymio_kiosks{standing="offline"} 2.0',
        "hymio_backlog_taps 0.0",
        "hymio_database_refuses 0.0",
        "hymio_queue_depth 0.0",
        "hymio_broker_connected 1.0",
    ):
        assert line in lines
    assert not any("lobby" in line for line in lines)
    (acks,) = [line for line in lines if line.startswith("hymio_ack_seconds_count ")]
    assert float(acks.split()[1]) >= 1


def test_the_figures_are_for_whoever_the_caller_lets_in(site, broker, run):
    def nobody():
        raise HTTPException(401)

    web = run(site.engine, broker.port, authorize=Depends(nobody))
    assert web.get("/metrics").status_code == httpx.codes.UNAUTHORIZED
    assert web.get("/healthz").status_code == httpx.codes.OK


def test_counts_that_somebody_else_keeps_are_shown_as_they_are_when_asked():
    counts, metrics = {"slow": 1}, Metrics()
    metrics.watch_counts("broker_refused", "Refused", "reason", lambda: counts)
    counts["publish"] = 2
    assert [
        line for line in metrics.text().decode().splitlines() if not line.startswith("#") and "refused" in line
    ] == [
        'hymio_broker_refused_total{reason="publish"} 2.0',
        'hymio_broker_refused_total{reason="slow"} 1.0',
    ]
