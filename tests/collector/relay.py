"""What goes between a client and a broker, passed on and kept by connection; cut and opened again at will."""

import contextlib
import socket
import threading


class Relay:
    """``sent`` holds what the client said, connection by connection.

    ``changes``: pairs of bytes, equally long; the broker hears the second where the client said the first.
    """

    def __init__(self, broker_port, changes=()):
        self.sent = []
        self._changes = changes
        self._broker_port = broker_port
        self._open = []
        self.port = 0
        self.open()

    def open(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        """Ends every connection; there is no new one until ``open``."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # a thread waits in accept()
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def packets(self, connection):
        """The client's packets on one connection: pairs of type and body (MQTT 2.2)."""
        data, found = bytes(self.sent[connection]), []
        while data:
            length = shift = 0
            at = 1
            while True:
                length |= (data[at] & 0x7F) << shift
                shift += 7
                at += 1
                if not data[at - 1] & 0x80:
                    break
            found.append((data[0] >> 4, data[at : at + length]))
            data = data[at + length :]
        return found

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                broker = socket.create_connection(("127.0.0.1", self._broker_port))
            except OSError:
                return
            for one in (client, broker):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, broker]
            self.sent.append(bytearray())
            threading.Thread(target=_pass_on, args=(client, broker, self.sent[-1], self._changes), daemon=True).start()
            threading.Thread(target=_pass_on, args=(broker, client, bytearray()), daemon=True).start()


def _pass_on(source, target, kept, changes=()):
    with contextlib.suppress(OSError), source, target:
        while data := source.recv(65536):
            kept += data
            for said, heard in changes:
                data = data.replace(said, heard)
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
