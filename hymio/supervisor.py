"""What a running service says to systemd, and the watchdog that is fed only while the service does its work.

The protocol is sd_notify(3): a datagram of lines ``NAME=value`` to the socket that NOTIFY_SOCKET names. Where systemd
did not start the service, nothing is said to anybody.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType

log = logging.getLogger("hymio")

LOOK_S = 10.0
"""Between two looks, where systemd does not want to hear more often."""

_LOOKS = 3  # in the time after which systemd ends a service that it does not hear of


class Supervisor:
    """``environment`` is where systemd put its socket and how often it wants to hear from this process."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(environment.get("WATCHDOG_USEC", 0)) / 1_000_000 if watched else 0.0

    def say(self, *lines: str) -> None:
        """Such as ``READY=1``. Lost where nobody listens any more: systemd itself may just be restarting."""
        if not self._address:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(name)
            line.sendall("\n".join(lines).encode())

    @property
    def listens(self) -> bool:
        return bool(self._address)


class Watch:
    """Feeds the watchdog as long as ``fault()`` finds nothing wrong, and tells systemd ``state()`` in words.

    ``fault`` answers why the service should be started again, None where it should not. A broker or a database that is
    away is no such reason: starting again would not bring it back.
    """

    def __init__(self, supervisor: Supervisor, fault: Callable[[], str | None], state: Callable[[], str]) -> None:
        self._supervisor, self._fault, self._state = supervisor, fault, state
        self._every_s = min(LOOK_S, supervisor.watchdog_s / _LOOKS or LOOK_S)
        self._said: str | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hymio-watch", daemon=True)

    def __enter__(self) -> "Watch":
        if self._supervisor.listens:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._supervisor.say("STOPPING=1", "STATUS=stopping")
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._ending.is_set():
            self.look()
            self._ending.wait(self._every_s)

    def look(self) -> None:
        """One look."""
        fault = self._fault()
        if fault is None:
            self._supervisor.say("WATCHDOG=1")
            self._supervisor.say(f"STATUS={self._state()}")  # which may take a while
        elif fault != self._said:
            log.critical("the watchdog is not fed any more, so that systemd starts the service again: %s", fault)
            self._supervisor.say(f"STATUS={fault}")
        self._said = fault
