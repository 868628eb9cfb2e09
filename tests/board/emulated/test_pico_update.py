"""Firmware fetched over the air by an emulated Pico: one version that is kept, and one that hangs.

Without TLS, since a restart's handshake is most of what it would take. The slot that is written holds most of the files
already, as after an update of one module.
"""

import base64
import dataclasses
import json
import time

import pytest

from tests.board.bench import Broker, Desk
from tests.board.emulated import beds
from tests.interpreters import missing_part
from wire.messages import MAX_PIECE, Command, Update

KEY = bytes(range(32))


class Depot(Desk):
    """A desk that also answers each want from what is ``offered``: {version: files}."""

    def __init__(self, port):
        self.offered = {}
        self.wanted = []
        super().__init__(port)

    def offer(self, image):
        self.offered[image.version] = {**image.files, "manifest": image.manifest(KEY)}

    def order(self, number, version):
        size = len(self.offered[version]["manifest"])
        expires_ms = time.time_ns() // 1_000_000 + 3_600_000
        self.say("command", Command(f"{number:08x}", expires_ms, "update", None, None, None, None, version, size))

    def _message(self, client, userdata, message):
        super()._message(client, userdata, message)
        if message.topic.endswith("/want"):
            want = self.of("want")[-1]
            self.wanted.append(want.file)
            whole = self.offered[want.version][want.file]
            piece = base64.b64encode(whole[want.offset : want.offset + MAX_PIECE]).decode()
            self.say("update", Update(want.version, want.file, want.offset, len(whole), piece))


def variant(image, number, main):
    """Another version of an image, with another main.py."""
    return dataclasses.replace(image, version=f"0.1.0+0000000{number}", files={**image.files, "main.py": main})


@pytest.mark.parametrize("bed", beds.every())
def test_an_update_is_fetched_tried_and_kept_and_one_that_hangs_goes_back_by_itself(bed, tmp_path):
    why = beds.missing(bed)
    if why:
        missing_part(why)
    first = beds.image(bed)
    main = first.files["main.py"]
    second = variant(first, 2, main + b"# " + b"longer " * 400 + b"\n")
    broken = variant(first, 3, b"import time\ntime.sleep(3600)  # it hangs, and nobody feeds boot.py's watchdog\n")
    config = json.dumps({**json.loads(beds.config(bed)), "update_key": KEY.hex()}).encode()
    idle = {f"/b/{path}": data for path, data in first.files.items() if path != "main.py"}
    broker = Broker(tmp_path)
    try:
        depot = Depot(broker.port)
        with beds.pico(bed, tmp_path, broker.port, {**first.on_flash(), **idle, "/config.json": config}) as pico:
            pico.until(depot.births, beds.BOOT_S, "a birth")
            assert depot.births()[0].firmware == first.version
            pico.until(lambda: depot.of("health"), beds.BOOT_S, "health")

            depot.offer(second)
            depot.order(1, second.version)
            pico.press(4)
            born = pico.until(lambda: of_version(depot, second.version), beds.BOOT_S, "a birth of the second version")
            assert set(depot.wanted) == {"manifest", "main.py"}
            pico.until(lambda: last_update(depot) == ("trial", second.version), beds.BOOT_S, "the trial in health")
            pico.hurry()
            pico.until(lambda: last_update(depot) == ("kept", second.version), beds.BOOT_S, "the keeping in health")
            pico.hurry(False)

            depot.offer(broken)
            depot.order(2, broken.version)
            pico.press(3)
            pico.hurry()
            pico.until(lambda: depot.births()[-1].boot > born.boot, beds.BOOT_S, "a birth after the trials")
            pico.until(
                lambda: last_update(depot) == ("rolled_back", broken.version), beds.BOOT_S, "the reason in health"
            )
            pico.hurry(False)
            assert depot.births()[-1].firmware == second.version
            assert "trial" in depot.of("health")[-1].update_reason
            pico.press(1)
            pico.until(lambda: len(depot.stored) == 3, beds.BOOT_S, "the third tap")
            assert [tap[1] for _, tap in sorted(depot.stored.items())] == [4, 3, 1]
        depot.close()
    finally:
        broker.kill()


def of_version(depot, version):
    return next((birth for birth in depot.births() if birth.firmware == version), None)


def last_update(depot):
    health = depot.of("health")[-1]
    return health.update_state, health.update_version
