"""The real commands on a bench: a `hymio serve` or `hymio collect` on a store and a Mosquitto."""

import contextlib

from tests.system.site import COLLECTOR, HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until

_STARTS_S = 60


@contextlib.contextmanager
def running(command, folder, url, broker_port, **settings):
    """(its process, its address), once it is ready; killed in the end."""
    port = free_port()
    user, password = COLLECTOR
    settings |= {
        "database": url, "http_port": port, "broker_host": LOOPBACK, "broker_port": broker_port,
        "broker_user": user, "broker_password": password, "update_key": folder / "update.key",
    }  # fmt: skip
    service = Process([*HYMIO, command], folder / f"{command}.log", clean_environment(**settings))
    service.start()
    address = f"http://{LOOPBACK}:{port}"
    try:
        wait_until(lambda: answers(address + "/readyz"), _STARTS_S)
        yield service.process, address
    finally:
        service.kill()
