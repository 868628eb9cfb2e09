"""A backlog goes through TLS and a real broker into a real store."""

import time

import pytest

from tests.kiosk.tls_site import TlsSite
from tests.waiting import wait_until

INTERPRETERS = ("cpython",)  # MicroPython is in the kiosk's own process

TAPS = 1000


@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_a_thousand_taps_drain_through_tls_each_once_and_in_order(tmp_path, broker):
    with TlsSite(tmp_path, broker) as site:
        site.fill(TAPS)
        began = time.monotonic()
        site.power_on()
        try:
            wait_until(lambda: site.stored() >= TAPS, 15)
        except AssertionError:
            raise AssertionError(f"{site.stored()} stored; the kiosk says {site.kiosk.log}") from None
        print(f"{TAPS} taps in {time.monotonic() - began:.1f} s")
        assert site.faces(site.kiosk.name) == [1 + i % 4 for i in range(TAPS)]
        site.kiosk.press(3)
        wait_until(lambda: site.stored() == TAPS + 1)
        assert site.faces(site.kiosk.name)[-1] == 3
