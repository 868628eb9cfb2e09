"""A kiosk's health, its configuration and what is asked of it: command line, service, broker, kiosk as processes."""

import base64
import contextlib
import hashlib
import json
import time

import pytest

from collector.answers import orders, release
from collector.database.store import open_store
from tests.collector.broker_client import Client
from tests.system.site import COLLECTOR, Site
from tests.waiting import wait_until
from wire import codec, manifest, topic
from wire.messages import Want

BROKERS = ("mosquitto", "embedded")


@pytest.fixture(params=BROKERS)
def site(tmp_path, request):
    with Site(tmp_path, ("kiosk-1", "kiosk-2"), request.param) as site:
        yield site


def state(site, kiosk="kiosk-1"):
    """(health as said, configuration's version) of a kiosk; None before its health came."""
    said = "select health, config_version from kiosk_state where kiosk = ? and health is not null"
    rows = site.query(said, kiosk)
    return rows and (json.loads(rows[0][0]), rows[0][1])


def restart(site, kiosk):
    """Cuts a kiosk's power; returns once its next birth is stored."""
    session = "select session from kiosk_state where kiosk = ?"
    before = site.query(session, kiosk.name)
    kiosk.kill()
    kiosk.start()
    wait_until(lambda: site.query(session, kiosk.name) != before)


def told(site, kiosk="kiosk-1"):
    """What `hymio kiosk orders` says of the newest order."""
    return site.hymio("kiosk", "orders", kiosk).splitlines()[0]


def test_health_arrives_and_a_configuration_is_taken_at_the_next_birth_and_kept(site):
    health, _ = wait_until(lambda: state(site))
    assert (health["test"], health["stuck"], health["update"]) == (False, [], "none")
    assert health["heap"] > 16 * 1024, "the page would call it nearly full"
    kiosk = site.kiosks["kiosk-1"]
    said = site.hymio("kiosk", "set", "kiosk-1", "--idle-light", "100", "--health-s", "10")
    version = int(said.split()[1])  # "settings 2 of kiosk …"
    restart(site, kiosk)  # told at this birth,
    wait_until(lambda: max(kiosk.lights.values()) > 20, what="a brighter breath than the usual one")
    restart(site, kiosk)  # and said at this one
    wait_until(lambda: state(site)[1] == version)
    heard = "select health_utc_ms from kiosk_state where kiosk = 'kiosk-1'"
    first = site.query(heard)
    wait_until(lambda: site.query(heard) != first, 20)


def test_taps_in_test_mode_by_command_are_stored_shown_and_never_counted(site):
    kiosk = site.kiosks["kiosk-1"]
    wait_until(lambda: state(site))
    said = site.hymio("kiosk", "test", "kiosk-1", "on", "--minutes", "2")
    assert "test mode on for 2 min" in said and "hymio kiosk orders kiosk-1" in said
    wait_until(lambda: state(site)[0]["test"])
    assert told(site).endswith("done")
    for count, face in enumerate((1, 4, 4), 1):
        kiosk.press(face)
        assert kiosk.wait_thanked(count)
        time.sleep(0.1)
    wait_until(lambda: site.total() == 3)
    assert site.counted_and_aside() == (0, 3)
    page = site.page("/kiosks")
    assert "Test taps stored 3" in page
    assert "Test mode On: its taps are stored and set aside as test taps." in page
    site.hymio("kiosk", "test", "kiosk-1", "off")
    wait_until(lambda: not state(site)[0]["test"])
    kiosk.press(4)
    wait_until(lambda: site.counted_and_aside() == (1, 3))
    assert "Test mode Off." in site.page("/kiosks")


def test_a_kiosk_blinks_and_restarts_when_it_is_told_to(site):
    kiosk = site.kiosks["kiosk-1"]
    wait_until(lambda: state(site))
    blinks = []
    stop = kiosk.watch(blinks.append)
    site.hymio("kiosk", "identify", "kiosk-1", "--seconds", "5")
    wait_until(lambda: len(blinks) > 4)
    stop()
    assert told(site).split("  ")[-1].startswith("sent at ")
    boot = "select boot from kiosk_state where kiosk = 'kiosk-1'"
    before = site.query(boot)[0][0]
    site.hymio("kiosk", "restart", "kiosk-1")
    wait_until(lambda: site.query(boot)[0][0] > before)
    wait_until(lambda: told(site).endswith("done"))
    time.sleep(2)
    assert site.query(boot)[0][0] == before + 1, "it is not told to restart again and again"


def test_what_was_asked_while_the_service_was_down_is_done_when_it_is_there_again(site):
    wait_until(lambda: state(site))
    site.service.kill()
    assert "queued" in site.hymio("kiosk", "test", "kiosk-1", "on")
    assert told(site).endswith("waits until the kiosk is heard of")
    site.start_service()
    wait_until(lambda: told(site).endswith("done"), 40, pause_s=0.5)


@contextlib.contextmanager
def speaking_as(site, kiosk):
    """The kiosk's own process ends; its account is used by hand."""
    site.kiosks[kiosk].stop()
    client = Client(site.broker_port, kiosk, kiosk, site.secrets[kiosk])
    client.subscribe(topic.of(kiosk, "update"))
    try:
        yield client
    finally:
        client.close()


def test_wants_are_answered_to_the_kiosk_that_was_told_to_update_and_to_nobody_else(site):
    files = {"main.py": b"run()", "kiosk/tap.mpy": bytes(range(256)) * 9}
    engine = open_store(f"sqlite:///{site.database}")
    now_ms = time.time_ns() // 1_000_000
    release.offer(engine, "9.0+00000001", files, now_ms)
    orders.queue(engine, "kiosk-2", "update", now_ms)
    engine.dispose()
    config = json.loads((site.folder / "kiosks" / "kiosk-2.json").read_text())
    with speaking_as(site, "kiosk-2") as client, speaking_as(site, "kiosk-1") as other:

        def piece(file, offset):
            """Asked for like a kiosk does it: again, until an answer comes."""
            asked = codec.encode("want", Want("9.0+00000001", file, offset))

            def answered():
                client.publish(topic.of("kiosk-2", "want"), asked, qos=0)
                time.sleep(0.1)
                found = [codec.decode("update", payload) for _, payload, _ in client.heard]
                return [one for one in found if (one.file, one.offset) == (file, offset)]

            return wait_until(answered)[0]

        def fetch(file):
            got = b""
            while True:
                found = piece(file, len(got))
                got += base64.b64decode(found.data)
                if len(got) == found.size:
                    return got

        other.publish(topic.of("kiosk-2", "want"), codec.encode("want", Want("9.0+00000001", "main.py", 2)), qos=0)
        other.publish(topic.of("kiosk-1", "want"), codec.encode("want", Want("9.0+00000001", "main.py", 0)), qos=0)
        signed = fetch("manifest")
        assert manifest.is_signed(signed, bytes.fromhex(config["update_key"]))
        for entry in manifest.parse(signed).entries:
            assert hashlib.sha256(fetch(entry.path)).hexdigest() == entry.sha256
        assert other.heard == []
        assert not [payload for _, payload, _ in client.heard if codec.decode("update", payload).offset == 2]


def test_no_secret_and_no_key_is_in_the_services_log(site):
    wait_until(lambda: state(site))
    site.hymio("kiosk", "identify", "kiosk-1")
    master = (site.folder / "update.key").read_bytes().hex()
    log = site.service.log.read_text()
    for name, secret in site.secrets.items():
        key = json.loads((site.folder / "kiosks" / f"{name}.json").read_text())["update_key"]
        assert not [word for word in (secret, key, master, COLLECTOR[1]) if word in log]
