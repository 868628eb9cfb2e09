"""A kiosk that floods, in a process of its own: ``python -m tests.collector.flooding PORT KIOSK`` until it is killed.

It says what is right, what is not, what is no JSON and what is giant, PER_S messages a second, and heeds no ack.
"""

import itertools
import sys
import time

from tests.collector.site import taps
from tests.collector.windowed_line import Line

PER_S = 2000  # twenty times what a kiosk may send
GIANT_EVERY = 500


def messages(kiosk):
    for n in itertools.count(1):
        name, good = taps(n, [4] * 20, kiosk=kiosk)
        yield name, good
        yield name, good.replace(b"[4,", b"[9,")
        yield name, good[:-5] + b"\xff" * 900
        yield name.replace("taps", "state"), b'{"online":' + b"[" * 100
        if n % GIANT_EVERY == 0:
            yield name, b"x" * (1 << 20)


def main():
    port, kiosk = int(sys.argv[1]), sys.argv[2]
    line = Line(port, kiosk)
    began_s = time.monotonic()
    for count, (name, payload) in enumerate(messages(kiosk)):
        line.say(name, payload)
        time.sleep(max(0.0, began_s + count / PER_S - time.monotonic()))


if __name__ == "__main__":
    main()
