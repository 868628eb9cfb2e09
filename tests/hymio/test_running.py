"""What a service that runs for years holds in memory."""

import subprocess
import sys

from tests.interpreters import ROOT

LOADED = """
import sys
import hymio.command, hymio.service
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_service_loads_neither_what_other_commands_need_nor_the_broker_that_it_does_not_run():
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"sqlalchemy", "fastapi", "dashboard"} <= loaded
    assert not loaded & {"cryptography", "amqtt", "websockets"}
