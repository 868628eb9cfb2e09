"""A kiosk that lives: the firmware on an emulated board, with TLS to a real Mosquitto, and a desk that answers it."""

from contextlib import contextmanager

from tests.board.bench import Desk, TlsBroker
from tests.board.certificates import RSA, Authority
from tests.board.emulated import beds

_WINDOW_NS = 10_000_000  # ten periods of the dimming
_SAME = 0.02  # of full light: less than between the breath and darkness

DARK_MS = 1500  # after several presses at once: the last thanks are over


class Life:
    """A board that runs, the broker's machine, and a collector's desk."""

    def __init__(self, pico, desk, broker):
        self.pico = pico
        self.desk = desk
        self.broker = broker

    def until(self, condition, what):
        """The first true answer of ``condition()``, as patiently as a boot needs."""
        return self.pico.until(condition, beds.BOOT_S, what)

    def birth(self, after, what="a birth"):
        """The birth that follows the first ``after`` ones."""
        return self.until(lambda: self.desk.births()[after:], what)[0]

    def health(self, wanted=lambda health: True, what="health"):
        """The next health message that is as wanted."""
        seen = len(self.desk.of("health"))
        return self.until(
            lambda: next((health for health in self.desk.of("health")[seen:] if wanted(health)), None), what
        )

    def reported(self):
        """The last health message; each connection begins with one."""
        return self.desk.of("health")[-1]

    def press(self, face, **how):
        """As EmulatedPico's, when the lights of the tap before are out: or what shines would hide what begins."""
        self.pico.wait(DARK_MS)
        return self.pico.press(face, **how)

    def stored(self):
        """Faces in order of seq."""
        journal = self.desk.births()[-1].journal
        return [tap[1] for key, tap in sorted(self.desk.stored.items()) if key[0] == journal]

    def wait_for_taps(self, count):
        self.until(lambda: len(self.stored()) >= count, f"tap {count}")

    def lit_ms(self, face, began_ns):
        """How long after that moment a face shone."""
        at_ns = self.pico.lights[face].full(began_ns, self.pico.now_ns)
        assert at_ns, f"face {face} stayed dark"
        return (at_ns[0] - began_ns) / 1e6

    def apart_ms(self, face, began_ns):
        """For how long since then a face was brighter, or darker, than each other: what tells a bystander which."""
        windows = int(self.pico.now_ns - began_ns) // _WINDOW_NS
        began_ns = int(began_ns)
        seen = {f: light.brightness(began_ns, _WINDOW_NS, windows) for f, light in self.pico.lights.items()}
        others = zip(*[seen[other] for other in seen if other != face], strict=True)
        apart = [
            mine > max(rest) + _SAME or mine < min(rest) - _SAME
            for mine, rest in zip(seen[face], others, strict=True)
        ]  # fmt: skip
        return sum(apart) * _WINDOW_NS / 1e6

    def thanks(self, began_ns):
        """Whether all four shone since then."""
        return all(light.full(began_ns, self.pico.now_ns) for light in self.pico.lights.values())


@contextmanager
def living(bed, folder, instead=None, keys=RSA):
    """A Life in ``folder``, after its first birth. ``instead``: as in beds.image; ``keys``: the broker's."""
    town = Authority(folder, "town", keys)
    broker = TlsBroker(folder, *town.sign(beds.HOST), slowness=beds.SLOWNESS)
    try:
        desk = Desk(broker.port)
        image = beds.image(bed, instead)
        files = {**image.on_flash(), "/config.json": beds.config(bed, town.certificate)}
        with beds.pico(bed, folder, broker.tls_port, files) as pico:
            life = Life(pico, desk, broker)
            life.version = image.version
            life.until(desk.births, "a first birth")
            yield life
        desk.close()
    finally:
        broker.kill()


def handshake_s(frames):
    """From the hello of the last TLS handshake in these frames to what the kiosk says when it is over."""
    hello_ns = [at_ns for at_ns, frame in frames if client_hello([(at_ns, frame)])][-1]
    over_ns = next(at_ns for at_ns, frame in frames if b"\x17\x03\x03" in frame and at_ns > hello_ns)
    return (over_ns - hello_ns) / 1e9


def dialled_s(frames, now_ns):
    """Since the question for the broker's name (UDP, IPv4's protocol 17) that led to the last TLS handshake."""
    hello_ns = [at_ns for at_ns, frame in frames if client_hello([(at_ns, frame)])][-1]
    asked_ns = [at_ns for at_ns, frame in frames if at_ns < hello_ns and frame[23] == 17]
    return (now_ns - asked_ns[-1]) / 1e9


def client_hello(frames):
    """Whether one of these frames begins a TLS handshake (RFC 8446, 5.1 and 4: handshake record, client hello)."""
    return any(b"\x16\x03" in frame and frame[frame.index(b"\x16\x03") + 5 :][:1] == b"\x01" for _, frame in frames)
