"""Topics: ``hymio/1/<kiosk>/<leaf>``, and which way each leaf goes.

The kiosk's name in the topic is who is speaking: a broker checks it against the account, a payload never says it.
"""

from wire.rejected import Rejected

PREFIX = "hymio/1"
MAX_NAME = 32

# leaf: (QoS, retained)
FROM_KIOSK = {"taps": (1, False), "state": (1, True), "health": (0, False), "want": (0, False)}
TO_KIOSK = {"ack": (1, False), "config": (1, False), "command": (1, False), "update": (1, False)}

_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"


def is_kiosk_name(name):
    """1 to 32 of a-z, 0-9 and the hyphen, none at an end: safe in a topic, a user name and a file."""
    if not 1 <= len(name) <= MAX_NAME or name[0] == "-" or name[-1] == "-":
        return False
    return all(c in _NAME for c in name)


def of(kiosk, leaf):
    """The topic of one kiosk's leaf; ``of("+", "taps")`` is the collector's subscription."""
    return PREFIX + "/" + kiosk + "/" + leaf


def parse(topic):
    """``(kiosk, leaf)`` of a topic of this version, or Rejected."""
    parts = topic.split("/")
    if len(parts) == 4 and parts[0] + "/" + parts[1] == PREFIX:
        kiosk, leaf = parts[2], parts[3]
        if is_kiosk_name(kiosk) and (leaf in FROM_KIOSK or leaf in TO_KIOSK):
            return kiosk, leaf
    return Rejected("unknown_topic", "", "the topic is not " + PREFIX + "/<kiosk>/<leaf> with a right name and leaf")
