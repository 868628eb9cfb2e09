"""Who may say and hear what: the table of the wire format, seen from an account."""

from dataclasses import dataclass

from wire import topic as topics


@dataclass(frozen=True)
class KioskRights:
    """A kiosk says what a kiosk says and hears what is said to a kiosk, in its own name only, without wildcards."""

    kiosk: str

    def may_publish(self, topic: str) -> bool:
        return self._is_mine(topic, topics.FROM_KIOSK)

    def may_subscribe(self, name: str) -> bool:
        return self._is_mine(name, topics.TO_KIOSK)

    def may_leave_will(self, topic: str) -> bool:
        return topic == topics.of(self.kiosk, "state")

    def _is_mine(self, topic: str, leaves: dict) -> bool:
        parsed = topics.parse(topic)
        return isinstance(parsed, tuple) and parsed[0] == self.kiosk and parsed[1] in leaves


@dataclass(frozen=True)
class CollectorRights:
    """A collector hears every kiosk, or one, and speaks to any; it never speaks as a kiosk."""

    def may_publish(self, topic: str) -> bool:
        parsed = topics.parse(topic)
        return isinstance(parsed, tuple) and parsed[1] in topics.TO_KIOSK

    def may_subscribe(self, name: str) -> bool:
        if name in {topics.of("+", leaf) for leaf in topics.FROM_KIOSK}:
            return True
        parsed = topics.parse(name)
        return isinstance(parsed, tuple) and parsed[1] in topics.FROM_KIOSK

    def may_leave_will(self, topic: str) -> bool:
        return False


Rights = KioskRights | CollectorRights


def is_retained(topic: str) -> bool:
    """Whether the wire format lets a message on this topic be retained."""
    parsed = topics.parse(topic)
    return isinstance(parsed, tuple) and topics.FROM_KIOSK.get(parsed[1], (0, False))[1]
