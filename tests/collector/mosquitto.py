"""A real Mosquitto on a free port, for one test; killed and started again at will."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

WINDOW = 20  # messages to one client that wait for their PUBACK: Mosquitto's own default


def program():
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is missing: install the Debian package mosquitto")
        pytest.skip("mosquitto is missing: install the Debian package mosquitto")
    return found


class Mosquitto:
    def __init__(self, folder, more=""):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self._program = program()
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"set_tcp_nodelay true\nmax_inflight_messages {WINDOW}\n{more}"
        )
        self._process = None

    def start(self):
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise AssertionError("mosquitto does not listen")

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def serving(folder, more=""):
    """One that is started, and killed in the end."""
    broker = Mosquitto(folder, more)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
