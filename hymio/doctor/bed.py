"""What the checks of a broker lie on: its address, three guests, and the topics of the first two."""

import contextlib
import secrets
from dataclasses import dataclass

from collector.connection.frames import BrokerAddress
from collector.registration.guests import Guest, Guests
from hymio.doctor.line import Line
from wire import topic


@dataclass(frozen=True)
class Bed:
    """``embedded``: the broker inside the service; ``keeps``: hymio keeps the broker's accounts."""

    address: BrokerAddress
    guests: Guests
    embedded: bool
    keeps: bool

    def line(self, guest: Guest, **manners: object) -> Line:
        """Raises LineError where the broker cannot be reached."""
        return Line(self.address, guest, **manners)  # type: ignore[arg-type]

    def watcher(self) -> Line:
        """Hears what the two guests say, and nothing of a real kiosk."""
        line = self.line(self.guests.watcher)
        names = (self.guests.one.name, self.guests.other.name)
        line.subscribe(*(topic.of(name, leaf) for name in names for leaf in topic.FROM_KIOSK))
        return line

    def latecomer(self) -> Line:
        """Subscribed as a collector that starts: it is told every state that lies there, ours among them."""
        line = self.line(self.guests.watcher)
        line.subscribe(topic.of("+", "state"))
        return line

    def say_all(self, guest: Guest, topics: list[str], payload: bytes) -> None:
        """Says ``payload`` on every topic. Some brokers put out whoever says what is forbidden: it comes again then."""
        line = self.line(guest)
        for name in topics:
            if not line.open:
                line.close()
                line = self.line(guest)
            line.said(line.say(name, payload), 2.0)
        line.close()

    def forget_state(self, guest: Guest) -> None:
        """Takes back what the broker may have retained."""
        with contextlib.suppress(Exception), self.line(guest) as line:
            line.said(line.say(topic.of(guest.name, "state"), b"", retain=True))


def nonce() -> bytes:
    return b'{"doctor":"' + secrets.token_hex(4).encode() + b'"}'
