"""What becomes of taps that the store does not take: whose fault it is, and whether it passes."""

import re

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoneFree

from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.database import store
from collector.intake.ingest import Ingest
from collector.running.service import utc_now_ms
from tests.collector.site import acks, furnish, highest, taps
from tests.waiting import wait_until


def test_nothing_is_acked_while_the_database_is_locked_and_everything_after(site, subscribe, kiosk):
    site.ingest = None
    subscriber = subscribe()
    with site.locked():
        for seq in range(1, 30):
            kiosk.publish(*taps(seq, [4], apart_ms=12_000))
        wait_until(lambda: subscriber.trouble)
        assert acks(kiosk) == []
    wait_until(lambda: highest(kiosk) == 29)
    assert subscriber.trouble is None
    assert site.rows("SELECT face_4 FROM tap_day") == [(29,)]


class NoneIsFree(Ingest):
    """An ingest that twice finds every connection to the database in others' hands."""

    times = 2

    def take(self, deliveries):
        if self.times:
            self.times -= 1
            raise NoneFree
        return super().take(deliveries)


def test_where_no_connection_to_the_database_is_free_taps_wait_and_are_not_refused(site, subscribe, kiosk):
    subscribe(NoneIsFree(site.engine, utc_now_ms))
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    assert site.value("SELECT count(*) FROM quarantine") == 0


class RefusesOne(Ingest):
    """An ingest whose store refuses what one kiosk says: a fault in the store that only some content meets."""

    def take(self, deliveries):
        if any("gate" in delivery.topic for delivery in deliveries):
            raise ValueError("no")
        return super().take(deliveries)


def test_a_delivery_the_store_refuses_is_set_apart_and_the_others_are_stored(site, subscribe, kiosk):
    subscribe(RefusesOne(site.engine, utc_now_ms))
    for seq in range(1, 20):
        kiosk.publish(*taps(seq, [4]))
        kiosk.publish(*taps(seq, [4], kiosk="gate"))
        kiosk.publish(*taps(seq, [4], kiosk="lobby-2"))
    wait_until(lambda: site.value("SELECT count(*) FROM tap") == 38)
    wait_until(lambda: site.value("SELECT count(*) FROM quarantine") == 19)
    assert site.rows("SELECT DISTINCT kiosk, reason FROM quarantine") == [("gate", "poison")]


def test_a_store_that_takes_nothing_at_all_is_the_trouble_and_not_what_a_kiosk_says(site, subscribe, kiosk):
    subscriber = subscribe()
    execute(site, "ALTER TABLE kiosk_state RENAME TO kiosk_state_away")
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: subscriber.trouble is not None)
    assert "kiosk_state" in subscriber.trouble and "\n" not in subscriber.trouble
    execute(site, "ALTER TABLE kiosk_state_away RENAME TO kiosk_state")

    def send_again():
        kiosk.publish(*taps(1, [4]))
        return highest(kiosk) == 1

    wait_until(send_again)
    wait_until(lambda: subscriber.trouble is None)
    assert site.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_a_postgresql_that_only_reads_is_away_and_everything_is_stored_once_it_writes_again(
    server, broker, kiosk, caplog
):
    name = server.fresh()
    engine = store.open_store(furnish(server.url(name)))

    def only_reads(value):
        with psycopg.connect(server.url(name).replace("+psycopg", ""), autocommit=True) as other:
            other.execute("SET default_transaction_read_only = off")
            other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
            if value == "on":
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    ingest = Ingest(engine, utc_now_ms)
    subscriber = Subscriber(ingest, BrokerAddress("127.0.0.1", broker.port, "collector-1", "x"))
    subscriber.start()
    try:
        wait_until(lambda: subscriber.connected)
        only_reads("on")
        for seq in range(1, 29):
            kiosk.publish(*taps(seq, [4], apart_ms=12_000))
        wait_until(lambda: subscriber.trouble and "read-only" in subscriber.trouble)
        kiosk.publish(*taps(29, [4], apart_ms=12_000))
        wait_until(lambda: subscriber.waiting)
        wait_until(lambda: failures(ingest) >= 6)
        only_reads("off")
        wait_until(lambda: highest(kiosk) == 29)
        with store.reading(engine) as connection:
            assert connection.execute(text("SELECT count(*) FROM quarantine")).scalar() == 0
        assert subscriber.trouble is None
    finally:
        subscriber.stop()
        engine.dispose()
    said = [record.getMessage() for record in caplog.records if "the database is away" in record.getMessage()]
    assert said and len(said) == len(set(said)) < 4, "once for each thing that the database says, not at every attempt"
    assert not [line for line in said if "\n" in line or "sqlalche.me" in line]


def failures(ingest):
    return float(re.search(r"^hymio_ingest_failures_total (\S+)$", ingest.metrics.text().decode(), re.M)[1])


BROKEN = {
    "sqlite": (
        "CREATE TRIGGER broken BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, 'broken'); END",
        "DROP TRIGGER broken",
    ),
    "postgresql": (
        "ALTER TABLE {} ADD COLUMN later INTEGER NOT NULL",
        "ALTER TABLE {} DROP COLUMN later",
    ),
}


@pytest.mark.parametrize("table", ["tap", "tap_day", "journal_day"])
def test_a_fault_in_one_table_of_the_store_is_no_fault_of_what_a_kiosk_says(site, subscribe, kiosk, table):
    breaks, mends = BROKEN[site.engine.dialect.name]
    subscriber = subscribe()
    execute(site, breaks.format(table))
    for seq in range(1, 9):
        kiosk.publish(*taps(seq, [4], apart_ms=12_000))
    wait_until(lambda: subscriber.trouble)
    kiosk.publish(*taps(9, [4], apart_ms=12_000))
    wait_until(lambda: subscriber.waiting)
    execute(site, mends.format(table))
    wait_until(lambda: highest(kiosk) == 9)
    assert [ack.error for ack in acks(kiosk) if ack.error] == []
    assert site.value("SELECT count(*) FROM quarantine") == 0
    assert site.rows("SELECT face_4 FROM tap_day") == [(9,)]
    assert subscriber.trouble is None


def test_to_see_whether_the_store_takes_anything_leaves_nothing_in_it(site):
    tables = (
        "unit",
        "service_point",
        "kiosk",
        "placement",
        "kiosk_state",
        "journal_mark",
        "tap",
        "tap_day",
        "alive_day",
    )

    def counted():
        return [site.value(f"SELECT count(*) FROM {table}") for table in tables]

    before = counted()
    for _ in range(2):
        site.ingest.prove()
    assert counted() == before


def execute(site, statement):
    with store.writing(site.engine) as connection:
        connection.exec_driver_sql(statement)
