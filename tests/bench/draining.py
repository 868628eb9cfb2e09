"""How fast a backlog goes through TLS into the store, from power-up on: kiosk, broker and store are real processes."""

import time

from tests.interpreters import micropython
from tests.kiosk.tls_site import TlsSite
from tests.waiting import wait_until

TAPS = 1000
MQTT_AS = 10  # messages a second


def figures(folder):
    """Nothing where there is no MicroPython beside this Python."""
    if micropython() is None:
        return
    for broker in ("mosquitto", "embedded"):
        place = folder / broker
        place.mkdir()
        with TlsSite(place, broker) as site:
            site.fill(TAPS)
            began = time.monotonic()
            site.power_on()
            wait_until(lambda site=site: site.stored() > 0, 60, pause_s=0.002)
            first = time.monotonic()
            wait_until(lambda site=site: site.stored() >= TAPS, 60, pause_s=0.002)
            ended = time.monotonic()
        yield f"drain_1000_taps_tls_{broker}", ended - began, "s", f"under_5,mqtt_as_{TAPS // MQTT_AS}"
        yield f"drain_rate_tls_{broker}", TAPS / (ended - first), "taps/s", f"over_200,mqtt_as_{MQTT_AS}"
