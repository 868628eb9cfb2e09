"""The socket on which systemd hears what a service says of itself."""

import socket


class Systemd:
    """``environment`` is what systemd puts into a service's; ``watchdog_s`` 0: without a watchdog."""

    def __init__(self, folder, watchdog_s=0.0):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self.environment = {"NOTIFY_SOCKET": str(folder / "notify")}
        if watchdog_s:
            self.environment["WATCHDOG_USEC"] = str(int(watchdog_s * 1_000_000))
        self.heard = []

    def close(self):
        self._socket.close()

    def listen(self, timeout_s):
        """The lines of the next datagram; none within ``timeout_s``: an empty list."""
        self._socket.settimeout(timeout_s)
        try:
            lines = self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return []
        self.heard += lines
        return lines

    def await_line(self, wanted, datagrams=50, timeout_s=20):
        """The first datagram with a line that begins like ``wanted``."""
        for _ in range(datagrams):
            lines = self.listen(timeout_s)
            if not lines or any(line.startswith(wanted) for line in lines):
                return lines
        return []
