"""The service under systemd's eyes: ready when it is, fed while it works, and not ended for another's fault."""

import asyncio
import signal
import threading
import time

import httpx
import pytest
from fastapi import FastAPI

from collector.answers.update_key import UpdateKey
from collector.connection.frames import BrokerAddress
from collector.running.service import Collector
from hymio import service
from hymio.supervisor import Supervisor, Watch
from tests.collector.broker_client import Client
from tests.collector.site import highest, taps
from tests.deploy.listening import Systemd
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until

WATCHDOG_S = 3.0
BEATS = 4  # longer than systemd would wait


@pytest.fixture
def systemd(tmp_path):
    systemd = Systemd(tmp_path, WATCHDOG_S)
    yield systemd
    systemd.close()


def beats(systemd, number=BEATS):
    """That many feedings in a row, none later than systemd allows."""
    fed = 0
    while fed < number:
        lines = systemd.listen(WATCHDOG_S)
        assert lines, f"not fed for {WATCHDOG_S} s, after {systemd.heard[-6:]}"
        fed += "WATCHDOG=1" in lines
    return systemd.heard[-1]


def test_a_service_says_that_it_is_ready_is_fed_without_its_broker_and_says_that_it_ends(tmp_path, systemd, broker):
    http_port = free_port()
    settings = {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
        "update_key": tmp_path / "update.key",
        "http_port": http_port,
        "broker_host": LOOPBACK,
        "broker_port": broker.port,
        "broker_password": "x",
    }
    environment = {**clean_environment(**settings), **systemd.environment}
    running = Process([*HYMIO, "serve"], tmp_path / "service.log", environment)
    running.start()
    try:
        assert "READY=1" in systemd.await_line("READY=1")
        assert httpx.get(f"http://{LOOPBACK}:{http_port}/healthz").status_code == 200
        assert systemd.await_line("STATUS=taps are stored")
        broker.kill()
        assert systemd.await_line("STATUS=not connected to the broker")
        beats(systemd)
        broker.start()
        assert systemd.await_line("STATUS=taps are stored")
        running.process.send_signal(signal.SIGTERM)
        assert "STOPPING=1" in systemd.await_line("STOPPING=1")
        assert running.process.wait(20) == 0
    finally:
        running.kill()


@pytest.fixture
def start(tmp_path):
    """Makes started collectors, to whom one second is a long transaction."""
    made = []

    def make(engine, port):
        address = BrokerAddress(LOOPBACK, port, "collector-1", "x")
        made.append(Collector(engine, address, UpdateKey(tmp_path / "update.key"), stuck_s=1.0))
        made[-1].start()
        wait_until(lambda: made[-1].ready()[0])
        return made[-1]

    yield make
    for collector in made:
        collector.stop()


def held_up(collector, port):
    """Taps whose transaction does not get on, and their kiosk."""
    kiosk = Client(port, "lobby-1")
    kiosk.subscribe("hymio/1/lobby-1/ack")
    kiosk.publish(*taps(1, [4]))
    return kiosk


def test_a_transaction_that_does_not_end_while_the_database_answers_others_ends_the_feeding(site, broker, start):
    collector = start(site.engine, broker.port)
    with site.locked():  # whoever holds the lock here is, to the database, any other client
        kiosk = held_up(collector, broker.port)
        fault = wait_until(collector.fault)
    assert fault.startswith("a transaction has not ended for") and "answers others" in fault
    wait_until(lambda: highest(kiosk) == 1)
    kiosk.close()
    assert collector.fault() is None


def test_a_database_that_hangs_is_no_reason_to_start_again(broker, start, server, postgresql_site):
    collector = start(postgresql_site.engine, broker.port)
    with server.frozen():
        kiosk = held_up(collector, broker.port)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert collector.fault() is None
        assert collector.alive()
    wait_until(lambda: highest(kiosk) == 1)
    kiosk.close()


def test_the_feeding_ends_with_the_first_fault_and_says_which(systemd, caplog):
    faults = [None, None, "its threads are gone", "its threads are gone"]
    watch = Watch(Supervisor(systemd.environment), lambda: faults.pop(0), lambda: "well")
    for _ in range(4):
        watch.look()
    for expected in (*2 * (["WATCHDOG=1"], ["STATUS=well"]), ["STATUS=its threads are gone"]):
        assert systemd.listen(1) == expected
    assert systemd.listen(0.01) == []
    assert [record.message.rpartition(": ")[2] for record in caplog.records] == ["its threads are gone"]


def test_a_web_server_that_stands_still_is_a_fault(tmp_path):
    app, stands = FastAPI(), threading.Event()

    @app.get("/stand")
    async def stand():
        stands.wait()

    listener = service.listen(LOOPBACK, free_port())
    server = service.web_server(app, [], still_s=0.5)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    wait_until(lambda: answers(address + "/nothing"))
    assert server.fault() is None
    asking = threading.Thread(target=lambda: httpx.get(address + "/stand", timeout=20), daemon=True)
    asking.start()
    assert wait_until(server.fault).startswith("the web server has stood still")
    stands.set()
    wait_until(lambda: server.fault() is None)
    server.should_exit = True
    thread.join(10)


def test_where_systemd_did_not_start_it_nothing_is_said():
    supervisor = Supervisor({})
    supervisor.say("READY=1")
    assert not supervisor.listens and supervisor.watchdog_s == 0
    with Watch(supervisor, lambda: "anything", lambda: ""):
        pass


def test_another_process_s_watchdog_is_not_ours():
    assert Supervisor({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s == 0
