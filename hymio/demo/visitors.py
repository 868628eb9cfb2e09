"""Simulated visitors: each kiosk gets a press now and then, for as long as the demo runs."""

import random
import threading

from firmware.tools.simulated_kiosk import SimulatedKiosk
from hymio.demo.places import Place

PAUSE_S = 12
"""Mean time between two visitors of the busiest place; quieter places wait longer in proportion."""


class Visitors:
    """A thread that presses. ``start`` and ``stop``; nothing is pressed after ``stop`` returns."""

    def __init__(self, kiosks: list[tuple[Place, SimulatedKiosk]]) -> None:
        self._kiosks = kiosks
        self._weights = [place.taps_a_day for place, _ in kiosks]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._walk, name="visitors", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _walk(self) -> None:
        chance = random.Random()
        pause = PAUSE_S * max(self._weights) / sum(self._weights)
        while not self._stop.wait(chance.expovariate(1 / pause)):
            place, kiosk = chance.choices(self._kiosks, self._weights)[0]
            face = chance.choices((1, 2, 3, 4), place.moods)[0]
            kiosk.press(face, chance.uniform(0.08, 0.25))
