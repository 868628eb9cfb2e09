"""One simulated kiosk: the real firmware in a process of its own, with a finger on its pins and an eye on its lights.

Where the ``micropython`` command exists, the process is MicroPython with a Pico's heap, a littlefs flash file and the
image that a board is flashed with; else CPython with the same firmware. Killing it is cutting its power: the flash
file is what remains.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from board import pins

from firmware.tools.image import BLOCKS, Image, build_image, littlefs_image

RESTART = 3  # board.host: the exit status of a kiosk that restarts itself
REBOOT_S = 0.5
HEAP = "208K"  # of 64-bit objects: tighter than a Pico W's 200 KB of 32-bit ones; holds what only a computer needs, too
ROOT = Path(__file__).resolve().parent.parent.parent

Lights = dict[int, int]


def interpreter() -> list[str]:
    """The command that runs the firmware: MicroPython beside this Python or on the path, else this Python."""
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    return [found, "-X", f"heapsize={HEAP}"] if found else [sys.executable]


def installed(folder: Path) -> Path:
    """``main.py`` of the compiled firmware below ``folder``, in a folder named after its version."""
    image = _image()
    place = folder / f"firmware-{image.version}"
    for path, data in image.files.items():
        file = place / path
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return place / "main.py"


@cache
def _image() -> Image:
    return build_image(ROOT, for_computer=True)


class SimulatedKiosk:
    """``start``, ``press``, ``kill``, ``start`` again: a life on one flash file.

    lights: percent by face, as the firmware's own LED pins stand now.
    thanked: how often all four lights came on together, over all lives of this object.
    """

    def __init__(
        self,
        folder: Path,
        config: dict[str, Any],
        command: list[str] | None = None,
        *,
        watchdog: bool = False,
        image: Image | None = None,
    ) -> None:
        """``watchdog``: boot again whatever ended the process, as a board's watchdog would.

        ``image``: what lies in the flash's slot a at first, and starts from there, by MicroPython alone; otherwise the
        firmware of this repository runs from beside the flash, and cannot be updated.
        """
        self.name: str = config["kiosk"]
        self._watchdog = watchdog
        command = command or interpreter()
        self.command = command
        compiled = "micropython" in Path(command[0]).name
        self.lights: Lights = dict.fromkeys(pins.LIGHTS, 0)
        self.thanked = 0
        self.log: list[str] = []
        self._face_of = {gpio: face for face, gpio in pins.LIGHTS.items()}
        self._watchers: list[Callable[[Lights], object]] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._ready = threading.Event()
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        flash = folder / f"{self.name}.flash"
        self._config = folder / f"{self.name}.json"
        if image is not None:
            self._arguments = [
                str(ROOT / "firmware" / "tools" / "power_on.py"),
                str(flash),
                str(ROOT / "firmware" / "board"),
            ]
            self._write_flash(flash, image, {**config, "board_id": hashlib.sha256(self.name.encode()).hexdigest()[:16]})
        else:
            main = installed(folder) if compiled else ROOT / "firmware" / "main.py"
            self._arguments = [str(main), str(self._config)]
            self._write_config({**config, "flash": str(flash)})

    def _write_flash(self, flash: Path, image: Image, config: dict[str, Any]) -> None:
        """A board's flash as flashing leaves it, unless there is one already."""
        if not flash.exists():
            files = {**image.on_flash(), "/config.json": json.dumps(config).encode()}
            flash.touch(0o600)
            flash.write_bytes(littlefs_image(files, BLOCKS["pico_w"]))

    def _write_config(self, config: dict[str, Any]) -> None:
        # The file holds the kiosk's secret, as the flash of a real one does: only for this user's eyes.
        descriptor = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(config, file)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = 20) -> None:
        """Power on; returns when the pins are armed. Raises RuntimeError with the kiosk's last words if it does not."""
        self._ready.clear()
        self._boot()
        if not self._ready.wait(timeout_s) or not self.running:
            self.kill()
            raise RuntimeError(f"kiosk {self.name} did not start: " + " / ".join(self.log[-5:]))

    def _boot(self) -> None:
        process = subprocess.Popen(
            [*self.command, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,  # Ctrl-C is for the one who started us; we are told to quit
        )
        self._process = process
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True, name=f"kiosk {self.name}")
        self._reader.start()

    def watch(self, watcher: Callable[[Lights], object]) -> Callable[[], None]:
        """Call ``watcher`` (from the reading thread) whenever a light changes; the answer ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def press(self, face: int, hold_s: float = 0.12) -> None:
        """A finger on a face, for ``hold_s``, and off again."""
        self.set_face(face, True)
        time.sleep(hold_s)
        self.set_face(face, False)

    def set_face(self, face: int, down: bool) -> None:
        """Pull the face's pin low, or let it go."""
        self._send(f"pin {pins.FACES[face]} {0 if down else 1} {time.monotonic_ns() // 1_000_000}")

    def wait_thanked(self, count: int, timeout_s: float = 10) -> bool:
        """Whether ``thanked`` reached ``count`` in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.thanked >= count, timeout_s)

    def kill(self) -> None:
        """Cut the power: SIGKILL, nothing is told."""
        if self._process is not None:
            self._process.kill()
            self._gone()

    def stop(self, timeout_s: float = 5) -> None:
        """Ask the process to quit; kill it if it does not."""
        if self._process is None:
            return
        self._send("quit")
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._gone()

    def _gone(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.wait()
        if self._reader is not None:
            self._reader.join(5)
        _close_pipes(process)

    def _send(self, line: str) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._writing, contextlib.suppress(OSError, ValueError):  # a finger on a dead kiosk does nothing
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            word, _, rest = line.rstrip().partition(" ")
            if word == "led":
                gpio, _, percent = rest.partition(" ")
                self._set_lights({**self.lights, self._face_of[int(gpio)]: int(percent)})
            elif word == "ready":
                self._ready.set()
            else:
                self.log.append(rest if word == "log" else line.rstrip())
                del self.log[:-200]
        self._set_lights(dict.fromkeys(self.lights, 0))
        self._ready.set()
        if self._process is process and (process.wait() == RESTART or self._watchdog):  # nobody cut its power
            _close_pipes(process)
            time.sleep(REBOOT_S)
            if self._process is process:
                self._boot()

    def _set_lights(self, lights: Lights) -> None:
        before, self.lights = self.lights, lights
        if before == lights:
            return
        if all(level == 100 for level in lights.values()) and not all(level == 100 for level in before.values()):
            with self._changed:
                self.thanked += 1
                self._changed.notify_all()
        for watcher in list(self._watchers):
            watcher(lights)


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
